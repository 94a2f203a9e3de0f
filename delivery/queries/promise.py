"""Everything about one promise in one unit."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from accounts.models import Unit
from core import access
from core.db import get_record, session
from core.errors import NotFound
from core.figures import Verdict
from core.i18n import pick
from delivery.models import Attainment, EventLog
from delivery.permissions import SEE
from delivery.queries.lines import Line, month_labels, tally_of
from delivery.rules.attainment import Tally, verdict
from standards.models import Requirement, Standard
from standards.rules.sentences import plain


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
    standard = get_record(Standard, standard_id)
    if unit_id is None:
        unit_id, log_id = _highest(actor, standard, code, log_id)
    unit = get_record(Unit, unit_id)
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
    log = session.get_one(EventLog, rows[0].event_log_id)
    rows = [row for row in rows if row.event_log_id == log.id]
    recent = next((row for row in rows if row.period_kind == "recent"), None)
    whole = next((row for row in rows if row.period_kind == "all"), None)
    if recent is None or whole is None:
        raise NotFound
    requirement = session.get_one(Requirement, recent.requirement_id)
    months = tuple(
        MonthRow(row.period, tally_of(row), row.target, row.median_s, row.p90_s)
        for row in rows
        if row.period_kind == "month"
    )
    by_label = {month.label: month.tally for month in months}
    labels = month_labels(recent.period_until)
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
        tally_of(recent),
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
    return Measured(
        standard, code, unit, log, line, tally_of(whole), months, _units_of(actor, line, log, unit)
    )


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
            tally_of(row),
            row.target,
            row.median_s,
        )
        for row in rows
    )
