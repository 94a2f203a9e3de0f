"""What every step asks and does: is it possible, by whom, and which clocks it stops."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from complaints.models import Complaint, Message, Remedy
from complaints.operations import clocks
from complaints.operations.common import permit, reachable
from complaints.permissions import DECIDE, HANDLE
from complaints.rules import gates
from complaints.rules.gates import Facts
from complaints.rules.grades import MessageKind, Severity
from complaints.rules.states import State, step
from core import access
from core.db import expect_version, session
from core.errors import RuleViolation
from core.gates import Condition
from core.i18n import _

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


def take(complaint: Complaint, verb: str, *, seen: int | None, actor: Any) -> State:
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


def need(value: str, message: str, field: str) -> str:
    if not value.strip():
        raise RuleViolation(message, field=field)
    return value.strip()


def move(complaint: Complaint, to: State, at: datetime) -> tuple[str, str]:
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


def reach(complaint: Complaint, to: State, at: datetime) -> None:
    """A milestone of the straight way: clocks stop there, others begin there."""
    clocks.stop(complaint, to, at)
    clocks.begin(complaint, to, at)
