"""Scores against published intervals and statsmodels; groups, weights, withheld cells."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from satisfaction.methods.answers import Refusal
from tests.satisfaction.methods.given import analysed, case

NPS = {"column": "nps", "kind": "nps"}
CSAT = {"column": "csat", "kind": "csat", "top": 2, "valid": [1, 5]}


def drawn(seed: int = 1, n: int = 200) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "nps": rng.integers(0, 11, n).tolist(),
        "csat": rng.integers(1, 6, n).tolist(),
        "ease": rng.integers(1, 8, n).tolist(),
        "seconds": rng.gamma(2, 30, n).tolist(),
        "region": rng.choice(["north", "south", "east"], n).tolist(),
        "year": rng.choice([2025, 2026], n).tolist(),
    }


EVERY = {
    "items": {
        "nps": NPS,
        "csat": CSAT,
        "ease": {"kind": "ces", "valid": [1, 7]},
        "seconds": {"kind": "mean"},
    }
}


def test_nps_of_the_reference(shared: Path) -> None:
    inputs, expected = (case(shared, "nps-100")[key] for key in ("inputs", "expected"))
    answers = [10] * inputs["promoters"] + [7] * inputs["passives"] + [3] * inputs["detractors"]
    items = {each: NPS | {"interval": each} for each in ("adjusted_wald", "wald", "t")}
    found = analysed("score", {"nps": answers}, {"items": items})["items"]
    assert found["wald"]["value"] == pytest.approx(expected["nps"], abs=1e-6)
    assert found["wald"]["se"] == pytest.approx(expected["se"], abs=1e-6)
    assert found["wald"]["ci"] == pytest.approx(expected["wald_ci"], abs=1e-6)
    assert found["adjusted_wald"]["ci"] == pytest.approx(expected["adjusted_wald_ci"], abs=1e-6)
    assert found["t"]["ci"] == pytest.approx(expected["trinomial_t_ci"], abs=1e-6)
    assert [found["t"][each] for each in ("promoters", "passives", "detractors")] == [60, 25, 15]
    plain = analysed("score", {"nps": answers}, {"items": {"nps": NPS}})["items"]["nps"]
    assert plain["ci"] == found["adjusted_wald"]["ci"]


@pytest.mark.parametrize(
    ("top", "n", "published"),
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_csat_intervals_of_newcombe(top: int, n: int, published: tuple[float, float]) -> None:
    """Newcombe (1998), table I."""
    found = analysed("score", {"csat": [5] * top + [1] * (n - top)}, {"items": {"csat": CSAT}})["items"][
        "csat"
    ]
    assert found["value"] == pytest.approx(top / n)
    assert found["ci"] == pytest.approx(published, abs=5e-5)
    assert found["ci"] == pytest.approx(proportion_confint(top, n, method="wilson"), abs=1e-9)


def test_kish_effective_size_and_weighted_mean(shared: Path) -> None:
    inputs, expected = (case(shared, "kish-weights")[key] for key in ("inputs", "expected"))
    found = analysed(
        "score",
        {"y": inputs["y"], "w": inputs["weights"]},
        {"items": {"y": {"kind": "mean"}}, "weight": "w"},
    )["items"]["y"]
    assert found["n_eff"] == pytest.approx(expected["n_eff"], abs=1e-9)
    assert found["value"] == pytest.approx(expected["weighted_mean"], abs=1e-9)


def test_means_and_intervals_of_statsmodels() -> None:
    columns = drawn()
    found = analysed("score", columns, EVERY)["items"]
    for name in ("ease", "seconds"):
        theirs = DescrStatsW(np.array(columns[name], dtype=float))
        assert found[name]["value"] == pytest.approx(theirs.mean)
        assert found[name]["se"] == pytest.approx(theirs.std_mean)
        assert found[name]["ci"] == pytest.approx(theirs.tconfint_mean())
    share = np.mean(np.array(columns["ease"]) >= 6)
    assert found["ease"]["top_share"] == pytest.approx(share)
    assert found["ease"]["top_ci"] == pytest.approx(proportion_confint(200 * share, 200, method="wilson"))


def test_groups_are_what_the_method_gives_for_them_alone() -> None:
    columns = drawn()
    found = analysed("score", columns, EVERY | {"by": ["region", "year"], "weight": "seconds"})
    assert [(each["region"], each["year"]) for each in found["groups"]] == [
        (region, year) for region in ("east", "north", "south") for year in ("2025", "2026")
    ]
    for group in found["groups"]:
        rows = [
            row
            for row in range(200)
            if columns["region"][row] == group["region"] and str(columns["year"][row]) == group["year"]
        ]
        alone = analysed(
            "score",
            {name: [values[row] for row in rows] for name, values in columns.items()},
            EVERY | {"weight": "seconds"},
        )
        assert group["n"] == len(rows)
        for name, item in group["items"].items():
            for key, value in item.items():
                assert alone["items"][name][key] == pytest.approx(value), (name, key)


def test_small_groups_are_withheld() -> None:
    columns = {"nps": [9] * 12 + [0] * 9 + [None] * 4, "region": ["a"] * 12 + ["b"] * 13}
    found = analysed("score", columns, {"items": {"nps": NPS}, "by": "region"})
    assert found["groups"][0]["items"]["nps"]["value"] == 100
    assert found["groups"][1] == {"region": "b", "n": None, "withheld": True, "items": {}}
    assert found["min_cell"] == 10
    less = analysed("score", columns, {"items": {"nps": NPS}, "by": "region", "min_cell": 5})
    assert less["groups"][1]["items"]["nps"]["value"] == -100
    # Enough people in the group, but too few answered this question.
    columns["other"] = [5] * 20 + [None] * 5
    both = analysed(
        "score", columns, {"items": {"other": {"kind": "mean"}, "nps": NPS}, "by": "region", "min_cell": 9}
    )
    assert both["groups"][1]["items"]["other"] == {"value": None, "withheld": True}
    assert both["groups"][1]["items"]["nps"]["n"] == 9


def test_all_promoters_keep_an_interval_and_nobody_has_none() -> None:
    found = analysed(
        "score",
        {"nps": [10] * 30, "none": [None] * 30},
        {"items": {"nps": NPS, "none": NPS | {"column": "none"}}},
    )
    low, high = found["items"]["nps"]["ci"]
    assert low < 100
    assert high == 100
    nobody = found["items"]["none"]
    assert nobody["n"] == 0
    assert nobody["value"] is None
    assert nobody["ci"] is None
    assert nobody["promoters"] == 0


def test_answers_outside_the_valid_range_are_left_out_and_counted() -> None:
    found = analysed("score", {"csat": [5, 1, 9, None]}, {"items": {"csat": CSAT}})
    assert found["items"]["csat"]["n"] == 2
    assert found["items"]["csat"]["missing"] == 1
    assert found["items"]["csat"]["outside_valid"] == 1
    assert found["n_dropped"] == {"count": 2, "reasons": {"no_answer": 2}}
    assert "1 answers outside 1 to 5" in found["notes"][0]["text"]


def test_missing_and_zero_weights_do_not_count() -> None:
    columns = {"y": [1, 2, 3, 4], "w": [1, 0, None, 1]}
    found = analysed("score", columns, {"items": {"y": {"kind": "mean"}}, "weight": "w"})
    assert found["items"]["y"]["value"] == 2.5
    assert found["items"]["y"]["n"] == 2
    assert found["n_dropped"] == {"count": 2, "reasons": {"missing_weight": 1, "zero_weight": 1}}


def test_one_answer_has_a_value_but_no_interval() -> None:
    found = analysed("score", {"y": [4]}, {"items": {"y": {"kind": "mean"}}})["items"]["y"]
    assert (found["value"], found["se"], found["ci"]) == (4, None, None)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"items": {"nps": {"column": "nowhere", "kind": "nps"}}}, "nowhere"),
        ({"items": {"nps": {"column": "nps"}}}, "items.nps.kind"),
        ({"items": {"nps": {"column": "nps", "kind": "npx"}}}, "items.nps.kind"),
        ({"items": {"c": {"column": "csat", "kind": "csat"}}}, "items.c.valid"),
        ({"items": {"c": CSAT | {"top": 5}}}, "items.c.top"),
        ({"items": {"c": CSAT | {"top": 0}}}, "items.c.top"),
        ({"items": {"c": CSAT | {"interval": "t"}}}, "items.c.interval"),
        ({"items": {"n": NPS | {"column": "seconds"}}}, "seconds"),
        ({"items": {"n": NPS | {"valid": [1, 7]}}}, "items.n.valid"),
        ({"items": {"n": {"column": "region", "kind": "mean"}}}, "region"),
        ({"items": {"n": NPS}, "weight": "negative"}, "negative"),
        ({"items": {"n": NPS}, "weight": "zero"}, "zero"),
        ({"items": {"n": NPS}, "by": ["n"]}, "n"),
        ({"items": {"n": NPS}, "by": ["nowhere"]}, "nowhere"),
        ({"items": {"n": NPS}, "min_cell": 0}, "min_cell"),
        ({"items": {"n": NPS}, "confidence": 95}, "confidence"),
        ({"items": {"n": NPS}, "group_by": ["region"]}, "group_by"),
    ],
)
def test_refusals_name_what_is_wrong(spec: dict[str, Any], said: str) -> None:
    columns = drawn(n=20) | {"negative": [1, -1] * 10, "zero": [0] * 20}
    with pytest.raises(Refusal) as refused:
        analysed("score", columns, spec)
    assert refused.value.field == said
    assert said in refused.value.english


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_weights_as_repeated_rows_order_and_unit_of_weights(seed: int, factor: float) -> None:
    columns = drawn(seed, 40)
    times = np.random.default_rng(seed).integers(1, 4, 40)
    weighted = analysed(
        "score", columns | {"w": times.tolist()}, EVERY | {"weight": "w", "by": ["region"], "min_cell": 1}
    )
    repeated = {
        name: np.repeat(np.array(values, dtype=object), times).tolist() for name, values in columns.items()
    }
    rows = np.random.default_rng(seed + 1).permutation(len(repeated["nps"]))
    repeated = {name: [values[row] for row in rows] for name, values in repeated.items()}
    twice = analysed("score", repeated, EVERY | {"by": ["region"], "min_cell": 1})
    rescaled = analysed(
        "score",
        columns | {"w": (factor * times).tolist()},
        EVERY | {"weight": "w", "by": ["region"], "min_cell": 1},
    )
    for first, second, third in zip(weighted["groups"], twice["groups"], rescaled["groups"], strict=True):
        for name in EVERY["items"]:
            assert first["items"][name]["value"] == pytest.approx(second["items"][name]["value"])
            assert first["items"][name]["value"] == pytest.approx(third["items"][name]["value"])
            assert first["items"][name]["n_eff"] == pytest.approx(third["items"][name]["n_eff"])
            assert first["items"][name]["n_eff"] <= first["items"][name]["n"] + 1e-9


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50), st.floats(-100, 100))
def test_change_of_scale(seed: int, factor: float, shift: float) -> None:
    values = np.random.default_rng(seed).normal(size=30)
    spec = {"items": {"y": {"kind": "mean"}}}
    before = analysed("score", {"y": values.tolist()}, spec)["items"]["y"]
    after = analysed("score", {"y": (factor * values + shift).tolist()}, spec)["items"]["y"]
    assert after["value"] == pytest.approx(factor * before["value"] + shift)
    assert after["ci"] == pytest.approx([factor * each + shift for each in before["ci"]])
