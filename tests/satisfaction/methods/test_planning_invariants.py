"""What must not move the methods that plan and judge a survey: power, samples, estimates, agreement."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.satisfaction.methods.given import analysed, near

SEEDS = st.integers(0, 10_000)
SLOPES = st.floats(1e-3, 1e3)
STARTS = st.floats(-100, 100)
some = settings(max_examples=12, deadline=None)


# --- power ---------------------------------------------------------------------------------------------------


@some
@given(st.floats(0.02, 0.98), st.floats(0.02, 0.98), st.floats(0.3, 0.95))
def test_power_is_the_same_from_either_side_and_grows_with_n_and_alpha(
    p1: float, p2: float, wanted: float
) -> None:
    if abs(p1 - p2) < 0.02:
        return
    one = analysed("power", None, {"p1": p1, "p2": p2, "power": wanted})
    for other in ({"p1": p2, "p2": p1}, {"p1": 1 - p1, "p2": 1 - p2}):
        assert analysed("power", None, other | {"power": wanted})["n"] == one["n"]
    n = one["n"]
    ways = [
        analysed("power", None, {"p1": p1, "p2": p2, "n": each})["power"]
        for each in (max(2, n - 1), n, n + 1, 2 * n)
    ]
    assert ways == sorted(ways)
    assert one["power"] == near(ways[1])
    assert ways[1] >= wanted - 1e-9
    if n > 2:
        assert ways[0] < wanted + 1e-9
    strict = analysed("power", None, {"p1": p1, "p2": p2, "n": n, "alpha": 0.01})["power"]
    assert strict <= ways[1]


@some
@given(st.floats(0.1, 2), SLOPES)
def test_power_of_means_has_no_unit_and_no_sign(d: float, unit: float) -> None:
    one = analysed("power", None, {"difference": d, "sd": 1})
    for other in ({"difference": -d, "sd": 1}, {"difference": d * unit, "sd": unit}, {"d": d}):
        assert analysed("power", None, other)["n"] == one["n"]
    ways = [analysed("power", None, {"d": d, "n": each})["power"] for each in (5, 10, 20, 40)]
    assert ways == sorted(ways)


# --- sample --------------------------------------------------------------------------------------------------

SIZES = st.lists(st.integers(20, 5000), min_size=2, max_size=6)


@some
@given(st.floats(0.01, 0.2), st.floats(0.05, 0.95), st.integers(50, 10**7))
def test_a_sample_size_shrinks_with_the_error_and_the_population(
    error: float, p: float, population: int
) -> None:
    one = analysed("sample", None, {"kind": "proportion", "error": error, "p": p})
    assert analysed("sample", None, {"kind": "proportion", "error": error, "p": 1 - p})["n"] == one["n"]
    few = analysed("sample", None, {"kind": "proportion", "error": error, "p": p, "population": population})
    assert few["n"] <= min(one["n"], population)
    assert few["n0"] == near(one["n0"])
    endless = analysed("sample", None, {"kind": "proportion", "error": error, "p": p, "population": 10**12})
    assert endless["n"] == one["n"]
    assert analysed("sample", None, {"kind": "proportion", "error": error / 2, "p": p})["n0"] == near(
        4 * one["n0"]
    )


@some
@given(st.floats(0.1, 10), SLOPES)
def test_a_sample_for_a_mean_has_no_unit(sd: float, unit: float) -> None:
    one = analysed("sample", None, {"kind": "mean", "error": 0.2, "sd": sd})
    assert analysed("sample", None, {"kind": "mean", "error": 0.2 * unit, "sd": sd * unit})["n0"] == near(
        one["n0"]
    )


@some
@given(SIZES, SEEDS, st.sampled_from(["proportional", "neyman", "optimal"]))
def test_an_allocation_spreads_all_and_follows_the_strata(sizes: list[int], seed: int, how: str) -> None:
    random = np.random.default_rng(seed)
    strata: list[dict[str, Any]] = [
        {
            "name": f"s{place}",
            "size": size,
            "sd": float(random.uniform(0.1, 0.5)),
            "cost": float(random.uniform(1, 9)),
        }
        for place, size in enumerate(sizes)
    ]
    spec = {"n": 2 * len(sizes) + min(sizes) // 2, "allocation": how}
    one = analysed("sample", None, spec | {"strata": strata})
    assert sum(one["allocation"].values()) == one["n_adjusted"]
    assert all(one["allocation"][each["name"]] <= each["size"] for each in strata)
    turned = analysed("sample", None, spec | {"strata": strata[::-1]})
    dearer = analysed(
        "sample",
        None,
        spec | {"strata": [each | {"cost": 7 * each["cost"], "sd": 3 * each["sd"]} for each in strata]},
    )
    for other in (turned, dearer):
        for name, count in one["allocation"].items():
            assert abs(other["allocation"][name] - count) <= 1, "rounding of equal remainders alone"
    alike = [each | {"sd": 0.4, "cost": 2.0} for each in strata]
    plain, spread = (
        analysed("sample", None, spec | {"strata": alike, "allocation": each})["allocation"]
        for each in ("proportional", how)
    )
    assert spread == plain


@some
@given(SEEDS, st.sampled_from(["srs", "systematic", "stratified", "pps"]))
def test_a_draw_is_without_repeats_repeatable_and_has_its_probabilities(seed: int, how: str) -> None:
    random = np.random.default_rng(seed)
    frame: dict[str, Any] = {
        "id": [f"c{place}" for place in range(60)],
        "branch": random.choice(["a", "b", "c"], 60).tolist(),
        "turnover": random.integers(1, 9, 60).astype(float),
    }
    spec = {"draw": how, "n": 12, "id": "id", "seed": seed} | {
        "stratified": {"stratum": "branch"},
        "pps": {"size": "turnover"},
    }.get(how, {})
    one = analysed("sample", frame, spec)
    ids = [each["id"] for each in one["drawn"]]
    assert len(set(ids)) == len(ids) == 12
    assert analysed("sample", frame, spec)["drawn"] == one["drawn"]
    by_id = dict(zip(frame["id"], zip(frame["branch"], frame["turnover"], strict=True), strict=True))
    for each in one["drawn"]:
        branch, turnover = by_id[each["id"]]
        expected = {
            "pps": min(1.0, 12 * turnover / sum(frame["turnover"])),
            "stratified": one.get("allocation", {}).get(branch, 0) / max(1, frame["branch"].count(branch)),
        }.get(how, 12 / 60)
        assert each["probability"] == near(expected)


# --- estimate ------------------------------------------------------------------------------------------------


def surveyed(seed: int, n: int = 40) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {
        "y": random.normal(5, 2, n),
        "w": random.uniform(0.5, 3, n),
        "s": np.array([f"s{place % 3}" for place in range(n)], dtype=object),
        "c": np.array([f"c{place // 4}" for place in range(n)], dtype=object),
        "sex": random.choice(np.array(["f", "m"], dtype=object), n),
    }


DESIGNS: list[dict[str, Any]] = [
    {},
    {"weight": "w"},
    {"weight": "w", "strata": "s"},
    {"weight": "w", "cluster": "c"},
    {"strata": "s", "fpc": {"s0": 400, "s1": 300, "s2": 500}},
    {"weight": "w", "poststratify": {"column": "sex", "totals": {"f": 600, "m": 400}}},
]


@pytest.mark.parametrize("design", DESIGNS, ids=str)
@settings(max_examples=6, deadline=None)
@given(SEEDS, SLOPES, STARTS)
def test_an_estimate_has_the_unit_of_its_variable_and_no_order(
    design: dict[str, Any], seed: int, slope: float, start: float
) -> None:
    columns = surveyed(seed)
    spec = {"variable": "y"} | design
    one = analysed("estimate", columns, spec)
    moved = analysed("estimate", columns | {"y": columns["y"] * slope + start}, spec)
    expected = [each * slope + start for each in (one["mean"], *one["ci"])]
    assert [moved["mean"], *moved["ci"]] == near(expected, abs=1e-7 * max(1, slope))
    assert moved["se"] == near(one["se"] * slope, rel=1e-6)
    assert moved["deff"] == near(one["deff"], rel=1e-6)
    turned = analysed("estimate", columns | {"y": -columns["y"]}, spec)
    assert turned["ci"] == near([-one["ci"][1], -one["ci"][0]])
    order = np.random.default_rng(seed).permutation(40)
    mixed = analysed("estimate", {key: each[order] for key, each in columns.items()}, spec)
    for key in ("mean", "se", "deff", "df", "total", "se_total"):
        assert mixed[key] == (None if one[key] is None else near(one[key])), key


@some
@given(SEEDS, st.floats(0.01, 100))
def test_the_unit_of_weights_moves_totals_alone(seed: int, unit: float) -> None:
    columns = surveyed(seed)
    spec = {"variable": "y", "weight": "w", "strata": "s"}
    one = analysed("estimate", columns, spec)
    other = analysed("estimate", columns | {"w": columns["w"] * unit}, spec)
    for key in ("mean", "se", "deff", "n_eff", "df"):
        assert other[key] == near(one[key]), key
    assert other["total"] == near(one["total"] * unit)
    equal = analysed("estimate", columns | {"w": np.full(40, unit)}, spec)
    plain = analysed("estimate", columns, {"variable": "y", "strata": "s"})
    assert (equal["mean"], equal["se"]) == near((plain["mean"], plain["se"]))


@some
@given(SEEDS)
def test_a_census_has_no_error_and_an_endless_population_no_correction(seed: int) -> None:
    columns = surveyed(seed)
    assert analysed("estimate", columns, {"variable": "y", "fpc": 40})["se"] == near(0)
    plain = analysed("estimate", columns, {"variable": "y"})
    assert analysed("estimate", columns, {"variable": "y", "fpc": 10**12})["se"] == near(
        plain["se"], rel=1e-6
    )
    alone = {"row": np.array([str(place) for place in range(40)], dtype=object)}
    assert analysed("estimate", columns | alone, {"variable": "y", "cluster": "row"})["se"] == near(
        plain["se"]
    )
    one = analysed("estimate", columns, {"variable": "y", "strata": "s"})
    named = columns | {"s": np.array([f"z{9 - int(each[1])}" for each in columns["s"]], dtype=object)}
    assert analysed("estimate", named, {"variable": "y", "strata": "s"})["se"] == near(one["se"])


# --- agreement -----------------------------------------------------------------------------------------------


def rated(seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    truth = random.integers(1, 6, 20)
    made = {
        f"r{rater}": np.clip(truth + random.integers(-1, 2, 20), 1, 5).astype(float) for rater in range(4)
    }
    made["r0"][random.random(20) < 0.2] = np.nan
    return made


#: what may be done to the values without changing what a level reads of them
SAME: dict[str, Any] = {
    "nominal": lambda x: (x * 7) % 11 + 100,
    "ordinal": lambda x: x**3 - 4,
    "interval": lambda x: -2.5 * x + 3,
    "ratio": lambda x: 12 * x,
}


@pytest.mark.parametrize("level", SAME)
@some
@given(SEEDS)
def test_raters_units_and_names_of_values_do_not_matter_to_agreement(level: str, seed: int) -> None:
    columns = rated(seed)
    spec: dict[str, Any] = {"raters": list(columns), "level": level, "bootstrap": 0}
    one = analysed("agreement", columns, spec)["krippendorff_alpha"]
    order = np.random.default_rng(seed).permutation(20)
    for other, raters in (
        (columns, spec["raters"][::-1]),
        ({key: each[order] for key, each in columns.items()}, spec["raters"]),
        ({key: SAME[level](each) for key, each in columns.items()}, spec["raters"]),
        (
            {key: np.append(each, 3.0 if key == "r1" else np.nan) for key, each in columns.items()},
            spec["raters"],
        ),
    ):
        assert analysed("agreement", other, spec | {"raters": raters})["krippendorff_alpha"] == near(one)
    if level in {"ordinal", "nominal"}:  # turned round it is the same order
        turned = {key: 6 - each for key, each in columns.items()}
        assert analysed("agreement", turned, spec)["krippendorff_alpha"] == near(one)
    long = [
        (f"u{row}", key, each[row])
        for key, each in columns.items()
        for row in range(20)
        if not np.isnan(each[row])
    ]
    names = ("unit", "rater", "value")
    listed = {name: np.array([row[place] for row in long], dtype=object) for place, name in enumerate(names)}
    again = analysed("agreement", listed, {"level": level, "bootstrap": 0} | {name: name for name in names})
    assert again["krippendorff_alpha"] == near(one)


@some
@given(SEEDS, st.sampled_from(list(SAME)))
def test_raters_of_one_mind_agree_wholly(seed: int, level: str) -> None:
    truth = np.random.default_rng(seed).integers(1, 6, 15).astype(float)
    truth[:2] = 1, 5
    found = analysed(
        "agreement",
        {"a": truth, "b": truth, "c": truth},
        {"raters": ["a", "b", "c"], "level": level, "bootstrap": 50},
    )
    assert found["krippendorff_alpha"] == near(1)
    assert found["ci"] == near([1, 1])
