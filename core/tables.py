"""List pages, all by one mechanism: sort, filter, search, page, choose columns, state in the URL, export.

A room declares a `ListPage` once, with SQL columns (rows, not objects) and small functions that print a cell.
The page costs at most two statements however many rows there are: the rows, and a count that stops at 2,000.
"""

import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote_plus, urlencode

from flask import Response, request, send_file, url_for
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, or_, select

from core import clock
from core.db import session
from core.i18n import _, format_number
from core.kept import Kept

PAGE_SIZE = 50
COUNT_LIMIT = 2_000
LAST_PAGE = 200
EXPORT_LIMIT = 100_000
KEPT = 200  # statements kept for a list


@dataclass(frozen=True)
class Column:
    """One column. `cell` prints a row for the page; `export` gives the plain value for CSV and XLSX.

    Both take the row, and as second argument the list's `context` when it has one. The text of a `safe` cell is HTML
    made of escaped parts; any other is escaped unless it is Markup.
    """

    key: str
    label: Any
    cell: Callable[..., Any]
    sort: Any = None
    export: Callable[..., Any] | None = None
    shown: bool = True
    css: str = ""
    descending: bool = False  # first click sorts this way
    safe: bool = False


@dataclass(frozen=True)
class Filter:
    """A native select in the filter bar. `apply` gives the condition for a chosen value, or None for a wrong one."""

    key: str
    label: Any
    options: Callable[[], Sequence[tuple[str, Any]]]
    apply: Callable[[str], ColumnElement[bool] | None]
    any_label: Any = None
    default: str = ""
    fixed: bool = False  # the condition of a value never changes: its statement may be kept


@dataclass(frozen=True)
class Empty:
    """What an empty list says: what will appear here, from where, and the first action."""

    title: Any
    text: Any
    action: tuple[str, Any] | None = None  # url, label


@dataclass
class Listing:
    """A list as asked for by the URL, ready to print."""

    page_def: "ListPage"
    rows: list[Any]
    columns: list[Column]
    total: int
    capped: bool
    page: int
    q: str
    chosen: dict[str, str]
    sort: str
    empty: Empty | None
    options: dict[str, Sequence[tuple[str, Any]]] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Does this page have as many rows as a page can have, so that another may follow?"""
        return len(self.rows) == PAGE_SIZE

    @property
    def count_text(self) -> str:
        return format_number(self.total) + ("+" if self.capped else "")

    @property
    def pages(self) -> int:
        known = -(-self.total // PAGE_SIZE)
        return max(1, min(LAST_PAGE, max(known, self.page + 1) if self.capped and self.full else known))

    @property
    def filtered(self) -> bool:
        return bool(self.q) or any(
            self.chosen.get(item.key, item.default) != item.default for item in self.page_def.filters
        )

    @property
    def body(self) -> Markup:
        """The rows as HTML: fifty rows of eight cells are put together by plain string work, an eighth of the time
        that a template takes. What is not marked as safe is escaped here."""
        make = self.page_def.context
        more = () if make is None else (make(),)
        opening, columns = "<tr>", []
        for column in self.columns:
            opening += f'<td class="{column.css}">' if column.css else "<td>"
            columns.append((opening, column.cell, column.safe))
            opening = "</td>"
        parts: list[str] = []
        append = parts.append
        for row in self.rows:
            for before, cell, safe in columns:
                value = cell(row, *more)
                append(before)
                append(value if safe or type(value) is Markup else escaped(value))
            append("</td></tr>\n")
        return Markup("".join(parts))  # noqa: S704 - each part is escaped or marked above

    @property
    def selects(self) -> Markup:
        """The filter bar's selects, by plain string work as well: a tree of units is forty options."""
        parts = []
        for item in self.page_def.filters:
            chosen = self.chosen.get(item.key, "")
            parts.append(
                f'<label class="small">{escape(item.label)} <select class="form-select" name="{item.key}">'
                f'<option value="{"*" if item.default else ""}">{escape(item.any_label or _("All"))}</option>'
            )
            options = _options(tuple((value, str(text)) for value, text in self.options[item.key]))
            if chosen:
                value = f' value="{escaped(chosen)}"'
                options = options.replace(f"{value}>", f"{value} selected>")
            parts.append(options)
            parts.append("</select></label>")
        return Markup("".join(parts))  # noqa: S704 - every part is escaped

    @property
    def column_boxes(self) -> Markup:
        """Boxes to choose columns by."""
        parts = []
        for column in self.page_def.columns:
            mark = " checked" if column in self.columns else ""
            parts.append(
                f'<label><input class="form-check-input" type="checkbox" value="{column.key}"{mark}> '
                f"{escape(column.label)}</label>"
            )
        return Markup("".join(parts))  # noqa: S704 - every part is escaped

    @property
    def heads(self) -> Markup:
        """The header row's cells, each with its sorting address."""
        parts = []
        for column in self.columns:
            css = f' class="{column.css}"' if column.css else ""
            order = self.sorted_by(column)
            aria = f' aria-sort="{order}"' if order else ""
            label = escape(column.label)
            inner = (
                f'<a href="{escape(self.sort_url(column))}">{label}</a>' if column.sort is not None else label
            )
            parts.append(f'<th scope="col"{css}{aria}>{inner}</th>')
        return Markup("".join(parts))  # noqa: S704 - every part is escaped

    @cached_property
    def _asked(self) -> list[tuple[str, str]]:
        """What the address asks for, each part ready for another address."""
        return [
            (key, urlencode({key: value}))
            for key, value in request.args.items()
            if key not in {"page", "export", "lang"}
        ]

    def url(self, **changes: Any) -> str:
        """This list with something else: `url(sort="-due")`, `url(page=2)`, `url(q=None)`."""
        parts = [part for key, part in self._asked if key not in changes]
        parts += [
            f"{key}={quote_plus(str(value))}"
            for key, value in changes.items()
            if value is not None and value != ""
        ]
        return f"{request.path}?{'&'.join(parts)}" if parts else request.path

    @property
    def clear_url(self) -> str:
        return request.path

    def sort_url(self, column: Column) -> str:
        if self.sort.lstrip("-") == column.key:
            return self.url(sort=column.key if self.sort.startswith("-") else f"-{column.key}")
        return self.url(sort=f"-{column.key}" if column.descending else column.key)

    def sorted_by(self, column: Column) -> str:
        """Value of aria-sort."""
        if self.sort.lstrip("-") != column.key:
            return ""
        return "descending" if self.sort.startswith("-") else "ascending"

    @property
    def filter_sentence(self) -> str:
        """The filters in words, for the page that finds nothing."""
        parts = []
        for item in self.page_def.filters:
            value = self.chosen.get(item.key, "")
            if value:
                label = next((str(text) for key, text in self.options[item.key] if str(key) == value), value)
                label = str(item.any_label or _("All")) if value == "*" else label
                parts.append(f"{item.label}: {label}")
        if self.q:
            parts.append(_("Search: “%(words)s”", words=self.q))
        return " · ".join(parts)

    @property
    def page_links(self) -> list[int | None]:
        """Page numbers to show, None for a gap."""
        wanted = sorted(
            {1, 2, self.pages, *range(self.page - 2, self.page + 3)} & set(range(1, self.pages + 1))
        )
        links: list[int | None] = []
        for number in wanted:
            last = links[-1] if links else 0
            if last is not None and number - last > 1:
                links.append(None)
            links.append(number)
        return links


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
    unique column that makes the order total.
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
            statement = statement.where(
                and_(*(or_(*(contains(column, word) for column in self.search)) for word in q.split()[:6]))
            )
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

    def export(self, statement: Select[Any], values: dict[str, Any] | None = None) -> Response | None:
        """The whole list as asked for (`?export=csv|xlsx`), or None when a page is wanted."""
        form = request.args.get("export")
        if form not in {"csv", "xlsx"}:
            return None
        from core.documents import spreadsheets

        chosen, q, sort = self._asked()
        ordered = self._order(self._restrict(statement, chosen, q), sort)
        columns = self._chosen_columns()
        more = () if self.context is None else (self.context(),)
        header = [str(column.label) for column in columns]
        rows = session.execute(ordered.limit(EXPORT_LIMIT).execution_options(yield_per=1000), values or {})
        table = ([_plain(column, row, more) for column in columns] for row in rows)
        name = f"{self.key}-{clock.now():%Y%m%d}.{form}"
        if form == "csv":
            text = io.StringIO()
            spreadsheets.write_csv(text, header, table)
            return Response(
                ("\ufeff" + text.getvalue().removeprefix("\ufeff")).encode(),
                content_type="text/csv; charset=utf-8",
                headers={"Content-Disposition": f'attachment; filename="{name}"'},
            )
        buffer = io.BytesIO()
        spreadsheets.write_xlsx(buffer, header, table)
        buffer.seek(0)
        return send_file(
            buffer,
            mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            as_attachment=True,
            download_name=name,
        )


def _plain(column: Column, row: Any, more: tuple[Any, ...]) -> Any:
    value = (column.export or column.cell)(row, *more)
    if isinstance(value, Markup):
        return value.striptags()
    return value if isinstance(value, int | float | date | str) or value is None else str(value)


def contains(column: Any, words: str) -> ColumnElement[bool]:
    """Case-blind search for a piece of text, with the wildcards of LIKE taken literally."""
    pattern = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found: ColumnElement[bool] = column.ilike(f"%{pattern}%", escape="\\")
    return found


def choice_filter(
    key: str, label: Any, column: Any, options: Callable[[], Iterable[tuple[Any, Any]]], **more: Any
) -> Filter:
    """Filter by equality with one of a known set of values."""

    def listed() -> list[tuple[str, Any]]:
        return [(str(value), text) for value, text in options()]

    def apply(value: str) -> ColumnElement[bool] | None:
        for known, _text in options():
            if str(known) == value:
                condition: ColumnElement[bool] = column == known
                return condition
        return None

    return Filter(key, label, listed, apply, fixed=True, **more)


@lru_cache(maxsize=256)
def _options(options: tuple[tuple[str, str], ...]) -> str:
    return "".join(f'<option value="{escaped(value)}">{escaped(text)}</option>' for value, text in options)


class Escaped(dict[str, Markup]):
    """Words that come again and again in a column, each escaped once a page: `words[row.unit]`."""

    def __missing__(self, word: str) -> Markup:
        found = self[word] = escape(word)
        return found


def row_urls(endpoint: str, key: str) -> Callable[[int], str]:
    """A maker of record addresses for one page: `url_for` once, not once a row."""
    pattern = url_for(endpoint, **{key: "987654321"})  # type: ignore[arg-type]  # the key is never one of its own options
    before, _sep, after = pattern.partition("987654321")
    return lambda number: f"{before}{number}{after}"


def escaped(value: Any) -> str:
    """Escaped text as a plain string; most cells hold nothing to escape and are given back as they are."""
    if type(value) is not str:
        return str(escape(value))
    return str(escape(value)) if _SPECIAL(value) else value


_SPECIAL = re.compile(r"[&<>\"']").search


def link(url: str, text: Any) -> Markup:
    return Markup('<a href="%s">%s</a>') % (url, text)


def two_lines(url: str, title: Any, below: Any) -> Markup:
    """Name as link, code under it: the first cell of most lists."""
    return Markup('<a href="{}">{}</a><div class="code">{}</div>').format(
        escape(url), escape(title), escape(below)
    )
