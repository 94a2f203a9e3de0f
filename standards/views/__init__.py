from flask import Blueprint

blueprint = Blueprint("standards", __name__)
#: frameworks, clauses and coverage are a place of their own in the navigation
frameworks_blueprint = Blueprint("frameworks", __name__)

from standards.views import (  # noqa: E402, F401 - they add their pages
    calendars,
    coverage,
    frameworks,
    importing,
    judging,
    listing,
    mapping,
    requirements,
    standards,
    versions,
)
