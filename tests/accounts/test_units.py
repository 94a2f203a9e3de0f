"""The tree of units: adding, changing, moving, closing."""

import pytest

from accounts import operations, queries
from core import access, trail
from core.db import session
from core.errors import RuleViolation
from tests.page import Page
from tests.people import People


def test_a_unit_is_added_below_another(page: Page, people: People) -> None:
    page.as_(people.admin)
    page.get(f"/units/{people.lights.id}/add")
    data = {
        "code": "LIGHTS-A",
        "name_en": "",
        "name_zh": "路灯一组",
        "kind": "team",
        "time_zone": "",
        "_once": "u1",
    }
    page.post(f"/units/{people.lights.id}/add", data)
    assert "路灯一组" in page.follow()
    made = queries.find_unit_by_code("LIGHTS-A")
    assert made is not None
    assert made.path == f"{people.lights.path}{made.id}/"
    text = page.post(f"/units/{people.lights.id}/add", {**data, "_once": "u2"}, status=422).text
    assert "with the code LIGHTS-A already" in text
    assert (
        "at least one language"
        in page.post(
            f"/units/{people.lights.id}/add", {**data, "name_zh": "", "code": "X", "_once": "u3"}, status=422
        ).text
    )


def test_the_tree_shows_depth_people_and_closed_units(page: Page, people: People) -> None:
    page.as_(people.admin)
    text = page.get("/units")
    assert 'class="in d2"' in text
    assert "Street lights" in text
    operations.add_unit(code="OLD", name_en="Old yard", parent=people.south, actor=None)
    old = queries.find_unit_by_code("OLD")
    assert old is not None
    session.commit()
    page.post(f"/units/{old.id}/close")
    page.follow()
    assert "Old yard" not in page.get("/units")
    assert "Old yard" in page.get("/units?closed=1")
    page.post(f"/units/{old.id}/reopen")
    assert "Old yard" in page.get("/units")


def test_what_lies_below_moves_along_and_roles_reach_it(people: People) -> None:
    operations.move_unit(people.north, people.south, actor=people.admin)
    session.flush()
    assert people.lights.path.startswith(people.south.path)
    owner = queries.with_holdings(people.south_owner)
    from accounts.permissions import SEE_PEOPLE

    assert access.may(owner, SEE_PEOPLE, people.lights.path)
    with pytest.raises(RuleViolation, match="below itself"):
        operations.move_unit(people.south, people.lights, actor=people.admin)
    with pytest.raises(RuleViolation, match="can't be moved"):
        operations.move_unit(people.root, people.south, actor=people.admin)


def test_a_unit_with_people_or_open_units_is_not_closed(page: Page, people: People) -> None:
    page.as_(people.admin)
    assert "open unit" in page.post(f"/units/{people.north.id}/close", status=422).text
    assert "belongs to this unit" in page.post(f"/units/{people.lights.id}/close", status=422).text
    assert "can&#39;t be closed" in page.post(f"/units/{people.root.id}/close", status=422).text


def test_the_page_of_a_unit_tells_its_history(page: Page, people: People) -> None:
    page.as_(people.admin)
    page.post(f"/units/{people.lights.id}/move", {"parent_id": str(people.south.id)})
    text = page.follow()
    assert "Unit moved" in text
    assert "Ann Admin" in text
    assert trail.history(people.lights)[0].action == "unit.moved"
