"""A complaint takes its steps; each refuses by the table of states and by its gate."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from accounts import queries as accounts
from accounts.models import Person
from complaints.models import Complaint, Message, Remedy
from complaints.operations import clocks, telling
from complaints.operations.common import permit, reachable, write
from complaints.operations.complaints import name_handler, set_standard
from complaints.permissions import DECIDE, HANDLE
from complaints.rules import gates
from complaints.rules.gates import Condition, Facts
from complaints.rules.grades import Complexity, Impact, MessageKind, Outcome, Severity
from complaints.rules.states import State, step
from core import access, clock, trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.i18n import _
from core.trail import changed
from standards.models import Standard

SERIOUS = frozenset({Severity.high, Severity.critical})


def facts_of(complaint: Complaint) -> Facts:
    """What the gates look at: two statements."""
    answers = session.scalar(
        select(func.count())
        .select_from(Message)
        .where(
            Message.complaint_id == complaint.id,
            Message.direction == "out",
            Message.kind == MessageKind.answer.value,
            Message.at >= (complaint.reopened_at or complaint.received_at),
        )
    )
    waiting, left = session.execute(
        select(
            func.count().filter(Remedy.state == "proposed"), func.count().filter(Remedy.state != "done")
        ).where(Remedy.complaint_id == complaint.id)
    ).one()
    asked = "asked" if complaint.satisfaction_asked_at or complaint.satisfaction_note else ""
    return Facts(
        handler=complaint.handler.name if complaint.handler else "",
        reachable=reachable(complaint),
        severity=str(Severity(complaint.severity).label) if complaint.severity else "",
        complexity=complaint.complexity,
        urgent=complaint.urgent,
        immediate_action=complaint.immediate_action,
        investigation=complaint.investigation,
        answers=answers or 0,
        remedies_waiting=waiting,
        remedies_open=left,
        told=bool(complaint.told),
        satisfaction="answered" if complaint.satisfied_at else asked,
    )


def conditions_of(complaint: Complaint, verb: str, actor: Any, facts: Facts | None = None) -> list[Condition]:
    """The gate of a verb as it stands for this complaint and this person."""
    key = "answer_at_once" if verb == "answer" and complaint.state == State.assessed else verb
    found = gates.conditions(key, facts or facts_of(complaint))
    if verb == "decide" and complaint.severity in SERIOUS:
        found.append(
            Condition(
                "authority",
                _("A serious complaint is decided by a process owner or quality manager"),
                access.may(actor, DECIDE, complaint.unit.path),
                missing=_("Ask one of them to decide."),
            )
        )
    return found


def _take(complaint: Complaint, verb: str, *, seen: int | None, actor: Any) -> State:
    """The state that the verb leads to; refuses who may not, what is not possible now, and a gate that is not met."""
    row = step(complaint.state, verb)
    permit(
        complaint, actor, DECIDE if row is not None and row.who == "decider" and verb != "decide" else HANDLE
    )
    expect_version(complaint, seen, what=complaint.code, fields=["state"])
    if row is None:
        raise RuleViolation(
            _(
                "%(code)s is in the state “%(state)s”: this is not possible now.",
                code=complaint.code,
                state=State(complaint.state).label,
            )
        )
    missing = [item for item in conditions_of(complaint, verb, actor) if not item.met and not item.form]
    if missing:
        raise RuleViolation(f"{missing[0].label}: {missing[0].missing}")
    return row.to


def _need(value: str, message: str, field: str) -> str:
    if not value.strip():
        raise RuleViolation(message, field=field)
    return value.strip()


def _move(complaint: Complaint, to: State, at: datetime) -> tuple[str, str]:
    before, complaint.state = complaint.state, to.value
    complaint.heard_at = None
    if complaint.waiting_since is not None:
        complaint.waiting_since = None
        clocks.resume(complaint, at)
    field = f"{to.value}_at"
    if to in {State.closed, State.withdrawn}:
        complaint.closed_at = at
    elif to not in {State.reopened, State.refused, State.escalated} and getattr(complaint, field) is None:
        setattr(complaint, field, at)
    return before, to.value


def _reach(complaint: Complaint, to: State, at: datetime) -> None:
    """A milestone of the straight way: clocks stop there, others begin there."""
    clocks.stop(complaint, to, at)
    clocks.begin(complaint, to, at)


# --- the straight way ------------------------------------------------------------------------------------------


def acknowledge(
    complaint: Complaint, *, words: str = "", by: str = "", seen: int | None = None, actor: Any
) -> bool:
    """Tell the complainant the number and what comes next. Gives whether a mail went out; without an address `by` says
    how the complainant was told, or why that is not possible."""
    to = _take(complaint, "acknowledge", seen=seen, actor=actor)
    if not reachable(complaint):
        by = _need(by, _("Say how the complainant was told, or why that is not possible."), "by")
    now = clock.now()
    before = _move(complaint, to, now)
    _reach(complaint, to, now)
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
    to = _take(complaint, verb, seen=seen, actor=actor)
    if urgent:
        immediate_action = _need(
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
        changes["state"] = _move(complaint, to, now)
        _reach(complaint, to, now)
    trail.record(complaint, "complaint.assessed", actor=actor, changes=changes)


def investigate(
    complaint: Complaint, *, handler: Person | None = None, seen: int | None = None, actor: Any
) -> None:
    to = _take(complaint, "investigate", seen=seen, actor=actor)
    chosen = handler or complaint.handler
    if chosen is None:
        raise RuleViolation(_("Name who looks into it; never the one it is about."), field="handler_id")
    if chosen.id != complaint.handler_id:
        name_handler(complaint, chosen, actor=actor)
    now = clock.now()
    before = _move(complaint, to, now)
    _reach(complaint, to, now)
    trail.record(
        complaint, "complaint.investigated", actor=actor, changes={"state": before, "handler": chosen.name}
    )


def answer(
    complaint: Complaint, *, investigation: str, words: str, seen: int | None = None, actor: Any
) -> bool:
    """What was found, kept inside, and the answer to the complainant. Gives whether a mail went out."""
    to = _take(complaint, "answer", seen=seen, actor=actor)
    found = _need(
        investigation, _("Write both sides, what was looked at and what was found."), "investigation"
    )
    said = _need(words, _("Write the answer to the complainant."), "words")
    now = clock.now()
    changes: dict[str, Any] = dict(changed(complaint, {"investigation": found}))
    changes["state"] = _move(complaint, to, now)
    _reach(complaint, to, now)
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
    to = _take(complaint, "decide", seen=seen, actor=actor)
    reasons = _need(decision, _("Give the reasons of the decision."), "decision")
    now = clock.now()
    changes: dict[str, Any] = dict(
        changed(complaint, {"outcome": Outcome(outcome).value, "decision": reasons})
    )
    complaint.decided_by_id = getattr(actor, "id", None)
    changes["state"] = _move(complaint, to, now)
    _reach(complaint, to, now)
    trail.record(complaint, "complaint.decided", actor=actor, changes=changes)
    return tell_decision(complaint, words=words, actor=actor) if words.strip() else False


def tell_decision(complaint: Complaint, *, words: str, by: str = "", actor: Any) -> bool:
    """Write the decision to the complainant. Without a mail address `by` says how it was told."""
    permit(complaint, actor)
    said = _need(words, _("Write the decision to the complainant."), "words")
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
    to = _take(complaint, "close", seen=seen, actor=actor)
    can_mail = reachable(complaint)
    if satisfied is not None and satisfied not in range(1, 6):
        raise RuleViolation(_("Choose one of the list."), field="satisfied")
    if not can_mail and satisfied is None and complaint.satisfied is None:
        satisfaction_note = _need(
            satisfaction_note,
            _("No mail address is known: note the complainant's answer, or why nobody could be asked."),
            "satisfaction_note",
        )
    now = clock.now()
    if satisfied is not None:
        complaint.satisfied, complaint.satisfied_at = satisfied, now
    complaint.satisfaction_note = satisfaction_note.strip()[:300]
    before = _move(complaint, to, now)
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


# --- side steps ------------------------------------------------------------------------------------------------


def refuse(
    complaint: Complaint, *, reason: str, route: str, words: str, seen: int | None = None, actor: Any
) -> bool:
    """Not to be handled here: with the reason and the way outside, both told to the complainant."""
    to = _take(complaint, "refuse", seen=seen, actor=actor)
    complaint.reason = _need(reason, _("Give the reason: it is what an auditor will ask for."), "reason")
    complaint.route = _need(
        route, _("Say where the complainant can turn to: inside, or a body outside."), "route"
    )
    said = _need(words, _("Write to the complainant why, and which ways are open."), "words")
    now = clock.now()
    before = _move(complaint, to, now)
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
    to = _take(complaint, "settle", seen=seen, actor=actor)
    complaint.reason = _need(reason, _("Say why no further way is open."), "reason")
    now = clock.now()
    before = _move(complaint, to, now)
    trail.record(
        complaint, "complaint.settled", actor=actor, reason=complaint.reason, changes={"state": before}
    )


def escalate(complaint: Complaint, *, reason: str, route: str, seen: int | None = None, actor: Any) -> None:
    """Goes to somebody higher, or to a body outside; clocks keep running."""
    to = _take(complaint, "escalate", seen=seen, actor=actor)
    complaint.reason = _need(reason, _("Give the reason."), "reason")
    complaint.route = _need(route, _("Say to whom it goes."), "route")
    before = _move(complaint, to, clock.now())
    trail.record(
        complaint,
        "complaint.escalated",
        actor=actor,
        reason=complaint.reason,
        changes={"state": before, "route": complaint.route},
    )
    telling.tell_deciders(complaint, telling.ESCALATED, actor=actor)


def withdraw(complaint: Complaint, *, reason: str, seen: int | None = None, actor: Any) -> None:
    _take(complaint, "withdraw", seen=seen, actor=actor)
    _withdraw(complaint, _need(reason, _("Give the reason."), "reason"), actor)


def withdraw_by_link(complaint: Complaint) -> None:
    """The complainant's own doing, by the secret link."""
    if step(complaint.state, "withdraw") is None:
        raise RuleViolation(_("This complaint is closed already."))
    _withdraw(complaint, _("Withdrawn by the complainant on the page of the complaint."), None)
    telling.tell_handlers(complaint, telling.WITHDRAWN, actor=None)


def _withdraw(complaint: Complaint, reason: str, actor: Any) -> None:
    complaint.reason = reason
    now = clock.now()
    before = _move(complaint, State.withdrawn, now)
    clocks.void(complaint, now)
    trail.record(complaint, "complaint.withdrawn", actor=actor, reason=reason, changes={"state": before})


#: what has to be done again, and in time, when a complaint is reopened
AGAIN = (State.answered, State.decided, State.closed)


def reopen(complaint: Complaint, *, reason: str, seen: int | None = None, actor: Any) -> None:
    """Taken up again: answer, decision and closing are due anew, by the version in force now."""
    to = _take(complaint, "reopen", seen=seen, actor=actor)
    complaint.reason = _need(reason, _("Give the reason."), "reason")
    now = clock.now()
    clocks.void(complaint, now)
    for milestone in AGAIN:
        setattr(complaint, f"{milestone.value}_at", None)
    complaint.told = ""
    complaint.satisfaction_asked_at = None
    complaint.satisfaction_note = ""
    complaint.reopened_at = now
    before = _move(complaint, to, now)
    clocks.begin(complaint, State.received, now, only=AGAIN)
    trail.record(
        complaint, "complaint.reopened", actor=actor, reason=complaint.reason, changes={"state": before}
    )
    telling.tell_handlers(complaint, telling.REOPENED, actor=actor)
