"""Training in the period of a pack: counts by course and unit, nobody by name."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Date, cast, func, or_, select

from accounts.models import Person, Unit
from certification.queries.evidence.absence import Absence, absence_of
from certification.queries.evidence.counted import labelled, settled
from certification.rules.clauses import Both
from core import access
from core.db import session
from core.figures import Figure
from training.models import Assignment, Course
from training.reports import by_unit, figures
from training.rules.states import OPEN


@dataclass(frozen=True)
class PrintedCourse:
    """Of those assigned, passed or due in the period: how many, and how they stand now."""

    code: str
    title: Both
    people: int
    passed: int
    open: int
    waived: int
    overdue: int


@dataclass(frozen=True)
class PrintedTraining:
    figures: tuple[tuple[Both, Figure], ...] = ()
    units: tuple[tuple[Both, dict[str, Figure]], ...] = ()
    courses: tuple[PrintedCourse, ...] = ()
    absence: Absence | None = None


def training_of(unit: Unit, zone: ZoneInfo, first: date, last: date) -> PrintedTraining:
    """What the people of the unit and below had to learn in the period. Four statements, or three without any."""
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)

    def within(column: object) -> object:
        return (column >= begin) & (column < end)  # type: ignore[operator]  # columns of moments

    late = Assignment.state.in_(sorted(OPEN)) & (Assignment.due <= cast(last, Date))
    rows = session.execute(
        select(
            Course.code,
            Course.title_en,
            Course.title_zh,
            func.count(),
            func.count().filter(Assignment.state == "passed"),
            func.count().filter(Assignment.state.in_(sorted(OPEN))),
            func.count().filter(Assignment.state == "waived"),
            func.count().filter(late),
        )
        .select_from(Assignment)
        .join(Course, Course.id == Assignment.course_id)
        .join(Person, Person.id == Assignment.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(
            access.under(Unit.path, unit.path),
            or_(
                within(Assignment.assigned_at),  # type: ignore[arg-type]  # a condition
                within(Assignment.passed_at),  # type: ignore[arg-type]  # a condition
                Assignment.due.between(first, last),
            ),
        )
        .group_by(Course.code, Course.title_en, Course.title_zh)
        .order_by(Course.code)
        .limit(500)
    ).all()
    if not rows:
        statement = (
            select(Assignment.assigned_at, Assignment.code)
            .join(Person, Person.id == Assignment.person_id)
            .join(Unit, Unit.id == Person.unit_id)
            .where(access.under(Unit.path, unit.path))
        )
        return PrintedTraining(absence=absence_of(statement, Assignment.assigned_at, begin, end, zone))
    return PrintedTraining(
        labelled(figures(unit.path, first, last).values()),
        tuple(
            (Both(line.name_en, line.name_zh), {key: settled(one) for key, one in line.figures.items()})
            for line in by_unit(unit.path, first, last)
        ),
        tuple(
            PrintedCourse(row[0], Both(row[1], row[2]), *(int(value) for value in row[3:])) for row in rows
        ),
    )
