"""What journeys put on other pages: beside a standard, and in the quick search."""

from typing import Any

from flask import url_for

from core import access
from core.i18n import _
from core.search import Hit
from core.slots import Panel
from standards.models import Standard
from standards.permissions import WRITE
from standards.queries import journeys as queries
from standards.queries import touchpoints as hanging


def beside_standard(standard: Standard, person: Any) -> Panel | None:
    """Where the standard stands in customer journeys, and the door to choose."""
    found = hanging.touchpoints_of_standard(standard.id, person)
    may_place = standard.withdrawn_at is None and access.may(person, WRITE, standard.unit.path)
    if not found and not may_place:
        return None
    return Panel(
        "journeys/beside_standard.html",
        {"standard": standard, "touchpoints": found, "may_place": may_place},
        order=25,
    )


def search(person: Any, words: str, limit: int) -> list[Hit]:
    hits = [
        Hit(
            journey.code,
            journey.name,
            url_for("journeys.show", journey_id=journey.id),
            _("Customer journey"),
            journey.customers,
        )
        for journey in queries.find_journeys(person, words, limit)
    ]
    hits += [
        Hit(
            touchpoint.code,
            touchpoint.name,
            url_for("journeys.touchpoint", touchpoint_id=touchpoint.id),
            _("Touchpoint"),
            f"{touchpoint.stage.journey.name} › {touchpoint.stage.name}",
        )
        for touchpoint in hanging.find_touchpoints(person, words, limit)
    ]
    hits += [
        Hit(
            service.code,
            service.name,
            url_for("journeys.service", service_id=service.id),
            _("Service"),
        )
        for service in queries.find_services(person, words, limit)
    ]
    return hits
