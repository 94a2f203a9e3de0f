"""Weights by comparison in pairs and from a path model. Loads the engine; the pages import it where they compute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods import ahp
from satisfaction.methods.ahp.comparison import LIMIT, priorities
from satisfaction.methods.refusal import Refusal
from satisfaction.rules.indicators import Branch, Level, construct_name, pair_key, pairs, spoken
from satisfaction.rules.items import bounds

#: the construct whose causes are the factors
AIM: Final = "satisfaction"


@dataclass(frozen=True, slots=True)
class Advice:
    """The comparison most out of line. `suggested`: what the other comparisons together say; `cr`: what it would give."""

    one: str
    other: str
    given: float
    suggested: float
    cr: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """weights: shares by code. advice only where the comparisons contradict each other at all."""

    weights: dict[str, float]
    lambda_max: float
    ci: float
    ri: float
    cr: float
    advice: Advice | None

    @property
    def consistent(self) -> bool:
        return self.cr <= LIMIT


def weigh(codes: Sequence[str], judgements: Sequence[Mapping[str, float]]) -> Weighed:
    """Weights of the codes from the comparisons of one judge or several, joined by their geometric mean (AIJ).

    judgements: of each judge "A/B" → how many times A is as important as B, every pair once. Raises Refusal when one
    is missing. Sources: Saaty (1980); Aczél and Saaty (1983).
    """
    spec: dict[str, Any] = {"items": list(codes)}
    if len(judgements) == 1:
        spec["judgements"] = dict(judgements[0])
    else:
        spec["group"] = [{"judgements": dict(each)} for each in judgements]
    found = ahp.analyse(None, spec, {})
    matrix = _matrix(codes, judgements)
    return Weighed(
        {code: float(found["weights"][code]) for code in codes},
        float(found["lambda_max"]),
        float(found["ci"]),
        float(found["ri"]),
        float(found["cr"]),
        _advice(codes, matrix) if len(codes) > 2 and found["cr"] > 1e-9 else None,
    )


def _matrix(codes: Sequence[str], judgements: Sequence[Mapping[str, float]]) -> Any:
    made = np.ones((len(codes), len(codes)))
    for row, column in pairs([str(place) for place in range(len(codes))]):
        one, other = int(row), int(column)
        key = pair_key(codes[one], codes[other])
        value = float(np.exp(np.mean([np.log(each[key]) for each in judgements])))
        made[one, other], made[other, one] = value, 1 / value
    return made


def _advice(codes: Sequence[str], matrix: Any) -> Advice:
    """For each pair the geometric mean of the ways round over a third; the pair that is farthest from it.

    With three items each comparison is as far from the other two as any; the first is named. Source of the way round:
    Saaty (2003), Eur. J. Oper. Res. 145, 85-91.
    """
    logs = np.log(matrix)
    size = len(codes)
    others = (logs.sum(axis=1)[:, None] - logs.sum(axis=1)[None, :] - 2 * logs) / (size - 2)
    error = np.triu(np.abs(logs - others), 1)
    row, column = divmod(int(np.argmax(error > error.max() - 1e-9)), size)
    side, step = spoken(float(np.exp(others[row, column])))
    suggested = 1.0 if side == "equal" else float(step) if side == "a" else 1 / step
    tried = matrix.copy()
    tried[row, column], tried[column, row] = suggested, 1 / suggested
    return Advice(
        codes[row], codes[column], float(matrix[row, column]), suggested, float(priorities(tried)["cr"])
    )


# --- from a path model ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offered:
    """What a model says of the children of a node: shares and the figures behind them, or why it says nothing."""

    node: Branch
    kind: str  # outer | effects
    shares: dict[int, float]
    raw: dict[int, float]
    construct: dict[int, str]
    refusal: Refusal | None


def from_model(root: Branch, result: Mapping[str, Any], items: Sequence[Any]) -> list[Offered]:
    """For each node with two children or more what a kept path model gives as weights.

    Items: the outer weights on unstandardised answers times the length of the scale, since scores are on 0 to 100
    (Fornell et al. 1996: index = 100 · Σ w (mean - lowest) / Σ w (highest - lowest)). Factors and indicators: the total
    effects of their constructs on satisfaction. Both are brought to a sum of 1.
    """
    lengths = {item.code: bounds(item)[1] - bounds(item)[0] for item in items}
    placed = {code: name for name, weights in (result.get("index_weights") or {}).items() for code in weights}
    found = []
    for node in root.walk():
        if len(node.children) < 2 or node.level == Level.item:
            continue
        kind = "outer" if node.level == Level.indicator else "effects"
        raw: dict[int, float] = {}
        construct: dict[int, str] = {}
        shares: dict[int, float] = {}
        refusal = None
        try:
            for child in node.children:
                construct[child.id] = _construct(child, placed)
                if kind == "outer":
                    raw[child.id] = _outer(child, construct[child.id], result) * lengths[child.code]
                else:
                    raw[child.id] = _effect(child, construct[child.id], result)
            _together(node, construct, kind)
            total = sum(raw.values())
            shares = {key: value / total for key, value in raw.items()}
        except Refusal as told:
            refusal = told
        found.append(Offered(node, kind, shares, raw, construct, refusal))
    return found


def _construct(node: Branch, placed: Mapping[str, str]) -> str:
    names = {placed.get(leaf.code, "") for leaf in node.leaves}
    if not names:
        raise Refusal(_l("“%(field)s” has no items yet."), field=node.code)
    if "" in names:
        raise Refusal(_l("The model does not use every item under “%(field)s”."), field=node.code)
    if len(names) > 1:
        raise Refusal(
            _l("The items under “%(field)s” stand under several constructs of the model: %(names)s."),
            field=node.code,
            names=", ".join(map(construct_name, sorted(names))),
        )
    return names.pop()


def _outer(node: Branch, construct: str, result: Mapping[str, Any]) -> float:
    value = result["index_weights"][construct][node.code]
    if value is None or value <= 0:
        raise Refusal(_l("The model gives “%(field)s” no positive weight."), field=node.code)
    return float(value)


def _effect(node: Branch, construct: str, result: Mapping[str, Any]) -> float:
    if construct == AIM:
        raise Refusal(
            _l("“%(field)s” is measured by satisfaction itself, which has no effect on itself."),
            field=node.code,
        )
    value = (result.get("total_effects") or {}).get(f"{construct}->{AIM}")
    if value is None or value <= 0:
        raise Refusal(
            _l("The model shows no positive effect of “%(field)s” on satisfaction."), field=node.code
        )
    return float(value)


def _together(node: Branch, construct: Mapping[int, str], kind: str) -> None:
    names = list(construct.values())
    if kind == "outer" and len(set(names)) > 1:
        raise Refusal(
            _l("The items under “%(field)s” stand under several constructs of the model: %(names)s."),
            field=node.code,
            names=", ".join(map(construct_name, sorted(set(names)))),
        )
    if kind == "effects" and len(set(names)) < len(names):
        raise Refusal(_l("Two parts of “%(field)s” are one construct of the model."), field=node.code)
