"""Quadrants of the classic table; derived importance against regressions and orderings by statsmodels."""

from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfaction.methods.answers import Refusal
from tests.satisfaction.methods.given import analysed, case

NAMES = ["speed", "tone", "result", "price"]


def customers(n: int = 80, seed: int = 2) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    columns = {name: common + rng.normal(size=n) for name in NAMES}
    columns["overall"] = (
        columns["speed"] + 0.5 * columns["result"] - 0.1 * columns["price"] + rng.normal(size=n)
    )
    return {name: values.tolist() for name, values in columns.items()}


def derived(kind: str, columns: dict[str, list[float]] | None = None, **more: Any) -> Any:
    spec = {"performance": NAMES, "overall": "overall", "importance": "derived", "derived": kind}
    return analysed("ipa", columns or customers(), spec | more)


def importances(found: Any) -> list[float]:
    return [each["importance"] for each in found["items"].values()]


def r_squared(columns: dict[str, list[float]], names: list[str]) -> float:
    x = sm.add_constant(np.column_stack([columns[name] for name in names]))
    return float(sm.OLS(np.array(columns["overall"]), x).fit().rsquared)


def test_classic_table(shared: Path) -> None:
    """Martilla & James (1977): item means as one row."""
    inputs, expected = (case(shared, "ipa-martilla-james")[key] for key in ("inputs", "expected"))
    columns: dict[str, list[float]] = {}
    items = {}
    for place, (name, importance, performance) in enumerate(inputs["items"]):
        columns |= {f"i{place}": [importance], f"p{place}": [performance]}
        items[name] = [f"i{place}", f"p{place}"]
    for kind in ("mean", "median"):
        found = analysed("ipa", columns, {"items": items, "crosshair": kind})
        assert found["crosshair"] == pytest.approx(expected[f"{kind}_crosshair"], abs=1e-12)
        assert [each["quadrant"] for each in found["items"].values()] == expected[f"quadrants_{kind}"]


def test_means_of_all_answers_and_a_point_on_the_line() -> None:
    columns = {"ia": [1, 3, None], "pa": [4, None, None], "ib": [2, 2, 2], "pb": [1, 1, 4]}
    found = analysed("ipa", columns, {"items": {"a": ["ia", "pa"], "b": ["ib", "pb"]}, "crosshair": [2, 3]})
    assert found["items"]["a"]["importance"] == 2
    assert found["items"]["a"]["n_importance"] == 2
    assert found["items"]["a"]["gap"] == 2
    assert found["items"]["a"]["quadrant"] == "keep up the good work"
    assert found["items"]["b"]["quadrant"] == "concentrate here"
    assert found["discriminating"] is False
    assert found["r2"] is None
    scaled = analysed(
        "ipa",
        columns,
        {"items": {"a": ["ia", "pa"], "b": ["ib", "pb"]}, "crosshair": "scale", "scale": [1, 5]},
    )
    assert scaled["crosshair"] == [3, 3]
    assert [each["quadrant"] for each in scaled["items"].values()] == ["possible overkill", "low priority"]


def test_correlations_and_betas_of_statsmodels() -> None:
    columns = customers()
    found = derived("pearson")
    expected = [np.corrcoef(columns[name], columns["overall"])[0, 1] for name in NAMES]
    assert importances(found) == pytest.approx(expected)
    assert found["r2"] == pytest.approx(r_squared(columns, NAMES))
    z = {name: (np.array(each) - np.mean(each)) / np.std(each) for name, each in columns.items()}
    fit = sm.OLS(z["overall"], np.column_stack([z[name] for name in NAMES])).fit()
    assert importances(derived("beta")) == pytest.approx(fit.params.tolist())
    assert any("negative" in note["text"] for note in derived("beta")["notes"])


def test_lmg_is_the_mean_over_all_orders_of_entry() -> None:
    columns = customers()
    gains = dict.fromkeys(NAMES, 0.0)
    for order in permutations(NAMES):
        before = 0.0
        for place, name in enumerate(order, 1):
            after = r_squared(columns, list(order[:place]))
            gains[name] += (after - before) / 24
            before = after
    found = derived("lmg")
    assert importances(found) == pytest.approx(list(gains.values()))
    assert sum(importances(found)) == pytest.approx(found["r2"])


def test_johnson_sums_to_r2_and_equals_lmg_for_two() -> None:
    """For two predictors both share R² alike (Johnson, 2000)."""
    found = derived("johnson")
    assert sum(importances(found)) == pytest.approx(found["r2"])
    assert min(importances(found)) >= 0
    two: dict[str, Any] = {"performance": ["speed", "tone"]}
    assert importances(derived("johnson", **two)) == pytest.approx(importances(derived("lmg", **two)))


def test_incomplete_rows_are_left_out_and_counted() -> None:
    columns: dict[str, Any] = customers()
    columns["tone"][3] = None
    columns["overall"][5] = -99
    found = derived("lmg", columns, missing_codes=-99)
    assert found["n_used"] == 78
    assert found["n_dropped"] == {"count": 2, "reasons": {"incomplete": 2}}


def test_sixteen_items_at_most_for_lmg() -> None:
    rng = np.random.default_rng(1)
    columns: dict[str, Any] = {f"q{place}": rng.normal(size=60).tolist() for place in range(17)}
    columns["overall"] = rng.normal(size=60).tolist()
    names = [f"q{place}" for place in range(17)]
    with pytest.raises(Refusal) as refused:
        derived("lmg", columns, performance=names)
    assert "use johnson" in refused.value.english
    assert sum(importances(derived("johnson", columns, performance=names))) < 1
    plain = analysed("ipa", columns, {"performance": names, "overall": "overall"})
    assert "johnson" in plain["variant"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"performance": ["speed", "twin"]}, "twin"),
        ({"performance": ["speed", "flat"]}, "flat"),
        ({"performance": ["speed", "nowhere"]}, "nowhere"),
        ({"overall": "speed"}, "speed"),
        ({"overall": None}, "overall"),
        ({"derived": "guess"}, "derived"),
        ({"importance": "stated"}, "performance"),
        ({"performance": []}, "performance"),
        ({"performance": NAMES, "items": {"a": "speed"}}, "items"),
        ({"crosshair": "scale"}, "scale"),
        ({"crosshair": [1]}, "crosshair"),
        ({"scale": [0, 1]}, "speed"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_refusals_name_what_is_wrong(change: dict[str, Any], said: str) -> None:
    columns = customers() | {"flat": [1.0] * 80}
    columns["twin"] = [2 * each for each in columns["speed"]]
    with pytest.raises(Refusal) as refused:
        derived("lmg", columns, **change)
    assert refused.value.field == said
    assert said in refused.value.english


def test_too_few_rows() -> None:
    columns = {name: values[:5] for name, values in customers().items()}
    with pytest.raises(Refusal) as refused:
        derived("lmg", columns)
    assert refused.value.field == "overall"
    assert derived("pearson", columns)["r2"] is None


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50), st.floats(-9, 9), st.permutations(NAMES))
def test_scale_and_order_change_nothing(seed: int, factor: float, shift: float, order: list[str]) -> None:
    columns = customers(40, seed)
    rows = np.random.default_rng(seed).permutation(40)
    moved = {name: (np.array(each)[rows] * factor + shift).tolist() for name, each in columns.items()}
    for kind in ("pearson", "beta", "lmg", "johnson"):
        before, after = derived(kind, columns), derived(kind, moved, performance=order)
        for name in NAMES:
            expected = before["items"][name]
            assert after["items"][name]["importance"] == pytest.approx(expected["importance"], abs=1e-9)
            assert after["items"][name]["quadrant"] == expected["quadrant"]
