"""The door of every change to an assignment: the table of steps decides."""

from typing import Any

from core import access
from core.errors import NotPermitted, RuleViolation
from core.i18n import _
from training.models import Assignment
from training.permissions import ASSIGN
from training.rules import State, Who, step


def parts_of(assignment: Assignment, actor: Any) -> set[Who]:
    """What somebody is to an assignment; None acts for the product itself."""
    if actor is None:
        return {Who.system}
    parts = set()
    if actor.id == assignment.person_id:
        parts.add(Who.learner)
    elif access.may(actor, ASSIGN, assignment.person.unit.path):
        parts.add(Who.assigner)  # nobody waives their own training
    return parts


def permit(assignment: Assignment, verb: str, actor: Any) -> State | None:
    """The state after the verb; refuses what the table does not allow this person in this state."""
    found = step(assignment.state, verb)
    if found is None:
        raise RuleViolation(
            _(
                "%(code)s is “%(state)s”: this is not possible any more.",
                code=assignment.code,
                state=State(assignment.state).label,
            )
        )
    if not found.who & parts_of(assignment, actor):
        raise NotPermitted(
            assignment.code,
            who=sorted(ASSIGN.roles) if Who.assigner in found.who else [],
            ask=assignment.person.name if Who.learner in found.who else "",
        )
    return found.to
