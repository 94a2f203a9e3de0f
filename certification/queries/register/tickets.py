"""Corrective action as a pack prints it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from accounts.models import Person, Unit
from certification.queries.register.findings import PrintedFinding
from certification.rules.clauses import Both
from core.db import session
from improvement.models import Action, Cause, Check, Cycle, SuccessMeasure, Ticket


@dataclass(frozen=True)
class Outcome:
    """One signed verdict of a cycle, with the figures it stands on."""

    cycle: int
    verdict: str
    figures: dict[str, Any]
    verifier: str
    signed_at: datetime | None
    overruled: bool
    note: str


@dataclass(frozen=True)
class PrintedTicket:
    id: int
    code: str
    title: str
    unit: Both
    owner: str
    verifier: str
    stage: str
    major: bool
    cycle: int
    opened_at: datetime
    due: date | None
    closed_at: datetime | None
    problem: str
    causes: tuple[str, ...]
    done: int
    actions: int
    measure: Both
    outcomes: tuple[Outcome, ...]


def tickets_of(findings: Iterable[PrintedFinding]) -> list[PrintedTicket]:
    """The tickets of these findings with causes, actions and verdicts. Five statements."""
    wanted = sorted({item.remark.ticket_id for item in findings if item.remark.ticket_id})
    owner, verifier = aliased(Person), aliased(Person)
    rows = session.execute(
        select(Ticket, Unit, owner.name, verifier.name)
        .join(Unit, Unit.id == Ticket.unit_id)
        .join(owner, owner.id == Ticket.owner_id)
        .outerjoin(verifier, verifier.id == Ticket.verifier_id)
        .where(Ticket.id.in_(wanted))
        .order_by(Ticket.code)
    ).all()
    cycles: dict[int, tuple[Cycle, SuccessMeasure | None]] = {}
    newest: dict[int, int] = {}
    for cycle, measure in session.execute(
        select(Cycle, SuccessMeasure)
        .outerjoin(SuccessMeasure, SuccessMeasure.cycle_id == Cycle.id)
        .where(Cycle.ticket_id.in_(wanted))
        .order_by(Cycle.ticket_id, Cycle.number)
    ):
        cycles[cycle.id] = (cycle, measure)
        newest[cycle.ticket_id] = cycle.id
    causes: dict[int, list[str]] = defaultdict(list)
    for cycle_id, text in session.execute(
        select(Cause.cycle_id, Cause.text)
        .where(Cause.cycle_id.in_(sorted(cycles)), Cause.root.is_(True))
        .order_by(Cause.position, Cause.id)
    ):
        causes[cycle_id].append(text)
    actions: dict[int, tuple[int, int]] = {
        cycle_id: (done, total)
        for cycle_id, done, total in session.execute(
            select(Action.cycle_id, func.count().filter(Action.state != "open"), func.count())
            .where(Action.cycle_id.in_(sorted(cycles)))
            .group_by(Action.cycle_id)
        )
    }
    outcomes: dict[int, list[Outcome]] = defaultdict(list)
    for check in session.scalars(
        select(Check)
        .where(Check.cycle_id.in_(sorted(cycles)), Check.signed_at.is_not(None))
        .order_by(Check.signed_at, Check.id)
    ):
        cycle = cycles[check.cycle_id][0]
        outcomes[cycle.ticket_id].append(
            Outcome(
                cycle.number,
                check.verdict,
                check.figures or {},
                check.verifier_name,
                check.signed_at,
                check.overruled,
                check.note,
            )
        )
    made = []
    for ticket, home, owner_name, verifier_name in rows:
        now = newest.get(ticket.id)
        cycle_now, measure_now = cycles[now] if now else (None, None)
        done, total = actions.get(now or 0, (0, 0))
        made.append(
            PrintedTicket(
                id=ticket.id,
                code=ticket.code,
                title=ticket.title,
                unit=Both(home.name_en, home.name_zh),
                owner=owner_name,
                verifier=verifier_name or "",
                stage=ticket.stage,
                major=ticket.major,
                cycle=ticket.cycle_number,
                opened_at=ticket.opened_at,
                due=ticket.due,
                closed_at=ticket.closed_at,
                problem=cycle_now.problem if cycle_now else "",
                causes=tuple(causes[now] if now else ()),
                done=done,
                actions=total,
                measure=Both(measure_now.metric_label_en, measure_now.metric_label_zh)
                if measure_now
                else Both(),
                outcomes=tuple(outcomes[ticket.id]),
            )
        )
    return made
