"""Agreement of raters: Krippendorff's alpha."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.answers import Answers, Floats, Objects
from satisfaction.methods.refusal import Refusal, Sentence, Wording

LEVELS: Final = ("nominal", "ordinal", "interval", "ratio")
LEVEL_WORDS: Final = {
    "nominal": _l("nominal"),
    "ordinal": _l("ordinal"),
    "interval": _l("interval"),
    "ratio": _l("ratio"),
}
MOST_VALUES: Final = 1_000
MOST_RESAMPLES: Final = 100_000
MOST_CELLS: Final = 5_000_000
MOST_PAIRS: Final = 50_000_000  # of values, by pattern of ratings: they are held in memory

_KNOWN: Final = (
    "level", "raters", "units", "unit", "rater", "value", "order", "missing_codes", "bootstrap", "seed", "confidence",
)  # fmt: skip


def distances(values: Floats, totals: Floats, level: str) -> Floats:
    """Squared differences of each pair of values, shape (v, v).

    values: ascending, shape (v,). totals: how often each was paired (n_c), which ordinal needs. nominal: 0 or 1;
    ordinal: (sum of n_g from c to k - (n_c + n_k) / 2)^2; interval: (c - k)^2; ratio: ((c - k) / (c + k))^2.
    """
    one, other = values[:, None], values[None, :]
    if level == "nominal":
        return np.asarray((one != other).astype(float))
    if level == "ordinal":
        upto = np.cumsum(totals) - totals / 2
        return np.asarray((upto[:, None] - upto[None, :]) ** 2)
    if level == "interval":
        return np.asarray((one - other) ** 2)
    total = one + other
    return np.asarray(np.where(total == 0, 0.0, (one - other) / np.where(total == 0, 1.0, total)) ** 2)


def alpha(counts: Floats, values: Floats, level: str) -> float | None:
    """Krippendorff's alpha = 1 - observed / expected disagreement; None when all values are the same.

    counts: how many raters gave value c to unit u, shape (units, v); units with fewer than two values do not count.
    values: shape (v,), ascending.

    Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C.
    """
    each = counts.sum(axis=1)
    paired = counts[each >= 2]
    if not len(paired):
        return None
    n = paired / (paired.sum(axis=1, keepdims=True) - 1)
    coincidences = n.T @ paired - np.diag(n.sum(axis=0))
    totals = coincidences.sum(axis=1)
    differences = distances(values, totals, level)
    expected = float(totals @ differences @ totals)
    if not expected > 0:
        return None
    observed = float((coincidences * differences).sum())
    return 1 - (float(totals.sum()) - 1) * observed / expected


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """How far raters agree beyond chance: 1 all agree, 0 as if they had drawn lots, below 0 they contradict each other.

    Data: rows are raters and columns units (`units` names the columns; all, when nothing is named); or rows are units
    and `raters` names the columns; or long: `unit`, `rater`, `value`. A blank is no rating. `level`: nominal, ordinal,
    interval (default) or ratio; `order` gives the ranking of texts, lowest first. `ci` is the percentile interval of
    `bootstrap` (1,000) resamples of units; None with fewer than two rated units.

    Raises Refusal for fewer than two raters, no unit rated twice, texts where numbers are needed, values below 0 at
    level ratio. Sources: Krippendorff (2011, 2019), Content Analysis; resampling of units: Efron and Tibshirani (1993).
    """
    assert data is not None
    specs.only(spec, _KNOWN)
    notes: list[Sentence] = []
    level = parameters.choice(spec, "level", LEVELS, "interval")
    table, shape = _table(data, spec)
    if len(table) < 2:
        raise Refusal(_l("Agreement needs two raters at least (%(field)s)."), field="raters")
    values, places = _values(table, spec, level)
    units = places.shape[1]
    if units * len(values) > MOST_CELLS:
        raise Refusal(
            _l("%(units)s units with %(values)s different values are too many for one analysis (%(field)s)."),
            field="units",
            units=units,
            values=len(values),
        )
    counts = np.zeros((units, len(values)))
    for row in places:
        rated = row >= 0
        np.add.at(counts, (np.flatnonzero(rated), row[rated]), 1.0)
    each = counts.sum(axis=1)
    pairable = each >= 2
    if not pairable.any():
        raise Refusal(_l("No unit was rated by two raters or more (%(field)s)."), field="units")
    found = alpha(counts, values, level)
    if found is None:
        notes.append(Sentence(_l("All ratings are the same, so agreement beyond chance cannot be computed.")))
    used_seed = parameters.seed(spec, options)
    given = options.get("bootstrap")
    resamples = specs.whole(
        spec.get("bootstrap", 1000) if given is None else given, "bootstrap", low=0, high=MOST_RESAMPLES
    )
    confidence = parameters.confidence(spec)
    ci, failed = _interval(counts[pairable], values, level, resamples, used_seed, confidence)
    return {
        "variant": Wording(LEVEL_WORDS[level], _l("bootstrap of units"), between=", "),
        "n_used": int(pairable.sum()),
        "n_dropped": parameters.dropped(rated_once=int((each == 1).sum()), not_rated=int((each == 0).sum())),
        "seed": used_seed,
        "krippendorff_alpha": found,
        "ci": ci,
        "level": level,
        "raters": len(table),
        "units": units,
        "ratings": int(each[pairable].sum()),
        "layout": shape,
        "confidence": confidence,
        "bootstrap": {"n": resamples, "failed": failed},
        "notes": notes,
    }


def _interval(
    counts: Floats, values: Floats, level: str, resamples: int, seed: int, confidence: float
) -> tuple[list[float] | None, int]:
    """Percentile interval over resamples of units, and how many resamples had no alpha."""
    if len(counts) < 2 or resamples < 2:
        return None, 0
    rng = np.random.Generator(np.random.PCG64(seed))
    # units with the same ratings are one pattern: a resample is then a draw of how often each pattern occurs
    patterns, times = np.unique(counts, axis=0, return_counts=True)
    if patterns.size * patterns.shape[1] > MOST_PAIRS:
        raise Refusal(
            _l("%(units)s units with %(values)s different values are too many for one analysis (%(field)s)."),
            field="units",
            units=len(counts),
            values=patterns.shape[1],
        )
    drawn = rng.multinomial(len(counts), times / times.sum(), size=resamples)
    pairs = np.array([_coincidences(row) for row in patterns])
    found = []
    for weights in drawn:
        coincidences = np.tensordot(weights, pairs, axes=1)
        totals = coincidences.sum(axis=1)
        differences = distances(values, totals, level)
        expected = float(totals @ differences @ totals)
        if expected > 0:
            found.append(1 - (totals.sum() - 1) * float((coincidences * differences).sum()) / expected)
    if len(found) < 2:
        return None, resamples - len(found)
    tail = (1 - confidence) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return [float(low), float(high)], resamples - len(found)


def _coincidences(row: Floats) -> Floats:
    return np.asarray((np.outer(row, row) - np.diag(row)) / (row.sum() - 1))


def _table(data: Answers, spec: Mapping[str, Any]) -> tuple[list[tuple[str, Objects]], str]:
    """One entry for each rater: name and ratings by unit, None where blank."""
    missing = specs.codes(spec.get("missing_codes") or [])
    if spec.get("value") is not None:
        return _long(data, spec, missing), "long"
    if spec.get("raters") is not None:
        columns = specs.texts(spec["raters"], "raters")
        return [(name, data.texts(name, missing=missing)) for name in columns], "raters in columns"
    columns = (
        list(data.columns) if spec.get("units") is None else specs.texts(spec["units"], "units", 100_000)
    )
    texts = [data.texts(name, missing=missing) for name in columns]
    rows = [np.array([column[row] for column in texts], dtype=object) for row in range(data.rows)]
    return [(str(data.line(row)), each) for row, each in enumerate(rows)], "raters in rows"


def _long(data: Answers, spec: Mapping[str, Any], missing: list[Any]) -> list[tuple[str, Objects]]:
    names = {key: specs.text(specs.need(spec, key), key) for key in ("unit", "rater", "value")}
    units, raters, values = (
        data.texts(names["unit"]),
        data.texts(names["rater"]),
        data.texts(names["value"], missing=missing),
    )
    places: dict[str, int] = {}
    found: dict[str, dict[int, Any]] = {}
    for row, (unit, rater, value) in enumerate(zip(units, raters, values, strict=True)):
        for key, each in (("unit", unit), ("rater", rater)):
            if each is None:
                raise data.refuse(names[key], row, _l("is empty"))
        place = places.setdefault(unit, len(places))
        own = found.setdefault(rater, {})
        if place in own:
            raise data.refuse(names["unit"], row, _l("was already rated by this rater"))
        own[place] = value
    table = []
    for rater, own in found.items():
        ratings = np.full(len(places), None, dtype=object)
        for place, value in own.items():
            ratings[place] = value
        table.append((rater, ratings))
    return table


def _values(
    table: list[tuple[str, Objects]], spec: Mapping[str, Any], level: str
) -> tuple[Floats, np.ndarray]:
    """(the values ascending, place of each rating among them with -1 for a blank, shape (raters, units))."""
    seen = {each for _, row in table for each in row if each is not None}
    if spec.get("order") is not None:
        ordered = specs.texts(spec["order"], "order", MOST_VALUES)
        unknown = sorted(seen - set(ordered))
        if unknown:
            raise Refusal(
                _l("“%(field)s” does not hold “%(value)s”, which a rater gave."),
                field="order",
                value=unknown[0],
            )
        numbers = {text: float(place) for place, text in enumerate(ordered, 1)}
    elif level == "nominal":
        numbers = {text: float(place) for place, text in enumerate(sorted(seen))}
    else:
        numbers = {text: _number(text, level) for text in seen}
    if len(seen) > MOST_VALUES:
        raise Refusal(
            _l("The raters gave %(count)s different values; at most %(most)s are taken (%(field)s)."),
            field="value",
            count=len(seen),
            most=MOST_VALUES,
        )
    values = np.array(sorted({numbers[text] for text in seen}), dtype=float)
    index = {value: place for place, value in enumerate(values)}
    places = np.array(
        [[-1 if each is None else index[numbers[each]] for each in row] for _, row in table], dtype=int
    ).reshape(len(table), -1)
    return values, places


def _number(text: str, level: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise Refusal(
            _l(
                "A rater gave “%(value)s”, which is not a number: say nominal, or give the ranking under “order” (%(field)s)."
            ),
            field="level",
            value=text,
        )
    parameters.figure(value, "level")
    if level == "ratio" and value < 0:
        raise Refusal(
            _l("A rater gave %(value)s; values of a ratio scale are never below 0 (%(field)s)."),
            field="level",
            value=value,
        )
    return value
