"""One path model on one sample: estimated, examined, resampled, and told as a plain result."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.lazytext import _l
from satisfaction.methods.answers import Floats, Sentence
from satisfaction.methods.pls import index
from satisfaction.methods.pls.bootstrap import Draws, Fitted, fit, resample
from satisfaction.methods.pls.checks import enough, no_twins, sound
from satisfaction.methods.pls.core import Causes, Paths, total_effects
from satisfaction.methods.pls.parts import (
    MOST_ESTIMATED_AGAIN,
    all_pairs,
    corrected,
    inner,
    measurement,
    outer,
)
from satisfaction.methods.pls.sample import Moments, Sample
from satisfaction.methods.pls.telling import by_construct, number, numbers, told
from satisfaction.methods.refusal import Wording

INDEX_VARIANT = "ACSI definition: weights on unstandardised answers (Fornell et al. 1996)"


@dataclass
class Analysis:
    """What one sample gave. draws: None without resamples."""

    sample: Sample
    fitted: Fitted
    paths: Paths
    result: dict[str, Any]
    draws: Draws | None


SCHEMES = {
    "path": _l("path weighting"),
    "factorial": _l("factorial weighting"),
    "centroid": _l("centroid weighting"),
}
MODES = {
    (False,): _l("PLS path model, mode A"),
    (True,): _l("PLS path model, mode B"),
    (False, True): _l("PLS path model, mode A and B"),
}


def variant(sample: Sample) -> Wording:
    """What of the method was chosen, in the words that results and pages say it by."""
    settings = sample.settings
    return Wording(
        MODES[tuple(sorted(set(settings.model.formative)))],
        SCHEMES[settings.scheme],
        _l("standardised") if settings.standardise else _l("not standardised"),
        _l("missing answers replaced by the mean")
        if settings.missing == "mean"
        else _l("complete rows only"),
        *([_l("weighted")] if settings.weight is not None else []),
        between=", ",
    )


def analyse_sample(sample: Sample) -> Analysis:
    """Everything about one sample. Raises Refusal naming the construct or column that makes it impossible.

    Sources: Wold (1982); Lohmöller (1989); see core, quality and bootstrap for each part.
    """
    model = sample.settings.model
    notes = list(sample.notes)
    enough(sample, notes)
    if sample.weights is not None:
        notes.append(
            Sentence(
                _l(
                    "Weighted by “%(column)s”: %(count)s respondents are worth %(effective)s of equal weight. Adjusted R² and the spread of scores count respondents; resamples draw respondents, who keep their weights."
                ),
                column=sample.settings.weight,
                count=sample.n,
                effective=round(sample.n_effective, 1),
            )
        )
    moments = sample.whole()
    fitted = fit(sample, moments)
    no_twins(model, fitted.correlations[:, :, 0])
    found = fitted.estimate
    causes = Causes(model)
    with np.errstate(all="ignore"):
        paths = causes.regress(found.links)
    sound(model, fitted, paths)
    converged = bool(found.converged[0])
    result: dict[str, Any] = {
        "variant": variant(sample),
        "n_used": sample.n,
        "n_effective": number(sample.n_effective),
        "n_dropped": {"count": sum(sample.dropped.values()), "reasons": dict(sample.dropped)},
        "converged": converged,
        "iterations": int(found.iterations[0]),
        "last_change": number(found.change[0]),
        "template": model.template,
    }
    if not converged:
        notes.append(
            Sentence(
                _l(
                    "The weights did not settle in %(turns)s rounds (last change %(change)s): no index is given. Raise max_iter, or look for a construct whose columns do not belong together."
                ),
                turns=int(found.iterations[0]),
                change=float(f"{found.change[0]:.3g}"),
            )
        )
    if len(model.paths) > MOST_ESTIMATED_AGAIN:
        notes.append(
            Sentence(
                _l("The model has more than %(most)s paths: f2 is left out, f2_fixed_scores is given."),
                most=MOST_ESTIMATED_AGAIN,
            )
        )
    effects = total_effects(model, paths)
    pairs = all_pairs(model)
    result |= _indices(sample, moments, fitted, notes, converged=converged)
    result |= inner(sample, moments, fitted, paths, effects)
    result |= outer(sample, fitted)
    result |= measurement(sample, fitted, moments, pairs, notes)
    if sample.settings.plsc:
        result["plsc"] = corrected(sample, fitted, causes)
    draws = None
    wanted = sample.settings.bootstrap > 0 or sample.settings.resample_rows is not None
    if wanted and not converged:
        notes.append(Sentence(_l("No resamples were run, because the weights did not settle.")))
    elif wanted:
        draws = resample(sample, pairs)
        result["bootstrap"] = told(sample, draws, result, pairs, notes)
        if sample.settings.resample_rows is None:
            result["seed"] = sample.settings.seed
    result["notes"] = notes
    return Analysis(sample, fitted, paths, result, draws)


def _indices(
    sample: Sample, moments: Moments, fitted: Fitted, notes: list[Sentence], *, converged: bool
) -> dict[str, Any]:
    settings = sample.settings
    model = settings.model
    none: dict[str, float | None] = dict.fromkeys(model.constructs)
    raw = index.raw_weights(sample, fitted.on_z)
    sums = np.add.reduceat(raw, model.starts, axis=0)[model.owner]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = (raw / np.where(sums > 0, sums, np.nan))[:, 0]
    made: dict[str, Any] = {
        "index": none,
        "index_variant": INDEX_VARIANT,
        "index_weights": by_construct(model, shares),
        "index_flags": {},
        "scores_summary": None,
    }
    for name, span in zip(model.constructs, model.spans, strict=True):
        negative = [item for item, each in zip(model.items[span], raw[span, 0], strict=True) if each < 0]
        if negative:
            made["index_flags"][name] = Sentence(
                _l(
                    "“%(construct)s” gives %(columns)s a negative weight, so its index can leave 0 to 100; do not publish it as it is."
                ),
                construct=name,
                columns=", ".join(negative),
            )
    if index.ends(sample) is None:
        notes.append(
            Sentence(_l("No index is given, because “scale” does not say the lowest and highest answer."))
        )
    elif converged:
        mean = index.means(sample, moments)
        made["index"] = dict(
            zip(model.constructs, numbers(index.index(sample, raw, mean)[:, 0]), strict=True)
        )
        standard = index.index(sample, fitted.standard, mean)[:, 0]
        made["index_standardised_weights"] = dict(zip(model.constructs, numbers(standard), strict=True))
        if settings.baseline:
            fixed = raw.copy()
            for name, weights in settings.baseline.items():
                span = model.spans[model.constructs.index(name)]
                fixed[span, 0] = [weights[item] for item in model.items[span]]
            values = dict(zip(model.constructs, numbers(index.index(sample, fixed, mean)[:, 0]), strict=True))
            made["index_baseline_weights"] = {name: values[name] for name in settings.baseline}
    if converged:
        made |= _scores(sample, moments, fitted)
    return made


def _scores(sample: Sample, moments: Moments, fitted: Fitted) -> dict[str, Any]:
    model = sample.settings.model
    values = index.scores(sample, fitted.on_z[:, 0], moments.means[:, 0])
    scale = "0-100" if sample.settings.scales else "mean 0, standard deviation 1"
    made: dict[str, Any] = {
        "scores_summary": {
            name: each | {"scale": scale}
            for name, each in zip(model.constructs, _summaries(values, sample.weights), strict=True)
        }
    }
    if sample.settings.scores:
        made["scores"] = {
            "rows": sample.rows.tolist(),
            **{name: numbers(values[:, column]) for column, name in enumerate(model.constructs)},
        }
    return made


def _summaries(values: Floats, weights: Floats | None) -> list[dict[str, float | None]]:
    """Of each column of values (n, J); weights (n,) or None."""
    counted = np.ones(len(values)) if weights is None else weights
    mean = counted @ values / counted.sum()
    variance = counted @ (values - mean) ** 2 / counted.sum() * len(values) / (len(values) - 1)
    parts = np.vstack((mean, np.sqrt(variance), _quantiles(values, weights)))
    names = ("mean", "sd", "min", "q25", "median", "q75", "max")
    return [dict(zip(names, numbers(column), strict=True)) for column in parts.T]


def _quantiles(values: Floats, weights: Floats | None) -> Floats:
    """Ends and quartiles (5, J): linear percentiles, or with weights the lowest value that holds the share of them."""
    shares = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    if weights is None:
        found: Floats = np.quantile(np.asfortranarray(values), shares, axis=0)
        return found
    order = np.argsort(values, axis=0)
    reached = np.cumsum(weights[order], axis=0)
    made = np.empty((len(shares), values.shape[1]))
    for column in range(values.shape[1]):
        places = np.searchsorted(reached[:, column], shares * reached[-1, column] * (1 - 1e-12))
        made[:, column] = values[order[np.minimum(places, len(values) - 1), column], column]
    return made
