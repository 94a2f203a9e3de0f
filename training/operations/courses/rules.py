"""Who takes a course: rules by unit, role and standard."""

from typing import Any

from accounts.models import Unit
from core import access, clock, trail
from core.db import session
from core.errors import RuleViolation
from core.i18n import _
from standards.models import Standard
from training.models import Course, CourseRule
from training.operations.courses.course import may_write
from training.permissions import WRITE
from training.queries import courses as queries
from training.rules import DUE_MOST


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

    may_write(course, actor)
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
    may_write(rule.course, actor)
    if rule.ended_at is not None:
        raise RuleViolation(_("This rule has ended already."))
    rule.ended_at = clock.now()
    trail.record(
        rule.course,
        "course_rule.ended",
        actor=actor,
        changes={"unit": (rule.unit.name, None), "role": (rule.role, None)},
    )
