"""When a review comes again, and over which period: pure."""

import calendar
from datetime import date, timedelta
from typing import Any

from core.lazytext import _l

REPEATS: dict[int, Any] = {
    0: _l("Does not repeat"),
    1: _l("Every month"),
    3: _l("Every 3 months"),
    6: _l("Every 6 months"),
    12: _l("Every year"),
}
MOST_DAYS = 3 * 366


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last of a shorter month, and the last stays the last."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    length = calendar.monthrange(year, month + 1)[1]
    at_end = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, length if at_end else min(day.day, length))


def next_meeting(meets_on: date, months: int) -> date:
    """So many months later; from a weekend on to the Monday."""
    day = add_months(meets_on, months)
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= 5 else day


def next_period(last: date, months: int) -> tuple[date, date]:
    """The period that begins where one ended on its last day, so many months long."""
    return last + timedelta(days=1), add_months(last, months)


def period_before(first: date, last: date) -> tuple[date, date]:
    """The period just before, as long: in whole months when the period is made of them, else in days."""
    if (
        first.day == 1
        and last == add_months(last, 0)
        and last.day == calendar.monthrange(last.year, last.month)[1]
    ):
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        return add_months(first, -months), first - timedelta(days=1)
    return first - (last - first) - timedelta(days=1), first - timedelta(days=1)
