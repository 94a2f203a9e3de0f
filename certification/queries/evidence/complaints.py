"""Complaints of the period of a pack, never who complained."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from accounts.models import Unit
from certification.queries.evidence.absence import Absence, absence_of
from certification.queries.evidence.counted import labelled
from certification.rules.clauses import Both
from complaints.models import Complaint
from complaints.queries import months
from complaints.reports import figures_between, span
from core import access
from core.db import session
from core.figures import Figure

#: the register prints so many and says so when there are more
MOST_COMPLAINTS = 500


@dataclass(frozen=True)
class PrintedComplaint:
    """Codes of topic, severity, state and outcome are those of complaints.rules."""

    code: str
    subject: str
    topic: str
    severity: str
    unit: Both
    standard_code: str
    state: str
    outcome: str
    received_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class PrintedTopic:
    topic: str
    received: int
    serious: int
    justified: int
    open_now: int


@dataclass(frozen=True)
class PrintedComplaints:
    promises: tuple[tuple[Both, Figure], ...] = ()  # the clocks of the complaint standard
    figures: tuple[tuple[Both, Figure], ...] = ()
    topics: tuple[PrintedTopic, ...] = ()
    register: tuple[PrintedComplaint, ...] = ()
    received: int = 0
    absence: Absence | None = None


def complaints_of(unit: Unit, zone: ZoneInfo, first: date, last: date) -> PrintedComplaints:
    """Complaints about the unit and below that were received in the period."""
    begin, end = span(unit, first, last)
    reach = (unit.path,)
    rows = months.list_received(reach, begin, end, limit=MOST_COMPLAINTS)
    if not rows:
        statement = (
            select(Complaint.received_at, Complaint.code)
            .join(Unit, Unit.id == Complaint.unit_id)
            .where(access.under(Unit.path, unit.path))
        )
        return PrintedComplaints(absence=absence_of(statement, Complaint.received_at, begin, end, zone))
    received = session.scalar(
        select(func.count())
        .select_from(Complaint)
        .join(Unit, Unit.id == Complaint.unit_id)
        .where(
            access.under(Unit.path, unit.path), Complaint.received_at >= begin, Complaint.received_at < end
        )
    )
    counted = labelled(figures_between(unit, first, last))
    return PrintedComplaints(
        tuple(pair for pair in counted if "limit" in pair[1].working),
        tuple(pair for pair in counted if "limit" not in pair[1].working),
        tuple(
            PrintedTopic(row.topic, row.received, row.serious, row.justified, row.open_now)
            for row in months.by_topic(reach, begin, end)
        ),
        tuple(
            PrintedComplaint(
                row.code,
                row.subject,
                row.topic,
                row.severity,
                Both(row.unit_en, row.unit_zh),
                row.standard_code or "",
                row.state,
                row.outcome,
                row.received_at,
                row.closed_at,
            )
            for row in rows
        ),
        received or 0,
    )
