"""Plans of audits: made, changed, scoped, staffed."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from sqlalchemy import delete, select

from accounts.models import Person, Unit
from audits.models import Audit, Member, Scope, Slot
from audits.operations.steps import permit
from audits.permissions import AUDIT, PLAN, SEE
from audits.queries import audits as queries
from audits.queries import independence
from audits.rules.independence import MONTHS_MOST, Reason
from audits.rules.programme import MOST_DAYS, REPEATS
from audits.rules.states import ANSWERING, Kind, TeamRole
from core import access, trail
from core.db import expect_version, next_code, session
from core.errors import RuleViolation
from core.i18n import _
from standards.models import Clause, Standard

PLAN_FIELDS = [
    "title_en",
    "title_zh",
    "kind",
    "objective",
    "criteria",
    "place",
    "starts_on",
    "ends_on",
    "repeat_months",
    "independence_months",
]
SCOPE_MOST = 1000


def _check(values: dict[str, Any]) -> dict[str, Any]:
    if not values.get("title_en") and not values.get("title_zh"):
        raise RuleViolation(_("Give the audit a title in at least one language."), field="title_en")
    first, last = values["starts_on"], values["ends_on"]
    if last < first:
        raise RuleViolation(_("The last day lies before the first."), field="ends_on")
    if (last - first).days >= MOST_DAYS:
        raise RuleViolation(_("An audit takes at most %(num)s days.", num=MOST_DAYS), field="ends_on")
    if values.get("repeat_months", 0) not in REPEATS:
        raise RuleViolation(_("Choose one of the intervals."), field="repeat_months")
    if not 0 <= values.get("independence_months", 24) <= MONTHS_MOST:
        raise RuleViolation(
            _("Give a number of months from 0 to %(num)s.", num=MONTHS_MOST), field="independence_months"
        )
    values["kind"] = str(Kind(values.get("kind", Kind.system)))
    return values


def plan_audit(
    unit: Unit,
    *,
    starts_on: date,
    ends_on: date,
    title_en: str = "",
    title_zh: str = "",
    kind: Kind | str = Kind.system,
    objective: str = "",
    criteria: str = "",
    place: str = "",
    repeat_months: int = 0,
    independence_months: int = 24,
    slot: Slot | None = None,
    actor: Any,
) -> Audit:
    """A new audit of a unit. From a slot of the programme its unit and the framework's clauses become the scope."""
    access.require(actor, PLAN, unit.path, what=_("Audit"))
    values = _check(
        {
            "title_en": title_en,
            "title_zh": title_zh,
            "kind": kind,
            "objective": objective,
            "criteria": criteria,
            "place": place,
            "starts_on": starts_on,
            "ends_on": ends_on,
            "repeat_months": repeat_months,
            "independence_months": independence_months,
        }
    )
    if slot is not None and session.scalar(select(Audit.id).where(Audit.slot_id == slot.id)) is not None:
        raise RuleViolation(_("This slot has its audit already."))
    made = Audit(code=next_code("AUD", year=starts_on.year), unit=unit, slot=slot, **values)
    session.add(made)
    session.flush()
    session.add(Scope(audit_id=made.id, unit_id=unit.id))
    if slot is not None and slot.framework_id is not None:
        clauses = session.scalars(
            select(Clause.id).where(Clause.framework_id == slot.framework_id, Clause.assessable.is_(True))
        )
        session.add_all(Scope(audit_id=made.id, clause_id=number) for number in clauses)
    trail.record(
        made,
        "audit.planned",
        actor=actor,
        changes={"unit": unit.code, "starts_on": starts_on, "ends_on": ends_on},
    )
    if slot is not None and slot.lead is not None:
        doubts = independence.doubts_of(made, queries.scope_of(made.id), [slot.lead])[slot.lead.id]
        if not any(item.doubt.refuses for item in doubts):
            session.add(Member(audit_id=made.id, person_id=slot.lead.id, role="lead", accepted_doubts=[]))
    session.flush()
    return made


def copy_plan(audit: Audit, *, code: str, first: date, last: date) -> Audit:
    """The same plan on other days: scope and team go with it, safeguards don't."""
    made = Audit(
        code=code,
        kind=audit.kind,
        title_en=audit.title_en,
        title_zh=audit.title_zh,
        unit=audit.unit,
        objective=audit.objective,
        criteria=audit.criteria,
        place=audit.place,
        starts_on=first,
        ends_on=last,
        repeat_months=audit.repeat_months,
        independence_months=audit.independence_months,
        follows_id=audit.id,
    )
    session.add(made)
    session.flush()
    for row in session.scalars(select(Scope).where(Scope.audit_id == audit.id)):
        session.add(
            Scope(audit_id=made.id, unit_id=row.unit_id, clause_id=row.clause_id, standard_id=row.standard_id)
        )
    for member in queries.members_of(audit.id):
        session.add(
            Member(audit_id=made.id, person_id=member.person_id, role=member.role, accepted_doubts=[])
        )
    return made


def change(audit: Audit, *, seen: int | None = None, actor: Any, **values: Any) -> None:
    expect_version(audit, seen, what=audit.code, fields=PLAN_FIELDS)
    permit(audit, "plan", actor)
    known = {name: getattr(audit, name) for name in PLAN_FIELDS}
    changes = trail.changed(audit, _check({**known, **values}))
    if changes:
        trail.record(audit, "audit.changed", actor=actor, changes=changes)


def set_scope(
    audit: Audit,
    *,
    units: Collection[Unit],
    clauses: Collection[Clause],
    standards: Collection[Standard],
    actor: Any,
) -> None:
    """What the audit looks at. Units lie at or under the audited one."""
    permit(audit, "plan", actor)
    outside = [unit.name for unit in units if not unit.path.startswith(audit.unit.path)]
    if outside:
        raise RuleViolation(
            _(
                "%(names)s does not belong to %(unit)s.",
                names=", ".join(outside),
                unit=audit.unit.name,
            )
        )
    if len(clauses) + len(standards) > SCOPE_MOST:
        raise RuleViolation(_("An audit looks at most at %(num)s clauses and standards.", num=SCOPE_MOST))
    before = queries.scope_of(audit.id)
    chosen = list(units) or [audit.unit]
    session.execute(delete(Scope).where(Scope.audit_id == audit.id))
    session.add_all(Scope(audit_id=audit.id, unit_id=unit.id) for unit in chosen)
    session.add_all(Scope(audit_id=audit.id, clause_id=clause.id) for clause in clauses)
    session.add_all(Scope(audit_id=audit.id, standard_id=standard.id) for standard in standards)
    session.flush()
    changes = {
        "units": (_codes(before.units), _codes(chosen)),
        "clauses": (_numbers(before.clauses), _numbers(clauses)),
        "standards": (_codes(before.standards), _codes(standards)),
    }
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    if changes:
        trail.record(audit, "audit.scoped", actor=actor, changes=changes)


def _codes(things: Iterable[Any]) -> list[str]:
    return sorted(thing.code for thing in things)


def _numbers(clauses: Iterable[Clause]) -> list[str]:
    """At most so many as a line of history can hold, and how many there are."""
    named = sorted(f"{item.framework.designation} {item.number}" for item in clauses)
    return [*named[:40], f"… {len(named)}"] if len(named) > 40 else named


# --- team ----------------------------------------------------------------------------------------------------


def doubts_about(audit: Audit, person: Person) -> list[Reason]:
    return independence.doubts_of(audit, queries.scope_of(audit.id), [person])[person.id]


def staff(
    audit: Audit, person: Person, *, role: TeamRole | str = TeamRole.auditor, safeguard: str = "", actor: Any
) -> Member:
    """Take somebody into the team, or give them another role. Whoever answers must be independent, or a safeguard is
    written where independence is only in doubt."""
    permit(audit, "staff", actor)
    role = TeamRole(role)
    members = queries.members_of(audit.id)
    known = next((member for member in members if member.person_id == person.id), None)
    _fits(person, role)
    reasons = doubts_about(audit, person) if role in ANSWERING else []
    refusing = [item.text for item in reasons if item.doubt.refuses]
    if refusing:
        raise RuleViolation(
            _(
                "%(name)s can't audit here: %(reasons)s. Nobody audits their own work; choose somebody else.",
                name=person.name,
                reasons="; ".join(refusing),
            ),
            field="person_id",
        )
    safeguard = safeguard.strip()
    kept = list(known.accepted_doubts) if known is not None else []
    new = [item for item in reasons if item.key not in kept]
    if new and not safeguard:
        raise RuleViolation(
            _(
                "%(name)s may not be independent: %(reasons)s. Choose somebody else, or write how bias is kept out.",
                name=person.name,
                reasons="; ".join(item.text for item in new),
            ),
            field="safeguard",
        )
    if role == TeamRole.lead:
        _make_room(audit, members, person, actor=actor)
    if known is None:
        known = Member(audit_id=audit.id, person=person, role=str(role), accepted_doubts=[])
        session.add(known)
        trail.record(audit, "audit.staffed", actor=actor, changes={"person": person.name, "role": role})
    elif known.role != role:
        trail.record(
            audit,
            "audit.role_changed",
            actor=actor,
            changes={"person": person.name, "role": (known.role, str(role))},
        )
        known.role = str(role)
    if new:
        known.safeguard, known.safeguard_by_id = safeguard, actor.id
        known.accepted_doubts = [item.key for item in reasons]
        trail.record(
            audit,
            "audit.safeguarded",
            actor=actor,
            reason="; ".join(item.text for item in new),
            changes={"person": person.name, "safeguard": safeguard},
        )
    session.flush()
    return known


def _fits(person: Person, role: TeamRole) -> None:
    from accounts.queries import holdings_of

    person.holdings = holdings_of(person.id)
    if role in ANSWERING and not access.may(person, AUDIT):
        raise RuleViolation(
            _("%(name)s holds no role that audits; an administrator gives it.", name=person.name),
            field="person_id",
        )
    if not access.may(person, SEE):
        raise RuleViolation(
            _("%(name)s holds no role that reads audits; an administrator gives it.", name=person.name),
            field="person_id",
        )


def _make_room(audit: Audit, members: Iterable[Member], person: Person, *, actor: Any) -> None:
    """One lead: the former one stays as auditor."""
    for member in members:
        if member.role == TeamRole.lead and member.person_id != person.id:
            member.role = str(TeamRole.auditor)
            trail.record(
                audit,
                "audit.role_changed",
                actor=actor,
                changes={"person": member.person.name, "role": ("lead", "auditor")},
            )


def unstaff(audit: Audit, person_id: int, *, actor: Any) -> None:
    permit(audit, "staff", actor)
    member = next((item for item in queries.members_of(audit.id) if item.person_id == person_id), None)
    if member is None:
        raise RuleViolation(_("This person is not in the team."))
    trail.record(audit, "audit.unstaffed", actor=actor, changes={"person": member.person.name})
    session.delete(member)
    session.flush()
