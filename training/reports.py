"""Figures of training for rooms above: reviews, certification. Full counts, so they have no interval."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from accounts.models import Person, Unit
from core import access, clock
from core.db import session
from core.figures import Figure
from core.i18n import pick, zone
from training.models import Assignment, Course

LABELS: dict[str, tuple[str, str]] = {
    "assigned": ("Trainings assigned", "指派的培训"),
    "passed": ("Trainings passed", "通过的培训"),
    "in_time": ("Due in the period and passed in time", "本期到期且按时通过"),
    "overdue": ("Overdue at the end of the period", "期末逾期"),
}


@dataclass(frozen=True)
class UnitLine:
    """A unit with its figures by key: assigned, passed, in_time, overdue."""

    unit_id: int
    name_en: str
    name_zh: str
    figures: dict[str, Figure]

    @property
    def name(self) -> str:
        return pick(self.name_en, self.name_zh)


@dataclass(frozen=True)
class CourseLine:
    """A course with its figures by key, as for a unit."""

    course_id: int
    code: str
    title_en: str
    title_zh: str
    figures: dict[str, Figure]

    @property
    def title(self) -> str:
        return pick(self.title_en, self.title_zh)


@dataclass
class _Count:
    assigned: int = 0
    passed: int = 0
    due: int = 0
    in_time: int = 0
    overdue: int = 0
    open: int = 0

    def add(self, other: "_Count") -> None:
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def figures(path: str, first: date, last: date) -> dict[str, Figure]:
    """Training of the people at or under a unit in a period, both days included; keys as in LABELS.

    assigned, passed: counts of what was assigned, and passed, in the period. in_time: of what was due in the period
    and not waived, the share passed on or before its day. overdue: how many were open on the last day with an earlier
    due day; n is everything open then. A period that is not over is taken up to today.
    """
    total = _Count()
    for count in _counts(Unit.id, path, first, last).values():
        total.add(count)
    return _figures(total, first, last)


def by_unit(path: str, first: date, last: date) -> list[UnitLine]:
    """The same figures for each unit that has people with training, in the order of the tree."""
    counts = _counts(Unit.id, path, first, last)
    units = session.execute(
        select(Unit.id, Unit.name_en, Unit.name_zh).where(Unit.id.in_(counts)).order_by(Unit.path)
    )
    return [
        UnitLine(row.id, row.name_en, row.name_zh, _figures(counts[row.id], first, last)) for row in units
    ]


def by_course(path: str, first: date, last: date) -> list[CourseLine]:
    """The same figures for each course that people at or under a unit have or had, by code."""
    counts = _counts(Assignment.course_id, path, first, last)
    courses = session.execute(
        select(Course.id, Course.code, Course.title_en, Course.title_zh)
        .where(Course.id.in_(counts))
        .order_by(Course.code)
    )
    return [
        CourseLine(row.id, row.code, row.title_en, row.title_zh, _figures(counts[row.id], first, last))
        for row in courses
    ]


def _counts(key: Any, path: str, first: date, last: date) -> dict[int, _Count]:
    """By unit or course; both keys are asked for under the name `key`."""
    local = zone()
    start = datetime.combine(first, time.min, local)
    end = datetime.combine(last + timedelta(days=1), time.min, local)
    rows = session.execute(
        select(
            key.label("key"),
            Assignment.assigned_at,
            Assignment.passed_at,
            Assignment.closed_at,
            Assignment.due,
        )
        .select_from(Assignment)
        .join(Person, Person.id == Assignment.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(
            access.under(Unit.path, path),
            Assignment.assigned_at < end,
            or_(
                Assignment.assigned_at >= start,
                Assignment.due >= first,
                Assignment.passed_at >= start,
                Assignment.passed_at.is_(None),
            ),
        )
    )
    until = min(last, clock.now().astimezone(local).date())
    counts: dict[int, _Count] = defaultdict(_Count)
    for row in rows:
        counts[row.key].add(_count(row, start, end, first, last, until, local))
    return dict(counts)


def _count(
    row: Any, start: datetime, end: datetime, first: date, last: date, until: date, local: ZoneInfo
) -> _Count:
    passed_on = row.passed_at.astimezone(local).date() if row.passed_at else None
    given_up = row.passed_at is None and row.closed_at is not None
    is_open = (passed_on is None or passed_on > until) and not (
        given_up and row.closed_at.astimezone(local).date() <= until
    )
    is_due = row.due is not None and first <= row.due <= min(last, until) and not given_up
    return _Count(
        assigned=int(start <= row.assigned_at < end),
        passed=int(row.passed_at is not None and start <= row.passed_at < end),
        due=int(is_due),
        in_time=int(is_due and passed_on is not None and passed_on <= row.due),
        overdue=int(is_open and row.due is not None and row.due < until),
        open=int(is_open),
    )


def _figures(count: _Count, first: date, last: date) -> dict[str, Figure]:
    numbers: dict[str, tuple[float | None, int, str]] = {
        "assigned": (count.assigned, count.assigned, "count"),
        "passed": (count.passed, count.passed, "count"),
        "in_time": (count.in_time / count.due if count.due else None, count.due, "share"),
        "overdue": (count.overdue, count.open, "count"),
    }
    return {
        key: Figure(
            value,
            n,
            method="full count",
            unit="share" if unit == "share" else "count",
            as_of=clock.now(),
            working={
                "label_en": LABELS[key][0],
                "label_zh": LABELS[key][1],
                "from": first.isoformat(),
                "until": last.isoformat(),
                **({"in_time": count.in_time, "due": count.due} if key == "in_time" else {}),
                "href": "/training/assignments",
            },
        )
        for key, (value, n, unit) in numbers.items()
    }
