"""The door of every change to a review: the table of steps decides, then the state moves in one place."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Person
from accounts.operations import check_password
from accounts.queries import organisation_zone
from core import clock, mail, signing, trail
from core.db import session
from core.errors import NotPermitted, RuleViolation
from core.gates import Condition
from core.i18n import _, _l, format_date, zone
from core.tasks import answer_by
from improvement.operations.tickets import open_ticket
from reviews.inputs import contents
from reviews.models import Addendum, AgendaItem, Decision, Review
from reviews.permissions import CHAIR, PREPARE
from reviews.queries import decisions as decision_queries
from reviews.queries import reviews as queries
from reviews.rules.states import DecisionKind, Part, State, allows, hold_gate, prepare_gate, sign_gate, step


def today() -> date:
    """The day where the person (or the organisation) is."""
    return clock.now().astimezone(zone()).date()


def permit(review: Review, verb: str, actor: Any) -> set[Part]:
    """Refuse what the table of steps does not allow this person in this state. Gives what the person is to it."""
    found = step(review.state, verb)
    if found is None:
        if review.state == State.signed:
            raise RuleViolation(
                _("%(code)s is signed and locked. Put right what is wrong by an addendum.", code=review.code)
            )
        raise RuleViolation(
            _(
                "%(code)s is in the state “%(state)s”: this does not belong there.",
                code=review.code,
                state=State(review.state).label,
            )
        )
    parts = queries.parts_of(review, actor)
    if allows(review.state, verb, parts):
        return parts
    who: set[str] = set()
    if Part.manager in found.who:
        who |= PREPARE.roles
    if Part.chair in found.who:
        who |= CHAIR.roles
    raise NotPermitted(review.code, who=sorted(who), ask=review.chair.name if review.chair else "")


def must_pass(conditions: Sequence[Condition]) -> None:
    """Refuse with everything that is missing, in one sentence each."""
    missing = [f"{item.label}: {item.missing}" for item in conditions if not item.met]
    if missing:
        raise RuleViolation(_("Not yet possible. %(missing)s", missing=" ".join(missing)))


def conditions_of(
    review: Review, members: int, items: Sequence[AgendaItem], decisions: Sequence[Decision]
) -> list[Condition]:
    """What stands before the next state."""
    if review.state == State.planned:
        return prepare_gate(
            chair=review.chair.name if review.chair else "", participants=members, items=len(items)
        )
    if review.state == State.prepared:
        required = [item for item in items if item.required]
        return hold_gate(
            meets_on=review.meets_on,
            today=today(),
            waiting=[item.title for item in required if not item.is_settled],
            required=len(required),
        )
    if review.state == State.held:
        return sign_gate(
            minutes=bool(review.minutes),
            unowned=[
                decision.code
                for decision in decisions
                if decision.kind != DecisionKind.note and (decision.owner_id is None or decision.due is None)
            ],
            decisions=len(decisions),
        )
    return []


def conditions_now(review: Review) -> list[Condition]:
    return conditions_of(
        review,
        len(queries.members_of(review.id)),
        queries.items_of(review.id),
        decision_queries.decisions_of(review.id),
    )


def move(review: Review, verb: str, action: str, *, actor: Any, reason: str = "") -> None:
    found = step(review.state, verb)
    assert found is not None
    assert found.to is not None
    before = review.state
    review.state, review.state_since = str(found.to), clock.now()
    trail.record(review, action, actor=actor, reason=reason, changes={"state": (before, review.state)})


def prepare(review: Review, *, actor: Any) -> None:
    """The agenda stands; chair and participants are invited."""
    permit(review, "prepare", actor)
    must_pass(conditions_now(review))
    review.prepared_at = clock.now()
    move(review, "prepare", "review.prepared", actor=actor)
    for person in people_of(review):
        tell(person, review, INVITED, actor=actor, due=review.meets_on)


def people_of(review: Review) -> list[Person]:
    """Chair first, then the participants."""
    found = [review.chair] if review.chair else []
    return found + [
        member.person for member in queries.members_of(review.id) if member.person_id != review.chair_id
    ]


def hold(review: Review, *, actor: Any) -> None:
    """The meeting is over: the figures that were looked at are kept as they stand now."""
    permit(review, "hold", actor)
    must_pass(conditions_now(review))
    items = queries.items_of(review.id)
    found = contents(review, {item.kind for item in items})
    for item in items:
        item.content = found[item.kind]
    review.held_at = clock.now()
    move(review, "hold", "review.held", actor=actor)


def sign(review: Review, *, password: str, seen: int | None = None, actor: Any) -> None:
    """The chair signs: from now on nothing changes, decisions are carried out, and the next review is planned."""
    permit(review, "sign", actor)
    if seen is not None and seen != review.row_version:
        raise RuleViolation(
            _("The review was changed since you opened this page. Nothing was signed; read it again first.")
        )
    must_pass(conditions_now(review))
    signing.sign(
        review,
        signed_content(review),
        meaning="minutes",
        actor=actor,
        password=password,
        check=check_password,
        statement=_("Approves the minutes and decisions of %(code)s.", code=review.code),
    )
    review.signed_at = clock.now()
    for decision in decision_queries.decisions_of(review.id):
        start(decision, actor=actor)
    move(review, "sign", "review.signed", actor=actor)
    repeat(review, actor=actor)


def start(decision: Decision, *, actor: Any) -> None:
    """What becomes of a decision when the review is signed."""
    decision.state = "open"
    if decision.kind == DecisionKind.note:
        decision.state = "done"
        return
    assert decision.owner is not None
    changes: dict[str, Any] = {"owner": decision.owner.name, "due": decision.due}
    if decision.kind == DecisionKind.ticket:
        decision.ticket = open_ticket(
            title=decision.text.splitlines()[0][:200],
            owner=decision.owner,
            unit=decision.review.unit,
            due=decision.due,
            problem=_("Decided by the management review %(code)s:", code=decision.code)
            + f"\n{decision.text}",
            needed=CHAIR,
            actor=actor,
        )
        changes["ticket"] = decision.ticket.code
    else:
        tell(
            decision.owner,
            decision.review,
            decision.text.splitlines()[0][:150],
            actor=actor,
            due=decision.due,
            path=f"/reviews/decisions/{decision.id}",
        )
    trail.record(decision, "decision.opened", actor=actor, changes=changes)


def signed_content(review: Review) -> dict[str, Any]:
    """What the signature under the minutes stands for."""
    return {
        "review": review.code,
        "unit": review.unit.code,
        "period": [review.first_day.isoformat(), review.last_day.isoformat()],
        "met": review.meets_on.isoformat(),
        "frameworks": list(review.frameworks),
        "chair": review.chair_id,
        "participants": sorted(member.person_id for member in queries.members_of(review.id)),
        "guests": review.guests,
        "minutes": [review.minutes_en, review.minutes_zh],
        "items": [item.signed_part for item in queries.items_of(review.id)],
        "decisions": [decision.signed_part for decision in decision_queries.decisions_of(review.id)],
    }


def repeat(review: Review, *, actor: Any) -> Review | None:
    """Plan the next review of a series: same unit, frameworks, people and own items, the period that follows."""
    if not review.repeat_months or queries.find_next(review) is not None:
        return None
    from reviews.operations.reviews import copy_plan

    made = copy_plan(review)
    session.flush()
    trail.record(
        made, "review.repeated", actor=actor, changes={"follows": review.code, "meets_on": made.meets_on}
    )
    return made


def cancel(review: Review, *, reason: str, actor: Any) -> None:
    permit(review, "cancel", actor)
    if not reason.strip():
        raise RuleViolation(_("Give the reason."), field="reason")
    review.cancelled_reason = reason.strip()
    move(review, "cancel", "review.cancelled", actor=actor, reason=reason)
    for person in people_of(review) if review.prepared_at else []:
        tell(person, review, CALLED_OFF, actor=actor)
    repeat(review, actor=actor)


def write_minutes(
    review: Review, *, minutes_en: str, minutes_zh: str, seen: int | None = None, actor: Any
) -> None:
    from core.db import expect_version

    expect_version(review, seen, what=review.code, fields=["minutes_en", "minutes_zh"])
    permit(review, "write_minutes", actor)
    if not minutes_en and not minutes_zh:
        raise RuleViolation(
            _("Say what was talked about and concluded, in at least one language."), field="minutes_en"
        )
    changes = trail.changed(review, {"minutes_en": minutes_en, "minutes_zh": minutes_zh})
    if changes:
        trail.record(review, "review.minuted", actor=actor, changes=changes)
        if review.chair is not None:
            tell(review.chair, review, TO_SIGN, actor=actor, due=answer_by(review.held_at))


def add(review: Review, *, text: str, actor: Any) -> Addendum:
    """What has to be put right after the signature."""
    permit(review, "add", actor)
    if not text.strip():
        raise RuleViolation(_("Say what is to be added or put right."), field="text")
    made = Addendum(
        review_id=review.id, text=text.strip(), written_by_id=actor.id, written_by_name=actor.name
    )
    session.add(made)
    trail.record(review, "review.added", actor=actor, changes={"text": made.text})
    return made


def tell(
    person: Person | None,
    review: Review,
    task: Any,
    *,
    actor: Any,
    due: date | None = None,
    path: str = "",
    key: str | None = None,
) -> None:
    mail.tell(
        person,
        task,
        code=review.code,
        title=lambda: review.title,
        path=path or f"/reviews/{review.id}",
        kind="review_task",
        actor=actor,
        due=due,
        key=key,
    )


def tell_moved(review: Review, *, actor: Any) -> None:
    """Who was invited is told the new day."""
    if review.prepared_at is not None:
        for person in people_of(review):
            tell(person, review, partial(_moved, review.meets_on), actor=actor)


def remind() -> int:
    """Some days before the meeting, once: chair and participants, where the invitation itself is older than that."""
    now = clock.now()
    here = ZoneInfo(organisation_zone())
    today = now.astimezone(here).date()
    told = 0
    for review in queries.list_meeting_between(today, today + timedelta(days=REMIND_DAYS)):
        before = review.meets_on - timedelta(days=REMIND_DAYS)
        if review.prepared_at is None or review.prepared_at.astimezone(here).date() >= before:
            continue
        for person in people_of(review):
            key = f"meeting:{review.id}:{review.meets_on}"
            tell(person, review, partial(_meets, review.meets_on), actor=None, key=key)
            told += 1
    return told


def _moved(day: date) -> str:
    return _("the meeting is moved to %(day)s", day=format_date(day, "text"))


def _meets(day: date) -> str:
    return _("the meeting is on %(day)s: look at the agenda before", day=format_date(day, "text"))


REMIND_DAYS = 3
INVITED = _l("you are invited, the agenda is ready")
CALLED_OFF = _l("the meeting is called off")
TO_SIGN = _l("the minutes wait for your signature")
