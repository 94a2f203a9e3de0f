"""Mapping requirements to clauses, by whom, in which state, and through the crosswalk."""

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import session
from core.errors import EditConflict, NotPermitted, RuleViolation
from core.trail import TrailEntry
from standards.models import Mapping
from standards.operations import mapping as operations
from standards.queries import mapping as queries
from standards.rules.coverage import Degree, suggested_degree
from standards.views.mapping import mapping_panels
from tests.page import Page
from tests.people import People
from tests.standards.clause_rows import clause, load, load_product, make_standard, statements

WHY = "Each case has a state that is told on request."


@pytest.mark.parametrize(
    ("degree", "relation", "forward", "changed", "expected"),
    [
        ("full", "equal", True, False, Degree.full),
        ("full", "equal", False, False, Degree.full),
        ("partial", "equal", True, False, Degree.partial),
        ("full", "partial", True, False, Degree.partial),
        ("supports", "partial", True, False, Degree.supports),
        ("full", "supports", True, False, Degree.supports),
        ("full", "supports", False, False, None),
        ("full", "successor", True, False, Degree.full),
        ("full", "successor", True, True, Degree.partial),
    ],
)
def test_a_tie_suggests_no_more_than_it_carries(
    degree: str, relation: str, forward: bool, changed: bool, expected: Degree | None
) -> None:
    assert suggested_degree(degree, relation, forward=forward, changed=changed) == expected


def test_a_mapping_says_what_why_who_and_stands_in_the_trail_of_the_standard(
    app: Flask, people: People
) -> None:
    load("iso-10002-2018")
    standard, _version, (first, _second) = make_standard(people.root, people.manager)
    made = operations.map_requirement(
        first, clause("7.3"), degree="full", rationale_en=WHY, actor=people.auditor
    )
    session.commit()
    assert (made.mapped_by_name, made.rationale_en) == ("Aki Auditor", WHY)
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "mapping.added")).one()
    assert (entry.object_type, entry.object_id, entry.reason) == ("standard", standard.id, WHY)
    assert entry.differences["clause"] == [None, "ISO 10002:2018 7.3"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"degree": "full"}, "rationale_en"),
        ({"degree": "wholly", "rationale_en": WHY}, "degree"),
        ({"degree": "full", "rationale_en": "x" * 4001}, "rationale_en"),
    ],
)
def test_what_a_mapping_needs(app: Flask, people: People, values: dict[str, str], field: str) -> None:
    load("iso-10002-2018")
    _standard, _version, (first, _second) = make_standard(people.root, people.manager)
    with pytest.raises(RuleViolation) as refusal:
        operations.map_requirement(first, clause("7.3"), actor=people.manager, **values)
    assert refusal.value.field == field


def test_a_chapter_can_t_be_mapped_and_nothing_twice(app: Flask, people: People) -> None:
    load("iso-10002-2018")
    _standard, _version, (first, _second) = make_standard(people.root, people.manager)
    with pytest.raises(RuleViolation, match="can't be assessed"):
        operations.map_requirement(first, clause("7"), degree="full", rationale_en=WHY, actor=people.manager)
    operations.map_requirement(
        first, clause("7.3"), degree="full", rationale_zh="有状态", actor=people.manager
    )
    with pytest.raises(RuleViolation, match="already"):
        operations.map_requirement(
            first, clause("7.3"), degree="partial", rationale_en=WHY, actor=people.manager
        )


def test_what_is_superseded_stays_as_it_was(app: Flask, people: People) -> None:
    load("iso-10002-2018")
    _standard, _version, (first, _second) = make_standard(people.root, people.manager, state="superseded")
    with pytest.raises(RuleViolation, match="not in force"):
        operations.map_requirement(
            first, clause("7.3"), degree="full", rationale_en=WHY, actor=people.manager
        )
    with pytest.raises(NotPermitted):
        queries.get_requirement_for(people.manager, first.id)


def test_who_may_map_depends_on_the_state_and_the_unit(app: Flask, people: People) -> None:
    _standard, draft, _rows = make_standard(people.north, people.owner, state="draft")
    _standard, in_force, _rows = make_standard(people.north, people.owner)
    allowed = {
        name: (
            queries.may_map(getattr(people, name), draft),
            queries.may_map(getattr(people, name), in_force),
        )
        for name in ("manager", "auditor", "owner", "south_owner", "staff", "top", "visitor")
    }
    assert allowed == {
        "manager": (True, True),
        "auditor": (True, True),
        "owner": (True, False),
        "south_owner": (False, False),
        "staff": (False, False),
        "top": (False, False),
        "visitor": (False, False),
    }


def test_taking_a_mapping_away_needs_a_reason_unless_in_a_draft(app: Flask, people: People) -> None:
    load("iso-10002-2018")
    _standard, _version, (drafted, _other) = make_standard(people.root, people.manager, state="draft")
    _standard, _version, (held, _other) = make_standard(people.root, people.manager)
    found = [
        operations.map_requirement(row, clause("7.3"), degree="full", rationale_en=WHY, actor=people.manager)
        for row in (drafted, held)
    ]
    operations.unmap(found[0], actor=people.manager)
    with pytest.raises(RuleViolation) as refusal:
        operations.unmap(found[1], actor=people.manager)
    assert refusal.value.field == "reason"
    operations.unmap(found[1], actor=people.manager, reason="Never true.")
    session.commit()
    assert session.scalars(select(Mapping)).all() == []
    reasons = session.scalars(select(TrailEntry.reason).where(TrailEntry.action == "mapping.removed")).all()
    assert sorted(reasons) == ["", "Never true."]


def test_two_people_don_t_overwrite_each_other(app: Flask, people: People) -> None:
    load("iso-10002-2018")
    _standard, _version, (first, _second) = make_standard(people.root, people.manager)
    made = operations.map_requirement(
        first, clause("7.3"), degree="full", rationale_en=WHY, actor=people.manager
    )
    seen = made.row_version
    operations.change_mapping(
        made, seen=seen, degree="partial", rationale_en="Delays only.", rationale_zh="", actor=people.auditor
    )
    assert made.mapped_by_name == "Aki Auditor"
    with pytest.raises(EditConflict):
        operations.change_mapping(
            made, seen=seen, degree="full", rationale_en=WHY, rationale_zh="", actor=people.manager
        )


def test_map_once_answer_many(app: Flask, people: People) -> None:
    load_product()
    _standard, version, (first, second) = make_standard(people.root, people.manager, state="draft")
    operations.map_requirement(
        first, clause("4.2"), degree="full", rationale_en="The charter is signed.", actor=people.manager
    )
    suggested = {
        (item.clause.framework.code, item.clause.number): item
        for item in queries.suggestions_for_requirement(first)
    }
    equal = suggested["iso-10001-2018", "4.2"]
    assert (equal.degree, equal.relation) == (Degree.full, "equal")
    assert all(item.degree is not Degree.full for item in suggested.values() if item.relation == "supports")
    made = operations.take_suggestion(equal, actor=people.manager)
    assert (
        made.rationale_en
        == "Through ISO 10002:2018 4.2, which this requirement addresses: The charter is signed."
    )
    assert made.rationale_zh.startswith("经由该要求已覆盖的 ISO 10002:2018 4.2")
    assert ("iso-10001-2018", "4.2") not in {
        (item.clause.framework.code, item.clause.number)
        for item in queries.suggestions_for_requirement(first)
    }
    # and from the other side
    other = clause("4.3.1", "iso-10004-2018")
    assert [item.requirement.id for item in queries.suggestions_for_clause(other, people.manager)] == [
        first.id
    ]
    panels = mapping_panels(version, people.manager)
    assert len(panels[first.id]["mappings"]) == 2
    assert second.id not in panels


def test_a_draft_is_not_suggested_to_those_who_may_not_read_it(app: Flask, people: People) -> None:
    load_product()
    _standard, _version, (first, _second) = make_standard(people.root, people.manager, state="draft")
    operations.map_requirement(first, clause("4.2"), degree="full", rationale_en=WHY, actor=people.manager)
    other = clause("4.3.1", "iso-10004-2018")
    assert queries.suggestions_for_clause(other, people.manager)
    assert queries.suggestions_for_clause(other, people.visitor) == []
    assert queries.suggestions_for_clause(other, people.staff) == []


def test_panels_of_a_version_cost_the_same_with_few_and_many_requirements(app: Flask, people: People) -> None:
    load_product()
    costs = []
    for count in (2, 12):
        _standard, version, rows = make_standard(
            people.root, people.manager, state="draft", requirements=count
        )
        for row in rows:
            operations.map_requirement(
                row, clause("4.2"), degree="full", rationale_en=WHY, actor=people.manager
            )
        session.commit()
        _ = version.standard.unit.path
        costs.append(statements(lambda version=version: mapping_panels(version, people.manager)))  # type: ignore[misc]  # bound at once
    assert costs[0] == costs[1]


# --- pages ---------------------------------------------------------------------------------------------------


def test_mapping_from_the_clause_then_changing_and_removing_it(
    app: Flask, people: People, page: Page
) -> None:
    load("iso-10002-2018")
    standard, _version, (first, _second) = make_standard(people.root, people.manager)
    url = f"/frameworks/iso-10002-2018/clauses/7.3/map?standard={standard.code}"
    page.as_(people.auditor)
    assert "R1 Tell the resident" in page.get(url)
    answer = page.post(url, {"requirement": first.id, "degree": "full"}, status=422)
    assert "Say in one sentence" in answer.text
    page.post(url, {"requirement": first.id, "degree": "partial", "rationale_en": WHY})
    assert "mapped to ISO 10002:2018 7.3" in page.follow()
    made = session.scalars(select(Mapping)).one()
    edit = f"/mappings/{made.id}"
    assert WHY in page.get("/frameworks/iso-10002-2018/clauses/7.3")
    page.get(edit)
    page.post(edit, {"degree": "full", "rationale_en": WHY, "row_version": "1"})
    answer = page.post(edit, {"degree": "partial", "rationale_en": "Older.", "row_version": "1"}, status=409)
    assert "Older." in answer.text
    page.post(f"{edit}/remove", {}, status=422)
    page.post(f"{edit}/remove", {"reason": "Not so."})
    assert session.scalars(select(Mapping)).all() == []


def test_mapping_from_the_requirement_and_through_suggestions(app: Flask, people: People, page: Page) -> None:
    load_product()
    _standard, version, (first, _second) = make_standard(people.north, people.owner, state="draft")
    page.as_(people.owner)
    url = f"/requirements/{first.id}/map"
    assert f'href="{url}"' in page.get(f"/standards/versions/{version.id}")
    assert "Not mapped to any clause yet" in page.get(url)
    page.post(url, {"clause": clause("4.2").id, "degree": "full", "rationale_zh": "已签署承诺"})
    text = page.follow()
    assert "The crosswalk suggests" in text
    wanted = clause("4.2", "iso-10001-2018").id
    page.post(f"/requirements/{first.id}/suggestions", {"clause": [wanted]})
    assert "1 clause mapped through the crosswalk" in page.follow()
    assert len(session.scalars(select(Mapping)).all()) == 2


def test_others_are_refused(app: Flask, people: People, page: Page) -> None:
    load("iso-10002-2018")
    _standard, _version, (first, _second) = make_standard(people.north, people.owner)
    made = operations.map_requirement(
        first, clause("7.3"), degree="full", rationale_en=WHY, actor=people.manager
    )
    session.commit()
    for person in (people.owner, people.south_owner, people.staff, people.visitor):
        page.as_(person)
        page.get(f"/requirements/{first.id}/map", status=403)
        page.get(f"/mappings/{made.id}", status=403)
        page.post(f"/mappings/{made.id}/remove", {"reason": "x"}, status=403)
        page.post(f"/requirements/{first.id}/suggestions", {}, status=403)
        text = page.get("/frameworks/iso-10002-2018/clauses/7.3/map")
        assert "There is no requirement that you may map" in text
    assert session.get(Mapping, made.id) is not None
