from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from accounts.models import Person, Unit
from core import access
from core.access import Permission
from core.db import session
from core.tables import matching
from standards.models import Requirement, Standard, Version
from standards.queries.mapping import at_under_or_above
from standards.queries.standards import seen_by
from standards.rules.versions import OPEN, VersionState

InForce = aliased(Version, name="in_force")
Coming = aliased(Version, name="coming")


def standards_statement(person: Any) -> Any:
    """The rows of the list page: a standard with its version in force and the one on its way."""
    return (
        select(
            Standard.id,
            Standard.code,
            Standard.title_en,
            Standard.title_zh,
            Standard.grouping,
            Standard.withdrawn_at,
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
            Person.name.label("owner"),
            InForce.number.label("number"),
            InForce.state.label("state"),
            InForce.effective_from.label("since"),
            InForce.review_date.label("review"),
            Coming.number.label("coming_number"),
            Coming.state.label("coming_state"),
        )
        .join(Unit, Unit.id == Standard.unit_id)
        .join(Person, Person.id == Standard.owner_id)
        .outerjoin(InForce, and_(InForce.standard_id == Standard.id, InForce.state == VersionState.effective))
        .outerjoin(Coming, and_(Coming.standard_id == Standard.id, Coming.state.in_(OPEN)))
        .where(seen_by(person, Unit.path))
    )


def find_standards(person: Any, words: str, limit: int) -> list[Standard]:
    statement = (
        select(Standard)
        .join(Unit, Unit.id == Standard.unit_id)
        .where(
            seen_by(person, Unit.path),
            matching(
                words,
                Standard.code,
                Standard.title_en,
                Standard.title_zh,
                Standard.service_en,
                Standard.service_zh,
            ),
        )
        .order_by(Standard.code)
        .limit(limit)
    )
    return list(session.scalars(statement))


def list_standards_near(path: str, *, limit: int = 500) -> list[Standard]:
    """Standards of a unit, of its parts and of the units above it, whose promises it keeps too."""
    return list(
        session.scalars(
            select(Standard)
            .join(Standard.unit)
            .where(at_under_or_above(Unit.path, path), Standard.withdrawn_at.is_(None))
            .options(contains_eager(Standard.unit))
            .order_by(Standard.code)
            .limit(limit)
        )
    )


def list_in_force_for(path: str, *, limit: int = 8) -> list[Any]:
    """Standards in force of a unit, those above and those below it; of the nearest unit and the newest first."""
    parts = path.strip("/").split("/")
    above = ["/" + "/".join(parts[: count + 1]) + "/" for count in range(len(parts))]
    promises = (
        select(func.count())
        .select_from(Requirement)
        .where(Requirement.version_id == InForce.id)
        .correlate(InForce)
        .scalar_subquery()
    )
    return list(
        session.execute(
            select(
                Standard.id,
                Standard.code,
                Standard.title_en,
                Standard.title_zh,
                Unit.name_en.label("unit_en"),
                Unit.name_zh.label("unit_zh"),
                InForce.number,
                InForce.effective_from.label("since"),
                promises.label("promises"),
            )
            .join(Unit, Unit.id == Standard.unit_id)
            .join(InForce, and_(InForce.standard_id == Standard.id, InForce.state == VersionState.effective))
            .where(or_(Unit.path.in_(above), access.under(Unit.path, path)), Standard.withdrawn_at.is_(None))
            .order_by(func.length(Unit.path).desc(), InForce.effective_from.desc(), Standard.id)
            .limit(limit)
        )
    )


def list_in_review(person: Any, needed: Permission) -> list[Version]:
    return list(
        session.scalars(
            select(Version)
            .join(Standard, Standard.id == Version.standard_id)
            .join(Unit, Unit.id == Standard.unit_id)
            .where(Version.state == VersionState.in_review, access.scope(person, needed, Unit.path))
            .options(joinedload(Version.standard))
            .order_by(Version.submitted_at)
            .limit(100)
        )
    )


def list_review_due(person: Any, until: date) -> list[Version]:
    """Versions in force of standards this person owns whose review date is near or past, with no draft on its way."""
    return list(
        session.scalars(
            select(Version)
            .join(Standard, Standard.id == Version.standard_id)
            .where(
                Version.state == VersionState.effective,
                Version.review_date <= until,
                Standard.owner_id == person.id,
                ~select(Coming.id).where(Coming.standard_id == Standard.id, Coming.state.in_(OPEN)).exists(),
            )
            .options(joinedload(Version.standard))
            .order_by(Version.review_date)
            .limit(100)
        )
    )


def owner_choices() -> list[tuple[int, str]]:
    """People who own a standard, for the filter."""
    rows = session.execute(
        select(Person.id, Person.name)
        .where(Person.id.in_(select(Standard.owner_id)))
        .order_by(Person.name)
        .limit(500)
    )
    return [(row[0], row[1]) for row in rows]


def list_sent_back(person: Any) -> list[Version]:
    """Drafts of this person that came back with comments."""
    return list(
        session.scalars(
            select(Version)
            .where(
                Version.state == VersionState.draft,
                Version.author_id == person.id,
                Version.review_comment != "",
            )
            .options(joinedload(Version.standard))
            .order_by(Version.id)
            .limit(50)
        )
    )
