"""The page of a review: where it stands, what is missing, the agenda with its figures, decisions and minutes."""

from dataclasses import dataclass
from typing import Any

from flask import g, render_template

from accounts.models import Person
from core import access, history, signing
from core.access import guard
from core.gates import Condition, passed
from core.i18n import format_date
from core.trail import TrailEntry
from improvement.permissions import SEE as SEE_TICKETS
from reviews import showing
from reviews.inputs import Block, blocks_of
from reviews.models import Addendum, AgendaItem, Decision, Review, ReviewMember, ReviewPrint
from reviews.operations.steps import conditions_of, signed_content
from reviews.permissions import CARRY_OUT, PRINT, SEE
from reviews.queries import decisions as decision_queries
from reviews.queries import reviews as queries
from reviews.rules.agenda import FRAMEWORKS, references
from reviews.rules.schedule import REPEATS
from reviews.rules.states import DECISION_CSS, STATE_CSS, WAY, DecisionKind, Part, Result, State, allows
from reviews.views.blueprint import blueprint
from reviews.words import period_words

NEXT_VERB = {State.planned: "prepare", State.prepared: "hold", State.held: "sign"}


@dataclass(frozen=True)
class ReviewPage:
    review: Review
    parts: set[Part]
    members: list[ReviewMember]
    items: list[AgendaItem]
    blocks: dict[int, list[Block]]
    decisions: list[Decision]
    conditions: list[Condition]
    milestones: list[TrailEntry]
    signatures: list[tuple[Any, bool]]
    addenda: list[Addendum]
    prints: list[ReviewPrint]
    following: Review | None

    @property
    def state(self) -> State:
        return State(self.review.state)

    @property
    def met(self) -> int:
        return sum(1 for item in self.conditions if item.met)

    @property
    def ready(self) -> bool:
        return passed(self.conditions)

    @property
    def settled(self) -> int:
        return sum(1 for item in self.items if item.is_settled)

    @property
    def next_item(self) -> AgendaItem | None:
        """The first that was not looked at yet; else the first of all."""
        return next(
            (item for item in self.items if not item.is_settled), self.items[0] if self.items else None
        )

    @property
    def verb(self) -> str:
        return NEXT_VERB.get(self.state, "")

    def can(self, verb: str) -> bool:
        return allows(self.review.state, verb, self.parts)

    def decided_under(self, item: AgendaItem) -> list[Decision]:
        return [decision for decision in self.decisions if decision.item_id == item.id]


def build(review: Review, person: Person) -> ReviewPage:
    members = queries.members_of(review.id)
    items = queries.items_of(review.id)
    decisions = decision_queries.decisions_of(review.id)
    signatures = signing.signatures_of(review) if review.signed_at else []
    content = signed_content(review) if signatures else None
    return ReviewPage(
        review=review,
        parts=queries.parts_of(review, person, members),
        members=members,
        items=items,
        blocks=blocks_of(review, items),
        decisions=decisions,
        conditions=conditions_of(review, len(members), items, decisions),
        milestones=queries.milestones(review),
        signatures=[(one, signing.is_valid(one, content)) for one in signatures],
        addenda=queries.addenda_of(review.id) if review.signed_at else [],
        prints=queries.prints_of(review.id),
        following=queries.find_next(review) if review.repeat_months else None,
    )


def way(review: Review) -> list[dict[str, Any]]:
    """The states as steps: done with its day, the present one, those to come."""
    if review.state == State.cancelled:
        return []
    at = WAY.index(State(review.state))
    days = {
        State.planned: review.created_at,
        State.prepared: review.prepared_at,
        State.held: review.held_at,
        State.signed: review.signed_at,
    }
    cells = []
    for number, state in enumerate(WAY):
        css = "done" if number < at or review.state == State.signed else "now" if number == at else "wait"
        cells.append(
            {"state": state, "css": css, "text": format_date(days[state], "near") if css != "wait" else ""}
        )
    return cells


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        **showing.GLOBALS,
        "way": way,
        "may_see_reviews": lambda: access.may(g.person, SEE),
        "may_see_decisions": lambda: access.may(g.person, CARRY_OUT),
        "may_print": lambda: access.may(g.person, PRINT),
        "sees_tickets": lambda path: access.may(g.person, SEE_TICKETS, path),
        "period_of": lambda review, form="table": period_words(review.first_day, review.last_day, form),
        "milestone": history.sentence,
        "repeats": lambda months: REPEATS.get(months, ""),
        "references": references,
        "framework_name": lambda code: FRAMEWORKS.get(code, code),
        "state_css": lambda state: STATE_CSS[State(state)],
        "state_label": lambda state: State(state).label,
        "stand_css": lambda stands: DECISION_CSS[stands],
        "kind_label": lambda kind: DecisionKind(kind).label,
        "result_label": lambda result: Result(result).label,
    }


@blueprint.get("/reviews/<int:review_id>")
@guard(SEE)
def show(review_id: int) -> Any:
    found = queries.get_review_for(g.person, review_id)
    return render_template("reviews/show.html", page=build(found, g.person))


@blueprint.get("/reviews/<int:review_id>/history")
@guard(SEE)
def whole_history(review_id: int) -> Any:
    found = queries.get_review_for(g.person, review_id)
    return render_template("reviews/history.html", review=found, entries=queries.whole_history(found))
