"""Limits as people write them."""

import pytest

from standards.rules.timing import Limit, LimitUnit, parse_limit


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("5 working days", Limit(5, LimitUnit.WORKING_DAYS), "5 working days"),
        ("1 working day", Limit(1, LimitUnit.WORKING_DAYS), "1 working day"),
        ("30 minutes", Limit(30, LimitUnit.MINUTES), "30 minutes"),
        ("  1   Hour ", Limit(1, LimitUnit.HOURS), "1 hour"),
        ("1.5 hours", Limit(1.5, LimitUnit.HOURS), "1.5 hours"),
        ("8 working hours", Limit(8, LimitUnit.WORKING_HOURS), "8 working hours"),
        ("90 working_minutes", Limit(90, LimitUnit.WORKING_MINUTES), "90 working minutes"),
        ("0 days", Limit(0, LimitUnit.DAYS), "0 days"),
        ("Same day", Limit(0, LimitUnit.SAME_DAY), "same day"),
        ("same working day", Limit(0, LimitUnit.SAME_WORKING_DAY), "same working day"),
        ("by due", Limit(0, LimitUnit.BY_DUE, "due"), "by due"),
        ("by Promised At", Limit(0, LimitUnit.BY_DUE, "Promised At"), "by Promised At"),
    ],
)
def test_limits_are_read_and_written(text: str, limit: Limit, shown: str) -> None:
    assert parse_limit(text) == limit
    assert str(limit) == shown
    assert parse_limit(shown) == limit


@pytest.mark.parametrize(
    "text",
    ["", "soon", "five days", "5", "5 weeks", "-5 days", "1.5 days", "0 working days", "5 days ago",
     "99999 days", "1e3 hours", "9" * 400 + " hours"],
)  # fmt: skip
def test_what_is_not_a_limit(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        parse_limit(text)


def test_lengths() -> None:
    assert (
        parse_limit("90 minutes").microseconds
        == parse_limit("1.5 working hours").microseconds
        == 5_400_000_000
    )
    assert parse_limit("2 hours").duration.total_seconds() == 7200
