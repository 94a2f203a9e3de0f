"""What this room does on pages of others, by mail, in search and in the tasks of each person."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core import search, tasks
from core.db import session
from core.mail import OutboxMail
from improvement import reports
from improvement.operations import findings as finding_operations
from improvement.operations import plans
from improvement.queries import waiting
from improvement.views import panels
from standards import proof
from standards.models import Version
from tests.improvement.builders import START, CaseTable, make_finding, make_standard, make_ticket, plan
from tests.people import People

FIRST = START.date()


def test_owner_and_verifier_are_told_in_their_language(people: People) -> None:
    people.owner.language = "zh"
    ticket = make_ticket(people)
    mails = {mail.to_address: mail for mail in session.scalars(select(OutboxMail))}
    assert set(mails) == {people.owner.email, people.approver.email}
    assert mails[people.owner.email].subject == f"{ticket.code}：您是此改进单的负责人"
    assert "you will verify" in mails[people.approver.email].subject
    assert f"/tickets/{ticket.id}" in mails[people.owner.email].body


def test_action_owners_are_told_when_do_begins(people: People, cases: CaseTable, clock: Any) -> None:
    cases.fill(FIRST - timedelta(days=60), FIRST, 17, 20)
    ticket = make_ticket(people)
    plan(ticket, people)
    plans.pass_to_do(ticket, actor=people.owner)
    session.flush()
    told = session.scalars(select(OutboxMail).where(OutboxMail.to_address == people.staff.email)).all()
    assert [mail.kind for mail in told] == ["ticket_task"]


def test_tasks_and_counts_follow_the_stage(app: Any, people: People, cases: CaseTable, clock: Any) -> None:
    cases.fill(FIRST - timedelta(days=60), FIRST, 17, 20)
    make_finding(people, statement_en="Waits for triage")
    ticket = make_ticket(people)
    with app.test_request_context():
        kinds = {task.kind for task in tasks.tasks_of(people.manager) if task.code.startswith(("FND", "CAR"))}
        assert kinds == {"triage"}
        assert [task.kind for task in tasks.tasks_of(people.owner)] == ["plan"]
        assert waiting.count_waiting(people.manager) == (1, 0)
        assert waiting.count_waiting(people.owner) == (0, 1)
        assert waiting.count_waiting(people.staff) == (0, 0)
    plan(ticket, people)
    plans.pass_to_do(ticket, actor=people.owner)
    session.commit()
    with app.test_request_context():
        assert [task.kind for task in tasks.tasks_of(people.staff)] == ["action"]
        assert waiting.count_waiting(people.staff) == (0, 1)


def test_a_deferred_ticket_waits_for_nobody(app: Any, people: People, clock: Any) -> None:
    from improvement.operations import tickets

    ticket = make_ticket(people)
    tickets.defer(ticket, reason="budget", until=FIRST + timedelta(days=9), actor=people.owner)
    session.commit()
    assert waiting.count_waiting(people.owner) == (0, 0)
    clock.shift(timedelta(days=9))
    assert waiting.count_waiting(people.owner) == (0, 1)


def test_search_finds_by_code_and_words_only_what_one_may_see(app: Any, people: People) -> None:
    ticket = make_ticket(people)
    with app.test_request_context():
        codes = {hit.code for hit in search.find(people.manager, "street lights")}
        assert {ticket.code, "FND-2026-0001"} & codes == {ticket.code} | (codes & {"FND-2026-0001"})
        assert search.find(people.manager, ticket.code)[0].code == ticket.code
        assert ticket.code not in {hit.code for hit in search.find(people.south_owner, "street lights")}
        assert ticket.code not in {hit.code for hit in search.find(people.visitor, "street lights")}


def test_flags_beside_the_requirement(app: Any, people: People) -> None:
    standard = make_standard(people)
    lone = make_finding(people, standard, statement_en="Alone")
    ticket = make_ticket(people, standard)
    version = session.scalars(select(Version).where(Version.standard_id == standard.id)).one()
    with app.test_request_context():
        found = panels.proofs(standard, version, people.manager)["R2"]
        assert {text for _icon, text, _url in found.links} == {lone.code, ticket.code}
        assert found.figure is None
        assert isinstance(found, proof.Proof)
        assert panels.proofs(standard, version, people.visitor) == {}


def test_register_for_packs(people: People, clock: Any) -> None:
    standard = make_standard(people)
    early = make_finding(people, standard, statement_en="Early")
    finding_operations.dismiss(early, reason="no", actor=people.manager)
    clock.shift(timedelta(days=40))
    late = make_finding(people, standard, statement_en="Late")
    elsewhere = make_finding(people, None, statement_en="Elsewhere", unit=people.south)
    ticket = make_ticket(people, standard)
    session.flush()
    first = FIRST + timedelta(days=30)
    last = FIRST + timedelta(days=60)
    found = reports.findings_for([standard.id], people.north, first, last)
    assert late in found
    assert early not in found
    assert elsewhere not in reports.findings_for(None, people.north, first, last)
    assert elsewhere in reports.findings_for(None, people.root, first, last)
    assert reports.tickets_for([standard.id], people.root, first, last) == [ticket]
    assert reports.tickets_for([standard.id], people.south, first, last) == []
