"""Scores up a tree of indicators, weights down it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfaction.methods.answers import Refusal
from tests.satisfaction.methods.given import analysed, case


def leaf(weight: float | None, score: float | None) -> dict[str, Any]:
    return {"weight": weight, "score": score}


def tree() -> dict[str, Any]:
    first = {"weight": 0.6, "children": {"A1": leaf(0.7, 80), "A2": leaf(0.3, 90)}}
    second = {"weight": 0.4, "children": {"B1": leaf(0.4, None), "B2": leaf(0.6, 100)}}
    return {"A": first, "B": second}


def rolled(given: Any, **more: Any) -> Any:
    return analysed("hierarchy", None, {"tree": given} | more)


def test_four_levels(shared: Path) -> None:
    inputs, expected = (case(shared, "hierarchy-4-level")[key] for key in ("inputs", "expected"))
    found = rolled(inputs["tree"], coverage=0.6)
    assert found["total"] == pytest.approx(expected["total"], abs=1e-9)
    for name in ("A", "B", "B2"):
        assert found["nodes"][name]["score"] == pytest.approx(expected[name], abs=1e-9)
    assert found["global_weights"] == pytest.approx(expected["global_leaf_weights"], abs=1e-9)
    assert found["coverage"] == pytest.approx(0.88)
    assert found["n_used"] == 5
    assert found["n_dropped"] == {"count": 1, "reasons": {"unanswered_leaf": 1}}


def test_arithmetic_with_an_unanswered_leaf() -> None:
    found = rolled(tree())
    assert found["nodes"]["A"]["score"] == pytest.approx(83)
    assert found["nodes"]["B"]["score"] == pytest.approx(100)
    assert found["nodes"]["B"]["coverage"] == pytest.approx(0.6)
    assert found["total"] == pytest.approx(0.6 * 83 + 0.4 * 100)
    assert found["nodes"]["B1"] == {
        "level": 2,
        "score": None,
        "coverage": 0,
        "weight": 0.4,
        "weight_given": 0.4,
        "global_weight": pytest.approx(0.16),
    }


def test_too_little_coverage_shows_no_score() -> None:
    found = rolled(tree(), coverage=0.7)
    assert found["nodes"]["B"]["score"] is None
    assert found["total"] == pytest.approx(89.8)
    strict = rolled(tree(), coverage=0.9)
    assert strict["total"] is None
    assert "84 %" in strict["notes"][-1]["text"]
    nobody = rolled({"A": leaf(1, None)}, coverage=0)
    assert nobody["total"] is None
    assert nobody["coverage"] == 0


def test_one_node_at_the_top_and_names_that_repeat() -> None:
    given = {
        "weight": 1,
        "children": {"A": {"weight": 1, "children": {"time": leaf(1, 50)}}, "time": leaf(1, 70)},
    }
    found = rolled(given)
    assert found["total"] == pytest.approx(60)
    assert found["global_weights"] == {"A/time": 0.5, "time": 0.5}
    assert any("sum to 2" in note["text"] for note in found["notes"])


def test_no_weights_at_all_count_alike() -> None:
    found = rolled({"A": {"score": 10}, "B": {"score": 20}})
    assert found["total"] == 15
    assert "count alike" in found["notes"][0]["text"]


@pytest.mark.parametrize(
    ("given_tree", "said"),
    [
        ({"A": leaf(-1, 3)}, "tree.A.weight"),
        ({"A": leaf(0, 3), "B": leaf(0, 4)}, "tree"),
        ({"A": leaf(1, 3), "B": leaf(None, 4)}, "B"),
        ({"A": {"weight": 1, "score": 3, "children": {"B": leaf(1, 4)}}}, "tree.A"),
        ({"A": {"weight": 1, "children": {}}}, "tree.A.children"),
        ({"A": {"weight": 1, "points": 3}}, "tree.A.points"),
        ({"A": leaf(1, "many")}, "tree.A.score"),  # type: ignore[arg-type]
        ({}, "tree"),
        ([1], "tree"),
    ],
)
def test_refusals_name_what_is_wrong(given_tree: Any, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        rolled(given_tree)
    assert refused.value.field == said


def test_depth_is_bounded() -> None:
    deep: dict[str, Any] = leaf(1, 1)
    for _ in range(30):
        deep = {"weight": 1, "children": {"x": deep}}
    with pytest.raises(Refusal) as refused:
        rolled({"x": deep})
    assert "deeper" in refused.value.english


_LEAVES = st.builds(leaf, st.floats(0.01, 100), st.none() | st.floats(0, 100))
_TREES = st.recursive(
    st.dictionaries(st.sampled_from("abcd"), _LEAVES, min_size=1),
    lambda below: st.dictionaries(
        st.sampled_from("abcd"),
        st.builds(
            lambda weight, children: {"weight": weight, "children": children}, st.floats(0.01, 100), below
        ),
        min_size=1,
    ),
    max_leaves=12,
)


@settings(max_examples=50, deadline=None)
@given(_TREES, st.floats(0.5, 20))
def test_weights_count_by_their_ratio_and_scores_stay_inside(
    given_tree: dict[str, Any], factor: float
) -> None:
    def scaled(nodes: dict[str, Any]) -> dict[str, Any]:
        return {
            name: {
                key: factor * value if key == "weight" else scaled(value) if key == "children" else value
                for key, value in node.items()
            }
            for name, node in reversed(nodes.items())
        }

    before, after = rolled(given_tree, coverage=0), rolled(scaled(given_tree), coverage=0)
    assert sum(before["global_weights"].values()) == pytest.approx(1)
    assert after["global_weights"] == pytest.approx(before["global_weights"])
    assert 0 <= before["coverage"] <= 1
    if before["total"] is None:
        assert before["n_used"] == 0
    else:
        assert after["total"] == pytest.approx(before["total"])
        scores = [
            node["score"]
            for name, node in before["nodes"].items()
            if name in before["global_weights"] and node["score"] is not None
        ]
        assert min(scores) - 1e-9 <= before["total"] <= max(scores) + 1e-9
