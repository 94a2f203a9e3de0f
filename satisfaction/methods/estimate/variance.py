"""Variance of a total of linearised values under a design of one or more stages."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from satisfaction.methods.answers import Floats

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Design:
    """strata: code of each row's stratum, shape (n,). stages: code of each row's unit at each stage, unique within the
    stage before; the rows themselves when there are no clusters. fractions: sampled share of the units of each
    stage in the row's stratum (first stage) or unit (later ones), 0 for sampling with replacement; shape (n,) each."""

    strata: Codes
    stages: tuple[Codes, ...]
    fractions: tuple[Floats, ...]

    @property
    def degrees(self) -> int:
        """First-stage units less strata."""
        return len(np.unique(self.stages[0])) - len(np.unique(self.strata))


def variance(values: Floats, design: Design) -> tuple[float, list[int]]:
    """(variance, codes of strata with one first-stage unit only).

    values: linearised, shape (n,), weights included. v = sum over strata of (1 - f) n / (n - 1) sum (z - zbar)^2 with
    z the totals of first-stage units, plus f times the same inside each unit for the next stage, and so on. A stratum
    or unit with a single unit and f = 1 adds nothing; with f below 1 it has no variance: NaN, and it is named.

    Sources: Särndal, Swensson, Wretman (1992), Model Assisted Survey Sampling, 4.3; Lumley (2004), J. Stat. Softw. 9.
    """
    found = 0.0
    lonely: list[int] = []
    outer, scale = design.strata, np.ones(len(values))
    for level, (units, fraction) in enumerate(zip(design.stages, design.fractions, strict=True)):
        if level > 0 and not (scale > 0).any():
            break
        part, single = _stage(values, outer, units, fraction, scale)
        found += part
        lonely += single if level == 0 else []
        outer, scale = units, scale * fraction
    return found, lonely


def _stage(
    values: Floats, outer: Codes, units: Codes, fraction: Floats, scale: Floats
) -> tuple[float, list[int]]:
    names, first, inverse = np.unique(units, return_index=True, return_inverse=True)
    totals = np.bincount(inverse, weights=values, minlength=len(names))
    groups, group_of = np.unique(outer[first], return_inverse=True)
    counts = np.bincount(group_of)
    means = np.bincount(group_of, weights=totals) / counts
    squares = np.bincount(group_of, weights=(totals - means[group_of]) ** 2)
    place = np.empty(len(groups), dtype=np.int64)
    place[group_of] = first
    f, s = fraction[place], scale[place]
    open_end = (counts == 1) & (f < 1) & (s > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(counts > 1, s * (1 - f) * counts / (counts - 1) * squares, 0.0)
    each[open_end] = np.nan
    return float(each.sum()), [int(code) for code in groups[open_end]]


def nested(outer: Codes, labels: Sequence[str | None] | NDArray[np.object_]) -> Codes:
    """Codes of labels that count within the outer unit: "1" in stratum A and "1" in stratum B are two units."""
    _, own = np.unique(np.array([str(each) for each in labels]), return_inverse=True)
    pairs = outer.astype(np.int64) * (int(own.max(initial=0)) + 1) + own
    return np.asarray(np.unique(pairs, return_inverse=True)[1], dtype=np.int64)
