"""Gaps against the arithmetic of the classic form and against scipy's paired tests."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel, wilcoxon

from satisfaction.methods.answers import Refusal
from tests.satisfaction.methods.given import analysed, case

BLOCKS = {
    "tangibles": (range(1, 5), 11),
    "reliability": (range(5, 10), 32),
    "responsiveness": (range(10, 14), 22),
    "assurance": (range(14, 18), 19),
    "empathy": (range(18, 23), 16),
}


def classic() -> tuple[dict[str, list[float]], dict[str, Any]]:
    """22 items, six respondents: E = 5 + (3i+5j) mod 3, P = 3 + (7i+2j) mod 5."""
    columns = {}
    for j in range(1, 23):
        columns[f"E{j}"] = [5.0 + (3 * i + 5 * j) % 3 for i in range(1, 7)]
        columns[f"P{j}"] = [3.0 + (7 * i + 2 * j) % 5 for i in range(1, 7)]
    dimensions = {
        name: {"items": [[f"E{j}", f"P{j}"] for j in numbers], "points": points}
        for name, (numbers, points) in BLOCKS.items()
    }
    return columns, {"dimensions": dimensions, "scale": [1, 7]}


def drawn(seed: int, n: int = 30) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {name: rng.integers(1, 8, n).tolist() for name in ("Ea", "Eb", "Ec", "Pa", "Pb", "Pc")}


TWO: dict[str, Any] = {
    "dimensions": {
        "first": {"items": {"a": ["Ea", "Pa"], "b": ["Eb", "Pb"]}, "points": 70},
        "second": {"items": [["Ec", "Pc"]], "points": 30},
    },
    "scale": [1, 7],
}


def test_classic_form() -> None:
    columns, spec = classic()
    found = analysed("servqual", columns, spec)
    expected = [-1.25, -0.8, -1.1666666666666667, -1.0416666666666667, -1.0]
    assert [each["gap"] for each in found["dimensions"].values()] == pytest.approx(expected, abs=1e-9)
    assert found["overall_unweighted"] == pytest.approx(-1.0516666666666667, abs=1e-9)
    assert found["overall_weighted"] == pytest.approx(-1.0080833333333334, abs=1e-9)
    assert found["items"]["P1"]["gap"] == pytest.approx(np.mean(columns["P1"]) - 7)
    assert found["n_used"] == 6


def test_classic_form_as_the_reference_has_it(shared: Path) -> None:
    expected = case(shared, "servqual-classic-22")["expected"]
    columns, spec = classic()
    for j in range(1, 23):
        assert columns[f"E{j}"] == [row[j - 1] for row in expected["E"]]
        assert columns[f"P{j}"] == [row[j - 1] for row in expected["P"]]
    spec["reverse"] = [f"{side}{j}" for j in [*range(10, 14), *range(18, 23)] for side in "EP"]
    found = analysed("servqual", columns, spec)
    gaps = {name: each["gap"] for name, each in found["dimensions"].items()}
    assert gaps == pytest.approx(expected["dimension_gap_after_reversing"], abs=1e-9)


def test_paired_tests_of_scipy() -> None:
    columns = drawn(3)
    found = analysed("servqual", columns, TWO)
    theirs = ttest_rel(columns["Pc"], columns["Ec"])
    ours = found["dimensions"]["second"]
    assert ours["t"] == pytest.approx(theirs.statistic)
    assert ours["p"] == pytest.approx(theirs.pvalue)
    assert ours["ci"] == pytest.approx(list(theirs.confidence_interval(0.95)))
    ranked = analysed("servqual", columns, TWO | {"test": "wilcoxon"})["dimensions"]["second"]
    assert ranked["p"] == pytest.approx(wilcoxon(columns["Pc"], columns["Ec"]).pvalue)


def test_servperf_takes_perceptions_alone() -> None:
    columns = drawn(4)
    columns["Ec"] = [None] * 29 + [3]
    found = analysed("servqual", columns, TWO)
    assert found["dimensions"]["second"]["n"] == 1
    assert found["dimensions"]["second"]["p"] is None
    assert found["servperf"]["dimensions"]["second"]["n"] == 30
    assert found["servperf"]["dimensions"]["second"]["mean"] == pytest.approx(np.mean(columns["Pc"]))


def test_half_of_the_pairs_must_be_answered() -> None:
    columns = {"Ea": [5, 5, 5], "Eb": [5, 5, 5], "Ec": [5, 5, 5], "Pa": [4, None, None], "Pb": [3, 4, None]}
    columns["Pc"] = [1, None, 2]
    spec = {"dimensions": {"one": {"items": [["Ea", "Pa"], ["Eb", "Pb"], ["Ec", "Pc"]]}}}
    found = analysed("servqual", columns, spec)
    # The first has all three, the second one of three, the third one of three.
    assert found["dimensions"]["one"]["n"] == 1
    assert found["n_dropped"] == {"count": 2, "reasons": {"too_few_pairs": 2}}
    assert found["items"]["Pb"]["n"] == 2
    assert found["overall_weighted"] is None


def test_same_gap_for_everyone_has_no_test() -> None:
    columns = {"E": [5, 6, 7], "P": [4, 5, 6]}
    found = analysed("servqual", columns, {"dimensions": {"one": [["E", "P"]]}})
    one = found["dimensions"]["one"]
    assert (one["gap"], one["sd"], one["t"], one["p"], one["ci"]) == (-1, 0, None, None, None)


def test_points_that_do_not_sum_to_a_hundred_are_said() -> None:
    spec = {
        "dimensions": {
            "first": {**TWO["dimensions"]["first"], "points": 1},
            "second": {**TWO["dimensions"]["second"], "points": 3},
        }
    }
    found = analysed("servqual", drawn(5), spec)
    gaps = [each["gap"] for each in found["dimensions"].values()]
    assert found["overall_weighted"] == pytest.approx(gaps[0] / 4 + gaps[1] * 3 / 4)
    assert "sum to 4" in found["notes"][0]["text"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scale": [1, 5]}, "Ea"),
        ({"scale": None, "reverse": ["Ea"]}, "scale"),
        ({"reverse": ["nobody"]}, "reverse"),
        ({"dimensions": {"first": {"items": [["Ea", "Pz"]]}}}, "Pz"),
        ({"dimensions": {"first": {"items": [["Ea"]]}}}, "dimensions.first.items[0]"),
        (
            {"dimensions": {"first": [["Ea", "Pa"]], "second": {"items": [["Eb", "Pb"]], "points": 3}}},
            "dimensions.first.points",
        ),
        ({"dimensions": {"first": [["Ea", "Pa"]], "second": [["Ea", "Pa"]]}}, "Pa"),
        ({"sclae": [1, 7]}, "sclae"),
        ({"test": "f"}, "test"),
    ],
)
def test_refusals_name_what_is_wrong(change: dict[str, Any], said: str) -> None:
    columns = drawn(6) | {"Ea": [7] * 30}
    with pytest.raises(Refusal) as refused:
        analysed("servqual", columns, TWO | change)
    assert refused.value.field == said
    assert said in refused.value.english


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 20), st.floats(-5, 5))
def test_scale_and_order_of_rows(seed: int, factor: float, shift: float) -> None:
    columns = drawn(seed)
    before = analysed("servqual", columns, TWO)
    rows = np.random.default_rng(seed).permutation(30)
    moved = {name: (np.array(each)[rows] * factor + shift).tolist() for name, each in columns.items()}
    after = analysed("servqual", moved, {"dimensions": TWO["dimensions"]})
    for name in ("first", "second"):
        assert after["dimensions"][name]["gap"] == pytest.approx(
            factor * before["dimensions"][name]["gap"], abs=1e-9
        )
        assert after["dimensions"][name]["p"] == pytest.approx(before["dimensions"][name]["p"], abs=1e-9)
    assert after["overall_weighted"] == pytest.approx(factor * before["overall_weighted"], abs=1e-9)
