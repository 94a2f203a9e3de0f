"""Fuzzy comprehensive evaluation: answer shares over grades, weighted by factor, with four operators."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.answers import Answers, Floats
from satisfaction.methods.refusal import Refusal, Sentence, Wording

OPERATORS: Final = ("weighted_average", "max_min", "max_product", "bounded_sum_min")
OPERATOR_WORDS: Final = {
    "weighted_average": _l("weighted average of the shares"),
    "max_min": _l("largest of the smaller of weight and share (max-min)"),
    "max_product": _l("largest product of weight and share (max-product)"),
    "bounded_sum_min": _l("sum of the smaller of weight and share, at most 1"),
}
MOST_LEVELS: Final = 8
MOST_GRADES: Final = 50
#: rows typed as 0.333 0.333 0.333 are meant to sum to 1
ROUNDING: Final = 0.0015


def compose(weights: Floats, matrix: Floats, operator: str) -> Floats:
    """B = W o R: memberships of shape (grades,), not normalised.

    weights: shape (factors,), sum 1. matrix: shape (factors, grades), shares 0 to 1, rows sum 1.
    weighted_average: sum w r; max_min: max min(w, r); max_product: max w r; bounded_sum_min: min(1, sum min(w, r)).

    Sources: Zadeh (1965), Information and Control 8, 338-353; Wang Peizhuang (1983), Theory of Fuzzy Sets and its
    Applications, for the four operators.
    """
    column = weights[:, None]
    if operator == "weighted_average":
        return np.asarray(weights @ matrix)
    if operator == "max_min":
        return np.asarray(np.minimum(column, matrix).max(axis=0))
    if operator == "max_product":
        return np.asarray((column * matrix).max(axis=0))
    return np.asarray(np.minimum(1.0, np.minimum(column, matrix).sum(axis=0)))


def read(memberships: Floats, values: Floats | None, grades: list[str] | None) -> dict[str, Any]:
    """What memberships of shape (grades,) say: normalised, the score sum b v, and the grade of maximum membership.

    `grade` is the name of the grade, or its place from 0 when grades have no names. `effectiveness_k` is
    (n max b - 1) / (n - 1) of the normalised memberships: 0 when all grades are equally likely, so that the maximum
    says nothing, 1 when one grade holds all.
    """
    normal = memberships / memberships.sum()
    n = len(normal)
    place = int(np.argmax(normal))
    return {
        "b": memberships,
        "b_normalised": normal,
        "score": None if values is None else float(normal @ values),
        "grade": place if grades is None else grades[place],
        "grade_index": place,
        "tie": bool(np.isclose(normal, normal[place], rtol=0, atol=1e-12).sum() > 1),
        "effectiveness_k": float((n * normal[place] - 1) / (n - 1)) if n > 1 else None,
    }


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001  one signature for all methods
    """The evaluation with all four operators, or with the one that `operator` names.

    spec: `weights` (list, or factor → weight) with `matrix` (shares; rows sum 1) or `counts` (answers by grade), or
    nested `factors`: name → {weight, and matrix or counts as one row, or weights with a matrix, or factors again}.
    `grade_values` (list, or grade → value) gives the score. Of a nested factor the normalised memberships are the
    row one level up. The chosen operator (weighted_average when none is named) stands at the top of the result, and
    each under its own name.

    Raises Refusal for negative entries, typed rows that do not sum to 1, rows without answers, and unequal lengths.
    Sources: Zadeh (1965); Wang Peizhuang (1983), see compose.
    """
    known = ("weights", "matrix", "counts", "grade_values", "grades", "operator", "factors")
    specs.only(spec, known)
    notes: list[Sentence] = []
    values, grades = _grades(spec)
    operator = spec.get("operator")
    wanted = (
        OPERATORS
        if operator is None or operator == "all"
        else tuple(specs.choice(each, "operator", OPERATORS) for each in specs.texts(operator, "operator"))
    )
    if not wanted:
        raise Refusal(_l("“%(field)s” is an empty list."), field="operator")
    tree = _node(spec, "", 1, notes)
    size = tree.width()
    for given, name in ((values, "grade_values"), (grades, "grades")):
        if given is not None and len(given) != size:
            raise Refusal(
                _l("“%(field)s” has %(count)s entries, but the answers are spread over %(size)s grades."),
                field=name,
                count=len(given),
                size=size,
            )
    found: dict[str, Any] = {}
    for each in wanted:
        levels: dict[str, Any] = {}
        top = read(tree.evaluate(each, "", levels, values, grades), values, grades)
        found[each] = top | ({"factors": levels} if levels else {})
        if top["tie"] and each == wanted[0]:
            notes.append(
                Sentence(_l("With %(operator)s two grades share the largest membership."), operator=each)
            )
    if "max_min" in found and tree.leaves() > 6:
        notes.append(
            Sentence(_l("With many factors max_min loses information: small weights cap every membership."))
        )
    chosen = wanted[0]
    weights = dict(zip(tree.names, tree.weights, strict=True))
    made: dict[str, Any] = parameters.plain(
        {
            "variant": Wording(OPERATOR_WORDS[chosen], text=chosen),
            "n_used": tree.leaves(),
            "n_dropped": parameters.dropped(),
            **found[chosen],
            **found,
            "weights": weights,
        }
    )
    return {**made, "notes": notes}


class _Node:
    """Weighted rows of one level: each a row of shares, or a level below."""

    def __init__(self, names: list[str], weights: Floats, rows: Sequence["Floats | _Node"]) -> None:
        self.names, self.weights, self.rows = names, weights, rows

    def width(self) -> int:
        first = self.rows[0]
        return first.width() if isinstance(first, _Node) else len(first)

    def leaves(self) -> int:
        return sum(row.leaves() if isinstance(row, _Node) else 1 for row in self.rows)

    def evaluate(
        self,
        operator: str,
        where: str,
        levels: dict[str, Any],
        values: Floats | None,
        grades: list[str] | None,
    ) -> Floats:
        stacked = []
        for name, row in zip(self.names, self.rows, strict=True):
            if isinstance(row, _Node):
                path = specs.inside(where, name)
                below = read(row.evaluate(operator, path, levels, values, grades), values, grades)
                levels[path] = below
                stacked.append(below["b_normalised"])
            else:
                stacked.append(row)
        return compose(self.weights, np.array(stacked), operator)


def _grades(spec: Mapping[str, Any]) -> tuple[Floats | None, list[str] | None]:
    given = spec.get("grade_values")
    names = None if spec.get("grades") is None else specs.texts(spec["grades"], "grades", MOST_GRADES)
    if given is None:
        return None, names
    if isinstance(given, Mapping):
        pairs = specs.mapping(given, "grade_values", MOST_GRADES)
        return parameters.vector(list(pairs.values()), "grade_values"), names or list(pairs)
    return parameters.vector(given, "grade_values", most=MOST_GRADES), names


def _node(spec: Mapping[str, Any], where: str, depth: int, notes: list[Sentence]) -> _Node:
    if depth > MOST_LEVELS:
        raise Refusal(_l("“%(field)s” lies deeper than %(most)s levels."), field=where, most=MOST_LEVELS)
    if spec.get("factors") is not None:
        names, raw, rows = _factors(spec, where, depth, notes)
    else:
        names, rows = _rows(spec, where, notes)
        raw = _weights(specs.need(spec, "weights", where), names, specs.inside(where, "weights"))
    widths = {row.width() if isinstance(row, _Node) else len(row) for row in rows}
    if len(widths) > 1:
        raise Refusal(
            _l("The factors of “%(field)s” are spread over unequal numbers of grades: %(sizes)s."),
            field=where or "factors",
            sizes=", ".join(map(str, sorted(widths))),
        )
    return _Node(names, _normalised(raw, specs.inside(where, "weights"), notes), rows)


def _factors(
    spec: Mapping[str, Any], where: str, depth: int, notes: list[Sentence]
) -> tuple[list[str], Floats, list[Floats | _Node]]:
    place = specs.inside(where, "factors")
    given = spec["factors"]
    if not isinstance(given, Mapping):
        listed = [
            specs.mapping(each, specs.inside(place, i)) for i, each in enumerate(specs.listed(given, place))
        ]
        labels = [str(each.get("name", i)) for i, each in enumerate(listed, 1)]
        given = dict(zip(specs.texts(labels, place), listed, strict=True))
    factors = specs.mapping(given, place)
    if not factors:
        raise Refusal(_l("“%(field)s” names no factor."), field=place)
    names = list(factors)
    typed: dict[str, Any] = {}
    rows: list[Floats | _Node] = []
    for name, value in factors.items():
        here = specs.inside(place, name)
        factor = specs.mapping(value, here)
        specs.only(factor, ("name", "weight", "weights", "matrix", "counts", "factors"), here)
        typed[name] = factor.get("weight")
        row = next((key for key in ("matrix", "counts") if _is_row(factor.get(key))), None)
        if row is not None:
            rows.append(_row(factor[row], specs.inside(here, row), counted=row == "counts", notes=notes))
        else:
            rows.append(_node(factor, here, depth + 1, notes))
    if spec.get("weights") is not None:
        return names, _weights(spec["weights"], names, specs.inside(where, "weights")), rows
    for name, value in typed.items():
        if value is None:
            specs.need({}, "weight", specs.inside(place, name))
    return names, _weights(typed, names, place), rows


def _is_row(value: Any) -> bool:
    """One row of numbers, not a matrix."""
    return isinstance(value, list) and bool(value) and not isinstance(value[0], list)


def _rows(
    spec: Mapping[str, Any], where: str, notes: list[Sentence]
) -> tuple[list[str], list[Floats | _Node]]:
    key = "counts" if spec.get("matrix") is None and spec.get("counts") is not None else "matrix"
    given, place = specs.need(spec, key, where), specs.inside(where, key)
    if isinstance(given, Mapping):
        named = specs.mapping(given, place)
    else:
        weights = spec.get("weights")
        listed = specs.listed(given, place)
        labels = list(map(str, weights)) if isinstance(weights, Mapping) else []
        if len(labels) != len(listed):
            labels = [str(index) for index in range(1, len(listed) + 1)]
        named = dict(zip(labels, listed, strict=True))
    if not named:
        raise Refusal(_l("“%(field)s” is an empty matrix."), field=place)
    rows: list[Floats | _Node] = [
        _row(row, specs.inside(place, name), counted=key == "counts", notes=notes)
        for name, row in named.items()
    ]
    return list(named), rows


def _row(given: Any, where: str, *, counted: bool, notes: list[Sentence]) -> Floats:
    row = parameters.vector(given, where, most=MOST_GRADES)
    if (row < 0).any():
        raise Refusal(_l("“%(field)s” holds a number below 0."), field=where)
    total = float(row.sum())
    if not total > 0:
        raise Refusal(_l("“%(field)s” holds no answer at all: its numbers sum to 0."), field=where)
    if counted:
        return np.asarray(row / total)
    if abs(total - 1) > ROUNDING:
        raise Refusal(
            _l(
                "“%(field)s” sums to %(total)s; typed shares must sum to 1. Give answers as counts to have them turned into shares."
            ),
            field=where,
            total=round(total, 6),
        )
    if abs(total - 1) > 1e-9:
        notes.append(
            Sentence(
                _l("“%(where)s” sums to %(total)s and was divided by that sum."),
                where=where,
                total=round(total, 6),
            )
        )
    return np.asarray(row / total)


def _weights(given: Any, names: list[str], where: str) -> Floats:
    """The weights in the order of the names."""
    if isinstance(given, Mapping):
        typed = specs.mapping(given, where)
        if set(typed) != set(names):
            raise Refusal(
                _l("“%(field)s” gives weights to %(found)s; the factors are %(names)s."),
                field=where,
                found=", ".join(typed),
                names=", ".join(names),
            )
        given = [typed[name] for name in names]
    made = parameters.vector(given, where)
    if len(made) != len(names):
        raise Refusal(
            _l("“%(field)s” has %(count)s weights for %(size)s factors."),
            field=where,
            count=len(made),
            size=len(names),
        )
    if (made < 0).any():
        raise Refusal(_l("“%(field)s” holds a number below 0."), field=where)
    if not made.sum() > 0:
        raise Refusal(_l("“%(field)s” holds no weight above 0."), field=where)
    return made


def _normalised(raw: Floats, where: str, notes: list[Sentence]) -> Floats:
    total = float(raw.sum())
    if not math.isclose(total, 1, abs_tol=1e-9):
        notes.append(
            Sentence(
                _l("“%(where)s” sums to %(total)s and was divided by that sum."),
                where=where,
                total=round(total, 6),
            )
        )
    return np.asarray(raw / total)
