"""Scores before and after: means and ranks, of different people and of the same people."""

import math
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods.answers import Floats
from satisfaction.methods.effect.judgement import SMALL, Found, reach, scaled
from satisfaction.methods.intervals import settled
from satisfaction.methods.refusal import Refusal

EXACT: Final = 50
MOST_PAIRS: Final = 4_000_000
#: asymptotic efficiency of rank tests against t-tests on normal values: 3 / pi
RANKS: Final = math.sqrt(math.pi / 3)


def _at_least(values: Floats, where: str, least: int) -> None:
    if len(values) < least:
        raise Refusal(
            _l("“%(field)s” holds %(count)s values; at least %(least)s are needed."),
            field=where,
            count=len(values),
            least=least,
        )


def _described(values: Floats) -> dict[str, Any]:
    return {
        "n": len(values),
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)) if len(values) > 1 else None,
        "median": float(np.median(values)),
    }


def welch(before: Floats, after: Floats, alpha: float, power: float) -> Found:
    """Two means of different people, variances not assumed equal; shapes (n1,), (n2,). Effect size: Cohen's d.

    Nothing but the estimate is defined when neither side varies. Raises Refusal for fewer than two values on a side.
    Sources: Welch (1947), Biometrika 34, 28-35; Cohen (1988).
    """
    from scipy.special import stdtr, stdtrit

    _at_least(before, "before", 2)
    _at_least(after, "after", 2)
    n1, n2 = len(before), len(after)
    v1, v2 = float(before.var(ddof=1)) / n1, float(after.var(ddof=1)) / n2
    estimate = float(after.mean() - before.mean())
    extra = {"before": _described(before), "after": _described(after)}
    if not v1 + v2 > 0:
        return Found("welch", estimate, None, None, None, None, None, "cohen_d", n1, n2, extra=extra)
    se = math.sqrt(v1 + v2)
    df = (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
    t = estimate / se
    half = float(stdtrit(df, 1 - alpha / 2)) * se
    sd = math.sqrt(((n1 - 1) * v1 * n1 + (n2 - 1) * v2 * n2) / (n1 + n2 - 2))
    detectable = reach(power, alpha, df) * se
    return Found(
        "welch",
        estimate,
        estimate - half,
        estimate + half,
        2 * float(stdtr(df, -abs(t))),
        t,
        estimate / sd,
        "cohen_d",
        n1,
        n2,
        detectable,
        scaled(n2, detectable),
        SMALL * sd,
        extra={**extra, "df": df, "se": se},
    )


def paired(before: Floats, after: Floats, alpha: float, power: float) -> Found:
    """The mean change of the same people, shapes (n,). Effect size: mean over standard deviation of the changes.

    Sources: Student (1908); Cohen (1988), d_z.
    """
    from scipy.special import stdtr, stdtrit

    _at_least(before, "before", 2)
    change = after - before
    n = len(change)
    estimate = float(change.mean())
    extra = {"before": _described(before), "after": _described(after)}
    sd = float(change.std(ddof=1))
    if not sd > 0:
        return Found("paired t", estimate, None, None, None, None, None, "cohen_dz", n, n, extra=extra)
    se = sd / math.sqrt(n)
    half = float(stdtrit(n - 1, 1 - alpha / 2)) * se
    detectable = reach(power, alpha, n - 1) * se
    return Found(
        "paired t",
        estimate,
        estimate - half,
        estimate + half,
        2 * float(stdtr(n - 1, -abs(estimate / se))),
        estimate / se,
        estimate / sd,
        "cohen_dz",
        n,
        n,
        detectable,
        scaled(n, detectable),
        SMALL * sd,
        extra={**extra, "df": n - 1, "se": se},
    )


def mann_whitney(before: Floats, after: Floats, alpha: float, power: float) -> Found:
    """Ranks of different people. Statistic: U of the after side (R's W of after against before).

    Estimate: Hodges-Lehmann shift, the median of all differences after less before, with the interval that belongs to
    the test. Exact when both sides have at most 50 values without ties, else normal with corrections for ties and
    continuity. Effect size: rank-biserial correlation 2 U / (n1 n2) - 1. All values tied: p = 1.

    Sources: Mann and Whitney (1947); Hodges and Lehmann (1963); Hollander and Wolfe (1973), 4.1 to 4.3.
    """
    from scipy.stats import mannwhitneyu

    _at_least(before, "before", 1)
    _at_least(after, "after", 1)
    n1, n2 = len(before), len(after)
    both = np.concatenate([before, after])
    _, ties = np.unique(both, return_counts=True)
    exact = max(n1, n2) <= EXACT and bool((ties == 1).all())
    extra: dict[str, Any] = {"before": _described(before), "after": _described(after), "exact": exact}
    if len(ties) == 1:
        u, p, p_one = n1 * n2 / 2, 1.0, {"up": 1.0, "down": 1.0}
    else:
        method = "exact" if exact else "asymptotic"
        found = mannwhitneyu(after, before, alternative="two-sided", method=method)
        u, p = float(found.statistic), min(1.0, float(found.pvalue))
        p_one = {
            key: float(mannwhitneyu(after, before, alternative=side, method=method).pvalue)
            for key, side in (("up", "greater"), ("down", "less"))
        }
    differences, times = _differences(before, after)
    estimate = _median(differences, times)
    if exact:
        place = _exact_place(n1, n2, alpha / 2)
    else:
        total = n1 + n2
        tied = float((ties**3 - ties).sum()) / (total * (total - 1)) if total > 1 else 0.0
        spread = math.sqrt(n1 * n2 / 12 * (total + 1 - tied))
        from statistics import NormalDist

        place = max(0, math.floor(n1 * n2 / 2 - NormalDist().inv_cdf(1 - alpha / 2) * spread))
    low = _at(differences, times, max(1, place))
    high = _at(differences, times, n1 * n2 - max(1, place) + 1)
    se = math.sqrt(_variance(before) / n1 + _variance(after) / n2) * RANKS
    df = max(1, n1 + n2 - 2)
    detectable = reach(power, alpha, df) * se if se > 0 else None
    sd = math.sqrt((_variance(before) * n1 + _variance(after) * n2) / (n1 + n2))
    return Found(
        "mann-whitney exact" if exact else "mann-whitney",
        estimate,
        low,
        high,
        p,
        u,
        2 * u / (n1 * n2) - 1,
        "rank_biserial",
        n1,
        n2,
        detectable,
        scaled(n2, detectable),
        SMALL * sd if sd > 0 else None,
        extra={**extra, "p_one_sided": p_one, "u_before": n1 * n2 - u},
    )


def wilcoxon(before: Floats, after: Floats, alpha: float, power: float) -> Found:
    """Signed ranks of the changes of the same people, both sides of shape (n,); no change is left out of the test. Statistic: V, the rank sum
    of increases. Estimate: pseudo-median, the median of all Walsh averages. Exact as for mann_whitney.

    Effect size: (V - rank sum of decreases) / all ranks.
    Sources: Wilcoxon (1945); Hollander and Wolfe (1973), 3.1 to 3.3.
    """
    from scipy.stats import rankdata, wilcoxon

    _at_least(before, "before", 1)
    change = settled(after - before, float(np.abs([*before, *after]).max()))
    moved = change[change != 0]
    n = len(moved)
    extra: dict[str, Any] = {
        "before": _described(before),
        "after": _described(after),
        "unchanged": len(change) - n,
    }
    if n == 0:
        return Found(
            "wilcoxon", 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, "rank_biserial", len(change), len(change), extra=extra
        )
    _at_least(moved, "before", 1)
    ranks = rankdata(np.abs(moved))
    v = float(ranks[moved > 0].sum())
    _, ties = np.unique(np.abs(moved), return_counts=True)
    exact = n <= EXACT and bool((ties == 1).all()) and n == len(change)
    found = wilcoxon(moved, correction=not exact, method="exact" if exact else "asymptotic")
    averages, times = _walsh(moved)
    total = n * (n + 1) // 2
    if exact:
        place = _signed_place(n, alpha / 2)
    else:
        from statistics import NormalDist

        spread = math.sqrt(n * (n + 1) * (2 * n + 1) / 24 - float((ties**3 - ties).sum()) / 48)
        place = max(0, math.floor(total / 2 - NormalDist().inv_cdf(1 - alpha / 2) * spread))
    se = math.sqrt(_variance(change) / len(change)) * RANKS
    detectable = reach(power, alpha, max(1, len(change) - 1)) * se if se > 0 else None
    sd = math.sqrt(_variance(change))
    return Found(
        "wilcoxon exact" if exact else "wilcoxon",
        _median(averages, times),
        _at(averages, times, max(1, place)),
        _at(averages, times, total - max(1, place) + 1),
        min(1.0, float(found.pvalue)),
        v,
        (2 * v - total) / total,
        "rank_biserial",
        len(change),
        len(change),
        detectable,
        scaled(len(change), detectable),
        SMALL * sd if sd > 0 else None,
        extra={**extra, "exact": exact},
    )


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0


def _differences(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """All differences after less before, ascending, each with how often it occurs."""
    one, often1 = np.unique(before, return_counts=True)
    two, often2 = np.unique(after, return_counts=True)
    _bounded(len(one) * len(two))
    return _sorted((two[:, None] - one[None, :]).ravel(), np.outer(often2, often1).ravel())


def _walsh(values: Floats) -> tuple[Floats, Floats]:
    """All averages of two values (and of each with itself), ascending, with how often they occur."""
    known, often = np.unique(values, return_counts=True)
    _bounded(len(known) ** 2)
    row, column = np.triu_indices(len(known))
    times = np.where(row == column, often[row] * (often[row] + 1) / 2, often[row] * often[column])
    return _sorted((known[row] + known[column]) / 2, times)


def _bounded(pairs: int) -> None:
    if pairs > MOST_PAIRS:
        raise Refusal(
            _l(
                "“%(field)s”: the ranks of so many different values make %(pairs)s pairs; at most %(most)s are taken. Welch's test has no such limit."
            ),
            field="after",
            pairs=pairs,
            most=MOST_PAIRS,
        )


def _sorted(values: Floats, times: Any) -> tuple[Floats, Floats]:
    order = np.argsort(values, kind="stable")
    return values[order], np.cumsum(np.asarray(times, dtype=float)[order])


def _at(values: Floats, upto: Floats, place: int) -> float:
    """The value at a place (from 1) among all values with repetition; `upto` are cumulated times."""
    return float(values[min(int(np.searchsorted(upto, place - 0.5)), len(values) - 1)])


def _median(values: Floats, upto: Floats) -> float:
    total = round(float(upto[-1]))
    return (_at(values, upto, (total + 1) // 2) + _at(values, upto, total // 2 + 1)) / 2


def _exact_place(n1: int, n2: int, tail: float) -> int:
    """The smallest q with P(U <= q) >= tail under no difference, exact: R's qwilcox."""
    counts = np.zeros(n1 * n2 + 1)
    counts[0] = 1.0
    # generating function of U: product over i of (1 - x^(n2 + i)) / (1 - x^i)
    for i in range(1, n1 + 1):
        step = n2 + i
        counts[step:] -= counts[:-step].copy() if step <= n1 * n2 else 0.0
        for place in range(i, n1 * n2 + 1):
            counts[place] += counts[place - i]
    share = np.cumsum(counts) / counts.sum()
    return int(np.searchsorted(share, tail * (1 - 1e-9)))


def _signed_place(n: int, tail: float) -> int:
    """The smallest q with P(V <= q) >= tail under no change, exact: R's qsignrank."""
    counts = np.zeros(n * (n + 1) // 2 + 1)
    counts[0] = 1.0
    for rank in range(1, n + 1):
        counts[rank:] += counts[: len(counts) - rank].copy()
    share = np.cumsum(counts) / counts.sum()
    return int(np.searchsorted(share, tail * (1 - 1e-9)))
