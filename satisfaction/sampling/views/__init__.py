"""Pages of sampling plans, their draws, mails and response rates."""

from flask import Blueprint

blueprint = Blueprint("sampling", __name__)

from satisfaction.sampling.views import (  # noqa: E402 - they add their pages
    drawing,
    listing,
    mailing,
    plans,
    response,
    stopping,
)

__all__ = ["blueprint", "drawing", "listing", "mailing", "plans", "response", "stopping"]
