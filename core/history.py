"""The trail in plain words: each room registers the sentence of its actions and the names of its fields."""

import contextlib
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from core.i18n import _, _l, format_date, format_datetime, format_number
from core.meanings import MEANINGS
from core.trail import TrailEntry

_sentences: dict[str, Any] = {}
_fields: dict[str, Any] = {}
_own: dict[
    str, Mapping[str, Any]
] = {}  # action → field names registered with it: rooms use the same word differently
_own_values: dict[str, Mapping[str, Callable[[Any], str]]] = {}
#: whose codes a value may be: enums with a `label` or a `word`, or the words by code
Codes = tuple[type[StrEnum] | Mapping[str, Any], ...]
_codes: dict[str, Mapping[str, Codes]] = {}  # action → field → whose codes its values are
_all_codes: dict[str, Codes] = {}
_all_values: dict[str, Callable[[Any], str]] = {}
_hidden: dict[str, frozenset[str]] = {}  # action → fields that say nothing to a reader
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)")


def say(
    sentences: Mapping[str, Any],
    fields: Mapping[str, Any] | None = None,
    values: Mapping[str, Callable[[Any], str]] | None = None,
    codes: Mapping[str, Codes] | None = None,
    hidden: frozenset[str] = frozenset(),
) -> None:
    """Register `{"finding.raised": _l("Finding raised")}`, field names, how the values of a field are printed, fields
    whose values are codes, and fields that say nothing to a reader; a test finds actions and fields without words."""
    _sentences.update(sentences)
    _fields.update(fields or {})
    _own.update(dict.fromkeys(sentences, fields or {}))
    _own_values.update(dict.fromkeys(sentences, values or {}))
    _codes.update(dict.fromkeys(sentences, codes or {}))
    _hidden.update(dict.fromkeys(sentences, hidden))


def everywhere(
    values: Mapping[str, Callable[[Any], str]] | None = None, codes: Mapping[str, Codes] | None = None
) -> None:
    """What fields of these names hold whatever was done, and in the workings of figures: the name of the record with
    this id, a language, a limit."""
    _all_values.update(values or {})
    _all_codes.update(codes or {})


def sentences() -> dict[str, Any]:
    return dict(_sentences)


def sentence(entry: TrailEntry) -> str:
    return str(_sentences.get(entry.action, entry.action))


def field_word(name: str) -> str:
    """A field in words, as registered."""
    return str(_fields.get(name, name))


def field_names() -> frozenset[str]:
    """Fields that have a name, or are not told."""
    return frozenset(_fields).union(*_hidden.values())


def working_lines(working: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How a figure was computed, line by line in words; labels and links are not part of it."""
    return [
        (field_word(name), _in_words(name, value))
        for name, value in working.items()
        if not name.startswith("label") and name not in {"href", "reason"}
    ]


def _in_words(name: str, value: Any) -> str:
    if name in _all_values and value is not None:
        return _all_values[name](value)
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
    own = _own.get(entry.action, {})
    return [
        (
            str(own.get(name) or field_word(name)),
            _told(entry.action, name, before),
            _told(entry.action, name, after),
        )
        for name, (before, after) in sorted(entry.differences.items())
        if is_told(entry, name)
    ]


def is_told(entry: TrailEntry, name: str) -> bool:
    return name not in _hidden.get(entry.action, frozenset())


def _told(action: str, name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    printed = _own_values.get(action, {}).get(name) or _all_values.get(name)
    if printed is not None:
        return _cut(printed(value))
    return _short(value, _codes.get(action, {}).get(name) or _all_codes.get(name, ()))


def _cut(text: str) -> str:
    return text if len(text) <= 400 else f"{text[:399]}…"


def code_word(value: str, codes: Codes) -> str:
    """The word of a code; what is none of these codes stays as it is."""
    for known in codes:
        if isinstance(known, Mapping):
            if value in known:
                return str(known[value])
        elif value in set(known):
            code = known(value)
            return str(getattr(code, "label", None) or getattr(code, "word", value))
    return value


def _short(value: Any, codes: Codes = ()) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return _cut(", ".join(_short(item, codes) for item in value))
    if isinstance(value, dict):
        parts = ((code_word(key, codes), item) for key, item in value.items())
        return _cut("; ".join(f"{field_word(key)}: {_short(item, codes)}" for key, item in parts))
    if isinstance(value, float):
        return format_number(value, 0 if value.is_integer() else 3)
    if isinstance(value, str):
        if _MOMENT.fullmatch(value):
            return format_datetime(datetime.fromisoformat(value))
        if _DAY.fullmatch(value):
            with contextlib.suppress(ValueError):
                return format_date(date.fromisoformat(value))
        return _cut(code_word(value, codes))
    return str(value)


say(
    {"record.signed": _l("Signed")},
    {"meaning": _l("Meaning"), "content": _l("Hash of the content")},
    codes={"meaning": (MEANINGS,)},
)
everywhere(codes={"language": ({"en": _l("English"), "zh": _l("Chinese")},)})
