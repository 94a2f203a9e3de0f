"""Standard errors of importance derived from an overall score, by linearisation.

Sources: Hampel (1974) influence function; Lindeman, Merenda & Gold (1980) and Johnson (2000) shares of R², see
importance.py; Kish (1965) effective sample size.
"""

import math

import numpy as np

from satisfaction.methods import weighting
from satisfaction.methods.answers import Floats
from satisfaction.methods.importance import ADVISED_LMG

#: cells of residuals held at once
CHUNK = 2_000_000


def usual_kind(predictors: int) -> str:
    """lmg while its subsets are few enough, then johnson."""
    return "lmg" if predictors <= ADVISED_LMG else "johnson"


def importance_errors(x: Floats, y: Floats, w: Floats | None = None) -> tuple[Floats, float]:
    """Standard errors (p,) of the shares of R² of each column of x (n, p) for y (n,), and their degrees of freedom.

    The shares are those of importance.derived with `usual_kind`, in units of R², 0 to 1; w: case weights (n,). The
    spread of each respondent's influence on a share, with weights by Kish's effective number, takes the place of the
    standard deviation; the degrees of freedom are that number less one. No cell may be missing, no column constant or
    repeated; with one (effective) row the errors are NaN. Sources: Hampel (1974); Kish (1965).
    """
    influence = influences(x, y, w)
    effective = weighting.n_eff(w, len(y))
    spreads = [weighting.spread(column, w) for column in influence.T]
    errors = np.array([math.nan if spread is None else spread / math.sqrt(effective) for spread in spreads])
    return errors, effective - 1


def influences(x: Floats, y: Floats, w: Floats | None = None) -> Floats:
    """Influence (n, p) of each row on each share of R², in units of R²: by how much the share changes with the row's
    part in the whole. Weighted they sum to nothing. Source: Hampel (1974)."""
    z = np.column_stack([x, y])
    shares = np.full(len(y), 1 / len(y)) if w is None else w / w.sum()
    z = z - shares @ z
    z = z / np.sqrt(shares @ z**2)
    r = (z.T * shares) @ z
    p = x.shape[1]
    given, overall = np.ascontiguousarray(z[:, :p]), z[:, p]
    if usual_kind(p) == "lmg":
        return _lmg(given, overall, r[:p, :p], r[:p, p])
    return _johnson(given, overall, r[:p, :p], r[:p, p])


def _lmg(z: Floats, y: Floats, rxx: Floats, rxy: Floats) -> Floats:
    """R² of a subset moves with a row by (1 - R²) y² - e², where e is the row's residual; a share is a sum of them."""
    p = len(rxy)
    subsets = 1 << p
    members = (np.arange(subsets)[:, None] >> np.arange(p) & 1).astype(bool)
    slopes = np.zeros((subsets, p))
    for subset in range(1, subsets):
        chosen = np.flatnonzero(members[subset])
        slopes[subset, chosen] = np.linalg.solve(rxx[np.ix_(chosen, chosen)], rxy[chosen])
    r2 = slopes @ rxy
    sizes = members.sum(axis=1)
    entering = np.array([1 / (p * math.comb(p - 1, size)) for size in range(p)])
    parts = np.where(
        members.T, entering[np.maximum(sizes - 1, 0)], -entering[np.minimum(sizes, p - 1)]
    )  # (p, subsets): how a subset's R² enters a share
    found = np.outer(y**2, parts @ (1 - r2))
    for rows in np.array_split(np.arange(len(y)), max(1, len(y) * subsets // CHUNK)):
        found[rows] -= (y[rows, None] - z[rows] @ slopes.T) ** 2 @ parts.T
    return found


def _johnson(z: Floats, y: Floats, rxx: Floats, rxy: Floats) -> Floats:
    """A relative weight moves with the correlations by its derivative; they move with a row by z z' - r (z² + z²) / 2."""
    values, vectors = np.linalg.eigh(rxx)
    roots = np.sqrt(values)
    half = (vectors * roots) @ vectors.T
    b = np.linalg.solve(half, rxy)
    found = np.empty_like(z)
    for place in range(len(rxy)):
        v = np.linalg.solve(half, 2 * half[place] ** 2 * b)
        by_half = -np.outer(v, b)
        by_half[place] += 2 * half[place] * b**2
        # d(half) from d(rxx): the Sylvester equation in the basis of the eigenvectors
        by_r = vectors @ (vectors.T @ by_half @ vectors / np.add.outer(roots, roots)) @ vectors.T
        own = by_r * rxx
        found[:, place] = (
            ((z @ by_r) * z).sum(axis=1)
            - z**2 @ (own.sum(axis=0) + own.sum(axis=1)) / 2
            + y * (z @ v)
            - (z**2 @ (v * rxy) + y**2 * (v @ rxy)) / 2
        )
    return found
