"""Photos that waited in a browser: taken once however often they are sent, refused in words it can show."""

import io
from typing import Any

from sqlalchemy import func, select

from audits.models import Photo
from audits.operations import steps
from core.db import session
from tests.audits.builders import answer, items, picture, prepare
from tests.page import Page
from tests.people import People

JSON = {"Accept": "application/json"}


def send(page: Page, url: str, *, key: str = "k1", status: int = 201, data: bytes | None = None) -> Any:
    sent = {"_once": key, "photo": (io.BytesIO(data or picture()), "lamp.jpg")}
    return page.post(url, sent, status=status, headers=JSON, content_type="multipart/form-data")


def count() -> int:
    return session.scalar(select(func.count()).select_from(Photo)) or 0


def test_a_photo_sent_twice_is_there_once(page: Page, people: People) -> None:
    audit = prepare(people)
    item = items(audit)[0]
    here = f"/audits/{audit.id}/items/{item.id}"
    page.as_(people.auditor)
    assert "data-waiting-photos" in page.get(here)
    made = send(page, f"{here}/photos")
    assert made.json == {"photo": session.scalars(select(Photo.id)).one()}
    again = send(page, f"{here}/photos", status=302)  # the answer to the first was lost on its way
    assert again.location == here
    assert count() == 1
    page.as_(None)
    assert send(page, f"{here}/photos", key="k2", status=302).location.startswith("/sign-in")


def test_what_cannot_be_taken_any_more_is_told_in_words(page: Page, people: People) -> None:
    audit = prepare(people)
    here = f"/audits/{audit.id}/items/{items(audit)[0].id}"
    page.as_(people.auditor)
    assert "not a photo" in send(page, f"{here}/photos", status=422, data=b"%PDF-1.7").json["error"]
    page.as_(people.owner)  # not in the team
    send(page, f"{here}/photos", status=403)
    for item in items(audit):
        answer(people, item, "conform", "Seen")
    steps.finish(audit, actor=people.auditor)
    session.commit()
    page.as_(people.auditor)
    assert (
        "answers are recorded while it is prepared" in send(page, f"{here}/photos", status=422).json["error"]
    )
    assert "data-waiting-photos" in page.get(here), "what waits can still be seen and removed"
    assert count() == 0
