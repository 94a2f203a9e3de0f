from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Date, Integer, Select, and_, bindparam, case, func, literal, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from accounts.models import Person, Unit
from core import access, clock
from core.db import session
from core.errors import NotFound, NotPermitted
from core.i18n import zone
from core.tables import matching
from improvement.models import Ticket
from reviews.models import Decision, Review
from reviews.permissions import CARRY_OUT, SEE
from reviews.queries.reviews import visible, visible_to

Owner = aliased(Person)
#: where a decision stands, in SQL; the same as reviews.rules.states.decision_state
STANDS = case(
    (Decision.state == "pending", literal("pending")),
    (Decision.kind == "note", literal("noted")),
    (Ticket.stage == "closed", literal("done")),
    (Ticket.stage == "cancelled", literal("cancelled")),
    (Ticket.id.is_not(None), literal("open")),
    else_=Decision.state,
)
_LOADED = (
    joinedload(Decision.owner),
    joinedload(Decision.ticket),
    joinedload(Decision.item),
)


def decisions_of(review_id: int) -> list[Decision]:
    return list(
        session.scalars(
            select(Decision)
            .join(Decision.review)
            .where(Decision.review_id == review_id)
            .options(contains_eager(Decision.review), *_LOADED)
            .order_by(Decision.number)
        )
    )


def get_decision(decision_id: int) -> Decision:
    found = session.scalar(
        select(Decision)
        .where(Decision.id == decision_id)
        .options(
            joinedload(Decision.review).options(joinedload(Review.unit), joinedload(Review.chair)), *_LOADED
        )
    )
    if found is None:
        raise NotFound
    return found


def get_decision_for(person: Any, decision_id: int) -> Decision:
    """The guarded door: a decision of a review that the person may see, or one they own."""
    found = get_decision(decision_id)
    if found.owner_id == person.id and found.state != "pending" and access.may(person, CARRY_OUT):
        return found
    if not access.may(person, SEE) or not _is_seen(found, person):
        raise NotPermitted(found.code, who=sorted(SEE.roles))
    return found


def _is_seen(decision: Decision, person: Any) -> bool:
    statement = (
        select(Review.id)
        .join(Unit, Unit.id == Review.unit_id)
        .where(Review.id == decision.review_id, visible_to(person))
    )
    return session.scalar(statement) is not None


def next_number(review_id: int) -> int:
    return (session.scalar(select(func.max(Decision.number)).where(Decision.review_id == review_id)) or 0) + 1


def select_decisions(person: Any) -> tuple[Select[Any], dict[str, Any]]:
    """Rows of the register, and the values of its parameters."""
    return _select_decisions(access.reach(person, SEE)), {"me": person.id}


@lru_cache(maxsize=256)
def _select_decisions(reach: tuple[str, ...]) -> Select[Any]:
    columns: list[Any] = [
        Decision.id,
        Decision.number,
        Decision.kind,
        Decision.text_en,
        Decision.text_zh,
        Decision.due,
        STANDS.label("stands"),
        Review.id.label("review_id"),
        Review.code.label("review_code"),
        Review.meets_on,
        Ticket.id.label("ticket_id"),
        Ticket.code.label("ticket_code"),
        Owner.name.label("owner_name"),
        Unit.name_en.label("unit_en"),
        Unit.name_zh.label("unit_zh"),
    ]
    me = bindparam("me", type_=Integer)
    return (
        select(*columns)
        .select_from(Decision)
        .join(Review, Review.id == Decision.review_id)
        .join(Unit, Unit.id == Review.unit_id)
        .outerjoin(Owner, Owner.id == Decision.owner_id)
        .outerjoin(Ticket, Ticket.id == Decision.ticket_id)
        .where(or_(visible(reach, me), and_(Decision.owner_id == me, Decision.state != "pending")))
    )


def list_earlier(unit: Unit, *, before: date, but: int, limit: int = 120) -> list[Decision]:
    """Decisions of the last two signed reviews at this unit or above it, and older ones that are still open."""
    above = [int(part) for part in unit.path.strip("/").split("/") if part]
    reviews = list(
        session.scalars(
            select(Review.id)
            .where(
                Review.unit_id.in_(above),
                Review.state == "signed",
                Review.meets_on <= before,
                Review.id != but,
            )
            .order_by(Review.meets_on.desc(), Review.id.desc())
        )
    )
    if not reviews:
        return []
    return list(
        session.scalars(
            select(Decision)
            .join(Decision.review)
            .outerjoin(Decision.ticket)
            .where(
                Decision.review_id.in_(reviews),
                or_(Decision.review_id.in_(reviews[:2]), STANDS == "open"),
            )
            .options(
                contains_eager(Decision.review), contains_eager(Decision.ticket), joinedload(Decision.owner)
            )
            .order_by(Review.meets_on.desc(), Review.id.desc(), Decision.number)
            .limit(limit)
        )
    )


def list_of_reviews(review_ids: Collection[int]) -> list[Decision]:
    return list(
        session.scalars(
            select(Decision)
            .join(Decision.review)
            .where(Decision.review_id.in_(sorted(review_ids)))
            .options(contains_eager(Decision.review), *_LOADED)
            .order_by(Review.meets_on, Review.id, Decision.number)
        )
    )


def find_of_ticket(ticket_id: int) -> Decision | None:
    return session.scalar(
        select(Decision)
        .join(Decision.review)
        .join(Review.unit)
        .where(Decision.ticket_id == ticket_id)
        .options(contains_eager(Decision.review).contains_eager(Review.unit))
    )


def count_open(person: Any) -> tuple[int, int]:
    """Decisions of reviews the person sees that are carried out now, and those of them that are late."""
    today = clock.now().astimezone(zone()).date()
    row = session.execute(_count_open(access.reach(person, SEE)), {"me": person.id, "today": today}).one()
    return int(row[0]), int(row[1])


@lru_cache(maxsize=256)
def _count_open(reach: tuple[str, ...]) -> Any:
    rows = _select_decisions(reach).where(STANDS == "open").subquery()
    late = rows.c.due < bindparam("today", type_=Date)
    return select(func.count(), func.count().filter(late)).select_from(rows)


def list_open_tasks(person: Any, *, limit: int = 60) -> list[Any]:
    """Tasks that this person is to carry out: columns."""
    return list(
        session.execute(
            select(
                Decision.id, Decision.number, Decision.text_en, Decision.text_zh, Decision.due, Review.code
            )
            .join(Review, Review.id == Decision.review_id)
            .where(Decision.owner_id == person.id, Decision.state == "open", Decision.kind == "task")
            .order_by(Decision.due, Decision.id)
            .limit(limit)
        )
    )


def search_decisions(person: Any, words: str, limit: int) -> list[Any]:
    statement, values = select_decisions(person)
    found = statement.where(matching(words, Decision.text_en, Decision.text_zh))
    return list(session.execute(found.order_by(Decision.id.desc()).limit(limit), values))
