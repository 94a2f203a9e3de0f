"""Indicator systems: levels, states, sums of weights, the words of comparisons in pairs, what changed between versions. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import combinations
from typing import Any, Final

from core.lazytext import _l
from satisfaction.rules.analyses import ROLES
from satisfaction.rules.items import DIMENSIONS, Kind

CHILDREN_MOST: Final = 15  # that can be compared with each other in pairs
NODES_MOST: Final = 300
JUDGES_MOST: Final = 30
GROUPS_MOST: Final = 30
COVERAGE: Final = 0.6
TRENDED_MOST: Final = 40  # waves of a trend
#: kinds of questions whose answers say how good something is
SCORED: Final = (Kind.scale, Kind.csat, Kind.ces, Kind.nps, Kind.servqual)
#: weights are typed with one decimal of a per cent; fifteen of them may miss the sum by this much
SUM_TOLERANCE: Final = 0.0051


class Level(IntEnum):
    index = 1
    factor = 2
    indicator = 3
    item = 4

    @property
    def label(self) -> Any:
        return LEVEL_LABELS[self]

    @property
    def prefix(self) -> str:
        """Of the codes that the nodes of this level are given; items have the code of their question."""
        return {Level.index: "X", Level.factor: "F", Level.indicator: "I"}.get(self, "")


LEVEL_LABELS: Final[dict[Level, Any]] = {
    Level.index: _l("Index"),
    Level.factor: _l("Factor"),
    Level.indicator: _l("Indicator"),
    Level.item: _l("Item"),
}


class VersionState(StrEnum):
    draft = "draft"
    in_force = "in_force"
    superseded = "superseded"

    @property
    def label(self) -> Any:
        return {"draft": _l("Draft"), "in_force": _l("In force"), "superseded": _l("Superseded")}[self.value]

    @property
    def tone(self) -> str:
        return {"draft": "few", "in_force": "good", "superseded": "info"}[self.value]


ORIGINS: Final[dict[str, Any]] = {
    "": _l("not set"),
    "direct": _l("set directly"),
    "ahp": _l("compared in pairs"),
    "model": _l("from a model"),
}


@dataclass(frozen=True, slots=True)
class Branch:
    """A node as plain values, with its children; weights are shares among siblings."""

    id: int
    parent_id: int | None
    level: int
    code: str
    name_en: str
    name_zh: str
    weight: float | None
    origin: str
    target: float | None
    children: tuple["Branch", ...] = ()

    def walk(self) -> Iterator["Branch"]:
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def leaves(self) -> list["Branch"]:
        return [each for each in self.walk() if each.level == Level.item]

    @property
    def total(self) -> float:
        return math.fsum(each.weight or 0.0 for each in self.children)


def shares_of(parent: Branch) -> dict[int, float]:
    """Weights of the children as used: an only child has all of it."""
    if len(parent.children) == 1:
        return {parent.children[0].id: 1.0}
    return {each.id: each.weight or 0.0 for each in parent.children}


def overall(root: Branch) -> dict[int, float]:
    """Share of each node in the index: the product of the weights along its branch."""
    made = {root.id: 1.0}
    for node in root.walk():
        for child, share in shares_of(node).items():
            made[child] = made[node.id] * share
    return made


# --- weights that are typed ----------------------------------------------------------------------------------


def sum_fault(percents: Sequence[float | None]) -> tuple[str, float] | None:
    """What is wrong with weights in per cent: ("missing" | "negative" | "nothing" | "sum", amount), or None."""
    if any(each is None for each in percents):
        return "missing", float(sum(each is None for each in percents))
    known = [each for each in percents if each is not None]
    if any(each < 0 for each in known):
        return "negative", min(known)
    total = math.fsum(known)
    if total <= 0:
        return "nothing", 0.0
    return ("sum", total) if abs(total / 100 - 1) > SUM_TOLERANCE else None


def normalised(values: Sequence[float]) -> list[float]:
    """The values as shares with sum 1. Raises ZeroDivisionError when all are 0."""
    total = math.fsum(values)
    return [each / total for each in values]


# --- what hinders a version ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gap:
    """`what`: no_children | no_weights | sum | group_sum; `amount` the sum that was found."""

    what: str
    node: Branch | None
    amount: float = 0.0


def gaps(root: Branch, shares: Sequence[Mapping[str, Any]] = ()) -> list[Gap]:
    """Everything that keeps a version from coming into force."""
    found = []
    for node in root.walk():
        if node.level == Level.item:
            continue
        if not node.children:
            found.append(Gap("no_children", node))
        elif len(node.children) > 1:
            if any(each.weight is None for each in node.children):
                found.append(Gap("no_weights", node))
            elif abs(node.total - 1) > SUM_TOLERANCE:
                found.append(Gap("sum", node, node.total))
    total = math.fsum(float(each["share"]) for each in shares)
    if shares and abs(total - 1) > SUM_TOLERANCE:
        found.append(Gap("group_sum", None, total))
    return found


# --- comparisons in pairs ------------------------------------------------------------------------------------

#: how many times as important, in words; Saaty (1980)
STRENGTHS: Final[dict[int, Any]] = {
    1: _l("equally important"),
    2: _l("equally to slightly more important"),
    3: _l("slightly more important"),
    4: _l("slightly to clearly more important"),
    5: _l("clearly more important"),
    6: _l("clearly to very much more important"),
    7: _l("very much more important"),
    8: _l("very much to extremely more important"),
    9: _l("extremely more important"),
}


def pairs(codes: Sequence[str]) -> list[tuple[str, str]]:
    """Every pair once, in the order of the codes."""
    return list(combinations(codes, 2))


def pair_key(one: str, other: str) -> str:
    return f"{one}/{other}"


def is_complete(codes: Sequence[str], given: Mapping[str, float]) -> bool:
    return all(pair_key(*pair) in given for pair in pairs(codes))


def read_judgement(side: str, strength: str) -> float | None:
    """One comparison as a page sends it: side a | equal | b, strength 2 to 9. None when it is not made yet.

    Raises ValueError when a side is chosen without saying how much, or for anything a page could not send.
    """
    if not side:
        return None
    if side == "equal":
        return 1.0
    if (
        side not in {"a", "b"}
        or not (strength.isascii() and strength.isdigit())
        or not 2 <= int(strength) <= 9
    ):
        raise ValueError(side)
    return float(strength) if side == "a" else 1 / int(strength)


def spoken(value: float) -> tuple[str, int]:
    """The side ("a", "equal", "b") and the step of the scale that comes nearest to a ratio."""
    steps = [
        (abs(math.log(value) - sign * math.log(step)), sign, step) for step in STRENGTHS for sign in (1, -1)
    ]
    _distance, sign, step = min(steps, key=lambda each: (each[0], each[2]))
    if step == 1:
        return "equal", 1
    return ("a" if sign > 0 else "b"), step


# --- constructs of a path model ------------------------------------------------------------------------------


def construct_name(key: str) -> str:
    """In the reader's words: a role of the national indices or a dimension; another name as it was given."""
    return str(ROLES.get(key) or DIMENSIONS.get(key) or key)


# --- what changed between two versions -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """`kind`: added | removed | moved | renamed | weight | target. before/after: shares, scores or parents' codes."""

    kind: str
    node: Branch
    before: Any = None
    after: Any = None


def compare(old: Branch, new: Branch) -> list[Change]:
    """Differences of two trees in the order of the new one, what was taken out at the end. Nodes are known by their code."""
    before = {(each.level, each.code): each for each in old.walk()}
    after = {(each.level, each.code): each for each in new.walk()}
    parents = [_parents(old), _parents(new)]
    weights = [_weights(old), _weights(new)]
    found: list[Change] = []
    for key, node in after.items():
        if key not in before:
            found.append(Change("added", node, None, weights[1][key]))
            continue
        was = before[key]
        if parents[0][key] != parents[1][key]:
            found.append(Change("moved", node, parents[0][key], parents[1][key]))
        if (was.name_en, was.name_zh) != (node.name_en, node.name_zh):
            found.append(Change("renamed", node, was, node))
        if node.level > Level.index and not _same(weights[0][key], weights[1][key]):
            found.append(Change("weight", node, weights[0][key], weights[1][key]))
        if was.target != node.target:
            found.append(Change("target", node, was.target, node.target))
    found += [Change("removed", node, weights[0][key]) for key, node in before.items() if key not in after]
    return found


def _parents(root: Branch) -> dict[tuple[int, str], str]:
    made = {(root.level, root.code): ""}
    for node in root.walk():
        made |= {(child.level, child.code): node.code for child in node.children}
    return made


def _weights(root: Branch) -> dict[tuple[int, str], float | None]:
    made: dict[tuple[int, str], float | None] = {(root.level, root.code): 1.0}
    for node in root.walk():
        only = len(node.children) == 1
        made |= {(child.level, child.code): 1.0 if only else child.weight for child in node.children}
    return made


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, abs_tol=5e-5)
