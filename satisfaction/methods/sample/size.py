"""How many answers are needed, and how they are spread over strata."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from satisfaction.methods.answers import Floats

#: what a rounding error may add to a number that is whole
_DUST = 1e-9


@dataclass(frozen=True)
class Stratum:
    """size: people in it. sd: standard deviation of the answer there, None when unknown. cost: of one answer."""

    name: str
    size: int
    sd: float | None = None
    cost: float = 1.0
    response_rate: float | None = None


def ceiling(value: float) -> int:
    """The next whole number up; 278.0000000001 is 278."""
    return math.ceil(value - _DUST * max(1.0, abs(value)))


def for_proportion(p: float, error: float, z: float, population: float | None) -> tuple[float, float]:
    """(n0, n), not rounded, for a share p known to within ± error (both 0 to 1).

    n0 = z^2 p (1 - p) / error^2; n = n0 / (1 + (n0 - 1) / N). Source: Cochran (1977), Sampling Techniques, 4.4.
    """
    n0 = z * z * p * (1 - p) / error**2
    return n0, n0 if population is None else n0 / (1 + (n0 - 1) / population)


def for_mean(sd: float, error: float, z: float, population: float | None) -> tuple[float, float]:
    """(n0, n), not rounded, for a mean known to within ± error, in the unit of sd.

    n0 = (z sd / error)^2; n = n0 / (1 + n0 / N). Source: Cochran (1977), 4.6.
    """
    n0 = (z * sd / error) ** 2
    return n0, n0 if population is None else n0 / (1 + n0 / population)


def for_strata(strata: Sequence[Stratum], error: float, z: float, method: str) -> tuple[float, float]:
    """(n0, n), not rounded, of a stratified sample for a mean known to within ± error; every sd must be given.

    With W = N_h / N and V = (error / z)^2. proportional: n0 = sum W S^2 / V; neyman: n0 = (sum W S)^2 / V; optimal:
    n0 = sum W S sqrt(c) sum W S / sqrt(c) / V; then n = n0 / (1 + sum W S^2 / (N V)).

    Source: Cochran (1977), 5.5, 5.9.
    """
    sizes = np.array([each.size for each in strata], dtype=float)
    sd = np.array([each.sd for each in strata], dtype=float)
    cost = np.sqrt([each.cost for each in strata])
    share = sizes / sizes.sum()
    wanted = (error / z) ** 2
    within = float((share * sd**2).sum())
    if method == "proportional":
        n0 = within / wanted
    elif method == "neyman":
        n0 = float((share * sd).sum()) ** 2 / wanted
    else:
        n0 = float((share * sd * cost).sum() * (share * sd / cost).sum()) / wanted
    return n0, n0 / (1 + within / (float(sizes.sum()) * wanted))


def shares(strata: Sequence[Stratum], method: str) -> Floats:
    """What each stratum gets a part in proportion to, shape (strata,).

    proportional: N_h; neyman: N_h S_h; optimal: N_h S_h / sqrt(c_h).
    Sources: Neyman (1934), J. R. Stat. Soc. 97, 558-625; Cochran (1977), 5.5.
    """
    sizes = np.array([each.size for each in strata], dtype=float)
    if method == "proportional":
        return sizes
    made = sizes * np.array([each.sd or 0.0 for each in strata])
    if method == "optimal":
        made /= np.sqrt([each.cost for each in strata])
    return np.asarray(made)


def allocate(n: int, parts: Floats, sizes: Sequence[int], least: int = 2) -> list[int]:
    """n spread in proportion to `parts`, shape (strata,): at least `least` in each stratum, never more than it holds, sum exactly n.

    What a full stratum cannot take goes to the others in the same proportion. Rounded by largest remainder; of equal
    remainders the first stratum wins. `n` must lie between sum min(least, N_h) and sum N_h.

    Source: the bounds are the product's rule; largest remainder (Hamilton).
    """
    high = np.array(sizes, dtype=float)
    low = np.minimum(float(least), high)
    # a stratum (almost) without spread gets more than its least only when all others are full
    largest = float(parts.max())
    parts = np.maximum(parts / largest, 1e-12 * high / high.max()) if largest > 1e-300 else high
    below, above = 0.0, float((high / parts).max())
    for _ in range(200):
        middle = (below + above) / 2
        if np.clip(middle * parts, low, high).sum() < n:
            below = middle
        else:
            above = middle
    exact = np.clip(above * parts, low, high)
    whole = np.floor(exact + 1e-6)
    whole = np.minimum(whole, high)
    rest = exact - whole
    for place in sorted(range(len(parts)), key=lambda index: (-round(float(rest[index]), 9), index)):
        if whole.sum() >= n:
            break
        if whole[place] < high[place]:
            whole[place] += 1
    return [int(each) for each in whole]


def design_effect(cluster_size: float, icc: float) -> float:
    """1 + (m - 1) rho: how much more a sample of clusters of m people needs. Source: Kish (1965), Survey Sampling."""
    return 1 + (cluster_size - 1) * icc


def described(strata: Sequence[Stratum], given: Sequence[int]) -> list[dict[str, Any]]:
    """Each stratum with its number, the chance of a person in it and the weight that undoes the chance."""
    return [
        {
            "name": stratum.name,
            "size": stratum.size,
            "n": n,
            "probability": n / stratum.size,
            "weight": stratum.size / n if n else None,
        }
        for stratum, n in zip(strata, given, strict=True)
    ]
