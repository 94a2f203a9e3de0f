"""Cells of lists: put together from escaped parts by plain string work, for fifty rows a page."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from core.i18n import format_due, language


class Cells:
    """What the cells of a list need of the page: looked up once a page, not once a row. A list adds its own."""

    def __init__(self) -> None:
        self.zh = language() == "zh"

    def pick(self, en: str | None, zh: str | None) -> str:
        """The text in the reader's language, else in the other."""
        return (zh or en if self.zh else en or zh) or ""


def state_mark(css: str, label: Any) -> Markup:
    return Markup('<span class="state bare {}">{}</span>').format(css, label)


def state_marks(labels: Mapping[Any, Any], css: Mapping[Any, str]) -> dict[str, Markup]:
    """States by their value, as a list prints them."""
    return {str(key): state_mark(css[key], str(label)) for key, label in labels.items()}


def due_mark(due: date, today: date) -> Markup:
    """A due day in a list: late, today or to come."""
    css = "late" if due < today else "edge" if due == today else "quiet"
    return Markup('<span class="due {}">{}</span>').format(css, format_due(due, on=today))


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
