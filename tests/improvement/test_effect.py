"""The test of effect against scipy, statsmodels and the published example; the rule at its edges."""

import math

import pytest
from scipy import stats
from statsmodels.stats import proportion

from improvement.rules.effect import (
    Verdict,
    cohen_h,
    needed_n,
    still_possible,
    two_proportions,
    verdict,
)

RULE = {"direction": "up", "margin": 0.05, "least_n": 100, "alpha": 0.05}
PAIRS = [
    (56, 70, 48, 80),
    (871, 1012, 658, 688),
    (9, 10, 3, 10),
    (5, 56, 0, 29),
    (0, 10, 0, 20),
    (10, 10, 20, 20),
]


def test_newcombe_published_example() -> None:
    found = two_proportions(56, 70, 48, 80)
    assert found.difference == pytest.approx(0.2)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


@pytest.mark.parametrize(
    "counts", [(9, 10, 3, 10, 0.1705, 0.8090), (10, 10, 0, 20, 0.6791, 1.0), (5, 56, 0, 29, -0.0381, 0.1926)]
)
def test_newcombe_table_ii(counts: tuple[int, int, int, int, float, float]) -> None:
    """Newcombe (1998), table II, method 10."""
    found = two_proportions(*counts[:4])
    assert (round(found.low, 4), round(found.high, 4)) == counts[4:]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.1])
def test_interval_and_p_agree_with_statsmodels_and_scipy(
    pair: tuple[int, int, int, int], alpha: float
) -> None:
    found = two_proportions(*pair, alpha)
    met1, n1, met2, n2 = pair
    low, high = proportion.confint_proportions_2indep(met1, n1, met2, n2, method="newcomb", alpha=alpha)
    assert found.low == pytest.approx(low, abs=1e-9)
    assert found.high == pytest.approx(high, abs=1e-9)
    if found.test == "fisher":
        expected = stats.fisher_exact([[met1, n1 - met1], [met2, n2 - met2]]).pvalue
        assert found.p == pytest.approx(expected)
    else:
        z, p = proportion.proportions_ztest([met1, met2], [n1, n2])
        assert found.z == pytest.approx(z)
        assert found.p == pytest.approx(p)
        chi = stats.chi2_contingency([[met1, n1 - met1], [met2, n2 - met2]], correction=False)
        assert chi.pvalue == pytest.approx(found.p)
    assert found.h == pytest.approx(proportion.proportion_effectsize(met1 / n1, met2 / n2))


def test_fisher_exactly_when_an_expected_count_is_below_five() -> None:
    assert two_proportions(5, 10, 5, 10).test == "z"
    assert two_proportions(4, 10, 5, 10).test == "fisher"
    assert two_proportions(100, 100, 99, 100).test == "fisher"


def test_all_alike_has_no_z_and_p_one() -> None:
    found = two_proportions(20, 20, 30, 30)
    assert (found.z, found.p, found.difference) == (None, 1.0, 0.0)


@pytest.mark.parametrize("bad", [(1, 0, 1, 2), (3, 2, 1, 2), (-1, 2, 1, 2), (1, 2, 1, 0)])
def test_impossible_counts_are_errors(bad: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"at least one|between 0"):
        two_proportions(*bad)
    with pytest.raises(ValueError, match="alpha"):
        two_proportions(1, 2, 1, 2, 0)


@pytest.mark.parametrize(
    ("first", "second", "power"), [(0.861, 0.911, 0.8), (0.5, 0.6, 0.9), (0.95, 0.99, 0.8)]
)
def test_needed_n_reaches_the_power(first: float, second: float, power: float) -> None:
    n = needed_n(first, second, 0.05, power)
    reached = proportion.power_proportions_2indep(second - first, first, n, ratio=1, alpha=0.05).power
    assert reached == pytest.approx(power, abs=0.01)


def test_needed_n_refuses_what_has_no_answer() -> None:
    with pytest.raises(ValueError, match="equal"):
        needed_n(0.5, 0.5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        needed_n(1.2, 0.5)
    with pytest.raises(ValueError, match="alpha"):
        needed_n(0.4, 0.5, 1)
    assert needed_n(0.0, 1.0) >= 1


def test_cohen_h_bounds() -> None:
    assert cohen_h(1, 0) == pytest.approx(math.pi)
    with pytest.raises(ValueError, match="share"):
        cohen_h(1.01, 0)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((861, 1000), (956, 1000), Verdict.effective),
        ((861, 1000), (890, 1000), Verdict.not_effective),  # surely better, but less than the margin
        ((80, 100), (88, 100), Verdict.not_effective),  # more than the margin, but not sure
        ((850, 1000), (900, 1000), Verdict.effective),  # exactly the margin
        ((861, 1000), (950, 1000), Verdict.effective),
        ((956, 1000), (861, 1000), Verdict.not_effective),  # the wrong way
        ((861, 1000), (99, 99), Verdict.not_enough_data),
        ((861, 1000), (100, 100), Verdict.effective),
        ((861, 1000), (0, 0), Verdict.not_enough_data),
        ((0, 0), (950, 1000), Verdict.not_enough_data),
    ],
)
def test_the_rule_at_its_edges(before: tuple[int, int], after: tuple[int, int], expected: Verdict) -> None:
    found, _compared = verdict(before, after, **RULE)  # type: ignore[arg-type]
    assert found == expected


def test_down_is_the_mirror_of_up() -> None:
    for before, after in [((139, 1000), (44, 1000)), ((139, 1000), (110, 1000)), ((20, 100), (12, 100))]:
        down, _found = verdict(before, after, direction="down", margin=0.05, least_n=10, alpha=0.05)
        mirrored = [(n - met, n) for met, n in (before, after)]
        up, _found = verdict(*mirrored, direction="up", margin=0.05, least_n=10, alpha=0.05)
        assert down == up


def test_nobody_judges_before_the_window_is_over() -> None:
    found, compared = verdict((861, 1000), (956, 1000), window_over=False, **RULE)  # type: ignore[arg-type]
    assert found == Verdict.not_enough_data
    assert compared is not None
    assert compared.low > 0


def test_not_shown_is_told_apart_from_does_not_work() -> None:
    unsure = two_proportions(88, 100, 80, 100)
    surely_nothing = two_proportions(8010, 10000, 8000, 10000)
    assert still_possible(unsure, direction="up", margin=0.05)
    assert not still_possible(surely_nothing, direction="up", margin=0.05)


def test_wrong_rules_are_errors() -> None:
    with pytest.raises(ValueError, match="direction"):
        verdict((1, 2), (1, 2), direction="sideways", margin=0.1, least_n=1, alpha=0.05)
    with pytest.raises(ValueError, match="margin"):
        verdict((1, 2), (1, 2), direction="up", margin=-0.1, least_n=1, alpha=0.05)
    with pytest.raises(ValueError, match="met"):
        verdict((3, 2), (1, 2), direction="up", margin=0.1, least_n=1, alpha=0.05)
