"""The clock of one requirement for single cases, over the calendar and not over the SQL, so that each can be checked
against the other.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from delivery.engine.calendar_table import CalendarTable
from delivery.engine.spec import RequirementSpec
from delivery.engine.zone import DAY, date_of, microseconds
from standards.rules.calendar import WorkingCalendar
from standards.rules.timing import ELAPSED_UNITS, WORKING_TIME_UNITS, LimitUnit

# How far ahead a deadline is looked for.
_HORIZONS = (40, 400, 4_000, 16_000)


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int


class CaseClock:
    """The clock of one requirement for single cases."""

    def __init__(
        self,
        requirement: RequirementSpec,
        *,
        calendar: WorkingCalendar,
        timezone: str,
        as_of: dt.datetime,
    ) -> None:
        self.requirement = requirement
        self.calendar = requirement.calendar or calendar
        self.zone_name = self.calendar.timezone or timezone
        self.zone = ZoneInfo(self.zone_name)
        self.as_of = microseconds(as_of)
        self._table: CalendarTable | None = None

    def table(self, first_us: int, last_us: int) -> CalendarTable:
        """Days from first to last, kept for the next case."""
        first, last = first_us // DAY - 3, last_us // DAY + 3
        kept = self._table
        if kept is None or first < kept.first or last > kept.last:
            if kept is not None:
                first, last = min(first, kept.first), max(last, kept.last)
            self._table = kept = CalendarTable(self.calendar, self.zone_name, first, last)
        return kept

    def state(self, times: Mapping[str, int | None], texts: Mapping[str, str] | None = None) -> str:
        """Outcome of a case given its milestones in µs; `texts` for the population, None when it is known to match."""
        requirement = self.requirement
        start, end = times.get(requirement.start), times.get(requirement.end)
        if texts is not None and any(
            texts.get(column, "") not in values for column, values in requirement.where.items()
        ):
            return "not_in_population"
        if start is None:
            return "no_start"
        if requirement.valid_from and start < microseconds(requirement.valid_from):
            return "not_in_force"
        if requirement.valid_until and start >= microseconds(requirement.valid_until):
            return "not_in_force"
        if requirement.within.milestone and times.get(requirement.within.milestone) is None:
            return "no_due"
        if end is not None and end < start:
            return "to_before_from"
        deadline, is_open = self.deadline(times)
        judged = self.as_of if end is None else end
        in_time = deadline is None or (judged < deadline if is_open else judged <= deadline)
        if requirement.within.unit in WORKING_TIME_UNITS:
            # Until work starts again the working clock stands still at the limit: still in time.
            in_time = self.working(start, max(start, judged), times) <= requirement.within.microseconds
        if not in_time:
            return "missed"
        return "pending" if end is None else "met"

    def pauses(self, times: Mapping[str, int | None], start: int, end: int) -> list[Span]:
        """Pauses inside [start, end], merged, in order. One still open runs until as_of."""
        spans = []
        for opened, closed in self.requirement.paused:
            begin = times.get(opened)
            if begin is None:
                continue
            finish = times.get(closed)
            low = min(max(begin, start), end)
            high = min(max(self.as_of if finish is None else finish, start), end)
            if high > low:
                spans.append(Span(low, high))
        merged: list[Span] = []
        for span in sorted(spans, key=lambda each: each.start):
            if merged and span.start <= merged[-1].end:
                merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
            else:
                merged.append(span)
        return merged

    def elapsed(self, start: int, end: int, times: Mapping[str, int | None]) -> int:
        return end - start - sum(each.end - each.start for each in self.pauses(times, start, end))

    def working(self, start: int, end: int, times: Mapping[str, int | None]) -> int:
        table = self.table(start, max(start, end))

        def worked(us: int) -> int:
            return table.on(us).worked_until(us)

        stopped = sum(worked(each.end) - worked(each.start) for each in self.pauses(times, start, end))
        return worked(end) - worked(start) - stopped

    def days_paused(self, table: CalendarTable, start: int, end: int, times: Mapping[str, int | None]) -> int:
        """Days that pauses touch after the first of each: calendar days for “same day”, else working days."""
        total = 0
        for each in self.pauses(times, start, end):
            first, last = table.on(each.start), table.on(each.end)
            if self.requirement.within.unit is LimitUnit.SAME_DAY:
                total += last.day - first.day
            else:
                total += last.days_through - first.days_through
        return total

    def deadline(self, times: Mapping[str, int | None]) -> tuple[int | None, bool]:
        """The last moment in time, and whether it is itself too late (the midnight that ends a day, for working days
        the one that begins the next of them). None when work never comes to the limit within 40 years.
        """
        limit = self.requirement.within
        start = times[self.requirement.start]
        assert start is not None
        end = times.get(self.requirement.end)
        judged = max(start, self.as_of if end is None else end)
        stopped = sum(each.end - each.start for each in self.pauses(times, start, judged))
        if limit.unit in ELAPSED_UNITS:
            return start + limit.microseconds + stopped, False
        if limit.unit is LimitUnit.BY_DUE:
            due = times[limit.milestone]
            assert due is not None
            return due + stopped, False
        if limit.unit is LimitUnit.DAYS:
            length = int(limit.amount) * DAY
            zone = self.table(start, max(judged, start + length)).offsets
            return zone.utc(zone.wall(start) + length) + stopped, False
        if limit.unit is LimitUnit.SAME_DAY:
            table = self.table(start, judged)
            day = table.on(start).day + self.days_paused(table, start, judged, times)
            table = self.table(start, max(judged, (day + 2) * DAY))
            return table.offsets.edge((day + 1) * DAY), True
        for horizon in _HORIZONS:
            table = self.table(start, max(judged, start) + horizon * DAY)
            found = (
                self._work_done(table, start, judged, times)
                if limit.unit in WORKING_TIME_UNITS
                else self._days_over(table, start, judged, times)
            )
            if found is not None:
                return found, limit.unit not in WORKING_TIME_UNITS
        return None, False

    def _work_done(
        self, table: CalendarTable, start: int, judged: int, times: Mapping[str, int | None]
    ) -> int | None:
        left = self.requirement.within.microseconds
        spans = self.pauses(times, start, judged)
        for piece in pieces(table, start, (table.last - 1) * DAY):
            if piece.code != "working_hours":
                continue
            for opened, closed in without(piece.start, piece.end, spans):
                if closed - opened >= left:
                    return opened + left
                left -= closed - opened
        return None

    def _days_over(
        self, table: CalendarTable, start: int, judged: int, times: Mapping[str, int | None]
    ) -> int | None:
        first = table.on(start)
        paused = self.days_paused(table, start, judged, times)
        if self.requirement.within.unit is LimitUnit.SAME_WORKING_DAY:
            wanted = first.days_before + 1 + paused
        else:
            wanted = first.days_through + int(self.requirement.within.amount) + paused
        strict = self.requirement.strict_days
        for day in table.days[first.day - table.first :]:
            if strict and day.working and day.days_through == wanted:
                return day.end
            if day.days_through > wanted:
                return day.start
        return None


@dataclass(frozen=True, slots=True)
class Piece:
    start: int
    end: int
    code: str
    name: str


def pieces(table: CalendarTable, start: int, end: int) -> Iterator[Piece]:
    """The time from start to end, cut at the edges of days and working intervals."""
    for day in table.days[table.on(start).day - table.first :]:
        if day.start >= end and day.start > start:
            return
        code, name = table.calendar.reason_on(date_of(day.day))
        low, high = max(day.start, start), min(day.end, end)
        if not day.working:
            if high > low:
                yield Piece(low, high, code if code != "own_hours" else "day_off", name)
            continue
        at = low
        for opened, closed in day.pieces:
            begin, finish = max(opened, low), min(closed, high)
            if finish <= begin:
                continue
            if begin > at:
                yield Piece(at, begin, "outside_hours", "")
            yield Piece(begin, finish, "working_hours", "")
            at = finish
        if high > at:
            yield Piece(at, high, "outside_hours", "")


def without(start: int, end: int, spans: list[Span]) -> Iterator[tuple[int, int]]:
    at = start
    for span in spans:
        if span.end <= at or span.start >= end:
            continue
        if span.start > at:
            yield at, span.start
        at = max(at, span.end)
    if at < end:
        yield at, end
