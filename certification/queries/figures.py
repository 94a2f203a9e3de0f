"""Figures of the promises that hold at a unit, as delivery measured them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from accounts.models import Unit
from certification.queries.scope import distance
from certification.rules.clauses import Counts, figure_of
from core.db import session
from core.figures import Figure
from delivery.models import Attainment, EventLog
from standards.queries.mapping import at_under_or_above

Promise = tuple[int, str]  # standard id, requirement code


@dataclass(frozen=True)
class Measured:
    """A promise over one stretch of time, for the unit whose figures speak best for the one asked for."""

    start: date | None
    until: date | None
    counts: tuple[Counts, ...]
    as_of: datetime | None
    median_s: float | None
    p90_s: float | None
    inputs: tuple[str, ...]
    engine: str

    @property
    def figure(self) -> Figure | None:
        return figure_of(self.counts, as_of=self.as_of)


def latest_figures(unit: Unit, standards: Iterable[int]) -> dict[Promise, Figure]:
    """The figure of the last 90 days of each measured promise."""
    found = {}
    for promise, periods in _measured(unit, standards, "recent", None, None).items():
        figure = periods[-1].figure
        if figure is not None:
            found[promise] = figure
    return found


def monthly_figures(
    unit: Unit, standards: Iterable[int], first: date, last: date
) -> dict[Promise, list[Measured]]:
    """Month by month, oldest first: the months that begin within the period."""
    return _measured(unit, standards, "month", first, last)


def _measured(
    unit: Unit, standards: Iterable[int], kind: str, first: date | None, last: date | None
) -> dict[Promise, list[Measured]]:
    statement = (
        select(
            Attainment.standard_id,
            Attainment.requirement_code,
            Attainment.period,
            Attainment.period_from,
            Attainment.period_until,
            Attainment.met,
            Attainment.missed,
            Attainment.pending,
            Attainment.target,
            Attainment.share,
            Attainment.low,
            Attainment.high,
            Attainment.verdict,
            Attainment.median_s,
            Attainment.p90_s,
            Attainment.inputs_hash,
            Attainment.engine_version,
            Attainment.computed_at,
            EventLog.measured_until,
            Unit.path,
        )
        .join(Unit, Unit.id == Attainment.unit_id)
        .join(EventLog, EventLog.id == Attainment.event_log_id)
        .where(
            Attainment.period_kind == kind,
            Attainment.whole_tree.is_(True),
            Attainment.standard_id.in_(sorted(set(standards))),
            at_under_or_above(Unit.path, unit.path),
        )
        .order_by(Attainment.period, Attainment.event_log_id)
    )
    if first is not None and last is not None:
        statement = statement.where(Attainment.period_from >= first, Attainment.period_from <= last)
    by_promise: dict[Promise, list[tuple[tuple[int, int, str], Any]]] = defaultdict(list)
    for row in session.execute(statement):
        near = distance(row.path, unit.path)
        if near is not None:
            by_promise[row.standard_id, row.requirement_code].append((near, row))
    found: dict[Promise, list[Measured]] = {}
    for promise, candidates in by_promise.items():
        best = min(near for near, _row in candidates)
        periods: dict[str, list[Any]] = defaultdict(list)
        for near, row in candidates:
            if near == best:
                periods[row.period].append(row)
        found[promise] = [_one(periods[period]) for period in sorted(periods)]
    return found


def _one(rows: list[Any]) -> Measured:
    """The rows of one period, one for each log; durations can't be added up, so only a single log has them."""
    first = rows[0]
    moments = [row.measured_until or row.computed_at for row in rows]
    alone = len(rows) == 1
    return Measured(
        start=first.period_from,
        until=first.period_until,
        counts=tuple(
            Counts(
                row.met,
                row.missed,
                row.pending,
                row.target,
                row.share,
                row.low,
                row.high,
                row.verdict,
            )
            for row in rows
        ),
        as_of=min(moments),
        median_s=first.median_s if alone else None,
        p90_s=first.p90_s if alone else None,
        inputs=tuple(sorted({row.inputs_hash for row in rows if row.inputs_hash})),
        engine=first.engine_version,
    )
