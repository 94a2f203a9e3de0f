"""The evaluation table, Better and Worse against published figures, and unclear categories."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfaction.methods.answers import Refusal
from satisfaction.methods.kano import evaluate
from tests.satisfaction.methods.given import analysed

ITEMS = {"items": {"call back": ["f", "d"]}}
#: Berger et al. (1993): functional answer down, dysfunctional across
PUBLISHED = ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]


def pairs(functional: list[Any], dysfunctional: list[Any], **more: Any) -> Any:
    return analysed("kano", {"f": functional, "d": dysfunctional}, ITEMS | more)["items"]["call back"]


def test_every_pair_of_answers() -> None:
    for f, row in enumerate(PUBLISHED, 1):
        for d, category in enumerate(row, 1):
            assert pairs([f], [d])["category"] == category


def test_better_and_worse_of_berger() -> None:
    found = evaluate({"A": 63, "O": 48, "M": 19, "I": 58, "R": 5, "Q": 1})
    assert found["better"] == pytest.approx(0.5904255319148937, abs=1e-9)
    assert found["worse"] == pytest.approx(-0.35638297872340424, abs=1e-9)
    assert found["category"] == "A"
    assert found["n"] == 188
    assert found["category_strength"] == pytest.approx(5 / 194)
    assert found["total_strength"] == pytest.approx(130 / 194)
    assert found["fong_distinct"] is False


def test_fong() -> None:
    """|a-b| against 1.65 sqrt((a+b)(2N-a-b)/(2N)): with 60 of 100 and 20, 40 ≥ 1.65·6.93."""
    assert evaluate({"A": 60, "O": 20, "M": 10, "I": 10, "R": 0, "Q": 0})["fong_distinct"] is True
    assert evaluate({"A": 30, "O": 25, "M": 20, "I": 25, "R": 0, "Q": 0})["fong_distinct"] is False


def test_ties_go_to_the_graver_category_and_are_flagged() -> None:
    found = pairs([1, 2, 1, 3], [5, 5, 3, 3])
    assert found["counts"] == {"A": 1, "O": 1, "M": 1, "I": 1, "R": 0, "Q": 0}
    assert found["category"] == "M"
    assert found["tie"] is True


def test_half_a_pair_is_left_out_and_counted() -> None:
    result = analysed("kano", {"f": [1, None, 2, 9], "d": [5, 5, None, 9]}, ITEMS | {"missing_codes": [9]})
    found = result["items"]["call back"]
    assert found["n"] == 1
    assert found["missing"] == 3
    assert result["n_dropped"] == {"count": 3, "reasons": {"no_complete_pair": 3}}


def test_only_contradictions_leave_better_and_worse_open() -> None:
    found = pairs([1, 5], [1, 5])
    assert found["better"] is None
    assert found["worse"] is None
    assert found["category"] == "Q"
    nobody = pairs([None], [1])
    assert nobody["category"] is None
    assert nobody["category_strength"] is None


def test_hints_to_bad_wording() -> None:
    result = analysed("kano", {"f": [5, 5, 5, 1], "d": [1, 2, 3, 1]}, ITEMS)
    texts = " ".join(each["text"] for each in result["notes"])
    assert "the other way round" in texts
    assert "25% contradictory" in texts.replace(" %", "%")


def test_words_as_codes_and_a_table_of_ones_own() -> None:
    words = {
        "like": "喜欢",
        "must_be": "理应如此",
        "neutral": "无所谓",
        "live_with": "勉强接受",
        "dislike": "不喜欢",
    }
    assert pairs(["喜欢"], ["不喜欢"], answers=words)["category"] == "O"
    strict = ["QAAAO", "RQIIM", "RIIIM", "RIIQM", "RRRRQ"]
    assert pairs([2], [2], table=strict)["category"] == "Q"
    assert pairs([2], [2])["category"] == "I"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"items": {"x": ["f", "nowhere"]}}, "nowhere"),
        ({"items": {"x": ["f"]}}, "items.x"),
        ({"items": {}}, "items"),
        ({"answers": {"like": 1, "must_be": 2, "neutral": 3, "live_with": 4}}, "answers.dislike"),
        (
            {"answers": {"like": 1, "must_be": 1, "neutral": 3, "live_with": 4, "dislike": 5}},
            "answers.must_be",
        ),
        ({"table": ["QAAAO"]}, "table"),
        ({"table": ["QAAAX", *PUBLISHED[1:]]}, "table[0]"),
        ({"itmes": 1}, "itmes"),
    ],
)
def test_refusals_name_what_is_wrong(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal) as refused:
        analysed("kano", {"f": [1, 2], "d": [1, 2]}, ITEMS | change)
    assert refused.value.field == said
    assert said in refused.value.english


def test_unknown_answer_is_named_with_its_row() -> None:
    with pytest.raises(Refusal) as refused:
        analysed("kano", {"f": [1, 2, 7], "d": [1, 2, 3]}, ITEMS)
    assert refused.value.english == "Column “f”, row 4: “7” is none of the answers 1, 2, 3, 4, 5."


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=40), st.randoms())
def test_order_of_rows_and_other_codes_change_nothing(answers: list[tuple[int, int]], chance: Any) -> None:
    before = pairs([f for f, _ in answers], [d for _, d in answers])
    shuffled = list(answers)
    chance.shuffle(shuffled)
    codes = dict(
        zip(("like", "must_be", "neutral", "live_with", "dislike"), (50, 40, 30, 20, 10), strict=True)
    )
    after = pairs([60 - 10 * f for f, _ in shuffled], [60 - 10 * d for _, d in shuffled], answers=codes)
    assert before == after
    assert sum(before["counts"].values()) == len(answers)
    if before["n"]:
        assert 0 <= before["better"] <= 1
        assert -1 <= before["worse"] <= 0
    # Everybody twice: the same shares.
    twice = pairs([f for f, _ in answers] * 2, [d for _, d in answers] * 2)
    assert twice["better"] == before["better"]
    assert twice["category"] == before["category"]
    assert np.isclose(twice["category_strength"], before["category_strength"])
