"""The newest record of each kind that an auditor asks for at a clause."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from accounts.models import Person, Unit
from audits.models import Audit
from audits.reports import REPORTED
from certification.rules.evidence import Evidence, Kind
from complaints.models import Complaint
from core import access
from core.db import session
from reviews.models import Review
from satisfaction.models import Wave
from standards.queries.standards import zone_of
from training.models import Assignment


def latest_records(unit: Unit, kinds: Iterable[Kind]) -> dict[Kind, Evidence]:
    """Of the unit and those below it; a review also of a unit above. One statement for each kind."""
    above = [int(part) for part in unit.path.strip("/").split("/") if part]
    ended = func.coalesce(Wave.last_day, Wave.first_day)
    reach = access.under(Unit.path, unit.path)
    of_people = Assignment.person_id == Person.id
    statements: dict[Kind, tuple[Any, Any]] = {
        Kind.audit: (
            select(Audit.ends_on, Audit.code)
            .join(Unit, Unit.id == Audit.unit_id)
            .where(reach, Audit.state.in_(REPORTED)),
            Audit.ends_on,
        ),
        Kind.review: (
            select(Review.meets_on, Review.code)
            .join(Unit, Unit.id == Review.unit_id)
            .where(reach | Unit.id.in_(above), Review.held_at.is_not(None)),
            Review.meets_on,
        ),
        Kind.training: (
            select(Assignment.passed_at, Assignment.code)
            .join(Person, of_people)
            .join(Unit, Unit.id == Person.unit_id)
            .where(reach, Assignment.passed_at.is_not(None)),
            Assignment.passed_at,
        ),
        Kind.complaint: (
            select(Complaint.received_at, Complaint.code)
            .join(Unit, Unit.id == Complaint.unit_id)
            .where(reach),
            Complaint.received_at,
        ),
        Kind.survey: (
            select(ended, Wave.code)
            .join(Unit, Unit.id == Wave.unit_id)
            .where(reach, Wave.state.in_(("closed", "analysed")), ended.is_not(None)),
            ended,
        ),
    }
    found = {}
    for kind in sorted(set(kinds)):
        statement, day = statements[kind]
        row = session.execute(statement.order_by(day.desc()).limit(1)).first()
        if row is not None:
            moment = row[0].astimezone(zone_of(unit)).date() if isinstance(row[0], datetime) else row[0]
            found[kind] = Evidence(kind, row[1], moment)
    return found
