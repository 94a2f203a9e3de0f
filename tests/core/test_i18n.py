"""How dates are written."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from core import clock
from core.i18n import force_locale, format_date, format_list


@pytest.mark.parametrize(
    ("day", "en", "zh"),
    [
        (date(2026, 3, 9), "9\N{NO-BREAK SPACE}Mar", "3月9日"),
        (date(2025, 3, 9), "9\N{NO-BREAK SPACE}Mar\N{NO-BREAK SPACE}2025", "2025-03-09"),
        (date(2027, 1, 1), "1\N{NO-BREAK SPACE}Jan\N{NO-BREAK SPACE}2027", "2027-01-01"),
    ],
)
def test_a_near_day_loses_its_year_in_this_year_only(app: Flask, day: date, en: str, zh: str) -> None:
    with clock.at(datetime(2026, 11, 22, tzinfo=UTC)):
        for code, said in (("en", en), ("zh", zh)):
            with force_locale(code):
                assert format_date(day, "near") == said


def test_words_are_listed_as_the_language_does(app: Flask) -> None:
    for code, said in (("en", "north, south"), ("zh", "north、south")):
        with force_locale(code):
            assert format_list(["north", "south"]) == said
