"""What a draft teaches and asks: settings, steps, questions."""

from collections.abc import Sequence
from typing import Any

from core import trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.files import Received, store
from core.i18n import _
from training.models import CourseStep, CourseVersion, Question
from training.operations.courses.course import QUESTION_FIELDS, SETTINGS, STEP_FIELDS, draft_of
from training.queries import courses as queries
from training.rules.quiz import ATTEMPTS_MOST, QUESTIONS_MOST, STEPS_MOST, question_problem


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
    course = draft_of(version, actor)
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
    course = draft_of(version, actor)
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
    course = draft_of(version, actor)
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
    course = draft_of(version, actor)
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
    course = draft_of(version, actor)
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
    course = draft_of(version, actor)
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
    course = draft_of(version, actor)
    _check_question(values)
    changes = trail.changed(question, _question_values(values))
    if changes:
        trail.record(course, "course_question.changed", actor=actor, changes=changes)


def remove_question(version: CourseVersion, question: Question, *, actor: Any) -> None:
    course = draft_of(version, actor)
    trail.record(course, "course_question.removed", actor=actor, changes={"question": (question.text, None)})
    session.delete(question)
    session.flush()
