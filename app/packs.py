"""The `pack` command, joined with the application."""

from app import create_app
from certification.cli import pack_commands

pack = pack_commands(create_app)
