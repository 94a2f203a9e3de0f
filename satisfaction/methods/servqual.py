"""What customers expected against what they got: SERVQUAL, and SERVPERF from the perceptions alone.

Sources: Parasuraman, Zeithaml & Berry (1988, 1991) SERVQUAL; Cronin & Taylor (1992) SERVPERF; Brown, Churchill &
Peter (1993) on the lower reliability of difference scores.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.lazytext import _l
from satisfaction.methods import specs, weighting
from satisfaction.methods.answers import Answers, Floats, Refusal, Sentence
from satisfaction.methods.intervals import mean_interval, settled, t_p
from satisfaction.methods.refusal import Wording
from satisfaction.methods.reliability import alpha_raw
from satisfaction.methods.weighting import Weights, spread

VARIANT = (
    _l("gap = perception - expectation of each respondent"),
    _l("a dimension is the mean of its answered pairs (at least half), then over respondents"),
    _l("overall = mean of dimensions"),
)
TEST_WORDS = {"t": _l("paired t test"), "wilcoxon": _l("signed-rank test")}
TESTS = ("t", "wilcoxon")
MOST_DIMENSIONS = 100


@dataclass(frozen=True)
class Dimension:
    """pairs: item → (column of the expectation, column of the perception)."""

    name: str
    pairs: dict[str, tuple[str, str]]
    points: float | None


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - the signature of every method
    """Gaps of items and dimensions in points of the answer scale, with paired tests, and the overall gap.

    spec: dimensions{name{items: [[expectation, perception], …] or {name: pair}, points}}, reverse (columns), scale
    [low, high], test (t or wilcoxon), missing_codes, confidence, weight (column; sd, t and intervals take n_eff), by
    (columns) and min_cell. Raises Refusal for unknown columns, answers outside the scale, reversing without a scale,
    points for some dimensions only, and weights with the signed-rank test, which ranks one person by one.
    Sources: Parasuraman, Zeithaml & Berry (1988, 1991); Cronin & Taylor (1992); Brown, Churchill & Peter (1993).
    """
    assert data is not None
    known = ("dimensions", "reverse", "scale", "test", "missing_codes", "confidence", *weighting.KEYS)
    specs.only(spec, known)
    return weighting.analysed(data, spec, _whole)


def _whole(data: Answers, spec: dict[str, Any]) -> dict[str, Any]:
    codes = specs.codes(spec.get("missing_codes"))
    confidence = specs.number(spec.get("confidence", 0.95), "confidence", above=0, below=1)
    test = specs.choice(spec.get("test", "t"), "test", TESTS)
    if test == "wilcoxon" and spec.get("weight") is not None:
        raise Refusal(
            _l(
                "“%(field)s: wilcoxon” ranks one respondent by one and has no form for weights; take “test: t”."
            ),
            field="test",
        )
    weights = Weights.read(data, spec, codes)
    scale = None if spec.get("scale") is None else specs.pair(spec["scale"], "scale")
    dimensions = _dimensions(spec)
    reverse = _reverse(spec, dimensions, scale)

    def column(name: str) -> Floats:
        values = data.numbers(name, missing=codes, valid=scale)
        return scale[0] + scale[1] - values if scale and name in reverse else values

    notes: list[Sentence] = []
    items: dict[str, Any] = {}
    found: dict[str, Any] = {}
    perceived: dict[str, Any] = {}
    used = np.zeros(data.rows, dtype=bool)
    for dimension in dimensions:
        expected = np.column_stack([column(pair[0]) for pair in dimension.pairs.values()])
        got = np.column_stack([column(pair[1]) for pair in dimension.pairs.values()])
        gaps = got - expected
        both = ~np.isnan(gaps) & weights.counted(np.ones(data.rows, dtype=bool))[:, None]
        for place, (item, pair) in enumerate(dimension.pairs.items()):
            kept = both[:, place]
            if not kept.any():
                raise Refusal(
                    _l("Nobody answered both sides of “%(field)s” (%(first)s and %(second)s)."),
                    field=item,
                    first=pair[0],
                    second=pair[1],
                )
            items[item] = {"dimension": dimension.name} | _gap(
                expected[kept, place], got[kept, place], gaps[kept, place], weights.of(kept), test, confidence
            )
        enough = both.sum(axis=1) * 2 >= len(dimension.pairs)
        enough &= both.any(axis=1)
        if not enough.any():
            raise Refusal(
                _l("Nobody answered half of the pairs of dimension “%(field)s”."), field=dimension.name
            )
        used |= enough
        found[dimension.name] = _gap(
            row_means(expected[enough], both[enough]),
            row_means(got[enough], both[enough]),
            row_means(gaps[enough], both[enough]),
            weights.of(enough),
            test,
            confidence,
        )
        complete = np.asarray(both.all(axis=1))
        found[dimension.name] |= {
            "points": dimension.points,
            "alpha_gap": _alpha(gaps[complete], weights.of(complete)),
            "alpha_perception": _alpha(got[complete], weights.of(complete)),
        }
        perceived[dimension.name] = _perception(got, weights, confidence)
        if found[dimension.name]["sd"] == 0:
            notes.append(
                Sentence(
                    _l("Every respondent has the same gap in %(dimension)s: no test is possible."),
                    dimension=dimension.name,
                )
            )
    shares = _shares(dimensions, notes)
    return {
        "variant": Wording(
            *VARIANT, TEST_WORDS[test], *([weighting.WEIGHTED] if weights.values is not None else [])
        ),
        "items": items,
        "dimensions": found,
        "overall_unweighted": _mean({name: each["gap"] for name, each in found.items()}, None),
        "overall_weighted": _mean({name: each["gap"] for name, each in found.items()}, shares)
        if shares
        else None,
        "servperf": {
            "dimensions": perceived,
            "overall_unweighted": _mean({name: each["mean"] for name, each in perceived.items()}, None),
            "overall_weighted": _mean({name: each["mean"] for name, each in perceived.items()}, shares)
            if shares
            else None,
        },
        "confidence": confidence,
        "n_used": int(used.sum()),
        "n_dropped": weights.dropped(used, "too_few_pairs"),
        "notes": notes,
    }


def _dimensions(spec: Mapping[str, Any]) -> list[Dimension]:
    given = specs.mapping(specs.need(spec, "dimensions"), "dimensions", MOST_DIMENSIONS)
    if not given:
        raise Refusal(_l("“%(field)s” names no dimension."), field="dimensions")
    made: list[Dimension] = []
    taken: set[str] = set()
    for name, value in given.items():
        where = specs.inside("dimensions", name)
        one = specs.mapping({"items": value} if isinstance(value, list) else value, where)
        specs.only(one, ("items", "points"), where)
        pairs = _pairs(specs.need(one, "items", where), specs.inside(where, "items"))
        for item in pairs:
            if item in taken:
                raise Refusal(_l("The item “%(field)s” stands in two dimensions."), field=item)
            taken.add(item)
        points = one.get("points")
        if points is not None:
            points = specs.number(points, specs.inside(where, "points"), low=0)
        made.append(Dimension(name, pairs, points))
    return made


def _pairs(value: Any, where: str) -> dict[str, tuple[str, str]]:
    """Items by name; one given as a bare pair is called like its perception column."""
    named: list[tuple[str | None, Any]]
    if isinstance(value, Mapping):
        named = [(name, each) for name, each in specs.mapping(value, where, 500).items()]
    else:
        named = [(None, each) for each in specs.listed(value, where, 500)]
    if not named:
        raise Refusal(_l("“%(field)s” holds no pair of columns."), field=where)
    made: dict[str, tuple[str, str]] = {}
    for place, (name, each) in enumerate(named):
        at = specs.inside(where, place if name is None else name)
        columns = specs.texts(each, at, 500, unique=False)
        if len(columns) != 2 or columns[0] == columns[1]:
            raise Refusal(
                _l("“%(field)s” must be two columns: the expectation, then the perception."), field=at
            )
        key = name or columns[1]
        if key in made:
            raise Refusal(_l("“%(field)s” names “%(name)s” twice."), field=where, name=key)
        made[key] = (columns[0], columns[1])
    return made


def _reverse(
    spec: Mapping[str, Any], dimensions: list[Dimension], scale: tuple[float, float] | None
) -> frozenset[str]:
    """Columns to turn round. An item's own name, or a pair of columns, turns both sides."""
    sides = {item: pair for each in dimensions for item, pair in each.pairs.items()}
    columns = {column for pair in sides.values() for column in pair}
    made: set[str] = set()
    given = spec.get("reverse")
    flat: list[Any] = []
    for each in [given] if isinstance(given, str) else specs.listed(given, "reverse"):
        flat += each if isinstance(each, list) else [each]
    for each in flat:
        name = specs.text(each, "reverse")
        if name in columns:
            made.add(name)
        elif name in sides:
            made |= set(sides[name])
        else:
            raise Refusal(
                _l("“%(field)s” names “%(name)s”, which is neither a column nor an item of a dimension."),
                field="reverse",
                name=name,
            )
    if made and scale is None:
        raise Refusal(
            _l("“%(field)s” is needed to reverse items: its lowest and highest answer, such as [1, 7]."),
            field="scale",
        )
    return frozenset(made)


def row_means(values: Floats, kept: Any) -> Floats:
    """Mean of each row of (n, k) over the kept cells; every row must have one."""
    means: Floats = np.where(kept, values, 0.0).sum(axis=1) / kept.sum(axis=1)
    return means


def _gap(
    expected: Floats, got: Floats, gaps: Floats, w: Floats | None, test: str, confidence: float
) -> dict[str, Any]:
    """Figures of one item or dimension from values of n respondents with weights w, in points of the answer scale."""
    n = weighting.n_eff(w, len(gaps))
    gap = weighting.mean(gaps, w)
    sd = spread(gaps, w)
    made: dict[str, Any] = {
        "expectation": weighting.mean(expected, w),
        "perception": weighting.mean(got, w),
        "gap": gap,
        "sd": sd,
        "n": len(gaps),
        **({} if w is None else {"n_eff": n}),
        "t": None,
        "p": None,
        "ci": None,
    }
    if sd:
        se = sd / math.sqrt(n)
        made["ci"] = mean_interval(gap, se, n - 1, confidence)
        made["t"] = gap / se
        made["p"] = t_p(gap / se, n - 1) if test == "t" else _signed_rank(gaps)
    return made


def _signed_rank(gaps: Floats) -> float | None:
    """p of the signed-rank test (Wilcoxon, 1945), two-sided; None when every gap is zero."""
    from scipy.stats import wilcoxon

    ranked = settled(gaps, float(np.abs(gaps).max()))
    if not ranked.any():
        return None
    return float(wilcoxon(ranked).pvalue)


def _perception(got: Floats, weights: Weights, confidence: float) -> dict[str, Any]:
    """SERVPERF: the perceptions of everyone who gave at least half of them, whatever was expected."""
    given = ~np.isnan(got)
    enough = weights.counted((given.sum(axis=1) * 2 >= got.shape[1]) & given.any(axis=1))
    means, w = row_means(got[enough], given[enough]), weights.of(enough)
    n = weighting.n_eff(w, len(means))
    sd = spread(means, w)
    mean = weighting.mean(means, w)
    ci = mean_interval(mean, sd / math.sqrt(n), n - 1, confidence) if sd else None
    return {"mean": mean, "sd": sd, "n": len(means), "ci": ci}


def _alpha(values: Floats, w: Floats | None) -> float | None:
    if len(values) < 2 or values.shape[1] < 2 or weighting.n_eff(w, len(values)) <= 1 + 1e-9:
        return None
    return alpha_raw(weighting.covariance(values, w))


def _shares(dimensions: list[Dimension], notes: list[Sentence]) -> dict[str, float] | None:
    """Importance points as shares of their sum; None when no dimension has points."""
    given = {each.name: each.points for each in dimensions}
    lacking = [name for name, points in given.items() if points is None]
    if len(lacking) == len(given):
        return None
    if lacking:
        raise Refusal(
            _l("“%(field)s” is missing: either every dimension has importance points or none."),
            field=specs.inside(specs.inside("dimensions", lacking[0]), "points"),
        )
    total = sum(points for points in given.values() if points is not None)
    if total <= 0:
        raise Refusal(_l("All importance points (“%(field)s”) are zero."), field="points")
    if abs(total - 100) > 1e-9 * 100:
        notes.append(
            Sentence(
                _l("The importance points sum to %(total)s, not 100; they are used as shares of their sum."),
                total=round(total, 6),
            )
        )
    return {name: (points or 0.0) / total for name, points in given.items()}


def _mean(values: Mapping[str, float], shares: Mapping[str, float] | None) -> float:
    if shares is None:
        return math.fsum(values.values()) / len(values)
    return math.fsum(shares[name] * value for name, value in values.items())
