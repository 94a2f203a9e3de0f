"""Until when: the deadline of a limit that starts at a moment, with the days that were counted or skipped.

The same clock as the measurement of logs (without pauses); a test compares the two.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from standards.rules.calendar import WorkingCalendar
from standards.rules.timing import ELAPSED_UNITS, WORKING_TIME_UNITS, Limit, LimitUnit

MOST_DAYS = 16_000
MOST_STEPS = 400


@dataclass(frozen=True)
class Step:
    """One local day: why it counts or not, and what it adds (seconds of work, or days)."""

    date: dt.date
    code: str
    name: str
    counted: float


@dataclass(frozen=True)
class Deadline:
    """`at` is None when work never comes to the limit within 40 years. `is_open`: the midnight that ends the last
    day (for working days: with the days off after it), itself too late.
    """

    at: dt.datetime | None
    is_open: bool
    steps: tuple[Step, ...]


def deadline(start: dt.datetime, limit: Limit, calendar: WorkingCalendar, zone: str) -> Deadline:
    """`zone` is used when the calendar has none of its own. A limit by due has no deadline here."""
    place = ZoneInfo(calendar.timezone or zone)
    local = start.astimezone(place)
    if limit.unit in ELAPSED_UNITS:
        return Deadline(start + limit.duration, False, ())
    if limit.unit is LimitUnit.DAYS:
        wall = local.replace(tzinfo=None) + dt.timedelta(days=int(limit.amount))
        return Deadline(_utc(wall, place), False, ())
    if limit.unit is LimitUnit.SAME_DAY:
        return Deadline(
            _midnight_after(local.date(), place), True, (Step(local.date(), "calendar_day", "", 1),)
        )
    if limit.unit in WORKING_TIME_UNITS:
        return _worked(start, limit, calendar, place)
    if limit.unit in {LimitUnit.WORKING_DAYS, LimitUnit.SAME_WORKING_DAY}:
        return _counted(local.date(), limit, calendar, place)
    return Deadline(None, False, ())


def _utc(wall: dt.datetime, place: ZoneInfo) -> dt.datetime:
    return wall.replace(tzinfo=place, fold=0).astimezone(dt.UTC)


def _edge(date: dt.date, minutes: int, place: ZoneInfo) -> dt.datetime:
    """The edge of an interval: one that the spring change leaps over is the change itself."""
    wall = dt.datetime.combine(date, dt.time.min) + dt.timedelta(minutes=minutes)
    made = _utc(wall, place)
    back = made.astimezone(place).replace(tzinfo=None)
    return made - (back - wall) if back > wall else made


def _midnight_after(date: dt.date, place: ZoneInfo) -> dt.datetime:
    return _edge(date + dt.timedelta(days=1), 0, place)


def _days(first: dt.date) -> Iterator[dt.date]:
    for number in range(MOST_DAYS):
        yield first + dt.timedelta(days=number)


def _counted(first: dt.date, limit: Limit, calendar: WorkingCalendar, place: ZoneInfo) -> Deadline:
    """Days off stop the clock: the limit is over when a working day beyond the last begins."""
    same = limit.unit is LimitUnit.SAME_WORKING_DAY
    left = 1 if same else int(limit.amount)
    steps: list[Step] = []
    for date in _days(first):
        code, name = calendar.reason_on(date)
        working = calendar.is_working_day(date)
        if not left and working:
            return Deadline(_edge(date, 0, place), True, tuple(steps))
        counts = working and (same or date != first)
        if date == first and not same:
            code = "first_day"
        elif not left:
            code = "stands_still"
        elif not working and code == "own_hours":
            code = "day_off"
        if len(steps) < MOST_STEPS:
            steps.append(Step(date, code, name, float(counts)))
        left -= counts
    return Deadline(None, False, tuple(steps))


def _worked(start: dt.datetime, limit: Limit, calendar: WorkingCalendar, place: ZoneInfo) -> Deadline:
    left = limit.duration
    steps: list[Step] = []
    least = start
    for date in _days(start.astimezone(place).date()):
        code, name = calendar.reason_on(date)
        worked = dt.timedelta()
        for begin, finish in calendar.intervals_on(date):
            opened, closed = max(least, _edge(date, begin, place)), _edge(date, finish, place)
            if closed <= opened:
                continue
            if closed - opened >= left:
                steps.append(Step(date, "working_hours", name, (worked + left).total_seconds()))
                return Deadline((opened + left).astimezone(dt.UTC), False, tuple(steps[:MOST_STEPS]))
            worked += closed - opened
            left -= closed - opened
            least = closed
        if not calendar.is_working_day(date) and code == "own_hours":
            code = "day_off"
        if len(steps) < MOST_STEPS:
            steps.append(
                Step(
                    date,
                    "working_hours" if worked else _none(code, calendar, date),
                    name,
                    worked.total_seconds(),
                )
            )
    return Deadline(None, False, tuple(steps))


def _none(code: str, calendar: WorkingCalendar, date: dt.date) -> str:
    return "outside_hours" if calendar.is_working_day(date) else code
