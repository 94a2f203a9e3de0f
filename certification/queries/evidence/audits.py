"""Audits of the period of a pack, as it prints them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from accounts.models import Unit
from audits.models import Audit, Scope
from audits.reports import audits_for, figures_for, open_follow_ups
from certification.queries.evidence.absence import Absence, absence_of
from certification.queries.evidence.counted import labelled
from certification.rules.clauses import Both
from core import access
from core.db import session
from core.figures import Figure
from standards.models import Clause


@dataclass(frozen=True)
class PrintedAudit:
    id: int
    code: str
    title: Both
    unit: Both
    starts_on: date
    ends_on: date
    lead: str
    state: str
    clauses: tuple[str, ...]  # of the framework of the pack
    items: int
    answered: int
    major: int
    minor: int
    ofi: int
    strength: int
    conclusion: Both


@dataclass(frozen=True)
class PrintedFollowUp:
    audit_code: str
    finding_code: str
    statement: Both
    grade: str
    ticket_code: str
    settled: str


@dataclass(frozen=True)
class PrintedAudits:
    audits: tuple[PrintedAudit, ...] = ()
    figures: tuple[tuple[Both, Figure], ...] = ()
    follow_ups: tuple[PrintedFollowUp, ...] = ()
    absence: Absence | None = None


def audits_of(unit: Unit, framework_id: int, first: date, last: date) -> PrintedAudits:
    """Audits of the unit and below in the period, cancelled ones left out, with what they looked at."""
    rows = audits_for(unit, first, last)
    if not rows:
        statement = (
            select(Audit.ends_on, Audit.code)
            .join(Unit, Unit.id == Audit.unit_id)
            .where(access.under(Unit.path, unit.path), Audit.state != "cancelled")
        )
        return PrintedAudits(absence=absence_of(statement, Audit.ends_on, first, last + timedelta(days=1)))
    ids = [row.id for row in rows]
    numbers: dict[int, list[str]] = defaultdict(list)
    for audit_id, number in session.execute(
        select(Scope.audit_id, Clause.number)
        .join(Clause, Clause.id == Scope.clause_id)
        .where(Scope.audit_id.in_(ids), Clause.framework_id == framework_id)
        .order_by(Clause.sort_key)
    ):
        numbers[audit_id].append(number)
    said = {
        audit_id: Both(en, zh)
        for audit_id, en, zh in session.execute(
            select(Audit.id, Audit.conclusion_en, Audit.conclusion_zh).where(Audit.id.in_(ids))
        )
    }
    return PrintedAudits(
        tuple(
            PrintedAudit(
                row.id,
                row.code,
                Both(row.title_en, row.title_zh),
                Both(row.unit_en, row.unit_zh),
                row.starts_on,
                row.ends_on,
                row.lead,
                row.state,
                tuple(numbers[row.id]),
                row.items,
                row.answered,
                row.major,
                row.minor,
                row.ofi,
                row.strength,
                said.get(row.id, Both()),
            )
            for row in rows
        ),
        labelled(figures_for(unit, first, last)),
        tuple(
            PrintedFollowUp(
                one.audit_code,
                one.finding_code,
                Both(one.statement_en, one.statement_zh),
                one.grade,
                one.ticket_code,
                str(one.settled.value),
            )
            for one in open_follow_ups(unit, until=last)
        ),
    )
