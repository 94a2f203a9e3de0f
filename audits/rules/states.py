"""Audits: states, who may do what when, and what must be true before a state is left."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.gates import Condition
from core.lazytext import _l


class Kind(StrEnum):
    system = "system"
    process = "process"
    service = "service"
    follow_up = "follow_up"

    @property
    def label(self) -> Any:
        return {
            Kind.system: _l("System audit"),
            Kind.process: _l("Process audit"),
            Kind.service: _l("Service audit"),
            Kind.follow_up: _l("Follow-up audit"),
        }[self]


class State(StrEnum):
    scheduled = "scheduled"
    prepared = "prepared"
    performed = "performed"
    reported = "reported"
    accepted = "accepted"
    closed = "closed"
    cancelled = "cancelled"

    @property
    def label(self) -> Any:
        return STATE_LABELS[self]


STATE_LABELS: dict[State, Any] = {
    State.scheduled: _l("Scheduled"),
    State.prepared: _l("Prepared"),
    State.performed: _l("Performed"),
    State.reported: _l("Reported"),
    State.accepted: _l("Accepted"),
    State.closed: _l("Closed"),
    State.cancelled: _l("Cancelled"),
}
WAY = (State.scheduled, State.prepared, State.performed, State.reported, State.accepted, State.closed)
STATE_CSS: dict[State, str] = {
    State.scheduled: "info",
    State.prepared: "info",
    State.performed: "edge",
    State.reported: "edge",
    State.accepted: "info",
    State.closed: "good",
    State.cancelled: "few",
}
OPEN = frozenset(WAY[:-1])
#: states in which the plan, the team and the checklist are still written
PLANNING = frozenset({State.scheduled, State.prepared})


class TeamRole(StrEnum):
    lead = "lead"
    auditor = "auditor"
    expert = "expert"
    observer = "observer"

    @property
    def label(self) -> Any:
        return {
            TeamRole.lead: _l("Lead auditor"),
            TeamRole.auditor: _l("Auditor"),
            TeamRole.expert: _l("Technical expert"),
            TeamRole.observer: _l("Observer"),
        }[self]


#: who gives answers and so has to be independent
ANSWERING = frozenset({TeamRole.lead, TeamRole.auditor})


class Part(StrEnum):
    """What a person is to an audit. Several may hold at once."""

    lead = "lead"
    auditor = "auditor"
    team = "team"  # of any role in the team
    manager = "manager"  # quality manager at the audited unit
    head = "head"  # of the audited unit or one above it
    system = "system"  # what follows from a ticket


@dataclass(frozen=True)
class Step:
    """In a state, a verb open to some parts. `never` excludes a part; `to` is None when the state stays."""

    state: State
    verb: str
    who: frozenset[Part]
    guard: str
    to: State | None = None
    never: frozenset[Part] = frozenset()


_MANAGER = frozenset({Part.manager})
_LEAD = frozenset({Part.lead, Part.manager})
_TEAM = frozenset({Part.lead, Part.auditor})
_HEAD = frozenset({Part.head})
_SYSTEM = frozenset({Part.system})
_AUDITORS = frozenset({Part.team})

STEPS: tuple[Step, ...] = (
    *(Step(state, "plan", _MANAGER, "the plan is still open") for state in sorted(PLANNING)),
    *(Step(state, "staff", _MANAGER, "independence is checked") for state in sorted(PLANNING)),
    *(Step(state, "write_checklist", _LEAD, "the item has no answer yet") for state in sorted(PLANNING)),
    Step(
        State.scheduled, "prepare", _LEAD, "lead, scope, checklist; independence is settled", State.prepared
    ),
    Step(State.prepared, "record", _TEAM, "the answer fits the nature of the criterion"),
    Step(
        State.prepared,
        "finish",
        frozenset({Part.lead}),
        "every item is answered or not sampled with a reason",
        State.performed,
    ),
    Step(State.performed, "resume", frozenset({Part.lead}), "a reason is given", State.prepared),
    Step(State.performed, "conclude", frozenset({Part.lead}), "the conclusion is written"),
    Step(
        State.performed,
        "report",
        frozenset({Part.lead}),
        "the conclusion is written, and the password is given",
        State.reported,
    ),
    Step(State.reported, "send_back", _HEAD, "a reason is given", State.performed, never=_AUDITORS),
    Step(State.reported, "accept", _HEAD, "the password is given", State.accepted, never=_AUDITORS),
    Step(State.accepted, "verify", _TEAM | _MANAGER, "the ticket of the finding is closed"),
    Step(State.accepted, "close", _LEAD, "every remedy is verified", State.closed),
    Step(State.closed, "reopen", _SYSTEM, "a ticket of a finding is opened again", State.accepted),
    *(
        Step(state, "cancel", _MANAGER, "a reason is given", State.cancelled)
        for state in (State.scheduled, State.prepared, State.performed)
    ),
)


def step(state: str, verb: str) -> Step | None:
    """The row of the table, or None when the verb is not possible in this state."""
    return next((item for item in STEPS if item.state == state and item.verb == verb), None)


def allows(state: str, verb: str, parts: Collection[Part]) -> bool:
    """May somebody with these parts do this in this state? Guards beside, which need the record itself."""
    found = step(state, verb)
    return found is not None and not found.never & set(parts) and bool(found.who & set(parts))


def printed() -> str:
    """The table as Markdown, for the documentation."""
    rows = [
        f"| {item.state} | {item.verb} | {', '.join(sorted(item.who))} | {', '.join(sorted(item.never))} "
        f"| {item.guard} | {item.to or '='} |"
        for item in STEPS
    ]
    return "\n".join(
        ["| state | verb | who | never | guard | becomes |", "| --- | --- | --- | --- | --- | --- |", *rows]
    )


# --- gates ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlanFacts:
    lead: str  # name, or empty
    auditors: int
    scoped: int  # clauses and standards
    criteria: bool
    items: int
    doubts: Sequence[str]  # names of auditors whose independence is not settled


def prepare_gate(facts: PlanFacts) -> list[Condition]:
    manager, lead = _l("Quality manager"), facts.lead or _l("Lead auditor")
    return [
        Condition(
            "lead",
            _l("A lead auditor is named"),
            bool(facts.lead),
            detail=facts.lead,
            missing=_l("Put a lead auditor into the team."),
            who=manager,
        ),
        Condition(
            "independent",
            _l("Nobody audits their own work"),
            not facts.doubts,
            detail=facts.auditors,
            missing=_l("Not settled for %(names)s: choose somebody else, or write the safeguard.")
            % {"names": ", ".join(facts.doubts)},
            who=manager,
        ),
        Condition(
            "scope",
            _l("Scope and criteria are set"),
            facts.scoped > 0 or facts.criteria,
            detail=facts.scoped,
            missing=_l("Choose the clauses and service standards to audit against, or write the criteria."),
            who=manager,
        ),
        Condition(
            "items",
            _l("The checklist has questions"),
            facts.items > 0,
            detail=facts.items,
            missing=_l("Generate the checklist from the scope, or add questions of your own."),
            who=lead,
        ),
    ]


@dataclass(frozen=True)
class FinishFacts:
    """Numbers of items: all, without an answer, without the words or the finding that their answer needs."""

    total: int
    waiting: int
    wordless: int
    unraised: int
    raised: int


def finish_gate(facts: FinishFacts, lead: str) -> list[Condition]:
    team = _l("The team")
    return [
        Condition(
            "answered",
            _l("Every item is answered, or not sampled with a reason"),
            facts.total > 0 and not facts.waiting,
            detail=f"{facts.total - facts.waiting}/{facts.total}",
            missing=_l("Still open: %(num)s of %(all)s.") % {"num": facts.waiting, "all": facts.total},
            who=team,
        ),
        Condition(
            "notes",
            _l("What falls short or was not sampled is described"),
            not facts.wordless,
            missing=_l("Without a note: %(num)s.") % {"num": facts.wordless},
            who=team,
        ),
        Condition(
            "findings",
            _l("Every nonconformity is recorded as a finding"),
            not facts.unraised,
            detail=facts.raised,
            missing=_l("Without a finding: %(num)s. Open the item and record it.") % {"num": facts.unraised},
            who=lead or team,
        ),
    ]


def report_gate(*, conclusion: bool, lead: str) -> list[Condition]:
    return [
        Condition(
            "conclusion",
            _l("The conclusion is written"),
            conclusion,
            missing=_l("Say in a few sentences what the audit showed, in at least one language."),
            who=lead,
        )
    ]


class Settled(StrEnum):
    """How far the remedy of an item's finding is."""

    none = "none"  # no finding
    noted = "noted"  # closed without a ticket, dismissed: nothing to verify
    triage = "triage"
    ticket = "ticket"
    ready = "ready"
    refused = "refused"
    verified = "verified"

    @property
    def label(self) -> Any:
        return SETTLED_LABELS[self]


SETTLED_LABELS: dict[Settled, Any] = {
    Settled.none: "",
    Settled.noted: _l("Nothing to verify"),
    Settled.triage: _l("Waits for triage"),
    Settled.ticket: _l("Ticket open"),
    Settled.ready: _l("Ready for verification"),
    Settled.refused: _l("Remedy not accepted"),
    Settled.verified: _l("Remedy verified"),
}
SETTLED_CSS: dict[Settled, str] = {
    Settled.none: "few",
    Settled.noted: "few",
    Settled.triage: "edge",
    Settled.ticket: "info",
    Settled.ready: "edge",
    Settled.refused: "bad",
    Settled.verified: "good",
}
DONE = frozenset({Settled.none, Settled.noted, Settled.verified})


def settled(*, finding_state: str, has_ticket: bool, ticket_closed: bool, follow: str) -> Settled:
    """`finding_state` is that of the finding it was merged into, where it was merged; empty without a finding."""
    if not finding_state:
        return Settled.none
    if finding_state == "dismissed" or (finding_state == "closed" and not has_ticket):
        return Settled.noted
    if not has_ticket:
        return Settled.triage
    if not ticket_closed:
        return Settled.ticket
    return {"verified": Settled.verified, "refused": Settled.refused}.get(follow, Settled.ready)


def close_gate(states: Sequence[Settled], lead: str) -> list[Condition]:
    found = [item for item in states if item != Settled.none]
    waiting = sum(1 for item in found if item in {Settled.triage, Settled.ticket})
    verify = sum(1 for item in found if item in {Settled.ready, Settled.refused})
    return [
        Condition(
            "tickets",
            _l("The tickets of all findings are closed"),
            not waiting,
            detail=len(found),
            missing=_l("Still open: %(num)s of %(all)s.") % {"num": waiting, "all": len(found)},
            who=_l("Owners of the tickets"),
        ),
        Condition(
            "verified",
            _l("Every remedy is verified on site"),
            not verify,
            detail=sum(1 for item in found if item == Settled.verified),
            missing=_l("Wait for verification: %(num)s.") % {"num": verify},
            who=lead,
        ),
    ]
