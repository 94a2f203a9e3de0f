"""The table of steps, the gates, and every step with the people who may and may not take it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from audits.models import Audit
from audits.operations import audits as operations
from audits.operations import checklist, follow_up, recording, steps
from audits.queries import audits as queries
from audits.queries import checklist as items_of
from audits.rules import programme, states
from audits.rules.results import CHOICES, GRADE_OF, NEEDS_FINDING, Nature, Result, nature_of
from audits.rules.states import FinishFacts, Part, PlanFacts, Settled, State, settled
from core.db import session
from core.errors import NotPermitted, RuleViolation
from core.mail import OutboxMail
from core.signing import is_valid, signatures_of
from improvement.events import TicketClosed, TicketReopened
from improvement.operations import findings as finding_operations
from improvement.operations import tickets
from improvement.rules.findings import FindingState
from tests.audits.builders import answer, answer_all, items, make_standard, plan, prepare, report
from tests.people import PASSWORD, People

# --- rules ---------------------------------------------------------------------------------------------------


def test_the_table_leads_from_every_open_state_and_never_from_the_end() -> None:
    for state in states.OPEN:
        assert any(item.state == state and item.to for item in states.STEPS), state
    assert not [item for item in states.STEPS if item.state == State.cancelled]
    assert {item.verb for item in states.STEPS if item.state == State.closed} == {"reopen"}
    assert "| reported | accept | head | team |" in states.printed()


def test_nobody_of_the_team_accepts() -> None:
    assert states.allows("reported", "accept", {Part.head})
    assert not states.allows("reported", "accept", {Part.head, Part.team})
    assert not states.allows("reported", "accept", {Part.lead, Part.manager})
    assert not states.allows("prepared", "accept", {Part.head})


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        (PlanFacts("", 0, 3, True, 3, []), ["lead"]),
        (PlanFacts("Ann", 1, 0, False, 3, []), ["scope"]),
        (PlanFacts("Ann", 1, 0, True, 3, []), []),
        (PlanFacts("Ann", 1, 3, False, 0, []), ["items"]),
        (PlanFacts("Ann", 2, 3, False, 3, ["Bo"]), ["independent"]),
    ],
)
def test_what_stands_before_recording(facts: PlanFacts, missing: list[str]) -> None:
    assert [item.key for item in states.prepare_gate(facts) if not item.met] == missing


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        (FinishFacts(4, 0, 0, 0, 1), []),
        (FinishFacts(0, 0, 0, 0, 0), ["answered"]),
        (FinishFacts(4, 1, 0, 0, 0), ["answered"]),
        (FinishFacts(4, 0, 1, 0, 0), ["notes"]),
        (FinishFacts(4, 0, 0, 1, 0), ["findings"]),
    ],
)
def test_what_stands_before_the_end_of_recording(facts: FinishFacts, missing: list[str]) -> None:
    assert [item.key for item in states.finish_gate(facts, "Ann") if not item.met] == missing


@pytest.mark.parametrize(
    ("state", "ticket", "closed", "follow", "found"),
    [
        ("", False, False, "", Settled.none),
        ("new", False, False, "", Settled.triage),
        ("dismissed", False, False, "", Settled.noted),
        ("closed", False, False, "", Settled.noted),
        ("accepted", True, False, "", Settled.ticket),
        ("closed", True, True, "ready", Settled.ready),
        ("closed", True, True, "verified", Settled.verified),
        ("closed", True, True, "refused", Settled.refused),
        ("accepted", True, False, "verified", Settled.ticket),
    ],
)
def test_how_far_a_remedy_is(state: str, ticket: bool, closed: bool, follow: str, found: Settled) -> None:
    assert settled(finding_state=state, has_ticket=ticket, ticket_closed=closed, follow=follow) == found


def test_the_nature_of_the_criterion_decides_the_grade() -> None:
    assert nature_of(guidance=True, adopted=False) == Nature.guidance
    assert nature_of(guidance=True, adopted=True) == Nature.requirement
    assert nature_of(guidance=False, adopted=False) == Nature.requirement
    assert {GRADE_OF[item] for item in CHOICES[Nature.guidance] if item in GRADE_OF} == {"ofi", "strength"}
    assert Result.major not in CHOICES[Nature.guidance]
    assert set(GRADE_OF) >= NEEDS_FINDING


@pytest.mark.parametrize(
    ("first", "last", "months", "again"),
    [
        (
            date(2026, 1, 31),
            date(2026, 2, 2),
            1,
            (date(2026, 3, 2), date(2026, 3, 4)),
        ),  # 28 Feb is a Saturday
        (date(2026, 11, 23), date(2026, 11, 25), 12, (date(2027, 11, 23), date(2027, 11, 25))),
        (date(2026, 12, 8), date(2026, 12, 8), 3, (date(2027, 3, 8), date(2027, 3, 8))),
    ],
)
def test_the_next_audit_of_a_series(first: date, last: date, months: int, again: tuple[date, date]) -> None:
    assert programme.next_days(first, last, months) == again


def test_a_slot_is_offered_a_working_week() -> None:
    for month in range(1, 13):
        first, last = programme.month_days(2026, month)
        assert (first.weekday(), last.weekday(), first.month) == (0, 4, month)
    assert programme.month_days(2026, 3, after=date(2026, 11, 22)) == (date(2026, 11, 23), date(2026, 11, 27))


# --- the whole way -------------------------------------------------------------------------------------------


def test_from_plan_to_close(app: Any, people: People) -> None:
    standard = make_standard(people)
    audit = prepare(people, standard=standard)
    assert audit.state == "prepared"
    item = answer_all(people, audit)
    assert item.finding is not None
    assert (item.finding.origin, item.finding.grade) == ("audit", "minor")
    assert item.finding.origin_ref == f"audit:{audit.id}:{item.id}"
    assert item.finding.clause_id == item.clause_id
    report(people, audit)
    assert audit.state == "reported"
    signed = signatures_of(audit)[0]
    assert is_valid(signed, steps.signed_content(audit))
    with pytest.raises(NotPermitted):
        steps.accept(audit, password=PASSWORD, actor=people.auditor)
    with pytest.raises(RuleViolation, match="password"):
        steps.accept(audit, password="wrong", actor=people.owner)
    steps.accept(audit, password=PASSWORD, actor=people.owner)
    session.commit()
    with pytest.raises(RuleViolation, match="Not yet possible"):
        steps.close(audit, actor=people.auditor)

    ticket = tickets.open_ticket(
        title="Lamps",
        owner=people.owner,
        verifier=people.approver,
        findings=[item.finding],
        actor=people.manager,
    )
    session.commit()
    assert items_of.follow_ups(audit.id)[0].settled == Settled.ticket
    with pytest.raises(RuleViolation, match="nothing to verify"):
        follow_up.verify(audit, item, note="Seen", actor=people.auditor)
    ticket.stage = "closed"
    finding_operations.follow_ticket(ticket, "close", actor=people.manager)
    from core.events import announce

    announce(TicketClosed(ticket))
    session.commit()
    assert item.follow == "ready"
    subjects = list(session.scalars(select(OutboxMail.subject).order_by(OutboxMail.id.desc())))
    assert "ready for verification" in subjects[0]
    with pytest.raises(RuleViolation, match="evidence"):
        follow_up.verify(audit, item, note=" ", actor=people.auditor)
    with pytest.raises(NotPermitted):
        follow_up.verify(audit, item, note="Mine", actor=people.owner)
    follow_up.refuse(audit, item, note="Still dark", actor=people.auditor)
    assert items_of.follow_ups(audit.id)[0].settled == Settled.refused
    follow_up.verify(audit, item, note="Ten lamps looked at", actor=people.auditor)
    steps.close(audit, actor=people.auditor)
    session.commit()
    assert audit.state == "closed"

    announce(TicketReopened(ticket))
    session.commit()
    assert audit.state == "accepted"
    assert item.follow == ""


def test_a_dismissed_finding_needs_no_verification(app: Any, people: People) -> None:
    audit = prepare(people)
    item = answer_all(people, audit)
    report(people, audit)
    steps.accept(audit, password=PASSWORD, actor=people.top)
    finding_operations.dismiss(item.finding, reason="Counted twice", actor=people.manager)  # type: ignore[arg-type]  # it has one
    steps.close(audit, actor=people.manager)
    assert audit.state == "closed"


def test_a_merged_finding_goes_the_way_of_the_other(app: Any, people: People) -> None:
    audit = prepare(people)
    item = answer_all(people, audit)
    other = finding_operations.raise_finding(
        origin="person", grade="minor", statement_en="The same", unit=people.north, actor=people.manager
    )
    finding_operations.merge(item.finding, other, actor=people.manager)  # type: ignore[arg-type]  # it has one
    ticket = tickets.open_ticket(
        title="Both", owner=people.owner, verifier=people.approver, findings=[other], actor=people.manager
    )
    session.commit()
    assert items_of.follow_ups(audit.id)[0].ticket_code == ticket.code
    assert [found.id for found in items_of.items_of_ticket(ticket.id)] == [item.id]


# --- gates and refusals --------------------------------------------------------------------------------------


def test_recording_waits_for_everything_that_is_missing(app: Any, people: People) -> None:
    audit = plan(people)
    with pytest.raises(RuleViolation, match="lead auditor") as refused:
        steps.prepare(audit, actor=people.manager)
    assert "checklist" in str(refused.value)
    with pytest.raises(NotPermitted):
        steps.prepare(audit, actor=people.owner)


def test_finishing_waits_for_answers_notes_and_findings(app: Any, people: People) -> None:
    audit = prepare(people)
    first, second, *others = items(audit)
    with pytest.raises(RuleViolation, match="Still open: 8 of 8"):
        steps.finish(audit, actor=people.auditor)
    for item in others:
        answer(people, item, "conform")
    answer(people, first, "not_sampled")
    answer(people, second, "minor", "Seen")
    with pytest.raises(RuleViolation, match="Without a note: 1") as refused:
        steps.finish(audit, actor=people.auditor)
    assert "Without a finding: 1" in str(refused.value)
    answer(people, items(audit)[0], "not_sampled", "The night shift was not on duty")
    recording.raise_here(
        recording.desk(audit.id, second.id, people.auditor), statement_en="Late", actor=people.auditor
    )
    with pytest.raises(NotPermitted):
        steps.finish(audit, actor=people.approver)  # an auditor, not the lead
    steps.finish(audit, actor=people.auditor)
    with pytest.raises(RuleViolation, match="conclusion"):
        steps.report(audit, password=PASSWORD, actor=people.auditor)
    with pytest.raises(RuleViolation, match="at least one language"):
        steps.conclude(audit, conclusion_en="", conclusion_zh="", actor=people.auditor)
    with pytest.raises(RuleViolation, match="reason"):
        steps.resume(audit, reason=" ", actor=people.auditor)
    steps.resume(audit, reason="One more lamp", actor=people.auditor)
    assert audit.state == "prepared"


def test_a_report_signed_unread_is_refused(app: Any, people: People) -> None:
    audit = prepare(people)
    answer_all(people, audit, minor=False)
    steps.finish(audit, actor=people.auditor)
    steps.conclude(audit, conclusion_en="Kept.", conclusion_zh="", actor=people.auditor)
    session.flush()
    with pytest.raises(RuleViolation, match="changed since"):
        steps.report(audit, password=PASSWORD, seen=1, actor=people.auditor)
    with pytest.raises(RuleViolation, match="password"):
        steps.report(audit, password="wrong", actor=people.auditor)


def test_the_unit_sends_a_report_back(app: Any, people: People) -> None:
    audit = prepare(people)
    answer_all(people, audit, minor=False)
    report(people, audit)
    with pytest.raises(NotPermitted):
        steps.send_back(audit, reason="No", actor=people.south_owner)
    steps.send_back(audit, reason="The lamp was repaired in time", actor=people.owner)
    assert (audit.state, audit.reported_at) == ("performed", None)
    steps.report(audit, password=PASSWORD, actor=people.auditor)
    assert audit.state == "reported"


def test_a_series_goes_on_when_it_is_reported_or_cancelled(app: Any, people: People) -> None:
    audit = prepare(people)
    operations.change(audit, repeat_months=12, actor=people.manager)
    answer_all(people, audit, minor=False)
    report(people, audit)
    again = queries.find_next(audit)
    assert again is not None
    assert (again.starts_on, again.state, again.code) == (date(2027, 11, 23), "scheduled", "AUD-2027-0001")
    assert len(queries.scope_of(again.id).clauses) == 4
    assert [member.person_id for member in queries.members_of(again.id)] == [
        member.person_id for member in queries.members_of(audit.id)
    ]
    steps.send_back(audit, reason="Look again", actor=people.owner)
    steps.report(audit, password=PASSWORD, actor=people.auditor)
    assert len(session.scalars(select(Audit).where(Audit.follows_id == audit.id)).all()) == 1
    with pytest.raises(RuleViolation, match="reason"):
        steps.cancel(again, reason="", actor=people.manager)
    steps.cancel(again, reason="The unit is dissolved", actor=people.manager)
    third = queries.find_next(again)
    assert third is not None
    assert third.starts_on.year == 2028


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title_en": "", "title_zh": ""}, "title_en"),
        ({"ends_on": date(2026, 11, 1)}, "ends_on"),
        ({"ends_on": date(2027, 11, 1)}, "ends_on"),
        ({"repeat_months": 7}, "repeat_months"),
        ({"independence_months": 999}, "independence_months"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    app: Any, people: People, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(RuleViolation) as refused:
        plan(people, **values)
    assert refused.value.field == field


def test_only_quality_managers_of_the_unit_plan(app: Any, people: People) -> None:
    for person in (people.auditor, people.owner, people.staff, people.visitor):
        with pytest.raises(NotPermitted):
            plan(people, actor=person)
    audit = plan(people)
    with pytest.raises(NotPermitted):
        operations.change(audit, place="Here", actor=people.auditor)
    with pytest.raises(RuleViolation, match="does not belong"):
        operations.set_scope(audit, units=[people.south], clauses=[], standards=[], actor=people.manager)


def test_the_plan_is_closed_once_recording_ended(app: Any, people: People) -> None:
    audit = prepare(people)
    answer_all(people, audit, minor=False)
    steps.finish(audit, actor=people.auditor)
    for act in (
        lambda: operations.change(audit, place="Here", actor=people.manager),
        lambda: operations.staff(audit, people.top, role="observer", actor=people.manager),
        lambda: checklist.generate(audit, actor=people.auditor),
    ):
        with pytest.raises(RuleViolation, match="does not belong there"):
            act()


def test_the_grade_of_a_finding_follows_its_answer(app: Any, people: People) -> None:
    audit = prepare(people)
    item = items(audit)[0]
    answer(people, item, "minor", "Seen")
    desk = recording.desk(audit.id, item.id, people.auditor)
    made = recording.raise_here(desk, statement_en="Late", actor=people.auditor)
    answer(people, item, "major", "Seen")
    assert made.grade == "major"
    with pytest.raises(RuleViolation, match="needs a grade"):
        answer(people, item, "conform")
    finding_operations.accept(
        made,
        tickets.open_ticket(
            title="T", owner=people.owner, verifier=None, unit=people.north, actor=people.manager
        ),
        actor=people.manager,
    )
    assert made.state == FindingState.accepted
    with pytest.raises(RuleViolation, match="triaged already"):
        answer(people, item, "minor", "Seen")
