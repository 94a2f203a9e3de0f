from flask import Blueprint

blueprint = Blueprint("standards", __name__)
#: frameworks, clauses and coverage are a place of their own in the navigation
frameworks_blueprint = Blueprint("frameworks", __name__)
#: so are customer journeys with their services and touchpoints
journeys_blueprint = Blueprint("journeys", __name__)

from standards.views import (  # noqa: E402, F401 - they add their pages
    calendars,
    coverage,
    frameworks,
    importing,
    journey_offers,
    journey_table,
    journeys,
    judging,
    listing,
    mapping,
    requirements,
    services,
    stages,
    standards,
    touchpoints,
    versions,
)
