"""Is a clause addressed? One cell (clause × standard) and a clause over several standards. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.lazytext import _l
from standards.rules.clauses import Relation


class Degree(StrEnum):
    full = "full"
    partial = "partial"
    supports = "supports"

    @property
    def word(self) -> Any:
        return {
            Degree.full: _l("in full"),
            Degree.partial: _l("in part"),
            Degree.supports: _l("supports it"),
        }[self]

    @property
    def sentence(self) -> Any:
        return {
            Degree.full: _l("addresses it in full"),
            Degree.partial: _l("addresses part of it"),
            Degree.supports: _l("gives evidence for it"),
        }[self]


class Status(StrEnum):
    addressed = "addressed"
    partly = "partly"
    not_addressed = "not_addressed"
    not_applicable = "not_applicable"
    not_assessed = "not_assessed"

    @property
    def word(self) -> Any:
        return STATUS_WORDS[self]

    @property
    def heading(self) -> Any:
        return STATUS_HEADINGS[self]

    @property
    def css(self) -> str:
        """Class of the cell in the matrix."""
        return _CSS[self]

    @property
    def tone(self) -> str:
        """Class of the state mark."""
        return {"addressed": "good", "partly": "edge", "not_addressed": "bad"}.get(self.value, "few")

    @property
    def is_gap(self) -> bool:
        return self is Status.not_addressed


STATUS_WORDS: dict[Status, Any] = {
    Status.addressed: _l("addressed"),
    Status.partly: _l("partly"),
    Status.not_addressed: _l("not addressed"),
    Status.not_applicable: _l("not applicable"),
    Status.not_assessed: _l("not assessed"),
}
STATUS_HEADINGS: dict[Status, Any] = {
    Status.addressed: _l("Addressed"),
    Status.partly: _l("Partly addressed"),
    Status.not_addressed: _l("Not addressed"),
    Status.not_applicable: _l("Not applicable"),
    Status.not_assessed: _l("Not assessed"),
}
_CSS = {
    Status.addressed: "c-full",
    Status.partly: "c-part",
    Status.not_addressed: "c-none",
    Status.not_applicable: "c-na",
    Status.not_assessed: "c-todo",
}

#: what people may judge; anything else is computed
JUDGEMENTS = (Status.addressed, Status.partly, Status.not_addressed)


def computed_status(degrees: Iterable[str]) -> Status:
    """What the mappings alone say: one full mapping addresses the clause, anything less does so in part."""
    found = set(degrees)
    if Degree.full in found:
        return Status.addressed
    return Status.partly if found else Status.not_assessed


def cell_status(degrees: Iterable[str], *, applicable: bool = True, judgement: str = "") -> Status:
    """Status of a clause for one standard.

    Not applicable wins; then what a person judged; then what the mappings say. Without mapping and judgement the
    cell was never assessed: only a person can say that a clause is not addressed.
    """
    if not applicable:
        return Status.not_applicable
    return Status(judgement) if judgement else computed_status(degrees)


def is_override(degrees: Iterable[str], judgement: str) -> bool:
    """Whether a judgement contradicts what the mappings say (judging an empty cell contradicts nothing)."""
    computed = computed_status(degrees)
    return bool(judgement) and computed is not Status.not_assessed and computed != judgement


def over_standards(statuses: Sequence[Status], *, applicable: bool = True, judgement: str = "") -> Status:
    """Status of a clause for a unit, over the standards in force there: one standard that addresses it suffices."""
    if not applicable:
        return Status.not_applicable
    if judgement:
        return Status(judgement)
    for best in (Status.addressed, Status.partly, Status.not_addressed):
        if best in statuses:
            return best
    if statuses and all(status is Status.not_applicable for status in statuses):
        return Status.not_applicable
    return Status.not_assessed


@dataclass(frozen=True)
class Bar:
    """One clause over all standards: parts of those that are applicable and assessed."""

    addressed: int
    partly: int
    not_addressed: int

    @property
    def total(self) -> int:
        return self.addressed + self.partly + self.not_addressed

    @property
    def parts(self) -> tuple[float, float, float]:
        """Widths out of 100."""
        if not self.total:
            return (0.0, 0.0, 0.0)
        first = round(100 * self.addressed / self.total, 2)
        second = round(100 * self.partly / self.total, 2)
        return (first, second, round(100 - first - second, 2))


def bar_of(statuses: Iterable[Status]) -> Bar:
    count = Counter(statuses)
    return Bar(count[Status.addressed], count[Status.partly], count[Status.not_addressed])


@dataclass(frozen=True)
class Decision:
    """What one unit said about a clause, as a rule needs it."""

    unit_path: str
    applicable: bool
    adopted: bool
    judgement: str
    justification: str


def nearest(decisions: Mapping[str, Decision], path: str) -> Decision | None:
    """The decision that holds at a unit: its own, or that of the closest unit above."""
    while path.count("/") >= 2:
        if path in decisions:
            return decisions[path]
        path = path[: path.rstrip("/").rfind("/") + 1]
    return None


def suggested_degree(degree: str, relation: str, *, forward: bool, changed: bool = False) -> Degree | None:
    """Degree to suggest for a clause that the crosswalk ties to one addressed already, or None for none.

    `forward`: the addressed clause is the first of the link. A link “supports” says nothing in the other direction.
    Equal ground keeps the degree; ground that only overlaps, or that changed with the edition, is addressed in part
    at most.
    """
    if relation == Relation.supports:
        return Degree.supports if forward else None
    if relation == Relation.equal or (relation == Relation.successor and not changed):
        return Degree(degree)
    return Degree.partial if degree == Degree.full else Degree(degree)
