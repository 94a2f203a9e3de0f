"""Every edge case of the reference, in its order: what the engine does with it is what is recommended there."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from scipy import stats

from core.errors import RuleViolation
from satisfaction.methods.refusal import Refusal
from satisfaction.operations.indicators import judging, trees
from satisfaction.queries import indicators
from satisfaction.rules.indicators import pairs
from tests.people import People
from tests.satisfaction.builders import make_questionnaire
from tests.satisfaction.indicator_builders import LINES, make_system
from tests.satisfaction.methods.given import analysed
from tests.satisfaction.methods.pls_by_hand import CONSTRUCTS, PATHS, answers, model

Test = TypeVar("Test", bound=Callable[..., None])

#: (method, situation) as the reference words them, in the order of the tests below
COVERED: list[tuple[str, str]] = []


#: three comparisons that go round in a circle
CIRCLE = {"a/b": 9, "b/c": 9, "a/c": "1/9"}


def edge(method: str, situation: str) -> Callable[[Test], Test]:
    COVERED.append((method, situation))
    return lambda test: test


def refused(method: str, columns: Any, spec: dict[str, Any], field: str, **options: Any) -> str:
    with pytest.raises(Refusal) as caught:
        analysed(method, columns, spec, **options)
    assert caught.value.field == field
    assert field in caught.value.english
    return caught.value.english


def notes(found: Any) -> str:
    return " ".join(note["text"] for note in found["notes"])


def test_the_reference_lists_no_other_edge_case(shared: Path) -> None:
    read = json.loads((shared / "methods" / "reference.json").read_text("utf-8"))
    assert [(each["method"], each["situation"]) for each in read["edge_cases"]] == COVERED


@edge("pls", "an indicator has zero variance (all answers equal)")
def test_a_column_that_never_varies() -> None:
    assert "same" in refused("pls", answers() | {"q3": np.full(120, 4.0)}, model(), "q3")


@edge("pls", "every respondent gives the same answer to all items")
def test_no_column_varies() -> None:
    columns = {name: np.full(120, 3.0) for name in answers()}
    assert "no variance anywhere" in refused("pls", columns, model(), "constructs")


@edge("pls", "n <= number of predictors of some construct + 1, or n < 2")
def test_too_few_respondents() -> None:
    steps = np.array([0.0, 0.1, 0.5])
    three = {name: np.array([1.0, 4.0, 2.0]) + place * steps for place, name in enumerate(answers())}
    assert "at least 4 are needed" in refused("pls", three, model(), "Value")
    refused("pls", {name: each[:1] for name, each in answers().items()}, model(), "constructs")
    assert "would be 20" in notes(analysed("pls", answers(15), model()))
    assert "would be 30" in notes(analysed("pls", answers(25), model({"Image": "B"})))
    assert "would be" not in notes(analysed("pls", answers(20), model()))


@edge("pls", "two indicators of a Mode B block are identical (r = 1)")
def test_twins_in_mode_b() -> None:
    columns = answers() | {"q3": answers()["q1"]}
    assert "q3" in refused("pls", columns, model({"Quality": "B"}), "q1")


@edge("pls", "weights do not converge in max_iter")
def test_weights_that_do_not_settle() -> None:
    found = analysed("pls", answers(), model(max_iter=1))
    assert found["converged"] is False
    assert found["last_change"] > 1e-7
    assert set(found["index"].values()) == {None}


@edge("pls", "an outer weight is negative")
def test_a_negative_weight() -> None:
    data, random = answers(), np.random.default_rng(2)
    data["q3"] = np.clip(np.round(data["q1"] + random.normal(size=120)), 1, 10)
    data["q1"] = np.clip(np.round(1.8 * data["q1"] - 0.8 * data["l1"]), 1, 10)
    found = analysed("pls", data, model({"Quality": "B"}))
    assert min(found["weights"]["Quality"].values()) < 0
    assert list(found["index_flags"]) == ["Quality"]
    assert found["index"]["Quality"] is not None


@edge("pls", "construct has one indicator")
def test_a_construct_of_one_column() -> None:
    data = answers()
    found = analysed("pls", data, model(constructs=CONSTRUCTS | {"Loyalty": ["l1"]}))
    assert found["weights"]["Loyalty"] == found["loadings"]["Loyalty"] == {"l1": pytest.approx(1)}
    told = found["reliability"]["Loyalty"]
    assert [told[key] for key in ("alpha", "rho_a", "rho_c", "ave")] == pytest.approx([1] * 4)
    r = np.corrcoef([data[item] for item in ("l1", "v1", "v2")])
    assert found["htmt"]["Loyalty|Value"] == pytest.approx((r[0, 1] + r[0, 2]) / 2 / np.sqrt(1 * r[1, 2]))


@edge("pls", "a cyclic path set, or an isolated construct")
def test_a_circle_of_paths_and_a_construct_without_any() -> None:
    refused("pls", answers(), model(paths=[*PATHS, ["Loyalty", "Image"]]), "paths")
    refused("pls", answers(), model(constructs=CONSTRUCTS | {"Extra": ["x"]}), "Extra")


@edge("pls", "missing > 15-20 % of cells in a column, or a respondent with all items of a block missing")
def test_many_gaps() -> None:
    data: dict[str, Any] = {name: each.copy() for name, each in answers().items()}
    for each in data.values():
        each[:3] = np.nan
    data["l1"][3:33] = data["l2"][3:33] = np.nan
    found = analysed("pls", data, model())
    assert (found["n_used"], found["n_dropped"]) == (117, {"count": 3, "reasons": {"no_answers": 3}})
    assert "“l1” lacks 25.6 %" in notes(found)
    assert "Nothing was answered about “Loyalty” by 30 of 117" in notes(found)
    assert analysed("pls", data, model(missing="listwise"))["n_used"] == 87


@edge("bootstrap", "a resample has a zero-variance indicator or does not converge")
def test_resamples_that_cannot_be_used() -> None:
    data = answers(40)
    data["l2"][:] = 5
    data["l2"][:2] = 6
    hurried = model(max_iter=6)
    for reason, columns, spec in ("constant_column", data, model()), ("not_converged", answers(), hurried):
        told = analysed("pls", columns, spec, bootstrap=100)["bootstrap"]
        assert told["failed"] == told["failed_reasons"][reason] > 0
        assert told["used"] == 100 - told["failed"] > 0
        assert all(figures["se"] is not None for figures in told["paths"].values())


def reliability(**columns: Sequence[float]) -> Any:
    return analysed("reliability", columns, {"scales": {"S": {"items": list(columns)}}})


@edge("alpha", "k = 1 item")
def test_alpha_of_one_item() -> None:
    scale = reliability(a=[1, 2, 3, 4])["scales"]["S"]
    assert (scale["alpha"], scale["alpha_standardised"], scale["ci"]) == (None, None, None)


@edge("alpha", "sum score has zero variance")
def test_alpha_of_a_sum_that_never_varies() -> None:
    scale = reliability(a=[1, 2, 3, 4], b=[4, 3, 2, 1])["scales"]["S"]
    assert (scale["alpha"], scale["ci"]) == (None, None)


@edge("alpha", "negative alpha")
def test_negative_alpha() -> None:
    a, b = [1, 2, 3, 4, 5, 2], [5, 4, 3, 2, 2, 4]
    found = reliability(a=a, b=b)
    expected = 2 * (1 - (np.var(a) + np.var(b)) / np.var(np.add(a, b)))
    assert expected < -1
    assert found["scales"]["S"]["alpha"] == pytest.approx(expected)
    assert "reverse" in notes(found)


@edge("kmo", "correlation matrix singular")
def test_kmo_of_items_that_repeat_each_other() -> None:
    found = reliability(a=[1, 2, 3, 4, 5, 2], b=[1, 2, 3, 4, 5, 2], c=[3, 1, 4, 1, 5, 2])
    assert (found["kmo"]["singular"], found["kmo"]["overall"]) == (True, None)
    assert set(found["kmo"]["items"].values()) == {None}
    assert "not defined" in notes(found)


@edge("bartlett", "n <= p or det(R) <= 0")
def test_bartlett_of_too_few_rows_or_repeated_items() -> None:
    few = reliability(a=[1, 2, 3], b=[2, 1, 3], c=[3, 1, 1])["bartlett"]
    repeated = reliability(a=[1, 2, 3, 4, 5, 2], b=[1, 2, 3, 4, 5, 2], c=[3, 1, 4, 1, 5, 2])["bartlett"]
    assert (few["chi2"], few["p"], repeated["chi2"], repeated["p"]) == (None, None, None, None)


@edge("ahp", "matrix not reciprocal, non-positive entry, n > 15")
@pytest.mark.parametrize(
    ("size", "matrix", "field", "says"),
    [
        (2, [[1, 3], [0.5, 1]], "matrix", "not reciprocal"),
        (2, [[1, -2], [-0.5, 1]], "matrix", "above 0"),
        (2, [[1, 0], [0, 1]], "matrix", "above 0"),
        (16, np.ones((16, 16)).tolist(), "items", "16 items"),
    ],
)
def test_comparisons_that_are_none(size: int, matrix: list[list[float]], field: str, says: str) -> None:
    items = [f"i{place}" for place in range(size)]
    assert says in refused("ahp", None, {"items": items, "matrix": matrix}, field)


@edge("ahp", "n = 1 or 2")
def test_one_or_two_items_are_consistent() -> None:
    assert analysed("ahp", None, {"items": ["a"], "judgements": {}})["cr"] == 0
    assert analysed("ahp", None, {"items": ["a", "b"], "judgements": {"a/b": 9}})["cr"] == 0


@edge("ahp", "CR > 0.10")
def test_contradicting_comparisons_are_kept_but_not_taken_without_a_reason(people: People) -> None:
    found = analysed("ahp", None, {"items": ["a", "b", "c"], "judgements": CIRCLE})
    assert (found["consistent"], found["cr"] > 0.1, len(found["weights"])) == (False, True, 3)
    version = indicators.list_versions(make_system(people, make_questionnaire(people, LINES)).id)[0]
    root = indicators.list_nodes(version.id)[0]
    codes = [trees.add_node(root, name_en=name, actor=people.manager).code for name in ("A", "B", "C")]
    given = {f"{one}/{other}": 9.0 for one, other in pairs(codes)} | {f"{codes[0]}/{codes[2]}": 1 / 9}
    judge = judging.ask_judges(version, [people.owner], actor=people.manager)[0]
    assert (judging.compare(judge, root, given, actor=people.owner).cr or 0) > 0.1
    with pytest.raises(RuleViolation) as caught:
        judging.take_judged(root, reason=" ", actor=people.manager)
    assert caught.value.field == "reason"
    judging.take_judged(root, reason="The only judge there is", actor=people.manager)
    assert sum(child.weight or 0 for child in indicators.list_children(root.id)) == pytest.approx(1)


def kano(functional: list[Any], dysfunctional: list[Any]) -> Any:
    return analysed("kano", {"f": functional, "d": dysfunctional}, {"items": {"lift": ["f", "d"]}})


@edge("kano", "only one of the two answers present")
def test_half_a_pair() -> None:
    found = kano([1, None, 2], [5, 5, None])
    assert (found["items"]["lift"]["n"], found["items"]["lift"]["missing"]) == (1, 2)
    assert found["n_dropped"] == {"count": 2, "reasons": {"no_complete_pair": 2}}


@edge("kano", "A+O+M+I = 0")
def test_nothing_to_divide_by() -> None:
    found = kano([1, 5, 3], [1, 5, 1])["items"]["lift"]
    assert found["counts"] == {"A": 0, "O": 0, "M": 0, "I": 0, "R": 1, "Q": 2}
    assert (found["better"], found["worse"]) == (None, None)


@edge("ipa", "all importances equal")
def test_equal_importances() -> None:
    columns = {"ia": [2, 4], "pa": [1, 2], "ib": [3, 3], "pb": [4, 5]}
    found = analysed("ipa", columns, {"items": {"a": ["ia", "pa"], "b": ["ib", "pb"]}})
    assert found["crosshair"][0] == 3
    assert found["discriminating"] is False
    assert "equally important" in notes(found)


def nps(replies: list[int | None], interval: str | None = None) -> Any:
    item = {"column": "q", "kind": "nps"} | ({"interval": interval} if interval else {})
    return analysed("score", {"q": replies}, {"items": {"q": item}})["items"]["q"]


@edge("nps", "n = 0")
def test_nobody_answered() -> None:
    found = nps([None] * 5)
    assert (found["n"], found["value"], found["se"], found["ci"]) == (0, None, None, None)


@edge("nps", "all promoters")
def test_all_promoters_have_an_interval() -> None:
    found = nps([10] * 30)
    assert found["value"] == found["ci"][1] == 100
    assert found["ci"][0] < 90
    assert nps([10] * 30, "adjusted_wald")["ci"] == found["ci"]


@edge("sampling", "N < n0")
def test_a_population_smaller_than_the_sample_wanted() -> None:
    found = analysed("sample", None, {"kind": "proportion", "error": 0.05, "population": 50})
    assert found["n_raw"] == pytest.approx(found["n0"] / (1 + (found["n0"] - 1) / 50))
    assert found["n"] == 45
    for population in (1, 2, 10):
        spec = {"kind": "proportion", "error": 0.001, "population": population}
        assert analysed("sample", None, spec)["n"] <= population


@edge("sampling", "stratum with one sampled unit")
def test_a_stratum_with_one_unit() -> None:
    columns, spec = {"s": ["a", "a", "b"], "y": [1.0, 2, 3]}, {"variable": "y", "strata": "s"}
    found = analysed("estimate", columns, spec | {"fpc": {"a": 10, "b": 10}})
    assert (found["mean"], found["se"], found["ci"]) == (pytest.approx(2.25), None, None)
    assert "Only one unit was drawn in: b" in notes(found)
    certain = analysed("estimate", columns, spec | {"fpc": {"a": 10, "b": 1}})
    assert certain["se"] == pytest.approx(10 / 11 * np.sqrt(0.8 * 0.5 / 2))


@edge("fuzzy", "weights do not sum to 1")
def test_weights_are_divided_by_their_sum() -> None:
    found = analysed("fuzzy", None, {"weights": [1, 3], "matrix": [[0.5, 0.5], [0.25, 0.75]]})
    assert list(found["weights"].values()) == [0.25, 0.75]
    assert found["b"] == pytest.approx([0.3125, 0.6875])
    assert "sums to 4" in notes(found)


@edge("fuzzy", "a row of the membership matrix does not sum to 1")
def test_counts_become_shares_and_shares_must_sum_to_one() -> None:
    assert analysed("fuzzy", None, {"weights": [1], "counts": [[1, 3]]})["b"] == pytest.approx([0.25, 0.75])
    typed = {"weights": [1, 1], "matrix": [[0.5, 0.5], [0.5, 0.3]]}
    assert "sums to 0.8" in refused("fuzzy", None, typed, "matrix.2")


def transition(counts: list[list[int]], **more: Any) -> Any:
    return analysed("transition", None, {"states": ["a", "b", "c"][: len(counts)], "counts": counts} | more)


@edge("markov", "a state with no outgoing observation")
def test_a_state_nobody_leaves_from() -> None:
    counts = [[5, 3, 2], [1, 4, 5], [0, 0, 0]]
    unknown = transition(counts)
    assert (unknown["p"][2], unknown["stationary"], unknown["absorbing_states"]) == ([None] * 3, None, [])
    chosen = transition(counts, absorbing=["c"])
    assert (chosen["p"][2], chosen["absorbing_states"]) == ([0, 0, 1], ["c"])


@edge("markov", "reducible or periodic chain")
def test_a_chain_without_a_single_long_run() -> None:
    parted = transition([[5, 3, 0], [1, 4, 0], [0, 0, 5]])
    assert (parted["irreducible"], parted["limiting"], parted["stationary"]) == (False, False, None)
    assert "no single long-run" in notes(parted)
    swinging = transition([[0, 30], [30, 0]])
    assert (swinging["period"], swinging["limiting"]) == (2, False)
    assert "swings" in notes(swinging)


@edge("p chart", "n_i varies")
def test_limits_step_with_the_sizes() -> None:
    spec: dict[str, Any] = {"kind": "p", "counts": [1, 0, 3, 2], "sizes": [10, 20, 200, 40]}
    found, bar = analysed("chart", None, spec), 6 / 270
    assert found["ucl"] == pytest.approx([bar + 3 * np.sqrt(bar * (1 - bar) / n) for n in spec["sizes"]])
    assert found["lcl"] == [0] * 4
    refused("chart", None, spec | {"counts": [0] * 4}, "counts")
    refused("chart", None, spec | {"counts": spec["sizes"]}, "counts")


@edge("XmR", "fewer than 2 points / MR bar = 0")
def test_values_that_set_no_limits() -> None:
    for values in ([5], [5, 5, 5, 5]):
        found = analysed("chart", None, {"kind": "xmr", "values": values})
        assert [found[key] for key in ("sigma", "mr_ucl", "in_control")] == [None] * 3
        assert found["ucl"] == found["lcl"] == [None] * len(values)
        assert found["signals"] == []
        assert "limits cannot be set" in notes(found)
    assert "rest on 11 points" in notes(analysed("chart", None, {"kind": "xmr", "values": [5, 6] * 5 + [7]}))


def effect(kind: str, before: Sequence[float], after: Sequence[float], **more: Any) -> Any:
    return analysed("effect", None, {"kind": kind, "before": before, "after": after} | more)


@edge("two proportions", "0/0")
def test_nobody_on_a_side() -> None:
    for before, after in ([0, 0], [5, 9]), ([5, 9], [0, 0]), ([0, 0], [0, 0]):
        found = effect("proportions", before, after)
        assert [found[key] for key in ("estimate", "ci", "p", "statistic")] == [None] * 4
        assert found["verdict"] == "not_enough_data"


@edge("two proportions", "expected cell < 5")
def test_small_cells_are_tested_exactly() -> None:
    found = effect("proportions", [1, 20], [4, 20])
    assert found["variant"] == "fisher"
    assert found["p"] == pytest.approx(stats.fisher_exact([[1, 19], [4, 16]]).pvalue)


@edge("Mann-Whitney", "all values tied")
def test_all_tied() -> None:
    assert effect("mann_whitney", [3, 3, 3], [3, 3])["p"] == 1


@edge("Welch", "both variances 0")
def test_no_variation_on_either_side() -> None:
    for after in ([5, 5], [3, 3]):
        found = effect("welch", [3, 3], after)
        assert [found[key] for key in ("ci", "p", "statistic", "effect_size")] == [None] * 4
        assert found["verdict"] == "not_enough_data"


@edge("its", "fewer than 8 points on either side")
def test_short_series() -> None:
    long, short = [5.0, 6, 5, 6, 5, 6, 5, 6], [8.0, 9, 8, 9, 9]
    for before, after in (long, short), (short, long):
        found = effect("its", before, after)
        assert found["estimate"] is not None
        assert (found["slope_change"], "slope_change" in found["coefficients"]) == (None, False)
        assert "fewer than 8" in notes(found)
        spec = {"kind": "its", "before": before, "after": after, "slope": True}
        refused("effect", None, spec, "slope")
