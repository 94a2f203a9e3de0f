"""The pages as people of each role see them, from a finding to a closed ticket, through the forms."""

from datetime import timedelta
from typing import Any

import pytest

from core.db import session
from improvement.models import Finding
from improvement.operations import findings as finding_operations
from improvement.queries import findings as finding_queries
from improvement.queries import tickets as queries
from tests.improvement.builders import (
    START,
    CaseTable,
    do,
    make_finding,
    make_standard,
    make_ticket,
    plan,
    to_check,
)
from tests.page import Page
from tests.people import PASSWORD, People

FIRST = START.date()


def test_anyone_inside_records_a_finding_about_a_record(page: Page, people: People) -> None:
    standard = make_standard(people)
    page.as_(people.staff)
    text = page.get(f"/findings/new?about=standard:{standard.id}:R2")
    assert "Repaired within 5 working days" in text
    page.post(
        "/findings/new",
        {
            "about": f"standard:{standard.id}:R2",
            "statement_en": "Two lamps dark for a week",
            "grade": "signal",
            "unit_id": people.lights.id,
        },
    )
    text = page.follow()
    assert "Two lamps dark" in text
    assert "STD-0007 R2" in text
    assert "Triage" not in text.split("<main")[1].split("History")[0] or "To triage" in text
    found = finding_queries.find_by_code("FND-2026-0001") or session.query(Finding).one()
    assert found.raised_by_id == people.staff.id


def test_a_finding_needs_words_and_a_wrong_reference_leads_nowhere(page: Page, people: People) -> None:
    page.as_(people.staff)
    page.post("/findings/new", {"grade": "signal", "unit_id": people.lights.id}, status=422)
    page.get("/findings/new?about=standard:999999", status=404)
    page.get("/findings/new?about=nonsense", status=404)
    page.as_(people.visitor)
    page.get("/findings/new", status=403)


def test_sending_the_same_form_twice_makes_one_finding(page: Page, people: People) -> None:
    page.as_(people.staff)
    data = {
        "statement_en": "Only once",
        "grade": "signal",
        "unit_id": str(people.lights.id),
        "_once": "token-of-this-form",
    }
    first = page.post("/findings/new", data).location
    second = page.post("/findings/new", data).location
    assert first == second
    assert session.query(Finding).filter_by(statement_en="Only once").count() == 1


def test_triage_into_a_new_ticket(page: Page, people: People) -> None:
    finding = make_finding(people)
    page.as_(people.manager)
    assert finding.statement_en in page.get("/findings")
    page.get(f"/findings/{finding.id}")
    page.post(
        f"/findings/{finding.id}/triage",
        {
            "decision": "new",
            "grade": "major",
            "title": "Lights late",
            "owner_id": people.owner.id,
            "verifier_id": people.approver.id,
            "priority": "high",
            "row_version": finding.row_version,
        },
    )
    text = page.follow()
    assert "Lights late" in text
    assert "The plan is approved" in text
    page.get("/tickets")
    page.get("/tickets/list")
    page.get("/findings?state=accepted")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_stage_has_its_page(
    page: Page, people: People, cases: CaseTable, clock: Any, lang: str
) -> None:
    standard = make_standard(people)
    cases.fill(FIRST - timedelta(days=60), FIRST + timedelta(days=100), 17, 20)
    ticket = make_ticket(people, standard)
    session.flush()
    url = f"/tickets/{ticket.id}"
    page.as_(people.owner)
    for address in (
        "",
        "/problem",
        "/causes/new",
        "/actions/new",
        "/measure",
        "/described",
        "/history",
        "/defer",
    ):
        page.get(f"{url}{address}?lang={lang}")
    plan(ticket, people)
    page.get(url)
    cause = queries.list_causes(queries.get_cycle(ticket).id)[-1]
    action = queries.list_actions(queries.get_cycle(ticket).id)[0]
    page.get(f"{url}/causes/{cause.id}")
    page.get(f"{url}/actions/{action.id}")
    page.post(f"{url}/pass/do", {"row_version": ticket.row_version})
    page.follow()
    page.get(f"{url}/actions/{action.id}/finish")
    page.post(f"{url}/pass/check", status=422)
    session.expire_all()
    do(ticket, people)
    page.get(url)
    page.post(f"{url}/pass/check")
    page.follow()
    clock.shift(timedelta(days=70))
    page.as_(people.approver).get(f"{url}?lang={lang}")
    page.post(f"{url}/compute")
    page.follow()
    page.get(f"{url}/sign")
    page.post(f"{url}/sign", {"password": PASSWORD}, status=422)
    page.post(f"{url}/side-effects", {"side_effects": "Repeat faults unchanged"})
    page.get(f"{url}/wait-longer")
    page.get(f"{url}/overrule")
    page.get(f"{url}/send-back")
    page.post(f"{url}/sign", {"password": PASSWORD})
    text = page.follow()
    session.expire_all()
    assert ticket.cycle_number == 2
    assert ("Not effective" if lang == "en" else "未见效") in text or lang == "zh"
    check = queries.list_checks([queries.list_cycles(ticket)[0].id])[-1]
    page.get(f"{url}/computed/{check.id}")
    cases.fill(queries.today(), queries.today() + timedelta(days=100), 19, 20)
    session.expire_all()
    to_check(ticket, people)
    clock.shift(timedelta(days=70))
    page.as_(people.approver)
    page.post(f"{url}/compute")
    page.post(f"{url}/side-effects", {"side_effects": "none"})
    page.post(f"{url}/sign", {"password": PASSWORD})
    page.as_(people.owner).get(url)
    page.get(f"{url}/act")
    page.post(
        f"{url}/act",
        {"nothing_to_change": "Only the depot", "lesson": "Parts near work", "rollout": "East: the same"},
    )
    page.follow()
    page.get(f"{url}/close")
    page.post(f"{url}/close", {"password": PASSWORD})
    page.follow()
    session.expire_all()
    assert ticket.stage == "closed"
    page.get(f"/standards/{standard.id}")
    page.get("/")
    page.get("/search?q=lights")


def test_skipping_a_stage_by_direct_post_is_refused(
    page: Page, people: People, cases: CaseTable, clock: Any
) -> None:
    ticket = make_ticket(people)
    session.flush()
    page.as_(people.owner)
    for address in ("pass/check", "pass/do", "close", "compute", "draft-version"):
        page.post(f"/tickets/{ticket.id}/{address}", {"password": PASSWORD}, status=422)
    page.as_(people.approver).post(f"/tickets/{ticket.id}/sign", {"password": PASSWORD}, status=422)
    page.as_(people.manager).post(
        f"/tickets/{ticket.id}/overrule", {"password": PASSWORD, "reason": "why not"}, status=422
    )
    session.expire_all()
    assert queries.get_ticket(ticket.id).stage == "plan"


def test_other_unit_wrong_role_and_stranger(page: Page, people: People) -> None:
    ticket = make_ticket(people)
    finding = finding_queries.list_of_ticket(ticket.id)[0]
    session.flush()
    for person, status in ((people.south_owner, 403), (people.visitor, 403), (people.top, 200)):
        page.as_(person)
        page.get(f"/tickets/{ticket.id}", status=status)
        page.get(f"/findings/{finding.id}", status=status)
    page.as_(people.top)
    page.get(f"/tickets/{ticket.id}/problem", status=403)
    page.post(f"/tickets/{ticket.id}/cancel", {"reason": "no"}, status=403)
    page.post(f"/findings/{finding.id}/triage", {"decision": "dismiss", "reason": "no"}, status=403)
    page.as_(None)
    page.get(f"/tickets/{ticket.id}", status=302)
    page.get("/findings", status=302)
    page.as_(people.south_owner)
    assert finding.code not in page.get("/findings?state=*")
    assert ticket.code not in page.get("/tickets")
    assert ticket.code not in page.get("/tickets/list")
    assert ticket.code not in page.get("/search?q=lights")


def test_two_editors_of_the_problem(page: Page, people: People) -> None:
    ticket = make_ticket(people)
    cycle = queries.get_cycle(ticket)
    session.flush()
    seen = cycle.row_version
    page.as_(people.owner)
    page.post(f"/tickets/{ticket.id}/problem", {"problem": "First words", "row_version": seen})
    answer = page.post(
        f"/tickets/{ticket.id}/problem", {"problem": "Second words", "row_version": seen}, status=409
    )
    assert "First" in answer.text
    assert "Second words" in answer.text
    session.expire_all()
    assert cycle.problem == "First words"


def test_dismiss_merge_and_note(page: Page, people: People) -> None:
    first = make_finding(people, key="a:1")
    second = make_finding(people, statement_en="The same again", key="a:2")
    third = make_finding(people, statement_en="Friendly staff", grade="strength")
    page.as_(people.manager)
    page.post(f"/findings/{first.id}/triage", {"decision": "dismiss", "grade": "minor"}, status=422)
    page.post(f"/findings/{second.id}/triage", {"decision": "merge", "grade": "minor", "into": first.code})
    page.follow()
    page.post(
        f"/findings/{first.id}/triage",
        {"decision": "dismiss", "grade": "minor", "reason": "Measured wrongly"},
    )
    assert "Measured wrongly" in page.get(f"/findings/{first.id}")
    page.get(f"/findings/{first.id}/reopen")
    page.post(f"/findings/{first.id}/reopen", {"reason": "It was right"})
    page.post(f"/findings/{third.id}/triage", {"decision": "note", "grade": "strength"})
    session.expire_all()
    assert (first.state, second.state, third.state) == ("new", "merged", "closed")
    page.get("/findings/suggestions?into=FND", headers={"HX-Request": "true"})
    page.get("/findings/suggestions?ticket=CAR", headers={"HX-Request": "true"})
    assert (
        finding_operations.raise_finding(
            origin="delivery", grade="minor", statement_en="again", unit=people.north, key="a:2", actor=None
        )
        is first
    )
