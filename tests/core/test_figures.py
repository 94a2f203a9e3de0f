from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.figures import Figure, verdict, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (81, 263, 0.255288519878274, 0.3662095769828),
        (15, 148, 0.0623863995307363, 0.160487241723308),
        (0, 20, 0.0, 0.161125158052819),
        (1, 29, 0.00611321429276266, 0.171755218793203),
    ],
)
def test_wilson_gives_the_published_intervals(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=1e-13)


def test_wilson_ends_are_exact_at_the_edges() -> None:
    assert wilson(0, 7)[0] == 0.0
    assert wilson(7, 7)[1] == 1.0


@given(st.integers(1, 5000), st.data())
def test_wilson_holds_the_share_and_is_symmetric(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n <= high <= 1
    assert wilson(n - successes, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)
    wider = wilson(successes, n, 0.99)
    assert wider[0] <= low
    assert wider[1] >= high


@pytest.mark.parametrize(
    ("successes", "n", "confidence", "says"),
    [
        (0, 0, 0.95, "at least one case"),
        (5, 4, 0.95, "between 0 and 4"),
        (-1, 4, 0.95, "between"),
        (1, 4, 1.0, "confidence"),
    ],
)
def test_wilson_refuses_nonsense(successes: int, n: int, confidence: float, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        wilson(successes, n, confidence)


@pytest.mark.parametrize(
    ("low", "high", "target", "n", "expected"),
    [
        (0.95, 0.97, 0.95, 100, "kept"),
        (0.90, 0.9499, 0.95, 100, "short"),
        (0.90, 0.95, 0.95, 100, "on_the_line"),
        (0.94, 0.97, 0.95, 100, "on_the_line"),
        (1.0, 1.0, 1.0, 30, "kept"),
        (0.99, 1.0, 0.5, 29, "too_few"),
        (None, None, 0.5, 29, "too_few"),
    ],
)
def test_verdict(low: float | None, high: float | None, target: float, n: int, expected: str) -> None:
    assert verdict(low, high, target, n, 30) == expected


def test_verdict_of_a_ceiling_turns_round() -> None:
    assert verdict(0.01, 0.03, 0.03, 100, 30, at_most=True) == "kept"
    assert verdict(0.031, 0.05, 0.03, 100, 30, at_most=True) == "short"
    assert verdict(0.02, 0.05, 0.03, 100, 30, at_most=True) == "on_the_line"


def test_verdict_with_enough_cases_needs_an_interval() -> None:
    with pytest.raises(ValueError, match="interval is needed"):
        verdict(None, None, 0.9, 100, 30)


def test_a_figure_survives_json() -> None:
    figure = Figure(
        0.918,
        1431,
        0.903,
        0.931,
        method="wilson",
        as_of=datetime(2026, 11, 19, 16, tzinfo=UTC),
        target=0.95,
        verdict="short",
        working={"met": 1314, "href": "/delivery/runs/7"},
    )
    stored = figure.to_json()
    assert stored["as_of"] == "2026-11-19T16:00:00+00:00"
    assert Figure.from_json(stored) == figure
    assert not figure.is_full_count
    assert Figure(1.0, 24, method="full count").is_full_count


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"low": 0.5}, "both ends"),
        ({"low": 0.9, "high": 0.5}, "upside down"),
        ({"value": float("nan")}, "finite"),
        ({"n": -1}, "negative"),
        ({"unit": "percent"}, "unit"),
        ({"verdict": "great"}, "verdict"),
        ({"as_of": "2026-11-19T16:00:00"}, "time zone"),
        ({"colour": "red"}, "no colour"),
    ],
)
def test_a_figure_refuses_what_it_cannot_mean(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Figure.from_json({"value": 0.9, "n": 10, **wrong})
