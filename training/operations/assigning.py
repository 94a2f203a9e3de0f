"""Who gets a course, and why: by rules, by hand, from a ticket, as a refresher. Also waiving and other dates."""

import secrets
import zlib
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from flask import current_app

from accounts.models import Person
from core import access, clock, mail, trail
from core.db import advisory_lock, next_code, session
from core.errors import RuleViolation
from core.i18n import _
from improvement.models import Action, Cycle, Ticket
from improvement.rules.tickets import OPEN as OPEN_STAGES
from improvement.rules.tickets import ActionKind, Stage
from standards.events import VersionEffective
from standards.models import Version
from standards.queries import standards as standard_queries
from training.models import Assignment, AssignmentSet, Course, CourseRule
from training.operations.steps import permit
from training.permissions import ASSIGN
from training.queries import assignments as queries
from training.queries import courses, people
from training.rules import DUE_MOST, SOON_DAYS, Reason, State

OCCASIONS = 3 * 10**10  # above the numbers of other advisory locks


def occasion_of(
    course: Course, reason: Reason, key: str, *, actor: Any = None, **values: Any
) -> AssignmentSet:
    """The occasion with this key; made when it is new."""
    _lock(key)
    found = queries.find_set(key)
    if found is not None:
        return found
    made = AssignmentSet(
        course=course,
        reason=reason.value,
        key=key,
        made_by_id=getattr(actor, "id", None),
        made_by_name=getattr(actor, "name", "") or "",
        **values,
    )
    session.add(made)
    session.flush()
    return made


def _lock(key: str) -> None:
    """Until the end of the transaction nobody else gives something on this occasion."""
    advisory_lock(OCCASIONS + zlib.crc32(key.encode()))


def give(
    occasion: AssignmentSet, persons: Iterable[Person], *, due: date | None, actor: Any
) -> list[Assignment]:
    """Give the course of an occasion to people, once each; they are told by mail. No permission is asked here."""
    known = {item.person_id for item in session.query(Assignment.person_id).filter_by(set_id=occasion.id)}
    year, now = clock.now().year, clock.now()
    soon = due is not None and due <= queries.today() + timedelta(days=SOON_DAYS)
    made = [
        Assignment(
            code=next_code("TRN", year=year),
            occasion=occasion,
            person=person,
            course_id=occasion.course_id,
            due=due,
            assigned_at=now,
            reminded_at=now if soon else None,  # the mail of the assignment says the day already
        )
        for person in persons
        if person.id not in known and person.active
    ]
    session.add_all(made)
    session.flush()
    for item in made:
        trail.record(
            item,
            "training.assigned",
            actor=actor,
            changes={"course": occasion.course.code, "person": item.person.name, "due": due},
        )
        _tell(item, occasion.course, actor=actor)
    return made


def _tell(item: Assignment, course: Course, *, actor: Any) -> None:
    if item.person_id == getattr(actor, "id", None):
        return
    mail.post(
        to=item.person,
        template="training_assigned",
        subject=lambda: _("Training for you: %(title)s", title=course.title),
        context={
            "course": course,
            "due": item.due,
            "link": f"{current_app.config['BASE_URL']}/training/{item.id}",
        },
        kind="training_assigned",
    )


# --- by rules ------------------------------------------------------------------------------------------------


def apply_rules(rules: Sequence[CourseRule], *, actor: Any = None) -> int:
    """Give courses to whom rules mean and who neither has nor knows them. Gives how many got one."""
    given = 0
    published: dict[int, bool] = {}
    for rule in rules:
        course_id = rule.course_id
        if course_id not in published:
            published[course_id] = courses.find_published(course_id) is not None
        if published[course_id]:
            given += _apply(rule, actor=actor)
    return given


def _apply(rule: CourseRule, *, actor: Any) -> int:
    if rule.standard_id is None:
        return _apply_standing(rule, actor=actor)
    version = standard_queries.find_effective_version(rule.standard_id)
    if version is None or not _concerns(rule, version):
        return 0
    return _apply_version(rule, version, actor=actor)


def _apply_standing(rule: CourseRule, *, actor: Any) -> int:
    """Role and unit: whoever holds the role there and neither has the course open nor a valid record."""
    _lock(f"rule:{rule.id}")
    meant = _meant(rule)
    numbers = {person.id for person in meant}
    known = people.having_open(rule.course_id, numbers) | people.passed_since(rule.course_id, numbers, None)
    known |= people.having(rule.course_id, numbers, states=[State.waived.value, State.expired.value])
    wanted = [person for person in meant if person.id not in known]
    if not wanted:
        return 0
    occasion = occasion_of(rule.course, Reason.rule, f"rule:{rule.id}", actor=actor, rule_id=rule.id)
    return len(give(occasion, wanted, due=_due(rule), actor=actor))


def _apply_version(rule: CourseRule, version: Version, *, actor: Any) -> int:
    """A version in force: once for each person, except who passed the course since the version was approved."""
    meant = _meant(rule)
    key = f"version:{version.id}:course:{rule.course_id}"
    _lock(key)
    found = queries.find_set(key)
    if found is not None:
        has = queries.people_of_set(found.id)
        meant = [person for person in meant if person.id not in has]
    since = version.approved_at or version.effective_from
    known = people.passed_since(rule.course_id, {person.id for person in meant}, since)
    wanted = [person for person in meant if person.id not in known]
    if not wanted:
        return 0
    occasion = found or occasion_of(
        rule.course,
        Reason.standard,
        key,
        actor=actor,
        standard_version_id=version.id,
        rule_id=rule.id,
    )
    return len(give(occasion, wanted, due=_due(rule), actor=actor))


def _meant(rule: CourseRule) -> list[Person]:
    return people.list_meant(rule.unit.path, rule.role)[: people.PEOPLE_MOST]


def _due(rule: CourseRule) -> date:
    return queries.today() + timedelta(days=rule.due_days)


def _concerns(rule: CourseRule, version: Version) -> bool:
    """A rule about one requirement is set off when that is new in the version or says something else than before."""
    if not rule.requirement_code:
        return True
    now = _content(version.id).get(rule.requirement_code)
    if now is None:
        return False
    former = [
        item
        for item in standard_queries.list_versions(version.standard_id)
        if item.number < version.number and item.effective_from is not None
    ]
    if not former:
        return True
    before = _content(max(former, key=lambda item: item.number).id).get(rule.requirement_code)
    return before != now


_COMPARED = (
    "kind", "statement_en", "statement_zh", "target", "from_milestone", "to_milestone", "limit", "population",
    "pauses", "calendar_id", "rule",
)  # fmt: skip


def _content(version_id: int) -> dict[str, tuple[Any, ...]]:
    return {
        row.code: tuple(getattr(row, name) for name in _COMPARED)
        for row in standard_queries.list_requirements(version_id)
    }


def assign_after_version(fact: VersionEffective) -> None:
    """A version of a standard came into force: whom the rules of its courses mean gets them."""
    apply_rules(courses.list_rules_of_standard(fact.standard_id))


# --- by hand and from tickets --------------------------------------------------------------------------------


def check_action(action: Action, actor: Any) -> Ticket:
    """The ticket of an action that a course may be named for, or a refusal that says why not."""
    cycle = session.get_one(Cycle, action.cycle_id)
    ticket = cycle.ticket
    access.require(actor, ASSIGN, ticket.unit.path, what=ticket.code)
    if action.kind != ActionKind.training:
        raise RuleViolation(_("This action is not a training."))
    if cycle.number != ticket.cycle_number or ticket.stage not in OPEN_STAGES:
        raise RuleViolation(_("%(code)s has gone on: this action belongs to the past.", code=ticket.code))
    if ticket.stage == Stage.plan:
        raise RuleViolation(
            _(
                "%(code)s is still being planned. Training is assigned when the plan is carried out.",
                code=ticket.code,
            )
        )
    return ticket


def assign(
    course: Course,
    persons: Sequence[Person],
    *,
    due: date,
    note: str = "",
    action: Action | None = None,
    actor: Any,
) -> tuple[AssignmentSet, list[Assignment], int]:
    """Give a course to people by hand, or as the training that an action of a ticket stands for.

    Gives the occasion, what was assigned, and how many had the course open already: by hand these are left alone, for
    a ticket they get it too, since it waits for exactly its own people.
    """
    for person in persons:
        access.require(actor, ASSIGN, person.unit.path, what=person.name)
    ticket = check_action(action, actor) if action is not None else None
    if course.retired_at is not None or courses.find_published(course.id) is None:
        raise RuleViolation(_("%(title)s is not published.", title=course.title), field="course_id")
    _check_due(due)
    if len(persons) > people.PEOPLE_MOST:
        raise RuleViolation(
            _("At most %(num)d people at once: choose a smaller unit.", num=people.PEOPLE_MOST),
            field="unit_id",
        )
    busy = set() if action is not None else people.having_open(course.id, [person.id for person in persons])
    wanted = [person for person in persons if person.id not in busy and person.active]
    if not wanted:
        raise RuleViolation(
            _("Nobody left to assign: everybody chosen has this course open already.")
            if busy
            else _("Choose at least one person."),
            field="people",
        )
    occasion = occasion_of(
        course,
        Reason.ticket if ticket is not None else Reason.manual,
        f"{'ticket' if ticket else 'manual'}:{secrets.token_hex(8)}",
        actor=actor,
        note=note.strip(),
        ticket_id=ticket.id if ticket else None,
        action_id=action.id if action else None,
    )
    made = give(occasion, wanted, due=due, actor=actor)
    if ticket is not None:
        trail.record(
            ticket,
            "ticket.training_assigned",
            actor=actor,
            changes={"course": f"{course.code} {course.title}", "people": len(made), "due": due},
        )
    return occasion, made, len(busy)


def _check_due(due: date) -> None:
    today = queries.today()
    if due < today:
        raise RuleViolation(_("Choose today or a later day."), field="due")
    if (due - today).days > DUE_MOST:
        raise RuleViolation(_("Choose a day within %(num)d days.", num=DUE_MOST), field="due")


def waive(assignment: Assignment, *, reason: str, actor: Any) -> None:
    """It need not be taken, with the reason; nobody does this for themselves."""
    to = permit(assignment, "waive", actor)
    close(assignment, to, reason=_needed(reason), actor=actor, action="training.waived")


def postpone(assignment: Assignment, *, due: date, reason: str, actor: Any) -> None:
    """Another day; the reminders begin anew."""
    permit(assignment, "postpone", actor)
    _check_due(due)
    reason = _needed(reason)
    changes = trail.changed(assignment, {"due": due, "reminded_at": None, "reminded_late_at": None})
    trail.record(
        assignment,
        "training.postponed",
        actor=actor,
        reason=reason,
        changes={"due": changes["due"]} if "due" in changes else {},
    )


def allow_again(assignment: Assignment, *, reason: str, actor: Any) -> None:
    """One more attempt at the quiz after the last one failed."""
    to = permit(assignment, "allow_again", actor)
    reason = _needed(reason)
    before = assignment.state
    assignment.state = str(to)
    assignment.more_attempts += 1
    trail.record(
        assignment,
        "training.allowed_again",
        actor=actor,
        reason=reason,
        changes={"state": (before, assignment.state)},
    )


def _needed(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise RuleViolation(_("Give the reason."), field="reason")
    return reason


def close(assignment: Assignment, to: State | None, *, reason: str = "", actor: Any, action: str) -> None:
    before = assignment.state
    assignment.state = str(to)
    assignment.closed_reason, assignment.closed_at = reason, clock.now()
    assignment.closed_by_name = getattr(actor, "name", "") or ""
    trail.record(
        assignment, action, actor=actor, reason=reason, changes={"state": (before, assignment.state)}
    )
