from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from accounts.models import Person, Unit
from core import access
from core.access import Permission
from core.db import session
from core.errors import NotFound
from core.i18n import pick
from core.tables import matching
from standards.models import Standard
from training.models import (
    Assignment,
    Competence,
    Course,
    CourseRule,
    CourseStep,
    CourseVersion,
    Question,
)
from training.permissions import SEE_RECORDS, WRITE
from training.rules import OPEN, VersionState

Published = aliased(CourseVersion)
OPEN_STATES = sorted(str(state) for state in OPEN)


def readable_by(person: Any) -> ColumnElement[bool]:
    """Courses that were ever published, and those one may write. Needs `Unit` in the statement."""
    once = aliased(CourseVersion)
    published = exists().where(once.course_id == Course.id, once.state != VersionState.draft.value)
    return or_(published, access.scope(person, WRITE, Unit.path))


def select_courses(person: Any) -> Any:
    """The list: with how many have still to take it and how many passed, counted where the person may see records."""

    def counted(*states: str) -> Any:
        learner, place = aliased(Person), aliased(Unit)
        return (
            select(func.count())
            .select_from(Assignment)
            .join(learner, learner.id == Assignment.person_id)
            .join(place, place.id == learner.unit_id)
            .where(
                Assignment.course_id == Course.id,
                Assignment.state.in_(states),
                access.scope(person, SEE_RECORDS, place.path),
            )
            .correlate(Course)
            .scalar_subquery()
        )

    return (
        select(
            Course.id,
            Course.code,
            Course.title_en,
            Course.title_zh,
            Course.retired_at,
            Course.valid_months,
            Published.number.label("number"),
            Published.published_at.label("published_at"),
            Competence.name_en.label("competence_en"),
            Competence.name_zh.label("competence_zh"),
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
            Person.name.label("owner"),
            counted(*OPEN_STATES).label("open"),
            counted("passed").label("passed"),
        )
        .select_from(Course)
        .join(Unit, Unit.id == Course.unit_id)
        .join(Person, Person.id == Course.owner_id)
        .outerjoin(Competence, Competence.id == Course.competence_id)
        .outerjoin(
            Published, (Published.course_id == Course.id) & (Published.state == VersionState.published.value)
        )
        .where(readable_by(person))
    )


def get_course(course_id: int) -> Course:
    found = session.scalar(
        select(Course)
        .where(Course.id == course_id)
        .options(joinedload(Course.unit), joinedload(Course.owner), joinedload(Course.competence))
    )
    if found is None:
        raise NotFound
    return found


def get_course_for(person: Any, course_id: int, needed: Permission | None = None) -> Course:
    """The guarded door: what was published is read by everybody inside, the rest by those who write in its unit."""
    found = get_course(course_id)
    if needed is not None:
        access.require(person, needed, found.unit.path, what=found.title)
    elif not access.may(person, WRITE, found.unit.path) and not has_been_published(found.id):
        access.require(person, WRITE, found.unit.path, what=found.title)
    return found


def has_been_published(course_id: int) -> bool:
    return bool(
        session.scalar(
            select(
                exists().where(
                    CourseVersion.course_id == course_id, CourseVersion.state != VersionState.draft.value
                )
            )
        )
    )


def list_versions(course_id: int) -> list[CourseVersion]:
    """Newest first."""
    return list(
        session.scalars(
            select(CourseVersion)
            .where(CourseVersion.course_id == course_id)
            .options(joinedload(CourseVersion.published_by))
            .order_by(CourseVersion.number.desc())
        )
    )


def find_published(course_id: int) -> CourseVersion | None:
    return session.scalar(
        select(CourseVersion).where(
            CourseVersion.course_id == course_id, CourseVersion.state == VersionState.published.value
        )
    )


def find_draft(course_id: int) -> CourseVersion | None:
    return session.scalar(
        select(CourseVersion).where(
            CourseVersion.course_id == course_id, CourseVersion.state == VersionState.draft.value
        )
    )


def get_version(version_id: int) -> CourseVersion:
    found = session.scalar(
        select(CourseVersion)
        .where(CourseVersion.id == version_id)
        .options(joinedload(CourseVersion.course).joinedload(Course.unit))
    )
    if found is None:
        raise NotFound
    return found


def get_version_for(person: Any, version_id: int, needed: Permission = WRITE) -> CourseVersion:
    """A version with its quiz and the right answers: for those who write in the course's unit."""
    found = get_version(version_id)
    access.require(person, needed, found.course.unit.path, what=found.course.title)
    return found


def count_steps(version_ids: Iterable[int | None]) -> dict[int, int]:
    """How many steps versions have: one statement at most."""
    wanted = [number for number in version_ids if number is not None]
    if not wanted:
        return {}
    rows = session.execute(
        select(CourseStep.version_id, func.count())
        .where(CourseStep.version_id.in_(wanted))
        .group_by(CourseStep.version_id)
    )
    return {row[0]: row[1] for row in rows}


def list_steps(version_id: int) -> list[CourseStep]:
    return list(
        session.scalars(
            select(CourseStep)
            .where(CourseStep.version_id == version_id)
            .options(joinedload(CourseStep.file))
            .order_by(CourseStep.position, CourseStep.id)
        )
    )


def list_questions(version_id: int) -> list[Question]:
    return list(
        session.scalars(
            select(Question).where(Question.version_id == version_id).order_by(Question.position, Question.id)
        )
    )


def get_step(version: CourseVersion, step_id: int) -> CourseStep:
    found = session.scalar(
        select(CourseStep).where(CourseStep.id == step_id, CourseStep.version_id == version.id)
    )
    if found is None:
        raise NotFound
    return found


def get_question(version: CourseVersion, question_id: int) -> Question:
    found = session.scalar(
        select(Question).where(Question.id == question_id, Question.version_id == version.id)
    )
    if found is None:
        raise NotFound
    return found


def list_rules(course_id: int) -> list[CourseRule]:
    """Rules in force."""
    return list(
        session.scalars(
            select(CourseRule)
            .where(CourseRule.course_id == course_id, CourseRule.ended_at.is_(None))
            .options(joinedload(CourseRule.standard), joinedload(CourseRule.unit))
            .order_by(CourseRule.id)
        )
    )


def list_rules_of_standard(standard_id: int) -> list[CourseRule]:
    """Rules in force that a new version of the standard sets off, of courses that are not retired."""
    return list(
        session.scalars(
            select(CourseRule)
            .join(Course, Course.id == CourseRule.course_id)
            .where(
                CourseRule.standard_id == standard_id,
                CourseRule.ended_at.is_(None),
                Course.retired_at.is_(None),
            )
            .options(joinedload(CourseRule.unit), joinedload(CourseRule.course))
            .order_by(CourseRule.id)
        )
    )


def list_standing_rules() -> list[CourseRule]:
    """All rules in force of courses that can be taken now."""
    return list(
        session.scalars(
            select(CourseRule)
            .join(Course, Course.id == CourseRule.course_id)
            .join(
                CourseVersion,
                (CourseVersion.course_id == Course.id)
                & (CourseVersion.state == VersionState.published.value),
            )
            .where(CourseRule.ended_at.is_(None), Course.retired_at.is_(None))
            .options(joinedload(CourseRule.unit), joinedload(CourseRule.course))
            .order_by(CourseRule.id)
        )
    )


def get_rule_for(person: Any, rule_id: int, needed: Permission) -> CourseRule:
    found = session.scalar(
        select(CourseRule)
        .where(CourseRule.id == rule_id, CourseRule.ended_at.is_(None))
        .options(joinedload(CourseRule.course).joinedload(Course.unit), joinedload(CourseRule.unit))
    )
    if found is None:
        raise NotFound
    access.require(person, needed, found.course.unit.path, what=found.course.title)
    return found


def course_choices(person: Any) -> list[tuple[int, str]]:
    """Courses that can be given to somebody now, by code."""
    rows = session.execute(
        select(Course.id, Course.code, Course.title_en, Course.title_zh)
        .join(
            CourseVersion,
            (CourseVersion.course_id == Course.id) & (CourseVersion.state == VersionState.published.value),
        )
        .join(Unit, Unit.id == Course.unit_id)
        .where(Course.retired_at.is_(None), readable_by(person))
        .order_by(Course.code)
        .limit(500)
    )
    return [(row.id, f"{row.code} {pick(row.title_en, row.title_zh)}") for row in rows]


def list_choices() -> list[tuple[int, str]]:
    """All courses that were ever given to somebody, for a filter."""
    rows = session.execute(
        select(Course.id, Course.code, Course.title_en, Course.title_zh)
        .where(exists().where(Assignment.course_id == Course.id))
        .order_by(Course.code)
        .limit(300)
    )
    return [(row.id, f"{row.code} {pick(row.title_en, row.title_zh)}") for row in rows]


def standard_choices() -> list[tuple[int, str]]:
    """Standards that are not withdrawn, by code."""
    rows = session.execute(
        select(Standard.id, Standard.code, Standard.title_en, Standard.title_zh)
        .where(Standard.withdrawn_at.is_(None))
        .order_by(Standard.code)
        .limit(1_000)
    )
    return [(row.id, f"{row.code} {pick(row.title_en, row.title_zh)}") for row in rows]


def count_open(course_id: int) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Assignment)
            .where(Assignment.course_id == course_id, Assignment.state.in_(OPEN_STATES))
        )
        or 0
    )


def search_courses(person: Any, words: str, limit: int) -> list[Course]:
    statement = (
        select(Course)
        .join(Unit, Unit.id == Course.unit_id)
        .where(readable_by(person), matching(words, Course.code, Course.title_en, Course.title_zh))
        .options(joinedload(Course.unit))
    )
    return list(session.scalars(statement.order_by(Course.code).limit(limit)))
