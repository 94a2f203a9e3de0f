"""The steps of tickets and of findings by hand, each by the person who takes it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from core.db import session
from demo.cast import PASSWORD, Cast
from improvement.models import Action, Finding, Ticket
from improvement.operations import checks, findings, plans, tickets
from improvement.queries import tickets as queries

Step = dict[str, Any]


def _open(cast: Cast, key: str, step: Step) -> None:
    """From what the measurement found, in as many units as it found it, and what people noted."""
    together = _found(cast, step)
    if not together:
        raise LookupError(f"nothing was found for the ticket {key}")
    verifier = step.get("verifier")
    made = tickets.open_ticket(
        title=step["title"],
        owner=cast.person(step["owner"]),
        verifier=cast.person(verifier) if verifier else None,
        findings=together,
        unit=cast.unit(step.get("unit", "BCS")),
        priority=step["priority"],
        due=cast.timeline.day(step["due"]) if "due" in step else None,
        actor=cast.person(step["by"]),
    )
    session.flush()
    cast.tickets[key] = made.id


def _found(cast: Cast, step: Step) -> list[Finding]:
    places = step.get("shortfalls", [])
    return [item for place in places for item in cast.shortfalls(*place)] + [
        cast.finding(name) for name in step.get("raised", [])
    ]


def _add(cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    """What was found since joins the ticket."""
    for finding in _found(cast, step):
        tickets.add_finding(ticket, finding, actor=actor)


def _describe(cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    at_once = step.get("correction_at")
    plans.describe_problem(
        queries.get_cycle(ticket),
        problem=step["problem"].strip(),
        correction=step.get("correction", ""),
        correction_at=cast.timeline.day(at_once) if at_once else None,
        cause_obvious=step.get("obvious", ""),
        seen=None,
        actor=actor,
    )


def _why(_cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    """Each why below the one before; the last is the root cause when it was verified."""
    cycle, above = queries.get_cycle(ticket), None
    for text in step["chain"]:
        above = plans.add_cause(cycle, text=text, parent=above, actor=actor)
    if above is not None and step["verified"]:
        plans.change_cause(
            ticket,
            above,
            text=above.text,
            root=True,
            verified_how=step["verified"],
            seen=None,
            actor=actor,
        )


def _action(cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    plans.add_action(
        queries.get_cycle(ticket),
        kind=step["kind"],
        text=step["text"],
        owner=cast.person(step["owner"]),
        due=cast.timeline.day(step["due"]),
        actor=actor,
    )


def _register(cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    key, code, unit = step["metric"]
    plans.register_measure(
        ticket,
        metric_ref=f"attainment:{cast.standards[key]}:{code}:unit={cast.units[unit]}",
        margin=step["margin"],
        baseline_from=cast.timeline.day(step["from"]),
        baseline_until=cast.timeline.day(step["until"]),
        wait_days=step.get("wait", 0),
        window_days=step["window"],
        least_n=step["least"],
        watch=step["watch"],
        actor=actor,
    )


def _check_by_looking(cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    plans.register_described(
        ticket, described=step["text"], described_on=cast.timeline.day(step["day"]), actor=actor
    )


def _approve_plan(_cast: Cast, ticket: Ticket, _step: Step, actor: Any) -> None:
    plans.approve_plan(ticket, actor=actor)


def _to_do(_cast: Cast, ticket: Ticket, _step: Step, actor: Any) -> None:
    plans.pass_to_do(ticket, actor=actor)


def _finish(_cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    action = session.scalars(
        select(Action).where(
            Action.cycle_id == queries.get_cycle(ticket).id, Action.position == step["number"]
        )
    ).one()
    plans.finish_action(ticket, action, state=step.get("state", "done"), outcome=step["outcome"], actor=actor)


def _to_check(_cast: Cast, ticket: Ticket, _step: Step, actor: Any) -> None:
    plans.pass_to_check(ticket, actor=actor)


def _compute(_cast: Cast, ticket: Ticket, _step: Step, actor: Any) -> None:
    checks.compute_check(ticket, actor=actor)


def _harm(_cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    checks.note_side_effects(queries.get_cycle(ticket), text=step["text"], actor=actor)


def _judge(_cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    checks.judge(ticket, found=step["found"], note=step["note"], actor=actor)


def _sign(_cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    checks.sign_verdict(ticket, password=PASSWORD, statement=step["statement"], actor=actor)


def _draft(_cast: Cast, ticket: Ticket, _step: Step, actor: Any) -> None:
    checks.draft_version(ticket, actor=actor)


def _lesson(_cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    checks.write_act(
        ticket,
        nothing_to_change=step.get("unchanged", ""),
        lesson=step["lesson"],
        rollout=step.get("rollout"),
        actor=actor,
    )


def _close(_cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    tickets.close(ticket, password=PASSWORD, statement=step["statement"], actor=actor)


def _defer(cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    tickets.defer(ticket, reason=step["reason"], until=cast.timeline.day(step["until"]), actor=actor)


def _resume(_cast: Cast, ticket: Ticket, _step: Step, actor: Any) -> None:
    tickets.resume(ticket, actor=actor)


def _cancel(_cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    tickets.cancel(ticket, reason=step["reason"], actor=actor)


def _redate(cast: Cast, ticket: Ticket, step: Step, actor: Any) -> None:
    tickets.change_ticket(
        ticket,
        title=ticket.title,
        owner=ticket.owner,
        verifier=ticket.verifier,
        priority=ticket.priority,
        due=cast.timeline.day(step["due"]),
        seen=None,
        actor=actor,
    )


VERBS: dict[str, Callable[[Cast, Ticket, Step, Any], None]] = {
    "add": _add,
    "describe": _describe,
    "why": _why,
    "action": _action,
    "register": _register,
    "check_by_looking": _check_by_looking,
    "approve_plan": _approve_plan,
    "to_do": _to_do,
    "finish": _finish,
    "to_check": _to_check,
    "compute": _compute,
    "harm": _harm,
    "judge": _judge,
    "sign": _sign,
    "draft": _draft,
    "lesson": _lesson,
    "close": _close,
    "defer": _defer,
    "redate": _redate,
    "resume": _resume,
    "cancel": _cancel,
}


def take(cast: Cast, key: str, step: Step) -> None:
    """One step of one ticket."""
    if step["do"] == "open":
        _open(cast, key, step)
        return
    VERBS[step["do"]](cast, cast.ticket(key), step, cast.person(step["by"]))


# --- findings by hand ----------------------------------------------------------------------------------------


def raise_by_hand(cast: Cast, given: Step) -> None:
    standard = given.get("standard")
    clause = given.get("clause")
    made = findings.raise_by_person(
        unit=cast.unit(given["unit"]),
        actor=cast.person(given["by"]),
        grade=given["grade"],
        statement_en=given["en"],
        statement_zh=given["zh"],
        detail=given["detail"],
        standard=cast.standard(standard[0]) if standard else None,
        requirement=cast.requirement(*standard) if standard else None,
        clause_id=cast.clause(*clause).id if clause else None,
    )
    session.flush()
    cast.findings[given["key"]] = made.id


def triage(cast: Cast, key: str, step: Step) -> None:
    """What became of a finding that needs no ticket."""
    finding, actor = cast.finding(key), cast.person(step["by"])
    if step["do"] == "note":
        findings.note(finding, actor=actor)
    elif step["do"] == "merge":
        findings.merge(finding, cast.finding(step["into"]), actor=actor)
    else:
        findings.dismiss(finding, reason=step["reason"], actor=actor)


def dismiss_shortfalls(cast: Cast, given: Step) -> None:
    """Looked into and left as it is; the data decide whether it was found at all."""
    for finding in _found(cast, given):
        findings.dismiss(finding, reason=given["reason"], actor=cast.person(given["by"]))
