"""What the assistant proposes and warns of, and where an import and a promise lead next."""

import re
from datetime import date, timedelta

from flask import Flask

from core.db import session
from improvement.operations import findings
from tests.delivery.app import world
from tests.delivery.app.test_import import rows
from tests.page import Page
from tests.people import People

LIMIT = [{"limit": "3 days"}]


def ticked(text: str) -> set[str]:
    return set(re.findall(r'name="standards" value="(\d+)" checked', text))


def test_a_new_log_is_offered_what_only_it_can_prove(app: Flask, page: Page, people: People) -> None:
    first = world.standard(people.root, people.owner, (world.LONG_AGO, None, LIMIT))
    page.as_(people.manager)
    world.upload(page, world.log_text(rows(40)), unit=str(people.root.id))
    page.post(page.location, {**world.MAPPING, "go": "next"})
    proves = page.location
    assert ticked(page.get(proves)) == {str(first.id)}

    page.post(proves, {"go": "next"})
    text = page.follow()
    assert "This log would prove no standard" in text, "nothing was chosen"
    assert ticked(page.get(proves)) == set(), "the choice is kept"
    page.post(proves, {"go": "next", "standards": [first.id]})
    assert "would prove no standard" not in page.follow()

    batch = world.go_through(
        page, app, world.log_text(rows(40)), people.root, code="OTHER", standards=[first.id]
    )
    assert f"/delivery?standard={first.id}" in page.get(batch)
    world.upload(page, world.log_text(rows(30)), unit=str(people.root.id), code="THIRD")
    page.post(page.location, {**world.MAPPING, "go": "next"})
    assert ticked(page.follow()) == set(), "another log proves it"


def test_a_standard_with_other_milestones_is_not_proposed(app: Flask, page: Page, people: People) -> None:
    world.standard(
        people.root, people.owner, (world.LONG_AGO, None, [{"limit": "3 days", "to_milestone": "repaired"}])
    )
    page.as_(people.manager)
    world.upload(page, world.log_text(rows(40)), unit=str(people.root.id))
    page.post(page.location, {**world.MAPPING, "go": "next"})
    assert ticked(page.follow()) == set()


def test_a_promise_shows_what_is_open_about_it(app: Flask, page: Page, people: People) -> None:
    made = world.standard(people.root, people.owner, (world.LONG_AGO, None, [*LIMIT, {"limit": "9 days"}]))
    page.as_(people.manager)
    world.go_through(page, app, world.log_text(rows(40)), people.root, standards=[made.id])
    own, other = (
        findings.raise_finding(
            origin="person",
            grade="minor",
            statement_en=f"Somebody waited, {code}",
            unit=people.root,
            standard=made,
            requirement_code=code,
            actor=people.manager,
        )
        for code in ("R1", "R2")
    )
    session.commit()
    text = page.get(f"/delivery/standards/{made.id}/R1")
    assert f"/findings/{own.id}" in text
    assert f"/findings/{other.id}" not in text
    assert f"about=standard:{made.id}:R1" in text

    page.post(
        f"/findings/{own.id}/triage",
        {
            "decision": "new",
            "grade": "minor",
            "title": "People wait",
            "owner_id": people.owner.id,
            "verifier_id": 0,
            "priority": "normal",
            "due": (date.today() + timedelta(days=9)).isoformat(),  # noqa: DTZ011 - a day ahead is all it needs
        },
    )
    text = page.get(f"/delivery/standards/{made.id}/R1")
    assert "People wait" in text
    assert f"/findings/{own.id}" not in text, "the ticket speaks for it"
    assert "People wait" not in page.get(f"/delivery/standards/{made.id}/R2")
