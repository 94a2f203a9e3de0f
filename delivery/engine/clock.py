"""The clock of a promise as SQL over the milestones of a case.

Every milestone is joined once to the day table of each calendar it is measured by; what a requirement asks is then
arithmetic on those columns. Pauses are taken out in the measure of the limit: elapsed time for minutes, hours, days
and by due (the deadline moves out by as much), working time for working minutes and hours, and for limits that end
with a day as many (working) days as the pause touches after its first. All these measures grow with time, so clipping
a pause to the case and merging it with others can be done in the measure itself.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from delivery.engine.calendar_table import CalendarTable, sql_worked
from delivery.engine.spec import RequirementSpec
from delivery.engine.zone import DAY, Offsets, microseconds, sql_day
from standards.rules.calendar import WorkingCalendar
from standards.rules.timing import ELAPSED_UNITS, WORKING_TIME_UNITS, LimitUnit


@dataclass(frozen=True, slots=True)
class LoadedCalendar:
    """A calendar whose day table is in the database under `name`."""

    name: str
    table: CalendarTable
    intervals: int


@dataclass(slots=True)
class Sheet:
    """Columns that requirements share, each computed once. Layers: tests of texts (`marks`) and local times (`walls`)
    from the columns of the cases, `days` from those, `joins` to day tables, `flags` on top of all.
    """

    marks: dict[str, str] = field(default_factory=dict)
    walls: dict[str, str] = field(default_factory=dict)
    days: dict[str, str] = field(default_factory=dict)
    joins: dict[str, str] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)

    def mark(self, expression: str) -> str:
        return self.marks.setdefault(expression, f"p{len(self.marks)}")

    def wall(self, expression: str) -> str:
        return self.walls.setdefault(expression, f"w{len(self.walls)}")

    def day(self, expression: str) -> str:
        return self.days.setdefault(expression, f"d{len(self.days)}")

    def joined(self, alias: str, condition: str) -> None:
        self.joins.setdefault(alias, condition)

    def flag(self, expression: str) -> str:
        return self.flags.setdefault(expression, f"f{len(self.flags)}")


@dataclass(frozen=True, slots=True)
class Measured:
    """SQL of one requirement. `eligible` and `broken` are never null; `in_time` and `elapsed` only mean something for
    eligible cases. `elapsed` is in µs without pauses, to as_of where the end is missing.
    """

    start: str
    end: str
    eligible: str
    broken: str
    in_time: str
    elapsed: str


class Clock:
    """Writes the SQL for requirements over columns m0, m1 … (milestones in µs) and t0, t1 … (texts)."""

    def __init__(
        self,
        milestones: Mapping[str, str],
        texts: Mapping[str, str],
        calendars: Callable[[WorkingCalendar | None], LoadedCalendar],
        as_of: dt.datetime,
    ) -> None:
        self.milestones = milestones
        self.texts = texts
        self.calendars = calendars
        self.as_of = microseconds(as_of)
        self.sheet = Sheet()
        self.values: list[str] = []

    def bind(self, value: str) -> str:
        """A parameter for a text that came from outside."""
        if value not in self.values:
            self.values.append(value)
        return f"${self.values.index(value) + 1}"

    def measure(self, requirement: RequirementSpec) -> Measured:
        start = self.milestones[requirement.start]
        end = self.milestones[requirement.end]
        elapsed = self._span(requirement, self._moment)
        population = [f"{start} IS NOT NULL", *self._population(requirement, start)]
        if requirement.within.unit is LimitUnit.BY_DUE:
            population.append(f"{self.milestones[requirement.within.milestone]} IS NOT NULL")
        inside = " AND ".join(population)
        turned = f"coalesce({end} < {start}, false)"
        return Measured(
            start=start,
            end=end,
            eligible=self.sheet.flag(f"({inside} AND NOT {turned})"),
            broken=self.sheet.flag(f"({inside} AND {turned})"),
            in_time=self.sheet.flag(f"({self._in_time(requirement, elapsed)})"),
            elapsed=self.sheet.flag(f"({elapsed})"),
        )

    def _population(self, requirement: RequirementSpec, start: str) -> list[str]:
        parts = []
        for column, values in requirement.where.items():
            if values:
                bound = ", ".join(self.bind(value) for value in values)
                parts.append(self.sheet.mark(f"{self.texts[column]} IN ({bound})"))
            else:
                parts.append("false")
        if requirement.valid_from:
            parts.append(f"{start} >= {microseconds(requirement.valid_from)}")
        if requirement.valid_until:
            parts.append(f"{start} < {microseconds(requirement.valid_until)}")
        return parts

    def _in_time(self, requirement: RequirementSpec, elapsed: str) -> str:
        limit = requirement.within
        start = self.milestones[requirement.start]
        end = f"coalesce({self.milestones[requirement.end]}, {self.as_of})"
        if limit.unit in ELAPSED_UNITS:
            return f"{elapsed} <= {limit.microseconds}"
        loaded = self.calendars(requirement.calendar)
        zone = loaded.table.offsets
        if limit.unit in WORKING_TIME_UNITS:
            return f"{self._span(requirement, self._worked(loaded))} <= {limit.microseconds}"
        if limit.unit in {LimitUnit.DAYS, LimitUnit.BY_DUE}:
            deadline = (
                zone.sql_utc(self._wall(zone, start), ahead=int(limit.amount) * DAY)
                if limit.unit is LimitUnit.DAYS
                else self.milestones[limit.milestone]
            )
            paused = self._paused(requirement, self._moment)
            return f"{end} <= {deadline} + {paused}" if paused else f"{end} <= {deadline}"
        if limit.unit is LimitUnit.SAME_DAY:
            return f"{self._span(requirement, self._local_day(zone))} <= 0"
        through, before = self._days(loaded, "through"), self._days(loaded, "before")
        paused = self._paused(requirement, through)
        minus = f" - {paused}" if paused else ""
        same = limit.unit is LimitUnit.SAME_WORKING_DAY
        first = (before if same else through)(requirement.start)
        days = 1 if same else limit.amount
        if requirement.strict_days:
            return f"{self._end(requirement, before)} - {first}{minus} < {days}"
        return f"{self._end(requirement, through)} - {first}{minus} <= {days}"

    # A measure gives the SQL of a milestone's place in it, and for None its value at as_of.

    def _moment(self, milestone: str | None) -> str:
        return str(self.as_of) if milestone is None else self.milestones[milestone]

    def _wall(self, zone: Offsets, us: str) -> str:
        return self.sheet.wall(zone.sql_wall(us))

    def _local_day(self, zone: Offsets) -> Callable[[str | None], str]:
        def measure(milestone: str | None) -> str:
            if milestone is None:
                return str(zone.wall(self.as_of) // DAY)
            return self.sheet.day(sql_day(self._wall(zone, self.milestones[milestone])))

        return measure

    def _row(self, loaded: LoadedCalendar, milestone: str) -> str:
        day = self._local_day(loaded.table.offsets)(milestone)
        alias = f"{loaded.name}_{self.milestones[milestone]}"
        self.sheet.joined(alias, f"LEFT JOIN {loaded.name} AS {alias} ON {alias}.day = {day}")
        return alias

    def _worked(self, loaded: LoadedCalendar) -> Callable[[str | None], str]:
        def measure(milestone: str | None) -> str:
            if milestone is None:
                return str(loaded.table.on(self.as_of).worked_until(self.as_of))
            return sql_worked(self._row(loaded, milestone), self.milestones[milestone], loaded.intervals)

        return measure

    def _days(self, loaded: LoadedCalendar, column: str) -> Callable[[str | None], str]:
        def measure(milestone: str | None) -> str:
            if milestone is None:
                row = loaded.table.on(self.as_of)
                return str(row.days_through if column == "through" else row.days_before)
            return f"{self._row(loaded, milestone)}.{column}"

        return measure

    def _end(self, requirement: RequirementSpec, measure: Callable[[str | None], str]) -> str:
        return f"coalesce({measure(requirement.end)}, {measure(None)})"

    def _span(self, requirement: RequirementSpec, measure: Callable[[str | None], str]) -> str:
        """From start to end (or as_of) without pauses."""
        span = f"{self._end(requirement, measure)} - {measure(requirement.start)}"
        paused = self._paused(requirement, measure)
        return f"{span} - {paused}" if paused else span

    def _paused(self, requirement: RequirementSpec, measure: Callable[[str | None], str]) -> str:
        """Length of the union of all pauses inside the case, by inclusion and exclusion."""
        if not requirement.paused:
            return ""
        low, high = measure(requirement.start), self._end(requirement, measure)
        pieces = []
        for opened, closed in requirement.paused:
            begins = f"least(greatest({measure(opened)}, {low}), {high})"
            ends = f"least(greatest(coalesce({measure(closed)}, {measure(None)}), {low}), {high})"
            away = f"{self.milestones[opened]} IS NULL"
            pieces.append(
                (
                    f"CASE WHEN {away} THEN {low} ELSE {begins} END",
                    f"CASE WHEN {away} THEN {low} ELSE {ends} END",
                )
            )
        terms = []
        for size in range(1, len(pieces) + 1):
            for chosen in combinations(pieces, size):
                begins = ", ".join(begin for begin, _ in chosen)
                ends = ", ".join(end for _, end in chosen)
                sign = "+" if size % 2 else "-"
                terms.append(f"{sign} greatest(0, least({ends}) - greatest({begins}))")
        return f"({' '.join(terms).removeprefix('+ ')})"
