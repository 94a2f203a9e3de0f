"""Hints: each one appears when it should and not otherwise."""

from datetime import date

from standards.rules.linter import Checked, Property, lint, vague_words

TODAY = date(2026, 11, 22)
GOOD = {
    "kind": "timing",
    "statement_en": "Repair within 5 working days.",
    "statement_zh": "5 个工作日内修复。",
    "target": 0.95,
    "from_milestone": "received",
    "to_milestone": "repaired",
    "limit": "5 working days",
    "has_calendar": True,
    "calendar_has_hours": True,
    "dimension": "reliability",
    "kano": "basic",
}


def row(code: str = "R1", **more: object) -> Checked:
    return Checked(code=code, **{**GOOD, **more})  # type: ignore[arg-type]  # keywords of the test


def codes(*rows: Checked, review: date | None = date(2027, 6, 1)) -> set[str]:
    found = lint(rows, review_date=review, today=TODAY, title=("A", "甲"), purpose=("B", "乙"))
    return {hint.code for hint in found} - {"no_exception"}


def test_a_good_requirement_has_nothing_to_point_out() -> None:
    assert codes(row()) == set()


def test_each_fault_has_its_hint() -> None:
    assert codes(row(target=None)) == {"no_target"}
    assert codes(row(limit="")) == {"no_limit"}
    assert codes(row(target=1.0)) == {"no_room"}
    assert codes(row(has_calendar=False)) == {"no_calendar"}
    assert codes(row(limit="5 working hours", calendar_has_hours=False)) == {"no_hours"}
    assert codes(row(limit="5 hours", has_calendar=False, calendar_has_hours=False)) == set()
    assert codes(row(statement_zh="")) == {"one_language"}
    assert codes(row(kano="")) == {"unclassified"}
    assert codes(row(kind="content", verification="")) == {"no_verification"}
    assert codes(row(statement_en="Repair within 7 working days.")) == {"other_amount"}
    assert codes(row(), review=None) == {"no_review"}
    assert codes(row(), review=TODAY) == {"review_past"}
    assert codes(row(), review=date(2031, 1, 1)) == {"review_far"}
    assert codes() == {"empty"}


def test_vague_words_in_both_languages() -> None:
    assert vague_words("Answer promptly, as soon as possible.", "及时答复，尽快处理") == [
        "promptly",
        "as soon as possible",
        "及时",
        "尽快",
    ]
    assert vague_words("An untimely event", "及格") == []


def test_contradictions_are_told_from_promises_in_two_steps() -> None:
    assert "contradiction" in codes(
        row(), row("R2", limit="3 working days", statement_en="", statement_zh="三天")
    )
    assert "duplicate" in codes(row(), row("R2"))
    steps = codes(
        row(target=0.8, limit="2 working days", statement_en="2", statement_zh="2"), row("R2", target=0.98)
    )
    assert steps == set()
    assert (
        codes(
            row(),
            row(
                "R2",
                population={"priority": ["urgent"]},
                limit="3 working days",
                statement_en="3",
                statement_zh="3",
            ),
        )
        == set()
    )


def test_what_happens_when_it_cannot_be_kept() -> None:
    def whole(*rows: Checked) -> list[str]:
        return [
            hint.code
            for hint in lint(rows, review_date=date(2027, 1, 1), today=TODAY)
            if hint.property == Property.flexible
        ]

    assert whole(row()) == ["no_exception"]
    told = row(
        "R2", kind="content", statement_en="If it cannot be kept, give the reason.", verification="calls"
    )
    assert whole(row(), told) == []


def test_one_language_of_title_and_purpose() -> None:
    found = lint([row()], review_date=date(2027, 1, 1), today=TODAY, title=("A", ""), purpose=("", "乙"))
    assert [hint.code for hint in found if hint.requirement == ""] == [
        "one_language",
        "one_language",
        "no_exception",
    ]
