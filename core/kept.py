"""Statements that every request runs: compiled once a process, then handed to the driver with nothing in between.

Running a statement the ordinary way costs several times what the database needs for it, and a page runs the same five
each time. A kept statement runs on the session's own connection, in its transaction, with the types of its columns;
like any statement of `session.connection()` it does not flush what the session still holds. When somebody listens to
the engine's statements (tests that count them, a log), it takes the ordinary way, so that it is seen.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError

Process = Callable[[Any], Any] | None
_WANTED = object()  # a parameter that has no value of its own


class _Plan:
    """One statement in the words of one driver."""

    def __init__(self, statement: Any, compiled: Any, dialect: Dialect) -> None:
        self.sql: str = compiled.string
        self.dialect = dialect
        self.positional = bool(compiled.positional)
        names = list(compiled.positiontup or ()) if self.positional else list(compiled.binds)
        given = compiled.construct_params(_check=False)
        self.parameters: list[tuple[str, Any, Process]] = []
        for name in names:
            process = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            fixed = _WANTED if compiled.binds[name].required else given.get(name)
            if process is not None and fixed is not None and fixed is not _WANTED:
                fixed = process(fixed)
            self.parameters.append((name, fixed, process))
        self.names = names
        columns = statement.selected_columns if statement.is_select else statement.exported_columns
        self.types = [column.type.dialect_impl(dialect) for column in columns]
        labels = [column.key or f"column_{place}" for place, column in enumerate(columns)]
        self.row: Any = namedtuple("Row", labels, rename=True)  # type: ignore[misc]  # noqa: PYI024 - made at run time
        self.processes: list[tuple[int, Callable[[Any], Any]]] | None = None

    def bound(self, values: dict[str, Any]) -> Any:
        found: list[Any] = []
        for name, fixed, process in self.parameters:
            if name in values:
                value = values[name]
                found.append(value if process is None else process(value))
            elif fixed is _WANTED:
                raise KeyError(f"the statement wants a value for {name}")
            else:
                found.append(fixed)
        return found if self.positional else dict(zip(self.names, found, strict=True))

    def read(self, cursor: Any) -> list[Any]:
        rows = cursor.fetchall()
        if self.processes is None:
            self.processes = [
                (place, process)
                for place, (kind, described) in enumerate(zip(self.types, cursor.description, strict=True))
                if (process := kind.result_processor(self.dialect, described[1])) is not None
            ]
        make = self.row._make
        if not self.processes:
            return [make(row) for row in rows]
        found = []
        for row in rows:
            values = list(row)
            for place, process in self.processes:
                values[place] = process(values[place])
            found.append(make(values))
        return found


class Kept:
    """A statement whose text never changes; its values are given by name at each run, on `session.connection()`."""

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self._plans: dict[str, _Plan | None] = {}

    def _plan(self, dialect: Dialect) -> _Plan | None:
        """None for a statement with lists of values, whose text differs from run to run."""
        try:
            return self._plans[dialect.name]
        except KeyError:
            compiled = self.statement.compile(dialect=dialect)
            varies = compiled.post_compile_params or compiled.literal_execute_params
            plan = None if varies else _Plan(self.statement, compiled, dialect)
            self._plans[dialect.name] = plan
            return plan

    def _run(self, connection: Connection, values: dict[str, Any]) -> Sequence[Any]:
        dialect = connection.dialect
        plan = self._plan(dialect)
        seen = connection.dispatch
        if plan is None or seen.before_cursor_execute or seen.after_cursor_execute:
            result = connection.execute(self.statement, values)
            return result.all() if result.returns_rows else ()
        parameters = plan.bound(values)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(plan.sql, parameters)
            return plan.read(cursor) if plan.types and cursor.description else ()
        except dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(
                plan.sql, parameters, error, dialect.loaded_dbapi.Error, dialect=dialect
            ) from error
        finally:
            cursor.close()

    def all(self, connection: Connection, /, **values: Any) -> list[Any]:
        return list(self._run(connection, values))

    def first(self, connection: Connection, /, **values: Any) -> Any:
        """The first row, or None."""
        found = self._run(connection, values)
        return found[0] if found else None

    def scalar(self, connection: Connection, /, **values: Any) -> Any:
        """The first value of the first row, or None."""
        found = self._run(connection, values)
        return found[0][0] if found else None

    def run(self, connection: Connection, /, **values: Any) -> None:
        """For what gives nothing back."""
        self._run(connection, values)
