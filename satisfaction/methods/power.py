"""How many cases a comparison of two groups needs, and what chance a given number has of showing a change."""

import math
from statistics import NormalDist
from typing import Any, Final

from core.lazytext import _l
from improvement.rules.effect import cohen_h, needed_n
from satisfaction.methods import parameters, specs
from satisfaction.methods.answers import Answers
from satisfaction.methods.refusal import Refusal, Sentence, Wording

KINDS: Final = ("proportions", "means")
MOST_N: Final = 1_000_000_000

_KNOWN: Final = (
    "kind", "p1", "p2", "mean1", "mean2", "difference", "delta", "sd", "d", "effect_size", "n", "power", "alpha",
)  # fmt: skip


def power_of_proportions(p1: float, p2: float, n: float, alpha: float) -> float:
    """The chance of a significant two-sided test of two shares with n cases in each group.

    Phi((|p1 - p2| sqrt(n) - z(1-alpha/2) sqrt(2 m (1-m))) / sqrt(p1 (1-p1) + p2 (1-p2))), m the mean of both: the
    inverse of improvement.rules.effect.needed_n; significance on the wrong side is left out, as in R's
    power.prop.test. Source: Fleiss, Levin, Paik (2003), Statistical Methods for Rates and Proportions, 4.2.
    """
    mean = (p1 + p2) / 2
    reach = abs(p1 - p2) * math.sqrt(n) - NormalDist().inv_cdf(1 - alpha / 2) * math.sqrt(
        2 * mean * (1 - mean)
    )
    spread = math.sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    if spread == 0:
        return 1.0 if reach > 0 else 0.0
    return NormalDist().cdf(reach / spread)


def power_of_means(d: float, n: float, alpha: float) -> float:
    """The chance of a significant two-sided t-test of two means, n cases in each group, at a true difference of d
    standard deviations. Exact by the noncentral t with 2 n - 2 degrees of freedom, both tails.

    Source: Cohen (1988), Statistical Power Analysis, chapter 2.
    """
    return power_of_t(abs(d) * math.sqrt(n / 2), 2 * n - 2, alpha)


def power_of_t(shift: float, df: float, alpha: float) -> float:
    """The chance of a significant two-sided t-test when the true value lies `shift` standard errors from the null;
    both tails of the noncentral t with df degrees of freedom. Source: Cohen (1988)."""
    from scipy.special import nctdtr, stdtrit

    limit = float(stdtrit(df, 1 - alpha / 2))
    upper = 1 - float(nctdtr(df, shift, limit))
    lower = float(nctdtr(df, shift, -limit))
    found = upper + (lower if math.isfinite(lower) else 0.0)
    return min(1.0, max(0.0, found)) if math.isfinite(found) else 1.0


def needed_for_means(d: float, power: float, alpha: float) -> int:
    """Cases in each of two groups for the wanted power; the smallest whole n of at least 2.

    d in standard deviations; power and alpha in (0, 1). Raises ValueError when d is 0.
    Source: Cohen (1988), as power_of_means.
    """
    if d == 0:
        raise ValueError("equal means can't be told apart by any number of cases")
    normal = NormalDist()
    guess = 2 * ((normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)) / d) ** 2
    if guess > 1e6:
        return math.ceil(guess)
    n = max(2, math.floor(guess))
    while n > 2 and power_of_means(d, n - 1, alpha) >= power:
        n -= 1
    while power_of_means(d, n, alpha) < power:
        n += 1
    return n


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001  one signature for all methods
    """Two-sided comparison of two equal, independent groups.

    proportions: `p1`, `p2` (0 to 1). means: `d` (standard deviations), or `difference` (or `mean1`, `mean2`) with
    `sd`. With `n` (cases in each group) the power is computed, else `n` for `power` (0.80) at `alpha` (0.05); then
    `power` is what the rounded n reaches.

    Raises Refusal for equal values, shares outside 0 to 1, and more than a thousand million cases.
    Sources: Fleiss, Levin, Paik (2003); Cohen (1988).
    """
    specs.only(spec, _KNOWN)
    notes: list[Sentence] = []
    guessed = "proportions" if spec.get("p1") is not None else "means"
    kind = parameters.choice(
        {"kind": {"proportion": "proportions", "mean": "means"}.get(str(spec.get("kind")), spec.get("kind"))},
        "kind",
        KINDS,
        guessed,
    )
    alpha = parameters.number(spec, "alpha", 0.05, low=1e-6, below=1)
    wanted = parameters.number(spec, "power", 0.8, low=0.01, high=0.9999)
    found: dict[str, Any]
    if kind == "proportions":
        p1 = parameters.number(spec, "p1", low=0, high=1)
        p2 = parameters.number(spec, "p2", low=0, high=1)
        if math.isclose(p1, p2, abs_tol=1e-9):
            raise Refusal(
                _l("“%(field)s” equals p1: no number of cases can show a difference of 0."), field="p2"
            )
        n = _n(spec) or needed_n(p1, p2, alpha, wanted)
        found = {"power": power_of_proportions(p1, p2, n, alpha), "effect_size": cohen_h(p1, p2)}
        found |= {"p1": p1, "p2": p2, "difference": p1 - p2}
        variant = Wording(
            _l("two proportions"), _l("normal approximation without continuity correction"), between=", "
        )
    else:
        d, difference = _standardised(spec)
        if math.isclose(d, 0, abs_tol=1e-9):
            raise Refusal(
                _l("“%(field)s” is 0: no number of cases can show a difference of 0."), field="difference"
            )
        n = _n(spec) or needed_for_means(d, wanted, alpha)
        found = {"power": power_of_means(d, n, alpha), "effect_size": d, "difference": difference}
        variant = Wording(_l("two means"), _l("t-test"), _l("equal variances"), between=", ")
    if n > MOST_N:
        raise Refusal(
            _l("The difference (%(field)s) is so small that %(n)s cases would be needed."), field=kind, n=n
        )
    if n < 10:
        notes.append(Sentence(_l("With fewer than 10 cases in a group the approximation is rough.")))
    return {
        "variant": variant,
        "n_used": None,
        "n_dropped": parameters.dropped(),
        "n": n,
        "n_total": 2 * n,
        **found,
        "power_wanted": None if spec.get("n") is not None else wanted,
        "alpha": alpha,
        "kind": kind,
        "notes": notes,
    }


def _n(spec: dict[str, Any]) -> int | None:
    return None if spec.get("n") is None else specs.whole(spec["n"], "n", low=2, high=MOST_N)


def _standardised(spec: dict[str, Any]) -> tuple[float, float | None]:
    """(difference in standard deviations, difference in the unit of the answer when it is known)."""
    for key in ("d", "effect_size"):
        if spec.get(key) is not None:
            return parameters.figure(spec[key], key), None
    sd = parameters.number(spec, "sd", above=0)
    given = next((key for key in ("difference", "delta") if spec.get(key) is not None), None)
    if given is not None:
        difference = parameters.figure(spec[given], given)
    else:
        difference = parameters.number(spec, "mean1") - parameters.number(spec, "mean2")
    return difference / sd, difference
