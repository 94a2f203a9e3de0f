"""Promises and how they were kept, as pages show them: few statements whatever the number of rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from accounts.models import Unit
from core import access
from core.db import session
from core.figures import Figure, Verdict
from core.i18n import pick
from delivery.models import Attainment, EventLog
from delivery.permissions import SEE
from delivery.rules.addresses import cases_path, how_path
from delivery.rules.attainment import (
    TREND_N,
    Slip,
    Tally,
    add_up,
    order_key,
    slipping,
    verdict,
)
from standards.models import Requirement, Standard
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
        return tuple(month.share if month and month.n >= TREND_N else None for month in self.months)

    @property
    def spark_interval(self) -> tuple[float | None, float | None]:
        """Of the last month, whose point carries it."""
        last = self.months[-1] if self.months else None
        return (last.interval or (None, None)) if last and last.n >= TREND_N else (None, None)

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


def tally_of(row: Any) -> Tally:
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
        monthly[row.standard_id, row.requirement_code][row.period].append(tally_of(row))
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
    labels = month_labels(newest.period_until)
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
        tally=add_up(tally_of(row) for row in rows),
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


def month_labels(last: date | None) -> list[str]:
    return [_months_before(last, back) for back in range(MONTHS - 1, -1, -1)] if last else []


def attainment_between(
    standard_ids: Iterable[int] | None, paths: Sequence[str], first: date, last: date
) -> list[Any]:
    """Month rows of the highest units on these paths whose months lie wholly in the period; None for all standards.
    One statement."""
    return list(
        session.execute(
            select(
                *_columns(),
                Attainment.period_from,
                Attainment.requirement_id,
                Attainment.inputs_hash,
                EventLog.measured_until,
            )
            .join(Unit, Unit.id == Attainment.unit_id)
            .join(EventLog, EventLog.id == Attainment.event_log_id)
            .where(
                _top(paths),
                Attainment.whole_tree.is_(True),
                true() if standard_ids is None else Attainment.standard_id.in_(list(standard_ids)),
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
