"""Intervals and distributions that several methods share; scipy.special alone, which loads fast."""

import math
from statistics import NormalDist

import numpy as np
from scipy import special

from satisfaction.methods.answers import Floats


def z_of(confidence: float) -> float:
    """Normal quantile of a two-sided interval, in standard errors; confidence in (0, 1)."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def t_of(confidence: float, df: float) -> float:
    """Student (1908) quantile of a two-sided interval, in standard errors; df > 0, may be broken."""
    return float(special.stdtrit(df, 0.5 + confidence / 2))


def t_p(t: float, df: float) -> float:
    """Two-sided p-value, 0 to 1, of a Student (1908) statistic with df > 0 degrees of freedom."""
    return float(2 * special.stdtr(df, -abs(t)))


def wilson(share: float, n: float, confidence: float = 0.95) -> tuple[float, float] | None:
    """Score interval of a share (Wilson, 1927), 0 to 1; n may be an effective size. None when n is 0.

    At a share of 0 or 1 the end on the border is exact.
    """
    if n <= 0:
        return None
    z = z_of(confidence)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    centre, scale = share + z * z / (2 * n), 1 + z * z / n
    low = 0.0 if share <= 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if share >= 1 else min(1.0, (centre + spread) / scale)
    return low, high


def mean_interval(mean: float, se: float, df: float, confidence: float = 0.95) -> tuple[float, float] | None:
    """Interval of a mean, in its unit (Student, 1908); None without degrees of freedom."""
    if df <= 0:
        return None
    half = t_of(confidence, df) * se
    return mean - half, mean + half


def settled(differences: Floats, largest: float) -> Floats:
    """Differences (n,) of numbers up to `largest`: those that rounding alone tells apart are equal again, near 0 is 0.

    Ranks need it: 4.2 - 4.1 and 4.1 - 4.0 are a tie.
    """
    if not largest > 0:
        return differences
    found: Floats = np.round(differences / largest, 12) * largest
    return found
