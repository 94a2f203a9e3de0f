"""Resamples, case weights and groups."""

from typing import Any

import numpy as np
import pytest

from satisfaction.methods.answers import Answers
from satisfaction.methods.pls.bootstrap import quantiles, resample, summary
from satisfaction.methods.pls.sample import read_sample
from satisfaction.methods.pls.settings import read_settings
from tests.satisfaction.methods.given import analysed
from tests.satisfaction.methods.pls_by_hand import CONSTRUCTS, answers, model


def gappy(n: int = 60, seed: int = 4) -> dict[str, Any]:
    data: dict[str, Any] = {name: each.copy() for name, each in answers(n, seed).items()}
    random = np.random.default_rng(seed)
    for name in ("i1", "q2", "l1"):
        data[name][random.random(n) < 0.15] = np.nan
    return data


@pytest.mark.parametrize("missing", ["mean", "listwise"])
@pytest.mark.parametrize("standardise", [True, False])
def test_a_resample_is_the_analysis_of_those_rows(missing: str, standardise: bool) -> None:
    """Also with gaps: the means that fill them are the resample's own."""
    data = gappy()
    random = np.random.default_rng(1)
    rows = random.integers(0, 60, (20, 60)).tolist()
    spec = model({"Value": "B"}, missing=missing, standardise=standardise, tol=1e-10)
    found = analysed("pls", data, spec | {"resample_rows": rows})["bootstrap"]
    assert found["n"] == found["used"] == 20
    for each, told in zip(rows, found["resamples"], strict=True):
        taken = {name: column[each] for name, column in data.items()}
        alone = analysed("pls", taken, spec)
        assert told["paths"] == pytest.approx(alone["paths"], abs=1e-8)
        assert told["r2"] == pytest.approx(alone["r2"], abs=1e-8)
        assert told["index"] == pytest.approx(alone["index"], abs=1e-6)
        for name in CONSTRUCTS:
            assert told["weights"][name] == pytest.approx(alone["weights"][name], abs=1e-8)


def test_figures_of_resamples_follow_their_definitions() -> None:
    rows = np.random.default_rng(6).integers(0, 120, (200, 120)).tolist()
    found = analysed("pls", answers(), model(resample_rows=rows, confidence=0.9))
    told = found["bootstrap"]
    for path, figures in told["paths"].items():
        draws = np.array([each["paths"][path] for each in told["resamples"]])
        assert figures["mean"] == pytest.approx(draws.mean())
        assert figures["se"] == pytest.approx(draws.std(ddof=1))
        assert figures["t"] == pytest.approx(found["paths"][path] / draws.std(ddof=1))
        assert figures["ci"] == pytest.approx(np.percentile(draws, [5, 95]).tolist())
        assert 0 <= figures["p"] <= 1
    index = np.array([each["index"]["Loyalty"] for each in told["resamples"]])
    assert told["index"]["Loyalty"]["ci"] == pytest.approx(np.percentile(index, [5, 95]).tolist())
    bound = told["htmt"]["Quality|Image"]
    assert bound["distinct"] == (bound["upper95"] < 0.9)
    assert told["htmt"]["Image|Quality"] == bound


def test_quantiles_are_numpys_and_leave_gaps_out() -> None:
    draws = np.random.default_rng(1).normal(size=(3, 101))
    draws[1, :60] = np.nan
    draws[2] = np.nan
    found = quantiles(draws, [0.025, 0.5, 0.975])
    assert found[:, 0] == pytest.approx(np.quantile(draws[0], [0.025, 0.5, 0.975]))
    assert found[:, 1] == pytest.approx(np.quantile(draws[1, 60:], [0.025, 0.5, 0.975]))
    assert np.isnan(found[:, 2]).all()
    told = summary(np.ones(3), draws, 0.95)
    assert told.se[1] == pytest.approx(draws[1, 60:].std(ddof=1))
    assert np.isnan(told.p[2])


def test_a_seed_repeats_and_another_differs() -> None:
    one = analysed("pls", answers(), model(), bootstrap=60, seed=5)
    assert one == analysed("pls", answers(), model(seed=5), bootstrap=60)
    assert one["seed"] == 5
    assert (
        one["bootstrap"]["paths"]
        != analysed("pls", answers(), model(), bootstrap=60, seed=6)["bootstrap"]["paths"]
    )
    assert "seed" not in analysed("pls", answers(), model())
    largest = 2**63 - 1
    assert analysed("pls", answers(), model(), bootstrap=20, seed=largest)["seed"] == largest


def test_resamples_that_cannot_be_used_are_counted() -> None:
    """Loyalty's second column varies in two answers alone: many resamples miss both."""
    data = answers(40)
    data["l2"][:] = 5
    data["l2"][:2] = 6
    found = analysed("pls", data, model(), bootstrap=300)
    told = found["bootstrap"]
    assert told["failed"] == told["failed_reasons"]["constant_column"] > 20
    assert told["used"] + told["failed"] == told["n"] == 300
    assert any("too hopeful" in note["text"] for note in found["notes"])
    assert all(figures["se"] is not None for figures in told["paths"].values())
    rows = [[2, 3, 4, 5] * 10, list(range(40))]
    given = analysed("pls", data, model(resample_rows=rows))["bootstrap"]
    assert given["resamples"][0] is None
    assert given["resamples"][1]["paths"] == pytest.approx(found["paths"])


def test_chunks_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(model(bootstrap=90, seed=3), {})
    sample = read_sample(Answers.of(gappy()), settings)
    pairs = (np.array([1]), np.array([0]))
    whole = resample(sample, pairs)
    monkeypatch.setattr("satisfaction.methods.pls.bootstrap.CHUNK", 2_000)
    monkeypatch.setattr("satisfaction.methods.pls.sample._BLOCK", 1_000)
    parted = resample(sample, pairs)
    for name, values in whole.figures.items():
        assert parted.figures[name] == pytest.approx(values, abs=1e-9), name


def test_large_samples_are_counted_row_by_row_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(model(bootstrap=40), {})
    sample = read_sample(Answers.of(answers()), settings)
    pairs = (np.array([1]), np.array([0]))
    small = resample(sample, pairs)
    monkeypatch.setattr("satisfaction.methods.pls.bootstrap._TOGETHER", 1)
    large = resample(sample, pairs)
    assert large.figures["paths"] == pytest.approx(small.figures["paths"])


def test_weights_are_repeated_rows() -> None:
    data = gappy()
    times = np.random.default_rng(3).integers(1, 4, 60)
    weighted = analysed("pls", data | {"w": times}, model(weight="w", scores=True))
    repeated = analysed("pls", {name: np.repeat(each, times) for name, each in data.items()}, model())
    for key in ("paths", "r2", "weights", "loadings", "index", "htmt", "total_effects", "vif"):
        assert flat(weighted[key]) == pytest.approx(flat(repeated[key]), abs=1e-8), key
    for name in CONSTRUCTS:
        assert weighted["reliability"][name]["alpha"] == pytest.approx(repeated["reliability"][name]["alpha"])
        for key in ("mean", "min", "median", "max"):
            assert weighted["scores_summary"][name][key] == pytest.approx(
                repeated["scores_summary"][name][key], abs=1.5 if key == "median" else 1e-9
            )
    assert weighted["n_used"] == 60
    assert weighted["n_effective"] == pytest.approx(times.sum() ** 2 / (times**2).sum())


def flat(told: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in told.items():
        if isinstance(value, dict):
            made |= {f"{key}.{inner}": each for inner, each in value.items()}
        else:
            made[key] = value
    return made


def test_weights_count_in_resamples_and_none_means_out() -> None:
    data = answers(80)
    times = np.random.default_rng(3).integers(1, 4, 80).astype(float)
    rows = np.random.default_rng(8).integers(0, 80, 80)
    told = analysed("pls", data | {"w": times}, model(weight="w", resample_rows=[rows.tolist()]))
    alone = analysed(
        "pls", {name: each[rows] for name, each in data.items()} | {"w": times[rows]}, model(weight="w")
    )
    assert told["bootstrap"]["resamples"][0]["paths"] == pytest.approx(alone["paths"], abs=1e-6)
    times[:5], times[5] = 0, np.nan
    found = analysed("pls", data | {"w": times}, model(weight="w"))
    assert found["n_dropped"] == {"count": 6, "reasons": {"no_weight": 6}}


def test_groups_stand_alone_and_are_compared() -> None:
    one, two = answers(80, 4), answers(70, 5)
    data: dict[str, Any] = {name: np.concatenate((one[name], two[name], [5.0])) for name in one}
    data["branch"] = ["North"] * 80 + ["South"] * 70 + [None]
    found = analysed("pls", data, model(groups="branch"), bootstrap=200, seed=2)
    north, south = found["groups"]
    assert (north["group"], north["n_used"], south["group"], south["n_used"]) == ("North", 80, "South", 70)
    assert north["paths"] == pytest.approx(analysed("pls", one, model())["paths"])
    assert south["index"] == pytest.approx(analysed("pls", two, model())["index"])
    assert found["n_used"] == 151
    assert any("without an entry in “branch”: 1." in note["text"] for note in found["notes"])
    compared = found["group_differences"][0]
    assert compared["groups"] == ["North", "South"]
    for path, told in compared["paths"].items():
        assert told["difference"] == pytest.approx(north["paths"][path] - south["paths"][path])
        assert told["ci"][0] < told["difference"] < told["ci"][1]


def test_groups_draw_independently() -> None:
    """The same people in both groups: with the same draws every difference would be zero, and its interval too."""
    one = answers(80)
    data: dict[str, Any] = {name: np.concatenate((each, each)) for name, each in one.items()}
    data["branch"] = ["North"] * 80 + ["South"] * 80
    told = analysed("pls", data, model(groups="branch"), bootstrap=100)["group_differences"][0]["paths"]
    for figures in told.values():
        assert figures["difference"] == pytest.approx(0, abs=1e-9)
        assert figures["se"] > 0.02


def test_a_group_too_small_is_refused_by_name_and_the_others_stay() -> None:
    data: dict[str, Any] = dict(answers(60))
    data["branch"] = ["North"] * 57 + ["South"] * 3
    found = analysed("pls", data, model(groups="branch"))
    north, south = found["groups"]
    assert "paths" in north
    assert south["withheld"] is True
    assert south["rows"] is None
    assert south["refused"]["text"].startswith("Group “South”: Fewer than 10 respondents")
    shown = analysed("pls", data, model(by="branch", min_cell=3))["groups"][1]
    assert set(shown) == {"group", "rows", "refused"}, "too few for the model, though not to be hidden"
    assert found["group_differences"] == []
    lacking = {
        name: np.where(np.arange(60) < 20, np.nan, each)
        for name, each in answers(60).items()
        if name[0] == "l"
    }
    data |= lacking
    texts = [note["text"] for note in analysed("pls", data, model(groups="branch"))["notes"]]
    assert (
        "Group “North”: Column “l1” lacks 35.1 % of its answers; results that rest on it are weak." in texts
    )
