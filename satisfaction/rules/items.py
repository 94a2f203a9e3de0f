"""Items of a questionnaire: kinds, their scales and columns, what an answer may be. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from core.lazytext import _l

CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")
ITEMS_MOST: Final = 150
OPTIONS_MOST: Final = (
    24  # several chosen ones are a sum of powers of two, which a 32-bit float holds exactly up to here
)
ANSWER_TEXT_MOST: Final = 2_000
#: stands in the list of answers for "does not apply to me"; None is "no answer"
NOT_APPLICABLE: Final = -1


class Kind(StrEnum):
    scale = "scale"
    nps = "nps"
    csat = "csat"
    ces = "ces"
    servqual = "servqual"
    kano = "kano"
    importance = "importance"
    choice = "choice"
    text = "text"

    @property
    def label(self) -> Any:
        return KIND_LABELS[self]


KIND_LABELS: Final[dict[Kind, Any]] = {
    Kind.scale: _l("Rating scale"),
    Kind.nps: _l("Recommendation (NPS), 0–10"),
    Kind.csat: _l("Satisfaction (CSAT), 1–5"),
    Kind.ces: _l("Effort (CES), 1–7"),
    Kind.servqual: _l("SERVQUAL pair: expected, perceived"),
    Kind.kano: _l("Kano pair: with it, without it"),
    Kind.importance: _l("Importance"),
    Kind.choice: _l("Choice"),
    Kind.text: _l("Free text"),
}
#: the short word beside an item
KIND_SHORT: Final[dict[Kind, Any]] = {
    Kind.scale: _l("Scale"),
    Kind.nps: _l("NPS"),
    Kind.csat: _l("CSAT"),
    Kind.ces: _l("CES"),
    Kind.servqual: _l("SERVQUAL"),
    Kind.kano: _l("Kano"),
    Kind.importance: _l("Importance"),
    Kind.choice: _l("Choice"),
    Kind.text: _l("Free text"),
}
PARTS: Final[dict[Kind, tuple[str, ...]]] = {Kind.servqual: ("e", "p"), Kind.kano: ("f", "d")}
PART_LABELS: Final[dict[str, Any]] = {
    "e": _l("expected"),
    "p": _l("perceived"),
    "f": _l("if it is there"),
    "d": _l("if it is missing"),
}
POINTS: Final = (5, 7, 10)
WITH_POINTS: Final = frozenset({Kind.scale, Kind.servqual, Kind.importance})
FIXED: Final[dict[Kind, tuple[int, int]]] = {
    Kind.nps: (0, 10),
    Kind.csat: (1, 5),
    Kind.ces: (1, 7),
    Kind.kano: (1, 5),
}
#: kinds whose answers are a rating with a mean
RATED: Final = frozenset({Kind.scale, Kind.nps, Kind.csat, Kind.ces, Kind.importance, Kind.servqual})
#: kinds that may carry a target
TARGETED: Final = frozenset({Kind.scale, Kind.nps, Kind.csat, Kind.ces})
KANO_ANSWERS: Final = (
    _l("I like it that way"),
    _l("It must be that way"),
    _l("I am neutral"),
    _l("I can live with it"),
    _l("I dislike it"),
)
DIMENSIONS: Final[dict[str, Any]] = {
    "tangibles": _l("Tangibles"),
    "reliability": _l("Reliability"),
    "responsiveness": _l("Responsiveness"),
    "assurance": _l("Assurance"),
    "empathy": _l("Empathy"),
}


class ItemLike(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def points(self) -> int: ...
    @property
    def options(self) -> Sequence[dict[str, str]]: ...
    @property
    def several(self) -> bool: ...
    @property
    def required(self) -> bool: ...
    @property
    def allow_na(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Column:
    """One answer of a respondent: an item, or one side of a pair. `key` is its name in forms and files."""

    key: str
    code: str
    part: str
    kind: Kind
    low: int
    high: int
    several: bool
    required: bool
    allow_na: bool

    @property
    def is_text(self) -> bool:
        return self.kind == Kind.text


def key_of(code: str, part: str) -> str:
    return f"{code}.{part}" if part else code


def bounds(item: ItemLike) -> tuple[int, int]:
    """Lowest and highest answer of an item; 0, 0 for text. Several choices are kept as a sum of powers of two."""
    kind = Kind(item.kind)
    if kind in FIXED:
        return FIXED[kind]
    if kind in WITH_POINTS:
        return 1, item.points
    if kind == Kind.choice:
        return 1, (1 << len(item.options)) - 1 if item.several else len(item.options)
    return 0, 0


def columns_of(items: Iterable[ItemLike]) -> list[Column]:
    """The answers in the order in which they are kept; a frozen version never changes this order."""
    made = []
    for item in items:
        kind = Kind(item.kind)
        low, high = bounds(item)
        made += [
            Column(
                key_of(item.code, part),
                item.code,
                part,
                kind,
                low,
                high,
                item.several,
                item.required,
                item.allow_na,
            )
            for part in PARTS.get(kind, ("",))
        ]
    return made


# --- one respondent ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answers:
    """What one respondent said: numbers in the order of the columns, texts by column key, and what is wrong."""

    codes: list[int | None]
    texts: dict[str, str]
    faults: dict[str, str]  # column key → missing | outside

    @property
    def empty(self) -> bool:
        return not self.texts and all(code is None for code in self.codes)


def read_answers(columns: Sequence[Column], given: dict[str, list[str]]) -> Answers:
    """Answers from a form. Anything a page could not have sent is a fault of its column, never an error."""
    codes: list[int | None] = []
    texts: dict[str, str] = {}
    faults: dict[str, str] = {}
    for column in columns:
        values = [value for value in given.get(column.key, ()) if value != ""]
        code: int | None = None
        if column.is_text:
            written = clean_text(values[0]) if values else ""
            if written:
                texts[column.key] = written
        elif values:
            code = _code(column, values)
            if code is None:
                faults[column.key] = "outside"
        codes.append(code)
        if column.required and code is None and column.key not in texts and column.key not in faults:
            faults[column.key] = "missing"
    return Answers(codes, texts, faults)


def _code(column: Column, values: list[str]) -> int | None:
    numbers = []
    for value in values[:OPTIONS_MOST]:
        if value == "na":
            return NOT_APPLICABLE if column.allow_na else None
        if not (value.isascii() and value.isdigit() and len(value) <= 3):
            return None
        numbers.append(int(value))
    if column.several:
        return _bits(numbers, column.high)
    return numbers[0] if len(numbers) == 1 and column.low <= numbers[0] <= column.high else None


def _bits(numbers: list[int], high: int) -> int | None:
    found = 0
    for number in numbers:
        if not 1 <= number <= OPTIONS_MOST:
            return None
        found |= 1 << (number - 1)
    return found if found <= high else None


def clean_text(text: str) -> str:
    """A free text as it is kept: no control characters, bounded."""
    kept = "".join(
        character
        for character in text.replace("\r\n", "\n")[: ANSWER_TEXT_MOST * 2]
        if (character >= " " or character in "\n\t") and not 0xD800 <= ord(character) <= 0xDFFF
    )
    return kept.strip()[:ANSWER_TEXT_MOST]


# --- the editor ----------------------------------------------------------------------------------------------


def problem_of(
    kind: str,
    code: str,
    text_en: str,
    text_zh: str,
    second_en: str,
    second_zh: str,
    points: int,
    options: int,
) -> tuple[str, str] | None:
    """Field and name of what is wrong with an item, or None."""
    if kind not in set(Kind):
        return "kind", "kind"
    if not CODE.fullmatch(code):
        return "code", "code"
    if not text_en and not text_zh:
        return "text_en", "text"
    known = Kind(kind)
    if known in PARTS and not second_en and not second_zh:
        return "second_en", "second"
    if known in WITH_POINTS and points not in POINTS:
        return "points", "points"
    if known == Kind.choice and not 2 <= options <= OPTIONS_MOST:
        return "options", "options"
    return None


def read_options(text: str) -> list[dict[str, str]]:
    """Options as they are typed, one a line: `English | 中文`."""
    made = []
    for line in text.splitlines():
        en, _bar, zh = (part.strip() for part in line.partition("|"))
        if en or zh:
            made.append({"en": en[:200], "zh": zh[:200]})
    return made


def write_options(options: Sequence[dict[str, str]]) -> str:
    return "\n".join(
        f"{option.get('en', '')} | {option.get('zh', '')}" if option.get("zh") else option.get("en", "")
        for option in options
    )


@dataclass(frozen=True, slots=True)
class BulkLine:
    number: int
    values: dict[str, Any]
    fault: str


BULK_FIELDS: Final = ("code", "kind", "text_en", "text_zh", "second_en", "second_zh", "dimension", "points")
_BULK_DEFAULTS: Final = {Kind.servqual: 7}


def read_bulk(text: str) -> list[BulkLine]:
    """Items typed one a line, fields parted by a tab or a bar: code, kind, text, text in Chinese, second text, …

    Only code, kind and one text are needed.
    """
    made = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        cells = [cell.strip()[:1000] for cell in line.split("\t" if "\t" in line else "|")]
        values: dict[str, Any] = dict(zip(BULK_FIELDS, [*cells, *[""] * 8][:8], strict=True))
        kind, _x, scale = values["kind"].lower().replace(" ", "").partition("/")
        points = values["points"] or scale
        values["kind"] = kind
        values["points"] = (
            int(points)
            if points.isascii() and points.isdigit() and len(points) < 3
            else _BULK_DEFAULTS.get(Kind(kind), 5)
            if kind in set(Kind)
            else 5
        )
        fault = "fields" if len(cells) > len(BULK_FIELDS) else ""
        if kind == "choice":
            fault = "choice"
        found = problem_of(
            kind,
            values["code"],
            values["text_en"],
            values["text_zh"],
            values["second_en"] or values["second_zh"],
            "",
            values["points"],
            2,
        )
        if values["dimension"] and not re.fullmatch(r"[\w \-]{1,40}", values["dimension"]):
            fault = fault or "dimension"
        made.append(BulkLine(number, values, fault or (found[1] if found else "")))
    return made
