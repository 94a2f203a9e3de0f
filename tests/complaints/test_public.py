"""The pages without account: complaining, following, replying, rating, withdrawing; bounded and throttled."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from complaints.models import Complainant, Complaint, Knock
from complaints.operations import complaints, front, messages, steps
from complaints.operations import settings as setting_operations
from complaints.queries import complaints as queries
from complaints.tracking import token_of
from core import trail
from core.db import session
from core.mail import OutboxMail
from tests.complaints.builders import OUTSIDE, make_complaint, make_standard, set_up, take_to
from tests.page import Page
from tests.people import People


def given(people: People, **values: Any) -> dict[str, Any]:
    return {
        "unit_id": people.root.id,
        "topic": "waiting",
        "subject": "路灯三周没亮",
        "description": "报修两次没有人来",
        "email": "jia@example.net",
        **values,
    }


def test_nothing_is_taken_before_the_page_is_set_up(page: Page, people: People) -> None:
    assert "not taken on this page yet" in page.get("/complain?lang=en")
    page.post("/complain", given(people), status=404)


def test_complaining_on_a_phone_and_following_it(page: Page, people: People) -> None:
    set_up(people, make_standard(people))
    text = page.get("/complain?lang=zh")
    assert "哪里不满意" in text
    assert "City Services" not in text
    assert "pl-nav" not in text, "no navigation of the product"
    page.post(
        "/complain",
        {**given(people), "files": (io.BytesIO(b"%PDF-1.7 x"), "bill.pdf")},
        content_type="multipart/form-data",
    )
    text = page.follow()
    found = session.scalars(select(Complaint)).one()
    assert found.code in text
    assert "bill.pdf" in text
    assert (found.channel, found.language, found.registered_by_id) == ("web", "zh", None)
    assert "jia@example.net" not in text, "who has the link sees no contact"
    assert page.response is not None
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    assert page.response.headers["X-Robots-Tag"] == "noindex"
    assert "最迟于" in text, "by when they hear from us"
    steps.acknowledge(found, actor=people.handler)
    session.commit()
    mail = session.scalars(select(OutboxMail).where(OUTSIDE)).one()
    link = re.search(r"/follow/\S+", mail.whole)
    assert link is not None
    assert "?lang=zh" in link.group()
    assert "编号为" in page.get(link.group())


def test_wrong_links_lead_nowhere(page: Page, people: People) -> None:
    set_up(people)
    found, other = make_complaint(people), make_complaint(people)
    token = token_of(found)
    for wrong in (
        "x", "1", f"{found.id}-", f"{found.id}-x", f"{other.id}-{token.split('-', 1)[1]}", token[:-1], f"{token}x",
        f"²-{token}", f"{2**31}-{token}", "é-é", "9" * 300,
    ):  # fmt: skip
        page.get(f"/follow/{wrong}", status=404)
        for path in ("reply", "rate", "withdraw"):
            assert page.client.post(f"/follow/{wrong}/{path}").status_code in {404, 429}
    page.get(f"/follow/{token}")
    complaints.renew_link(found, actor=people.handler)
    session.commit()
    page.get(f"/follow/{token}", status=404)


def test_replying_rating_and_withdrawing(page: Page, people: People) -> None:
    set_up(people, make_standard(people))
    found = make_complaint(people, subject="Lamp dark", language="en")
    messages.write_note(found, "Internal only", actor=people.handler)
    messages.write_to(found, "Which lamp?", question=True, actor=people.handler)
    session.commit()
    url = f"/follow/{token_of(found)}"
    text = page.get(f"{url}?lang=en")
    assert "We wait for your reply" in text
    assert "Which lamp?" in text
    assert "Internal only" not in text
    assert "Jia" not in text
    page.post(f"{url}/reply", {"reply-body": "The one at the gate"})
    assert "we have your message" in page.follow()
    session.expire_all()
    assert found.waiting_since is None
    assert found.heard_at is not None
    for body in ("", "x" * 4001):
        page.post(f"{url}/reply", {"reply-body": body}, status=422)
    page.post(f"{url}/reply", {"reply-body": "buy", "reply-website": "http://x"}, status=422)
    page.post(f"{url}/rate", {"rate-satisfied": "5"}, status=422)  # not closed yet
    take_to(found, "closed", people)
    assert "How satisfied" in page.get(url)
    for value in ("", "6", "many"):
        page.post(f"{url}/rate", {"rate-satisfied": value}, status=422)
    page.post(f"{url}/rate", {"rate-satisfied": "4", "rate-words": "quick"})
    page.follow()
    page.post(f"{url}/rate", {"rate-satisfied": "5"})
    session.expire_all()
    assert (found.satisfied, found.satisfied_words) == (5, "")
    assert trail.history(found)[0].action == "complaint.rated"
    page.post(f"{url}/withdraw", status=422)
    other = make_complaint(people)
    page.post(f"/follow/{token_of(other)}/withdraw")
    assert "withdrawn" in page.follow()
    session.expire_all()
    assert other.state == "withdrawn"
    assert "reply-body" not in page.get(f"/follow/{token_of(other)}")


def test_a_refused_complainant_sees_the_reasons_and_the_way_outside(page: Page, people: People) -> None:
    set_up(people)
    found = take_to(make_complaint(people), "assessed", people)
    steps.refuse(found, reason="inside", route="The ombudsman", words="Not our road", actor=people.owner)
    session.commit()
    text = page.get(f"/follow/{token_of(found)}?lang=en")
    assert "Not our road" in text
    assert "The ombudsman" in text
    assert "consumer council" in text
    assert "inside" not in text


def test_bad_forms_come_back_with_what_was_typed(page: Page, people: People) -> None:
    set_up(people)
    for entries, words in (
        ({"subject": ""}, "Please fill this in"),
        ({"description": ""}, "Please fill this in"),
        ({"email": "nobody"}, "not a mail address"),
        ({"occurred_on": "2999-01-01"}, "has not come yet"),
        ({"website": "http://spam"}, "stays empty"),
        ({"topic": "nonsense"}, "Not a valid choice"),
        ({"description": "x" * 10_001}, "at most 10000 characters"),
    ):
        answer = page.post("/complain?lang=en", given(people, **entries), status=422)
        assert words in answer.text, entries
        assert "路灯三周没亮" in answer.text or "subject" in entries
    assert session.scalar(select(func.count()).select_from(Complaint)) == 0
    assert session.scalar(select(func.count()).select_from(Complainant)) == 0


def test_units_that_are_not_offered_can_not_be_named(page: Page, people: People) -> None:
    set_up(people)
    setting_operations.set_up(people.south, actor=people.manager)
    setting_operations.set_up(people.north, offered=True, actor=people.manager)
    session.commit()
    text = page.get("/complain?lang=en")
    assert "North division" in text
    assert "South division" not in text
    for unit in (people.south.id, people.lights.id, "", "x", 10**9):
        page.post("/complain", given(people, unit_id=unit), status=422)
    page.post("/complain", given(people, unit_id=people.north.id))
    assert session.scalars(select(Complaint)).one().unit_id == people.north.id


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"MZ\x90\x00 program", "photo.png", "photo.png"),
        (b"<svg xmlns='x' onload='alert(1)'/>", "photo.jpg", "photo.jpg"),
        (b"", "empty.pdf", "empty"),
        (b"x" * 100_001, "long.txt", "larger than the limit"),
        (b"PK\x03\x04" + b"\x00" * 100, "zip.zip", "zip.zip"),
    ],
)
def test_files_are_sniffed_and_bounded(
    page: Page, people: People, monkeypatch: pytest.MonkeyPatch, content: bytes, name: str, words: str
) -> None:
    monkeypatch.setattr("complaints.views.front.FILE_LIMIT", 100_000)
    set_up(people)
    answer = page.post(
        "/complain?lang=en",
        {**given(people), "files": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
        status=422,
    )
    assert words in answer.text
    assert session.scalar(select(func.count()).select_from(Complaint)) == 0


def test_too_many_files_and_too_large_a_form(page: Page, people: People) -> None:
    set_up(people)
    many = [(io.BytesIO(b"%PDF-1.7 x"), f"{number}.pdf") for number in range(4)]
    answer = page.post(
        "/complain?lang=en", {**given(people), "files": many}, content_type="multipart/form-data", status=422
    )
    assert "At most 3 files" in answer.text
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="huge.txt"\r\n\r\n'
    answer = page.client.post(
        "/complain", data=head + b"x" * 17_000_000, content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 413
    page.post("/complain", {"description": "x" * 2_100_000}, status=413)


def test_floods_are_held_back_by_address_and_forgotten_after_a_while(
    page: Page, people: People, clock: Any
) -> None:
    set_up(people)
    for number in range(front.OWN_MOST):
        page.post("/complain", given(people, subject=f"complaint {number}"))
    answer = page.post("/complain?lang=en", given(people), status=429)
    assert "Too many forms" in answer.text
    assert answer.headers["Retry-After"] == "3600"
    assert session.scalar(select(func.count()).select_from(Complaint)) == front.OWN_MOST
    knocks = session.scalars(select(Knock)).all()
    assert len(knocks) == front.OWN_MOST
    assert "127.0.0.1" not in {one.address_hash for one in knocks}
    url = f"/follow/{token_of(session.scalars(select(Complaint)).all()[0])}"
    page.post(f"{url}/reply", {"reply-body": "x"}, status=429)
    page.get(url)
    page.post("/complain", given(people), environ_base={"REMOTE_ADDR": "10.0.0.9"})
    clock.shift(timedelta(hours=1, seconds=1))
    page.post("/complain", given(people))
    clock.shift(timedelta(days=1, hours=1))
    page.post("/complain", {}, status=422)
    assert session.scalar(select(func.count()).select_from(Knock)) == 1, "counted, though refused"


def test_sending_twice_makes_one_complaint(page: Page, people: People) -> None:
    set_up(people)
    data = given(people, _once="token-of-this-form")
    assert page.post("/complain", data).location == page.post("/complain", data).location
    assert session.scalar(select(func.count()).select_from(Complaint)) == 1


def test_hostile_words_are_only_words(app: Flask, page: Page, people: People) -> None:
    set_up(people)
    words = '"><svg/onload=alert(1)>{%set x=1%}\u202e'
    page.post(
        "/complain",
        given(people, subject=words, description=words, name="a\r\nBcc: x@example.org", place=words),
    )
    text = page.follow()
    assert "<svg/onload" not in text
    found = session.scalars(select(Complaint)).one()
    with app.test_request_context():
        steps.acknowledge(found, actor=people.handler)
    session.commit()
    mail = session.scalars(select(OutboxMail).where(OUTSIDE)).one()
    assert "\n" not in mail.to_name
    assert "\n" not in mail.subject
    assert queries.list_messages(found.id, notes=True)
