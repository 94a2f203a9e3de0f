"""The four operators against the worked example; levels, counts, refusals."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfaction.methods.answers import Refusal
from satisfaction.methods.fuzzy import OPERATORS, compose
from tests.satisfaction.methods.given import analysed, case

WEIGHTS = [0.4, 0.3, 0.2, 0.1]
SHARES = [[0.5, 0.3, 0.2, 0.0], [0.2, 0.4, 0.3, 0.1], [0.1, 0.3, 0.5, 0.1], [0.0, 0.2, 0.4, 0.4]]


def fuzzy(**spec: Any) -> Any:
    return analysed("fuzzy", None, spec)


def test_the_four_operators_by_hand() -> None:
    found = fuzzy(weights=WEIGHTS, matrix=SHARES, grade_values=[95, 85, 70, 50])
    assert found["weighted_average"]["b"] == pytest.approx([0.28, 0.32, 0.31, 0.09])
    assert found["max_min"]["b"] == pytest.approx([0.4, 0.3, 0.3, 0.1])
    assert found["max_product"]["b"] == pytest.approx([0.2, 0.12, 0.1, 0.04])
    assert found["bounded_sum_min"]["b"] == pytest.approx([0.7, 0.9, 0.8, 0.3])
    assert found["b"] == found["weighted_average"]["b"]
    assert found["score"] == pytest.approx(80)
    assert found["grade"] == 1
    assert found["effectiveness_k"] == pytest.approx((4 * 0.32 - 1) / 3)


def test_reference(shared: Path) -> None:
    expected = case(shared, "fuzzy-restaurant")["expected"]
    for operator in OPERATORS:
        found = fuzzy(weights=WEIGHTS, matrix=SHARES, grade_values=[95, 85, 70, 50], operator=operator)
        own = expected[operator]
        assert found["b"] == pytest.approx(own["B"], abs=1e-9)
        assert found["b_normalised"] == pytest.approx(own["B_normalised"], abs=1e-9)
        assert found["score"] == pytest.approx(own["score"], abs=1e-9)
        assert found["grade"] == own["max_membership"]
        assert found["effectiveness_k"] == pytest.approx(own["effectiveness_K"], abs=1e-9)
        assert found["variant"] == operator


def test_counts_become_shares_and_weights_are_normalised_with_a_word() -> None:
    found = fuzzy(
        weights={"speed": 2, "staff": 2},
        counts={"speed": [5, 5], "staff": [30, 10]},
        grade_values={"good": 100, "bad": 0},
    )
    assert found["b"] == pytest.approx([0.625, 0.375])
    assert found["score"] == pytest.approx(62.5)
    assert found["grade"] == "good"
    assert found["weights"] == {"speed": 0.5, "staff": 0.5}
    assert ["sums to 4" in note["text"] for note in found["notes"]] == [True]


def test_levels_are_evaluated_from_below() -> None:
    found = fuzzy(
        factors={
            "staff": {"weight": 0.6, "weights": [0.5, 0.5], "matrix": [[0.8, 0.2], [0.4, 0.6]]},
            "place": {"weight": 0.4, "counts": [1, 3]},
        },
        grade_values=[100, 50],
    )
    assert found["factors"]["staff"]["b"] == pytest.approx([0.6, 0.4])
    assert found["b"] == pytest.approx([0.6 * 0.6 + 0.4 * 0.25, 0.6 * 0.4 + 0.4 * 0.75])


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"weights": [1], "matrix": [[0.5, 0.3]]}, "sums to 0.8"),
        ({"weights": [1], "counts": [[0, 0]]}, "no answer"),
        ({"weights": [1, 1], "matrix": [[0.5, 0.5]]}, "2 weights for 1"),
        ({"weights": [-1, 2], "matrix": [[0.5, 0.5], [1, 0]]}, "below 0"),
        ({"weights": [0, 0], "matrix": [[0.5, 0.5], [1, 0]]}, "no weight above 0"),
        ({"weights": [1, 1], "counts": [[1, 2], [1, 2, 3]]}, "unequal"),
        ({"weights": [1], "matrix": [[0.5, 0.5]], "grade_values": [1, 2, 3]}, "3 entries"),
        ({"weights": [1], "matrix": [[0.5, 0.5]], "operator": "sum"}, "weighted_average"),
        ({"weights": [1]}, "matrix"),
        ({"factors": {"a": {"counts": [1, 2]}}}, "factors.a.weight"),
    ],
)
def test_refusals(spec: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal) as refused:
        fuzzy(**spec)
    assert says in refused.value.english


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(2, 5), st.integers(0, 2**32 - 1), st.sampled_from(OPERATORS))
def test_order_of_factors_and_grades_does_not_matter(
    factors: int, grades: int, seed: int, operator: str
) -> None:
    rng = np.random.default_rng(seed)
    weights, matrix = rng.dirichlet(np.ones(factors)), rng.dirichlet(np.ones(grades), factors)
    rows, columns = rng.permutation(factors), rng.permutation(grades)
    found = compose(weights, matrix, operator)
    assert compose(weights[rows], matrix[rows][:, columns], operator) == pytest.approx(
        found[columns], abs=1e-12
    )
    assert (found >= 0).all()
    assert (found <= 1 + 1e-12).all()
