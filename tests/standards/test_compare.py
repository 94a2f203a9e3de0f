"""Two versions side by side."""

from core.db import session
from standards.operations import requirements, versions
from standards.queries import standards as queries
from standards.rules.compare import compare, differences
from tests.page import Page
from tests.people import People
from tests.standards.test_versions import in_force


def test_words_that_came_and_went() -> None:
    assert differences("within 7 days", "within 5 days") == [
        ("same", "within "),
        ("del", "7"),
        ("ins", "5"),
        ("same", " days"),
    ]
    assert differences("5 个工作日内修复", "3 个工作日内修复并回访") == [
        ("del", "5"),
        ("ins", "3"),
        ("same", " 个工作日内修复"),
        ("ins", "并回访"),
    ]
    assert differences("", "new") == [("ins", "new")]
    assert differences("same", "same") == [("same", "same")]


def test_joined_again_it_is_the_text_after() -> None:
    before, after = "Answer the call, then ask.", "Ask first; then answer every call within 3 rings."
    pieces = differences(before, after)
    assert "".join(text for mark, text in pieces if mark != "del") == after
    assert "".join(text for mark, text in pieces if mark != "ins") == before


def test_requirements_added_removed_changed_and_moved() -> None:
    before = [("R1", 1, {"t": "a"}), ("R2", 2, {"t": "b"}), ("R3", 3, {"t": "c"}), ("R4", 4, {"t": "d"})]
    after = [("R3", 3, {"t": "c"}), ("R1", 1, {"t": "a"}), ("R4", 4, {"t": "dd"}), ("R5", 5, {"t": "e"})]
    found = {change.code: change.kind for change in compare(before, after)}
    assert found["R2"] == "removed"
    assert found["R4"] == "changed"
    assert found["R5"] == "added"
    assert {found["R1"], found["R3"]} == {"same", "moved"}


def test_the_page_marks_the_words(page: Page, people: People) -> None:
    version = in_force(people)
    draft = versions.draft_version(version.standard, actor=people.owner)
    first = queries.list_requirements(draft.id)[0]
    requirements.change_requirement(first, actor=people.owner, limit="3 working days")
    requirements.add_requirement(
        draft, actor=people.owner, kind="content", rule={"points": [{"en": "Say why", "zh": "说明原因"}]}
    )
    session.commit()
    page.as_(people.owner)
    text = page.get(f"/standards/{version.standard_id}/compare")
    assert "<del>5</del><ins>3</ins>" in text
    assert "Added" in text
    assert "<del>5</del>" in page.get(f"/standards/{version.standard_id}/compare?lang=zh")
    page.as_(people.staff)
    assert "No difference" in page.get(f"/standards/{version.standard_id}/compare")
