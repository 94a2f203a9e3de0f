"""Plan and Do: the problem, its causes, the actions, and the measure that is registered before anything is done."""

from datetime import date, timedelta
from typing import Any

from accounts.models import Person
from core import clock, trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.files import Received, store
from core.i18n import _
from improvement.backing import backings_of
from improvement.models import Action, Cause, Cycle, Ticket
from improvement.operations.measuring import register_described, register_measure
from improvement.operations.steps import (
    ACTION_TASK,
    APPROVE_TASK,
    CHECK_TASK,
    conditions_now,
    move,
    must_pass,
    needed,
    permit,
    plan_changed,
    tell,
)
from improvement.queries import tickets as queries
from improvement.rules.tickets import ActionKind, Stage

__all__ = [
    "add_action",
    "add_cause",
    "approve_plan",
    "ask_approval",
    "change_action",
    "change_cause",
    "check_due",
    "describe_problem",
    "finish_action",
    "pass_to_check",
    "pass_to_do",
    "register_described",
    "register_measure",
    "remove_action",
    "remove_cause",
]

CAUSES_MOST, ACTIONS_MOST, DEPTH_MOST = 60, 60, 10


def describe_problem(
    cycle: Cycle,
    *,
    problem: str,
    correction: str,
    correction_at: date | None,
    cause_obvious: str,
    seen: int | None,
    actor: Any,
) -> None:
    """The problem in words (its figures come from the findings), what was done at once, or why the cause is obvious."""
    expect_version(
        cycle,
        seen,
        what=cycle.ticket.code,
        fields=["problem", "correction", "correction_at", "cause_obvious"],
    )
    permit(cycle.ticket, "plan", actor)
    if not problem.strip():
        raise RuleViolation(_("Say what falls short, where, since when."), field="problem")
    if correction_at is not None and correction_at > queries.today():
        raise RuleViolation(_("The correction at once can't lie in the future."), field="correction_at")
    changes = trail.changed(
        cycle,
        {
            "problem": problem.strip(),
            "correction": correction.strip(),
            "correction_at": correction_at,
            "cause_obvious": cause_obvious.strip(),
        },
    )
    if changes:
        plan_changed(cycle)
        trail.record(cycle.ticket, "ticket.problem_described", actor=actor, changes=changes)


def add_cause(cycle: Cycle, *, text: str, parent: Cause | None = None, actor: Any) -> Cause:
    permit(cycle.ticket, "plan", actor)
    text = needed(text, "text")
    causes = queries.list_causes(cycle.id)
    if len(causes) >= CAUSES_MOST:
        raise RuleViolation(_("At most %(num)d causes.", num=CAUSES_MOST))
    if parent is not None and parent.cycle_id != cycle.id:
        raise RuleViolation(_("That cause belongs to another cycle."))
    by_id = {item.id: item for item in causes}
    depth, above = 1, parent
    while above is not None and depth <= DEPTH_MOST:
        depth += 1
        above = by_id.get(above.parent_id) if above.parent_id else None
    if depth > DEPTH_MOST:
        raise RuleViolation(_("At most %(num)d whys below each other.", num=DEPTH_MOST))
    made = Cause(
        cycle_id=cycle.id, parent_id=parent.id if parent else None, text=text, position=len(causes) + 1
    )
    session.add(made)
    plan_changed(cycle)
    trail.record(cycle.ticket, "cause.added", actor=actor, changes={"cause": text})
    session.flush()
    return made


def change_cause(
    ticket: Ticket, cause: Cause, *, text: str, root: bool, verified_how: str, seen: int | None, actor: Any
) -> None:
    """Words of a why-node, and whether it is a root cause: then with how that was verified."""
    expect_version(cause, seen, what=ticket.code, fields=["text", "root", "verified_how"])
    permit(ticket, "plan", actor)
    if root and not verified_how.strip():
        raise RuleViolation(
            _("Say how it was verified: looked at which cases, tried what, asked whom."), field="verified_how"
        )
    changes = trail.changed(
        cause, {"text": needed(text, "text"), "root": root, "verified_how": verified_how.strip()}
    )
    if changes:
        plan_changed(queries.get_cycle(ticket))
        trail.record(ticket, "cause.changed", actor=actor, changes=changes)


def remove_cause(ticket: Ticket, cause: Cause, *, actor: Any) -> None:
    """With everything below it; the trail keeps the words."""
    permit(ticket, "plan", actor)
    causes = queries.list_causes(cause.cycle_id)
    gone, more = {cause.id}, True
    while more:
        below = {item.id for item in causes if item.parent_id in gone} - gone
        gone |= below
        more = bool(below)
    for item in sorted(causes, key=lambda item: -item.id):  # a child is always younger than its parent
        if item.id in gone:
            trail.record(ticket, "cause.removed", actor=actor, changes={"cause": (item.text, None)})
            session.delete(item)
            session.flush()
    plan_changed(queries.get_cycle(ticket))


def add_action(
    cycle: Cycle, *, kind: ActionKind | str, text: str, owner: Person, due: date, actor: Any
) -> Action:
    permit(cycle.ticket, "plan", actor)
    actions = queries.list_actions(cycle.id)
    if len(actions) >= ACTIONS_MOST:
        raise RuleViolation(_("At most %(num)d actions.", num=ACTIONS_MOST))
    _check_action(owner, due)
    made = Action(
        cycle_id=cycle.id,
        kind=str(ActionKind(kind)),
        text=needed(text, "text"),
        owner=owner,
        due=due,
        position=len(actions) + 1,
    )
    session.add(made)
    plan_changed(cycle)
    trail.record(
        cycle.ticket,
        "action.added",
        actor=actor,
        changes={"action": made.text, "owner": owner.name, "due": due, "kind": made.kind},
    )
    session.flush()
    return made


def _check_action(owner: Person, due: date) -> None:
    if not owner.active:
        raise RuleViolation(_("%(name)s has left; choose somebody else.", name=owner.name), field="owner_id")
    if due < queries.today():
        raise RuleViolation(_("Choose today or a later day."), field="due")


def change_action(
    ticket: Ticket,
    action: Action,
    *,
    kind: ActionKind | str,
    text: str,
    owner: Person,
    due: date,
    seen: int | None,
    actor: Any,
) -> None:
    expect_version(action, seen, what=ticket.code, fields=["kind", "text", "owner_id", "due"])
    permit(ticket, "plan", actor)
    _check_action(owner, due)
    changes: dict[str, Any] = trail.changed(
        action, {"kind": str(ActionKind(kind)), "text": needed(text, "text"), "due": due}
    )
    if owner.id != action.owner_id:
        changes["owner"] = (action.owner.name, owner.name)
        action.owner = owner
    if changes:
        plan_changed(queries.get_cycle(ticket))
        trail.record(ticket, "action.changed", actor=actor, changes=changes)


def remove_action(ticket: Ticket, action: Action, *, actor: Any) -> None:
    permit(ticket, "plan", actor)
    trail.record(ticket, "action.removed", actor=actor, changes={"action": (action.text, None)})
    session.delete(action)
    plan_changed(queries.get_cycle(ticket))


def finish_action(
    ticket: Ticket,
    action: Action,
    *,
    state: str,
    outcome: str,
    link: str = "",
    file: Received | None = None,
    seen: int | None = None,
    actor: Any,
) -> None:
    """Done, with evidence in words and a file or link where there is one; or can't be done, with the reason."""
    expect_version(action, seen, what=ticket.code, fields=["state", "outcome", "evidence_link"])
    permit(ticket, "finish_action", actor)
    parts = queries.parts_of(ticket, actor)
    if action.owner_id != actor.id and not {"owner", "manager"} & parts:
        raise RuleViolation(_("This action belongs to %(name)s.", name=action.owner.name))
    if state not in {"done", "cannot", "open"}:
        raise RuleViolation(_("Choose done or can't be done."), field="state")
    if state != "open" and not outcome.strip():
        raise RuleViolation(
            _("Say what was done and where it can be seen.")
            if state == "done"
            else _("Say why it can't be done."),
            field="outcome",
        )
    if state == "done":
        behind = backings_of([action]).get(action.id)
        if behind is not None and not behind.named:
            raise RuleViolation(behind.missing, field="state")
    if link and not link.startswith(("https://", "http://", "/")):
        raise RuleViolation(_("A link begins with https:// or http://."), field="link")
    changes: dict[str, Any] = trail.changed(
        action, {"state": state, "outcome": outcome.strip(), "evidence_link": link}
    )
    if file is not None:
        action.evidence_file = store(file, actor=actor)
        changes["file"] = f"{file.name} ({file.sha256[:12]})"
    if not changes:
        return
    action.done_at = clock.now() if state != "open" else None
    action.done_by_id = actor.id if state != "open" else None
    trail.record(
        ticket,
        {"done": "action.done", "cannot": "action.cannot"}.get(state, "action.reopened"),
        actor=actor,
        changes={"action": action.text, **changes},
    )


def approve_plan(ticket: Ticket, *, seen: int | None = None, actor: Any) -> None:
    """For major matters: a quality manager other than the owner agrees with cause, actions and measure."""
    expect_version(ticket, seen, what=ticket.code, fields=["stage"])
    permit(ticket, "approve", actor)
    if not ticket.major:
        raise RuleViolation(_("Only the plan of a major nonconformity needs approval."))
    must_pass([item for item in conditions_now(ticket) if item.key not in {"approval", "verifier"}])
    cycle = queries.get_cycle(ticket)
    cycle.plan_approved_by_id = actor.id
    trail.record(ticket, "plan.approved", actor=actor, changes={"cycle": cycle.number})


def ask_approval(ticket: Ticket, *, actor: Any) -> None:
    """Tell the quality managers that a plan waits; once a day, when all the rest of the plan is there."""
    from accounts.queries import people_with
    from improvement.permissions import MANAGE

    permit(ticket, "pass_to_do", actor)
    if not ticket.major or queries.get_cycle(ticket).plan_approved_by_id:
        raise RuleViolation(_("This plan needs no approval."))
    must_pass([item for item in conditions_now(ticket) if item.key not in {"approval", "verifier"}])
    since = clock.now() - timedelta(days=1)
    if any(entry.action == "plan.approval_asked" and entry.at > since for entry in trail.history(ticket)):
        raise RuleViolation(_("They were asked less than a day ago."))
    for person in people_with(MANAGE, ticket.unit.path, limit=5):
        if person.id != ticket.owner_id:
            tell(person, ticket, APPROVE_TASK, actor=actor, due=ticket.due)
    trail.record(ticket, "plan.approval_asked", actor=actor)


def pass_to_do(ticket: Ticket, *, seen: int | None = None, actor: Any) -> None:
    """Plan is complete: from here on the measure stays as registered."""
    expect_version(ticket, seen, what=ticket.code, fields=["stage"])
    permit(ticket, "pass_to_do", actor)
    must_pass(conditions_now(ticket))
    cycle = queries.get_cycle(ticket)
    actions = queries.list_actions(cycle.id)
    cycle.planned_at = clock.now()
    move(ticket, Stage.do, actor=actor, due=max(action.due for action in actions))
    for action in actions:
        tell(action.owner, ticket, ACTION_TASK, actor=actor, due=action.due)


def pass_to_check(ticket: Ticket, *, seen: int | None = None, actor: Any) -> None:
    """Every action is done or can't be: the wait and the window after begin."""
    expect_version(ticket, seen, what=ticket.code, fields=["stage"])
    permit(ticket, "pass_to_check", actor)
    must_pass(conditions_now(ticket))
    cycle = queries.get_cycle(ticket)
    cycle.done_at = clock.now()
    move(ticket, Stage.check, actor=actor, due=check_due(cycle))
    tell(ticket.verifier, ticket, CHECK_TASK, actor=actor, due=ticket.due)


def check_due(cycle: Cycle) -> date | None:
    """A week after the window is over, or the day of the described check."""

    from improvement.rules.tickets import STAGE_DAYS

    measure = queries.find_measure(cycle.id)
    if measure is None:
        return None
    if measure.kind == "described":
        return measure.described_on
    window = queries.after_window(cycle, measure)
    return window[1] + timedelta(days=STAGE_DAYS[Stage.check]) if window else None
