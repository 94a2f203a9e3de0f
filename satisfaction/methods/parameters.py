"""Figures of a SPEC as arrays: lists, matrices, columns named by the spec, confidence and seed."""

import math
import re
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods import specs
from satisfaction.methods.answers import Answers, Bools, Floats
from satisfaction.methods.refusal import Refusal

MOST_NUMBERS: Final = 1_000_000
MOST_ROWS: Final = 200  # of a matrix typed into a spec
LARGEST: Final = 1e15  # beyond it squares lose their meaning
_FRACTION = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)(?:\s*/\s*(\d{1,15}(?:\.\d{1,15})?))?")
SMALLEST: Final = 1e-12  # of what must be above 0


def figure(value: Any, where: str, **bounds: float) -> float:
    """specs.number, within sizes that can be computed with."""
    found = specs.number(value, where, **bounds)
    if abs(found) > LARGEST or (bounds.get("above") == 0 and found < SMALLEST):
        raise Refusal(
            _l("“%(field)s” is %(value)s, which is too large or too small to compute with."),
            field=where,
            value=f"{found:g}",
        )
    return found


def bounded(values: Floats, where: str) -> Floats:
    """The values (NaN allowed), within sizes that can be computed with."""
    with np.errstate(invalid="ignore"):
        wrong = np.abs(values) > LARGEST
    if wrong.any():
        raise Refusal(
            _l("“%(field)s” is %(value)s, which is too large or too small to compute with."),
            field=where,
            value=f"{values[wrong][0]:g}",
        )
    return values


def number(spec: Mapping[str, Any], name: str, default: float | None = None, **bounds: float) -> float:
    """The number under `name`, else the default; without one it is required. Bounds as in specs.number."""
    if default is not None and spec.get(name) is None:
        return default
    return figure(specs.need(spec, name), name, **bounds)


def whole(spec: Mapping[str, Any], name: str, default: int | None = None, **bounds: int) -> int:
    """The whole number under `name`, else the default; without one it is required. Bounds and Refusal as in specs.whole."""
    if default is not None and spec.get(name) is None:
        return default
    return specs.whole(specs.need(spec, name), name, **bounds)


def choice(spec: Mapping[str, Any], name: str, choices: Sequence[str], default: str | None = None) -> str:
    """The word under `name`, one of `choices`, else the default; without one it is required. Raises Refusal naming it."""
    if default is not None and spec.get(name) is None:
        return default
    return specs.choice(specs.need(spec, name), name, choices)


def fraction(value: Any, where: str) -> float:
    """A number, or a text such as "1/3"."""
    if isinstance(value, str) and (found := _FRACTION.fullmatch(value.strip())):
        below = float(found[2] or 1)
        value = float(found[1]) / below if below else value
    return figure(value, where)


def vector(value: Any, where: str, *, least: int = 1, most: int = MOST_NUMBERS) -> Floats:
    """A list of finite numbers as float64 of shape (n,)."""
    given = value.tolist() if isinstance(value, np.ndarray) else specs.listed(value, where, most)
    if len(given) < least:
        raise Refusal(
            _l("“%(field)s” holds %(count)s numbers; at least %(least)s are needed."),
            field=where,
            count=len(given),
            least=least,
        )
    return np.array([figure(each, specs.inside(where, place)) for place, each in enumerate(given)])


def matrix(value: Any, where: str) -> Floats:
    """A list of equally long rows as float64 of shape (rows, columns); fractions may be written "1/3"."""
    rows = [
        [
            fraction(each, specs.inside(specs.inside(where, place), column))
            for column, each in enumerate(specs.listed(row, specs.inside(where, place), MOST_ROWS))
        ]
        for place, row in enumerate(specs.listed(value, where, MOST_ROWS))
    ]
    if not rows or not rows[0]:
        raise Refusal(_l("“%(field)s” is an empty matrix."), field=where)
    for place, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise Refusal(
                _l("“%(field)s” has %(count)s numbers, but the first row has %(first)s."),
                field=specs.inside(where, place),
                count=len(row),
                first=len(rows[0]),
            )
    return np.array(rows, dtype=np.float64)


def square(value: Any, where: str, size: int) -> Floats:
    """A matrix of shape (size, size) as float64; fractions as in `matrix`. Raises Refusal for any other shape."""
    made = matrix(value, where)
    if made.shape != (size, size):
        raise Refusal(
            _l(
                "“%(field)s” must have %(size)s rows of %(size)s numbers; it has %(rows)s rows of %(columns)s."
            ),
            field=where,
            size=size,
            rows=made.shape[0],
            columns=made.shape[1],
        )
    return made


def series(data: Answers | None, value: Any, where: str, *, missing: Sequence[Any] = ()) -> Floats:
    """Numbers given in the spec, or the column that the spec names, NaN where it is blank; shape (n,)."""
    if isinstance(value, str):
        if data is None:
            raise Refusal(
                _l("“%(field)s” names the column “%(column)s”, but no data file was given."),
                field=where,
                column=value,
            )
        return bounded(data.numbers(value, missing=missing), value)
    return vector(value, where)


def confidence(spec: Mapping[str, Any]) -> float:
    """The confidence of intervals: 0.95 unless the spec says otherwise; 95 is read as 0.95."""
    value = number(spec, "confidence", 0.95, above=0, below=100)
    return specs.number(value / 100 if value >= 1 else value, "confidence", above=0, below=1)


def z_of(level: float) -> float:
    """The two-sided normal quantile of a confidence: 0.95 gives 1.959964."""
    return NormalDist().inv_cdf((1 + level) / 2)


def seed(spec: Mapping[str, Any], options: Mapping[str, Any]) -> int:
    """The seed of the command, else of the spec, else 1, so that every draw can be repeated."""
    given = options.get("seed")
    return specs.whole(
        next((each for each in (given, spec.get("seed")) if each is not None), 1),
        "seed",
        low=0,
        high=2**63 - 1,
    )


def dropped(**reasons: int) -> dict[str, Any]:
    """`n_dropped` of a result: how many rows were left out, by reason; zeros are not listed."""
    kept = {name: int(count) for name, count in reasons.items() if count}
    return {"count": sum(kept.values()), "reasons": kept}


def complete(columns: Mapping[str, Floats]) -> tuple[dict[str, Floats], Bools, dict[str, Any]]:
    """The rows where every column holds a number, the mask of them, and what was dropped by column (first gap)."""
    whole_rows = np.ones(len(next(iter(columns.values()))), dtype=bool)
    reasons = {}
    for name, values in columns.items():
        gap = np.isnan(values) & whole_rows
        reasons[f"missing_{name}"] = int(gap.sum())
        whole_rows &= ~gap
    return {name: values[whole_rows] for name, values in columns.items()}, whole_rows, dropped(**reasons)


def plain(value: Any) -> Any:
    """Arrays and NumPy numbers as lists and plain numbers; what is not finite becomes None."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
