"""What an analysis is told in: cells, tables, a picture, and how figures are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.charts.specs.parts import Spec
from core.figures import Figure, Unit
from core.i18n import _, format_interval, format_number, format_share, pick
from satisfaction.analyses.forms import construct_word
from satisfaction.models import SurveyItem


@dataclass(frozen=True, slots=True)
class Cell:
    """`raw` is the number for a workbook; `small` a second line."""

    text: str
    raw: Any = None
    small: str = ""
    strong: bool = False

    @property
    def value(self) -> Any:
        return self.text if self.raw is None else self.raw


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    header: list[str]
    rows: list[list[Cell]]
    note: str = ""

    @property
    def numeric(self) -> list[bool]:
        """Which columns hold numbers; blanks among them stand to the right as well."""
        return [any(row[place].raw is not None for row in self.rows) for place in range(len(self.header))]


@dataclass(frozen=True, slots=True)
class Picture:
    """Either `spec` (Vega-Lite) or `svg` (a drawing of our own)."""

    title: str
    description: str
    spec: Spec | None = None
    svg: str = ""
    foot: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Small:
    """The picture of one group with its numbers."""

    name: str
    spec: Spec
    numbers: dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Smalls:
    """Small pictures beside each other, with the same axes."""

    title: str
    description: str
    foot: str
    each: list[Small]


@dataclass(slots=True)
class Told:
    """lead: what it says, in sentences. figures: (words in both languages by key, figure) that a finding may freeze;
    those of groups follow in `of_groups`: (group, words, figure)."""

    lead: list[str] = field(default_factory=list)
    picture: Picture | None = None
    smalls: Smalls | None = None
    tables: list[Table] = field(default_factory=list)
    figures: list[tuple[str, Figure]] = field(default_factory=list)
    of_groups: list[tuple[str, str, Figure]] = field(default_factory=list)
    notes_of_groups: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Context:
    items: dict[str, SurveyItem]
    names: Mapping[str, Any]
    asked: Mapping[str, Any]
    made_at: datetime
    #: what the engine was handed
    spec: Mapping[str, Any] = field(default_factory=dict)

    @property
    def of_wave(self) -> bool:
        """Whether answers of a wave were analysed, not figures that somebody entered."""
        return bool(self.items)

    @property
    def heads(self) -> Mapping[str, str]:
        """What columns of entered rows are called."""
        return {
            "factor": _("Factor"), "weight": _("Weight"), "label": _("Period"), "value": _("Figure or number"),
            "size": _("Of how many"), "before": _("Before"), "after": _("After"),
        }  # fmt: skip

    def item(self, code: str) -> str:
        found = self.items.get(code)
        return f"{code} {found.text}" if found is not None else code

    def named(self, key: str, default: str = "") -> str:
        words = self.names.get(key) or {}
        return pick(words.get("en"), words.get("zh")) or default

    def figure(self, value: float | None, n: float, ends: Any, unit: Unit, method: str) -> Figure:
        low, high = (float(ends[0]), float(ends[1])) if ends and ends[0] is not None else (None, None)
        return Figure(value=value, n=int(n), low=low, high=high, method=method, as_of=self.made_at, unit=unit)


def number(value: float | None, decimals: int = 2) -> Cell:
    return Cell("—") if value is None else Cell(format_number(value, decimals), value)


def share(value: float | None, decimals: int = 0) -> Cell:
    return Cell("—") if value is None else Cell(format_share(value, decimals), value)


def ends(low_high: Any, decimals: int = 2, scale: float = 1) -> str:
    if not low_high or low_high[0] is None:
        return ""
    return format_interval(low_high[0], low_high[1], scale=scale, decimals=decimals)


def whole(value: float | None) -> Cell:
    return Cell("—") if value is None else Cell(format_number(value), int(value))


def entered(context: "Context", most: int = 100) -> Table:
    """The rows that were typed or taken from a file."""
    sheet = context.asked["sheet"]
    rows = [[Cell(cell) for cell in row] for row in sheet["rows"][:most]]
    left = len(sheet["rows"]) - most
    note = _("and %(num)s rows more", num=format_number(left)) if left > 0 else ""
    return Table(
        _("What was entered"), [context.heads.get(name, name) for name in sheet["header"]], rows, note
    )


def p_word(p: float | None) -> str:
    if p is None:
        return "—"
    return "< 0.001" if p < 0.001 else format_number(p, 3)


def dimension(name: str) -> str:
    if name == "other":
        return _("without a dimension")
    return _("all chosen questions") if name == "all" else construct_word(name)
