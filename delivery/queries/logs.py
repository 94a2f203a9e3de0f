from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from accounts.models import Person, Unit
from core import access
from core.access import Permission
from core.db import get_record, session
from core.errors import NotFound
from core.jobs import Job
from core.tables import matching
from delivery.models import Batch, EventLog, LogStandard
from delivery.permissions import SEE
from standards.models import Standard, Version
from standards.queries.mapping import at_under_or_above


def find_log_by_code(code: str) -> EventLog | None:
    return session.scalar(select(EventLog).where(EventLog.code == code))


def get_log(log_id: int) -> EventLog:
    return get_record(EventLog, log_id)


def get_log_for(actor: Any, log_id: int, needed: Permission = SEE) -> EventLog:
    """The guarded door: a log of a unit where the actor holds the permission."""
    found = get_log(log_id)
    access.require(actor, needed, found.unit.path, what=found.name)
    return found


def get_batch(batch_id: int) -> Batch:
    return get_record(Batch, batch_id)


def get_batch_for(actor: Any, batch_id: int, needed: Permission = SEE) -> Batch:
    found = session.scalar(
        select(Batch).where(Batch.id == batch_id).options(joinedload(Batch.file), joinedload(Batch.event_log))
    )
    if found is None:
        raise NotFound
    unit = session.get(Unit, found.unit_id)
    access.require(actor, needed, unit.path if unit else "/", what=found.file.name)
    return found


def logs_statement(actor: Any) -> Select[Any]:
    """Labelled columns of the list of logs that a person may see."""
    accepted = (
        select(
            Batch.event_log_id,
            func.count().label("imports"),
            func.sum(Batch.rows).label("rows_read"),
            func.sum(Batch.rejected).label("rejected"),
        )
        .where(Batch.state == "accepted")
        .group_by(Batch.event_log_id)
        .subquery()
    )
    proved = (
        select(LogStandard.event_log_id, func.count().label("standards"))
        .group_by(LogStandard.event_log_id)
        .subquery()
    )
    columns: list[Any] = [
        EventLog.id.label("id"),
        EventLog.code.label("code"),
        EventLog.name_en.label("name_en"),
        EventLog.name_zh.label("name_zh"),
        Unit.name_en.label("unit_en"),
        Unit.name_zh.label("unit_zh"),
        EventLog.measured_until.label("measured_until"),
        func.coalesce(accepted.c.imports, 0).label("imports"),
        func.coalesce(accepted.c.rows_read, 0).label("rows_read"),
        func.coalesce(accepted.c.rejected, 0).label("rejected"),
        func.coalesce(proved.c.standards, 0).label("standards"),
    ]
    found: Select[Any] = (
        select(*columns)
        .select_from(EventLog)
        .join(Unit, Unit.id == EventLog.unit_id)
        .outerjoin(accepted, accepted.c.event_log_id == EventLog.id)
        .outerjoin(proved, proved.c.event_log_id == EventLog.id)
        .where(access.scope(actor, SEE, Unit.path))
    )
    return found


def list_logs_for(actor: Any, needed: Permission) -> list[EventLog]:
    return list(
        session.scalars(
            select(EventLog)
            .join(Unit, Unit.id == EventLog.unit_id)
            .where(access.scope(actor, needed, Unit.path))
            .order_by(EventLog.code)
            .limit(500)
        )
    )


def find_logs(actor: Any, words: str, limit: int) -> list[EventLog]:
    return list(
        session.scalars(
            select(EventLog)
            .join(Unit, Unit.id == EventLog.unit_id)
            .options(joinedload(EventLog.unit))
            .where(
                access.scope(actor, SEE, Unit.path),
                matching(words, EventLog.code, EventLog.name_en, EventLog.name_zh),
            )
            .order_by(EventLog.code)
            .limit(limit)
        )
    )


def list_batches(log_id: int) -> list[Any]:
    """Imports of a log, newest first, with the file and who imported it."""
    return list(
        session.execute(
            select(Batch, Person.name)
            .options(joinedload(Batch.file))
            .outerjoin(Person, Person.id == Batch.imported_by_id)
            .where(Batch.event_log_id == log_id)
            .order_by(Batch.id.desc())
            .limit(200)
        )
    )


def list_accepted(log_id: int) -> list[Batch]:
    """Oldest first: the later row of a case wins."""
    return list(
        session.scalars(
            select(Batch).where(Batch.event_log_id == log_id, Batch.state == "accepted").order_by(Batch.id)
        )
    )


def list_drafts(person: Any) -> list[Batch]:
    """Imports that this person began and did not finish."""
    return list(
        session.scalars(
            select(Batch)
            .options(joinedload(Batch.file), joinedload(Batch.event_log))
            .where(Batch.imported_by_id == person.id, Batch.state.in_(("received", "mapped", "failed")))
            .order_by(Batch.id.desc())
            .limit(20)
        )
    )


def find_same_file(sha256: str, log_id: int | None) -> Batch | None:
    """An accepted import of the same bytes, into this log when it is known."""
    from core.files import StoredFile

    statement = (
        select(Batch)
        .join(StoredFile, StoredFile.id == Batch.file_id)
        .where(StoredFile.sha256 == sha256, Batch.state == "accepted")
        .order_by(Batch.id.desc())
        .limit(1)
    )
    if log_id is not None:
        statement = statement.where(Batch.event_log_id == log_id)
    return session.scalar(statement)


def find_job(batch_id: int) -> Job | None:
    """The newest job that imports this batch, also when it was repeated from the page of jobs."""
    return session.scalar(
        select(Job)
        .where(Job.kind == "delivery.import", Job.arguments == f'{{"batch": {int(batch_id)}}}')
        .order_by(Job.id.desc())
        .limit(1)
    )


def find_measuring(log_id: int) -> Job | None:
    return session.scalar(
        select(Job)
        .where(Job.kind == "delivery.measure", Job.arguments == f'{{"log": {int(log_id)}}}')
        .order_by(Job.id.desc())
        .limit(1)
    )


def standards_of(log_id: int) -> list[Standard]:
    return list(
        session.scalars(
            select(Standard)
            .join(LogStandard, LogStandard.standard_id == Standard.id)
            .where(LogStandard.event_log_id == log_id)
            .order_by(Standard.code)
        )
    )


def proved_among(standard_ids: Sequence[int]) -> set[int]:
    """Which of these standards a log proves already."""
    return set(
        session.scalars(
            select(LogStandard.standard_id).where(LogStandard.standard_id.in_(standard_ids)).distinct()
        )
    )


def standards_near(unit: Unit) -> list[Standard]:
    """Standards that a log of this unit could prove: of the unit, of units above it and below it; not withdrawn."""
    return list(
        session.scalars(
            select(Standard)
            .join(Unit, Unit.id == Standard.unit_id)
            .where(
                Standard.withdrawn_at.is_(None),
                at_under_or_above(Unit.path, unit.path),
                select(Version.id)
                .where(Version.standard_id == Standard.id, Version.effective_from.is_not(None))
                .exists(),
            )
            .order_by(Standard.code)
            .limit(300)
        )
    )


def units_below(unit: Unit) -> list[Unit]:
    return list(
        session.scalars(
            select(Unit).where(access.under(Unit.path, unit.path), Unit.active.is_(True)).order_by(Unit.path)
        )
    )
