"""Sizes against Cochran and the Krejcie-Morgan table, allocation, and draws that keep their probabilities."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfaction.methods.answers import Refusal
from satisfaction.methods.sample.draws import proportional_to_size
from satisfaction.methods.sample.size import allocate
from tests.satisfaction.methods.given import analysed, case

FRAME = {
    "id": [f"p{row:02}" for row in range(60)],
    "branch": ["north", "south", "west"] * 20,
    "office": [f"o{row // 6}" for row in range(60)],
    "visits": [float(row) for row in range(60)],
}


def sample(frame: Any = None, seed: int | None = None, /, **spec: Any) -> Any:
    return analysed("sample", frame, spec, seed=seed)


def drawn(result: Any) -> list[Any]:
    return [each["id"] for each in result["drawn"]]


@pytest.mark.parametrize(
    ("population", "n"),
    [(100, 80), (500, 218), (1000, 278), (5000, 357), (10_000, 370), (100_000, 383), (None, 385)],
)
def test_size_of_a_share(population: int | None, n: int) -> None:
    found = sample(kind="proportion", error=0.05, population=population)
    assert found["n"] == n
    assert found["n0"] == pytest.approx(384.1458821, abs=1e-6)


def test_reference(shared: Path) -> None:
    for size, expected in case(shared, "samplesize-proportion-fpc")["expected"].items():
        found = sample(kind="proportion", p=0.5, error=0.05, population=None if size == "inf" else int(size))
        assert (found["z"], found["n0"], found["n_raw"]) == pytest.approx(
            (expected["z"], expected["n0"], expected["n_raw"]), abs=1e-3
        )
        assert found["n"] == expected["n"]
    listed = case(shared, "systematic-sampling")
    found = sample(draw="systematic", population=103, n=10, start=0.37)
    assert drawn(found) == listed["expected"]["indices"]


def test_design_effect_and_invitations() -> None:
    found = sample(kind="mean", sd=10, error=1, icc=0.05, cluster_size=20, response_rate=0.3)
    assert found["n"] == 385
    assert found["deff"] == pytest.approx(1.95)
    assert found["n_adjusted"] == 751  # 750.75
    assert found["invitations"] == 2503  # 2502.5
    assert found["clusters"] == 38


def test_n_never_passes_the_population_and_too_many_invitations_are_said() -> None:
    found = sample(kind="proportion", error=0.01, population=50, icc=0.5, cluster_size=10)
    assert found["n"] == found["n_adjusted"] == 50
    found = sample(kind="proportion", error=0.05, population=1000, response_rate=0.2)
    assert found["invitations"] == 1390
    assert "only 1000 people" in found["notes"][0]["text"]


STRATA: list[dict[str, Any]] = [
    {"name": "A", "size": 5000, "sd": 10, "cost": 1},
    {"name": "B", "size": 3000, "sd": 20, "cost": 4},
    {"name": "C", "size": 2000, "sd": 5, "cost": 1},
]


@pytest.mark.parametrize(
    ("allocation", "expected"),
    [
        ("proportional", {"A": 250, "B": 150, "C": 100}),
        ("neyman", {"A": 208, "B": 250, "C": 42}),  # 50 : 60 : 10 of 500
        ("optimal", {"A": 278, "B": 167, "C": 55}),  # 50 : 30 : 10 of 500
    ],
)
def test_allocation(allocation: str, expected: dict[str, int]) -> None:
    found = sample(n=500, strata=STRATA, allocation=allocation)
    assert found["allocation"] == expected
    assert [each["weight"] for each in found["strata"]] == pytest.approx(
        [each["size"] / expected[each["name"]] for each in STRATA]
    )


def test_stratified_size_after_cochran() -> None:
    """Neyman: n0 = (sum W S)^2 / V, here (5 + 6 + 1)^2 / (1 / 1.96)^2; never more than proportional."""
    neyman = sample(kind="mean", error=1, strata=STRATA, allocation="neyman")
    plain = sample(kind="mean", error=1, strata=STRATA, allocation="proportional")
    z2 = neyman["z"] ** 2
    assert neyman["n0"] == pytest.approx(144 * z2)
    assert plain["n0"] == pytest.approx((0.5 * 100 + 0.3 * 400 + 0.2 * 25) * z2)
    assert neyman["n_raw"] == pytest.approx(144 * z2 / (1 + 175 * z2 / 10_000))
    assert sum(neyman["allocation"].values()) == neyman["n"]


def test_small_strata_get_two_and_full_ones_pass_on() -> None:
    strata = [{"name": "big", "size": 10_000}, {"name": "tiny", "size": 30}, {"name": "one", "size": 1}]
    assert sample(n=100, strata=strata)["allocation"] == {"big": 97, "tiny": 2, "one": 1}
    spread = [{"name": "a", "size": 40, "sd": 50}, {"name": "b", "size": 1000, "sd": 1}]
    assert sample(n=100, strata=spread, allocation="neyman")["allocation"] == {"a": 40, "b": 60}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 400), st.floats(0, 30)), min_size=1, max_size=8), st.data())
def test_allocation_keeps_its_bounds(strata: list[tuple[int, float]], data: st.DataObject) -> None:
    sizes = [size for size, _ in strata]
    least = [min(2, size) for size in sizes]
    n = data.draw(st.integers(sum(least), sum(sizes)))
    found = allocate(n, np.array([size * sd for size, sd in strata]), sizes)
    assert sum(found) == n
    assert all(low <= each <= size for low, each, size in zip(least, found, sizes, strict=True))


@pytest.mark.parametrize("draw", ["srs", "systematic", "stratified", "pps"])
def test_draws_are_repeatable_and_unequal_by_seed(draw: str) -> None:
    spec: dict[str, Any] = {"draw": draw, "n": 12, "id": "id", "stratum": "branch", "size": "visits"}
    one, two, other = sample(FRAME, 5, **spec), sample(FRAME, 5, **spec), sample(FRAME, 77, **spec)
    assert one["drawn"] == two["drawn"]
    assert drawn(one) != drawn(other)
    assert len(set(drawn(one))) == 12
    assert one["seed"] == 5
    assert all(each["weight"] == pytest.approx(1 / each["probability"]) for each in one["drawn"])
    if draw != "pps":
        assert sum(each["weight"] for each in one["drawn"]) == pytest.approx(60)


def test_stratified_and_cluster_draws_follow_the_frame() -> None:
    by_branch = sample(FRAME, 3, draw="stratified", stratum="branch", n=13, id="id")
    assert by_branch["allocation"] == {"north": 5, "south": 4, "west": 4}
    counts: dict[str, int] = {}
    for each in by_branch["drawn"]:
        counts[each["stratum"]] = counts.get(each["stratum"], 0) + 1
    assert counts == by_branch["allocation"]
    offices = sample(FRAME, 3, draw="cluster", cluster="office", clusters=3)
    assert len(offices["drawn"]) == 18
    assert {each["probability"] for each in offices["drawn"]} == {0.3}


def test_multistage_multiplies_probabilities() -> None:
    stages = [{"unit": "office", "n": 4}, {"n": 3}]
    found = sample(FRAME, 1, draw="multistage", stages=stages, id="id")
    assert found["units_by_stage"] == [4, 12]
    assert {each["probability"] for each in found["drawn"]} == {0.2}  # 4 / 10 · 3 / 6
    assert sum(each["weight"] for each in found["drawn"]) == pytest.approx(60)


def test_proportional_to_size_takes_the_largest_for_certain() -> None:
    sizes = np.array([1000.0, 1, 2, 3, 4, 0])
    found = proportional_to_size(sizes, 3, 0.5)
    assert found.rows[0] == 0
    assert found.probability == pytest.approx([1, *(2 * sizes[found.rows[1:]] / 10)])
    assert 5 not in found.rows
    # over all starts each unit comes with its probability
    hits = np.zeros(6)
    for start in (np.arange(1000) + 0.5) / 1000:
        hits[proportional_to_size(sizes, 3, float(start)).rows] += 1
    assert hits / 1000 == pytest.approx([1, 0.2, 0.4, 0.6, 0.8, 0], abs=2e-3)


def test_a_draw_is_the_same_in_another_process() -> None:
    code = (
        "from satisfaction.methods.door import run;"
        "print([each['id'] for each in run('sample', None, {'draw': 'srs', 'population': 500, 'n': 6}, {'seed': 42})['drawn']])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(drawn(sample(None, 42, draw="srs", population=500, n=6)))


@pytest.mark.parametrize(
    ("frame", "spec", "says"),
    [
        (None, {"kind": "proportion", "error": 5}, "error"),
        (None, {"kind": "proportion", "error": 0.05, "p": 0}, "p"),
        (None, {"kind": "mean", "error": 1}, "sd"),
        (None, {"error": 0.05}, "kind"),
        (None, {"kind": "proportion", "error": 0.05, "icc": 0.1}, "cluster_size"),
        (None, {"kind": "proportion", "error": 0.05, "response_rate": 0}, "response_rate"),
        (None, {"n": 3, "strata": STRATA}, "3 strata"),
        (None, {"n": 50, "strata": [{"name": "A", "size": 0}]}, "strata.A"),
        (None, {"n": 50, "strata": [{"name": "A", "size": 90}], "allocation": "neyman"}, "strata.A.sd"),
        (None, {"n": 200, "population": 100, "draw": "srs"}, "200 of only 100"),
        (None, {"n": 2, "draw": "cluster"}, "frame"),
        ({"id": ["a", "a", "b"]}, {"n": 2, "draw": "srs", "id": "id"}, "twice"),
        ({"s": [1, -1, 2]}, {"n": 2, "draw": "pps", "size": "s"}, "below 0"),
        ({"s": [1, 0, 0]}, {"n": 2, "draw": "pps", "size": "s"}, "1 units"),
        ({"g": ["x", None]}, {"n": 2, "draw": "stratified", "stratum": "g"}, "row 3"),
        ({"g": ["x", "y"]}, {"clusters": 3, "draw": "cluster", "cluster": "g"}, "3 of only 2"),
    ],
)  # fmt: skip
def test_refusals(frame: Any, spec: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal) as refused:
        sample(frame, **spec)
    assert says in refused.value.english
