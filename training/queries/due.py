"""What the daily duty looks for."""

from datetime import date, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from accounts.models import Person
from core.db import session
from training.models import Assignment, Course
from training.queries.assignments import Taken
from training.queries.courses import OPEN_STATES
from training.rules import SOON_DAYS, State


def list_to_remind(day: date) -> list[Assignment]:
    """Open training that is due within a week or late, and of which the person was not reminded yet; by person."""
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
