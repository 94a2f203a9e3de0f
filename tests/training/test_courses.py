"""Writing courses: drafts, publishing, retiring; who may, and what is refused."""

import io
from typing import Any

import pytest

from core import files, trail
from core.errors import EditConflict, NotPermitted, RuleViolation
from tests.people import People
from tests.training.builders import draft_of, make_course, of_person, published
from training.operations import assigning, learning
from training.operations import courses as operations
from training.queries import assignments
from training.queries import courses as queries


def test_a_course_is_written_read_and_published(people: People) -> None:
    course = make_course(people)
    assert course.code.startswith("CRS-")
    version = published(course)
    assert (version.number, version.state, version.published_by_id) == (1, "published", people.manager.id)
    assert [step.title_en for step in queries.list_steps(version.id)] == ["Step 1", "Step 2"]
    assert len(queries.list_questions(version.id)) == 4
    actions = [entry.action for entry in trail.history(course)]
    assert actions[0] == "course.published"
    assert actions[-1] == "course.written"


def test_what_was_published_is_not_edited(people: People) -> None:
    course = make_course(people)
    version = published(course)
    step, question = queries.list_steps(version.id)[0], queries.list_questions(version.id)[0]
    for attempt in (
        lambda: operations.add_step(version, title_en="More", actor=people.manager),
        lambda: operations.change_step(version, step, title_en="Other", actor=people.manager),
        lambda: operations.remove_step(version, step, actor=people.manager),
        lambda: operations.move_step(version, step, up=False, actor=people.manager),
        lambda: operations.remove_question(version, question, actor=people.manager),
        lambda: operations.change_settings(version, draw=1, pass_mark=0.5, attempts=1, actor=people.manager),
        lambda: operations.publish(version, actor=people.manager),
        lambda: operations.delete_draft(version, actor=people.manager),
    ):
        with pytest.raises(RuleViolation, match="Only a draft"):
            attempt()


def test_a_new_version_takes_over_and_the_former_is_retired(people: People) -> None:
    course = make_course(people)
    first = published(course)
    draft = operations.draft_version(course, actor=people.manager)
    with pytest.raises(RuleViolation, match="one at a time"):
        operations.draft_version(course, actor=people.manager)
    assert [step.title_en for step in queries.list_steps(draft.id)] == ["Step 1", "Step 2"]
    assert [item.choices for item in queries.list_questions(draft.id)] == [
        item.choices for item in queries.list_questions(first.id)
    ]
    last = queries.list_steps(draft.id)[1]
    operations.move_step(draft, last, up=True, actor=people.manager)
    assert [step.title_en for step in queries.list_steps(draft.id)] == ["Step 2", "Step 1"]
    operations.publish(draft, actor=people.manager)
    assert (first.state, draft.state, draft.number) == ("retired", "published", 2)


def test_nobody_publishes_an_empty_course_or_asks_more_than_there_is(people: People) -> None:
    course = make_course(people, steps=0, questions=2, publish=False)
    draft = draft_of(course)
    with pytest.raises(RuleViolation, match="nothing to read"):
        operations.publish(draft, actor=people.manager)
    operations.add_step(draft, title_zh="第一步", actor=people.manager)
    operations.change_settings(draft, draw=3, pass_mark=0.8, attempts=2, actor=people.manager)
    with pytest.raises(RuleViolation, match="asks 3 questions, the bank has 2"):
        operations.publish(draft, actor=people.manager)


def test_refusals_name_the_field(people: People) -> None:
    course = make_course(people, publish=False)
    draft, question = draft_of(course), queries.list_questions(draft_of(course).id)[0]

    def refused(field: str, call: Any) -> None:
        with pytest.raises(RuleViolation) as caught:
            call()
        assert caught.value.field == field

    manager = people.manager
    refused("title_en", lambda: operations.write_course(unit=people.root, owner=manager, actor=manager))
    refused(
        "valid_months",
        lambda: operations.write_course(
            unit=people.root, owner=manager, actor=manager, title_en="x", valid_months=-1
        ),
    )
    refused("title_en", lambda: operations.add_step(draft, body_en="text", actor=manager))
    refused(
        "draw", lambda: operations.change_settings(draft, draw=-1, pass_mark=0.5, attempts=1, actor=manager)
    )
    refused(
        "pass_percent",
        lambda: operations.change_settings(draft, draw=0, pass_mark=0, attempts=1, actor=manager),
    )
    refused(
        "attempts", lambda: operations.change_settings(draft, draw=0, pass_mark=1, attempts=0, actor=manager)
    )
    refused(
        "choices",
        lambda: operations.change_question(
            draft, question, kind="single", text_en="x", choices=[{"en": "a", "right": True}], actor=manager
        ),
    )
    refused(
        "text_en",
        lambda: operations.add_question(
            draft, kind="single", choices=[{"en": "a", "right": True}, {"en": "b"}], actor=manager
        ),
    )


def test_only_who_writes_in_the_unit_writes(people: People) -> None:
    course = make_course(people, unit=people.south)
    draft = operations.draft_version(course, actor=people.south_owner)
    for person in (people.owner, people.staff, people.auditor, people.top, people.admin):
        with pytest.raises(NotPermitted):
            operations.add_step(draft, title_en="x", actor=person)
        with pytest.raises(NotPermitted):
            operations.retire_course(course, reason="x", actor=person)
    with pytest.raises(NotPermitted):
        operations.write_course(unit=people.south, owner=people.owner, title_en="x", actor=people.owner)
    with pytest.raises(NotPermitted):
        operations.add_rule(course, unit=people.north, due_days=5, actor=people.south_owner)


def test_two_who_edit_one_step_are_told(people: People) -> None:
    draft = draft_of(make_course(people, publish=False))
    step = queries.list_steps(draft.id)[0]
    seen = step.row_version
    operations.change_step(draft, step, title_en="First", seen=seen, actor=people.manager)
    from core.db import session

    session.flush()
    with pytest.raises(EditConflict):
        operations.change_step(draft, step, title_en="Second", seen=seen, actor=people.approver)


def test_a_course_is_retired_when_nobody_has_it_open(people: People) -> None:
    course = make_course(people)
    operations.add_rule(course, unit=people.lights, due_days=30, actor=people.manager)
    item = of_person(people.staff)[0]
    with pytest.raises(RuleViolation, match="1 person still has to take it"):
        operations.retire_course(course, reason="old", actor=people.manager)
    assigning.waive(item, reason="Leaves next week", actor=people.manager)
    with pytest.raises(RuleViolation, match="reason"):
        operations.retire_course(course, reason=" ", actor=people.manager)
    operations.retire_course(course, reason="Replaced", actor=people.manager)
    assert course.retired_at is not None
    assert queries.find_published(course.id) is None
    assert queries.list_rules(course.id) == []
    with pytest.raises(RuleViolation, match="retired"):
        operations.draft_version(course, actor=people.manager)


def test_a_draft_goes_and_a_course_never_published_goes_with_it(people: People) -> None:
    course = make_course(people)
    second = operations.draft_version(course, actor=people.manager)
    assert operations.delete_draft(second, actor=people.manager) is False
    assert queries.find_published(course.id) is not None
    other = make_course(people, publish=False)
    number = other.id
    assert operations.delete_draft(draft_of(other), actor=people.manager) is True
    from core.errors import NotFound

    with pytest.raises(NotFound):
        queries.get_course(number)


def test_a_file_hangs_on_a_step_and_goes_along(people: People) -> None:
    draft = draft_of(make_course(people, publish=False))
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
    received = files.receive(io.BytesIO(png), "lamp.png", limit=10_000)
    step = operations.add_step(draft, title_en="Picture", file=received, actor=people.manager)
    assert step.file is not None
    assert step.file.media_type == "image/png"
    operations.publish(draft, actor=people.manager)
    second = operations.draft_version(draft.course, actor=people.manager)
    copied = queries.list_steps(second.id)[-1]
    assert copied.file_id == step.file_id
    operations.change_step(second, copied, title_en="Picture", drop_file=True, actor=people.manager)
    assert copied.file is None
    assert step.file is not None


def test_who_has_begun_ends_the_version_begun(people: People) -> None:
    course = make_course(people)
    operations.add_rule(course, unit=people.lights, due_days=30, actor=people.manager)
    item = of_person(people.staff)[0]
    assert item.version_id is None, "until it is begun the newest version counts"
    learning.start(item, actor=people.staff)
    first = item.version_id
    operations.publish(operations.draft_version(course, actor=people.manager), actor=people.manager)
    assert item.version_id == first
    operations.add_rule(course, unit=people.south, due_days=30, actor=people.manager)
    other = of_person(people.south_owner)[0]
    learning.start(other, actor=people.south_owner)
    assert other.version_id == published(course).id != first
    assert assignments.count_own_open(people.staff) == 1
