"""Attainment of a plan, by the engine: for each requirement and unit by month, for the last 90 days, and for all."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from delivery.queries.plans import Plan, Scope, TimingLine
from delivery.rules.attainment import Tally
from standards.rules.calendar import WorkingCalendar
from standards.rules.timing import parse_limit

if TYPE_CHECKING:
    from core.columnar import EngineSettings
    from delivery.engine.batches import Batches
    from delivery.engine.measure import Cell
    from delivery.engine.spec import RequirementSpec

RECENT_DAYS = 90


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """kind: month, recent or all. Days are local to the log, the last included."""

    standard_id: int
    code: str
    requirement_id: int
    unit_id: int
    kind: str
    period: str
    first: date | None
    last: date | None
    tally: Tally
    target: float
    median_s: float | None
    p90_s: float | None
    inputs_hash: str


def local_day(moment: datetime, timezone: str) -> date:
    """The local day that ends with or holds a moment: midnight belongs to the day before it."""
    return (moment - timedelta(microseconds=1)).astimezone(ZoneInfo(timezone)).date()


def recent_window(plan: Plan) -> tuple[date, date]:
    """The 90 local days up to the log's as-of, both included."""
    last = local_day(plan.as_of, plan.timezone)
    return last - timedelta(days=RECENT_DAYS - 1), last


def day_start(day: date, timezone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def spec_of(
    line: TimingLine,
    scope: Scope,
    unit_column: str,
    *,
    name: str = "",
    first: datetime | None = None,
    until: datetime | None = None,
) -> "RequirementSpec | None":
    """The engine's requirement of a line in a unit; first / until narrow the moments of `from`. None: no row can match."""
    from delivery.engine.spec import RequirementSpec

    where = {column: tuple(values) for column, values in line.population.items()}
    if scope.values is not None:
        allowed = where.get(unit_column)
        values = scope.values if allowed is None else tuple(each for each in scope.values if each in allowed)
        if not values:
            return None
        where[unit_column] = values
    begins = line.valid_from if first is None else max(line.valid_from, first)
    ends = line.valid_until if until is None else min(line.valid_until or until, until)
    if ends is not None and begins >= ends:
        return None
    return RequirementSpec(
        id=name or line.code,
        start=line.start,
        end=line.end,
        within=parse_limit(line.limit),
        target=line.target,
        where=where,
        paused=line.pauses,
        calendar=WorkingCalendar.from_mapping(line.calendar) if line.calendar else None,
        valid_from=begins,
        valid_until=ends,
    )


def default_calendar() -> WorkingCalendar:
    """Of requirements that name none: Monday to Friday, no public holidays."""
    return WorkingCalendar()


@dataclass(slots=True)
class _Part:
    """One version's cells: by month (label → cell), of the recent window, of all."""

    line: TimingLine
    months: dict[str, "Cell"]
    recent: "Cell | None" = None
    whole: "Cell | None" = None


def measure(
    plan: Plan,
    *,
    settings: "EngineSettings",
    progress: Callable[[int, int], None] | None = None,
) -> list[MeasuredRow]:
    """Rows of the derived table. One pass over the batches for the months, one for the recent window."""
    from core.columnar import opened
    from delivery.engine.batches import Batches
    from delivery.engine.measure import ENGINE_VERSION

    first, last = recent_window(plan)
    begins, ends = day_start(first, plan.timezone), plan.as_of + timedelta(microseconds=1)
    wanted = list(plan.by_requirement().items())
    rows: list[MeasuredRow] = []
    with opened(settings) as connection:
        batches = Batches.of(connection, plan.batches).gather(connection, *_columns(plan))
        total = len(wanted)
        # A few requirements at a time, so that stopping and progress work; each shares its scan over all units.
        for done in range(0, total, 4):
            if progress:
                progress(done, total)
            some = wanted[done : done + 4]
            by_month = _run(plan, batches, some, "month", connection, settings)
            recent = _run(plan, batches, some, "", connection, settings, first=begins, until=ends)
            for key, lines in some:
                for scope in plan.scopes:
                    parts = [
                        _Part(
                            line,
                            {group.period: group.cell for group in found.groups} if found else {},
                            ninety.overall if ninety else None,
                            found.overall if found else None,
                        )
                        for number, line in enumerate(lines)
                        for found, ninety in [
                            (
                                by_month.get((key, scope.unit_id, number)),
                                recent.get((key, scope.unit_id, number)),
                            )
                        ]
                    ]
                    spread = by_month.get((key, scope.unit_id, -1)), recent.get((key, scope.unit_id, -1))
                    rows += _rows(
                        key,
                        scope,
                        parts,
                        spread,
                        (first, last),
                        plan.inputs_hash(lines, scope, ENGINE_VERSION),
                    )
        if progress:
            progress(total, total)
    return rows


def _columns(plan: Plan) -> tuple[set[str], set[str]]:
    """Milestones and text columns that the requirements of a plan ask for."""
    milestones = {
        name
        for line in plan.lines
        for name in (
            line.start,
            line.end,
            parse_limit(line.limit).milestone,
            *(end for pause in line.pauses for end in pause),
        )
    }
    return milestones, {plan.unit_column, *(column for line in plan.lines for column in line.population)}


def _run(
    plan: Plan,
    batches: "Batches",
    wanted: Sequence[tuple[tuple[int, str], list[TimingLine]]],
    period: str,
    connection: Any,
    settings: "EngineSettings",
    *,
    first: datetime | None = None,
    until: datetime | None = None,
) -> dict[tuple[tuple[int, str], int, int], Any]:
    """Results by (requirement, unit, number of the version); number -1 holds the durations over all versions."""
    from delivery.engine.measure import measure_tables

    specs: list[RequirementSpec] = []
    keys: list[tuple[tuple[int, str], int, int]] = []
    for key, lines in wanted:
        for scope in plan.scopes:
            asked = [(number, line) for number, line in enumerate(lines)]
            if len(lines) > 1:
                asked.append((-1, _over_all_versions(lines)))
            for number, line in asked:
                spec = spec_of(line, scope, plan.unit_column, name=f"q{len(specs)}", first=first, until=until)
                if spec is not None:
                    specs.append(spec)
                    keys.append((key, scope.unit_id, number))
    if not specs:
        return {}
    results = measure_tables(
        batches,
        specs,
        calendar=default_calendar(),
        timezone=plan.timezone,
        as_of=plan.as_of,
        period=period,
        settings=settings,
        connection=connection,
    )
    return dict(zip(keys, results, strict=True))


def _over_all_versions(lines: Sequence[TimingLine]) -> TimingLine:
    """The newest version stretched over all: its durations are those of cases that several versions judge."""
    from dataclasses import replace

    return replace(lines[-1], valid_from=lines[0].valid_from)


def _tally(cell: "Cell | None") -> Tally:
    return Tally() if cell is None else Tally(cell.eligible, cell.met, cell.missed, cell.pending)


def _rows(
    key: tuple[int, str],
    scope: Scope,
    parts: Sequence[_Part],
    spread: tuple[Any, Any],
    window: tuple[date, date],
    inputs_hash: str,
) -> list[MeasuredRow]:
    cells: dict[tuple[str, str], list[tuple[TimingLine, Cell]]] = defaultdict(list)
    for part in parts:
        for label, cell in part.months.items():
            cells["month", label].append((part.line, cell))
        for kind, whole in (("recent", part.recent), ("all", part.whole)):
            if whole is not None and whole.eligible:
                cells[kind, ""].append((part.line, whole))
    if not cells["all", ""]:
        return []
    rows = []
    for (kind, label), found in sorted(cells.items()):
        judged = [(line, cell) for line, cell in found if cell.eligible]
        tally = Tally()
        for _line, cell in judged:
            tally = tally + _tally(cell)
        newest = judged[-1][0] if judged else parts[-1].line
        durations = judged[0][1] if len(judged) == 1 else _spread(kind, label, spread) if judged else None
        assert newest.target is not None
        rows.append(
            MeasuredRow(
                standard_id=key[0],
                code=key[1],
                requirement_id=newest.requirement_id,
                unit_id=scope.unit_id,
                kind=kind,
                period=label,
                first=date.fromisoformat(f"{label}-01") if label else window[0] if kind == "recent" else None,
                last=_month_end(label) if label else window[1] if kind == "recent" else None,
                tally=tally,
                target=newest.target,
                median_s=durations.median_s if durations else None,
                p90_s=durations.p90_s if durations else None,
                inputs_hash=inputs_hash,
            )
        )
    if not any(row.kind == "recent" for row in rows):
        newest = parts[-1].line
        assert newest.target is not None
        rows.append(
            MeasuredRow(
                key[0],
                key[1],
                newest.requirement_id,
                scope.unit_id,
                "recent",
                "",
                window[0],
                window[1],
                Tally(),
                newest.target,
                None,
                None,
                inputs_hash,
            )
        )
    return rows


def _spread(kind: str, label: str, spread: tuple[Any, Any]) -> Any:
    by_month, recent = spread
    if kind == "recent":
        return recent.overall if recent else None
    if by_month is None:
        return None
    if kind == "all":
        return by_month.overall
    return next((group.cell for group in by_month.groups if group.period == label), None)


def _month_end(label: str) -> date:
    first = date.fromisoformat(f"{label}-01")
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
