"""Pages of satisfaction; the public page of respondents among them."""

from flask import Blueprint

blueprint = Blueprint("satisfaction", __name__)

from satisfaction.views import answering, importing, offers, questionnaires, results, waves  # noqa: E402 - they add their pages to the blueprint

__all__ = ["answering", "blueprint", "importing", "offers", "questionnaires", "results", "waves"]
