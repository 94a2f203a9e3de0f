"""Standards in force with their promises and signatures, as a pack prints them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from accounts.models import Person, Unit
from certification.queries.clauses import statement_of
from certification.rules.clauses import Both
from core.db import session
from core.signing import Signature
from standards.models import Calendar, Clause, Mapping, Requirement, Standard, Version
from standards.queries.mapping import at_under_or_above
from standards.rules.versions import VersionState


@dataclass(frozen=True)
class Signed:
    name: str
    meaning: str
    at: datetime
    content_hash: str


@dataclass(frozen=True)
class PrintedRequirement:
    id: int
    code: str
    kind: str
    statement: Both
    dimension: str
    kano: str
    target: float | None
    calendar: Both
    verification: str
    evidence: str
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class PrintedStandard:
    id: int
    code: str
    title: Both
    service: Both
    unit: Both
    owner: str
    grouping: str
    version_id: int
    number: int
    effective_from: datetime | None
    review_date: date | None
    purpose: Both
    changes: Both
    author: str
    approver: str
    approved_at: datetime | None
    signatures: tuple[Signed, ...]
    requirements: tuple[PrintedRequirement, ...]

    @property
    def requirement_count(self) -> int:
        return len(self.requirements)


def standards_in_force(unit: Unit, framework_id: int) -> list[PrintedStandard]:
    """Every standard that holds at a unit, with the version in force, its promises and signatures. Four statements."""
    owner, author, approver = aliased(Person), aliased(Person), aliased(Person)
    rows = session.execute(
        select(Version, Standard, Unit, owner.name, author.name, approver.name)
        .join(Standard, Standard.id == Version.standard_id)
        .join(Unit, Unit.id == Standard.unit_id)
        .join(owner, owner.id == Standard.owner_id)
        .outerjoin(author, author.id == Version.author_id)
        .outerjoin(approver, approver.id == Version.approver_id)
        .where(
            Version.state == VersionState.effective,
            Standard.withdrawn_at.is_(None),
            at_under_or_above(Unit.path, unit.path),
        )
        .order_by(Standard.code)
        .limit(1000)
    ).all()
    versions = [row[0].id for row in rows]
    requirements = _requirements(versions, framework_id)
    signatures = _signatures(versions)
    return [
        PrintedStandard(
            id=standard.id,
            code=standard.code,
            title=Both(standard.title_en, standard.title_zh),
            service=Both(standard.service_en, standard.service_zh),
            unit=Both(home.name_en, home.name_zh),
            owner=owner_name,
            grouping=standard.grouping,
            version_id=version.id,
            number=version.number,
            effective_from=version.effective_from,
            review_date=version.review_date,
            purpose=Both(version.purpose_en, version.purpose_zh),
            changes=Both(version.change_summary_en, version.change_summary_zh),
            author=author_name or "",
            approver=approver_name or "",
            approved_at=version.approved_at,
            signatures=tuple(signatures[version.id]),
            requirements=tuple(requirements[version.id]),
        )
        for version, standard, home, owner_name, author_name, approver_name in rows
    ]


def _requirements(versions: list[int], framework_id: int) -> dict[int, list[PrintedRequirement]]:
    numbers: dict[int, list[str]] = defaultdict(list)
    for requirement_id, number in session.execute(
        select(Mapping.requirement_id, Clause.number)
        .join(Clause, Clause.id == Mapping.clause_id)
        .join(Requirement, Requirement.id == Mapping.requirement_id)
        .where(Clause.framework_id == framework_id, Requirement.version_id.in_(versions))
        .order_by(Clause.sort_key)
    ):
        numbers[requirement_id].append(number)
    found: dict[int, list[PrintedRequirement]] = defaultdict(list)
    for row, calendar in session.execute(
        select(Requirement, Calendar)
        .outerjoin(Calendar, Calendar.id == Requirement.calendar_id)
        .where(Requirement.version_id.in_(versions))
        .order_by(Requirement.position, Requirement.code)
    ):
        found[row.version_id].append(
            PrintedRequirement(
                id=row.id,
                code=row.code,
                kind=row.kind,
                statement=statement_of(row),
                dimension=row.dimension,
                kano=row.kano,
                target=row.target,
                calendar=Both(calendar.name_en, calendar.name_zh) if calendar else Both(),
                verification=row.verification,
                evidence=row.evidence_expected,
                clauses=tuple(numbers[row.id]),
            )
        )
    return found


def _signatures(versions: list[int]) -> dict[int, list[Signed]]:
    found: dict[int, list[Signed]] = defaultdict(list)
    for row in session.scalars(
        select(Signature)
        .where(Signature.object_type == Version.__tablename__, Signature.object_id.in_(versions))
        .order_by(Signature.at, Signature.id)
    ):
        found[row.object_id].append(Signed(row.signer_name, row.meaning, row.at, row.content_hash))
    return found
