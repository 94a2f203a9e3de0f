"""Journeys with stages and touchpoints, measured and asked about."""

from datetime import date
from typing import Any

from sqlalchemy import select

from core.db import session
from delivery.models import Attainment, EventLog
from satisfaction.models import SurveyFigure, SurveyItem
from satisfaction.operations.touchpoints import place_items
from satisfaction.queries import questionnaires as survey_queries
from standards.models import Journey, Requirement, Stage, Standard, Touchpoint
from standards.operations import journeys as operations
from standards.operations import touchpoints as hanging
from tests.people import People
from tests.satisfaction.builders import make_questionnaire, make_wave


def journey(people: People, **more: Any) -> Journey:
    values = {"name_en": "A lamp is out", "name_zh": "路灯不亮", "customers_en": "Residents"} | more
    return operations.write_journey(unit=people.north, actor=people.owner, **values)


def staged(people: People, *names: str) -> list[Stage]:
    found = journey(people)
    return [operations.add_stage(found, name_en=name, actor=people.owner) for name in names or ("Report",)]


def touchpoint(people: People, stage: Stage, name: str = "Call us", **more: Any) -> Touchpoint:
    return hanging.add_touchpoint(stage, name_en=name, actor=people.owner, **more)


def names(rows: list[Any]) -> list[str]:
    return [row.name_en for row in rows]


def measured(people: People, standard: Standard, met: int, missed: int) -> None:
    requirement = session.scalars(select(Requirement).where(Requirement.code == "R1")).first()
    assert requirement is not None
    log = EventLog(code="LAMPS", name_en="Lamps", unit_id=people.north.id)
    session.add(log)
    session.flush()
    session.add(
        Attainment(
            standard_id=standard.id, requirement_code="R1", requirement_id=requirement.id, event_log_id=log.id,
            unit_id=people.north.id, whole_tree=True, period_kind="recent", period="2026-11",
            period_from=date(2026, 8, 1), period_until=date(2026, 10, 31), eligible=met + missed, met=met, missed=missed,
            pending=0, target=0.95, verdict="kept", engine_version="1", inputs_hash="0" * 64,
        )
    )  # fmt: skip
    session.flush()


def asked(
    people: People, spot: Touchpoint, *, value: float, low: float, high: float, code: str = "Q1"
) -> SurveyItem:
    """A closed wave with a figure of one question, which is then hung on the touchpoint."""
    questionnaire = make_questionnaire(people)
    wave = make_wave(people, questionnaire, open_it=False)
    wave.state = "closed"
    session.add(
        SurveyFigure(
            wave_id=wave.id, item_code=code, measure="mean", n=80, value=value, low=low, high=high, method="t"
        )
    )
    version = survey_queries.get_newest_version(questionnaire.id)
    version.frozen_at = (
        version.created_at
    )  # hanging is possible although nothing else may be changed any more
    item = next(each for each in survey_queries.list_items(version.id) if each.code == code)
    place_items(spot, [item], actor=people.owner)
    session.commit()
    return item
