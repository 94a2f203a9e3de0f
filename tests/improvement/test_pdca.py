"""The whole way of a ticket: a first cycle that did not work, a second that did, and the standard that keeps it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core import events, signing
from core.db import session
from core.errors import NotPermitted, RuleViolation
from core.mail import OutboxMail
from improvement.events import TicketClosed
from improvement.operations import checks, measuring, plans, tickets
from improvement.queries import findings as finding_queries
from improvement.queries import tickets as queries
from standards.models import Version
from tests.improvement.builders import (
    START,
    CaseTable,
    do,
    judge,
    make_standard,
    make_ticket,
    plan,
    to_check,
)
from tests.people import PASSWORD, People

FIRST = START.date()


def test_failed_then_effective_then_standard_then_closed(
    people: People, cases: CaseTable, clock: Any
) -> None:
    heard: list[Any] = []
    events.react(TicketClosed, heard.append)
    standard = make_standard(people)
    cases.fill(FIRST - timedelta(days=60), FIRST + timedelta(days=100), 17, 20)  # 85 %
    ticket = make_ticket(people, standard)
    to_check(ticket, people)
    assert ticket.stage == "check"
    with pytest.raises(RuleViolation, match="wait after the action"):
        checks.compute_check(ticket, actor=people.owner)

    clock.shift(timedelta(days=30))
    early = checks.compute_check(ticket, actor=people.owner)
    assert early.verdict == "not_enough_data"
    assert early.figures["difference"] == pytest.approx(0)
    clock.shift(timedelta(days=40))
    judge(ticket, people)
    assert (ticket.stage, ticket.cycle_number) == ("plan", 2)
    first = queries.list_checks([queries.list_cycles(ticket)[0].id])[-1]
    assert first.verdict == "not_effective"
    assert first.verifier_name == people.approver.name

    cases.fill(queries.today(), queries.today() + timedelta(days=100), 19, 20)  # 95 %
    to_check(ticket, people, standard_change=True)
    clock.shift(timedelta(days=70))
    judge(ticket, people)
    assert ticket.stage == "act"
    [finding] = finding_queries.list_of_ticket(ticket.id)
    assert finding.state == "verified"

    checks.write_act(
        ticket, nothing_to_change="it can stay", lesson="Parts belong near the work.", actor=people.owner
    )
    with pytest.raises(RuleViolation, match="open its new version"):
        tickets.close(ticket, password=PASSWORD, actor=people.owner)
    version = Version(standard_id=standard.id, number=4, state="draft")
    session.add(version)
    session.flush()
    act = queries.find_act(queries.get_cycle(ticket).id)
    assert act is not None
    act.version_id = version.id
    with pytest.raises(RuleViolation, match="not in force"):
        tickets.close(ticket, password=PASSWORD, actor=people.owner)
    old = session.query(Version).filter_by(standard_id=standard.id, number=3).one()
    old.state = "superseded"
    session.flush()
    version.state, version.effective_from = "effective", START
    session.flush()
    with pytest.raises(RuleViolation, match="not your password"):
        tickets.close(ticket, password="something else", actor=people.owner)
    tickets.close(ticket, password=PASSWORD, actor=people.owner)
    assert ticket.stage == "closed"
    assert finding.state == "closed"
    assert finding.dedup_key is None
    assert [fact.ticket for fact in heard if fact.ticket is ticket] == [ticket]
    verdicts = [item for item in signing.signatures_of(ticket) if item.meaning == "verdict"]
    assert len(verdicts) == 2
    check = queries.list_checks([queries.get_cycle(ticket).id])[-1]
    assert signing.is_valid(verdicts[-1], checks.signed_content(ticket, check))

    tickets.reopen(ticket, reason="Lights late again", actor=people.manager)
    assert (ticket.stage, ticket.cycle_number, finding.state) == ("plan", 3, "accepted")


def test_too_few_cases_wait_longer(people: People, cases: CaseTable, clock: Any) -> None:
    cases.fill(FIRST - timedelta(days=60), FIRST, 2, 4)
    cases.fill(FIRST + timedelta(days=1), FIRST + timedelta(days=300), 1, 1)
    ticket = make_ticket(people)
    to_check(ticket, people)
    clock.shift(timedelta(days=70))
    found = checks.compute_check(ticket, actor=people.owner)
    assert (found.verdict, found.figures["after"]["n"]) == ("not_enough_data", 60)
    checks.note_side_effects(queries.get_cycle(ticket), text="none", actor=people.owner)
    with pytest.raises(RuleViolation, match="not enough data"):
        checks.sign_verdict(ticket, password=PASSWORD, actor=people.approver)
    checks.wait_longer(ticket, days=60, reason="few cases in summer", actor=people.owner)
    clock.shift(timedelta(days=60))
    assert checks.compute_check(ticket, actor=people.owner).verdict == "effective"


def test_the_baseline_stays_as_it_was_registered(people: People, cases: CaseTable, clock: Any) -> None:
    cases.fill(FIRST - timedelta(days=60), FIRST, 17, 20)
    cases.fill(FIRST + timedelta(days=1), FIRST + timedelta(days=300), 19, 20)
    ticket = make_ticket(people)
    to_check(ticket, people)
    cases.fill(FIRST - timedelta(days=60), FIRST, 0, 20)
    clock.shift(timedelta(days=70))
    found = checks.compute_check(ticket, actor=people.owner)
    assert found.figures["before"]["met"] == 60 * 17
    assert found.figures["difference"] == pytest.approx(0.10)


def test_the_measure_is_frozen_from_do_on(people: People, cases: CaseTable, clock: Any) -> None:
    cases.fill(FIRST - timedelta(days=60), FIRST, 17, 20)
    ticket = make_ticket(people)
    plan(ticket, people)
    plans.pass_to_do(ticket, actor=people.owner)
    with pytest.raises(RuleViolation, match="does not belong there"):
        measuring.register_described(
            ticket, described="look again", described_on=date(2027, 1, 1), actor=people.owner
        )


def test_four_eyes_on_the_verdict(people: People, cases: CaseTable, clock: Any) -> None:
    cases.fill(FIRST - timedelta(days=60), FIRST, 17, 20)
    cases.fill(FIRST + timedelta(days=1), FIRST + timedelta(days=300), 19, 20)
    ticket = make_ticket(people)
    plan(ticket, people)
    cycle = queries.get_cycle(ticket)
    plans.add_action(
        cycle,
        kind="corrective",
        text="Check the shelf weekly",
        owner=people.approver,
        due=FIRST + timedelta(days=5),
        actor=people.owner,
    )
    plans.pass_to_do(ticket, actor=people.owner)
    do(ticket, people)
    plans.pass_to_check(ticket, actor=people.owner)
    clock.shift(timedelta(days=70))
    checks.compute_check(ticket, actor=people.owner)
    checks.note_side_effects(cycle, text="none", actor=people.owner)
    with pytest.raises(RuleViolation, match="took no part"):
        checks.sign_verdict(ticket, password=PASSWORD, actor=people.approver)
    with pytest.raises(NotPermitted):
        checks.sign_verdict(ticket, password=PASSWORD, actor=people.south_owner)
    with pytest.raises(RuleViolation, match="names somebody else"):
        checks.sign_verdict(ticket, password=PASSWORD, actor=people.manager)
    tickets.change_ticket(
        ticket,
        title=ticket.title,
        owner=people.owner,
        verifier=people.auditor,
        priority="normal",
        due=None,
        seen=None,
        actor=people.manager,
    )
    with pytest.raises(RuleViolation, match="not your password"):
        checks.sign_verdict(ticket, password="wrong", actor=people.auditor)
    checks.sign_verdict(ticket, password=PASSWORD, actor=people.auditor)
    assert ticket.stage == "act"


def test_overrule_with_reason_keeps_the_computed_verdict(
    people: People, cases: CaseTable, clock: Any
) -> None:
    cases.fill(FIRST - timedelta(days=60), FIRST + timedelta(days=200), 17, 20)
    ticket = make_ticket(people)
    to_check(ticket, people)
    clock.shift(timedelta(days=70))
    checks.compute_check(ticket, actor=people.owner)
    checks.note_side_effects(queries.get_cycle(ticket), text="none", actor=people.owner)
    with pytest.raises(NotPermitted):
        checks.overrule(ticket, reason="storm", password=PASSWORD, actor=people.owner)
    with pytest.raises(RuleViolation, match="reason"):
        checks.overrule(ticket, reason=" ", password=PASSWORD, actor=people.manager)
    checks.overrule(ticket, reason="A storm felled 200 lights", password=PASSWORD, actor=people.manager)
    assert ticket.stage == "act"
    kept = queries.list_checks([queries.get_cycle(ticket).id])
    assert [(item.verdict, item.overruled) for item in kept] == [
        ("not_effective", False),
        ("effective", True),
    ]


def test_major_needs_approval_by_another_and_again_after_a_change(
    people: People, cases: CaseTable, clock: Any
) -> None:
    cases.fill(FIRST - timedelta(days=60), FIRST, 17, 20)
    ticket = make_ticket(people, grade="major")
    plan(ticket, people)
    with pytest.raises(RuleViolation, match="approves the plan"):
        plans.pass_to_do(ticket, actor=people.owner)
    with pytest.raises(NotPermitted):
        plans.approve_plan(ticket, actor=people.owner)
    before = session.scalar(select(func.count()).select_from(OutboxMail)) or 0
    plans.ask_approval(ticket, actor=people.owner)
    session.commit()
    assert (session.scalar(select(func.count()).select_from(OutboxMail)) or 0) > before
    with pytest.raises(RuleViolation, match="less than a day"):
        plans.ask_approval(ticket, actor=people.owner)
    plans.approve_plan(ticket, actor=people.manager)
    with pytest.raises(RuleViolation, match="needs no approval"):
        plans.ask_approval(ticket, actor=people.owner)
    plans.add_cause(queries.get_cycle(ticket), text="One more why", actor=people.owner)
    with pytest.raises(RuleViolation, match="approves the plan"):
        plans.pass_to_do(ticket, actor=people.owner)
    plans.approve_plan(ticket, actor=people.manager)
    plans.pass_to_do(ticket, actor=people.owner)
    assert ticket.stage == "do"


def test_a_described_check_for_what_has_no_measure(people: People, clock: Any) -> None:
    ticket = make_ticket(people, grade="ofi")
    cycle = queries.get_cycle(ticket)
    plans.describe_problem(
        cycle,
        problem="The sign at the door is missing",
        correction="A paper sign",
        correction_at=FIRST,
        cause_obvious="It fell off in the storm",
        seen=cycle.row_version,
        actor=people.owner,
    )
    plans.add_action(
        cycle,
        kind="corrective",
        text="Screw on a sign",
        owner=people.staff,
        due=FIRST + timedelta(days=3),
        actor=people.owner,
    )
    measuring.register_described(
        ticket, described="Is it still there?", described_on=FIRST + timedelta(days=30), actor=people.owner
    )
    plans.pass_to_do(ticket, actor=people.owner)
    do(ticket, people)
    plans.pass_to_check(ticket, actor=people.owner)
    with pytest.raises(RuleViolation, match="planned for"):
        checks.judge(ticket, found="effective", note="there", actor=people.approver)
    clock.shift(timedelta(days=30))
    checks.judge(ticket, found="effective", note="It hangs straight", actor=people.approver)
    checks.note_side_effects(cycle, text="none", actor=people.approver)
    checks.sign_verdict(ticket, password=PASSWORD, actor=people.approver)
    checks.write_act(ticket, nothing_to_change="One sign only", lesson="Use screws", actor=people.owner)
    tickets.close(ticket, password=PASSWORD, actor=people.owner)
    assert ticket.stage == "closed"


def test_cancel_returns_findings_and_defer_is_a_flag(people: People, clock: Any) -> None:
    ticket = make_ticket(people)
    [finding] = finding_queries.list_of_ticket(ticket.id)
    tickets.defer(ticket, reason="Waits for the budget", until=FIRST + timedelta(days=30), actor=people.owner)
    assert (ticket.stage, ticket.deferred_until) == ("plan", FIRST + timedelta(days=30))
    tickets.resume(ticket, actor=people.owner)
    assert ticket.deferred_until is None
    with pytest.raises(NotPermitted):
        tickets.cancel(ticket, reason="not mine", actor=people.owner)
    tickets.cancel(ticket, reason="Recorded twice", actor=people.manager)
    assert (ticket.stage, finding.state, finding.ticket) == ("cancelled", "new", None)
