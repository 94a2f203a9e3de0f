"""What this room announces to rooms above it."""

from dataclasses import dataclass

from improvement.models import Finding, Ticket


@dataclass(frozen=True)
class FindingRaised:
    finding: Finding


@dataclass(frozen=True)
class TicketStageChanged:
    ticket: Ticket
    before: str
    after: str


@dataclass(frozen=True)
class TicketClosed:
    ticket: Ticket


@dataclass(frozen=True)
class TicketReopened:
    ticket: Ticket
