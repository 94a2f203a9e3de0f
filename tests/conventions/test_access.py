"""Every route, with every role, signed out, and with a record of another unit. A new route is tried without being told."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import Rule

from core import access, trail
from core.access import Permission
from core.db import session
from tests.conventions import records
from tests.page import Page
from tests.people import ROLES, People

#: routes that any person may post to: they touch nothing but what is the person's own
OWN = {"accounts.sign_out", "accounts.preferences"}


def address(app: Flask, rule: Rule, known: dict[str, Any]) -> str:
    """The route's address with the records of the south. A parameter without a record is a gap in this test."""
    missing = {name for name in rule.arguments if name not in known}
    assert not missing, f"{rule.endpoint} takes {missing}: tests/conventions/records.py has no record for it"
    with app.test_request_context():
        from flask import url_for

        return url_for(rule.endpoint, **{name: known[name] for name in rule.arguments})


def routes(app: Flask, method: str) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or set()) and not rule.endpoint.endswith("static")
    ]


def guard_of(app: Flask, rule: Rule) -> Any:
    return getattr(app.view_functions[rule.endpoint], "guard", None)


def test_signed_out_nothing_but_the_public_pages_opens(app: Flask, page: Page, people: People) -> None:
    known = records.make(people)
    for method in ("GET", "POST"):
        for rule in routes(app, method):
            url = address(app, rule, known)
            page.client = app.test_client()
            answer = page.client.open(url, method=method)
            answer.close()
            if guard_of(app, rule) == "public":
                assert answer.status_code in {200, 302, 400, 404, 422}, (method, url, answer.status_code)
            else:
                assert answer.status_code == 302, (method, url, answer.status_code)
                assert answer.location.startswith("/sign-in"), (url, answer.location)


@pytest.mark.parametrize("key", sorted(ROLES))
def test_each_role_opens_what_its_permissions_say(app: Flask, page: Page, people: People, key: str) -> None:
    known = records.make(people)
    person = getattr(people, key)
    page.as_(person)
    for rule in routes(app, "GET"):
        url = address(app, rule, known)
        needed = guard_of(app, rule)
        answer = page.client.get(url)
        answer.close()
        if isinstance(needed, Permission) and not access.may(person, needed):
            assert answer.status_code == 403, (url, answer.status_code)
        else:
            assert answer.status_code in {200, 302, 403, 404, 409, 422}, (
                url,
                answer.status_code,
                answer.text[:500],
            )


@pytest.mark.parametrize("key", ["owner", "staff", "visitor", "handler"])
def test_records_of_another_unit_can_not_be_changed(app: Flask, page: Page, people: People, key: str) -> None:
    """A process owner of the north, its staff, a visitor and a complaint handler send every form about the south."""
    known = records.make(people)
    person = getattr(people, key)
    page.as_(person)
    before = session.scalar(select(func.max(trail.TrailEntry.seq)))
    for rule in routes(app, "POST"):
        if not rule.arguments or rule.endpoint in OWN or guard_of(app, rule) == "public":
            continue
        url = address(app, rule, known)
        answer = page.client.post(
            url, data={"reason": "I may not", "confirm": "1", "row_version": "1", "comment": "x"}
        )
        assert answer.status_code in {400, 403, 404, 409, 422} or (
            answer.status_code == 302 and rule.endpoint in HARMLESS
        ), (url, answer.status_code, answer.location)
    after = list(
        session.scalars(
            select(trail.TrailEntry.action)
            .where(trail.TrailEntry.seq > before)
            .order_by(trail.TrailEntry.seq)
        )
    )
    assert [action for action in after if not action.startswith(("sign_in.", "sign_out."))] == []


#: forms that answer a stranger with a redirect although nothing happened
HARMLESS = {  # they print for oneself what one may read, and change no record
    "satisfaction.make_report",
    "satisfaction.print_indicator_scores",
}


@pytest.mark.parametrize("key", ["manager", "admin", "auditor", "visitor"])
def test_opening_every_page_changes_nothing(app: Flask, page: Page, people: People, key: str) -> None:
    known = records.make(people)
    page.as_(getattr(people, key))

    def everything() -> dict[str, Any]:
        from core.db import Base

        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
        }

    before = everything()
    for rule in routes(app, "GET"):
        page.client.get(address(app, rule, known)).close()
    assert everything() == before
