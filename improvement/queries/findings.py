from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from accounts.models import Person, Unit
from accounts.queries import get_place
from core import access, clock
from core.db import get_record, session
from core.errors import NotFound, NotPermitted
from core.figures import Figure
from core.kept import Kept
from core.records import known, reading
from core.tables import matching
from improvement.models import Finding, Ticket
from improvement.permissions import SEE, TRIAGE
from improvement.rules.findings import OPEN
from standards.models import Applicability, Clause, Framework, Requirement, Standard, Version

Owner = aliased(Person)


def visible_to(person: Any) -> ColumnElement[bool]:
    """Findings of the units where the person may see them, and their own; needs `Unit` in the statement."""
    return or_(access.scope(person, SEE, Unit.path), Finding.raised_by_id == person.id)


def select_findings(person: Any) -> tuple[Any, dict[str, Any]]:
    """Rows of the inbox (columns, no objects), and the values of its parameters."""
    return _select_findings(access.reach(person, SEE)), {"me": person.id}


@lru_cache(maxsize=256)
def _select_findings(reach: tuple[str, ...]) -> Any:
    return (
        select(
            Finding.id,
            Finding.code,
            Finding.statement_en,
            Finding.statement_zh,
            Finding.origin,
            Finding.grade,
            Finding.state,
            Finding.requirement_code,
            Finding.raised_at,
            Finding.due,
            Standard.id.label("standard_id"),
            Standard.code.label("standard_code"),
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
            Owner.name.label("owner_name"),
            Ticket.id.label("ticket_id"),
            Ticket.code.label("ticket_code"),
        )
        .select_from(Finding)
        .outerjoin(Unit, Unit.id == Finding.unit_id)
        .outerjoin(Standard, Standard.id == Finding.standard_id)
        .outerjoin(Owner, Owner.id == Finding.owner_id)
        .outerjoin(Ticket, Ticket.id == Finding.ticket_id)
        .where(or_(access.within(reach, Unit.path), Finding.raised_by_id == bindparam("me", type_=Integer)))
    )


def get_finding(finding_id: int) -> Finding:
    return get_record(Finding, finding_id)


def get_finding_for(person: Any, finding_id: int) -> Finding:
    """The guarded door: a finding of a unit that the person may see, or raised by them."""
    found = session.scalar(
        select(Finding)
        .where(Finding.id == finding_id)
        .options(joinedload(Finding.unit), joinedload(Finding.owner), joinedload(Finding.ticket))
    )
    if found is None:
        raise NotFound
    if not may_see(person, found):
        raise NotPermitted(found.code, who=sorted(SEE.roles))
    return found


def may_see(person: Any, finding: Finding) -> bool:
    """A finding of a unit where the person may see them, or their own."""
    own = finding.raised_by_id == person.id
    return access.may(person, SEE, None if own else finding.unit.path)


def get_finding_to_correct(person: Any, finding_id: int) -> Finding:
    """The guarded door of corrections: for whoever recorded it and for those who triage its unit."""
    row = reading(Finding).first(session.connection(), of_id=finding_id)
    if row is None:
        raise NotFound
    found = known(Finding, row._asdict())
    if found.raised_by_id != person.id:
        access.require(person, TRIAGE, get_place(found.unit_id).path, what=found.code)
    return found


def find_by_code(code: str) -> Finding | None:
    return session.scalar(select(Finding).where(Finding.code == code))


def find_by_key(key: str) -> Finding | None:
    return session.scalar(select(Finding).where(Finding.dedup_key == key))


def figures_of(stored: Sequence[dict[str, Any]]) -> list[Figure]:
    return [Figure.from_json(item) for item in stored]


def find_requirement(standard_id: int | None, code: str) -> Requirement | None:
    """The requirement as it stands in the version in force, or in the newest."""
    if not standard_id or not code:
        return None
    return session.scalar(
        select(Requirement)
        .join(Version, Version.id == Requirement.version_id)
        .where(Version.standard_id == standard_id, Requirement.code == code)
        .order_by((Version.state == "effective").desc(), Version.number.desc())
        .limit(1)
    )


def find_clause(clause_id: int | None) -> Clause | None:
    if not clause_id:
        return None
    return session.scalar(select(Clause).where(Clause.id == clause_id).options(joinedload(Clause.framework)))


def is_guidance_only(clause_id: int | None, unit: Unit) -> bool:
    """A clause that says "should" and that no unit above (or this one) has adopted as a criterion."""
    if not clause_id:
        return False
    nature = session.scalar(
        select(Framework.nature)
        .join(Clause, Clause.framework_id == Framework.id)
        .where(Clause.id == clause_id)
    )
    if nature != "guidance":
        return False
    above = [int(part) for part in unit.path.strip("/").split("/") if part]
    adopted = session.scalar(
        select(func.count())
        .select_from(Applicability)
        .where(
            Applicability.clause_id == clause_id,
            Applicability.unit_id.in_(above),
            Applicability.adopted.is_(True),
        )
    )
    return not adopted


def list_merged_into(finding: Finding) -> list[Finding]:
    return list(
        session.scalars(select(Finding).where(Finding.merged_into_id == finding.id).order_by(Finding.id))
    )


def list_of_ticket(ticket_id: int) -> list[Finding]:
    return list(
        session.scalars(select(Finding).where(Finding.ticket_id == ticket_id).order_by(Finding.id).limit(200))
    )


def list_open_of_standard(standard_id: int, person: Any, *, limit: int = 50) -> list[Finding]:
    return list(
        session.scalars(
            select(Finding)
            .join(Unit, Unit.id == Finding.unit_id)
            .where(
                Finding.standard_id == standard_id,
                Finding.state.in_([str(state) for state in OPEN]),
                visible_to(person),
            )
            .options(joinedload(Finding.ticket))
            .order_by(Finding.raised_at.desc())
            .limit(limit)
        )
    )


def list_open_of_clause(clause_id: int, person: Any, *, limit: int = 20) -> list[Finding]:
    return list(
        session.scalars(
            select(Finding)
            .join(Unit, Unit.id == Finding.unit_id)
            .where(
                Finding.clause_id == clause_id,
                Finding.state.in_([str(state) for state in OPEN]),
                visible_to(person),
            )
            .order_by(Finding.raised_at.desc())
            .limit(limit)
        )
    )


def list_to_triage(person: Any, *, limit: int = 20) -> list[Any]:
    """For tasks: the most urgent findings that this person may triage."""
    if not access.may(person, TRIAGE):
        return []
    return list(
        session.execute(
            select(Finding.id, Finding.code, Finding.statement_en, Finding.statement_zh, Finding.due)
            .join(Unit, Unit.id == Finding.unit_id)
            .where(Finding.state == "new", access.scope(person, TRIAGE, Unit.path))
            .order_by(Finding.due.is_(None), Finding.due, Finding.id)
            .limit(limit)
        )
    )


def search_findings(person: Any, words: str, limit: int, *, open_only: bool = False) -> list[Any]:
    statement = (
        select(
            Finding.id,
            Finding.code,
            Finding.statement_en,
            Finding.statement_zh,
            Finding.state,
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
        )
        .join(Unit, Unit.id == Finding.unit_id)
        .where(visible_to(person))
        .order_by(Finding.id.desc())
        .limit(limit)
    )
    if open_only:
        statement = statement.where(Finding.state.in_([str(state) for state in OPEN]))
    statement = statement.where(matching(words, Finding.code, Finding.statement_en, Finding.statement_zh))
    return list(session.execute(statement))


_STANDARDS = Kept(select(Standard.id, Standard.code).order_by(Standard.code).limit(500))


def standards_with_findings() -> list[tuple[int, str]]:
    """For the filter of the inbox: id and code, one statement."""
    return [(number, code) for number, code in _STANDARDS.all(session.connection())]


def today() -> date:
    return clock.now().date()
