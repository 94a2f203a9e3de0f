"""Before against after: scipy, statsmodels, R's published examples; the verdict at its edges."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from satisfaction.methods.answers import Refusal
from satisfaction.methods.door import run
from satisfaction.methods.effect.scores import _exact_place, _signed_place
from satisfaction.methods.reading import read_answers
from tests.satisfaction.methods.given import analysed, case

#: Hollander and Wolfe (1973), as in R's wilcox.test: permeability of the membrane, and depression scores
TERM = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
EARLY = [1.15, 0.88, 0.90, 0.74, 1.21]
FIRST = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
SECOND = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
#: Student's sleep data
SLEEP = (
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
)


def effect(columns: Any = None, /, **spec: Any) -> Any:
    return analysed("effect", columns, spec)


def test_two_shares_of_newcombe() -> None:
    found = effect(kind="proportions", before=[48, 80], after={"count": 56, "n": 70})
    assert found["estimate"] == pytest.approx(0.2)
    assert found["ci"] == pytest.approx([0.0524, 0.3339], abs=5e-5)
    assert (found["statistic"], found["p"]) == pytest.approx(
        (2.65017195125853, 0.00804508136819656), abs=1e-9
    )
    assert found["p_yates"] == pytest.approx(stats.chi2_contingency([[56, 14], [48, 32]]).pvalue, abs=1e-12)
    assert found["p_fisher"] == pytest.approx(stats.fisher_exact([[56, 14], [48, 32]]).pvalue, abs=1e-12)
    assert found["ci_wald"] == pytest.approx([0.0575048991490372, 0.342495100850963], abs=1e-9)
    rare = effect(kind="proportions", before=[1, 20], after=[4, 20])
    assert rare["variant"] == "fisher"
    raw = effect({"b": [1, 0, 1, None, 1], "a": [1, 1, 1, 1, 0]}, kind="proportions", before="b", after="a")
    assert (raw["n_before"], raw["n_after"], raw["estimate"]) == (4, 5, pytest.approx(0.05))
    assert raw["n_dropped"]["reasons"] == {"missing": 1}


def test_nobody_on_one_side_is_undefined() -> None:
    found = effect(kind="proportions", before=[0, 0], after=[5, 9])
    assert (found["estimate"], found["ci"], found["p"], found["verdict"]) == (
        None,
        None,
        None,
        "not_enough_data",
    )


def test_welch_and_paired_as_scipy() -> None:
    before, after = SLEEP
    ours, theirs = (
        effect(kind="welch", before=before, after=after),
        stats.ttest_ind(after, before, equal_var=False),
    )
    assert (ours["statistic"], ours["p"], ours["df"]) == pytest.approx(
        (theirs.statistic, theirs.pvalue, theirs.df)
    )
    assert ours["ci"] == pytest.approx(list(theirs.confidence_interval()))
    assert ours["p"] == pytest.approx(0.07939, abs=5e-6)  # R: t.test(extra ~ group)
    assert ours["effect_size"] == pytest.approx(0.8321811, abs=1e-6)
    same, paired = effect(kind="paired", before=before, after=after), stats.ttest_rel(after, before)
    assert (same["statistic"], same["p"]) == pytest.approx((paired.statistic, paired.pvalue))
    assert same["ci"] == pytest.approx(list(paired.confidence_interval()))
    flat = effect(kind="welch", before=[3, 3], after=[5, 5])
    assert (flat["estimate"], flat["p"], flat["verdict"]) == (2, None, "not_enough_data")


def test_mann_whitney_of_hollander_and_wolfe() -> None:
    found = effect(kind="mann_whitney", before=EARLY, after=TERM)
    assert (found["statistic"], found["u_before"]) == (35, 15)
    assert found["p"] == pytest.approx(0.254412254412254, abs=1e-9)
    assert found["p_one_sided"]["up"] == pytest.approx(0.1272061, abs=1e-7)
    assert found["estimate"] == pytest.approx(0.305)
    assert found["ci"] == pytest.approx([-0.15, 0.76])
    tied = effect(kind="mann_whitney", before=[1, 2, 2, 3], after=[2, 3, 3, 4])
    theirs = stats.mannwhitneyu([2, 3, 3, 4], [1, 2, 2, 3], method="asymptotic")
    assert (tied["p"], tied["variant"]) == (pytest.approx(theirs.pvalue), "mann-whitney")
    same = effect(kind="mann_whitney", before=[3, 3, 3], after=[3, 3])
    assert (same["p"], same["estimate"], same["effect_size"]) == (1, 0, 0)


def test_wilcoxon_of_hollander_and_wolfe() -> None:
    """R: wilcox.test(x, y, paired = TRUE) gives V = 40, one-sided p = .01953; the pseudo-median is .46."""
    found = effect(kind="wilcoxon", before=SECOND, after=FIRST)
    assert found["statistic"] == 40
    assert found["p"] == pytest.approx(2 * 0.01953125, abs=1e-9)
    assert found["estimate"] == pytest.approx(0.46, abs=5e-3)
    assert found["ci"] == pytest.approx([0.01, 0.786], abs=5e-3)
    none = effect(kind="wilcoxon", before=[1, 2], after=[1, 2])
    assert (none["p"], none["unchanged"]) == (1, 2)


def test_exact_quantiles_by_counting() -> None:
    """qwilcox(.025, 10, 5) is 9 and qsignrank(.025, 9) is 6 in R's and the printed tables."""
    assert _exact_place(10, 5, 0.025) == 9
    assert _signed_place(9, 0.025) == 6


def test_mcnemar_as_statsmodels() -> None:
    """Agresti's approval ratings: 794, 150, 86, 570; z^2 = 17.36, difference -.04."""
    found = effect(kind="mcnemar", table=[[794, 150], [86, 570]], direction="down")
    theirs = mcnemar([[794, 150], [86, 570]], exact=False, correction=False)
    assert (found["statistic"], found["p"]) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert found["estimate"] == pytest.approx(-0.04)
    assert found["ci"] == pytest.approx([-0.0587, -0.0213], abs=3e-4)  # Agresti's Wald: -.059 to -.021
    few = effect({"b": [1, 1, 0, 0, 0, 0], "a": [1, 0, 1, 1, 1, 0]}, kind="mcnemar", before="b", after="a")
    assert few["p"] == pytest.approx(stats.binomtest(3, 4).pvalue)
    assert (few["won"], few["lost"], few["n_used"]) == (3, 1, 6)


def test_paired_shares_of_newcombe() -> None:
    """Airway reactions of 21 children: Fagerland, Lydersen and Laake (2014) print -.507 to -.026, before less after."""
    found = effect(kind="mcnemar", table=[[1, 1], [7, 12]])
    assert found["estimate"] == pytest.approx(6 / 21)
    assert found["ci"] == pytest.approx([0.026, 0.507], abs=5e-4)
    turned = effect(kind="mcnemar", table=[[1, 7], [1, 12]])
    assert turned["ci"] == pytest.approx([-found["ci"][1], -found["ci"][0]])
    assert turned["p"] == pytest.approx(found["p"])


@pytest.fixture(scope="module")
def level_shift() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    time = np.arange(1, 41)
    return time, 50 + 0.3 * time + 6 * (time >= 21) + rng.normal(0, 1.5, 40)


def test_interrupted_series_as_statsmodels(level_shift: tuple[np.ndarray, np.ndarray]) -> None:
    time, values = level_shift
    found = effect(kind="its", values=values.tolist(), start=21)
    post = (time >= 21).astype(float)
    design = np.column_stack([np.ones(40), time, post, (time - 20) * post])
    theirs = sm.OLS(values, design).fit(
        cov_type="HAC", cov_kwds={"maxlags": found["lag"], "use_correction": False}
    )
    own = [each["estimate"] for each in found["coefficients"].values()]
    assert own == pytest.approx(theirs.params, rel=1e-8)
    assert [each["se"] for each in found["coefficients"].values()] == pytest.approx(theirs.bse, rel=1e-8)
    assert found["verdict"] == "effective"
    split = effect(kind="its", before=values[:20].tolist(), after=values[20:].tolist())
    assert split["estimate"] == pytest.approx(found["estimate"])


def test_interrupted_counts_as_statsmodels() -> None:
    rng = np.random.default_rng(3)
    time = np.arange(1, 49)
    people = rng.integers(9000, 11000, 48)
    counts = rng.poisson(people * 0.02 * np.exp(-0.15 * (time >= 25)))
    found = effect(
        {"n": counts, "people": people}, kind="its", values="n", offset="people", start=25,
        family="poisson", harmonics=1, direction="down",
    )  # fmt: skip
    design = np.column_stack(
        [np.ones(48), time, time >= 25, np.sin(2 * np.pi * time / 12), np.cos(2 * np.pi * time / 12)]
    ).astype(float)
    theirs = sm.GLM(counts, design, family=sm.families.Poisson(), offset=np.log(people)).fit()
    assert found["beta"] == pytest.approx(theirs.params[2], rel=1e-7)
    assert found["se"] == pytest.approx(theirs.bse[2], rel=1e-6)
    assert found["estimate"] == pytest.approx(np.exp(theirs.params[2]), rel=1e-7)
    assert found["overdispersion"] == pytest.approx(theirs.pearson_chi2 / theirs.df_resid, rel=1e-7)
    assert found["verdict"] == "effective"


def test_sicily(shared: Path) -> None:
    data = read_answers(shared / "methods" / "sicily.csv")
    expected = case(shared, "its-sicily")["expected"]
    for key, more in (
        ("sicily_poisson", {"family": "poisson"}),
        ("sicily_quasi", {"family": "quasipoisson"}),
        ("sicily_quasi_harm", {"family": "quasipoisson", "harmonics": 2}),
    ):
        spec = {"kind": "its", "values": "aces", "offset": "stdpop", "start": 37, **more}
        found = run("effect", data, spec)
        own = expected[key]
        assert (found["estimate"], *found["ci"]) == pytest.approx((own["RR"], own["lo"], own["hi"]), abs=1e-5)
        assert found["se"] == pytest.approx(own["se"], rel=1e-5)
    least = run(
        "effect",
        data,
        {"kind": "its", "values": "aces", "offset": "stdpop", "per": 1e5, "post": "smokban", "lag": 3},
    )
    for name, key in (
        ("intercept", "(Intercept)"),
        ("time", "time"),
        ("post", "post"),
        ("slope_change", "tpost"),
    ):
        assert least["coefficients"][name]["estimate"] == pytest.approx(
            expected["sicily_ols"]["coef"][key], rel=1e-5
        )
        assert least["coefficients"][name]["se"] == pytest.approx(
            expected["sicily_ols"]["se_nw3"][key], rel=1e-4
        )
    assert least["durbin_watson"] == pytest.approx(expected["sicily_ols"]["dw"], rel=1e-5)


def test_short_series_show_a_level_only() -> None:
    found = effect(kind="its", before=[5, 6, 5, 6, 5, 6, 5], after=[8, 9, 8, 9, 9])
    assert "slope_change" not in found["coefficients"]
    assert "fewer than 8" in found["notes"][0]["text"]
    with pytest.raises(Refusal) as refused:
        effect(kind="its", before=[5, 6, 5, 6, 5, 6, 5], after=[8, 9, 8, 9, 9], slope=True)
    assert "8 periods" in refused.value.english


def test_difference_in_differences_as_least_squares() -> None:
    rng = np.random.default_rng(5)
    groups = {name: rng.normal(mean, 1, size) for name, mean, size in (
        ("before", 5.0, 40), ("after", 6.5, 35), ("control_before", 5.2, 50), ("control_after", 5.6, 45))}  # fmt: skip
    found = effect(kind="did", **{name: values.tolist() for name, values in groups.items()})
    y = np.concatenate(list(groups.values()))
    treated = np.repeat([1, 1, 0, 0], [40, 35, 50, 45])
    late = np.repeat([0, 1, 0, 1], [40, 35, 50, 45])
    theirs = sm.OLS(y, np.column_stack([np.ones(170), treated, late, treated * late])).fit(cov_type="HC2")
    assert found["estimate"] == pytest.approx(theirs.params[3])
    assert found["se"] == pytest.approx(theirs.bse[3])


@pytest.mark.parametrize(
    ("before", "after", "direction", "margin", "verdict"),
    [
        ([600, 1000], [700, 1000], "up", 0.05, "effective"),
        ([600, 1000], [700, 1000], "down", 0.05, "not_effective"),
        ([700, 1000], [600, 1000], "down", 0.05, "effective"),
        ([6000, 10000], [6200, 10000], "up", 0.05, "not_effective"),  # shown, but too small to be worth it
        ([600, 1000], [603, 1000], "up", 0.05, "not_effective"),
        ([600, 1000], [603, 1000], "up", 0, "not_effective"),  # a small change (h = .2) is ruled out
        ([6, 10], [7, 10], "up", 0.05, "not_enough_data"),
        ([6, 10], [7, 10], "up", 0, "not_enough_data"),
    ],
)
def test_verdict(before: list[int], after: list[int], direction: str, margin: float, verdict: str) -> None:
    found = effect(kind="proportions", before=before, after=after, direction=direction, margin=margin)
    assert found["verdict"] == verdict


def test_several_measures_are_corrected() -> None:
    measures = {
        "speed": {"before": [600, 1000], "after": [700, 1000]},
        "courtesy": {"before": [600, 1000], "after": [645, 1000]},
        "forms": {"before": [600, 1000], "after": [600, 1000]},
    }
    found = effect(kind="proportions", measures=measures)["measures"]
    corrected = multipletests([each["p"] for each in found.values()], method="holm")[1]
    assert [each["p_holm"] for each in found.values()] == pytest.approx(corrected)
    assert effect(kind="proportions", **measures["courtesy"])["verdict"] == "effective"
    assert [each["verdict"] for each in found.values()] == ["effective", "not_enough_data", "not_effective"]
    assert "3 measures" in found["courtesy"]["notes"][0]["text"]


def test_what_is_detectable_and_needed() -> None:
    found = effect(kind="proportions", before=[600, 1000], after=[603, 1000], margin=0.05)
    assert found["detectable"] == pytest.approx(0.0602, abs=2e-3)
    assert found["needed_n"] == 1471
    assert "not shown" in found["notes"][0]["text"]
    means = effect(kind="welch", before=[1, 2, 3, 4, 5] * 8, after=[2, 3, 4, 5, 6] * 8, margin=0.5)
    assert means["needed_n"] == pytest.approx(129, abs=4)  # d = .5 / 1.43


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"kind": "proportions", "before": [9, 5], "after": [1, 5]}, "before"),
        ({"kind": "proportions", "before": [1, 5]}, "after"),
        ({"kind": "proportions", "before": [0, 1, 2], "after": [0, 1, 1]}, "0 and 1"),
        ({"kind": "welch", "before": [1], "after": [1, 2]}, "before"),
        ({"kind": "paired", "before": [1, 2], "after": [1, 2, 3]}, "after"),
        ({"kind": "welch", "before": "x", "after": [1, 2]}, "x"),
        ({"kind": "its", "values": [1, 2, 3], "start": 3}, "3 periods"),
        ({"kind": "its", "values": [1] * 20, "start": 30}, "start"),
        ({"kind": "its", "values": [-1] * 20, "start": 10, "family": "poisson"}, "values"),
        ({"kind": "did", "before": [1, 2], "after": [1, 2], "control_before": [1], "control_after": [1, 2]}, "control_before"),
        ({"kind": "welch", "before": [1, 2], "after": [1, 2], "margin": -1}, "margin"),
        ({"kind": "anova", "before": [1, 2], "after": [1, 2]}, "kind"),
    ],
)  # fmt: skip
def test_refusals(spec: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal) as refused:
        effect(**spec)
    assert says in refused.value.english


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 20), min_size=3, max_size=15),
    st.lists(st.integers(0, 20), min_size=3, max_size=15),
    st.sampled_from(["welch", "mann_whitney"]),
    st.integers(1, 9),
    st.integers(-9, 9),
)
def test_order_unit_and_sides(before: list[int], after: list[int], kind: str, scale: int, shift: int) -> None:
    found = effect(kind=kind, before=before, after=after)
    moved = effect(
        kind=kind,
        before=[each * scale + shift for each in reversed(before)],
        after=[each * scale + shift for each in reversed(after)],
    )
    swapped = effect(kind=kind, before=after, after=before)
    assert moved["estimate"] == pytest.approx(found["estimate"] * scale, abs=1e-9)
    assert swapped["estimate"] == pytest.approx(-found["estimate"], abs=1e-9)
    if found["p"] is not None:
        assert moved["p"] == pytest.approx(found["p"], abs=1e-9)
        assert swapped["p"] == pytest.approx(found["p"], abs=1e-9)
        assert swapped["ci"] == pytest.approx([-found["ci"][1], -found["ci"][0]], abs=1e-9)
