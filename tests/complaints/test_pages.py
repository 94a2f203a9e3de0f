"""The pages as each role sees them: registering, handling, who complained, what others show."""

import html
import io
import re
from typing import Any

import pytest
from sqlalchemy import select

from complaints.models import Complainant, Complaint
from complaints.operations import complaints, links, messages, remedies, steps
from complaints.queries import complaints as queries
from core import files, trail
from core.db import session
from tests.complaints.builders import CLOCKS, make_complaint, make_standard, set_up, take_to
from tests.page import Page
from tests.people import People

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)


def form(**values: Any) -> dict[str, Any]:
    return {
        "subject": "Lamp dark",
        "description": "For three weeks",
        "topic": "waiting",
        "channel": "phone",
        "language": "en",
        "name": "Jia Wang",
        "email": "jia.wang@example.net",
        **values,
    }


def newest() -> Complaint:
    return session.scalars(select(Complaint).order_by(Complaint.id.desc()).limit(1)).one()


def test_a_handler_registers_and_takes_it_to_the_end(page: Page, people: People) -> None:
    standard = make_standard(people)
    set_up(people, standard)
    page.as_(people.handler)
    assert "No complaint is open" in page.get("/complaints?lang=en")
    page.get("/complaints/new")
    page.post(
        "/complaints/new",
        {
            **form(unit_id=people.north.id, place="Gate", occurred_on="2026-01-05"),
            "file": (io.BytesIO(PNG), "lamp.png"),
        },
        content_type="multipart/form-data",
    )
    text = page.follow()
    found = newest()
    url = f"/complaints/{found.id}"
    assert f"Registered as {found.code}" in text
    assert "lamp.png" in text
    assert "jia.wang@example.net" not in text
    assert "Next: Acknowledge" in text
    assert "8 working hours" in text.replace("\u00a0", " ")
    kept = queries.list_files(found.id)[0]
    answer = page.client.get(f"{url}/files/{kept.file_id}")
    assert answer.data == PNG
    assert "attachment" in answer.headers["Content-Disposition"]
    answer.close()
    sent: dict[str, dict[str, Any]] = {
        "acknowledge": {"words": "We have it."},
        "assess": {
            "severity": "medium",
            "impact": "one",
            "complexity": "normal",
            "standard_id": standard.id,
            "requirement_code": "R2",
        },
        "investigate": {"handler_id": people.handler.id},
        "answer": {"investigation": "Order lost", "words": "We come."},
        "decide": {"outcome": "upheld", "decision": "We were late"},
        "tell": {"words": "You were right"},
        "close": {"words": "Done"},
    }
    for verb, data in sent.items():
        assert f"/complaints/{found.id}/do/{verb}" in text, verb
        page.get(f"{url}/do/{verb}")
        page.post(f"{url}/do/{verb}", {**data, "row_version": found.row_version})
        text = page.follow()
    assert found.state == "closed"
    assert (found.standard_id, found.requirement_code) == (standard.id, "R2")
    assert "/do/reopen" in text
    assert "On time" in text
    assert f"{found.code}" in page.get("/complaints?state=*")
    assert f"{found.code}" not in page.get("/complaints")


def test_steps_say_at_the_field_what_is_missing(page: Page, people: People) -> None:
    found = make_complaint(people)
    page.as_(people.handler)
    url = f"/complaints/{found.id}/do"
    assert "not possible now" in page.get(f"{url}/close", status=422)
    page.get(f"{url}/dance", status=404)
    steps.acknowledge(found, actor=people.handler)
    session.commit()
    answer = page.post(f"{url}/assess", {"impact": "many", "complexity": "normal"}, status=422)
    assert "Choose one." in answer.text
    assert "suggests: High severity" in answer.text
    answer = page.post(
        f"{url}/assess",
        {"severity": "low", "impact": "one", "complexity": "simple", "urgent": "y"},
        status=422,
    )
    assert "Say what was done at once" in answer.text
    for verb in ("refuse", "withdraw", "reopen"):
        page.client.get(f"{url}/{verb}")
    page.get(f"{url}/refuse", status=403)  # a handler does not refuse
    page.as_(people.owner)
    page.get(f"{url}/refuse")
    answer = page.post(f"{url}/refuse", {"reason": "x"}, status=422)
    assert answer.text.count('class="err"') >= 1


def test_who_complained_is_shown_to_who_may_and_noted(page: Page, people: People) -> None:
    found = make_complaint(people)
    url = f"/complaints/{found.id}"
    page.as_(people.handler)
    assert "Show name and contact" in page.get(url)
    answer = page.post(f"{url}/contact", status=200)
    assert "jia.wang@example.net" in answer.text
    assert trail.history(found)[0].action == "complaint.contact_read"
    assert "jia.wang" not in page.get(url), "shown once, not for ever"
    page.get(f"{url}/contact/change")
    page.post(f"{url}/contact/change", {"phone": "555-7"})
    assert session.scalars(select(Complainant)).one().phone == "555-7"
    page.post(f"{url}/contact/change", {"email": "no"}, status=422)
    key = found.link_key
    page.post(f"{url}/link")
    session.expire_all()
    assert found.link_key != key
    for person in (people.owner, people.auditor, people.visitor, people.top):
        page.as_(person)
        text = page.get(url)
        assert "Jia" not in text
        assert "jia.wang" not in text
        assert "kept to those who handle the case" in text
        page.post(f"{url}/contact", status=403)
        page.get(f"{url}/contact/change", status=403)


def test_notes_stay_inside_and_files_are_not_for_visitors(page: Page, people: People) -> None:
    found = make_complaint(people)
    messages.write_note(found, "A difficult caller", actor=people.handler)
    received = files.receive(io.BytesIO(PNG), "lamp.png", limit=1000)
    complaints.add_file(found, received, from_complainant=False, actor=people.handler)
    links.raise_from(found, grade="signal", statement_en="Orders get lost", actor=people.handler)
    session.commit()
    url = f"/complaints/{found.id}"
    for person, seen in (
        (people.owner, True),
        (people.auditor, True),
        (people.visitor, False),
        (people.top, False),
    ):
        page.as_(person)
        text = page.get(url)
        assert ("A difficult caller" in text) == seen, person.name
        assert ("lamp.png</a>" in text) == seen, "no link leads to a refusal"
        assert ('href="/findings/' in text) == (person is not people.visitor)
    page.as_(people.visitor)
    page.get(f"{url}/files/1", status=403)


def test_whom_it_is_about_reads_but_takes_no_part(page: Page, people: People) -> None:
    found = make_complaint(people, concerned=people.owner)
    page.as_(people.owner)
    text = page.get(f"/complaints/{found.id}")
    assert "is about you" in text
    assert "/do/" not in text
    page.get(f"/complaints/{found.id}/do/acknowledge", status=403)
    for path in ("say", "wait", "remedies", "ticket", "files", "read"):
        page.post(f"/complaints/{found.id}/{path}", status=403)


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


def test_what_is_said_and_promised_on_the_page(page: Page, people: People) -> None:
    set_up(people)
    found = make_complaint(people)
    url = f"/complaints/{found.id}"
    page.as_(people.handler)
    for kind, said in (
        ("note", "The note is kept"),
        ("in", "is kept"),
        ("out", "by mail"),
        ("question", "by mail"),
    ):
        page.post(f"{url}/say", {"talk-kind": kind, "talk-body": f"words {kind}"})
        assert said in page.follow()
    assert "Clocks run again" in page.get(url)
    page.post(f"{url}/say", {"talk-kind": "note", "talk-body": ""}, status=422)
    page.post(f"{url}/wait")
    assert "Wait for the complainant" in page.follow()
    page.post(f"{url}/wait")
    page.post(f"{url}/remedies", {"remedy-kind": "refund", "remedy-words": "fee", "remedy-cost": "1,000.50"})
    assert "waits for approval" in page.follow()
    for cost in ("nan", "Infinity", "-1", "1e20", "ten"):
        page.post(f"{url}/remedies", {"remedy-kind": "refund", "remedy-cost": cost}, status=422)
    one = queries.list_remedies(found.id)[0]
    assert one.cost == 100_050
    page.post(f"{url}/remedies/{one.id}/approve", status=403)
    page.post(f"{url}/remedies/{one.id}/done", status=422)
    page.as_(people.owner)
    page.post(f"{url}/remedies/{one.id}/approve")
    page.post(f"{url}/remedies/{one.id}/done")
    page.post(f"{url}/remedies/{one.id}/remove", status=422)
    other = make_complaint(people)
    page.post(f"/complaints/{other.id}/remedies/{one.id}/done", status=404)
    messages.hear(found, "Thanks", actor=None)
    session.commit()
    assert "The complainant wrote" in page.get(url)
    page.post(f"{url}/read")
    assert "The complainant wrote" not in page.get(url)
    page.post(
        f"{url}/files",
        {"file": (io.BytesIO(b"%PDF-1.7 x"), "answer.pdf")},
        content_type="multipart/form-data",
    )
    assert "answer.pdf" in page.follow()
    page.post(f"{url}/files", status=422)


def test_entries_are_put_right(page: Page, people: People) -> None:
    standard = make_standard(people)
    found = make_complaint(people)
    url = f"/complaints/{found.id}/edit"
    page.as_(people.handler)
    assert "Lamp dark for three weeks" in page.get(url)
    data = form(
        unit_id=people.lights.id,
        standard_id=standard.id,
        requirement_code="R2",
        handler_id=people.handler.id,
        concerned_id=people.staff.id,
        subject="Two lamps",
        row_version=found.row_version,
    )
    page.post(url, data)
    session.expire_all()
    assert (found.subject, found.unit_id, found.standard_id, found.concerned_id) == (
        "Two lamps",
        people.lights.id,
        standard.id,
        people.staff.id,
    )
    page.post(url, {**data, "subject": "Three"}, status=409)
    page.post(url, {**data, "row_version": found.row_version, "concerned_id": people.handler.id}, status=422)
    page.as_(people.south_owner)
    page.get(url, status=403)


def test_a_complaint_leads_to_finding_and_ticket_and_back(page: Page, people: People) -> None:
    from improvement.models import Finding, Ticket

    standard = make_standard(people)
    found = make_complaint(people, standard=standard, requirement_code="R2")
    url = f"/complaints/{found.id}"
    page.as_(people.handler)
    page.get(f"{url}/finding")
    page.post(f"{url}/finding", {"grade": "minor"}, status=422)
    page.post(f"{url}/finding", {"grade": "minor", "statement_en": "Orders get lost"})
    finding = session.scalars(select(Finding)).one()
    assert finding.code in page.follow()
    page.as_(people.manager)
    text = page.get(f"/findings/{finding.id}")
    assert f'href="{url}"' in text
    assert found.code in text
    page.post(
        f"/findings/{finding.id}/triage",
        {
            "decision": "new",
            "grade": "minor",
            "title": "Orders get lost",
            "owner_id": people.owner.id,
            "verifier_id": 0,
            "priority": "normal",
        },
    )
    ticket = session.scalars(select(Ticket)).one()
    page.post(f"{url}/ticket", {"ticket-ticket": "CAR-1"}, status=422)
    page.post(f"{url}/ticket", {"ticket-ticket": ticket.code})
    assert ticket.code in page.follow()
    assert f'href="{url}"' in page.get(f"/tickets/{ticket.id}")
    assert f'href="{url}"' in page.get(f"/standards/{standard.id}")
    page.as_(people.admin)
    assert f'href="{url}"' not in page.get(f"/findings/{finding.id}")
    assert "Open complaints" not in page.get(f"/units/{people.north.id}")


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
