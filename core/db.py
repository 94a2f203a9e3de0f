"""The database: engine settings for SQLite and PostgreSQL, column types, codes, optimistic locking.

SQLite runs in WAL with synchronous=FULL. Writers queue on a file lock before BEGIN IMMEDIATE: SQLite's own
busy handler lets eight writers starve each other for half a second, a lock with a queue does not.
A transaction that only reads is refused every write by the engine itself.
"""

import contextlib
import contextvars
import fcntl
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    bindparam,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    SessionTransaction,
    declared_attr,
    mapped_column,
    registry,
    scoped_session,
)
from sqlalchemy.pool import ConnectionPoolEntry

from core import clock
from core.errors import EditConflict, NotFound
from core.kept import Kept

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes in and out, on both engines; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time can't be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Any:
        """SQLite keeps text: written and read in one step instead of three, since a list has hundreds of times."""
        return _written if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        return _read if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _written(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"a naive time can't be stored: {value!r}")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _read(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(naming_convention=NAMING), type_annotation_map={datetime: UtcDateTime()}
    )


class OneDatabase(FlaskSession):
    """There is one database: which engine to ask, and on which connection, is found once a transaction instead of
    once a statement."""

    _engine: Any = None
    _held: Any = None  # the connection of the transaction that is under way

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **more: Any) -> Any:
        if bind is not None:
            return bind
        if self._engine is None:
            self._engine = super().get_bind(mapper, clause, **more)
        return self._engine

    def connection(self, *arguments: Any, **more: Any) -> Any:
        if (
            arguments or more or self.in_nested_transaction()
        ):  # a savepoint begins when its connection is asked for
            return super().connection(*arguments, **more)
        if self._held is None or not self.is_active:
            self._held = super().connection()
        return self._held


@event.listens_for(OneDatabase, "after_transaction_end")
def _let_go(current: OneDatabase, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        current._held = None  # noqa: SLF001 - of this file


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"class_": OneDatabase})
SPARE = "spare_sessions"  # of an application: sessions that were closed


def use_again(app: Flask) -> None:
    """A session that was closed is as good as new, and a new one costs each request as much as two statements."""
    spare: list[Any] = app.extensions.setdefault(SPARE, [])

    def put_by(_error: BaseException | None) -> None:
        registry = db.session.registry
        if registry.has():
            current = registry()
            current.close()
            registry.clear()
            current.info.clear()
            current.expire_on_commit = True
            spare.append(current)

    app.teardown_appcontext(put_by)  # runs before the extension's own, which then finds nothing to remove


def _spare_or_new() -> Any:
    try:
        return current_app.extensions[SPARE].pop()
    except (KeyError, IndexError):
        return db.session.session_factory()


db.session.registry.createfunc = _spare_or_new

if TYPE_CHECKING:

    class Model(Base):
        __abstract__ = True

    session: scoped_session[Session]
else:
    Model = db.Model

session = db.session  # type: ignore[assignment,unused-ignore]  # a subclass of Session

Record = TypeVar("Record", bound=Base)

#: "read" for a request that may not change anything, "write" for everything else.
transaction_mode: contextvars.ContextVar[str] = contextvars.ContextVar("transaction_mode", default="write")


@contextlib.contextmanager
def mode(name: str) -> Iterator[None]:
    token = transaction_mode.set(name)
    try:
        yield
    finally:
        transaction_mode.reset(token)


def get_record(model: type[Record], key: Any, *options: Any) -> Record:
    """The record with this key. Raises NotFound."""
    found = session.get(model, key, options=options or None)
    if found is None:
        raise NotFound
    return found


def begin_writing() -> None:
    """In a view of `short_transaction`: what was read so far is let go, and from here on the request writes and commits
    like any other, its receipt included."""
    session.rollback()
    transaction_mode.set("write")


def table_of(model: type[Base]) -> Table:
    """The plain table of a model: for statements that need no objects and none of the mapper's work."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def insert_of(model: type[Base]) -> Any:
    """The INSERT of every column by its name, to be kept."""
    table = table_of(model)
    return insert(table).values(
        {column.name: bindparam(column.name, type_=column.type) for column in table.columns}
    )


class Keyed:
    """Integer key; people see codes."""

    id: Mapped[int] = mapped_column(Integer, primary_key=True)


class Editable(Keyed):
    """A record people edit: creation and last change, and the version that optimistic locking compares."""

    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)
    row_version: Mapped[int] = mapped_column(Integer, nullable=False, default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - declared_attr passes the class
        return {"version_id_col": cls.row_version}


def expect_version(record: Any, seen: int | None, *, what: str, fields: list[str]) -> None:
    """Refuse to overwrite what somebody else saved meanwhile.

    `seen` is the version that the person's form was made from; `fields` are shown side by side on a clash.
    """
    if seen is None or record.row_version == seen:
        return
    raise EditConflict(
        what,
        version=record.row_version,
        current={name: getattr(record, name, None) for name in fields},
        saved_at=record.updated_at,
        record=(record.__tablename__, record.id),
    )


class Counter(Model):
    """Last number given in a series of codes; the row is locked until the transaction ends, so there are no gaps."""

    __tablename__ = "counter"

    series: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last: Mapped[int] = mapped_column(Integer, nullable=False, default=0)


_counter = table_of(Counter)
_COUNT_UP = Kept(
    update(_counter)
    .where(_counter.c.series == bindparam("of_series"), _counter.c.year == bindparam("of_year"))
    .values(last=_counter.c.last + 1)
    .returning(_counter.c.last)
)


def next_code(series: str, *, year: int | None = None) -> str:
    """The next code of a series: `STD-0001`, or with a year `FND-2026-0001`. Gap-free, safe under concurrency."""
    key = year or 0
    number = _COUNT_UP.scalar(session.connection(), of_series=series, of_year=key)
    if number is None:
        _open_series(series, key)
        number = _COUNT_UP.scalar(session.connection(), of_series=series, of_year=key)
    return f"{series}-{year}-{number:04d}" if year else f"{series}-{number:04d}"


def _open_series(series: str, key: int) -> None:
    engine = session.get_bind().dialect.name
    if engine == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]  # same call on both engines
    session.execute(insert(Counter).values(series=series, year=key, last=0).on_conflict_do_nothing())


def unit_ref(*, nullable: bool = False) -> Any:
    """A column that points at a unit of the organisation (the table belongs to accounts, above core)."""
    return mapped_column(ForeignKey("unit.id"), nullable=nullable, index=True)


# --- engines -------------------------------------------------------------------------------------------------


def prepare_engine(engine: Engine) -> None:
    """Attach what every connection needs. Call once per engine."""
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _prepare_postgresql(engine)


def _prepare_sqlite(engine: Engine) -> None:
    lock_file = f"{engine.url.database}.lock" if engine.url.database else None

    @event.listens_for(engine, "connect")
    def connect(connection: Any, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=30000",
            "cache_size=-8000",
            "temp_store=MEMORY",
            "wal_autocheckpoint=4000",  # pages: what is written again and again goes into the file once, not each time
        ):
            connection.execute(f"PRAGMA {pragma}")
        record.info["lock"] = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600) if lock_file else None
        record.info["held"] = False
        record.info["query_only"] = False

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        raw = connection.connection.driver_connection
        info = connection.connection.info
        reading = transaction_mode.get() == "read"
        if (
            info["query_only"] != reading
        ):  # said only when it changes: SQLite then prepares every statement anew
            raw.execute(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
            info["query_only"] = reading
        if reading:
            raw.execute("BEGIN")
            return
        if info["lock"] is not None and not info["held"]:
            fcntl.flock(info["lock"], fcntl.LOCK_EX)
            info["held"] = True
        try:
            raw.execute("BEGIN IMMEDIATE")
        except BaseException:
            _release(info)
            raise

    @event.listens_for(engine, "checkin")
    def checkin(_connection: Any, record: ConnectionPoolEntry) -> None:
        _release(record.info)

    @event.listens_for(engine, "close")
    def close(_connection: Any, record: ConnectionPoolEntry) -> None:
        _release(record.info)
        descriptor = record.info.pop("lock", None)
        if descriptor is not None:
            os.close(descriptor)


def _release(info: dict[str, Any]) -> None:
    if info.get("held"):
        fcntl.flock(info["lock"], fcntl.LOCK_UN)
        info["held"] = False


def _prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # psycopg sends BEGIN with the first statement, so the attribute still decides READ ONLY
        connection.connection.driver_connection.read_only = transaction_mode.get() == "read"


def survive(write: Callable[[], None]) -> None:
    """Keep something although the request will be refused (a wrong password at a signature): `write` runs in a
    transaction of its own once the present one is over."""
    session().info.setdefault("survivors", []).append(write)


def write_survivors() -> None:
    """At the end of a request, after its commit or rollback."""
    writes: list[Callable[[], None]] = session().info.pop("survivors", [])
    for write in writes:
        write()
    if writes:
        session.commit()


def advisory_lock(number: int) -> None:
    """Serialise a short piece of work until the end of the transaction (SQLite has one writer anyway)."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy import func

        session.execute(select(func.pg_advisory_xact_lock(number)))
