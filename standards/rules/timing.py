"""What a promise of time says: an amount and the unit its clock runs in."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class LimitUnit(StrEnum):
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WORKING_MINUTES = "working_minutes"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    SAME_DAY = "same_day"
    SAME_WORKING_DAY = "same_working_day"
    BY_DUE = "by_due"


ELAPSED_UNITS = frozenset({LimitUnit.MINUTES, LimitUnit.HOURS})
WORKING_TIME_UNITS = frozenset({LimitUnit.WORKING_MINUTES, LimitUnit.WORKING_HOURS})
WORKING_DAY_UNITS = frozenset({LimitUnit.WORKING_DAYS, LimitUnit.SAME_WORKING_DAY})
WITHOUT_AMOUNT = frozenset({LimitUnit.SAME_DAY, LimitUnit.SAME_WORKING_DAY, LimitUnit.BY_DUE})

_MICROSECONDS = {
    LimitUnit.MINUTES: 60_000_000,
    LimitUnit.HOURS: 3_600_000_000,
    LimitUnit.WORKING_MINUTES: 60_000_000,
    LimitUnit.WORKING_HOURS: 3_600_000_000,
}
# Ten years in minutes: longer limits are typing errors, and day tables stay small.
_MOST = {
    LimitUnit.MINUTES: 5_256_000,
    LimitUnit.WORKING_MINUTES: 5_256_000,
    LimitUnit.HOURS: 87_600,
    LimitUnit.WORKING_HOURS: 87_600,
    LimitUnit.DAYS: 3_650,
    LimitUnit.WORKING_DAYS: 3_650,
}
_FORM = re.compile(
    r"(?P<amount>\d+(?:\.\d+)?)\s*(?P<working>working\s+)?(?P<unit>minute|hour|day)s?", re.IGNORECASE
)
_FORMS = (
    "30 minutes, 2 hours, 5 days, 90 working minutes, 8 working hours, 5 working days, "
    "same day, same working day, by due"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a case may take.

    `amount` is 0 for the units that have none (same day, same working day, by due). `milestone` is only used
    by `BY_DUE`: the milestone whose time is the deadline.
    """

    amount: int | float
    unit: LimitUnit
    milestone: str = ""

    def __post_init__(self) -> None:
        if self.unit in WITHOUT_AMOUNT:
            if self.amount:
                raise ValueError(f"A limit of “{self.unit.value.replace('_', ' ')}” takes no number.")
        elif self.amount < 0 or self.amount > _MOST[self.unit]:
            raise ValueError(
                f"{self.amount:g} {self.unit.value.replace('_', ' ')} is outside 0 to {_MOST[self.unit]}."
            )
        if self.unit in {LimitUnit.DAYS, LimitUnit.WORKING_DAYS} and not isinstance(self.amount, int):
            raise ValueError("A limit in days is a whole number; use hours for parts of a day.")
        if self.unit is LimitUnit.WORKING_DAYS and self.amount == 0:
            raise ValueError("0 working days: write “same working day” or “same day”.")
        if (self.unit is LimitUnit.BY_DUE) != bool(self.milestone):
            raise ValueError("A limit by due names the milestone that holds the due time, and no other does.")

    @property
    def microseconds(self) -> int:
        """The limit of a clock that counts time (minutes and hours, elapsed or working)."""
        return round(self.amount * _MICROSECONDS[self.unit])

    @property
    def duration(self) -> timedelta:
        return timedelta(microseconds=self.microseconds)

    def __str__(self) -> str:
        if self.unit is LimitUnit.BY_DUE:
            return f"by {self.milestone}"
        words = self.unit.value.replace("_", " ")
        if self.unit in WITHOUT_AMOUNT:
            return words
        return f"{self.amount:g} {words.removesuffix('s') if self.amount == 1 else words}"


def parse_limit(text: str) -> Limit:
    """Read a limit as people write it: "5 working days", "30 minutes", "same day", "by due".

    The word after "by" is the milestone that holds the due time. Raises ValueError with a sentence for the
    reader.
    """
    words = " ".join(text.split()).casefold().replace("_", " ")
    if words == "same day":
        return Limit(0, LimitUnit.SAME_DAY)
    if words == "same working day":
        return Limit(0, LimitUnit.SAME_WORKING_DAY)
    if words.startswith("by "):
        return Limit(0, LimitUnit.BY_DUE, " ".join(text.split())[3:])
    found = _FORM.fullmatch(words)
    if found is None:
        raise ValueError(f"“{text}” is not a limit. Write one of: {_FORMS}.")
    unit = LimitUnit(("working_" if found["working"] else "") + found["unit"] + "s")
    number = found["amount"]
    whole = float(number).is_integer()
    return Limit(int(float(number)) if whole else float(number), unit)
