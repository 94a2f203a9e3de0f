"""Pairs of expected and perceived, and dimensions: columns for the method `score`, and their figures.

The mean gap with Student's interval is what the paired test of `servqual` says of it.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.figures import Figure
from satisfaction.methods import servqual
from satisfaction.results.figures import mean_figure
from satisfaction.results.kinds import Dimension, ItemResult
from satisfaction.results.scoring import Scored, means
from satisfaction.rules.items import Kind, key_of
from satisfaction.sheet import Array, Question, Sheet

SIDES: Final = ("expectation", "perception", "gap")


@dataclass(frozen=True, slots=True)
class PairColumns:
    """Expected, perceived and gap of each respondent, NaN where a pair is not complete: by item code, and by key of the
    dimension over its answered pairs, at least half of them."""

    items: dict[str, dict[str, Array]]
    dimensions: dict[str, tuple[Dimension, dict[str, Array]]]

    def flat(self) -> dict[str, Array]:
        made = {f"{code} {side}": sides[side] for code, sides in self.items.items() for side in SIDES}
        for key, (_dimension, sides) in self.dimensions.items():
            made |= {f"{key} {side}": sides[side] for side in SIDES}
        return made


def pair_columns(sheet: Sheet) -> PairColumns:
    pairs = [item for item in sheet.items if item.kind == Kind.servqual]
    items: dict[str, dict[str, Array]] = {}
    for item in pairs:
        expected = sheet.values(key_of(item.code, "e"), reverse=item.reverse)
        perceived = sheet.values(key_of(item.code, "p"), reverse=item.reverse)
        gap = perceived - expected
        incomplete = np.isnan(gap)
        expected[incomplete] = perceived[incomplete] = np.nan
        items[item.code] = {"expectation": expected, "perception": perceived, "gap": gap}
    made: dict[str, tuple[Dimension, dict[str, Array]]] = {}
    for name in dict.fromkeys(item.dimension for item in pairs if item.dimension):
        members = [item for item in pairs if item.dimension == name]
        dimension = Dimension(name, "gap", members[0].points, [item.code for item in members])
        sides = {
            side: person_means(np.column_stack([items[item.code][side] for item in members]))
            for side in SIDES
        }
        made[dimension.key] = (dimension, sides)
    return PairColumns(items, made)


def person_means(values: "np.ndarray[Any, np.dtype[np.float64]]") -> Array:
    """Mean of each respondent's answers (respondents, questions), NaN with fewer than half of them."""
    given = ~np.isnan(values)
    enough = (given.sum(axis=1) * 2 >= values.shape[1]) & given.any(axis=1)
    found = np.full(len(values), np.nan)
    if enough.any():
        found[enough] = servqual.row_means(values[enough], given[enough])
    return found


def pair_figures(scored: Scored, name: str) -> dict[str, Figure]:
    """Expected, perceived and gap from means of `PairColumns.flat`: the interval of the mean gap is the paired one."""
    if not scored or scored[f"{name} gap"]["value"] is None:
        return {}
    made = {side: mean_figure(scored[f"{name} {side}"]) for side in SIDES[:2]}
    return made | {"gap": mean_figure(scored[f"{name} gap"], "paired t", degenerate=False)}


def pairs_of(sheet: Sheet, found: list[ItemResult], min_cell: int) -> tuple[list[Dimension], float | None]:
    """Figures of pairs into `found`; dimensions, and the mean of their gaps; none from fewer than `min_cell`."""
    columns = pair_columns(sheet)
    scored, _groups = means(sheet, columns.flat())
    for each in found:
        if each.item.kind == Kind.servqual and each.n >= min_cell:
            each.figures |= pair_figures(scored, each.item.code)
            each.detail |= spread_of(scored[f"{each.item.code} gap"])
    dimensions = []
    for key, (dimension, _sides) in columns.dimensions.items():
        dimension.figures = pair_figures(scored, key)
        dimension.detail = spread_of(scored[f"{key} gap"])
        if dimension.figures and dimension.main.n >= min_cell:
            dimensions.append(dimension)
    gaps = [each.main.value for each in dimensions if each.main.value is not None]
    complete = 0 < len(gaps) == len(columns.dimensions)
    return dimensions, math.fsum(gaps) / len(gaps) if complete else None


def rated_dimensions(sheet: Sheet) -> list[tuple[Dimension, Array]]:
    """Rating scales of one dimension and one length, two at least, with the mean of each respondent's answers."""
    grouped: dict[tuple[str, int], list[Question]] = {}
    for item in sheet.items:
        if item.kind == Kind.scale and item.dimension:
            grouped.setdefault((item.dimension, item.points), []).append(item)
    return [
        (
            Dimension(name, "mean", points, [item.code for item in items]),
            person_means(np.column_stack([sheet.values(item.code, reverse=item.reverse) for item in items])),
        )
        for (name, points), items in grouped.items()
        if len(items) > 1
    ]


def scales_of(sheet: Sheet, min_cell: int) -> list[Dimension]:
    """Dimensions of rating scales with their mean; none from fewer than `min_cell`."""
    listed = rated_dimensions(sheet)
    scored, _groups = means(sheet, {dimension.key: values for dimension, values in listed})
    made = []
    for dimension, _values in listed:
        one = scored[dimension.key]
        if one["value"] is None or one["n"] < min_cell:
            continue
        dimension.figures, dimension.detail = {"mean": mean_figure(one)}, spread_of(one)
        made.append(dimension)
    return made


def spread_of(scored: dict[str, Any]) -> dict[str, Any]:
    return {name: scored[name] for name in ("n_eff", "sd") if scored.get(name) is not None}
