"""Importance of predictors derived from an overall score: correlation, regression weight, shares of R².

Sources: Lindeman, Merenda & Gold (1980) averaging over orderings; Shapley (1953); Johnson (2000) relative weights.
"""

from itertools import combinations
from math import comb
from typing import Any

import numpy as np

from core.lazytext import _l
from satisfaction.methods.answers import Floats, Refusal

KINDS = ("pearson", "beta", "lmg", "johnson")
WORDS = {"pearson": _l("pearson"), "beta": _l("beta"), "lmg": _l("lmg"), "johnson": _l("johnson")}
#: subsets double with each predictor; beyond this Johnson's weights say much the same at once
MOST_LMG = 16
ADVISED_LMG = 12


def derived(
    x: Floats, y: Floats, names: list[str], overall: str, kind: str, w: Floats | None = None
) -> tuple[Floats, float | None]:
    """Importance of each column of x (n, p) for y (n,) with case weights w (n,), and R² of y on all of them.

    pearson: correlations, -1 to 1; beta: standardised regression weights; lmg and johnson: shares of R², which sum to
    it. No cell may be missing. Raises Refusal for constant columns, and unless only correlations are asked for, for
    repeated columns and too few rows; R² is None then. Sources: Lindeman, Merenda & Gold (1980); Johnson (2000).
    """
    n, p = x.shape
    needed = 3 if kind == "pearson" else p + 2
    if n < needed:
        raise Refusal(
            _l("“%(field)s”: %(count)s complete rows are too few for %(items)s items; %(least)s are needed."),
            field=overall,
            count=n,
            items=p,
            least=needed,
        )
    for name, column in [*zip(names, x.T, strict=True), (overall, y)]:
        if np.ptp(column) == 0:
            raise Refusal(
                _l("Column “%(field)s” never varies among the complete rows: no importance can be derived."),
                field=name,
            )
    z = np.column_stack([x, y])
    z = z - z.mean(axis=0) if w is None else np.sqrt(w)[:, None] * (z - w @ z / w.sum())
    z /= np.sqrt((z**2).sum(axis=0))
    r = z.T @ z
    rxx, rxy = r[:p, :p], r[:p, p]
    repeated = _dependent(rxx, names)
    if kind == "pearson" and (repeated is not None or n < p + 2):
        return rxy, None
    if repeated is not None:
        raise Refusal(
            _l("Column “%(field)s” repeats other items exactly or follows from them: leave it out."),
            field=repeated,
        )
    beta = np.linalg.solve(rxx, rxy)
    r2 = float(np.clip(beta @ rxy, 0, 1))
    if kind == "pearson":
        return rxy, r2
    if kind == "beta":
        return beta, r2
    if kind == "johnson":
        return johnson(rxx, rxy), r2
    if p > MOST_LMG:
        raise Refusal(
            _l("“%(field)s: lmg” takes at most %(most)s items, and there are %(count)s; use johnson."),
            field="derived",
            most=MOST_LMG,
            count=p,
        )
    return lmg(rxx, rxy), r2


def johnson(rxx: Floats, rxy: Floats) -> Floats:
    """Relative weights (p,) from correlations of predictors (p, p) and with the criterion (p,) (Johnson, 2000)."""
    values, vectors = np.linalg.eigh(rxx)
    half = (vectors * np.sqrt(values)) @ vectors.T
    weights: Floats = half**2 @ np.linalg.solve(half, rxy) ** 2
    return weights


def lmg(rxx: Floats, rxy: Floats) -> Floats:
    """R² shared out over all orderings of entry (p,) (Lindeman, Merenda & Gold, 1980), by way of all 2^p subsets."""
    p = len(rxy)
    r2 = np.zeros(1 << p)
    bits = 1 << np.arange(p)
    for size in range(1, p + 1):
        chosen = np.array(list(combinations(range(p), size)))
        for part in np.array_split(chosen, max(1, len(chosen) * size * size // 2_000_000)):
            blocks = rxx[part[:, :, None], part[:, None, :]]
            sides = rxy[part]
            solved = np.linalg.solve(blocks, sides[..., None])[..., 0]
            r2[bits[part].sum(axis=1)] = (solved * sides).sum(axis=1)
    sizes = np.zeros(1 << p, dtype=np.int64)
    for place in range(p):
        sizes[1 << place : 1 << (place + 1)] = sizes[: 1 << place] + 1
    share = np.array([1 / (p * comb(p - 1, size)) for size in range(p)])
    every = np.arange(1 << p)
    found = np.empty(p)
    for place in range(p):
        without = every[(every >> place) & 1 == 0]
        found[place] = (share[sizes[without]] * (r2[without | (1 << place)] - r2[without])).sum()
    return found


def _dependent(rxx: Any, names: list[str]) -> str | None:
    """The first predictor that follows from those before it."""
    values = np.linalg.eigvalsh(rxx)
    if values[0] > 1e-10 * values[-1]:
        return None
    for place, name in enumerate(names):
        if np.linalg.eigvalsh(rxx[: place + 1, : place + 1])[0] <= 1e-10 * values[-1]:
            return name
    return names[-1]
