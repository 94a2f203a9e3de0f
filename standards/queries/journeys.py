"""Services and journeys: doors, lists, search."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased, joinedload

from accounts.models import Unit
from accounts.rules import INSIDERS
from core import access
from core.access import Permission
from core.db import get_record, session
from core.errors import NotFound
from core.tables import matching
from standards.models import (
    Journey,
    Service,
    Stage,
    Touchpoint,
    TouchpointStandard,
)
from standards.permissions import SEE
from standards.queries.standards import seen_by

# --- doors ---------------------------------------------------------------------------------------------------


def _require(person: Any, needed: Permission, unit: Unit, what: str) -> None:
    """As with standards: the organisation's own people read everything, others what their units have."""
    if needed != SEE:
        access.require(person, needed, unit.path, what=what)
    elif not any(holding.role in INSIDERS for holding in person.holdings) and not access.may(
        person, SEE, unit.path
    ):
        raise NotFound


def get_service_for(person: Any, service_id: int, needed: Permission = SEE) -> Service:
    found = get_record(Service, service_id, joinedload(Service.unit))
    _require(person, needed, found.unit, found.name)
    return found


def get_journey_for(person: Any, journey_id: int, needed: Permission = SEE) -> Journey:
    found = get_record(Journey, journey_id, joinedload(Journey.unit), joinedload(Journey.service))
    _require(person, needed, found.unit, found.name)
    return found


def get_stage_for(person: Any, stage_id: int, needed: Permission = SEE) -> Stage:
    found = get_record(Stage, stage_id, joinedload(Stage.journey).joinedload(Journey.unit))
    _require(person, needed, found.journey.unit, found.journey.name)
    return found


def get_touchpoint_for(person: Any, touchpoint_id: int, needed: Permission = SEE) -> Touchpoint:
    found = get_record(
        Touchpoint,
        touchpoint_id,
        joinedload(Touchpoint.stage).joinedload(Stage.journey).joinedload(Journey.unit),
    )
    _require(person, needed, found.stage.journey.unit, found.name)
    return found


# --- lists ---------------------------------------------------------------------------------------------------


def services_statement(person: Any) -> Any:
    journeys = (
        select(func.count(Journey.id))
        .where(Journey.service_id == Service.id, Journey.withdrawn_at.is_(None))
        .correlate(Service)
        .scalar_subquery()
    )
    return (
        select(
            Service.id,
            Service.code,
            Service.name_en,
            Service.name_zh,
            Service.withdrawn_at,
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
            journeys.label("journeys"),
        )
        .join(Unit, Unit.id == Service.unit_id)
        .where(seen_by(person, Unit.path))
    )


#: live touchpoints of a journey, for counts in its list
_Counted = aliased(Touchpoint)
_CountedStage = aliased(Stage)


def _count(*conditions: Any) -> Any:
    return (
        select(func.count(_Counted.id))
        .join(_CountedStage, _CountedStage.id == _Counted.stage_id)
        .where(
            _CountedStage.journey_id == Journey.id,
            _CountedStage.withdrawn_at.is_(None),
            _Counted.withdrawn_at.is_(None),
            *conditions,
        )
        .correlate(Journey)
        .scalar_subquery()
    )


TOUCHPOINTS = _count()
MOMENTS = _count(_Counted.moment_of_truth.is_(True))
BARE = _count(
    ~select(TouchpointStandard.standard_id).where(TouchpointStandard.touchpoint_id == _Counted.id).exists()
)


def journeys_statement(person: Any) -> Any:
    return (
        select(
            Journey.id,
            Journey.code,
            Journey.name_en,
            Journey.name_zh,
            Journey.customers_en,
            Journey.customers_zh,
            Journey.withdrawn_at,
            Service.id.label("service_id"),
            Service.name_en.label("service_en"),
            Service.name_zh.label("service_zh"),
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
            TOUCHPOINTS.label("touchpoints"),
            MOMENTS.label("moments"),
            BARE.label("bare"),
        )
        .join(Unit, Unit.id == Journey.unit_id)
        .outerjoin(Service, Service.id == Journey.service_id)
        .where(seen_by(person, Unit.path))
    )


def service_choices(person: Any, *, keep: int | None = None) -> list[tuple[int, str]]:
    """Services that are offered; `keep` stays in the list although it was withdrawn."""
    found = session.scalars(
        select(Service)
        .join(Unit, Unit.id == Service.unit_id)
        .where(seen_by(person, Unit.path), or_(Service.withdrawn_at.is_(None), Service.id == keep))
        .order_by(Service.code)
        .limit(1000)
    )
    return [(service.id, f"{service.code} · {service.name}") for service in found]


def list_journeys_of_service(service_id: int, person: Any) -> list[Journey]:
    return list(
        session.scalars(
            select(Journey)
            .join(Unit, Unit.id == Journey.unit_id)
            .where(Journey.service_id == service_id, seen_by(person, Unit.path))
            .order_by(Journey.withdrawn_at.is_not(None), Journey.code)
            .limit(500)
        )
    )


def count_stages(journey_id: int) -> int:
    return session.scalar(select(func.count()).select_from(Stage).where(Stage.journey_id == journey_id)) or 0


def list_stages(journey_id: int, *, live: bool = True) -> list[Stage]:
    """In the order of the journey."""
    statement = select(Stage).where(Stage.journey_id == journey_id).order_by(Stage.position, Stage.id)
    if live:
        statement = statement.where(Stage.withdrawn_at.is_(None))
    return list(session.scalars(statement))


def list_touchpoints(stage_ids: Sequence[int], *, live: bool = True) -> dict[int, list[Touchpoint]]:
    """By stage, in order. One statement."""
    statement = (
        select(Touchpoint)
        .where(Touchpoint.stage_id.in_(stage_ids))
        .order_by(Touchpoint.position, Touchpoint.id)
    )
    if live:
        statement = statement.where(Touchpoint.withdrawn_at.is_(None))
    found: dict[int, list[Touchpoint]] = defaultdict(list)
    for touchpoint in session.scalars(statement):
        found[touchpoint.stage_id].append(touchpoint)
    return dict(found)


# --- search --------------------------------------------------------------------------------------------------


def find_journeys(person: Any, words: str, limit: int) -> list[Journey]:
    statement = (
        select(Journey)
        .join(Unit, Unit.id == Journey.unit_id)
        .where(seen_by(person, Unit.path))
        .order_by(Journey.code)
    )
    columns = (Journey.code, Journey.name_en, Journey.name_zh, Journey.customers_en, Journey.customers_zh)
    return list(session.scalars(statement.where(matching(words, *columns)).limit(limit)))


def find_services(person: Any, words: str, limit: int) -> list[Service]:
    statement = (
        select(Service)
        .join(Unit, Unit.id == Service.unit_id)
        .where(seen_by(person, Unit.path))
        .order_by(Service.code)
    )
    columns = (Service.code, Service.name_en, Service.name_zh)
    return list(session.scalars(statement.where(matching(words, *columns)).limit(limit)))
