"""Working calendars: list, form, the year at a glance, and a deadline tried out."""

import calendar as months
import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from babel.dates import get_day_names, get_month_names
from flask import flash, g, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import select

from accounts import queries as accounts
from accounts.models import Unit
from core import access, clock, trail
from core.access import guard
from core.db import session
from core.errors import RuleViolation
from core.i18n import _, _l, format_date, format_duration, language, pick
from core.pages import form_page
from core.tables import Column, Empty, ListPage, row_urls, two_lines
from standards.forms.calendars import DAY_LABELS, CalendarForm, values_of
from standards.models import Calendar
from standards.operations import calendars as operations
from standards.permissions import SEE, WRITE
from standards.queries import calendars as queries
from standards.queries.standards import may_see_version
from standards.rules.calendar import WEEKDAYS, WorkingCalendar
from standards.rules.deadline import deadline
from standards.rules.timing import LimitUnit, parse_limit
from standards.views import blueprint
from standards.words import week_words

REASONS = {
    "own_hours": _l("own hours on this date"),
    "day_off": _l("own day off"),
    "day_on": _l("own working day"),
    "swap_day": _l("working day in exchange for a holiday"),
    "public_holiday": _l("public holiday"),
    "working_day": _l("working day"),
    "working_hours": _l("working hours"),
    "outside_hours": _l("outside working hours"),
    "weekend": _l("not a working day of the week"),
    "first_day": _l("the day of the start is not counted"),
    "stands_still": _l("day off after the last working day: the clock stands still, in time"),
    "calendar_day": _l("the day itself"),
}
_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{4})")  # as the holiday library writes days that were moved
_CSS = {
    "own_hours": "own",
    "day_off": "holiday",
    "day_on": "swap",
    "swap_day": "swap",
    "public_holiday": "holiday",
    "working_day": "on",
    "weekend": "off",
}


@dataclass(frozen=True)
class Day:
    number: int
    css: str
    title: str


@dataclass(frozen=True)
class Month:
    name: str
    weeks: list[list[Day | None]]


@lru_cache(maxsize=256)
def _holiday_names(country: str, year: int, wanted: str) -> dict[dt.date, str]:
    """Names of public holidays in the page's language, where the country has them in it."""
    import holidays

    code, _dash, part = country.partition("-")
    spoken = getattr(holidays.country_holidays(code, subdiv=part or None), "supported_languages", ())
    chosen = next((name for name in spoken if name.startswith(wanted)), None)
    found = holidays.country_holidays(code, subdiv=part or None, years=year, language=chosen, expand=False)
    return dict(found.items())


def _holiday_name(working: WorkingCalendar, date: dt.date, name: str) -> str:
    if not name or not working.country:
        return name
    said = _holiday_names(working.country, date.year, language()).get(date, name)
    return _DATE.sub(lambda found: format_date(dt.date(int(found[3]), int(found[1]), int(found[2]))), said)


def year_of(working: WorkingCalendar, year: int) -> tuple[list[Month], list[tuple[dt.date, str, str]], int]:
    """Twelve months of days, the days that differ from the week with their names, and how many days are worked."""
    names = get_month_names("abbreviated", locale=language())
    found: list[Month] = []
    special: list[tuple[dt.date, str, str]] = []
    worked = 0
    for month in range(1, 13):
        weeks: list[list[Day | None]] = []
        for week in months.Calendar().monthdatescalendar(year, month):
            row: list[Day | None] = []
            for date in week:
                if date.month != month:
                    row.append(None)
                    continue
                code, name = working.reason_on(date)
                name = _holiday_name(working, date, name)
                on = working.is_working_day(date)
                worked += on
                if code not in {"working_day", "weekend"}:
                    special.append(
                        (date, str(REASONS[code if on or code != "own_hours" else "day_off"]), name)
                    )
                css = "holiday" if code == "own_hours" and not on else _CSS[code]
                row.append(Day(date.day, css, name or str(REASONS[code])))
            weeks.append(row)
        found.append(Month(str(names[month]), weeks))
    return found, special, worked


def _calendars_page() -> ListPage:
    url = row_urls("standards.calendar", "calendar_id")
    return ListPage(
        "calendars",
        _l("Working calendars"),
        columns=[
            Column(
                "name",
                _l("Calendar"),
                lambda row: two_lines(url(row.id), pick(row.name_en, row.name_zh), row.code),
                sort=Calendar.code,
                export=lambda row: pick(row.name_en, row.name_zh),
            ),
            Column("unit", _l("Unit"), lambda row: pick(row.unit_en, row.unit_zh), sort=Unit.path),
            Column("zone", _l("Time zone"), lambda row: row.time_zone, sort=Calendar.time_zone),
            Column("hours", _l("Hours"), lambda row: week_words(row.definition)),
            Column("country", _l("Public holidays"), lambda row: row.definition.get("country", "") or "—"),
            Column(
                "active",
                _l("State"),
                lambda row: (
                    _("in use") if row.active else Markup('<span class="quiet">%s</span>') % _("not in use")
                ),
                sort=Calendar.active,
            ),
        ],
        tie=Calendar.id,
        default_sort="name",
        search=[Calendar.code, Calendar.name_en, Calendar.name_zh],
        empty=lambda: Empty(
            _("No working calendars yet"),
            _(
                "A calendar says when work is done: hours, public holidays, days worked in exchange. Limits in working days and hours count by it."
            ),
            (url_for("standards.add_calendar"), _("Add a calendar")) if access.may(g.person, WRITE) else None,
        ),
    )


@blueprint.get("/standards/calendars")
@guard(SEE)
def calendars() -> Any:
    page = _calendars_page()
    statement: Any = select(
        Calendar.id,
        Calendar.code,
        Calendar.name_en,
        Calendar.name_zh,
        Calendar.time_zone,
        Calendar.definition,
        Calendar.active,
        Unit.name_en.label("unit_en"),
        Unit.name_zh.label("unit_zh"),
    ).join(Unit, Unit.id == Calendar.unit_id)
    return page.export(statement) or render_template("standards/calendars.html", listing=page.run(statement))


@blueprint.get("/standards/calendars/<int:calendar_id>")
@guard(SEE)
def calendar(calendar_id: int) -> str:
    found = queries.get_calendar_for(g.person, calendar_id)
    working = queries.working_calendar(found)
    assert working is not None
    this_year = clock.now().year
    year = min(max(request.args.get("year", this_year, type=int) or this_year, 1950), 2090)
    grid, special, worked = year_of(working, year)
    unit = session.get(Unit, found.unit_id)
    assert unit is not None
    return render_template(
        "standards/calendar.html",
        calendar=found,
        unit=unit,
        week=week_words(found.definition),
        year=year,
        grid=grid,
        special=special,
        worked=worked,
        weekdays=[get_day_names("narrow", locale=language())[day] for day in range(7)],
        uses=queries.list_uses(found),
        may_see_version=lambda version: may_see_version(g.person, version),
        tried=_tried(found, working),
        units=[(unit.value, label) for unit, label in _limit_units()],
        entries=trail.history(found, limit=50),
        may_write=access.may(g.person, WRITE, unit.path),
    )


def _limit_units() -> list[tuple[LimitUnit, Any]]:
    from standards.rules.requirements import LIMIT_UNIT_LABELS

    return [(unit, label) for unit, label in LIMIT_UNIT_LABELS.items() if unit is not LimitUnit.BY_DUE]


def _tried(found: Calendar, working: WorkingCalendar) -> dict[str, Any]:
    """The answer to "from when, how long": the deadline with its working, or what is wrong with the question."""
    from zoneinfo import ZoneInfo

    place = ZoneInfo(found.time_zone)
    start_text = request.args.get("start", "")[:30]
    unit = request.args.get("unit", LimitUnit.WORKING_DAYS.value)
    amount = request.args.get("amount", "5")[:12]
    now = clock.now().astimezone(place).replace(second=0, microsecond=0, tzinfo=None)
    answer: dict[str, Any] = {
        "start": start_text or now.isoformat(timespec="minutes"),
        "amount": amount,
        "unit": unit,
        "error": "",
        "result": None,
    }
    if not start_text:
        return answer
    try:
        start = dt.datetime.fromisoformat(start_text).replace(tzinfo=place)
        if not 1950 <= start.year <= 2090:
            raise ValueError(start_text)
    except ValueError:
        answer["error"] = _("Give a date and time like 2026-11-20 16:00.")
        return answer
    words = unit.replace("_", " ")
    try:
        limit = parse_limit(words if unit in {"same_day", "same_working_day"} else f"{amount} {words}")
    except ValueError:
        answer["error"] = _("Give an amount and a unit that can be measured, such as 5 working days.")
        return answer
    result = deadline(start, limit, working, found.time_zone)
    if result.at is None:
        answer["error"] = _("By this calendar the work never comes to that limit.")
        return answer
    local = result.at.astimezone(place)
    in_hours = "hours" in unit or "minutes" in unit
    answer["result"] = {
        "at": (local - dt.timedelta(days=1)).replace(tzinfo=None).date() if result.is_open else local,
        "is_open": result.is_open,
        "steps": [
            (
                step.date,
                REASONS[step.code],
                _holiday_name(working, step.date, step.name),
                _counted(step.counted, hours=in_hours),
            )
            for step in result.steps
        ],
    }
    return answer


def _counted(amount: float, *, hours: bool) -> str:
    if not amount:
        return "—"
    return format_duration(amount) if hours else str(_("counts"))


@blueprint.route("/standards/calendars/new", methods=["GET", "POST"])
@guard(WRITE)
def add_calendar() -> Any:
    form = CalendarForm().offer(g.person)
    if request.method == "GET":
        organisation = accounts.organisation()
        form.time_zone.data = organisation.time_zone if organisation else "UTC"
        for day in WEEKDAYS[:5]:
            form[day].data = "09:00-12:00, 13:00-17:00"
    if form.validate_on_submit():
        try:
            made = operations.add_calendar(
                code=form.code.data,
                unit=accounts.get_unit(form.unit_id.data),
                actor=g.person,
                time_zone=form.time_zone.data,
                definition=form.definition,
                name_en=form.name_en.data or "",
                name_zh=form.name_zh.data or "",
                valid_from=form.valid_from.data,
            )
        except RuleViolation as violation:
            _refuse(form, violation)
        else:
            flash(_("%(code)s added.", code=made.code), "good")
            return redirect(url_for("standards.calendar", calendar_id=made.id))
    return _form_page(form, None)


def _refuse(form: CalendarForm, violation: RuleViolation) -> None:
    form.refuse(violation if violation.field in form._fields else RuleViolation(violation.message))


def _form_page(form: CalendarForm, found: Calendar | None) -> tuple[str, int]:
    return form_page(
        "standards/calendar_form.html",
        form,
        calendar=found,
        days=list(DAY_LABELS),
        uses=queries.count_uses(found) if found else 0,
    )


@blueprint.route("/standards/calendars/<int:calendar_id>/edit", methods=["GET", "POST"])
@guard(WRITE)
def edit_calendar(calendar_id: int) -> Any:
    found = queries.get_calendar_for(g.person, calendar_id, WRITE)
    form = CalendarForm(data=values_of(found)).offer(g.person)
    if form.validate_on_submit():
        try:
            uses = operations.change_calendar(
                found,
                seen=form.seen_version,
                actor=g.person,
                code=form.code.data,
                time_zone=form.time_zone.data,
                definition=form.definition,
                name_en=form.name_en.data or "",
                name_zh=form.name_zh.data or "",
                valid_from=form.valid_from.data,
            )
        except RuleViolation as violation:
            _refuse(form, violation)
        else:
            if uses:
                flash(
                    _(
                        "Saved. Requirements that count by it: %(count)s; their figures are computed anew.",
                        count=uses,
                    ),
                    "good",
                )
            else:
                flash(_("Saved."), "good")
            return redirect(url_for("standards.calendar", calendar_id=found.id))
    return _form_page(form, found)
