"""Until when: the deadline of a limit that starts at a moment, with the days that were counted or skipped.

The same clock as the measurement of logs; a test compares the two.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from standards.rules.calendar import WorkingCalendar
from standards.rules.timing import ELAPSED_UNITS, WORKING_TIME_UNITS, Limit, LimitUnit

MOST_DAYS = 16_000
MOST_STEPS = 400
Pause = tuple[dt.datetime, dt.datetime]


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


def deadline(
    start: dt.datetime, limit: Limit, calendar: WorkingCalendar, zone: str, pauses: Sequence[Pause] = ()
) -> Deadline:
    """`zone` is used when the calendar has none of its own. A limit by due has no deadline here.

    `pauses`: (begin, end) in which the clock stands still; for one that is still open give the present moment as its
    end. Limits in time wait for as long as the pause lasts, limits in days for the days it reaches after its first.
    """
    place = ZoneInfo(calendar.timezone or zone)
    local = start.astimezone(place)
    still = merged(pauses, start)
    stopped = sum((end - begin for begin, end in still), dt.timedelta())
    if limit.unit in ELAPSED_UNITS:
        return Deadline(start + limit.duration + stopped, False, ())
    if limit.unit is LimitUnit.DAYS:
        wall = local.replace(tzinfo=None) + dt.timedelta(days=int(limit.amount))
        return Deadline(_utc(wall, place) + stopped, False, ())
    dates = [(begin.astimezone(place).date(), end.astimezone(place).date()) for begin, end in still]
    if limit.unit is LimitUnit.SAME_DAY:
        last = local.date() + sum((end - begin for begin, end in dates), dt.timedelta())
        return Deadline(_midnight_after(last, place), True, (Step(local.date(), "calendar_day", "", 1),))
    if limit.unit in WORKING_TIME_UNITS:
        return _worked(start, limit, calendar, place, still)
    if limit.unit in {LimitUnit.WORKING_DAYS, LimitUnit.SAME_WORKING_DAY}:
        waited = sum(
            calendar.is_working_day(begin + dt.timedelta(days=number))
            for begin, end in dates
            for number in range(1, (end - begin).days + 1)
        )
        return _counted(local.date(), limit, calendar, place, waited)
    return Deadline(None, False, ())


def merged(pauses: Sequence[Pause], start: dt.datetime) -> list[Pause]:
    """Pauses from `start` on, in order, each moment in one of them."""
    made: list[Pause] = []
    for begin, end in sorted((max(begin, start), end) for begin, end in pauses):
        if end <= begin:
            continue
        if made and begin <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((begin, end))
    return made


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


def _counted(
    first: dt.date, limit: Limit, calendar: WorkingCalendar, place: ZoneInfo, waited: int
) -> Deadline:
    """Days off stop the clock: the limit is over when a working day beyond the last begins."""
    same = limit.unit is LimitUnit.SAME_WORKING_DAY
    left = (1 if same else int(limit.amount)) + waited
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


def _worked(
    start: dt.datetime, limit: Limit, calendar: WorkingCalendar, place: ZoneInfo, still: list[Pause]
) -> Deadline:
    left = limit.duration
    steps: list[Step] = []
    for date in _days(start.astimezone(place).date()):
        code, name = calendar.reason_on(date)
        worked = dt.timedelta()
        for begin, finish in calendar.intervals_on(date):
            for opened, closed in _without(
                max(start, _edge(date, begin, place)), _edge(date, finish, place), still
            ):
                if closed - opened >= left:
                    steps.append(Step(date, "working_hours", name, (worked + left).total_seconds()))
                    return Deadline((opened + left).astimezone(dt.UTC), False, tuple(steps[:MOST_STEPS]))
                worked += closed - opened
                left -= closed - opened
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


def _without(begin: dt.datetime, end: dt.datetime, still: list[Pause]) -> Iterator[Pause]:
    """What is left of a stretch of work when the pauses are taken out."""
    at = begin
    for opened, closed in still:
        if closed <= at or opened >= end:
            continue
        if opened > at:
            yield at, opened
        at = max(at, closed)
    if at < end:
        yield at, end


def _none(code: str, calendar: WorkingCalendar, date: dt.date) -> str:
    return "outside_hours" if calendar.is_working_day(date) else code
