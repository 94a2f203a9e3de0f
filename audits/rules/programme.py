"""Years, months and recurrence: pure."""

import calendar
from datetime import date, timedelta
from typing import Any

from core.lazytext import _l

REPEATS: dict[int, Any] = {
    0: _l("Does not repeat"),
    3: _l("Every 3 months"),
    6: _l("Every 6 months"),
    12: _l("Every year"),
    24: _l("Every 2 years"),
    36: _l("Every 3 years"),
}
MOST_DAYS = 60


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def next_days(first: date, last: date, months: int) -> tuple[date, date]:
    """When an audit of these days comes again: on the same weekday or the Monday after a weekend, as many days long."""
    start = add_months(first, months)
    if start.weekday() >= 5:
        start += timedelta(days=7 - start.weekday())
    return start, start + (last - first)


def month_days(year: int, month: int, *, after: date | None = None) -> tuple[date, date]:
    """The month's first Monday to Friday, offered for a slot; of a month that is past, the next ones after a day."""
    first = date(year, month, 1)
    if after is not None and first <= after:
        first = after + timedelta(days=1)
    monday = first + timedelta(days=(7 - first.weekday()) % 7)
    return monday, monday + timedelta(days=4)
