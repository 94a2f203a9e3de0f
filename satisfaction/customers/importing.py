"""A file of customers from its first look to the register. Pages, command line and worker go the same way."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from accounts.models import Unit
from accounts.queries import get_person, places, with_holdings
from core import access, clock, jobs, trail
from core.db import mode, session, table_of
from core.errors import InvalidInput, RuleViolation
from core.files import Received, StoredFile, path_of, store
from core.i18n import _, format_number
from satisfaction.customers import queries
from satisfaction.customers.models import Customer, CustomerImport
from satisfaction.customers.permissions import KEEP
from satisfaction.customers.rules import (
    LANGUAGES,
    REJECTS_KEPT,
    ROWS_MOST,
    Kind,
    Outcome,
    compare,
    faults,
    guess,
)
from satisfaction.loading.opening import Table, open_table

IMPORT_JOB = "customers.import"
CHUNK = 5_000
ABANDONED_DAYS = 7
_customer = table_of(Customer)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read: column → field, and what counts where the file says nothing."""

    uses: dict[str, str]
    kind: str = Kind.external
    language: str = "zh"
    encoding: str = ""
    delimiter: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "uses": self.uses, "kind": self.kind, "language": self.language,
            "encoding": self.encoding, "delimiter": self.delimiter,
        }  # fmt: skip

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Reading":
        kind, language = data.get("kind", ""), data.get("language", "")
        return cls(
            dict(data.get("uses", {})),
            kind if kind in set(Kind) else Kind.external,
            language if language in LANGUAGES else "zh",
            data.get("encoding", ""),
            data.get("delimiter", ""),
        )


def open_file(batch: CustomerImport, reading: Reading) -> Table:
    return open_table(
        path_of(batch.file_sha256), batch.file_name, encoding=reading.encoding, delimiter=reading.delimiter
    )


def begin(received: Received, *, unit: Unit, actor: Any) -> CustomerImport:
    """Keep a file for an import; it is read as the last one was, where its columns are called the same."""
    access.require(actor, KEEP, unit.path, what=unit.name)
    made = CustomerImport(
        unit=unit,
        file_id=store(received, actor=actor).id,
        file_name=received.name,
        file_sha256=received.sha256,
        mapping={},
        imported_by_id=getattr(actor, "id", None),
    )
    session.add(made)
    last = Reading.of(queries.find_last_mapping(made.imported_by_id))
    table = open_file(made, Reading({}))
    table.close()
    made.mapping = Reading(guess(table.header, last.uses), last.kind, last.language).as_json()
    session.flush()
    trail.record(
        made, "customer_import.received", actor=actor, code=received.name, changes={"sha256": received.sha256}
    )
    return made


def _check_open(batch: CustomerImport) -> None:
    if batch.state == "accepted":
        raise RuleViolation(_("This file is imported already."))
    job = jobs.find(batch.job_id)
    if job is not None and job.is_open:
        raise RuleViolation(_("This file is being imported right now."))


def save_reading(batch: CustomerImport, reading: Reading, *, usable: bool, actor: Any) -> None:
    access.require(actor, KEEP, batch.unit.path, what=batch.file_name)
    _check_open(batch)
    batch.mapping = reading.as_json()
    batch.state = "mapped" if usable else "received"
    session.flush()


def discard(batch: CustomerImport, *, actor: Any) -> None:
    access.require(actor, KEEP, batch.unit.path, what=batch.file_name)
    _check_open(batch)
    trail.record(batch, "customer_import.discarded", actor=actor, code=batch.file_name)
    file_id = batch.file_id
    session.delete(batch)
    session.flush()
    _let_go(file_id)


def forget_abandoned() -> int:
    """Files that nobody imported in a week go: they hold personal data."""
    old = list(
        session.scalars(
            select(CustomerImport)
            .where(
                CustomerImport.state != "accepted",
                CustomerImport.updated_at < clock.now() - timedelta(days=ABANDONED_DAYS),
            )
            .limit(100)
        )
    )
    for batch in old:
        trail.record(batch, "customer_import.discarded", actor=None, code=batch.file_name)
        file_id = batch.file_id
        session.delete(batch)
        session.flush()
        _let_go(file_id)
    return len(old)


def _let_go(file_id: int | None) -> None:
    """The bytes follow with the next sweep of the store."""
    stored = session.get(StoredFile, file_id) if file_id is not None else None
    if stored is not None:
        session.delete(stored)
        session.flush()


def look(batch: CustomerImport, reading: Reading, *, actor: Any) -> Outcome:
    """What the file would do to the register as it stands now. Raises InvalidInput for a file that can't be read."""
    table = open_file(batch, reading)
    try:
        wrong = faults(reading.uses, table.header)
        if wrong:
            raise InvalidInput(_("Say first what the columns mean."))
        rows = itertools.islice(table.rows, ROWS_MOST + 1)
        found = compare(
            rows,
            table.header,
            reading.uses,
            known=queries.known_customers(actor),
            units=queries.unit_codes(),
            allowed=queries.allowed_units(actor),
            unit_id=batch.unit_id,
            kind=reading.kind,
            language=reading.language,
        )
    finally:
        table.close()
    if found.rows > ROWS_MOST:
        raise InvalidInput(
            _("The file has more than %(most)s rows. Split it.", most=format_number(ROWS_MOST))
        )
    return found


def queue_import(batch: CustomerImport, *, actor: Any) -> jobs.Job:
    access.require(actor, KEEP, batch.unit.path, what=batch.file_name)
    session.execute(
        select(CustomerImport.id).where(CustomerImport.id == batch.id).with_for_update(of=CustomerImport)
    )
    session.refresh(batch)
    _check_open(batch)
    if batch.state != "mapped":
        raise RuleViolation(_("Say first what the columns mean."))
    job = jobs.queue(
        IMPORT_JOB, _("Import “%(file)s”", file=batch.file_name), {"import": batch.id}, actor=actor
    )
    batch.job_id = job.id
    session.flush()
    return job


def accept(import_id: int, found: Outcome, *, actor: Any) -> CustomerImport:
    """Write what the file says, as a whole. The caller has compared with the register as it is now."""
    batch = session.scalars(
        select(CustomerImport)
        .where(CustomerImport.id == import_id)
        .with_for_update(of=CustomerImport)
        .execution_options(populate_existing=True)
    ).one()
    if batch.state == "accepted":
        return batch
    if batch.state != "mapped":
        raise RuleViolation(_("The import was changed or discarded meanwhile."))
    now = clock.now()
    for start in range(0, len(found.new), CHUNK):
        session.connection().execute(
            insert(_customer),
            [
                {**row, "withdrawn_at": None, "erased_at": None, "created_at": now, "updated_at": now, "row_version": 1}
                for row in found.new[start : start + CHUNK]
            ],
        )  # fmt: skip
    _write_changes(found, now)
    batch.state, batch.accepted_at = "accepted", now
    batch.rows, batch.added, batch.changed = found.rows, len(found.new), len(found.changed)
    batch.same, batch.rejected = found.same, len(found.rejects)
    batch.rejects = [[each.line, each.field, each.reason] for each in found.rejects[:REJECTS_KEPT]]
    file_id, batch.file_id = batch.file_id, None
    session.flush()
    _let_go(file_id)
    trail.record(
        batch,
        "customer_import.accepted",
        actor=actor,
        code=batch.file_name,
        changes={
            "rows": found.rows, "added": batch.added, "changed": batch.changed, "same": batch.same,
            "rejected": batch.rejected, "sha256": batch.file_sha256,
        },
    )  # fmt: skip
    return batch


def bring_in(
    import_id: int, starter_id: int | None, progress: Callable[[int, int, str], object]
) -> Outcome | None:
    """Compared in a read transaction, written as a whole in a short one; compared again there when the register changed
    meanwhile. None when it is in already. Ends with the writing transaction open, for the caller to commit.
    """
    progress(0, 3, str(_("Comparing the file with the register")))
    with mode("read"):
        batch = queries.get_import(import_id)
        state, seen = batch.state, queries.stamp()
        found = (
            look(batch, Reading.of(batch.mapping), actor=_starter(starter_id)) if state == "mapped" else None
        )
        session.rollback()
    if found is None:
        if state == "accepted":
            return None
        raise RuleViolation(_("The import was changed or discarded meanwhile."))
    progress(2, 3, str(_("Writing the register")))
    actor = _starter(starter_id)
    if queries.stamp() != seen:
        batch = queries.get_import(import_id)
        found = look(batch, Reading.of(batch.mapping), actor=actor)
    accept(import_id, found, actor=actor)
    return found


def _starter(person_id: int | None) -> Any:
    return with_holdings(get_person(person_id)) if person_id else None


def _write_changes(found: Outcome, now: Any) -> None:
    """One statement for each set of fields that change together."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for each in found.changed:
        names = tuple(sorted(each.fields))
        groups.setdefault(names, []).append(
            {"of_id": each.id, "at": now, **{f"to_{name}": each.fields[name][1] for name in names}}
        )
    for names, rows in groups.items():
        statement = (
            update(_customer)
            .where(_customer.c.id == bindparam("of_id"))
            .values(
                updated_at=bindparam("at"),
                row_version=_customer.c.row_version + 1,
                **{name: bindparam(f"to_{name}") for name in names},
            )
        )
        for start in range(0, len(rows), CHUNK):
            session.connection().execute(statement, rows[start : start + CHUNK])
    session.expire_all()


def unit_names() -> dict[int, str]:
    return {place.id: place.name for place in places().values()}
