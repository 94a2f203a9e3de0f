"""The working of one case: what the clock counted, what it skipped and why, the deadline, the outcome."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from delivery.engine.calendar_table import CalendarDay, CalendarTable
from delivery.engine.case_clock import CaseClock, Piece, Span, pieces, without
from delivery.engine.spec import RequirementSpec
from delivery.engine.zone import SECOND, date_of, moment
from standards.rules.calendar import WEEKDAYS, WorkingCalendar
from standards.rules.timing import WORKING_DAY_UNITS, WORKING_TIME_UNITS, LimitUnit

MOST_LINES = 1_000

SENTENCES = {
    "elapsed": "elapsed time",
    "working_hours": "working hours",
    "outside_hours": "outside working hours",
    "paused": "the clock is stopped",
    "weekend": "not a working day of the week",
    "public_holiday": "public holiday",
    "day_off": "day off in the calendar",
    "working_day": "working day",
    "swap_day": "working day by exchange with a holiday",
    "day_on": "working day by the calendar",
    "own_hours": "own hours on this date",
    "first_day": "the day of the start is not counted",
    "stands_still": "day off after the last working day: the clock stands still, in time",
    "calendar_day": "calendar day",
    "more": "further lines, added up",
}
# What the deadline is, where it is not simply the last moment in time.
ENDINGS = {
    "end_of_day": "the day before counts to its end",
    "next_working_day": "the next working day begins; days off before it do not run the clock",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One stretch of the case. start and end are local ISO texts with offset; `amount` is what it adds to the clock:
    seconds for limits of time, days for limits of days.
    """

    start: str
    end: str
    counted: bool
    code: str
    name: str
    amount: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """outcome: met, missed, pending, or why the case is not judged: no_start, no_due, to_before_from,
    not_in_population, not_in_force. unit: what `clock` and `allowed` count: seconds, days, or moment (by due).
    deadline: last moment in time; for limits that end with a day it is the midnight after it (`deadline_open`), and
    `ending` says which: end_of_day or next_working_day.
    """

    case: str
    requirement: str
    limit: str
    outcome: str
    start: str | None
    end: str | None
    as_of: str
    deadline: str | None
    deadline_open: bool
    ending: str
    unit: str
    clock: float | None
    allowed: float | None
    paused: float
    lines: tuple[Line, ...]

    def as_dict(self) -> dict[str, Any]:
        data = asdict(self)
        data["lines"] = [{**line, "reason": SENTENCES[line["code"]]} for line in data["lines"]]
        return data


def explain_case(
    case: str,
    times: Mapping[str, int | None],
    requirement: RequirementSpec,
    *,
    calendar: WorkingCalendar,
    timezone: str,
    as_of: dt.datetime,
    texts: Mapping[str, str] | None = None,
) -> Explanation:
    """The working of one case by one requirement. times: milestone -> µs of UTC or None."""
    clock = CaseClock(requirement, calendar=calendar, timezone=timezone, as_of=as_of)
    outcome = clock.state(times, texts)
    start, end = times.get(requirement.start), times.get(requirement.end)
    judged = clock.as_of if end is None else end
    if outcome not in {"met", "missed", "pending"} or start is None:
        return Explanation(
            case, requirement.id, str(requirement.within), outcome, _local(clock, start), _local(clock, end),
            _local(clock, clock.as_of) or "", None, False, "", "seconds", None, None, 0.0, (),
        )  # fmt: skip
    judged = max(judged, start)
    deadline, is_open = clock.deadline(times)
    spans = clock.pauses(times, start, judged)
    unit = requirement.within.unit
    table = clock.table(start, judged)
    allowed: float | None
    if unit in WORKING_TIME_UNITS:
        lines = list(_time_lines(clock, pieces(table, start, judged), spans))
        reading, allowed, word = (
            clock.working(start, judged, times) / SECOND,
            requirement.within.microseconds / SECOND,
            "seconds",
        )
    elif unit in {LimitUnit.WORKING_DAYS, LimitUnit.SAME_WORKING_DAY, LimitUnit.SAME_DAY}:
        allowed, word = float(requirement.within.amount), "days"
        if unit is LimitUnit.SAME_WORKING_DAY and not table.on(start).working:
            allowed = 1.0
        lines = list(_day_lines(clock, table, start, judged, spans, allowed))
        reading = sum(line.amount for line in lines)
    else:
        whole = [Piece(start, judged, "elapsed", "")] if judged > start else []
        lines = list(_time_lines(clock, iter(whole), spans))
        reading = clock.elapsed(start, judged, times) / SECOND
        word = "moment" if unit is LimitUnit.BY_DUE else "seconds"
        allowed = None if deadline is None else (deadline - start) / SECOND
        if unit is not LimitUnit.BY_DUE and allowed is not None:
            allowed -= sum(each.end - each.start for each in spans) / SECOND
    return Explanation(
        case=case,
        requirement=requirement.id,
        limit=str(requirement.within),
        outcome=outcome,
        start=_local(clock, start),
        end=_local(clock, end),
        as_of=_local(clock, clock.as_of) or "",
        deadline=_local(clock, deadline),
        deadline_open=is_open,
        ending=_ending(requirement) if is_open else "",
        unit=word,
        clock=reading,
        allowed=allowed,
        paused=sum(each.end - each.start for each in spans) / SECOND,
        lines=_bounded(lines),
    )


def _time_lines(clock: CaseClock, stretches: Iterator[Piece], spans: list[Span]) -> Iterator[Line]:
    counted = {"elapsed", "working_hours"}
    for piece in stretches:
        if piece.code not in counted:
            yield _line(clock, piece.start, piece.end, piece.code, piece.name, 0)
            continue
        at = piece.start
        for opened, closed in without(piece.start, piece.end, spans):
            if opened > at:
                yield _line(clock, at, opened, "paused", "", 0)
            yield _line(clock, opened, closed, piece.code, piece.name, (closed - opened) / SECOND)
            at = closed
        if at < piece.end:
            yield _line(clock, at, piece.end, "paused", "", 0)


def _ending(requirement: RequirementSpec) -> str:
    still = requirement.within.unit in WORKING_DAY_UNITS and not requirement.strict_days
    return "next_working_day" if still else "end_of_day"


def _day_lines(
    clock: CaseClock, table: CalendarTable, start: int, end: int, spans: list[Span], allowed: float
) -> Iterator[Line]:
    """Days from the start to the end, each counted or not."""
    limit = clock.requirement.within
    still = _ending(clock.requirement) == "next_working_day"
    used = 0
    first, last = table.on(start), table.on(end)
    stopped: set[int] = set()
    for span in spans:
        stopped.update(range(table.on(span.start).day + 1, table.on(span.end).day + 1))
    for day in table.days[first.day - table.first : last.day - table.first + 1]:
        low, high = max(day.start, start), min(day.end, end)
        code, name = _day_code(day, table)
        if limit.unit is LimitUnit.SAME_DAY:
            code, name = "calendar_day", ""
        counts = limit.unit is LimitUnit.SAME_DAY or day.working
        if counts and day.day == first.day:
            code, counts = "first_day", False
        if counts and day.day in stopped:
            code, counts = "paused", False
        if still and not day.working and used == allowed:
            code = "stands_still"
        used += counts
        yield _line(clock, low, max(low, high), code, name, 1.0 if counts else 0)


def _day_code(day: CalendarDay, table: CalendarTable) -> tuple[str, str]:
    code, name = table.calendar.reason_on(date_of(day.day))
    return ("day_off" if code == "own_hours" and not day.working else code), name


def _line(clock: CaseClock, start: int, end: int, code: str, name: str, amount: float) -> Line:
    return Line(_local(clock, start) or "", _local(clock, end) or "", amount > 0, code, name, amount)


def _bounded(lines: list[Line]) -> tuple[Line, ...]:
    if len(lines) <= MOST_LINES:
        return tuple(lines)
    kept, rest = lines[: MOST_LINES - 1], lines[MOST_LINES - 1 :]
    total = sum(line.amount for line in rest)
    return (*kept, Line(rest[0].start, rest[-1].end, total > 0, "more", str(len(rest)), total))


def _local(clock: CaseClock, us: int | None) -> str | None:
    return None if us is None else moment(us).astimezone(clock.zone).isoformat()


def as_text(explanation: Explanation) -> str:
    """The working as lines for a terminal."""
    put = [
        f"case {explanation.case}, requirement {explanation.requirement}: within {explanation.limit}",
        f"  from     {explanation.start or '-'}",
        f"  to       {explanation.end or '- (open, judged at ' + explanation.as_of + ')'}",
    ]
    for line in explanation.lines:
        day = WEEKDAYS[dt.datetime.fromisoformat(line.start).weekday()]
        mark = "+" if line.counted else " "
        if explanation.unit == "days":
            amount = f"{line.amount:g} d" if line.counted else ""
        else:
            amount = duration(line.amount) if line.counted else ""
        name = f" ({line.name})" if line.name else ""
        put.append(f"  {mark} {day} {line.start} → {line.end}  {amount:>14}  {SENTENCES[line.code]}{name}")
    if explanation.clock is not None and explanation.allowed is not None:
        show = (lambda days: f"{days:g} days") if explanation.unit == "days" else duration
        put.append(f"  clock    {show(explanation.clock)} of {show(explanation.allowed)}")
    if explanation.paused:
        put.append(f"  stopped  {duration(explanation.paused)}")
    if explanation.deadline:
        note = f" ({ENDINGS[explanation.ending]})" if explanation.ending else ""
        put.append(f"  deadline {explanation.deadline}{note}")
    put.append(f"  outcome  {explanation.outcome.replace('_', ' ')}")
    return "\n".join(put)


def duration(seconds: float) -> str:
    """Seconds as 3 d 04:05:06."""
    sign = "-" if seconds < 0 else ""
    whole = abs(round(seconds))
    days, rest = divmod(whole, 86_400)
    clock = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}"
    return f"{sign}{days} d {clock}" if days else f"{sign}{clock}"
