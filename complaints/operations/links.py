"""A complaint leads to improvement: a finding from it, a ticket that takes care of it."""

from typing import Any

from complaints.models import Complaint, ComplaintFinding
from complaints.operations.common import permit
from core import trail
from core.db import session
from core.errors import RuleViolation
from core.i18n import _
from improvement.models import Finding
from improvement.operations.findings import raise_finding
from improvement.queries import tickets
from improvement.rules.findings import Grade, Origin

ORIGIN = "complaint"


def raise_from(
    complaint: Complaint,
    *,
    grade: Grade | str,
    statement_en: str = "",
    statement_zh: str = "",
    detail: str = "",
    actor: Any,
) -> Finding:
    """A finding whose origin is this complaint. What is written there is read by more people than the complaint."""
    permit(complaint, actor)
    made = raise_finding(
        origin=Origin.complaint,
        grade=grade,
        statement_en=statement_en,
        statement_zh=statement_zh,
        detail=detail,
        unit=complaint.unit,
        standard=complaint.standard,
        requirement_code=complaint.requirement_code,
        origin_label=complaint.code,
        origin_ref=f"{ORIGIN}:{complaint.id}",
        actor=actor,
    )
    session.add(ComplaintFinding(complaint_id=complaint.id, finding_id=made.id))
    trail.record(complaint, "complaint.finding_raised", actor=actor, changes={"finding": made.code})
    return made


def link_ticket(complaint: Complaint, code: str, *, actor: Any) -> None:
    """Say which ticket takes care of the matter; an empty code takes the link away."""
    permit(complaint, actor)
    wanted = code.strip().upper().split(" ")[0]
    found = tickets.find_ticket_by_code(wanted) if wanted else None
    if wanted and found is None:
        raise RuleViolation(_("Give the code of a ticket, like CAR-2026-0001."), field="ticket")
    before = complaint.ticket.code if complaint.ticket else ""
    after = found.code if found else ""
    if before != after:
        complaint.ticket = found
        trail.record(complaint, "complaint.ticket_linked", actor=actor, changes={"ticket": (before, after)})
