"""An import of answers from the first file to the accepted batch. Until `accept` nothing of it counts anywhere."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core import access, clock, jobs, trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.files import Received, store
from core.i18n import _
from satisfaction.models import ResponseImport, Wave
from satisfaction.operations.questionnaires import freeze
from satisfaction.operations.waves import queue_analysis, takes_files
from satisfaction.permissions import IMPORT, SURVEY
from satisfaction.queries import imports as queries
from satisfaction.rules.imports import OPEN, ImportState, Mapping

if TYPE_CHECKING:  # brings numpy
    from satisfaction.loading.keeping import Loaded

IMPORT_JOB = "satisfaction.import"


def _permit(wave: Wave, actor: Any) -> None:
    access.require(actor, IMPORT, wave.unit.path, what=wave.code)


def check_takes(wave: Wave) -> None:
    if not takes_files(wave):
        raise RuleViolation(
            _("%(code)s is analysed: take the analysis back before more answers come in.", code=wave.code)
        )


def begin(received: Received, *, wave: Wave, actor: Any) -> ResponseImport:
    """Keep a file for an import; how the last file of the questionnaire was read is tried first."""
    _permit(wave, actor)
    check_takes(wave)
    made = ResponseImport(
        wave_id=wave.id,
        file_id=store(received, actor=actor).id,
        file_sha256=received.sha256,
        mapping={},
        imported_by_id=getattr(actor, "id", None),
    )
    session.add(made)
    session.flush()
    trail.record(
        made,
        "response_import.received",
        actor=actor,
        code=received.name,
        changes={"file": received.name, "sha256": received.sha256, "size": received.size},
    )
    return made


def _check_open(batch: ResponseImport) -> None:
    if batch.state not in OPEN:
        raise RuleViolation(_("This file is imported already."))
    job = jobs.find(batch.job_id)
    if job is not None and job.is_open:
        raise RuleViolation(_("This file is being imported right now."))


def save_mapping(batch: ResponseImport, mapping: Mapping, *, usable: bool, actor: Any) -> None:
    """Keep what was entered, right or wrong; only what is right can be imported."""
    _permit(batch.wave, actor)
    _check_open(batch)
    batch.mapping = mapping.as_json()
    batch.state = str(ImportState.mapped if usable else ImportState.received)
    session.flush()


def discard(batch: ResponseImport, *, actor: Any) -> None:
    """A file that was never imported may go; its bytes follow with the next sweep."""
    _permit(batch.wave, actor)
    _check_open(batch)
    trail.record(batch, "response_import.discarded", actor=actor, code=batch.file.name)
    session.delete(batch)
    session.flush()


def _refuse_same(batch: ResponseImport) -> None:
    same = queries.find_same_file(batch.file_sha256, batch.wave_id)
    if same is not None and same.id != batch.id:
        raise RuleViolation(
            _(
                "This very file was imported on %(day)s already. Withdraw that import before you import it again.",
                day=f"{same.accepted_at:%Y-%m-%d}",
            )
        )


def queue_import(batch: ResponseImport, *, actor: Any) -> jobs.Job:
    """Start the import. It either counts as a whole in the end, or not at all."""
    _permit(batch.wave, actor)
    session.flush()
    batch = _locked(batch.id)
    _check_open(batch)
    check_takes(batch.wave)
    if batch.state != ImportState.mapped:
        raise RuleViolation(_("Say first what the columns mean."))
    _refuse_same(batch)
    job = jobs.queue(
        IMPORT_JOB, _("Import “%(file)s”", file=batch.file.name), {"import": batch.id}, actor=actor
    )
    batch.job_id = job.id
    session.flush()
    return job


def _locked(import_id: int) -> ResponseImport:
    """As it stands now, and nobody else changes it until the end of the transaction."""
    return session.scalars(
        select(ResponseImport)
        .where(ResponseImport.id == import_id)
        .with_for_update(of=ResponseImport)
        .execution_options(populate_existing=True)
    ).one()


def accept(import_id: int, loaded: "Loaded", *, actor: Any) -> ResponseImport | None:
    """The one moment at which an import begins to count. None when it counts already."""
    batch = _locked(import_id)
    if batch.state == ImportState.accepted:
        return None
    if batch.state != ImportState.mapped:
        raise RuleViolation(_("The import was changed or discarded meanwhile."))
    wave = batch.wave
    if actor is not None:
        _permit(wave, actor)
    check_takes(wave)
    if loaded.sha256 != batch.file_sha256:
        raise RuleViolation(_("The stored file is not the one that was received."))
    _refuse_same(batch)
    freeze(wave.version, actor=actor)
    batch.state = str(ImportState.accepted)
    batch.parquet_sha256, batch.rejects_sha256 = loaded.parquet_sha256, loaded.rejects_sha256
    batch.rows, batch.accepted = loaded.rows, loaded.accepted
    batch.rejected, batch.reasons = loaded.rows - loaded.accepted, loaded.reasons
    batch.groups = loaded.groups
    batch.first_answered, batch.last_answered = loaded.first, loaded.last
    batch.accepted_at = clock.now()
    wave.version.questionnaire.mapping = batch.mapping
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        raise RuleViolation(_("This very file is imported into this wave already.")) from None
    trail.record(
        batch,
        "response_import.accepted",
        actor=actor,
        code=batch.file.name,
        changes={
            "wave": wave.code,
            "rows": loaded.rows,
            "accepted": loaded.accepted,
            "rejected": batch.rejected,
            "file": batch.file.name,
            "sha256": batch.file_sha256,
            "parquet": loaded.parquet_sha256,
        },
    )
    queue_analysis(wave, actor=actor)
    return batch


def withdraw(batch: ResponseImport, *, reason: str, seen: int | None = None, actor: Any) -> None:
    """Its answers count no more; file, Parquet and rejects stay where they are."""
    wave = batch.wave
    access.require(actor, SURVEY, wave.unit.path, what=wave.code)
    expect_version(batch, seen, what=batch.file.name, fields=["state"])
    if batch.state != ImportState.accepted:
        raise RuleViolation(_("Only an import that counts can be withdrawn."))
    check_takes(wave)
    if not reason.strip():
        raise RuleViolation(_("Give the reason: it is what an auditor will ask for."), field="reason")
    batch.state = str(ImportState.withdrawn)
    batch.withdrawn_reason = reason.strip()
    session.flush()
    trail.record(batch, "response_import.withdrawn", actor=actor, code=batch.file.name, reason=reason.strip())
    queue_analysis(wave, actor=actor)


def known_files() -> set[str]:
    return set(session.scalars(select(ResponseImport.parquet_sha256))) | set(
        session.scalars(select(ResponseImport.rejects_sha256))
    )
