"""Complaints about the organisation's own service, and what became of each."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from complaints.models import Complaint, Remedy
from complaints.operations import complaints, links, messages, remedies, settings, steps
from core.db import session
from demo.cast import Cast

Step = dict[str, Any]


def set_up(cast: Cast, given: Step) -> None:
    """The organisation's own complaint standard sets the clocks."""
    settings.set_up(
        cast.unit("BCS"),
        standard=cast.standard(given["standard"]),
        clocks=given["clocks"],
        handler_limit=given["handler_limit"],
        offered=True,
        intro_en=given["intro"]["en"],
        intro_zh=given["intro"]["zh"],
        route_en=given["route"]["en"],
        route_zh=given["route"]["zh"],
        actor=cast.person(given["by"]),
    )


def register(cast: Cast, given: Step) -> None:
    """By somebody of the staff, or by the complainant on the public page."""
    by, about = given.get("by"), given.get("about")
    concerned = given.get("concerned")
    day = given.get("occurred")
    made = complaints.register(
        unit=cast.unit(given.get("unit", "HALL")),
        channel=given["channel"],
        subject=given["subject"],
        description=given["text"].strip(),
        wish=given.get("wish", ""),
        place=given.get("place", ""),
        occurred_on=cast.timeline.day(day) if day else None,
        topic=given["topic"],
        language=given["lang"],
        standard=cast.standard(about[0]) if about else None,
        requirement_code=about[1] if about else "",
        name=given.get("name", ""),
        email=given.get("email", ""),
        phone=given.get("phone", ""),
        concerned=cast.person(concerned) if concerned else None,
        actor=cast.person(by) if by else None,
    )
    cast.complaints[given["key"]] = made.id


def _acknowledge(_cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    steps.acknowledge(complaint, words=step.get("words", ""), by=step.get("told", ""), actor=actor)


def _assess(_cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    steps.assess(
        complaint,
        severity=step["severity"],
        complexity=step.get("complexity", "normal"),
        impact=step.get("impact", "one"),
        safety=step.get("safety", False),
        urgent="at_once" in step,
        immediate_action=step.get("at_once", ""),
        actor=actor,
    )


def _investigate(cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    handler = step.get("handler")
    steps.investigate(complaint, handler=cast.person(handler) if handler else None, actor=actor)


def _answer(_cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    steps.answer(complaint, investigation=step["found"], words=step["words"], actor=actor)


def _decide(_cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    steps.decide(
        complaint, outcome=step["outcome"], decision=step["reasons"], words=step["words"], actor=actor
    )


def _close(_cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    steps.close(
        complaint, satisfied=step.get("satisfied"), satisfaction_note=step.get("note", ""), actor=actor
    )


def _refuse(_cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    steps.refuse(complaint, reason=step["reason"], route=step["route"], words=step["words"], actor=actor)


def _escalate(_cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    steps.escalate(complaint, reason=step["reason"], route=step["route"], actor=actor)


def _withdraw(_cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    steps.withdraw(complaint, reason=step["reason"], actor=actor)


def _reopen(_cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    steps.reopen(complaint, reason=step["reason"], actor=actor)


def _ask(_cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    messages.write_to(complaint, step["words"], question=True, actor=actor)


def _hear(_cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    """By the secret link when nobody of the staff wrote it down."""
    messages.hear(complaint, step["words"], actor=actor)


def _note(_cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    messages.write_note(complaint, step["words"], actor=actor)


def _rate(_cast: Cast, complaint: Complaint, step: Step, _actor: Any) -> None:
    messages.rate(complaint, step["satisfied"], step.get("words", ""))


def _remedy(_cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    remedies.propose(complaint, kind=step["kind"], words=step["words"], cost=step.get("cost", 0), actor=actor)


def _made_good(_cast: Cast, complaint: Complaint, _step: Step, actor: Any) -> None:
    remedy = session.scalars(
        select(Remedy).where(Remedy.complaint_id == complaint.id, Remedy.state == "authorised")
    ).one()
    remedies.finish(complaint, remedy, actor=actor)


def _finding(cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    made = links.raise_from(
        complaint,
        grade=step["grade"],
        statement_en=step["en"],
        statement_zh=step["zh"],
        actor=actor,
    )
    cast.findings[step["key"]] = made.id


def _ticket(cast: Cast, complaint: Complaint, step: Step, actor: Any) -> None:
    links.link_ticket(complaint, cast.ticket(step["ticket"]).code, actor=actor)


VERBS: dict[str, Callable[[Cast, Complaint, Step, Any], None]] = {
    "acknowledge": _acknowledge,
    "assess": _assess,
    "investigate": _investigate,
    "answer": _answer,
    "decide": _decide,
    "close": _close,
    "refuse": _refuse,
    "escalate": _escalate,
    "withdraw": _withdraw,
    "reopen": _reopen,
    "ask": _ask,
    "hear": _hear,
    "note": _note,
    "rate": _rate,
    "remedy": _remedy,
    "made_good": _made_good,
    "finding": _finding,
    "ticket": _ticket,
}


def take(cast: Cast, key: str, step: Step) -> None:
    """One step of one complaint; without `by` the complainant takes it."""
    by = step.get("by")
    VERBS[step["do"]](cast, cast.complaint(key), step, cast.person(by) if by else None)
