"""Shares before and after: of different people, and of the same people."""

import math
from statistics import NormalDist
from typing import Any

from core.figures import wilson
from improvement.rules.effect import cohen_h, needed_n, two_proportions
from satisfaction.methods.effect.judgement import SMALL, Found, scaled
from satisfaction.methods.power import power_of_proportions


def independent(
    before: tuple[int, int], after: tuple[int, int], alpha: float, power: float, direction: str
) -> Found:
    """Two shares of different people; each side is (with, of all). Difference after less before.

    Interval: Newcombe's hybrid score. p: pooled z, or Fisher when an expected count is below 5. With nobody on a side
    nothing is defined. Sources: see improvement.rules.effect.two_proportions; Yates (1934) for p_yates.
    """
    (x1, n1), (x2, n2) = before, after
    if n1 == 0 or n2 == 0:
        return Found("none", None, None, None, None, None, None, "cohen_h", n1, n2)
    compared = two_proportions(x2, n2, x1, n1, alpha)
    from scipy.stats import fisher_exact

    difference = compared.difference
    half = NormalDist().inv_cdf(1 - alpha / 2) * math.sqrt(
        compared.share1 * (1 - compared.share1) / n2 + compared.share2 * (1 - compared.share2) / n1
    )
    extra = {
        "before": {"n": n1, "count": x1, "share": x1 / n1, "ci": list(wilson(x1, n1, 1 - alpha))},
        "after": {"n": n2, "count": x2, "share": x2 / n2, "ci": list(wilson(x2, n2, 1 - alpha))},
        "chi2": None if compared.z is None else compared.z**2,
        "p_chi2": None if compared.z is None else 2 * NormalDist().cdf(-abs(compared.z)),
        "p_yates": _yates(x1, n1, x2, n2),
        "p_fisher": float(fisher_exact([[x1, n1 - x1], [x2, n2 - x2]]).pvalue),
        "ci_wald": [difference - half, difference + half],
    }
    sign = 1 if direction == "up" else -1
    harmonic = 2 / (1 / n1 + 1 / n2)
    base = x1 / n1

    def needed(margin: float) -> int | None:
        share = base + sign * margin
        if not 0 <= share <= 1 or not margin > 0:
            return None
        return needed_n(base, share, alpha, power)

    return Found(
        compared.test,
        difference,
        compared.low,
        compared.high,
        compared.p,
        compared.z,
        compared.h,
        "cohen_h",
        n1,
        n2,
        _detectable(base, sign, harmonic, alpha, power),
        needed,
        _small(base, sign),
        extra=extra,
    )


def _yates(x1: int, n1: int, x2: int, n2: int) -> float | None:
    """p of the chi-squared test with Yates' correction; None when all cases of both sides agree."""
    total, hits = n1 + n2, x1 + x2
    if hits in {0, total}:
        return None
    spread = abs(x1 * (n2 - x2) - x2 * (n1 - x1))
    corrected = max(0.0, spread - min(total / 2, spread))
    chi2 = total * corrected**2 / (n1 * n2 * hits * (total - hits))
    return 2 * NormalDist().cdf(-math.sqrt(chi2))


def _detectable(base: float, sign: int, n: float, alpha: float, power: float) -> float | None:
    """The smallest change from `base` in the wanted direction that n cases a side show with this power."""
    room = 1 - base if sign > 0 else base
    if room <= 0 or power_of_proportions(base, base + sign * room, n, alpha) < power:
        return None
    low, high = 0.0, room
    for _ in range(60):
        middle = (low + high) / 2
        if power_of_proportions(base, base + sign * middle, n, alpha) < power:
            low = middle
        else:
            high = middle
    return high


def _small(base: float, sign: int) -> float | None:
    """The change of a share that is h = 0.2 away."""
    angle = 2 * math.asin(math.sqrt(base)) + sign * SMALL
    if not 0 <= angle <= math.pi:
        return None
    return abs(math.sin(angle / 2) ** 2 - base)


def same_people(table: tuple[int, int, int, int], alpha: float, power: float) -> Found:
    """Yes and no of the same people. table: (yes then yes, yes then no, no then yes, no then no).

    Difference after less before. p: exact binomial on those who changed when fewer than 25 did, else McNemar's
    chi-squared without correction (the statistic). Interval: Newcombe's square-and-add for paired shares.

    Sources: McNemar (1947), Psychometrika 12, 153-157; Newcombe (1998), Stat. Med. 17, 2635-2650, method 10.
    """
    kept, lost, won, never = table
    n = kept + lost + won + never
    if n == 0:
        return Found("none", None, None, None, None, None, None, "odds_ratio", 0, 0)
    before, after = kept + lost, kept + won
    changed = lost + won
    if changed < 25:
        from scipy.stats import binomtest

        p = float(binomtest(won, changed, 0.5).pvalue) if changed else 1.0
        statistic: float | None = None
    else:
        statistic = (won - lost) ** 2 / changed
        p = 2 * NormalDist().cdf(-math.sqrt(statistic))
    low, high = _paired_interval(kept, won, lost, never, 1 - alpha)
    estimate = (won - lost) / n
    normal = NormalDist()
    reach = normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)
    spread = changed / n - estimate**2
    detectable = reach * math.sqrt(spread / n) if spread > 0 else None
    extra: dict[str, Any] = {
        "before": {"n": n, "count": before, "share": before / n},
        "after": {"n": n, "count": after, "share": after / n},
        "won": won,
        "lost": lost,
    }
    return Found(
        "mcnemar exact" if statistic is None else "mcnemar",
        estimate,
        low,
        high,
        p,
        statistic,
        won / lost if lost else None,
        "odds_ratio",
        n,
        n,
        detectable,
        scaled(n, detectable),
        abs(cohen_small(before / n)),
        extra=extra,
    )


def cohen_small(base: float) -> float:
    """The smaller of both changes of a share, 0 to 1, that are h = 0.2 away: small after Cohen (1988), 6.2."""
    found = [each for each in (_small(base, 1), _small(base, -1)) if each is not None]
    assert found, cohen_h(base, base)
    return min(found)


def _paired_interval(a: int, b: int, c: int, d: int, level: float) -> tuple[float, float]:
    """Interval of p1 - p2 with p1 = (a + b) / n and p2 = (a + c) / n of the same n people."""
    n = a + b + c + d
    p1, p2 = (a + b) / n, (a + c) / n
    low1, high1 = wilson(a + b, n, level)
    low2, high2 = wilson(a + c, n, level)
    product = (a + b) * (c + d) * (a + c) * (b + d)
    cross = float(a * d - b * c)
    if cross > 0:
        cross = max(0.0, cross - n / 2)
    phi = cross / math.sqrt(product) if product else 0.0
    down1, up1, down2, up2 = p1 - low1, high1 - p1, p2 - low2, high2 - p2
    below = math.sqrt(max(0.0, down1**2 - 2 * phi * down1 * up2 + up2**2))
    above = math.sqrt(max(0.0, up1**2 - 2 * phi * up1 * down2 + down2**2))
    return max(-1.0, p1 - p2 - below), min(1.0, p1 - p2 + above)
