from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload

from accounts.models import Unit
from core import access
from core.db import get_record, session
from standards.models import Calendar, Requirement, Standard, Version
from standards.permissions import SEE
from standards.rules.calendar import WorkingCalendar
from standards.rules.versions import VersionState


def working_calendar(calendar: Calendar | None) -> WorkingCalendar | None:
    """The pure calendar of a row, with its zone."""
    if calendar is None:
        return None
    return WorkingCalendar.from_mapping({**calendar.definition, "timezone": calendar.time_zone})


def find_calendar_by_code(code: str) -> Calendar | None:
    return session.scalar(select(Calendar).where(Calendar.code == code))


def get_calendar(calendar_id: int) -> Calendar:
    return get_record(Calendar, calendar_id)


def get_calendar_for(person: Any, calendar_id: int, needed: access.Permission = SEE) -> Calendar:
    """The guarded door. Calendars are read by everybody who is signed in, changed where the permission is held."""
    found = get_calendar(calendar_id)
    unit = session.get(Unit, found.unit_id)
    assert unit is not None
    access.require(person, needed, None if needed == SEE else unit.path, what=found.name)
    return found


def list_calendars(*, active_only: bool = True) -> list[Calendar]:
    statement = select(Calendar).order_by(Calendar.code)
    if active_only:
        statement = statement.where(Calendar.active.is_(True))
    return list(session.scalars(statement.limit(500)))


def calendar_choices() -> list[tuple[int, str]]:
    return [(calendar.id, calendar.name) for calendar in list_calendars()]


def list_uses(calendar: Calendar) -> list[tuple[Standard, Version, Requirement]]:
    """Requirements of drafts and of versions that are or were in force which count by this calendar."""
    rows = session.execute(
        select(Standard, Version, Requirement)
        .join(Version, Version.standard_id == Standard.id)
        .join(Requirement, Requirement.version_id == Version.id)
        .where(Requirement.calendar_id == calendar.id)
        .options(joinedload(Standard.unit), contains_eager(Version.standard))
        .order_by(Standard.code, Version.number.desc(), Requirement.position, Requirement.id)
        .limit(500)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def count_uses(calendar: Calendar, *, in_force_only: bool = False) -> int:
    statement = (
        select(func.count())
        .select_from(Requirement)
        .join(Version, Version.id == Requirement.version_id)
        .where(Requirement.calendar_id == calendar.id)
    )
    if in_force_only:
        statement = statement.where(Version.state == VersionState.effective)
    return session.scalar(statement) or 0
