"""Reads all histories of a database as both readers would, and finds what is no word of theirs."""

import re

from flask import Flask
from sqlalchemy import select

from core import history
from core.db import session
from core.i18n import force_locale
from core.trail import TrailEntry

#: a name of the code, a date or moment as computers write it, a value of Python or JSON
RAW = re.compile(
    r"(?<![\w./@-])[a-z]+(?:_[a-z0-9]+)+(?![\w./@-])|\d{4}-\d\d-\d\dT|\b(?:True|False|None|null|nan)\b|[{}]|\w=\d"
)
DAY = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w.-])")
#: what somebody typed or a file is called may hold anything
TYPED = frozenset({"file", "photo"})
#: codes of one word that tell themselves from prose only by their field
ENUMERATED = frozenset(
    ["by", "channel", "complexity", "confidence", "count", "degree", "density", "dimension", "grade", "impact", "kano", "kind", "language", "mails", "meaning", "method", "origin", "outcome", "priority", "relation", "remedy", "result", "role", "severity", "stage", "state", "theme", "topic", "verdict"]
)  # fmt: skip


def raw_tokens(app: Flask) -> set[tuple[str, str, str]]:
    """(action, field, what was found)."""
    found: set[tuple[str, str, str]] = set()
    with app.test_request_context():
        entries = session.scalars(select(TrailEntry).order_by(TrailEntry.seq)).all()
        assert entries
        for language in ("en", "zh"):
            with force_locale(language):
                for entry in entries:
                    if history.sentence(entry) == entry.action:
                        found.add((entry.action, "", entry.action))
                    for field, raw, told in _told(entry):
                        wrong = (
                            RAW.search(told)
                            or (language == "en" and DAY.search(told))
                            or (
                                language == "zh"
                                and field in ENUMERATED
                                and told == raw
                                and re.fullmatch(r"[a-z_]+", told)
                            )
                        )
                        if wrong and field not in TYPED:
                            found.add((entry.action, field, told[:200]))
    return found


def _told(entry: TrailEntry) -> list[tuple[str, object, str]]:
    """(field, as it is kept, as it is told) of each value and of the field's own name."""
    names = [name for name in sorted(entry.differences) if history.is_told(entry, name)]
    made: list[tuple[str, object, str]] = []
    for name, (label, before, after) in zip(names, history.changes(entry), strict=True):
        old, new = entry.differences[name]
        made += [(name, name, label), (name, old, before), (name, new, after)]
    return made
