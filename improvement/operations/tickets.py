from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from accounts.models import Person, Unit
from accounts.operations import check_password
from core import access, clock, signing, trail
from core.access import Permission
from core.db import expect_version, next_code, session
from core.errors import RuleViolation
from core.events import announce
from core.i18n import _
from improvement.events import TicketClosed, TicketReopened
from improvement.models import Cycle, Finding, Ticket
from improvement.operations import findings as finding_operations
from improvement.operations.steps import (
    OWNER_TASK,
    VERIFIER_TASK,
    conditions_now,
    move,
    must_pass,
    next_cycle,
    permit,
    tell,
)
from improvement.permissions import SEE, TRIAGE, VERIFY
from improvement.queries import findings as finding_queries
from improvement.queries import tickets as queries
from improvement.rules.findings import Grade
from improvement.rules.tickets import STAGE_DAYS, Priority, Stage

NAMES = ["title", "owner_id", "verifier_id", "priority", "due"]


def open_ticket(
    *,
    title: str,
    owner: Person,
    verifier: Person | None = None,
    findings: Sequence[Finding] = (),
    unit: Unit | None = None,
    priority: Priority | str = Priority.normal,
    major: bool | None = None,
    due: date | None = None,
    problem: str = "",
    needed: Permission = TRIAGE,
    actor: Any,
) -> Ticket:
    """A new ticket at Plan, from findings (which it accepts, whose figures become its problem) or from a unit alone.

    `major` follows the findings when it is not given, and so does `problem`. `needed` is the right that the actor must
    hold: rooms above name their own where the order comes from there, such as a signed review.
    """
    first = findings[0] if findings else None
    place = unit or (first.unit if first else None)
    if place is None:
        raise RuleViolation(_("A ticket needs a finding or a unit."), field="unit_id")
    access.require(actor, needed, place.path, what=_("open a ticket"))
    if not title.strip():
        raise RuleViolation(_("Give the ticket a title that says what falls short."), field="title")
    _check_people(owner, verifier, place)
    made = Ticket(
        code=next_code("CAR", year=clock.now().year),
        title=title.strip(),
        unit=place,
        owner=owner,
        verifier=verifier,
        priority=str(Priority(priority)),
        major=any(item.grade == Grade.major for item in findings) if major is None else major,
        standard_id=first.standard_id if first else None,
        requirement_code=first.requirement_code if first else "",
        due=due or queries.today() + timedelta(days=STAGE_DAYS[Stage.plan]),
    )
    session.add(made)
    session.flush()
    session.add(
        Cycle(
            ticket=made,
            number=1,
            problem=problem or "\n".join(item.statement for item in findings),
            figures=[figure for item in findings for figure in item.figures][
                : finding_operations.FIGURES_MOST
            ],
        )
    )
    trail.record(
        made,
        "ticket.opened",
        actor=actor,
        changes={"owner": owner.name, "verifier": verifier.name if verifier else "", "title": made.title},
    )
    session.flush()
    for item in findings:
        finding_operations.accept(item, made, actor=actor)
    tell(owner, made, OWNER_TASK, actor=actor, due=made.due)
    tell(verifier, made, VERIFIER_TASK, actor=actor)
    return made


def _check_people(owner: Person, verifier: Person | None, place: Unit) -> None:
    from accounts.queries import holdings_of

    if not owner.active:
        raise RuleViolation(_("%(name)s has left; choose somebody else.", name=owner.name), field="owner_id")
    if verifier is None:
        return
    if verifier.id == owner.id:
        raise RuleViolation(_("The verifier can't be the owner."), field="verifier_id")
    may_verify = any(
        holding.role in VERIFY.roles and place.path.startswith(holding.path)
        for holding in holdings_of(verifier.id)
    )
    if not verifier.active or not may_verify:
        raise RuleViolation(
            _("%(name)s can't verify here: choose a quality manager or auditor.", name=verifier.name),
            field="verifier_id",
        )


def change_ticket(
    ticket: Ticket,
    *,
    title: str,
    owner: Person,
    verifier: Person | None,
    priority: Priority | str,
    due: date | None,
    seen: int | None,
    actor: Any,
) -> None:
    """Title, people, priority and date; a manager's work, at any open stage."""
    expect_version(ticket, seen, what=ticket.code, fields=NAMES)
    permit(ticket, "assign", actor)
    if not title.strip():
        raise RuleViolation(_("Give the ticket a title that says what falls short."), field="title")
    _check_people(owner, verifier, ticket.unit)
    new_owner, new_verifier = owner.id != ticket.owner_id, getattr(verifier, "id", None) != ticket.verifier_id
    changes: dict[str, Any] = trail.changed(
        ticket, {"title": title.strip(), "priority": str(Priority(priority)), "due": due}
    )
    if new_owner:
        changes["owner"] = (ticket.owner.name, owner.name)
        ticket.owner = owner
    if new_verifier:
        changes["verifier"] = (
            ticket.verifier.name if ticket.verifier else "",
            verifier.name if verifier else "",
        )
        ticket.verifier = verifier
    if not changes:
        return
    trail.record(ticket, "ticket.changed", actor=actor, changes=changes)
    session.flush()
    if new_owner:
        tell(owner, ticket, OWNER_TASK, actor=actor, due=ticket.due)
    if new_verifier:
        tell(verifier, ticket, VERIFIER_TASK, actor=actor)


def add_finding(ticket: Ticket, finding: Finding, *, actor: Any) -> None:
    """Take one more finding into an open ticket; its figures join the problem while the ticket is in Plan."""
    access.require(actor, SEE, ticket.unit.path, what=ticket.code)
    finding_operations.accept(finding, ticket, actor=actor)
    if finding.grade == Grade.major and not ticket.major:
        ticket.major = True
        trail.record(ticket, "ticket.changed", actor=actor, changes={"major": (False, True)})
    if ticket.stage == Stage.plan:
        cycle = queries.get_cycle(ticket)
        cycle.figures = [*cycle.figures, *finding.figures][: finding_operations.FIGURES_MOST]
        cycle.problem = "\n".join(part for part in (cycle.problem, finding.statement) if part)


def cancel(ticket: Ticket, *, reason: str, seen: int | None = None, actor: Any) -> None:
    """End without result; its findings go back to triage."""
    expect_version(ticket, seen, what=ticket.code, fields=NAMES)
    permit(ticket, "cancel", actor)
    _need_reason(reason)
    ticket.cancelled_reason = reason.strip()
    queries.get_cycle(ticket).ended_at = clock.now()
    move(ticket, Stage.cancelled, actor=actor, reason=reason)
    finding_operations.follow_ticket(ticket, "return", actor=actor)


def defer(ticket: Ticket, *, reason: str, until: date, seen: int | None = None, actor: Any) -> None:
    """Put off at any stage: a flag with reason and date, not a stage of its own."""
    expect_version(ticket, seen, what=ticket.code, fields=NAMES)
    permit(ticket, "defer", actor)
    _need_reason(reason)
    if until <= queries.today():
        raise RuleViolation(_("Choose a day after today."), field="until")
    changes = trail.changed(
        ticket, {"deferred_until": until, "deferred_reason": reason.strip(), "deferred_by_id": actor.id}
    )
    changes.pop("deferred_by_id", None)
    trail.record(ticket, "ticket.deferred", actor=actor, reason=reason, changes=changes)


def resume(ticket: Ticket, *, actor: Any) -> None:
    permit(ticket, "resume", actor)
    if ticket.deferred_until is None:
        raise RuleViolation(_("%(code)s is not deferred.", code=ticket.code))
    changes = {"deferred_until": (ticket.deferred_until, None)}
    ticket.deferred_until, ticket.deferred_reason, ticket.deferred_by_id = None, "", None
    trail.record(ticket, "ticket.resumed", actor=actor, changes=changes)


def reopen(ticket: Ticket, *, reason: str, actor: Any) -> None:
    """A closed ticket whose problem came back: the next cycle begins."""
    permit(ticket, "reopen", actor)
    _need_reason(reason)
    ticket.closed_at = None
    next_cycle(ticket, actor=actor, reason=reason)
    finding_operations.follow_ticket(ticket, "doubt", actor=actor)
    announce(TicketReopened(ticket))


def close(ticket: Ticket, *, password: str, statement: str = "", seen: int | None = None, actor: Any) -> None:
    """The end of Act: everything made standard, signed, the findings closed."""
    expect_version(ticket, seen, what=ticket.code, fields=NAMES)
    permit(ticket, "close", actor)
    must_pass(conditions_now(ticket))
    cycle = queries.get_cycle(ticket)
    signing.sign(
        ticket,
        closing_content(ticket),
        meaning="closing",
        actor=actor,
        password=password,
        check=check_password,
        statement=statement,
    )
    cycle.ended_at = ticket.closed_at = clock.now()
    move(ticket, Stage.closed, actor=actor)
    finding_operations.follow_ticket(ticket, "close", actor=actor)
    announce(TicketClosed(ticket))


def closing_content(ticket: Ticket) -> dict[str, Any]:
    """What the signature under a closed ticket stands for."""
    cycle = queries.get_cycle(ticket)
    act, check = queries.find_act(cycle.id), queries.find_last_check(cycle.id)
    return {
        "ticket": ticket.code,
        "cycle": cycle.number,
        "problem": cycle.problem,
        "verdict": check.verdict if check else "",
        "figures": check.figures if check else {},
        "version": act.version_id if act else None,
        "nothing_to_change": act.nothing_to_change if act else "",
        "lesson": act.lesson if act else "",
        "findings": [item.code for item in finding_queries.list_of_ticket(ticket.id)],
    }


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleViolation(_("Give the reason."), field="reason")
