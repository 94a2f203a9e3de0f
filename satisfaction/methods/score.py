"""NPS, CSAT, CES and means, for all answers and by groups, with intervals that fit each.

Sources: Reichheld (2003) NPS; adjusted Wald interval of NPS after Agresti & Min (2005), as MeasuringU describes it;
Wilson (1927) for shares; Kish (1965) effective sample size.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.lazytext import LazyText, _l
from satisfaction.methods import specs, weighting
from satisfaction.methods.answers import Answers, Floats, Refusal, Sentence
from satisfaction.methods.groups import Groups
from satisfaction.methods.intervals import mean_interval, t_of, wilson, z_of
from satisfaction.methods.refusal import Wording
from satisfaction.methods.weighting import MIN_CELL, MOST_BY

KINDS = ("nps", "csat", "ces", "mean")
INTERVALS = ("adjusted_wald", "wald", "t")
INTERVAL_WORDS = {"adjusted_wald": _l("adjusted wald"), "wald": _l("wald"), "t": _l("t")}
#: answers that are whole numbers within this width are counted, others summed
_WIDEST = 256


@dataclass(frozen=True)
class Item:
    """top: how many of the best answers count as satisfied. valid: lowest and highest answer that counts."""

    name: str
    column: str
    kind: str
    top: int | None
    valid: tuple[float, float] | None
    interval: str


@dataclass(frozen=True)
class Sums:
    """Sums over the answers of each group, arrays of shape (groups,): answers, weights, squares of weights, first and
    second moments about `origin`; parts: weights and counts of named classes (promoters, top, …)."""

    n: Floats
    w: Floats
    w2: Floats
    wx: Floats
    wxx: Floats
    origin: float
    parts: dict[str, tuple[Floats, Floats]]

    def total(self) -> "Sums":
        """The same over all groups: one entry in place of the groups."""

        def whole(values: Floats) -> Floats:
            return np.asarray(values.sum(keepdims=True), dtype=np.float64)

        parts = {name: (whole(first), whole(second)) for name, (first, second) in self.parts.items()}
        return Sums(
            whole(self.n), whole(self.w), whole(self.w2), whole(self.wx), whole(self.wxx), self.origin, parts
        )


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - the signature of every method
    """Scores of items over all answers and in each group.

    spec: items{name: {column, kind, top, valid, interval}}, weight (column), by (columns), min_cell, missing_codes,
    confidence. NPS in points (-100 to 100), CSAT as a share, CES and means in points of the scale. Answers outside
    `valid` are left out and counted; without `valid`, NPS takes 0 to 10 and refuses others. With weights n_eff, the
    effective number of answers (Kish), takes the place of n. Undefined figures are None. Raises Refusal for unknown
    columns, negative weights and, without `valid`, NPS answers outside 0 to 10.
    Sources: Reichheld (2003); Agresti & Min (2005); Wilson (1927); Kish (1965).
    """
    assert data is not None
    specs.only(spec, ("items", "weight", "by", "min_cell", "missing_codes", "confidence"))
    codes = specs.codes(spec.get("missing_codes"))
    confidence = specs.number(spec.get("confidence", 0.95), "confidence", above=0, below=1)
    least = specs.whole(spec.get("min_cell", MIN_CELL), "min_cell", low=1, high=1_000_000)
    items = _items(spec)
    by = specs.texts(spec.get("by"), "by", MOST_BY)
    weighted = spec.get("weight") is not None
    weights: Floats | None = None
    lacking = idle = 0
    if weighted:
        given = data.weights(specs.text(spec["weight"], "weight"), missing=codes)
        lacking = int(np.isnan(given).sum())
        weights = np.nan_to_num(given)
        idle = int((weights == 0).sum()) - lacking
    groups = Groups.of(data, by)
    notes: list[Sentence] = []
    answered = np.zeros(data.rows, dtype=bool)
    found: dict[str, dict[str, Any]] = {}
    by_group: list[dict[str, Any]] = [{} for _ in range(groups.count)]
    for item in items:
        values, outside = _answers(data, item, codes)
        missing = int(np.isnan(values).sum()) - outside
        if weights is not None:
            values = np.where(weights > 0, values, np.nan)
        given_mask = ~np.isnan(values)
        answered |= given_mask
        sums = _summed(item, values, weights, groups)
        found[item.name] = {"kind": item.kind} | _figures(item, sums.total(), 0, confidence)
        found[item.name] |= {"missing": missing, "outside_valid": outside}
        if item.kind == "nps" and item.valid is not None and item.valid[0] > 0:
            notes.append(
                Sentence(
                    _l(
                        "“%(item)s” was asked from %(low)s, not from 0: do not set it beside an NPS from 0 to 10."
                    ),
                    item=item.name,
                    low=item.valid[0],
                )
            )
        if outside:
            notes.append(
                Sentence(
                    _l("“%(item)s”: %(count)s answers outside %(low)s to %(high)s were left out."),
                    item=item.name,
                    count=outside,
                    low=item.valid[0] if item.valid else 0,
                    high=item.valid[1] if item.valid else 10,
                )
            )
        if by:
            for place in range(groups.count):
                by_group[place][item.name] = (
                    _figures(item, sums, place, confidence)
                    if sums.n[place] >= least
                    else {"value": None, "withheld": True}
                )
    dropped = int(data.rows - answered.sum())
    reasons = {"missing_weight": lacking, "zero_weight": idle, "no_answer": dropped - lacking - idle}
    return {
        "variant": _variant(items, weighted=weighted),
        "items": found,
        "groups": _listed(groups, answered, by_group, least) if by else [],
        "min_cell": least,
        "confidence": confidence,
        "n_used": int(answered.sum()),
        "n_dropped": {"count": dropped, "reasons": {key: count for key, count in reasons.items() if count}},
        "notes": notes,
    }


def _items(spec: dict[str, Any]) -> list[Item]:
    given = specs.mapping(specs.need(spec, "items"), "items")
    if not given:
        raise Refusal(_l("“%(field)s” names no item."), field="items")
    made = []
    for name, value in given.items():
        where = specs.inside("items", name)
        one = specs.mapping(value, where)
        specs.only(one, ("column", "kind", "top", "valid", "interval"), where)
        kind = specs.choice(specs.need(one, "kind", where), specs.inside(where, "kind"), KINDS)
        column = specs.text(one.get("column", name), specs.inside(where, "column"))
        valid = None if one.get("valid") is None else specs.pair(one["valid"], specs.inside(where, "valid"))
        top = one.get("top")
        if top is not None:
            top = specs.whole(top, specs.inside(where, "top"), low=1)
        if kind == "csat" or (kind == "ces" and top is not None):
            if valid is None:
                raise Refusal(
                    _l(
                        "“%(field)s” is needed to know the best answers: the ends of the scale, such as [1, 5]."
                    ),
                    field=specs.inside(where, "valid"),
                )
            top = 2 if top is None else top
        if kind == "ces" and top is None and valid is not None and valid[1] - valid[0] >= 2:
            top = 2
        if top is not None and valid is not None and top > valid[1] - valid[0]:
            raise Refusal(
                _l("“%(field)s” is %(top)s, but the scale has %(size)s answers only."),
                field=specs.inside(where, "top"),
                top=top,
                size=valid[1] - valid[0] + 1,
            )
        if kind == "nps" and valid is not None and (valid[0] < 0 or valid[1] > 10 or valid[1] < 9):
            raise Refusal(
                _l(
                    "“%(field)s”: NPS is asked from 0 to 10; this scale cannot tell promoters and detractors."
                ),
                field=specs.inside(where, "valid"),
            )
        interval = one.get("interval")
        if interval is not None and kind != "nps":
            raise Refusal(
                _l("“%(field)s” can be chosen for nps only; csat takes Wilson's, ces and mean Student's."),
                field=specs.inside(where, "interval"),
            )
        chosen = specs.choice(interval or "adjusted_wald", specs.inside(where, "interval"), INTERVALS)
        made.append(Item(name, column, kind, top, valid, chosen))
    return made


def _variant(items: Sequence[Item], *, weighted: bool) -> Wording:
    words = [
        INTERVAL_WORDS[name] for name in dict.fromkeys(each.interval for each in items if each.kind == "nps")
    ]
    intervals: LazyText | Sentence = words[-1] if words else INTERVAL_WORDS["t"]
    for one in words[-2::-1]:
        intervals = Sentence(_l("%(one)s, %(others)s"), one=one, others=intervals)
    said: dict[str, LazyText | Sentence] = {
        "nps": Sentence(_l("NPS: %(intervals)s interval"), intervals=intervals),
        "csat": _l("CSAT: share of the best answers, Wilson interval"),
        "ces": _l("CES: mean, Student interval"),
        "mean": _l("mean, Student interval"),
    }
    parts = [said[kind] for kind in KINDS if any(each.kind == kind for each in items)]
    return Wording(*parts, weighting.WEIGHTED if weighted else _l("unweighted"))


def _answers(data: Answers, item: Item, codes: Sequence[Any]) -> tuple[Floats, int]:
    """The item's answers of shape (rows,), NaN where none counts, and how many lay outside its valid range."""
    if item.kind == "nps":
        # Nine and ten, seven and eight: only whole answers have a class.
        values = data.numbers(item.column, missing=codes, valid=None if item.valid else (0, 10), whole=True)
    else:
        values = data.numbers(item.column, missing=codes)
    if item.valid is None:
        return values, 0
    with np.errstate(invalid="ignore"):
        outside = (values < item.valid[0]) | (values > item.valid[1])
    count = int(outside.sum())
    return (np.where(outside, np.nan, values) if count else values), count


def _classes(item: Item, values: Floats) -> dict[str, NDArray[np.bool_]]:
    """Which answers belong to which class."""
    with np.errstate(invalid="ignore"):
        if item.kind == "nps":
            return {
                "promoters": values >= 9,
                "passives": (values >= 7) & (values < 9),
                "detractors": values < 7,
            }
        if item.top is not None and item.valid is not None:
            return {"top": values > item.valid[1] - item.top}
    return {}


def _summed(item: Item, values: Floats, weights: Floats | None, groups: Groups) -> Sums:
    """Sums of each group. Answers that are whole numbers close together are counted by value first, which is fast."""
    low, high = (np.nanmin(values), np.nanmax(values)) if (~np.isnan(values)).any() else (0.0, 0.0)
    if high - low < _WIDEST and groups.count * (high - low + 2) <= 5_000_000:
        width = int(high - low) + 2
        with np.errstate(invalid="ignore"):
            shifted = np.where(np.isnan(values), width - 1, values - low)
        steps = shifted.astype(np.int64)
        if (steps == shifted).all():
            cells = groups.codes * width + steps
            size = groups.count * width

            def table(by_weight: Floats | None) -> Floats:
                counted = np.bincount(cells, weights=by_weight, minlength=size)
                return counted.reshape(groups.count, width)[:, :-1].astype(np.float64)

            n = table(None)
            w = n if weights is None else table(weights)
            w2 = n if weights is None else table(weights**2)
            scale = np.asarray(low + np.arange(width - 1), dtype=np.float64)
            middle = (low + high) / 2
            classes = _classes(item, scale)
            return Sums(
                n.sum(1),
                w.sum(1),
                w2.sum(1),
                w @ (scale - middle),
                w @ (scale - middle) ** 2,
                float(middle),
                {name: (w @ mask.astype(float), n @ mask.astype(float)) for name, mask in classes.items()},
            )
    given = ~np.isnan(values)
    x, codes = values[given], groups.codes[given]
    own = np.ones(len(x)) if weights is None else weights[given]
    origin = float(x.mean()) if len(x) else 0.0

    def summed(of: Floats) -> Floats:
        return np.asarray(np.bincount(codes, weights=of, minlength=groups.count), dtype=np.float64)

    return Sums(
        summed(np.ones(len(x))),
        summed(own),
        summed(own**2),
        summed(own * (x - origin)),
        summed(own * (x - origin) ** 2),
        origin,
        {name: (summed(own * mask), summed(mask.astype(float))) for name, mask in _classes(item, x).items()},
    )


def _figures(item: Item, sums: Sums, place: int, confidence: float) -> dict[str, Any]:
    """Figures of one item in one group."""
    n, w = int(sums.n[place]), float(sums.w[place])
    n_eff = w * w / float(sums.w2[place]) if n else 0.0
    made: dict[str, Any] = {"n": n, "n_eff": n_eff, "value": None, "se": None, "ci": None}
    shares = {name: float(first[place]) / w if n else None for name, (first, _) in sums.parts.items()}
    counts = {name: int(second[place]) for name, (_, second) in sums.parts.items()}
    if item.kind == "nps":
        made |= counts | {f"{name}_share": share for name, share in shares.items()}
        if n:
            made |= nps(
                shares["promoters"] or 0.0, shares["detractors"] or 0.0, n_eff, item.interval, confidence
            )
        return made
    if item.kind == "csat":
        made["top"] = counts["top"]
        share = shares["top"]
        if share is not None:
            made |= {
                "value": share,
                "se": math.sqrt(share * (1 - share) / n_eff),
                "ci": wilson(share, n_eff, confidence),
            }
        return made
    made["sd"] = None
    if item.top is not None:
        made["top_share"] = shares["top"]
        made["top_ci"] = None if shares["top"] is None else wilson(shares["top"], n_eff, confidence)
    if n:
        first = float(sums.wx[place]) / w
        made["value"] = sums.origin + first
        if n_eff > 1 + 1e-9:
            second = max(0.0, float(sums.wxx[place]) / w - first * first)
            made["sd"] = math.sqrt(second * n_eff / (n_eff - 1))
            made["se"] = made["sd"] / math.sqrt(n_eff)
            made["ci"] = mean_interval(made["value"], made["se"], n_eff - 1, confidence)
    return made


def nps(
    promoters: float, detractors: float, n: float, interval: str = "adjusted_wald", confidence: float = 0.95
) -> dict[str, Any]:
    """Net promoter score in points from shares (0 to 1) and n (may be effective), se and interval within ±100.

    adjusted_wald adds 3/4 to promoters and detractors each and 3/2 to passives; wald adds nothing; t takes the
    standard deviation with n-1. `t` with one answer has no interval.
    Sources: Reichheld (2003); the adjustment after Agresti & Min (2005).
    """
    gap = promoters - detractors
    variance = max(0.0, promoters + detractors - gap * gap)
    ends: tuple[float, float] | None
    if interval == "adjusted_wald":
        more = n + 3
        up, down = (promoters * n + 0.75) / more, (detractors * n + 0.75) / more
        centre = up - down
        half = z_of(confidence) * math.sqrt((up + down - centre**2) / more)
        ends = (centre - half, centre + half)
    elif interval == "wald":
        half = z_of(confidence) * math.sqrt(variance / n)
        ends = (gap - half, gap + half)
    elif n > 1:
        half = t_of(confidence, n - 1) * math.sqrt(variance / (n - 1))
        ends = (gap - half, gap + half)
    else:
        ends = None
    return {
        "value": 100 * gap,
        "se": 100 * math.sqrt(variance / n),
        "ci": None if ends is None else (max(-100.0, 100 * ends[0]), min(100.0, 100 * ends[1])),
    }


def _listed(
    groups: Groups, answered: NDArray[np.bool_], figures: list[dict[str, Any]], least: int
) -> list[dict[str, Any]]:
    """Groups in the order of their keys; those with too few people show neither figures nor their number."""
    people = np.bincount(groups.codes, weights=answered, minlength=groups.count)
    made = []
    for place, keys in enumerate(groups.keys):
        withheld = bool(people[place] < least)
        made.append(
            {
                **keys,
                "n": None if withheld else int(people[place]),
                "withheld": withheld,
                "items": {} if withheld else figures[place],
            }
        )
    return made
