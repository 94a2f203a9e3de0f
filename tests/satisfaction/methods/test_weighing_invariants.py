"""What must not move the methods that weigh and follow: indicator trees, pairwise comparison, fuzzy evaluation, transitions."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.satisfaction.methods.given import analysed, near

SEEDS = st.integers(0, 10_000)
some = settings(max_examples=15, deadline=None)


# --- indicator tree ------------------------------------------------------------------------------------------


def tree_of(seed: int, *, gaps: bool = True) -> dict[str, Any]:
    """Two levels of two to four indicators, some leaves without a score."""
    random = np.random.default_rng(seed)

    def leaf() -> dict[str, Any]:
        made: dict[str, Any] = {"weight": float(random.uniform(0.1, 3))}
        return made if gaps and random.random() < 0.2 else made | {"score": float(random.uniform(0, 100))}

    return {
        f"f{factor}": {
            "weight": float(random.uniform(0.1, 3)),
            "children": {f"i{factor}{place}": leaf() for place in range(random.integers(2, 5))},
        }
        for factor in range(random.integers(2, 5))
    }


def hierarchy(tree: Any, coverage: float = 0.0) -> Any:
    return analysed("hierarchy", None, {"tree": tree, "coverage": coverage})


def changed(tree: Any, way: Any) -> Any:
    """The tree with `way` done to each node, leaves first."""
    return {
        name: way(node | ({"children": changed(node["children"], way)} if "children" in node else {}))
        for name, node in tree.items()
    }


@some
@given(SEEDS, st.floats(0.01, 100))
def test_neither_the_order_of_siblings_nor_the_unit_of_their_weights_matters(seed: int, unit: float) -> None:
    tree = tree_of(seed)
    one = hierarchy(tree)

    def turned(node: Any) -> Any:
        below = node.get("children")
        return node | ({"children": dict(reversed(below.items()))} if below else {})

    for other in (
        hierarchy(dict(reversed(changed(tree, turned).items()))),
        hierarchy(changed(tree, lambda node: node | {"weight": node["weight"] * unit})),
    ):
        assert other["total"] == near(one["total"])
        assert other["coverage"] == near(one["coverage"])
        assert other["global_weights"] == near(one["global_weights"])
    assert sum(one["global_weights"].values()) == near(1)


@some
@given(SEEDS, st.floats(-10, 10), st.floats(-50, 50))
def test_scores_in_another_unit_give_the_total_in_it(seed: int, slope: float, start: float) -> None:
    tree = tree_of(seed)
    one = hierarchy(tree)
    moved = hierarchy(
        changed(
            tree, lambda node: node | ({"score": node["score"] * slope + start} if "score" in node else {})
        )
    )
    if one["total"] is None:
        assert moved["total"] is None
        return
    assert moved["total"] == near(one["total"] * slope + start, abs=1e-9)
    scores = [
        node["score"]
        for name, node in one["nodes"].items()
        if name.startswith("i") and node["score"] is not None
    ]
    assert min(scores) - 1e-9 <= one["total"] <= max(scores) + 1e-9


@some
@given(SEEDS)
def test_a_tree_is_its_leaves_with_their_global_weights_and_an_unanswered_leaf_is_none(seed: int) -> None:
    tree = tree_of(seed, gaps=False)
    one = hierarchy(tree)
    scores = {name: node["score"] for factor in tree.values() for name, node in factor["children"].items()}
    flat = {name: {"weight": weight, "score": scores[name]} for name, weight in one["global_weights"].items()}
    assert hierarchy(flat)["total"] == near(one["total"])
    first = next(iter(tree))
    own = dict(tree[first]["children"])
    name, leaf = own.popitem()
    without = hierarchy(tree | {first: tree[first] | {"children": own}})
    unanswered = hierarchy(
        tree | {first: tree[first] | {"children": own | {name: {"weight": leaf["weight"]}}}}
    )
    assert unanswered["total"] == near(without["total"])
    assert unanswered["coverage"] == near(1 - one["global_weights"][name])


# --- pairwise comparison -------------------------------------------------------------------------------------

NAMES = ("a", "b", "c", "d", "e")


def judged(seed: int, size: int) -> np.ndarray[Any, Any]:
    """A reciprocal matrix of judgements from 1/9 to 9."""
    random = np.random.default_rng(seed)
    scale = np.array([1 / 9, 1 / 7, 1 / 5, 1 / 3, 1, 3, 5, 7, 9])
    made = np.ones((size, size))
    for row in range(size):
        for column in range(row + 1, size):
            made[row, column] = random.choice(scale)
            made[column, row] = 1 / made[row, column]
    return made


def ahp(matrix: Any, names: Any = NAMES) -> Any:
    return analysed("ahp", None, {"items": list(names[: len(matrix)]), "matrix": np.asarray(matrix).tolist()})


@some
@given(SEEDS, st.integers(2, 5))
def test_things_compared_in_another_order_weigh_the_same(seed: int, size: int) -> None:
    matrix = judged(seed, size)
    order = np.random.default_rng(seed).permutation(size)
    one = ahp(matrix)
    other = ahp(matrix[np.ix_(order, order)], [NAMES[place] for place in order])
    pairs = {
        f"{NAMES[row]}/{NAMES[column]}": matrix[row, column] for row in range(size) for column in range(row)
    }
    by_pair = analysed("ahp", None, {"items": list(NAMES[:size]), "judgements": pairs})
    for found in (other, by_pair):
        for key in ("weights", "weights_geometric", "lambda_max", "cr"):
            assert found[key] == near(one[key], rel=1e-7, abs=1e-9), key
        assert found["consistent"] == one["consistent"]
    assert sum(one["weights"].values()) == near(1)
    assert one["lambda_max"] >= size - 1e-9


@some
@given(SEEDS, st.integers(2, 5))
def test_the_opposite_judgements_give_the_inverse_weights_and_as_much_contradiction(
    seed: int, size: int
) -> None:
    matrix = judged(seed, size)
    one, other = ahp(matrix), ahp(matrix.T)
    inverse = {name: 1 / weight for name, weight in one["weights_geometric"].items()}
    total = sum(inverse.values())
    assert other["weights_geometric"] == near({name: each / total for name, each in inverse.items()})
    assert other["lambda_max"] == near(one["lambda_max"], rel=1e-7)
    assert other["cr"] == near(one["cr"], rel=1e-6, abs=1e-9)


@some
@given(st.lists(st.floats(0.4, 3), min_size=3, max_size=5))
def test_judgements_without_contradiction_give_back_the_weights_they_come_from(raw: list[float]) -> None:
    weights = np.array(raw) / sum(raw)
    found = ahp(weights[:, None] / weights[None, :])
    assert list(found["weights"].values()) == near(weights.tolist(), rel=1e-6)
    assert list(found["weights_geometric"].values()) == near(weights.tolist())
    assert found["cr"] == near(0, abs=1e-9)
    assert found["consistent"]


@some
@given(SEEDS)
def test_judges_count_alike_whoever_comes_first_and_one_repeated_is_himself(seed: int) -> None:
    judges = [judged(seed + place, 4).tolist() for place in range(3)]

    def group(*who: Any) -> Any:
        return analysed("ahp", None, {"items": list(NAMES[:4]), "group": list(who)})

    assert group(*judges)["weights"] == near(group(*judges[::-1])["weights"], rel=1e-7)
    assert group(judges[0], judges[0], judges[0])["weights"] == near(ahp(judges[0])["weights"], rel=1e-7)
    assert group(*judges, *judges)["weights"] == near(group(*judges)["weights"], rel=1e-7)


@some
@given(SEEDS)
def test_alternatives_in_another_order_are_ranked_the_same(seed: int) -> None:
    criteria = {"items": ["x", "y", "z"], "matrix": judged(seed, 3).tolist()}
    compared = {name: judged(seed + place, 3) for place, name in enumerate("xyz", 1)}

    def found(order: list[int], names: str) -> Any:
        return analysed(
            "ahp", None,
            {
                "criteria": criteria,
                "alternatives": {
                    name: {"items": [NAMES[place] for place in order], "matrix": compared[name][np.ix_(order, order)].tolist()}
                    for name in names
                },
            },
        )  # fmt: skip

    one, other = found([0, 1, 2], "xyz"), found([2, 0, 1], "zyx")
    assert other["global_weights"] == near(one["global_weights"], rel=1e-7)
    assert sum(one["global_weights"].values()) == near(1)


# --- fuzzy evaluation ----------------------------------------------------------------------------------------

OPERATORS = ("weighted_average", "max_min", "max_product", "bounded_sum_min")


def graded(seed: int, factors: int = 4, grades: int = 5) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    random = np.random.default_rng(seed)
    return random.dirichlet(np.ones(factors)), random.dirichlet(np.ones(grades), size=factors)


def fuzzy(weights: Any, matrix: Any, **more: Any) -> Any:
    return analysed(
        "fuzzy", None, {"weights": np.asarray(weights).tolist(), "matrix": np.asarray(matrix).tolist()} | more
    )


@some
@given(SEEDS, st.floats(0.01, 100))
def test_factors_in_another_order_or_weights_in_another_unit_evaluate_the_same(
    seed: int, unit: float
) -> None:
    weights, matrix = graded(seed)
    order = np.random.default_rng(seed).permutation(4)
    one = fuzzy(weights, matrix, grade_values=[5, 4, 3, 2, 1])
    for other in (
        fuzzy(weights[order], matrix[order], grade_values=[5, 4, 3, 2, 1]),
        fuzzy(weights * unit, matrix, grade_values=[5, 4, 3, 2, 1]),
    ):
        for name in OPERATORS:
            for key in ("b", "b_normalised", "score", "grade", "effectiveness_k"):
                assert other[name][key] == near(one[name][key]), (name, key)


@some
@given(SEEDS, st.floats(-10, 10), st.floats(-50, 50))
def test_grades_in_another_order_change_places_and_their_worth_is_the_unit_of_the_score(
    seed: int, slope: float, start: float
) -> None:
    weights, matrix = graded(seed)
    values = np.array([100.0, 80, 60, 40, 20])
    order = np.random.default_rng(seed).permutation(5)
    one = fuzzy(weights, matrix, grade_values=values.tolist())
    turned = fuzzy(weights, matrix[:, order], grade_values=values[order].tolist())
    moved = fuzzy(weights, matrix, grade_values=(values * slope + start).tolist())
    for name in OPERATORS:
        assert turned[name]["b"] == near(np.array(one[name]["b"])[order].tolist())
        assert turned[name]["score"] == near(one[name]["score"])
        assert order[turned[name]["grade_index"]] == one[name]["grade_index"]
        assert moved[name]["score"] == near(one[name]["score"] * slope + start, abs=1e-9)
        assert sum(one[name]["b_normalised"]) == near(1)


@some
@given(SEEDS, st.integers(2, 9))
def test_answers_counted_so_many_times_over_are_the_same_shares(seed: int, times: int) -> None:
    random = np.random.default_rng(seed)
    counts = random.integers(1, 30, (3, 4))
    weights = [0.5, 0.3, 0.2]
    one = analysed("fuzzy", None, {"weights": weights, "counts": counts.tolist()})
    other = analysed("fuzzy", None, {"weights": weights, "counts": (counts * times).tolist()})
    shares = fuzzy(weights, counts / counts.sum(axis=1, keepdims=True))
    for name in OPERATORS:
        assert other[name]["b"] == near(one[name]["b"])
        assert shares[name]["b"] == near(one[name]["b"])


@some
@given(SEEDS)
def test_factors_of_one_opinion_have_it_and_two_halves_are_a_whole(seed: int) -> None:
    weights, matrix = graded(seed)
    alike = fuzzy(weights, np.repeat(matrix[:1], 4, axis=0), operator="weighted_average")
    assert alike["b"] == near(matrix[0].tolist())
    halves = np.concatenate([[weights[0] / 2] * 2, weights[1:]])
    split = fuzzy(halves, np.vstack([matrix[:1], matrix]), operator="weighted_average")
    assert split["b"] == near(fuzzy(weights, matrix, operator="weighted_average")["b"])
    nested = {
        "factors": {
            "one": {
                "weight": weights[:2].sum(),
                "weights": weights[:2].tolist(),
                "matrix": matrix[:2].tolist(),
            },
            "two": {
                "weight": weights[2:].sum(),
                "weights": weights[2:].tolist(),
                "matrix": matrix[2:].tolist(),
            },
        },
        "operator": "weighted_average",
    }
    assert analysed("fuzzy", None, nested)["b"] == near(
        fuzzy(weights, matrix, operator="weighted_average")["b"]
    )


# --- transitions ---------------------------------------------------------------------------------------------

STATES = ["low", "middle", "high"]


def moved(seed: int, periods: int = 2) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).integers(1, 30, (periods, 3, 3))


def transition(counts: Any, states: list[str] = STATES, **more: Any) -> Any:
    return analysed(
        "transition", None, {"states": states, "counts": np.asarray(counts).tolist(), "steps": 3} | more
    )


@some
@given(SEEDS)
def test_states_in_another_order_change_places(seed: int) -> None:
    counts = moved(seed)
    order = np.random.default_rng(seed).permutation(3)
    both = np.ix_(np.arange(2), order, order)
    one = transition(counts)
    other = transition(counts[both], [STATES[place] for place in order])
    for key in ("stationary", "forecast", "initial", "mean_recurrence", "net_gain_rate"):
        assert other[key] == near(np.array(one[key])[order].tolist(), rel=1e-7), key
    for key in ("p_pooled", "fundamental", "mean_first_passage"):
        assert np.array(other[key]) == near(np.array(one[key])[np.ix_(order, order)], rel=1e-7), key
    assert (other["chi2"], other["df"], other["p_value"]) == near(
        (one["chi2"], one["df"], one["p_value"]), rel=1e-7
    )


@some
@given(SEEDS, st.integers(2, 6))
def test_everybody_so_many_times_over_moves_alike_and_more_surely(seed: int, times: int) -> None:
    counts = moved(seed)
    one, other = transition(counts), transition(counts * times)
    for key in ("stationary", "forecast", "net_gain_rate"):
        assert other[key] == near(one[key]), key
    assert other["chi2"] == near(times * one["chi2"])
    assert other["df"] == one["df"]
    assert other["n_used"] == times * one["n_used"]


@some
@given(SEEDS)
def test_the_order_of_periods_and_of_people_does_not_matter_to_the_pooled_matrix(seed: int) -> None:
    counts = moved(seed, 3)
    one, other = transition(counts), transition(counts[::-1])
    assert other["chi2"] == near(one["chi2"])
    assert np.array(other["p_pooled"]) == near(np.array(one["p_pooled"]))
    assert np.array(transition(counts.sum(axis=0))["p_pooled"]) == near(np.array(one["p_pooled"]))
    people = [(STATES[a], STATES[b]) for a in range(3) for b in range(3) for _each in range(counts[0][a][b])]
    mixed = [people[place] for place in np.random.default_rng(seed).permutation(len(people))]
    columns = {
        name: np.array([pair[side] for pair in mixed], dtype=object)
        for side, name in enumerate(("was", "is"))
    }
    found = analysed("transition", columns, {"states": STATES, "from": "was", "to": "is", "steps": 3})
    alone = transition(counts[0])
    for key in ("stationary", "forecast", "n_used"):
        assert found[key] == near(alone[key]), key
    assert np.array(found["p"]) == near(np.array(alone["p"]))


@some
@given(SEEDS)
def test_the_long_run_stays_where_it_is_and_rows_are_shares(seed: int) -> None:
    counts = moved(seed, 1)[0]
    one = transition(counts)
    settled = transition(counts, initial=one["stationary"])
    assert settled["forecast"] == near(one["stationary"], rel=1e-7)
    assert np.array(one["p"]).sum(axis=1) == near(np.ones(3))
    assert sum(one["forecast"]) == near(1)
    assert one["mean_recurrence"] == near([1 / each for each in one["stationary"]], rel=1e-7)
    far = transition(counts, initial={"low": 1}, steps=400)
    assert far["forecast"] == near(one["stationary"], rel=1e-6)


@some
@given(SEEDS)
def test_who_never_comes_back_is_absorbed_in_the_end(seed: int) -> None:
    counts = moved(seed, 1)[0]
    found = transition(counts, absorbing=["low", "high"])
    assert np.array(found["absorption"]).sum(axis=1) == near(np.ones(1))
    p = np.array(found["p"])
    assert found["absorption"][0] == near([p[1, 0] / (1 - p[1, 1]), p[1, 2] / (1 - p[1, 1])])
    assert found["steps_to_absorption"] == near([1 / (1 - p[1, 1])])
