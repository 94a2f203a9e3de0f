from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, defer, joinedload

from accounts.models import Person, Unit
from audits.models import Audit, Item, Member, Report, Scope
from audits.permissions import ACCEPT, AUDIT, PLAN, SEE
from audits.rules.states import ANSWERING, OPEN, Part, TeamRole
from core import access
from core.db import session
from core.errors import NotFound
from core.tables import matching
from core.trail import TrailEntry
from standards.models import Clause, Framework, Standard

Lead = aliased(Person)
_ScopeUnit = aliased(Unit)
_LEADING = aliased(Member)


def visible(reach: tuple[str, ...], me: Any) -> ColumnElement[bool]:
    """Audits of units in reach, of parts of them, and those of whose team the person `me` is; needs `Unit`."""
    if reach == ("/",):
        return access.within(reach, Unit.path)
    return or_(
        access.within(reach, Unit.path),
        exists().where(
            Scope.audit_id == Audit.id,
            Scope.unit_id == _ScopeUnit.id,
            access.within(reach, _ScopeUnit.path),
        ),
        exists().where(Member.audit_id == Audit.id, Member.person_id == me),
    )


def visible_to(person: Any) -> ColumnElement[bool]:
    """The same for statements that are made for one person."""
    return visible(access.reach(person, SEE), person.id)


def select_audits(person: Any) -> tuple[Select[Any], dict[str, Any]]:
    """Rows of the list (columns, no objects), and the values of its parameters."""
    reach = access.reach(person, SEE)
    return _select_audits(reach), {} if reach == ("/",) else {"me": person.id}


@lru_cache(maxsize=256)
def _select_audits(reach: tuple[str, ...]) -> Select[Any]:
    answered = (
        select(func.count())
        .where(Item.audit_id == Audit.id, Item.answered_at.is_not(None))
        .correlate(Audit)
        .scalar_subquery()
    )
    items = select(func.count()).where(Item.audit_id == Audit.id).correlate(Audit).scalar_subquery()
    raised = (
        select(func.count())
        .where(Item.audit_id == Audit.id, Item.finding_id.is_not(None))
        .correlate(Audit)
        .scalar_subquery()
    )
    columns: list[Any] = [
        Audit.id,
        Audit.code,
        Audit.kind,
        Audit.title_en,
        Audit.title_zh,
        Audit.state,
        Audit.starts_on,
        Audit.ends_on,
        Audit.repeat_months,
        Unit.name_en.label("unit_en"),
        Unit.name_zh.label("unit_zh"),
        Lead.name.label("lead_name"),
        answered.label("answered"),
        items.label("items"),
        raised.label("raised"),
    ]
    return (
        select(*columns)
        .select_from(Audit)
        .join(Unit, Unit.id == Audit.unit_id)
        .outerjoin(_LEADING, (_LEADING.audit_id == Audit.id) & (_LEADING.role == "lead"))
        .outerjoin(Lead, Lead.id == _LEADING.person_id)
        .where(visible(reach, bindparam("me", type_=Integer)))
    )


# Each page of an audit asks these; built once, they cost a part of what they would built anew.
_AUDIT = select(Audit).where(Audit.id == bindparam("audit", type_=Integer)).options(joinedload(Audit.unit))
_MEMBERS = (
    select(Member)
    .join(Member.person)
    .where(Member.audit_id == bindparam("audit", type_=Integer))
    .options(contains_eager(Member.person).joinedload(Person.unit), joinedload(Member.safeguard_by))
    .order_by(Person.name, Person.id)
)
_SCOPE = (
    select(Scope)
    .where(Scope.audit_id == bindparam("audit", type_=Integer))
    .options(
        joinedload(Scope.unit),
        joinedload(Scope.clause).options(
            defer(Clause.looks_for_en), defer(Clause.looks_for_zh), joinedload(Clause.framework)
        ),
        joinedload(Scope.standard).joinedload(Standard.unit),
    )
)


def get_audit(audit_id: int) -> Audit:
    found = session.scalar(_AUDIT, {"audit": audit_id})
    if found is None:
        raise NotFound
    return found


def get_audit_for(person: Any, audit_id: int) -> Audit:
    """The guarded door: an audit of a unit that the person may see, or of whose team they are."""
    found = get_audit(audit_id)
    if not access.may(person, SEE, found.unit.path) and not _is_seen(found, person):
        access.require(person, SEE, found.unit.path, what=found.code)
    return found


def find_audit_for(person: Any, audit_id: int) -> Audit | None:
    """The audit where `get_audit_for` would open it."""
    found = session.get(Audit, audit_id)
    if found is None or not (access.may(person, SEE, found.unit.path) or _is_seen(found, person)):
        return None
    return found


def _is_seen(audit: Audit, person: Any) -> bool:
    return bool(
        access.may(person, SEE)
        and session.scalar(
            select(Audit.id)
            .join(Unit, Unit.id == Audit.unit_id)
            .where(Audit.id == audit.id, visible_to(person))
        )
    )


def members_of(audit_id: int) -> list[Member]:
    """The team with its people and their units, the lead first."""
    found = session.scalars(_MEMBERS, {"audit": audit_id})
    order = list(TeamRole)
    return sorted(found, key=lambda member: order.index(TeamRole(member.role)))


def lead_of(members: Iterable[Member]) -> Member | None:
    return next((member for member in members if member.role == TeamRole.lead), None)


def parts_of(audit: Audit, person: Any, members: Iterable[Member]) -> set[Part]:
    parts: set[Part] = set()
    for member in members:
        if member.person_id == getattr(person, "id", None):
            parts.add(Part.team)
            if member.role in ANSWERING and access.may(person, AUDIT):  # the role may have been withdrawn
                parts.add(Part.auditor)
                if member.role == TeamRole.lead:
                    parts.add(Part.lead)
    if access.may(person, PLAN, audit.unit.path):
        parts.add(Part.manager)
    if access.may(person, ACCEPT, audit.unit.path):
        parts.add(Part.head)
    return parts


@dataclass
class AuditScope:
    """What an audit looks at, in reading order."""

    units: list[Unit] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    standards: list[Standard] = field(default_factory=list)

    @property
    def frameworks(self) -> list[Framework]:
        return list({clause.framework_id: clause.framework for clause in self.clauses}.values())

    def clauses_of(self, framework: Framework) -> list[Clause]:
        return [clause for clause in self.clauses if clause.framework_id == framework.id]


def scope_of(audit_id: int) -> AuditScope:
    """One statement."""
    rows = session.scalars(_SCOPE, {"audit": audit_id})
    found = AuditScope()
    for row in rows:
        if row.unit is not None:
            found.units.append(row.unit)
        elif row.clause is not None:
            found.clauses.append(row.clause)
        elif row.standard is not None:
            found.standards.append(row.standard)
    found.units.sort(key=lambda unit: unit.path)
    found.clauses.sort(key=lambda clause: (clause.framework.code, clause.sort_key))
    found.standards.sort(key=lambda standard: standard.code)
    return found


def find_next(audit: Audit) -> Audit | None:
    """The audit that repeats this one."""
    return session.scalar(select(Audit).where(Audit.follows_id == audit.id))


_MILESTONES = (
    "audit.planned",
    "audit.repeated",
    "audit.prepared",
    "audit.performed",
    "audit.resumed",
    "audit.reported",
    "audit.sent_back",
    "audit.accepted",
    "audit.closed",
    "audit.reopened",
    "audit.cancelled",
    "audit.safeguarded",
)


_MILES = (
    select(TrailEntry)
    .where(
        TrailEntry.object_type == Audit.__tablename__,
        TrailEntry.object_id == bindparam("audit", type_=Integer),
        TrailEntry.action.in_(_MILESTONES),
    )
    .order_by(TrailEntry.seq.desc())
    .limit(12)
)
_REPORTS = (
    select(Report)
    .where(Report.audit_id == bindparam("audit", type_=Integer))
    .options(joinedload(Report.file))
    .order_by(Report.id.desc())
    .limit(12)
)


def milestones(audit: Audit) -> list[TrailEntry]:
    """The last turns of its story, newest first."""
    return list(session.scalars(_MILES, {"audit": audit.id}))


def whole_history(audit: Audit, *, limit: int = 300) -> list[TrailEntry]:
    """Of the audit and its items, newest first."""
    items = select(Item.id).where(Item.audit_id == audit.id)
    return list(
        session.scalars(
            select(TrailEntry)
            .where(
                or_(
                    (TrailEntry.object_type == Audit.__tablename__) & (TrailEntry.object_id == audit.id),
                    (TrailEntry.object_type == Item.__tablename__) & TrailEntry.object_id.in_(items),
                )
            )
            .order_by(TrailEntry.seq.desc())
            .limit(limit)
        )
    )


def reports_of(audit_id: int) -> list[Report]:
    """Printed reports, the newest first."""
    return list(session.scalars(_REPORTS, {"audit": audit_id}))


def get_report(audit: Audit, report_id: int) -> Report:
    found = session.scalar(
        select(Report)
        .where(Report.id == report_id, Report.audit_id == audit.id)
        .options(joinedload(Report.file))
    )
    if found is None:
        raise NotFound
    return found


# --- beside other records ------------------------------------------------------------------------------------


def list_of_standard(standard_id: int, person: Any, *, limit: int = 6) -> list[Audit]:
    return _list_with(Scope.standard_id == standard_id, person, limit)


def list_of_clause(clause_id: int, person: Any, *, limit: int = 6) -> list[Audit]:
    return _list_with(Scope.clause_id == clause_id, person, limit)


def list_of_framework(framework_id: int, person: Any, *, limit: int = 6) -> list[Audit]:
    clauses = select(Clause.id).where(Clause.framework_id == framework_id)
    return _list_with(Scope.clause_id.in_(clauses), person, limit)


def _list_with(condition: ColumnElement[bool], person: Any, limit: int) -> list[Audit]:
    """Audits with something in their scope, the latest first."""
    return list(
        session.scalars(
            select(Audit)
            .join(Unit, Unit.id == Audit.unit_id)
            .where(
                Audit.id.in_(select(Scope.audit_id).where(condition)),
                Audit.state != "cancelled",
                visible_to(person),
            )
            .options(contains_eager(Audit.unit))
            .order_by(Audit.starts_on.desc(), Audit.id.desc())
            .limit(limit)
        )
    )


def list_now(person: Any, *, limit: int = 6) -> list[Any]:
    """For the overview: audits that are not over, own ones first, by their days, with how far they are."""
    mine = (
        select(Member.id)
        .where(Member.audit_id == Audit.id, Member.person_id == bindparam("me", type_=Integer))
        .correlate(Audit)
        .exists()
    )
    return list(
        session.execute(
            _select_audits(access.reach(person, SEE))
            .add_columns(mine.label("mine"))
            .where(Audit.state.in_([str(state) for state in OPEN]))
            .order_by(mine.desc(), Audit.starts_on, Audit.id)
            .limit(limit),
            {"me": person.id},
        )
    )


def names_of_teams(audit_ids: Collection[int]) -> dict[int, list[str]]:
    """Teams by audit, the lead auditor first. One statement."""
    names: dict[int, list[str]] = defaultdict(list)
    for audit_id, name in session.execute(
        select(Member.audit_id, Person.name)
        .join(Person, Person.id == Member.person_id)
        .where(Member.audit_id.in_(audit_ids))
        .order_by((Member.role == TeamRole.lead).desc(), Person.name)
    ):
        names[audit_id].append(name)
    return names


def search_audits(person: Any, words: str, limit: int) -> list[Audit]:
    statement = (
        select(Audit)
        .join(Unit, Unit.id == Audit.unit_id)
        .where(
            visible_to(person),
            matching(words, Audit.code, Audit.title_en, Audit.title_zh, Unit.name_en, Unit.name_zh),
        )
        .options(contains_eager(Audit.unit))
        .order_by(Audit.id.desc())
        .limit(limit)
    )
    return list(session.scalars(statement))


def list_for_calendar(person: Any, *, limit: int = 500) -> list[Audit]:
    return list(
        session.scalars(
            select(Audit)
            .join(Unit, Unit.id == Audit.unit_id)
            .where(visible_to(person))
            .options(contains_eager(Audit.unit))
            .order_by(Audit.starts_on.desc(), Audit.id.desc())
            .limit(limit)
        )
    )
