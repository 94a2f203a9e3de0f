"""From receipt to closing: numbers, mails, states, gates, who may."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from accounts.models import Person
from complaints.models import Complainant, Message
from complaints.operations import complaints, links, messages, remedies, steps
from complaints.queries import complaints as queries
from complaints.rules.states import OPEN, SETTLED, STEPS, VERBS, State, printed, step
from core import trail
from core.db import session
from core.errors import EditConflict, NotFound, NotPermitted, RuleViolation
from core.mail import OutboxMail
from tests.complaints.builders import JUDGED, OUTSIDE, make_complaint, make_standard, set_up, take_to
from tests.people import People


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Any:
    with app.test_request_context():
        yield


def test_numbers_have_no_gaps_and_begin_with_the_year(people: People) -> None:
    first, second = make_complaint(people), make_complaint(people, actor=None)
    year, number = first.code.removeprefix("CMP-").split("-")
    assert len(year) == len(number) == 4
    assert second.code == f"CMP-{year}-{int(number) + 1:04d}"


def test_the_straight_way_tells_the_complainant_at_each_step(people: People) -> None:
    set_up(people, make_standard(people))
    found = make_complaint(people, language="zh")
    take_to(found, "closed", people)
    assert found.state == "closed"
    assert None not in (
        found.acknowledged_at,
        found.assessed_at,
        found.investigating_at,
        found.answered_at,
        found.decided_at,
        found.closed_at,
    )
    mails = session.scalars(select(OutboxMail).where(OUTSIDE).order_by(OutboxMail.id)).all()
    assert [mail.kind for mail in mails] == [
        "complaint_acknowledgement",
        "complaint_answer",
        "complaint_decision",
        "complaint_closing",
    ]
    assert {mail.to_address for mail in mails} == {"jia.wang@example.net"}
    assert {mail.language for mail in mails} == {"zh"}
    assert f"{found.code}：我们已收到您的投诉" in mails[0].subject
    assert all(f"/follow/{found.id}-" in mail.whole for mail in mails)
    said = [message.kind for message in queries.list_messages(found.id, notes=True)]
    assert said == ["acknowledgement", "answer", "decision", "closing"]
    assert "/follow/" not in "".join(
        message.body for message in queries.list_messages(found.id, notes=True)
    ), "the secret link is in the mail only"
    assert found.satisfaction_asked_at is not None
    assert found.told == "mail"


def test_without_an_address_somebody_says_how_it_was_told(people: People) -> None:
    found = make_complaint(people, name="", email="", phone="")
    with pytest.raises(RuleViolation) as refused:
        steps.acknowledge(found, actor=people.handler)
    assert refused.value.field == "by"
    take_to(found, "decided", people)
    assert session.scalars(select(OutboxMail).where(OUTSIDE)).all() == []
    assert found.told == "link"
    with pytest.raises(RuleViolation) as refused:
        steps.close(found, actor=people.handler)
    assert refused.value.field == "satisfaction_note"
    with pytest.raises(RuleViolation):
        steps.close(found, satisfied=6, actor=people.handler)
    steps.close(found, satisfied=4, actor=people.handler)
    assert (found.satisfied, found.state) == (4, "closed")


def test_every_verb_is_refused_in_every_state_that_the_table_does_not_name(people: People) -> None:
    found = make_complaint(people)
    calls: dict[str, Any] = {
        "acknowledge": lambda: steps.acknowledge(found, by="x", actor=people.manager),
        "assess": lambda: steps.assess(found, **JUDGED, actor=people.manager),
        "reassess": lambda: steps.assess(found, **JUDGED, actor=people.manager),
        "investigate": lambda: steps.investigate(found, handler=people.handler, actor=people.manager),
        "answer": lambda: steps.answer(found, investigation="x", words="y", actor=people.manager),
        "decide": lambda: steps.decide(found, outcome="upheld", decision="x", actor=people.manager),
        "close": lambda: steps.close(found, satisfaction_note="x", actor=people.manager),
        "refuse": lambda: steps.refuse(found, reason="x", route="y", words="z", actor=people.manager),
        "settle": lambda: steps.settle(found, reason="x", actor=people.manager),
        "escalate": lambda: steps.escalate(found, reason="x", route="y", actor=people.manager),
        "withdraw": lambda: steps.withdraw(found, reason="x", actor=people.manager),
        "reopen": lambda: steps.reopen(found, reason="x", actor=people.manager),
    }
    assert set(calls) == set(VERBS)
    for state in State:
        for verb, call in calls.items():
            if step(state, verb) is not None or (
                verb in {"assess", "reassess"} and (step(state, "assess") or step(state, "reassess"))
            ):
                continue
            found.state = state.value
            with pytest.raises(RuleViolation, match="not possible now"):
                call()


def test_the_table_leads_everywhere_and_out_again() -> None:
    assert {item.to for item in STEPS} | {State.received} == set(State)
    assert {item.state for item in STEPS} == set(State), "no state is a trap"
    assert not OPEN & SETTLED
    assert "| received | acknowledge | handler |" in printed()
    assert len({(item.state, item.verb) for item in STEPS}) == len(STEPS)


def test_gates_hold_back_what_is_not_ready(people: People) -> None:
    found = take_to(make_complaint(people), "acknowledged", people)
    with pytest.raises(RuleViolation) as refused:
        steps.assess(found, **JUDGED, urgent=True, actor=people.handler)
    assert refused.value.field == "immediate_action"
    steps.assess(found, **JUDGED, actor=people.handler)
    with pytest.raises(RuleViolation, match="Simple enough"):
        steps.answer(found, investigation="x", words="y", actor=people.handler)
    found.handler = None
    with pytest.raises(RuleViolation) as refused:
        steps.investigate(found, actor=people.handler)
    assert refused.value.field == "handler_id"
    found.urgent = True
    with pytest.raises(RuleViolation, match="What could not wait"):
        steps.investigate(found, handler=people.handler, actor=people.handler)
    found.urgent = False
    with pytest.raises(RuleViolation, match="may not handle"):
        steps.investigate(found, handler=people.staff, actor=people.handler)
    steps.investigate(found, handler=people.handler, actor=people.handler)
    for found_out, words, field in (("", "y", "investigation"), ("x", " ", "words")):
        with pytest.raises(RuleViolation) as refused:
            steps.answer(found, investigation=found_out, words=words, actor=people.handler)
        assert refused.value.field == field
    steps.answer(found, investigation="x", words="y", actor=people.handler)
    with pytest.raises(RuleViolation) as refused:
        steps.decide(found, outcome="upheld", decision="", actor=people.handler)
    assert refused.value.field == "decision"
    costly = remedies.propose(found, kind="refund", words="the fee", cost=50_000, actor=people.handler)
    with pytest.raises(RuleViolation, match="No remedy waits"):
        steps.decide(found, outcome="upheld", decision="x", actor=people.handler)
    remedies.authorise(found, costly, actor=people.owner)
    steps.decide(found, outcome="upheld", decision="x", actor=people.handler)
    with pytest.raises(RuleViolation, match="was told"):
        steps.close(found, actor=people.handler)
    with pytest.raises(RuleViolation) as refused:
        steps.tell_decision(found, words="", actor=people.handler)
    assert refused.value.field == "words"
    steps.tell_decision(found, words="You were right.", actor=people.handler)
    with pytest.raises(RuleViolation, match="carried out"):
        steps.close(found, actor=people.handler)
    remedies.finish(found, costly, actor=people.handler)
    steps.close(found, actor=people.handler)
    assert found.state == "closed"


def test_a_simple_complaint_is_answered_at_once(people: People) -> None:
    found = take_to(make_complaint(people), "assessed", people, complexity="simple")
    steps.answer(found, investigation="A wrong sign.", words="We changed the sign.", actor=people.handler)
    assert found.state == "answered"
    assert found.investigating_at is None


def test_a_serious_complaint_is_decided_by_who_may(people: People) -> None:
    found = take_to(make_complaint(people), "answered", people, severity="critical")
    with pytest.raises(RuleViolation, match="serious complaint"):
        steps.decide(found, outcome="upheld", decision="x", actor=people.handler)
    steps.decide(found, outcome="upheld", decision="x", actor=people.owner)
    assert found.decided_by_id == people.owner.id


def test_whom_a_complaint_is_about_takes_no_part(people: People) -> None:
    found = make_complaint(people, concerned=people.handler, actor=people.staff)
    for call in (
        lambda: steps.acknowledge(found, actor=people.handler),
        lambda: messages.write_note(found, "not so", actor=people.handler),
        lambda: complaints.read_contact(found, actor=people.handler),
        lambda: complaints.change(found, subject="nothing happened", actor=people.handler),
        lambda: remedies.propose(found, kind="apology", words="", actor=people.handler),
        lambda: links.raise_from(found, grade="signal", statement_en="x", actor=people.handler),
    ):
        with pytest.raises(NotPermitted):
            call()
    with pytest.raises(RuleViolation, match="can't handle it"):
        complaints.name_handler(found, people.handler, actor=people.manager)
    with pytest.raises(RuleViolation) as refused:
        complaints.change(found, concerned=people.manager, actor=people.manager)
    assert refused.value.field == "concerned_id"
    with pytest.raises(RuleViolation) as refused:
        complaints.change(found, concerned=people.owner, handler=people.owner, actor=people.manager)
    assert refused.value.field == "handler_id"


def test_roles_decide_who_does_what(people: People) -> None:
    found = make_complaint(people)
    strangers: tuple[Person, ...] = (
        people.staff,
        people.auditor,
        people.visitor,
        people.top,
        people.admin,
        people.south_owner,
    )
    for person in strangers:
        with pytest.raises(NotPermitted):
            steps.acknowledge(found, actor=person)
        with pytest.raises(NotPermitted):
            complaints.read_contact(found, actor=person)
    with pytest.raises(NotPermitted):
        complaints.read_contact(found, actor=people.owner)
    steps.acknowledge(found, actor=people.owner)
    with pytest.raises(NotPermitted):
        steps.refuse(found, reason="x", route="y", words="z", actor=people.handler)
    for person in (people.south_owner, people.staff, people.admin):
        with pytest.raises(NotPermitted):
            queries.get_complaint_for(person, found.id)
    for person in (people.auditor, people.visitor, people.top, people.owner):
        assert queries.get_complaint_for(person, found.id) is found
    with pytest.raises(NotPermitted):
        complaints.register(unit=people.north, channel="phone", subject="x", actor=people.visitor)
    with pytest.raises(NotFound):
        queries.get_complaint_for(people.manager, 999_999)


def test_refused_with_reasons_and_a_way_outside(people: People) -> None:
    found = take_to(make_complaint(people), "assessed", people)
    entries: dict[str, Any] = {
        "reason": "Not our road.",
        "route": "The county.",
        "words": "It is not our road.",
    }
    for field in entries:
        with pytest.raises(RuleViolation) as refused:
            steps.refuse(found, **{**entries, field: ""}, actor=people.owner)
        assert refused.value.field == field
    steps.refuse(found, **entries, actor=people.owner)
    assert (found.state, found.closed_at) == ("refused", None)
    assert found.state in OPEN, "watched until the complainant's ways are used up"
    last = session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert last is not None
    assert "The county." in last.body
    with pytest.raises(RuleViolation):
        steps.settle(found, reason="", actor=people.owner)
    steps.settle(found, reason="The ombudsman agreed.", actor=people.owner)
    assert found.state == "closed"
    assert found.closed_at is not None


def test_escalated_withdrawn_reopened(people: People) -> None:
    found = take_to(make_complaint(people), "investigating", people)
    for reason, route in (("", "x"), ("x", "")):
        with pytest.raises(RuleViolation):
            steps.escalate(found, reason=reason, route=route, actor=people.handler)
    steps.escalate(found, reason="Two units", route="Head of service", actor=people.handler)
    with pytest.raises(RuleViolation):
        steps.withdraw(found, reason="", actor=people.handler)
    steps.withdraw(found, reason="Solved by itself", actor=people.handler)
    assert found.closed_at is not None
    with pytest.raises(RuleViolation):
        steps.reopen(found, reason=" ", actor=people.handler)
    steps.reopen(found, reason="Dark again", actor=people.handler)
    assert found.state == "reopened"
    for milestone in ("closed_at", "answered_at"):
        assert getattr(found, milestone) is None
    steps.assess(found, **JUDGED, actor=people.handler)
    steps.investigate(found, actor=people.handler)
    steps.answer(found, investigation="x", words="y", actor=people.handler)
    assert found.answered_at is not None


def test_two_who_act_at_once_are_told(people: People) -> None:
    found = make_complaint(people)
    seen = found.row_version
    complaints.change(found, subject="Two lamps dark", seen=seen, actor=people.handler)
    session.commit()
    with pytest.raises(EditConflict):
        complaints.change(found, subject="Three", seen=seen, actor=people.manager)
    with pytest.raises(EditConflict):
        steps.acknowledge(found, seen=seen, actor=people.manager)


def test_contact_is_apart_and_each_reading_is_kept(people: People) -> None:
    found = make_complaint(people)
    person = complaints.read_contact(found, actor=people.handler)
    assert person is not None
    assert person.email == "jia.wang@example.net"
    complaints.change_contact(found, phone="555-0202", name="", actor=people.manager)
    with pytest.raises(RuleViolation):
        complaints.change_contact(found, email="nobody", actor=people.manager)
    session.commit()
    entries = trail.history(found)
    assert [entry.action for entry in entries][:2] == ["complaint.contact_changed", "complaint.contact_read"]
    everything = "".join(entry.changes + entry.reason for entry in session.scalars(select(trail.TrailEntry)))
    assert "example.net" not in everything
    assert "555-0" not in everything
    assert "Jia" not in everything
    kept = session.scalars(select(Complainant)).one()
    assert (kept.name, kept.phone) == ("Jia Wang", "555-0202")


def test_registering_refuses_what_makes_no_sense(people: People) -> None:
    from datetime import date

    for entries, field in (
        ({"subject": " "}, "subject"),
        ({"email": "nobody"}, "email"),
        ({"occurred_on": date(2999, 1, 1)}, "occurred_on"),
        ({"description": "x" * 40_001}, "description"),
        ({"language": "fr"}, "language"),
    ):
        with pytest.raises(RuleViolation) as refused:
            make_complaint(people, **entries)
        assert refused.value.field == field
        session.rollback()
    with pytest.raises(ValueError, match="pigeon"):
        make_complaint(people, channel="pigeon")


def test_remedies_within_the_limit_are_approved_at_once(people: People) -> None:
    set_up(people)
    found = make_complaint(people)
    small = remedies.propose(found, kind="refund", words="the fee", cost=20_000, actor=people.handler)
    large = remedies.propose(found, kind="refund", words="all of it", cost=20_001, actor=people.handler)
    assert (small.state, small.authorised_by_id) == ("authorised", people.handler.id)
    assert large.state == "proposed"
    with pytest.raises(NotPermitted):
        remedies.authorise(found, large, actor=people.handler)
    with pytest.raises(RuleViolation):
        remedies.finish(found, large, actor=people.handler)
    with pytest.raises(RuleViolation):
        remedies.authorise(found, small, actor=people.owner)
    for cost in (-1, 10**12):
        with pytest.raises(RuleViolation):
            remedies.propose(found, kind="refund", words="", cost=cost, actor=people.owner)
    remedies.authorise(found, large, actor=people.owner)
    remedies.finish(found, large, actor=people.handler)
    with pytest.raises(RuleViolation):
        remedies.remove(found, large, actor=people.handler)
    remedies.remove(found, small, actor=people.handler)
    assert [one.state for one in queries.list_remedies(found.id)] == ["done"]
    own = remedies.propose(found, kind="refund", words="", cost=90_000, actor=people.owner)
    assert own.state == "authorised"


def test_a_finding_and_a_ticket_come_from_a_complaint(people: People) -> None:
    from improvement.operations import tickets

    found = make_complaint(people, standard=make_standard(people), requirement_code="R2")
    finding = links.raise_from(
        found, grade="minor", statement_en="Orders get lost between two desks", actor=people.handler
    )
    assert (finding.origin, finding.origin_ref, finding.origin_label) == (
        "complaint",
        f"complaint:{found.id}",
        found.code,
    )
    assert finding.requirement_code == "R2"
    assert queries.list_findings(found.id) == [finding]
    ticket = tickets.open_ticket(
        title="Orders get lost", owner=people.owner, findings=[finding], actor=people.manager
    )
    with pytest.raises(RuleViolation) as refused:
        links.link_ticket(found, "CAR-1999-0001", actor=people.handler)
    assert refused.value.field == "ticket"
    links.link_ticket(found, f" {ticket.code.lower()} and more", actor=people.handler)
    assert found.ticket is ticket
    assert [row.code for row in queries.list_of_ticket(ticket.id, people.manager)] == [found.code]
    links.link_ticket(found, "", actor=people.handler)
    assert found.ticket is None


def test_what_is_said_is_kept_and_bounded(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    found = make_complaint(people)
    messages.write_note(found, "A difficult caller", actor=people.handler)
    messages.hear(found, "It is dark again", actor=people.handler)
    assert messages.write_to(found, "We come tomorrow", actor=people.handler)
    assert [one.direction for one in queries.list_messages(found.id, notes=False)] == ["in", "out"]
    for body in ("", " ", "x" * 10_001):
        with pytest.raises(RuleViolation):
            messages.write_note(found, body, actor=people.handler)
    monkeypatch.setattr(messages, "LINK_MESSAGES_MOST", 2)
    messages.hear(found, "one", actor=None)
    assert found.heard_at is not None
    messages.hear(found, "two", actor=None)
    with pytest.raises(RuleViolation, match="call us"):
        messages.hear(found, "three", actor=None)
    monkeypatch.setattr(messages, "MESSAGES_MOST", 5)
    with pytest.raises(RuleViolation, match="at most"):
        messages.write_note(found, "one too many", actor=people.handler)
