"""Working time: the hours of a week, days off and days on."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Interval = tuple[int, int]
Hours = tuple[Interval, ...]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WHOLE_DAY: Hours = ((0, 1440),)
MOST_INTERVALS = 12
MOST_DATES = 5_000

_INTERVAL = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_KEYS = ("week", "country", "holidays", "workdays", "hours", "timezone")


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The days off of one country in one year, and the weekend days worked in exchange (调休)."""

    off: Mapping[dt.date, str]
    on: frozenset[dt.date]


@lru_cache(maxsize=2_000)
def public_holidays(country: str, year: int) -> PublicHolidays:
    import holidays

    code, _, part = country.partition("-")
    days = holidays.country_holidays(code, subdiv=part or None, years=year, expand=False)
    return PublicHolidays(
        off={day: name for day, name in days.items() if day.year == year},
        on=frozenset(day for day in days.weekend_workdays if day.year == year),
    )


@lru_cache(maxsize=512)
def _known_country(country: str) -> bool:
    import holidays

    code, _, part = country.partition("-")
    known = holidays.list_supported_countries()
    return code in known and (not part or part in known[code])


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When work is done, in local time.

    week: weekday (0 = Monday) -> intervals of minutes after midnight, ordered, several a day, up to 1440.
        None means Monday to Friday with no hours given: enough for working days, not for working hours.
    country: ISO 3166 code, with a part where the country has its own ("US-MD"): public holidays are off and
        swap days are on.
    holidays / workdays: days off / on beside or instead of the country's.
    hours: own hours of single dates (half days); they decide over everything else, empty means off.
    timezone: zone name; empty means the zone of the log.

    A day on that the week has no hours for (a worked Saturday) takes the hours of the first working weekday.
    """

    week: Mapping[int, Hours] | None = None
    country: str = ""
    holidays: frozenset[dt.date] = frozenset()
    workdays: frozenset[dt.date] = frozenset()
    hours: Mapping[dt.date, Hours] = field(default_factory=dict)
    timezone: str = ""

    def __post_init__(self) -> None:
        for day, intervals in (self.week or {}).items():
            if day not in range(7):
                raise ValueError(f"week: {day} is not a weekday (0 to 6).")
            _check_hours(intervals, f"week.{WEEKDAYS[day]}")
        if self.week is not None and not any(self.week.values()):
            raise ValueError("week: no day has working hours.")
        for date, intervals in self.hours.items():
            _check_hours(intervals, f"hours.{date.isoformat()}")
        both = sorted(self.holidays & self.workdays)
        if both:
            raise ValueError(f"{both[0].isoformat()} stands in both holidays and workdays.")
        if self.country and not _known_country(self.country):
            raise ValueError(f"country: no public holidays are known for “{self.country}”.")
        if self.timezone:
            check_zone(self.timezone, "timezone")

    @property
    def has_hours(self) -> bool:
        return self.week is not None

    def _weekly(self, date: dt.date) -> Hours:
        if self.week is None:
            return WHOLE_DAY if date.weekday() < 5 else ()
        return self.week.get(date.weekday(), ())

    def _pattern(self) -> Hours:
        if self.week is None:
            return WHOLE_DAY
        return next(hours for day in range(7) if (hours := self.week.get(day, ())))

    def intervals_on(self, date: dt.date) -> Hours:
        """Working intervals of a date, in minutes after local midnight; empty on a day off."""
        return self._decide(date)[0]

    def is_working_day(self, date: dt.date) -> bool:
        return bool(self.intervals_on(date))

    def reason_on(self, date: dt.date) -> tuple[str, str]:
        """Why a date is on or off, as (code, name): own_hours, day_off, day_on, swap_day, public_holiday,
        working_day or weekend; the name is the holiday's where there is one.
        """
        return self._decide(date)[1:]

    def _decide(self, date: dt.date) -> tuple[Hours, str, str]:
        if date in self.hours:
            return self.hours[date], "own_hours", ""
        if date in self.holidays:
            return (), "day_off", ""
        weekly = self._weekly(date)
        if date in self.workdays:
            return weekly or self._pattern(), "day_on", ""
        if self.country:
            public = public_holidays(self.country, date.year)
            if date in public.on:
                return weekly or self._pattern(), "swap_day", ""
            if date in public.off:
                return (), "public_holiday", public.off[date]
        return weekly, "working_day" if weekly else "weekend", ""

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> "WorkingCalendar":
        """Read the YAML form of the calendar; errors name the field."""
        for key in data:
            if key not in _KEYS:
                raise ValueError(f"{key}: not a setting of a calendar (there are {', '.join(_KEYS)}).")
        week: dict[int, Hours] | None = None
        if data.get("week"):
            given = _mapping(data["week"], "week")
            week = dict.fromkeys(range(7), ())
            for name, intervals in given.items():
                word = str(name).strip().casefold()
                if word not in WEEKDAYS and word not in _LONG_WEEKDAYS:
                    raise ValueError(f"week.{name}: not a day of the week ({', '.join(WEEKDAYS)}).")
                week[WEEKDAYS.index(word[:3])] = _read_hours(intervals, f"week.{name}")
        own = {
            _read_date(date, "hours"): _read_hours(intervals, f"hours.{date}")
            for date, intervals in _mapping(data.get("hours") or {}, "hours").items()
        }
        return cls(
            week=week,
            country=str(data.get("country") or "").strip().upper(),
            holidays=_read_dates(data.get("holidays"), "holidays"),
            workdays=_read_dates(data.get("workdays"), "workdays"),
            hours=own,
            timezone=str(data.get("timezone") or "").strip(),
        )

    def to_mapping(self) -> dict[str, Any]:
        """The YAML form, of texts and lists only; leaves out what was not given."""
        data: dict[str, Any] = {}
        if self.week is not None:
            data["week"] = {
                WEEKDAYS[day]: [_write_interval(each) for each in self.week.get(day, ())] for day in range(7)
            }
        if self.country:
            data["country"] = self.country
        if self.holidays:
            data["holidays"] = [day.isoformat() for day in sorted(self.holidays)]
        if self.workdays:
            data["workdays"] = [day.isoformat() for day in sorted(self.workdays)]
        if self.hours:
            data["hours"] = {
                day.isoformat(): [_write_interval(each) for each in intervals]
                for day, intervals in sorted(self.hours.items())
            }
        if self.timezone:
            data["timezone"] = self.timezone
        return data


def check_zone(name: str, where: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{where}: “{name}” is not a time zone (write one like Asia/Shanghai).") from None


def _check_hours(intervals: Hours, where: str) -> None:
    if len(intervals) > MOST_INTERVALS:
        raise ValueError(f"{where}: more than {MOST_INTERVALS} intervals in a day.")
    before = 0
    for start, end in intervals:
        text = _write_interval((start, end))
        if start < 0 or end > 1440:
            raise ValueError(f"{where}: {text} is outside 00:00 to 24:00.")
        if end <= start:
            raise ValueError(
                f"{where}: {text} ends before it starts; split hours over midnight into two days."
            )
        if start < before:
            raise ValueError(f"{where}: {text} overlaps or stands before the interval in front of it.")
        before = end


def _write_interval(interval: Interval) -> str:
    start, end = interval
    return f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"


def _mapping(value: object, where: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where}: expected names with values.")  # noqa: TRY004 - one error type for bad input
    return value


def _list(value: object, where: str) -> Sequence[Any]:
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple | set | frozenset):
        raise ValueError(f"{where}: expected a list.")  # noqa: TRY004 - one error type for bad input
    if len(value) > MOST_DATES:
        raise ValueError(f"{where}: more than {MOST_DATES} entries.")
    return tuple(value)


def _read_hours(value: object, where: str) -> Hours:
    intervals: list[Interval] = []
    for entry in _list(value, where):
        found = _INTERVAL.fullmatch(str(entry).strip())
        if found is None:
            raise ValueError(f"{where}: “{entry}” is not an interval (write one like 09:00-12:00).")
        h1, m1, h2, m2 = (int(part) for part in found.groups())
        if m1 > 59 or m2 > 59:
            raise ValueError(f"{where}: “{entry}” has more than 59 minutes.")
        intervals.append((h1 * 60 + m1, h2 * 60 + m2))
    hours = tuple(intervals)
    _check_hours(hours, where)
    return hours


def _read_date(value: object, where: str) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError(f"{where}: “{value}” is not a date (write one like 2026-02-14).") from None


def _read_dates(value: object, where: str) -> frozenset[dt.date]:
    return frozenset(_read_date(entry, where) for entry in _list(value, where))
