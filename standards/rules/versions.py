"""The life of a version as data: state × verb × who × guard → state."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.lazytext import _l


class VersionState(StrEnum):
    draft = "draft"
    in_review = "in_review"
    approved = "approved"
    effective = "effective"
    superseded = "superseded"
    withdrawn = "withdrawn"

    @property
    def label(self) -> Any:
        return _LABELS[self]

    @property
    def tone(self) -> str:
        """Class of the chip: the state of a document is a neutral fact, never good or bad."""
        return "few" if self in {VersionState.superseded, VersionState.withdrawn} else "info"

    @property
    def icon(self) -> str:
        return _ICONS[self]


_LABELS: dict[VersionState, Any] = {
    VersionState.draft: _l("Draft"),
    VersionState.in_review: _l("In review"),
    VersionState.approved: _l("Approved"),
    VersionState.effective: _l("In force"),
    VersionState.superseded: _l("Superseded"),
    VersionState.withdrawn: _l("Withdrawn"),
}
_ICONS: dict[VersionState, str] = {
    VersionState.draft: "pencil",
    VersionState.in_review: "eye",
    VersionState.approved: "pen",
    VersionState.effective: "check2-circle",
    VersionState.superseded: "archive",
    VersionState.withdrawn: "x-circle",
}

#: versions that are on their way; a standard has at most one
OPEN = frozenset({VersionState.draft, VersionState.in_review, VersionState.approved})
#: versions that are or were in force: what cases are judged by
IN_FORCE_ONCE = frozenset({VersionState.effective, VersionState.superseded, VersionState.withdrawn})


class Guard(StrEnum):
    """What must hold beside the state and the permission."""

    has_requirements = "has_requirements"
    complete = "complete"
    not_author = "not_author"
    password = "password"  # noqa: S105 - name of a guard
    reason = "reason"
    due = "due"
    never_submitted = "never_submitted"


GUARD_TEXTS: dict[Guard, Any] = {
    Guard.has_requirements: _l("Write at least one requirement first."),
    Guard.complete: _l("A timing requirement without a limit can't be sent for review."),
    Guard.not_author: _l("Somebody other than those who wrote this version approves it."),
    Guard.password: _l("Signed with the password given again."),
    Guard.reason: _l("Say why."),
    Guard.due: _l("The day it comes into force has not come yet."),
    Guard.never_submitted: _l("Only a draft that was never sent for review can be deleted."),
}


@dataclass(frozen=True)
class Transition:
    state: VersionState
    verb: str
    who: str  # write | approve | system
    guards: tuple[Guard, ...]
    to: VersionState | None  # None: the version is gone


S, G = VersionState, Guard
TRANSITIONS: tuple[Transition, ...] = (
    Transition(S.draft, "submit", "write", (G.has_requirements, G.complete), S.in_review),
    Transition(S.draft, "delete", "write", (G.never_submitted,), None),
    Transition(S.in_review, "send_back", "approve", (G.reason,), S.draft),
    Transition(S.in_review, "take_back", "write", (), S.draft),
    Transition(S.in_review, "approve", "approve", (G.not_author, G.password), S.approved),
    Transition(S.approved, "send_back", "approve", (G.reason,), S.draft),
    Transition(S.approved, "make_effective", "system", (G.due,), S.effective),
    Transition(S.approved, "withdraw", "approve", (G.reason,), S.withdrawn),
    Transition(S.effective, "supersede", "system", (), S.superseded),
    Transition(S.effective, "withdraw", "approve", (G.reason,), S.withdrawn),
)


def transition(state: str, verb: str) -> Transition | None:
    """The row of the table, or None when the verb means nothing in this state."""
    return next((row for row in TRANSITIONS if row.state == state and row.verb == verb), None)


def verbs(state: str) -> list[Transition]:
    return [row for row in TRANSITIONS if row.state == state]


class Grouping(StrEnum):
    """The three parts of a system of service standards after GB/T 24421."""

    basis = "basis"
    provision = "provision"
    support = "support"

    @property
    def label(self) -> Any:
        return {
            Grouping.basis: _l("General basis"),
            Grouping.provision: _l("Service provision"),
            Grouping.support: _l("Service support"),
        }[self]
