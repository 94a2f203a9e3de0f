"""How many gave each answer, and the share of each: by the case weights where the wave has some."""

from typing import Any

import numpy as np

from core.figures import Figure
from satisfaction.methods import weighting
from satisfaction.methods.answers import Bools
from satisfaction.methods.intervals import wilson
from satisfaction.results.figures import figure_of
from satisfaction.results.kinds import ItemResult
from satisfaction.rules.items import NOT_APPLICABLE, Kind, bounds
from satisfaction.sheet import Question, Sheet

Ints = np.ndarray[Any, np.dtype[np.int64]]


def counted(sheet: Sheet, item: Question) -> ItemResult:
    """Answers of one item counted. A pair counts when both sides were answered; its answers are those of the second."""
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
    if kind == Kind.kano:
        return made
    given = ~away & ~blank
    chosen = _chosen(item, np.rint(raw[given, -1]).astype(np.int64))
    low = 1 if kind == Kind.choice else bounds(item)[0]
    made.counts = [(low + place, int(count)) for place, count in enumerate(chosen.sum(axis=0))]
    made.shares = _shares(chosen, sheet.weights[given] if sheet.weighted else None)
    return made


def _chosen(item: Question, said: Ints) -> Bools:
    """(respondents, answers): who gave which. With several choices a row may have more than one."""
    if item.kind == Kind.choice and item.several:
        return (said[:, None] >> np.arange(len(item.options)) & 1).astype(bool)
    low, high = bounds(item)
    return np.asarray(np.clip(said, low, high)[:, None] == np.arange(low, high + 1))


def _shares(chosen: Bools, weights: Any) -> list[Figure]:
    """Wilson intervals, with weights by the effective number of answers (Kish, 1965)."""
    if weights is not None:
        chosen, weights = chosen[weights > 0], weights[weights > 0]
    n = len(chosen)
    if not n:
        return []
    effective = weighting.n_eff(weights, n)
    parts = chosen.mean(axis=0) if weights is None else weights @ chosen.astype(np.float64) / weights.sum()
    return [
        figure_of(share, n, wilson(share, effective), unit="share", method="wilson")
        for share in np.clip(parts, 0.0, 1.0).tolist()
    ]
