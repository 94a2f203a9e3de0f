"""The derived table: replaced as a whole, in one transaction; and the findings that follow from it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from core import clock, jobs, trail
from core.db import advisory_lock, session
from core.i18n import _
from delivery.findings import raise_shortfalls
from delivery.measuring import MeasuredRow
from delivery.models import Attainment, EventLog, LogStandard
from delivery.queries.plans import Plan
from delivery.rules.attainment import verdict
from standards.events import VersionEffective

MEASURE = "delivery.measure"
#: advisory lock of the derived rows on PostgreSQL, plus the number of the log
LOCK = 7_210_000_000


def queue_measure(log: EventLog, *, actor: Any) -> jobs.Job:
    """Queue a measurement of the log; one that already waits does it as well."""
    arguments = {"log": log.id}
    waiting = session.scalar(
        select(jobs.Job).where(
            jobs.Job.kind == MEASURE,
            jobs.Job.state == jobs.JobState.queued,
            jobs.Job.arguments == f'{{"log": {log.id}}}',
        )
    )
    return waiting or jobs.queue(MEASURE, _("Measure “%(log)s”", log=log.name), arguments, actor=actor)


def queue_measure_of_standard(standard_id: int, *, actor: Any = None) -> int:
    """After a version came into force: measure every log that proves the standard. Gives how many."""
    logs = list(
        session.scalars(
            select(EventLog)
            .join(LogStandard, LogStandard.event_log_id == EventLog.id)
            .where(LogStandard.standard_id == standard_id, EventLog.measured_until.is_not(None))
        )
    )
    for log in logs:
        queue_measure(log, actor=actor)
    return len(logs)


def measure_after_version(fact: VersionEffective) -> None:
    """Reaction: another version judges from now on."""
    queue_measure_of_standard(fact.standard_id)


def replace(plan: Plan, rows: Sequence[MeasuredRow], *, engine_version: str, actor: Any) -> dict[str, int]:
    """Put the measured rows in the place of the former ones of this log, then raise what falls short."""
    advisory_lock(LOCK + plan.log_id)
    log = session.get_one(EventLog, plan.log_id)
    session.execute(delete(Attainment).where(Attainment.event_log_id == plan.log_id))
    now = clock.now()
    values = [_values(plan.log_id, row, engine_version, now) for row in rows]
    for start in range(0, len(values), 500):
        session.execute(insert(Attainment), values[start : start + 500])
    log.measured_until = plan.as_of
    raised = raise_shortfalls(plan, rows, engine_version=engine_version)
    trail.record(
        log,
        "event_log.measured",
        actor=actor,
        changes={"figures": len(rows), "as_of": plan.as_of, "engine": engine_version},
    )
    return {"figures": len(rows), "findings": raised}


def _values(log_id: int, row: MeasuredRow, engine_version: str, now: Any) -> dict[str, Any]:
    interval = row.tally.interval
    return {
        "standard_id": row.standard_id,
        "requirement_code": row.code,
        "requirement_id": row.requirement_id,
        "event_log_id": log_id,
        "unit_id": row.unit_id,
        "whole_tree": True,
        "period_kind": row.kind,
        "period": row.period,
        "period_from": row.first,
        "period_until": row.last,
        "eligible": row.tally.eligible,
        "met": row.tally.met,
        "missed": row.tally.missed,
        "pending": row.tally.pending,
        "share": row.tally.share,
        "low": interval[0] if interval else None,
        "high": interval[1] if interval else None,
        "target": row.target,
        "verdict": verdict(row.tally, row.target),
        "median_s": row.median_s,
        "p90_s": row.p90_s,
        "computed_at": now,
        "engine_version": engine_version,
        "inputs_hash": row.inputs_hash,
    }


def forget(log: EventLog) -> None:
    """A log without imports has no figures."""
    session.execute(delete(Attainment).where(Attainment.event_log_id == log.id))
    log.measured_until = None
