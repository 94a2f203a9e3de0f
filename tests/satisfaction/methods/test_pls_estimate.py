"""What the estimate says, against scores computed the slow way and against the definitions."""

import itertools
from typing import Any

import numpy as np
import pytest

from satisfaction.methods.answers import Answers
from satisfaction.methods.door import run
from satisfaction.methods.tables import report
from tests.satisfaction.methods.given import analysed
from tests.satisfaction.methods.pls_by_hand import CONSTRUCTS, PATHS, answers, by_hand, model


@pytest.mark.parametrize("scheme", ["path", "factorial", "centroid"])
@pytest.mark.parametrize("standardise", [True, False])
@pytest.mark.parametrize("modes", [{}, {"Image": "B", "Value": "B"}])
def test_equals_the_slow_way(scheme: str, standardise: bool, modes: dict[str, str]) -> None:
    data = answers()
    found = analysed("pls", data, model(modes, scheme=scheme, standardise=standardise, tol=1e-11))
    weights, paths, r2 = by_hand(data, CONSTRUCTS, PATHS, scheme=scheme, standardise=standardise, modes=modes)
    assert found["converged"]
    for name in CONSTRUCTS:
        assert found["weights"][name] == pytest.approx(weights[name], abs=1e-9)
    assert found["paths"] == pytest.approx(paths, abs=1e-9)
    assert found["r2"] == pytest.approx(r2, abs=1e-9)


def test_scores_are_what_the_index_and_the_correlations_are_of() -> None:
    data = answers()
    found = analysed("pls", data, model(scores=True))
    assert found["scores"]["rows"] == list(range(120))
    for name in CONSTRUCTS:
        shares = found["index_weights"][name]
        assert sum(shares.values()) == pytest.approx(1)
        own = sum(share * (data[item] - 1) / 9 * 100 for item, share in shares.items())
        assert found["scores"][name] == pytest.approx(own.tolist())
        assert found["index"][name] == pytest.approx(own.mean())
        told = found["scores_summary"][name]
        assert told["mean"] == pytest.approx(own.mean())
        assert told["sd"] == pytest.approx(own.std(ddof=1))
        assert [told[key] for key in ("min", "q25", "median", "q75", "max")] == pytest.approx(
            np.percentile(own, [0, 25, 50, 75, 100]).tolist()
        )
    table = np.corrcoef([found["scores"][name] for name in CONSTRUCTS])
    for (a, one), (b, other) in itertools.combinations(enumerate(CONSTRUCTS), 2):
        assert found["construct_correlations"][f"{one}|{other}"] == pytest.approx(table[a, b])
        assert found["construct_correlations"][f"{other}|{one}"] == pytest.approx(table[a, b])
        assert found["fornell_larcker"][f"{one}|{other}"] == pytest.approx(table[a, b])
    for name in CONSTRUCTS:
        for item, r in found["cross_loadings"][name].items():
            assert r == pytest.approx(np.corrcoef(data[item], found["scores"][name])[0, 1])
        for item in CONSTRUCTS[name]:
            assert found["cross_loadings"][name][item] == pytest.approx(found["loadings"][name][item])


def test_scores_without_a_scale_have_unit_variance_and_no_index() -> None:
    spec = model(scores=True)
    del spec["scale"]
    found = analysed("pls", answers(), spec)
    assert set(found["index"].values()) == {None}
    assert any("scale" in note["text"] for note in found["notes"])
    for name in CONSTRUCTS:
        assert np.mean(found["scores"][name]) == pytest.approx(0, abs=1e-12)
        assert np.std(found["scores"][name], ddof=1) == pytest.approx(1)


def test_effects_sizes_and_inflation_follow_their_definitions() -> None:
    data = answers()
    found = analysed("pls", data, model(scores=True))
    paths = found["paths"]
    total = found["total_effects"]
    assert total["Image->Value"] == pytest.approx(
        paths["Image->Value"] + paths["Image->Quality"] * paths["Quality->Value"]
    )
    assert total["Image->Loyalty"] == pytest.approx(
        paths["Image->Quality"] * paths["Quality->Loyalty"] + total["Image->Value"] * paths["Value->Loyalty"]
    )
    r = found["construct_correlations"]
    assert found["vif"]["Value"]["Image"] == pytest.approx(1 / (1 - r["Image|Quality"] ** 2))
    assert found["vif"]["Quality"] == {"Image": pytest.approx(1)}
    for end in found["r2"]:
        causes = sum(1 for path in PATHS if path[1] == end)
        assert found["r2_adjusted"][end] == pytest.approx(1 - (1 - found["r2"][end]) * 119 / (119 - causes))
    # one path less, estimated again from the start
    for start, end in PATHS:
        left = [path for path in PATHS if path != [start, end]]
        r2 = by_hand(data, CONSTRUCTS, left)[2].get(end, 0.0)
        expected = (found["r2"][end] - r2) / (1 - found["r2"][end])
        assert found["f2"][f"{start}->{end}"] == pytest.approx(expected, abs=1e-5)
    fixed = (found["r2"]["Value"] - r["Quality|Value"] ** 2) / (1 - found["r2"]["Value"])
    assert found["f2_fixed_scores"]["Image->Value"] == pytest.approx(fixed)
    items = np.linalg.inv(np.corrcoef([data[item] for item in CONSTRUCTS["Quality"]]))
    assert list(found["vif_items"]["Quality"].values()) == pytest.approx(np.diag(items).tolist())


def test_a_path_whose_loss_leaves_a_construct_alone_has_its_size() -> None:
    """`Other` leads to Value alone; without that path it drops out and Value keeps its other cause."""
    data = answers() | {"o1": answers(seed=9)["i1"]}
    constructs = CONSTRUCTS | {"Other": ["o1"]}
    paths = [*PATHS, ["Other", "Value"]]
    found = analysed("pls", data, {"constructs": constructs, "paths": paths, "scale": [1, 10]})
    left = by_hand(data, CONSTRUCTS, PATHS)[2]["Value"]
    assert found["f2"]["Other->Value"] == pytest.approx(
        (found["r2"]["Value"] - left) / (1 - found["r2"]["Value"]), abs=1e-5
    )


def test_both_forms_of_htmt_are_named_and_differ_where_signs_do() -> None:
    data = answers()
    data["v2"] = 11 - data["v2"]
    found = analysed("pls", data, model())
    assert set(found["htmt_variants"]) == {"htmt", "htmt_signed", "htmt2"}
    assert found["htmt"]["Loyalty|Quality"] == pytest.approx(found["htmt_signed"]["Loyalty|Quality"])
    assert found["htmt"]["Value|Quality"] > 0
    assert found["htmt_signed"]["Value|Quality"] is None  # the columns of Value contradict each other
    assert found["htmt2"]["Value|Quality"] is None
    assert any("Alpha of “Value” is negative" in note["text"] for note in found["notes"])
    turned = analysed("pls", data, model(reverse=["v2"]))
    assert turned["htmt"]["Value|Quality"] == pytest.approx(turned["htmt_signed"]["Value|Quality"])
    assert turned["index"] == pytest.approx(analysed("pls", answers(), model())["index"])


def test_one_column_is_its_construct() -> None:
    constructs = CONSTRUCTS | {"Loyalty": ["l1"]}
    found = analysed("pls", answers(), {"constructs": constructs, "paths": PATHS, "scale": [1, 10]})
    assert found["weights"]["Loyalty"] == {"l1": pytest.approx(1)}
    assert found["loadings"]["Loyalty"] == {"l1": pytest.approx(1)}
    told = found["reliability"]["Loyalty"]
    assert [told[key] for key in ("alpha", "alpha_standardised", "rho_a", "rho_c", "ave")] == pytest.approx(
        [1] * 5
    )
    assert found["index"]["Loyalty"] == pytest.approx((answers()["l1"].mean() - 1) / 9 * 100)


def test_a_negative_weight_is_flagged() -> None:
    data = answers()
    random = np.random.default_rng(2)
    data["q3"] = np.clip(np.round(data["q1"] + random.normal(size=120)), 1, 10)
    data["q1"] = np.clip(np.round(data["q1"] + 0.8 * (data["q1"] - data["l1"])), 1, 10)
    found = analysed("pls", data, model({"Quality": "B"}))
    assert min(found["weights"]["Quality"].values()) < 0
    assert "Quality" in found["index_flags"]
    assert found["index"]["Quality"] is not None


def test_without_convergence_no_index_is_given() -> None:
    found = analysed("pls", answers(), model(max_iter=1), bootstrap=50)
    assert found["converged"] is False
    assert found["last_change"] > 1e-7
    assert set(found["index"].values()) == {None}
    assert found["scores_summary"] is None
    assert "bootstrap" not in found
    assert any("did not settle" in note["text"] for note in found["notes"])


def test_missing_answers_by_mean_or_by_row() -> None:
    data: dict[str, Any] = {name: each.copy() for name, each in answers().items()}
    data["i1"][:8] = -99
    data["q2"][5:20] = np.nan
    filled = {
        name: np.where(np.isnan(each) | (each == -99), np.mean(each[(each > 0)]), each)
        for name, each in data.items()
    }
    by_mean = analysed("pls", data, model(tol=1e-11, missing_codes=[-99]))
    expected = by_hand(filled, CONSTRUCTS, PATHS)
    assert by_mean["n_used"] == 120
    assert by_mean["n_dropped"] == {"count": 0, "reasons": {}}
    assert by_mean["paths"] == pytest.approx(expected[1], abs=1e-9)
    by_row = analysed("pls", data, model(missing="listwise", tol=1e-11, missing_codes=-99))
    complete = {name: each[20:] for name, each in data.items()}
    assert by_row["n_used"] == 100
    assert by_row["n_dropped"] == {"count": 20, "reasons": {"missing_answers": 20}}
    assert by_row["paths"] == pytest.approx(by_hand(complete, CONSTRUCTS, PATHS)[1], abs=1e-9)


def test_who_answered_nothing_is_left_out_and_gaps_are_named() -> None:
    data: dict[str, Any] = {name: each.copy() for name, each in answers().items()}
    for each in data.values():
        each[:3] = np.nan
    data["l1"][3:33] = data["l2"][3:33] = np.nan
    found = analysed("pls", data, model())
    assert found["n_dropped"] == {"count": 3, "reasons": {"no_answers": 3}}
    texts = [note["text"] for note in found["notes"]]
    assert any("“l1” lacks 25.6 %" in text for text in texts)
    assert any("Nothing was answered about “Loyalty” by 30 of 117" in text for text in texts)


def test_baseline_weights_hold_the_trend() -> None:
    first, second = answers(), answers(seed=5)
    before = analysed("pls", first, model())
    after = analysed("pls", second, model(baseline_weights={"Quality": before["index_weights"]["Quality"]}))
    expected = sum(
        share * (second[item].mean() - 1) / 9 * 100
        for item, share in before["index_weights"]["Quality"].items()
    )
    assert after["index_baseline_weights"] == {"Quality": pytest.approx(expected)}
    assert after["index"]["Quality"] != pytest.approx(expected, abs=1e-6)


def test_scales_may_differ_by_construct_and_column() -> None:
    data = answers()
    data["v1"] = data["v1"] * 10
    spec = model(
        scale={"Image": [1, 10], "Quality": [1, 10], "Value": [1, 10], "v1": [10, 100], "Loyalty": [0, 10]}
    )
    found = analysed("pls", data, spec)
    plain = analysed("pls", answers(), model())
    assert found["index"]["Value"] == pytest.approx(plain["index"]["Value"])
    assert found["index"]["Loyalty"] > plain["index"]["Loyalty"]


def test_templates_lay_the_paths_and_can_be_edited() -> None:
    names = {
        "Expectations": ["i1", "i2"],
        "Perceived quality": ["q1", "q2"],
        "Value": ["v1"],
        "满意度": ["v2"],
    }
    spec = {"template": "acsi", "constructs": names | {"Complaints": ["l1"], "Customer Loyalty": ["l2"]}}
    found = analysed("pls", answers(), spec)
    assert found["template"] == "acsi"
    assert list(found["paths"]) == [
        "Expectations->Perceived quality", "Expectations->Value", "Expectations->满意度", "Perceived quality->Value",
        "Perceived quality->满意度", "Value->满意度", "满意度->Complaints", "满意度->Customer Loyalty",
        "Complaints->Customer Loyalty",
    ]  # fmt: skip
    six = {
        "品牌形象": ["i1"],
        "预期质量": ["i2"],
        "感知质量": ["q1"],
        "感知价值": ["v1"],
        "满意度": ["v2"],
        "忠诚度": ["l1"],
    }
    spec = {"template": "ccsi", "constructs": six}
    assert len(analysed("pls", answers(), spec)["paths"]) == 12
    edited = spec | {"drop_paths": [["品牌形象", "感知价值"]], "add_paths": ["感知质量->忠诚度"]}
    paths = analysed("pls", answers(), edited)["paths"]
    assert "品牌形象->感知价值" not in paths
    assert "感知质量->忠诚度" in paths
    seven = {
        "image": ["i1"],
        "expectation": ["i2"],
        "quality": ["q1"],
        "value": ["v1"],
        "satisfaction": ["v2"],
    }
    spec = {"template": "ecsi", "constructs": seven | {"complaints": ["l1"], "loyalty": ["l2"]}}
    assert len(analysed("pls", answers(), spec)["paths"]) == 12


def test_consistent_pls_finds_the_factors_behind_the_answers() -> None:
    """Two factors that correlate by .6 in the population: PLSc finds it, plain PLS stays below."""
    random = np.random.default_rng(11)
    n = 20_000
    one = random.normal(size=n)
    other = 0.6 * one + 0.8 * random.normal(size=n)
    data = {f"a{k}": 0.7 * one + np.sqrt(0.51) * random.normal(size=n) for k in range(4)}
    data |= {f"b{k}": 0.8 * other + 0.6 * random.normal(size=n) for k in range(4)}
    spec = {"constructs": {"A": list(data)[:4], "B": list(data)[4:]}, "paths": [["A", "B"]]}
    found = analysed("pls", data, spec, plsc=True)
    assert found["plsc"]["admissible"] is True
    assert found["plsc"]["reasons"] == []
    assert found["plsc"]["paths"]["A->B"] == pytest.approx(0.6, abs=0.02)
    assert list(found["plsc"]["loadings"]["A"].values()) == pytest.approx([0.7] * 4, abs=0.02)
    assert found["paths"]["A->B"] < 0.55
    composite = spec | {
        "constructs": {"A": {"items": list(data)[:4], "type": "composite"}, "B": {"items": ["b0"]}}
    }
    kept = analysed("pls", data, composite, plsc=True)
    assert kept["plsc"]["paths"] == pytest.approx(kept["paths"])


def test_the_result_is_plain_and_prints() -> None:
    found = run("pls", Answers.of(answers()), model(), {"bootstrap": 30, "plsc": True})
    assert (
        found["variant"]
        == "PLS path model, mode A, path weighting, standardised, missing answers replaced by the mean"
    )
    assert found["seed"] == 1
    text = report(found)
    assert "Image->Quality" in text
    assert "nan" not in text.lower()


def test_of_many_paths_f2_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("parts", "analysis"):
        monkeypatch.setattr(f"satisfaction.methods.pls.{module}.MOST_ESTIMATED_AGAIN", 2)
    found = analysed("pls", answers(), model())
    assert found["f2"]["Quality->Loyalty"] is None
    assert found["f2_fixed_scores"]["Quality->Loyalty"] > 0
    assert any("f2 is left out" in note["text"] for note in found["notes"])
