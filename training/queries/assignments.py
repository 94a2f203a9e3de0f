from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from accounts.models import Person, Unit
from core import access, clock
from core.db import session
from core.errors import NotFound
from core.i18n import zone
from core.kept import Kept
from core.tables import matching
from improvement.models import Ticket
from standards.models import Standard, Version
from training.models import (
    Assignment,
    AssignmentSet,
    Attempt,
    CompetenceProof,
    Course,
    CourseVersion,
)
from training.permissions import ASSIGN, SEE_RECORDS
from training.queries.courses import OPEN_STATES
from training.rules import State

Taken = aliased(CourseVersion)


def today() -> date:
    """The day where the organisation (or the person) is."""
    return clock.now().astimezone(zone()).date()


def select_assignments(person: Any, *, own: bool = False) -> Any:
    """The list for those who see records; restricted to the people of their units, with `own` also the person."""
    visible = access.scope(person, SEE_RECORDS, Unit.path)
    if own:
        visible = or_(visible, Assignment.person_id == person.id)
    return (
        select(
            Assignment.id,
            Assignment.code,
            Assignment.state,
            Assignment.due,
            Assignment.score,
            Assignment.passed_at,
            Assignment.valid_until,
            Assignment.assigned_at,
            Person.id.label("person_id"),
            Person.name.label("person"),
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
            Course.id.label("course_id"),
            Course.code.label("course_code"),
            Course.title_en,
            Course.title_zh,
            Taken.number.label("version"),
            AssignmentSet.reason,
            Standard.code.label("standard_code"),
            Version.number.label("standard_version"),
            Ticket.code.label("ticket_code"),
        )
        .select_from(Assignment)
        .join(Person, Person.id == Assignment.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .join(Course, Course.id == Assignment.course_id)
        .join(AssignmentSet, AssignmentSet.id == Assignment.set_id)
        .outerjoin(Taken, Taken.id == Assignment.version_id)
        .outerjoin(Version, Version.id == AssignmentSet.standard_version_id)
        .outerjoin(Standard, Standard.id == Version.standard_id)
        .outerjoin(Ticket, Ticket.id == AssignmentSet.ticket_id)
        .where(visible)
    )


def late(day: date) -> ColumnElement[bool]:
    return and_(Assignment.state.in_(OPEN_STATES), Assignment.due < day)


def get_assignment(assignment_id: int) -> Assignment:
    found = session.scalar(
        select(Assignment)
        .where(Assignment.id == assignment_id)
        .options(
            joinedload(Assignment.person).joinedload(Person.unit),
            joinedload(Assignment.course).joinedload(Course.unit),
            joinedload(Assignment.version),
            joinedload(Assignment.occasion),
        )
    )
    if found is None:
        raise NotFound
    return found


def get_assignment_for(person: Any, assignment_id: int) -> Assignment:
    """The guarded door: one's own, or of people in units where one may see records."""
    found = get_assignment(assignment_id)
    if found.person_id != person.id:
        access.require(person, SEE_RECORDS, found.person.unit.path, what=found.code)
    return found


def get_own_assignment(person: Any, assignment_id: int) -> Assignment:
    """For what only the learner does; to everybody else it does not exist."""
    found = get_assignment(assignment_id)
    if found.person_id != person.id:
        raise NotFound
    return found


@dataclass(frozen=True)
class Why:
    """The occasion of an assignment with what it points at."""

    occasion: AssignmentSet
    standard: Standard | None
    version: Version | None
    ticket: Ticket | None


def whys(set_ids: Iterable[int]) -> dict[int, Why]:
    """Occasions by number: one statement."""
    rows = session.execute(
        select(AssignmentSet, Standard, Version, Ticket)
        .outerjoin(Version, Version.id == AssignmentSet.standard_version_id)
        .outerjoin(Standard, Standard.id == Version.standard_id)
        .outerjoin(Ticket, Ticket.id == AssignmentSet.ticket_id)
        .where(AssignmentSet.id.in_(set(set_ids)))
        .options(joinedload(Ticket.unit))
    )
    return {row[0].id: Why(row[0], row[1], row[2], row[3]) for row in rows}


def list_own(person: Any, *, open_only: bool = False, limit: int = 200) -> list[Assignment]:
    """A person's training: what is open by date, then what is past."""
    statement = (
        select(Assignment)
        .join(Assignment.course)
        .where(Assignment.person_id == person.id)
        .options(contains_eager(Assignment.course), joinedload(Assignment.version))
        .order_by(
            Assignment.state.not_in(OPEN_STATES),
            Assignment.due.is_(None),
            Assignment.due,
            Assignment.id,
        )
        .limit(limit)
    )
    if open_only:
        statement = statement.where(Assignment.state.in_(OPEN_STATES))
    return list(session.scalars(statement))


@dataclass(frozen=True)
class ToTake:
    """A course that a person has to take, on one or several occasions: passing it once settles all of them."""

    item: Assignment  # the one begun, else the most urgent
    due: date | None  # the earliest
    others: tuple[Assignment, ...]


_FIRST = (State.started, State.assigned, State.failed)


def by_course(items: Iterable[Assignment]) -> list[ToTake]:
    """Open assignments in the order given, one line a course."""
    grouped: dict[int, list[Assignment]] = {}
    for item in items:
        grouped.setdefault(item.course_id, []).append(item)
    found = []
    for group in grouped.values():
        first = min(group, key=lambda item: _FIRST.index(State(item.state)))
        dues = [item.due for item in group if item.due is not None]
        found.append(
            ToTake(first, min(dues, default=None), tuple(item for item in group if item is not first))
        )
    return found


_OWN_OPEN = Kept(
    select(func.count(func.distinct(Assignment.course_id))).where(
        Assignment.person_id == bindparam("me"), or_(*(Assignment.state == state for state in OPEN_STATES))
    )
)


def count_own_open(person: Any) -> int:
    return _OWN_OPEN.scalar(session.connection(), me=person.id) or 0


def list_attempts(assignment_id: int) -> list[Attempt]:
    return list(
        session.scalars(
            select(Attempt).where(Attempt.assignment_id == assignment_id).order_by(Attempt.number)
        )
    )


def get_attempt(assignment: Assignment, number: int) -> Attempt:
    found = session.scalar(
        select(Attempt).where(Attempt.assignment_id == assignment.id, Attempt.number == number)
    )
    if found is None:
        raise NotFound
    return found


def get_set_for(person: Any, set_id: int) -> AssignmentSet:
    """An occasion is shown to those who see records where its course lies or where its people are."""
    found = session.scalar(
        select(AssignmentSet)
        .where(AssignmentSet.id == set_id)
        .options(joinedload(AssignmentSet.course).joinedload(Course.unit))
    )
    if found is None:
        raise NotFound
    if found.id not in open_sets(person, [found]):
        access.require(person, SEE_RECORDS, found.course.unit.path, what=found.course.title)
    return found


def open_sets(person: Any, sets: Iterable[AssignmentSet]) -> set[int]:
    """Which of these occasions the person may see: where the course lies or where somebody lies who was given it."""
    found, others = set(), []
    for item in sets:
        if access.may(person, SEE_RECORDS, item.course.unit.path):
            found.add(item.id)
        else:
            others.append(item.id)
    if not others:
        return found
    return found | set(
        session.scalars(
            select(Assignment.set_id)
            .join(Person, Person.id == Assignment.person_id)
            .join(Unit, Unit.id == Person.unit_id)
            .where(Assignment.set_id.in_(others), access.scope(person, SEE_RECORDS, Unit.path))
            .distinct()
        )
    )


def find_set(key: str) -> AssignmentSet | None:
    return session.scalar(select(AssignmentSet).where(AssignmentSet.key == key))


def people_of_set(set_id: int) -> set[int]:
    return set(session.scalars(select(Assignment.person_id).where(Assignment.set_id == set_id)))


def list_of_set(set_id: int, person: Any, limit: int = 500) -> list[Assignment]:
    """Who was given it on that occasion, as far as the person may see; the late first."""
    return list(
        session.scalars(
            select(Assignment)
            .join(Person, Person.id == Assignment.person_id)
            .join(Unit, Unit.id == Person.unit_id)
            .where(Assignment.set_id == set_id, access.scope(person, SEE_RECORDS, Unit.path))
            .options(contains_eager(Assignment.person).contains_eager(Person.unit))
            .order_by(Assignment.state.not_in(OPEN_STATES), Assignment.due, Person.name)
            .limit(limit)
        )
    )


def list_sets_of_ticket(ticket_id: int) -> list[AssignmentSet]:
    return list(
        session.scalars(
            select(AssignmentSet)
            .where(AssignmentSet.ticket_id == ticket_id)
            .options(joinedload(AssignmentSet.course))
            .order_by(AssignmentSet.id)
        )
    )


def sets_of_actions(action_ids: Collection[int]) -> list[AssignmentSet]:
    return list(
        session.scalars(
            select(AssignmentSet)
            .where(AssignmentSet.action_id.in_(action_ids))
            .options(joinedload(AssignmentSet.course))
            .order_by(AssignmentSet.id)
        )
    )


def list_sets_of_standard(standard_id: int, limit: int = 6) -> list[AssignmentSet]:
    """Occasions that versions of a standard gave, the newest version first."""
    return list(
        session.scalars(
            select(AssignmentSet)
            .join(Version, Version.id == AssignmentSet.standard_version_id)
            .where(Version.standard_id == standard_id)
            .options(joinedload(AssignmentSet.course).joinedload(Course.unit))
            .order_by(Version.number.desc(), AssignmentSet.id)
            .limit(limit)
        )
    )


def search_assignments(person: Any, words: str, limit: int) -> list[Any]:
    """By number: one's own, and of people whose records one may see."""
    statement = select_assignments(person, own=True).order_by(Assignment.id.desc()).limit(limit)
    statement = statement.where(matching(words, Assignment.code))
    return list(session.execute(statement))


def proof_of(assignment: Assignment) -> CompetenceProof | None:
    return session.scalar(
        select(CompetenceProof)
        .where(CompetenceProof.assignment_id == assignment.id)
        .options(joinedload(CompetenceProof.competence))
    )


def list_failed(person: Any, limit: int = 20) -> list[Assignment]:
    """Training that people did not pass and about which this person decides (never one's own)."""
    return list(
        session.scalars(
            select(Assignment)
            .join(Assignment.person)
            .join(Unit, Unit.id == Person.unit_id)
            .where(
                Assignment.state == State.failed.value,
                Assignment.person_id != person.id,
                access.scope(person, ASSIGN, Unit.path),
            )
            .options(contains_eager(Assignment.person), joinedload(Assignment.course))
            .order_by(Assignment.due, Assignment.id)
            .limit(limit)
        )
    )
