"""What must not move the methods that describe respondents, over answers drawn at random: the order of rows and items,
the unit of answers and of weights, weights instead of repeated rows, the sign of answers; and each group by itself."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfaction.methods.answers import Refusal
from tests.satisfaction.methods.given import analysed
from tests.satisfaction.methods.pls_by_hand import answers as people
from tests.satisfaction.methods.pls_by_hand import model

SEEDS = st.integers(0, 10_000)
few = settings(max_examples=4, deadline=None)
N = 40
ITEMS = ("a", "b", "c", "d")

Columns = dict[str, Any]
SPECS: dict[str, dict[str, Any]] = {
    "reliability": {"scales": {"one": {"items": ["a", "b", "c"], "min": 1, "max": 7}, "two": {"items": ["c", "d"]}}},
    "servqual": {"dimensions": {"x": {"items": [["a", "b"], ["c", "d"]]}, "y": {"items": [["b", "c"]]}}, "scale": [1, 7]},
    "kano": {"items": {"one": ["ka", "kb"], "two": ["kb", "kc"]}},
    "ipa": {"items": {"one": ["a", "b"], "two": ["c", "d"], "three": ["b", "d"]}, "scale": [1, 7]},
    "ipa derived": {"performance": ["a", "b", "c"], "overall": "d", "derived": "lmg"},
    "ipa johnson": {"performance": ["a", "b", "c"], "overall": "d", "derived": "johnson"},
    "score": {"items": {"one": {"column": "a", "kind": "csat", "valid": [1, 7]}, "two": {"column": "b", "kind": "mean"}}},
    "pls": model(),
}  # fmt: skip
#: keys whose figures depend on the number of respondents; weights are worth n_eff of them
OF_N = frozenset(
    ("n", "n_eff", "n_used", "n_effective", "n_dropped", "ci", "sd", "se", "t", "p", "chi2", "counts", "n_pairs", "fong_distinct",
     "n_importance", "n_performance", "missing", "n_incomplete", "top", "top_ci", "r2_adjusted", "scores_summary", "notes", "variant",
     "input_sha256", "n_complete")
)  # fmt: skip


def drawn(seed: int, n: int = N) -> Columns:
    """Answers of n people with gaps: a to d from 1 to 7 hang together, ka to kc from 1 to 5, and those of the path model."""
    random = np.random.default_rng(seed)
    mood = random.normal(size=n)
    made: Columns = {
        name: np.clip(np.round(4 + 1.5 * (mood + random.normal(size=n) * (0.6 + 0.2 * place))), 1, 7)
        for place, name in enumerate(ITEMS)
    }
    made["a"][random.random(n) < 0.08] = np.nan
    made |= {name: random.integers(1, 6, n).astype(float) for name in ("ka", "kb", "kc")}
    return made | people(n, seed)


def found(method: str, columns: Mapping[str, Any], **more: Any) -> Any:
    return analysed(method.split(maxsplit=1)[0], columns, SPECS[method] | more)


def figures(
    value: Any, path: str = "", *, without: frozenset[str] = frozenset()
) -> Iterator[tuple[str, Any]]:
    """Every figure of a result under its path."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key not in without:
                yield from figures(each, f"{path}/{key}", without=without)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from figures(each, f"{path}/{place}", without=without)
    else:
        yield path, value


def same(one: Any, other: Any, without: frozenset[str] = frozenset(("input_sha256",))) -> None:
    first, second = dict(figures(one, without=without)), dict(figures(other, without=without))
    assert set(first) == set(second)
    for path, value in first.items():
        if isinstance(value, float):
            assert second[path] == pytest.approx(value, abs=2e-6, rel=1e-6), path
        else:
            assert second[path] == value, path


@pytest.mark.parametrize("method", SPECS)
@few
@given(SEEDS)
def test_the_order_of_rows_does_not_matter(method: str, seed: int) -> None:
    columns = drawn(seed)
    order = np.random.default_rng(seed).permutation(N)
    without = frozenset(("input_sha256", "iterations", "last_change"))
    same(found(method, columns), found(method, {key: each[order] for key, each in columns.items()}), without)


@pytest.mark.parametrize("method", ["reliability", "servqual", "kano", "ipa", "score"])
@few
@given(SEEDS)
def test_the_order_of_items_does_not_matter(method: str, seed: int) -> None:
    columns = drawn(seed)
    key = {"reliability": "scales", "servqual": "dimensions"}.get(method, "items")
    turned = {name: SPECS[method][key][name] for name in reversed(SPECS[method][key])}
    if method == "reliability":
        turned["one"] = {"items": ["c", "a", "b"], "min": 1, "max": 7}
    if method == "servqual":
        turned["x"] = {"items": [["c", "d"], ["a", "b"]]}
    without = frozenset(("input_sha256", "notes"))
    same(found(method, columns), found(method, columns, **{key: turned}), without)


@pytest.mark.parametrize("method", SPECS)
@few
@given(SEEDS, st.floats(0.01, 100))
def test_a_whole_weight_is_as_many_rows_and_its_unit_does_not_matter(
    method: str, seed: int, unit: float
) -> None:
    columns = drawn(seed)
    times = np.random.default_rng(seed + 1).integers(0, 4, N)
    times[:4] = 2
    weighted = found(method, columns | {"w": times.astype(float)}, weight="w")
    repeated = found(method, {key: np.repeat(each, times) for key, each in columns.items()})
    other = found(method, columns | {"w": times * unit}, weight="w")
    same(weighted, other, frozenset(("input_sha256", "iterations", "last_change")))
    for path, value in figures(repeated, without=OF_N | {"iterations", "last_change"}):
        told = dict(figures(weighted))[path]
        assert told == (pytest.approx(value, abs=2e-6) if isinstance(value, float) else value), path


@pytest.mark.parametrize("method", SPECS)
@few
@given(SEEDS)
def test_equal_weights_are_none(method: str, seed: int) -> None:
    columns = drawn(seed)
    plain = found(method, columns)
    weighted = found(method, columns | {"w": np.full(N, 2.5)}, weight="w")
    # the quartiles of weighted scores are answers that were given, not points between them
    apart = frozenset(
        ("notes", "variant", "input_sha256", "iterations", "last_change", "q25", "median", "q75")
    )
    told = dict(figures(weighted, without=apart))
    for path, value in figures(plain, without=apart):
        assert told[path] == (pytest.approx(value, abs=2e-6) if isinstance(value, float) else value), path


@few
@given(SEEDS, st.floats(0.1, 10), st.floats(-20, 20))
def test_the_unit_of_answers_does_not_matter_to_what_has_none(seed: int, slope: float, start: float) -> None:
    columns = drawn(seed)
    moved = columns | {name: columns[name] * slope + start for name in ITEMS}
    bare = {"scales": {"one": ["a", "b", "c"], "two": ["c", "d"]}}
    apart = frozenset(("input_sha256", "mean", "sd"))
    same(analysed("reliability", columns, bare), analysed("reliability", moved, bare), apart)
    for method in ("ipa derived", "ipa johnson"):
        one, other = found(method, columns), found(method, moved)
        for name, each in one["items"].items():
            assert other["items"][name]["importance"] == pytest.approx(each["importance"], abs=1e-9)
            assert other["items"][name]["performance"] == pytest.approx(
                each["performance"] * slope + start, rel=1e-6, abs=1e-6
            )


@few
@given(SEEDS, st.floats(1e-14, 1e-9))
def test_answers_in_a_tiny_unit_say_the_same(seed: int, unit: float) -> None:
    columns = drawn(seed)
    tiny = columns | {name: columns[name] * unit for name in ITEMS}
    gaps = {"dimensions": {"x": {"items": [["a", "b"], ["c", "d"]]}}}
    one, other = (analysed("servqual", each, gaps)["dimensions"]["x"] for each in (columns, tiny))
    assert (other["t"], other["p"]) == pytest.approx((one["t"], one["p"]), rel=1e-6)
    plane = {key: value for key, value in SPECS["ipa"].items() if key != "scale"}
    first, second = (analysed("ipa", each, plane) for each in (columns, tiny))
    assert second["discriminating"] == first["discriminating"]
    assert [each["quadrant"] for each in second["items"].values()] == [
        each["quadrant"] for each in first["items"].values()
    ]
    sides = {"kind": "welch", "margin": 0.3}
    before, after = columns["b"].tolist(), (columns["c"] + 0.4).tolist()
    plain = analysed("effect", None, sides | {"before": before, "after": after})
    scaled = {
        "margin": 0.3 * unit,
        "before": [each * unit for each in before],
        "after": [each * unit for each in after],
    }
    assert analysed("effect", None, sides | scaled)["verdict"] == plain["verdict"]


@few
@given(SEEDS)
def test_the_sign_of_answers_turns_what_has_one(seed: int) -> None:
    columns = drawn(seed)
    turned = columns | {name: 8 - columns[name] for name in ITEMS}
    one, other = found("servqual", columns), found("servqual", turned)
    for name, each in one["dimensions"].items():
        assert other["dimensions"][name]["gap"] == pytest.approx(-each["gap"], abs=1e-9)
        assert other["dimensions"][name]["p"] == pytest.approx(each["p"], abs=1e-9)
    one, other = found("reliability", columns), found("reliability", turned)
    for name, each in one["scales"].items():
        assert other["scales"][name]["alpha"] == pytest.approx(each["alpha"], abs=1e-9)
    whole = {"items": ["a", "b", "c"], "reverse": ["a"], "min": 1, "max": 7}
    by_hand = {"items": ["a", "b", "c"], "min": 1, "max": 7}
    same(
        analysed("reliability", columns, {"scales": {"one": whole}})["scales"],
        analysed("reliability", columns | {"a": 8 - columns["a"]}, {"scales": {"one": by_hand}})["scales"],
        frozenset(("straight_lining", "floor", "ceiling")),
    )
    # who likes a feature and who likes its absence change places: better and worse do too
    kano = {"items": {"one": ["ka", "kb"]}}
    first = analysed("kano", columns, kano)["items"]["one"]["counts"]
    second = analysed("kano", columns, {"items": {"one": ["kb", "ka"]}})["items"]["one"]["counts"]
    assert (second["R"], second["Q"], second["I"]) == (
        first["A"] + first["O"] + first["M"], first["Q"], first["I"],
    )  # fmt: skip


@few
@given(SEEDS, st.floats(0.1, 10), st.floats(-20, 20))
def test_both_sides_of_a_comparison_change_places(seed: int, slope: float, start: float) -> None:
    random = np.random.default_rng(seed)
    before, after = random.integers(1, 6, 30) * 1.0, random.integers(2, 7, 30) * 1.0
    for kind in ("welch", "mann_whitney", "paired", "wilcoxon"):
        one = analysed("effect", None, {"kind": kind, "before": before.tolist(), "after": after.tolist()})
        other = analysed("effect", None, {"kind": kind, "before": after.tolist(), "after": before.tolist()})
        moved = analysed(
            "effect", None,
            {"kind": kind, "before": (before * slope + start).tolist(), "after": (after * slope + start).tolist()},
        )  # fmt: skip
        assert other["estimate"] == pytest.approx(-one["estimate"], abs=1e-9)
        told = [slope * each for each in (one["estimate"], *one["ci"])]
        assert [moved["estimate"], *moved["ci"]] == pytest.approx(told, abs=1e-6)
        assert moved["p"] == pytest.approx(one["p"], abs=1e-9) == other["p"]


# --- groups --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["reliability", "servqual", "kano", "ipa", "ipa derived"])
def test_a_group_is_the_method_on_its_rows_and_small_ones_are_withheld(method: str) -> None:
    columns = drawn(7, 60)
    branch = np.array(["east"] * 30 + ["west"] * 24 + ["tiny"] * 6, dtype=object)
    weights = np.random.default_rng(2).random(60) + 0.5
    made = found(method, columns | {"branch": branch, "w": weights}, by=["branch"], weight="w")
    east, tiny, west = made["groups"]
    for group in (east, west):
        rows = branch == group["branch"]
        alone = found(
            method, {key: each[rows] for key, each in columns.items()} | {"w": weights[rows]}, weight="w"
        )
        assert group["n"] == alone["n_used"]
        own = {key: each for key, each in alone.items() if key in group and key != "n"}
        same(own, {key: group[key] for key in own})
    assert (tiny["n"], tiny["withheld"]) == (None, True)
    assert set(tiny) == {"branch", "n", "withheld", "reason"}
    assert "Fewer than 10 respondents" in tiny["reason"]["text"]
    whole = found(method, columns | {"w": weights}, weight="w")
    same(whole, {key: each for key, each in made.items() if key not in {"groups", "min_cell"}})


def test_a_group_that_the_method_refuses_says_why_and_the_others_stay() -> None:
    columns = drawn(7, 60)
    columns["d"][:20] = np.nan
    branch = np.array(["east"] * 20 + ["west"] * 40, dtype=object)
    east, west = found("servqual", columns | {"branch": branch}, by="branch")["groups"]
    assert "Nobody answered both sides" in east["reason"]["text"]
    assert "dimensions" not in east
    assert west["withheld"] is False


@pytest.mark.parametrize("method", ["reliability", "servqual", "kano", "ipa", "score", "pls"])
def test_weights_that_cannot_be_are_refused_by_their_column(method: str) -> None:
    columns = drawn(3)
    for wrong, said in ((-1.0, "negative"), (np.inf, "finite")):
        weights = np.ones(N)
        weights[5] = wrong
        with pytest.raises(Refusal, match=said) as refused:
            found(method, columns | {"w": weights}, weight="w")
        assert refused.value.field == "w"
    with pytest.raises(Refusal, match="nobody would count"):
        found(method, columns | {"w": np.zeros(N)}, weight="w")
    lacking = np.ones(N)
    lacking[:3] = np.nan
    left = found(method, columns | {"w": lacking}, weight="w")["n_dropped"]["reasons"]
    assert left.get("missing_weight", left.get("no_weight")) == 3


def test_the_signed_rank_test_has_no_form_for_weights() -> None:
    with pytest.raises(Refusal, match="no form for weights"):
        found("servqual", drawn(1) | {"w": np.ones(N)}, weight="w", test="wilcoxon")


def test_a_weighted_resample_keeps_the_weights_of_those_drawn() -> None:
    columns = people(50, 3)
    weights = np.random.default_rng(5).random(50) + 0.2
    rows = np.random.default_rng(6).integers(0, 50, 50)
    made = analysed("pls", columns | {"w": weights}, model(weight="w", resample_rows=[rows.tolist()]))
    alone = analysed(
        "pls", {key: each[rows] for key, each in columns.items()} | {"w": weights[rows]}, model(weight="w")
    )
    (told,) = made["bootstrap"]["resamples"]
    for key in ("paths", "r2", "index"):
        assert told[key] == pytest.approx(alone[key], abs=1e-6)


# --- unknown keys --------------------------------------------------------------------------------------------

LEAST: dict[str, tuple[Columns | None, dict[str, Any]]] = {
    **{method: (drawn(1), spec) for method, spec in SPECS.items() if " " not in method},
    "hierarchy": (None, {"tree": {"a": {"weight": 1, "score": 3}}}),
    "ahp": (None, {"items": ["a", "b"], "judgements": {"a/b": 3}}),
    "fuzzy": (None, {"weights": [0.5, 0.5], "matrix": [[0.5, 0.5], [0.2, 0.8]]}),
    "transition": (None, {"states": ["a", "b"], "counts": [[3, 1], [2, 4]]}),
    "sample": (None, {"kind": "proportion", "error": 0.05}),
    "estimate": ({"y": [1.0, 2.0, 3.0]}, {"variable": "y", "fpc": 100}),
    "chart": (None, {"kind": "xmr", "values": [1, 2, 3, 2]}),
    "effect": (None, {"kind": "proportions", "before": [48, 80], "after": [56, 70]}),
    "power": (None, {"p1": 0.5, "p2": 0.6}),
    "agreement": ({"u1": [1, 1], "u2": [2, 3]}, {}),
}


@pytest.mark.parametrize("method", LEAST)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(method: str) -> None:
    columns, spec = LEAST[method]
    analysed(method, columns, spec | {"title": "Autumn", "description": "for readers"})
    with pytest.raises(Refusal, match="“zzzz” is not a parameter of this method; it knows: ") as refused:
        analysed(method, columns, spec | {"zzzz": 1})
    assert refused.value.field == "zzzz"
    known = next(key for key in [*spec, "alpha" if method == "power" else "level"] if len(key) > 3)
    with pytest.raises(Refusal, match=f"; “{known}” is one"):
        analysed(method, columns, spec | {known + "x": 1})


def test_unknown_keys_within_a_specification_are_refused_by_their_path() -> None:
    for method, spec, where in (
        ("sample", {"kind": "proportion", "error": 0.05, "strata": [{"name": "a", "size": 10, "seize": 3}]}, "strata[0].seize"),
        ("fuzzy", {"factors": {"a": {"weight": 1, "matricks": [1, 0]}}}, "factors.a.matricks"),
        ("ahp", {"items": ["a", "b"], "group": [{"matrix": [[1, 1], [1, 1]], "wait": 2}]}, "group[0].wait"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            analysed(method, None, spec)
        assert refused.value.field == where
