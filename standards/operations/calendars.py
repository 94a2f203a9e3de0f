from datetime import date
from typing import Any

from sqlalchemy import select

from accounts.models import Unit
from core import access, trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.i18n import _
from standards.models import Calendar
from standards.permissions import WRITE
from standards.queries import calendars as queries
from standards.rules.calendar import WorkingCalendar, check_zone

FIELDS = ("code", "name_en", "name_zh", "time_zone", "definition", "valid_from", "active")


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if not values.get("name_en") and not values.get("name_zh"):
        raise RuleViolation(_("Give the calendar a name in at least one language."), field="name_en")
    if not values.get("code"):
        raise RuleViolation(_("Please fill this in."), field="code")
    if not values.get("time_zone"):
        raise RuleViolation(_("Please fill this in."), field="time_zone")
    try:
        check_zone(values["time_zone"], "time_zone")
    except ValueError as error:
        raise RuleViolation(
            _("“%(name)s” is not a time zone. Use a name like Asia/Shanghai.", name=values["time_zone"]),
            field="time_zone",
        ) from error
    given = {key: value for key, value in dict(values["definition"]).items() if key != "timezone"}
    try:
        values["definition"] = WorkingCalendar.from_mapping(given).to_mapping()
    except ValueError as error:
        field = str(error).partition(":")[0].partition(".")[0]
        raise RuleViolation(str(error), field=field) from error
    return values


def _check_code(code: str, but: int | None = None) -> None:
    found = session.scalar(select(Calendar.id).where(Calendar.code == code))
    if found is not None and found != but:
        raise RuleViolation(_("There is a calendar with the code %(code)s already.", code=code), field="code")


def add_calendar(
    *,
    code: str,
    unit: Unit,
    actor: Any,
    time_zone: str,
    definition: dict[str, Any],
    name_en: str = "",
    name_zh: str = "",
    valid_from: date | None = None,
) -> Calendar:
    """`definition` is the YAML form that `WorkingCalendar.from_mapping` reads (week, country, holidays …)."""
    access.require(actor, WRITE, unit.path, what=unit.name)
    values = _checked(
        {
            "code": code.strip(),
            "name_en": name_en,
            "name_zh": name_zh,
            "time_zone": time_zone,
            "definition": definition,
            "valid_from": valid_from,
        }
    )
    _check_code(values["code"])
    made = Calendar(unit_id=unit.id, **values)
    session.add(made)
    session.flush()
    trail.record(
        made,
        "calendar.added",
        actor=actor,
        changes={"name": name_en or name_zh, "definition": values["definition"]},
    )
    return made


def change_calendar(calendar: Calendar, *, seen: int | None, actor: Any, **values: Any) -> int:
    """Change hours or days. Gives how many requirements count by it: their measurements are computed anew."""
    unit = session.get_one(Unit, calendar.unit_id)
    access.require(actor, WRITE, unit.path, what=calendar.name)
    if unknown := set(values) - set(FIELDS):
        raise TypeError(f"a calendar has no {', '.join(sorted(unknown))}")
    expect_version(calendar, seen, what=calendar.code, fields=["code", "name_en", "name_zh", "time_zone"])
    merged = _checked({**{name: getattr(calendar, name) for name in FIELDS}, **values})
    _check_code(merged["code"], calendar.id)
    changes = trail.changed(calendar, merged)
    if changes:
        trail.record(calendar, "calendar.changed", actor=actor, changes=changes)
    return queries.count_uses(calendar)
