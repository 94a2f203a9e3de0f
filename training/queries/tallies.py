"""How many stand how: of an occasion, a course, one's units."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from accounts.models import Person, Unit
from core import access
from core.db import session
from training.models import Assignment, AssignmentSet
from training.permissions import ASSIGN, SEE_RECORDS
from training.queries.assignments import late, today
from training.queries.courses import OPEN_STATES
from training.rules import State


@dataclass(frozen=True)
class Tally:
    """How many of an occasion stand how."""

    total: int = 0
    passed: int = 0
    open: int = 0
    late: int = 0
    other: int = 0  # waived, or no longer valid


def tallies(key: Any, *conditions: ColumnElement[bool]) -> dict[Any, Tally]:
    """Counts of assignments by a column (`Assignment.set_id`, `Person.unit_id`): one statement."""
    day = today()
    rows = session.execute(
        select(
            key,
            func.count(),
            func.count().filter(Assignment.state == State.passed.value),
            func.count().filter(Assignment.state.in_(OPEN_STATES)),
            func.count().filter(late(day)),
        )
        .select_from(Assignment)
        .join(Person, Person.id == Assignment.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(*conditions)
        .group_by(key)
    )
    return {row[0]: Tally(row[1], row[2], row[3], row[4], row[1] - row[2] - row[3]) for row in rows}


def tallies_of_sets(set_ids: Collection[int]) -> dict[int, Tally]:
    return tallies(Assignment.set_id, Assignment.set_id.in_(set_ids)) if set_ids else {}


def tallies_shown(course_id: int, person: Any, limit: int = 12) -> list[tuple[AssignmentSet, Tally]]:
    """The latest occasions of a course with their counts, of people whom the person may see: two statements."""
    sets = list(
        session.scalars(
            select(AssignmentSet)
            .where(AssignmentSet.course_id == course_id)
            .order_by(AssignmentSet.id.desc())
            .limit(limit)
        )
    )
    found = tallies(
        Assignment.set_id,
        Assignment.set_id.in_([item.id for item in sets]),
        access.scope(person, SEE_RECORDS, Unit.path),
    )
    return [(item, found[item.id]) for item in sets if item.id in found]


def tally_of_course(course_id: int, person: Any) -> Tally:
    found = tallies(
        Assignment.course_id,
        Assignment.course_id == course_id,
        access.scope(person, SEE_RECORDS, Unit.path),
    )
    return found.get(course_id, Tally())


def tally_within(person: Any) -> Tally:
    """All training of the people to whom one may assign: one statement."""
    day = today()
    row = session.execute(
        select(
            func.count(),
            func.count().filter(Assignment.state == State.passed.value),
            func.count().filter(Assignment.state.in_(OPEN_STATES)),
            func.count().filter(late(day)),
        )
        .select_from(Assignment)
        .join(Person, Person.id == Assignment.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(access.scope(person, ASSIGN, Unit.path))
    ).one()
    return Tally(row[0], row[1], row[2], row[3], row[0] - row[1] - row[2])
