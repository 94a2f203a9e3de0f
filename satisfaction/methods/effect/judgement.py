"""What a comparison found, and the verdict that follows from its interval."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from satisfaction.methods.power import power_of_t

#: Cohen (1988): the smallest effect by convention, in standard deviations or in h of two shares
SMALL: Final = 0.2


@dataclass(frozen=True)
class Found:
    """estimate: after less before, in the unit of the answer (shares 0 to 1; a rate ratio for counts, whose null is 1).

    low, high: interval of the estimate at confidence 1 - alpha. p: two-sided. detectable: the smallest change that
    these data would have shown with the wanted power. needed: margin → cases in each group. small: the change that
    counts as small when no margin is given. extra: further keys of the result. None is undefined.
    """

    test: str
    estimate: float | None
    low: float | None
    high: float | None
    p: float | None
    statistic: float | None
    effect_size: float | None
    effect_name: str
    n_before: int
    n_after: int
    detectable: float | None = None
    needed: Callable[[float], int | None] = lambda _margin: None
    small: float | None = None
    null: float = 0.0
    extra: dict[str, Any] = field(default_factory=dict)


def verdict(found: Found, direction: str, margin: float) -> str:
    """effective, not_effective or not_enough_data.

    effective: the change goes in the wanted direction by at least the margin and its whole interval lies on that side
    of no change. not_effective: the whole interval lies below the margin, so a change worth having is ruled out (without
    a margin: a small one by Cohen's convention, or any when that is unknown). not_enough_data: neither, because the
    interval still holds both; more cases would tell.

    Source: the product's own rule; the reading of intervals is that of equivalence tests, Schuirmann (1987).
    """
    if found.estimate is None or found.low is None or found.high is None:
        return "not_enough_data"
    moved, low, high = found.estimate - found.null, found.low - found.null, found.high - found.null
    if direction == "down":
        moved, low, high = -moved, -high, -low
    if low > 0 and moved >= margin * (1 - 1e-12):
        return "effective"
    if high < (margin or found.small or 0.0) or high <= 0:
        return "not_effective"
    return "not_enough_data"


def reach(power: float, alpha: float, df: float) -> float:
    """How many standard errors a true change must measure to be shown with this power at this alpha."""
    low, high = 0.0, 2.0
    while power_of_t(high, df, alpha) < power and high < 1e6:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        if power_of_t(middle, df, alpha) < power:
            low = middle
        else:
            high = middle
    return high


def scaled(n: int, detectable: float | None) -> Callable[[float], int | None]:
    """Cases needed for a margin when the detectable change shrinks with the root of n."""

    def needed(margin: float) -> int | None:
        if detectable is None or not margin > 0:
            return None
        return max(2, math.ceil(n * (detectable / margin) ** 2 - 1e-9))

    return needed
