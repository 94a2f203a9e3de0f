"""Days, the quiz, the table of states and the cell of the matrix: without a database."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from training.rules import STEPS, State, Who, allows, draw, mark, months_later, shuffled, stale, verdict
from training.rules.imports import read_day, read_score
from training.rules.quiz import question_problem
from training.rules.standing import Record, Standing, of_proofs, standing_of

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        (date(2026, 1, 15), 1, date(2026, 2, 14)),
        (date(2026, 1, 31), 1, date(2026, 2, 27)),
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
        (date(2026, 11, 22), 12, date(2027, 11, 21)),
        (date(2026, 12, 1), 1, date(2026, 12, 31)),
        (date(2026, 12, 1), 0, None),
    ],
)
def test_a_record_is_valid_until_the_day_before_the_same_day(
    day: date, months: int, last: date | None
) -> None:
    assert months_later(day, months) == last


def test_a_record_ends_soon_within_thirty_days() -> None:
    assert stale(None, TODAY) == "valid"
    assert stale(date(2026, 12, 22), TODAY) == "valid"
    assert stale(date(2026, 12, 21), TODAY) == "soon"
    assert stale(TODAY, TODAY) == "soon"
    assert stale(date(2026, 11, 21), TODAY) == "over"


def test_the_order_follows_from_the_seed_alone() -> None:
    assert shuffled(range(6), "TRN-2026-0001:1:7") == shuffled(range(6), "TRN-2026-0001:1:7")
    assert sorted(shuffled(range(6), "x")) == list(range(6))
    assert len({tuple(shuffled(range(6), f"seed {number}")) for number in range(50)}) > 40
    # the same on every machine, in every release
    assert shuffled(range(5), "a fixed seed") == [1, 2, 0, 3, 4]


def test_drawing_takes_each_question_equally_often() -> None:
    bank = list(range(10))
    counts = Counter(item for number in range(2_000) for item in draw(bank, 3, f"seed {number}"))
    # 2,000 draws of 3 of 10: 600 each, standard deviation 20.5
    assert all(500 < counts[item] < 700 for item in bank)
    assert sorted(draw(bank, 0, "x")) == bank
    assert sorted(draw(bank, 99, "x")) == bank
    assert len(set(draw(bank, 4, "x"))) == 4


def test_a_question_is_right_when_all_and_only_the_right_answers_are_marked() -> None:
    assert mark({1}, {1})
    assert not mark({1}, {0})
    assert mark({0, 2}, {2, 0})
    assert not mark({0, 2}, {0})
    assert not mark({0, 2}, {0, 1, 2})
    assert not mark({0}, set())


def test_the_pass_mark_is_reached_exactly() -> None:
    assert verdict(3, 4, 0.75) == (0.75, True)
    assert verdict(2, 4, 0.75) == (0.5, False)
    assert verdict(7, 10, 0.7)[1]  # 0.7 is no exact number
    with pytest.raises(ValueError, match="asked"):
        verdict(0, 0, 0.5)
    with pytest.raises(ValueError, match="asked"):
        verdict(5, 4, 0.5)


@pytest.mark.parametrize(
    ("kind", "choices", "problem"),
    [
        ("single", [("a", True)], "number"),
        ("single", [(str(number), number == 0) for number in range(9)], "number"),
        ("single", [("a", True), ("", False)], "empty"),
        ("single", [("a", True), ("a", False)], "doubled"),
        ("single", [("a", False), ("b", False)], "none_right"),
        ("single", [("a", True), ("b", True)], "one_right"),
        ("multiple", [("a", True), ("b", True)], ""),
        ("single", [("a", True), ("b", False)], ""),
    ],
)
def test_choices_of_a_question_make_sense(kind: str, choices: list[Any], problem: str) -> None:
    rows = [{"en": text, "zh": "", "right": right} for text, right in choices]
    assert question_problem(kind, rows) == problem


def test_every_state_and_verb_is_in_the_table_or_refused() -> None:
    """The whole table, cell by cell, for each part."""
    verbs = {item.verb for item in STEPS}
    rows = {(item.state, item.verb): item for item in STEPS}
    assert len(rows) == len(STEPS)
    for state in State:
        for verb in verbs:
            for who in Who:
                row = rows.get((state, verb))
                assert allows(state, verb, {who}) == (row is not None and who in row.who), (state, verb, who)
    for state in (State.waived, State.expired):
        assert not any(item.state == state for item in STEPS), "what is closed stays closed"
    assert {item.to for item in STEPS if item.state == State.passed} == {State.expired}
    assert not any(
        item.who == {Who.learner} and item.verb in {"waive", "postpone", "allow_again"} for item in STEPS
    )


def test_a_cell_tells_first_what_needs_somebody() -> None:
    def record(number: int, state: str, due: date | None = None, until: date | None = None) -> Record:
        return Record(number, state, due, until)

    yesterday, later = date(2026, 11, 21), date(2027, 6, 1)
    assert standing_of([], TODAY) == (Standing.none, None)
    passed, late = record(1, "passed", until=later), record(2, "assigned", due=yesterday)
    assert standing_of([passed, late], TODAY) == (Standing.late, late)
    assert standing_of([passed, record(2, "assigned", due=later)], TODAY) == (Standing.valid, passed)
    assert standing_of([record(1, "passed", until=yesterday)], TODAY)[0] == Standing.over
    assert standing_of([record(1, "passed", until=date(2026, 12, 1))], TODAY)[0] == Standing.soon
    assert standing_of([record(1, "failed", due=later)], TODAY)[0] == Standing.failed
    assert standing_of([record(1, "failed", due=yesterday)], TODAY)[0] == Standing.late
    assert standing_of([record(1, "waived"), record(2, "expired")], TODAY)[0] == Standing.over
    assert standing_of([record(1, "waived")], TODAY)[0] == Standing.waived
    assert standing_of([record(3, "passed"), record(5, "passed")], TODAY)[1] == record(5, "passed")


def test_proofs_count_by_the_best_of_them() -> None:
    assert of_proofs([], TODAY) == Standing.none
    assert of_proofs([date(2026, 1, 1), None], TODAY) == Standing.valid
    assert of_proofs([date(2026, 1, 1), date(2026, 11, 30)], TODAY) == Standing.soon
    assert of_proofs([date(2026, 1, 1)], TODAY) == Standing.over


def test_dates_and_scores_of_a_file() -> None:
    assert (
        read_day("2026-11-20") == read_day("2026/11/20") == read_day("2026年11月20日") == date(2026, 11, 20)
    )
    assert read_day("2026-11-20 00:00:00") == date(2026, 11, 20)
    for wrong in ("20.11.2026", "2026-13-01", "2026-02-30", "yesterday", "", "2026-11-20x", "²026-01-01"):
        assert read_day(wrong) is None, wrong
    assert read_score("85") == read_score("85%") == read_score("85％") == 0.85
    assert read_score("100") == 1
    for wrong in ("101", "-1", "a", "", "8,5", "nan"):
        assert read_score(wrong) is None, wrong
