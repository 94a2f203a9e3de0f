from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from accounts.models import Unit
from audits.models import Audit, Programme, Slot
from audits.permissions import SEE
from core import access
from core.db import session
from core.errors import NotFound
from standards.models import Framework


def select_programmes(person: Any) -> Select[Any]:
    return _select_programmes(access.reach(person, SEE))


@lru_cache(maxsize=256)
def _select_programmes(reach: tuple[str, ...]) -> Select[Any]:
    slots = (
        select(func.count()).where(Slot.programme_id == Programme.id).correlate(Programme).scalar_subquery()
    )
    planned = (
        select(func.count())
        .select_from(Audit)
        .join(Slot, Slot.id == Audit.slot_id)
        .where(Slot.programme_id == Programme.id)
        .correlate(Programme)
    )
    done = planned.where(Audit.state.in_(("reported", "accepted", "closed")))
    columns: list[Any] = [
        Programme.id,
        Programme.code,
        Programme.year,
        Unit.name_en.label("unit_en"),
        Unit.name_zh.label("unit_zh"),
        slots.label("slots"),
        planned.scalar_subquery().label("planned"),
        done.scalar_subquery().label("done"),
    ]
    return (
        select(*columns)
        .select_from(Programme)
        .join(Unit, Unit.id == Programme.unit_id)
        .where(access.within(reach, Unit.path))
    )


def get_programme_for(person: Any, programme_id: int) -> Programme:
    """The guarded door: a programme of a unit that the person may see."""
    found = session.scalar(
        select(Programme)
        .where(Programme.id == programme_id)
        .options(joinedload(Programme.unit), joinedload(Programme.owner))
    )
    if found is None:
        raise NotFound
    access.require(person, SEE, found.unit.path, what=found.code)
    return found


def get_slot(programme: Programme, slot_id: int) -> Slot:
    found = session.scalar(
        select(Slot)
        .where(Slot.id == slot_id, Slot.programme_id == programme.id)
        .options(joinedload(Slot.unit), joinedload(Slot.lead), joinedload(Slot.programme))
    )
    if found is None:
        raise NotFound
    return found


def find_slot(slot_id: int | None) -> Slot | None:
    if not slot_id:
        return None
    return session.scalar(
        select(Slot)
        .where(Slot.id == slot_id)
        .options(
            joinedload(Slot.unit),
            joinedload(Slot.lead),
            joinedload(Slot.programme).joinedload(Programme.unit),
        )
    )


def slots_with_audits(programme_id: int) -> list[tuple[Slot, Audit | None, Framework | None]]:
    """The year in its order: each slot with its audit and framework, one statement."""
    rows = session.execute(
        select(Slot, Audit, Framework)
        .outerjoin(Audit, Audit.slot_id == Slot.id)
        .outerjoin(Framework, Framework.id == Slot.framework_id)
        .where(Slot.programme_id == programme_id)
        .options(joinedload(Slot.unit), joinedload(Slot.lead))
        .order_by(Slot.month, Slot.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def other_audits(programme: Programme, limit: int = 200) -> list[Audit]:
    """Audits of the year in the programme's units that no slot foresaw."""
    from datetime import date

    return list(
        session.scalars(
            select(Audit)
            .join(Unit, Unit.id == Audit.unit_id)
            .where(
                access.under(Unit.path, programme.unit.path),
                Audit.starts_on >= date(programme.year, 1, 1),
                Audit.starts_on <= date(programme.year, 12, 31),
                Audit.slot_id.is_(None),
                Audit.state != "cancelled",
            )
            .options(joinedload(Audit.unit))
            .order_by(Audit.starts_on, Audit.id)
            .limit(limit)
        )
    )


def search_programmes(person: Any, words: str, limit: int) -> list[Any]:
    from core.tables import contains

    return list(
        session.execute(select_programmes(person).where(contains(Programme.code, words)).limit(limit))
    )
