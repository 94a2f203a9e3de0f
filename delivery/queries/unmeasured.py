"""Promises in force that have no figure, and why."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from accounts.models import Unit
from core import access
from core.db import session
from delivery.models import Attainment, Batch, EventLog, LogStandard
from delivery.permissions import SEE
from delivery.queries.plans import calendar_mapping, columns_of
from delivery.rules.attainment import Hindrance, hindrance
from standards.models import Calendar, Requirement, Standard, Version
from standards.rules.sentences import plain


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A promise in force without a figure, and why."""

    standard_id: int
    standard_code: str
    title: str
    code: str
    statement: str
    target: float | None
    why: Hindrance
    log_id: int | None


def list_unmeasured(actor: Any, *, unit: Unit | None = None, limit: int = 200) -> list[Unmeasured]:
    """Timing requirements in force that have no figure, with the reason. Three statements."""
    measured = aliased(Attainment)
    where = [access.scope(actor, SEE, Unit.path)]
    if unit is not None:
        where.append(access.under(Unit.path, unit.path))
    rows = session.execute(
        select(Requirement, Standard, Calendar)
        .join(Version, Version.id == Requirement.version_id)
        .join(Standard, Standard.id == Version.standard_id)
        .join(Unit, Unit.id == Standard.unit_id)
        .outerjoin(Calendar, Calendar.id == Requirement.calendar_id)
        .where(
            Requirement.kind == "timing",
            Version.state == "effective",
            Standard.withdrawn_at.is_(None),
            ~select(measured.id)
            .where(
                measured.standard_id == Standard.id,
                measured.requirement_code == Requirement.code,
                measured.period_kind == "recent",
            )
            .exists(),
            *where,
        )
        .order_by(Standard.code, Requirement.position, Requirement.code)
        .limit(limit)
    ).all()
    if not rows:
        return []
    logs: dict[int, EventLog] = {}
    for standard_id, proving in session.execute(
        select(LogStandard.standard_id, EventLog)
        .join(EventLog, EventLog.id == LogStandard.event_log_id)
        .where(LogStandard.standard_id.in_({standard.id for _req, standard, _cal in rows}))
    ):
        logs.setdefault(standard_id, proving)
    batches: dict[int, list[Batch]] = defaultdict(list)
    for batch in session.scalars(
        select(Batch).where(
            Batch.event_log_id.in_({log.id for log in logs.values()}), Batch.state == "accepted"
        )
    ):
        batches[batch.event_log_id or 0].append(batch)
    found = []
    for requirement, standard, calendar in rows:
        log = logs.get(standard.id)
        why = why_unmeasured(requirement, calendar, log, batches.get(log.id, []) if log else [])
        found.append(
            Unmeasured(
                standard.id,
                standard.code,
                standard.title,
                requirement.code,
                plain(requirement.statement),
                requirement.target,
                why,
                log.id if log else None,
            )
        )
    return found


def why_unmeasured(
    requirement: Requirement, calendar: Calendar | None, log: EventLog | None, batches: Sequence[Batch]
) -> Hindrance:
    if log is None:
        return Hindrance("no_log")
    if not batches:
        return Hindrance("no_import")
    found = hindrance(
        start=requirement.from_milestone,
        end=requirement.to_milestone,
        limit=requirement.limit,
        target=requirement.target,
        columns_asked=list(requirement.population or {}),
        pauses=requirement.pauses or [],
        has_hours="week" in calendar_mapping(calendar),
        milestones=list(log.mapping.get("milestones", {})),
        columns=columns_of(batches),
    )
    return found or Hindrance("no_case")
