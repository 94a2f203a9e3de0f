"""Do the items of a scale belong together? Cronbach's alpha, item quality, sampling adequacy.

Sources: Cronbach (1951) alpha; Feldt (1965) its interval; Guttman (1945) lambda-6; Kaiser (1970, 1974) KMO;
Bartlett (1951) sphericity.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from core.lazytext import _l
from satisfaction.methods import specs, weighting
from satisfaction.methods.answers import Answers, Bools, Floats, Refusal, Sentence
from satisfaction.methods.refusal import Wording
from satisfaction.methods.weighting import Weights

VARIANT = (
    _l("alpha from complete rows of each scale"),
    _l("Feldt interval"),
    _l("lambda-6 of the correlations"),
    _l("KMO and Bartlett from rows complete on all items"),
)
MOST_SCALES = 200
MOST_ITEMS = 500
#: smallest eigenvalue of a correlation matrix, against the largest, that still counts as regular
_REGULAR = 1e-10


@dataclass(frozen=True)
class Scale:
    """A set of items meant to measure one thing. low, high: ends of the answer scale, when known."""

    name: str
    items: list[str]
    reverse: frozenset[str]
    low: float | None
    high: float | None


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - the signature of every method
    """Reliability of each scale, then KMO and Bartlett over all items.

    spec: scales{name{items, reverse, min, max}}, missing_codes, confidence, weight (column; the interval of alpha and
    Bartlett's test take n_eff), by (columns) and min_cell. Shares are 0 to 1. Raises Refusal for unknown columns,
    answers outside min…max, and scales with fewer than two complete rows.
    Sources: Cronbach (1951); Feldt (1965); Guttman (1945); Kaiser (1970, 1974); Bartlett (1951).
    """
    assert data is not None
    specs.only(spec, ("scales", "missing_codes", "confidence", *weighting.KEYS))
    return weighting.analysed(data, spec, _whole)


def _whole(data: Answers, spec: dict[str, Any]) -> dict[str, Any]:
    codes = specs.codes(spec.get("missing_codes"))
    confidence = specs.number(spec.get("confidence", 0.95), "confidence", above=0, below=1)
    weights = Weights.read(data, spec, codes)
    scales = _scales(spec)
    columns: dict[str, Floats] = {}
    raw: dict[str, Floats] = {}
    for scale in scales:
        valid = (scale.low, scale.high) if scale.low is not None and scale.high is not None else None
        for item in scale.items:
            answers = data.numbers(item, missing=codes, valid=valid)
            raw[item] = answers
            turned = _reversed(answers, scale) if item in scale.reverse else answers
            if item in columns and not np.array_equal(columns[item], turned, equal_nan=True):
                raise Refusal(
                    _l("“%(field)s” is reversed in one scale and not in another; KMO needs one way."),
                    field=item,
                )
            columns[item] = turned
    notes: list[Sentence] = []
    used = np.zeros(data.rows, dtype=bool)
    found = {}
    for scale in scales:
        complete = weights.counted(np.logical_and.reduce([~np.isnan(columns[item]) for item in scale.items]))
        used |= complete
        found[scale.name] = _scale(scale, columns, raw, complete, weights.of(complete), confidence, notes)
    adequacy = _adequacy(columns, weights, notes)
    return {
        "variant": Wording(*VARIANT, *([weighting.WEIGHTED] if weights.values is not None else [])),
        "scales": found,
        **adequacy,
        "confidence": confidence,
        "n_used": int(used.sum()),
        "n_dropped": weights.dropped(used, "no_complete_scale"),
        "notes": notes,
    }


def _scales(spec: Mapping[str, Any]) -> list[Scale]:
    given = specs.mapping(specs.need(spec, "scales"), "scales", MOST_SCALES)
    if not given:
        raise Refusal(_l("“%(field)s” names no scale."), field="scales")
    made = []
    for name, value in given.items():
        where = specs.inside("scales", name)
        if isinstance(value, list):
            value = {"items": value}  # noqa: PLW2901 - a bare list of items is a scale without ends
        one = specs.mapping(value, where)
        specs.only(one, ("items", "reverse", "min", "max"), where)
        items = specs.texts(specs.need(one, "items", where), specs.inside(where, "items"), MOST_ITEMS)
        if not items:
            raise Refusal(_l("The scale “%(field)s” has no items."), field=where)
        reverse = specs.texts(one.get("reverse"), specs.inside(where, "reverse"))
        for each in reverse:
            if each not in items:
                raise Refusal(
                    _l("“%(item)s” is to be reversed by “%(field)s”, but is no item of the scale."),
                    field=specs.inside(where, "reverse"),
                    item=each,
                )
        low = high = None
        if one.get("min") is not None or one.get("max") is not None:
            low, high = specs.pair(
                [specs.need(one, "min", where), specs.need(one, "max", where)], specs.inside(where, "min")
            )
        made.append(Scale(name, items, frozenset(reverse), low, high))
    if sum(len(each.items) for each in made) > specs.MOST_ITEMS:
        raise Refusal(_l("“%(field)s” has more than %(most)s items."), field="scales", most=specs.MOST_ITEMS)
    return made


def _reversed(answers: Floats, scale: Scale) -> Floats:
    """Turned round; without known ends only the sign is changed, which no reliability figure notices."""
    if scale.low is None or scale.high is None:
        return -answers
    return scale.low + scale.high - answers


def _scale(
    scale: Scale,
    columns: Mapping[str, Floats],
    raw: Mapping[str, Floats],
    complete: Bools,
    w: Floats | None,
    confidence: float,
    notes: list[Sentence],
) -> dict[str, Any]:
    n = int(complete.sum())
    k = len(scale.items)
    if n < 2:
        raise Refusal(
            _l("The scale “%(field)s” has %(count)s complete rows; at least 2 are needed."),
            field=scale.name,
            count=n,
        )
    x = np.column_stack([columns[item][complete] for item in scale.items])
    effective = weighting.n_eff(w, n)
    if effective <= 1 + 1e-9:
        raise Refusal(
            _l(
                "The scale “%(field)s” rests on one respondent alone: the weights of all others are 0 beside his."
            ),
            field=scale.name,
        )
    cov = weighting.covariance(x, w)
    alpha = alpha_raw(cov)
    same = _l("Everyone gave the same answer to “%(item)s” (scale %(scale)s): it tells nothing.")
    notes += [Sentence(same, item=item, scale=scale.name) for item in constant_columns(x, scale.items)]
    if alpha is not None and alpha < 0:
        notes.append(
            Sentence(
                _l(
                    "Alpha of %(scale)s is negative: look for items worded the other way round and reverse them."
                ),
                scale=scale.name,
            )
        )
    r = correlations(x, w)
    answers = np.column_stack([raw[item][complete] for item in scale.items])
    return {
        "alpha": alpha,
        "alpha_standardised": None if r is None else alpha_standardised(r),
        "ci": feldt(alpha, effective, k, confidence),
        "lambda6": None if r is None else lambda6(r),
        "mean_r": None if r is None or k < 2 else float((r.sum() - k) / (k * (k - 1))),
        "n": n,
        **({} if w is None else {"n_eff": effective}),
        "n_incomplete": len(complete) - n,
        "k": k,
        "straight_lining": weighting.share(np.ptp(answers, axis=1) == 0, w) if k > 1 else None,
        "items": {
            item: _item(scale, cov, x, w, place, alpha is not None) for place, item in enumerate(scale.items)
        },
    }


def _item(
    scale: Scale, cov: Floats, x: Floats, w: Floats | None, place: int, defined: bool
) -> dict[str, Any]:
    k = len(scale.items)
    others = [each for each in range(k) if each != place]
    r_rest = None
    if others:
        rest = float(cov[np.ix_(others, others)].sum())
        own = float(cov[place, place])
        if own > 0 and rest > 1e-12 * own:
            r_rest = float(np.clip(cov[place, others].sum() / math.sqrt(own * rest), -1, 1))
    known = scale.low is not None
    return {
        "mean": weighting.mean(x[:, place], w) if known or scale.items[place] not in scale.reverse else None,
        "sd": math.sqrt(float(cov[place, place])),
        "r_rest": r_rest,
        "alpha_if_deleted": alpha_raw(cov[np.ix_(others, others)]) if defined and len(others) > 1 else None,
        "floor": weighting.share(x[:, place] == scale.low, w) if known else None,
        "ceiling": weighting.share(x[:, place] == scale.high, w) if known else None,
    }


def alpha_raw(cov: Floats) -> float | None:
    """Cronbach's alpha of a covariance matrix of shape (k, k); None for one item or a sum that never varies.

    k/(k-1) · (1 - sum of variances / variance of the sum) (Cronbach, 1951). May be negative.
    """
    k = len(cov)
    variances = float(np.trace(cov))
    total = float(cov.sum())
    if k < 2 or total <= 1e-12 * max(variances, 1e-300):
        return None
    return k / (k - 1) * (1 - variances / total)


def alpha_standardised(r: Floats) -> float | None:
    """Alpha of items brought to one spread: k·r̄/(1+(k-1)r̄), from correlations of shape (k, k).

    None with one item, and where the denominator is not above 0. Source: Cronbach (1951).
    """
    k = len(r)
    if k < 2:
        return None
    mean = (float(r.sum()) - k) / (k * (k - 1))
    below = 1 + (k - 1) * mean
    return None if below <= 1e-12 else k * mean / below


def lambda6(r: Floats) -> float | None:
    """Guttman's lambda-6 from correlations of shape (k, k) (Guttman, 1945); None when they are singular."""
    k = len(r)
    inverse = inverted(r)
    if k < 2 or inverse is None or r.sum() <= 1e-12:
        return None
    return float(1 - np.sum(1 / np.diag(inverse)) / r.sum())


def feldt(alpha: float | None, n: float, k: int, confidence: float = 0.95) -> tuple[float, float] | None:
    """Interval of alpha from n rows (may be effective) and k items by the F distribution (Feldt, 1965)."""
    if alpha is None or n < 2 or k < 2:
        return None
    first, second = n - 1, (n - 1) * (k - 1)
    tail = (1 - confidence) / 2
    high = float(special.fdtri(first, second, 1 - tail))
    low = float(special.fdtri(first, second, tail))
    return 1 - (1 - alpha) * high, 1 - (1 - alpha) * low


def correlations(x: Floats, w: Floats | None = None) -> Floats | None:
    """Pearson correlations of the columns of x (n, k), shape (k, k); None when a column never varies. w: weights (n,)."""
    if w is not None:
        root = np.sqrt(w)[:, None]
        z = root * (x - w @ x / w.sum())
    else:
        z = x - x.mean(axis=0)
    size = np.sqrt((z**2).sum(axis=0))
    if len(x) < 2 or (np.ptp(x, axis=0) == 0).any():
        return None
    z /= size
    r: Floats = np.asarray(np.clip(z.T @ z, -1, 1), dtype=np.float64)
    np.fill_diagonal(r, 1.0)
    return r


def constant_columns(x: Floats, names: list[str]) -> list[str]:
    """Names of the columns of x (n, k) whose answers are all the same; all of them when there is no row."""
    flat = np.ptp(x, axis=0) == 0 if len(x) else np.ones(len(names), dtype=bool)
    return [name for name, each in zip(names, flat, strict=True) if each]


def inverted(r: Floats) -> Floats | None:
    """The inverse of a correlation matrix (p, p); None when it is singular or nearly so."""
    values = np.linalg.eigvalsh(r)
    if values[0] <= _REGULAR * values[-1]:
        return None
    return np.asarray(np.linalg.inv(r), dtype=np.float64)


def kmo(r: Floats) -> tuple[float | None, list[float | None]] | None:
    """Sampling adequacy, overall and of each item, from correlations (p, p) (Kaiser, 1974); None when singular.

    A value is None where all correlations are zero.
    """
    inverse = inverted(r)
    if inverse is None or len(r) < 2:
        return None
    size = np.sqrt(np.diag(inverse))
    partial = -inverse / np.outer(size, size)
    simple, unique = r**2, partial**2
    np.fill_diagonal(simple, 0)
    np.fill_diagonal(unique, 0)

    def share(own: float, other: float) -> float | None:
        return own / (own + other) if own + other > 1e-300 else None

    items = [share(float(own), float(other)) for own, other in zip(simple.sum(0), unique.sum(0), strict=True)]
    return share(float(simple.sum()), float(unique.sum())), items


def bartlett(r: Floats, n: float) -> tuple[float, int, float] | None:
    """Sphericity: chi-square, degrees of freedom, p (Bartlett, 1951), from n rows (may be effective); None when n ≤ p, p < 2 or r is singular."""
    p = len(r)
    sign, log_det = np.linalg.slogdet(r)
    if n <= p or p < 2 or sign <= 0 or inverted(r) is None:
        return None
    chi2 = max(0.0, -(n - 1 - (2 * p + 5) / 6) * float(log_det))
    df = p * (p - 1) // 2
    return chi2, df, float(special.chdtrc(df, chi2))


def _adequacy(columns: Mapping[str, Floats], weights: Weights, notes: list[Sentence]) -> dict[str, Any]:
    """KMO and Bartlett over all items; None with the reason in the notes where they are not defined."""
    names = list(columns)
    x = np.column_stack(list(columns.values()))
    complete = weights.counted(np.asarray(~np.isnan(x).any(axis=1)))
    x, w = x[complete], weights.of(complete)
    n, p = x.shape
    none: dict[str, Any] = {
        "kmo": {"overall": None, "items": dict.fromkeys(names), "n": n, "singular": None},
        "bartlett": {"chi2": None, "df": p * (p - 1) // 2, "p": None, "n": n},
    }
    if p < 2:
        return none
    flat = constant_columns(x, names)
    if n < 2 or flat:
        reason = (
            Sentence(_l("only %(count)s rows are complete on all items"), count=n)
            if n < 2
            else Sentence(_l("“%(item)s” never varies among the complete rows"), item=flat[0])
        )
        notes.append(Sentence(_l("KMO and Bartlett are not defined: %(reason)s."), reason=reason))
        return none
    r = correlations(x, w)
    assert r is not None
    measure = kmo(r)
    if measure is None:
        notes.append(
            Sentence(
                _l(
                    "KMO and Bartlett are not defined: some items repeat others exactly, or there are too few rows "
                    "(%(count)s) for %(items)s items."
                ),
                count=n,
                items=p,
            )
        )
        none["kmo"]["singular"] = True
        return none
    tested = bartlett(r, weighting.n_eff(w, n))
    if tested is None:
        notes.append(
            Sentence(
                _l("Bartlett's test needs more rows (%(count)s) than items (%(items)s)."), count=n, items=p
            )
        )
    return {
        "kmo": {
            "overall": measure[0],
            "items": dict(zip(names, measure[1], strict=True)),
            "n": n,
            "singular": False,
        },
        "bartlett": none["bartlett"]
        if tested is None
        else {"chi2": tested[0], "df": tested[1], "p": tested[2], "n": n},
    }
