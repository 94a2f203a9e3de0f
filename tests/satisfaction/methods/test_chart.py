"""Control charts against Montgomery's and NIST's published figures; rules; gaps; refusals."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfaction.methods.answers import Refusal
from tests.satisfaction.methods.given import analysed, case

#: Montgomery, Introduction to Statistical Quality Control: frozen orange juice, samples of 50
JUICE = [
    12,
    15,
    8,
    10,
    4,
    7,
    16,
    9,
    14,
    10,
    5,
    6,
    17,
    12,
    22,
    8,
    10,
    5,
    13,
    11,
    20,
    18,
    24,
    15,
    9,
    12,
    7,
    13,
    9,
    6,
]
#: NIST/SEMATECH e-Handbook 6.3.2.2 (flow rate) and 6.3.2.4 (EWMA)
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
EWMA = [52.0, 47, 53, 49.3, 50.1, 47, 51, 50.1, 51.2, 50.5, *FLOW]
EWMA_PRINTED = [
    50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33, 50.11, 49.36, 49.52, 50.05, 49.38, 49.92,
    50.73, 51.23, 51.94, 51.99,
]  # fmt: skip
#: Montgomery: nonconformities on 26 samples of printed circuit boards
BOARDS = [
    21,
    24,
    16,
    12,
    15,
    5,
    28,
    20,
    31,
    25,
    20,
    24,
    16,
    19,
    10,
    17,
    13,
    22,
    18,
    39,
    30,
    24,
    16,
    19,
    17,
    15,
]


def chart(columns: Any = None, /, **spec: Any) -> Any:
    return analysed("chart", columns, spec)


def points(result: Any) -> list[int]:
    return [each["point"] for each in result["signals"]]


def test_p_chart_of_montgomery() -> None:
    found = chart(kind="p", counts=JUICE, sizes=50)
    assert (found["centre"], found["lcl"][0], found["ucl"][0]) == pytest.approx(
        (0.2313, 0.0524, 0.4102), abs=5e-5
    )
    assert points(found) == [15, 23]
    revised = chart(kind="p", counts=JUICE, sizes=50, exclude=[15, 23])
    assert (revised["centre"], revised["lcl"][0], revised["ucl"][0]) == pytest.approx(
        (0.2150, 0.0407, 0.3893), abs=5e-5
    )
    assert revised["baseline"] == [[1, 14], [16, 22], [24, 30]]
    assert points(revised) == [15, 21, 23]
    assert any("without a cause" in note["text"] for note in revised["notes"])
    explained = chart(kind="p", counts=JUICE, sizes=50, exclude={"15": "new supplier", "23": "new operator"})
    assert explained["ucl"] == revised["ucl"]
    assert explained["excluded"][0] == {"point": 15, "cause": "new supplier"}
    assert explained["notes"] == []


def test_c_chart_of_montgomery() -> None:
    """Centre 19.85, limits 6.48 and 33.22; points 6 and 20 are out; without them 19.67, 6.36, 32.97."""
    found = chart(kind="c", counts=BOARDS)
    assert (found["centre"], found["lcl"][0], found["ucl"][0]) == pytest.approx(
        (19.85, 6.48, 33.22), abs=1e-2
    )
    assert points(found) == [6, 20]
    revised = chart(kind="c", counts=BOARDS, exclude=[6, 20])
    assert (revised["centre"], revised["lcl"][0], revised["ucl"][0]) == pytest.approx(
        (19.67, 6.36, 32.97), abs=6e-3
    )


def test_np_and_u_are_p_and_c_in_other_units() -> None:
    p, np_chart = chart(kind="p", counts=JUICE, sizes=50), chart(kind="np", counts=JUICE, sizes=50)
    assert np_chart["centre"] == pytest.approx(50 * p["centre"])
    assert np_chart["ucl"] == pytest.approx([50 * each for each in p["ucl"]])
    u = chart(kind="u", counts=BOARDS, sizes=[2] * 26)
    assert u["centre"] == pytest.approx(sum(BOARDS) / 52)
    assert u["ucl"][0] == pytest.approx(u["centre"] + 3 * np.sqrt(u["centre"] / 2))


def test_individuals_of_nist() -> None:
    found = chart(kind="xmr", values=FLOW)
    assert (found["centre"], found["mr_bar"], found["ucl"][0], found["lcl"][0]) == pytest.approx(
        (50.81, 1.8778, 55.8041, 45.8159), abs=5e-5
    )
    assert found["mr_ucl"] == pytest.approx(6.1347)
    assert found["signals"] == []
    assert "10 points" in found["notes"][0]["text"]


def test_ewma_of_nist() -> None:
    found = chart(kind="ewma", values=EWMA, target=50, sigma=2.0539, **{"lambda": 0.3})
    assert found["values"] == pytest.approx(EWMA_PRINTED, abs=6e-3)
    assert (found["ucl"][-1], found["lcl"][-1]) == pytest.approx((52.5884, 47.4115), abs=2e-3)
    assert found["signals"] == []


def test_references(shared: Path) -> None:
    cusum = case(shared, "chart-cusum-montgomery")
    found = chart(kind="cusum", values=cusum["inputs"]["x"], target=10, sigma=1, k=0.5, h=5)
    assert found["c_plus"] == pytest.approx(cusum["expected"]["C_plus"], abs=1e-9)
    assert found["c_minus"] == pytest.approx(cusum["expected"]["C_minus_as_negative"], abs=1e-9)
    assert points(found) == cusum["expected"]["signal_1based"]
    juice = case(shared, "chart-p-orangejuice")["expected"]
    own = chart(kind="p", counts=JUICE, sizes=50)
    assert (own["centre"], own["ucl"][0], own["lcl"][0]) == pytest.approx(
        (juice["center"], juice["UCL"], juice["LCL"]), abs=1e-9
    )
    flow = case(shared, "chart-xmr-flow")["expected"]
    assert chart(kind="xmr", values=FLOW)["sigma"] == pytest.approx(flow["sigma"], abs=1e-9)


def test_laney_widens_by_the_spread_between_periods() -> None:
    rng = np.random.default_rng(2)
    sizes = rng.integers(4000, 6000, 30)
    counts = rng.binomial(sizes, rng.normal(0.8, 0.02, 30))
    spec = {"counts": counts.tolist(), "sizes": sizes.tolist()}
    plain, laney = chart(kind="p", **spec), chart(kind="laney_p", **spec)
    assert len(points(plain)) > 5
    assert points(laney) == []
    bar = counts.sum() / sizes.sum()
    z = (counts / sizes - bar) / np.sqrt(bar * (1 - bar) / sizes)
    assert laney["sigma_z"] == pytest.approx(np.abs(np.diff(z)).mean() / 1.128)
    width = 3 * np.sqrt(bar * (1 - bar) / sizes[0]) * laney["sigma_z"]
    assert laney["ucl"][0] == pytest.approx(min(1, bar + width))
    assert any("laney_p" in note["text"] for note in plain["notes"])


def test_limits_of_unequal_sizes_step_and_stop_at_zero() -> None:
    found = chart(kind="p", counts=[1, 0, 3, 2], sizes=[10, 20, 200, 40])
    assert found["lcl"] == [0, 0, 0, 0]
    assert found["ucl"][0] > found["ucl"][1] > found["ucl"][3] > found["ucl"][2]


def test_baseline_freezes_the_limits() -> None:
    values = [10, 11, 9, 10, 12, 10, 9, 11, 30, 31]
    frozen = chart(kind="xmr", values=values, baseline=8)
    assert frozen["centre"] == pytest.approx(10.25)
    assert points(frozen) == [9, 10]
    assert chart(kind="xmr", values=values, baseline=[1, 8])["ucl"] == frozen["ucl"]
    assert chart(kind="xmr", values=values, baseline=[1, 2, 3, 4, 5, 6, 7, 8])["ucl"] == frozen["ucl"]


@pytest.mark.parametrize(
    ("rule", "values", "point"),
    [
        ("nine_one_side", [-1, *[0.5] * 9], 10),
        ("eight_one_side", [-1, *[0.5] * 8], 9),
        ("six_trend", [0.3, -0.2, 0, 0.1, 0.2, 0.3, 0.4], 7),
        ("fourteen_alternating", [0.1 * (-1) ** place for place in range(14)], 14),
        ("two_of_three_beyond_2_sigma", [2.5, 0, 2.1], 3),
        ("four_of_five_beyond_1_sigma", [1.5, 1.2, 0, 1.1, 1.3], 5),
        ("fifteen_within_1_sigma", [0.9 * (-1) ** (place // 2) for place in range(15)], 15),
        ("eight_beyond_1_sigma", [1.5, -1.5, 1.5, 1.5, -1.5, 1.5, -1.5, 1.5], 8),
        ("beyond_limits", [0, 3.1], 2),
    ],
)
def test_each_rule(rule: str, values: list[float], point: int) -> None:
    found = chart(kind="xmr", values=values, target=0, sigma=1, rules=[rule])
    assert found["signals"] == [{"point": point, "rule": rule}]
    shorter = chart(kind="xmr", values=values[1:], target=0, sigma=1, rules=[rule])
    assert len(shorter["signals"]) == (
        1 if rule in {"beyond_limits", "eight_one_side", "nine_one_side", "six_trend"} else 0
    )


def test_gaps_and_columns() -> None:
    columns = {
        "met": [40.0, 41, None, 39, 20],
        "cases": [50.0] * 5,
        "month": ["Jan", "Feb", "Mar", "Apr", "May"],
    }
    found = chart(columns, kind="p", counts="met", sizes="cases", labels="month")
    assert found["values"][2] is None
    assert found["n_dropped"] == {"count": 1, "reasons": {"no_value": 1}}
    assert found["centre"] == pytest.approx(140 / 200)
    assert points(found) == [5]
    assert found["labels"][4] == "May"


def test_nothing_to_measure_is_said_not_guessed() -> None:
    for values in ([5, 5, 5, 5], [5]):
        found = chart(kind="xmr", values=values)
        assert found["ucl"] == [None] * len(values)
        assert found["signals"] == []
        assert any("cannot be set" in note["text"] for note in found["notes"])


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"kind": "p", "counts": [0, 0, 0], "sizes": 10}, "counts"),
        ({"kind": "p", "counts": [10, 10], "sizes": 10}, "counts"),
        ({"kind": "p", "counts": [11, 5], "sizes": 10}, "11 of 10"),
        ({"kind": "p", "counts": [1, 5], "sizes": [10, 0]}, "sizes, 2"),
        ({"kind": "p", "counts": [1, 5]}, "sizes"),
        ({"kind": "p", "counts": [1, 5], "sizes": [10]}, "1 entries for 2"),
        ({"kind": "c", "counts": [1.5, 5]}, "no count"),
        ({"kind": "xmr", "values": []}, "values"),
        ({"kind": "cusum", "values": [3, 3, 3]}, "never change"),
        ({"kind": "xmr", "values": [1, 2, 3], "rules": ["lucky"]}, "rules"),
        ({"kind": "xmr", "values": [1, 2, 3], "baseline": 9}, "baseline"),
        ({"kind": "bar", "values": [1, 2]}, "kind"),
        ({"kind": "xmr", "values": [1, 2, 3], "exclude": [7]}, "exclude.7"),
        ({"kind": "xmr", "values": [1, 2, 3], "exclude": {"first": "typing error"}}, "exclude.first"),
        ({"kind": "xmr", "values": "col"}, "col"),
    ],
)
def test_refusals(spec: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal) as refused:
        chart(**spec)
    assert says in refused.value.english


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=3, max_size=30), st.integers(1, 50), st.integers(-100, 100))
def test_signals_do_not_depend_on_the_unit(values: list[int], scale: int, shift: int) -> None:
    moved = [each * scale + shift for each in values]
    for kind in ("xmr", "ewma", "cusum"):
        if kind != "xmr" and len(set(values)) == 1:
            continue
        rules = "nelson" if kind == "xmr" else None
        one, two = chart(kind=kind, values=values, rules=rules), chart(kind=kind, values=moved, rules=rules)
        assert points(one) == points(two)
