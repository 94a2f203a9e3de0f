"""The pages as each role sees them: handling, who complained, what is said, what a complaint leads to."""

import io
from typing import Any

from sqlalchemy import select

from complaints.models import Complainant
from complaints.operations import complaints, links, messages, steps
from complaints.queries import complaints as queries
from core import files, trail
from core.db import session
from tests.complaints.builders import make_complaint, make_standard, set_up
from tests.complaints.entries import PNG, form, newest
from tests.page import Page
from tests.people import People


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
