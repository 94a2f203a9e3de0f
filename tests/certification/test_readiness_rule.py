from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from certification.rules.clauses import (
    Answer,
    Both,
    Clause,
    Counts,
    Readiness,
    Remark,
    Waiting,
    counted,
    figure_of,
    readiness_of,
)
from certification.rules.packs import Part, parts_in_order, period_problem
from certification.rules.steps import Need, next_steps, steps_for
from core.figures import Figure
from standards.rules.coverage import Status

AT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "short", "major", "expected"),
    [
        (Status.addressed, False, False, Readiness.ready),
        (Status.addressed, True, False, Readiness.attention),
        (Status.addressed, False, True, Readiness.attention),
        (Status.addressed, True, True, Readiness.attention),
        (Status.partly, False, False, Readiness.gap),
        (Status.partly, True, True, Readiness.gap),
        (Status.not_addressed, False, False, Readiness.gap),
        (Status.not_assessed, False, False, Readiness.gap),
        (Status.not_applicable, False, False, Readiness.not_applicable),
        (Status.not_applicable, True, True, Readiness.not_applicable),
    ],
)
def test_readiness_of_a_clause(status: Status, short: bool, major: bool, expected: Readiness) -> None:
    assert readiness_of(status, short=short, open_major=major) is expected


def figure(verdict: str) -> Figure:
    return Figure(0.9, 100, 0.83, 0.94, "wilson", target=0.95, verdict=verdict)  # type: ignore[arg-type]


def answer(verdict: str | None = None, code: str = "R1") -> Answer:
    return Answer(
        standard_id=7,
        standard_code="STD-0007",
        standard_title=Both("Street lights"),
        version_id=3,
        version_number=3,
        requirement_id=1,
        code=code,
        kind="timing",
        statement=Both("Repair."),
        degree="full",
        rationale=Both(),
        mapped_by="",
        figure=figure(verdict) if verdict else None,
    )


def remark(grade: str = "major", state: str = "new", **more: object) -> Remark:
    return Remark(1, "FND-2026-0001", grade, state, Both("Late."), AT, **more)  # type: ignore[arg-type]


def clause(status: Status = Status.addressed, number: str = "7.4", **more: object) -> Clause:
    values: dict[str, object] = {
        "id": int(number.replace(".", "")),
        "number": number,
        "sort_key": ".".join(part.zfill(4) for part in number.split(".")),
        "title": Both("Title", "标题"),
        "group": Both("Group"),
        "group_number": number[0],
        "looks_for": Both(),
        "status": status,
        "adopted": False,
        "binding": False,
        **more,
    }
    return Clause(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("verdict", [None, "kept", "on_the_line", "too_few"])
def test_only_a_short_promise_asks_for_attention(verdict: str | None) -> None:
    assert clause(answers=(answer(verdict),)).readiness is Readiness.ready
    assert clause(answers=(answer(verdict), answer("short", "R2"))).readiness is Readiness.attention


@pytest.mark.parametrize(
    ("grade", "state", "expected"),
    [
        ("major", "new", Readiness.attention),
        ("major", "accepted", Readiness.attention),
        ("major", "closed", Readiness.ready),
        ("major", "dismissed", Readiness.ready),
        ("minor", "new", Readiness.ready),
        ("strength", "new", Readiness.ready),
    ],
)
def test_only_an_open_major_finding_asks_for_attention(grade: str, state: str, expected: Readiness) -> None:
    assert clause(answers=(answer(),), findings=(remark(grade, state),)).readiness is expected


def test_counts_name_every_state() -> None:
    counts = counted([clause(), clause(Status.partly, "7.5"), clause(Status.not_assessed, "7.6")])
    assert counts == {
        Readiness.ready: 1,
        Readiness.attention: 0,
        Readiness.gap: 2,
        Readiness.not_applicable: 0,
    }


def test_what_is_broken_comes_first_and_what_is_in_hand_last() -> None:
    short = remark("minor", requirement="STD-0007 R1", ticket_id=5, ticket_code="CAR-1", ticket_stage="do")
    steps = next_steps(
        [
            clause(Status.not_assessed, "4.2"),
            clause(Status.partly, "7.3", binding=True),
            clause(Status.addressed, "7.4", answers=(answer("short"),), findings=(short,)),
            clause(Status.addressed, "7.6", findings=(remark(),)),
        ]
    )
    assert [step.need for step in steps] == [
        Need.major_finding,
        Need.partly,
        Need.not_assessed,
        Need.promise_short,
    ]
    assert [step.in_hand for step in steps] == [False, False, False, True]
    assert steps[-1].target == ("ticket", 5)


def test_a_promise_short_at_two_clauses_is_one_step() -> None:
    steps = next_steps([clause(number="4.6", answers=(answer("short"),)), clause(answers=(answer("short"),))])
    assert len(steps) == 1
    assert [one.number for one in steps[0].clauses] == ["4.6", "7.4"]


def test_a_draft_that_would_answer_is_put_into_force_rather_than_written_again() -> None:
    waiting = Waiting(9, "STD-0009", 11, 2, "R1", "approved")
    (step,) = steps_for(clause(Status.not_assessed, waiting=(waiting,)))
    assert (step.need, step.target) == (Need.put_in_force, ("version", 11))


def test_not_applicable_needs_a_reason() -> None:
    bare = clause(Status.not_applicable)
    assert [step.need for step in steps_for(bare)] == [Need.no_justification]
    assert steps_for(replace(bare, justification="Audited by the city.")) == []


def test_a_finding_that_is_a_step_already_is_not_a_second_one_for_its_promise() -> None:
    both = clause(answers=(answer("short"),), findings=(remark(requirement="STD-0007 R1"),))
    assert [step.need for step in steps_for(both)] == [Need.major_finding]


def test_months_are_added_up_before_the_interval_is_made() -> None:
    months = [Counts(90, 10, 0, 0.9), Counts(80, 20, 3, 0.95)]
    found = figure_of(months, as_of=AT)
    assert found is not None
    assert (found.value, found.n, found.target) == (0.85, 200, 0.95)
    assert found.low == pytest.approx(0.793944, abs=1e-5)  # Wilson of 170 in 200
    assert found.high == pytest.approx(0.892864, abs=1e-5)
    assert found.verdict == "short"
    assert found.working["pending"] == 3


def test_a_single_row_keeps_what_delivery_computed() -> None:
    row = Counts(9, 1, 0, 0.9, 0.9, 0.6, 0.98, "too_few")
    found = figure_of([row], as_of=AT)
    assert found is not None
    assert (found.value, found.low, found.verdict) == (0.9, 0.6, "too_few")


def test_nothing_decided_has_no_share() -> None:
    found = figure_of([Counts(0, 0, 2, 0.9), Counts(0, 0, 1, 0.9)], as_of=AT)
    assert found is not None
    assert (found.value, found.n, found.verdict) == (None, 0, "too_few")
    assert figure_of([], as_of=AT) is None


def test_parts_stand_in_printed_order_and_unknown_ones_are_dropped() -> None:
    assert parts_in_order(["hashes", "nonsense", "scope"]) == [Part.scope, Part.hashes]


def test_period_of_a_pack() -> None:
    today = date(2026, 11, 22)
    assert period_problem(date(2026, 2, 1), date(2026, 1, 1), today) == "order"
    assert period_problem(date(2020, 1, 1), date(2026, 1, 1), today) == "long"
    assert period_problem(date(2027, 1, 1), date(2027, 2, 1), today) == "future"
    assert period_problem(date(2026, 1, 1), date(2026, 12, 31), today) == ""
