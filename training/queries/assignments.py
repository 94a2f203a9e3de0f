from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from accounts.models import Person, Unit
from core import access, clock
from core.db import session
from core.errors import NotFound
from core.i18n import zone
from core.tables import contains
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
from training.rules import SOON_DAYS, State

Taken = aliased(CourseVersion)


def today() -> date:
    """The day where the organisation (or the person) is."""
    return clock.now().astimezone(zone()).date()


def select_assignments(person: Any) -> Any:
    """The list for those who see records; restricted to the people of their units."""
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
        .where(access.scope(person, SEE_RECORDS, Unit.path))
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


def by_course(items: Iterable[Assignment]) -> list[ToTake]:
    """Open assignments in the order given, one line a course."""
    grouped: dict[int, list[Assignment]] = {}
    for item in items:
        grouped.setdefault(item.course_id, []).append(item)
    found = []
    for group in grouped.values():
        first = next((item for item in group if item.state == State.started), group[0])
        dues = [item.due for item in group if item.due is not None]
        found.append(
            ToTake(first, min(dues, default=None), tuple(item for item in group if item is not first))
        )
    return found


def count_own_open(person: Any) -> int:
    return (
        session.scalar(
            select(func.count(func.distinct(Assignment.course_id)))
            .select_from(Assignment)
            .where(Assignment.person_id == person.id, Assignment.state.in_(OPEN_STATES))
        )
        or 0
    )


def list_attempts(assignment_id: int) -> list[Attempt]:
    return list(
        session.scalars(
            select(Attempt).where(Attempt.assignment_id == assignment_id).order_by(Attempt.number)
        )
    )


def find_open_attempt(assignment_id: int) -> Attempt | None:
    return session.scalar(
        select(Attempt).where(Attempt.assignment_id == assignment_id, Attempt.finished_at.is_(None)).limit(1)
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
    if not access.may(person, SEE_RECORDS, found.course.unit.path):
        reached = session.scalar(
            select(Assignment.id)
            .join(Person, Person.id == Assignment.person_id)
            .join(Unit, Unit.id == Person.unit_id)
            .where(Assignment.set_id == found.id, access.scope(person, SEE_RECORDS, Unit.path))
            .limit(1)
        )
        if reached is None:
            access.require(person, SEE_RECORDS, found.course.unit.path, what=found.course.title)
    return found


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
            .options(joinedload(AssignmentSet.course))
            .order_by(Version.number.desc(), AssignmentSet.id)
            .limit(limit)
        )
    )


# --- what the daily duty looks for ----------------------------------------------------------------------------


def list_to_remind(day: date) -> list[Assignment]:
    """Open training that is due within a week or late, and of which the person was not reminded yet; by person."""
    from datetime import timedelta

    return list(
        session.scalars(
            select(Assignment)
            .join(Assignment.person)
            .where(
                Person.active.is_(True),
                Assignment.state.in_([State.assigned.value, State.started.value]),
                or_(
                    and_(Assignment.due < day, Assignment.reminded_late_at.is_(None)),
                    and_(
                        Assignment.due >= day,
                        Assignment.due <= day + timedelta(days=SOON_DAYS),
                        Assignment.reminded_at.is_(None),
                    ),
                ),
            )
            .options(contains_eager(Assignment.person), joinedload(Assignment.course))
            .order_by(Assignment.person_id, Assignment.due, Assignment.id)
            .limit(5_000)
        )
    )


def list_over(day: date) -> list[Assignment]:
    """Passed, and valid until a day that is past."""
    return list(
        session.scalars(
            select(Assignment)
            .where(Assignment.state == State.passed.value, Assignment.valid_until < day)
            .order_by(Assignment.id)
            .limit(5_000)
        )
    )


def list_of_the_gone() -> list[Assignment]:
    """Open training of people who have left."""
    return list(
        session.scalars(
            select(Assignment)
            .join(Person, Person.id == Assignment.person_id)
            .where(Person.active.is_(False), Assignment.state.in_(OPEN_STATES))
            .limit(5_000)
        )
    )


def list_to_renew(last: date) -> list[Assignment]:
    """Passed courses whose validity ends by a day, of people who are here, who neither have the course open nor hold
    a longer record; of courses that can be taken now."""
    other = aliased(Assignment)
    longer = (
        select(other.id)
        .where(
            other.person_id == Assignment.person_id,
            other.course_id == Assignment.course_id,
            or_(
                other.state.in_(OPEN_STATES),
                and_(
                    other.state == State.passed.value,
                    or_(other.valid_until.is_(None), other.valid_until > Assignment.valid_until),
                ),
            ),
        )
        .exists()
    )
    return list(
        session.scalars(
            select(Assignment)
            .join(Assignment.person)
            .join(Assignment.course)
            .join(Taken, and_(Taken.course_id == Assignment.course_id, Taken.state == "published"))
            .where(
                Person.active.is_(True),
                Course.retired_at.is_(None),
                Assignment.state == State.passed.value,
                Assignment.valid_until <= last,
                ~longer,
            )
            .options(contains_eager(Assignment.person), contains_eager(Assignment.course))
            .order_by(Assignment.course_id, Assignment.person_id)
            .limit(5_000)
        )
    )


def search_assignments(person: Any, words: str, limit: int) -> list[Any]:
    statement = select_assignments(person).order_by(Assignment.id.desc()).limit(limit)
    for word in words.split()[:6]:
        statement = statement.where(contains(Assignment.code, word))
    return list(session.execute(statement))


def proof_of(assignment: Assignment) -> CompetenceProof | None:
    return session.scalar(
        select(CompetenceProof)
        .where(CompetenceProof.assignment_id == assignment.id)
        .options(joinedload(CompetenceProof.competence))
    )


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
