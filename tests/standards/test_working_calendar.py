"""Working time of dates: the week, public holidays with their swap days, days off and on, half days."""

import datetime as dt
import re
from typing import Any

import pytest

from standards.rules.calendar import WorkingCalendar

WEEK = {
    **{name: ["09:00-12:00", "13:30-18:00"] for name in ("mon", "tue", "wed", "thu")},
    "fri": ["09:00-12:00"],
    "sat": [],
}
OFFICE = ((540, 720), (810, 1080))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_china_with_its_swap_days() -> None:
    calendar = WorkingCalendar.from_mapping({"week": WEEK, "country": "cn"})
    worked = ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]
    for text in worked:
        assert calendar.intervals_on(day(text)) == OFFICE, text
        assert calendar.reason_on(day(text))[0] == "swap_day"
    for text in ("2026-01-01", "2026-02-17", "2026-10-01"):
        assert not calendar.is_working_day(day(text))
        assert calendar.reason_on(day(text))[0] == "public_holiday"
    assert calendar.intervals_on(day("2026-03-06")) == ((540, 720),)
    assert calendar.reason_on(day("2026-03-07")) == ("weekend", "")


def test_own_days_stand_above_the_country() -> None:
    calendar = WorkingCalendar.from_mapping(
        {
            "week": WEEK,
            "country": "CN",
            "holidays": ["2026-02-14", dt.date(2026, 3, 2)],
            "workdays": ["2026-01-01", "2026-03-07"],
            "hours": {"2026-02-16": ["09:00-12:00"], "2026-03-03": []},
        }
    )
    assert not calendar.is_working_day(day("2026-02-14"))
    assert not calendar.is_working_day(day("2026-03-02"))
    assert not calendar.is_working_day(day("2026-03-03"))
    assert calendar.intervals_on(day("2026-01-01")) == OFFICE
    assert calendar.intervals_on(day("2026-03-07")) == OFFICE
    assert calendar.intervals_on(day("2026-02-16")) == ((540, 720),)
    assert WorkingCalendar.from_mapping(calendar.to_mapping()) == calendar


def test_without_anything() -> None:
    calendar = WorkingCalendar.from_mapping({})
    assert calendar == WorkingCalendar()
    assert not calendar.has_hours
    assert [calendar.is_working_day(dt.date(2026, 3, n)) for n in range(2, 9)] == [True] * 5 + [False] * 2
    assert calendar.to_mapping() == {}


def test_whole_days_and_parts_of_countries() -> None:
    calendar = WorkingCalendar.from_mapping({"week": {"Sunday": "00:00-24:00"}, "country": "GB-SCT"})
    assert calendar.intervals_on(day("2026-03-01")) == ((0, 1440),)
    assert not calendar.is_working_day(day("2026-03-02"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"week": {"mon": ["9-12"]}}, "week.mon: “9-12” is not an interval"),
        ({"week": {"mon": ["09:00-12:00", "11:00-13:00"]}}, "week.mon: 11:00-13:00 overlaps"),
        ({"week": {"mon": ["22:00-06:00"]}}, "split hours over midnight"),
        ({"week": {"mon": ["20:00-25:00"]}}, "outside 00:00 to 24:00"),
        ({"week": {"mon": ["09:00-09:75"]}}, "more than 59 minutes"),
        ({"week": {"monkey": []}}, "week.monkey: not a day of the week"),
        ({"week": {"": []}}, "not a day of the week"),
        ({"week": {"mon": []}}, "no day has working hours"),
        ({"week": ["mon"]}, "week: expected names with values"),
        ({"country": "XX"}, "country: no public holidays are known"),
        ({"country": "US-ZZ"}, "country: no public holidays are known"),
        ({"holidays": ["2026-02-30"]}, "holidays: “2026-02-30” is not a date"),
        ({"holidays": {"a": 1}}, "holidays: expected a list"),
        ({"holidays": ["2026-01-01"], "workdays": ["2026-01-01"]}, "2026-01-01 stands in both"),
        ({"timezone": "Mars/Olympus"}, "timezone: “Mars/Olympus” is not a time zone"),
        ({"timezone": "../etc/passwd"}, "is not a time zone"),
        ({"weeks": {}}, "weeks: not a setting"),
    ],
)
def test_errors_name_the_field(data: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        WorkingCalendar.from_mapping(data)
