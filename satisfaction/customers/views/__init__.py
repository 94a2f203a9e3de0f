"""Pages of the customer register."""

from flask import Blueprint

blueprint = Blueprint("customers", __name__)

from satisfaction.customers.views import importing, records, register  # noqa: E402 - they add their pages

__all__ = ["blueprint", "importing", "records", "register"]
