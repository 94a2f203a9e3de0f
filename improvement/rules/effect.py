"""Did the action work? Two shares, before and after, judged by the rule that was registered before the action."""

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist
from typing import Any

from core.figures import wilson
from core.lazytext import _l


class Verdict(StrEnum):
    effective = "effective"
    not_effective = "not_effective"
    not_enough_data = "not_enough_data"

    @property
    def label(self) -> Any:
        return {
            Verdict.effective: _l("Effective"),
            Verdict.not_effective: _l("Not effective"),
            Verdict.not_enough_data: _l("Not enough data yet"),
        }[self]


@dataclass(frozen=True)
class Comparison:
    """Two shares compared; shares and differences are 0 to 1, not per cent. `difference` is first minus second."""

    share1: float
    share2: float
    difference: float
    low: float
    high: float
    p: float
    test: str  # "z" | "fisher"
    z: float | None
    h: float


def two_proportions(met1: int, n1: int, met2: int, n2: int, alpha: float = 0.05) -> Comparison:
    """Compare two independent shares: `met1` of `n1` against `met2` of `n2`.

    The interval of the difference (share1 - share2) at confidence 1 - alpha is Newcombe's hybrid of two Wilson score
    intervals without continuity correction. The two-sided p is of the pooled z-test (z squared is the chi-squared
    statistic of the 2 x 2 table without correction), or of Fisher's exact test when an expected count is below 5.
    When all cases of both agree, z has no meaning (None) and Fisher's p is 1.

    Raises ValueError when an n is below 1, a count lies outside 0..n, or alpha outside (0, 1).

    Source: Newcombe (1998), Stat. Med. 17, 873-890, method 10: 56/70 against 48/80 gives .0524 to .3339.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1, got {alpha}")
    low1, high1 = wilson(met1, n1, 1 - alpha)
    low2, high2 = wilson(met2, n2, 1 - alpha)
    share1, share2 = met1 / n1, met2 / n2
    difference = share1 - share2
    low = difference - math.hypot(share1 - low1, high2 - share2)
    high = difference + math.hypot(high1 - share1, share2 - low2)
    pooled = (met1 + met2) / (n1 + n2)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    z = difference / spread if spread else None
    if min(n1, n2) * min(pooled, 1 - pooled) < 5:
        from scipy.stats import fisher_exact

        p = float(fisher_exact([[met1, n1 - met1], [met2, n2 - met2]]).pvalue)
        test = "fisher"
    else:
        p = 2 * NormalDist().cdf(-abs(z or 0.0))
        test = "z"
    return Comparison(
        share1,
        share2,
        difference,
        max(-1.0, low),
        min(1.0, high),
        min(1.0, p),
        test,
        z,
        cohen_h(share1, share2),
    )


def cohen_h(share1: float, share2: float) -> float:
    """Effect size of two shares: 2 asin sqrt(share1) - 2 asin sqrt(share2); 0.2 small, 0.5 medium, 0.8 large.

    Raises ValueError for a share outside 0..1. Source: Cohen (1988), Statistical Power Analysis, chapter 6.
    """
    for share in (share1, share2):
        if not 0 <= share <= 1:
            raise ValueError(f"a share lies between 0 and 1, got {share}")
    return 2 * math.asin(math.sqrt(share1)) - 2 * math.asin(math.sqrt(share2))


def needed_n(share1: float, share2: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Cases needed in each of two equal groups to show share2 against share1 in a two-sided test.

    n = (z(1-alpha/2) sqrt(2 m (1-m)) + z(power) sqrt(share1 (1-share1) + share2 (1-share2)))^2 / (share1-share2)^2
    with m the mean of both, rounded up, without continuity correction.

    Raises ValueError for shares outside 0..1 or equal ones, alpha or power outside (0, 1).

    Source: Fleiss, Levin, Paik (2003), Statistical Methods for Rates and Proportions, formula 4.14.
    """
    if not (0 <= share1 <= 1 and 0 <= share2 <= 1):
        raise ValueError(f"shares lie between 0 and 1, got {share1} and {share2}")
    if math.isclose(share1, share2, abs_tol=1e-12):
        raise ValueError("equal shares can't be told apart by any number of cases")
    if not (0 < alpha < 1 and 0 < power < 1):
        raise ValueError(f"alpha and power must be between 0 and 1, got {alpha} and {power}")
    mean = (share1 + share2) / 2
    normal = NormalDist()
    reach = normal.inv_cdf(1 - alpha / 2) * math.sqrt(2 * mean * (1 - mean))
    reach += normal.inv_cdf(power) * math.sqrt(share1 * (1 - share1) + share2 * (1 - share2))
    return max(1, math.ceil((reach / (share1 - share2)) ** 2 - 1e-9))


def verdict(
    before: tuple[int, int],
    after: tuple[int, int],
    *,
    direction: str,
    margin: float,
    least_n: int,
    alpha: float,
    window_over: bool = True,
) -> tuple[Verdict, Comparison | None]:
    """The registered rule, applied: `before` and `after` are (met, n), `margin` a difference of shares (0.05 = 5 points).

    Effective: the share moved in the registered direction by at least the margin, and the interval of the difference
    (after minus before, confidence 1 - alpha) lies wholly on that side of 0. Not enough data yet: the window is not
    over, or fewer than `least_n` cases after the action. Otherwise not effective. The comparison is None when either
    side has no case. Looking before the window is over never gives a verdict, so nobody can stop when it looks good.

    Raises ValueError for another direction than up and down, a negative margin, or counts outside 0..n.

    Source: the product's own rule on Newcombe's interval, see two_proportions.
    """
    if direction not in {"up", "down"}:
        raise ValueError(f"direction must be up or down, not {direction!r}")
    if margin < 0:
        raise ValueError(f"the margin can't be negative, got {margin}")
    for met, n in (before, after):
        if not 0 <= met <= n:
            raise ValueError(f"met must lie between 0 and n, got {met} of {n}")
    if before[1] == 0 or after[1] == 0:
        return Verdict.not_enough_data, None
    compared = two_proportions(*after, *before, alpha)
    if not window_over or after[1] < max(1, least_n):
        return Verdict.not_enough_data, compared
    if direction == "up":
        moved, sure = compared.difference, compared.low > 0
    else:
        moved, sure = -compared.difference, compared.high < 0
    reached = moved >= margin - 1e-12
    return (Verdict.effective if reached and sure else Verdict.not_effective), compared


def still_possible(compared: Comparison, *, direction: str, margin: float) -> bool:
    """After "not effective": could a change worth having still be there, unseen for want of cases?

    True when the interval reaches the margin; then the honest word is "not shown" rather than "does not work".
    """
    return compared.high >= margin if direction == "up" else -compared.low >= margin
