"""Whatever a specification or the answers hold: a result that JSON can hold, or a refusal in one line."""

import copy
import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from satisfaction.methods.answers import Answers, Refusal
from satisfaction.methods.door import run
from satisfaction.methods.reading import read_answers
from satisfaction.methods.specfile import parse_spec

DATA = Path(__file__).resolve().parents[3] / "docs" / "guide" / "data"
CASES = (
    ("reliability", "repair-service.csv", "repair-service-reliability.yaml"),
    ("servqual", "service-desk.csv", "service-desk-servqual.yaml"),
    ("kano", "hotline.csv", "hotline-kano.yaml"),
    ("ipa", "counter.csv", "counter-ipa.yaml"),
    ("ipa", "counter.csv", "counter-ipa-derived.yaml"),
    ("score", "contacts.csv", "contacts-score.yaml"),
    ("hierarchy", None, "indicators.yaml"),
)
ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, 1e-320, 10**30, "", "x", "respondent", [], {}, [[]], [None], {"a": None}, [1, 2],
    ["x", "x"], "nan", float("nan"), 3.5, {"items": {}}, "scale",
)  # fmt: skip


@cache
def answers(name: str) -> Answers:
    return read_answers(DATA / name)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, each in entries:
        yield from places(each, (*path, key))


def spoiled(spec: Any, chance: random.Random, columns: list[str]) -> Any:
    """One entry replaced, added or taken away."""
    spec = copy.deepcopy(spec)
    path = chance.choice(list(places(spec)))
    inside = spec
    for key in path[:-1]:
        inside = inside[key]
    odd = copy.deepcopy(chance.choice((*ODD, *columns[:5])))
    how = chance.random()
    if how < 0.7:
        inside[path[-1]] = odd
    elif how < 0.85 and isinstance(inside, dict):
        inside[chance.choice(("scale", "weight", "min", "max", "by", "valid", "missing_codes", "score"))] = (
            odd
        )
    else:
        del inside[path[-1]]
    return spec


def wrecked(data: Answers, chance: random.Random) -> Answers:
    columns = dict(data.columns)
    for _ in range(2):
        name = chance.choice(list(columns))
        rows = len(columns[name])
        columns[name] = chance.choice(
            (
                np.full(rows, 3.0),
                np.full(rows, np.nan),
                np.array(["a"] * rows, dtype=object),
                np.where(np.arange(rows) % 2, 1e99, -1e99),
                np.where(np.arange(rows) % 2, 1e-310, 0.0),
                columns[chance.choice(list(columns))],
            )
        )
    kept = chance.choice((1, 2, 3, len(columns[name])))
    return Answers({name: values[:kept] for name, values in columns.items()}, kept, data.sha256)


@pytest.mark.parametrize(("method", "file", "spec"), CASES, ids=[spec for _, _, spec in CASES])
def test_result_or_refusal(method: str, file: str | None, spec: str) -> None:
    chance = random.Random(f"{method} {spec}")
    good = parse_spec((DATA / spec).read_text("utf-8"))
    plain = answers(file) if file else None
    columns = list(plain.columns) if plain else []
    refusals: list[Refusal] = []
    for turn in range(150):
        given = spoiled(good, chance, columns) if turn % 4 else good
        data = wrecked(plain, chance) if plain and turn % 3 == 0 else plain
        try:
            json.dumps(run(method, data, given), allow_nan=False)
        except Refusal as refusal:
            refusals.append(refusal)
    assert 20 < len(refusals) < 150
    for each in refusals:
        assert each.field
        assert str(each)
        assert "\n" not in each.english
