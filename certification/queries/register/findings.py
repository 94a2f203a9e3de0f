"""Findings as a pack prints them."""

from collections.abc import Mapping as Mapped
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from accounts.models import Unit
from certification.queries.clauses import remark_of
from certification.rules.clauses import Both, Remark
from certification.rules.clauses import Clause as ClauseStands
from certification.rules.packs import MOST_FINDINGS
from core import access
from core.db import session
from core.figures import Figure
from improvement.models import Finding, Ticket
from improvement.rules.findings import OPEN
from standards.models import Standard


@dataclass(frozen=True)
class PrintedFinding:
    remark: Remark
    unit: Both
    origin: str
    origin_label: str
    raised_by: str
    clause: str
    guidance: bool  # the clause says "should" and is no criterion: a gap is no nonconformity
    figures: tuple[Figure, ...]
    dismissed_reason: str


def findings_of(
    unit: Unit, first: datetime, last: datetime, clauses: Mapped[int, ClauseStands]
) -> tuple[list[PrintedFinding], int]:
    """Findings of the unit and below that were raised in the period or are open now, and how many there are.

    `clauses` are those of the pack's framework. The oldest MOST_FINDINGS are given.
    """
    condition = and_(
        access.under(Unit.path, unit.path),
        Finding.state != "merged",
        or_(and_(Finding.raised_at >= first, Finding.raised_at < last), Finding.state.in_(sorted(OPEN))),
    )
    total = (
        session.scalar(
            select(func.count()).select_from(Finding).join(Unit, Unit.id == Finding.unit_id).where(condition)
        )
        or 0
    )
    rows = session.execute(
        select(Finding, Ticket, Standard.code, Unit)
        .join(Unit, Unit.id == Finding.unit_id)
        .outerjoin(Ticket, Ticket.id == Finding.ticket_id)
        .outerjoin(Standard, Standard.id == Finding.standard_id)
        .where(condition)
        .order_by(Finding.raised_at, Finding.id)
        .limit(MOST_FINDINGS)
    )
    found = [
        PrintedFinding(
            remark=remark_of(finding, ticket, standard_code),
            unit=Both(home.name_en, home.name_zh),
            origin=finding.origin,
            origin_label=finding.origin_label,
            raised_by=finding.raised_by_name,
            clause=clause.number if (clause := clauses.get(finding.clause_id or 0)) else "",
            guidance=clause is not None and not clause.binding,
            figures=tuple(_figures(finding.figures)),
            dismissed_reason=finding.dismissed_reason,
        )
        for finding, ticket, standard_code, home in rows
    ]
    return found, total


def _figures(stored: list[dict[str, Any]]) -> list[Figure]:
    """Figures frozen in a finding; what another version of the product wrote in another form is left out."""
    found = []
    for data in stored or []:
        try:
            found.append(Figure.from_json(data))
        except (TypeError, ValueError):
            continue
    return found
