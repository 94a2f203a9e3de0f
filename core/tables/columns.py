"""What a list is declared of: its columns, its filters, and what it says when it is empty."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true


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


def contains(column: Any, words: str) -> ColumnElement[bool]:
    """Case-blind search for a piece of text, with the wildcards of LIKE taken literally."""
    pattern = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found: ColumnElement[bool] = column.ilike(f"%{pattern}%", escape="\\")
    return found


def matching(words: str, *columns: Any) -> ColumnElement[bool]:
    """Each of the words, six at most, stands in one of the columns."""
    return and_(true(), *(or_(*(contains(column, word) for column in columns)) for word in words.split()[:6]))


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
