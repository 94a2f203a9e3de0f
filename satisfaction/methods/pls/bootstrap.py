"""Resampling of respondents: standard errors and percentile intervals of everything a path model gives.

Efron and Tibshirani (1993), An Introduction to the Bootstrap. The whole method is repeated in each resample:
replacement of missing answers, weights, orientation. A resample in which a column does not vary, causes cannot be
told apart or the weights do not settle is left out and counted.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.lazytext import _l
from satisfaction.methods.answers import Bools, Floats, Refusal
from satisfaction.methods.pls import quality
from satisfaction.methods.pls.core import Causes, Estimate, estimate, total_effects
from satisfaction.methods.pls.index import ends, index, means, raw_weights
from satisfaction.methods.pls.linear import every
from satisfaction.methods.pls.model import Ints
from satisfaction.methods.pls.sample import Moments, Sample

#: numbers of the stacked moments (p · p · B) held at once: about 2 MiB as float64
CHUNK = 288_000

#: drawn row numbers held at once
_DRAWN = 24_000_000

#: row numbers below which all resamples of a chunk are counted in one go
_TOGETHER = 4_000_000

#: kept figures (resamples x figures); above it the memory of a small server is at stake
_MOST_KEPT = 60_000_000


@dataclass
class Draws:
    """figures: name → (K, B) of the usable resamples. failed: reason → count. usable: (all resamples,)."""

    figures: dict[str, Floats]
    failed: dict[str, int]
    usable: Bools
    iterations: Ints = field(default_factory=lambda: np.empty(0, dtype=np.intp))

    @property
    def used(self) -> int:
        """How many of the resamples could be estimated."""
        return int(self.usable.sum())


def standardised(moments: Moments) -> tuple[Floats, Floats, Bools]:
    """Correlations (p, p, B), standard deviations of z (p, B), and in which samples every column varies (B,).

    Standard deviations divide by the number of respondents less one.
    """
    each = np.arange(len(moments.covariance))
    variances = moments.covariance[each, each]
    with np.errstate(invalid="ignore"):
        good = every(variances > 1e-12)
    deviations = np.sqrt(np.where(variances > 1e-12, variances, 1.0))
    correlations: Floats = moments.covariance / (deviations[:, None] * deviations)
    correlations[each, each] = 1.0
    drawn = np.maximum(moments.drawn, 2.0)
    return correlations, deviations * np.sqrt(drawn / (drawn - 1)), good


@dataclass
class Fitted:
    """One estimation of B samples. on_z, standard: weights (p, B) on `Sample.z` and on standardised columns."""

    estimate: Estimate
    correlations: Floats
    on_z: Floats
    standard: Floats
    good: Bools


def fit(sample: Sample, moments: Moments, cut: Ints | None = None) -> Fitted:
    """The model estimated from moments, standardised or not as the settings say."""
    settings = sample.settings
    correlations, deviations, good = standardised(moments)
    used = correlations
    if not settings.standardise:
        scale = sample.spread[:, None] * deviations
        used = correlations * (scale[:, None] * scale)
    found = estimate(
        settings.model,
        used,
        scheme=settings.scheme,
        tol=settings.tol,
        max_iter=settings.max_iter,
        cut=cut,
        usable=good,
    )
    standard = found.weights * found.spread
    return Fitted(found, correlations, standard / deviations, standard, good)


def _counts(sample: Sample) -> Iterator[NDArray[Any]]:
    """Chunks (B, n) of how often each respondent is drawn."""
    settings, n = sample.settings, sample.n
    p = sample.z.shape[1]
    chunk = max(1, min(CHUNK // (p * p), max(1, _DRAWN // n)))
    if settings.resample_rows is not None:
        place = np.full(sample.size, -1, dtype=np.intp)
        place[sample.rows] = np.arange(n)
        for first in range(0, len(settings.resample_rows), chunk):
            part = settings.resample_rows[first : first + chunk]
            made = np.zeros((len(part), n))
            for number, rows in enumerate(part):
                where = place[np.asarray(rows, dtype=np.intp)]
                made[number] = np.bincount(where[where >= 0], minlength=n)
            yield made
        return
    random = np.random.default_rng([settings.seed, settings.stream] if settings.stream else settings.seed)
    left = settings.bootstrap
    while left:
        many = min(chunk, left)
        drawn = random.integers(0, n, size=(many, n), dtype=np.int32)
        if n * many < _TOGETHER:
            drawn = drawn + (np.arange(many, dtype=np.int32) * n)[:, None]
            yield np.bincount(drawn.reshape(-1), minlength=n * many).reshape(many, n)
        else:
            made = np.empty((many, n), dtype=np.uint16)
            for number, rows in enumerate(drawn):
                made[number] = np.bincount(rows, minlength=n)
            yield made
        left -= many


def resample(sample: Sample, pairs: tuple[Ints, Ints]) -> Draws:
    """Run the resamples that the settings ask for: `resample_rows` exactly, else `bootstrap` of them from `seed`.

    Figures: paths, r2, effects (as `Model.effects`), index (with a scale), htmt (of `pairs`), weights, loadings and,
    with PLSc, plsc. Raises Refusal for row numbers outside the data and when too much would have to be kept.
    """
    settings = sample.settings
    model = settings.model
    asked = settings.bootstrap if settings.resample_rows is None else len(settings.resample_rows)
    kept = len(model.paths) * 2 + len(model.effects) + len(pairs[0]) + 3 * len(model.items)
    if asked * kept > _MOST_KEPT:
        raise Refusal(
            _l(
                "“%(field)s”: %(count)s resamples of so large a model are too many; at most %(most)s are taken."
            ),
            field="bootstrap",
            count=asked,
            most=_MOST_KEPT // kept,
        )
    for number, rows in enumerate(settings.resample_rows or ()):
        if max(rows) >= sample.size:
            raise Refusal(
                _l("“%(field)s” holds row %(row)s, but the data have %(rows)s rows, counted from 0."),
                field=f"resample_rows[{number}]",
                row=max(rows),
                rows=sample.size,
            )
    parts: dict[str, list[Floats]] = {}
    failed = {"constant_column": 0, "singular": 0, "not_converged": 0}
    usable: list[Bools] = []
    for counts in _counts(sample):
        figures, good = _figures(sample, counts, pairs, failed)
        usable.append(good)
        for name, values in figures.items():
            parts.setdefault(name, []).append(values)
    return Draws(
        {name: np.concatenate(values, axis=1) for name, values in parts.items()},
        {reason: count for reason, count in failed.items() if count},
        np.concatenate(usable),
    )


def _figures(
    sample: Sample, counts: NDArray[Any], pairs: tuple[Ints, Ints], failed: dict[str, int]
) -> tuple[dict[str, Floats], Bools]:
    settings = sample.settings
    model = settings.model
    with np.errstate(divide="ignore", invalid="ignore"):
        moments = sample.moments(counts)
        fitted = fit(sample, moments)
    found = fitted.estimate
    causes = Causes(model)
    with np.errstate(all="ignore"):
        paths = causes.regress(found.links)
    good = found.sound & found.converged & paths.sound
    failed["constant_column"] += int((~fitted.good).sum())
    failed["singular"] += int((fitted.good & ~(found.sound & paths.sound)).sum())
    failed["not_converged"] += int((fitted.good & found.sound & paths.sound & ~found.converged).sum())
    effects = total_effects(model, paths)
    start, end = np.array(model.effects).T
    rows, columns = model.slots
    figures = {
        "paths": paths.coefficients[rows, columns],
        "r2": paths.r2,
        "effects": effects[start, end],
        "htmt": quality.htmt(model, fitted.correlations, pairs),
        "weights": found.weights,
        "loadings": found.loadings(model),
    }
    if ends(sample) is not None:
        figures["index"] = index(sample, raw_weights(sample, fitted.on_z), means(sample, moments))
    if settings.plsc:
        corrected = quality.consistent(model, fitted.correlations, fitted.standard, found.links, causes)
        values = corrected.paths.coefficients[rows, columns]
        figures["plsc"] = np.where(corrected.admissible, values, np.nan)
    if not good.all():
        figures = {name: values[:, good] for name, values in figures.items()}
    return figures, good


@dataclass
class Summary:
    """Of K figures, each (K,); NaN where undefined. se: standard deviation of resamples. low, high: percentiles.

    t: estimate over se. p: two-sided, from the normal distribution.
    """

    mean: Floats
    se: Floats
    t: Floats
    p: Floats
    low: Floats
    high: Floats


def summary(estimates: Floats, draws: Floats, confidence: float) -> Summary:
    """Standard error, percentile interval and p of estimates (K,) from draws (K, B); draws that are NaN are left out.

    Source: Efron and Tibshirani (1993), chapters 6 and 13.
    """
    outside = (1 - confidence) / 2
    if draws.shape[1] == 0:
        none = np.full(len(estimates), np.nan)
        return Summary(none, none, none, none, none, none)
    ends_ = quantiles(draws, [outside, 1 - outside])
    if np.isfinite(draws).all():
        mean = draws.mean(axis=1)
        size = np.full(len(draws), draws.shape[1])
        away = draws - mean[:, None]
    else:
        finite = np.isfinite(draws)
        size = finite.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(finite, draws, 0.0).sum(axis=1) / np.where(size > 0, size, np.nan)
        away = np.where(finite, draws - mean[:, None], 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.sqrt(np.einsum("kb,kb->k", away, away) / np.where(size > 1, size - 1, np.nan))
        t = np.where(se > 1e-12, estimates / se, np.nan)
    return Summary(
        mean, se, t, np.array([math.erfc(abs(each) / math.sqrt(2)) for each in t]), ends_[0], ends_[1]
    )


def quantiles(draws: Floats, shares: list[float]) -> Floats:
    """(len(shares), K): linear percentiles of each row (Hyndman and Fan 1996, type 7); NaN draws are left out."""
    ordered = np.sort(draws, axis=1)
    size = np.isfinite(draws).sum(axis=1)
    each = np.arange(len(draws))
    made = np.full((len(shares), len(draws)), np.nan)
    for number, share in enumerate(shares):
        at = np.maximum(size - 1, 0) * share
        below = np.floor(at).astype(np.intp)
        above = np.minimum(below + 1, np.maximum(size - 1, 0))
        low, high = ordered[each, below], ordered[each, above]
        made[number] = np.where(size > 0, low + (high - low) * (at - below), np.nan)
    return made
