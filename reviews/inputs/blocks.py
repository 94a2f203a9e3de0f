"""Blocks of an agenda item as plain JSON. Every text stands in both languages, so what was frozen reads in either."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from core.figures import Figure
from core.i18n import force_locale

Block = dict[str, Any]
Words = dict[str, str]  # {"en": …, "zh": …}

ROWS_MOST = 40


@lru_cache(maxsize=512)
def said(label: Any) -> tuple[str, str]:
    """A text of the product in English and Chinese."""
    found = []
    for code in ("en", "zh"):
        with force_locale(code):
            found.append(str(label))
    return found[0], found[1]


def words(label: Any) -> Words:
    en, zh = said(label)
    return {"en": en, "zh": zh}


def plain(text: Any) -> Words:
    """A name, a code or a number: the same in both languages."""
    return {"en": str(text), "zh": str(text)}


def both(en: str | None, zh: str | None) -> Words:
    """A text of a record; where it has one language only, that stands for both."""
    return {"en": en or zh or "", "zh": zh or en or ""}


def coded(code: str, en: str | None, zh: str | None) -> Words:
    """A text of a record with its code before it."""
    return {language: f"{code}  {text}" for language, text in both(en, zh).items()}


def day(value: date | None) -> Words:
    from core.i18n import format_date

    made = {}
    for code in ("en", "zh"):
        with force_locale(code):
            made[code] = format_date(value)
    return made


def cell(text: Words, *, href: str = "", tone: str = "", right: bool = False) -> Block:
    """A cell of a table; `tone` is the class of a state (good, edge, bad, few, info)."""
    return {"text": text, "href": href, "tone": tone, "right": right}


def table(
    title: Any, head: Sequence[Any], rows: Iterable[Sequence[Block]], *, most: int = ROWS_MOST
) -> Block:
    """Rows beyond `most` are counted, not kept."""
    found = list(rows)
    return {
        "type": "table",
        "title": words(title),
        "head": [words(name) for name in head],
        "rows": [list(row) for row in found[:most]],
        "more": max(0, len(found) - most),
    }


def figure(
    label: Words,
    now: Figure,
    before: Figure | None,
    *,
    below: Words | None = None,
    href: str = "",
    measure: str = "",
    better: str = "",
) -> Block:
    """One figure beside that of the period before. `measure` is a survey's (mean, nps, …). `better` says which way is
    good: "up", "down" or nothing."""
    return {
        "label": label,
        "below": below or plain(""),
        "href": href,
        "now": now.to_json(),
        "before": before.to_json() if before else None,
        "measure": measure,
        "better": better,
    }


def figures(title: Any, rows: Iterable[Block], *, plumb: bool = False, most: int = 80) -> Block:
    """Figures under each other; with `plumb` all targets hang on one line."""
    found = list(rows)
    return {
        "type": "plumb" if plumb else "figures",
        "title": words(title),
        "rows": found[:most],
        "more": max(0, len(found) - most),
    }


def bars(title: Any, rows: Iterable[tuple[Words, int, str]]) -> Block:
    """Counts beside each other: label, number, tone."""
    return {
        "type": "bars",
        "title": words(title),
        "rows": [{"label": label, "value": value, "tone": tone} for label, value, tone in rows],
    }


def nothing(sentence: Any) -> Block:
    return {"type": "nothing", "title": words(sentence)}


def trends(title: Any, rows: Iterable[tuple[Words, Words, Sequence[tuple[date, Figure]]]]) -> Block:
    """Promises month by month: label, words below it, months with their figures."""
    return {
        "type": "trends",
        "title": words(title),
        "rows": [
            {
                "label": label,
                "below": below,
                "months": [
                    {"start": start.isoformat(), "figure": found.to_json()} for start, found in months
                ],
            }
            for label, below, months in rows
        ],
    }
