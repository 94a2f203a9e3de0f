"""Krippendorff's alpha against the published figures of his example, and by its definition over all pairs."""

from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfaction.methods.answers import Refusal
from tests.satisfaction.methods.given import analysed

N = None
#: Krippendorff (2011), example C: four observers, twelve units
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
    [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
]


def units(rows: list[list[Any]]) -> dict[str, list[Any]]:
    return {f"u{unit}": [row[unit] for row in rows] for unit in range(len(rows[0]))}


def agreement(columns: Any, **spec: Any) -> Any:
    return analysed("agreement", columns, {"bootstrap": 0} | spec)


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_published_figures(level: str, published: float) -> None:
    found = agreement(units(OBSERVERS), level=level)
    assert found["krippendorff_alpha"] == pytest.approx(published, abs=5e-4)
    assert (found["n_used"], found["raters"], found["ratings"]) == (11, 4, 40)
    assert found["n_dropped"] == {"count": 1, "reasons": {"rated_once": 1}}


def test_three_layouts_agree() -> None:
    wide = agreement(units(OBSERVERS), level="interval")
    across = agreement(
        {f"r{number}": row for number, row in enumerate(OBSERVERS)},
        level="interval",
        raters=["r0", "r1", "r2", "r3"],
    )
    cells = [
        (f"r{r}", f"u{u}", value) for r, row in enumerate(OBSERVERS) for u, value in enumerate(row) if value
    ]
    long = {"who": [c[0] for c in cells], "what": [c[1] for c in cells], "mark": [c[2] for c in cells]}
    listed = agreement(long, level="interval", rater="who", unit="what", value="mark")
    assert wide["krippendorff_alpha"] == pytest.approx(across["krippendorff_alpha"], abs=1e-12)
    assert wide["krippendorff_alpha"] == pytest.approx(listed["krippendorff_alpha"], abs=1e-12)


def test_texts_with_an_order() -> None:
    words = {1: "poor", 2: "fair", 3: "good", 4: "fine", 5: "best"}
    rows = [[None if each is None else words[each] for each in row] for row in OBSERVERS]
    found = agreement(units(rows), level="ordinal", order=list(words.values()))
    assert found["krippendorff_alpha"] == pytest.approx(0.815, abs=5e-4)
    assert agreement(units(rows), level="nominal")["krippendorff_alpha"] == pytest.approx(0.743, abs=5e-4)
    with pytest.raises(Refusal) as refused:
        agreement(units(rows), level="interval")
    assert "not a number" in refused.value.english


def test_all_the_same_is_undefined_and_said() -> None:
    found = agreement(units([[3, 3, 3], [3, 3, 3]]), level="interval", bootstrap=100)
    assert found["krippendorff_alpha"] is None
    assert found["ci"] is None
    assert "same" in found["notes"][0]["text"]


def test_interval_is_repeatable_and_holds_the_estimate() -> None:
    one = agreement(units(OBSERVERS), level="interval", bootstrap=500, seed=7)
    two = agreement(units([row[::-1] for row in OBSERVERS]), level="interval", bootstrap=500, seed=7)
    assert one["ci"] == two["ci"]
    assert one["seed"] == 7
    assert one["ci"][0] < one["krippendorff_alpha"] < one["ci"][1] <= 1
    assert agreement(units(OBSERVERS), level="interval", bootstrap=500, seed=8)["ci"] != one["ci"]


@pytest.mark.parametrize(
    ("columns", "spec", "says"),
    [
        ({"a": [1, 2, 3]}, {"raters": ["a"]}, "two raters"),
        ({"a": [1, None], "b": [None, 2]}, {"raters": ["a", "b"]}, "No unit"),
        ({"a": [-1, 2], "b": [1, 2]}, {"raters": ["a", "b"], "level": "ratio"}, "below 0"),
        ({"a": [1, 2], "b": [1, 2]}, {"raters": ["a", "z"]}, "z"),
        (
            {"u": ["x", "x"], "r": ["p", "p"], "v": [1, 2]},
            {"unit": "u", "rater": "r", "value": "v"},
            "already rated",
        ),
        ({"a": [1, 2], "b": [1, 2]}, {"raters": ["a", "b"], "level": "metric"}, "level"),
    ],
)
def test_refusals(columns: Any, spec: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal) as refused:
        agreement(columns, **spec)
    assert says in refused.value.english


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 50), st.floats(-20, 20))
def test_definition_over_all_pairs_and_invariance(seed: int, scale: float, shift: float) -> None:
    """1 - (mean disagreement within units) / (mean disagreement of any two), after Krippendorff (2019), 12.2."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(1, 6, (3, 6)).astype(float)
    rows[0, 0] = 9
    observed = np.mean([np.mean([(a - b) ** 2 for a, b in combinations(column, 2)]) for column in rows.T])
    expected = np.mean([(a - b) ** 2 for a, b in permutations(rows.ravel(), 2)])
    found = agreement(units(rows.tolist()), level="interval")["krippendorff_alpha"]
    assert found == pytest.approx(1 - observed / expected, abs=1e-9)
    moved = (rows[rng.permutation(3)][:, rng.permutation(6)] * scale + shift).tolist()
    assert agreement(units(moved), level="interval")["krippendorff_alpha"] == pytest.approx(found, abs=1e-6)
