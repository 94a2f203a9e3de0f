"""Reliability against figures of other programs, and what must not move it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfaction.methods.answers import Refusal
from satisfaction.methods.door import run
from tests.satisfaction.methods.given import analysed, case, mobi

SCALES = {
    "Image": ["IMAG1", "IMAG2", "IMAG3", "IMAG4", "IMAG5"],
    "Expectation": ["CUEX1", "CUEX2", "CUEX3"],
    "Quality": [f"PERQ{number}" for number in range(1, 8)],
    "Value": ["PERV1", "PERV2"],
    "Satisfaction": ["CUSA1", "CUSA2", "CUSA3"],
    "Complaints": ["CUSCO"],
    "Loyalty": ["CUSL1", "CUSL2", "CUSL3"],
}


def answers(n: int = 60, k: int = 4, seed: int = 1) -> dict[str, list[int]]:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    return {
        f"q{number}": np.clip(np.round(3 + common + rng.normal(size=n)), 1, 5).astype(int).tolist()
        for number in range(k)
    }


def test_figures_of_psych_on_mobi(shared: Path) -> None:
    found = run("reliability", mobi(shared), {"scales": SCALES})
    for name, expected in case(shared, "alpha-mobi")["expected"].items():
        scale = found["scales"][name]
        assert scale["alpha"] == pytest.approx(expected["raw_alpha"], abs=1e-6)
        assert scale["alpha_standardised"] == pytest.approx(expected["std_alpha"], abs=1e-6)
        assert scale["lambda6"] == pytest.approx(expected["lambda6"], abs=1e-6)
    expected = case(shared, "kmo-bartlett-mobi")["expected"]
    assert found["kmo"]["overall"] == pytest.approx(expected["kmo_overall"], abs=1e-6)
    assert found["kmo"]["items"] == pytest.approx(expected["kmo_items"], abs=1e-6)
    assert found["bartlett"]["chi2"] == pytest.approx(expected["bartlett_chisq"], abs=1e-3)
    assert found["bartlett"]["df"] == expected["df"]
    assert found["bartlett"]["p"] < 1e-300
    single = found["scales"]["Complaints"]
    assert single["alpha"] is None
    assert single["ci"] is None
    assert found["n_used"] == 250


def test_alpha_is_the_variance_ratio_of_a_two_way_analysis() -> None:
    """Hoyt (1941): alpha = 1 - residual / persons mean squares, here from a regression on dummies."""
    columns = answers()
    table = np.column_stack(list(columns.values())).astype(float)
    n, k = table.shape
    persons = np.repeat(np.eye(n), k, axis=0)
    items = np.tile(np.eye(k), (n, 1))
    fit = sm.OLS(table.reshape(-1), np.column_stack([persons, items[:, 1:]])).fit()
    without = sm.OLS(table.reshape(-1), items).fit()
    between = (without.ssr - fit.ssr) / (n - 1)
    residual = fit.ssr / ((n - 1) * (k - 1))
    found = analysed("reliability", columns, {"scales": {"one": {"items": list(columns)}}})
    assert found["scales"]["one"]["alpha"] == pytest.approx(1 - residual / between, abs=1e-10)


def test_interval_of_alpha_by_feldt() -> None:
    """The agreement of F quantiles, worked from scipy's distribution."""
    from scipy.stats import f

    columns = answers()
    scale = analysed("reliability", columns, {"scales": {"one": {"items": list(columns)}}})["scales"]["one"]
    expected = [1 - (1 - scale["alpha"]) * f.ppf(each, 59, 59 * 3) for each in (0.975, 0.025)]
    assert scale["ci"] == pytest.approx(expected, abs=1e-9)


def test_item_figures() -> None:
    columns = answers()
    spec = {"scales": {"one": {"items": list(columns), "min": 1, "max": 5}}}
    item = analysed("reliability", columns, spec)["scales"]["one"]["items"]["q0"]
    rest = np.sum([columns[f"q{number}"] for number in (1, 2, 3)], axis=0)
    assert item["r_rest"] == pytest.approx(np.corrcoef(columns["q0"], rest)[0, 1])
    three = {"scales": {"one": {"items": ["q1", "q2", "q3"]}}}
    assert item["alpha_if_deleted"] == pytest.approx(
        analysed("reliability", columns, three)["scales"]["one"]["alpha"]
    )
    assert item["floor"] == columns["q0"].count(1) / 60
    assert item["ceiling"] == columns["q0"].count(5) / 60


def test_reversed_item_counts_turned_round() -> None:
    columns: dict[str, Any] = answers()
    straight = analysed("reliability", columns, {"scales": {"one": {"items": list(columns)}}})
    columns["q1"] = [6 - each for each in columns["q1"]]
    for ends in ({"min": 1, "max": 5}, {}):
        spec = {"scales": {"one": {"items": list(columns), "reverse": ["q1"], **ends}}}
        turned = analysed("reliability", columns, spec)
        assert turned["scales"]["one"]["alpha"] == pytest.approx(straight["scales"]["one"]["alpha"])
        assert turned["kmo"]["overall"] == pytest.approx(straight["kmo"]["overall"])


def test_negative_alpha_is_reported_with_a_hint() -> None:
    columns = {"a": [1, 2, 3, 4, 5, 2], "b": [5, 4, 3, 2, 2, 4]}
    found = analysed("reliability", columns, {"scales": {"one": {"items": ["a", "b"]}}})
    assert found["scales"]["one"]["alpha"] < 0
    assert "reverse" in found["notes"][0]["text"]


def test_sum_that_never_varies_has_no_alpha() -> None:
    columns = {"a": [1, 2, 3, 4], "b": [4, 3, 2, 1]}
    found = analysed("reliability", columns, {"scales": {"one": {"items": ["a", "b"]}}})
    assert found["scales"]["one"]["alpha"] is None
    assert found["kmo"] == {"overall": None, "items": {"a": None, "b": None}, "n": 4, "singular": True}
    assert found["bartlett"]["chi2"] is None


def test_constant_item_is_named() -> None:
    columns = answers() | {"flat": [3] * 60}
    found = analysed("reliability", columns, {"scales": {"one": {"items": list(columns)}}})
    assert found["scales"]["one"]["alpha"] is not None
    assert found["scales"]["one"]["alpha_standardised"] is None
    assert found["scales"]["one"]["items"]["flat"]["r_rest"] is None
    assert found["kmo"]["overall"] is None
    assert all("flat" in note["text"] for note in found["notes"])
    assert len(found["notes"]) == 2


def test_incomplete_rows_are_left_out_of_their_scale_and_counted() -> None:
    columns: dict[str, Any] = answers()
    columns["q0"] = [None, -99, *columns["q0"][2:]]
    spec = {"scales": {"first": ["q0", "q1"], "second": ["q2", "q3"]}, "missing_codes": [-99]}
    found = analysed("reliability", columns, spec)
    assert found["scales"]["first"]["n"] == 58
    assert found["scales"]["first"]["n_incomplete"] == 2
    assert found["scales"]["second"]["n"] == 60
    assert found["kmo"]["n"] == 58
    assert found["n_used"] == 60


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"scales": {"S": {"items": ["q0", "q9"]}}}, "q9"),
        ({"scales": {"S": {"items": ["q0", "q1"], "min": 1, "max": 4}}}, "q0"),
        ({"scales": {"S": {"items": ["q0", "q1"], "reverse": ["q2"]}}}, "scales.S.reverse"),
        ({"scales": {"S": {"items": []}}}, "scales.S"),
        ({"scales": {"S": {"items": ["q0", "q0"]}}}, "scales.S.items"),
        ({"scales": {"S": {"items": ["q0"], "mni": 1}}}, "scales.S.mni"),
        ({"scales": {"S": {"items": ["q0"], "min": 5, "max": 1}}}, "scales.S.min"),
        ({"scales": {}}, "scales"),
        ({"scale": {"S": ["q0"]}}, "scale"),
        ({"scales": {"S": {"items": ["empty", "q0"]}}}, "S"),
    ],
)
def test_refusals_name_what_is_wrong(spec: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal) as refused:
        analysed("reliability", answers() | {"empty": [None] * 60}, spec)
    assert refused.value.field == said
    assert said in refused.value.english


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000),
    st.floats(0.1, 50),
    st.floats(-20, 20),
    st.permutations(["q0", "q1", "q2", "q3"]),
)
def test_scale_and_order_change_nothing(seed: int, factor: float, shift: float, order: list[str]) -> None:
    columns = answers(40, 4, seed)
    spec = {"scales": {"one": {"items": list(columns)}}}
    before = analysed("reliability", columns, spec)
    rows = np.random.default_rng(seed).permutation(40)
    moved = {name: (np.array(columns[name])[rows] * factor + shift).tolist() for name in order}
    after = analysed("reliability", moved, {"scales": {"one": {"items": order}}})
    for key in ("alpha", "alpha_standardised", "lambda6"):
        assert after["scales"]["one"][key] == pytest.approx(before["scales"]["one"][key], abs=1e-9)
    assert after["kmo"]["items"] == pytest.approx(before["kmo"]["items"], abs=1e-9)
    assert after["bartlett"]["chi2"] == pytest.approx(before["bartlett"]["chi2"], abs=1e-7)
