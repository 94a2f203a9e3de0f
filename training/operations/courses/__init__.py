"""Courses and their versions: written as a draft, published for everybody, retired. Entries stand on the course's trail."""

from training.operations.courses.content import (
    add_question,
    add_step,
    change_question,
    change_settings,
    change_step,
    move_step,
    remove_question,
    remove_step,
)
from training.operations.courses.course import (
    FIELDS,
    QUESTION_FIELDS,
    SETTINGS,
    STEP_FIELDS,
    change_course,
    delete_draft,
    draft_version,
    missing_to_publish,
    publish,
    retire_course,
    write_course,
)
from training.operations.courses.rules import add_rule, end_rule

__all__ = [
    "FIELDS",
    "QUESTION_FIELDS",
    "SETTINGS",
    "STEP_FIELDS",
    "add_question",
    "add_rule",
    "add_step",
    "change_course",
    "change_question",
    "change_settings",
    "change_step",
    "delete_draft",
    "draft_version",
    "end_rule",
    "missing_to_publish",
    "move_step",
    "publish",
    "remove_question",
    "remove_step",
    "retire_course",
    "write_course",
]
