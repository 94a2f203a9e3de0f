"""Features asked in Kano pairs: category, Better and Worse, of the whole wave and by groups."""

from typing import Any, Final

import numpy as np

from core.figures import Figure
from satisfaction.methods import kano
from satisfaction.methods.answers import Answers, Bools, Refusal
from satisfaction.methods.intervals import wilson
from satisfaction.results.figures import figure_of
from satisfaction.results.kinds import Cell, ItemResult
from satisfaction.rules.items import Kind, key_of
from satisfaction.sheet import Array, Question, Sheet

LOOKUP: Final = np.array([[kano.CATEGORIES.index(each) for each in row] for row in kano.TABLE])
Ints = np.ndarray[Any, np.dtype[np.int64]]


def features_of(sheet: Sheet, found: list[ItemResult], min_cell: int) -> None:
    """Category, Better and Worse of each feature into `found`."""
    for each in found:
        if each.item.kind != Kind.kano or each.n < min_cell:
            continue
        functional, dysfunctional = _sides(sheet, each.item)
        columns: dict[str, Any] = {"f": functional, "d": dysfunctional}
        spec: dict[str, Any] = {"items": {"x": ["f", "d"]}}
        if sheet.weighted:
            columns["w"], spec["weight"] = sheet.weights, "w"
        try:
            made = kano.analyse(Answers.of(columns), spec, {})["items"]["x"]
        except Refusal as refusal:
            each.refused = str(refusal)
            continue
        each.detail |= made
        if made["n"] >= min_cell:
            each.figures |= better_worse(made)


def better_worse(made: dict[str, Any]) -> dict[str, Figure]:
    """Better and Worse from what `kano` says of a feature, with Wilson intervals by the number behind them: answers in
    A, O, M and I, with weights their effective number (Kish, 1965)."""
    behind = float(made["n"])
    if "n_eff" in made:
        behind = float(made["n_eff"] * sum(made["shares"][each] for each in "AOMI"))
    found = {}
    for measure in ("better", "worse"):
        if made[measure] is None:
            continue
        ends = wilson(abs(made[measure]), behind)
        if ends is not None and measure == "worse":
            ends = (-ends[1], -ends[0])
        found[measure] = figure_of(made[measure], made["n"], ends, unit="ratio", method="wilson")
    return found


def pair_places(sheet: Sheet, item: Question) -> tuple[Bools, Ints]:
    """Who answered both sides and has a weight, and the place of their pairs among kano.CATEGORIES."""
    functional, dysfunctional = _sides(sheet, item)
    both = ~np.isnan(functional) & ~np.isnan(dysfunctional)
    if sheet.weighted:
        both &= sheet.weights > 0
    found: Ints = LOOKUP[functional[both].astype(np.int64) - 1, dysfunctional[both].astype(np.int64) - 1]
    return both, found


def by_mark(sheet: Sheet, item: Question, marks: Ints, size: int) -> list[Cell | None]:
    """The feature in each of `size` groups, whose numbers `marks` holds for every respondent; None where nobody
    answered."""
    both, places = pair_places(sheet, item)
    kinds = len(kano.CATEGORIES)
    cells = marks[both] * kinds + places
    counts = np.bincount(cells, minlength=size * kinds).reshape(size, kinds)
    weights = sheet.weights[both] if sheet.weighted else np.ones(len(places))
    sums = np.bincount(cells, weights=weights, minlength=size * kinds).reshape(size, kinds)
    squares = np.bincount(marks[both], weights=weights**2, minlength=size)
    made: list[Cell | None] = []
    for place in range(size):
        if not counts[place].any():
            made.append(None)
            continue
        total = sums[place].sum()
        effective = total**2 / squares[place]
        shares = dict(zip(kano.CATEGORIES, (sums[place] / total).tolist(), strict=True))
        one = kano.evaluate(
            dict(zip(kano.CATEGORIES, counts[place].tolist(), strict=True)),
            {each: share * effective for each, share in shares.items()},
        ) | {"n_eff": float(effective), "shares": shares}
        detail = {name: one[name] for name in ("category", "tie", "fong_distinct", "counts", "shares")}
        made.append(Cell(one["n_pairs"], better_worse(one), detail=detail))
    return made


def _sides(sheet: Sheet, item: Question) -> tuple[Array, Array]:
    return sheet.values(key_of(item.code, "f")), sheet.values(key_of(item.code, "d"))
