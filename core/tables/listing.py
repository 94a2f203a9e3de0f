"""A list as asked for by the URL, ready to print."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode

from flask import request, url_for
from markupsafe import Markup, escape

from core.i18n import _, format_number
from core.tables.cells import escaped
from core.tables.columns import Column, Empty

if TYPE_CHECKING:
    from core.tables.list_page import ListPage

PAGE_SIZE = 50
LAST_PAGE = 200


@dataclass
class Listing:
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

    def export_url(self, form: str) -> str:
        """Where the list as asked for is handed out as a file."""
        taken_at = self.page_def.taken_at
        return self._address(url_for(taken_at) if taken_at else request.path, {"export": form})

    def url(self, **changes: Any) -> str:
        """This list with something else: `url(sort="-due")`, `url(page=2)`, `url(q=None)`."""
        return self._address(request.path, changes)

    def _address(self, path: str, changes: dict[str, Any]) -> str:
        parts = [part for key, part in self._asked if key not in changes]
        parts += [
            f"{key}={quote_plus(str(value))}"
            for key, value in changes.items()
            if value is not None and value != ""
        ]
        return f"{path}?{'&'.join(parts)}" if parts else path

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


@lru_cache(maxsize=256)
def _options(options: tuple[tuple[str, str], ...]) -> str:
    return "".join(f'<option value="{escaped(value)}">{escaped(text)}</option>' for value, text in options)
