# ruff: noqa: S608 - names are quoted and texts are literals or bound (database.py), nothing else is put into SQL
"""Passes over the cases: many requirements in few queries.

Requirements are measured together, each with its own population as a filter (`measure_plain`). Where many differ only
in the value of some columns, say one promise in each of fifty units, one query grouped by those columns serves them
all (`measure_family`).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from delivery.engine.batches import Batches, Workplace
from delivery.engine.calendar_table import calendar_key
from delivery.engine.clock import Measured
from delivery.engine.errors import InputError
from delivery.engine.results import Cell, Group, RequirementResult, make_cell, period_label
from delivery.engine.spec import RequirementSpec
from delivery.engine.zone import SECOND, offsets
from standards.rules.calendar import WorkingCalendar

MOST_CELLS = 500_000
# A family pays when it has this many members for each clock, and some for the pass of its own.
_MEMBERS_PER_CLOCK = 2
_MEMBERS = 8
_MOST_CLOCKS = 50
# Three counts in one sum, which is several times faster than three filtered counts: met, missed, eligible.
_MISSED, _ELIGIBLE = 31, 62
_COUNT = (1 << _MISSED) - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What holds for all requirements of one measurement."""

    connection: duckdb.DuckDBPyConnection
    batches: Batches
    calendar: WorkingCalendar
    timezone: str
    as_of: dt.datetime
    group_by: tuple[str, ...]
    period: str
    min_n: int

    def place(self, requirements: Sequence[RequirementSpec], columns: Sequence[str]) -> Workplace:
        return Workplace(
            self.connection,
            self.batches,
            requirements,
            calendar=self.calendar,
            timezone=self.timezone,
            as_of=self.as_of,
            columns=columns,
        )


@dataclass(slots=True)
class Family:
    """Requirements (by their number) whose populations are one value of each of the same columns.

    clocks: what they are without population; members: number -> position of the clock, values.
    """

    columns: tuple[str, ...]
    requirements: dict[int, RequirementSpec] = field(default_factory=dict)
    clocks: list[RequirementSpec] = field(default_factory=list)
    members: dict[int, tuple[int, tuple[str, ...]]] = field(default_factory=dict)


def sort_out(requirements: Sequence[RequirementSpec]) -> tuple[list[int], list[Family]]:
    """Which requirements are measured as families, and the numbers of the others."""
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    plain: list[int] = []
    for number, each in enumerate(requirements):
        columns = tuple(sorted(each.where))
        if columns and all(len(values) == 1 for values in each.where.values()):
            found[columns].append(number)
        else:
            plain.append(number)
    families: list[Family] = []
    for columns, numbers in found.items():
        family = Family(columns)
        positions: dict[str, int] = {}
        for number in numbers:
            each = requirements[number]
            clock = replace(each, id="", where={}, target=None, min_n=None)
            key = repr(replace(clock, calendar=None)) + calendar_key(each.calendar)
            position = positions.setdefault(key, len(family.clocks))
            if position == len(family.clocks):
                family.clocks.append(clock)
            family.requirements[number] = each
            family.members[number] = position, tuple(each.where[name][0] for name in columns)
        if len(numbers) < _MEMBERS + _MEMBERS_PER_CLOCK * len(family.clocks):
            plain += numbers
        else:
            families.append(family)
    return sorted(plain), families


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Aggregates of a requirement as SQL, which is also the name they are found by."""

    start: str
    counts: str
    quantiles: str
    broken: str


def _ask(place: Workplace, requirement: RequirementSpec) -> _Wanted:
    each: Measured = place.clock.measure(requirement)
    one = 1 << _ELIGIBLE
    turned = (requirement.start, requirement.end) in place.turned
    return _Wanted(
        start=each.start,
        # Nested, so that each further question is only asked of the cases that are left.
        counts=(
            f"sum(CASE WHEN {each.eligible} THEN CASE WHEN {each.in_time} THEN "
            f"CASE WHEN {each.end} IS NOT NULL THEN {one + 1} ELSE {one} END "
            f"ELSE {one + (1 << _MISSED)} END END)"
        ),
        quantiles=(
            f"quantile_cont(CASE WHEN {each.eligible} AND {each.end} IS NOT NULL THEN {each.elapsed} END, [0.5, 0.9])"
        ),
        broken=f"count(*) FILTER ({each.broken})" if turned else "0",
    )


@dataclass(slots=True)
class _Rows:
    """Aggregates over all cases, and for each group its keys (columns, then the period) with its aggregates."""

    overall: dict[str, Any] = field(default_factory=dict)
    groups: list[tuple[tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)


def measure_plain(asked: Asked, requirements: Sequence[RequirementSpec]) -> list[RequirementResult]:
    place = asked.place(requirements, asked.group_by)
    wanted = [_ask(place, each) for each in requirements]
    results: dict[int, RequirementResult] = {}
    for start, numbers in _by_start(asked, wanted).items():
        rows = _rows(asked, place, start, [wanted[number] for number in numbers], ())
        for number in numbers:
            results[number] = _result(asked, requirements[number], wanted[number], rows.get((), _Rows()))
    return [results[number] for number in range(len(requirements))]


def measure_family(asked: Asked, family: Family) -> dict[int, RequirementResult]:
    results: dict[int, RequirementResult] = {}
    for first in range(0, len(family.clocks), _MOST_CLOCKS):
        clocks = family.clocks[first : first + _MOST_CLOCKS]
        members = {
            number: (position - first, values)
            for number, (position, values) in family.members.items()
            if first <= position < first + len(clocks)
        }
        place = asked.place(clocks, [*asked.group_by, *family.columns])
        wanted = [_ask(place, each) for each in clocks]
        columns = [place.texts[name] for name in family.columns]
        inside = []
        for number, column in enumerate(columns):
            values = dict.fromkeys(each[number] for _, each in members.values())
            inside.append(f"{column} IN ({', '.join(place.clock.bind(value) for value in values)})")
        for start, positions in _by_start(asked, wanted).items():
            chosen = [wanted[position] for position in positions]
            rows = _rows(asked, place, start, chosen, columns, " AND ".join(inside))
            for number, (position, each) in members.items():
                if position in positions:
                    results[number] = _result(
                        asked, family.requirements[number], wanted[position], rows.get(each, _Rows())
                    )
    return results


def _by_start(asked: Asked, wanted: Sequence[_Wanted]) -> dict[str, list[int]]:
    """The period is that of `from`: requirements that start at different milestones need queries of their own."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, each in enumerate(wanted):
        found[each.start if asked.period else ""].append(number)
    return found


def _rows(
    asked: Asked,
    place: Workplace,
    start: str,
    wanted: Sequence[_Wanted],
    columns: Sequence[str],
    inside: str = "true",
) -> dict[tuple[str, ...], _Rows]:
    """Aggregates by the values of `columns`; without columns all is under the empty tuple."""
    keys = [place.texts[name] for name in asked.group_by]
    label = f", {period_sql(place, start, asked.period)} AS period" if asked.period else ""
    needed = dict.fromkeys([*place.milestones.values(), *keys, *columns])
    inner = f"(SELECT *{label} FROM {place.layered(list(needed))} WHERE {inside})"
    counts = list(dict.fromkeys(each.counts for each in wanted))
    quantiles = list(dict.fromkeys(each.quantiles for each in wanted))
    broken = list(dict.fromkeys(each.broken for each in wanted))
    grouping = [*keys, *(["period"] if asked.period else [])]
    values = list(place.clock.values)
    wide = len(columns)
    found: dict[tuple[str, ...], _Rows] = defaultdict(_Rows)
    # With groups, counts over all cases are sums over the groups; two queries are cheaper than grouping sets.
    names = [*quantiles, *broken] if grouping else [*counts, *quantiles, *broken]
    by = f" GROUP BY {', '.join(columns)}" if columns else ""
    sql = f"SELECT {', '.join([*columns, *names])} FROM {inner}{by}"
    for row in asked.connection.execute(sql, values).fetchall():
        found[tuple(row[:wide])].overall = dict(zip(names, row[wide:], strict=True))
    if not grouping:
        return found
    names = [*counts, *quantiles]
    every = ", ".join(dict.fromkeys([*columns, *grouping]))
    sql = (
        f"SELECT {', '.join([*columns, *grouping, *names])} FROM {inner} GROUP BY {every} "
        f"ORDER BY {', '.join(grouping)} LIMIT {MOST_CELLS + 1}"
    )
    rows = asked.connection.execute(sql, values).fetchall()
    if len(rows) > MOST_CELLS:
        message = f"more than {MOST_CELLS} groups: group by columns with fewer values."
        raise InputError("measure.too_many_groups", message, where="group_by")
    keyed = wide + len(grouping)
    for row in rows:
        part = found[tuple(row[:wide])]
        figures = dict(zip(names, row[keyed:], strict=True))
        part.groups.append((tuple(row[wide:keyed]), figures))
        for name in counts:
            part.overall[name] = part.overall.get(name, 0) + int(figures[name] or 0)
    return found


def _result(asked: Asked, requirement: RequirementSpec, wanted: _Wanted, rows: _Rows) -> RequirementResult:
    least = requirement.min_n or asked.min_n

    def cell(found: dict[str, Any]) -> Cell:
        packed = int(found.get(wanted.counts) or 0)
        return make_cell(
            packed >> _ELIGIBLE,
            packed & _COUNT,
            packed >> _MISSED & _COUNT,
            found.get(wanted.quantiles),
            target=requirement.target,
            min_n=least,
        )

    groups = tuple(
        Group(
            keys=dict(zip(asked.group_by, keys, strict=False)),
            period=period_label(keys[-1], asked.period) if asked.period and keys[-1] else "",
            cell=cell(found),
        )
        for keys, found in rows.groups
        if found[wanted.counts]
    )
    broken = rows.overall.get(wanted.broken, 0)
    dropped = {"to_before_from": broken} if broken else {}
    return RequirementResult(requirement.id, requirement.target, cell(rows.overall), groups, dropped)


def period_sql(place: Workplace, start: str, period: str) -> str:
    """First local day of the period that a moment lies in."""
    zone = offsets(place.timezone, place.first * 86_400 * SECOND, place.last * 86_400 * SECOND)
    return f"date_trunc('{period}', make_timestamp({zone.sql_wall(start)}))::DATE"
