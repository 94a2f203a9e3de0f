# ruff: noqa: S608 - names are quoted and texts are literals or bound (database.py), nothing else is put into SQL
"""The cases behind a number: the rows of one cell, and the working of one of them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.columnar import DEFAULT_SETTINGS, EngineSettings, literal, opened
from delivery.engine.batches import Batches, Workplace
from delivery.engine.case_clock import CaseClock
from delivery.engine.errors import EngineError, SpecError
from delivery.engine.explain import Explanation, explain_case
from delivery.engine.passes import period_sql
from delivery.engine.reader import CASE, LINE
from delivery.engine.results import period_start
from delivery.engine.spec import RequirementSpec
from delivery.engine.zone import SECOND, moment
from standards.rules.calendar import WorkingCalendar

OUTCOMES = ("met", "missed", "pending")
MOST_ROWS = 1_000
SORTS = {
    "case": CASE,
    "from": "started",
    "to": "ended",
    "elapsed": "elapsed",
    "outcome": "outcome",
    "line": f"batch, {LINE}",
}


@dataclass(frozen=True, slots=True)
class CaseRow:
    """batch: position in the list of batches. Times aware, UTC. elapsed_s without pauses, to as_of while open.
    deadline: the last moment in time; with `deadline_open` the midnight after the last day, itself too late.
    """

    case: str
    batch: int
    line: int
    start: dt.datetime
    end: dt.datetime | None
    deadline: dt.datetime | None
    deadline_open: bool
    elapsed_s: float
    outcome: str
    keys: dict[str, str]


@dataclass(frozen=True, slots=True)
class CasePage:
    total: int
    rows: tuple[CaseRow, ...]


def cases_of(
    batches: Sequence[Path],
    requirement: RequirementSpec,
    *,
    calendar: WorkingCalendar,
    timezone: str,
    as_of: dt.datetime,
    group: Mapping[str, str] | None = None,
    period: str = "",
    period_label: str = "",
    outcome: str = "",
    columns: Sequence[str] = (),
    sort: str = "from",
    descending: bool = False,
    limit: int = 50,
    offset: int = 0,
    settings: EngineSettings = DEFAULT_SETTINGS,
    connection: duckdb.DuckDBPyConnection | None = None,
) -> CasePage:
    """The eligible cases of one cell of a measurement.

    group: column -> value; period and period_label as in the result ("month", "2018-11"); outcome: met, missed,
    pending, or empty for all. columns: further columns to show. sort: one of SORTS.
    """
    chosen = dict(group or {})
    if outcome and outcome not in OUTCOMES:
        raise SpecError("cases.outcome", f"“{outcome}” is none of {', '.join(OUTCOMES)}.", where="outcome")
    if sort not in SORTS:
        raise SpecError("cases.sort", f"“{sort}” is none of {', '.join(SORTS)}.", where="sort")
    first_day: dt.date | None = None
    if period and period_label:
        try:
            first_day = period_start(period_label, period)
        except ValueError:
            raise SpecError("cases.period", f"“{period_label}” is not a {period}.", where="period") from None
    shown = list(dict.fromkeys([*chosen, *columns]))
    with nullcontext(connection) if connection else opened(settings) as database:
        found = Batches.of(database, batches)
        found.check([requirement], shown)
        place = Workplace(
            database,
            found,
            [requirement],
            calendar=calendar,
            timezone=timezone,
            as_of=as_of,
            columns=shown,
            identity=True,
        )
        measured = place.clock.measure(requirement)
        keep = [CASE, LINE, "batch", *place.milestones.values(), *place.texts.values()]
        state = (
            f"CASE WHEN NOT {measured.in_time} THEN 'missed' WHEN {measured.end} IS NULL THEN 'pending' "
            f"ELSE 'met' END"
        )
        wanted = [measured.eligible]
        wanted += [f"{place.texts[name]} = {place.clock.bind(value)}" for name, value in chosen.items()]
        if first_day:
            wanted.append(f"{period_sql(place, measured.start, period)} = DATE '{first_day.isoformat()}'")
        if outcome:
            wanted.append(f"{state} = {place.clock.bind(outcome)}")
        order = ", ".join(
            f"{part} {'DESC' if descending else 'ASC'} NULLS LAST" for part in SORTS[sort].split(", ")
        )
        cells = (
            f"SELECT *, {measured.start} AS started, {measured.end} AS ended, {measured.elapsed} AS elapsed, "
            f"{state} AS outcome FROM {place.layered(keep)} WHERE {' AND '.join(wanted)}"
        )
        values = list(place.clock.values)
        counted = database.execute(f"SELECT count(*) FROM ({cells})", values).fetchone()
        asked = [CASE, LINE, "batch", "elapsed", "outcome", *place.milestones.values(), *place.texts.values()]
        rows = database.execute(
            f"SELECT {', '.join(asked)} FROM ({cells}) ORDER BY {order}, {CASE} "
            f"LIMIT {max(0, min(int(limit), MOST_ROWS))} OFFSET {max(0, int(offset))}",
            values,
        ).fetchall()
        clock = CaseClock(requirement, calendar=calendar, timezone=timezone, as_of=as_of)
        return CasePage(
            total=int(counted[0]) if counted else 0,
            rows=tuple(_row(clock, place, requirement, row, shown) for row in rows),
        )


def _row(
    clock: CaseClock,
    place: Workplace,
    requirement: RequirementSpec,
    row: tuple[object, ...],
    shown: Sequence[str],
) -> CaseRow:
    case, line, batch, elapsed, outcome, *rest = row
    times: dict[str, int | None] = {
        name: None if value is None else int(str(value))
        for name, value in zip(place.milestones, rest, strict=False)
    }
    texts = dict(zip(place.texts, map(str, rest[len(place.milestones) :]), strict=True))
    deadline, is_open = clock.deadline(times)
    start, end = times[requirement.start], times[requirement.end]
    assert start is not None
    return CaseRow(
        case=str(case),
        batch=int(str(batch)),
        line=int(str(line)),
        start=moment(start),
        end=None if end is None else moment(end),
        deadline=None if deadline is None else moment(deadline),
        deadline_open=is_open,
        elapsed_s=int(str(elapsed)) / SECOND,
        outcome=str(outcome),
        keys={name: texts[name] for name in shown},
    )


def explain_from(
    batches: Sequence[Path],
    case: str,
    requirements: Sequence[RequirementSpec],
    *,
    calendar: WorkingCalendar,
    timezone: str,
    as_of: dt.datetime,
    settings: EngineSettings = DEFAULT_SETTINGS,
    connection: duckdb.DuckDBPyConnection | None = None,
) -> list[Explanation]:
    """The working of one case by each requirement. Raises EngineError (code case.unknown) for a case not there."""
    with nullcontext(connection) if connection else opened(settings) as database:
        found = Batches.of(database, batches)
        found.check(requirements, ())
        milestones = {name: f"m{number}" for number, name in enumerate(found.milestones)}
        columns = dict.fromkeys(column for each in requirements for column in each.where)
        texts = {name: f"t{number}" for number, name in enumerate(columns)}
        source = found.sql(milestones, texts, identity=True)
        asked = ", ".join([*milestones.values(), *texts.values()])
        row = database.execute(f"SELECT {asked} FROM ({source}) WHERE {CASE} = $1 LIMIT 1", [case]).fetchone()
        if row is None:
            raise EngineError("case.unknown", f"the log has no case “{case}”.", where="case")
        times = dict(zip(milestones, row, strict=False))
        values = dict(zip(texts, row[len(milestones) :], strict=True))
    return [
        explain_case(case, times, each, calendar=calendar, timezone=timezone, as_of=as_of, texts=values)
        for each in requirements
    ]


def turned_cases(
    batches: Sequence[Path],
    requirements: Sequence[RequirementSpec],
    *,
    settings: EngineSettings = DEFAULT_SETTINGS,
    connection: duckdb.DuckDBPyConnection | None = None,
) -> list[tuple[int, str, str]]:
    """(line, case, milestone) of every case whose end lies before its start by any requirement."""
    pairs = dict.fromkeys((each.start, each.end) for each in requirements)
    with nullcontext(connection) if connection else opened(settings) as database:
        found = Batches.of(database, batches)
        found.check(requirements, ())
        names = {name: f"m{number}" for number, name in enumerate(found.milestones)}
        when = " ".join(f"WHEN {names[end]} < {names[start]} THEN {literal(end)}" for start, end in pairs)
        return list(
            database.execute(
                f"SELECT {LINE}, {CASE}, turned FROM (SELECT *, CASE {when} END AS turned "
                f"FROM ({found.sql(names, {}, identity=True)})) WHERE turned IS NOT NULL ORDER BY {LINE}"
            ).fetchall()
        )
