"""What must not move a path model, over answers drawn at random."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from satisfaction.methods.answers import Refusal
from tests.satisfaction.methods.given import analysed
from tests.satisfaction.methods.pls_by_hand import CONSTRUCTS, PATHS, answers, model

SCHEMES = st.sampled_from(["path", "factorial", "centroid"])
SEEDS = st.integers(0, 10_000)
MODES = st.sampled_from(["A", "B"])
few = settings(max_examples=25, deadline=None)


def estimated(columns: dict[str, Any], spec: dict[str, Any]) -> Any:
    found = analysed("pls", columns, {"tol": 1e-11, "max_iter": 5_000} | spec)
    assume(found["converged"])
    return found


def same(one: Any, other: Any, *keys: str, within: float = 1e-7) -> None:
    for key in keys:
        for name, value in one[key].items():
            told = other[key][name]
            if isinstance(value, dict):
                assert {k: v for k, v in told.items() if v is not None} == pytest.approx(
                    {k: v for k, v in value.items() if v is not None}, abs=within
                )
            else:
                assert told == (None if value is None else pytest.approx(value, abs=within)), (key, name)


STANDING = ("paths", "r2", "r2_adjusted", "f2_fixed_scores", "total_effects", "loadings", "cross_loadings", "htmt",
            "htmt_signed", "construct_correlations", "vif", "vif_items", "fornell_larcker")  # fmt: skip


@few
@given(SEEDS, SCHEMES, MODES, st.floats(1e-3, 1e3), st.floats(-1e4, 1e4))
def test_the_unit_of_an_answer_does_not_matter(
    seed: int, scheme: str, mode: str, slope: float, start: float
) -> None:
    data = answers(60, seed)
    one = estimated(data, model(mode, scheme=scheme))
    moved = data | {"q2": data["q2"] * slope + start}
    scale = {name: [1.0, 10.0] for name in CONSTRUCTS} | {"q2": [slope + start, 10 * slope + start]}
    other = estimated(moved, model(mode, scheme=scheme, scale=widened(scale)))
    same(one, other, *STANDING, "weights", within=1e-6)
    assert other["index"]["Image"] == pytest.approx(one["index"]["Image"])


def widened(scale: dict[str, list[float]]) -> dict[str, list[float]]:
    """The ends may be rounded past an answer that stands on them."""
    low, high = scale["q2"]
    scale["q2"] = [low - 1e-9 * abs(low) - 1e-9, high + 1e-9 * abs(high) + 1e-9]
    return scale


@few
@given(SEEDS, st.floats(0.1, 20), st.floats(-50, 50))
def test_the_index_follows_the_scale(seed: int, slope: float, start: float) -> None:
    """All answers in other units, the scale with them: index and scores stay, standardised or not."""
    data = answers(60, seed)
    for standardise in (True, False):
        one = estimated(data, model(standardise=standardise))
        moved = {name: each * slope + start for name, each in data.items()}
        ends = [slope + start - 1e-9, 10 * slope + start + 1e-9]
        other = estimated(moved, model(standardise=standardise, scale=ends))
        same(one, other, "index", "index_weights", "paths", within=1e-5)


@few
@given(SEEDS, SCHEMES, MODES)
def test_the_order_of_rows_items_and_constructs_does_not_matter(seed: int, scheme: str, mode: str) -> None:
    data = answers(60, seed)
    random = np.random.default_rng(seed)
    one = estimated(data, model(mode, scheme=scheme))
    rows = random.permutation(60)
    same(
        one,
        estimated({name: each[rows] for name, each in data.items()}, model(mode, scheme=scheme)),
        *STANDING,
        "index",
    )
    names = [list(CONSTRUCTS)[each] for each in random.permutation(len(CONSTRUCTS))]
    turned = {name: {"items": CONSTRUCTS[name][::-1], "mode": mode} for name in names}
    paths = [PATHS[each] for each in random.permutation(len(PATHS))]
    other = estimated(data, {"constructs": turned, "paths": paths, "scheme": scheme, "scale": [1, 10]})
    same(one, other, *STANDING, "index", "weights")


@few
@given(SEEDS, SCHEMES)
def test_a_construct_turned_round_turns_its_arrows(seed: int, scheme: str) -> None:
    """All answers of one construct reversed: it is turned as a whole, so its loadings stay positive."""
    data = answers(60, seed)
    one = estimated(data, model(scheme=scheme))
    assume(all(sum(each.values()) > 0.2 for each in one["loadings"].values()))
    turned = data | {item: 11 - data[item] for item in CONSTRUCTS["Value"]}
    other = estimated(turned, model(scheme=scheme))
    same(one, other, "r2", "loadings", "weights", "htmt", "vif")
    for path, value in one["paths"].items():
        sign = -1 if "Value" in path else 1
        assert other["paths"][path] == pytest.approx(sign * value, abs=1e-7)
    assert other["index"]["Value"] == pytest.approx(100 - one["index"]["Value"], abs=1e-6)


@few
@given(SEEDS, st.integers(2, 5))
def test_everybody_twice_is_the_same(seed: int, times: int) -> None:
    data = answers(40, seed)
    one = estimated(data, model())
    other = estimated({name: np.tile(each, times) for name, each in data.items()}, model())
    same(one, other, "paths", "r2", "weights", "loadings", "index", "htmt", "total_effects", "vif")


@few
@given(SEEDS, st.integers(5, 30), st.floats(0, 0.5), st.sampled_from(["mean", "listwise"]), MODES)
def test_any_answers_end_in_figures_or_in_a_sentence(
    seed: int, n: int, gaps: float, missing: str, mode: str
) -> None:
    """Coarse answers, few people, many gaps: never an error of ours, never NaN (the door refuses to pass one)."""
    random = np.random.default_rng(seed)
    data: dict[str, Any] = {
        item: random.integers(1, 3, n).astype(float) for items in CONSTRUCTS.values() for item in items
    }
    for each in data.values():
        each[random.random(n) < gaps] = np.nan
    try:
        found = analysed("pls", data, model(mode, missing=missing, max_iter=50), bootstrap=20, plsc=True)
    except Refusal as refusal:
        sentence = refusal.english
    else:
        sentence = ""
        assert found["n_used"] + found["n_dropped"]["count"] == n
        if found["converged"]:
            assert found["bootstrap"]["used"] + found["bootstrap"]["failed"] == 20
    assert not sentence or sentence.endswith((".", "”."))
