"""Courses and their versions: written as a draft, published for everybody, retired. Entries stand on the course's trail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from accounts.models import Person, Unit
from core import access, clock, trail
from core.db import expect_version, next_code, session
from core.errors import RuleViolation
from core.files import Received, store
from core.i18n import _, _n
from standards.models import Standard
from training.models import Competence, Course, CourseRule, CourseStep, CourseVersion, Question
from training.permissions import WRITE
from training.queries import courses as queries
from training.rules import DUE_MOST, VersionState
from training.rules.days import MONTHS_MOST
from training.rules.quiz import ATTEMPTS_MOST, QUESTIONS_MOST, STEPS_MOST, question_problem

FIELDS = ("title_en", "title_zh", "aim_en", "aim_zh")
SETTINGS = ("draw", "pass_mark", "attempts", "change_en", "change_zh")
STEP_FIELDS = ("title_en", "title_zh", "body_en", "body_zh")
QUESTION_FIELDS = ("kind", "text_en", "text_zh", "explanation_en", "explanation_zh", "choices")


def _may_write(course: Course, actor: Any) -> None:
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
    _may_write(course, actor)
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
    _may_write(course, actor)
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


def _draft(version: CourseVersion, actor: Any) -> Course:
    _may_write(version.course, actor)
    if version.state != VersionState.draft:
        raise RuleViolation(_("Only a draft can be edited. Draft a new version to change what is taught."))
    return version.course


def change_settings(
    version: CourseVersion,
    *,
    draw: int,
    pass_mark: float,
    attempts: int,
    change_en: str = "",
    change_zh: str = "",
    seen: int | None = None,
    actor: Any,
) -> None:
    """How the quiz is held, and what this version changes. `pass_mark` is a share, 0 to 1."""
    expect_version(version, seen, what=version.course.code, fields=list(SETTINGS))
    course = _draft(version, actor)
    if not 0 <= draw <= QUESTIONS_MOST:
        raise RuleViolation(
            _("Give 0 to %(most)d questions; 0 asks the whole bank.", most=QUESTIONS_MOST), field="draw"
        )
    if not 0 < pass_mark <= 1:
        raise RuleViolation(_("Give a share above 0 and up to 100 per cent."), field="pass_percent")
    if not 1 <= attempts <= ATTEMPTS_MOST:
        raise RuleViolation(_("Give 1 to %(most)d attempts.", most=ATTEMPTS_MOST), field="attempts")
    changes = trail.changed(
        version,
        {
            "draw": draw,
            "pass_mark": pass_mark,
            "attempts": attempts,
            "change_en": change_en,
            "change_zh": change_zh,
        },
    )
    if changes:
        trail.record(course, "course.settings_changed", actor=actor, changes=changes)


# --- steps ---------------------------------------------------------------------------------------------------


def _check_step(values: dict[str, Any]) -> None:
    if not values.get("title_en") and not values.get("title_zh"):
        raise RuleViolation(_("Give a title in at least one language."), field="title_en")


def add_step(
    version: CourseVersion, *, file: Received | None = None, actor: Any, **values: str
) -> CourseStep:
    """Texts in `title_en`, `title_zh`, `body_en`, `body_zh` (Markdown)."""
    course = _draft(version, actor)
    _check_step(values)
    steps = queries.list_steps(version.id)
    if len(steps) >= STEPS_MOST:
        raise RuleViolation(_("At most %(num)d steps.", num=STEPS_MOST))
    made = CourseStep(version_id=version.id, position=len(steps) + 1, **_texts(values, STEP_FIELDS))
    if file is not None:
        made.file = store(file, actor=actor)
    session.add(made)
    session.flush()
    trail.record(course, "course_step.added", actor=actor, changes={"step": made.title, **_file(file)})
    return made


def _texts(values: dict[str, Any], known: Sequence[str]) -> dict[str, Any]:
    if unknown := set(values) - set(known):
        raise TypeError(f"unknown: {', '.join(sorted(unknown))}")
    return {name: values.get(name, "") for name in known}


def _file(file: Received | None) -> dict[str, str]:
    return {"file": f"{file.name} ({file.sha256[:12]})"} if file else {}


def change_step(
    version: CourseVersion,
    step: CourseStep,
    *,
    file: Received | None = None,
    drop_file: bool = False,
    seen: int | None = None,
    actor: Any,
    **values: str,
) -> None:
    expect_version(step, seen, what=version.course.code, fields=list(STEP_FIELDS))
    course = _draft(version, actor)
    _check_step(values)
    changes: dict[str, Any] = trail.changed(step, _texts(values, STEP_FIELDS))
    if file is not None:
        step.file = store(file, actor=actor)
        changes.update(_file(file))
    elif drop_file and step.file is not None:
        changes["file"] = (step.file.name, None)
        step.file = None
    if changes:
        trail.record(course, "course_step.changed", actor=actor, changes={"step": step.title, **changes})


def move_step(version: CourseVersion, step: CourseStep, *, up: bool, actor: Any) -> None:
    course = _draft(version, actor)
    steps = queries.list_steps(version.id)
    place = next(number for number, item in enumerate(steps) if item.id == step.id)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(steps):
        return
    steps[place], steps[other] = steps[other], steps[place]
    for number, item in enumerate(steps, 1):
        item.position = number
    trail.record(
        course,
        "course_step.moved",
        actor=actor,
        changes={"step": step.title, "place": (place + 1, other + 1)},
    )


def remove_step(version: CourseVersion, step: CourseStep, *, actor: Any) -> None:
    course = _draft(version, actor)
    trail.record(course, "course_step.removed", actor=actor, changes={"step": (step.title, None)})
    session.delete(step)
    session.flush()


# --- questions -----------------------------------------------------------------------------------------------


def _problem_sentence(code: str) -> str:
    return str(
        {
            "number": _("A question has 2 to 8 answers."),
            "empty": _("Each answer needs a text in at least one language."),
            "doubled": _("Two answers say the same."),
            "none_right": _("Mark the right answer."),
            "one_right": _("Here one answer is right: mark only one, or let several be right."),
        }[code]
    )


def _check_question(values: dict[str, Any]) -> None:
    if not values.get("text_en") and not values.get("text_zh"):
        raise RuleViolation(_("Write the question in at least one language."), field="text_en")
    problem = question_problem(values.get("kind", "single"), values.get("choices", []))
    if problem:
        raise RuleViolation(_problem_sentence(problem), field="choices")


def add_question(version: CourseVersion, *, actor: Any, **values: Any) -> Question:
    """Values: `kind`, `text_en`, `text_zh`, `explanation_en`, `explanation_zh`, `choices` (see the model)."""
    course = _draft(version, actor)
    _check_question(values)
    bank = queries.list_questions(version.id)
    if len(bank) >= QUESTIONS_MOST:
        raise RuleViolation(_("At most %(num)d questions.", num=QUESTIONS_MOST))
    made = Question(version_id=version.id, position=len(bank) + 1, **_question_values(values))
    session.add(made)
    session.flush()
    trail.record(course, "course_question.added", actor=actor, changes={"question": made.text})
    return made


def _question_values(values: dict[str, Any]) -> dict[str, Any]:
    known = _texts(values, QUESTION_FIELDS)
    known["kind"] = values.get("kind", "single")
    known["choices"] = [
        {"en": item.get("en", ""), "zh": item.get("zh", ""), "right": bool(item.get("right"))}
        for item in values["choices"]
    ]
    return known


def change_question(
    version: CourseVersion, question: Question, *, seen: int | None = None, actor: Any, **values: Any
) -> None:
    expect_version(question, seen, what=version.course.code, fields=list(QUESTION_FIELDS[:-1]))
    course = _draft(version, actor)
    _check_question(values)
    changes = trail.changed(question, _question_values(values))
    if changes:
        trail.record(course, "course_question.changed", actor=actor, changes=changes)


def remove_question(version: CourseVersion, question: Question, *, actor: Any) -> None:
    course = _draft(version, actor)
    trail.record(course, "course_question.removed", actor=actor, changes={"question": (question.text, None)})
    session.delete(question)
    session.flush()


# --- states --------------------------------------------------------------------------------------------------


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
    course = _draft(version, actor)
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
    _may_write(course, actor)
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
    course = _draft(version, actor)
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


# --- rules ---------------------------------------------------------------------------------------------------


def add_rule(
    course: Course,
    *,
    unit: Unit,
    role: str = "",
    standard: Standard | None = None,
    requirement_code: str = "",
    due_days: int,
    actor: Any,
) -> tuple[CourseRule, int]:
    """Who takes the course from now on. Gives the rule, and how many got the course by it at once."""
    from training.operations.assigning import apply_rules

    _may_write(course, actor)
    access.require(actor, WRITE, unit.path, what=unit.name)
    if course.retired_at is not None:
        raise RuleViolation(_("This course was retired."))
    if not 1 <= due_days <= DUE_MOST:
        raise RuleViolation(_("Give 1 to %(most)d days.", most=DUE_MOST), field="due_days")
    if requirement_code and standard is None:
        raise RuleViolation(_("Choose the standard of this requirement."), field="standard_id")
    if requirement_code and not _has_requirement(standard, requirement_code):
        raise RuleViolation(
            _("No version of this standard has a requirement %(code)s.", code=requirement_code),
            field="requirement_code",
        )
    for rule in queries.list_rules(course.id):
        if (rule.unit_id, rule.role, rule.standard_id, rule.requirement_code) == (
            unit.id,
            role,
            standard.id if standard else None,
            requirement_code,
        ):
            raise RuleViolation(_("There is such a rule already."))
    made = CourseRule(
        course=course,
        unit=unit,
        role=role,
        standard=standard,
        requirement_code=requirement_code,
        due_days=due_days,
    )
    session.add(made)
    session.flush()
    trail.record(
        course,
        "course_rule.added",
        actor=actor,
        changes={
            "unit": unit.name,
            "role": role,
            "standard": standard.code if standard else "",
            "requirement": requirement_code,
            "due_days": due_days,
        },
    )
    given = apply_rules([made], actor=actor) if queries.find_published(course.id) else 0
    return made, given


def _has_requirement(standard: Standard | None, code: str) -> bool:
    from standards.queries import standards as standard_queries

    if standard is None:
        return False
    return any(
        row.code == code
        for version in standard_queries.list_versions(standard.id)
        for row in standard_queries.list_requirements(version.id)
    )


def end_rule(rule: CourseRule, *, actor: Any) -> None:
    """It gives the course to nobody any more; who has it keeps it."""
    _may_write(rule.course, actor)
    if rule.ended_at is not None:
        raise RuleViolation(_("This rule has ended already."))
    rule.ended_at = clock.now()
    trail.record(
        rule.course,
        "course_rule.ended",
        actor=actor,
        changes={"unit": (rule.unit.name, None), "role": (rule.role, None)},
    )
