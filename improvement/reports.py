"""The register of findings and tickets for a scope and a period: what packs and reviews print."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from accounts.models import Unit
from core import access
from core.db import session
from improvement.models import Finding, Ticket
from improvement.rules.findings import OPEN
from improvement.rules.tickets import OPEN as OPEN_STAGES

MOST = 5000


def _span(first: date, last: date) -> tuple[datetime, datetime]:
    start = datetime.combine(first, time.min, UTC)
    return start, datetime.combine(last + timedelta(days=1), time.min, UTC)


def findings_for(
    standard_ids: Collection[int] | None, unit: Unit, first: date, last: date, *, limit: int = MOST
) -> list[Finding]:
    """Findings at or under a unit that were raised in the period, or are still open; None for all standards."""
    start, end = _span(first, last)
    statement = (
        select(Finding)
        .join(Unit, Unit.id == Finding.unit_id)
        .where(
            access.under(Unit.path, unit.path),
            Finding.raised_at < end,
            or_(Finding.raised_at >= start, Finding.state.in_([str(state) for state in OPEN])),
        )
        .options(joinedload(Finding.unit), joinedload(Finding.ticket), joinedload(Finding.owner))
        .order_by(Finding.raised_at, Finding.id)
        .limit(limit)
    )
    if standard_ids is not None:
        statement = statement.where(Finding.standard_id.in_(sorted(standard_ids)))
    return list(session.scalars(statement))


def tickets_for(
    standard_ids: Collection[int] | None, unit: Unit, first: date, last: date, *, limit: int = MOST
) -> list[Ticket]:
    """Tickets at or under a unit that were open at any time in the period; None for all standards."""
    start, end = _span(first, last)
    statement = (
        select(Ticket)
        .join(Unit, Unit.id == Ticket.unit_id)
        .where(
            access.under(Unit.path, unit.path),
            Ticket.opened_at < end,
            or_(
                Ticket.stage.in_([str(stage) for stage in OPEN_STAGES]),
                Ticket.closed_at >= start,
                Ticket.opened_at >= start,
                Ticket.stage_since >= start,
            ),
        )
        .options(joinedload(Ticket.unit), joinedload(Ticket.owner), joinedload(Ticket.verifier))
        .order_by(Ticket.opened_at, Ticket.id)
        .limit(limit)
    )
    if standard_ids is not None:
        statement = statement.where(Ticket.standard_id.in_(sorted(standard_ids)))
    return list(session.scalars(statement))


def open_by_requirement(standard_ids: Collection[int]) -> dict[tuple[int, str], int]:
    """Open findings by (standard, requirement code); the code is empty for findings about the whole standard."""
    rows = session.execute(
        select(Finding.standard_id, Finding.requirement_code, func.count())
        .where(
            Finding.standard_id.in_(sorted(standard_ids)), Finding.state.in_([str(state) for state in OPEN])
        )
        .group_by(Finding.standard_id, Finding.requirement_code)
    )
    return {(row[0], row[1]): row[2] for row in rows if row[0] is not None}
