"""Importance against performance: where each item stands, with the interval of both."""

from typing import Any

import numpy as np

from core.errors import PlumblineError
from core.i18n import _
from satisfaction.methods import ipa
from satisfaction.methods.answers import Answers, Bools, Floats, Refusal
from satisfaction.methods.deriving import importance_errors, usual_kind
from satisfaction.methods.intervals import mean_interval
from satisfaction.results.figures import figure_of, mean_figure
from satisfaction.results.kinds import SCORED, Grid, GridPoint
from satisfaction.results.scoring import Scored, means
from satisfaction.rules.items import Kind
from satisfaction.sheet import Array, Question, Sheet

MOST_DERIVED = 40


def stated_pairs(sheet: Sheet) -> list[tuple[Question, Question]]:
    """(how important, how good) for each item whose importance was asked."""
    by_code = {item.code: item for item in sheet.items}
    return [
        (item, by_code[item.about_code])
        for item in sheet.items
        if item.kind == Kind.importance
        and item.about_code in by_code
        and Kind(by_code[item.about_code].kind) in SCORED
    ]


def stated_columns(sheet: Sheet) -> dict[str, Array]:
    """Columns for `means`: "i CODE" and "p CODE" of each item whose importance was asked."""
    columns = {}
    for importance, performance in stated_pairs(sheet):
        columns[f"i {performance.code}"] = sheet.values(importance.code, reverse=importance.reverse)
        columns[f"p {performance.code}"] = sheet.values(performance.code, reverse=performance.reverse)
    return columns


def stated_grid(sheet: Sheet, min_cell: int) -> Grid | None:
    """Importance as it was asked; items of fewer than `min_cell` answers are left out."""
    columns = stated_columns(sheet)
    scored, _groups = means(sheet, columns)
    codes = [
        performance.code
        for _importance, performance in stated_pairs(sheet)
        if min(scored[f"{side} {performance.code}"]["n"] for side in "ip") >= min_cell
    ]
    answered = [~np.isnan(columns[f"{side} {code}"]) for code in codes for side in "ip"]
    return grid_of(scored, codes, int(np.any(answered, axis=0).sum()) if answered else 0)


def grid_of(scored: Scored, codes: list[str], n: int) -> Grid | None:
    """Points from means of `stated_columns`, lines through the means of the points; None with fewer than two items."""
    if len(codes) < 2:
        return None
    figures = {code: (mean_figure(scored[f"i {code}"]), mean_figure(scored[f"p {code}"])) for code in codes}
    x, y = (float(np.mean([pair[side].value for pair in figures.values()])) for side in (0, 1))
    points = {
        code: GridPoint(
            code,
            importance,
            performance,
            ipa.quadrant(importance.value or 0.0, performance.value or 0.0, x, y),
        )
        for code, (importance, performance) in figures.items()
    }
    return Grid(points, (x, y), n)


def derivable(sheet: Sheet, overall: str) -> list[Question]:
    """Ratings whose importance can be derived from another one."""
    return [item for item in sheet.items if item.kind == Kind.scale and item.code != overall][:MOST_DERIVED]


def complete(values: Floats) -> Bools:
    """Which rows of (respondents, questions) lack no answer."""
    return np.asarray(~np.isnan(values).any(axis=1))


def complete_rows(sheet: Sheet, overall: str) -> Bools:
    """Who answered the overall rating and all whose importance is derived from it, and has a weight."""
    codes = [overall, *(item.code for item in derivable(sheet, overall))]
    found = complete(np.column_stack([sheet.values(code) for code in codes]))
    return found & (sheet.weights > 0) if sheet.weighted else found


def derived_grid(sheet: Sheet, overall: str, min_cell: int) -> Grid:
    """Importance derived from how strongly each rating goes with the overall one. Raises PlumblineError with why not."""
    chosen = next((item for item in sheet.items if item.code == overall and Kind(item.kind) in SCORED), None)
    if chosen is None:
        raise PlumblineError("")
    part = sheet.part(complete_rows(sheet, overall))
    if part.size < min_cell:
        raise PlumblineError(
            _("Fewer than %(num)s respondents answered all of these questions.", num=min_cell)
        )
    rated = derivable(sheet, overall)
    columns: dict[str, Any] = {
        item.code: part.values(item.code, reverse=item.reverse) for item in [*rated, chosen]
    }
    weights = part.weights if part.weighted else None
    spec: dict[str, Any] = {
        "items": {item.code: f"x {item.code}" for item in rated},
        "overall": f"x {overall}",
        "derived": usual_kind(len(rated)),
    }
    data = {f"x {code}": values for code, values in columns.items()}
    if weights is not None:
        data["w"], spec["weight"] = weights, "w"
    try:
        made = ipa.analyse(Answers.of(data), spec, {})
    except Refusal as refusal:
        raise PlumblineError(str(refusal)) from refusal
    overall_values = columns.pop(overall)
    scored, _groups = means(part, columns)
    errors, df = importance_errors(np.column_stack(list(columns.values())), overall_values, weights)
    points = {}
    for (code, one), error in zip(made["items"].items(), errors, strict=True):
        ends = mean_interval(one["importance"], float(error), df)
        importance = figure_of(
            one["importance"],
            part.size,
            (max(0.0, ends[0]), ends[1]) if ends else None,
            unit="ratio",
            method="linearised t",
        )
        points[code] = GridPoint(code, importance, mean_figure(scored[code]), one["quadrant"])
    x, y = made["crosshair"]
    return Grid(points, (x, y), part.size, overall)
