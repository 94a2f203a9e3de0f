"""Scores of a tree on the answers of a wave: items to 0-100, up the tree by the method `hierarchy`, over customer groups.

Loads the engine; jobs and operations import it where they compute.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import numpy as np

from core.i18n import force_locale
from satisfaction import sheet as sheets
from satisfaction.methods import ENGINE_VERSION, hierarchy
from satisfaction.methods.intervals import mean_interval
from satisfaction.rules.indicators import Branch, Level, overall, shares_of
from satisfaction.rules.items import Kind, bounds, key_of
from satisfaction.rules.waves import withheld, withheld_along
from satisfaction.sheet import Question, Sheet

Floats = np.ndarray[Any, np.dtype[np.float64]]
CHUNK: Final = 100_000  # respondents taken at a time
VARIANT: Final = "hierarchy"
CONFIDENCE: Final = 0.95


@dataclass(slots=True)
class Leaf:
    """One item in one part of the answers. `why`: not_asked | too_few, when it counts as not answered."""

    code: str
    question: Question | None
    column: Floats | None = None  # scores 0 to 100, NaN where there is no answer
    n: int = 0
    mean: float | None = None
    why: str = ""


@dataclass(slots=True)
class Scored:
    """A node in one part of the answers. `raw` counts towards the parent even where `score` is not shown."""

    raw: float | None
    score: float | None
    coverage: float
    n: int
    variance: float | None
    df: float
    leaf: dict[str, Any] = field(default_factory=dict)

    @property
    def ends(self) -> tuple[float, float] | None:
        if self.score is None or self.variance is None or self.df <= 0:
            return None
        found = mean_interval(self.score, math.sqrt(self.variance), self.df, CONFIDENCE)
        return None if found is None else (max(0.0, found[0]), min(100.0, found[1]))


def roll_up(
    root: Branch,
    sheet: Sheet,
    *,
    least: float,
    grouping: str = "",
    shares: Sequence[Mapping[str, Any]] = (),
    min_cell: int,
) -> dict[str, Any]:
    """Score, coverage, n and 95 % interval of every node, as JSON can hold it.

    An item's score is 100 · (mean - lowest) / (highest - lowest) of its answers, turned round where it was asked that
    way; of a SERVQUAL pair the perceived side counts, of a recommendation its mean on 0 to 10. An item with fewer than
    `min_cell` answers counts as not answered: it drops, its siblings share its weight, and the coverage says so. Under
    the coverage `least` a node has no score. With groups every group is scored by itself; a node is their mean weighted
    by `shares`. A group that is withheld or absent drops likewise.

    Interval: Taylor linearisation of the weighted mean of means, weights of the tree taken as given; respondents'
    influences u = Σ weight · ω (y - mean) / Σ ω, variance n/(n-1) Σ u², Student's t with n - 1 degrees of freedom; over
    groups Σ share² · variance with the degrees of Welch and Satterthwaite. Source: Woodruff (1971), J. Am. Stat. Assoc.
    66, 411-414; Satterthwaite (1946).
    """
    leaves = _leaves(root, sheet)
    made: dict[str, Any] = {"variant": VARIANT, "engine_version": ENGINE_VERSION, "coverage_least": least,
        "size": sheet.size, "weighted": sheet.weighted, "min_cell": min_cell, "grouping": None, "groups": []}  # fmt: skip
    if not grouping:
        nodes = _part(root, leaves, sheet.weights, None, least, min_cell, frozenset())
    else:
        nodes = _over_groups(root, leaves, sheet, grouping, shares, least, min_cell, made)
    weights = overall(root)
    made["nodes"] = {
        str(node.id): _told(node, nodes[node.id], weights[node.id], parent)
        for parent, node in _with_parents(root)
    }
    return made


def _with_parents(root: Branch) -> list[tuple[Branch | None, Branch]]:
    found: list[tuple[Branch | None, Branch]] = [(None, root)]
    for node in root.walk():
        found += [(node, child) for child in node.children]
    return found


def _told(node: Branch, scored: Scored, weight: float, parent: Branch | None) -> dict[str, Any]:
    ends = scored.ends
    return {
        "level": node.level, "code": node.code, "name_en": node.name_en, "name_zh": node.name_zh,
        "parent": str(parent.id) if parent else "", "children": [str(child.id) for child in node.children],
        "weight": shares_of(parent)[node.id] if parent else 1.0, "global_weight": weight, "target": node.target,
        "score": scored.score, "raw": scored.raw, "coverage": scored.coverage, "n": scored.n,
        "low": ends[0] if ends else None, "high": ends[1] if ends else None, "df": scored.df,
        **({"item": scored.leaf} if scored.leaf else {}),
    }  # fmt: skip


# --- items ---------------------------------------------------------------------------------------------------


def _leaves(root: Branch, sheet: Sheet) -> dict[int, Leaf]:
    asked = {item.code: item for item in sheet.items}
    return {node.id: _leaf(node.code, asked.get(node.code), sheet) for node in root.leaves}


def _leaf(code: str, question: Question | None, sheet: Sheet) -> Leaf:
    if question is None or bounds(question) == (0, 0) or question.kind in {Kind.choice, Kind.kano}:
        return Leaf(code, None, why="not_asked")
    low, high = bounds(question)
    key = key_of(code, "p" if question.kind == Kind.servqual else "")
    return Leaf(code, question, 100 * (sheet.values(key, reverse=question.reverse) - low) / (high - low))


def _counted(leaf: Leaf, weights: Floats, mask: Any) -> Leaf:
    """The leaf with its number of answers and mean in one part."""
    made = Leaf(leaf.code, leaf.question, leaf.column, why=leaf.why)
    if leaf.column is None:
        return made
    column, omega = (leaf.column, weights) if mask is None else (leaf.column[mask], weights[mask])
    there = ~np.isnan(column) & (omega > 0)
    made.n = int(there.sum())
    if made.n:
        made.mean = float((omega[there] @ column[there]) / omega[there].sum())
    return made


def _item(leaf: Leaf) -> dict[str, Any]:
    question = leaf.question
    told: dict[str, Any] = {"code": leaf.code, "why": leaf.why, "n": leaf.n if not leaf.why else None}
    if question is not None:
        low, high = bounds(question)
        told |= {"low": low, "high": high, "kind": question.kind, "reverse": question.reverse}
        if leaf.mean is not None and not leaf.why:
            told["mean"] = low + leaf.mean * (high - low) / 100
    return told


# --- one part of the answers ---------------------------------------------------------------------------------


def _part(
    root: Branch,
    leaves: Mapping[int, Leaf],
    weights: Floats,
    mask: Any,
    least: float,
    min_cell: int,
    hidden: frozenset[int],
) -> dict[int, Scored]:
    """Every node on the respondents of `mask`. `hidden`: leaves that may not be shown in this part."""
    here = {key: _counted(leaf, weights, mask) for key, leaf in leaves.items()}
    for key, leaf in here.items():
        if not leaf.why and (leaf.n < min_cell or key in hidden):
            leaf.why, leaf.mean = "too_few", None
    found = hierarchy.analyse(None, {"tree": {str(root.id): _spec(root, here)}, "coverage": least}, {})
    vectors = _vectors(root, here)
    counts, products = _moments(here, weights, mask, vectors)
    order = {key: place for place, key in enumerate(here)}
    made = {}
    for node in root.walk():
        told = found["nodes"][str(node.id)]
        vector = vectors[node.id]
        along = np.zeros(len(order))
        for key, share in vector.items():
            along[order[key]] = share
        n = counts[node.id]
        # with all answers alike there is no spread to speak of, and one respondent has none
        variance = float(along @ products @ along) * n / (n - 1) if n > 1 else None
        raw = math.fsum(share * (here[key].mean or 0.0) for key, share in vector.items()) if vector else None
        made[node.id] = Scored(
            raw, told["score"], told["coverage"], n, variance, n - 1,
            _item(here[node.id]) if node.level == Level.item else {},
        )  # fmt: skip
    return made


def _spec(node: Branch, leaves: Mapping[int, Leaf]) -> dict[str, Any]:
    """The node as the method takes it, without its own weight."""
    if node.level == Level.item:
        mean = leaves[node.id].mean
        return {} if mean is None else {"score": mean}
    if not node.children:
        return {}
    shares = shares_of(node)
    return {
        "children": {
            str(child.id): {"weight": shares[child.id], **_spec(child, leaves)} for child in node.children
        }
    }


def _vectors(root: Branch, leaves: Mapping[int, Leaf]) -> dict[int, dict[int, float]]:
    """Node → leaf → its share of the node's score, after what is not answered has dropped out; empty without a score."""
    made: dict[int, dict[int, float]] = {}

    def grow(node: Branch) -> dict[int, float]:
        if node.level == Level.item:
            made[node.id] = {node.id: 1.0} if leaves[node.id].mean is not None else {}
            return made[node.id]
        below = {child.id: grow(child) for child in node.children}
        shares = {key: share for key, share in shares_of(node).items() if below[key] and share > 0}
        total = math.fsum(shares.values())
        vector: dict[int, float] = {}
        for key, share in shares.items():
            for leaf, part in below[key].items():
                vector[leaf] = vector.get(leaf, 0.0) + share / total * part
        made[node.id] = vector
        return vector

    grow(root)
    return made


def _moments(
    leaves: Mapping[int, Leaf], weights: Floats, mask: Any, vectors: Mapping[int, Mapping[int, float]]
) -> tuple[dict[int, int], Floats]:
    """Respondents behind each node, and the sums of products of the influences of the items, shape (leaves, leaves)."""
    size = len(leaves)
    order = {key: place for place, key in enumerate(leaves)}
    wanted = {
        node: np.array([order[key] for key in vector], dtype=np.int64) for node, vector in vectors.items()
    }
    places = np.arange(len(weights)) if mask is None else np.flatnonzero(mask)
    sums = {
        key: float(weights[places][~np.isnan(leaf.column[places])].sum())
        for key, leaf in leaves.items()
        if leaf.mean is not None and leaf.column is not None
    }
    counts = dict.fromkeys(vectors, 0)
    products = np.zeros((size, size))
    for start in range(0, len(places), CHUNK):
        rows = places[start : start + CHUNK]
        omega = weights[rows]
        influence = np.zeros((len(rows), size))
        there = np.zeros((len(rows), size), dtype=bool)
        for key, total in sums.items():
            leaf = leaves[key]
            assert leaf.column is not None
            column = leaf.column[rows]
            seen = ~np.isnan(column) & (omega > 0)
            there[:, order[key]] = seen
            influence[seen, order[key]] = omega[seen] * (column[seen] - (leaf.mean or 0.0)) / total
        products += influence.T @ influence
        for node, columns in wanted.items():
            counts[node] += int(there[:, columns].any(axis=1).sum()) if len(columns) else 0
    return counts, products


# --- customer groups -----------------------------------------------------------------------------------------


def _over_groups(
    root: Branch,
    leaves: Mapping[int, Leaf],
    sheet: Sheet,
    grouping: str,
    shares: Sequence[Mapping[str, Any]],
    least: float,
    min_cell: int,
    made: dict[str, Any],
) -> dict[int, Scored]:
    marks = sheet.groups.get(grouping)
    values = marks if marks is not None else np.full(sheet.size, "", dtype=object)
    sizes = {name: int((values == name).sum()) for name in set(values.tolist())}
    lines = sheets.lines_of(sheet, values.tolist())
    few = withheld_along([sizes], lines, min_cell)
    hidden = _hidden(leaves, sheet.weights, values, list(sizes), lines, min_cell, few)
    parts: list[tuple[float, dict[int, Scored] | None]] = []
    for each in shares:
        key, share = str(each["key"]), float(each["share"])
        state = "absent" if not sizes.get(key) else "withheld" if key in few else "in"
        part = (
            _part(root, leaves, sheet.weights, values == key, least, min_cell, hidden[key])
            if state == "in"
            else None
        )
        parts.append((share, part))
        made["groups"].append(
            {
                "key": key, "en": each["en"], "zh": each["zh"], "share": share, "state": state,
                "n": sizes[key] if state == "in" else None,
                "nodes": {} if part is None else {
                    str(node.id): {"score": part[node.id].score, "raw": part[node.id].raw, "coverage": part[node.id].coverage,
                        "n": part[node.id].n, **({"item": part[node.id].leaf} if part[node.id].leaf else {})}
                    for node in root.walk()
                },
            }
        )  # fmt: skip
    listed = {str(each["key"]) for each in shares}
    made["left_out"] = sum(size for name, size in sizes.items() if name not in listed)
    made["grouping"] = {"key": grouping, **_words(sheet, grouping), "known": marks is not None}
    made["group_share"] = math.fsum(share for share, part in parts if part is not None)
    return {node.id: _mean_of(node, parts, least) for node in root.walk()}


def _hidden(
    leaves: Mapping[int, Leaf],
    weights: Floats,
    values: Any,
    names: Sequence[str],
    lines: Sequence[set[str]],
    min_cell: int,
    few: frozenset[str],
) -> dict[str, frozenset[int]]:
    """Group → leaves that are too small there, or could be found by taking the shown groups from the whole."""
    made: dict[str, set[int]] = {name: set() for name in names}
    for key, leaf in leaves.items():
        if leaf.column is None:
            continue
        there = ~np.isnan(leaf.column) & (weights > 0)
        counts = {name: int((there & (values == name)).sum()) for name in names}
        for name in withheld_along([counts], lines, min_cell, few):
            made[name].add(key)
    return {name: frozenset(keys) for name, keys in made.items()}


def _mean_of(node: Branch, parts: Sequence[tuple[float, dict[int, Scored] | None]], least: float) -> Scored:
    total = math.fsum(share for share, _part in parts) or 1.0
    there = [(share / total, part[node.id]) for share, part in parts if part is not None]
    coverage = min(1.0, math.fsum(share * each.coverage for share, each in there))
    used = [(share, each) for share, each in there if each.raw is not None and share > 0]
    leaf = {"code": node.code, "why": "" if used else "too_few", "n": sum(each.n for _s, each in used)} if node.level == Level.item else {}  # fmt: skip
    if not used:
        return Scored(None, None, coverage, 0, None, 0, leaf)
    whole = math.fsum(share for share, _each in used)
    raw = math.fsum(share / whole * (each.raw or 0.0) for share, each in used)
    variance, df = _joined([(share / whole, each) for share, each in used])
    shown = coverage >= least - 1e-9
    return Scored(raw, raw if shown else None, coverage, sum(each.n for _s, each in used), variance, df, leaf)


def _joined(parts: Sequence[tuple[float, Scored]]) -> tuple[float | None, float]:
    """Variance and degrees of freedom of a weighted sum of independent parts; None when one is not known."""
    if any(each.variance is None for _share, each in parts):
        return None, 0.0
    terms = [(share * share * (each.variance or 0.0), each.df) for share, each in parts]
    variance = math.fsum(term for term, _df in terms)
    if variance <= 0:
        return variance, math.fsum(df for _term, df in terms)
    return variance, variance * variance / math.fsum(term * term / df for term, df in terms)


def _words(sheet: Sheet, grouping: str) -> dict[str, str]:
    made = {}
    for language in ("en", "zh"):
        with force_locale(language):
            made[language] = str(sheets.group_names(sheet).get(grouping, grouping))[:120]
    return made


# --- what an editor may choose -------------------------------------------------------------------------------


def groupings(sheet: Sheet, min_cell: int) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """Key → (name, its values with their words and how many answered, None where that is withheld)."""
    made = {}
    for key, name in sheets.group_names(sheet).items():
        values = sheet.groups[key]
        sizes = {value: int((values == value).sum()) for value in set(values.tolist()) if value}
        few = withheld(sizes, min_cell)
        if len(sizes) > 30:
            continue
        listed = []
        for value in sorted(sizes):
            words = {}
            for language in ("en", "zh"):
                with force_locale(language):
                    words[language] = str(partial(sheets.group_word, sheet, key, value)())[:120]
            listed.append({"key": value, **words, "n": None if value in few else sizes[value]})
        made[key] = (name, listed)
    return made
