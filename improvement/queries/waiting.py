"""What waits for a person: counts for the navigation, rows for the tasks."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
)

from accounts.models import Unit
from core import access
from core.db import session
from core.kept import Kept
from improvement.models import Action, Check, Cycle, Finding, SuccessMeasure, Ticket
from improvement.permissions import MANAGE, TRIAGE
from improvement.queries.tickets import OPEN_STAGES, today


def count_waiting(person: Any) -> tuple[int, int]:
    """Findings to triage and tickets that wait for this person, in one statement; each stops counting at 100."""
    reach = access.reach(person, TRIAGE) if access.may(person, TRIAGE) else ()
    row = _waiting(reach).first(session.connection(), me=person.id, day=today())
    return int(row[0]), int(row[1])


def _stage_is(stages: Iterable[str]) -> Any:
    return or_(*(Ticket.stage == stage for stage in sorted(stages)))


@lru_cache(maxsize=256)
def _waiting(reach: tuple[str, ...]) -> Kept:
    me, day = bindparam("me", type_=Integer), bindparam("day", type_=Date)
    if reach:
        new = select(Finding.id).where(Finding.state == "new")
        if reach != ("/",):
            new = new.join(Unit, Unit.id == Finding.unit_id).where(access.within(reach, Unit.path))
        findings: Any = select(func.count()).select_from(new.limit(100).subquery()).scalar_subquery()
    else:
        findings = literal(0)
    open_action = exists().where(
        Action.owner_id == me,
        Action.state == "open",
        Action.cycle_id == Cycle.id,
        Cycle.ticket_id == Ticket.id,
        Cycle.number == Ticket.cycle_number,
    )
    mine = (
        select(Ticket.id)
        .where(
            _stage_is(OPEN_STAGES),
            or_(Ticket.deferred_until.is_(None), Ticket.deferred_until <= day),
            or_(
                and_(Ticket.owner_id == me, _stage_is(["plan", "do", "act"])),
                and_(Ticket.verifier_id == me, Ticket.stage == "check"),
                and_(Ticket.stage == "do", open_action),
            ),
        )
        .limit(100)
    ).subquery()
    return Kept(select(findings, select(func.count()).select_from(mine).scalar_subquery()))


def list_tasks(person: Any, *, limit: int = 100) -> list[Any]:
    """Open tickets that the person owns, verifies, or manages where a decision of a manager is wanted."""
    manage = access.scope(person, MANAGE, Unit.path) if access.may(person, MANAGE) else None
    mine = or_(Ticket.owner_id == person.id, Ticket.verifier_id == person.id)
    decide = and_(Ticket.stage == "plan", Ticket.major.is_(True), Ticket.owner_id != person.id)
    unnamed = and_(Ticket.stage == "plan", Ticket.verifier_id.is_(None))
    condition = mine if manage is None else or_(mine, and_(manage, or_(decide, unnamed)))
    return list(
        session.execute(
            select(
                Ticket.id,
                Ticket.code,
                Ticket.title,
                Ticket.stage,
                Ticket.due,
                Ticket.major,
                Ticket.owner_id,
                Ticket.verifier_id,
                Cycle.id.label("cycle_id"),
                Cycle.plan_approved_by_id,
                Cycle.problem,
                SuccessMeasure.registered_at,
                select(Check.verdict)
                .where(Check.cycle_id == Cycle.id)
                .order_by(Check.id.desc())
                .limit(1)
                .scalar_subquery()
                .label("verdict"),
            )
            .join(Unit, Unit.id == Ticket.unit_id)
            .join(Cycle, and_(Cycle.ticket_id == Ticket.id, Cycle.number == Ticket.cycle_number))
            .outerjoin(SuccessMeasure, SuccessMeasure.cycle_id == Cycle.id)
            .where(
                Ticket.stage.in_(OPEN_STAGES),
                or_(Ticket.deferred_until.is_(None), Ticket.deferred_until <= today()),
                condition,
            )
            .order_by(Ticket.due, Ticket.id)
            .limit(limit)
        )
    )


def list_action_tasks(person: Any, *, limit: int = 100) -> list[Any]:
    return list(
        session.execute(
            select(Action.id, Action.text, Action.due, Ticket.id.label("ticket_id"), Ticket.code)
            .join(Cycle, Cycle.id == Action.cycle_id)
            .join(Ticket, and_(Ticket.id == Cycle.ticket_id, Ticket.cycle_number == Cycle.number))
            .where(Action.owner_id == person.id, Action.state == "open", Ticket.stage == "do")
            .order_by(Action.due, Action.id)
            .limit(limit)
        )
    )
