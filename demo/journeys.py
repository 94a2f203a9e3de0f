"""Customer journeys: stages and touchpoints, with the standards and the questions of surveys that hang on them."""

from typing import Any

from sqlalchemy import select

from core.db import session
from demo.cast import Cast
from satisfaction.models import SurveyItem
from satisfaction.operations.touchpoints import place_items
from satisfaction.queries import questionnaires as queries
from standards.operations import journeys, touchpoints

Step = dict[str, Any]


def write(cast: Cast, given: Step) -> None:
    """A service and the way through it."""
    actor, unit = cast.person(given["by"]), cast.unit(given["unit"])
    service = journeys.add_service(
        unit=unit, name_en=given["service"]["en"], name_zh=given["service"]["zh"], actor=actor
    )
    journey = journeys.write_journey(
        unit=unit,
        name_en=given["name"]["en"],
        name_zh=given["name"]["zh"],
        customers_en=given["customers"]["en"],
        customers_zh=given["customers"]["zh"],
        service=service,
        actor=actor,
    )
    for one in given["stages"]:
        stage = journeys.add_stage(journey, name_en=one["en"], name_zh=one["zh"], actor=actor)
        for point in one["touchpoints"]:
            made = touchpoints.add_touchpoint(
                stage,
                name_en=point["en"],
                name_zh=point["zh"],
                channel=point["channel"],
                moment_of_truth=point.get("truth", False),
                actor=actor,
            )
            if "standards" in point:
                touchpoints.hang_standards(
                    made, [cast.standard(key) for key in point["standards"]], actor=actor
                )
            if "items" in point:
                place_items(made, _items(cast, point["items"]), actor=actor)


def _items(cast: Cast, given: dict[str, list[str]]) -> list[SurveyItem]:
    """Questions of the newest versions, by questionnaire and code."""
    found: list[SurveyItem] = []
    for key, codes in given.items():
        version = queries.get_newest_version(cast.questionnaires[key])
        items = session.scalars(
            select(SurveyItem).where(SurveyItem.version_id == version.id, SurveyItem.code.in_(codes))
        ).all()
        assert len(items) == len(codes), (key, codes)
        found += items
    return found
