"""Promises and how they were kept, as pages show them: few statements whatever the number of rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import aliased

from accounts.models import Unit
from core import access
from core.db import session
from core.errors import NotFound
from core.figures import Figure, Verdict
from core.i18n import pick
from delivery.models import Attainment, Batch, EventLog, LogStandard
from delivery.permissions import SEE
from delivery.queries.plans import calendar_mapping, columns_of
from delivery.rules.addresses import cases_path, how_path
from delivery.rules.attainment import (
    MIN_N,
    Hindrance,
    Slip,
    Tally,
    add_up,
    hindrance,
    order_key,
    slipping,
    verdict,
)
from standards.models import Calendar, Requirement, Standard, Version
from standards.rules.sentences import plain

MONTHS = 12
MOST_LINES = 2_000


@dataclass(frozen=True, slots=True)
class Line:
    """One promise at the highest place a person may see (or at a unit that was chosen)."""

    standard_id: int
    standard_code: str
    title_en: str
    title_zh: str
    owner_id: int
    code: str
    statement_en: str
    statement_zh: str
    target: float
    tally: Tally
    months: tuple[Tally | None, ...]
    last_month: str
    as_of: datetime | None
    first: date | None
    last: date | None
    unit_ids: tuple[int, ...]
    requirement_id: int
    median_s: float | None = None
    p90_s: float | None = None
    computed_at: datetime | None = None
    engine_version: str = ""
    inputs_hash: str = ""
    log_ids: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        return pick(self.title_en, self.title_zh)

    @property
    def statement(self) -> str:
        return pick(self.statement_en, self.statement_zh) or self.title

    @property
    def verdict(self) -> Verdict:
        return verdict(self.tally, self.target)

    @property
    def unit_id(self) -> int | None:
        """The unit when there is one only."""
        return self.unit_ids[0] if len(self.unit_ids) == 1 else None

    @property
    def figure(self) -> Figure:
        few = self.verdict == "too_few"
        interval = None if few else self.tally.interval
        return Figure(
            value=None if few else self.tally.share,
            n=self.tally.n,
            low=interval[0] if interval else None,
            high=interval[1] if interval else None,
            method="wilson",
            as_of=self.as_of,
            unit="share",
            target=self.target,
            verdict=self.verdict,
            working={
                "eligible": self.tally.eligible,
                "met": self.tally.met,
                "missed": self.tally.missed,
                "pending": self.tally.pending,
                "from": self.first.isoformat() if self.first else None,
                "until": self.last.isoformat() if self.last else None,
                "engine_version": self.engine_version,
                "inputs_hash": self.inputs_hash,
                "href": self.how_url,
            },
        )

    @property
    def spark(self) -> tuple[float | None, ...]:
        return tuple(month.share if month and month.n >= MIN_N else None for month in self.months)

    @property
    def spark_interval(self) -> tuple[float | None, float | None]:
        """Of the last month, whose point carries it."""
        last = self.months[-1] if self.months else None
        return (last.interval or (None, None)) if last and last.n >= MIN_N else (None, None)

    @property
    def slip(self) -> Slip | None:
        return slipping(self.months)

    @property
    def how_url(self) -> str:
        return how_path(self.standard_id, self.code, self.unit_id)

    @property
    def cases_url(self) -> str:
        return cases_path(self.standard_id, self.code, self.unit_id)


def seen_roots(actor: Any) -> list[str]:
    """Paths of the units where a person may see delivery, without those that lie under another."""
    paths = sorted({holding.path for holding in actor.holdings if holding.role in SEE.roles}, key=len)
    roots: list[str] = []
    for path in paths:
        if not any(path.startswith(root) for root in roots):
            roots.append(path)
    return roots


def _top(paths: Sequence[str]) -> ColumnElement[bool]:
    """Rows of the units with these paths; where a log belongs to a unit below, the rows of all of that log."""
    if not paths:
        return false()
    return or_(
        Unit.path.in_(list(paths)),
        and_(
            Attainment.unit_id == EventLog.unit_id,
            or_(*(access.under(Unit.path, path) for path in paths)),
        ),
    )


def _columns() -> list[Any]:
    return [
        Attainment.standard_id,
        Attainment.requirement_code,
        Attainment.event_log_id,
        Attainment.unit_id,
        Attainment.period,
        Attainment.eligible,
        Attainment.met,
        Attainment.missed,
        Attainment.pending,
        Attainment.target,
    ]


def _tally(row: Any) -> Tally:
    return Tally(row.eligible, row.met, row.missed, row.pending)


def list_lines(
    actor: Any,
    *,
    unit: Unit | None = None,
    standard_ids: Sequence[int] | None = None,
    code: str | None = None,
) -> list[Line]:
    """Promises with their last 90 days and 12 months, least kept first. Two statements.

    unit: as seen at this unit (it must lie where the actor may see). Without it: the highest units the actor may see.
    """
    return _list_lines(
        [unit.path] if unit is not None else seen_roots(actor), standard_ids=standard_ids, code=code
    )


def lines_at(unit: Unit, *, standard_ids: Sequence[int] | None = None, code: str | None = None) -> list[Line]:
    """The same for work that nobody looks at (jobs): as seen at a unit."""
    return _list_lines([unit.path], standard_ids=standard_ids, code=code)


def _list_lines(paths: Sequence[str], *, standard_ids: Sequence[int] | None, code: str | None) -> list[Line]:
    conditions = [_top(paths), Attainment.whole_tree.is_(True)]
    if standard_ids is not None:
        conditions.append(Attainment.standard_id.in_(list(standard_ids)))
    if code is not None:
        conditions.append(Attainment.requirement_code == code)
    recent = session.execute(
        select(
            *_columns(),
            Attainment.requirement_id,
            Attainment.period_from,
            Attainment.period_until,
            Attainment.median_s,
            Attainment.p90_s,
            Attainment.computed_at,
            Attainment.engine_version,
            Attainment.inputs_hash,
            Standard.code.label("standard_code"),
            Standard.title_en,
            Standard.title_zh,
            Standard.owner_id,
            Requirement.statement_en,
            Requirement.statement_zh,
            EventLog.measured_until,
        )
        .join(Unit, Unit.id == Attainment.unit_id)
        .join(EventLog, EventLog.id == Attainment.event_log_id)
        .join(Standard, Standard.id == Attainment.standard_id)
        .join(Requirement, Requirement.id == Attainment.requirement_id)
        .where(Attainment.period_kind == "recent", Standard.withdrawn_at.is_(None), *conditions)
        .order_by(Standard.code, Attainment.requirement_code, Attainment.unit_id)
        .limit(MOST_LINES)
    ).all()
    if not recent:
        return []
    newest = {row.event_log_id: row.period_until for row in recent if row.period_until}
    oldest = min((_months_before(day, MONTHS - 1) for day in newest.values()), default="")
    months = session.execute(
        select(*_columns())
        .join(Unit, Unit.id == Attainment.unit_id)
        .join(EventLog, EventLog.id == Attainment.event_log_id)
        .where(Attainment.period_kind == "month", Attainment.period >= oldest, *conditions)
    ).all()
    monthly: dict[tuple[int, str], dict[str, list[Tally]]] = defaultdict(lambda: defaultdict(list))
    for row in months:
        monthly[row.standard_id, row.requirement_code][row.period].append(_tally(row))
    grouped: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in recent:
        grouped[row.standard_id, row.requirement_code].append(row)
    lines = [_line(rows, monthly[key]) for key, rows in grouped.items()]
    return sorted(
        lines,
        key=lambda line: (
            *order_key(line.verdict, line.tally.share, line.target),
            line.standard_code,
            line.code,
        ),
    )


def _line(rows: Sequence[Any], monthly: dict[str, list[Tally]]) -> Line:
    """One promise from the rows of one or several places; durations can't be added up, so only one place shows them."""
    newest = max(rows, key=lambda row: (row.period_until or date.min, row.requirement_id))
    labels = _labels(newest.period_until)
    return Line(
        standard_id=newest.standard_id,
        standard_code=newest.standard_code,
        title_en=newest.title_en,
        title_zh=newest.title_zh,
        owner_id=newest.owner_id,
        code=newest.requirement_code,
        statement_en=plain(newest.statement_en),
        statement_zh=plain(newest.statement_zh),
        target=newest.target,
        tally=add_up(_tally(row) for row in rows),
        months=tuple(add_up(monthly[label]) if label in monthly else None for label in labels),
        last_month=labels[-1] if labels else "",
        as_of=newest.measured_until,
        first=newest.period_from,
        last=newest.period_until,
        unit_ids=tuple(dict.fromkeys(row.unit_id for row in rows)),
        requirement_id=newest.requirement_id,
        median_s=newest.median_s if len(rows) == 1 else None,
        p90_s=newest.p90_s if len(rows) == 1 else None,
        computed_at=newest.computed_at,
        engine_version=newest.engine_version,
        inputs_hash=newest.inputs_hash,
        log_ids=tuple(dict.fromkeys(row.event_log_id for row in rows)),
    )


def _months_before(day: date, count: int) -> str:
    month = day.year * 12 + day.month - 1 - count
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def _labels(last: date | None) -> list[str]:
    return [_months_before(last, back) for back in range(MONTHS - 1, -1, -1)] if last else []


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A promise in force without a figure, and why."""

    standard_id: int
    standard_code: str
    title: str
    code: str
    statement: str
    target: float | None
    why: Hindrance
    log_id: int | None


def list_unmeasured(actor: Any, *, unit: Unit | None = None, limit: int = 200) -> list[Unmeasured]:
    """Timing requirements in force that have no figure, with the reason. Three statements."""
    measured = aliased(Attainment)
    where = [access.scope(actor, SEE, Unit.path)]
    if unit is not None:
        where.append(access.under(Unit.path, unit.path))
    rows = session.execute(
        select(Requirement, Standard, Calendar)
        .join(Version, Version.id == Requirement.version_id)
        .join(Standard, Standard.id == Version.standard_id)
        .join(Unit, Unit.id == Standard.unit_id)
        .outerjoin(Calendar, Calendar.id == Requirement.calendar_id)
        .where(
            Requirement.kind == "timing",
            Version.state == "effective",
            Standard.withdrawn_at.is_(None),
            ~select(measured.id)
            .where(
                measured.standard_id == Standard.id,
                measured.requirement_code == Requirement.code,
                measured.period_kind == "recent",
            )
            .exists(),
            *where,
        )
        .order_by(Standard.code, Requirement.position, Requirement.code)
        .limit(limit)
    ).all()
    if not rows:
        return []
    logs: dict[int, EventLog] = {}
    for standard_id, proving in session.execute(
        select(LogStandard.standard_id, EventLog)
        .join(EventLog, EventLog.id == LogStandard.event_log_id)
        .where(LogStandard.standard_id.in_({standard.id for _req, standard, _cal in rows}))
    ):
        logs.setdefault(standard_id, proving)
    batches: dict[int, list[Batch]] = defaultdict(list)
    for batch in session.scalars(
        select(Batch).where(
            Batch.event_log_id.in_({log.id for log in logs.values()}), Batch.state == "accepted"
        )
    ):
        batches[batch.event_log_id or 0].append(batch)
    found = []
    for requirement, standard, calendar in rows:
        log = logs.get(standard.id)
        why = why_unmeasured(requirement, calendar, log, batches.get(log.id, []) if log else [])
        found.append(
            Unmeasured(
                standard.id,
                standard.code,
                standard.title,
                requirement.code,
                plain(requirement.statement),
                requirement.target,
                why,
                log.id if log else None,
            )
        )
    return found


def why_unmeasured(
    requirement: Requirement, calendar: Calendar | None, log: EventLog | None, batches: Sequence[Batch]
) -> Hindrance:
    if log is None:
        return Hindrance("no_log")
    if not batches:
        return Hindrance("no_import")
    found = hindrance(
        start=requirement.from_milestone,
        end=requirement.to_milestone,
        limit=requirement.limit,
        target=requirement.target,
        columns_asked=list(requirement.population or {}),
        pauses=requirement.pauses or [],
        has_hours="week" in calendar_mapping(calendar),
        milestones=list(log.mapping.get("milestones", {})),
        columns=columns_of(batches),
    )
    return found or Hindrance("no_case")


@dataclass(frozen=True, slots=True)
class MonthRow:
    label: str
    tally: Tally
    target: float
    median_s: float | None
    p90_s: float | None

    @property
    def verdict(self) -> Verdict:
        return verdict(self.tally, self.target)


@dataclass(frozen=True, slots=True)
class UnitRow:
    unit_id: int
    name: str
    depth: int
    tally: Tally
    target: float
    median_s: float | None

    @property
    def verdict(self) -> Verdict:
        return verdict(self.tally, self.target)


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything about one promise in one unit."""

    standard: Standard
    code: str
    unit: Unit
    log: EventLog
    line: Line
    whole: Tally
    months: tuple[MonthRow, ...]
    units: tuple[UnitRow, ...] = field(default=())


def get_measured_for(
    actor: Any, standard_id: int, code: str, unit_id: int | None = None, log_id: int | None = None
) -> Measured:
    """The guarded door to one promise: at a unit where the actor may see, the highest one without a choice.

    Where several logs prove the promise, the one asked for, or the first.
    """
    standard = session.get(Standard, standard_id)
    if standard is None:
        raise NotFound
    if unit_id is None:
        unit_id, log_id = _highest(actor, standard, code, log_id)
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound
    access.require(actor, SEE, unit.path, what=f"{standard.code} {code}")
    rows = list(
        session.scalars(
            select(Attainment)
            .where(
                Attainment.standard_id == standard.id,
                Attainment.requirement_code == code,
                Attainment.unit_id == unit.id,
                Attainment.whole_tree.is_(True),
                *([Attainment.event_log_id == log_id] if log_id is not None else []),
            )
            .order_by(Attainment.event_log_id, Attainment.period)
        )
    )
    if not rows:
        raise NotFound
    log = session.get(EventLog, rows[0].event_log_id)
    assert log is not None
    rows = [row for row in rows if row.event_log_id == log.id]
    recent = next((row for row in rows if row.period_kind == "recent"), None)
    whole = next((row for row in rows if row.period_kind == "all"), None)
    if recent is None or whole is None:
        raise NotFound
    requirement = session.get(Requirement, recent.requirement_id)
    assert requirement is not None
    months = tuple(
        MonthRow(row.period, _tally(row), row.target, row.median_s, row.p90_s)
        for row in rows
        if row.period_kind == "month"
    )
    by_label = {month.label: month.tally for month in months}
    labels = _labels(recent.period_until)
    line = Line(
        standard.id,
        standard.code,
        standard.title_en,
        standard.title_zh,
        standard.owner_id,
        code,
        plain(requirement.statement_en),
        plain(requirement.statement_zh),
        recent.target,
        _tally(recent),
        tuple(by_label.get(label) for label in labels),
        labels[-1] if labels else "",
        log.measured_until,
        recent.period_from,
        recent.period_until,
        (unit.id,),
        requirement.id,
        recent.median_s,
        recent.p90_s,
        recent.computed_at,
        recent.engine_version,
        recent.inputs_hash,
        (log.id,),
    )
    return Measured(standard, code, unit, log, line, _tally(whole), months, _units_of(actor, line, log, unit))


def _highest(actor: Any, standard: Standard, code: str, log_id: int | None) -> tuple[int, int]:
    found = session.execute(
        select(Attainment.unit_id, Attainment.event_log_id)
        .join(Unit, Unit.id == Attainment.unit_id)
        .where(
            Attainment.standard_id == standard.id,
            Attainment.requirement_code == code,
            Attainment.period_kind == "recent",
            access.scope(actor, SEE, Unit.path),
            *([Attainment.event_log_id == log_id] if log_id is not None else []),
        )
        .order_by(Unit.path, Attainment.event_log_id)
        .limit(1)
    ).first()
    if found is None:
        access.require(actor, SEE, standard.unit.path, what=f"{standard.code} {code}")
        raise NotFound
    return found[0], found[1]


def _units_of(actor: Any, line: Line, log: EventLog, unit: Unit) -> tuple[UnitRow, ...]:
    """The units below, in the order of the tree, with their last 90 days."""
    rows = session.execute(
        select(
            Attainment.unit_id,
            Unit.name_en,
            Unit.name_zh,
            Unit.path,
            Attainment.eligible,
            Attainment.met,
            Attainment.missed,
            Attainment.pending,
            Attainment.target,
            Attainment.median_s,
        )
        .join(Unit, Unit.id == Attainment.unit_id)
        .where(
            Attainment.standard_id == line.standard_id,
            Attainment.requirement_code == line.code,
            Attainment.event_log_id == log.id,
            Attainment.period_kind == "recent",
            access.under(Unit.path, unit.path),
            Unit.id != unit.id,
            access.scope(actor, SEE, Unit.path),
        )
        .order_by(Unit.path)
        .limit(500)
    )
    depth = unit.path.count("/")
    return tuple(
        UnitRow(
            row.unit_id,
            pick(row.name_en, row.name_zh),
            row.path.count("/") - depth,
            _tally(row),
            row.target,
            row.median_s,
        )
        for row in rows
    )


def attainment_between(
    standard_ids: Iterable[int], paths: Sequence[str], first: date, last: date
) -> list[Any]:
    """Month rows of the highest units on these paths whose months lie wholly in the period. One statement."""
    return list(
        session.execute(
            select(*_columns(), Attainment.requirement_id, Attainment.inputs_hash, EventLog.measured_until)
            .join(Unit, Unit.id == Attainment.unit_id)
            .join(EventLog, EventLog.id == Attainment.event_log_id)
            .where(
                _top(paths),
                Attainment.whole_tree.is_(True),
                Attainment.standard_id.in_(list(standard_ids)),
                Attainment.period_kind == "month",
                Attainment.period_from >= first,
                Attainment.period_until <= last,
            )
            .order_by(Attainment.standard_id, Attainment.requirement_code, Attainment.period)
        )
    )


def find_log_of(standard_id: int, code: str, unit_id: int) -> int | None:
    """The log that proves a promise in a unit; the first where there are several."""
    return session.scalar(
        select(Attainment.event_log_id)
        .where(
            Attainment.standard_id == standard_id,
            Attainment.requirement_code == code,
            Attainment.unit_id == unit_id,
            Attainment.period_kind == "recent",
        )
        .order_by(Attainment.event_log_id)
        .limit(1)
    )
