"""The parts of a path model's result: outer and inner model, quality of measurement, consistent PLS."""

from typing import Any

import numpy as np

from core.lazytext import _l
from satisfaction.methods.answers import Floats, Sentence
from satisfaction.methods.pls import quality
from satisfaction.methods.pls.bootstrap import CHUNK, Fitted, fit
from satisfaction.methods.pls.core import Causes, Paths
from satisfaction.methods.pls.model import Ints, Model
from satisfaction.methods.pls.sample import Moments, Sample
from satisfaction.methods.pls.telling import by_construct, by_name, number, numbers

HTMT_VARIANTS = {
    "htmt": "of absolute correlations (as seminr and SmartPLS)",
    "htmt_signed": "of signed correlations (Henseler, Ringle and Sarstedt 2015; as cSEM)",
    "htmt2": "of geometric means (Roemer, Schuberth and Henseler 2021)",
}
F2_VARIANTS = {
    "f2": "model estimated again without the path (as seminr)",
    "f2_fixed_scores": "same scores, regression without the path (Cohen 1988)",
}

#: with more paths `f2` would take minutes; `f2_fixed_scores` is given for any number
MOST_ESTIMATED_AGAIN = 400


def all_pairs(model: Model) -> tuple[Ints, Ints]:
    """Pairs of constructs, the later one first."""
    later, earlier = np.tril_indices(len(model.constructs), -1)
    return later, earlier


def outer(sample: Sample, fitted: Fitted) -> dict[str, Any]:
    """Weights, loadings and cross-loadings of each column, as the result names them; loadings are correlations.

    Source: Lohmöller (1989).
    """
    model, found = sample.settings.model, fitted.estimate
    loadings = found.loadings(model)[:, 0]
    cross = found.shared[:, :, 0] / found.spread
    made = {"weights": by_construct(model, found.weights[:, 0])}
    if not sample.settings.standardise:
        made["weights_standardised"] = by_construct(model, fitted.standard[:, 0])
    return made | {
        "loadings": by_construct(model, loadings),
        "cross_loadings": {
            name: dict(zip(model.items, numbers(cross[:, column]), strict=True))
            for column, name in enumerate(model.constructs)
        },
    }


def inner(sample: Sample, moments: Moments, fitted: Fitted, paths: Paths, effects: Floats) -> dict[str, Any]:
    """Coefficients of the paths, total effects, R² and effect sizes f² in both forms; undefined figures are None.

    effects: (J, J, B) of total_effects. Sources: Tenenhaus et al. (2005); Cohen (1988) for f².
    """
    model = sample.settings.model
    rows, columns = model.slots
    names = [model.path_name(path) for path in model.paths]
    coefficients = paths.coefficients[rows, columns, 0]
    r2 = paths.r2[:, 0]
    sizes = model.present.sum(axis=0)
    ends = [model.constructs[each] for each in model.endogenous]
    adjusted = 1 - (1 - r2) * (sample.n - 1) / (sample.n - 1 - sizes)
    inflation = quality.vif_of_causes(model, fitted.estimate.links[:, :, 0])
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(1 - r2 > 1e-12, 1 - r2, np.nan)[columns]
        fixed = coefficients**2 / (inflation[rows, columns] * left)
        without = _r2_without(sample, moments)
        again = (r2[columns] - without) / left
    start, end = np.array(model.effects).T
    effect_names = [model.path_name(pair) for pair in model.effects]
    return {
        "paths": dict(zip(names, numbers(coefficients), strict=True)),
        "r2": dict(zip(ends, numbers(r2), strict=True)),
        "r2_adjusted": dict(zip(ends, numbers(adjusted), strict=True)),
        "f2": dict(zip(names, numbers(again), strict=True)),
        "f2_fixed_scores": dict(zip(names, numbers(fixed), strict=True)),
        "f2_variants": dict(F2_VARIANTS),
        "total_effects": dict(zip(effect_names, numbers(effects[start, end, 0]), strict=True)),
        "vif": {
            name: {
                model.constructs[model.causes[row, column]]: number(inflation[row, column])
                for row in np.flatnonzero(model.present[:, column])
            }
            for column, name in enumerate(ends)
        },
        "vif_items": by_construct(model, quality.vif_of_items(model, fitted.correlations[:, :, 0])),
    }


def _r2_without(sample: Sample, moments: Moments, *, corrected: bool = False) -> Floats:
    """R² of each path's end when the model is estimated again without that path, (paths,); NaN where it cannot be.

    corrected: after the correction of PLSc.
    """
    model = sample.settings.model
    _, columns = model.slots
    single = model.present.sum(axis=0)[columns] == 1
    made = np.where(single, 0.0, np.nan)
    cut = np.flatnonzero(~single)
    if not 0 < len(cut) <= MOST_ESTIMATED_AGAIN:
        return made
    step = max(4, CHUNK // len(moments.covariance) ** 2)
    for first in range(0, len(cut), step):
        part = cut[first : first + step]
        repeated = Moments(
            np.repeat(moments.drawn, len(part)),
            np.repeat(moments.means, len(part), axis=1),
            np.repeat(moments.covariance, len(part), axis=2),
        )
        fitted = fit(sample, repeated, part)
        causes = Causes(model, part)
        found = fitted.estimate
        with np.errstate(all="ignore"):
            if corrected:
                paths = quality.consistent(
                    model, fitted.correlations, fitted.standard, found.links, causes
                ).paths
            else:
                paths = causes.regress(found.links)
        r2 = paths.r2[columns[part], np.arange(len(part))]
        made[part] = np.where(found.sound & found.converged & paths.sound, r2, np.nan)
    return made


def measurement(
    sample: Sample, fitted: Fitted, moments: Moments, pairs: tuple[Ints, Ints], notes: list[Sentence]
) -> dict[str, Any]:
    """Reliability and validity of each construct, HTMT of `pairs` in its forms, and VIF; undefined figures are None.

    notes are added to. Sources: see quality.
    """
    model = sample.settings.model
    correlations = fitted.correlations
    loadings = fitted.estimate.loadings(model)
    rho_c, ave = quality.composite_reliability(model, loadings)
    raw = moments.covariance * (sample.spread[:, None] * sample.spread)[:, :, None]
    parts = {
        "alpha": quality.alpha(model, raw),
        "alpha_standardised": quality.alpha(model, correlations),
        "rho_a": quality.rho_a(model, correlations, fitted.standard),
        "rho_c": rho_c,
        "ave": ave,
    }
    for place, name in enumerate(model.constructs):
        if parts["alpha"][place, 0] < 0 and not model.formative[place]:
            notes.append(
                Sentence(
                    _l(
                        "Alpha of “%(construct)s” is negative: some of its columns point the other way round. Name them under “reverse”."
                    ),
                    construct=name,
                )
            )
    links = fitted.estimate.links[:, :, 0]
    root = np.sqrt(ave[:, 0])
    fornell = links.copy()
    fornell[np.arange(len(root)), np.arange(len(root))] = root
    size = len(model.constructs)
    others = np.abs(links - np.eye(size) * links).max(axis=1)
    everything = (np.repeat(np.arange(size), size), np.tile(np.arange(size), size))
    return {
        "reliability": {
            name: {key: number(values[place, 0]) for key, values in parts.items()}
            | {"columns": len(model.blocks[place]), "mode": "B" if model.formative[place] else "A"}
            for place, name in enumerate(model.constructs)
        },
        "htmt": by_name(model, pairs, quality.htmt(model, correlations, pairs)[:, 0], both=True),
        "htmt_signed": by_name(
            model, pairs, quality.htmt(model, correlations, pairs, absolute=False)[:, 0], both=True
        ),
        "htmt2": by_name(model, pairs, quality.htmt2(model, correlations[:, :, 0], pairs), both=True),
        "htmt_variants": dict(HTMT_VARIANTS),
        "fornell_larcker": by_name(model, everything, fornell.reshape(-1)),
        "fornell_larcker_met": {
            name: bool(root[place] > others[place]) for place, name in enumerate(model.constructs)
        },
        "construct_correlations": by_name(model, pairs, links[pairs], both=True),
    }


def corrected(sample: Sample, fitted: Fitted, causes: Causes) -> dict[str, Any]:
    """The model by consistent PLS, and whether its solution is admissible, with the reasons when it is not.

    Source: Dijkstra and Henseler (2015), see quality.consistent.
    """
    model = sample.settings.model
    with np.errstate(all="ignore"):
        found = quality.consistent(model, fitted.correlations, fitted.standard, fitted.estimate.links, causes)
        rho_c, ave = quality.composite_reliability(model, found.loadings)
    rows, columns = model.slots
    r2 = found.paths.r2[:, 0]
    sizes = model.present.sum(axis=0)
    ends = [model.constructs[each] for each in model.endogenous]
    adjusted = 1 - (1 - r2) * (sample.n - 1) / (sample.n - 1 - sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(np.abs(1 - r2) > 1e-12, 1 - r2, np.nan)[columns]
        f2 = (r2[columns] - _r2_without(sample, sample.whole(), corrected=True)) / left
    reasons = []
    if not found.definite[0]:
        reasons.append(
            Sentence(
                _l(
                    "The corrected correlations of the constructs contradict each other (they are not positive semi-definite)."
                )
            )
        )
    for place, name in enumerate(model.constructs):
        value = found.reliability[place, 0]
        if not 0 < value <= 1:
            reasons.append(
                Sentence(_l("The reliability rho_A of “%(construct)s” lies outside 0 to 1."), construct=name)
            )
    for place, item in enumerate(model.items):
        if abs(found.loadings[place, 0]) > 1 + 1e-10:
            reasons.append(
                Sentence(_l("The corrected loading of column “%(column)s” is above 1."), column=item)
            )
    names = [model.path_name(path) for path in model.paths]
    start, end = np.array(model.effects).T
    pairs = all_pairs(model)
    return {
        "admissible": bool(found.admissible[0]),
        "reasons": reasons,
        "source": "Dijkstra and Henseler 2015",
        "paths": dict(zip(names, numbers(found.paths.coefficients[rows, columns, 0]), strict=True)),
        "r2": dict(zip(ends, numbers(r2), strict=True)),
        "r2_adjusted": dict(zip(ends, numbers(adjusted), strict=True)),
        "f2": dict(zip(names, numbers(f2), strict=True)),
        "total_effects": dict(
            zip(map(model.path_name, model.effects), numbers(found.effects[start, end, 0]), strict=True)
        ),
        "loadings": by_construct(model, found.loadings[:, 0]),
        "reliability": {
            name: {
                "rho_a": number(found.reliability[place, 0]),
                "rho_c": number(rho_c[place, 0]),
                "ave": number(ave[place, 0]),
            }
            for place, name in enumerate(model.constructs)
        },
        "construct_correlations": by_name(model, pairs, found.links[pairs][:, 0], both=True),
    }
