"""Courses and their versions: written as a draft, published for everybody, retired. Entries stand on the course's trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete

from accounts.models import Person, Unit
from core import access, clock, trail
from core.db import expect_version, next_code, session
from core.errors import RuleViolation
from core.i18n import _, _n
from training.models import Competence, Course, CourseRule, CourseStep, CourseVersion, Question
from training.permissions import WRITE
from training.queries import courses as queries
from training.rules import VersionState
from training.rules.days import MONTHS_MOST

FIELDS = ("title_en", "title_zh", "aim_en", "aim_zh")
SETTINGS = ("draw", "pass_mark", "attempts", "change_en", "change_zh")
STEP_FIELDS = ("title_en", "title_zh", "body_en", "body_zh")
QUESTION_FIELDS = ("kind", "text_en", "text_zh", "explanation_en", "explanation_zh", "choices")


def may_write(course: Course, actor: Any) -> None:
    access.require(actor, WRITE, course.unit.path, what=course.title)


def _check_course(title_en: str, title_zh: str, valid_months: int, owner: Person) -> None:
    if not title_en and not title_zh:
        raise RuleViolation(_("Give a title in at least one language."), field="title_en")
    if not 0 <= valid_months <= MONTHS_MOST:
        raise RuleViolation(
            _("Give 0 to %(most)d months; 0 means for good.", most=MONTHS_MOST), field="valid_months"
        )
    if not owner.active:
        raise RuleViolation(_("%(name)s has left; choose somebody else.", name=owner.name), field="owner_id")


def write_course(
    *,
    unit: Unit,
    owner: Person,
    title_en: str = "",
    title_zh: str = "",
    aim_en: str = "",
    aim_zh: str = "",
    valid_months: int = 0,
    competence: Competence | None = None,
    actor: Any,
) -> Course:
    """A new course with an empty first draft."""
    access.require(actor, WRITE, unit.path, what=_("write a course"))
    _check_course(title_en, title_zh, valid_months, owner)
    made = Course(
        code=next_code("CRS"),
        unit=unit,
        owner=owner,
        title_en=title_en,
        title_zh=title_zh,
        aim_en=aim_en,
        aim_zh=aim_zh,
        valid_months=valid_months,
        competence=competence,
    )
    session.add(made)
    session.flush()
    session.add(CourseVersion(course_id=made.id, number=1, state=VersionState.draft.value))
    trail.record(made, "course.written", actor=actor, changes={"title": made.title, "owner": owner.name})
    session.flush()
    return made


def change_course(
    course: Course,
    *,
    unit: Unit,
    owner: Person,
    title_en: str,
    title_zh: str,
    aim_en: str,
    aim_zh: str,
    valid_months: int,
    competence: Competence | None,
    seen: int | None,
    actor: Any,
) -> None:
    """Title, aim, unit, owner, validity and competence; what was passed before keeps the validity it got."""
    expect_version(course, seen, what=course.code, fields=[*FIELDS, "valid_months"])
    may_write(course, actor)
    access.require(actor, WRITE, unit.path, what=course.title)
    _check_course(title_en, title_zh, valid_months, owner)
    changes: dict[str, Any] = trail.changed(
        course,
        {
            "title_en": title_en,
            "title_zh": title_zh,
            "aim_en": aim_en,
            "aim_zh": aim_zh,
            "valid_months": valid_months,
        },
    )
    if unit.id != course.unit_id:
        changes["unit"] = (course.unit.name, unit.name)
        course.unit = unit
    if owner.id != course.owner_id:
        changes["owner"] = (course.owner.name, owner.name)
        course.owner = owner
    if (competence.id if competence else None) != course.competence_id:
        changes["competence"] = (
            course.competence.name if course.competence else "",
            competence.name if competence else "",
        )
        course.competence = competence
    if changes:
        trail.record(course, "course.changed", actor=actor, changes=changes)


def draft_version(course: Course, *, actor: Any) -> CourseVersion:
    """A new draft with the steps and questions of the last version."""
    may_write(course, actor)
    if course.retired_at is not None:
        raise RuleViolation(_("This course was retired."))
    versions = queries.list_versions(course.id)
    if any(version.state == VersionState.draft for version in versions):
        raise RuleViolation(_("There is a draft already; there is one at a time."))
    last = versions[0] if versions else None
    made = CourseVersion(
        course_id=course.id,
        number=(last.number if last else 0) + 1,
        state=VersionState.draft.value,
        draw=last.draw if last else 0,
        pass_mark=last.pass_mark if last else 0.8,
        attempts=last.attempts if last else 3,
    )
    session.add(made)
    session.flush()
    if last is not None:
        for step in queries.list_steps(last.id):
            session.add(
                CourseStep(
                    version_id=made.id,
                    position=step.position,
                    file_id=step.file_id,
                    **{name: getattr(step, name) for name in STEP_FIELDS},
                )
            )
        for question in queries.list_questions(last.id):
            session.add(
                Question(
                    version_id=made.id,
                    position=question.position,
                    **{name: getattr(question, name) for name in QUESTION_FIELDS},
                )
            )
    trail.record(course, "course.drafted", actor=actor, changes={"version": made.number})
    session.flush()
    return made


def draft_of(version: CourseVersion, actor: Any) -> Course:
    may_write(version.course, actor)
    if version.state != VersionState.draft:
        raise RuleViolation(_("Only a draft can be edited. Draft a new version to change what is taught."))
    return version.course


def missing_to_publish(version: CourseVersion, steps: int, questions: int) -> list[str]:
    """What still stands in the way of publishing, in words."""
    missing = []
    if not steps:
        missing.append(_("There is nothing to read yet: add a step."))
    if version.draw > questions:
        missing.append(
            _("The quiz asks %(draw)d questions, the bank has %(bank)d.", draw=version.draw, bank=questions)
        )
    return missing


def publish(version: CourseVersion, *, seen: int | None = None, actor: Any) -> None:
    """From now on this version is taken; who has begun the former one ends that. Gives it to whom the rules mean."""
    from training.operations.assigning import apply_rules

    expect_version(version, seen, what=version.course.code, fields=list(SETTINGS))
    course = draft_of(version, actor)
    missing = missing_to_publish(
        version, len(queries.list_steps(version.id)), len(queries.list_questions(version.id))
    )
    if missing:
        raise RuleViolation(" ".join(missing))
    now = clock.now()
    former = queries.find_published(course.id)
    if former is not None:
        _retire(former, now)
        session.flush()  # before the new one: the database allows one published version only
    version.state = VersionState.published.value
    version.published_at, version.published_by_id = now, actor.id
    trail.record(course, "course.published", actor=actor, changes={"version": version.number})
    session.flush()
    apply_rules(queries.list_rules(course.id), actor=actor)


def _retire(version: CourseVersion, now: datetime) -> None:
    version.state, version.retired_at = VersionState.retired.value, now


def retire_course(course: Course, *, reason: str, seen: int | None = None, actor: Any) -> None:
    """Nobody takes it any more; what was passed stays. Refused while somebody still has it to take."""
    expect_version(course, seen, what=course.code, fields=list(FIELDS))
    may_write(course, actor)
    if course.retired_at is not None:
        raise RuleViolation(_("This course was retired."))
    if not reason.strip():
        raise RuleViolation(_("Give the reason."), field="reason")
    waiting = queries.count_open(course.id)
    if waiting:
        raise RuleViolation(
            _n(
                "%(num)d person still has to take it: wait, or waive it with a reason.",
                "%(num)d people still have to take it: wait, or waive it with a reason.",
                waiting,
            )
        )
    now = clock.now()
    published = queries.find_published(course.id)
    if published is not None:
        _retire(published, now)
    for rule in queries.list_rules(course.id):
        rule.ended_at = now
    course.retired_at = now
    trail.record(course, "course.retired", actor=actor, reason=reason.strip())


def delete_draft(version: CourseVersion, *, actor: Any) -> bool:
    """Delete a draft with its steps and questions. Gives True when the course, never published, went with it."""
    course = draft_of(version, actor)
    trail.record(course, "course.draft_deleted", actor=actor, changes={"version": (version.number, None)})
    session.flush()
    for table in (CourseStep, Question):
        session.execute(delete(table).where(table.version_id == version.id))
    session.expire_all()
    session.delete(version)
    session.flush()
    if queries.list_versions(course.id):
        return False
    trail.record(course, "course.deleted", actor=actor, changes={"title": (course.title, None)})
    session.execute(delete(CourseRule).where(CourseRule.course_id == course.id))
    session.delete(course)
    session.flush()
    return True
