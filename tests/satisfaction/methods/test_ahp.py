"""Weights and consistency against Saaty's published examples and NumPy's eigenvectors; trees, judges, refusals."""

from fractions import Fraction
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfaction.methods.ahp.comparison import priorities
from satisfaction.methods.answers import Refusal
from tests.satisfaction.methods.given import analysed, case

#: Saaty (1980), choosing a house: lambda 9.669, CR .169
HOUSE = [
    "1 5 3 7 6 6 1/3 1/4",
    "1/5 1 1/3 5 3 3 1/5 1/7",
    "1/3 3 1 6 3 4 6 1/5",
    "1/7 1/5 1/6 1 1/3 1/4 1/7 1/8",
    "1/6 1/3 1/3 3 1 1/2 1/5 1/6",
    "1/6 1/3 1/4 4 2 1 1/5 1/6",
    "3 5 1/6 7 5 5 1 1/2",
    "4 7 5 8 6 6 2 1",
]


def ahp(**spec: Any) -> Any:
    return analysed("ahp", None, spec)


def test_saaty_house() -> None:
    rows = [row.split() for row in HOUSE]
    found = ahp(items=list("abcdefgh"), matrix=rows)
    assert found["lambda_max"] == pytest.approx(9.669, abs=5e-4)
    assert found["cr"] == pytest.approx(0.169, abs=5e-4)
    assert found["ri"] == 1.41
    assert found["consistent"] is False
    assert found["least_consistent"]["pair"] == "c/g"
    assert any("contradict" in note["text"] for note in found["notes"])
    values, vectors = np.linalg.eig([[float(Fraction(each)) for each in row] for row in rows])
    own = np.abs(vectors[:, int(np.argmax(values.real))].real)
    assert list(found["weights"].values()) == pytest.approx(own / own.sum(), abs=1e-12)


def test_saaty_drinks(shared: Path) -> None:
    drinks = case(shared, "ahp-saaty-drinks")
    found = ahp(items=list("abcdefg"), matrix=drinks["inputs"]["matrix"])
    expected = drinks["expected"]
    assert list(found["weights"].values()) == pytest.approx(expected["weights"], abs=1e-9)
    assert list(found["weights_geometric"].values()) == pytest.approx(
        expected["row_geometric_mean_weights"], abs=1e-9
    )
    assert (found["lambda_max"], found["ci"], found["cr"], found["gci"]) == pytest.approx(
        (expected["lambda_max"], expected["CI"], expected["CR"], expected["GCI"]), abs=1e-9
    )


def test_judgements_fill_the_other_half() -> None:
    found = ahp(
        items=["price", "speed", "staff"],
        judgements={"price/speed": 3, "staff/price": "1/5", "speed/staff": 2},
    )
    full = ahp(items=["price", "speed", "staff"], matrix=[[1, 3, 5], ["1/3", 1, 2], ["1/5", "1/2", 1]])
    assert found["weights"] == pytest.approx(full["weights"])
    assert found["weights"] == pytest.approx(found["weights_geometric"], abs=1e-9)  # equal for n = 3


@pytest.mark.parametrize("names", [["a"], ["a", "b"]])
def test_one_or_two_items_are_always_consistent(names: list[str]) -> None:
    found = ahp(items=names, judgements={"a/b": 9} if len(names) == 2 else {})
    assert (found["cr"], found["ci"], found["consistent"], found["gci"]) == (0, 0, True, None)
    assert sum(found["weights"].values()) == pytest.approx(1)


def test_several_judges_by_geometric_mean() -> None:
    both = ahp(items=["a", "b"], group=[{"a/b": 2}, {"a/b": 8}])
    assert both["weights"]["a"] == pytest.approx(0.8)
    weighted = ahp(
        items=["a", "b"], group=[{"judgements": {"a/b": 2}, "weight": 3}, {"matrix": [[1, 8], [0.125, 1]]}]
    )
    ratio = (2**3 * 8) ** 0.25
    assert weighted["weights"]["a"] == pytest.approx(ratio / (1 + ratio))
    assert both["n_used"] == 2
    assert both["judges_cr"] == [0, 0]


def test_tree_with_alternatives() -> None:
    criteria = {"items": ["price", "care"], "judgements": {"price/care": 3}}
    under = {"price": {"A/B": 4}, "care": {"A/B": "1/4"}}
    expected = 0.75 * 0.8 + 0.25 * 0.2
    for alternatives in (
        {"items": ["A", "B"], "judgements": under},
        {"items": ["A", "B"], **{key: {"judgements": each} for key, each in under.items()}},
        {"price": {"A/B": 4}, "care": [[1, 0.25], [4, 1]], "items": ["A", "B"]},
    ):
        found = ahp(criteria=criteria, alternatives=alternatives)
        assert found["criteria_weights"] == pytest.approx({"price": 0.75, "care": 0.25})
        assert found["global_weights"] == pytest.approx({"A": expected, "B": 1 - expected})
    beside = ahp(
        criteria=["price", "care"],
        judgements={"price/care": 3},
        alternatives=["A", "B"],
        comparisons={key: {"judgements": each} for key, each in under.items()},
    )
    assert beside["global_weights"] == pytest.approx({"A": expected, "B": 1 - expected})


def test_tree_of_criteria_multiplies_down() -> None:
    found = ahp(
        criteria={
            "items": ["service", "price"],
            "judgements": {"service/price": 4},
            "children": {"service": {"speed": {"weight": 2}, "staff": {"weight": 6}}},
        }
    )
    assert found["criteria_weights"] == pytest.approx(
        {"service": 0.8, "price": 0.2, "speed": 0.2, "staff": 0.6}
    )
    assert found["global_weights"] == pytest.approx({"price": 0.2, "speed": 0.2, "staff": 0.6})
    assert any("sums to 8" in note["text"] for note in found["notes"])


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"items": ["a", "b"], "matrix": [[1, 3], [0.5, 1]]}, "not reciprocal"),
        ({"items": ["a", "b"], "matrix": [[1, 0], [0, 1]]}, "above 0"),
        ({"items": ["a", "b"], "matrix": [[2, 1], [1, 1]]}, "against itself"),
        ({"items": ["a", "b"], "matrix": [[1, 1, 1], [1, 1, 1]]}, "2 rows of 2"),
        ({"items": ["a", "b", "c"], "judgements": {"a/b": 2, "b/c": 2}}, "a with c"),
        ({"items": ["a", "b"], "judgements": {"a/x": 2}}, "a/x"),
        ({"items": ["a", "b"], "judgements": {"a/b": "x"}}, "a/b"),
        ({"items": [f"i{n}" for n in range(16)], "matrix": np.ones((16, 16)).tolist()}, "16 items"),
        ({"items": ["a", "b"]}, "judgements"),
        ({"items": ["a", "b"], "judgments": {"a/b": 2}}, "judgements"),
        ({"criteria": {"items": ["p", "q"], "judgements": {"p/q": 1}}, "alternatives": {"items": ["A", "B"], "p": {"A/B": 1}}}, "q"),
    ],
)  # fmt: skip
def test_refusals_name_what_is_wrong(spec: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal) as refused:
        ahp(**spec)
    assert says in refused.value.english


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.05, 20), min_size=2, max_size=6), st.data())
def test_consistent_judgements_give_back_their_weights_in_any_order(
    raw: list[float], data: st.DataObject
) -> None:
    weights = np.array(raw) / sum(raw)
    order = data.draw(st.sampled_from(list(permutations(range(len(raw))))[:50]))
    found = priorities(weights[list(order)][:, None] / weights[list(order)][None, :])
    assert found["weights"] == pytest.approx(weights[list(order)], abs=1e-9)
    assert found["lambda_max"] == pytest.approx(len(raw), abs=1e-9)
    assert found["cr"] == pytest.approx(0, abs=1e-9)
