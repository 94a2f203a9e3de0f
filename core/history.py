"""The trail in plain words: each room registers the sentence of its actions and the names of its fields."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.i18n import _, _l, format_datetime, format_number
from core.trail import TrailEntry

_sentences: dict[str, Any] = {}
_fields: dict[str, Any] = {}
_own: dict[
    str, Mapping[str, Any]
] = {}  # action → field names registered with it: rooms use the same word differently
_values: dict[str, Callable[[Any], str]] = {}
Codes = tuple[type[StrEnum], ...]
_codes: dict[str, Mapping[str, Codes]] = {}  # action → field → whose codes its values are
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)")


def say(
    sentences: Mapping[str, Any],
    fields: Mapping[str, Any] | None = None,
    values: Mapping[str, Callable[[Any], str]] | None = None,
    codes: Mapping[str, Codes] | None = None,
) -> None:
    """Register `{"finding.raised": _l("Finding raised")}`, field names, how the values of a field are printed, and
    fields whose values are codes with a `label` or a `word`; a test finds actions without words."""
    _sentences.update(sentences)
    _fields.update(fields or {})
    _own.update(dict.fromkeys(sentences, fields or {}))
    _values.update(values or {})
    _codes.update(dict.fromkeys(sentences, codes or {}))


def sentences() -> dict[str, Any]:
    return dict(_sentences)


def sentence(entry: TrailEntry) -> str:
    return str(_sentences.get(entry.action, entry.action))


def field_word(name: str) -> str:
    """A field in words, as registered."""
    return str(_fields.get(name, name))


def working_lines(working: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How a figure was computed, line by line in words; labels and links are not part of it."""
    return [
        (field_word(name), _in_words(name, value))
        for name, value in working.items()
        if not name.startswith("label") and name not in {"href", "reason"}
    ]


def _in_words(name: str, value: Any) -> str:
    if name in _values and value is not None:
        return _values[name](value)
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return format_number(value, 0 if float(value).is_integer() else 3)
    if isinstance(value, list | tuple):
        return ", ".join(_in_words("", item) for item in value)
    return str(value)


def changes(entry: TrailEntry) -> list[tuple[str, str, str]]:
    """(field, before, after) as text for the page; long values are cut, lists joined."""
    own, codes = _own.get(entry.action, {}), _codes.get(entry.action, {})
    return [
        (
            str(own.get(name) or field_word(name)),
            _short(before, codes.get(name, ())),
            _short(after, codes.get(name, ())),
        )
        for name, (before, after) in sorted(entry.differences.items())
    ]


def _short(value: Any, codes: Codes = ()) -> str:
    if value is None or value == "":
        return ""
    if value is True:
        return str(_("yes"))
    if value is False:
        return str(_("no"))
    if isinstance(value, list):
        return ", ".join(_short(item, codes) for item in value)[:400]
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_short(item)}" for key, item in value.items())[:400]
    if isinstance(value, float):
        return format_number(value, 0 if value.is_integer() else 3)
    if isinstance(value, str):
        for known in codes:
            if value in set(known):
                code = known(value)
                return str(getattr(code, "label", None) or getattr(code, "word", value))
        if _MOMENT.fullmatch(value):
            return format_datetime(datetime.fromisoformat(value))
    return str(value)[:400]


say({"record.signed": _l("Signed")}, {"meaning": _l("Meaning"), "content": _l("Hash of the content")})
