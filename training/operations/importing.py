"""Write what a preview has shown: all rows or none, in the transaction of the request."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import select

from accounts.models import Person
from accounts.rules import ImportPlan
from accounts.rules.imports import ImportRow
from core import trail
from core.db import next_code, session
from core.errors import RuleViolation
from core.i18n import _, zone
from training.models import Assignment, AssignmentSet, Competence, Course
from training.operations.competences import prove
from training.operations.learning import settle
from training.operations.steps import permit
from training.queries.courses import OPEN_STATES
from training.rules import Reason, State


def import_training(plan: ImportPlan, *, name: str, actor: Any) -> int:
    """Gives how many records were written. `name` of the file stands on each occasion."""
    if not plan.ready:
        raise RuleViolation(_("The rows changed or are wrong; nothing was written."))
    rows = [row for row in plan.rows if row.state == "new"]
    people = {
        person.email: person
        for person in session.scalars(
            select(Person).where(Person.email.in_({row.values["email"] for row in rows}))
        )
    }
    courses = {course.code: course for course in session.scalars(select(Course))}
    competences = {item.code: item for item in session.scalars(select(Competence))}
    occasions: dict[str, AssignmentSet] = {}
    for row in rows:
        person = people[row.values["email"]]
        if "course" in row.values:
            course = courses[row.values["course"]]
            if course.code not in occasions:
                occasions[course.code] = _occasion(course, plan, name=name, actor=actor)
            _record(row, person, occasions[course.code], actor=actor)
        else:
            prove(
                competences[row.values["competence"]],
                person,
                from_date=row.values["passed_on"],
                until_date=row.values.get("valid_until"),
                note=row.values.get("note", "") or name,
                source="import",
                actor=actor,
            )
    return len(rows)


def _occasion(course: Course, plan: ImportPlan, *, name: str, actor: Any) -> AssignmentSet:
    made = AssignmentSet(
        course=course,
        reason=Reason.imported.value,
        key=f"import:{course.id}:{plan.fingerprint[:32]}",
        note=name,
        made_by_id=getattr(actor, "id", None),
        made_by_name=getattr(actor, "name", "") or "",
    )
    session.add(made)
    session.flush()
    return made


def _record(row: ImportRow, person: Person, occasion: AssignmentSet, *, actor: Any) -> None:
    """One passed course; what the person had still open of it, assigned before that day, is passed with it."""
    day = row.values["passed_on"]
    at = datetime.combine(day, time(12), zone())
    item = Assignment(
        code=next_code("TRN", year=day.year),
        occasion=occasion,
        person=person,
        course=occasion.course,
        state=State.started.value,
        assigned_at=at,
        started_at=at,
    )
    session.add(item)
    session.flush()
    values: dict[str, Any] = {
        "at": at,
        "score": row.values.get("score"),
        "until": row.values.get("valid_until"),
    }
    settle(item, State.passed, actor=actor, **values)
    trail.record(item, "training.imported", actor=actor, reason=row.values.get("note", ""))
    session.flush()
    waiting = session.scalars(
        select(Assignment).where(
            Assignment.person_id == person.id,
            Assignment.course_id == occasion.course_id,
            Assignment.state.in_(OPEN_STATES),
        )
    )
    for other in waiting:
        if other.assigned_at.astimezone(zone()).date() <= day:
            settle(other, permit(other, "pass_along", None), actor=actor, proof=False, **values)
