"""Offsets of a time zone as a short list of breaks, and as SQL, so that no database extension is needed.

Local times become UTC by the fold=0 rule of the standard library: a time that comes twice in autumn is the first
of the two, a time that the spring change leaps over takes the offset before it (02:30 reads as 03:30).
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

SECOND = 1_000_000
DAY = 86_400 * SECOND
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
EPOCH_DATE = EPOCH.date()
# Times outside these years are refused on the way in.
FIRST_YEAR, LAST_YEAR = 1900, 2199
FIRST_US = int((dt.datetime(FIRST_YEAR, 1, 2, tzinfo=dt.UTC) - EPOCH).total_seconds()) * SECOND
LAST_US = int((dt.datetime(LAST_YEAR, 12, 30, tzinfo=dt.UTC) - EPOCH).total_seconds()) * SECOND
# Added before a division so that days before 1970 are rounded down, not towards zero.
_SHIFT_DAYS = 100_000


def microseconds(moment: dt.datetime) -> int:
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def moment(us: int) -> dt.datetime:
    return EPOCH + dt.timedelta(microseconds=us)


def date_of(day: int) -> dt.date:
    return EPOCH_DATE + dt.timedelta(days=day)


def sql_day(wall: str) -> str:
    """Local day number of a wall time in microseconds."""
    return f"(({wall} + {_SHIFT_DAYS * DAY}) // {DAY} - {_SHIFT_DAYS})"


@dataclass(frozen=True)
class Offsets:
    """A zone between two moments: the offset at the start and, at each break (UTC), the one after it (all µs)."""

    first: int
    breaks: tuple[int, ...]
    after: tuple[int, ...]

    def _before(self, number: int) -> int:
        return self.after[number - 1] if number else self.first

    @cached_property
    def wall_breaks(self) -> tuple[int, ...]:
        """Wall times from which the next offset holds, by the fold=0 rule: break + the larger offset."""
        return tuple(
            at + max(self._before(number), self.after[number]) for number, at in enumerate(self.breaks)
        )

    @cached_property
    def _leaps(self) -> tuple[int, ...]:
        return tuple(at + self._before(number) for number, at in enumerate(self.breaks))

    def at(self, us: int) -> int:
        number = bisect_right(self.breaks, us)
        return self._before(number)

    def wall(self, us: int) -> int:
        return us + self.at(us)

    def utc(self, wall: int) -> int:
        number = bisect_right(self.wall_breaks, wall)
        return wall - self._before(number)

    def edge(self, wall: int) -> int:
        """UTC of the edge of a working interval or a day: one inside the spring gap is the change itself."""
        number = bisect_right(self._leaps, wall) - 1
        if number >= 0 and wall < self.breaks[number] + self.after[number]:
            return self.breaks[number]
        return self.utc(wall)

    def sql_at(self, us: str) -> str:
        return self._sql(us, self.breaks)

    def sql_wall(self, us: str) -> str:
        return f"({us} + {self.sql_at(us)})"

    def sql_utc(self, wall: str, *, ahead: int = 0) -> str:
        """UTC of a wall time, or of the wall time that lies `ahead` µs after it."""
        offset = self._sql(wall, [each - ahead for each in self.wall_breaks])
        return f"({wall} + {ahead} - {offset})"

    def _sql(self, value: str, breaks: Sequence[int]) -> str:
        def choose(low: int, high: int) -> str:
            if low == high:
                return f"({self._before(low)})"
            middle = (low + high) // 2
            return (
                f"CASE WHEN {value} < {breaks[middle]} THEN {choose(low, middle)}"
                f" ELSE {choose(middle + 1, high)} END"
            )

        return f"({choose(0, len(breaks))})"


def offsets(zone: str, first_us: int, last_us: int) -> Offsets:
    """Breaks of a zone in [first_us, last_us], widened to whole years so that answers can be kept."""
    first = moment(max(first_us - 2 * DAY, FIRST_US)).year
    last = moment(min(last_us + 2 * DAY, LAST_US)).year
    return _offsets(zone, first, last)


@lru_cache(maxsize=256)
def _offsets(zone: str, first_year: int, last_year: int) -> Offsets:
    info = ZoneInfo(zone)

    def at(second: int) -> int:
        there = (EPOCH + dt.timedelta(seconds=second)).astimezone(info).utcoffset()
        return int((there or dt.timedelta()).total_seconds()) * SECOND

    second = int((dt.datetime(first_year, 1, 1, tzinfo=dt.UTC) - EPOCH).total_seconds()) - 86_400
    end = int((dt.datetime(last_year + 1, 1, 1, tzinfo=dt.UTC) - EPOCH).total_seconds()) + 86_400
    first = current = at(second)
    breaks: list[int] = []
    after: list[int] = []
    while second < end:
        following = second + 86_400
        if (then := at(following)) != current:
            low, high = second, following
            while high - low > 1:
                middle = (low + high) // 2
                if at(middle) == current:
                    low = middle
                else:
                    high = middle
            breaks.append(high * SECOND)
            after.append(then)
            current = then
        second = following
    return Offsets(first, tuple(breaks), tuple(after))
