"""The cases behind a number, and the working of one: by the engine, bounded for a web process."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from delivery.measuring import day_start, default_calendar, recent_window, spec_of
from delivery.queries.plans import Plan, Scope, TimingLine

if TYPE_CHECKING:
    from core.columnar import EngineSettings
    from delivery.engine.cases import CaseRow
    from delivery.engine.explain import Explanation

PAGE = 50
#: rows that a page can reach when several versions are sorted together
REACH = 1_000
EXPORT = 20_000
SORTS = ("-from", "from", "-elapsed", "elapsed")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cases. window: recent, all, a month like 2026-03, or days ("2026-01-05..2026-02-01", both included)."""

    window: str = "recent"
    outcome: str = ""
    sort: str = "-from"


@dataclass(frozen=True, slots=True)
class Found:
    total: int
    rows: tuple["CaseRow", ...]


def bounds(plan: Plan, window: str) -> tuple[datetime | None, datetime | None]:
    """Moments of `from` that a window holds: [first, until)."""
    end = plan.as_of + timedelta(microseconds=1)
    if window == "recent":
        return day_start(recent_window(plan)[0], plan.timezone), end
    if window == "all":
        return None, None
    if ".." in window:
        first, last = (date.fromisoformat(each) for each in window.split("..", 1))
        return day_start(first, plan.timezone), day_start(last + timedelta(days=1), plan.timezone)
    first = date.fromisoformat(f"{window}-01")
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day_start(first, plan.timezone), day_start(following, plan.timezone)


def list_cases(
    plan: Plan,
    lines: Sequence[TimingLine],
    scope: Scope,
    asked: Asked,
    *,
    offset: int = 0,
    limit: int = PAGE,
    settings: "EngineSettings",
) -> Found:
    """A page of cases over all versions of a requirement; each case is judged by the version in force at its start."""
    from core.columnar import opened
    from delivery.engine.cases import cases_of

    first, until = bounds(plan, asked.window)
    specs = [
        spec
        for line in lines
        if (spec := spec_of(line, scope, plan.unit_column, first=first, until=until)) is not None
    ]
    descending = asked.sort.startswith("-")
    by_start = asked.sort.endswith("from")
    if by_start and descending:
        specs.reverse()
    total = 0
    rows: list[CaseRow] = []
    with opened(settings) as connection:
        for spec in specs:
            # Versions follow each other in time: sorted by start their cases follow each other, too.
            together = len(specs) > 1 and not by_start
            skip = 0 if together else max(0, offset - total)
            wanted = min(offset + limit, REACH) if together else max(0, min(limit - len(rows), limit))
            page = cases_of(
                plan.batches,
                spec,
                calendar=default_calendar(),
                timezone=plan.timezone,
                as_of=plan.as_of,
                outcome=asked.outcome,
                columns=plan.group_columns,
                sort="from" if by_start else "elapsed",
                descending=descending,
                limit=wanted,
                offset=skip,
                settings=settings,
                connection=connection,
            )
            total += page.total
            rows += page.rows
    if len(specs) > 1 and not by_start:
        rows.sort(key=lambda row: row.elapsed_s, reverse=descending)
        rows = rows[offset : offset + limit]
    return Found(total, tuple(rows[:limit]))


def all_cases(
    plan: Plan,
    lines: Sequence[TimingLine],
    scope: Scope,
    asked: Asked,
    *,
    settings: "EngineSettings",
) -> Iterator["CaseRow"]:
    """For an export: at most 20,000 cases, by their start."""
    wanted = replace(asked, sort="-from")
    for offset in range(0, EXPORT, REACH):
        found = list_cases(plan, lines, scope, wanted, offset=offset, limit=REACH, settings=settings)
        yield from found.rows
        if offset + REACH >= found.total:
            return


def explain(
    plan: Plan,
    lines: Sequence[TimingLine],
    case: str,
    *,
    settings: "EngineSettings",
) -> tuple["Explanation", TimingLine]:
    """The working of a case by the version in force at its start. Raises EngineError (case.unknown)."""
    from delivery.engine.cases import explain_from

    everywhere = Scope(plan.unit_id, "", None)
    pairs = [
        (line, spec) for line in lines if (spec := spec_of(line, everywhere, plan.unit_column)) is not None
    ]
    found = explain_from(
        plan.batches,
        case,
        [spec for _line, spec in pairs],
        calendar=default_calendar(),
        timezone=plan.timezone,
        as_of=plan.as_of,
        settings=settings,
    )
    judged = [
        (explanation, line)
        for explanation, (line, _spec) in zip(found, pairs, strict=True)
        if explanation.outcome != "not_in_force"
    ]
    return judged[0] if judged else (found[-1], pairs[-1][0])


def belongs(plan: Plan, scope: Scope, case: str, *, settings: "EngineSettings") -> bool:
    """Is the case one of this unit? Asked before a case is shown to somebody who may see only part of the log."""
    if scope.values is None:
        return True
    from core.columnar import opened
    from delivery.engine.batches import Batches

    with opened(settings) as connection:
        batches = Batches.of(connection, plan.batches)
        source = batches.sql({}, {plan.unit_column: "t0"}, identity=True)
        row = connection.execute(f"SELECT t0 FROM ({source}) WHERE case_id = $1 LIMIT 1", [case]).fetchone()  # noqa: S608 - names are quoted by the engine
    return row is not None and row[0] in scope.values
