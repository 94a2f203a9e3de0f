"""Pages of delivery."""

from flask import Blueprint

blueprint = Blueprint("delivery", __name__, url_prefix="/delivery")

from delivery.views import cases, importing, imports, logs, overview, requirement  # noqa: E402 - they add their pages to the blueprint

__all__ = ["blueprint", "cases", "importing", "imports", "logs", "overview", "requirement"]
