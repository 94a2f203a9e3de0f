"""The door for a WSGI server."""

from app import create_app
from app.serving import settled

application = settled(create_app())
