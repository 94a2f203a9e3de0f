"""Work of the worker: read a file into a log, measure a log, and the nightly duties."""

import json
from contextlib import suppress
from typing import Any

from flask import current_app
from sqlalchemy import select

from accounts.queries import get_person, with_holdings
from core import clock
from core.db import mode, session
from core.errors import InvalidInput
from core.files import path_of
from core.i18n import _
from core.jobs import Cancelled, Job, Progress, duty, handler
from delivery import loading, measuring, operations, storage, words
from delivery.engine.errors import EngineError
from delivery.engine.spec import parse_log
from delivery.models import EventLog
from delivery.operations.importing import IMPORT_JOB, sweep
from delivery.operations.measuring import MEASURE
from delivery.queries import logs, plans
from delivery.rules.addresses import batch_path, log_path
from delivery.rules.imports import BatchState
from delivery.storage import LOGS


class _Watched:
    """Progress for the engine. What the engine makes of a stop in the middle of a file, this remembers."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.stopped = False
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        step = None
        if stage != self._stage:
            self._stage = stage
            step = str(
                _("Step 1 of 2: reading the file") if stage == "read" else _("Step 2 of 2: keeping the cases")
            )
        try:
            # bytes do not fit the column of small numbers
            self._progress(*((done >> 10, total >> 10) if stage == "read" else (done, total)), step)
        except Cancelled:
            self.stopped = True
            raise


@handler(IMPORT_JOB)
def import_batch(job: Job, progress: Progress) -> dict[str, Any]:
    """Nothing is written to the database before the file is read, its Parquet is on disk under its hash, and one
    short transaction can accept it. Killed before that, only files without an owner are left, which `sweep` takes.
    """
    batch_id = int(json.loads(job.arguments)["batch"])
    with mode("read"):
        batch = logs.get_batch(batch_id)
        mapping, state, name = batch.mapping, batch.state, batch.file.name
        path = path_of(batch.file.sha256)
        session.rollback()
    if state == BatchState.accepted:
        return {"url": batch_path(batch_id)}
    if state != BatchState.mapped:
        raise InvalidInput(_("The import was changed or discarded meanwhile."))
    made = f"import-{job.id}"
    watched = _Watched(progress)
    try:
        spec = parse_log(mapping["log"])
        unit_column = str(mapping.get("unit_column") or "")
        loaded = loading.load(
            path,
            spec,
            columns=[unit_column, *mapping.get("group_columns", [])],
            unit_column=unit_column,
            as_of=words.moment(mapping.get("as_of"), spec.timezone),
            now=clock.now(),
            place=LOGS.workplace,
            name=made,
            settings=storage.settings(),
            most_bytes=int(current_app.config.get("MAX_LOG_BYTES", 8 << 30)),
            progress=watched,
        )
        progress(1, 1, str(_("Accepting the import")))
        LOGS.keep(loaded.parquet, loaded.parquet_sha256, "parquet")
        LOGS.keep(loaded.rejects_file, loaded.rejects_sha256, "csv")
        operations.accept(batch_id, loaded, actor=_starter(job))
    except EngineError as error:
        if watched.stopped:
            raise Cancelled from error
        raise InvalidInput(words.engine_sentence(error, name)) from error
    finally:
        for left in LOGS.workplace.glob(f"{made}.*"):
            with suppress(OSError):
                left.unlink()
    return {"url": batch_path(batch_id), "rows": loaded.rows, "cases": loaded.cases}


def _starter(job: Job) -> Any:
    return with_holdings(get_person(job.started_by_id)) if job.started_by_id else None


@handler(MEASURE)
def measure_log(job: Job, progress: Progress) -> dict[str, Any]:
    log_id = int(json.loads(job.arguments)["log"])
    with mode("read"):
        plan = plans.find_plan(logs.get_log(log_id))
        session.rollback()
    if plan is None:
        return {"url": log_path(log_id), "figures": 0}
    from delivery.engine.measure import ENGINE_VERSION

    def report(done: int, total: int) -> None:
        progress(
            done,
            total,
            str(_("Measuring requirement %(done)s of %(total)s", done=min(done + 1, total), total=total)),
        )

    try:
        rows = measuring.measure(plan, settings=storage.settings(), progress=report)
    except EngineError as error:
        raise InvalidInput(words.engine_sentence(error)) from error
    found = operations.replace(plan, rows, engine_version=ENGINE_VERSION, actor=_starter(job))
    return {"url": log_path(log_id), **found}


@duty("delivery.measure", "%Y%m%d")
def measure_all() -> int:
    """Every night: each log that has imports, so that figures follow versions, calendars and engine."""
    found = list(
        session.scalars(select(EventLog).where(EventLog.measured_until.is_not(None)).order_by(EventLog.id))
    )
    for log in found:
        operations.queue_measure(log, actor=None)
    return len(found)


@duty("delivery.sweep", "%Y%m%d")
def sweep_files() -> int:
    return sweep()
