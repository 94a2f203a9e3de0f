"""The imports behind the figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from certification.rules.clauses import Both
from core.db import session
from core.files import StoredFile
from delivery.models import Batch, EventLog, LogStandard

MOST_BATCHES = 500


@dataclass(frozen=True)
class PrintedBatch:
    log: Both
    log_code: str
    name: str
    accepted_at: datetime | None
    cases: int
    rejected: int
    as_of: datetime | None
    received_sha256: str
    parquet_sha256: str


def batches_of(standards: Iterable[int]) -> list[PrintedBatch]:
    """Accepted imports of the logs that prove these standards: the files behind the figures."""
    rows = session.execute(
        select(Batch, EventLog, StoredFile)
        .join(EventLog, EventLog.id == Batch.event_log_id)
        .join(StoredFile, StoredFile.id == Batch.file_id)
        .where(
            Batch.state == "accepted",
            EventLog.id.in_(
                select(LogStandard.event_log_id).where(LogStandard.standard_id.in_(sorted(set(standards))))
            ),
        )
        .order_by(EventLog.code, Batch.id)
        .limit(MOST_BATCHES)
    )
    return [
        PrintedBatch(
            log=Both(log.name_en, log.name_zh),
            log_code=log.code,
            name=file.name,
            accepted_at=batch.accepted_at,
            cases=batch.cases,
            rejected=batch.rejected,
            as_of=batch.as_of,
            received_sha256=file.sha256,
            parquet_sha256=batch.parquet_sha256,
        )
        for batch, log, file in rows
    ]
