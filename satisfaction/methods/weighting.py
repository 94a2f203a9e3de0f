"""Case weights and groups, read the same way by every method that describes respondents.

A whole weight counts like as many equal rows in everything that does not depend on the number of respondents (means,
shares, correlations). What does depend on it (standard deviations, intervals, tests) takes Kish's (1965) effective
number, (Σw)² / Σw², and results name it `n_eff`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods import specs
from satisfaction.methods.answers import Answers, Bools, Floats, Refusal, Sentence
from satisfaction.methods.groups import Groups

#: keys of a specification that are read here
KEYS: Final = ("weight", "by", "min_cell")
#: groups with fewer respondents are withheld: people could be recognised and figures mean little
MIN_CELL: Final = 10
MOST_BY: Final = 5
#: above it a table for each group helps nobody
MOST_GROUPS: Final = 500
WEIGHTED: Final = _l("weighted, n replaced by Kish's effective n")


@dataclass(frozen=True)
class Weights:
    """values: (rows,), 0 for who does not count; None when all count the same. left_out: reason → rows."""

    values: Floats | None
    left_out: dict[str, int]

    @classmethod
    def read(cls, data: Answers, spec: Mapping[str, Any], codes: list[Any]) -> "Weights":
        """The column that `weight` names. Raises Refusal for texts, negative weights, and when nobody would count."""
        if spec.get("weight") is None:
            return cls(None, {})
        given = data.weights(specs.text(spec["weight"], "weight"), missing=codes)
        lacking = int(np.isnan(given).sum())
        values = np.nan_to_num(given)
        idle = int((values == 0).sum()) - lacking
        return cls(
            values,
            {key: count for key, count in (("missing_weight", lacking), ("zero_weight", idle)) if count},
        )

    def counted(self, mask: Bools) -> Bools:
        """Those of the rows that count at all."""
        return mask if self.values is None else mask & (self.values > 0)

    def of(self, mask: Bools) -> Floats | None:
        """Weights of these rows."""
        return None if self.values is None else self.values[mask]

    def dropped(self, used: Bools, reason: str) -> dict[str, Any]:
        """`n_dropped`: rows that no figure rests on, by why; `reason` for those that have a weight."""
        count = int(len(used) - used.sum())
        others = count - sum(self.left_out.values())
        return {"count": count, "reasons": {**self.left_out, **({reason: others} if others else {})}}


def n_eff(weights: Floats | None, n: int) -> float:
    """The number of unweighted respondents that weights (n,) are worth (Kish, 1965); n without weights."""
    if weights is None or not n:
        return float(n)
    return float(weights.sum() ** 2 / (weights**2).sum())


def mean(values: Floats, weights: Floats | None) -> float:
    """Mean of values (n,), n above 0, in their unit; weights (n,), their sum above 0."""
    return float(values.mean() if weights is None else weights @ values / weights.sum())


def share(hits: Bools, weights: Floats | None) -> float:
    """Share of hits (n,), n above 0, from 0 to 1; weights (n,), their sum above 0."""
    return float(np.mean(hits) if weights is None else weights @ hits / weights.sum())


def covariance(x: Floats, weights: Floats | None) -> Floats:
    """Covariances (k, k) of the columns of x (n, k), divided by n - 1; with weights by Σw (n_eff - 1) / n_eff."""
    if weights is None:
        return np.atleast_2d(np.cov(x, rowvar=False))
    centred = x - weights @ x / weights.sum()
    effective = n_eff(weights, len(x))
    products = (centred.T * weights) @ centred / weights.sum()
    return np.asarray(products * effective / (effective - 1))


def spread(values: Floats, weights: Floats | None) -> float | None:
    """Standard deviation of n (effective) values, divided by n - 1; exactly 0 when rounding alone tells them apart."""
    effective = n_eff(weights, len(values))
    if effective <= 1 + 1e-9:
        return None
    if weights is None:
        found = float(values.std(ddof=1))
    else:
        about = mean((values - mean(values, weights)) ** 2, weights)
        found = math.sqrt(about * effective / (effective - 1))
    return 0.0 if found <= 1e-12 * float(np.abs(values).max()) else found


def analysed(
    data: Answers, spec: dict[str, Any], whole: Callable[[Answers, dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    """The method on all respondents and, with `by`, in each group that is large enough.

    A group of the result has the values of the columns, `n`, `withheld` with the `reason`, and the keys that the
    method gives; a group the method refuses has the reason alone.
    """
    least = specs.whole(spec.get("min_cell", MIN_CELL), "min_cell", low=1, high=1_000_000)
    by = specs.texts(spec.get("by"), "by", MOST_BY)
    made = whole(data, spec)
    if not by:
        return made
    own = {key: value for key, value in spec.items() if key not in {"by", "min_cell"}}
    for name in by:
        if name in made or name in {"n", "withheld", "reason"}:
            raise Refusal(
                _l("A column called “%(field)s” cannot be grouped by: the result uses that name."), field=name
            )
    groups = Groups.of(data, by)
    if groups.count > MOST_GROUPS:
        raise Refusal(
            _l("Grouping by “%(field)s” makes more than %(most)s groups."),
            field=", ".join(by),
            most=MOST_GROUPS,
        )
    order = np.argsort(groups.codes, kind="stable")
    ends = np.cumsum(np.bincount(groups.codes, minlength=groups.count))
    told = [
        {**keys, **_one(data.take(np.sort(order[start:end])), own, whole, least)}
        for keys, start, end in zip(groups.keys, [0, *ends[:-1]], ends, strict=True)
    ]
    return {**made, "groups": told, "min_cell": least}


def too_few(least: int) -> Sentence:
    """Why a group is withheld."""
    return Sentence(_l("Fewer than %(least)s respondents: the group is withheld."), least=least)


def _one(
    part: Answers,
    spec: dict[str, Any],
    whole: Callable[[Answers, dict[str, Any]], dict[str, Any]],
    least: int,
) -> dict[str, Any]:
    none: dict[str, Any] = {"n": None, "withheld": True, "reason": too_few(least)}
    if part.rows < least:
        return none
    try:
        found = whole(part, spec)
    except Refusal as refusal:
        return {"n": part.rows, "withheld": True, "reason": refusal.sentence}
    if found["n_used"] < least:
        return none
    once = {"variant", "n_used", "confidence", "table"}
    shown = {key: value for key, value in found.items() if key not in once and (key != "notes" or value)}
    return {"n": found["n_used"], "withheld": False, "reason": None, **shown}
