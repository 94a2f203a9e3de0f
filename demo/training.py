"""Courses, who takes them and how it went: each step by the person who takes it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from accounts.models import Person
from accounts.operations import add_person, grant
from accounts.rules import Role
from core.db import session
from demo import content
from demo.cast import PASSWORD, Cast
from improvement.models import Action
from improvement.queries import tickets as ticket_queries
from training.models import Assignment, Course, CourseVersion
from training.operations import assigning, competences, courses, daily, learning
from training.queries import courses as queries

Step = dict[str, Any]


def _both(name: str, given: Any) -> dict[str, Any]:
    return {f"{name}_en": given["en"].strip(), f"{name}_zh": given["zh"].strip()}


def _competence(cast: Cast, step: Step, actor: Any) -> None:
    made = competences.add_competence(
        **_both("name", step["name"]),
        **_both("detail", step["detail"]),
        valid_months=step.get("months", 0),
        actor=actor,
    )
    cast.competences[step["key"]] = made.id


def _prove(cast: Cast, step: Step, actor: Any) -> None:
    for key in step["people"]:
        competences.prove(
            cast.competence(step["competence"]),
            cast.person(key),
            from_date=cast.timeline.day(step["from"]),
            note=step["note"],
            actor=actor,
        )


def _course(cast: Cast, step: Step, actor: Any) -> None:
    """A course with what is read and asked, still a draft."""
    proves = step.get("proves")
    made = courses.write_course(
        unit=cast.unit(step.get("unit", "BCS")),
        owner=cast.person(step["owner"]),
        **_both("title", step["title"]),
        **_both("aim", step["aim"]),
        valid_months=step.get("months", 0),
        competence=cast.competence(proves) if proves else None,
        actor=actor,
    )
    cast.courses[step["key"]] = made.id
    draft = _draft(made)
    for page in step["pages"]:
        courses.add_step(draft, **_both("title", page["title"]), **_both("body", page["body"]), actor=actor)
    for question in step.get("questions", []):
        courses.add_question(
            draft,
            kind=question.get("kind", "single"),
            **_both("text", question["text"]),
            **_both("explanation", question["explanation"]),
            choices=question["choices"],
            actor=actor,
        )
    if step.get("questions"):
        courses.change_settings(
            draft, draw=0, pass_mark=step["pass_mark"], attempts=step["attempts"], actor=actor
        )


def _draft(course: Course) -> CourseVersion:
    return session.scalars(
        select(CourseVersion).where(CourseVersion.course_id == course.id, CourseVersion.state == "draft")
    ).one()


def _publish(cast: Cast, step: Step, actor: Any) -> None:
    courses.publish(_draft(cast.course(step["course"])), actor=actor)


def _rule(cast: Cast, step: Step, actor: Any) -> None:
    standard = step.get("standard")
    courses.add_rule(
        cast.course(step["course"]),
        unit=cast.unit(step["unit"]),
        role=step.get("role", ""),
        standard=cast.standard(standard) if standard else None,
        due_days=step["days"],
        actor=actor,
    )


def _assign(cast: Cast, step: Step, actor: Any) -> None:
    """By hand, or as what an action of a ticket stands for."""
    action = None
    if "ticket" in step:
        key, number = step["ticket"]
        cycle = ticket_queries.get_cycle(cast.ticket(key))
        action = session.scalars(
            select(Action).where(Action.cycle_id == cycle.id, Action.position == number)
        ).one()
    assigning.assign(
        cast.course(step["course"]),
        [cast.person(key) for key in step["people"]],
        due=cast.timeline.day(step["due"]),
        note=step.get("note", ""),
        action=action,
        actor=actor,
    )


def _own(cast: Cast, step: Step, person: Person) -> Assignment:
    """The newest of this course that somebody has still to take."""
    return session.scalars(
        select(Assignment)
        .where(
            Assignment.person_id == person.id,
            Assignment.course_id == cast.courses[step["course"]],
            Assignment.state.in_(("assigned", "started", "failed")),
        )
        .order_by(Assignment.id.desc())
        .limit(1)
    ).one()


def _begin(cast: Cast, step: Step, actor: Any) -> None:
    """Opened, and the first page read."""
    own = _own(cast, step, actor)
    learning.start(own, actor=actor)
    assert own.version_id is not None
    learning.read_step(own, queries.list_steps(own.version_id)[0], actor=actor)


def _take(cast: Cast, step: Step, actor: Any) -> None:
    """Everything read, the quiz handed in with so many wrong answers in each attempt (none: at once right)."""
    own = _own(cast, step, actor)
    if own.state == "assigned":
        learning.start(own, actor=actor)
    assert own.version_id is not None
    for page in queries.list_steps(own.version_id):
        learning.read_step(own, page, actor=actor)
    bank = {question.id: question for question in queries.list_questions(own.version_id)}
    if not bank:
        learning.confirm(own, actor=actor)
        return
    for wrong in step.get("wrong", [0]):
        attempt = learning.begin_attempt(own, actor=actor)
        for place, asked in enumerate(attempt.asked, 1):
            right = bank[asked["id"]].right
            chosen = right if place > wrong else {next(item for item in asked["order"] if item not in right)}
            learning.answer(own, attempt, place=place, chosen=sorted(chosen), actor=actor)
        learning.hand_in(own, attempt, actor=actor)


def _waive(cast: Cast, step: Step, actor: Any) -> None:
    assigning.waive(_own(cast, step, cast.person(step["person"])), reason=step["reason"], actor=actor)


def _postpone(cast: Cast, step: Step, actor: Any) -> None:
    assigning.postpone(
        _own(cast, step, cast.person(step["person"])),
        due=cast.timeline.day(step["due"]),
        reason=step["reason"],
        actor=actor,
    )


def _join(cast: Cast, step: Step, actor: Any) -> None:
    """Somebody new; the rules give them their courses."""
    key, name, mailbox, language, home, role, place = step["person"]
    person = add_person(
        email=f"{mailbox}@binjiang.example",
        name=name,
        unit=cast.unit(home),
        language=language,
        time_zone=content.people()["organisation"]["time_zone"],
        password=PASSWORD,
        actor=actor,
    )
    cast.people[key] = person.id
    grant(person, Role(role), cast.unit(place), actor=actor)
    session.flush()
    daily.follow_rules()


VERBS: dict[str, Callable[[Cast, Step, Any], None]] = {
    "competence": _competence,
    "prove": _prove,
    "course": _course,
    "publish": _publish,
    "rule": _rule,
    "assign": _assign,
    "begin": _begin,
    "waive": _waive,
    "postpone": _postpone,
    "join": _join,
}


def take(cast: Cast, step: Step) -> None:
    """One step. What learners do themselves names them; the rest has one actor."""
    if step["do"] == "take":
        for key in step["people"]:
            _take(cast, step, cast.person(key))
        return
    VERBS[step["do"]](cast, step, cast.person(step["by"]))
