import pytest

from core.db import session
from core.errors import EditConflict, NotPermitted, RuleViolation
from standards.models import Requirement
from standards.operations import requirements
from standards.queries import standards as queries
from standards.rules.requirements import clean
from tests.page import Page
from tests.people import People
from tests.standards.test_versions import timed, written


def test_a_removed_code_is_never_given_again(people: People) -> None:
    version = written(people)
    timed(version, people)
    second = timed(version, people, to_milestone="closed")
    assert second.code == "R2"
    requirements.remove_requirement(second, actor=people.owner)
    assert timed(version, people, to_milestone="answered").code == "R3"
    assert timed(written(people), people).code == "R1"


def test_the_sentence_follows_the_fields_until_people_write_their_own(people: People) -> None:
    row = timed(written(people), people)
    assert row.statement_en == "Repair within **5\u00a0working days** of receipt."
    requirements.change_requirement(row, actor=people.owner, limit="2 hours")
    assert row.statement_en == "Repair within **2\u00a0hours** of receipt."
    requirements.change_requirement(row, actor=people.owner, statement_en="We repair fast: **2 hours**.")
    requirements.change_requirement(row, actor=people.owner, limit="3 hours")
    assert row.statement_en == "We repair fast: **2 hours**."
    assert "3\u00a0小时" in row.statement_zh


def test_order_is_changed_one_place_at_a_time(people: People) -> None:
    version = written(people)
    rows = [timed(version, people, to_milestone=name) for name in ("a", "b", "c")]
    requirements.move_requirement(rows[2], actor=people.owner, up=True)
    assert [row.code for row in queries.list_requirements(version.id)] == ["R1", "R3", "R2"]
    requirements.move_requirement(rows[0], actor=people.owner, up=True)
    requirements.move_requirement(rows[0], actor=people.owner, up=False)
    assert [row.code for row in queries.list_requirements(version.id)] == ["R3", "R1", "R2"]


def test_another_unit_may_not_write(people: People) -> None:
    version = written(people)
    row = timed(version, people)
    with pytest.raises(NotPermitted):
        requirements.change_requirement(row, actor=people.south_owner, target=0.5)
    with pytest.raises(NotPermitted):
        requirements.add_requirement(
            version, actor=people.staff, kind="content", rule={"points": [{"en": "x"}]}
        )


def test_an_older_form_does_not_overwrite(people: People) -> None:
    row: Requirement = timed(written(people), people)
    seen = row.row_version
    requirements.change_requirement(row, actor=people.owner, target=0.9)
    session.flush()
    with pytest.raises(EditConflict):
        requirements.change_requirement(row, actor=people.manager, seen=seen, target=0.8)


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("timing", {"from_milestone": "", "to_milestone": "b"}, "from_milestone"),
        ("timing", {"from_milestone": "a", "to_milestone": "a"}, "to_milestone"),
        ("timing", {"from_milestone": "a", "to_milestone": "b", "limit": "soon"}, "limit"),
        ("timing", {"from_milestone": "a", "to_milestone": "b", "limit": "99999 days"}, "limit"),
        ("timing", {"from_milestone": "a", "to_milestone": "b", "target": 1.5}, "target"),
        ("timing", {"from_milestone": "a", "to_milestone": "b", "population": {"": ["x"]}}, "population"),
        ("timing", {"from_milestone": "a", "to_milestone": "b", "pauses": [["x", ""]]}, "pauses"),
        ("staffing", {"rule": {"count": "least", "post_en": "crew", "least": 0}}, "least"),
        ("staffing", {"rule": {"count": "least", "post_en": "", "least": 1}}, "post_en"),
        ("staffing", {"rule": {"post_en": "x", "least": 1, "from": "20:00", "until": "08:00"}}, "until"),
        ("staffing", {"rule": {"count": "every", "post_en": "crew"}}, "competence_en"),
        ("staffing", {"rule": {"count": "ratio", "post_en": "crew", "per": 5}}, "per_en"),
        ("content", {"rule": {"points": []}}, "points"),
        ("content", {"rule": {"points": [{"en": "x", "weight": -1}]}}, "points"),
        ("content", {"rule": {"points": [{"en": "x"}]}, "dimension": "speed"}, "dimension"),
        ("other", {}, "kind"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    people: People, kind: str, fields: dict[str, object], field: str
) -> None:
    assert people
    with pytest.raises(RuleViolation) as refused:
        clean(kind, fields)
    assert refused.value.field == field


def test_the_page_keeps_what_was_typed_and_marks_the_field(page: Page, people: People) -> None:
    version = written(people)
    page.as_(people.owner)
    answer = page.post(
        f"/standards/versions/{version.id}/requirements/new",
        {
            "kind": "timing",
            "from_milestone": "received",
            "to_milestone": "received",
            "amount": "5",
            "unit": "days",
            "dimension": "",
            "kano": "",
            "calendar_id": "",
            "count": "least",
            "statement_en": "Kept as typed",
        },
        status=422,
    )
    assert "Kept as typed" in answer.text
    assert 'id="to_milestone-error"' in answer.text
    assert queries.list_requirements(version.id) == []


def test_milestones_of_other_promises_are_offered(page: Page, people: People) -> None:
    version = written(people)
    timed(version, people, from_milestone="reported", to_milestone="made safe")
    other = written(people)
    session.commit()
    text = page.as_(people.owner).get(f"/standards/versions/{other.id}/requirements/new?kind=timing")
    offered = text.partition('<datalist id="milestones">')[2].partition("</datalist>")[0]
    assert '"made safe"' in offered
    assert '"reported"' in offered
    assert text.count('list="milestones"') == 3
