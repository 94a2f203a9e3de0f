"""What a checklist is made from: clauses as they apply to a unit, requirements in force, earlier findings."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from accounts.models import Unit
from audits.models import Item
from audits.queries.audits import AuditScope
from core import access, clock
from core.db import session
from improvement.models import Finding
from standards.models import Applicability, Clause, Requirement, Standard, Version


def guidance_adopted(unit: Unit, clause_ids: Sequence[int]) -> set[int]:
    """Clauses that this unit or one above it has adopted as a criterion."""
    above = [int(part) for part in unit.path.strip("/").split("/") if part]
    return set(
        session.scalars(
            select(Applicability.clause_id).where(
                Applicability.clause_id.in_(clause_ids),
                Applicability.unit_id.in_(above),
                Applicability.adopted.is_(True),
            )
        )
    )


def not_applicable(unit: Unit, clause_ids: Sequence[int]) -> set[int]:
    """Clauses that the unit, or the nearest above it that decided, has declared not to apply."""
    above = [int(part) for part in unit.path.strip("/").split("/") if part]
    rows = session.execute(
        select(Applicability.clause_id, Applicability.unit_id, Applicability.applicable).where(
            Applicability.clause_id.in_(clause_ids),
            Applicability.unit_id.in_(above),
            Applicability.standard_id.is_(None),
        )
    )
    nearest: dict[int, tuple[int, bool]] = {}
    for clause_id, unit_id, applicable in rows:
        depth = above.index(unit_id)
        if clause_id not in nearest or nearest[clause_id][0] < depth:
            nearest[clause_id] = (depth, applicable)
    return {clause_id for clause_id, (_depth, applicable) in nearest.items() if not applicable}


def requirements_in_force(standard_ids: Sequence[int]) -> list[tuple[Standard, Requirement]]:
    """Requirements of the versions in force, in reading order."""
    rows = session.execute(
        select(Standard, Requirement)
        .join(Version, Version.standard_id == Standard.id)
        .join(Requirement, Requirement.version_id == Version.id)
        .where(Standard.id.in_(standard_ids), Version.state == "effective")
        .order_by(Standard.code, Requirement.position, Requirement.id)
    )
    return [(row[0], row[1]) for row in rows]


def earlier_findings(scope: AuditScope, *, months: int = 24, limit: int = 60) -> list[Finding]:
    """What was found in the units of the scope, or about its standards and clauses, and was remedied or still is."""
    horizon = clock.now() - timedelta(days=31 * months)
    about: list[Any] = [access.under(Unit.path, unit.path) for unit in scope.units]
    statement = (
        select(Finding)
        .join(Unit, Unit.id == Finding.unit_id)
        .where(
            or_(*about) if about else Unit.id < 0,
            Finding.raised_at >= horizon,
            Finding.grade.in_(("major", "minor")),
            Finding.state.in_(("accepted", "verified", "closed")),
        )
        .options(joinedload(Finding.ticket))
        .order_by(Finding.raised_at.desc(), Finding.id.desc())
        .limit(limit)
    )
    narrow: list[Any] = []
    if scope.standards:
        narrow.append(Finding.standard_id.in_([item.id for item in scope.standards]))
    if scope.clauses:
        narrow.append(Finding.clause_id.in_([item.id for item in scope.clauses]))
    if narrow:
        statement = statement.where(
            or_(*narrow, (Finding.standard_id.is_(None)) & (Finding.clause_id.is_(None)))
        )
    return list(session.scalars(statement))


def known_sources(audit_id: int) -> set[tuple[str, int, str]]:
    """What the checklist asks about already: (source, id, question), so that generating again adds only what is new."""
    rows = session.execute(
        select(
            Item.source,
            Item.clause_id,
            Item.requirement_id,
            Item.earlier_id,
            Item.question_en,
            Item.question_zh,
        ).where(Item.audit_id == audit_id)
    )
    return {(row[0], row[1] or row[2] or row[3] or 0, row[4] or row[5]) for row in rows}


def last_position(audit_id: int) -> int:
    return session.scalar(select(func.max(Item.position)).where(Item.audit_id == audit_id)) or 0


def clauses_of_frameworks(framework_ids: Sequence[int]) -> list[Clause]:
    rows = session.scalars(
        select(Clause).where(Clause.framework_id.in_(framework_ids)).options(joinedload(Clause.framework))
    )
    return sorted(rows, key=lambda clause: (clause.framework.code, clause.sort_key))
