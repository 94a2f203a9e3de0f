"""Roles given to people at units."""

from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from accounts.models import Grant, Person, Unit
from accounts.queries.organisations import today
from core.access import Permission
from core.db import get_record, session


def in_force(day: date) -> tuple[Any, ...]:
    """Conditions of a grant that holds on a day."""
    return (
        Grant.revoked_at.is_(None),
        or_(Grant.from_date.is_(None), Grant.from_date <= day),
        or_(Grant.until_date.is_(None), Grant.until_date > day),
    )


def people_with(needed: Permission, unit_path: str | None = None, *, limit: int = 500) -> list[Person]:
    """Active people who hold a permission over a unit, e.g. possible approvers; by name."""
    statement = (
        select(Person)
        .join(Grant, Grant.person_id == Person.id)
        .join(Unit, Unit.id == Grant.unit_id)
        .where(
            Person.active.is_(True),
            Grant.role.in_(sorted(needed.roles)),
            *in_force(today()),
        )
        .distinct()
        .order_by(Person.name, Person.id)
        .limit(limit)
    )
    if unit_path is not None:
        parts = unit_path.strip("/").split("/")
        above = ["/" + "/".join(parts[: count + 1]) + "/" for count in range(len(parts))]
        statement = statement.where(Unit.path.in_(above))
    return list(session.scalars(statement))


def list_grants(person: Person) -> list[Grant]:
    return list(
        session.scalars(
            select(Grant)
            .where(Grant.person_id == person.id)
            .options(joinedload(Grant.unit))
            .order_by(Grant.revoked_at.is_not(None), Grant.id)
        )
    )


def list_holders(unit: Unit) -> list[Grant]:
    """Roles given at exactly this unit and in force, for its page."""
    return list(
        session.scalars(
            select(Grant)
            .where(Grant.unit_id == unit.id, *in_force(today()))
            .join(Person, Person.id == Grant.person_id)
            .where(Person.active.is_(True))
            .options(joinedload(Grant.person))
            .order_by(Grant.role, Person.name)
            .limit(200)
        )
    )


def get_grant(grant_id: int) -> Grant:
    return get_record(Grant, grant_id)
