"""Management reviews: states, who may do what when, and what must be true before a state is left."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from core.gates import Condition
from core.lazytext import _l


class State(StrEnum):
    planned = "planned"
    prepared = "prepared"
    held = "held"
    signed = "signed"
    cancelled = "cancelled"

    @property
    def label(self) -> Any:
        return STATE_LABELS[self]


STATE_LABELS: dict[State, Any] = {
    State.planned: _l("Scheduled"),
    State.prepared: _l("Prepared"),
    State.held: _l("Held"),
    State.signed: _l("Signed"),
    State.cancelled: _l("Called off"),
}
STATE_CSS: dict[State, str] = {
    State.planned: "info",
    State.prepared: "edge",
    State.held: "edge",
    State.signed: "good",
    State.cancelled: "few",
}
WAY = (State.planned, State.prepared, State.held, State.signed)
OPEN = frozenset({State.planned, State.prepared, State.held})
#: before the meeting: figures are live, the plan and the agenda can be changed
AHEAD = frozenset({State.planned, State.prepared})


class Part(StrEnum):
    """What a person is to a review. Several may hold at once."""

    manager = "manager"  # quality manager at the unit
    chair = "chair"  # chairs this review and is of top management at the unit
    participant = "participant"


@dataclass(frozen=True)
class Step:
    """In a state, a verb open to some parts; `to` is None when the state stays."""

    state: State
    verb: str
    who: frozenset[Part]
    guard: str
    to: State | None = None


_MANAGER = frozenset({Part.manager})
_CHAIR = frozenset({Part.chair})
_LEADING = frozenset({Part.manager, Part.chair})
_IN_MEETING = (State.prepared, State.held)

STEPS: tuple[Step, ...] = (
    *(Step(state, "plan", _MANAGER, "the period ends after it begins") for state in sorted(AHEAD)),
    *(Step(state, "write_agenda", _LEADING, "the item is an own one") for state in sorted(AHEAD)),
    Step(State.planned, "prepare", _MANAGER, "chair, participants and agenda are there", State.prepared),
    *(
        Step(state, "comment", _LEADING, "the item belongs to the review")
        for state in (State.planned, *_IN_MEETING)
    ),
    Step(State.prepared, "discuss", _LEADING, "discussed, or a reason why not"),
    *(Step(state, "decide", _LEADING, "the decision says something") for state in _IN_MEETING),
    Step(
        State.prepared,
        "hold",
        _LEADING,
        "the day has come and every required input was discussed or has a reason; figures are frozen",
        State.held,
    ),
    Step(State.held, "write_minutes", _LEADING, "the review is not signed yet"),
    Step(
        State.held,
        "sign",
        _CHAIR,
        "minutes are written, each decision has owner and date, and the password is given",
        State.signed,
    ),
    Step(State.signed, "add", _LEADING, "the addendum says something"),
    *(Step(state, "cancel", _MANAGER, "a reason is given", State.cancelled) for state in sorted(AHEAD)),
)


def step(state: str, verb: str) -> Step | None:
    """The row of the table, or None when the verb is not possible in this state."""
    return next((item for item in STEPS if item.state == state and item.verb == verb), None)


def allows(state: str, verb: str, parts: Collection[Part]) -> bool:
    """May somebody with these parts do this in this state? Guards beside, which need the record itself."""
    found = step(state, verb)
    return found is not None and bool(found.who & set(parts))


def printed() -> str:
    """The table as Markdown, for the documentation."""
    rows = [
        f"| {item.state} | {item.verb} | {', '.join(sorted(item.who))} | {item.guard} | {item.to or '='} |"
        for item in STEPS
    ]
    return "\n".join(["| state | verb | who | guard | becomes |", "| --- | --- | --- | --- | --- |", *rows])


# --- gates ---------------------------------------------------------------------------------------------------


def prepare_gate(*, chair: str, participants: int, items: int) -> list[Condition]:
    return [
        Condition(
            "chair",
            _l("A member of top management chairs"),
            bool(chair),
            chair,
            _l("Name the chair in the plan."),
        ),
        Condition(
            "participants",
            _l("Participants are named"),
            participants > 0,
            participants,
            _l("Name at least one participant beside the chair in the plan."),
        ),
        Condition("agenda", _l("The agenda has items"), items > 0, items, _l("Add an item to the agenda.")),
    ]


def hold_gate(*, meets_on: date, today: date, waiting: Sequence[str], required: int) -> list[Condition]:
    """`waiting`: names of required inputs that were neither discussed nor left out with a reason."""
    return [
        Condition(
            "day",
            _l("The day of the meeting has come"),
            meets_on <= today,
            "",
            _l("The meeting lies ahead. Change its day in the plan if it took place earlier."),
        ),
        Condition(
            "inputs",
            _l("Every required input was looked at"),
            not waiting,
            f"{required - len(waiting)}/{required}",
            _l("Mark as discussed, or give a reason: %(items)s.") % {"items": "; ".join(waiting)}
            if waiting
            else "",
        ),
    ]


def sign_gate(*, minutes: bool, unowned: Sequence[str], decisions: int) -> list[Condition]:
    """`unowned`: decisions to carry out that lack an owner or a date."""
    return [
        Condition("minutes", _l("The minutes are written"), minutes, "", _l("Write the minutes.")),
        Condition(
            "decisions",
            _l("Each decision has an owner and a date"),
            not unowned,
            decisions,
            _l("Owner or date is missing: %(items)s.") % {"items": "; ".join(unowned)} if unowned else "",
        ),
    ]


# --- decisions -----------------------------------------------------------------------------------------------


class DecisionKind(StrEnum):
    """What a decision becomes when the review is signed."""

    ticket = "ticket"
    task = "task"
    note = "note"

    @property
    def label(self) -> Any:
        return {
            DecisionKind.ticket: _l("Improvement ticket"),
            DecisionKind.task: _l("Task"),
            DecisionKind.note: _l("Note"),
        }[self]


class Result(StrEnum):
    """What a decision is about: the three results that ISO 9001 9.3.3 names."""

    improvement = "improvement"
    change = "change"
    resources = "resources"

    @property
    def label(self) -> Any:
        return {
            Result.improvement: _l("Opportunity for improvement"),
            Result.change: _l("Change of the management system"),
            Result.resources: _l("Resources"),
        }[self]


class DecisionState(StrEnum):
    """`pending` until the review is signed; a note is never open."""

    pending = "pending"
    open = "open"
    done = "done"
    noted = "noted"
    cancelled = "cancelled"

    @property
    def label(self) -> Any:
        return DECISION_LABELS[self]


DECISION_LABELS: dict[DecisionState, Any] = {
    DecisionState.pending: _l("To be signed"),
    DecisionState.open: _l("Under way"),
    DecisionState.done: _l("Done"),
    DecisionState.noted: _l("Noted"),
    DecisionState.cancelled: _l("Cancelled"),
}
DECISION_CSS: dict[DecisionState, str] = {
    DecisionState.pending: "info",
    DecisionState.open: "edge",
    DecisionState.done: "good",
    DecisionState.noted: "few",
    DecisionState.cancelled: "few",
}


def decision_state(kind: str, state: str, ticket_stage: str | None) -> DecisionState:
    """Where a decision stands: that of its ticket when it became one, else its own."""
    if state == "pending":
        return DecisionState.pending
    if kind == DecisionKind.note:
        return DecisionState.noted
    if ticket_stage is not None:
        return {"closed": DecisionState.done, "cancelled": DecisionState.cancelled}.get(
            ticket_stage, DecisionState.open
        )
    return DecisionState(state)
