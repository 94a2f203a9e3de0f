"""Management reviews of the period of a pack, as it prints them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from accounts.models import Unit
from certification.queries.evidence.absence import Absence, absence_of
from certification.rules.clauses import Both
from core import access
from reviews.models import Review
from reviews.reports import decisions_of, reviews_held


@dataclass(frozen=True)
class PrintedDecision:
    code: str
    kind: str
    result: str
    text: Both
    owner: str
    due: date | None
    stands: str
    ticket_code: str


@dataclass(frozen=True)
class PrintedReview:
    id: int
    code: str
    title: Both
    unit: Both
    first_day: date
    last_day: date
    meets_on: date
    chair: str
    state: str
    frameworks: tuple[str, ...]
    signed_by: str
    signed_at: datetime | None
    minutes: Both
    decisions: tuple[PrintedDecision, ...]


@dataclass(frozen=True)
class PrintedReviews:
    reviews: tuple[PrintedReview, ...] = ()
    absence: Absence | None = None


def reviews_of(unit: Unit, first: date, last: date) -> PrintedReviews:
    """Reviews of the unit, below and above it, that were held in the period, with their decisions."""
    held = reviews_held(unit, first, last)
    if not held:
        statement = (
            select(Review.meets_on, Review.code)
            .join(Unit, Unit.id == Review.unit_id)
            .where(access.under(Unit.path, unit.path), Review.held_at.is_not(None))
        )
        return PrintedReviews(absence=absence_of(statement, Review.meets_on, first, last + timedelta(days=1)))
    decisions = decisions_of(held)
    return PrintedReviews(
        tuple(
            PrintedReview(
                row.id,
                row.code,
                Both(row.title_en, row.title_zh),
                Both(row.unit_en, row.unit_zh),
                row.first_day,
                row.last_day,
                row.meets_on,
                row.chair,
                str(row.state),
                row.frameworks,
                row.signed_by,
                row.signed_at,
                Both(row.minutes_en, row.minutes_zh),
                tuple(
                    PrintedDecision(
                        one.code,
                        str(one.kind),
                        str(one.result),
                        Both(one.text_en, one.text_zh),
                        one.owner,
                        one.due,
                        str(one.stands),
                        one.ticket_code,
                    )
                    for one in decisions
                    if one.review_id == row.id
                ),
            )
            for row in held
        )
    )
