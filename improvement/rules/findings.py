"""Findings: grades, origins, and the table of states."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from core.lazytext import _l


class Grade(StrEnum):
    major = "major"
    minor = "minor"
    ofi = "ofi"
    strength = "strength"
    signal = "signal"

    @property
    def label(self) -> Any:
        return GRADE_LABELS[self]


GRADE_LABELS: dict[Grade, Any] = {
    Grade.major: _l("Major nonconformity"),
    Grade.minor: _l("Minor nonconformity"),
    Grade.ofi: _l("Opportunity for improvement"),
    Grade.strength: _l("Strength"),
    Grade.signal: _l("Signal"),
}
GRADE_SHORT: dict[Grade, Any] = {
    Grade.major: _l("Major"),
    Grade.minor: _l("Minor"),
    Grade.ofi: _l("Improvement"),
    Grade.strength: _l("Strength"),
    Grade.signal: _l("Signal"),
}
#: for a clause that says "should" and is not adopted as a criterion: a gap is no nonconformity
GUIDANCE_LABELS: dict[Grade, Any] = {
    Grade.major: _l("Serious gap"),
    Grade.minor: _l("Gap"),
    Grade.ofi: _l("Opportunity for improvement"),
    Grade.strength: _l("Strength"),
    Grade.signal: _l("Signal"),
}
#: days until a finding should be triaged
TRIAGE_DAYS: dict[Grade, int] = {
    Grade.major: 2,
    Grade.minor: 5,
    Grade.ofi: 20,
    Grade.strength: 20,
    Grade.signal: 5,
}


class Origin(StrEnum):
    delivery = "delivery"
    satisfaction = "satisfaction"
    audit = "audit"
    complaint = "complaint"
    review = "review"
    person = "person"

    @property
    def label(self) -> Any:
        return ORIGIN_LABELS[self]


ORIGIN_LABELS: dict[Origin, Any] = {
    Origin.delivery: _l("Measurement"),
    Origin.satisfaction: _l("Satisfaction"),
    Origin.audit: _l("Audit"),
    Origin.complaint: _l("Complaint"),
    Origin.review: _l("Management review"),
    Origin.person: _l("Person"),
}


class FindingState(StrEnum):
    new = "new"
    accepted = "accepted"
    verified = "verified"
    closed = "closed"
    dismissed = "dismissed"
    merged = "merged"

    @property
    def label(self) -> Any:
        return STATE_LABELS[self]


STATE_LABELS: dict[FindingState, Any] = {
    FindingState.new: _l("To triage"),
    FindingState.accepted: _l("In a ticket"),
    FindingState.verified: _l("Remedy verified"),
    FindingState.closed: _l("Closed"),
    FindingState.dismissed: _l("Dismissed"),
    FindingState.merged: _l("Merged"),
}
OPEN = frozenset({FindingState.new, FindingState.accepted, FindingState.verified})


@dataclass(frozen=True)
class Step:
    """From a state, a verb leads to a state. `who`: triager (quality manager at the unit) or ticket (its ticket's fate)."""

    state: FindingState
    verb: str
    who: str
    guard: str
    to: FindingState


STEPS: tuple[Step, ...] = (
    Step(FindingState.new, "accept", "triager", "a new or an open ticket is named", FindingState.accepted),
    Step(FindingState.new, "dismiss", "triager", "a reason is given", FindingState.dismissed),
    Step(
        FindingState.new,
        "merge",
        "triager",
        "the other finding is open and not this one",
        FindingState.merged,
    ),
    Step(
        FindingState.new,
        "note",
        "triager",
        "the grade is strength, improvement or signal",
        FindingState.closed,
    ),
    Step(FindingState.dismissed, "reopen", "triager", "a reason is given", FindingState.new),
    Step(FindingState.accepted, "verify", "ticket", "a verdict “effective” is signed", FindingState.verified),
    Step(FindingState.verified, "close", "ticket", "the ticket is closed", FindingState.closed),
    Step(FindingState.accepted, "close", "ticket", "the ticket is closed", FindingState.closed),
    Step(FindingState.accepted, "return", "ticket", "the ticket is cancelled", FindingState.new),
    Step(FindingState.verified, "return", "ticket", "the ticket is cancelled", FindingState.new),
    Step(FindingState.verified, "doubt", "ticket", "a new cycle begins", FindingState.accepted),
    Step(FindingState.closed, "doubt", "ticket", "the closed ticket is opened again", FindingState.accepted),
)
NOTABLE = frozenset({Grade.strength, Grade.ofi, Grade.signal})


def step(state: str, verb: str) -> Step | None:
    """The row of the table, or None when the verb is not possible in this state."""
    return next((item for item in STEPS if item.state == state and item.verb == verb), None)


def printed() -> str:
    """The table as Markdown, for the documentation."""
    rows = [f"| {item.state} | {item.verb} | {item.who} | {item.guard} | {item.to} |" for item in STEPS]
    return "\n".join(["| state | verb | who | guard | becomes |", "| --- | --- | --- | --- | --- |", *rows])


def triage_due(grade: Grade, today: date) -> date:
    return today + timedelta(days=TRIAGE_DAYS[grade])
