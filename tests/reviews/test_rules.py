"""Rules: the table of states, gates, inputs and their clauses, periods. No database."""

from datetime import date

import pytest

from core.gates import passed
from reviews.rules import agenda, schedule, states
from reviews.rules.states import DecisionState, Part, State


def test_only_the_named_parts_may_take_a_step() -> None:
    assert states.allows("planned", "prepare", {Part.manager})
    assert not states.allows("planned", "prepare", {Part.chair, Part.participant})
    assert states.allows("held", "sign", {Part.chair})
    assert not states.allows("held", "sign", {Part.manager})
    assert not states.allows("prepared", "discuss", {Part.participant})


@pytest.mark.parametrize(
    "verb", ["plan", "write_agenda", "comment", "discuss", "decide", "write_minutes", "sign"]
)
def test_nothing_changes_in_a_signed_review(verb: str) -> None:
    assert states.step("signed", verb) is None
    assert states.step("cancelled", verb) is None


def test_after_the_meeting_the_plan_and_the_agenda_stand() -> None:
    for verb in ("plan", "write_agenda", "discuss", "cancel", "hold"):
        assert states.step("held", verb) is None


def test_the_table_is_printed_for_the_documentation() -> None:
    text = states.printed()
    assert "| held | sign | chair |" in text
    assert text.count("\n") == len(states.STEPS) + 1


def test_a_review_needs_chair_participants_and_items() -> None:
    assert passed(states.prepare_gate(chair="Tao", participants=1, items=3))
    for values in (
        {"chair": "", "participants": 1, "items": 3},
        {"chair": "Tao", "participants": 0, "items": 3},
        {"chair": "Tao", "participants": 1, "items": 0},
    ):
        assert not passed(states.prepare_gate(**values))  # type: ignore[arg-type]  # one of each kind is wrong


def test_inputs_follow_from_the_frameworks() -> None:
    keys = [item.key for item in agenda.inputs_for(["iso-9001-2015"])]
    assert keys[:2] == ["decisions", "context"]
    assert "monitoring" not in keys
    only = [item.key for item in agenda.inputs_for(["iso-10004-2018"])]
    assert only == ["satisfaction", "monitoring"]
    assert "providers" not in [item.key for item in agenda.inputs_for(["iso-10002-2018"])]
    assert agenda.inputs_for([]) == ()


def test_every_input_of_9001_has_its_letter() -> None:
    letters = " ".join(
        letter for item in agenda.INPUTS for code, _number, letter in item.clauses if code == "iso-9001-2015"
    )
    for letter in ("a)", "b)", "c) 1)", "2)", "3)", "c) 4)", "5)", "c) 6)", "c) 7)", "d)", "e)", "f)"):
        assert letter in letters
    assert agenda.references("audits", ["iso-9001-2015"]) == [
        ("iso-9001-2015", "9.3.2", "ISO 9001:2015 · 9.3.2 c) 6)")
    ]
    assert agenda.references("own", ["iso-9001-2015"]) == []


def test_the_period_before_is_as_long() -> None:
    assert schedule.period_before(date(2026, 1, 1), date(2026, 6, 30)) == (
        date(2025, 7, 1),
        date(2025, 12, 31),
    )
    assert schedule.period_before(date(2026, 3, 1), date(2026, 3, 31)) == (
        date(2026, 2, 1),
        date(2026, 2, 28),
    )
    assert schedule.period_before(date(2026, 1, 10), date(2026, 1, 19)) == (
        date(2025, 12, 31),
        date(2026, 1, 9),
    )


def test_the_next_review_begins_where_this_one_ended() -> None:
    assert schedule.next_period(date(2026, 6, 30), 6) == (date(2026, 7, 1), date(2026, 12, 31))
    assert schedule.next_period(date(2026, 2, 28), 1) == (date(2026, 3, 1), date(2026, 3, 31))
    assert schedule.next_meeting(date(2026, 7, 15), 6) == date(2027, 1, 15)
    assert schedule.next_meeting(date(2026, 8, 14), 3) == date(2026, 11, 16)  # from Saturday on to Monday


@pytest.mark.parametrize(
    ("kind", "state", "stage", "stands"),
    [
        ("task", "pending", None, DecisionState.pending),
        ("task", "open", None, DecisionState.open),
        ("task", "done", None, DecisionState.done),
        ("note", "done", None, DecisionState.noted),
        ("ticket", "open", "do", DecisionState.open),
        ("ticket", "open", "closed", DecisionState.done),
        ("ticket", "open", "cancelled", DecisionState.cancelled),
    ],
)
def test_a_decision_stands_where_its_ticket_stands(
    kind: str, state: str, stage: str | None, stands: DecisionState
) -> None:
    assert states.decision_state(kind, state, stage) is stands


def test_every_state_has_word_and_colour() -> None:
    assert set(states.STATE_LABELS) == set(states.STATE_CSS) == set(State)
    assert set(states.DECISION_LABELS) == set(states.DECISION_CSS) == set(DecisionState)
