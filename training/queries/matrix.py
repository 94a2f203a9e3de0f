"""Who knows what: people × courses or competences, a bounded piece of it at a time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, func, select

from accounts.models import Person, Unit
from core import access
from core.db import session
from core.i18n import pick
from core.tables import matching
from training.models import Assignment, Competence, CompetenceProof, Course, CourseVersion
from training.permissions import SEE_RECORDS
from training.queries.assignments import today
from training.queries.people import with_role
from training.rules.standing import Record, Standing, of_proofs, standing_of

PAGE, COLUMNS_MOST, EXPORT_MOST = 40, 30, 2_000


@dataclass(frozen=True)
class Asked:
    """What part of the matrix is wanted; `unit` and `role` narrow the people, `q` looks in their names."""

    what: str = "courses"  # courses | competences
    unit: Unit | None = None
    role: str = ""
    q: str = ""
    page: int = 1


@dataclass(frozen=True)
class Head:
    """A column: a course or a competence."""

    id: int
    code: str
    title: str


@dataclass(frozen=True)
class Cell:
    standing: Standing
    record_id: int | None = None  # the assignment it comes from
    until: date | None = None


@dataclass(frozen=True)
class Row:
    person_id: int
    name: str
    unit: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Matrix:
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    total: int  # people, on all pages
    more_columns: int  # columns left out

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))

    def counts(self) -> dict[Standing, int]:
        """How many cells of this page stand how."""
        found: dict[Standing, int] = defaultdict(int)
        for row in self.rows:
            for cell in row.cells:
                found[cell.standing] += 1
        return found


def read(person: Any, asked: Asked, *, whole: bool = False) -> Matrix:
    """Four statements, however many people. `whole` leaves out the pages, up to EXPORT_MOST people."""
    heads, more = _heads(asked)
    statement = (
        select(Person.id, Person.name, Unit.name_en, Unit.name_zh)
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.active.is_(True), access.scope(person, SEE_RECORDS, Unit.path))
    )
    if asked.unit is not None:
        statement = statement.where(access.under(Unit.path, asked.unit.path))
    if asked.role:
        statement = statement.where(with_role(asked.role))
    statement = statement.where(matching(asked.q, Person.name))
    total = session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    size = EXPORT_MOST if whole else PAGE
    start = 0 if whole else (min(max(1, asked.page), max(1, -(-total // PAGE))) - 1) * PAGE
    people = session.execute(
        statement.order_by(Unit.path, Person.name, Person.id).limit(size).offset(start)
    ).all()
    numbers = [item.id for item in people]
    cells = (_courses if asked.what == "courses" else _competences)(numbers, [head.id for head in heads])
    rows = tuple(
        Row(
            item.id,
            item.name,
            pick(item.name_en, item.name_zh),
            tuple(cells.get((item.id, head.id), Cell(Standing.none)) for head in heads),
        )
        for item in people
    )
    return Matrix(heads, rows, total, more)


def _heads(asked: Asked) -> tuple[tuple[Head, ...], int]:
    if asked.what == "courses":
        statement: Any = select(Course.id, Course.code, Course.title_en, Course.title_zh).where(
            Course.retired_at.is_(None),
            exists().where(CourseVersion.course_id == Course.id, CourseVersion.state == "published"),
        )
        order = Course.code
    else:
        statement = select(
            Competence.id,
            Competence.code,
            Competence.name_en.label("title_en"),
            Competence.name_zh.label("title_zh"),
        ).where(Competence.active.is_(True))
        order = Competence.code
    rows = session.execute(statement.order_by(order).limit(500)).all()
    heads = tuple(Head(row.id, row.code, pick(row.title_en, row.title_zh)) for row in rows[:COLUMNS_MOST])
    return heads, len(rows) - len(heads)


def _courses(people: Sequence[int], courses: Sequence[int]) -> dict[tuple[int, int], Cell]:
    day = today()
    records: dict[tuple[int, int], list[Record]] = defaultdict(list)
    for row in session.execute(
        select(
            Assignment.person_id,
            Assignment.course_id,
            Assignment.id,
            Assignment.state,
            Assignment.due,
            Assignment.valid_until,
        ).where(Assignment.person_id.in_(people), Assignment.course_id.in_(courses))
    ):
        records[row.person_id, row.course_id].append(Record(row.id, row.state, row.due, row.valid_until))
    cells = {}
    for key, found in records.items():
        standing, record = standing_of(found, day)
        assert record is not None
        until = record.due if record.state in {"assigned", "started", "failed"} else record.valid_until
        cells[key] = Cell(standing, record.id, until)
    return cells


def _competences(people: Sequence[int], competences: Sequence[int]) -> dict[tuple[int, int], Cell]:
    day = today()
    untils: dict[tuple[int, int], list[date | None]] = defaultdict(list)
    for row in session.execute(
        select(CompetenceProof.person_id, CompetenceProof.competence_id, CompetenceProof.until_date).where(
            CompetenceProof.person_id.in_(people),
            CompetenceProof.competence_id.in_(competences),
            CompetenceProof.withdrawn_at.is_(None),
        )
    ):
        untils[row.person_id, row.competence_id].append(row.until_date)
    return {
        key: Cell(
            of_proofs(found, day),
            None,
            None if None in found else max(until for until in found if until is not None),
        )
        for key, found in untils.items()
    }
