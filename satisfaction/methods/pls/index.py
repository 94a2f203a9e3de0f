"""The 0-100 index of each construct, and each respondent's score.

Fornell et al. (1996), The American Customer Satisfaction Index, Journal of Marketing 60(4): index = 100 · Σ w (mean -
lowest) / Σ w (highest - lowest), where w are the weights on unstandardised answers. A respondent's score is the same
with his own answers, so that the scores' mean is the index.
"""

import numpy as np

from core.lazytext import _l
from satisfaction.methods.answers import Floats, Refusal
from satisfaction.methods.pls.sample import Moments, Sample


def raw_weights(sample: Sample, on_z: Floats) -> Floats:
    """Weights on answers as they were given, from those on `Sample.z`; both (p, B)."""
    found: Floats = on_z / sample.spread[:, None]
    return found


def means(sample: Sample, moments: Moments) -> Floats:
    """Mean answers (p, B), in the unit of the answers."""
    found: Floats = sample.centre[:, None] + sample.spread[:, None] * moments.means
    return found


def ends(sample: Sample) -> tuple[Floats, Floats] | None:
    """Lowest and highest answer of each column, (p, 1) each; None when the specification gives no scale at all.

    Raises Refusal for a column without a scale when others have one.
    """
    scales = sample.settings.scales
    if not scales:
        return None
    for item in sample.settings.model.items:
        if item not in scales:
            raise Refusal(
                _l("“scale” gives no lowest and highest answer for column “%(field)s”."), field=item
            )
    both = np.array([scales[item] for item in sample.settings.model.items])
    return both[:, :1], both[:, 1:]


def index(sample: Sample, raw: Floats, mean: Floats) -> Floats:
    """(J, B), 0 to 100 while no weight is negative; NaN where the weights of a construct add up to nothing.

    raw: weights on answers, mean: mean answers, each (p, B). Raises as `ends`; call it only with a scale.
    """
    given = ends(sample)
    assert given is not None
    low, high = given
    starts = sample.settings.model.starts
    above = np.add.reduceat(raw * (mean - low), starts, axis=0)
    whole = np.add.reduceat(raw * (high - low), starts, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = 100 * above / np.where(whole > 0, whole, np.nan)
    return found


def scores(sample: Sample, on_z: Floats, mean_z: Floats) -> Floats:
    """(n, J): 0-100 scores when there is a scale, else scores of mean 0 and variance 1.

    on_z: weights (p,) on `Sample.z`; mean_z: (p,) means of z. Missing answers count as the mean.
    """
    model = sample.settings.model
    spread = np.zeros((len(model.owner), len(model.blocks)))
    spread[np.arange(len(model.owner)), model.owner] = on_z
    found: Floats = sample.z @ spread - mean_z @ spread
    if sample.observed is not None:
        # z is 0 where missing, the mean is mean_z there
        found += (~sample.observed[:, sample.gaps]).astype(np.float64) @ (mean_z[:, None] * spread)[
            sample.gaps
        ]
    given = ends(sample)
    if given is None:
        return found
    low, high = (each[:, 0] for each in given)
    raw = on_z / sample.spread
    own = sample.centre + sample.spread * mean_z
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = np.add.reduceat(raw * (high - low), model.starts)
        whole = np.where(whole > 0, whole, np.nan)
        at_mean = np.add.reduceat(raw * (own - low), model.starts)
        return 100 * (found + at_mean) / whole
