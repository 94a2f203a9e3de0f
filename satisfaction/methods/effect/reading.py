"""The two sides of a comparison, from the spec or from columns of the data."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.answers import Answers, Floats
from satisfaction.methods.effect.series import LEAST_FOR_SLOPE, Model, Series
from satisfaction.methods.refusal import Refusal, Sentence

MOST_PERIODS: Final = 10_000
_COUNTS: Final = ("count", "x", "k", "successes", "hits", "met", "yes")
_SIZES: Final = ("n", "of", "size", "total")


def side(data: Answers | None, spec: Mapping[str, Any], name: str) -> Floats:
    """The values of one side, NaN where blank: a list, a column, or the rows of `group` with that label in `values`."""
    if spec.get("group") is None:
        given = specs.need(spec, name)
        return parameters.series(data, given, name, missing=_missing(spec))
    if data is None:
        raise Refusal(
            _l("“%(field)s” names the column “%(column)s”, but no data file was given."),
            field="group",
            column=str(spec["group"]),
        )
    column = specs.text(specs.need(spec, "values"), "values")
    label = specs.text(specs.need(spec, name), name)
    groups = data.texts(specs.text(spec["group"], "group"))
    chosen = np.array([each == label for each in groups], dtype=bool)
    if not chosen.any():
        raise Refusal(
            _l("Column “%(column)s” never holds “%(label)s” (%(field)s)."),
            field=name,
            column=str(spec["group"]),
            label=label,
        )
    found: Floats = parameters.bounded(data.numbers(column, missing=_missing(spec)), column)[chosen]
    return found


def _missing(spec: Mapping[str, Any]) -> list[Any]:
    return specs.codes(spec.get("missing_codes") or [])


def without_gaps(values: Floats) -> tuple[Floats, int]:
    """(the values that are there, shape (k,), and how many of shape (n,) are NaN)."""
    gap = np.isnan(values)
    return values[~gap], int(gap.sum())


def pairs(data: Answers | None, spec: Mapping[str, Any]) -> tuple[Floats, Floats, int]:
    """Both sides of the same people, complete pairs only, and how many pairs were left out."""
    before, after = side(data, spec, "before"), side(data, spec, "after")
    if len(before) != len(after):
        raise Refusal(
            _l(
                "“%(field)s” has %(count)s values, before has %(size)s: pairs need the same people on both sides."
            ),
            field="after",
            count=len(after),
            size=len(before),
        )
    both = ~np.isnan(before) & ~np.isnan(after)
    return before[both], after[both], int((~both).sum())


def share(data: Answers | None, spec: Mapping[str, Any], name: str) -> tuple[int, int, int]:
    """(with, of all, left out): [x, n], {count, n}, or 0 and 1 in a list or column."""
    given = spec.get(name)
    if isinstance(given, Mapping):
        typed = specs.mapping(given, name)
        x = next((typed[key] for key in _COUNTS if key in typed), None)
        n = next((typed[key] for key in _SIZES if key in typed), None)
        if x is None:
            specs.need({}, "count", name)
        if n is None:
            specs.need({}, "n", name)
        return (*_counted(x, n, name), 0)
    if (
        isinstance(given, list)
        and len(given) == 2
        and spec.get("group") is None
        and not set(map(str, given)) <= {"0", "1"}
    ):
        return (*_counted(given[0], given[1], name), 0)
    if isinstance(given, list) and len(given) == 2 and given == [0, 0]:
        return 0, 0, 0
    values, gaps = without_gaps(side(data, spec, name))
    return int(_binary(values, name).sum()), len(values), gaps


def _counted(x: Any, n: Any, name: str) -> tuple[int, int]:
    size = specs.whole(n, specs.inside(name, "n"), low=0, high=10**9)
    count = specs.whole(x, specs.inside(name, "count"), low=0, high=10**9)
    if count > size:
        raise Refusal(
            _l("“%(field)s”: %(count)s of %(size)s is more than all."), field=name, count=count, size=size
        )
    return count, size


def _binary(values: Floats, name: str) -> Floats:
    wrong = (values != 0) & (values != 1)
    if wrong.any():
        raise Refusal(
            _l("“%(field)s” must hold 0 and 1 only (no and yes), not %(value)s."),
            field=name,
            value=float(values[wrong][0]),
        )
    return values


def fourfold(data: Answers | None, spec: Mapping[str, Any]) -> tuple[tuple[int, int, int, int], int]:
    """((yes yes, yes no, no yes, no no) before and after, pairs left out), from `table` or from pairs of 0 and 1."""
    if spec.get("table") is not None:
        made = parameters.square(spec["table"], "table", 2)
        if (made < 0).any() or (made != np.floor(made)).any():
            raise Refusal(
                _l("“%(field)s” must hold whole numbers of 0 or more: how many people moved."), field="table"
            )
        a, b, c, d = (int(each) for each in made.ravel())
        return (a, b, c, d), 0
    before, after, gaps = pairs(data, spec)
    one, two = _binary(before, "before"), _binary(after, "after")
    return (
        int((one * two).sum()),
        int((one * (1 - two)).sum()),
        int(((1 - one) * two).sum()),
        int(((1 - one) * (1 - two)).sum()),
    ), gaps


def series(data: Answers | None, spec: Mapping[str, Any], notes: list[Sentence]) -> tuple[Series, Model, int]:
    """The series and model of an interrupted time series, and how many periods without a value were left out."""
    values, start = _values(data, spec)
    n = len(values)
    if n > MOST_PERIODS:
        raise Refusal(
            _l("“%(field)s” has %(count)s points; at most %(most)s are taken."),
            field="values",
            count=n,
            most=MOST_PERIODS,
        )
    family = parameters.choice(spec, "family", ("gaussian", "poisson", "quasipoisson"), "gaussian")
    offset = None
    if spec.get("offset") is not None:
        offset = parameters.series(data, spec["offset"], "offset")
        if len(offset) != n:
            raise Refusal(
                _l("“%(field)s” has %(count)s entries for %(points)s points."),
                field="offset",
                count=len(offset),
                points=n,
            )
        if (offset <= 0).any():
            raise Refusal(_l("“%(field)s” holds a number that is not above 0."), field="offset")
    kept = ~np.isnan(values) if offset is None else ~np.isnan(values) & ~np.isnan(offset)
    time = np.arange(1, n + 1, dtype=float)
    after = time >= start
    if family == "gaussian" and offset is not None:
        values = values / offset * parameters.number(spec, "per", 1.0, above=0)
        offset = None
    before_n, after_n = int((kept & ~after).sum()), int((kept & after).sum())
    slope = _slope(spec, family, before_n, after_n, notes)
    model = Model(
        family,
        slope,
        parameters.whole(spec, "harmonics", 0, low=0, high=6),
        parameters.number(spec, "period", 12.0, above=1),
        None if spec.get("lag") is None else specs.whole(spec["lag"], "lag", low=0, high=100),
    )
    return (
        Series(values[kept], after[kept], time[kept], None if offset is None else offset[kept]),
        model,
        int((~kept).sum()),
    )


def _values(data: Answers | None, spec: Mapping[str, Any]) -> tuple[Floats, float]:
    """The whole series and the number (from 1) of the first period after the action."""
    missing = _missing(spec)
    if spec.get("values") is None:
        before = parameters.series(data, specs.need(spec, "before"), "before", missing=missing)
        after = parameters.series(data, specs.need(spec, "after"), "after", missing=missing)
        return np.concatenate([before, after]), len(before) + 1
    values = parameters.series(data, spec["values"], "values", missing=missing)
    if spec.get("post") is not None:
        post = parameters.series(data, spec["post"], "post")
        marks = _binary(post, "post")
        if len(marks) != len(values) or (np.diff(marks) < 0).any() or not 0 < marks.sum() < len(marks):
            raise Refusal(
                _l("“%(field)s” must be 0 before the action and 1 from then on, one entry for each period."),
                field="post",
            )
        return values, float(np.argmax(marks == 1)) + 1
    return values, specs.whole(specs.need(spec, "start"), "start", low=2, high=len(values))


def _slope(spec: Mapping[str, Any], family: str, before: int, after: int, notes: list[Sentence]) -> bool:
    """Whether the trend may change too: by default with least squares and at least 8 periods on each side."""
    asked = None if spec.get("slope") is None else specs.flag(spec["slope"], "slope")
    least = min(before, after)
    if least < 1:
        raise Refusal(
            _l("There is no period with a value on one side of the action (%(field)s)."), field="start"
        )
    if asked and least < LEAST_FOR_SLOPE:
        raise Refusal(
            _l(
                "A change of trend (%(field)s) needs %(least)s periods on each side; there are %(before)s before and %(after)s after."
            ),
            field="slope",
            least=LEAST_FOR_SLOPE,
            before=before,
            after=after,
        )
    if least < LEAST_FOR_SLOPE:
        notes.append(
            Sentence(
                _l(
                    "There are %(before)s periods before and %(after)s after: fewer than 8 show a change of level at best, and that weakly."
                ),
                before=before,
                after=after,
            )
        )
        return False
    return family == "gaussian" if asked is None else asked
