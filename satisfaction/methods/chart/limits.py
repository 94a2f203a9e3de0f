"""Centre line and control limits of each kind of chart. Points are counted from 1 wherever they are named."""

import math
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods.answers import Bools, Floats
from satisfaction.methods.refusal import Refusal

#: mean range of two normal values in standard deviations, and the upper limit of such ranges in mean ranges
D2: Final = 1.128
D4: Final = 3.267


@dataclass(frozen=True)
class Limits:
    """What is drawn: values, centre, ucl, lcl and sigma of each point, all of shape (points,); sigma is the standard
    deviation of a plotted value, for zones. `extra` holds further keys of the result."""

    values: Floats
    centre: Floats
    ucl: Floats
    lcl: Floats
    sigma: Floats
    extra: dict[str, Any] = field(default_factory=dict)


def moving_ranges(values: Floats) -> Floats:
    """|x_t - x_(t-1)|, NaN for the first point and beside a gap; shape (points,)."""
    return np.concatenate([[np.nan], np.abs(np.diff(values))])


def mean_range(values: Floats, baseline: Bools) -> float:
    """The mean moving range between neighbours that are both in the baseline; NaN when there is none. Shapes (points,)."""
    ranges = moving_ranges(values)
    counted = baseline & np.concatenate([[False], baseline[:-1]]) & ~np.isnan(ranges)
    return float(ranges[counted].mean()) if counted.any() else math.nan


def counts_chart(
    kind: str, counts: Floats, sizes: Floats, baseline: Bools, centre: float | None, width: float
) -> Limits:
    """p, np, u, c and laney_p. counts, sizes: shape (points,); baseline: which points set the centre.

    p: pbar ± 3 sqrt(pbar (1 - pbar) / n_i); u: ubar ± 3 sqrt(ubar / n_i); np and c: the same in counts. Lower limits
    stop at 0, upper ones of shares at 1. laney_p: sigma of p times the mean moving range of z over 1.128.

    Sources: Shewhart (1931); Montgomery, Introduction to Statistical Quality Control, chapter 7; Laney (2002),
    Quality Engineering 14, 531-537.
    """
    shares = counts / sizes
    bar = float(counts[baseline].sum() / sizes[baseline].sum()) if centre is None else centre
    extra: dict[str, Any] = {}
    if kind in {"p", "np", "laney_p"}:
        if not 0 < bar < 1:
            raise Refusal(
                _l("Every share of the baseline is %(share)s, so control limits cannot be set (%(field)s)."),
                field="counts",
                share=bar,
            )
        sigma = np.sqrt(bar * (1 - bar) / sizes)
    else:
        if bar <= 0:
            raise Refusal(
                _l("Every count of the baseline is 0, so control limits cannot be set (%(field)s)."),
                field="counts",
            )
        sigma = np.sqrt(bar / sizes)
    if kind == "laney_p":
        z = (shares - bar) / sigma
        between = mean_range(z, baseline) / D2
        if not between > 0:
            raise Refusal(
                _l(
                    "The shares of the baseline never change, so the spread between periods is unknown (%(field)s)."
                ),
                field="counts",
            )
        sigma = sigma * between
        extra["sigma_z"] = between
    scale = sizes if kind == "np" else np.ones_like(sizes)
    high = np.minimum(bar + width * sigma, 1.0) if kind in {"p", "np", "laney_p"} else bar + width * sigma
    low = np.maximum(bar - width * sigma, 0.0)
    values = counts if kind in {"np", "c"} else shares
    return Limits(values, bar * scale, high * scale, low * scale, sigma * scale, extra)


def individuals(
    values: Floats, baseline: Bools, centre: float | None, sigma: float | None, width: float
) -> Limits:
    """XmR: mean ± 3 MRbar / 1.128, ranges up to 3.267 MRbar; values of shape (points,) in their own unit.

    Without a moving range above 0 there is no sigma: limits are NaN.

    Sources: Wheeler and Chambers (1992), Understanding Statistical Process Control; NIST/SEMATECH e-Handbook 6.3.2.2.
    """
    middle = float(values[baseline].mean()) if centre is None else centre
    bar = mean_range(values, baseline)
    if sigma is None:
        sigma = bar / D2 if bar > 0 else math.nan
    each = np.ones_like(values)
    range_limit = D4 * bar if bar > 0 else math.nan
    extra = {
        "mr": moving_ranges(values),
        "mr_bar": bar,
        "mr_ucl": range_limit,
        "mr_signals": [int(place) + 1 for place in np.flatnonzero(moving_ranges(values) > range_limit)],
        "sigma": sigma,
    }
    return Limits(
        values,
        middle * each,
        (middle + width * sigma) * each,
        (middle - width * sigma) * each,
        sigma * each,
        extra,
    )


def cusum(values: Floats, target: float, sigma: float, k: float, h: float) -> Limits:
    """Tabular CUSUM of values of shape (points,): C+ = max(0, x - (target + k sigma) + C+), C- the same downwards and written below 0.

    k and h are in sigma. The limits are ± h sigma around 0; plotted is C+ where it is the larger of both, else C-.

    Sources: Page (1954), Biometrika 41, 100-115; Montgomery, chapter 9.
    """
    up, down = np.zeros(len(values)), np.zeros(len(values))
    above = below = 0.0
    for place, value in enumerate(values):
        if not math.isnan(value):
            above = max(0.0, value - (target + k * sigma) + above)
            below = min(0.0, value - (target - k * sigma) + below)
        up[place], down[place] = above, below
    each = np.ones(len(values))
    extra = {"c_plus": up, "c_minus": down, "sigma": sigma, "target": target, "k": k, "h": h}
    return Limits(
        np.where(up >= -down, up, down), 0.0 * each, h * sigma * each, -h * sigma * each, sigma * each, extra
    )


def ewma(values: Floats, target: float, sigma: float, weight: float, width: float) -> Limits:
    """Of values of shape (points,): z_t = w x_t + (1 - w) z_(t-1) from z_0 = target, limits ± L sigma sqrt(w / (2 - w) (1 - (1 - w)^(2 t))).

    Sources: Roberts (1959), Technometrics 1, 239-250; Montgomery, chapter 9.
    """
    z = np.zeros(len(values))
    now = target
    for place, value in enumerate(values):
        if not math.isnan(value):
            now = weight * value + (1 - weight) * now
        z[place] = now
    steps = np.arange(1, len(values) + 1)
    spread = sigma * np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * steps)))
    each = np.ones(len(values))
    extra = {"z": z, "sigma": sigma, "target": target, "lambda": weight, "l": width}
    return Limits(z, target * each, target + width * spread, target - width * spread, spread, extra)
