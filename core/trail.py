"""The trail: what was done, by whom, when, why, with differences. Append-only and hash-chained.

Operations call `record(...)`; entries are chained and written when the transaction commits, so a trail entry
exists exactly when the change does. Triggers on both engines refuse UPDATE and DELETE (migration 0001).
Each entry's hash covers its own content and the hash before it: an altered, removed or reordered entry breaks
the chain at a number that `verify` names.
"""

import hashlib
import json
import re
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import DDL, BigInteger, Index, Integer, String, Text, event, func, select, type_coerce
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from core import clock
from core.db import Model, UtcDateTime, advisory_lock, get_record, insert_of, session, table_of
from core.errors import InvalidInput
from core.i18n import _
from core.kept import Kept

GENESIS = "0" * 64
LOCK_NUMBER = 7_203_112  # advisory lock of the chain on PostgreSQL


class TrailEntry(Model):
    __tablename__ = "trail_entry"
    __table_args__ = (Index("ix_trail_entry_object", "object_type", "object_id", "seq"),)

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime, nullable=False)
    actor_id: Mapped[int | None] = mapped_column(Integer)
    actor_name: Mapped[str] = mapped_column(String(200), nullable=False)
    action: Mapped[str] = mapped_column(String(80), nullable=False, index=True)
    object_type: Mapped[str] = mapped_column(String(40), nullable=False)
    object_id: Mapped[int | None] = mapped_column(Integer)
    object_code: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    changes: Mapped[str] = mapped_column(Text, nullable=False, default="{}")
    reason: Mapped[str] = mapped_column(Text, nullable=False, default="")
    prev_hash: Mapped[str] = mapped_column(String(64), nullable=False)
    hash: Mapped[str] = mapped_column(String(64), nullable=False)

    @property
    def differences(self) -> dict[str, list[Any]]:
        """Field → [before, after]; a single fact is [None, fact]."""
        loaded: dict[str, list[Any]] = json.loads(self.changes)
        return loaded


_ddl: Any = DDL  # SQLAlchemy leaves its constructor untyped

# The same guards stand in migration 0001; these serve tables made from the models (tests).
for _verb in ("UPDATE", "DELETE"):
    event.listen(
        TrailEntry.__table__,
        "after_create",
        _ddl(
            f"CREATE TRIGGER trail_entry_no_{_verb.lower()} BEFORE {_verb} ON trail_entry "
            "BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
        ).execute_if(dialect="sqlite"),
    )
event.listen(
    TrailEntry.__table__,
    "after_create",
    _ddl(
        "CREATE OR REPLACE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'the trail is append-only'; END $$"
    ).execute_if(dialect="postgresql"),
)
event.listen(
    TrailEntry.__table__,
    "after_create",
    _ddl(
        "CREATE TRIGGER trail_entry_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON trail_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse()"
    ).execute_if(dialect="postgresql"),
)


@dataclass
class _Pending:
    record: Any
    object_type: str
    object_id: int | None
    object_code: str
    action: str
    actor_id: int | None
    actor_name: str
    changes: str
    reason: str
    at: datetime


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value))
    return str(value)


def as_json(value: Any) -> str:
    """Canonical JSON: the form that is hashed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def record(
    thing: Any,
    action: str,
    *,
    actor: Any,
    changes: dict[str, Any] | None = None,
    reason: str = "",
    code: str | None = None,
) -> None:
    """Note an action on a record. `action` is `noun.verb_in_past` ("finding.raised").

    `changes` maps a field to (before, after); a plain value stands for (None, value). `actor` may be None for
    what the system does by itself.
    """
    pairs = {
        key: list(value) if isinstance(value, tuple) and len(value) == 2 else [None, value]
        for key, value in (changes or {}).items()
    }
    pending: list[_Pending] = session().info.setdefault("trail", [])
    pending.append(
        _Pending(
            record=thing,
            object_type=thing.__tablename__,
            object_id=None,
            object_code=str(code if code is not None else getattr(thing, "code", "") or "")[:80],
            action=action,
            actor_id=getattr(actor, "id", None),
            actor_name=str(getattr(actor, "name", None) or "Plumbline")[:200],
            changes=as_json(pairs),
            reason=reason,
            at=clock.now(),
        )
    )


def changed(thing: Any, values: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Set attributes on a record and give back only what differs, in the form that `record` takes."""
    differences: dict[str, tuple[Any, Any]] = {}
    for name, value in values.items():
        before = getattr(thing, name)
        if before != value:
            differences[name] = (before, value)
            setattr(thing, name, value)
    return differences


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _digest(
    previous: str,
    seq: int,
    at: str,
    actor_id: int | None,
    actor_name: str,
    action: str,
    object_type: str,
    object_id: int | None,
    object_code: str,
    changes: str,
    reason: str,
) -> str:
    return hashlib.sha256(
        f"{previous}\x1f{seq}\x1f{at}\x1f{'' if actor_id is None else actor_id}\x1f{actor_name}\x1f{action}\x1f{object_type}"
        f"\x1f{'' if object_id is None else object_id}\x1f{object_code}\x1f{changes}\x1f{reason}".encode()
    ).hexdigest()


def entry_hash(entry: dict[str, Any]) -> str:
    """SHA-256 over the previous hash and the entry's own content, in a fixed order."""
    return _digest(
        entry["prev_hash"],
        entry["seq"],
        _moment(entry["at"]),
        entry["actor_id"],
        entry["actor_name"],
        entry["action"],
        entry["object_type"],
        entry["object_id"],
        entry["object_code"],
        entry["changes"],
        entry["reason"],
    )


_table = table_of(TrailEntry)
_HEAD = Kept(select(_table.c.seq, _table.c.hash).order_by(_table.c.seq.desc()).limit(1))
_APPEND = Kept(insert_of(TrailEntry))


@event.listens_for(Session, "before_commit")
def _write(current: Session) -> None:
    pending: list[_Pending] = current.info.get("trail", [])
    if not pending or current.in_nested_transaction():  # the release of a savepoint is not yet the commit
        return
    current.flush()
    current.info["trail"] = []
    advisory_lock(LOCK_NUMBER)
    connection = current.connection()
    head = _HEAD.first(connection)
    seq, previous = (head.seq, head.hash) if head else (0, GENESIS)
    for item in pending:
        seq += 1
        row: dict[str, Any] = {
            "seq": seq,
            "at": item.at,
            "actor_id": item.actor_id,
            "actor_name": item.actor_name,
            "action": item.action,
            "object_type": item.object_type,
            "object_id": getattr(item.record, "id", None),
            "object_code": item.object_code or str(getattr(item.record, "code", "") or "")[:80],
            "changes": item.changes,
            "reason": item.reason,
            "prev_hash": previous,
        }
        row["hash"] = previous = entry_hash(row)
        _APPEND.run(connection, **row)


#: how many entries were pending when a savepoint began
_marks: weakref.WeakKeyDictionary[SessionTransaction, int] = weakref.WeakKeyDictionary()


@event.listens_for(Session, "after_transaction_create")
def _mark(current: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        _marks[transaction] = len(current.info.get("trail", ()))


@event.listens_for(Session, "after_soft_rollback")
def _forget(current: Session, transaction: SessionTransaction) -> None:
    """A rollback forgets what was noted since its savepoint, or everything; what came before stays noted."""
    undone: SessionTransaction | None = transaction
    while undone is not None and not undone.nested:
        undone = undone.parent
    del current.info.get("trail", [])[_marks.get(undone, 0) if undone is not None else 0 :]


def get_entry(seq: int) -> TrailEntry:
    return get_record(TrailEntry, seq)


def entry_is_whole(entry: TrailEntry) -> bool:
    """Does this one entry still match its own hash? (`verify` looks at the whole chain.)"""
    content = {column.key: getattr(entry, column.key) for column in TrailEntry.__table__.columns}
    return entry_hash(content) == entry.hash


def parse_head(text: str) -> tuple[int, str] | None:
    """`NUMBER:HASH` as noted earlier; None for an empty text."""
    if not text.strip():
        return None
    number, _sep, digest = text.strip().partition(":")
    if not re.fullmatch(r"[0-9]{1,15}", number) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise InvalidInput(_("A noted head has the form NUMBER:HASH, the hash with 64 digits."))
    return int(number), digest


def history(thing: Any, *, limit: int = 200) -> list[TrailEntry]:
    """Entries of one record, newest first."""
    return list(
        session.scalars(
            select(TrailEntry)
            .where(TrailEntry.object_type == thing.__tablename__, TrailEntry.object_id == thing.id)
            .order_by(TrailEntry.seq.desc())
            .limit(limit)
        )
    )


@dataclass(frozen=True)
class Fault:
    seq: int
    kind: str  # altered | removed | reordered
    sentence: str


def _stored(batch: int) -> Iterator[tuple[Any, ...]]:
    """All entries in order, plain: previous hash, content as it was hashed, hash. Times come as text from the
    database, since making a million datetimes takes longer than a million hashes."""
    if session.get_bind().dialect.name == "sqlite":
        moment = func.replace(type_coerce(TrailEntry.at, String), " ", "T").concat("Z")
    else:
        moment = func.to_char(func.timezone("UTC", TrailEntry.at), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    statement = (
        select(
            TrailEntry.prev_hash,
            TrailEntry.seq,
            moment,
            TrailEntry.actor_id,
            TrailEntry.actor_name,
            TrailEntry.action,
            TrailEntry.object_type,
            TrailEntry.object_id,
            TrailEntry.object_code,
            TrailEntry.changes,
            TrailEntry.reason,
            TrailEntry.hash,
        )
        .order_by(TrailEntry.seq)
        .execution_options(yield_per=batch)
    )
    for part in session.execute(statement).partitions():
        yield from part


def verify(
    *,
    expected_head: tuple[int, str] | None = None,
    batch: int = 5000,
    progress: Callable[[int], None] | None = None,
) -> tuple[int, list[Fault]]:
    """Walk the whole chain. Gives the number of entries and the faults (first 100).

    A chain alone can't show that its tail was cut off; `expected_head` (number and hash, as printed in a pack
    or noted elsewhere) does.
    """
    faults: list[Fault] = []
    previous, expected_seq, count = GENESIS, 1, 0
    head_seen = expected_head is None
    for entry in _stored(batch):
        count += 1
        before, seq, stored = entry[0], entry[1], entry[11]
        if seq != expected_seq:
            missing = f"{expected_seq}" if seq - expected_seq == 1 else f"{expected_seq}–{seq - 1}"
            faults.append(Fault(expected_seq, "removed", _("entry %(number)s is missing", number=missing)))
        elif before != previous:
            faults.append(
                Fault(seq, "reordered", _("entry %(number)s does not follow the entry before it", number=seq))
            )
        if _digest(*entry[:11]) != stored:
            faults.append(
                Fault(
                    seq,
                    "altered",
                    _("entry %(number)s was altered: its content does not match its hash", number=seq),
                )
            )
        if expected_head is not None and seq == expected_head[0] and stored == expected_head[1]:
            head_seen = True
        previous, expected_seq = stored, seq + 1
        if progress is not None and count % 20_000 == 0:
            progress(count)
        if len(faults) >= 100:
            break
    if not head_seen and expected_head is not None:
        faults.append(
            Fault(
                expected_head[0],
                "removed",
                _("the noted entry %(number)s is not in the trail any more", number=expected_head[0]),
            )
        )
    return count, faults


def head() -> tuple[int, str]:
    """Number and hash of the last entry: what is printed in a pack to prove later that nothing was cut off."""
    row = session.execute(
        select(TrailEntry.seq, TrailEntry.hash).order_by(TrailEntry.seq.desc()).limit(1)
    ).first()
    return (row.seq, row.hash) if row else (0, GENESIS)
