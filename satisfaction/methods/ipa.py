"""Where to improve first: importance against performance, in four quadrants.

Sources: Martilla & James (1977) the grid; for derived importance see importance.py.
"""

from collections.abc import Mapping
from statistics import median
from typing import Any

import numpy as np

from core.lazytext import LazyText, _l
from satisfaction.methods import importance, specs, weighting
from satisfaction.methods.answers import Answers, Refusal, Sentence
from satisfaction.methods.refusal import Wording
from satisfaction.methods.weighting import Weights

CONCENTRATE = "concentrate here"
KEEP_UP = "keep up the good work"
LOW = "low priority"
OVERKILL = "possible overkill"
CROSSHAIRS = ("mean", "median", "scale")


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - the signature of every method
    """Importance, performance and quadrant of each item; crosshair as [importance, performance].

    Stated importance: items{name: [importance column, performance column]}, each mean over those who answered it, in
    points of the answer scale. Derived: items{name: performance column} or performance [columns], with overall,
    importance: derived and derived: pearson, beta, lmg or johnson, from rows complete on all of them. crosshair: mean
    (of the items), median, scale (midpoint of `scale`) or two numbers. A point on a line counts as right or upper.
    weight: column; means and correlations are weighted. by (columns), min_cell: the same in each group, with lines of
    its own. Raises Refusal for unknown columns and as importance.derived.
    Sources: Martilla & James (1977); for derived importance see importance.derived.
    """
    assert data is not None
    known = (
        "items",
        "performance",
        "overall",
        "importance",
        "derived",
        "crosshair",
        "scale",
        "missing_codes",
    )
    specs.only(spec, (*known, *weighting.KEYS))
    return weighting.analysed(data, spec, _whole)


def _whole(data: Answers, spec: dict[str, Any]) -> dict[str, Any]:
    codes = specs.codes(spec.get("missing_codes"))
    scale = None if spec.get("scale") is None else specs.pair(spec["scale"], "scale")
    how = specs.choice(
        spec.get("importance", "derived" if spec.get("overall") is not None else "stated"),
        "importance",
        ("stated", "derived"),
    )
    notes: list[Sentence] = []
    weights = Weights.read(data, spec, codes)
    if how == "stated":
        found = _stated(data, spec, codes, scale, weights)
    else:
        found = _derived(data, spec, codes, scale, weights, notes)
    items: dict[str, dict[str, Any]] = found.pop("items")
    x, y, crosshair_name = _crosshair(spec, items, scale, how)
    spread = [each["importance"] for each in items.values()]
    discriminating = len(items) > 1 and max(spread) - min(spread) > 1e-9 * max(map(abs, spread))
    if not discriminating:
        notes.append(
            Sentence(
                _l("All items are equally important: the quadrants do not tell them apart by importance.")
            )
        )
    for each in items.values():
        each["quadrant"] = quadrant(each["importance"], each["performance"], x, y)
    return {
        "variant": Wording(
            found.pop("variant"),
            Sentence(_l("crosshair: %(where)s"), where=crosshair_name),
            *([_l("weighted")] if weights.values is not None else []),
        ),
        "items": items,
        "crosshair": [x, y],
        "discriminating": discriminating,
        **found,
        "notes": notes,
    }


def quadrant(importance_: float, performance: float, x: float, y: float) -> str:
    """The quadrant of a point (Martilla & James, 1977) between lines at x and y, all in the units of both axes; on a
    line it counts as right (more important) or upper (better)."""
    right = importance_ >= x - 1e-9 * max(abs(importance_), abs(x))
    upper = performance >= y - 1e-9 * max(abs(performance), abs(y))
    if right:
        return KEEP_UP if upper else CONCENTRATE
    return OVERKILL if upper else LOW


def _stated(
    data: Answers,
    spec: Mapping[str, Any],
    codes: list[Any],
    scale: tuple[float, float] | None,
    weights: Weights,
) -> dict[str, Any]:
    for key in ("performance", "overall", "derived"):
        if spec.get(key) is not None:
            raise Refusal(
                _l("“%(field)s” belongs to “importance: derived”; with stated importance leave it out."),
                field=key,
            )
    given = specs.mapping(specs.need(spec, "items"), "items")
    if not given:
        raise Refusal(_l("“%(field)s” names no item."), field="items")
    used = np.zeros(data.rows, dtype=bool)
    items: dict[str, Any] = {}
    for name, value in given.items():
        where = specs.inside("items", name)
        columns = specs.texts(value, where, unique=False)
        if len(columns) != 2 or columns[0] == columns[1]:
            raise Refusal(
                _l("“%(field)s” must be two columns: the importance, then the performance."), field=where
            )
        means = []
        counts = []
        for column in columns:
            values = data.numbers(column, missing=codes, valid=scale)
            there = weights.counted(~np.isnan(values))
            if not there.any():
                raise Refusal(_l("Column “%(field)s” holds no answer."), field=column)
            used |= there
            means.append(weighting.mean(values[there], weights.of(there)))
            counts.append(int(there.sum()))
        items[name] = {
            "importance": means[0],
            "performance": means[1],
            "gap": means[1] - means[0],
            "n_importance": counts[0],
            "n_performance": counts[1],
        }
    return {
        "variant": Sentence(_l("stated importance, mean of all answers given")),
        "items": items,
        "r2": None,
        "n_used": int(used.sum()),
        "n_dropped": weights.dropped(used, "no_answer"),
    }


def _derived(
    data: Answers,
    spec: Mapping[str, Any],
    codes: list[Any],
    scale: tuple[float, float] | None,
    weights: Weights,
    notes: list[Sentence],
) -> dict[str, Any]:
    columns = _performance(spec)
    overall = specs.text(specs.need(spec, "overall"), "overall")
    if overall in columns.values():
        raise Refusal(_l("“%(field)s” is both the overall score and an item."), field=overall)
    default = "lmg" if len(columns) <= importance.ADVISED_LMG else "johnson"
    kind = specs.choice(spec.get("derived") or default, "derived", importance.KINDS)
    x = data.matrix(list(columns.values()), missing=codes, valid=scale)
    y = data.numbers(overall, missing=codes)
    complete = weights.counted(~(np.isnan(x).any(axis=1) | np.isnan(y)))
    x, y, w = x[complete], y[complete], weights.of(complete)
    shares, r2 = importance.derived(x, y, list(columns.values()), overall, kind, w)
    means = x.mean(axis=0) if w is None else w @ x / w.sum()
    if kind in {"pearson", "beta"} and (shares < 0).any():
        notes.append(
            Sentence(
                _l(
                    "“%(item)s” has a negative importance: its answers go against the overall score; see lmg."
                ),
                item=list(columns)[int(np.argmin(shares))],
            )
        )
    return {
        "variant": Sentence(_l("derived importance (%(kind)s), complete rows"), kind=importance.WORDS[kind]),
        "items": {
            name: {"importance": float(shares[place]), "performance": float(means[place]), "gap": None}
            for place, name in enumerate(columns)
        },
        "r2": r2,
        "n_used": len(y),
        "n_dropped": weights.dropped(complete, "incomplete"),
    }


def _performance(spec: Mapping[str, Any]) -> dict[str, str]:
    """Item → its column of performance."""
    if spec.get("items") is not None and spec.get("performance") is not None:
        raise Refusal(
            _l("“%(field)s” and “performance” both name the items; give one of them."), field="items"
        )
    key = "items" if spec.get("items") is not None else "performance"
    given = specs.need(spec, key)
    if isinstance(given, Mapping):
        named = specs.mapping(given, key)
        columns = {}
        for name, value in named.items():
            where = specs.inside(key, name)
            # A pair of stated importance and performance serves here too: its second column is the performance.
            found = specs.texts(value if isinstance(value, list) else [value], where)
            if len(found) not in {1, 2}:
                raise Refusal(_l("“%(field)s” must be one column, the performance."), field=where)
            columns[name] = found[-1]
    else:
        columns = {each: each for each in specs.texts(given, key)}
    if not columns:
        raise Refusal(_l("“%(field)s” names no item."), field=key)
    return columns


def _crosshair(
    spec: Mapping[str, Any],
    items: Mapping[str, Mapping[str, Any]],
    scale: tuple[float, float] | None,
    how: str,
) -> tuple[float, float, LazyText]:
    """Where the lines cross, and how that is called."""
    asked = spec.get("crosshair", "mean")
    if isinstance(asked, list):
        if len(asked) != 2:
            raise Refusal(
                _l("“%(field)s” must be mean, median, scale, or two numbers: importance, performance."),
                field="crosshair",
            )
        x, y = (specs.number(each, specs.inside("crosshair", place)) for place, each in enumerate(asked))
        return x, y, _l("given")
    kind = specs.choice(asked, "crosshair", CROSSHAIRS)
    xs = [each["importance"] for each in items.values()]
    ys = [each["performance"] for each in items.values()]
    if kind == "median":
        return median(xs), median(ys), _l("medians of the items")
    mean_x, mean_y = float(np.mean(xs)), float(np.mean(ys))
    if kind == "mean":
        return mean_x, mean_y, _l("means of the items")
    if scale is None:
        raise Refusal(
            _l(
                "“%(field)s” is needed for “crosshair: scale”: the lowest and highest answer, such as [1, 5]."
            ),
            field="scale",
        )
    middle = (scale[0] + scale[1]) / 2
    if how == "derived":
        return mean_x, middle, _l("midpoint of the scale for performance, mean for derived importance")
    return middle, middle, _l("midpoint of the scale")
