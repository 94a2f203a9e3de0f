"""The blueprint of tickets and what all its pages share."""

from flask import Blueprint

blueprint = Blueprint("tickets", __name__)
