"""What waits for whom, from a fixed number of statements."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from accounts.models import Unit
from audits.models import Audit, Item, Member, Programme, Slot
from audits.permissions import ACCEPT, PLAN
from core import access, clock
from core.db import session
from improvement.models import Finding, Ticket

_Merged = aliased(Finding)
MOST = 60


def list_steps(person: Any) -> list[Any]:
    """Audits whose next step is this person's: lead, member or head of the unit."""
    return list(session.execute(_steps(access.reach(person, ACCEPT)), {"me": person.id}))


@lru_cache(maxsize=256)
def _steps(accepting: tuple[str, ...]) -> Any:
    """Kept, as every overview asks it."""
    me = (
        select(Member.audit_id, Member.role)
        .where(Member.person_id == bindparam("me", type_=Integer))
        .subquery()
    )
    head = and_(Audit.state == "reported", me.c.role.is_(None), access.within(accepting, Unit.path))
    mine = or_(
        and_(me.c.role == "lead", Audit.state.in_(("scheduled", "prepared", "performed", "accepted"))),
        and_(me.c.role == "auditor", Audit.state == "prepared"),
    )
    waiting = (
        select(func.count())
        .where(Item.audit_id == Audit.id, Item.result == "")
        .correlate(Audit)
        .scalar_subquery()
    )
    open_follow_ups = (
        select(func.count())
        .select_from(Item)
        .join(Finding, Finding.id == Item.finding_id)
        .outerjoin(_Merged, _Merged.id == Finding.merged_into_id)
        .where(
            Item.audit_id == Audit.id,
            Item.follow != "verified",
            or_(
                func.coalesce(_Merged.state, Finding.state).in_(("new", "accepted", "verified")),
                and_(
                    func.coalesce(_Merged.state, Finding.state) == "closed",
                    func.coalesce(_Merged.ticket_id, Finding.ticket_id).is_not(None),
                ),
            ),
        )
        .correlate(Audit)
        .scalar_subquery()
    )
    return (
        select(
            Audit.id,
            Audit.code,
            Audit.title_en,
            Audit.title_zh,
            Audit.state,
            Audit.starts_on,
            Audit.ends_on,
            Audit.reported_at,
            me.c.role,
            waiting.label("waiting"),
            open_follow_ups.label("follow_ups"),
        )
        .join(Unit, Unit.id == Audit.unit_id)
        .outerjoin(me, me.c.audit_id == Audit.id)
        .where(or_(head, mine))
        .order_by(Audit.starts_on, Audit.id)
        .limit(MOST)
    )


def list_to_verify(person: Any) -> list[Any]:
    """Closed tickets of findings in audits of this person's team; refused remedies for quality managers."""
    return list(session.execute(_to_verify(access.reach(person, PLAN)), {"me": person.id}))


@lru_cache(maxsize=256)
def _to_verify(planning: tuple[str, ...]) -> Any:
    me = bindparam("me", type_=Integer)
    member = select(Member.audit_id).where(Member.person_id == me, Member.role.in_(("lead", "auditor")))
    return (
        select(
            Audit.id,
            Item.id.label("item_id"),
            Item.follow,
            Item.followed_at,
            Finding.code,
            Finding.statement_en,
            Finding.statement_zh,
            Ticket.id.label("ticket_id"),
            Ticket.closed_at,
            Ticket.owner_id,
        )
        .select_from(Item)
        .join(Audit, Audit.id == Item.audit_id)
        .join(Unit, Unit.id == Audit.unit_id)
        .join(Finding, Finding.id == Item.finding_id)
        .outerjoin(_Merged, _Merged.id == Finding.merged_into_id)
        .join(Ticket, Ticket.id == func.coalesce(_Merged.ticket_id, Finding.ticket_id))
        .where(
            Audit.state == "accepted",
            Ticket.stage == "closed",
            or_(
                and_(Item.follow == "ready", Audit.id.in_(member), Ticket.owner_id != me),
                and_(Item.follow == "refused", access.within(planning, Unit.path)),
            ),
        )
        .order_by(Item.id)
        .limit(MOST)
    )


def list_open_slots(person: Any, *, days: int = 45) -> list[Any]:
    """Slots of the programme that are near or past and have no audit yet."""
    if not access.may(person, PLAN):
        return []
    horizon = clock.now().date() + timedelta(days=days)
    rows = session.execute(
        select(
            Slot.id,
            Slot.month,
            Slot.topic_en,
            Slot.topic_zh,
            Programme.year,
            Programme.code,
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
        )
        .join(Programme, Programme.id == Slot.programme_id)
        .join(Unit, Unit.id == Slot.unit_id)
        .outerjoin(Audit, Audit.slot_id == Slot.id)
        .where(
            Audit.id.is_(None),
            access.scope(person, PLAN, Unit.path),
            or_(
                and_(Programme.year == horizon.year, Slot.month <= horizon.month),
                Programme.year == horizon.year - 1,
            ),
        )
        .order_by(Programme.year, Slot.month, Slot.id)
        .limit(20)
    )
    return list(rows)
