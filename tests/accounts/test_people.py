"""Administration: who may do what to whom, roles with dates, two tabs on one record."""

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from accounts import operations, queries
from accounts.models import Person, Unit
from accounts.permissions import ADMINISTER
from accounts.rules import Role
from core import access, clock, trail
from core.db import db, session
from core.errors import NotPermitted, RuleViolation
from core.mail import OutboxMail
from tests.page import Page
from tests.people import PASSWORD, People
from tests.statements import counted


@pytest.fixture
def north_admin(people: People) -> Person:
    """An administrator of the north division only."""
    made = operations.add_person(
        email="north@example.org", name="Nora North", unit=people.north, password=PASSWORD, actor=None
    )
    operations.grant(made, Role.administrator, people.north, actor=None)
    session.commit()
    return queries.with_holdings(made)


def form(person: Person, **changes: str) -> dict[str, str]:
    return {
        "name": person.name,
        "email": person.email,
        "unit_id": str(person.unit_id),
        "language": person.language,
        "time_zone": person.time_zone,
        "row_version": str(person.row_version),
        **changes,
    }


NEW = {
    "name": "Wang Fang",
    "email": "Wang.Fang@Example.org",
    "language": "zh",
    "role": "auditor",
    "invite": "y",
}


def test_a_person_is_added_with_role_and_invitation_in_their_language(page: Page, people: People) -> None:
    page.as_(people.admin)
    page.get("/people/add")
    page.post("/people/add", {**NEW, "unit_id": people.north.id, "_once": "t1"})
    text = page.follow()
    assert "wang.fang@example.org" in text
    made = queries.get_person_by_email("wang.fang@example.org")
    assert [(one.role, one.unit_id) for one in queries.list_grants(made)] == [("auditor", people.north.id)]
    mail = session.scalars(select(OutboxMail)).one()
    assert mail.language == "zh"
    assert "三天内" in mail.body


def test_wrong_entries_come_back_with_reasons(page: Page, people: People) -> None:
    page.as_(people.admin)
    text = page.post(
        "/people/add", {**NEW, "email": "no address", "unit_id": people.north.id}, status=422
    ).text
    assert "is not an e-mail address" in text
    assert 'value="Wang Fang"' in text
    text = page.post(
        "/people/add", {**NEW, "email": people.staff.email.upper(), "unit_id": people.north.id}, status=422
    ).text
    assert "registered already" in text
    assert session.scalar(select(func.count()).select_from(OutboxMail)) == 0


def test_only_administrators_open_the_pages(page: Page, people: People) -> None:
    for person in (people.manager, people.owner, people.staff, people.top, people.visitor):
        page.as_(person)
        for url in (
            "/people",
            "/people/add",
            f"/people/{people.staff.id}",
            "/units",
            f"/units/{people.north.id}",
            "/import/people",
            "/outbox",
        ):
            page.get(url, status=403)


def test_an_administrator_of_a_part_sees_and_changes_that_part_only(
    page: Page, people: People, north_admin: Person
) -> None:
    page.as_(north_admin)
    text = page.get("/people")
    assert "Stan Staff" in text
    assert "Sun Owner" not in text
    assert "Ann Admin" not in text
    page.get(f"/people/{people.staff.id}")
    for url in (
        f"/people/{people.south_owner.id}",
        f"/people/{people.south_owner.id}/change",
        f"/units/{people.root.id}",
        f"/units/{people.south.id}/change",
    ):
        page.get(url, status=403)
    for url in (
        f"/people/{people.south_owner.id}/close",
        f"/people/{people.south_owner.id}/invite",
        f"/units/{people.south.id}/close",
        f"/people/{people.south_owner.id}/roles",
    ):
        page.post(url, {"role": "staff", "unit_id": str(people.north.id)}, status=403)


def test_an_administrator_of_a_part_cannot_grant_above_it(
    page: Page, people: People, north_admin: Person
) -> None:
    page.as_(north_admin)
    for unit in (people.root, people.south):
        page.post(
            f"/people/{people.staff.id}/roles", {"role": "administrator", "unit_id": str(unit.id)}, status=422
        )
    assert [one.unit_id for one in queries.list_grants(people.staff)] == [people.lights.id]
    page.post(f"/people/{people.staff.id}/roles", {"role": "auditor", "unit_id": str(people.north.id)})
    assert access.may(queries.with_holdings(people.staff), ADMINISTER) is False
    page.post(
        f"/people/{people.staff.id}/change", form(people.staff, unit_id=str(people.south.id)), status=422
    )
    page.post(f"/units/{people.lights.id}/move", {"parent_id": str(people.south.id)}, status=422)


def test_an_administrator_of_a_part_cannot_take_over_a_higher_account(
    page: Page, people: People, north_admin: Person
) -> None:
    """Somebody of the north who administers the whole: their address and password are out of reach."""
    operations.change_person(people.admin, seen=None, actor=None, unit_id=people.north.id)
    session.commit()
    page.as_(north_admin)
    text = page.post(
        f"/people/{people.admin.id}/change", form(people.admin, email="mine@example.org"), status=422
    ).text
    assert "which you do not administer" in text
    page.post(f"/people/{people.admin.id}/invite", status=422)
    page.post(f"/people/{people.admin.id}/close", status=422)
    held = queries.list_grants(people.admin)[0]
    page.post(f"/people/{people.admin.id}/roles/{held.id}/withdraw", status=403)
    assert queries.get_person(people.admin.id).email == "admin@example.org"
    assert queries.get_person(people.admin.id).active


def test_roles_hold_between_their_dates(people: People) -> None:
    day = queries.today()
    later = operations.grant(
        people.staff, Role.auditor, people.south, actor=people.admin,
        from_date=day + timedelta(days=1), until_date=day + timedelta(days=3),
    )  # fmt: skip
    session.flush()
    held = {
        offset: any(
            one.role == "auditor"
            for one in queries.holdings_of(people.staff.id, on=day + timedelta(days=offset))
        )
        for offset in range(5)
    }
    assert held == {0: False, 1: True, 2: True, 3: False, 4: False}
    with pytest.raises(RuleViolation, match="already"):
        operations.grant(
            people.staff, Role.auditor, people.south, actor=people.admin, from_date=later.from_date
        )
    with pytest.raises(RuleViolation, match="after the first"):
        operations.grant(people.staff, Role.staff, people.south, actor=None, from_date=day, until_date=day)


def test_a_withdrawn_role_can_be_given_again(people: People) -> None:
    held = operations.grant(people.staff, Role.auditor, people.south, actor=people.admin)
    operations.revoke(held, actor=people.admin)
    assert not any(one.role == "auditor" for one in queries.holdings_of(people.staff.id))
    operations.grant(people.staff, Role.auditor, people.south, actor=people.admin)
    session.commit()
    assert any(one.role == "auditor" for one in queries.holdings_of(people.staff.id))
    assert [entry.action for entry in trail.history(people.staff)][:3] == [
        "role.granted",
        "role.revoked",
        "role.granted",
    ]


def test_nobody_locks_themselves_out(page: Page, people: People) -> None:
    page.as_(people.admin)
    held = queries.list_grants(people.admin)[0]
    page.post(f"/people/{people.admin.id}/roles/{held.id}/withdraw", status=422)
    page.post(f"/people/{people.admin.id}/close", status=422)


def test_a_closed_account_is_signed_out_and_can_be_opened_again(page: Page, people: People) -> None:
    page.as_(people.staff)
    theirs = page.client
    page.as_(people.admin)
    page.post(f"/people/{people.staff.id}/close")
    assert theirs.get("/").status_code == 302
    assert "Closed" in page.follow()
    assert "Stan Staff" not in page.get("/people")
    assert "Stan Staff" in page.get("/people?active=False")
    page.post(f"/people/{people.staff.id}/reopen")
    page.as_(people.staff).get("/")


def test_two_tabs_on_a_person_lose_nothing(page: Page, people: People) -> None:
    page.as_(people.admin)
    url = f"/people/{people.staff.id}/change"
    first = page.get(url)
    seen = re.search(r'name="row_version" value="(\d+)"', first)
    assert seen
    old = form(people.staff, row_version=seen.group(1))
    page.post(url, {**old, "name": "Stan Staff-Meyer", "time_zone": "Asia/Tokyo"})
    text = page.post(url, {**old, "name": "Stanley Staff"}, status=409).text
    assert "Ann Admin saved this" in text
    assert "<ins>" in text
    assert "Meyer" in text
    assert 'value="Stanley Staff"' in text
    assert "Asia/Tokyo" in text
    again = {**old, "name": "Stanley Staff-Meyer", "time_zone": "Asia/Tokyo"}
    version = re.search(r'name="row_version" value="(\d+)"', text)
    assert version
    page.post(url, {**again, "row_version": version.group(1)})
    found = queries.get_person(people.staff.id)
    assert (found.name, found.time_zone) == ("Stanley Staff-Meyer", "Asia/Tokyo")


def test_two_tabs_on_a_unit_show_both_texts_and_the_words_of_choices(page: Page, people: People) -> None:
    page.as_(people.admin)
    url = f"/units/{people.north.id}/change"
    old = {
        "code": "NORTH",
        "name_en": "North division",
        "name_zh": "北区",
        "kind": "division",
        "time_zone": "",
        "row_version": str(people.north.row_version),
    }
    page.post(url, {**old, "name_zh": "北部城区", "kind": "site"})
    text = page.post(url, {**old, "name_zh": "北片区"}, status=409).text
    assert "Site" in text
    assert "<ins>部城</ins>" in text
    assert 'value="北片区"' in text
    assert f'name="row_version" value="{queries.get_unit(people.north.id).row_version}"' in text


def test_a_form_sent_twice_adds_one_person(page: Page, people: People) -> None:
    page.as_(people.admin)
    data = {**NEW, "unit_id": people.north.id, "_once": "the same form"}
    page.post("/people/add", data)
    assert page.response is not None
    first = page.response.location
    page.post("/people/add", data)
    assert page.response.location == first
    assert "saved already" in page.follow()


def test_two_connections_that_send_the_same_form_add_one_person(live_app: Flask) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with live_app.app_context():
        unit = queries.find_root()
        assert unit is not None
        unit_id = unit.id
        session.rollback()

    def send(number: int) -> tuple[int, str | None]:
        client = live_app.test_client()
        client.post("/sign-in", data={"email": "admin@example.org", "password": PASSWORD})
        answer = client.post("/people/add", data={**NEW, "unit_id": unit_id, "_once": "the same form"})
        return answer.status_code, answer.location

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert {status for status, _location in answers} == {302}
    assert len({location for _status, location in answers}) == 1
    with live_app.app_context():
        count = session.scalar(select(func.count()).select_from(Person).where(Person.name == "Wang Fang"))
        assert count == 1
        assert trail.verify()[1] == []


def test_a_role_given_or_withdrawn_is_seen_at_once_by_another_server_process(live_app: Flask) -> None:
    from app import create_app

    other = create_app(
        {
            key: live_app.config[key]
            for key in (
                "TESTING",
                "DATA_DIR",
                "SQLALCHEMY_DATABASE_URI",
                "SECRET_KEY",
                "WTF_CSRF_ENABLED",
                "CHEAP_PASSWORDS",
            )
        }
    )
    client = other.test_client()
    client.post("/sign-in", data={"email": "staff@example.org", "password": PASSWORD})
    assert client.get("/people").status_code == 403
    with live_app.app_context():
        staff, root = queries.get_person_by_email("staff@example.org"), queries.find_root()
        assert root is not None
        held = operations.grant(staff, Role.administrator, root, actor=None)
        session.commit()
        held_id = held.id
    assert client.get("/people").status_code == 200
    with live_app.app_context():
        operations.revoke(queries.get_grant(held_id), actor=None)
        session.commit()
    assert client.get("/people").status_code == 403
    with other.app_context():
        db.engine.dispose()


def test_the_list_costs_the_same_with_3_and_30_rows(page: Page, people: People) -> None:
    page.as_(people.admin)

    def cost() -> int:
        with counted() as statements:
            page.get("/people?unit=" + str(people.south.id))
        return len(statements)

    cost()
    few = cost()
    for number in range(30):
        made = operations.add_person(
            email=f"p{number}@example.org", name=f"Person {number}", unit=people.south, actor=None
        )
        operations.grant(made, Role.staff, people.south, actor=None)
    session.commit()
    cost()  # the first page after a change of roles asks for the tree of units and the roles anew
    assert cost() == few


def test_the_list_filters_by_role_and_says_roles_in_words(page: Page, people: People) -> None:
    page.as_(people.admin)
    text = page.get("/people?role=process_owner")
    assert "Olga Owner" in text
    assert "Stan Staff" not in text
    assert "Process owner" in text
    assert "过程负责人" in page.get("/people?role=process_owner&lang=zh")


def test_people_are_found_by_the_search_of_insiders_only(page: Page, people: People) -> None:
    page.as_(people.manager)
    assert "Sun Owner" in page.get("/search?q=sun+own")
    page.as_(people.visitor)
    assert "Sun Owner" not in page.get("/search?q=sun+own")


def test_a_getter_refuses_what_the_page_would_not_show(people: People, north_admin: Person) -> None:
    with pytest.raises(NotPermitted):
        queries.get_person_for(north_admin, people.top.id, ADMINISTER)
    assert queries.get_person_for(north_admin, people.staff.id, ADMINISTER).id == people.staff.id


def test_the_organisations_day_decides_not_the_machines(app: Flask, people: People) -> None:
    app.config["TIME_ZONE"] = "Pacific/Kiritimati"  # 14 hours ahead
    try:
        assert queries.today() in {clock.now().date(), clock.now().date() + timedelta(days=1)}
        assert queries.today() == clock.today("Pacific/Kiritimati")
    finally:
        app.config["TIME_ZONE"] = "UTC"
    assert isinstance(queries.today(), date)


def test_closed_units_take_no_roles(people: People) -> None:
    empty = operations.add_unit(code="GONE", name_en="Gone", parent=people.root, actor=None)
    operations.change_unit(empty, seen=None, actor=None, active=False)
    with pytest.raises(RuleViolation, match="closed"):
        operations.grant(people.staff, Role.staff, empty, actor=None)
    assert isinstance(empty, Unit)
