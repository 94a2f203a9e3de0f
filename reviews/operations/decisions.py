from datetime import date
from typing import Any

from accounts.models import Person
from core import access, clock, trail
from core.db import expect_version, session
from core.errors import NotPermitted, RuleViolation
from core.i18n import _
from reviews.models import AgendaItem, Decision, Review
from reviews.operations.steps import permit
from reviews.permissions import PREPARE
from reviews.queries import decisions as queries
from reviews.rules.states import DecisionKind, Result

FIELDS = ("kind", "result", "text_en", "text_zh", "due")
MOST = 100


def decide(
    review: Review,
    *,
    kind: DecisionKind | str,
    result: Result | str = Result.improvement,
    text_en: str = "",
    text_zh: str = "",
    owner: Person | None = None,
    due: date | None = None,
    item: AgendaItem | None = None,
    actor: Any,
) -> Decision:
    """What the meeting decides; owner and date may follow until the signature."""
    permit(review, "decide", actor)
    _check(review, text_en, text_zh, owner, due)
    number = queries.next_number(review.id)
    if number > MOST:
        raise RuleViolation(_("At most %(num)s decisions in one review.", num=MOST))
    made = Decision(
        review=review,
        item=item,
        number=number,
        kind=str(DecisionKind(kind)),
        result=str(Result(result)),
        text_en=text_en.strip(),
        text_zh=text_zh.strip(),
        owner=owner,
        due=due,
    )
    session.add(made)
    session.flush()
    trail.record(
        made,
        "decision.made",
        actor=actor,
        changes={"kind": made.kind, "text": made.text, "owner": owner.name if owner else "", "due": due},
    )
    return made


def _check(review: Review, text_en: str, text_zh: str, owner: Person | None, due: date | None) -> None:
    if not text_en.strip() and not text_zh.strip():
        raise RuleViolation(_("Say in at least one language what was decided."), field="text_en")
    if owner is not None and not owner.active:
        raise RuleViolation(_("%(name)s has left; choose somebody else.", name=owner.name), field="owner_id")
    if due is not None and due < review.meets_on:
        raise RuleViolation(_("The date lies before the meeting."), field="due")


def change(
    decision: Decision,
    *,
    kind: DecisionKind | str,
    result: Result | str,
    text_en: str,
    text_zh: str,
    owner: Person | None,
    due: date | None,
    seen: int | None = None,
    actor: Any,
) -> None:
    expect_version(decision, seen, what=decision.code, fields=[*FIELDS, "owner_id"])
    permit(decision.review, "decide", actor)
    _check(decision.review, text_en, text_zh, owner, due)
    changes: dict[str, Any] = dict(
        trail.changed(
            decision,
            {
                "kind": str(DecisionKind(kind)),
                "result": str(Result(result)),
                "text_en": text_en.strip(),
                "text_zh": text_zh.strip(),
                "due": due,
            },
        )
    )
    if decision.owner_id != (owner.id if owner else None):
        changes["owner"] = (decision.owner.name if decision.owner else "", owner.name if owner else "")
        decision.owner = owner
    if changes:
        trail.record(decision, "decision.changed", actor=actor, changes=changes)


def remove(decision: Decision, *, actor: Any) -> None:
    """Before the signature; the trail keeps what it said."""
    permit(decision.review, "decide", actor)
    trail.record(
        decision.review, "decision.removed", actor=actor, code=decision.code, changes={"text": decision.text}
    )
    session.delete(decision)


def may_carry_out(decision: Decision, actor: Any) -> bool:
    """Its owner, or a quality manager of the unit."""
    return decision.owner_id == actor.id or access.may(actor, PREPARE, decision.review.unit.path)


def _permit_task(decision: Decision, actor: Any) -> None:
    if not may_carry_out(decision, actor):
        owner = decision.owner.name if decision.owner else ""
        raise NotPermitted(decision.code, who=sorted(PREPARE.roles), ask=owner)
    if decision.kind == DecisionKind.ticket:
        raise RuleViolation(_("%(code)s is carried out by its ticket.", code=decision.code))
    if decision.kind == DecisionKind.note:
        raise RuleViolation(_("%(code)s is a note: there is nothing to carry out.", code=decision.code))


def finish(decision: Decision, *, note: str, actor: Any) -> None:
    """The task is done; what was done is the proof for the next review."""
    _permit_task(decision, actor)
    if decision.state != "open":
        raise RuleViolation(
            _("%(code)s is in the state “%(state)s”.", code=decision.code, state=decision.stands.label)
        )
    if not note.strip():
        raise RuleViolation(_("Say what was done: the next review reads it."), field="note")
    decision.state, decision.done_at, decision.done_by_name = "done", clock.now(), actor.name
    decision.done_note = note.strip()
    trail.record(decision, "decision.done", actor=actor, changes={"done_note": decision.done_note})


def reopen(decision: Decision, *, reason: str, actor: Any) -> None:
    """It turned out not to be done."""
    _permit_task(decision, actor)
    if decision.state != "done":
        raise RuleViolation(
            _("%(code)s is in the state “%(state)s”.", code=decision.code, state=decision.stands.label)
        )
    if not reason.strip():
        raise RuleViolation(_("Give the reason."), field="note")
    decision.state, decision.done_at, decision.done_by_name, decision.done_note = "open", None, "", ""
    trail.record(decision, "decision.reopened", actor=actor, reason=reason.strip())
