"""Transition matrices against hand arithmetic, scipy's chi-squared and Kemeny and Snell's Land of Oz."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from satisfaction.methods.answers import Refusal
from tests.satisfaction.methods.given import analysed, case

STATES = ["satisfied", "neutral", "dissatisfied"]
ONE = [[80, 15, 5], [20, 60, 20], [5, 15, 30]]
TWO = [[70, 20, 10], [25, 50, 25], [4, 16, 40]]


def transition(answers: Any = None, /, **spec: Any) -> Any:
    return analysed("transition", answers, spec)


def test_one_period(shared: Path) -> None:
    expected = case(shared, "markov-estimation")["expected"]
    found = transition(states=STATES, counts=ONE)
    assert found["p"] == [pytest.approx(row) for row in expected["P_t1"]]
    assert found["stationary"] == pytest.approx(expected["stationary_t1"], abs=1e-9)
    assert found["forecast"] == pytest.approx(expected["forecast_next"], abs=1e-9)
    assert found["net_gain_rate"] == pytest.approx(expected["net_gain_rate"], abs=1e-9)
    both = transition(states=STATES, counts={"spring": ONE, "autumn": TWO})
    assert both["p_pooled"] == [pytest.approx(row) for row in expected["pooled_P"]]
    assert (both["chi2"], both["df"], both["p_value"]) == pytest.approx(
        (expected["chi2"], expected["df"], expected["p"]), abs=1e-9
    )


def test_constancy_is_the_sum_of_scipys_tests_by_row() -> None:
    found = transition(states=STATES, counts=[ONE, TWO])
    tests = [chi2_contingency([ONE[row], TWO[row]], correction=False) for row in range(3)]
    assert found["chi2"] == pytest.approx(sum(test.statistic for test in tests))
    assert found["df"] == sum(test.dof for test in tests) == 6
    assert transition(states=STATES, counts=ONE)["chi2"] is None


def test_land_of_oz() -> None:
    """Kemeny and Snell (1960), rain, nice, snow: pi = .4 .2 .4; from rain 4 days to nice and 10/3 to snow."""
    found = transition(states=["rain", "nice", "snow"], counts=[[50, 25, 25], [50, 0, 50], [25, 25, 50]])
    assert found["stationary"] == pytest.approx([0.4, 0.2, 0.4])
    assert found["mean_first_passage"][0] == pytest.approx([0, 4, 10 / 3])
    assert found["mean_first_passage"][1] == pytest.approx([8 / 3, 0, 8 / 3])
    assert found["mean_recurrence"] == pytest.approx([2.5, 5, 2.5])
    assert found["limiting"] is True


def test_absorption_of_the_drunkard() -> None:
    """Kemeny and Snell (1960): the drunkard's walk with four corners ends at home from corner 1 in 3 steps, at 3 : 1."""
    walk = [[10, 0, 0, 0, 0], [5, 0, 5, 0, 0], [0, 5, 0, 5, 0], [0, 0, 5, 0, 5], [0, 0, 0, 0, 10]]
    found = transition(states=["home", "1", "2", "3", "bar"], counts=walk)
    assert found["absorbing_states"] == ["home", "bar"]
    assert found["fundamental"] == [pytest.approx(row) for row in ([1.5, 1, 0.5], [1, 2, 1], [0.5, 1, 1.5])]
    assert found["absorption"] == [pytest.approx(row) for row in ([0.75, 0.25], [0.5, 0.5], [0.25, 0.75])]
    assert found["steps_to_absorption"] == pytest.approx([3, 4, 3])
    assert found["stationary"] is None
    assert any("2 groups" in note["text"] for note in found["notes"])


def test_a_state_nobody_leaves_from_is_unknown_unless_named() -> None:
    counts = [[5, 3, 2], [1, 4, 5], [0, 0, 0]]
    unknown = transition(states=["a", "b", "c"], counts=counts)
    assert unknown["p"][2] == [None, None, None]
    assert (unknown["stationary"], unknown["forecast"], unknown["fundamental"]) == (None, None, None)
    final = transition(states=["a", "b", "c"], counts=counts, absorbing=["c"])
    assert final["p"][2] == [0, 0, 1]
    assert final["absorption"] == [pytest.approx([1]), pytest.approx([1])]


def test_periodic_chain_is_flagged() -> None:
    found = transition(states=["a", "b"], counts=[[0, 30], [30, 0]])
    assert (found["period"], found["limiting"], found["irreducible"]) == (2, False, True)
    assert found["stationary"] == pytest.approx([0.5, 0.5])
    assert any("swings" in note["text"] for note in found["notes"])


def test_few_transitions_and_far_forecasts_are_said() -> None:
    texts = [
        note["text"] for note in transition(states=["a", "b"], counts=[[3, 1], [10, 10]], steps=3)["notes"]
    ]
    assert any("start from a (4)" in text for text in texts)
    assert any("3 steps ahead" in text for text in texts)


def test_pairs_of_answers_by_text_and_by_band() -> None:
    texts = {"w1": ["good", "good", "bad", None, "bad"], "w2": ["good", "bad", "bad", "good", "good"]}
    found = transition(texts, columns=["w1", "w2"], states=["good", "bad"])
    assert found["p"] == [[0.5, 0.5], [0.5, 0.5]]
    assert found["n_dropped"] == {"count": 1, "reasons": {"only_one_wave": 1}}
    assert found["n_used"] == 4
    numbers = {"w1": [9, 8, 2, None, 3], "w2": [10, 4, 1, 9, 8]}
    bands = {"good": [6, 10], "bad": [1, 5]}
    assert transition(numbers, **{"from": "w1", "to": "w2", "bands": bands})["p"] == found["p"]
    with pytest.raises(Refusal) as refused:
        transition(numbers, columns=["w1", "w2"], bands={"good": [6, 10], "bad": [1, 2]})
    assert "w1" in refused.value.english
    assert "none of the bands" in refused.value.english


def test_three_waves_are_two_periods() -> None:
    columns = {"a": ["x", "y", "x"], "b": ["y", "y", "x"], "c": ["y", "x", None]}
    found = transition(columns, columns=["a", "b", "c"], steps=2)
    assert found["periods"] == 2
    assert found["p_pooled"] == [pytest.approx([0.5, 0.5]), pytest.approx([1 / 3, 2 / 3])]
    assert len(found["forecast_path"]) == 2


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"states": ["a"], "counts": [[1]]}, "1 states"),
        ({"states": ["a", "b"], "counts": [[1, 2]]}, "counts"),
        ({"states": ["a", "b"], "counts": [[1, -2], [3, 4]]}, "whole numbers"),
        ({"states": ["a", "b"], "counts": [[0, 0], [0, 0]]}, "no transition"),
        ({"states": ["a", "b"], "counts": [[1, 2], [3, 4]], "absorbing": ["z"]}, "z"),
        ({"states": ["a", "b"], "counts": [[1, 2], [3, 4]], "initial": [0, 0]}, "initial"),
        ({"states": ["a", "b"]}, "counts"),
    ],
)
def test_refusals(spec: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal) as refused:
        transition(**spec)
    assert says in refused.value.english


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_order_of_states_does_not_matter_and_long_run_holds(m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 40, (m, m))
    order = rng.permutation(m)
    names = [f"s{state}" for state in range(m)]
    found = transition(states=names, counts=counts.tolist())
    turned = transition(
        states=[names[state] for state in order], counts=counts[np.ix_(order, order)].tolist()
    )
    pi = np.array(found["stationary"])
    assert pi @ np.array(found["p"]) == pytest.approx(pi, abs=1e-12)
    assert np.array(turned["stationary"]) == pytest.approx(pi[order], abs=1e-10)
    assert np.array(turned["mean_first_passage"]) == pytest.approx(
        np.array(found["mean_first_passage"])[np.ix_(order, order)], rel=1e-8
    )
    # first passage by its own definition: m_ij = 1 + sum over k other than j of p_ik m_kj
    passage, p = np.array(found["mean_first_passage"]), np.array(found["p"])
    off = ~np.eye(m, dtype=bool)
    assert passage[off] == pytest.approx((1 + p @ passage)[off], rel=1e-8)
