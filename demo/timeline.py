"""When things happen in the demonstration: weeks of its log of cases, which ends in the week before it is built."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PLACE = re.compile(r"<(\d+)(?: (mon|tue|wed|thu|fri|sat|sun))?>")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True)
class Timeline:
    """`shift` is added to every day of the data; week 0 is the week of the first day of the shifted log."""

    start: date  # Monday of week 0
    shift: timedelta
    last: date  # last opening day of the shifted log
    zone: ZoneInfo

    @classmethod
    def ending_before(cls, today: date, first: date, last: date, zone: str) -> "Timeline":
        """Move days of the data by whole weeks, so that the last lies in the week before today."""
        shift = timedelta(weeks=(today - timedelta(days=1) - last).days // 7)
        begins = first + shift
        return cls(begins - timedelta(days=begins.weekday()), shift, last + shift, ZoneInfo(zone))

    def day(self, text: str) -> date:
        """ "19 tue" → that day."""
        week, weekday = text.split()[:2]
        return self.start + timedelta(weeks=int(week), days=WEEKDAYS.index(weekday))

    def moment(self, text: str) -> datetime:
        """ "19 tue 10:20" → that moment, local to the organisation."""
        clock = time.fromisoformat(text.split()[2])
        return datetime.combine(self.day(text), clock, self.zone)

    def tell(self, value: Any) -> Any:
        """Texts with `<19 tue>` (a day) and `<19>` (the month of that week) in words; lists and mappings too."""
        if isinstance(value, str):
            return self._tell_text(value)
        if isinstance(value, list):
            return [self.tell(item) for item in value]
        if isinstance(value, dict):
            return {key: self.tell(item) for key, item in value.items()}
        return value

    def _tell_text(self, text: str) -> str:
        chinese = _CHINESE.search(text) is not None

        def words(match: re.Match[str]) -> str:
            day = self.day(f"{match[1]} {match[2] or 'mon'}")
            if match[2] is None:
                return f"{day.month} 月" if chinese else _MONTHS[day.month - 1]
            return f"{day.month} 月 {day.day} 日" if chinese else f"{day.day} {_MONTHS[day.month - 1]}"

        return _PLACE.sub(words, text)
