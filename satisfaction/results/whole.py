"""Results of a wave as a whole: what the methods make of its answers, as figures with n and interval.

The formulas are those of satisfaction.methods; here answers are handed to them and their results become figures.
"""

from typing import Any

import numpy as np

from core.errors import PlumblineError
from core.figures import Figure
from satisfaction.methods import ipa, kano, score, servqual
from satisfaction.methods.answers import Answers, Refusal
from satisfaction.methods.intervals import wilson
from satisfaction.results.kinds import SCORED, ItemResult, Results
from satisfaction.results.scoring import counted, figure_of, plain, score_figures, scores
from satisfaction.rules.items import Kind, key_of
from satisfaction.sheet import Question, Sheet


def compute(sheet: Sheet, *, min_cell: int, inputs_hash: str) -> Results:
    """Every figure of the whole wave. Under the smallest group shown there is none."""
    if sheet.size < min_cell:
        items = [ItemResult(item) for item in sheet.items]
        return Results(sheet.size, sheet.weighted, "", items, [], None, None, inputs_hash, too_few=True)
    found = [counted(sheet, item) for item in sheet.items]
    scored, variant = scores(sheet, sheet.items)
    for each in found:
        each.figures |= score_figures(each.item, scored.get(each.item.code))
        each.detail |= plain(scored.get(each.item.code))
        each.refused = str(each.detail.get("refused", ""))
    _kano(sheet, found)
    dimensions, pairs = servqual_of(sheet, found)
    dimensions += _rated_dimensions(sheet)
    return Results(
        sheet.size,
        sheet.weighted,
        variant,
        found,
        dimensions,
        pairs,
        _stated_ipa(sheet),
        inputs_hash,
    )


def _kano(sheet: Sheet, found: list[ItemResult]) -> None:
    for each in found:
        if each.item.kind != Kind.kano:
            continue
        keys = [key_of(each.item.code, part) for part in ("f", "d")]
        columns, weight = _weighted(sheet, {f"x {key}": sheet.values(key) for key in keys})
        spec = {"items": {"x": list(columns)[:2]}} | weight
        try:
            made = kano.analyse(Answers.of(columns), spec, {})["items"]["x"]
        except Refusal as refusal:
            each.refused = str(refusal)
            continue
        each.detail |= made
        for measure in ("better", "worse"):
            if made[measure] is not None:
                share = abs(made[measure])
                ends = wilson(share, _behind_better(made))
                if ends is not None and measure == "worse":
                    ends = (-ends[1], -ends[0])
                each.figures[measure] = figure_of(
                    made[measure], made["n"], ends, unit="ratio", method="wilson"
                )


def _weighted(sheet: Sheet, columns: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """These columns, with that of the weights last when there are any, and what the specification says of it."""
    if not sheet.weighted:
        return columns, {}
    return {**columns, "w": sheet.weights}, {"weight": "w"}


def _behind_better(made: dict[str, Any]) -> float:
    """The number of answers behind Better and Worse; with weights the effective one (Kish)."""
    if "n_eff" not in made:
        return float(made["n"])
    return float(made["n_eff"] * sum(made["shares"][each] for each in "AOMI"))


def servqual_of(
    sheet: Sheet, found: list[ItemResult]
) -> tuple[list[tuple[str, dict[str, Figure], dict[str, Any]]], dict[str, Any] | None]:
    """Gaps of pairs and of dimensions; pairs without a dimension stand in one of their own name, ""."""
    answered = [each for each in found if each.item.kind == Kind.servqual and each.n > 0]
    if not answered:
        return [], None
    by_dimension: dict[str, dict[str, Any]] = {}
    columns: dict[str, Any] = {}
    for each in answered:
        item = each.item
        name = item.dimension or " "
        by_dimension.setdefault(name, {"items": {}})["items"][item.code] = [
            f"{item.code} e",
            f"{item.code} p",
        ]
        columns[f"{item.code} e"] = sheet.values(key_of(item.code, "e"), reverse=item.reverse)
        columns[f"{item.code} p"] = sheet.values(key_of(item.code, "p"), reverse=item.reverse)
    columns, weight = _weighted(sheet, columns)
    try:
        made = servqual.analyse(Answers.of(columns), {"dimensions": by_dimension} | weight, {})
    except Refusal as refusal:
        for each in answered:
            each.refused = str(refusal)
        return [], None
    for each in answered:
        one = made["items"][each.item.code]
        each.figures |= _gap_figures(one, "paired t")
        each.detail |= {name: one[name] for name in ("n_eff", "sd", "t", "p") if name in one}
    dimensions = [
        (
            name.strip(),
            _gap_figures(one, "paired t"),
            {key: one[key] for key in ("sd", "t", "p", "alpha_gap")},
        )
        for name, one in made["dimensions"].items()
        if name.strip()
    ]
    return dimensions, made


def _gap_figures(one: dict[str, Any], method: str) -> dict[str, Figure]:
    n = int(one["n"])
    return {
        "expectation": figure_of(one["expectation"], n, None, unit="mean", method="mean"),
        "perception": figure_of(one["perception"], n, None, unit="mean", method="mean"),
        "gap": figure_of(one["gap"], n, one["ci"], unit="mean", method=method),
    }


def _rated_dimensions(sheet: Sheet) -> list[tuple[str, dict[str, Figure], dict[str, Any]]]:
    """Rating scales of one dimension and one length: the mean of a respondent's answers (at least half of them)."""
    grouped: dict[tuple[str, int], list[Question]] = {}
    for item in sheet.items:
        if item.kind == Kind.scale and item.dimension:
            grouped.setdefault((item.dimension, item.points), []).append(item)
    made = []
    for (name, points), items in grouped.items():
        if len(items) < 2:
            continue
        values = np.column_stack([sheet.values(item.code, reverse=item.reverse) for item in items])
        given = ~np.isnan(values)
        enough = (given.sum(axis=1) * 2 >= len(items)) & given.any(axis=1)
        means = np.full(sheet.size, np.nan)
        means[enough] = servqual.row_means(values[enough], given[enough])
        columns, weight = _weighted(sheet, {"x": means})
        spec = {"items": {"x": {"column": "x", "kind": "mean"}}} | weight
        one = score.analyse(Answers.of(columns), spec, {})["items"]["x"]
        if one["value"] is not None:
            figure = figure_of(one["value"], int(one["n"]), one["ci"], unit="mean", method="t")
            made.append((name, {"mean": figure}, {"items": [item.code for item in items], "points": points}))
    return made


# --- importance against performance --------------------------------------------------------------------------


def _stated_ipa(sheet: Sheet) -> dict[str, Any] | None:
    by_code = {item.code: item for item in sheet.items}
    pairs = [
        (item, by_code[item.about_code])
        for item in sheet.items
        if item.kind == Kind.importance
        and item.about_code in by_code
        and Kind(by_code[item.about_code].kind) in SCORED
    ]
    if len(pairs) < 2:
        return None
    columns: dict[str, Any] = {}
    items: dict[str, list[str]] = {}
    for importance, performance in pairs:
        columns[f"i {performance.code}"] = sheet.values(importance.code, reverse=importance.reverse)
        columns[f"p {performance.code}"] = sheet.values(performance.code, reverse=performance.reverse)
        items[performance.code] = [f"i {performance.code}", f"p {performance.code}"]
    columns, weight = _weighted(sheet, columns)
    try:
        return ipa.analyse(Answers.of(columns), {"items": items} | weight, {})
    except Refusal:
        return None


def derived_ipa(sheet: Sheet, overall: str) -> dict[str, Any]:
    """Importance derived from how strongly each rating goes with the overall one. Raises PlumblineError with why not."""
    chosen = next((item for item in sheet.items if item.code == overall and Kind(item.kind) in SCORED), None)
    if chosen is None:
        raise PlumblineError("")
    rated = [item for item in sheet.items if item.kind == Kind.scale and item.code != overall][:40]
    columns, weight = _weighted(
        sheet,
        {f"x {item.code}": sheet.values(item.code, reverse=item.reverse) for item in [*rated, chosen]},
    )
    try:
        return ipa.analyse(
            Answers.of(columns),
            {"items": {item.code: f"x {item.code}" for item in rated}, "overall": f"x {overall}"} | weight,
            {},
        )
    except Refusal as refusal:
        raise PlumblineError(str(refusal)) from refusal
