"""Reference cases that are given by a few figures, read from where they stand."""

from pathlib import Path

import pytest

from satisfaction.methods.intervals import wilson
from tests.satisfaction.methods.given import analysed, case

#: one pair of answers (functional, dysfunctional) that falls into each category of the table
PAIRS = {"A": (1, 3), "O": (1, 5), "M": (3, 5), "I": (3, 3), "R": (3, 1), "Q": (1, 1)}


def test_better_and_worse_from_counts(shared: Path) -> None:
    given = case(shared, "kano-coefficients")
    pairs = [PAIRS[each] for each, count in given["inputs"]["counts"].items() for _ in range(count)]
    columns = {"f": [functional for functional, _ in pairs], "d": [against for _, against in pairs]}
    spec = {
        "items": {"lift": ["f", "d"]},
        "answers": {"like": 1, "must_be": 2, "neutral": 3, "live_with": 4, "dislike": 5},
    }
    found = analysed("kano", columns, spec)["items"]["lift"]
    assert found["counts"] == given["inputs"]["counts"]
    assert found["better"] == pytest.approx(given["expected"]["better"], abs=1e-9)
    assert found["worse"] == pytest.approx(given["expected"]["worse"], abs=1e-9)


def test_wilson_intervals(shared: Path) -> None:
    expected = case(shared, "csat-wilson")["expected"]
    for text, interval in expected["wilson"].items():
        met, n = (int(part) for part in text.split("/"))
        assert wilson(met / n, n) == pytest.approx(interval, abs=1e-6), text
        assert wilson(met / n, n) == pytest.approx(expected["published_rounded"][text], abs=5.1e-5), text
        answers = [5] * met + [1] * (n - met)
        item = {"column": "q", "kind": "csat", "top": 1, "valid": [1, 5]}
        found = analysed("score", {"q": answers}, {"items": {"q": item}})["items"]["q"]
        assert found["ci"] == pytest.approx(interval, abs=1e-6), text


def test_two_shares(shared: Path) -> None:
    given = case(shared, "test-two-proportion")
    (after, before), (n_after, n_before) = given["inputs"]["x"], given["inputs"]["n"]
    spec = {"kind": "proportions", "before": [before, n_before], "after": [after, n_after]}
    found, expected = analysed("effect", None, spec), given["expected"]
    assert found["estimate"] == pytest.approx(expected["diff"], abs=1e-6)
    assert found["statistic"] == pytest.approx(expected["z"], abs=1e-6)
    assert found["statistic"] ** 2 == pytest.approx(expected["X2"], abs=1e-6)
    assert found["ci"] == pytest.approx(expected["newcombe_ci"], abs=1e-6)
    assert found["ci_wald"] == pytest.approx(expected["wald_ci"], abs=1e-6)
    for key in ("p", "p_yates", "p_fisher"):
        assert found[key] == pytest.approx(expected[key], abs=1e-6), key


def test_mann_whitney(shared: Path) -> None:
    given = case(shared, "test-mann-whitney")
    spec = {"kind": "mann_whitney", "before": given["inputs"]["y"], "after": given["inputs"]["x"]}
    found, expected = analysed("effect", None, spec), given["expected"]
    assert found["statistic"] == expected["W"]
    assert found["p"] == pytest.approx(expected["p_two_exact"], abs=1e-6)
    assert found["p_one_sided"]["up"] == pytest.approx(expected["p_greater_exact"], abs=1e-6)
    assert found["estimate"] == pytest.approx(expected["hl"], abs=1e-6)
    assert found["ci"] == pytest.approx(expected["hl_ci"], abs=1e-6)
