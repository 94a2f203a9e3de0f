"""Pages of satisfaction; the public page of respondents among them."""

from flask import Blueprint

blueprint = Blueprint("satisfaction", __name__)

from satisfaction.views import (  # noqa: E402 - they add their pages to the blueprint
    analyses,
    answering,
    importing,
    indicators,
    offers,
    questionnaires,
    results,
    touchpoints,
    waves,
)

__all__ = [
    "analyses",
    "answering",
    "blueprint",
    "importing",
    "indicators",
    "offers",
    "questionnaires",
    "results",
    "touchpoints",
    "waves",
]
