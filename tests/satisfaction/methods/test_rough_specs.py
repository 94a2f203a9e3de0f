"""Whatever a SPEC holds, a method answers or refuses; it never breaks, warns or prints a number that is none."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from satisfaction.methods.answers import Answers, Refusal
from satisfaction.methods.door import run
from satisfaction.methods.reading import read_answers
from satisfaction.methods.source import FileSpec
from satisfaction.methods.specfile import read_spec

FILES = Path(__file__).resolve().parents[3] / "docs" / "guide" / "data"
EXAMPLES = [
    ("ahp", None, "standard-ahp.yaml"),
    ("fuzzy", None, "counter-fuzzy.yaml"),
    ("transition", "retail-waves.csv", "retail-transition.yaml"),
    ("sample", None, "survey-sample.yaml"),
    ("sample", "register.csv", "register-sample.yaml"),
    ("estimate", "branches.csv", "branches-estimate.yaml"),
    ("chart", "weeks.csv", "weeks-chart.yaml"),
    ("effect", None, "hotline-effect.yaml"),
    ("power", None, "hotline-power.yaml"),
    ("agreement", "visits.csv", "visits-agreement.yaml"),
]
SERIES = [1, 2, 3, 2, 5, 1, 2, 3, 2, 1, 9, 3, 2, 4, 5, 6, 7, 3, 2, 1]
TYPED: list[tuple[str, dict[str, Any]]] = [
    ("ahp", {"items": ["a", "b", "c"], "matrix": [[1, 2, 3], [0.5, 1, 2], ["1/3", 0.5, 1]]}),
    (
        "ahp",
        {
            "criteria": {
                "items": ["p", "q"],
                "judgements": {"p/q": 3},
                "children": {"p": {"x": {"weight": 1}, "y": {"weight": 2}}},
            },
            "alternatives": {"items": ["A", "B"], "x": {"A/B": 2}, "y": [[1, 2], [0.5, 1]], "q": {"A": 1, "B": 2}},
        },
    ),
    (
        "fuzzy",
        {
            "factors": {
                "a": {"weight": 0.5, "counts": [1, 2, 3]},
                "b": {"weight": 0.5, "weights": [0.5, 0.5], "matrix": [[0.5, 0.2, 0.3], [0.1, 0.1, 0.8]]},
            },
            "grade_values": [1, 2, 3],
            "operator": ["max_min", "max_product"],
        },
    ),
    (
        "transition",
        {
            "states": ["a", "b", "c"],
            "counts": [[[5, 2, 1], [3, 4, 5], [0, 1, 9]], [[5, 2, 1], [3, 4, 5], [0, 1, 9]]],
            "steps": 3,
            "initial": {"a": 1},
            "absorbing": ["c"],
        },
    ),
    ("sample", {"kind": "mean", "error": 1, "sd": 4, "icc": 0.1, "cluster_size": 5, "population": 3000, "draw": "systematic"}),
    ("chart", {"kind": "xmr", "values": SERIES, "baseline": [1, 8], "exclude": [2], "rules": ["nelson"], "sigma": 1}),
    ("chart", {"kind": "cusum", "values": SERIES, "k": 0.5, "h": 4}),
    ("chart", {"kind": "ewma", "values": SERIES, "lambda": 0.3, "l": 2.7}),
    ("chart", {"kind": "laney_p", "counts": SERIES, "sizes": [20] * 20}),
    ("effect", {"kind": "mcnemar", "table": [[5, 2], [9, 4]]}),
    ("effect", {"kind": "its", "values": SERIES, "start": 11, "harmonics": 1, "family": "poisson", "offset": [100] * 20, "slope": True}),
    ("effect", {"kind": "did", "before": [1, 2, 3], "after": [4, 5, 6], "control_before": [1, 2, 2], "control_after": [2, 3, 3]}),
    *(("effect", {"kind": kind, "before": [1, 2, 3, 4, 5, 6], "after": [2, 3, 4, 4, 7, 9], "margin": 0.5})
      for kind in ("welch", "mann_whitney", "paired", "wilcoxon")),
    ("power", {"kind": "means", "difference": 1, "sd": 3, "n": 50}),
]  # fmt: skip
ON_THE_REGISTER: list[tuple[str, dict[str, Any]]] = [
    ("sample", {"draw": "multistage", "stages": [{"unit": "branch", "n": 2, "method": "pps", "size": "contacts"}, {"n": 5}]}),
    ("sample", {"draw": "pps", "size": "contacts", "n": 7, "id": "customer"}),
    ("sample", {"draw": "cluster", "cluster": "group", "clusters": 1}),
    ("estimate", {"variable": "contacts", "cluster": ["branch", "customer"], "fpc": [10, 500], "weight": "contacts",
                  "rake": [{"column": "group", "totals": {"retail": 60, "business": 40}}]}),
    ("estimate", {"variable": "group", "category": "retail",
                  "poststratify": {"column": "branch", "totals": {"North": 3, "South": 4, "West": 5}}}),
    ("effect", {"kind": "welch", "group": "group", "values": "contacts", "before": "retail", "after": "business"}),
    ("agreement", {"unit": "contacts", "rater": "customer", "value": "contacts", "level": "interval", "bootstrap": 20}),
]  # fmt: skip
ROUGH: list[Any] = [
    None, "", " ", "x", 0, -1, 1, 2, 3.7, 1e308, -1e308, 1e-320, 10**30, True, False, [], [[]], {}, [None], ["a", "a"],
    {"a": None}, {"x": {"y": 1}}, "branch", "customer", "1/0", "nan", [1, 2], [[1, 2], [3, 4]], [0, 0, 0], 0.5, 99999999,
]  # fmt: skip
KEYS = ("weight", "n", "size", "items", "level", "margin", "fpc", "sd", "icc", "target", "group", "z")


@pytest.fixture(scope="module")
def sound() -> list[tuple[str, Answers | None, dict[str, Any]]]:
    found: list[tuple[str, Answers | None, dict[str, Any]]] = []
    for method, data, spec in EXAMPLES:
        how, values = FileSpec.split(read_spec(FILES / spec).values)
        found.append((method, read_answers(FILES / data, how) if data else None, values))
    register = found[4][1]
    found += [(method, None, spec) for method, spec in TYPED]
    return found + [(method, register, spec) for method, spec in ON_THE_REGISTER]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, inner in below for each in places(inner, (*path, key)))]


def roughened(spec: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    made = copy.deepcopy(spec)
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        inner = [path for path in places(made) if path]
        if not inner:
            break
        *way, last = chance.choice(inner)
        holder: Any = made
        for key in way:
            holder = holder[key]
        how = chance.random()
        if how < 0.15:
            del holder[last]
        elif how < 0.3:
            rough = copy.deepcopy(chance.choice(ROUGH))
            if isinstance(holder, list):
                holder.append(rough)
            else:
                holder[chance.choice(KEYS)] = rough
        else:
            holder[last] = copy.deepcopy(chance.choice(ROUGH))
    return made


def test_sound_specs_run(sound: list[tuple[str, Answers | None, dict[str, Any]]]) -> None:
    for method, data, spec in sound:
        assert json.dumps(run(method, data, spec), allow_nan=False)


@pytest.mark.parametrize("seed", range(4))
def test_rough_specs_are_answered_or_refused(
    sound: list[tuple[str, Answers | None, dict[str, Any]]], seed: int
) -> None:
    chance = random.Random(seed)
    refused: list[str] = []
    for _ in range(400):
        method, data, spec = chance.choice(sound)
        rough = roughened(spec, chance)
        try:
            json.dumps(run(method, data, rough), allow_nan=False)
        except Refusal as refusal:
            refused.append(refusal.english)
    assert 100 < len(refused) < 400
    assert all(refused)
