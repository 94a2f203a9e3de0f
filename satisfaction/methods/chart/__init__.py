"""Control chart: is a figure stable over time, and when did it change?"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.answers import Answers, Bools, Floats
from satisfaction.methods.chart import limits, rules
from satisfaction.methods.refusal import Refusal, Sentence, Wording

KINDS: Final = ("p", "np", "u", "c", "xmr", "cusum", "ewma", "laney_p")
KIND_WORDS: Final = {
    "p": _l("shares (p chart)"),
    "np": _l("counts of equal lots (np chart)"),
    "u": _l("events for each unit (u chart)"),
    "c": _l("events in equal periods (c chart)"),
    "xmr": _l("individual values (XmR chart)"),
    "cusum": _l("cumulated deviations (CUSUM chart)"),
    "ewma": _l("weighted moving mean (EWMA chart)"),
    "laney_p": _l("shares of large lots (Laney p′ chart)"),
}
MOST_POINTS: Final = 100_000
ENOUGH: Final = 20
LARGE: Final = 1_000

_KNOWN: Final = (
    "kind", "values", "counts", "sizes", "baseline", "exclude", "target", "sigma", "lambda", "l", "k", "h", "rules",
    "labels", "missing_codes",
)  # fmt: skip


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001  one signature for all methods
    """Centre, limits and signals of p, np, u, c, laney_p (counts) and xmr, cusum, ewma (values).

    spec: `counts` with `sizes` (one number or one for each point; c has none), or `values`, as lists or as columns of
    the data, one row a period in order of time. `baseline`: the points that set centre and spread: a number (the
    first so many), [first, last], or a list of points; `exclude`: points left
    out of it, as point → cause or as a list. Points count from 1.
    `target` fixes the centre, `sigma` the spread, `l` the width of limits in sigma (3). cusum: `k` 0.5, `h` 5 in
    sigma; ewma: `lambda` 0.2. Without `sigma` cusum and ewma take mean moving range / 1.128 of the baseline.
    `rules`: western_electric, nelson, all, or names; default: beyond the limits only.

    `centre` is one number; of np charts with unequal sizes it is a list. `ucl`, `lcl` and `sigma_points` have one
    entry for each point; `baseline` is the stretches [first, last] that were used. A blank is a gap: it has no value, and runs do not reach across it.

    Raises Refusal for counts above their sizes, sizes that are not above 0, fewer than two points, no variation.
    Sources: see limits and rules.
    """
    specs.only(spec, _KNOWN)
    notes: list[Sentence] = []
    kind = parameters.choice(spec, "kind", KINDS)
    asked = rules.chosen(spec.get("rules"))
    width = parameters.number(spec, "l", 3.0, above=0, high=10)
    if kind in {"xmr", "cusum", "ewma"}:
        made, used, gaps = _of_values(data, spec, kind, width, notes)
    else:
        made, used, gaps = _of_counts(data, spec, kind, width, notes)
    if kind in {"cusum", "ewma"} and asked != ["beyond_limits"]:
        asked = ["beyond_limits"]
        notes.append(
            Sentence(
                _l(
                    "Run rules have no meaning on a chart whose points carry their past; only the limits are applied."
                )
            )
        )
    found = rules.signals(made, asked)
    centre = made.centre if np.ptp(made.centre) > 0 else float(made.centre[0])
    plain = parameters.plain(
        {
            "centre": centre,
            "labels": _labels(data, spec, len(made.values)),
            "values": made.values,
            "lcl": made.lcl,
            "ucl": made.ucl,
            "sigma_points": made.sigma,
            **made.extra,
        }
    )
    return {
        "variant": Wording(KIND_WORDS[kind], text=kind),
        "n_used": len(made.values) - gaps,
        "n_dropped": parameters.dropped(no_value=gaps),
        **plain,
        "signals": found,
        "in_control": not found if np.isfinite(made.ucl).any() or found else None,
        "rules": asked,
        "baseline": _ranges(used),
        "excluded": [
            {"point": point, "cause": cause} for point, cause in _excluded(spec, len(made.values)).items()
        ],
        "notes": notes,
    }


def _of_values(
    data: Answers | None, spec: Mapping[str, Any], kind: str, width: float, notes: list[Sentence]
) -> tuple[limits.Limits, Bools, int]:
    missing = specs.codes(spec.get("missing_codes") or [])
    values = parameters.series(data, specs.need(spec, "values"), "values", missing=missing)
    gap = np.isnan(values)
    least = 1 if kind == "xmr" else 2
    _enough(values, gap, "values", least)
    baseline = _baseline(spec, gap, notes, least)
    target = None if spec.get("target") is None else parameters.figure(spec["target"], "target")
    sigma = None if spec.get("sigma") is None else parameters.figure(spec["sigma"], "sigma", above=0)
    if kind == "xmr":
        made = limits.individuals(values, baseline, target, sigma, width)
        if np.isnan(made.sigma[0]):
            notes.append(
                Sentence(_l("There are fewer than two values, or they never change: limits cannot be set."))
            )
        return made, baseline, int(gap.sum())
    if sigma is None:
        sigma = limits.mean_range(values, baseline) / limits.D2
        if not sigma > 0:
            raise Refusal(
                _l("The values of the baseline never change, so control limits cannot be set (%(field)s)."),
                field="values",
            )
    middle = float(values[baseline].mean()) if target is None else target
    if kind == "cusum":
        k = parameters.number(spec, "k", 0.5, low=0)
        h = parameters.number(spec, "h", 5.0, above=0)
        return limits.cusum(values, middle, sigma, k, h), baseline, int(gap.sum())
    weight = parameters.number(spec, "lambda", 0.2, above=0, high=1)
    return limits.ewma(values, middle, sigma, weight, width), baseline, int(gap.sum())


def _of_counts(
    data: Answers | None, spec: Mapping[str, Any], kind: str, width: float, notes: list[Sentence]
) -> tuple[limits.Limits, Bools, int]:
    missing = specs.codes(spec.get("missing_codes") or [])
    key = "values" if spec.get("counts") is None and spec.get("values") is not None else "counts"
    counts = parameters.series(data, specs.need(spec, key), key, missing=missing)
    sizes = _sizes(data, spec, kind, len(counts))
    gap = np.isnan(counts) | np.isnan(sizes)
    _enough(counts, gap, key, 2)
    for place in np.flatnonzero(~gap):
        where = f"{key}, {int(place) + 1}"
        if counts[place] < 0 or counts[place] != np.floor(counts[place]):
            raise Refusal(
                _l("“%(field)s”: %(value)s is no count; it must be a whole number of 0 or more."),
                field=where,
                value=float(counts[place]),
            )
        if not sizes[place] > 0:
            raise Refusal(
                _l("“%(field)s”: the size is %(value)s; it must be above 0."),
                field=f"sizes, {int(place) + 1}",
                value=float(sizes[place]),
            )
        if kind in {"p", "np", "laney_p"} and counts[place] > sizes[place]:
            raise Refusal(
                _l("“%(field)s”: %(count)s of %(size)s is more than all."),
                field=where,
                count=float(counts[place]),
                size=float(sizes[place]),
            )
    baseline = _baseline(spec, gap, notes, 2)
    target = None if spec.get("target") is None else parameters.figure(spec["target"], "target", above=0)
    if target is not None and kind == "np":
        target /= float(sizes[~gap][0])
    if kind == "p" and float(sizes[~gap].mean()) > LARGE:
        notes.append(
            Sentence(
                _l(
                    "With so many answers in each period the limits of a p chart are very tight; laney_p allows for the ordinary change between periods."
                )
            )
        )
    filled = np.where(gap, np.nan, counts)
    return (
        limits.counts_chart(kind, filled, np.where(gap, np.nan, sizes), baseline, target, width),
        baseline,
        int(gap.sum()),
    )


def _sizes(data: Answers | None, spec: Mapping[str, Any], kind: str, points: int) -> Floats:
    given = spec.get("sizes")
    if given is None and kind in {"c", "u"}:
        return np.ones(points)
    if given is None:
        specs.need(spec, "sizes")
    if isinstance(given, int | float) and not isinstance(given, bool):
        return np.full(points, parameters.figure(given, "sizes", above=0))
    sizes = parameters.series(data, given, "sizes")
    if len(sizes) != points:
        raise Refusal(
            _l("“%(field)s” has %(count)s entries for %(points)s points."),
            field="sizes",
            count=len(sizes),
            points=points,
        )
    if kind == "c" and np.ptp(sizes) > 0:
        raise Refusal(
            _l("A c chart needs equal sizes; take a u chart when they differ (%(field)s)."), field="sizes"
        )
    return np.ones(points) if kind == "c" else sizes


def _enough(values: Floats, gap: Bools, where: str, least: int) -> None:
    if len(values) > MOST_POINTS:
        raise Refusal(
            _l("“%(field)s” has %(count)s points; at most %(most)s are taken."),
            field=where,
            count=len(values),
            most=MOST_POINTS,
        )
    if int((~gap).sum()) < least:
        raise Refusal(
            _l("A control chart needs %(least)s points at least (%(field)s)."), field=where, least=least
        )


def _baseline(spec: Mapping[str, Any], gap: Bools, notes: list[Sentence], least: int) -> Bools:
    """Which points set centre and spread."""
    points = len(gap)
    given = spec.get("baseline")
    made = np.zeros(points, dtype=bool)
    if given is None:
        made[:] = True
    elif isinstance(given, int | float):
        made[: specs.whole(given, "baseline", low=least, high=points)] = True
    else:
        listed = [
            specs.whole(each, specs.inside("baseline", place), low=1, high=points)
            for place, each in enumerate(specs.listed(given, "baseline", MOST_POINTS))
        ]
        if len(listed) == 2:
            made[listed[0] - 1 : listed[1]] = True
        else:
            made[[each - 1 for each in listed]] = True
    left_out = _excluded(spec, points)
    made[[point - 1 for point in left_out]] = False
    if any(cause is None for cause in left_out.values()):
        notes.append(
            Sentence(
                _l(
                    "Points were left out of the baseline without a cause. Write the cause beside each: “exclude: {15: new form}”."
                )
            )
        )
    made &= ~gap
    count = int(made.sum())
    if count < least:
        raise Refusal(
            _l("The baseline needs %(least)s points at least (%(field)s)."), field="baseline", least=least
        )
    if count < ENOUGH:
        notes.append(
            Sentence(
                _l("The limits rest on %(count)s points only; 20 or more make them trustworthy."), count=count
            )
        )
    return made


def _excluded(spec: Mapping[str, Any], points: int) -> dict[int, str | None]:
    """Points that do not set the limits, with the cause where one is given."""
    given = spec.get("exclude")
    causes = (
        specs.mapping(given, "exclude", MOST_POINTS)
        if isinstance(given, Mapping)
        else {str(each): None for each in specs.listed(given, "exclude", MOST_POINTS)}
    )
    found: dict[int, str | None] = {}
    for point, cause in causes.items():
        where = specs.inside("exclude", point)
        number = int(point) if point.isascii() and point.isdigit() and len(point) < 10 else 0
        specs.whole(number, where, low=1, high=points)
        found[number] = None if cause is None else specs.text(cause, where)
    return found


def _ranges(used: Bools) -> list[list[int]]:
    """The baseline as [first, last] of each stretch of points."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], used, [False]]).astype(int)))
    return [[int(first) + 1, int(last)] for first, last in edges.reshape(-1, 2)]


def _labels(data: Answers | None, spec: Mapping[str, Any], points: int) -> list[str] | None:
    given = spec.get("labels")
    if given is None:
        return None
    found = (
        [each or "" for each in data.texts(given)]
        if isinstance(given, str) and data is not None
        else specs.texts(given, "labels", MOST_POINTS, unique=False)
    )
    if len(found) != points:
        raise Refusal(
            _l("“%(field)s” has %(count)s entries for %(points)s points."),
            field="labels",
            count=len(found),
            points=points,
        )
    return found
