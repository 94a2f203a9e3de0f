"""One record by a plain statement, where people wait for it; the unit of work serves everywhere else.

What it takes for a single row is a third of the unit of work's time. The record belongs to the session afterwards like
any other; docs/decisions/0008 has the figures.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeVar

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import class_mapper
from sqlalchemy.orm.attributes import instance_state as object_state
from sqlalchemy.orm.attributes import manager_of_class, set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from core import clock
from core.db import session, table_of
from core.kept import Kept

Kind = TypeVar("Kind")


def insert_now(model: type[Kind], values: dict[str, Any]) -> Kind:
    """Write one new record, given by attribute, by a plain statement at once; it then belongs to the session like any
    other."""
    mapper = class_mapper(model)
    made = {}
    for key, _column, default in _columns_of(mapper):
        made[key] = values[key] if key in values else default() if default is not None else None
    unknown = values.keys() - made.keys()
    if unknown:
        raise TypeError(f"{model.__name__} has no column {', '.join(sorted(unknown))}")
    columns = {column: made[key] for key, column, _default in _columns_of(mapper)}
    made["id"] = _insert_into(mapper).scalar(session.connection(), **columns)
    return known(model, made)


def update_now(record: Any, values: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Write a change of one record by a plain statement at once, and give back what differs, as the trail takes it.

    The row must still be the one that was read; if somebody saved meanwhile, this is a stale record as in the unit of
    work.
    """
    changes = {
        name: (before, value) for name, value in values.items() if (before := getattr(record, name)) != value
    }
    if changes:
        written = {name: value for name, (_before, value) in changes.items()}
        written |= {"updated_at": clock.now(), "row_version": record.row_version + 1}
        statement = _update_of(object_state(record).mapper, tuple(written))
        if not statement.scalar(
            session.connection(), of_id=record.id, of_version=record.row_version, **written
        ):
            raise StaleDataError
        for name, value in written.items():
            set_committed_value(record, name, value)
    return changes


@cache
def _update_of(mapper: Any, names: tuple[str, ...]) -> Kept:
    table = mapper.local_table
    return Kept(
        update(table)
        .where(table.c.id == bindparam("of_id"), table.c.row_version == bindparam("of_version"))
        .values({name: bindparam(name, type_=table.c[name].type) for name in names})
        .returning(table.c.id)
    )


@cache
def reading(model: type[Any]) -> Kept:
    """All columns of one record by its number; see `known`."""
    table = table_of(model)
    return Kept(select(*table.columns).where(table.c.id == bindparam("of_id")))


def known(model: type[Kind], values: dict[str, Any]) -> Kind:
    """A record of the session made from all its columns as they were just read, by attribute."""
    key = class_mapper(model).identity_key_from_primary_key((values["id"],))
    found = session.identity_map.get(key)
    if found is not None:
        return found
    made: Kind = manager_of_class(model).new_instance()
    state = object_state(made)
    state.dict.update(values)
    state.key = key  # with its key it is a row that exists, nothing of it to be written
    session()._save_or_update_impl(state)  # noqa: SLF001 - `add` without its search of relations, of which there are none yet
    return made


@cache
def _insert_into(mapper: Any) -> Kept:
    table = mapper.local_table
    names = [column for _key, column, _default in _columns_of(mapper)]
    return Kept(
        insert(table)
        .values({name: bindparam(name, type_=table.c[name].type) for name in names})
        .returning(table.c.id)
    )


@cache
def _columns_of(mapper: Any) -> list[tuple[str, str, Callable[[], Any] | None]]:
    """Attribute, column and default of each column but the key; a column without a default is empty."""
    found = []
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        if column.primary_key:
            continue
        default: Callable[[], Any] | None = None
        if column.default is not None:
            given = column.default.arg
            default = partial(given, None) if callable(given) else partial(_same, given)
        found.append((attribute.key, column.key, default))
    return found


def _same(value: Any) -> Any:
    return value
