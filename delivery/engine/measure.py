# ruff: noqa: S608 - names are quoted and texts are literals or bound (database.py), nothing else is put into SQL
"""Attainment of promises over batches of cases: counts, rates with intervals, durations, verdicts."""

import datetime as dt
import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from delivery.engine import ENGINE_VERSION as ENGINE_VERSION  # noqa: PLC0414 - offered here too
from delivery.engine.batches import Batches, Workplace
from delivery.engine.clock import Measured
from delivery.engine.database import DEFAULT_SETTINGS, EngineSettings, opened
from delivery.engine.errors import InputError
from delivery.engine.spec import DEFAULT_MIN_N, RequirementSpec
from delivery.engine.zone import SECOND, offsets
from standards.rules.calendar import WorkingCalendar

METHOD = "attainment"
VARIANT = "event_log"
# Two-sided 95 % of the normal distribution.
Z95 = 1.959963984540054
MOST_CELLS = 500_000
# Requirements in one pass: enough to share the scan, few enough for a query that plans quickly.
_PASS = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """Attainment of one requirement over some cases.

    attainment: met / (met + missed), None without any. ci: Wilson 95 % interval. median_s, p90_s: seconds from start
    to end, pauses taken out, over cases that have both; linear between ranks.
    verdict: kept, short, on_the_line or too_few; None without a target.
    """

    eligible: int
    met: int
    missed: int
    pending: int
    attainment: float | None
    ci: tuple[float, float] | None
    median_s: float | None
    p90_s: float | None
    verdict: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """keys: group column -> value. period: label like 2018-11, 2018-W45, 2018-Q4; empty without a period."""

    keys: dict[str, str]
    period: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class RequirementResult:
    id: str
    target: float | None
    overall: Cell
    groups: tuple[Group, ...]
    dropped: dict[str, int] = field(default_factory=dict)


def wilson(met: int, decided: int, z: float = Z95) -> tuple[float, float]:
    """Wilson score interval of a share (E. B. Wilson, JASA 22, 1927). `decided` must be positive."""
    share = met / decided
    centre = share + z * z / (2 * decided)
    half = z * math.sqrt(share * (1 - share) / decided + z * z / (4 * decided * decided))
    scale = 1 + z * z / decided
    low = 0.0 if met == 0 else (centre - half) / scale
    high = 1.0 if met == decided else (centre + half) / scale
    return max(0.0, low), min(1.0, high)


def verdict(decided: int, ci: tuple[float, float] | None, target: float | None, min_n: int) -> str | None:
    """`kept` when the whole interval reaches the target, `short` when all of it is below, else `on_the_line`."""
    if target is None:
        return None
    if ci is None or decided < min_n:
        return "too_few"
    if ci[0] >= target:
        return "kept"
    return "short" if ci[1] < target else "on_the_line"


def make_cell(
    eligible: int,
    met: int,
    missed: int,
    quantiles: Sequence[float] | None,
    *,
    target: float | None,
    min_n: int,
) -> Cell:
    decided = met + missed
    ci = wilson(met, decided) if decided else None
    return Cell(
        eligible=eligible,
        met=met,
        missed=missed,
        pending=eligible - decided,
        attainment=met / decided if decided else None,
        ci=ci,
        median_s=quantiles[0] / SECOND if quantiles else None,
        p90_s=quantiles[1] / SECOND if quantiles else None,
        verdict=verdict(decided, ci, target, min_n),
    )


def measure_tables(
    batches: Sequence[Path],
    requirements: Sequence[RequirementSpec],
    *,
    calendar: WorkingCalendar,
    timezone: str,
    as_of: dt.datetime,
    group_by: Sequence[str] = (),
    period: str = "",
    min_n: int = DEFAULT_MIN_N,
    settings: EngineSettings = DEFAULT_SETTINGS,
    connection: duckdb.DuckDBPyConnection | None = None,
) -> list[RequirementResult]:
    """Measure requirements over Parquet batches made by `load_log`, oldest first; the last row of a case wins.

    timezone: of the log, for periods and for calendars without their own. as_of: aware.
    The result has one entry a requirement, in the given order; groups are those with cases, sorted.
    """
    results: list[RequirementResult] = []
    with nullcontext(connection) if connection else opened(settings) as database:
        found = Batches.of(database, batches)
        found.check(requirements, group_by)
        for first in range(0, len(requirements), _PASS):
            chosen = requirements[first : first + _PASS]
            results += _pass(
                database, found, chosen, calendar, timezone, as_of, tuple(group_by), period, min_n
            )
    return results


def _pass(
    connection: duckdb.DuckDBPyConnection,
    batches: Batches,
    requirements: Sequence[RequirementSpec],
    calendar: WorkingCalendar,
    timezone: str,
    as_of: dt.datetime,
    group_by: tuple[str, ...],
    period: str,
    min_n: int,
) -> list[RequirementResult]:
    place = Workplace(
        connection,
        batches,
        requirements,
        calendar=calendar,
        timezone=timezone,
        as_of=as_of,
        columns=group_by,
    )
    measured = [place.clock.measure(each) for each in requirements]
    wanted = [
        _ask(clock, turned=(each.start, each.end) in place.turned)
        for each, clock in zip(requirements, measured, strict=True)
    ]
    keys = [place.texts[name] for name in group_by]
    # The period is that of `from`: requirements that start at different milestones are grouped by different columns.
    by_start: dict[str, list[int]] = {}
    for number, each in enumerate(measured):
        by_start.setdefault(each.start if period else "", []).append(number)
    results: dict[int, RequirementResult] = {}
    for start, numbers in by_start.items():
        grouping = [*keys, *(["period"] if period else [])]
        labels = ""
        if period:
            labels = f", {period_sql(place, start, period)} AS period"
        needed = [*place.milestones.values(), *keys]
        inner = f"(SELECT *{labels} FROM {place.layered(needed)})"
        rows = _rows(connection, inner, grouping, [wanted[number] for number in numbers], place.clock.values)
        for number in numbers:
            results[number] = _result(requirements[number], wanted[number], rows, group_by, period, min_n)
    return [results[number] for number in range(len(requirements))]


# Three counts in one sum, which is several times faster than three filtered counts: met, missed, eligible.
_MISSED, _ELIGIBLE = 31, 62
_COUNT = (1 << _MISSED) - 1


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Aggregates of a requirement as SQL, which is also the name they are found by."""

    counts: str
    quantiles: str
    broken: str


def _ask(each: Measured, *, turned: bool) -> _Wanted:
    one = 1 << _ELIGIBLE
    return _Wanted(
        counts=(
            f"sum(CASE WHEN NOT {each.eligible} THEN 0 WHEN NOT {each.in_time} THEN {one + (1 << _MISSED)} "
            f"WHEN {each.end} IS NOT NULL THEN {one + 1} ELSE {one} END)"
        ),
        quantiles=(
            f"quantile_cont({each.elapsed}, [0.5, 0.9]) FILTER ({each.eligible} AND {each.end} IS NOT NULL)"
        ),
        broken=f"count(*) FILTER ({each.broken})" if turned else "0",
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Aggregates over all cases, and for each group its keys (columns, then the period) with its aggregates."""

    overall: dict[str, Any]
    groups: list[tuple[tuple[Any, ...], dict[str, Any]]]


def _rows(
    connection: duckdb.DuckDBPyConnection,
    inner: str,
    grouping: Sequence[str],
    wanted: Sequence[_Wanted],
    values: Sequence[str],
) -> _Rows:
    counts = list(dict.fromkeys(each.counts for each in wanted))
    quantiles = list(dict.fromkeys(each.quantiles for each in wanted))
    whole = [*quantiles, *dict.fromkeys(each.broken for each in wanted)]
    # With groups, counts over all cases are sums over the groups; two queries are cheaper than grouping sets.
    asked = whole if grouping else [*counts, *whole]
    row = connection.execute(f"SELECT {', '.join(asked)} FROM {inner}", list(values)).fetchone()
    overall = dict(zip(asked, row or (), strict=True))
    if not grouping:
        return _Rows(overall, [])
    names = ", ".join(grouping)
    asked = [*counts, *quantiles]
    rows = connection.execute(
        f"SELECT {names}, {', '.join(asked)} FROM {inner} GROUP BY {names} ORDER BY {names} "
        f"LIMIT {MOST_CELLS + 1}",
        list(values),
    ).fetchall()
    if len(rows) > MOST_CELLS:
        message = f"more than {MOST_CELLS} groups: group by columns with fewer values."
        raise InputError("measure.too_many_groups", message, where="group_by")
    keyed = len(grouping)
    groups = [(row[:keyed], dict(zip(asked, row[keyed:], strict=True))) for row in rows]
    for name in counts:
        overall[name] = sum(int(found[name] or 0) for _, found in groups)
    return _Rows(overall, groups)


def _result(
    requirement: RequirementSpec,
    wanted: _Wanted,
    rows: _Rows,
    group_by: Sequence[str],
    period: str,
    min_n: int,
) -> RequirementResult:
    least = requirement.min_n or min_n

    def cell(found: dict[str, Any]) -> Cell:
        packed = int(found[wanted.counts] or 0)
        return make_cell(
            packed >> _ELIGIBLE,
            packed & _COUNT,
            packed >> _MISSED & _COUNT,
            found[wanted.quantiles],
            target=requirement.target,
            min_n=least,
        )

    groups = tuple(
        Group(
            keys=dict(zip(group_by, keys, strict=False)),
            period=period_label(keys[-1], period) if period and keys[-1] else "",
            cell=cell(found),
        )
        for keys, found in rows.groups
        if found[wanted.counts]
    )
    broken = rows.overall[wanted.broken]
    dropped = {"to_before_from": broken} if broken else {}
    return RequirementResult(requirement.id, requirement.target, cell(rows.overall), groups, dropped)


def period_sql(place: Workplace, start: str, period: str) -> str:
    """First local day of the period that a moment lies in."""
    zone = offsets(place.timezone, place.first * 86_400 * SECOND, place.last * 86_400 * SECOND)
    return f"date_trunc('{period}', make_timestamp({zone.sql_wall(start)}))::DATE"


def period_label(first: dt.date, period: str) -> str:
    if period == "day":
        return first.isoformat()
    if period == "week":
        year, week, _ = first.isocalendar()
        return f"{year:04d}-W{week:02d}"
    if period == "month":
        return f"{first:%Y-%m}"
    if period == "quarter":
        return f"{first.year:04d}-Q{(first.month + 2) // 3}"
    return f"{first.year:04d}"


def period_start(label: str, period: str) -> dt.date:
    """First day of a period by its label. Raises ValueError for a label of another form."""
    if period == "day":
        return dt.date.fromisoformat(label)
    if period == "week":
        return dt.datetime.strptime(f"{label}-1", "%G-W%V-%u").replace(tzinfo=dt.UTC).date()
    if period == "month":
        return dt.date.fromisoformat(f"{label}-01")
    if period == "quarter":
        year, _, quarter = label.partition("-Q")
        return dt.date(int(year), int(quarter) * 3 - 2, 1)
    return dt.date(int(label), 1, 1)
