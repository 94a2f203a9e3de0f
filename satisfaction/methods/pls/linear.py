"""Many small linear systems and block sums at once. The last axis of every array counts the resamples."""

from collections.abc import Sequence

import numpy as np

from satisfaction.methods.answers import Bools, Floats

#: a pivot this small against its diagonal element: the column is a linear combination of those before it
SINGULAR = 1e-10

#: from this many resamples on, one `einsum` a block is faster than one `reduceat` over all of them
_MANY = 12


def every(conditions: Bools, axis: int | tuple[int, ...] = 0) -> Bools:
    """Where all conditions along `axis` hold."""
    found: Bools = np.logical_and.reduce(conditions, axis=axis)
    return found


def solve(a: Floats, b: Floats) -> tuple[Floats, Bools]:
    """Solve symmetric systems by Gauss-Jordan elimination without exchange of rows, all of them in step.

    Meant for correlation matrices: a pivot near zero, against its diagonal element, means that there is no solution.

    a: (k, k, …), b: (k, r, …) with the same trailing shape. Returns x (k, r, …) and whether each system had a
    solution (…); where it had none, x is meaningless.
    """
    size = len(a)
    joined = np.concatenate((a, b), axis=1)
    least = np.abs(a[np.arange(size), np.arange(size)]) * SINGULAR
    sound = np.ones(a.shape[2:], dtype=np.bool_)
    for i in range(size):
        pivot = joined[i, i]
        good = np.abs(pivot) > least[i]
        if not good.all():
            sound &= good
            pivot = np.where(good, pivot, 1.0)
        joined[i, i + 1 :] /= pivot
        factor = joined[:, i].copy()
        factor[i] = 0.0
        joined[:, i + 1 :] -= factor[:, None] * joined[i, None, i + 1 :]
    return joined[:, size:], sound


def invert(a: Floats) -> tuple[Floats, Bools]:
    """Inverses of correlation matrices a (k, k, …), and which of them exist (…)."""
    size = len(a)
    unit = np.zeros(a.shape)
    for i in range(size):
        unit[i, i] = 1.0
    return solve(a, unit)


def by_block(moments: Floats, weights: Floats, starts: Sequence[int]) -> Floats:
    """Sums over blocks of columns: out[i, j] = Σ over k in block j of moments[i, k] · weights[k].

    moments: (p, p, B); weights: (p, B); starts: first column of each of the J blocks. Returns (p, J, B).
    """
    if moments.shape[-1] < _MANY:
        found: Floats = np.add.reduceat(moments * weights, starts, axis=1)
        return found
    made = np.empty((len(moments), len(starts), moments.shape[-1]))
    for j, (first, last) in enumerate(zip(starts, [*starts[1:], len(moments)], strict=True)):
        np.einsum("ikb,kb->ib", moments[:, first:last], weights[first:last], out=made[:, j])
    return made


def over_blocks(values: Floats, weights: Floats, starts: Sequence[int]) -> Floats:
    """Weighted sums of rows in blocks: out[j] = Σ over i in block j of weights[i] · values[i].

    values: (p, J, B); weights: (p, B). Returns (J, J, B).
    """
    if values.shape[-1] < _MANY:
        found: Floats = np.add.reduceat(values * weights[:, None], starts, axis=0)
        return found
    made = np.empty((len(starts), *values.shape[1:]))
    for j, (first, last) in enumerate(zip(starts, [*starts[1:], len(values)], strict=True)):
        np.einsum("ijb,ib->jb", values[first:last], weights[first:last], out=made[j])
    return made


def project(values: Floats, inner: Floats, starts: Sequence[int]) -> Floats:
    """out[i] = Σ over j of values[i, j] · inner[block of i, j]: (p, J, B) and (J, J, B) give (p, B)."""
    if values.shape[-1] < _MANY:
        sizes = np.diff([*starts, len(values)])
        summed: Floats = (values * np.repeat(inner, sizes, axis=0)).sum(axis=1)
        return summed
    made = np.empty((len(values), values.shape[-1]))
    for j, (first, last) in enumerate(zip(starts, [*starts[1:], len(values)], strict=True)):
        np.einsum("ijb,jb->ib", values[first:last], inner[j], out=made[first:last])
    return made
