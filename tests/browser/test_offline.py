"""An auditor without a network: photos wait on the device, are sent by themselves once each, and never vanish silently."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from audits.models import Audit, Photo
from audits.operations import audits as operations
from audits.operations import checklist, steps
from core.db import db, session
from standards.models import Clause, Framework
from tests.audits.builders import items, picture, plan
from tests.browser.conftest import Site
from tests.browser.steps.base import PHONE
from tests.browser.words import say
from tests.conftest import configuration
from tests.people import People

pytestmark = pytest.mark.browser
WAITING = "[data-waiting-photos] li"


def begin(people: People) -> Audit:
    audit = plan(people)
    framework = session.scalars(select(Framework).where(Framework.code == "iso-10002-2018")).one()
    clauses = session.scalars(
        select(Clause)
        .where(Clause.framework_id == framework.id, Clause.assessable)
        .order_by(Clause.id)
        .limit(2)
    ).all()
    operations.set_scope(audit, units=[people.north], clauses=clauses, standards=[], actor=people.manager)
    operations.staff(audit, people.auditor, role="lead", actor=people.manager)
    checklist.generate(audit, actor=people.auditor)
    steps.prepare(audit, actor=people.auditor)
    session.commit()
    return audit


class Recording:
    """An audit being recorded, in the database of the server."""

    def __init__(self, app: Any) -> None:
        self.app = app
        with app.app_context():
            audit = begin(People.load())
            self.audit_id = audit.id
            self.addresses = [f"/audits/{audit.id}/items/{item.id}" for item in items(audit)[:2]]
            self.end()

    def end(self) -> None:
        session.commit()
        session.remove()
        db.engine.dispose()

    def photos(self) -> list[str]:
        with self.app.app_context():
            try:
                return [
                    photo.file.name
                    for photo in session.scalars(select(Photo).where(Photo.item.has(audit_id=self.audit_id)))
                ]
            finally:
                self.end()

    def close(self) -> None:
        with self.app.app_context():
            audit = session.get_one(Audit, self.audit_id)
            audit.state = "cancelled"
            audit.cancelled_reason = "weather"
            self.end()


@pytest.fixture
def recording(site: Site) -> Recording:
    from app import create_app

    return Recording(create_app(configuration(f"sqlite:///{site.folder / 'plumbline.db'}", site.folder)))


def take(page: Page, name: str) -> None:
    page.set_input_files("input[name=photo]", {"name": name, "mimeType": "image/jpeg", "buffer": picture()})


def test_photos_taken_without_a_network_wait_and_arrive_once(
    visit: Callable[..., Any], recording: Recording
) -> None:
    one = visit("zh", width=PHONE).sign_in("auditor@example.org")
    page = one.open(recording.addresses[0])
    one.context.set_offline(True)
    take(page, "first.jpg")
    row = page.locator(WAITING)
    expect(row).to_have_count(1)
    expect(row).to_contain_text(say("zh", "Waits for the network and is then sent by itself."))
    assert (row.locator("img").get_attribute("src") or "").startswith("data:image/jpeg")
    expect(page.locator("[data-saved]")).to_contain_text("1")
    one.check("a photo that waits")
    one.picture("photo-waits")
    assert recording.photos() == []

    # it outlives the page, is seen from another question, and arrives when the network is back
    one.context.set_offline(False)
    expect(page.locator("#photos img")).to_have_count(1)
    expect(row).to_have_count(0)
    assert recording.photos() == ["first.jpg"]

    # the answer was lost on its way back: sent again, it is there once
    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/photos", lose, times=1)
    page.goto(recording.addresses[1])
    take(page, "second.jpg")
    expect(row).to_have_count(1)
    page.goto(f"/audits/{recording.audit_id}")
    expect(page.locator("[data-waiting-photos]")).to_be_hidden()
    page.goto(recording.addresses[1])
    expect(page.locator("#photos img")).to_have_count(1)
    assert sorted(recording.photos()) == ["first.jpg", "second.jpg"]


def test_a_photo_of_an_audit_that_ended_says_why_and_can_be_removed(
    visit: Callable[..., Any], recording: Recording
) -> None:
    one = visit("en", width=PHONE).sign_in("auditor@example.org")
    page = one.open(recording.addresses[0])
    one.context.set_offline(True)
    take(page, "late.jpg")
    row = page.locator(WAITING)
    expect(row).to_have_count(1)

    # signed out: nothing is sent, nothing is lost, another person does not see it
    one.context.clear_cookies()
    one.context.set_offline(False)
    expect(row).to_contain_text("You are signed out")
    recording.close()
    one.sign_in("manager@example.org").page.goto(f"/audits/{recording.audit_id}")
    expect(page.locator(WAITING)).to_have_count(0)

    one.sign_in("auditor@example.org")
    page.goto(f"/audits/{recording.audit_id}")
    expect(row).to_contain_text("answers are recorded while it is prepared")
    one.check("a photo that can't be taken")
    row.get_by_role("button", name="Remove").click()
    row.get_by_role("button", name="Remove for good").click()
    expect(row).to_have_count(0)
    page.reload()
    expect(row).to_have_count(0)
    assert recording.photos() == []
