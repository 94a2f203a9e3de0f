"""The register of findings and tickets for a scope and a period: what packs and reviews print."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from accounts.models import Unit
from core import access, clock
from core.db import session
from core.figures import Figure
from improvement.models import Check, Cycle, Finding, Ticket
from improvement.rules.findings import OPEN, Grade
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


def figures_for(unit: Unit, first: date, last: date) -> list[Figure]:
    """Full counts of a period at or under a unit, each with `label_en`, `label_zh`, `href` and which way is `better` in
    its working. Three statements."""
    start, end = _span(first, last)
    by_grade = session.execute(
        select(Finding.grade, func.count())
        .join(Unit, Unit.id == Finding.unit_id)
        .where(
            access.under(Unit.path, unit.path),
            Finding.raised_at >= start,
            Finding.raised_at < end,
            Finding.state.not_in(("dismissed", "merged")),
        )
        .group_by(Finding.grade)
    )
    raised = {grade.value: 0 for grade in Grade} | {row[0]: int(row[1]) for row in by_grade}
    opened, closed, left = session.execute(
        select(
            func.count().filter(Ticket.opened_at >= start, Ticket.opened_at < end),
            func.count().filter(Ticket.closed_at >= start, Ticket.closed_at < end),
            func.count().filter(
                Ticket.opened_at < end,
                Ticket.stage != "cancelled",
                or_(Ticket.closed_at.is_(None), Ticket.closed_at >= end),
            ),
        )
        .select_from(Ticket)
        .join(Unit, Unit.id == Ticket.unit_id)
        .where(access.under(Unit.path, unit.path))
    ).one()
    checked, failed = session.execute(
        select(func.count(), func.count().filter(Check.verdict == "not_effective"))
        .select_from(Check)
        .join(Cycle, Cycle.id == Check.cycle_id)
        .join(Ticket, Ticket.id == Cycle.ticket_id)
        .join(Unit, Unit.id == Ticket.unit_id)
        .where(
            access.under(Unit.path, unit.path),
            Check.verdict.in_(("effective", "not_effective")),
            Check.signed_at >= start,
            Check.signed_at < end,
        )
    ).one()
    every = sum(raised.values())
    now = clock.now()
    findings, tickets = "/findings?state=*", "/tickets?stage=*"
    return [
        _full(every, every, now, "Findings raised", "提出的发现项", findings, ""),
        _full(raised["major"], every, now, "Major nonconformities", "严重不符合", findings, "down"),
        _full(raised["minor"], every, now, "Minor nonconformities", "一般不符合", findings, "down"),
        _full(opened, opened, now, "Tickets opened", "开立的改进单", tickets, ""),
        _full(closed, closed, now, "Tickets closed", "关闭的改进单", tickets, ""),
        _full(left, left, now, "Tickets open at the end", "期末未关闭的改进单", tickets, "down"),
        _full(failed, checked, now, "Checks that found no effect", "检查结论为无效", tickets, "down"),
    ]


def _full(value: int, n: int, at: datetime, en: str, zh: str, href: str, better: str) -> Figure:
    return Figure(
        float(value),
        n,
        method="full count",
        as_of=at,
        unit="count",
        working={"label_en": en, "label_zh": zh, "href": href, "better": better},
    )
