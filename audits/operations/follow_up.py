"""After the report: tickets are worked on elsewhere; when one is closed, an auditor looks whether it holds."""

from typing import Any

from accounts import queries as accounts
from audits.models import Audit, Item
from audits.operations.checklist import label
from audits.operations.steps import REFUSED_TASK, VERIFY_TASK, move, need, permit, tell
from audits.permissions import PLAN
from audits.queries import audits as queries
from audits.queries import checklist
from audits.rules.states import Settled, State
from core import clock, trail
from core.db import session
from core.errors import RuleViolation
from core.i18n import _
from improvement.events import TicketClosed, TicketReopened


def on_ticket_closed(fact: TicketClosed) -> None:
    """Its items are ready for verification, and the lead auditor is told."""
    told: set[int] = set()
    for item in checklist.items_of_ticket(fact.ticket.id):
        item.follow, item.follow_note = "ready", ""
        item.followed_at, item.followed_by_name = None, ""
        trail.record(
            item,
            "item.ready",
            actor=None,
            code=label(item.audit, item),
            changes={"ticket": fact.ticket.code},
        )
        if item.audit_id not in told:
            told.add(item.audit_id)
            lead = queries.lead_of(queries.members_of(item.audit_id))
            tell(lead.person if lead else None, item.audit, VERIFY_TASK, actor=None)


def on_ticket_reopened(fact: TicketReopened) -> None:
    """What was verified is in doubt; a closed audit opens again for its follow-up."""
    for item in checklist.items_of_ticket(fact.ticket.id):
        item.follow, item.followed_at, item.followed_by_name = "", None, ""
        trail.record(
            item,
            "item.doubted",
            actor=None,
            code=label(item.audit, item),
            changes={"ticket": fact.ticket.code},
        )
        if item.audit.state == State.closed:
            item.audit.closed_at = None
            move(item.audit, "reopen", "audit.reopened", actor=None, reason=fact.ticket.code)


def _follow_up(audit: Audit, item: Item, actor: Any) -> checklist.FollowUp:
    permit(audit, "verify", actor)
    found = next((one for one in checklist.follow_ups(audit.id) if one.item_id == item.id), None)
    if found is None or found.settled not in {Settled.ready, Settled.refused}:
        raise RuleViolation(_("There is nothing to verify here: the ticket must be closed first."))
    if found.ticket_owner_id == actor.id:
        raise RuleViolation(_("Who owned the ticket does not verify its remedy; another auditor does."))
    return found


def verify(audit: Audit, item: Item, *, note: str, actor: Any) -> None:
    """The auditor saw that the remedy is in place and holds."""
    found = _follow_up(audit, item, actor)
    if not note.strip():
        raise RuleViolation(_("Say what you looked at: it is the evidence."), field="note")
    _settle(item, "verified", note, actor)
    trail.record(
        item,
        "item.verified",
        actor=actor,
        code=label(audit, item),
        reason=note,
        changes={"ticket": found.ticket_code, "finding": found.finding_code},
    )
    session.flush()


def refuse(audit: Audit, item: Item, *, note: str, actor: Any) -> None:
    """It does not hold: quality managers are asked to open the ticket again."""
    found = _follow_up(audit, item, actor)
    need(note)
    _settle(item, "refused", note, actor)
    trail.record(
        item,
        "item.refused",
        actor=actor,
        code=label(audit, item),
        reason=note,
        changes={"ticket": found.ticket_code, "finding": found.finding_code},
    )
    for person in accounts.people_with(PLAN, audit.unit.path, limit=20):
        tell(person, audit, REFUSED_TASK, actor=actor)
    session.flush()


def _settle(item: Item, follow: str, note: str, actor: Any) -> None:
    item.follow, item.follow_note = follow, note.strip()
    item.followed_at, item.followed_by_name = clock.now(), actor.name
