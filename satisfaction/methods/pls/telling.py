"""Figures under their names, and what the resamples say about them. What is undefined is None."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from core.lazytext import _l
from satisfaction.methods.answers import Floats, Sentence
from satisfaction.methods.pls.bootstrap import Draws, Summary, quantiles, summary
from satisfaction.methods.pls.model import Ints, Model
from satisfaction.methods.pls.sample import Sample

#: fewer resamples give intervals that change from seed to seed
_FEW = 1_000

#: share of resamples left out above which the intervals are named as doubtful
_MANY_FAILED = 0.05


def number(value: float | np.floating[Any]) -> float | None:
    """As JSON has it: None for what is not finite."""
    found = float(value)
    return found if math.isfinite(found) else None


def numbers(values: Floats | Iterable[float]) -> list[float | None]:
    """Each as `number` has it; values of shape (n,)."""
    return [number(each) for each in (values.tolist() if isinstance(values, np.ndarray) else values)]


def by_construct(model: Model, values: Floats) -> dict[str, dict[str, float | None]]:
    """Figures of columns (p,) as construct → column → figure."""
    plain = numbers(values)
    return {
        name: dict(zip(block, plain[span], strict=True))
        for name, block, span in zip(model.constructs, model.blocks, model.spans, strict=True)
    }


def pair_names(model: Model, pairs: tuple[Ints, Ints]) -> list[str]:
    """“A|B” of pairs of constructs, given by their places: two arrays of shape (k,)."""
    return [f"{model.constructs[a]}|{model.constructs[b]}" for a, b in zip(*pairs, strict=True)]


def by_name(
    model: Model, pairs: tuple[Ints, Ints], values: Floats | Iterable[Any], *, both: bool = False
) -> dict[str, Any]:
    """Figures of pairs as "A|B" → figure; both: "B|A" as well, since such figures have no direction."""
    plain = numbers(values) if isinstance(values, np.ndarray) else list(values)
    found = dict(zip(pair_names(model, pairs), plain, strict=True))
    if both:
        found |= dict(zip(pair_names(model, pairs[::-1]), plain, strict=True))
    return found


def told(
    sample: Sample,
    draws: Draws,
    result: Mapping[str, Any],
    pairs: tuple[Ints, Ints],
    notes: list[Sentence],
) -> dict[str, Any]:
    """The part `bootstrap` of a result. result: the estimates, as told."""
    settings = sample.settings
    model = settings.model
    asked, used = len(draws.usable), draws.used
    _doubts(sample, draws, notes)
    made: dict[str, Any] = {
        "n": asked,
        "used": used,
        "failed": asked - used,
        "failed_reasons": dict(draws.failed),
        "confidence": settings.confidence,
        "interval": "percentile",
    }
    ends = [model.constructs[each] for each in model.endogenous]
    paths = [model.path_name(path) for path in model.paths]
    effects = [model.path_name(pair) for pair in model.effects]
    made["paths"] = _with_t(result["paths"], paths, draws.figures["paths"], settings.confidence)
    made["total_effects"] = _with_t(
        result["total_effects"], effects, draws.figures["effects"], settings.confidence
    )
    made["r2"] = _plain(result["r2"], ends, draws.figures["r2"], settings.confidence)
    if "index" in draws.figures:
        made["index"] = _plain(
            result["index"], list(model.constructs), draws.figures["index"], settings.confidence
        )
    made["htmt"] = _htmt(sample, draws, result, pairs)
    made["htmt_threshold"] = settings.htmt_threshold
    for key in ("weights", "loadings"):
        flat = {item: value for block in result[key].values() for item, value in block.items()}
        made[key] = _with_t(flat, list(model.items), draws.figures[key], settings.confidence)
    if "plsc" in draws.figures:
        values = draws.figures["plsc"]
        made["plsc"] = {
            "admissible": int(np.isfinite(values).all(axis=0).sum()),
            "paths": _with_t(result["plsc"]["paths"], paths, values, settings.confidence),
        }
    if settings.resample_rows is not None:
        made["resamples"] = _each(sample, draws, paths, ends)
    return made


def _doubts(sample: Sample, draws: Draws, notes: list[Sentence]) -> None:
    asked, used = len(draws.usable), draws.used
    if sample.settings.resample_rows is None and asked < _FEW:
        notes.append(
            Sentence(
                _l("%(count)s resamples show the way; for a report take 5,000."),
                count=asked,
            )
        )
    if asked - used > _MANY_FAILED * asked:
        notes.append(
            Sentence(
                _l(
                    "%(failed)s of %(count)s resamples could not be used; the intervals describe the others and are too hopeful."
                ),
                failed=asked - used,
                count=asked,
            )
        )


def _estimates(told_: Mapping[str, float | None], names: Iterable[str]) -> Floats:
    return np.array([math.nan if told_[name] is None else told_[name] for name in names], dtype=np.float64)


def _plain(
    told_: Mapping[str, float | None], names: list[str], draws: Floats, confidence: float
) -> dict[str, Any]:
    found = summary(_estimates(told_, names), draws, confidence)
    return {name: _one(found, place) for place, name in enumerate(names)}


def _one(found: Summary, place: int) -> dict[str, Any]:
    return {
        "mean": number(found.mean[place]),
        "se": number(found.se[place]),
        "ci": _interval(found.low[place], found.high[place]),
    }


def _interval(low: float, high: float) -> list[float] | None:
    return [float(low), float(high)] if math.isfinite(low) and math.isfinite(high) else None


def _with_t(
    told_: Mapping[str, float | None], names: list[str], draws: Floats, confidence: float
) -> dict[str, Any]:
    found = summary(_estimates(told_, names), draws, confidence)
    return {
        name: {
            "estimate": told_[name],
            "mean": number(found.mean[place]),
            "se": number(found.se[place]),
            "t": number(found.t[place]),
            "p": number(found.p[place]),
            "ci": _interval(found.low[place], found.high[place]),
        }
        for place, name in enumerate(names)
    }


def _htmt(
    sample: Sample, draws: Draws, result: Mapping[str, Any], pairs: tuple[Ints, Ints]
) -> dict[str, Any]:
    """Two constructs are told apart when the upper end of the one-sided 95 % interval is below the threshold."""
    model, values = sample.settings.model, draws.figures["htmt"]
    names = pair_names(model, pairs)
    found = summary(_estimates(result["htmt"], names), values, sample.settings.confidence)
    upper = quantiles(values, [0.95])[0] if values.shape[1] else np.full(len(values), np.nan)
    made = []
    for place in range(len(names)):
        bound = number(upper[place])
        entry = _one(found, place)
        entry["upper95"] = bound
        entry["distinct"] = None if bound is None else bound < sample.settings.htmt_threshold
        made.append(entry)
    return by_name(model, pairs, made, both=True)


def _each(sample: Sample, draws: Draws, paths: list[str], ends: list[str]) -> list[dict[str, Any] | None]:
    """What each resample given by its rows came to; None for one that could not be used."""
    model = sample.settings.model
    made: list[dict[str, Any] | None] = []
    column = 0
    for good in draws.usable:
        if not good:
            made.append(None)
            continue
        entry: dict[str, Any] = {
            "paths": dict(zip(paths, numbers(draws.figures["paths"][:, column]), strict=True)),
            "r2": dict(zip(ends, numbers(draws.figures["r2"][:, column]), strict=True)),
            "weights": by_construct(model, draws.figures["weights"][:, column]),
        }
        if "index" in draws.figures:
            entry["index"] = dict(
                zip(model.constructs, numbers(draws.figures["index"][:, column]), strict=True)
            )
        made.append(entry)
        column += 1
    return made
