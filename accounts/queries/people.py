"""People, and the list of them."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from accounts.models import Grant, Person, Unit, UserSession
from accounts.queries.grants import in_force
from accounts.queries.organisations import today
from accounts.rules import normal_email
from core import access
from core.access import Permission
from core.db import get_record, session
from core.errors import NotFound
from core.tables import matching


def find_person_by_email(email: str) -> Person | None:
    return session.scalar(select(Person).where(Person.email == normal_email(email)))


def get_person_by_email(email: str) -> Person:
    found = find_person_by_email(email)
    if found is None:
        raise NotFound
    return found


def get_person(person_id: int) -> Person:
    return get_record(Person, person_id)


def get_person_for(actor: Any, person_id: int, needed: Permission) -> Person:
    """The guarded door: a person of a unit where the actor holds the permission."""
    found = get_person(person_id)
    access.require(actor, needed, found.unit.path, what=found.name)
    return found


def list_people(*, active_only: bool = True, limit: int = 2000) -> list[Person]:
    statement = select(Person).order_by(Person.name, Person.id).limit(limit)
    if active_only:
        statement = statement.where(Person.active.is_(True))
    return list(session.scalars(statement))


def people_rows(actor: Any, needed: Permission) -> Any:
    """The SELECT of the list of people, restricted to where the actor holds the permission."""
    roles = (
        select(func.aggregate_strings(Grant.role, ","))
        .where(Grant.person_id == Person.id, *in_force(today()))
        .correlate(Person)
        .scalar_subquery()
    )
    return (
        select(
            Person.id,
            Person.name,
            Person.email,
            Person.language,
            Person.active,
            (Person.password_hash != "").label("has_password"),
            Unit.id.label("unit_id"),
            Unit.name_en,
            Unit.name_zh,
            Unit.code,
            roles.label("roles"),
            LAST_SIGN_IN.label("last_sign_in"),
        )
        .join(Unit, Unit.id == Person.unit_id)
        .where(access.scope(actor, needed, Unit.path))
    )


LAST_SIGN_IN = (
    select(func.max(UserSession.created_at))
    .where(UserSession.person_id == Person.id)
    .correlate(Person)
    .scalar_subquery()
)


def search_people(actor: Any, needed: Permission, words: str, limit: int) -> list[Person]:
    statement = (
        select(Person)
        .join(Unit, Unit.id == Person.unit_id)
        .options(joinedload(Person.unit))
        .where(
            Person.active.is_(True),
            access.scope(actor, needed, Unit.path),
            matching(words, Person.name, Person.email),
        )
    )
    return list(session.scalars(statement.order_by(Person.name, Person.id).limit(limit)))


def count_people_by_unit() -> dict[int, int]:
    rows = session.execute(
        select(Person.unit_id, func.count()).where(Person.active.is_(True)).group_by(Person.unit_id)
    )
    return {row[0]: row[1] for row in rows}


def list_people_of(unit: Unit, limit: int = 200) -> list[Person]:
    return list(
        session.scalars(
            select(Person)
            .where(Person.unit_id == unit.id, Person.active.is_(True))
            .order_by(Person.name, Person.id)
            .limit(limit)
        )
    )
