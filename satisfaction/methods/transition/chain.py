"""What a matrix of transition probabilities says: classes, long run, first passage, absorption, constancy."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from satisfaction.methods.answers import Bools, Floats


@dataclass(frozen=True)
class Shape:
    """The classes of a chain of m states. closed: masks of shape (m,), one for each class that is never left."""

    closed: tuple[Bools, ...]
    irreducible: bool
    period: int  # of the only closed class, else 1


def shape_of(p: Floats) -> Shape:
    """Classes of communicating states. p: shape (m, m), rows sum 1.

    Source: Kemeny and Snell (1960), Finite Markov Chains, chapter 2.
    """
    m = len(p)
    reach = (p > 0) | np.eye(m, dtype=bool)
    for middle in range(m):
        reach |= reach[:, middle][:, None] & reach[middle][None, :]
    both = reach & reach.T
    closed: list[Bools] = []
    for state in range(m):
        members = both[state]
        if not (reach[state] & ~members).any() and not any(each[state] for each in closed):
            closed.append(members)
    irreducible = len(closed) == 1 and bool(closed[0].all())
    return Shape(tuple(closed), irreducible, _period(p, closed[0]) if len(closed) == 1 else 1)


def _period(p: Floats, members: Bools) -> int:
    """The greatest common divisor of all ways round: 1 when the chain settles, more when it swings for ever."""
    states = np.flatnonzero(members)
    steps = {int(states[0]): 0}
    queue, found = [int(states[0])], 0
    while queue:
        state = queue.pop()
        for following in map(int, np.flatnonzero(p[state] > 0)):
            if following in steps:
                found = math.gcd(found, steps[state] + 1 - steps[following])
            else:
                steps[following] = steps[state] + 1
                queue.append(following)
    return abs(found) or 1


def stationary(p: Floats, shape: Shape) -> Floats | None:
    """pi with pi P = pi and sum 1, shape (m,); None when several classes are closed, so that there are many.

    Source: Kemeny and Snell (1960), Finite Markov Chains, chapter 4.
    """
    if len(shape.closed) != 1:
        return None
    members = np.flatnonzero(shape.closed[0])
    block = p[np.ix_(members, members)]
    system = np.eye(len(members)) - block.T
    system[-1] = 1.0
    right = np.zeros(len(members))
    right[-1] = 1.0
    pi = np.zeros(len(p))
    pi[members] = np.linalg.solve(system, right)
    return np.asarray(np.clip(pi, 0.0, None) / np.clip(pi, 0.0, None).sum())


def first_passage(p: Floats, pi: Floats) -> tuple[Floats, Floats]:
    """(Z, M) of an irreducible chain: Z = (I - P + 1 pi)^-1 and M_ij = (Z_jj - Z_ij) / pi_j, both of shape (m, m).

    M is in steps: how long until j is reached from i for the first time; 0 on the diagonal, where one is already.

    Source: Kemeny and Snell (1960), theorem 4.4.7.
    """
    z: Floats = np.asarray(np.linalg.inv(np.eye(len(p)) - p + pi[None, :]), dtype=np.float64)
    return z, (np.diag(z)[None, :] - z) / pi[None, :]


def absorption(p: Floats, absorbing: Bools) -> tuple[Floats, Floats, Floats] | None:
    """(N, B, t): visits N = (I - Q)^-1 among the t states that are left, chances B = N R of ending in each absorbing
    one, mean steps t = N 1; shapes (k, k), (k, m - k), (k,). None when some state never reaches an absorbing one.

    Source: Kemeny and Snell (1960), theorems 3.2.1, 3.3.7 and 3.3.5.
    """
    transient = ~absorbing
    reach = (p > 0) | np.eye(len(p), dtype=bool)
    for middle in range(len(p)):
        reach |= reach[:, middle][:, None] & reach[middle][None, :]
    if not reach[np.ix_(transient, absorbing)].any(axis=1).all():
        return None
    q = p[np.ix_(transient, transient)]
    n: Floats = np.asarray(np.linalg.inv(np.eye(len(q)) - q), dtype=np.float64)
    return n, n @ p[np.ix_(transient, absorbing)], n.sum(axis=1)


def constancy(counts: list[Floats]) -> dict[str, Any]:
    """Are the probabilities the same in all periods? Chi-squared of Anderson and Goodman.

    counts: T matrices of shape (m, m). chi2 = sum over t, i, j of n_i(t) (p_ij(t) - p_ij)^2 / p_ij with p pooled;
    df = (T - 1) m (m - 1), less what rows and cells take away that were never seen. All None for one period.

    Source: Anderson and Goodman (1957), Ann. Math. Stat. 28, 89-110, section 3.2.
    """
    from scipy.special import chdtrc

    chi2, df = 0.0, 0
    pooled = np.sum(counts, axis=0)
    for row in range(len(pooled)):
        seen = pooled[row] > 0
        periods = [each[row] for each in counts if each[row].sum() > 0]
        if len(periods) < 2:
            continue
        expected = pooled[row][seen] / pooled[row].sum()
        for each in periods:
            total = each.sum()
            chi2 += float((total * (each[seen] / total - expected) ** 2 / expected).sum())
        df += (len(periods) - 1) * (int(seen.sum()) - 1)
    if df == 0:
        return {"chi2": None, "df": None, "p_value": None}
    return {"chi2": chi2, "df": df, "p_value": float(chdtrc(df, chi2))}
