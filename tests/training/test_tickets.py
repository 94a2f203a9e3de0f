"""A ticket's action of kind training: it names a course for people, and the ticket waits until they have passed."""

from datetime import timedelta

import pytest

from core import clock
from core.db import session
from core.errors import NotPermitted, RuleViolation
from improvement.models import Action
from improvement.operations import checks, measuring, plans, tickets
from improvement.queries import tickets as ticket_queries
from tests.improvement.builders import make_standard as plain_standard
from tests.improvement.builders import make_ticket
from tests.page import Page
from tests.people import PASSWORD, People
from tests.training.builders import make_course, of_person, pass_it
from training.operations import assigning
from training.queries import assignments as queries


def training_action(people: People, *, kind: str = "training", pass_plan: bool = True) -> Action:
    """A ticket in Do with one action, judged by a described check."""
    ticket = make_ticket(people, plain_standard(people))
    cycle = ticket_queries.get_cycle(ticket)
    today = ticket_queries.today()
    plans.describe_problem(
        cycle, problem="Late", correction="", correction_at=None, cause_obvious="Nobody knew", seen=None,
        actor=people.owner,
    )  # fmt: skip
    action = plans.add_action(
        cycle,
        kind=kind,
        text="Teach the team",
        owner=people.owner,
        due=today + timedelta(days=9),
        actor=people.owner,
    )
    measuring.register_described(
        ticket,
        described="Ask five people",
        described_on=today + timedelta(days=1),
        seen=None,
        actor=people.owner,
    )
    if pass_plan:
        plans.pass_to_do(ticket, actor=people.owner)
    session.commit()
    return action


def gate(action: Action) -> dict[str, bool]:
    ticket = _ticket(action)
    cycle = ticket_queries.get_cycle(ticket)
    return {
        item.key: item.met
        for item in ticket_queries.gate_of(
            ticket,
            cycle,
            ticket_queries.list_actions(cycle.id),
            ticket_queries.find_measure(cycle.id),
            ticket_queries.find_last_check(cycle.id),
            ticket_queries.find_act(cycle.id),
        )
    }


def _ticket(action: Action):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a row of the room below
    from improvement.models import Cycle

    cycle = session.get(Cycle, action.cycle_id)
    assert cycle is not None
    return cycle.ticket


def finish(action: Action, people: People) -> None:
    plans.finish_action(
        _ticket(action), action, state="done", outcome="Assigned to the team", actor=people.owner
    )


def to_act(action: Action, people: People) -> None:
    ticket = _ticket(action)
    plans.pass_to_check(ticket, actor=people.owner)
    with clock.at(clock.now() + timedelta(days=1)):
        checks.judge(ticket, found="effective", note="All five knew", actor=people.approver)
    checks.note_side_effects(ticket_queries.get_cycle(ticket), text="None", actor=people.approver)
    checks.sign_verdict(ticket, password=PASSWORD, actor=people.approver)
    checks.write_act(
        ticket,
        nothing_to_change="The standard says it already",
        lesson="Teach first",
        seen=None,
        actor=people.owner,
    )
    session.commit()


def test_without_a_course_the_action_is_not_done(people: People) -> None:
    action = training_action(people)
    with pytest.raises(RuleViolation, match="Assign a course"):
        finish(action, people)
    plans.finish_action(
        _ticket(action), action, state="cannot", outcome="Nobody is left there", actor=people.owner
    )
    assert action.state == "cannot"


def test_the_ticket_closes_when_everybody_has_passed_or_was_waived(people: People) -> None:
    action = training_action(people)
    course = make_course(people)
    assigning.assign(
        course, [people.staff, people.owner], due=queries.today() + timedelta(days=9), action=action,
        actor=people.owner,
    )  # fmt: skip
    finish(action, people)
    to_act(action, people)
    ticket = _ticket(action)
    assert gate(action)[f"action-{action.id}"] is False
    with pytest.raises(RuleViolation, match="2 of 2 have still to pass"):
        tickets.close(ticket, password=PASSWORD, actor=people.owner)
    pass_it(of_person(people.staff)[0], people.staff)
    with pytest.raises(RuleViolation, match="1 of 2 have still to pass"):
        tickets.close(ticket, password=PASSWORD, actor=people.owner)
    assigning.waive(of_person(people.owner)[0], reason="Wrote the course", actor=people.manager)
    assert gate(action)[f"action-{action.id}"] is True
    tickets.close(ticket, password=PASSWORD, actor=people.owner)
    assert ticket.stage == "closed"


def test_a_ticket_gives_it_also_to_who_has_it_open(people: People) -> None:
    action = training_action(people)
    course = make_course(people)
    due = queries.today() + timedelta(days=9)
    assigning.assign(course, [people.staff], due=due, actor=people.manager)
    occasion, made, busy = assigning.assign(
        course, [people.staff], due=due, action=action, actor=people.manager
    )
    assert (occasion.reason, len(made), busy) == ("ticket", 1, 0)
    first, second = of_person(people.staff)
    pass_it(first, people.staff)
    assert second.state == "passed"


def test_a_course_is_named_only_for_a_training_that_is_carried_out(people: People) -> None:
    course = make_course(people)
    due = queries.today() + timedelta(days=9)
    planned = training_action(people, pass_plan=False)
    with pytest.raises(RuleViolation, match="still being planned"):
        assigning.assign(course, [people.staff], due=due, action=planned, actor=people.owner)
    with pytest.raises(NotPermitted):
        assigning.assign(course, [people.staff], due=due, action=planned, actor=people.south_owner)


def test_in_plan_the_page_says_what_comes_and_offers_nothing_too_early(page: Page, people: People) -> None:
    planned = training_action(people, pass_plan=False)
    text = page.as_(people.owner).get(f"/tickets/{_ticket(planned).id}")
    assert "a course is assigned to the people" in text
    assert "/training/assign" not in text
    plans.pass_to_do(_ticket(planned), actor=people.owner)
    session.commit()
    assert "/training/assign" in page.get(f"/tickets/{_ticket(planned).id}")
    assert "/training/assign" not in page.as_(people.auditor).get(f"/tickets/{_ticket(planned).id}")


def test_other_kinds_of_action_wait_for_nothing(people: People) -> None:
    action = training_action(people, kind="corrective")
    with pytest.raises(RuleViolation, match="not a training"):
        assigning.assign(
            make_course(people), [people.staff], due=queries.today() + timedelta(days=9), action=action,
            actor=people.owner,
        )  # fmt: skip
    finish(action, people)
    to_act(action, people)
    assert f"action-{action.id}" not in gate(action)


def test_the_ticket_page_shows_and_leads_to_the_training(page: Page, people: People) -> None:
    action = training_action(people)
    course = make_course(people)
    ticket = _ticket(action)
    text = page.as_(people.owner).get(f"/tickets/{ticket.id}")
    assert f"/training/assign?action={action.id}" in text
    form = page.get(f"/training/assign?action={action.id}")
    assert ticket.code in form
    page.post(
        f"/training/assign?action={action.id}",
        {
            "course_id": course.id,
            "who": "unit",
            "unit_id": people.lights.id,
            "role": "staff",
            "due": (queries.today() + timedelta(days=5)).isoformat(),
            "note": "Teach the team",
        },
    )
    assert "Stan Staff" in page.follow()
    text = page.get(f"/tickets/{ticket.id}")
    assert "0 of 1 done" in text
    assert "Street lights in time" in text
