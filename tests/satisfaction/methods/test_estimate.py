"""Survey estimates against R's survey package (Lohr's samples), hand arithmetic of two stages, and invariants."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfaction.methods.answers import Refusal
from satisfaction.methods.door import run
from satisfaction.methods.reading import read_answers
from tests.satisfaction.methods.given import analysed, case

#: two of four offices were drawn, and in them two of three and three of six customers
TWO_STAGES = {
    "office": ["a", "a", "b", "b", "b"],
    "score": [6.0, 8, 3, 4, 8],
    "inside": [3.0, 3, 6, 6, 6],
}


def estimate(columns: Any, **spec: Any) -> Any:
    return analysed("estimate", columns, spec)


def test_simple_random_sample_of_lohr(shared: Path) -> None:
    expected = case(shared, "survey-estimation-lohr")["expected"]
    data = read_answers(shared / "methods" / "agsrs.csv")
    found = run("estimate", data, {"variable": "acres92", "fpc": 3078})
    assert found["mean"] == pytest.approx(expected["agsrs_mean"]["mean"], rel=1e-9)
    assert found["se"] == pytest.approx(expected["agsrs_mean"]["se"], rel=1e-9)
    assert found["ci"] == pytest.approx(expected["agsrs_mean"]["ci"], rel=1e-9)
    assert found["total"] == pytest.approx(expected["agsrs_total"]["mean"], rel=1e-9)
    assert found["se_total"] == pytest.approx(expected["agsrs_total"]["se"], rel=1e-9)
    assert found["ci_total"] == pytest.approx(expected["agsrs_total"]["ci"], rel=1e-9)
    assert found["deff"] == pytest.approx(1)
    share = run("estimate", data, {"variable": "acres92", "below": 200_000, "fpc": 3078})
    assert (share["mean"], share["se"]) == pytest.approx(
        (0.51, expected["agsrs_prop_lt200k"]["se"]), rel=1e-9
    )


def test_stratified_sample_of_lohr(shared: Path) -> None:
    expected = case(shared, "survey-estimation-lohr")["expected"]
    data = read_answers(shared / "methods" / "agstrat.csv")
    sizes = {"NC": 1054, "NE": 220, "S": 1382, "W": 422}
    found = run("estimate", data, {"variable": "acres92", "strata": "region", "fpc": sizes})
    for name, key in (("mean", "agstrat_mean"), ("total", "agstrat_total")):
        assert found[name] == pytest.approx(expected[key]["mean"], rel=1e-9)
        assert found["se" if name == "mean" else "se_total"] == pytest.approx(expected[key]["se"], rel=1e-9)
    assert found["df"] == 296


def test_weights_of_kish() -> None:
    columns = {"w": [1, 1, 2, 2, 4, 0.5, 0.5, 1, 3, 5], "y": [3, 4, 5, 2, 5, 1, 2, 4, 4, 5]}
    found = estimate(columns, variable="y", weight="w")
    assert found["mean"] == pytest.approx(4.175)
    assert found["deff_weights"] == pytest.approx(1.5375)
    assert found["n_eff"] == pytest.approx(6.504065040650406)


def test_two_stages_by_hand() -> None:
    """Totals: weights 3 and 4. v = 4^2 (1 - 1/2) / 2 s_t^2 + sum of 4/2 M^2 (1 - m/M) s^2 / m (Cochran 11.24)."""
    found = estimate(TWO_STAGES, variable="score", cluster="office", fpc=[4, "inside"])
    total_a, total_b = 3 * 7.0, 6 * 5.0
    between = 4**2 * (1 - 2 / 4) / 2 * np.var([total_a, total_b], ddof=1)
    within = 4 / 2 * (3**2 * (1 - 2 / 3) * 2 / 2 + 6**2 * (1 - 3 / 6) * 7 / 3)
    assert found["total"] == pytest.approx(2 * (total_a + total_b))
    assert found["population"] == pytest.approx(18)
    assert found["mean"] == pytest.approx(102 / 18)
    assert found["se_total"] == pytest.approx(np.sqrt(between + within))
    one = estimate(TWO_STAGES, variable="score", cluster="office")
    assert one["total"] is None
    assert (one["units"], one["df"], one["interval"]) == (2, 1, "t")


def test_post_stratification_moves_the_mean_and_narrows_the_error() -> None:
    columns = {"group": ["x"] * 6 + ["y"] * 4, "score": [1.0, 2, 1, 2, 1, 2, 8, 9, 8, 9]}
    plain = estimate(columns, variable="score", fpc=1000)
    fitted = estimate(
        columns, variable="score", fpc=1000, poststratify={"column": "group", "totals": {"x": 500, "y": 500}}
    )
    assert fitted["mean"] == pytest.approx((1.5 + 8.5) / 2)
    assert fitted["total"] == pytest.approx(5000)
    assert fitted["se"] < plain["se"] / 3
    # variance on residuals by its formula: n (1 - f) / (n - 1) sum (w e / N)^2
    residual = np.array([0.5] * 10) * np.array([500 / 6] * 6 + [500 / 4] * 4) / 1000
    expected = np.sqrt(10 / 9 * (1 - 10 / 1000) * (residual**2).sum())
    assert fitted["se"] == pytest.approx(expected)
    raked = estimate(columns, variable="score", fpc=1000, rake={"group": {"x": 500, "y": 500}})
    assert raked["se"] == pytest.approx(fitted["se"])


def test_raking_meets_every_margin() -> None:
    rng = np.random.default_rng(4)
    columns = {
        "sex": rng.choice(["f", "m"], 200).tolist(),
        "age": rng.choice(["young", "old", "very old"], 200, p=[0.6, 0.3, 0.1]).tolist(),
        "ones": [1.0] * 200,
    }
    margins = [
        {"column": "sex", "totals": {"f": 600, "m": 400}},
        {"column": "age", "totals": {"young": 300, "old": 400, "very old": 300}},
    ]
    for column, wanted in (("sex", {"f": 0.6}), ("age", {"old": 0.4, "young": 0.3})):
        for category, share in wanted.items():
            found = estimate(columns, variable=column, category=category, rake=margins)
            assert found["mean"] == pytest.approx(share, abs=1e-9)
            assert found["se"] == pytest.approx(0, abs=1e-9)
            assert found["total"] == pytest.approx(1000 * share)


def test_a_stratum_with_one_answer_has_no_error_and_is_named() -> None:
    columns = {"s": ["a", "a", "b"], "y": [1.0, 2, 3]}
    found = estimate(columns, variable="y", strata="s", fpc={"a": 10, "b": 10})
    assert (found["se"], found["ci"], found["deff"]) == (None, None, None)
    assert found["mean"] == pytest.approx(2.25)
    assert "b" in found["notes"][0]["text"]
    whole = estimate(columns, variable="y", strata="s", fpc={"a": 10, "b": 1})
    assert whole["se"] is not None


def test_answers_left_out_are_counted() -> None:
    columns = {"y": [1.0, None, 3, 4], "w": [1.0, 1, 0, None]}
    found = estimate(columns | {"w": [1.0, 1, 0, 2]}, variable="y", weight="w")
    assert found["n_dropped"] == {"count": 2, "reasons": {"missing": 1, "no_weight": 1}}
    assert found["n"] == 2


@pytest.mark.parametrize(
    ("columns", "spec", "says"),
    [
        ({"y": [1, 2]}, {"variable": "z"}, "z"),
        ({"y": [None, None]}, {"variable": "y"}, "y"),
        ({"y": [1, 2, 3]}, {"variable": "y", "fpc": 2}, "3 were drawn"),
        ({"y": [1, 2], "s": ["a", "b"]}, {"variable": "y", "strata": "s", "fpc": {"a": 5}}, "stratum b"),
        ({"y": [1, 2], "s": ["a", None]}, {"variable": "y", "strata": "s"}, "row 3"),
        ({"y": [1, 2], "g": ["a", "b"]}, {"variable": "y", "poststratify": {"column": "g", "totals": {"a": 5}}}, "known total"),
        ({"y": [1, 2], "g": ["a", "a"]}, {"variable": "y", "rake": {"g": {"a": 5, "b": 5}}}, "nobody"),
        ({"y": [1, 2], "g": ["a", "b"], "h": ["c", "d"]}, {"variable": "y", "rake": {"g": {"a": 5, "b": 5}, "h": {"c": 1, "d": 2}}}, "differ"),
        ({"y": [1, 2], "w": [-1, 2]}, {"variable": "y", "weight": "w"}, "w"),
    ],
)  # fmt: skip
def test_refusals(columns: Any, spec: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal) as refused:
        estimate(columns, **spec)
    assert says in refused.value.english


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 100), st.floats(-50, 50))
def test_row_order_scale_and_size_of_weights(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    columns = {
        "y": rng.normal(5, 2, 40),
        "w": rng.uniform(0.5, 3, 40),
        "s": np.array(["a", "b"])[np.arange(40) % 2].tolist(),
        "c": [str(each) for each in rng.integers(0, 5, 40)],
    }
    spec = {"variable": "y", "weight": "w", "strata": "s", "cluster": "c"}
    found = estimate(columns, **spec)
    order = rng.permutation(40)
    moved = {name: [each[row] for row in order] for name, each in columns.items()}
    moved["y"] = [float(each * scale + shift) for each in moved["y"]]
    moved["w"] = [float(each * 7) for each in moved["w"]]
    turned = estimate(moved, **spec)
    assert turned["mean"] == pytest.approx(found["mean"] * scale + shift, rel=1e-9, abs=1e-9)
    assert turned["se"] == pytest.approx(found["se"] * scale, rel=1e-7)
    assert turned["deff"] == pytest.approx(found["deff"], rel=1e-7)


def test_whole_weights_give_the_mean_of_repeated_rows() -> None:
    weighted = estimate({"y": [1.0, 5, 9], "w": [3, 1, 2]}, variable="y", weight="w")
    repeated = estimate({"y": [1.0, 1, 1, 5, 9, 9]}, variable="y")
    assert weighted["mean"] == pytest.approx(repeated["mean"])
