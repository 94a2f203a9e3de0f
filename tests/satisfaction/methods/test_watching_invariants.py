"""What must not move the methods that watch and judge a change: charts, effects."""

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


# --- chart ---------------------------------------------------------------------------------------------------


def values_of(seed: int, n: int = 40) -> np.ndarray[Any, Any]:
    """A steady series that shifts upwards at its end, so that there are signals."""
    random = np.random.default_rng(seed)
    return random.normal(size=n) + np.where(np.arange(n) > 0.8 * n, 3.0, 0.0)


def chart(kind: str, values: Any, **more: Any) -> Any:
    return analysed("chart", None, {"kind": kind, "values": list(map(float, values))} | more)


@pytest.mark.parametrize(("kind", "rules"), [("xmr", "all"), ("ewma", None), ("cusum", None)])
@some
@given(SEEDS, st.floats(1e-15, 1e6), st.floats(-3, 3))
def test_limits_move_with_the_values_and_signals_stay(
    kind: str, rules: str | None, seed: int, slope: float, start: float
) -> None:
    values, more = values_of(seed), {"baseline": 30} | ({"rules": rules} if rules else {})
    one = chart(kind, values, **more)
    other = chart(kind, (values + start) * slope, **more)
    assert one["signals"]
    assert other["signals"] == one["signals"]
    moved = 0.0 if kind == "cusum" else start  # its points are sums of deviations, not values
    for key in ("lcl", "ucl", "values"):
        expected = (np.array(one[key]) + moved) * slope
        assert other[key] == near(expected.tolist(), abs=1e-9 * slope)
    assert other["centre"] == near((one["centre"] + moved) * slope, abs=1e-9 * slope)
    assert other["sigma_points"] == near([each * slope for each in one["sigma_points"]], abs=1e-9 * slope)


@pytest.mark.parametrize(("kind", "rules"), [("xmr", "all"), ("ewma", None), ("cusum", None)])
@some
@given(SEEDS)
def test_the_mirror_of_a_series_has_the_mirror_of_its_limits_and_the_same_signals(
    kind: str, rules: str | None, seed: int
) -> None:
    values, more = values_of(seed), {"baseline": 30} | ({"rules": rules} if rules else {})
    one, other = chart(kind, values, **more), chart(kind, -values, **more)
    assert other["signals"] == one["signals"]
    assert other["ucl"] == near([-each for each in one["lcl"]])
    assert other["lcl"] == near([-each for each in one["ucl"]])
    if kind == "cusum":
        assert other["c_plus"] == near([-each for each in one["c_minus"]])


@some
@given(SEEDS)
def test_counts_are_the_same_in_every_chart_that_suits_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    counts = random.binomial(60, 0.2, 25).tolist()
    share, number = (
        analysed("chart", None, {"kind": kind, "counts": counts, "sizes": 60, "rules": "all"})
        for kind in ("p", "np")
    )
    assert number["signals"] == share["signals"]
    assert number["ucl"] == near([60 * each for each in share["ucl"]])
    assert number["lcl"] == near([60 * each for each in share["lcl"]])
    each, alone = (
        analysed("chart", None, {"kind": kind, "counts": counts, "rules": "all"} | more)
        for kind, more in (("u", {"sizes": 1}), ("c", {}))
    )
    assert each["ucl"] == near(alone["ucl"])
    assert each["signals"] == alone["signals"]


@some
@given(SEEDS)
def test_the_order_of_points_matters_to_runs_not_to_limits_of_shares(seed: int) -> None:
    random = np.random.default_rng(seed)
    sizes = random.integers(30, 90, 20)
    counts = random.binomial(sizes, np.where(random.random(20) < 0.1, 0.6, 0.2))
    order = random.permutation(20)
    one, other = (
        analysed("chart", None, {"kind": "p", "counts": counts[way].tolist(), "sizes": sizes[way].tolist()})
        for way in (np.arange(20), order)
    )
    assert other["centre"] == near(one["centre"])
    assert other["ucl"] == near(np.array(one["ucl"])[order].tolist())
    hit = {each["point"] - 1 for each in one["signals"]}
    assert {int(order[each["point"] - 1]) for each in other["signals"]} == hit


@some
@given(SEEDS)
def test_the_mirror_of_shares_is_the_share_of_the_others(seed: int) -> None:
    random = np.random.default_rng(seed)
    sizes = random.integers(40, 90, 20)
    counts = random.binomial(sizes, 0.3)
    for kind in ("p", "laney_p"):
        one, other = (
            analysed(
                "chart",
                None,
                {"kind": kind, "counts": way.tolist(), "sizes": sizes.tolist(), "rules": "nelson"},
            )
            for way in (counts, sizes - counts)
        )
        assert other["ucl"] == near([1 - each for each in one["lcl"]])
        assert other["signals"] == one["signals"]


@some
@given(SEEDS, st.integers(1, 38))
def test_a_point_left_blank_moves_nothing_but_its_neighbours_ranges(seed: int, place: int) -> None:
    values = values_of(seed)
    with_gap = np.insert(values, place, np.nan)
    one = analysed("chart", {"v": values}, {"kind": "ewma", "values": "v", "sigma": 1, "target": 0})
    other = analysed("chart", {"v": with_gap}, {"kind": "ewma", "values": "v", "sigma": 1, "target": 0})
    assert np.delete(other["values"], place).tolist() == near(one["values"])
    assert other["n_used"] == one["n_used"]


# --- effect --------------------------------------------------------------------------------------------------

TURN = {"up": "down", "down": "up"}


@some
@given(st.integers(0, 40), st.integers(0, 50), st.sampled_from(["up", "down"]))
def test_shares_seen_from_the_other_side(x1: int, x2: int, direction: str) -> None:
    one = analysed(
        "effect", None, {"kind": "proportions", "before": [x1, 40], "after": [x2, 50], "direction": direction}
    )
    turned = analysed(
        "effect", None,
        {"kind": "proportions", "before": [40 - x1, 40], "after": [50 - x2, 50], "direction": TURN[direction]},
    )  # fmt: skip
    swapped = analysed("effect", None, {"kind": "proportions", "before": [x2, 50], "after": [x1, 40]})
    low, high = one["ci"]
    for other in (turned, swapped):
        assert other["estimate"] == near(-one["estimate"])
        assert other["ci"] == near([-high, -low])
        assert other["p"] == near(one["p"])
        assert other["effect_size"] == near(-one["effect_size"])
        assert other["p_fisher"] == near(one["p_fisher"])
    assert turned["verdict"] == one["verdict"]
    assert turned["detectable"] == near(one["detectable"])


@some
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=4, max_size=90))
def test_answers_of_the_same_people_seen_from_the_other_side(pairs: list[tuple[int, int]]) -> None:
    before, after = ([pair[side] for pair in pairs] for side in (0, 1))
    one, other = (
        analysed("effect", None, {"kind": "mcnemar", "before": a, "after": b})
        for a, b in ((before, after), (after, before))
    )
    mixed = [pairs[place] for place in np.random.default_rng(1).permutation(len(pairs))]
    shuffled = analysed(
        "effect", None, {"kind": "mcnemar", "before": [a for a, _ in mixed], "after": [b for _, b in mixed]}
    )
    assert shuffled["ci"] == near(one["ci"])
    assert other["estimate"] == near(-one["estimate"])
    assert other["ci"] == near([-one["ci"][1], -one["ci"][0]])
    assert other["p"] == near(one["p"])
    assert (other["won"], other["lost"]) == (one["lost"], one["won"])


def series(seed: int) -> np.ndarray[Any, Any]:
    random = np.random.default_rng(seed)
    return 3 + 0.1 * np.arange(24) + random.normal(size=24) + np.where(np.arange(24) >= 12, 1.5, 0)


@some
@given(SEEDS, SLOPES, STARTS)
def test_a_broken_series_and_a_double_difference_have_the_unit_of_the_values(
    seed: int, slope: float, start: float
) -> None:
    values = series(seed)
    random = np.random.default_rng(seed)
    sides = {
        name: random.normal(place, 1, 12 + place)
        for place, name in enumerate(("before", "after", "control_before", "control_after"))
    }

    def found(way: Any, direction: str = "up") -> list[Any]:
        did = {name: way(each).tolist() for name, each in sides.items()}
        return [
            analysed(
                "effect",
                None,
                {"kind": "its", "values": way(values).tolist(), "start": 13, "direction": direction},
            ),
            analysed("effect", None, {"kind": "did", "direction": direction} | did),
        ]

    plain = found(lambda each: each)
    for one, moved in zip(plain, found(lambda each: each * slope + start), strict=True):
        expected = [slope * each for each in (one["estimate"], *one["ci"])]
        assert [moved["estimate"], *moved["ci"]] == near(expected, rel=1e-5, abs=1e-7 * slope)
        assert moved["p"] == near(one["p"], rel=1e-5)
        assert moved["effect_size"] == near(one["effect_size"], rel=1e-5)
        assert moved["verdict"] == one["verdict"]
    for one, turned in zip(plain, found(lambda each: -each, "down"), strict=True):
        assert turned["ci"] == near([-one["ci"][1], -one["ci"][0]], rel=1e-6)
        assert turned["verdict"] == one["verdict"]


@some
@given(SEEDS, st.floats(0.01, 100))
def test_the_unit_of_the_exposure_does_not_matter_to_a_ratio_of_rates(seed: int, unit: float) -> None:
    random = np.random.default_rng(seed)
    exposed = random.integers(50, 90, 20).astype(float)
    counts = random.poisson(exposed * np.where(np.arange(20) < 10, 0.4, 0.3))
    one, other = (
        analysed(
            "effect",
            None,
            {
                "kind": "its",
                "family": "poisson",
                "values": counts.tolist(),
                "offset": each.tolist(),
                "start": 11,
            },
        )
        for each in (exposed, exposed * unit)
    )
    assert other["rate_ratio"] == near(one["rate_ratio"])
    assert other["ci"] == near(one["ci"])
