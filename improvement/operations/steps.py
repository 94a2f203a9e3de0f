"""The door of every change to a ticket: the table of steps decides, then the stage moves in one place."""

from datetime import date, timedelta
from typing import Any

from accounts.models import Person
from core import clock, mail, trail
from core.db import session
from core.errors import NotPermitted, RuleViolation
from core.events import announce
from core.gates import Condition
from core.i18n import _, _l
from improvement.events import TicketStageChanged
from improvement.models import Cycle, Ticket
from improvement.permissions import MANAGE
from improvement.queries import tickets as queries
from improvement.rules.tickets import STAGE_DAYS, Part, Stage, allows, step


def permit(ticket: Ticket, verb: str, actor: Any) -> None:
    """Refuse what the table of steps does not allow this person in this stage."""
    found = step(ticket.stage, verb)
    if found is None:
        raise RuleViolation(
            _(
                "%(code)s is in the stage “%(stage)s”: this step does not belong there.",
                code=ticket.code,
                stage=Stage(ticket.stage).label,
            )
        )
    parts = queries.parts_of(ticket, actor)
    if allows(ticket.stage, verb, parts):
        return
    if found.who & parts:
        raise RuleViolation(
            _(
                "This needs somebody who took no part: neither owner of the plan nor of an action that was done."
            )
        )
    who = sorted(MANAGE.roles) if Part.manager in found.who else []
    raise NotPermitted(ticket.code, who=who, ask=ticket.owner.name)


def must_pass(conditions: list[Condition]) -> None:
    """Refuse with everything that is missing, in one sentence each."""
    missing = [f"{item.label}: {item.missing}" for item in conditions if not item.met]
    if missing:
        raise RuleViolation(_("Not yet possible. %(missing)s", missing=" ".join(missing)))


def conditions_now(ticket: Ticket) -> list[Condition]:
    cycle = queries.get_cycle(ticket)
    return queries.gate_of(
        ticket,
        cycle,
        queries.list_actions(cycle.id),
        queries.find_measure(cycle.id),
        queries.find_last_check(cycle.id),
        queries.find_act(cycle.id),
    )


def move(ticket: Ticket, to: Stage, *, actor: Any, due: date | None = None, reason: str = "") -> None:
    before = ticket.stage
    ticket.stage, ticket.stage_since = str(to), clock.now()
    ticket.due = due or (queries.today() + timedelta(days=STAGE_DAYS[to]) if to in STAGE_DAYS else None)
    ticket.deferred_until, ticket.deferred_reason, ticket.deferred_by_id = None, "", None
    trail.record(
        ticket, "ticket.passed", actor=actor, reason=reason, changes={"stage": (before, ticket.stage)}
    )
    announce(TicketStageChanged(ticket, before, ticket.stage))


def next_cycle(ticket: Ticket, *, actor: Any, reason: str = "") -> Cycle:
    """The present turn ends and stays as it was; the next begins at Plan with the same problem."""
    old = queries.get_cycle(ticket)
    old.ended_at = clock.now()
    ticket.cycle_number += 1
    made = Cycle(
        ticket=ticket,
        number=ticket.cycle_number,
        problem=old.problem,
        figures=list(old.figures),
        correction=old.correction,
        correction_at=old.correction_at,
    )
    session.add(made)
    trail.record(ticket, "cycle.begun", actor=actor, reason=reason, changes={"cycle": ticket.cycle_number})
    move(ticket, Stage.plan, actor=actor, reason=reason)
    session.flush()
    return made


def plan_changed(cycle: Cycle) -> None:
    """An approval stands for the plan that was approved."""
    cycle.plan_approved_by_id = None


def needed(text: str, field: str) -> str:
    text = text.strip()
    if not text:
        raise RuleViolation(_("Please fill this in."), field=field)
    return text


def tell(person: Person | None, ticket: Ticket, task: Any, *, actor: Any, due: date | None = None) -> None:
    mail.tell(
        person,
        task,
        code=ticket.code,
        title=lambda: ticket.title,
        path=f"/tickets/{ticket.id}",
        kind="ticket_task",
        actor=actor,
        due=due,
    )


OWNER_TASK = _l("you own this ticket")
VERIFIER_TASK = _l("you will verify whether it worked")
ACTION_TASK = _l("an action is yours")
CHECK_TASK = _l("the actions are done: check whether it worked")
SIGN_TASK = _l("the verdict waits for your signature")
APPROVE_TASK = _l("the plan waits for your approval")
