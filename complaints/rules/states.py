"""The table of states of a complaint, after ISO 10002 clause 7."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.lazytext import _l, _lp


class State(StrEnum):
    received = "received"
    acknowledged = "acknowledged"
    assessed = "assessed"
    investigating = "investigating"
    answered = "answered"
    decided = "decided"
    closed = "closed"
    reopened = "reopened"
    escalated = "escalated"
    refused = "refused"
    withdrawn = "withdrawn"

    @property
    def label(self) -> Any:
        return STATE_LABELS[self]


STATE_LABELS: dict[State, Any] = {
    State.received: _l("Received"),
    State.acknowledged: _l("Acknowledged"),
    State.assessed: _l("Assessed"),
    State.investigating: _l("Being investigated"),
    State.answered: _l("Answer given"),
    State.decided: _l("Decided"),
    State.closed: _l("Closed"),
    State.reopened: _l("Reopened"),
    State.escalated: _l("Escalated"),
    State.refused: _l("Refused"),
    State.withdrawn: _lp("complaint", "Withdrawn"),
}
STATE_CSS: dict[State, str] = {
    State.received: "edge",
    State.acknowledged: "info",
    State.assessed: "info",
    State.investigating: "info",
    State.answered: "info",
    State.decided: "info",
    State.closed: "good",
    State.reopened: "edge",
    State.escalated: "edge",
    State.refused: "few",
    State.withdrawn: "few",
}
#: the straight way
WAY: tuple[State, ...] = (
    State.received,
    State.acknowledged,
    State.assessed,
    State.investigating,
    State.answered,
    State.decided,
    State.closed,
)
#: nothing is left to do; a refused complaint is watched until the complainant's further ways are used up
SETTLED = frozenset({State.closed, State.withdrawn})
OPEN = frozenset(set(State) - SETTLED)
#: states in which somebody of the organisation has the next step, so that clocks and tasks run
AT_WORK = frozenset(set(State) - SETTLED - {State.refused})


@dataclass(frozen=True)
class Step:
    """In a state, a verb leads to a state. `who`: handler, decider (see permissions) or complainant."""

    state: State
    verb: str
    who: str
    guard: str
    to: State


def _rows(
    states: tuple[State, ...], verb: str, to: State, guard: str, who: str = "handler"
) -> tuple[Step, ...]:
    return tuple(Step(state, verb, who, guard, to) for state in states)


S = State
_LOOKED_AT = (S.acknowledged, S.assessed, S.investigating, S.reopened, S.escalated)
STEPS: tuple[Step, ...] = (
    *_rows(
        (S.received,), "acknowledge", S.acknowledged, "the complainant is told the number, or cannot be told"
    ),
    *_rows(
        (S.acknowledged, S.reopened, S.escalated),
        "assess",
        S.assessed,
        "severity, safety, complexity and impact are given; action at once is named where it is needed",
    ),
    *_rows((S.assessed,), "reassess", S.assessed, "severity, safety, complexity and impact are given"),
    *_rows((S.assessed, S.answered), "investigate", S.investigating, "somebody is named who handles it"),
    *_rows(
        (S.investigating,),
        "answer",
        S.answered,
        "what was found is written, and an answer to the complainant",
    ),
    *_rows(
        (S.assessed,),
        "answer",
        S.answered,
        "it is simple; what was found is written, and an answer to the complainant",
    ),
    *_rows(
        (S.answered,),
        "decide",
        S.decided,
        "an answer was given; no remedy waits for approval; the reasons are written",
        "decider",
    ),
    *_rows(
        (S.decided,),
        "close",
        S.closed,
        "the complainant is told; every remedy is carried out; satisfaction with the handling is asked",
    ),
    *_rows(
        (S.acknowledged, S.assessed, S.investigating, S.answered, S.escalated),
        "refuse",
        S.refused,
        "a reason and the outside way are given, and told to the complainant",
        "decider",
    ),
    *_rows(
        (S.refused,), "settle", S.closed, "a reason why the complainant has no further way open", "decider"
    ),
    *_rows(
        (S.assessed, S.investigating, S.answered, S.decided, S.refused, S.reopened),
        "escalate",
        S.escalated,
        "a reason and to whom it goes",
    ),
    *_rows((S.received, *_LOOKED_AT, S.answered, S.decided), "withdraw", S.withdrawn, "a reason"),
    *_rows((S.decided, S.closed, S.refused, S.withdrawn), "reopen", S.reopened, "a reason"),
)
#: the verb of the straight way in each state
NEXT: dict[State, str] = {
    State.received: "acknowledge",
    State.acknowledged: "assess",
    State.assessed: "investigate",
    State.investigating: "answer",
    State.answered: "decide",
    State.decided: "close",
    State.reopened: "assess",
    State.escalated: "assess",
}
VERB_LABELS: dict[str, Any] = {
    "acknowledge": _l("Acknowledge"),
    "assess": _l("Assess the complaint"),
    "reassess": _l("Assess anew"),
    "investigate": _l("Begin the investigation"),
    "answer": _l("Answer"),
    "decide": _lp("complaint", "Decide"),
    "close": _l("Close the complaint"),
    "refuse": _l("Refuse"),
    "settle": _l("Close: no further way is open"),
    "escalate": _l("Escalate"),
    "withdraw": _l("Note as withdrawn"),
    "reopen": _l("Reopen"),
}
VERBS = tuple(VERB_LABELS)
#: verbs whose reason is asked for on a page of their own
WITH_REASON = ("refuse", "settle", "escalate", "withdraw", "reopen")


def step(state: str, verb: str) -> Step | None:
    """The row of the table, or None when the verb is not possible in this state."""
    return next((item for item in STEPS if item.state == state and item.verb == verb), None)


def verbs_of(state: str) -> list[str]:
    return [item.verb for item in STEPS if item.state == state]


def printed() -> str:
    """The table as Markdown, for the documentation."""
    rows = [f"| {item.state} | {item.verb} | {item.who} | {item.guard} | {item.to} |" for item in STEPS]
    return "\n".join(["| state | verb | who | guard | becomes |", "| --- | --- | --- | --- | --- |", *rows])
