"""The blueprint of management reviews."""

from flask import Blueprint

blueprint = Blueprint("reviews", __name__)
