"""What the stage page of a ticket shows, put together from a fixed number of statements."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import g

from accounts.models import Person
from core.db import session
from core.gates import Condition, passed
from core.i18n import _
from core.trail import TrailEntry
from improvement.models import Finding, Ticket
from improvement.queries import cycles, findings
from improvement.queries import tickets as queries
from improvement.queries.cycles import Turn
from improvement.rules.gates import signature
from improvement.rules.tickets import Part, Stage, allows
from improvement.views.verdicts import chart_of
from standards.queries.standards import find_standard


@dataclass(frozen=True)
class StagePage:
    ticket: Ticket
    turns: list[Turn]
    parts: set[Part]
    conditions: list[Condition]
    found_in: list[Finding]
    milestones: list[TrailEntry]
    approver: Person | None
    chart: dict[str, Any] | None = None
    standard: Any = None
    new_version: Any = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def turn(self) -> Turn:
        return self.turns[-1]

    @property
    def past(self) -> list[Turn]:
        return self.turns[:-1]

    @property
    def stage(self) -> Stage:
        return Stage(self.ticket.stage)

    def can(self, verb: str) -> bool:
        return allows(self.ticket.stage, verb, self.parts)

    @property
    def asks_approval(self) -> bool:
        """Everything of a major plan is there but the approval, which somebody else has to give."""
        missing = {item.key for item in self.conditions if not item.met}
        return (
            self.ticket.stage == Stage.plan
            and "approval" in missing
            and missing <= {"approval", "verifier"}
            and self.can("pass_to_do")
            and not self.can("approve")
        )

    @property
    def met(self) -> int:
        return sum(1 for item in self.conditions if item.met)

    @property
    def ready(self) -> bool:
        return passed(self.conditions)

    @property
    def after(self) -> tuple[date, date] | None:
        return queries.after_window(self.turn.cycle, self.turn.measure) if self.turn.measure else None


def build(ticket: Ticket) -> StagePage:
    turns = cycles.turns_of(ticket)
    turn = turns[-1]
    cycle = turn.cycle
    parts = queries.parts_of(ticket, g.person, list(turn.actions))
    new_version = None
    if turn.act and turn.act.version_id:
        from standards.models import Version

        new_version = session.get(Version, turn.act.version_id)
    return StagePage(
        ticket=ticket,
        turns=turns,
        parts=parts,
        conditions=_conditions(ticket, turn, parts),
        found_in=findings.list_of_ticket(ticket.id),
        milestones=[entry for entry in cycles.key_history(ticket) if not _says_cycle_begins(entry)],
        approver=session.get(Person, cycle.plan_approved_by_id) if cycle.plan_approved_by_id else None,
        chart=chart_of(turn.check, turn.measure) if turn.check else None,
        standard=find_standard(ticket.standard_id),
        new_version=new_version,
    )


def _says_cycle_begins(entry: TrailEntry) -> bool:
    """Going back to Plan is told by the cycle that begins at the same moment."""
    return entry.action == "ticket.passed" and entry.differences.get("stage", ["", ""])[1] == Stage.plan


def _conditions(ticket: Ticket, turn: Turn, parts: set[Part]) -> list[Condition]:
    found = cycles.conditions_of(ticket, turn)
    if ticket.stage == Stage.check:
        who = ticket.verifier.name if ticket.verifier else _("Quality manager")
        found.append(signature(who, yours=allows(ticket.stage, "sign_effective", parts)))
    return found
