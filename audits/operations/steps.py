"""The door of every change to an audit: the table of steps decides, then the state moves in one place."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from accounts.models import Person
from accounts.operations import check_password
from audits.models import Audit
from audits.permissions import ACCEPT, PLAN
from audits.queries import audits as queries
from audits.queries import checklist, independence
from audits.rules.programme import next_days
from audits.rules.states import (
    Part,
    PlanFacts,
    State,
    allows,
    close_gate,
    finish_gate,
    prepare_gate,
    report_gate,
    step,
)
from core import clock, mail, signing, trail
from core.db import expect_version, next_code, session
from core.errors import NotPermitted, RuleViolation
from core.gates import Condition
from core.i18n import _, _l
from core.tasks import answer_by


def permit(audit: Audit, verb: str, actor: Any) -> set[Part]:
    """Refuse what the table of steps does not allow this person in this state. Gives what the person is to it."""
    found = step(audit.state, verb)
    if found is None:
        raise RuleViolation(
            _(
                "%(code)s is in the state “%(state)s”: this step does not belong there.",
                code=audit.code,
                state=State(audit.state).label,
            )
        )
    members = queries.members_of(audit.id)
    parts = queries.parts_of(audit, actor, members)
    if allows(audit.state, verb, parts):
        return parts
    if found.who & parts:
        raise RuleViolation(
            _("This needs somebody who is not of the team: nobody accepts the report of their own audit.")
        )
    who: Sequence[str] = []
    if Part.manager in found.who:
        who = sorted(PLAN.roles)
    elif Part.head in found.who:
        who = sorted(ACCEPT.roles)
    lead = queries.lead_of(members)
    raise NotPermitted(audit.code, who=who, ask=lead.person.name if lead else "")


def must_pass(conditions: Sequence[Condition]) -> None:
    """Refuse with everything that is missing, in one sentence each."""
    missing = [f"{item.label}: {item.missing}" for item in conditions if not item.met]
    if missing:
        raise RuleViolation(_("Not yet possible. %(missing)s", missing=" ".join(missing)))


def conditions_now(audit: Audit) -> list[Condition]:
    """What stands before the next state."""
    members = queries.members_of(audit.id)
    lead = queries.lead_of(members)
    name = lead.person.name if lead else ""
    if audit.state == State.scheduled:
        scope = queries.scope_of(audit.id)
        left = independence.unsettled_members(audit, scope, members)
        return prepare_gate(plan_facts(audit, scope, members, left, checklist.tally_of(audit.id).total))
    if audit.state == State.prepared:
        return finish_gate(checklist.tally_of(audit.id).facts, name)
    if audit.state == State.performed:
        return report_gate(conclusion=bool(audit.conclusion), lead=name)
    if audit.state == State.accepted:
        return close_gate([item.settled for item in checklist.follow_ups(audit.id)], name)
    return []


def plan_facts(
    audit: Audit, scope: Any, members: Sequence[Any], left: dict[int, Any], items: int
) -> PlanFacts:
    lead = queries.lead_of(members)
    return PlanFacts(
        lead=lead.person.name if lead else "",
        auditors=len(members),
        scoped=len(scope.clauses) + len(scope.standards),
        criteria=bool(audit.criteria),
        items=items,
        doubts=[member.person.name for member in members if member.person_id in left],
    )


def move(audit: Audit, verb: str, action: str, *, actor: Any, reason: str = "") -> None:
    found = step(audit.state, verb)
    assert found is not None
    assert found.to is not None
    before = audit.state
    audit.state, audit.state_since = str(found.to), clock.now()
    trail.record(audit, action, actor=actor, reason=reason, changes={"state": (before, audit.state)})


def prepare(audit: Audit, *, actor: Any) -> None:
    """From now on answers are recorded."""
    permit(audit, "prepare", actor)
    must_pass(conditions_now(audit))
    move(audit, "prepare", "audit.prepared", actor=actor)
    for member in queries.members_of(audit.id):
        tell(member.person, audit, TEAM_TASK, actor=actor, due=audit.ends_on)


def finish(audit: Audit, *, actor: Any) -> None:
    permit(audit, "finish", actor)
    must_pass(conditions_now(audit))
    audit.performed_at = clock.now()
    move(audit, "finish", "audit.performed", actor=actor)


def resume(audit: Audit, *, reason: str, actor: Any) -> None:
    """Back to recording, when something was left out."""
    permit(audit, "resume", actor)
    need(reason)
    audit.performed_at = None
    move(audit, "resume", "audit.resumed", actor=actor, reason=reason)


CONCLUSION = ("conclusion_en", "conclusion_zh")


def conclude(
    audit: Audit, *, conclusion_en: str, conclusion_zh: str, seen: int | None = None, actor: Any
) -> None:
    expect_version(audit, seen, what=audit.code, fields=list(CONCLUSION))
    permit(audit, "conclude", actor)
    if not conclusion_en and not conclusion_zh:
        raise RuleViolation(
            _("Say in a few sentences what the audit showed, in at least one language."),
            field="conclusion_en",
        )
    changes = trail.changed(audit, {"conclusion_en": conclusion_en, "conclusion_zh": conclusion_zh})
    if changes:
        trail.record(audit, "audit.concluded", actor=actor, changes=changes)


def report(audit: Audit, *, password: str, seen: int | None = None, actor: Any) -> None:
    """The lead signs what was found; the unit is asked to accept it, and the next audit of the series is planned."""
    permit(audit, "report", actor)
    if seen is not None and seen != audit.row_version:
        raise RuleViolation(
            _("The audit was changed since you opened this page. Nothing was signed; read it again first.")
        )
    must_pass(conditions_now(audit))
    signing.sign(
        audit,
        signed_content(audit),
        meaning="report",
        actor=actor,
        password=password,
        check=check_password,
        statement=_("Reports the audit %(code)s.", code=audit.code),
    )
    audit.reported_at, audit.reported_by_id = clock.now(), actor.id
    move(audit, "report", "audit.reported", actor=actor)
    for person in heads_of(audit):
        tell(person, audit, ACCEPT_TASK, actor=actor, due=answer_by(audit.reported_at))
    repeat(audit, actor=actor)


def signed_content(audit: Audit) -> dict[str, Any]:
    """What a signature under the report stands for."""
    scope = queries.scope_of(audit.id)
    return {
        "audit": audit.code,
        "unit": audit.unit.code,
        "days": [audit.starts_on.isoformat(), audit.ends_on.isoformat()],
        "criteria": audit.criteria,
        "units": [unit.code for unit in scope.units],
        "clauses": [f"{item.framework.code}:{item.number}" for item in scope.clauses],
        "standards": [item.code for item in scope.standards],
        "team": sorted((member.role, member.person.email) for member in queries.members_of(audit.id)),
        "conclusion": [audit.conclusion_en, audit.conclusion_zh],
        "items": [item.content for item in checklist.list_items(audit.id)],
    }


def heads_of(audit: Audit) -> list[Person]:
    """Who may accept: those who answer for the unit and are not of the team."""
    from accounts.queries import people_with

    team = {member.person_id for member in queries.members_of(audit.id)}
    return [person for person in people_with(ACCEPT, audit.unit.path, limit=50) if person.id not in team]


def send_back(audit: Audit, *, reason: str, actor: Any) -> None:
    """The unit does not agree: the auditors look again."""
    permit(audit, "send_back", actor)
    need(reason)
    audit.reported_at, audit.reported_by_id = None, None
    move(audit, "send_back", "audit.sent_back", actor=actor, reason=reason)
    lead = queries.lead_of(queries.members_of(audit.id))
    tell(lead.person if lead else None, audit, BACK_TASK, actor=actor)


def accept(audit: Audit, *, password: str, seen: int | None = None, actor: Any) -> None:
    permit(audit, "accept", actor)
    if seen is not None and seen != audit.row_version:
        raise RuleViolation(
            _("The audit was changed since you opened this page. Nothing was signed; read it again first.")
        )
    signing.sign(
        audit,
        signed_content(audit),
        meaning="acceptance",
        actor=actor,
        password=password,
        check=check_password,
        statement=_("Accepts the report of %(code)s for %(unit)s.", code=audit.code, unit=audit.unit.name),
    )
    audit.accepted_at, audit.accepted_by_id = clock.now(), actor.id
    move(audit, "accept", "audit.accepted", actor=actor)


def close(audit: Audit, *, actor: Any) -> None:
    permit(audit, "close", actor)
    must_pass(conditions_now(audit))
    audit.closed_at = clock.now()
    move(audit, "close", "audit.closed", actor=actor)


def cancel(audit: Audit, *, reason: str, actor: Any) -> None:
    permit(audit, "cancel", actor)
    need(reason)
    audit.cancelled_reason = reason.strip()
    move(audit, "cancel", "audit.cancelled", actor=actor, reason=reason)
    repeat(audit, actor=actor)


def repeat(audit: Audit, *, actor: Any) -> Audit | None:
    """Plan the next audit of a series, with the same scope and team; independence is checked again then."""
    if not audit.repeat_months or queries.find_next(audit) is not None:
        return None
    from audits.operations.audits import copy_plan

    first, last = next_days(audit.starts_on, audit.ends_on, audit.repeat_months)
    made = copy_plan(audit, code=next_code("AUD", year=first.year), first=first, last=last)
    session.flush()
    trail.record(made, "audit.repeated", actor=actor, changes={"follows": audit.code, "starts_on": first})
    return made


def need(reason: str) -> None:
    if not reason.strip():
        raise RuleViolation(_("Give the reason."), field="reason")


def tell(person: Person | None, audit: Audit, task: Any, *, actor: Any, due: date | None = None) -> None:
    mail.tell(
        person,
        task,
        code=audit.code,
        title=lambda: audit.title,
        path=f"/audits/{audit.id}",
        kind="audit_task",
        actor=actor,
        due=due,
    )


TEAM_TASK = _l("you are in the team and can record now")
ACCEPT_TASK = _l("the report waits for your acceptance")
BACK_TASK = _l("the unit sent the report back")
VERIFY_TASK = _l("a remedy is ready for verification")
REFUSED_TASK = _l("a remedy was not accepted: open its ticket again")
