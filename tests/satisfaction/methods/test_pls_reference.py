"""The reference cases of mobile phone customers (mobi), computed by other programs."""

from pathlib import Path
from typing import Any

import pytest

from satisfaction.methods.door import run
from tests.satisfaction.methods.given import case, mobi

NAMES = {
    "cronbach_alpha_standardised": "alpha_standardised",
    "rho_C": "rho_c",
    "rho_A": "rho_a",
    "AVE": "ave",
}


def specification(inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    keys = ("paths", "standardise", "tol", "max_iter", "scheme")
    return {"constructs": inputs["blocks"]} | {key: inputs[key] for key in keys if key in inputs} | more


def flat(blocks: dict[str, dict[str, float]]) -> dict[str, float]:
    return {item: value for block in blocks.values() for item, value in block.items()}


def test_estimate_with_path_weighting(shared: Path) -> None:
    given = case(shared, "pls-mobi-ecsi-A-path")
    found, expected = run("pls", mobi(shared), specification(given["inputs"])), given["expected"]
    for key in ("paths", "r2", "total_effects", "f2"):
        assert found[key] == pytest.approx(expected[key], abs=1e-6), key
    assert found["r2_adjusted"] == pytest.approx(expected["r2_adj"], abs=1e-6)
    assert flat(found["weights"]) == pytest.approx(expected["outer_weights"], abs=1e-6)
    assert flat(found["loadings"]) == pytest.approx(expected["loadings"], abs=1e-6)
    for key, told in (
        ("htmt_abs", "htmt"),
        ("fornell_larcker", "fornell_larcker"),
        ("construct_cor", "construct_correlations"),
    ):
        for pair, value in expected[key].items():
            assert found[told][pair] == pytest.approx(value, abs=1e-6), (key, pair)
    for name, figures in expected["reliability"].items():
        for key, value in figures.items():
            assert found["reliability"][name][NAMES[key]] == pytest.approx(value, abs=1e-6), (name, key)
    for name, figures in expected["inner_vif"].items():
        for cause, value in figures.items():
            assert found["vif"][name][cause] == pytest.approx(1 if value is None else value, abs=1e-6)


def test_the_template_is_the_same_model(shared: Path) -> None:
    given = case(shared, "pls-mobi-ecsi-A-path")
    spec = specification(given["inputs"]) | {"template": "ecsi"}
    del spec["paths"]
    assert run("pls", mobi(shared), spec)["paths"] == pytest.approx(given["expected"]["paths"], abs=1e-6)


def test_estimate_with_centroid_weighting(shared: Path) -> None:
    given = case(shared, "pls-mobi-ecsi-A-centroid")
    found, expected = run("pls", mobi(shared), specification(given["inputs"])), given["expected"]
    assert found["paths"] == pytest.approx(expected["paths"], abs=1e-5)
    assert found["r2"] == pytest.approx(expected["r2"], abs=1e-5)
    assert flat(found["weights"]) == pytest.approx(expected["outer_weights"], abs=1e-5)
    assert flat(found["loadings"]) == pytest.approx(expected["loadings"], abs=1e-5)


def test_not_standardised_gives_the_published_shares(shared: Path) -> None:
    """R² of Tenenhaus et al. (2005), to their three figures; and the index of that variant."""
    inputs = case(shared, "pls-mobi-ecsi-A-centroid")["inputs"] | {"standardise": False}
    found = run("pls", mobi(shared), specification(inputs, scale=[1, 10]))
    ends = ("Expectation", "Quality", "Value", "Satisfaction", "Complaints", "Loyalty")
    assert [found["r2"][end] for end in ends] == pytest.approx(
        [0.243, 0.297, 0.335, 0.672, 0.292, 0.432], abs=5e-4
    )
    assert found["index"]["Satisfaction"] == pytest.approx(71.248, abs=1e-3)


def test_index(shared: Path) -> None:
    inputs = case(shared, "pls-mobi-ecsi-A-path")["inputs"]
    expected = case(shared, "acsi-index-mobi-path")["expected"]
    found = run("pls", mobi(shared), specification(inputs, scale=[1, 10]))
    assert found["index"] == pytest.approx(expected["index_unstandardised_weights"], abs=1e-3)
    assert found["index_standardised_weights"] == pytest.approx(
        expected["index_standardised_weights"], abs=1e-3
    )
    assert "ACSI" in found["index_variant"]


def test_consistent_pls_is_inadmissible(shared: Path) -> None:
    given = case(shared, "pls-mobi-PLSc")
    found = run("pls", mobi(shared), specification(given["inputs"]), {"plsc": True})["plsc"]
    expected = given["expected"]
    assert found["admissible"] is False
    assert "positive semi-definite" in found["reasons"][0]["text"]
    for key in ("paths", "r2", "total_effects", "f2"):
        assert found[key] == pytest.approx(expected[key], abs=1e-4), key
    assert found["r2_adjusted"] == pytest.approx(expected["r2_adj"], abs=1e-4)
    assert flat(found["loadings"]) == pytest.approx(expected["loadings"], abs=1e-4)
    for name, figures in expected["reliability"].items():
        for key in ("rho_C", "rho_A", "AVE"):
            assert found["reliability"][name][NAMES[key]] == pytest.approx(figures[key], abs=1e-4)


def test_resamples(shared: Path) -> None:
    given = case(shared, "pls-mobi-bootstrap-5000")
    found = run("pls", mobi(shared), specification(given["inputs"]), {"bootstrap": 5000, "seed": 3})[
        "bootstrap"
    ]
    assert (found["n"], found["failed"]) == (5000, 0)
    for key in ("paths", "htmt"):
        for name, figures in given["expected"][key].items():
            told = found[key][name.replace("->", "|") if key == "htmt" else name]
            assert told["se"] == pytest.approx(figures["se"], rel=0.06), name
            assert told["ci"] == pytest.approx([figures["lo"], figures["hi"]], abs=0.02), name


def test_one_resample_by_its_rows(shared: Path) -> None:
    given = case(shared, "pls-mobi-one-resample")
    spec = specification(given["inputs"], resample_rows=[given["inputs"]["row_indices_0based"]])
    found = run("pls", mobi(shared), spec)["bootstrap"]
    assert found["resamples"][0]["paths"] == pytest.approx(given["expected"]["paths"], abs=1e-5)
    assert found["resamples"][0]["r2"] == pytest.approx(given["expected"]["r2"], abs=1e-5)
    assert {name: each["mean"] for name, each in found["paths"].items()} == pytest.approx(
        given["expected"]["paths"], abs=1e-5
    )


def test_forms_of_htmt(shared: Path) -> None:
    given = case(shared, "htmt-variants-mobi")
    inputs = case(shared, "pls-mobi-ecsi-A-path")["inputs"]
    found = run("pls", mobi(shared), specification(inputs))
    for pair, forms in given["expected"].items():
        for key, told in (("abs", "htmt"), ("signed", "htmt_signed"), ("htmt2", "htmt2")):
            assert found[told][pair] == (None if forms[key] is None else pytest.approx(forms[key], abs=1e-6))


def test_alpha(shared: Path) -> None:
    inputs = case(shared, "pls-mobi-ecsi-A-path")["inputs"]
    found = run("pls", mobi(shared), specification(inputs))["reliability"]
    for name, figures in case(shared, "alpha-mobi")["expected"].items():
        assert found[name]["alpha"] == pytest.approx(figures["raw_alpha"], abs=1e-6)
        assert found[name]["alpha_standardised"] == pytest.approx(figures["std_alpha"], abs=1e-6)
