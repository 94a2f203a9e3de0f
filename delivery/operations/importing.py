"""An import from the first file to the accepted batch. Until `accept` nothing of it counts anywhere."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from accounts.models import Unit
from core import access, clock, jobs, trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.files import Received, store
from core.i18n import _
from delivery.loading import Loaded
from delivery.models import Batch, EventLog, LogStandard
from delivery.operations.measuring import forget, queue_measure
from delivery.permissions import IMPORT, WITHDRAW
from delivery.queries import logs as queries
from delivery.rules.imports import OPEN, BatchState
from delivery.storage import LOGS
from standards.models import Standard

IMPORT_JOB = "delivery.import"
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def begin(
    received: Received,
    *,
    unit: Unit,
    log: EventLog | None = None,
    code: str = "",
    name_en: str = "",
    name_zh: str = "",
    actor: Any,
) -> Batch:
    """Keep a file for an import: into a log that exists, or for a new one that comes into being with the import."""
    access.require(actor, IMPORT, unit.path, what=unit.name)
    mapping: dict[str, Any] = {}
    if log is None:
        check_new_log(code, name_en, name_zh)
        mapping["new"] = {"code": code, "name_en": name_en, "name_zh": name_zh}
    elif log.mapping:
        mapping |= {
            "log": log.mapping,
            "unit_column": log.unit_column,
            "unit_values": log.unit_values,
            "group_columns": log.group_columns,
        }
    made = Batch(
        event_log_id=log.id if log else None,
        unit_id=unit.id,
        file_id=store(received, actor=actor).id,
        state=str(BatchState.received),
        mapping=mapping,
        imported_by_id=actor.id,
    )
    session.add(made)
    session.flush()
    trail.record(
        made,
        "batch.received",
        actor=actor,
        code=received.name,
        changes={"file": received.name, "sha256": received.sha256, "size": received.size},
    )
    return made


def check_new_log(code: str, name_en: str, name_zh: str) -> None:
    if not _CODE.fullmatch(code):
        raise RuleViolation(
            _("Give a code of letters, digits, points and dashes, for example HOTLINE."), field="code"
        )
    if queries.find_log_by_code(code) is not None:
        raise RuleViolation(
            _("A log with the code %(code)s exists; choose it above.", code=code), field="code"
        )
    if not name_en and not name_zh:
        raise RuleViolation(_("Give the log a name in at least one language."), field="name_en")


def _check_open(batch: Batch) -> None:
    if batch.state not in OPEN:
        raise RuleViolation(_("This file is imported already."))
    job = queries.find_job(batch.id)
    if job is not None and job.is_open:
        raise RuleViolation(_("This file is being imported right now."))


def save_draft(batch: Batch, values: Mapping[str, Any], *, actor: Any) -> None:
    """Keep what was entered so far, right or wrong; the last step checks everything again."""
    unit = session.get_one(Unit, batch.unit_id)
    access.require(actor, IMPORT, unit.path, what=unit.name)
    _check_open(batch)
    batch.mapping = {**batch.mapping, **values}


def map_columns(batch: Batch, values: Mapping[str, Any], *, actor: Any) -> None:
    """The columns are understood: `values` passed the checks of the specification."""
    save_draft(batch, values, actor=actor)
    batch.state = str(BatchState.mapped)


def discard(batch: Batch, *, actor: Any) -> None:
    """A file that was never imported may go; its bytes follow with the next sweep."""
    unit = session.get_one(Unit, batch.unit_id)
    access.require(actor, IMPORT, unit.path, what=unit.name)
    _check_open(batch)
    trail.record(batch, "batch.discarded", actor=actor, code=batch.file.name)
    session.delete(batch)


def queue_import(batch: Batch, *, actor: Any) -> jobs.Job:
    """Start the import. It either counts as a whole in the end, or not at all."""
    unit = session.get_one(Unit, batch.unit_id)
    access.require(actor, IMPORT, unit.path, what=unit.name)
    session.flush()
    batch = _locked(batch.id)
    _check_open(batch)
    if batch.state != BatchState.mapped:
        raise RuleViolation(_("Say first what the columns mean."))
    log = batch.event_log
    same = queries.find_same_file(batch.file.sha256, log.id if log else None) if log else None
    if same is not None:
        raise RuleViolation(
            _(
                "This very file was imported on %(day)s already. Withdraw that import before you import it again.",
                day=f"{same.accepted_at:%Y-%m-%d}",
            )
        )
    job = jobs.queue(
        IMPORT_JOB, _("Import “%(file)s”", file=batch.file.name), {"batch": batch.id}, actor=actor
    )
    batch.job_id = job.id
    return job


def _locked(batch_id: int) -> Batch:
    """As it stands now, and nobody else changes it until the end of the transaction."""
    return session.scalars(
        select(Batch)
        .where(Batch.id == batch_id)
        .with_for_update(of=Batch)
        .execution_options(populate_existing=True)
    ).one()


def accept(batch_id: int, loaded: Loaded, *, actor: Any) -> Batch | None:
    """The one moment at which an import begins to count. None when it counts already."""
    batch = _locked(batch_id)
    if batch.state == BatchState.accepted:
        return None
    if batch.state != BatchState.mapped:
        raise RuleViolation(_("The import was changed or discarded meanwhile."))
    unit = session.get_one(Unit, batch.unit_id)
    access.require(actor, IMPORT, unit.path, what=unit.name)
    log = batch.event_log or _open_log(batch, actor)
    mapping = batch.mapping
    changes = trail.changed(
        log,
        {
            "mapping": mapping["log"],
            "unit_column": mapping.get("unit_column", ""),
            "unit_values": mapping.get("unit_values", {}),
            "group_columns": mapping.get("group_columns", []),
        },
    )
    if changes and batch.event_log_id is not None:
        trail.record(log, "event_log.changed", actor=actor, changes=changes)
    if loaded.sha256 != batch.file.sha256:
        raise RuleViolation(_("The stored file is not the one that was received."))
    batch.event_log_id = log.id
    batch.state = str(BatchState.accepted)
    batch.parquet_sha256 = loaded.parquet_sha256
    batch.rejects_sha256 = loaded.rejects_sha256
    batch.rows, batch.cases = loaded.rows, loaded.cases
    batch.rejected = sum(loaded.rejects.values())
    batch.reasons = loaded.rejects
    batch.as_of = loaded.as_of
    batch.accepted_at = clock.now()
    batch.preview = {
        "columns": list(loaded.columns),
        "unit_values": loaded.unit_values,
        "milestones": loaded.milestones,
        "superseded": loaded.superseded,
    }
    _link_standards(log, mapping.get("standards", []), actor)
    session.flush()
    trail.record(
        batch,
        "batch.accepted",
        actor=actor,
        code=batch.file.name,
        changes={
            "log": log.code,
            "rows": loaded.rows,
            "cases": loaded.cases,
            "rejected": batch.rejected,
            "file": batch.file.name,
            "sha256": batch.file.sha256,
            "parquet": loaded.parquet_sha256,
        },
    )
    queue_measure(log, actor=actor)
    return batch


def _open_log(batch: Batch, actor: Any) -> EventLog:
    new = batch.mapping.get("new") or {}
    check_new_log(new.get("code", ""), new.get("name_en", ""), new.get("name_zh", ""))
    log = EventLog(code=new["code"], name_en=new["name_en"], name_zh=new["name_zh"], unit_id=batch.unit_id)
    session.add(log)
    session.flush()
    trail.record(log, "event_log.opened", actor=actor, changes={"name": log.name_en or log.name_zh})
    return log


def _link_standards(log: EventLog, wanted: list[int], actor: Any) -> None:
    known = set(session.scalars(select(LogStandard.standard_id).where(LogStandard.event_log_id == log.id)))
    for standard in session.scalars(select(Standard).where(Standard.id.in_([*wanted]))):
        if standard.id not in known:
            session.add(LogStandard(event_log_id=log.id, standard_id=standard.id))
            trail.record(log, "event_log.standard_added", actor=actor, changes={"standard": standard.code})


def withdraw(batch: Batch, *, reason: str, seen: int | None, actor: Any) -> None:
    """Its rows count no more; file, Parquet and rejects stay where they are."""
    unit = session.get_one(Unit, batch.unit_id)
    access.require(actor, WITHDRAW, unit.path, what=unit.name)
    expect_version(batch, seen, what=batch.file.name, fields=["state"])
    if batch.state != BatchState.accepted:
        raise RuleViolation(_("Only an import that counts can be withdrawn."))
    if not reason.strip():
        raise RuleViolation(_("Give the reason: it is what an auditor will ask for."), field="reason")
    batch.state = str(BatchState.withdrawn)
    batch.withdrawn_reason = reason.strip()
    session.flush()
    trail.record(batch, "batch.withdrawn", actor=actor, code=batch.file.name, reason=reason)
    log = batch.event_log
    assert log is not None
    if queries.list_accepted(log.id):
        queue_measure(log, actor=actor)
    else:
        forget(log)


def sweep() -> int:
    """Files that no import knows."""
    known = set(session.scalars(select(Batch.parquet_sha256))) | set(
        session.scalars(select(Batch.rejects_sha256))
    )
    return LOGS.sweep(known)
