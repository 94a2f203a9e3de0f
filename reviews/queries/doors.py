"""Which records that the figures of a review lead to are open to a reader: a review is of many units and rooms."""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import Select, or_, select

from accounts.models import Unit
from audits.models import Audit
from audits.queries.audits import visible_to as audits_of
from core import access
from core.db import session
from improvement.models import Finding, Ticket
from improvement.queries.findings import visible_to as findings_of
from improvement.queries.tickets import visible_to as tickets_of
from reviews.models import Decision, Review
from reviews.queries.reviews import visible_to as reviews_of
from satisfaction.models import Wave
from satisfaction.permissions import SEE as SEE_SURVEYS


def _decisions(person: Any) -> Select[Any]:
    return (
        select(Decision.id)
        .join(Review, Review.id == Decision.review_id)
        .join(Unit, Unit.id == Review.unit_id)
        .where(or_(reviews_of(person), Decision.owner_id == person.id))
    )


def _placed(model: Any, condition: Callable[[Any], Any]) -> Callable[[Any], Select[Any]]:
    return lambda person: select(model.id).join(Unit, Unit.id == model.unit_id).where(condition(person))


#: how the address of a record begins → records of that kind that a person may open
RECORDS: dict[str, tuple[Any, Callable[[Any], Select[Any]]]] = {
    "audits": (Audit.id, _placed(Audit, audits_of)),
    "findings": (Finding.id, _placed(Finding, findings_of)),
    "reviews/decisions": (Decision.id, _decisions),
    "surveys/waves": (Wave.id, _placed(Wave, lambda person: access.scope(person, SEE_SURVEYS, Unit.path))),
    "tickets": (Ticket.id, _placed(Ticket, tickets_of)),
}


def open_to(person: Any, kind: str, ids: Collection[int]) -> set[int]:
    """Which of these records of one kind the person may open."""
    column, seen_by = RECORDS[kind]
    return set(session.scalars(seen_by(person).where(column.in_(ids))))
