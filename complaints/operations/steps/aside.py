"""Side steps of a complaint: refused, settled, escalated, withdrawn, opened again."""

from typing import Any

from complaints.models import Complaint
from complaints.operations import clocks, telling
from complaints.operations.common import write
from complaints.operations.steps.moving import move, need, take
from complaints.rules.grades import MessageKind
from complaints.rules.states import State, step
from core import clock, trail
from core.errors import RuleViolation
from core.i18n import _


def refuse(
    complaint: Complaint, *, reason: str, route: str, words: str, seen: int | None = None, actor: Any
) -> bool:
    """Not to be handled here: with the reason and the way outside, both told to the complainant."""
    to = take(complaint, "refuse", seen=seen, actor=actor)
    complaint.reason = need(reason, _("Give the reason: it is what an auditor will ask for."), "reason")
    complaint.route = need(
        route, _("Say where the complainant can turn to: inside, or a body outside."), "route"
    )
    said = need(words, _("Write to the complainant why, and which ways are open."), "words")
    now = clock.now()
    before = move(complaint, to, now)
    clocks.void(complaint, now)
    sent = write(
        complaint,
        MessageKind.refusal,
        f"{said}\n\n{complaint.route}",
        subject=lambda: _("%(code)s: we cannot take up your complaint", code=complaint.code),
        actor=actor,
    )
    complaint.told = "mail" if sent else "link"
    trail.record(
        complaint,
        "complaint.refused",
        actor=actor,
        reason=complaint.reason,
        changes={"state": before, "route": complaint.route},
    )
    return sent


def settle(complaint: Complaint, *, reason: str, seen: int | None = None, actor: Any) -> None:
    """A refused complaint ends when the complainant's further ways are used up."""
    to = take(complaint, "settle", seen=seen, actor=actor)
    complaint.reason = need(reason, _("Say why no further way is open."), "reason")
    now = clock.now()
    before = move(complaint, to, now)
    trail.record(
        complaint, "complaint.settled", actor=actor, reason=complaint.reason, changes={"state": before}
    )


def escalate(complaint: Complaint, *, reason: str, route: str, seen: int | None = None, actor: Any) -> None:
    """Goes to somebody higher, or to a body outside; clocks keep running."""
    to = take(complaint, "escalate", seen=seen, actor=actor)
    complaint.reason = need(reason, _("Give the reason."), "reason")
    complaint.route = need(route, _("Say to whom it goes."), "route")
    before = move(complaint, to, clock.now())
    trail.record(
        complaint,
        "complaint.escalated",
        actor=actor,
        reason=complaint.reason,
        changes={"state": before, "route": complaint.route},
    )
    telling.tell_deciders(complaint, telling.ESCALATED, actor=actor)


def withdraw(complaint: Complaint, *, reason: str, seen: int | None = None, actor: Any) -> None:
    take(complaint, "withdraw", seen=seen, actor=actor)
    _withdraw(complaint, need(reason, _("Give the reason."), "reason"), actor)


def withdraw_by_link(complaint: Complaint) -> None:
    """The complainant's own doing, by the secret link."""
    if step(complaint.state, "withdraw") is None:
        raise RuleViolation(_("This complaint is closed already."))
    _withdraw(complaint, _("Withdrawn by the complainant on the page of the complaint."), None)
    telling.tell_handlers(complaint, telling.WITHDRAWN, actor=None)


def _withdraw(complaint: Complaint, reason: str, actor: Any) -> None:
    complaint.reason = reason
    now = clock.now()
    before = move(complaint, State.withdrawn, now)
    clocks.void(complaint, now)
    trail.record(complaint, "complaint.withdrawn", actor=actor, reason=reason, changes={"state": before})


#: what has to be done again, and in time, when a complaint is reopened
AGAIN = (State.answered, State.decided, State.closed)


def reopen(complaint: Complaint, *, reason: str, seen: int | None = None, actor: Any) -> None:
    """Taken up again: answer, decision and closing are due anew, by the version in force now."""
    to = take(complaint, "reopen", seen=seen, actor=actor)
    complaint.reason = need(reason, _("Give the reason."), "reason")
    now = clock.now()
    clocks.void(complaint, now)
    for milestone in AGAIN:
        setattr(complaint, f"{milestone.value}_at", None)
    complaint.told = ""
    complaint.satisfaction_asked_at = None
    complaint.satisfaction_note = ""
    complaint.reopened_at = now
    before = move(complaint, to, now)
    clocks.begin(complaint, State.received, now, only=AGAIN)
    trail.record(
        complaint, "complaint.reopened", actor=actor, reason=complaint.reason, changes={"state": before}
    )
    telling.tell_handlers(complaint, telling.REOPENED, actor=actor)
