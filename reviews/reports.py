"""Management reviews for rooms above: which were held in a period, what they decided, and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import Unit
from core import signing
from core.i18n import pick
from reviews.queries import decisions as decision_queries
from reviews.queries import reviews as queries
from reviews.rules.agenda import FRAMEWORKS
from reviews.rules.states import DecisionKind, DecisionState, Result, State


@dataclass(frozen=True)
class ReviewRow:
    """A review that was held. `signed_by` and `signed_at` are empty until its chair signed."""

    id: int
    code: str
    title_en: str
    title_zh: str
    unit_en: str
    unit_zh: str
    first_day: date
    last_day: date
    meets_on: date
    chair: str
    state: State
    frameworks: tuple[str, ...]  # designations
    signed_by: str
    signed_at: datetime | None
    minutes_en: str
    minutes_zh: str

    @property
    def title(self) -> str:
        return pick(self.title_en, self.title_zh)

    @property
    def unit(self) -> str:
        return pick(self.unit_en, self.unit_zh)

    @property
    def minutes(self) -> str:
        return pick(self.minutes_en, self.minutes_zh)


@dataclass(frozen=True)
class DecisionRow:
    """A decision; a ticket's state is that of the ticket."""

    id: int
    code: str
    review_id: int
    review_code: str
    kind: DecisionKind
    result: Result
    text_en: str
    text_zh: str
    owner: str
    due: date | None
    stands: DecisionState
    ticket_id: int | None
    ticket_code: str
    done_note: str

    @property
    def text(self) -> str:
        return pick(self.text_en, self.text_zh)


def reviews_held(unit: Unit, first: date, last: date, *, framework: str | None = None) -> list[ReviewRow]:
    """Reviews of a unit, of the units below and of those above it, held between two days, oldest first; with a framework
    code, those that it was on the agenda of. One statement and one for each signature."""
    made = []
    for review in queries.list_between(unit, first, last):
        if framework is not None and framework not in review.frameworks:
            continue
        signatures = signing.signatures_of(review) if review.signed_at else []
        made.append(
            ReviewRow(
                review.id,
                review.code,
                review.title_en,
                review.title_zh,
                review.unit.name_en,
                review.unit.name_zh,
                review.first_day,
                review.last_day,
                review.meets_on,
                review.chair.name if review.chair else "",
                State(review.state),
                tuple(FRAMEWORKS.get(code, code) for code in review.frameworks),
                signatures[-1].signer_name if signatures else "",
                review.signed_at,
                review.minutes_en,
                review.minutes_zh,
            )
        )
    return made


def decisions_of(reviews: list[ReviewRow]) -> list[DecisionRow]:
    """Decisions of these reviews in order, with their state now. One statement."""
    return [
        DecisionRow(
            one.id,
            one.code,
            one.review_id,
            one.review.code,
            DecisionKind(one.kind),
            Result(one.result),
            one.text_en,
            one.text_zh,
            one.owner.name if one.owner else "",
            one.due,
            one.stands,
            one.ticket_id,
            one.ticket.code if one.ticket else "",
            one.done_note,
        )
        for one in decision_queries.list_of_reviews([row.id for row in reviews])
    ]
