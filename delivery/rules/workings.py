"""Words of one case's working: why a stretch counts, how a case came out."""

from typing import Any

from core.lazytext import _l

LINES: dict[str, Any] = {
    "elapsed": _l("Elapsed time"),
    "working_hours": _l("Working hours"),
    "outside_hours": _l("Outside working hours"),
    "paused": _l("The clock is stopped"),
    "weekend": _l("Not a working day of the week"),
    "public_holiday": _l("Public holiday"),
    "day_off": _l("Day off in the calendar"),
    "working_day": _l("Working day"),
    "swap_day": _l("Working day in exchange for a holiday"),
    "day_on": _l("Working day by the calendar"),
    "own_hours": _l("Own hours on this date"),
    "first_day": _l("The day of the start is not counted"),
    "stands_still": _l("Day off after the last working day: the clock stands still, in time"),
    "calendar_day": _l("Calendar day"),
    "more": _l("Further stretches, added up"),
}
OUTCOMES: dict[str, Any] = {
    "met": _l("Met"),
    "missed": _l("Missed"),
    "pending": _l("Pending"),
    "no_start": _l("Not judged: the start is missing"),
    "no_due": _l("Not judged: the due time is missing"),
    "to_before_from": _l("Not judged: the end lies before the start"),
    "not_in_population": _l("Not judged: outside the cases the requirement is about"),
    "not_in_force": _l("Not judged: the requirement was not in force at the start"),
}
OUTCOME_TONES: dict[str, str] = {"met": "good", "missed": "bad", "pending": "info"}
