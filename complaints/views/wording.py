"""What the pages of a complaint say about its way and its clocks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from complaints.models import ClockRun, Complaint, Message
from complaints.operations.clocks import SECOND
from complaints.rules.clocks import STOPS, Outcome
from complaints.rules.grades import (
    OUTCOME_LABELS,
    REMEDY_LABELS,
    SEVERITY_CSS,
    SEVERITY_LABELS,
    TOPIC_LABELS,
    Complexity,
    Impact,
    MessageKind,
    RemedyKind,
    RemedyState,
    Severity,
    Topic,
)
from complaints.rules.grades import Outcome as Decision
from complaints.rules.states import SETTLED, STATE_LABELS, WAY, State
from core import clock
from core.i18n import _, format_number, language
from standards.rules.sentences import limit_words


@dataclass(frozen=True)
class WayCell:
    label: Any
    css: str  # done | now | wait
    at: datetime | None


def way(found: Complaint) -> list[WayCell]:
    """The seven milestones: what is done, where it stands, what is still to come."""
    moments: dict[State, datetime | None] = {
        State.received: found.received_at,
        State.acknowledged: found.acknowledged_at,
        State.assessed: found.assessed_at,
        State.investigating: found.investigating_at,
        State.answered: found.answered_at,
        State.decided: found.decided_at,
        State.closed: found.closed_at if found.state == State.closed else None,
    }
    here = State(found.state)
    cells = []
    for milestone in WAY:
        at = moments[milestone]
        css = "done" if at is not None else "wait"
        if milestone == here and here not in SETTLED:
            css = "now"
        cells.append(WayCell(STATE_LABELS[milestone], css, at))
    return cells


@dataclass(frozen=True)
class ClockLine:
    label: Any
    standard_id: int
    requirement: str
    version: int
    limit: str
    due: datetime | None
    by_day: bool  # in time until the end of the day of `due`
    state: str  # met | missed | void | running | late | paused
    at: datetime | None
    target: float | None
    pauses: int
    stands_still: bool


def clock_line(run: ClockRun) -> ClockLine:
    state = run.state
    paused = bool(run.paused) and run.paused[-1][1] is None
    if state == Outcome.running:
        if paused:
            state = "paused"
        elif run.due_at is not None and run.due_at < clock.now():
            state = "late"
    return ClockLine(
        STOPS[State(run.stops)],
        run.standard_id,
        run.requirement_code,
        run.version_number,
        limit_words(run.limit, language()),
        run.due_at - SECOND if run.due_at is not None and run.due_open else run.due_at,
        run.due_open,
        state,
        run.stopped_at,
        run.target,
        len(run.paused),
        run.can_pause,
    )


def severity(found: Complaint) -> tuple[Any, str] | None:
    """Label and colour, or None before the assessment."""
    if not found.severity:
        return None
    chosen = Severity(found.severity)
    return SEVERITY_LABELS[chosen], SEVERITY_CSS[chosen]


def topic(value: str) -> Any:
    return TOPIC_LABELS[Topic(value)]


def complexity(value: str) -> Any:
    return Complexity(value).label


def impact(value: str) -> Any:
    return Impact(value).label


def decision(value: str) -> Any:
    return OUTCOME_LABELS[Decision(value)]


def remedy(value: str) -> Any:
    return REMEDY_LABELS[RemedyKind(value)]


def remedy_state(value: str) -> Any:
    return RemedyState(value).label


def money(hundredths: int) -> str:
    return format_number(hundredths / 100, 2 if hundredths % 100 else 0)


def said_by(message: Message) -> str:
    """Who said it: staff by name, the complainant as such."""
    if message.direction == "in":
        return (
            _("The complainant, noted by %(name)s", name=message.author_name)
            if message.author_name
            else _("The complainant")
        )
    return message.author_name or _("Plumbline")


def said_kind(message: Message) -> Any:
    return MessageKind(message.kind).label


# --- for the complainant ------------------------------------------------------------------------------------------


def public_state(found: Complaint) -> str:
    """Where the complaint stands, in words for who complained."""
    words = {
        State.received: _("We received your complaint and will confirm it to you."),
        State.acknowledged: _("We have your complaint and judge how urgent it is."),
        State.assessed: _("We know how urgent it is and begin to look into it."),
        State.investigating: _("We are looking into it."),
        State.answered: _("We answered you below. A decision follows."),
        State.decided: _("We decided; you find the reasons below. What we promised is being carried out."),
        State.closed: _("Your complaint is closed."),
        State.reopened: _("We took your complaint up again."),
        State.escalated: _("Your complaint was passed on to somebody with more authority."),
        State.refused: _("We can't take this up; you find the reasons and other ways below."),
        State.withdrawn: _("The complaint was withdrawn."),
    }
    return words[State(found.state)]
