"""What results consist of: figures of an item, a dimension, a point of the grid, a group, the whole wave."""

from dataclasses import dataclass, field
from typing import Any, Final

from core.figures import Figure
from satisfaction.rules.items import Kind
from satisfaction.sheet import Question

#: raise it when the same answers may give another figure; what is kept of an older one is computed again
ENGINE_VERSION: Final = "2"
MIN_N: Final = 30  # answers under which a target is not judged
KEPT: Final = 12
SCORED: Final = {
    Kind.scale: "mean",
    Kind.importance: "mean",
    Kind.nps: "nps",
    Kind.csat: "csat",
    Kind.ces: "ces",
}
#: the figure that stands for an item in lists and is compared with its target
MAIN: Final = {
    Kind.scale: "mean",
    Kind.importance: "mean",
    Kind.nps: "nps",
    Kind.csat: "csat",
    Kind.ces: "ces",
    Kind.servqual: "gap",
    Kind.kano: "better",
}


@dataclass(slots=True)
class ItemResult:
    """What one item says. `counts` are (answer, respondents) for each answer of the scale or choice, `shares` the share
    of each: weighted where the wave has weights, with its interval."""

    item: Question
    n: int = 0
    not_applicable: int = 0
    blank: int = 0
    figures: dict[str, Figure] = field(default_factory=dict)
    counts: list[tuple[int, int]] = field(default_factory=list)
    shares: list[Figure] = field(default_factory=list)
    detail: dict[str, Any] = field(default_factory=dict)
    refused: str = ""

    @property
    def main(self) -> Figure | None:
        return self.figures.get(MAIN.get(Kind(self.item.kind), ""))

    @property
    def main_measure(self) -> str:
        return MAIN.get(Kind(self.item.kind), "")


@dataclass(slots=True)
class Dimension:
    """Pairs (`measure` is gap) or rating scales of one length (mean) that belong together; `codes` are those items."""

    name: str
    measure: str
    points: int
    codes: list[str]
    figures: dict[str, Figure] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def main(self) -> Figure:
        return self.figures[self.measure]

    @property
    def key(self) -> str:
        return f"{self.measure} {self.points} {self.name}"


@dataclass(slots=True)
class GridPoint:
    """An item between importance and performance. `quadrant` is a key of satisfaction.showing.QUADRANTS."""

    code: str
    importance: Figure
    performance: Figure
    quadrant: str


@dataclass(slots=True)
class Grid:
    """Importance against performance. `overall` is the item that importance is derived from, "" where it was asked."""

    points: dict[str, GridPoint]
    crosshair: tuple[float, float]
    n: int
    overall: str = ""


@dataclass(slots=True)
class Results:
    size: int
    weighted: bool
    variant: str
    items: list[ItemResult]
    dimensions: list[Dimension]
    overall_gap: float | None
    ipa: Grid | None
    inputs_hash: str
    too_few: bool = False

    def find(self, code: str) -> ItemResult | None:
        return next((each for each in self.items if each.item.code == code), None)


@dataclass(slots=True)
class Cell:
    """An item or dimension in one group. `shares` only of choices, `detail` the category of a feature."""

    n: int
    figures: dict[str, Figure] = field(default_factory=dict)
    shares: list[Figure] = field(default_factory=list)
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Group:
    """One group. `n` is None where it is withheld. Cells by item code and by key of the dimension: None where the group
    is withheld for it; nobody who answered is no cell. `refused`: why no importance could be derived."""

    key: str
    label: str
    n: int | None
    items: dict[str, Cell | None] = field(default_factory=dict)
    dimensions: dict[str, Cell | None] = field(default_factory=dict)
    grid: Grid | None = None
    refused: str = ""
