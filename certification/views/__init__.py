"""Readiness of a framework, packs from order to download, and what this room offers to pages of others."""

from flask import Blueprint

from certification import jobs, words

assert jobs  # the handler is known wherever packs can be ordered
assert words  # how the trail of the room reads

blueprint = Blueprint("certification", __name__, url_prefix="/certification")

from certification.views import offers, packs, readiness  # noqa: E402 - they add their pages to the blueprint

__all__ = ["blueprint", "offers", "packs", "readiness"]
