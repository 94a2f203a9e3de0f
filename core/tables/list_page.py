"""The declaration of a list, and how it answers a request: as a page or as a file."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask import Response, render_template, request
from markupsafe import Markup
from sqlalchemy import Integer, Select, bindparam, func, select

from core import clock
from core.db import session
from core.kept import Kept
from core.tables.columns import Column, Empty, Filter, matching
from core.tables.listing import LAST_PAGE, PAGE_SIZE, Listing

COUNT_LIMIT = 2_000
EXPORT_LIMIT = 100_000
KEPT = 200  # statements kept for a list

Asked = Select[Any] | Kept


def _ask(statement: Asked, values: dict[str, Any]) -> list[Any]:
    """Rows, not objects: the mapper has nothing to do."""
    connection = session.connection()
    if isinstance(statement, Kept):
        return statement.all(connection, **values)
    return list(connection.execute(statement, values).all())


class ListPage:
    """Declaration of a list: what it can show, sort, filter, search and export.

    `statement` gives the SELECT of labelled columns, already restricted to what the person may see; `tie` is the
    unique column that makes the order total. `taken_at` is the endpoint that notes who takes the list as a file, and
    sends it: for lists of personal data.
    """

    def __init__(
        self,
        key: str,
        title: Any,
        *,
        columns: Sequence[Column],
        tie: Any,
        default_sort: str,
        filters: Sequence[Filter] = (),
        search: Sequence[Any] = (),
        search_label: Any = None,
        empty: Callable[[], Empty] | None = None,
        context: Callable[[], Any] | None = None,
        taken_at: str = "",
    ) -> None:
        self.key = key
        self.title = title
        self.columns = columns
        self.tie = tie
        self.default_sort = default_sort
        self.filters = filters
        self.search = search
        self.search_label = search_label
        self.empty = empty
        self.context = context
        self.taken_at = taken_at
        self._by_key = {column.key: column for column in columns}
        self._kept: dict[Any, tuple[Select[Any], Kept, Kept]] = {}

    def _chosen_columns(self) -> list[Column]:
        wanted = [key for key in request.args.get("cols", "").split(",") if key in self._by_key][
            : len(self.columns)
        ]
        if wanted:
            return [column for column in self.columns if column.key in wanted]
        return [column for column in self.columns if column.shown]

    def _asked(self) -> tuple[dict[str, str], str, str]:
        """Filters, words and order of the URL; what is unknown falls back to the default."""
        chosen = {item.key: request.args.get(item.key, item.default)[:80] for item in self.filters}
        q = " ".join(request.args.get("q", "").replace("\x00", "").split())[:100]
        sort = request.args.get("sort", self.default_sort)[:60]
        column = self._by_key.get(sort.lstrip("-"))
        return chosen, q, sort if column is not None and column.sort is not None else self.default_sort

    def _restrict(self, statement: Select[Any], chosen: dict[str, str], q: str) -> Select[Any]:
        """Adds the conditions; a value that no filter knows is dropped from `chosen`."""
        for item in self.filters:
            value = chosen[item.key]
            if not value or value == "*":
                continue
            condition = item.apply(value)
            if condition is None:
                del chosen[item.key]
            else:
                statement = statement.where(condition)
        if q and self.search:
            statement = statement.where(matching(q, *self.search))
        return statement

    def _order(self, statement: Select[Any], sort: str) -> Select[Any]:
        expression, tie = self._by_key[sort.lstrip("-")].sort, self.tie
        if sort.startswith("-"):
            expression, tie = expression.desc(), tie.desc()
        return statement.order_by(expression, tie)

    def _statements(
        self, statement: Select[Any], chosen: dict[str, str], q: str, sort: str
    ) -> tuple[Asked, Asked]:
        """The count and the rows. Kept when the room hands in the same statement object and only fixed filters are set:
        building and keying a statement costs more than running it."""
        key = None
        if not q and all(item.fixed or chosen[item.key] in {"", "*"} for item in self.filters):
            key = (id(statement), tuple(chosen.items()), sort)
            found = self._kept.get(key)
            if found is not None and found[0] is statement:
                return found[1], found[2]
        restricted = self._restrict(statement, chosen, q)
        inner = (
            restricted.with_only_columns(self.tie, maintain_column_froms=True)
            .order_by(None)
            .limit(COUNT_LIMIT + 1)
        )
        count = select(func.count()).select_from(inner.subquery())
        rows = (
            self._order(restricted, sort)
            .limit(bindparam("page_size", PAGE_SIZE, type_=Integer))
            .offset(bindparam("page_start", type_=Integer))
        )
        if key is not None and len(chosen) == len(self.filters):
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[key] = statement, Kept(count), Kept(rows)
            return self._kept[key][1:]
        return count, rows

    def run(self, statement: Select[Any], values: dict[str, Any] | None = None) -> Listing:
        """The list as asked for by the URL. `values` fill the statement's own parameters."""
        given = values or {}
        chosen, q, sort = self._asked()
        count, ordered = self._statements(statement, chosen, q, sort)
        page = min(max(1, request.args.get("page", 1, type=int) or 1), LAST_PAGE)
        rows = _ask(ordered, {**given, "page_start": (page - 1) * PAGE_SIZE})
        total = len(rows) if page == 1 and len(rows) < PAGE_SIZE else _ask(count, given)[0][0]
        capped = total > COUNT_LIMIT
        total = min(total, COUNT_LIMIT)
        last = max(1, -(-total // PAGE_SIZE))
        if not capped and page > last:  # a page past the end: the last one is shown
            page = last
            rows = _ask(ordered, {**given, "page_start": (page - 1) * PAGE_SIZE})
        listing = Listing(
            self,
            rows,
            self._chosen_columns(),
            total,
            capped,
            page,
            q,
            chosen,
            sort,
            self.empty() if self.empty and not rows else None,
        )
        listing.options = {item.key: list(item.options()) for item in self.filters}
        return listing

    def answer(
        self, template: str, statement: Select[Any], values: dict[str, Any] | None = None, **context: Any
    ) -> Any:
        """The list as a file when one is asked for, else its page: the template with `listing` and what it needs."""
        exported = self.export(statement, values) if not self.taken_at else None
        if exported is not None:
            return exported
        return render_template(template, listing=self.run(statement, values), **context)

    def count(self, statement: Select[Any], values: dict[str, Any] | None = None) -> int:
        """How many rows the file has."""
        chosen, q, _sort = self._asked()
        asked = self._restrict(statement, chosen, q).limit(EXPORT_LIMIT)
        return int(_ask(select(func.count()).select_from(asked.subquery()), values or {})[0][0])

    @property
    def exported_columns(self) -> list[str]:
        """Keys of the columns that the file has."""
        return [column.key for column in self._chosen_columns()]

    def export(self, statement: Select[Any], values: dict[str, Any] | None = None) -> Response | None:
        """The whole list as asked for (`?export=csv|xlsx`), or None when a page is wanted."""
        form = request.args.get("export")
        if form not in {"csv", "xlsx"}:
            return None
        from core.documents.downloads import table_file

        chosen, q, sort = self._asked()
        ordered = self._order(self._restrict(statement, chosen, q), sort)
        columns = self._chosen_columns()
        more = () if self.context is None else (self.context(),)
        header = [str(column.label) for column in columns]
        rows = session.execute(ordered.limit(EXPORT_LIMIT).execution_options(yield_per=1000), values or {})
        table = ([_plain(column, row, more) for column in columns] for row in rows)
        return table_file(f"{self.key}-{clock.now():%Y%m%d}.{form}", header, table)


def _plain(column: Column, row: Any, more: tuple[Any, ...]) -> Any:
    value = (column.export or column.cell)(row, *more)
    if isinstance(value, Markup):
        return value.striptags()
    return value if isinstance(value, int | float | date | str) or value is None else str(value)
