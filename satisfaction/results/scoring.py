"""Ratings and means through the method `score`, of the whole wave and by groups."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from satisfaction.methods import score
from satisfaction.methods.answers import Answers, Refusal
from satisfaction.results.kinds import SCORED
from satisfaction.rules.items import Kind, bounds
from satisfaction.sheet import Array, Question, Sheet

Marks = np.ndarray[Any, Any]
Scored = dict[str, dict[str, Any]]


def scores(
    sheet: Sheet, items: Sequence[Question], by: Marks | None = None
) -> tuple[Scored, dict[str, Scored], str]:
    """What the method `score` says of every rated item: of all, of each group that `by` marks, and the variant."""
    rated = [item for item in items if Kind(item.kind) in SCORED]
    columns = {item.code: sheet.values(item.code, reverse=item.reverse) for item in rated}
    return _scored(sheet, columns, {item.code: _spec(item) for item in rated}, by)


def means(
    sheet: Sheet, columns: Mapping[str, Array], by: Marks | None = None
) -> tuple[Scored, dict[str, Scored]]:
    """Means of columns, NaN for who does not count, with Student's interval: of all, of each group that `by` marks."""
    found, groups, _variant = _scored(sheet, columns, {name: {"kind": "mean"} for name in columns}, by)
    return found, groups


def _scored(
    sheet: Sheet, columns: Mapping[str, Array], items: dict[str, dict[str, Any]], by: Marks | None
) -> tuple[Scored, dict[str, Scored], str]:
    if not items:
        return {}, {}, ""
    given: dict[str, Any] = {f"x {name}": values for name, values in columns.items()}
    spec: dict[str, Any] = {
        "items": {name: {"column": f"x {name}"} | one for name, one in items.items()},
        "min_cell": 1,
    }
    if sheet.weighted:
        given["w"], spec["weight"] = sheet.weights, "w"
    if by is not None:
        given["g"], spec["by"] = by, ["g"]
    data = Answers.of(given)
    try:
        found = score.analyse(data, spec, {})
    except Refusal:
        return _one_by_one(data, spec)
    return found["items"], _by_mark(found), str(found["variant"])


def _one_by_one(data: Answers, spec: dict[str, Any]) -> tuple[Scored, dict[str, Scored], str]:
    """One item that can't be scored must not take the others with it."""
    made: Scored = {}
    groups: dict[str, Scored] = {}
    variant = ""
    for code, one in spec["items"].items():
        try:
            found = score.analyse(data, {**spec, "items": {code: one}}, {})
        except Refusal as refusal:
            made[code] = {"refused": str(refusal)}
        else:
            made[code] = found["items"][code]
            for mark, listed in _by_mark(found).items():
                groups.setdefault(mark, {}).update(listed)
            variant = variant or str(found["variant"])
    return made, groups, variant


def _by_mark(found: dict[str, Any]) -> dict[str, Scored]:
    return {str(one["g"]): one["items"] for one in found["groups"]}


def _spec(item: Question) -> dict[str, Any]:
    kind = Kind(item.kind)
    low, high = bounds(item)
    made: dict[str, Any] = {"kind": SCORED[kind], "valid": [low, high]}
    if kind in {Kind.scale, Kind.csat, Kind.ces, Kind.importance}:
        made["top"] = item.top
    return made


def plain(scored: dict[str, Any] | None) -> dict[str, Any]:
    names = ("n_eff", "sd", "se", "promoters", "passives", "detractors", "top", "top_share", "refused")
    return {name: scored[name] for name in names if name in scored} if scored else {}
