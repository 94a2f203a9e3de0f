"""One comparison: the judgements of one judge or several as a reciprocal matrix, its weights and consistency."""

import math
from collections.abc import Mapping
from itertools import combinations
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.answers import Floats
from satisfaction.methods.refusal import Refusal, Sentence

MOST_ITEMS: Final = 15
MOST_JUDGES: Final = 500
LIMIT: Final = 0.10
SMALLEST: Final = 1e-6

#: Saaty (1980), The Analytic Hierarchy Process: mean consistency index of random matrices of size 1 to 15
RANDOM_INDEX: Final = (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)


def priorities(matrix: Floats) -> dict[str, Any]:
    """Weights and consistency of a positive reciprocal matrix of shape (n, n).

    `weights` is the principal eigenvector, `weights_geometric` the row geometric means, both with sum 1.
    ci = (lambda_max - n) / (n - 1), cr = ci / ri with Saaty's random index; for n below 3 both are 0. `gci` is the
    geometric consistency index, None for n below 3. Consistent means cr at most 0.10.

    The matrix is taken as checked; see `reciprocal`.

    Sources: Saaty (1980); Aguarón and Moreno-Jiménez (2003), Eur. J. Oper. Res. 147, 137-145 (GCI).
    """
    n = len(matrix)
    values, vectors = np.linalg.eig(matrix)
    place = int(np.argmax(values.real))
    weights = np.abs(vectors[:, place].real)
    weights /= weights.sum()
    # a reciprocal matrix never has lambda below n; a rounding error would print a negative index
    lambda_max = max(float(values[place].real), float(n))
    logs = np.log(matrix)
    geometric = np.exp(logs.mean(axis=1))
    geometric /= geometric.sum()
    ri = float(RANDOM_INDEX[n - 1])
    ci = (lambda_max - n) / (n - 1) if n > 2 else 0.0
    cr = ci / ri if n > 2 else 0.0
    error = logs - np.log(geometric)[:, None] + np.log(geometric)[None, :]
    gci = float((np.triu(error, 1) ** 2).sum() * 2 / ((n - 1) * (n - 2))) if n > 2 else None
    return {
        "weights": weights,
        "lambda_max": lambda_max,
        "ci": ci,
        "ri": ri,
        "cr": cr,
        "consistent": cr <= LIMIT,
        "weights_geometric": geometric,
        "gci": gci,
    }


def reciprocal(matrix: Floats, items: list[str], where: str) -> Floats:
    """The matrix of shape (n, n) with its lower half made exactly reciprocal. Refuses what is not positive or not reciprocal."""
    n = len(items)
    made = matrix.copy()
    for row in range(n):
        for column in range(n):
            if not matrix[row, column] > 0:
                raise Refusal(
                    _l("“%(field)s” says %(value)s for %(a)s against %(b)s; a judgement must be above 0."),
                    field=where,
                    value=float(matrix[row, column]),
                    a=items[row],
                    b=items[column],
                )
    for row in range(n):
        if not math.isclose(matrix[row, row], 1, rel_tol=1e-9):
            raise Refusal(
                _l("“%(field)s” says %(value)s for %(a)s against itself; that must be 1."),
                field=where,
                value=float(matrix[row, row]),
                a=items[row],
            )
        made[row, row] = 1
    for row, column in combinations(range(n), 2):
        product = matrix[row, column] * matrix[column, row]
        # 0.33 written for 1/3 is 1 % off: rounding to two digits is forgiven, a contradiction is not
        if not math.isclose(product, 1, rel_tol=0.02):
            raise Refusal(
                _l(
                    "“%(field)s” is not reciprocal: %(a)s against %(b)s is %(one)s, but %(b)s against %(a)s is %(other)s."
                ),
                field=where,
                a=items[row],
                b=items[column],
                one=float(matrix[row, column]),
                other=float(matrix[column, row]),
            )
        if matrix[row, column] >= 1:
            made[column, row] = 1 / matrix[row, column]
        else:
            made[row, column] = 1 / matrix[column, row]
    return made


def weakest(matrix: Floats, weights: Floats, items: list[str]) -> dict[str, Any] | None:
    """The judgement that disagrees most with the weights, and the value that would agree; None when all agree."""
    error = np.abs(np.log(matrix * weights[None, :] / weights[:, None]))
    row, column = np.unravel_index(int(np.argmax(np.triu(error, 1))), matrix.shape)
    if error[row, column] < 1e-9:
        return None
    return {
        "pair": f"{items[row]}/{items[column]}",
        "given": float(matrix[row, column]),
        "suggested": float(weights[row] / weights[column]),
    }


def aggregated(matrices: list[Floats], judge_weights: Floats) -> Floats:
    """Judgements of several judges as one matrix: element-wise weighted geometric mean (AIJ), shape (n, n).

    Source: Aczél and Saaty (1983), J. Math. Psychol. 27, 93-102.
    """
    shares = judge_weights / judge_weights.sum()
    return np.asarray(np.exp(sum(share * np.log(each) for share, each in zip(shares, matrices, strict=True))))


def compared(node: Mapping[str, Any], where: str, notes: list[Sentence]) -> dict[str, Any]:
    """One comparison of up to 15 items: weights that sum to 1, lambda_max, CI, CR and the weakest judgement.

    node: items with judgements, a matrix, or a group of judges, as in analyse; where: its place, for refusals; notes
    are added to. Raises Refusal as analyse. Source: Saaty (1980), The Analytic Hierarchy Process.
    """
    items = specs.texts(_first(node, where), specs.inside(where, "items"))
    if not 1 <= len(items) <= MOST_ITEMS:
        raise Refusal(
            _l("“%(field)s” has %(count)s items; 1 to %(most)s can be compared with each other at a time."),
            field=specs.inside(where, "items"),
            count=len(items),
            most=MOST_ITEMS,
        )
    group = node.get("group")
    if group is None:
        judges = [_judged(node, items, where)]
        matrix = judges[0]
    else:
        judges, matrix = _group(node, group, items, where)
    found = priorities(matrix)
    if np.triu(np.maximum(matrix, 1 / matrix), 1).max(initial=1) > 9.05:
        notes.append(
            Sentence(
                _l("A judgement lies outside the scale of 1/9 to 9: %(where)s."),
                where=where or ", ".join(items),
            )
        )
    if not found["consistent"]:
        notes.append(
            Sentence(
                _l(
                    "The judgements contradict each other (consistency ratio %(cr)s, at most 0.10 is accepted): %(where)s."
                ),
                cr=f"{found['cr']:.3f}",
                where=where or ", ".join(items),
            )
        )
    made = {
        **found,
        "weights": dict(zip(items, found["weights"], strict=True)),
        "weights_geometric": dict(zip(items, found["weights_geometric"], strict=True)),
        "least_consistent": weakest(matrix, found["weights"], items),
        "judges": len(judges),
    }
    if group is not None:
        made["judges_cr"] = [priorities(each)["cr"] for each in judges]
    plain: dict[str, Any] = parameters.plain(made)
    return plain


def _first(node: Mapping[str, Any], where: str) -> Any:
    """The items, or those that the judgements or the children name when no list is given."""
    if node.get("items") is not None:
        return node["items"]
    if isinstance(node.get("judgements"), Mapping):
        seen: dict[str, None] = {}
        for pair in node["judgements"]:
            for name in str(pair).split("/"):
                seen.setdefault(name.strip())
        return list(seen)
    if isinstance(node.get("children"), Mapping):
        return [str(name) for name in node["children"]]
    return specs.need(node, "items", where)


def _group(node: Mapping[str, Any], group: Any, items: list[str], where: str) -> tuple[list[Floats], Floats]:
    place = specs.inside(where, "group")
    given = specs.listed(group, place, MOST_JUDGES)
    if not given:
        raise Refusal(_l("“%(field)s” names no judge."), field=place)
    judges = []
    weights = np.ones(len(given))
    for index, judge in enumerate(given):
        here = specs.inside(place, index)
        if isinstance(judge, Mapping):
            own = judge if "matrix" in judge or "judgements" in judge else {"judgements": judge}
            specs.only(own, ("name", "matrix", "judgements", "weight"), here)
            weights[index] = parameters.number(own, "weight", 1.0, above=0)
        else:
            own = {"matrix": judge}
        judges.append(_judged(own, items, here))
    if node.get("judge_weights") is not None:
        weights = parameters.vector(node["judge_weights"], specs.inside(where, "judge_weights"))
        if len(weights) != len(judges) or (weights < 0).any() or not weights.sum() > 0:
            raise Refusal(
                _l("“%(field)s” must give each of the %(count)s judges a weight of 0 or more."),
                field=specs.inside(where, "judge_weights"),
                count=len(judges),
            )
    return judges, aggregated(judges, weights)


def _judged(node: Mapping[str, Any], items: list[str], where: str) -> Floats:
    """The checked matrix of one judge."""
    if node.get("matrix") is not None:
        place = specs.inside(where, "matrix")
        return reciprocal(parameters.square(node["matrix"], place, len(items)), items, place)
    place = specs.inside(where, "judgements")
    if node.get("judgements") is None and len(items) > 1:
        specs.need(node, "judgements", where)
    made = np.full((len(items), len(items)), np.nan)
    np.fill_diagonal(made, 1)
    for pair, value in specs.mapping(node.get("judgements"), place).items():
        row, column = _pair(pair, items, place)
        made[row, column] = parameters.fraction(value, specs.inside(place, pair))
        if 0 < made[row, column] < SMALLEST or made[row, column] > 1 / SMALLEST:
            raise Refusal(
                _l("“%(field)s” is %(value)s, which is too large or too small to compute with."),
                field=specs.inside(place, pair),
                value=str(value),
            )
    for row, column in combinations(range(len(items)), 2):
        one, other = made[row, column], made[column, row]
        if np.isnan(one) and np.isnan(other):
            raise Refusal(
                _l("“%(field)s” does not compare %(a)s with %(b)s."),
                field=place,
                a=items[row],
                b=items[column],
            )
        if np.isnan(one) and other > 0:
            made[row, column] = 1 / other
        elif np.isnan(other) and one > 0:
            made[column, row] = 1 / one
    return reciprocal(np.where(np.isnan(made), 0.0, made), items, place)


def _pair(pair: str, items: list[str], where: str) -> tuple[int, int]:
    """The places of both items of "A/B"; an item may hold a stroke itself."""
    for cut in [index for index, sign in enumerate(pair) if sign == "/"]:
        one, other = pair[:cut].strip(), pair[cut + 1 :].strip()
        if one in items and other in items:
            return items.index(one), items.index(other)
    raise Refusal(
        _l(
            "“%(field)s” holds “%(pair)s”; write two of the items with a stroke between them, such as “%(example)s”."
        ),
        field=where,
        pair=pair,
        example="/".join(items[:2]),
    )
