"""A ticket with all its cycles: a fixed number of statements, however long its story is."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.db import session
from core.gates import Condition
from core.trail import TrailEntry
from improvement.models import Act, Action, Cause, Check, Cycle, SuccessMeasure, Ticket
from improvement.queries import tickets as queries


@dataclass(frozen=True)
class Branch:
    """A why-node with what lies below it."""

    cause: Cause
    below: tuple["Branch", ...]


@dataclass(frozen=True)
class Turn:
    cycle: Cycle
    causes: tuple[Branch, ...]
    flat_causes: tuple[Cause, ...]
    actions: tuple[Action, ...]
    measure: SuccessMeasure | None
    checks: tuple[Check, ...]
    act: Act | None

    @property
    def check(self) -> Check | None:
        return self.checks[-1] if self.checks else None

    @property
    def signed(self) -> Check | None:
        return next((check for check in reversed(self.checks) if check.signed_at), None)

    @property
    def roots(self) -> list[Cause]:
        return [cause for cause in self.flat_causes if cause.root]

    def count(self, *states: str) -> int:
        return sum(1 for action in self.actions if action.state in states)


def turns_of(ticket: Ticket) -> list[Turn]:
    """Every cycle in order, the present one last."""
    cycles = queries.list_cycles(ticket)
    ids = [cycle.id for cycle in cycles]
    causes: dict[int, list[Cause]] = defaultdict(list)
    for cause in session.scalars(
        select(Cause).where(Cause.cycle_id.in_(ids)).order_by(Cause.position, Cause.id)
    ):
        causes[cause.cycle_id].append(cause)
    actions: dict[int, list[Action]] = defaultdict(list)
    for action in session.scalars(
        select(Action)
        .where(Action.cycle_id.in_(ids))
        .options(joinedload(Action.owner), joinedload(Action.evidence_file))
        .order_by(Action.position, Action.id)
    ):
        actions[action.cycle_id].append(action)
    checks: dict[int, list[Check]] = defaultdict(list)
    for check in queries.list_checks(ids):
        checks[check.cycle_id].append(check)
    measures = {
        item.cycle_id: item
        for item in session.scalars(select(SuccessMeasure).where(SuccessMeasure.cycle_id.in_(ids)))
    }
    acts = {item.cycle_id: item for item in session.scalars(select(Act).where(Act.cycle_id.in_(ids)))}
    return [
        Turn(
            cycle,
            _tree(causes[cycle.id]),
            tuple(causes[cycle.id]),
            tuple(actions[cycle.id]),
            measures.get(cycle.id),
            tuple(checks[cycle.id]),
            acts.get(cycle.id),
        )
        for cycle in cycles
    ]


def _tree(causes: list[Cause]) -> tuple[Branch, ...]:
    below: dict[int | None, list[Cause]] = defaultdict(list)
    for cause in causes:
        below[cause.parent_id].append(cause)

    def branches(parent: int | None) -> tuple[Branch, ...]:
        return tuple(Branch(cause, branches(cause.id)) for cause in below[parent])

    return branches(None)


def conditions_of(ticket: Ticket, turn: Turn) -> list[Condition]:
    return queries.gate_of(ticket, turn.cycle, list(turn.actions), turn.measure, turn.check, turn.act)


KEY_ACTIONS = (
    "ticket.opened",
    "ticket.passed",
    "ticket.deferred",
    "ticket.resumed",
    "ticket.finding_added",
    "cycle.begun",
    "measure.registered",
    "plan.approved",
    "check.computed",
    "check.judged",
    "check.harm_looked_at",
    "check.signed",
    "check.overruled",
    "check.prolonged",
    "act.version_opened",
)


def key_history(ticket: Ticket, *, limit: int = 12) -> list[TrailEntry]:
    """The milestones of a ticket, newest first; the full trail has every change."""
    return list(
        session.scalars(
            select(TrailEntry)
            .where(
                TrailEntry.object_type == "ticket",
                TrailEntry.object_id == ticket.id,
                TrailEntry.action.in_(KEY_ACTIONS),
            )
            .order_by(TrailEntry.seq.desc())
            .limit(limit)
        )
    )
