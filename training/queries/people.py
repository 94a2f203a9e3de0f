"""Who a rule or an assignment means."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select

from accounts.models import Grant, Person, Unit
from accounts.queries import in_force, today
from core import access
from core.db import session
from training.models import Assignment
from training.permissions import ASSIGN
from training.rules import OPEN

PEOPLE_MOST = 2_000


def with_role(role: str) -> ColumnElement[bool]:
    """People who hold a role today, wherever."""
    return exists().where(Grant.person_id == Person.id, Grant.role == role, *in_force(today()))


def _meant(path: str, role: str) -> Select[Any]:
    statement = (
        select(Person)
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.active.is_(True), access.under(Unit.path, path))
        .order_by(Person.name, Person.id)
        .limit(PEOPLE_MOST + 1)
    )
    return statement.where(with_role(role)) if role else statement


def list_meant(path: str, role: str = "") -> list[Person]:
    """Active people of a unit and below, with a role or all; one more than may be assigned at once shows an excess."""
    return list(session.scalars(_meant(path, role)))


def list_assignable(actor: Any) -> list[Person]:
    """Whom the actor may assign training to."""
    return list(
        session.scalars(
            select(Person)
            .join(Unit, Unit.id == Person.unit_id)
            .where(Person.active.is_(True), access.scope(actor, ASSIGN, Unit.path))
            .order_by(Person.name, Person.id)
            .limit(PEOPLE_MOST)
        )
    )


def list_by_ids(numbers: Collection[int]) -> list[Person]:
    """Active people by number, with their units."""
    return list(
        session.scalars(
            select(Person)
            .where(Person.id.in_(sorted(numbers)[: PEOPLE_MOST + 1]), Person.active.is_(True))
            .order_by(Person.name, Person.id)
        )
    )


def having(course_id: int, people: Collection[int], *, states: Collection[str]) -> set[int]:
    """Of these people, who has the course in one of these states."""
    return set(
        session.scalars(
            select(Assignment.person_id).where(
                Assignment.course_id == course_id,
                Assignment.person_id.in_(people),
                Assignment.state.in_(states),
            )
        )
    )


def having_open(course_id: int, people: Collection[int]) -> set[int]:
    return having(course_id, people, states=[str(state) for state in OPEN])


def passed_since(course_id: int, people: Collection[int], since: Any) -> set[int]:
    """Of these people, who passed the course at or after a moment (None: ever) and still holds it."""
    statement = select(Assignment.person_id).where(
        Assignment.course_id == course_id,
        Assignment.person_id.in_(people),
        Assignment.state == "passed",
    )
    if since is not None:
        statement = statement.where(Assignment.passed_at >= since)
    return set(session.scalars(statement))
