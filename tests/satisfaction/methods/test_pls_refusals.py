"""Each refusal is a sentence that names the column, construct, group or parameter."""

from typing import Any

import numpy as np
import pytest

from satisfaction.methods.answers import Refusal
from tests.satisfaction.methods.given import analysed
from tests.satisfaction.methods.pls_by_hand import CONSTRUCTS, PATHS, answers, model


def refused(columns: dict[str, Any], spec: dict[str, Any], **options: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        analysed("pls", columns, spec, **options)
    assert str(caught.value.field) in caught.value.english
    return caught.value


def without(key: str) -> dict[str, Any]:
    spec = model()
    del spec[key]
    return spec


CONSTRUCT = CONSTRUCTS | {"Extra": ["x"]}

SPECS: list[tuple[dict[str, Any], str, str]] = [
    (without("constructs"), "constructs", "missing"),
    (without("paths"), "paths", "missing"),
    (model(constructs={"Image": ["i1"]}), "constructs", "at least two"),
    (model(constructs=CONSTRUCTS | {"A->B": ["x"]}), "A->B", "may not"),
    (model(constructs=CONSTRUCTS | {"Empty": []}), "Empty", "no columns"),
    (model(constructs=CONSTRUCTS | {"Twice": ["i1"]}), "i1", "“Image” and in “Twice”"),
    (model(constructs=CONSTRUCTS | {"Twice": ["x", "x"]}), "constructs.Twice.items", "twice"),
    (model(constructs=CONSTRUCT), "Extra", "stands alone"),
    (model("C"), "constructs.Image.mode", "A, B"),
    (model(constructs=CONSTRUCTS | {"Image": {"items": ["i1", "i2"], "mode": "B", "type": "factor"}}),
     "constructs.Image.type", "mode B"),
    (model(constructs=CONSTRUCTS | {"Image": {"columns": ["i1"]}}), "constructs.Image.columns", "not a parameter"),
    (model(constructs={f"C{k}": [f"c{k}"] for k in range(61)}), "constructs", "at most 60"),
    (model(constructs=CONSTRUCTS | {"Image": [f"c{k}" for k in range(299)]}), "constructs", "at most 300"),
    (model(paths=[]), "paths", "no path"),
    (model(paths=[*PATHS, ["Loyalty", "Image"]]), "paths", "→"),
    (model(paths=[*PATHS, ["Image", "Image"]]), "paths[5]", "itself"),
    (model(paths=[*PATHS, PATHS[0]]), "paths[5]", "repeats"),
    (model(paths=[*PATHS, ["Image", "Price"]]), "paths[5]", "Price"),
    (model(paths=[*PATHS, ["Image"]]), "paths[5]", "two constructs"),
    (model(template="ecsi"), "paths", "template"),
    (without("paths") | {"template": "nps"}, "template", "acsi, ecsi, ccsi"),
    (without("paths") | {"template": "acsi"}, "Image", "acsi"),
    (without("paths") | {"template": "ccsi"}, "expectation", "needs"),
    (model(add_paths=[["Image", "Loyalty"]]), "add_paths", "template"),
    (model(scheme="pca"), "scheme", "path, factorial, centroid"),
    (model(standardise="yes"), "standardise", "true or false"),
    (model(tol=0), "tol", "above"),
    (model(max_iter=0), "max_iter", "at least 1"),
    (model(missing="drop"), "missing", "mean, listwise"),
    (model(scale=[10, 1]), "scale", "lower"),
    (model(scale={"Image": [1, 10], "Price": [1, 5]}), "Price", "no construct and no column"),
    (model(scale={"Image": [1, 10]}), "q1", "lowest and highest"),
    (model(reverse=["x"]), "x", "no construct"),
    (without("scale") | {"reverse": ["i1"]}, "i1", "turned round"),
    (model(baseline_weights={"Price": {"p": 1}}), "baseline_weights.Price", "no such construct"),
    (model(baseline_weights={"Value": {"v1": 1}}), "baseline_weights.Value", "exactly"),
    (model(baseline_weights={"Value": {"v1": 0, "v2": 0}}), "baseline_weights.Value", "zero"),
    (model(baseline_weights={"Value": {"v1": 1, "v2": -1}}), "baseline_weights.Value.v2", "at least 0"),
    (model(resample_rows=[]), "resample_rows", "no resample"),
    (model(resample_rows=[[0]]), "resample_rows[0]", "at least two"),
    (model(resample_rows=[[0, 1.5]]), "resample_rows[0]", "whole"),
    (model(resample_rows=[[0, -1]]), "resample_rows[0]", "from 0"),
    (model(resample_rows=[[0, 1], [3, 120]]), "resample_rows[1]", "row 120"),
    (model(resample_rows=[[0, 1]], groups="i1"), "resample_rows", "groups"),
    (model(groups=["i1", "i2"]), "groups", "one column"),
    (model(bootstrap=1), "bootstrap", "one resample"),
    (model(bootstrap=50_001), "bootstrap", "at most 50000"),
    (model(seed=-1), "seed", "at least 0"),
    (model(confidence=95), "confidence", "at most"),
    (model(htmt_threshold=0), "htmt_threshold", "above"),
    (model(schem="centroid"), "schem", "scheme"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "field", "words"), SPECS, ids=[f"{field}-{words}" for _, field, words in SPECS]
)
def test_a_wrong_specification(spec: dict[str, Any], field: str, words: str) -> None:
    found = refused(answers(), spec)
    assert found.field == field
    assert words in found.english


def changed(item: str, values: Any) -> dict[str, Any]:
    return answers() | {item: values}


DATA: list[tuple[dict[str, Any], str, str]] = [
    ({name: each for name, each in answers().items() if name != "q3"}, "q3", "no column"),
    (changed("q3", ["good"] * 120), "q3", "not a number"),
    (changed("q3", np.full(120, 4.0)), "q3", "same"),
    (changed("q3", np.full(120, np.nan)), "q3", "Nobody"),
    (changed("q3", np.arange(120.0)), "q3", "outside 1 to 10"),
    ({name: np.full(120, 3.0) for name in answers()}, "constructs", "no variance anywhere"),
    ({name: each[:1] for name, each in answers().items()}, "constructs", "1 rows"),
    ({name: each[:0] for name, each in answers().items()}, "constructs", "0 rows"),
]


@pytest.mark.parametrize(
    ("columns", "field", "words"), DATA, ids=[f"{field}-{words}" for _, field, words in DATA]
)
def test_answers_that_cannot_be_used(columns: dict[str, Any], field: str, words: str) -> None:
    found = refused(columns, model())
    assert found.field == field
    assert words in found.english


def test_too_few_respondents() -> None:
    few = {
        name: np.array([1.0, 4.0, 2.0]) + k * np.array([0.0, 0.1, 0.5]) for k, name in enumerate(answers())
    }
    found = refused(few, model())
    assert found.field == "Value"
    assert "at least 4 are needed" in found.english
    columns = {name: each[:4] for name, each in answers(seed=7).items()}
    found = refused(columns, model({"Image": "B"}))
    assert found.field == "Image"
    assert "mode B" in found.english


def test_few_respondents_are_noted() -> None:
    found = analysed("pls", answers(15), model())
    assert any("would be 20" in note["text"] for note in found["notes"])


def test_nobody_answered_everything() -> None:
    columns: dict[str, Any] = {name: each.copy() for name, each in answers().items()}
    columns["i1"][:100] = np.nan
    columns["q1"][60:] = np.nan
    found = refused(columns, model(missing="listwise"))
    assert found.field == "i1"
    assert "every column: 0" in found.english


def test_twins_in_mode_b() -> None:
    columns = changed("q3", answers()["q1"])
    found = refused(columns, model({"Quality": "B"}))
    assert (found.field, "q3" in found.english) == ("q1", True)
    assert analysed("pls", columns, model())["converged"]  # in mode A they may stand side by side
    assert analysed("pls", columns, model())["vif_items"]["Quality"] == {"q1": None, "q2": None, "q3": None}


def test_a_column_that_follows_from_the_others_in_mode_b() -> None:
    columns = changed("q3", (answers()["q1"] + answers()["q2"]) / 2)
    assert refused(columns, model({"Quality": "B"})).field == "Quality"


@pytest.mark.parametrize("scheme", ["path", "centroid"])
def test_causes_that_are_one(scheme: str) -> None:
    columns = answers() | {f"v{k}": answers()[f"q{k}"] for k in (1, 2)}
    constructs = CONSTRUCTS | {"Quality": ["q1", "q2"]}
    found = refused(
        columns,
        {
            "constructs": constructs,
            "paths": [p for p in PATHS if p != ["Quality", "Value"]],
            "scheme": scheme,
        },
    )
    assert found.field == "Loyalty"
    assert "Quality, Value" in found.english


def test_columns_beyond_any_scale() -> None:
    spec = model()
    del spec["scale"]
    found = refused(changed("q3", np.arange(120) * 1e200), spec)
    assert (found.field, "too large" in found.english) == ("q3", True)


def test_groups_and_weights_that_are_none() -> None:
    assert refused(answers() | {"g": [None] * 120}, model(groups="g")).field == "g"
    assert refused(answers() | {"g": np.arange(120.0)}, model(groups="g")).field == "g"
    assert refused(answers(), model(groups="region")).field == "region"
    assert refused(answers() | {"w": np.zeros(120)}, model(weight="w")).field == "w"
    assert refused(answers() | {"w": np.full(120, -1.0)}, model(weight="w")).field == "w"


def test_more_figures_than_memory_should_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("satisfaction.methods.pls.bootstrap._MOST_KEPT", 1_000)
    assert refused(answers(), model(), bootstrap=5_000).field == "bootstrap"
