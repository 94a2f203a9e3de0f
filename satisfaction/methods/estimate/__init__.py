"""Estimates from a sample survey: mean and total with the standard error that the design deserves."""

from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.answers import Answers, Floats
from satisfaction.methods.estimate import calibration
from satisfaction.methods.estimate.design import Surveyed, read
from satisfaction.methods.estimate.variance import variance
from satisfaction.methods.refusal import Refusal, Sentence, Wording

FEW_UNITS: Final = 30

_KNOWN: Final = (
    "variable", "category", "below", "at_least", "weight", "strata", "cluster", "fpc", "poststratify", "rake",
    "confidence", "interval", "missing_codes",
)  # fmt: skip


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001  one signature for all methods
    """Mean and total of `variable` with standard errors by linearisation.

    spec: `variable`, a column of numbers; with `category`, `below` or `at_least` the share of rows where it equals,
    lies below, or reaches that value. `weight`: column of sampling weights; without it they follow from `fpc`.
    `strata`, `cluster`: columns (a list of clusters for stages). `fpc`: population size (units of the first stage in
    the stratum): number, column, stratum → number, or a list by stage; at most 1 it is read as a sampled share.
    `poststratify` {column, totals} or `rake` (several). `interval`: z or t; default t below 30 units less strata.

    se, ci in the unit of the variable (shares 0 to 1). `deff`: variance over that of a simple random sample of as many.
    `total` is None when neither weights nor fpc say how large the population is. A stratum with a single unit has no
    variance: se and ci are None and the stratum is named.

    Raises Refusal as read and margins do, and without any usable row.
    Sources: Cochran (1977); Särndal, Swensson, Wretman (1992); Kish (1965) for n_eff and deff_weights.
    """
    assert data is not None
    specs.only(spec, _KNOWN)
    notes: list[Sentence] = []
    name = specs.text(specs.need(spec, "variable"), "variable")
    values, label = _values(data, spec, name)
    kept = ~np.isnan(values)
    no_weight = 0
    if spec.get("weight") is not None:
        given = parameters.bounded(data.weights(specs.text(spec["weight"], "weight")), "weight")
        unweighted = kept & ~(given > parameters.SMALLEST)
        no_weight = int(unweighted.sum())
        kept &= ~unweighted
    if not kept.any():
        raise Refusal(_l("Column “%(field)s” holds no usable answer."), field=name)
    missing = int(np.isnan(values).sum())
    used, values = data.take(kept), values[kept]
    surveyed = read(used, spec)
    known = calibration.margins(used, spec)
    weights, rounds = (calibration.fitted(surveyed.weights, known)) if known else (surveyed.weights, 0)
    level = parameters.confidence(spec)
    found = _estimated(values, weights, surveyed, known, level, spec, notes)
    for each in known:
        counts = np.bincount(each.codes)
        notes += [
            Sentence(
                _l(
                    "Only %(count)s answers stand for %(group)s of %(column)s; its weight is hardly reliable."
                ),
                count=int(count),
                group=group,
                column=each.column,
            )
            for group, count in zip(each.names, counts, strict=True)
            if count < 10
        ]
    fitted = _l("raked") if spec.get("rake") is not None else _l("post-stratified")
    return {
        "variant": Wording(_l("linearisation"), *([fitted] if known else []), between=", "),
        "n_used": len(values),
        "n_dropped": parameters.dropped(missing=missing, no_weight=no_weight),
        "variable": label,
        "n": len(values),
        **found,
        "raking_rounds": rounds or None,
        "notes": notes,
    }


def _values(data: Answers, spec: dict[str, Any], name: str) -> tuple[Floats, str]:
    """The variable, or 1 and 0 for the share that is asked for; NaN where there is no answer."""
    missing = specs.codes(spec.get("missing_codes") or [])
    asked = [key for key in ("category", "below", "at_least") if spec.get(key) is not None]
    if len(asked) > 1:
        raise Refusal(_l("Ask for one of category, below and at_least (%(field)s)."), field=asked[1])
    if not asked:
        return parameters.bounded(data.numbers(name, missing=missing), name), name
    if asked == ["category"]:
        wanted = specs.text(spec["category"], "category")
        texts = data.texts(name, missing=missing)
        return np.array(
            [np.nan if each is None else float(each == wanted) for each in texts]
        ), f"{name} = {wanted}"
    limit = parameters.figure(spec[asked[0]], asked[0])
    numbers = parameters.bounded(data.numbers(name, missing=missing), name)
    hit = numbers < limit if asked == ["below"] else numbers >= limit
    sign = "<" if asked == ["below"] else "≥"
    return np.where(np.isnan(numbers), np.nan, hit.astype(float)), f"{name} {sign} {limit:g}"


def _estimated(
    values: Floats,
    weights: Floats,
    surveyed: Surveyed,
    known: list[calibration.Margin],
    level: float,
    spec: dict[str, Any],
    notes: list[Sentence],
) -> dict[str, Any]:
    size, n = float(weights.sum()), len(values)
    mean = float(weights @ values) / size
    error = calibration.residuals(values - mean, weights, known)
    v_mean, lonely = variance(weights * error / size, surveyed.design)
    v_total, _ = variance(weights * calibration.residuals(values, weights, known), surveyed.design)
    if lonely:
        named = ", ".join(surveyed.strata[code] or "1" for code in lonely[:10])
        notes.append(
            Sentence(
                _l(
                    "Only one unit was drawn in: %(strata)s. There is no standard error: join such strata, or give the full size when all was counted."
                ),
                strata=named,
            )
        )
    df = surveyed.design.degrees
    choice = parameters.choice(spec, "interval", ("z", "t"), "z" if df >= FEW_UNITS else "t")
    reach = _reach(choice, level, df)
    se = float(np.sqrt(v_mean))
    se_total = float(np.sqrt(v_total))
    total = size * mean if surveyed.scaled or known else None
    if total is None:
        se_total = np.nan
        notes.append(
            Sentence(_l("Neither weights nor the size of the population are given, so there is no total."))
        )
    spread = float(weights @ (values - mean) ** 2) / size * n / (n - 1) if n > 1 else np.nan
    simple = spread / n * (max(0.0, 1 - n / size) if surveyed.finite else 1.0)
    squares = float((weights**2).sum())
    made: dict[str, Any] = parameters.plain(
        {
            "mean": mean,
            "se": se,
            "ci": [mean - reach * se, mean + reach * se],
            "total": total,
            "se_total": se_total,
            "ci_total": None if total is None else [total - reach * se_total, total + reach * se_total],
            "deff": v_mean / simple if simple > 0 else None,
            "n_eff": size**2 / squares,
            "deff_weights": n * squares / size**2,
            "population": size if surveyed.scaled or known else None,
            "units": len(np.unique(surveyed.design.stages[0])),
            "df": df,
            "interval": choice,
            "confidence": level,
        }
    )
    for key in ("ci", "ci_total"):
        if made[key] is not None and None in made[key]:
            made[key] = None
    names = surveyed.strata
    if len(names) > 1:
        codes = surveyed.design.strata
        made["strata"] = [
            {
                "name": name,
                "n": int((codes == code).sum()),
                "population": float(weights[codes == code].sum()) if surveyed.scaled or known else None,
                "mean": float(np.average(values[codes == code], weights=weights[codes == code])),
            }
            for code, name in enumerate(names)
        ]
    return made


def _reach(choice: str, level: float, df: int) -> float:
    if choice == "z":
        return parameters.z_of(level)
    if df < 1:
        return float("nan")
    from scipy.special import stdtrit

    return float(stdtrit(df, (1 + level) / 2))
