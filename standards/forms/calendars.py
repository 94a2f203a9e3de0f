"""A calendar as people write it: hours by weekday, days off and on one to a line."""

import re
from typing import Any

from wtforms import SelectField, validators

from accounts import queries as accounts
from core.errors import RuleViolation
from core.forms import DateField, RecordForm, choices, line, text
from core.i18n import _, _l
from standards.models import Calendar
from standards.permissions import WRITE
from standards.rules.calendar import WEEKDAYS

DAY_LABELS = {
    "mon": _l("Monday"),
    "tue": _l("Tuesday"),
    "wed": _l("Wednesday"),
    "thu": _l("Thursday"),
    "fri": _l("Friday"),
    "sat": _l("Saturday"),
    "sun": _l("Sunday"),
}
_SPLIT = re.compile(r"[,;，；、\n]+")


class CalendarForm(RecordForm):
    code = line(_l("Code"), required=True, limit=40)
    name_en = line(_l("Name (English)"))
    name_zh = line(_l("Name (Chinese)"))
    unit_id = SelectField(_l("Unit"), coerce=int)
    time_zone = line(_l("Time zone"), required=True, limit=60)
    valid_from = DateField(_l("Valid from"), validators=[validators.Optional()])
    mon = line(_l("Monday"), limit=120)
    tue = line(_l("Tuesday"), limit=120)
    wed = line(_l("Wednesday"), limit=120)
    thu = line(_l("Thursday"), limit=120)
    fri = line(_l("Friday"), limit=120)
    sat = line(_l("Saturday"), limit=120)
    sun = line(_l("Sunday"), limit=120)
    country = line(_l("Public holidays of"), limit=10)
    holidays = text(_l("Own days off"), limit=60_000, rows=4)
    workdays = text(_l("Own working days"), limit=60_000, rows=4)
    hours = text(_l("Half days and own hours"), limit=60_000, rows=4)

    def offer(self, person: Any) -> "CalendarForm":
        self.unit_id.choices = choices(accounts.unit_choices(person, WRITE))
        return self

    @property
    def definition(self) -> dict[str, Any]:
        """The YAML form; hours of the week are left out when no day has any."""
        made: dict[str, Any] = {}
        week = {day: _parts(self[day].data) for day in WEEKDAYS}
        if any(week.values()):
            made["week"] = week
        if self.country.data:
            made["country"] = self.country.data.strip().upper()
        for name in ("holidays", "workdays"):
            if days := _parts(self[name].data):
                made[name] = days
        own: dict[str, list[str]] = {}
        for number, row in enumerate((self.hours.data or "").splitlines(), start=1):
            if not row.strip():
                continue
            day, _space, rest = row.strip().partition(" ")
            if day in own:
                raise RuleViolation(_("Line %(line)s: this day stands here twice.", line=number), "hours")
            own[day] = _parts(rest)
        if own:
            made["hours"] = own
        return made


def _parts(value: str | None) -> list[str]:
    return [part.strip() for part in _SPLIT.split(value or "") if part.strip()]


def values_of(calendar: Calendar) -> dict[str, Any]:
    """What the form shows of a stored calendar."""
    stored: dict[str, Any] = calendar.definition
    values: dict[str, Any] = {
        name: getattr(calendar, name)
        for name in ("code", "name_en", "name_zh", "unit_id", "time_zone", "valid_from", "row_version")
    }
    values |= {day: ", ".join((stored.get("week") or {}).get(day, [])) for day in WEEKDAYS}
    values["country"] = stored.get("country", "")
    for name in ("holidays", "workdays"):
        values[name] = "\n".join(stored.get(name, []))
    values["hours"] = "\n".join(
        f"{day} {', '.join(intervals)}".strip() for day, intervals in (stored.get("hours") or {}).items()
    )
    return values
