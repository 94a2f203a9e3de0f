"""States of assignments and course versions, and the table of who may do what when."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.lazytext import _l


class State(StrEnum):
    assigned = "assigned"
    started = "started"
    passed = "passed"
    failed = "failed"
    waived = "waived"
    expired = "expired"

    @property
    def label(self) -> Any:
        return STATE_LABELS[self]

    @property
    def tone(self) -> str:
        return {"passed": "good", "failed": "bad", "started": "info", "assigned": "info"}.get(
            self.value, "few"
        )

    @property
    def icon(self) -> str:
        return {
            "assigned": "circle",
            "started": "circle-half",
            "passed": "check-circle-fill",
            "failed": "x-diamond-fill",
            "waived": "slash-circle",
            "expired": "hourglass-bottom",
        }[self.value]


STATE_LABELS: dict[State, Any] = {
    State.assigned: _l("Assigned"),
    State.started: _l("Started"),
    State.passed: _l("Passed"),
    State.failed: _l("Not passed"),
    State.waived: _l("Waived"),
    State.expired: _l("No longer valid"),
}
#: what is still to be done; failed waits for somebody who allows another attempt or waives
OPEN = frozenset({State.assigned, State.started, State.failed})


class Who(StrEnum):
    learner = "learner"
    assigner = "assigner"  # may assign training in the person's unit
    system = "system"


@dataclass(frozen=True)
class Step:
    """In a state, a verb open to some; `to` is None when the state stays."""

    state: State
    verb: str
    who: frozenset[Who]
    guard: str
    to: State | None = None


_LEARNER = frozenset({Who.learner})
_ASSIGNER = frozenset({Who.assigner})
_SYSTEM = frozenset({Who.system})

STEPS: tuple[Step, ...] = (
    Step(State.assigned, "start", _LEARNER, "the course has a published version", State.started),
    Step(State.started, "read", _LEARNER, "the step belongs to the version taken"),
    Step(State.started, "attempt", _LEARNER, "every step was read, an attempt is left"),
    Step(State.started, "pass", _LEARNER, "the pass mark is reached, or all is read", State.passed),
    Step(State.started, "fail", _LEARNER, "the last attempt missed the pass mark", State.failed),
    Step(State.failed, "allow_again", _ASSIGNER, "a reason is given", State.started),
    *(
        Step(state, "waive", _ASSIGNER, "a reason is given", State.waived)
        for state in (State.assigned, State.started, State.failed)
    ),
    *(
        Step(state, "postpone", _ASSIGNER, "another date is given")
        for state in (State.assigned, State.started, State.failed)
    ),
    *(
        Step(state, "pass_along", _SYSTEM, "the same course was passed on another occasion", State.passed)
        for state in (State.assigned, State.started, State.failed)
    ),
    *(
        Step(state, "lapse", _SYSTEM, "the person has left", State.expired)
        for state in (State.assigned, State.started, State.failed)
    ),
    Step(State.passed, "lapse", _SYSTEM, "its validity is over", State.expired),
)


def step(state: str, verb: str) -> Step | None:
    """The row of the table, or None when the verb is not possible in this state."""
    return next((item for item in STEPS if item.state == state and item.verb == verb), None)


def allows(state: str, verb: str, who: Collection[Who]) -> bool:
    found = step(state, verb)
    return found is not None and bool(found.who & set(who))


def printed() -> str:
    """The table as Markdown, for the documentation."""
    rows = [
        f"| {item.state} | {item.verb} | {', '.join(sorted(item.who))} | {item.guard} | {item.to or '='} |"
        for item in STEPS
    ]
    return "\n".join(["| state | verb | who | guard | becomes |", "| --- | --- | --- | --- | --- |", *rows])


class VersionState(StrEnum):
    draft = "draft"
    published = "published"
    retired = "retired"

    @property
    def label(self) -> Any:
        return {
            VersionState.draft: _l("Draft"),
            VersionState.published: _l("Published"),
            VersionState.retired: _l("Retired"),
        }[self]

    @property
    def tone(self) -> str:
        return {"draft": "edge", "published": "good", "retired": "few"}[self.value]

    @property
    def icon(self) -> str:
        return {"draft": "pencil", "published": "check-circle-fill", "retired": "archive"}[self.value]


class Reason(StrEnum):
    """Why a course was given."""

    standard = "standard"
    rule = "rule"
    manual = "manual"
    ticket = "ticket"
    renewal = "renewal"
    imported = "import"

    @property
    def label(self) -> Any:
        return REASON_LABELS[self]


REASON_LABELS: dict[Reason, Any] = {
    Reason.standard: _l("New version of a standard"),
    Reason.rule: _l("Role and unit"),
    Reason.manual: _l("By hand"),
    Reason.ticket: _l("Ticket"),
    Reason.renewal: _l("Refresher"),
    Reason.imported: _l("Imported record"),
}
