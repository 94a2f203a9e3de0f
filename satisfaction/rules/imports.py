"""Import of responses: states, reasons why a row is set aside, what a column of a file may be. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

from core.lazytext import _l
from satisfaction.rules.items import Column, ItemLike, Kind


class ImportState(StrEnum):
    received = "received"
    mapped = "mapped"
    accepted = "accepted"
    withdrawn = "withdrawn"

    @property
    def label(self) -> Any:
        return STATE_LABELS[self]

    @property
    def tone(self) -> str:
        return {"accepted": "good", "withdrawn": "few"}.get(self.value, "info")


STATE_LABELS: Final[dict[ImportState, Any]] = {
    ImportState.received: _l("File received"),
    ImportState.mapped: _l("Ready to import"),
    ImportState.accepted: _l("Imported"),
    ImportState.withdrawn: _l("Withdrawn"),
}
OPEN: Final = frozenset({ImportState.received, ImportState.mapped})
COLUMNS_MOST: Final = 400
ROWS_MOST: Final = 1_000_000
GROUPS_MOST: Final = 12
GROUP_VALUES_MOST: Final = 400
LINE_MOST: Final = 1 << 20

REASONS: Final[dict[str, Any]] = {
    "outside": _l("The value is not on the scale of the item"),
    "weight": _l("The weight is no positive number"),
    "date": _l("The date can’t be read"),
    "empty": _l("The row answers no item"),
    "fields": _l("More or fewer fields than the first line"),
}


@dataclass(frozen=True, slots=True)
class Use:
    """What one column of a file is: `role` item | group | weight | date, `key` the answer it holds.

    `low`/`high` say on which scale the file writes it, when not on the item's own; `reverse` turns it round; `blank`
    are codes of this column alone that stand for "does not apply".
    """

    role: str
    key: str = ""
    low: float | None = None
    high: float | None = None
    reverse: bool = False
    blank: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in asdict(self).items()
            if value is not None and value is not False and value not in ("", ())
        }

    @classmethod
    def read(cls, data: dict[str, Any]) -> "Use":
        return cls(**{**data, "blank": tuple(data.get("blank", ()))})


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a file is read. `blank` codes stand for "does not apply" everywhere, `kano` gives the words of the five
    answers, `outside` says whether a value off the scale sets the row aside or counts as no answer."""

    uses: dict[str, Use]
    blank: tuple[str, ...] = ()
    outside: str = "reject"
    kano: tuple[tuple[str, ...], ...] = ()
    date_format: str = ""
    encoding: str = ""
    delimiter: str = ""
    channel: str = "file"

    def as_json(self) -> dict[str, Any]:
        return {
            "uses": {name: use.as_json() for name, use in self.uses.items()},
            "blank": list(self.blank),
            "outside": self.outside,
            "kano": [list(words) for words in self.kano],
            "date_format": self.date_format,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "channel": self.channel,
        }

    @classmethod
    def read(cls, data: dict[str, Any]) -> "Mapping":
        return cls(
            uses={name: Use.read(use) for name, use in data.get("uses", {}).items()},
            blank=tuple(data.get("blank", ())),
            outside=data.get("outside", "reject"),
            kano=tuple(tuple(words) for words in data.get("kano", ())),
            date_format=data.get("date_format", ""),
            encoding=data.get("encoding", ""),
            delimiter=data.get("delimiter", ""),
            channel=data.get("channel", "file"),
        )

    @property
    def groups(self) -> list[str]:
        return [name for name, use in self.uses.items() if use.role == "group"]

    def first(self, role: str) -> str:
        return next((name for name, use in self.uses.items() if use.role == role), "")


def faults_of(mapping: Mapping, columns: Sequence[Column], header: Sequence[str]) -> list[tuple[str, str]]:
    """(name of the fault, what it is about) of a mapping that can't be used."""
    faults = []
    known = {column.key: column for column in columns}
    taken: dict[str, str] = {}
    for name, use in mapping.uses.items():
        if name not in header:
            faults.append(("gone", name))
        if use.role != "item":
            continue
        if use.key not in known:
            faults.append(("unknown", use.key))
        elif use.key in taken:
            faults.append(("twice", use.key))
        taken[use.key] = name
        if (use.low is None) != (use.high is None) or (
            use.low is not None and use.high is not None and use.low >= use.high
        ):
            faults.append(("scale", name))
    if not taken:
        faults.append(("none", ""))
    if len(mapping.groups) > GROUPS_MOST:
        faults.append(("groups", ""))
    faults += [
        (f"two_{role}s", "")
        for role in ("weight", "date")
        if sum(use.role == role for use in mapping.uses.values()) > 1
    ]
    if any(known[key].kind == Kind.kano for key in taken if key in known) and mapping.kano:
        words = [word for part in mapping.kano for word in part]
        if len(words) != len(set(words)):
            faults.append(("kano", ""))
    return faults


_PART_NAMES: Final = {
    "e": ("e", "exp", "expected", "expectation", "期望"),
    "p": ("p", "per", "perceived", "perception", "感知"),
    "f": ("f", "pos", "functional", "with", "有"),
    "d": ("d", "neg", "dysfunctional", "without", "无"),
}


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def guess_uses(
    header: Sequence[str], columns: Sequence[Column], texts: dict[str, tuple[str, ...]], kept: dict[str, Use]
) -> dict[str, Use]:
    """What the columns of a file seem to be: as the last time, else by the code of the item or its text."""
    wanted: dict[str, str] = {}
    for column in columns:
        names = [column.key]
        if column.part:
            names += [f"{column.code}{part}" for part in _PART_NAMES[column.part]]
        else:
            names += texts.get(column.code, ())
        for name in names:
            wanted.setdefault(_plain(name), column.key)
    found: dict[str, Use] = {}
    used: set[str] = set()
    for name in header:
        if name in kept and (kept[name].role != "item" or kept[name].key not in used):
            found[name] = kept[name]
            used.add(kept[name].key)
            continue
        key = wanted.get(_plain(name))
        if key is not None and key not in used:
            found[name] = Use("item", key)
            used.add(key)
        elif _plain(name) in {"weight", "weights", "权重"}:
            found[name] = Use("weight")
    return found


def words_of_options(items: Iterable[ItemLike]) -> dict[str, dict[str, int]]:
    """By item, the words of its choices in both languages as their numbers."""
    found: dict[str, dict[str, int]] = {}
    for item in items:
        if item.kind == Kind.choice:
            found[item.code] = {
                word.strip().rstrip(".。").strip().casefold(): 1 << (number - 1) if item.several else number
                for number, option in enumerate(item.options, 1)
                for word in (option.get("en", ""), option.get("zh", ""))
                if word
            }
    return found


@dataclass(slots=True)
class Problem:
    """A reason why rows are set aside, with the first of them."""

    reason: str
    column: str
    count: int = 0
    line: int = 0
    value: str = ""


@dataclass(slots=True)
class ColumnSeen:
    """What was read from one column: for the preview, and kept with the import."""

    answered: int = 0
    not_applicable: int = 0
    blank: int = 0
    outside: int = 0
    total: float = 0.0
    values: dict[str, int] = field(default_factory=dict)

    @property
    def mean(self) -> float | None:
        return self.total / self.answered if self.answered else None
