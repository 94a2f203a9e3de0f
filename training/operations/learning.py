"""Taking a course: start, read step by step, the quiz, passed or not. Only the learner acts here."""

from datetime import date, datetime
from typing import Any

from core import clock, trail
from core.db import advisory_lock, session
from core.errors import RuleViolation
from core.i18n import _, zone
from training.models import Assignment, Attempt, Competence, CompetenceProof, Course, CourseStep, Question
from training.operations.steps import permit
from training.queries import assignments as queries
from training.queries import courses
from training.rules import State, draw, mark, months_later, shuffled, verdict

QUIZZES = 4 * 10**10  # above the numbers of other advisory locks


def start(assignment: Assignment, *, actor: Any) -> None:
    """Begins the version that is published now; that one is taken to its end."""
    to = permit(assignment, "start", actor)
    version = courses.find_published(assignment.course_id)
    if version is None:
        raise RuleViolation(_("This course is being rewritten. Please come back later."))
    assignment.version = version
    assignment.state, assignment.started_at = str(to), clock.now()
    session.flush()
    trail.record(assignment, "training.started", actor=actor, changes={"version": version.number})


def read_step(assignment: Assignment, step: CourseStep, *, actor: Any) -> None:
    permit(assignment, "read", actor)
    if step.version_id != assignment.version_id:
        raise RuleViolation(_("This step belongs to another version."))
    if step.id not in assignment.read_steps:
        assignment.read_steps = [*assignment.read_steps, step.id]


def _all_read(assignment: Assignment) -> None:
    assert assignment.version_id is not None
    unread = [
        step for step in courses.list_steps(assignment.version_id) if step.id not in assignment.read_steps
    ]
    if unread:
        raise RuleViolation(_("Still to read: %(title)s", title=unread[0].title))


def confirm(assignment: Assignment, *, actor: Any) -> None:
    """A course without a quiz is passed when all is read and the person says so."""
    to = permit(assignment, "pass", actor)
    _all_read(assignment)
    assert assignment.version_id is not None
    if courses.list_questions(assignment.version_id):
        raise RuleViolation(_("This course ends with a quiz."))
    _pass(assignment, to, score=None, actor=actor)


def _lock(assignment: Assignment, attempt: Attempt | None = None) -> None:
    """One thing at a time in a quiz: a second window waits, and then sees what the first one kept."""
    advisory_lock(QUIZZES + assignment.id)
    if attempt is not None:
        session.flush()
        session.refresh(attempt)


def attempts_allowed(assignment: Assignment) -> int:
    assert assignment.version is not None
    return assignment.version.attempts + assignment.more_attempts


def begin_attempt(assignment: Assignment, *, actor: Any) -> Attempt:
    """A new attempt, or the one that was begun and not handed in."""
    permit(assignment, "attempt", actor)
    _lock(assignment)
    _all_read(assignment)
    version = assignment.version
    assert version is not None
    attempts = queries.list_attempts(assignment.id)
    if attempts and attempts[-1].finished_at is None:
        return attempts[-1]
    if len(attempts) >= attempts_allowed(assignment):
        raise RuleViolation(_("No attempt is left."))
    bank = {question.id: question for question in courses.list_questions(version.id)}
    if not bank:
        raise RuleViolation(_("This course has no quiz."))
    number = len(attempts) + 1
    seed = f"{assignment.code}:{number}"
    made = Attempt(
        assignment_id=assignment.id,
        version_id=version.id,
        number=number,
        asked=[
            {"id": key, "order": shuffled(range(len(bank[key].choices)), f"{seed}:{key}")}
            for key in draw(sorted(bank), version.draw, seed)
        ],
    )
    session.add(made)
    trail.record(assignment, "training.attempt_begun", actor=actor, changes={"attempt": number})
    session.flush()
    return made


def answer(assignment: Assignment, attempt: Attempt, *, place: int, chosen: list[int], actor: Any) -> None:
    """Keep the answer to the question at a place (from 1). `chosen` are numbers of choices in the question itself."""
    permit(assignment, "attempt", actor)
    _lock(assignment, attempt)
    if attempt.finished_at is not None:
        raise RuleViolation(_("This attempt was handed in already."))
    asked = attempt.asked[place - 1]
    if not chosen:
        raise RuleViolation(_("Choose an answer."), field="choice")
    if not set(chosen) <= set(asked["order"]):
        raise RuleViolation(_("Choose one of the answers shown."), field="choice")
    attempt.answers = {**attempt.answers, str(asked["id"]): sorted(set(chosen))}


def hand_in(assignment: Assignment, attempt: Attempt, *, actor: Any) -> bool:
    """Mark the attempt. Gives whether the course is passed by it; after the last failed attempt it is not."""
    permit(assignment, "attempt", actor)
    _lock(assignment, attempt)
    if attempt.finished_at is not None:
        raise RuleViolation(_("This attempt was handed in already."))
    unanswered = [
        number for number, item in enumerate(attempt.asked, 1) if str(item["id"]) not in attempt.answers
    ]
    if unanswered:
        raise RuleViolation(_("Question %(number)d has no answer yet.", number=unanswered[0]))
    bank: dict[int, Question] = {item.id: item for item in courses.list_questions(attempt.version_id)}
    right = sum(mark(bank[item["id"]].right, attempt.answers[str(item["id"])]) for item in attempt.asked)
    assert assignment.version is not None
    attempt.score, attempt.passed = verdict(right, len(attempt.asked), assignment.version.pass_mark)
    attempt.finished_at = clock.now()
    trail.record(
        assignment,
        "training.attempt_handed_in",
        actor=actor,
        changes={"attempt": attempt.number, "right": right, "asked": len(attempt.asked)},
    )
    if attempt.passed:
        _pass(assignment, permit(assignment, "pass", actor), score=attempt.score, actor=actor)
    elif attempt.number >= attempts_allowed(assignment):
        to = permit(assignment, "fail", actor)
        before, assignment.state, assignment.score = assignment.state, str(to), attempt.score
        trail.record(
            assignment, "training.failed", actor=actor, changes={"state": (before, assignment.state)}
        )
    session.flush()
    return bool(attempt.passed)


def _pass(assignment: Assignment, to: State | None, *, score: float | None, actor: Any) -> None:
    """Passed; the same course given on other occasions is passed with it, and the competence is proved."""
    settle(assignment, to, at=clock.now(), score=score, actor=actor)
    others = [
        item
        for item in queries.list_own(assignment.person, open_only=True)
        if item.course_id == assignment.course_id and item.id != assignment.id
    ]
    for item in others:
        item.version_id = assignment.version_id
        settle(item, permit(item, "pass_along", None), at=clock.now(), score=score, actor=actor, proof=False)


def settle(
    assignment: Assignment,
    to: State | None,
    *,
    at: datetime,
    score: float | None,
    actor: Any,
    until: date | None = None,
    proof: bool = True,
) -> None:
    """Write down that a course was passed at a moment. `until` is given where a record says it, else the course does."""
    course: Course = assignment.course
    day = at.astimezone(zone()).date()
    before = assignment.state
    assignment.state, assignment.passed_at, assignment.score = str(to), at, score
    assignment.valid_until = until or months_later(day, course.valid_months)
    trail.record(
        assignment,
        "training.passed",
        actor=actor,
        changes={
            "state": (before, assignment.state),
            "score": score,
            "valid_until": assignment.valid_until,
        },
    )
    if proof and course.competence_id is not None:
        competence = session.get_one(Competence, course.competence_id)
        made = CompetenceProof(
            person_id=assignment.person_id,
            competence=competence,
            from_date=day,
            until_date=until or months_later(day, competence.valid_months or course.valid_months),
            source="course",
            assignment=assignment,
            added_by_name=getattr(actor, "name", "") or "",
        )
        session.add(made)
        trail.record(
            competence,
            "competence.proved",
            actor=actor,
            changes={"person": assignment.person.name, "course": course.code, "until": made.until_date},
        )
