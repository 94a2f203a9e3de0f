"""Drawing: who is asked, with which chance. Every draw is repeatable from its seed.

A draw takes the n smallest of uniform numbers, one for each unit in the order of the frame, so that it depends on
nothing but the seed, the frame and NumPy's PCG64 stream, which is fixed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satisfaction.methods.answers import Floats

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Drawn:
    """rows: places in the frame, ascending. probability: of each, above 0 to 1."""

    rows: Rows
    probability: Floats


def simple(frame: int, n: int, rng: np.random.Generator) -> Drawn:
    """n of `frame` units, each set of n equally likely; without replacement. Source: Cochran (1977), chapter 2."""
    rows = np.sort(np.argsort(rng.random(frame), kind="stable")[:n])
    return Drawn(rows.astype(np.int64), np.full(n, n / frame))


def systematic(frame: int, n: int, start: float) -> Drawn:
    """Units floor((start + i) N / n) for i = 0 … n - 1, counted from 0; `start` lies from 0 to below 1.

    Source: Cochran (1977), Sampling Techniques, chapter 8, with the interval not rounded.
    """
    rows = np.floor((start + np.arange(n)) * frame / n).astype(np.int64)
    return Drawn(np.minimum(rows, frame - 1), np.full(n, n / frame))


def proportional_to_size(sizes: Floats, n: int, start: float) -> Drawn:
    """n units with chances n x / X, systematically on the cumulated sizes x (shape (units,), 0 or more).

    A unit whose chance would reach 1 is taken for certain, and the others share what is left. At least n sizes must
    be above 0. Source: Madow (1949), Ann. Math. Stat. 20, 333-354.
    """
    certain = np.zeros(len(sizes), dtype=bool)
    while True:
        left = n - int(certain.sum())
        rest = np.where(certain, 0.0, sizes)
        if left <= 0:
            break
        sure = ~certain & (rest * left >= rest.sum() * (1 - 1e-12)) & (rest > 0)
        if not sure.any():
            break
        certain |= sure
    probability = np.where(certain, 1.0, 0.0)
    chosen = certain.copy()
    if left > 0:
        probability = np.where(certain, 1.0, left * rest / rest.sum())
        edges = np.cumsum(rest)
        points = (start + np.arange(left)) * edges[-1] / left
        chosen[np.minimum(np.searchsorted(edges, points, side="right"), len(sizes) - 1)] = True
    rows = np.flatnonzero(chosen)
    return Drawn(rows.astype(np.int64), probability[rows])


def stratified(places: Mapping[str, Rows], allocation: Mapping[str, int], rng: np.random.Generator) -> Drawn:
    """A simple draw in each stratum; `places` gives the rows of each. Source: Cochran (1977), chapter 5."""
    rows, chances = [], []
    for name, members in places.items():
        drawn = simple(len(members), allocation.get(name, 0), rng)
        rows.append(members[drawn.rows])
        chances.append(drawn.probability)
    return _sorted(rows, chances)


def clusters(places: Mapping[str, Rows], n: int, rng: np.random.Generator) -> Drawn:
    """n whole clusters: everybody in a drawn cluster is asked, with the chance of the cluster.

    `places` gives the rows of each. Source: Cochran (1977), chapter 9.
    """
    drawn = simple(len(places), n, rng)
    members = list(places.values())
    return _sorted(
        [members[row] for row in drawn.rows],
        [np.full(len(members[row]), p) for row, p in zip(drawn.rows, drawn.probability, strict=True)],
    )


@dataclass(frozen=True)
class Stage:
    """labels: the unit of each row of the frame at this stage, None for the rows themselves. n: units drawn inside each
    unit of the stage before. sizes: measure of each row when the draw is proportional to size (summed over a unit)."""

    labels: NDArray[np.object_] | None
    n: int
    sizes: Floats | None = None


def multistage(frame: int, stages: Sequence[Stage], rng: np.random.Generator) -> tuple[Drawn, list[int], int]:
    """(draw, units drawn at each stage, units that held fewer than asked for and were taken whole).

    The chance of a row is the product of the chances of its units. Source: Cochran (1977), chapters 10 and 11.
    """
    groups: list[tuple[Rows, float]] = [(np.arange(frame, dtype=np.int64), 1.0)]
    counts, short = [], 0
    for stage in stages:
        following: list[tuple[Rows, float]] = []
        for rows, chance in groups:
            units = _units(rows, stage.labels)
            n = min(stage.n, len(units))
            short += n < stage.n
            if stage.sizes is None:
                drawn = simple(len(units), n, rng)
            else:
                sizes = np.array([stage.sizes[unit].sum() for unit in units])
                n = min(n, int((sizes > 0).sum()))
                drawn = proportional_to_size(sizes, n, float(rng.random()))
            following += [
                (units[row], chance * float(p)) for row, p in zip(drawn.rows, drawn.probability, strict=True)
            ]
        groups = following
        counts.append(len(groups))
    made = _sorted([rows for rows, _ in groups], [np.full(len(rows), chance) for rows, chance in groups])
    return made, counts, short


def groups_of(labels: NDArray[Any]) -> dict[str, Rows]:
    """The rows of each label, labels in the order in which they first occur."""
    found: dict[str, list[int]] = {}
    for row, label in enumerate(labels):
        found.setdefault(label, []).append(row)
    return {label: np.array(rows, dtype=np.int64) for label, rows in found.items()}


def _units(rows: Rows, labels: NDArray[np.object_] | None) -> list[Rows]:
    if labels is None:
        return [rows[place : place + 1] for place in range(len(rows))]
    return [rows[places] for places in groups_of(labels[rows]).values()]


def _sorted(rows: Sequence[Rows], chances: Sequence[Floats]) -> Drawn:
    if not rows:
        return Drawn(np.empty(0, dtype=np.int64), np.empty(0))
    every, chance = np.concatenate(rows), np.concatenate(chances)
    order = np.argsort(every, kind="stable")
    return Drawn(every[order], chance[order])
