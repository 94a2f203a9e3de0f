"""Ratings through the method `score`: what it says of items becomes figures with n, interval and verdict."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core import clock
from core.figures import Figure, Unit, verdict
from satisfaction.methods import score
from satisfaction.methods.answers import Answers, Refusal
from satisfaction.queries.figures import UNITS
from satisfaction.results.kinds import MIN_N, SCORED, ItemResult
from satisfaction.rules.items import NOT_APPLICABLE, Kind, bounds
from satisfaction.sheet import Question, Sheet


def counted(sheet: Sheet, item: Question) -> ItemResult:
    made = ItemResult(item)
    kind = Kind(item.kind)
    if kind == Kind.text:
        return made
    keys = [column.key for column in sheet.columns if column.code == item.code]
    raw = np.column_stack([sheet.raw(key) for key in keys])
    away = (raw == NOT_APPLICABLE).any(axis=1)
    blank = np.isnan(raw).any(axis=1) & ~away
    made.not_applicable, made.blank = int(away.sum()), int(blank.sum())
    made.n = sheet.size - made.not_applicable - made.blank
    said = raw[~away & ~blank, -1]
    if kind == Kind.choice and item.several:
        bits = said.astype(np.int64)
        made.counts = [(n, int(((bits >> (n - 1)) & 1).sum())) for n in range(1, len(item.options) + 1)]
    elif kind != Kind.kano:
        low, high = bounds(item)
        rounded = np.rint(said).astype(np.int64)
        tally = np.bincount(np.clip(rounded - low, 0, high - low), minlength=high - low + 1)
        made.counts = [(low + place, int(count)) for place, count in enumerate(tally)]
    return made


def _answers(sheet: Sheet, items: Sequence[Question], more: dict[str, Any] | None = None) -> Answers:
    columns: dict[str, Any] = {item.code: sheet.values(item.code, reverse=item.reverse) for item in items}
    if sheet.weighted:
        columns["w"] = sheet.weights
    return Answers.of({f"x {name}": values for name, values in columns.items()} | (more or {}))


def _spec(item: Question) -> dict[str, Any]:
    kind = Kind(item.kind)
    low, high = bounds(item)
    made: dict[str, Any] = {"column": f"x {item.code}", "kind": SCORED[kind], "valid": [low, high]}
    if kind in {Kind.scale, Kind.csat, Kind.ces, Kind.importance}:
        made["top"] = item.top
    return made


def scores(
    sheet: Sheet, items: Sequence[Question], by: "np.ndarray[Any, Any] | None" = None
) -> tuple[dict[str, Any], str]:
    """What the method `score` says of every rated item; with `by` the groups stand under "groups"."""
    rated = [item for item in items if Kind(item.kind) in SCORED]
    if not rated:
        return {}, ""
    data = _answers(sheet, rated, {"g": by} if by is not None else None)
    spec: dict[str, Any] = {"items": {item.code: _spec(item) for item in rated}, "min_cell": 1}
    if sheet.weighted:
        spec["weight"] = "x w"
    if by is not None:
        spec["by"] = ["g"]
    try:
        found = score.analyse(data, spec, {})
    except Refusal:
        return _one_by_one(data, spec)
    return {**found["items"], "groups": found["groups"]}, str(found["variant"])


def _one_by_one(data: Answers, spec: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """One item that can't be scored must not take the others with it."""
    made: dict[str, Any] = {"groups": []}
    variant = ""
    for code, one in spec["items"].items():
        try:
            found = score.analyse(data, {**spec, "items": {code: one}}, {})
        except Refusal as refusal:
            made[code] = {"refused": str(refusal)}
        else:
            made[code] = found["items"][code]
            variant = variant or str(found["variant"])
    return made, variant


def plain(scored: dict[str, Any] | None) -> dict[str, Any]:
    names = ("n_eff", "sd", "se", "promoters", "passives", "detractors", "top", "top_share", "refused")
    return {name: scored[name] for name in names if name in scored} if scored else {}


def _target(item: Question) -> float | None:
    if item.target is None:
        return None
    return item.target / 100 if item.kind == Kind.csat else item.target


def figure_of(
    value: float | None,
    n: int,
    ends: Any,
    *,
    unit: Unit,
    method: str,
    target: float | None = None,
    working: dict[str, Any] | None = None,
) -> Figure:
    low, high = (float(ends[0]), float(ends[1])) if ends else (None, None)
    judged = None
    if target is not None and value is not None:
        judged = verdict(
            low if low is not None else value, high if high is not None else value, target, n, MIN_N
        )
    return Figure(
        value=value,
        n=n,
        low=low,
        high=high,
        method=method,
        unit=unit,
        target=target,
        verdict=judged,
        as_of=clock.now(),
        working=working or {},
    )


def score_figures(item: Question, scored: dict[str, Any] | None) -> dict[str, Figure]:
    if not scored or scored.get("value") is None:
        return {}
    kind = Kind(item.kind)
    n = int(scored["n"])
    target = _target(item)
    made: dict[str, Figure] = {}
    method = {"nps": "adjusted wald", "csat": "wilson"}.get(SCORED[kind], "t")
    main = "mean" if kind in {Kind.scale, Kind.importance} else kind.value
    made[main] = figure_of(scored["value"], n, scored["ci"], unit=UNITS[main], method=method, target=target)
    if scored.get("top_share") is not None:
        made["top"] = figure_of(scored["top_share"], n, scored["top_ci"], unit="share", method="wilson")
    return made
