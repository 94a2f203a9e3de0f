"""The straight way of a complaint: acknowledged, assessed, looked into, answered, decided, closed."""

from typing import Any

from accounts import queries as accounts
from accounts.models import Person
from complaints.models import Complaint
from complaints.operations import clocks, telling
from complaints.operations.common import permit, reachable, write
from complaints.operations.complaints import name_handler, set_standard
from complaints.operations.steps.moving import SERIOUS, move, need, reach, take
from complaints.rules.grades import Complexity, Impact, MessageKind, Outcome, Severity
from complaints.rules.states import State
from core import clock, trail
from core.errors import RuleViolation
from core.i18n import _
from core.trail import changed
from standards.models import Standard


def acknowledge(
    complaint: Complaint, *, words: str = "", by: str = "", seen: int | None = None, actor: Any
) -> bool:
    """Tell the complainant the number and what comes next. Gives whether a mail went out; without an address `by` says
    how the complainant was told, or why that is not possible."""
    to = take(complaint, "acknowledge", seen=seen, actor=actor)
    if not reachable(complaint):
        by = need(by, _("Say how the complainant was told, or why that is not possible."), "by")
    now = clock.now()
    before = move(complaint, to, now)
    reach(complaint, to, now)
    sent = write(
        complaint,
        MessageKind.acknowledgement,
        words.strip() or (lambda: acknowledgement_words(complaint)),
        subject=lambda: _("%(code)s: we received your complaint", code=complaint.code),
        actor=actor,
    )
    if complaint.handler_id is None and getattr(actor, "id", None) is not None:
        complaint.handler = accounts.get_person(actor.id)
    trail.record(
        complaint,
        "complaint.acknowledged",
        actor=actor,
        changes={"state": before, "by": "mail" if sent else by},
    )
    return sent


def acknowledgement_words(complaint: Complaint) -> str:
    """What is written when nobody writes anything else, in the language of the moment."""
    return _(
        "We received your complaint and look into it. It has the number %(code)s. You will hear from us about the "
        "outcome; if we need something from you we will ask.",
        code=complaint.code,
    )


def assess(
    complaint: Complaint,
    *,
    severity: Severity | str,
    complexity: Complexity | str,
    impact: Impact | str,
    safety: bool = False,
    urgent: bool = False,
    immediate_action: str = "",
    about: tuple[Standard | None, str] | None = None,
    seen: int | None = None,
    actor: Any,
) -> None:
    """Judge how heavy it weighs. `about`: the standard and the code of the requirement it touches; None leaves them."""
    verb = "reassess" if complaint.state == State.assessed else "assess"
    to = take(complaint, verb, seen=seen, actor=actor)
    if urgent:
        immediate_action = need(
            immediate_action, _("Say what was done at once, or who does it now."), "immediate_action"
        )
    changes: dict[str, Any] = dict(
        changed(
            complaint,
            {
                "severity": Severity(severity).value,
                "complexity": Complexity(complexity).value,
                "impact": Impact(impact).value,
                "safety": safety,
                "urgent": urgent,
                "immediate_action": immediate_action.strip(),
            },
        )
    )
    if about is not None:
        changes |= set_standard(complaint, *about)
    complaint.assessed_by_id = getattr(actor, "id", None)
    now = clock.now()
    if verb == "assess":
        changes["state"] = move(complaint, to, now)
        reach(complaint, to, now)
    trail.record(complaint, "complaint.assessed", actor=actor, changes=changes)


def investigate(
    complaint: Complaint, *, handler: Person | None = None, seen: int | None = None, actor: Any
) -> None:
    to = take(complaint, "investigate", seen=seen, actor=actor)
    chosen = handler or complaint.handler
    if chosen is None:
        raise RuleViolation(_("Name who looks into it; never the one it is about."), field="handler_id")
    if chosen.id != complaint.handler_id:
        name_handler(complaint, chosen, actor=actor)
    now = clock.now()
    before = move(complaint, to, now)
    reach(complaint, to, now)
    trail.record(
        complaint, "complaint.investigated", actor=actor, changes={"state": before, "handler": chosen.name}
    )


def answer(
    complaint: Complaint, *, investigation: str, words: str, seen: int | None = None, actor: Any
) -> bool:
    """What was found, kept inside, and the answer to the complainant. Gives whether a mail went out."""
    to = take(complaint, "answer", seen=seen, actor=actor)
    found = need(
        investigation, _("Write both sides, what was looked at and what was found."), "investigation"
    )
    said = need(words, _("Write the answer to the complainant."), "words")
    now = clock.now()
    changes: dict[str, Any] = dict(changed(complaint, {"investigation": found}))
    changes["state"] = move(complaint, to, now)
    reach(complaint, to, now)
    sent = write(
        complaint,
        MessageKind.answer,
        said,
        subject=lambda: _("%(code)s: our answer to your complaint", code=complaint.code),
        actor=actor,
    )
    trail.record(complaint, "complaint.answered", actor=actor, changes=changes)
    if complaint.severity in SERIOUS:
        telling.tell_deciders(complaint, telling.DECISION, actor=actor)
    return sent


def decide(
    complaint: Complaint,
    *,
    outcome: Outcome | str,
    decision: str,
    words: str = "",
    seen: int | None = None,
    actor: Any,
) -> bool:
    """Decide with reasons, and write it to the complainant when `words` are given. Gives whether a mail went out."""
    to = take(complaint, "decide", seen=seen, actor=actor)
    reasons = need(decision, _("Give the reasons of the decision."), "decision")
    now = clock.now()
    changes: dict[str, Any] = dict(
        changed(complaint, {"outcome": Outcome(outcome).value, "decision": reasons})
    )
    complaint.decided_by_id = getattr(actor, "id", None)
    changes["state"] = move(complaint, to, now)
    reach(complaint, to, now)
    trail.record(complaint, "complaint.decided", actor=actor, changes=changes)
    return tell_decision(complaint, words=words, actor=actor) if words.strip() else False


def tell_decision(complaint: Complaint, *, words: str, by: str = "", actor: Any) -> bool:
    """Write the decision to the complainant. Without a mail address `by` says how it was told."""
    permit(complaint, actor)
    said = need(words, _("Write the decision to the complainant."), "words")
    sent = write(
        complaint,
        MessageKind.decision,
        said,
        subject=lambda: _("%(code)s: the decision about your complaint", code=complaint.code),
        actor=actor,
    )
    complaint.told = "mail" if sent else (by.strip() or "link")[:300]
    trail.record(complaint, "complaint.told", actor=actor, changes={"by": complaint.told})
    return sent


def close(
    complaint: Complaint,
    *,
    satisfaction_note: str = "",
    satisfied: int | None = None,
    words: str = "",
    seen: int | None = None,
    actor: Any,
) -> bool:
    """Close what is decided, told and carried out, and ask for satisfaction with the handling: by mail, or with a note
    of the answer that was given, or why none could be asked for."""
    to = take(complaint, "close", seen=seen, actor=actor)
    can_mail = reachable(complaint)
    if satisfied is not None and satisfied not in range(1, 6):
        raise RuleViolation(_("Choose one of the list."), field="satisfied")
    if not can_mail and satisfied is None and complaint.satisfied is None:
        satisfaction_note = need(
            satisfaction_note,
            _("No mail address is known: note the complainant's answer, or why nobody could be asked."),
            "satisfaction_note",
        )
    now = clock.now()
    if satisfied is not None:
        complaint.satisfied, complaint.satisfied_at = satisfied, now
    complaint.satisfaction_note = satisfaction_note.strip()[:300]
    before = move(complaint, to, now)
    clocks.stop(complaint, to, now)
    sent = write(
        complaint,
        MessageKind.closing,
        words.strip() or (lambda: closing_words(complaint)),
        subject=lambda: _("%(code)s: your complaint is closed", code=complaint.code),
        actor=actor,
        ask_satisfaction=complaint.satisfied is None,
    )
    if sent and complaint.satisfied is None:
        complaint.satisfaction_asked_at = now
    trail.record(complaint, "complaint.closed", actor=actor, changes={"state": before})
    return sent


def closing_words(complaint: Complaint) -> str:
    return _(
        "Your complaint %(code)s is closed: what we promised is done. If you see it otherwise, write to us and we open "
        "it again.",
        code=complaint.code,
    )
