"""Complaints counted over periods: one statement for each question, however many complaints there are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from accounts.models import Unit
from complaints.models import ClockRun, Complaint, Remedy
from complaints.rules.clocks import Tally
from core import access, clock
from core.db import session
from standards.models import Requirement, Standard, Version

Reach = tuple[str, ...]


@dataclass(frozen=True)
class Counts:
    """Complaints of a period. `open_at_end`: received before its end and not closed by then."""

    received: int = 0
    closed: int = 0
    withdrawn: int = 0
    open_at_end: int = 0
    reopened: int = 0
    refused: int = 0
    decided: int = 0
    justified: int = 0  # wholly or in part, of the decided
    rated: int = 0
    satisfied: int = 0  # 4 or 5 of 5, of the rated
    cost: int = 0  # of remedies carried out, in hundredths


def counts(reach: Reach, start: datetime, end: datetime) -> Counts:
    def within(column: Any) -> Any:
        return (column >= start) & (column < end)

    decided = within(Complaint.decided_at)
    rated = within(Complaint.satisfied_at)
    row = session.execute(
        select(
            func.count().filter(within(Complaint.received_at)),
            func.count().filter(within(Complaint.closed_at)),
            func.count().filter(within(Complaint.closed_at) & (Complaint.state == "withdrawn")),
            func.count().filter(
                (Complaint.received_at < end) & (Complaint.closed_at.is_(None) | (Complaint.closed_at >= end))
            ),
            func.count().filter(within(Complaint.reopened_at)),
            func.count().filter(within(Complaint.received_at) & (Complaint.state == "refused")),
            func.count().filter(decided),
            func.count().filter(decided & Complaint.outcome.in_(["upheld", "partly"])),
            func.count().filter(rated),
            func.count().filter(rated & (Complaint.satisfied >= 4)),
        )
        .select_from(Complaint)
        .join(Unit, Unit.id == Complaint.unit_id)
        .where(access.within(reach, Unit.path), Complaint.received_at < end)
    ).one()
    cost = session.scalar(
        select(func.coalesce(func.sum(Remedy.cost), 0))
        .join(Complaint, Complaint.id == Remedy.complaint_id)
        .join(Unit, Unit.id == Complaint.unit_id)
        .where(access.within(reach, Unit.path), within(Remedy.done_at))
    )
    return replace(Counts(*(int(value) for value in row)), cost=int(cost or 0))


def by_month(reach: Reach, starts: Sequence[datetime]) -> list[tuple[int, int]]:
    """(received, closed) of each month; `starts` are the first moments of the months and of the one after the last."""
    made = []
    for column in (Complaint.received_at, Complaint.closed_at):
        month = _month(column, starts)
        rows = session.execute(
            select(month, func.count())
            .select_from(Complaint)
            .join(Unit, Unit.id == Complaint.unit_id)
            .where(access.within(reach, Unit.path), column >= starts[0], column < starts[-1])
            .group_by(month)
        )
        found = {int(row[0]): int(row[1]) for row in rows}
        made.append([found.get(number, 0) for number in range(len(starts) - 1)])
    return list(zip(*made, strict=True))


def _month(column: Any, starts: Sequence[datetime]) -> Any:
    return case(
        *((column < end, number) for number, end in enumerate(starts[1:])), else_=len(starts) - 1
    ).label("month")


@dataclass(frozen=True)
class TopicRow:
    topic: str
    received: int
    serious: int
    justified: int
    open_now: int


def by_topic(reach: Reach, start: datetime, end: datetime) -> list[TopicRow]:
    """What was received in the period, the most frequent first."""
    rows = session.execute(
        select(
            Complaint.topic,
            func.count().label("n"),
            func.count().filter(Complaint.severity.in_(["high", "critical"])),
            func.count().filter(Complaint.outcome.in_(["upheld", "partly"])),
            func.count().filter(Complaint.state.not_in(["closed", "withdrawn"])),
        )
        .select_from(Complaint)
        .join(Unit, Unit.id == Complaint.unit_id)
        .where(access.within(reach, Unit.path), Complaint.received_at >= start, Complaint.received_at < end)
        .group_by(Complaint.topic)
        .order_by(func.count().desc(), Complaint.topic)
    )
    return [TopicRow(row[0], *(int(value) for value in row[1:])) for row in rows]


@dataclass(frozen=True)
class Promise:
    """One clock of the complaint standard over a period. Its target and limit are those of the newest version seen."""

    standard_id: int
    standard_code: str
    code: str
    stops: str
    limit: str
    target: float | None
    statement_en: str
    statement_zh: str
    tally: Tally


def promises(reach: Reach, start: datetime, end: datetime) -> list[Promise]:
    """Clocks that began in the period, by promise."""
    rows = session.execute(
        select(
            ClockRun.standard_id,
            ClockRun.requirement_code,
            ClockRun.stops,
            ClockRun.requirement_id,
            func.max(ClockRun.version_number).label("version"),
            *_sides(),
        )
        .join(Complaint, Complaint.id == ClockRun.complaint_id)
        .join(Unit, Unit.id == Complaint.unit_id)
        .where(access.within(reach, Unit.path), ClockRun.started_at >= start, ClockRun.started_at < end)
        .group_by(ClockRun.standard_id, ClockRun.requirement_code, ClockRun.stops, ClockRun.requirement_id)
        .order_by("version")
    ).all()
    if not rows:
        return []
    known = {
        requirement.id: (requirement, standard_code)
        for requirement, standard_code in session.execute(
            select(Requirement, Standard.code)
            .join(Version, Version.id == Requirement.version_id)
            .join(Standard, Standard.id == Version.standard_id)
            .where(Requirement.id.in_({row.requirement_id for row in rows}))
        )
    }
    made: dict[tuple[int, str, str], Promise] = {}
    for row in rows:  # the newest version comes last and gives words, limit and target
        key = (row.standard_id, row.requirement_code, row.stops)
        requirement, standard_code = known[row.requirement_id]
        before = made[key].tally if key in made else Tally()
        tally = Tally(*(int(value) for value in row[5:]))
        made[key] = Promise(
            row.standard_id,
            standard_code,
            row.requirement_code,
            row.stops,
            requirement.limit,
            requirement.target,
            requirement.statement_en,
            requirement.statement_zh,
            Tally(
                before.met + tally.met,
                before.missed + tally.missed,
                before.running + tally.running,
                before.late + tally.late,
            ),
        )
    return list(made.values())


def _sides() -> tuple[Any, ...]:
    late = (ClockRun.state == "running") & (ClockRun.due_at < clock.now())
    return (
        func.count().filter(ClockRun.state == "met"),
        func.count().filter(ClockRun.state == "missed"),
        func.count().filter(ClockRun.state == "running"),
        func.count().filter(late),
    )


def promise_by_month(
    reach: Reach, starts: Sequence[datetime], standard_id: int, code: str, stops: str
) -> list[Tally]:
    """One promise month by month, by the beginning of its clocks."""
    month = _month(ClockRun.started_at, starts)
    rows = session.execute(
        select(month, *_sides())
        .select_from(ClockRun)
        .join(Complaint, Complaint.id == ClockRun.complaint_id)
        .join(Unit, Unit.id == Complaint.unit_id)
        .where(
            access.within(reach, Unit.path),
            ClockRun.standard_id == standard_id,
            ClockRun.requirement_code == code,
            ClockRun.stops == stops,
            ClockRun.started_at >= starts[0],
            ClockRun.started_at < starts[-1],
        )
        .group_by(month)
    )
    found = {int(row[0]): Tally(*(int(value) for value in row[1:])) for row in rows}
    return [found.get(number, Tally()) for number in range(len(starts) - 1)]


def list_received(reach: Reach, start: datetime, end: datetime, *, limit: int = 500) -> list[Any]:
    """Complaints received in a period, for registers on paper; without a word about who complained."""
    return list(
        session.execute(
            select(
                Complaint.id,
                Complaint.code,
                Complaint.subject,
                Complaint.topic,
                Complaint.severity,
                Complaint.state,
                Complaint.outcome,
                Complaint.received_at,
                Complaint.closed_at,
                Complaint.satisfied,
                Unit.name_en.label("unit_en"),
                Unit.name_zh.label("unit_zh"),
                Standard.code.label("standard_code"),
            )
            .join(Unit, Unit.id == Complaint.unit_id)
            .outerjoin(Standard, Standard.id == Complaint.standard_id)
            .where(
                access.within(reach, Unit.path), Complaint.received_at >= start, Complaint.received_at < end
            )
            .order_by(Complaint.received_at, Complaint.id)
            .limit(limit)
        )
    )
