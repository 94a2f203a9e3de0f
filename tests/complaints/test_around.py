"""Around the page of a complaint: registering, the list, what others show, settings, Chinese, hostile words."""

import html
import io
import re
from typing import Any

import pytest
from sqlalchemy import select

from complaints.models import Complaint
from complaints.operations import messages, remedies
from core.db import session
from tests.complaints.builders import CLOCKS, make_complaint, make_standard, set_up, take_to
from tests.complaints.entries import form, newest
from tests.page import Page
from tests.people import People


def test_staff_register_but_do_not_read_the_register(page: Page, people: People) -> None:
    page.as_(people.staff)
    page.get("/complaints", status=403)
    page.get("/complaints/new")
    page.post("/complaints/new", form(unit_id=people.lights.id))
    assert "Registered as CMP-" in page.follow()
    page.get(f"/complaints/{newest().id}", status=403)
    page.post("/complaints/new", form(unit_id=people.lights.id, subject=""), status=422)
    page.post("/complaints/new", form(unit_id=people.lights.id, email="no"), status=422)
    answer = page.post(
        "/complaints/new",
        {**form(unit_id=people.lights.id), "file": (io.BytesIO(b"MZ\x00\x01"), "photo.png")},
        content_type="multipart/form-data",
        status=422,
    )
    assert "photo.png" in answer.text
    page.as_(people.visitor)
    page.get("/complaints/new", status=403)


def test_overview_tasks_search_and_counts(page: Page, people: People) -> None:
    set_up(people, make_standard(people))
    first = make_complaint(people)
    serious = take_to(
        make_complaint(people, subject="Cable hangs low"), "answered", people, severity="critical"
    )
    costly = take_to(make_complaint(people, subject="Charged twice"), "investigating", people)
    remedies.propose(costly, kind="refund", words="", cost=10**7, actor=people.handler)
    session.commit()
    page.as_(people.handler)
    text = page.get("/tasks")
    assert "Acknowledge: Lamp dark" in text
    assert "Complaint: Charged twice" in text
    assert re.search(r'href="/complaints".*?<span class="count">3</span>', text, re.DOTALL)
    page.as_(people.owner)
    text = page.get("/tasks")
    assert "Decide: Cable hangs low" in text
    assert "Approve the remedy: Charged twice" in text
    assert "3 open" in page.get("/")
    messages.hear(first, "Hello?", actor=None)
    session.commit()
    assert "Read the reply: Lamp dark" in page.get("/tasks")
    assert first.code in page.get(f"/search?q={first.code}")
    assert serious.code in page.get("/search?q=cable")
    for person, seen in ((people.staff, False), (people.south_owner, False), (people.auditor, True)):
        page.as_(person)
        assert (serious.code in page.get("/search?q=cable")) == seen


def test_the_list_filters_sorts_and_exports(page: Page, people: People, clock: Any) -> None:
    from datetime import timedelta

    set_up(people, make_standard(people))
    late = make_complaint(people, subject="=cmd()|late one")
    clock.shift(timedelta(days=2))
    fresh = make_complaint(people, subject="Fresh one", unit=people.south, topic="conduct")
    waiting = take_to(make_complaint(people, subject="Waits"), "assessed", people, severity="high")
    messages.wait(waiting, actor=people.handler)
    session.commit()
    page.as_(people.manager)

    def shown(query: str) -> set[str]:
        return set(re.findall(r'<div class="code">(CMP-[\d-]+)', page.get(f"/complaints?{query}")))

    assert shown("") == {late.code, fresh.code, waiting.code}
    assert shown("time=late") == {late.code}
    assert shown("time=waiting") == {waiting.code}
    assert shown("severity=high") == {waiting.code}
    assert shown("topic=conduct") == {fresh.code}
    assert shown(f"unit={people.south.id}") == {fresh.code}
    assert shown("handler=nobody") == {late.code, fresh.code}
    assert shown("handler=mine") == set()
    assert shown("state=received") == {late.code, fresh.code}
    assert shown("q=fresh") == {fresh.code}
    assert len(shown("state=nonsense&severity=x&unit=x&standard=x&time=x")) == 3
    assert "day late" in page.get("/complaints?sort=due") or "late since" in page.get("/complaints?sort=due")
    csv = page.client.get("/complaints?export=csv").text
    assert "'=cmd()|late one" in csv
    assert "Jia" not in csv
    assert page.client.get("/complaints?export=xlsx").status_code == 200
    page.as_(people.owner)
    assert shown("") == {late.code, waiting.code}, "the south is another unit"


def test_settings_are_chosen_by_the_quality_manager(page: Page, people: People) -> None:
    standard = make_standard(people)
    page.as_(people.manager)
    text = page.get("/complaints/settings")
    assert "takes no complaints yet" in text
    url = f"/complaints/settings/{people.root.id}"
    assert "No complaint standard is chosen" in page.get(url)
    text = page.get(f"{url}?standard={standard.id}")
    chosen = re.findall(r'<option selected value="(R\d)"', text)
    assert chosen == ["R1", "R2", "R3"], "the standard's own milestones suggest the clocks"
    data: dict[str, Any] = {
        "standard_id": standard.id,
        "handler_limit": "200",
        "offered": "y",
        "route_en": "The council",
    }
    for stops in ("acknowledged", "assessed", "investigating", "answered", "decided", "closed"):
        data[f"code_{stops}"] = CLOCKS.get(stops, {}).get("code", "")
        data[f"from_{stops}"] = CLOCKS.get(stops, {}).get("from", "received")
    page.post(url, {**data, "code_closed": "R77"}, status=422)
    page.post(url, {**data, "handler_limit": "lots"}, status=422)
    page.post(url, data)
    text = page.follow()
    assert "/complain" in text
    assert "STD-0090" in text
    assert "from City Services" in text, "units below follow"
    assert "as set at City Services" in page.get(f"/complaints/settings/{people.north.id}")
    page.get(url)
    page.post(url, {**data, "row_version": 99}, status=409)
    page.get("/complaints/settings/999999", status=404)
    for person in (people.handler, people.owner, people.auditor):
        page.as_(person)
        page.get("/complaints/settings", status=403)
        page.get(url, status=403)


def test_pages_in_chinese(page: Page, people: People) -> None:
    set_up(people, make_standard(people))
    found = take_to(make_complaint(people, language="zh"), "decided", people)
    page.as_(people.manager)
    for url in (
        "/complaints?lang=zh",
        "/complaints/new",
        f"/complaints/{found.id}",
        "/complaints/month",
        "/complaints/settings",
        f"/complaints/settings/{people.root.id}",
        f"/complaints/{found.id}/edit",
        f"/complaints/{found.id}/do/close",
        f"/complaints/{found.id}/finding",
    ):
        text = page.get(url)
        assert 'lang="zh-Hans"' in text
        assert "投诉" in text


def test_the_same_form_twice_makes_one_complaint(page: Page, people: People) -> None:
    page.as_(people.handler)
    data = form(unit_id=people.north.id, _once="token-of-this-form")
    assert page.post("/complaints/new", data).location == page.post("/complaints/new", data).location
    assert len(session.scalars(select(Complaint)).all()) == 1


@pytest.mark.parametrize("words", ["<svg/onload=alert(1)>", "{%set x=7*7%}", "x\u202ey", "😀" * 50])
def test_hostile_words_are_only_words(page: Page, people: People, words: str) -> None:
    found = make_complaint(people, subject=words, description=words, wish=words, place=words, name=words)
    messages.hear(found, words, actor=None)
    session.commit()
    page.as_(people.handler)
    for url in (f"/complaints/{found.id}", "/complaints"):
        text = page.get(url)
        assert "<svg/onload" not in text
        assert words in html.unescape(text)


def test_what_is_said_after_a_step_is_in_the_language_of_the_page(page: Page, people: People) -> None:
    found = make_complaint(people)
    page.as_(people.handler)
    page.get("/complaints?lang=zh")
    page.post(f"/complaints/{found.id}/do/acknowledge", {"words": "We have it."})
    text = page.follow()
    assert f"{found.code} 已告知受理。" in text
    assert "is acknowledged" not in text
