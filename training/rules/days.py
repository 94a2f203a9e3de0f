"""Days: until when, valid until, when to remind."""

import calendar
from datetime import date

DUE_DAYS, DUE_MOST = 30, 730
#: a reminder before the due day, and how early a refresher is given before the old record ends
SOON_DAYS, RENEW_DAYS = 7, 30
MONTHS_MOST = 120


def months_later(day: date, months: int) -> date | None:
    """The last day on which something counts that counts for so many months; None for good.

    Both ends count: from 15 January, one month is until 14 February; from 31 January until 27 (or 28) February.
    """
    if months <= 0:
        return None
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    last = calendar.monthrange(year, month + 1)[1]
    end = date(year, month + 1, min(day.day, last))
    return date.fromordinal(end.toordinal() - 1)


def stale(until: date | None, today: date) -> str:
    """How a record stands: "valid", "soon" (it ends within a month) or "over"."""
    if until is None or (until - today).days >= RENEW_DAYS:
        return "valid"
    return "over" if until < today else "soon"
