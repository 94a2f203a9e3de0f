"""A calendar spread out over the days of a log: one row a day, with the working time before it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from delivery.engine.zone import DAY, SECOND, Offsets, date_of, offsets
from standards.rules.calendar import WorkingCalendar

MINUTE = 60 * SECOND


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One local day. Moments in µs of UTC; `worked` is the working time of all days before it, in µs."""

    day: int
    start: int
    end: int
    days_before: int
    working: bool
    worked: int
    pieces: tuple[tuple[int, int], ...]

    def worked_until(self, us: int) -> int:
        return self.worked + sum(max(0, min(us, end) - start) for start, end in self.pieces)

    @property
    def days_through(self) -> int:
        return self.days_before + self.working


class CalendarTable:
    """Days from first to last (local day numbers), counted from the first.

    Working intervals are moments of UTC, so a working night that the clocks change in has 23 or 25 hours' worth. An
    edge that the spring change leaps over is the change itself; one that comes twice is the first of the two.
    """

    def __init__(self, calendar: WorkingCalendar, zone: str, first: int, last: int) -> None:
        self.calendar = calendar
        self.zone = calendar.timezone or zone
        self.first = first
        self.last = last
        self.offsets: Offsets = offsets(self.zone, first * DAY, last * DAY)
        self.days = tuple(self._spread())

    def _spread(self) -> Iterator[CalendarDay]:
        days_before = worked = 0
        edge = self.offsets.edge
        start = edge(self.first * DAY)
        for day in range(self.first, self.last + 1):
            pieces = []
            least = start
            for begin, finish in self.calendar.intervals_on(date_of(day)):
                opened = max(least, edge(day * DAY + begin * MINUTE))
                closed = max(opened, edge(day * DAY + finish * MINUTE))
                if closed > opened:
                    pieces.append((opened, closed))
                least = closed
            end = edge((day + 1) * DAY)
            working = self.calendar.is_working_day(date_of(day))
            yield CalendarDay(day, start, end, days_before, working, worked, tuple(pieces))
            days_before += working
            worked += sum(closed - opened for opened, closed in pieces)
            start = end

    def on(self, us: int) -> CalendarDay:
        """The local day of a moment."""
        day = self.offsets.wall(us) // DAY
        if not self.first <= day <= self.last:
            raise IndexError(f"{date_of(day)} is outside the calendar table")
        return self.days[day - self.first]

    def load(self, connection: duckdb.DuckDBPyConnection, name: str) -> int:
        """Write the table into the database; gives the number of interval columns."""
        most = max((len(each.pieces) for each in self.days), default=0)
        columns: list[tuple[str, str, list[int]]] = [
            ("day", "BIGINT", [each.day for each in self.days]),
            ("before", "INTEGER", [each.days_before for each in self.days]),
            ("through", "INTEGER", [each.days_through for each in self.days]),
            ("worked", "BIGINT", [each.worked for each in self.days]),
        ]
        for number in range(most):
            pieces = [each.pieces[number] if number < len(each.pieces) else (0, 0) for each in self.days]
            columns.append((f"s{number}", "BIGINT", [start for start, _ in pieces]))
            columns.append((f"e{number}", "BIGINT", [end for _, end in pieces]))
        chosen = ", ".join(
            f"unnest(${position}::{kind}[]) AS {column}"
            for position, (column, kind, _) in enumerate(columns, start=1)
        )
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {chosen}",
            [values for _, _, values in columns],
        )
        return most


def calendar_key(calendar: WorkingCalendar | None) -> str:
    """The same for calendars that say the same."""
    return json.dumps(calendar.to_mapping(), sort_keys=True) if calendar else ""


def sql_worked(table: str, us: str, intervals: int) -> str:
    """Working time (µs) from the first day of the table until a moment, given the row of the moment's local day."""
    parts = [f"{table}.worked"]
    parts += [
        f"greatest(0, least({us}, {table}.e{number}) - {table}.s{number})" for number in range(intervals)
    ]
    return "(" + " + ".join(parts) + ")"
