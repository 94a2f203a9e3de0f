"""What results consist of: figures of an item, of the whole wave, of a group."""

from dataclasses import dataclass, field
from typing import Any, Final

from core.figures import Figure
from satisfaction.rules.items import Kind
from satisfaction.sheet import Question

ENGINE_VERSION: Final = "1"
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
    """What one item says. `counts` are (answer, respondents) for each answer of the scale or choice."""

    item: Question
    n: int = 0
    not_applicable: int = 0
    blank: int = 0
    figures: dict[str, Figure] = field(default_factory=dict)
    counts: list[tuple[int, int]] = field(default_factory=list)
    detail: dict[str, Any] = field(default_factory=dict)
    refused: str = ""

    @property
    def main(self) -> Figure | None:
        return self.figures.get(MAIN.get(Kind(self.item.kind), ""))

    @property
    def main_measure(self) -> str:
        return MAIN.get(Kind(self.item.kind), "")


@dataclass(slots=True)
class Results:
    size: int
    weighted: bool
    variant: str
    items: list[ItemResult]
    dimensions: list[tuple[str, dict[str, Figure], dict[str, Any]]]
    servqual: dict[str, Any] | None
    ipa: dict[str, Any] | None
    inputs_hash: str
    too_few: bool = False

    def find(self, code: str) -> ItemResult | None:
        return next((each for each in self.items if each.item.code == code), None)


@dataclass(slots=True)
class Group:
    """One group. `figures` by item code, None where the group is withheld for that item."""

    key: str
    label: str
    n: int | None
    figures: dict[str, Figure | None]
