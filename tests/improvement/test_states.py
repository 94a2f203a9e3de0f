"""The tables of states, walked cell by cell, and the matrix role × verb × stage on real rows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from core.db import session
from core.errors import NotPermitted, RuleViolation
from core.gates import passed
from improvement.models import Ticket
from improvement.operations import findings as finding_operations
from improvement.operations import steps, tickets
from improvement.queries import tickets as queries
from improvement.rules import findings as finding_rules
from improvement.rules import tickets as rules
from improvement.rules.gates import (
    ActFacts,
    CheckFacts,
    DoFacts,
    PlanFacts,
    act_gate,
    check_gate,
    do_gate,
    plan_gate,
)
from improvement.rules.tickets import Part, Stage
from tests.improvement.builders import make_finding, make_ticket
from tests.people import People

ROLES = ("owner", "approver", "manager", "staff", "south_owner", "top", "auditor")
PARTS = {
    "owner": {Part.owner},
    "approver": {Part.verifier, Part.manager},
    "manager": {Part.manager},
    "staff": {Part.action_owner},
    "south_owner": set(),
    "top": set(),
    "auditor": set(),
}


@pytest.fixture
def ticket(people: People) -> Ticket:
    made = make_ticket(people)
    from improvement.models import Action

    session.add(
        Action(
            cycle_id=queries.get_cycle(made).id,
            text="Stock the depot",
            owner=people.staff,
            due=queries.today() + timedelta(days=9),
        )
    )
    session.commit()
    return made


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("role", ROLES)
def test_role_by_verb_by_stage(ticket: Ticket, people: People, role: str, stage: Stage) -> None:
    """Every cell: allowed exactly when the table says so; a wrong stage is a refusal, a wrong person no permission."""
    person = getattr(people, role)
    assert queries.parts_of(ticket, person) == PARTS[role]
    ticket.stage = str(stage)
    ticket.cancelled_reason = "for the test"
    for verb in rules.VERBS:
        found = rules.step(stage, verb)
        if found is None:
            with pytest.raises(RuleViolation):
                steps.permit(ticket, verb, person)
        elif found.who & PARTS[role] and not found.never & PARTS[role]:
            steps.permit(ticket, verb, person)
        elif found.who & PARTS[role]:
            with pytest.raises(RuleViolation, match="took no part"):
                steps.permit(ticket, verb, person)
        else:
            with pytest.raises(NotPermitted):
                steps.permit(ticket, verb, person)


def test_doers_never_judge_whoever_they_are() -> None:
    for verb in ("judge", "sign_effective", "sign_not_effective", "overrule"):
        for parts in ({Part.verifier}, {Part.manager}, {Part.verifier, Part.manager}):
            assert rules.allows(Stage.check, verb, parts) == bool(
                rules.step(Stage.check, verb).who & parts  # type: ignore[union-attr]
            )
            assert not rules.allows(Stage.check, verb, {*parts, Part.doer})


def test_nothing_is_possible_in_cancelled_and_only_reopening_in_closed() -> None:
    assert [step.verb for step in rules.STEPS if step.stage == Stage.closed] == ["reopen"]
    assert not [step for step in rules.STEPS if step.stage == Stage.cancelled]


def test_every_stage_can_be_left_and_no_verb_stands_twice() -> None:
    pairs = [(step.stage, step.verb) for step in rules.STEPS]
    assert len(pairs) == len(set(pairs))
    for stage in rules.TURN:
        assert {step.to for step in rules.STEPS if step.stage == stage} - {None, Stage.cancelled}
    assert rules.printed().count("\n") == len(rules.STEPS) + 1
    assert finding_rules.printed().count("\n") == len(finding_rules.STEPS) + 1


VERBS: dict[str, Callable[[Any, Any], None]] = {
    "dismiss": lambda finding, actor: finding_operations.dismiss(finding, reason="no", actor=actor),
    "note": lambda finding, actor: finding_operations.note(finding, actor=actor),
    "reopen": lambda finding, actor: finding_operations.reopen(finding, reason="yes", actor=actor),
}


@pytest.mark.parametrize("verb", list(VERBS))
@pytest.mark.parametrize("state", list(finding_rules.FindingState))
@pytest.mark.parametrize("role", ["manager", "owner", "staff", "south_owner"])
def test_findings_role_by_verb_by_state(people: People, role: str, state: str, verb: str) -> None:
    finding = make_finding(people, grade="ofi")
    finding.dismissed_reason = "for the test"
    finding.state = str(state)
    session.flush()
    person = getattr(people, role)
    if role != "manager":
        with pytest.raises(NotPermitted):
            VERBS[verb](finding, person)
    elif finding_rules.step(state, verb) is None:
        with pytest.raises(RuleViolation):
            VERBS[verb](finding, person)
    else:
        VERBS[verb](finding, person)
        assert finding.state == finding_rules.step(state, verb).to  # type: ignore[union-attr]


def test_one_shortfall_is_recorded_once_while_it_is_open(people: People) -> None:
    from tests.improvement.builders import figure

    first = make_finding(people, key="attainment:1:R2:2026-03")
    said: dict[str, Any] = {"statement_en": "84 % in time", "statement_zh": "按时 84%"}
    again = make_finding(people, key="attainment:1:R2:2026-03", figures=[figure(0.84, 1100)], **said)
    assert again is first
    assert first.figures[0]["value"] == 0.84
    assert (first.statement_en, first.statement_zh) == (
        "84 % in time",
        "按时 84%",
    )  # it speaks of these figures
    assert first.seen_again_at is not None
    other = make_finding(people, key="attainment:1:R2:2026-04")
    assert other is not first


def test_a_dismissed_shortfall_is_not_raised_again_for_the_same_period(people: People) -> None:
    first = make_finding(people, key="k:2026-03")
    finding_operations.dismiss(first, reason="The clock was wrong", actor=people.manager)
    again = make_finding(people, key="k:2026-03")
    assert again is first
    assert (again.state, again.seen_again_at) == ("dismissed", None)
    assert make_finding(people, key="k:2026-04") is not first


def test_a_dismissal_does_not_silence_a_shortfall_for_good(people: People) -> None:
    first = make_finding(people, key="k:lasting")
    finding_operations.dismiss(first, reason="A storm", actor=people.manager)
    session.flush()
    with clock.at(clock.now() + timedelta(days=finding_operations.DISMISSAL_DAYS + 1)):
        again = make_finding(people, key="k:lasting")
    assert again is not first
    assert (first.state, again.state) == ("dismissed", "new")


def test_what_was_merged_leaves_the_other_findings_figures_alone(people: People) -> None:
    from tests.improvement.builders import figure

    whole = make_finding(people, key="k:whole", figures=[figure(0.86, 1000)])
    part = make_finding(people, key="k:part", figures=[figure(0.70, 90)])
    finding_operations.merge(part, whole, actor=people.manager)
    assert make_finding(people, key="k:part", figures=[figure(0.65, 95)]) is whole
    assert whole.figures[0]["value"] == 0.86
    assert whole.seen_again_at is not None


def test_a_closed_shortfall_may_come_back(people: People) -> None:
    first = make_finding(people, key="k:1")
    ticket = tickets.open_ticket(title="T", owner=people.owner, findings=[first], actor=people.manager)
    finding_operations.follow_ticket(ticket, "close", actor=people.manager)
    session.flush()
    assert first.state == "closed"
    assert make_finding(people, key="k:1") is not first


def test_the_raiser_sees_what_they_raised_elsewhere(people: People) -> None:
    from improvement.queries import findings as queries_

    made = make_finding(people, unit=people.south, actor=people.staff)
    assert queries_.get_finding_for(people.staff, made.id) is made
    with pytest.raises(NotPermitted):
        queries_.get_finding_for(people.owner, made.id)


def test_the_verifier_must_be_able_and_another(people: People) -> None:
    finding = make_finding(people)
    for wrong in (people.owner, people.staff):
        with pytest.raises(RuleViolation):
            tickets.open_ticket(
                title="T", owner=people.owner, verifier=wrong, findings=[finding], actor=people.manager
            )


PLAN = PlanFacts(
    problem=True,
    root_causes=1,
    cause_obvious=False,
    actions=1,
    measure="share",
    major=True,
    approver="Mei",
    verifier="Ada",
    owner="Olga",
)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, set()),
        ({"problem": False}, {"problem"}),
        ({"root_causes": 0}, {"cause"}),
        ({"root_causes": 0, "cause_obvious": True}, set()),
        ({"actions": 0}, {"action"}),
        ({"measure": ""}, {"measure"}),
        ({"verifier": ""}, {"verifier"}),
        ({"approver": ""}, {"approval"}),
        ({"approver": "", "major": False}, set()),
    ],
)
def test_gate_of_plan(app: Any, change: dict[str, Any], missing: set[str]) -> None:
    from dataclasses import replace

    found = plan_gate(replace(PLAN, **change))
    assert {item.key for item in found if not item.met} == missing
    assert passed(found) == (not missing)


def test_gates_of_do_check_and_act(app: Any) -> None:
    assert passed(do_gate(DoFacts([], done=1, cannot=1)))
    assert not passed(do_gate(DoFacts([("Stock", "Stan")], done=1, cannot=0)))
    assert not passed(do_gate(DoFacts([], done=0, cannot=2)))
    good = CheckFacts(
        measured=True,
        verdict="effective",
        overruled=False,
        n_after=300,
        least_n=300,
        harm_looked_at="Li Na",
        verifier="Li Na",
        verifier_took_part=False,
    )
    assert passed(check_gate(good))
    from dataclasses import replace

    for change in (
        {"verdict": "not_effective"},
        {"verdict": ""},
        {"n_after": 299},
        {"harm_looked_at": ""},
        {"verifier_took_part": True},
        {"verifier": ""},
    ):
        assert not passed(check_gate(replace(good, **change)))
    act = ActFacts(
        standard_change=False,
        version="",
        version_in_force=False,
        nothing_to_change=True,
        lesson=True,
        owner="Olga",
    )
    assert passed(act_gate(act))
    for change in (
        {"lesson": False},
        {"nothing_to_change": False},
        {"standard_change": True},
        {"version": "STD-0007 version 4"},
    ):
        assert not passed(act_gate(replace(act, **change)))
    assert passed(act_gate(replace(act, standard_change=True, version="v", version_in_force=True)))
