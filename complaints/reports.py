"""Complaints over a period for reviews, packs and the page of the month: figures and rows, never who complained."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Unit
from complaints.queries import months as queries
from complaints.queries.months import Counts, Promise, Reach, TopicRow
from complaints.rules.clocks import MIN_N, STOPS
from complaints.rules.states import State
from core import clock
from core.figures import Figure, wilson
from core.i18n import force_locale
from standards.queries.standards import unit_zones, zone_of

#: label of each promise in both languages, since figures are frozen and read in either
_NAMES = {
    "received": ("Complaints received", "收到的投诉"),
    "closed": ("Complaints closed", "办结的投诉"),
    "open_at_end": ("Complaints open at the end", "期末未办结的投诉"),
    "justified": ("Justified, wholly or in part, of the decided", "已作决定的投诉中成立（含部分成立）的比例"),
    "satisfied": ("Satisfied with the handling, of those who answered", "对处理满意的比例（占作答者）"),
    "reopened": ("Reopened", "重新受理的投诉"),
    "cost": ("Cost of remedies carried out", "已落实补救的费用"),
}


def span(unit: Unit, first: date, last: date) -> tuple[datetime, datetime]:
    """First moment of the first day and of the day after the last, in the unit's zone."""
    zone = zone_of(unit)
    return (
        datetime.combine(first, time.min, zone),
        datetime.combine(last + timedelta(days=1), time.min, zone),
    )


def month_starts(zone: ZoneInfo, last: date, count: int) -> list[tuple[date, datetime]]:
    """`count` months that end with the month of `last`, and the one after: first day and first moment of each."""
    year, month = last.year, last.month
    days = []
    for back in range(count - 1, -2, -1):
        number = year * 12 + month - 1 - back
        days.append(date(number // 12, number % 12 + 1, 1))
    return [(day, datetime.combine(day, time.min, zone)) for day in days]


def promise_figure(promise: Promise, as_of: datetime | None = None) -> Figure:
    """On-time share of one promise with its interval; no value under MIN_N decided clocks."""
    tally = promise.tally
    few = tally.n < MIN_N
    interval = None if few else tally.interval
    return Figure(
        value=None if few else tally.share,
        n=tally.n,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        method="wilson",
        as_of=as_of or clock.now(),
        target=promise.target,
        verdict=tally.verdict(promise.target) if promise.target is not None else None,
        working={
            **_both(STOPS[State(promise.stops)], promise.standard_code, promise.code),
            "standard": promise.standard_code,
            "requirement": promise.code,
            "limit": promise.limit,
            "met": tally.met,
            "missed": tally.missed,
            "running": tally.running,
        },
    )


def _both(label: Any, *more: str) -> dict[str, str]:
    texts = {}
    for code in ("en", "zh"):
        with force_locale(code):
            texts[f"label_{code}"] = " ".join([str(label), *more])
    return texts


def _named(key: str) -> dict[str, str]:
    return dict(zip(("label_en", "label_zh"), _NAMES[key], strict=True))


def _count(key: str, value: float, n: int, as_of: datetime) -> Figure:
    return Figure(value, n, method="full count", as_of=as_of, unit="count", working=_named(key))


def _share(key: str, part: int, n: int, as_of: datetime) -> Figure:
    low, high = wilson(part, n) if n else (None, None)
    return Figure(
        part / n if n else None,
        n,
        low,
        high,
        method="wilson",
        as_of=as_of,
        working={**_named(key), "count": part},
    )


@dataclass(frozen=True)
class Period:
    """Everything of a period that a page prints."""

    first: date
    last: date
    counts: Counts
    promises: list[Promise]
    topics: list[TopicRow]


def period(reach: Reach, zone: ZoneInfo, first: date, last: date) -> Period:
    start = datetime.combine(first, time.min, zone)
    end = datetime.combine(last + timedelta(days=1), time.min, zone)
    return Period(
        first,
        last,
        queries.counts(reach, start, end),
        queries.promises(reach, start, end),
        queries.by_topic(reach, start, end),
    )


# --- for rooms above -------------------------------------------------------------------------------------------


def figures_between(unit: Unit, first: date, last: date) -> list[Figure]:
    """Complaints of a unit and those below it in a period (both days included) as figures, each with `label_en` and
    `label_zh` in its working. On-time shares first, then counts. Four statements."""
    now = clock.now()
    found = period((unit.path,), zone_of(unit), first, last)
    counts = found.counts
    return [
        *(promise_figure(promise, now) for promise in found.promises),
        _count("received", counts.received, counts.received, now),
        _count("closed", counts.closed, counts.closed, now),
        _count("open_at_end", counts.open_at_end, counts.open_at_end, now),
        _share("justified", counts.justified, counts.decided, now),
        _share("satisfied", counts.satisfied, counts.rated, now),
        _count("reopened", counts.reopened, counts.reopened, now),
        _count("cost", counts.cost / 100, counts.decided, now),
    ]


def organisation_zone() -> ZoneInfo:
    """Months of the whole organisation are those of its root."""
    from accounts import queries as accounts

    root = accounts.find_root()
    return ZoneInfo(unit_zones().of(root.path)) if root is not None else ZoneInfo("UTC")
