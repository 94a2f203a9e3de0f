"""The clock again, slowly and by other means: minute by minute, day by day, with the standard library alone.

All times are whole minutes. What is agreed with the engine is only the text of the contract: an edge of a working
interval that comes twice in autumn is the first of the two, one that spring leaps over is the moment of the change.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

MINUTE = dt.timedelta(minutes=1)
Hours = Mapping[dt.date, Sequence[tuple[int, int]]]


def moment(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)


def edge(date: dt.date, minute: int, zone: ZoneInfo) -> dt.datetime:
    wall = dt.datetime.combine(date, dt.time()) + minute * MINUTE
    at = moment(wall, zone)
    if at.astimezone(zone).replace(tzinfo=None) == wall:
        return at
    # In the gap: walk back to the minute the clocks changed.
    before = (at - MINUTE).astimezone(zone)
    while before.utcoffset() == at.astimezone(zone).utcoffset():
        at -= MINUTE
        before = (at - MINUTE).astimezone(zone)
    return at


def working_minutes(hours: Hours, zone: ZoneInfo) -> set[dt.datetime]:
    minutes: set[dt.datetime] = set()
    for date, intervals in hours.items():
        for start, end in intervals:
            at, stop = edge(date, start, zone), edge(date, end, zone)
            while at < stop:
                minutes.add(at)
                at += MINUTE
    return minutes


def paused_minutes(
    pauses: Sequence[tuple[dt.datetime | None, dt.datetime | None]],
    start: dt.datetime,
    end: dt.datetime,
    as_of: dt.datetime,
) -> set[dt.datetime]:
    minutes: set[dt.datetime] = set()
    for opened, closed in pauses:
        if opened is None:
            continue
        at, stop = max(opened, start), min(closed or as_of, end)
        while at < stop:
            minutes.add(at)
            at += MINUTE
    return minutes


def stretches(minutes: set[dt.datetime]) -> list[tuple[dt.datetime, dt.datetime]]:
    found: list[tuple[dt.datetime, dt.datetime]] = []
    for at in sorted(minutes):
        if found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + MINUTE)
        else:
            found.append((at, at + MINUTE))
    return found


def outcome(
    unit: str,
    amount: int,
    start: dt.datetime,
    end: dt.datetime | None,
    due: dt.datetime | None,
    pauses: Sequence[tuple[dt.datetime | None, dt.datetime | None]],
    as_of: dt.datetime,
    hours: Hours,
    zone: ZoneInfo,
    *,
    strict_days: bool = False,
) -> str:
    if unit == "by_due" and due is None:
        return "out"
    if end is not None and end < start:
        return "out"
    judged = as_of if end is None else end
    stopped = paused_minutes(pauses, start, judged, as_of)

    def local(at: dt.datetime) -> dt.date:
        return at.astimezone(zone).date()

    def days(first: dt.date, last: dt.date) -> list[dt.date]:
        return [first + dt.timedelta(days=n) for n in range(1, (last - first).days + 1)]

    touched = [day for opened, closed in stretches(stopped) for day in days(local(opened), local(closed))]
    if unit in {"minutes", "hours"}:
        allowed = amount * (60 if unit == "hours" else 1)
        in_time = (judged - start) / MINUTE - len(stopped) <= allowed
    elif unit in {"working_minutes", "working_hours"}:
        allowed = amount * (60 if unit == "working_hours" else 1)
        worked = {at for at in working_minutes(hours, zone) if start <= at < judged} - stopped
        in_time = len(worked) <= allowed
    elif unit == "days":
        wall = start.astimezone(zone).replace(tzinfo=None) + dt.timedelta(days=amount)
        in_time = judged <= moment(wall, zone) + len(stopped) * MINUTE
    elif unit == "by_due":
        assert due is not None
        in_time = judged <= due + len(stopped) * MINUTE
    elif unit == "same_day":
        in_time = local(judged) <= local(start) + dt.timedelta(days=len(touched))
    else:
        left = amount + sum(1 for day in touched if hours.get(day))
        day = local(start)
        if unit == "same_working_day":
            left += 0 if hours.get(day) else 1
        while left:
            day += dt.timedelta(days=1)
            left -= bool(hours.get(day))
        # The clock stands still on the days off that follow.
        while not strict_days and day < local(judged) and not hours.get(day + dt.timedelta(days=1)):
            day += dt.timedelta(days=1)
        in_time = local(judged) <= day
    if not in_time:
        return "missed"
    return "pending" if end is None else "met"
