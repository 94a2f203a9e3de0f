"""Sizes of comparisons against statsmodels and the documented examples of R."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import TTestIndPower

from satisfaction.methods.answers import Refusal
from satisfaction.methods.power import needed_for_means, power_of_means, power_of_proportions
from tests.satisfaction.methods.given import analysed


def power(**spec: Any) -> Any:
    return analysed("power", None, spec)


def test_examples_of_r() -> None:
    """power.prop.test(p1 = .50, p2 = .75, power = .90) gives n = 76.7; n = 50 gives power .740.
    power.t.test(n = 20, delta = 1, sd = 1) gives .869; power = .90 gives n = 22.02."""
    assert power(kind="proportions", p1=0.5, p2=0.75, power=0.9)["n"] == 77
    assert power(kind="proportions", p1=0.5, p2=0.75, n=50)["power"] == pytest.approx(0.740, abs=5e-4)
    assert power(kind="means", difference=1, sd=1, n=20)["power"] == pytest.approx(0.8689528, abs=1e-6)
    assert power(kind="means", mean1=5, mean2=4, sd=1, power=0.9)["n"] == 23


@pytest.mark.parametrize(
    ("d", "wanted", "alpha"), [(0.5, 0.8, 0.05), (0.2, 0.9, 0.05), (1.5, 0.95, 0.01), (3, 0.8, 0.1)]
)
def test_means_as_statsmodels(d: float, wanted: float, alpha: float) -> None:
    theirs = TTestIndPower()
    n = needed_for_means(d, wanted, alpha)
    assert theirs.power(d, n, alpha) >= wanted - 1e-9
    assert n == 2 or theirs.power(d, n - 1, alpha) < wanted
    assert power_of_means(d, n, alpha) == pytest.approx(theirs.power(d, n, alpha), abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.02, 0.98), st.floats(0.02, 0.98), st.integers(5, 5000))
def test_sides_and_labels_do_not_matter_and_more_cases_show_more(p1: float, p2: float, n: int) -> None:
    found = power_of_proportions(p1, p2, n, 0.05)
    assert found == pytest.approx(power_of_proportions(p2, p1, n, 0.05), abs=1e-12)
    assert found == pytest.approx(power_of_proportions(1 - p1, 1 - p2, n, 0.05), abs=1e-9)
    assert power_of_proportions(p1, p2, n + 50, 0.05) >= found - 1e-12
    assert 0 <= found <= 1


def test_the_answer_reaches_what_was_asked() -> None:
    found = power(p1=0.70, p2=0.75)
    assert found["kind"] == "proportions"
    assert found["n"] == 1251
    assert found["power"] >= 0.8
    assert power(p1=0.70, p2=0.75, n=1250)["power"] < 0.8


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"kind": "proportions", "p1": 0.5, "p2": 0.5}, "p2"),
        ({"kind": "proportions", "p1": 50, "p2": 0.5}, "p1"),
        ({"kind": "means", "difference": 0, "sd": 1}, "difference"),
        ({"kind": "means", "difference": 1}, "sd"),
        ({"kind": "means", "difference": 1, "sd": 0}, "sd"),
        ({"kind": "medians"}, "kind"),
        ({"kind": "means", "d": 1, "power": 1}, "power"),
    ],
)
def test_refusals(spec: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal) as refused:
        power(**spec)
    assert says in refused.value.english
