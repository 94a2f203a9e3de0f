"""From a file to a plan: what an import of training records would do. Shared by the pages and the command line."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from accounts.models import Person, Unit
from accounts.rules import IMPORT_ROWS, ImportPlan
from core import access
from core.db import session
from core.documents.spreadsheets import Limits, read_table
from core.errors import InvalidInput
from core.i18n import _, zone
from training.models import Assignment, Competence, CompetenceProof, Course
from training.permissions import ASSIGN
from training.queries.assignments import today
from training.rules.imports import COLUMNS, REQUIRED, Facts, known_columns, plan_training

EXAMPLES = [("wang.fang@example.org", "CRS-0001", "", "2026-03-20", "2027-03-19", "85", "Class room")]
LIMITS = Limits(size=5_000_000, rows=IMPORT_ROWS, columns=30, cell=2_000)


def plan(path: Path, *, name: str, actor: Any) -> ImportPlan:
    """Read a file and compare it with what is there. Writes nothing. Raises InvalidInput for a file that can't be used.

    Without an actor (command line) everybody is within reach.
    """
    return plan_training(_read(path, name), facts(actor))


def _read(path: Path, name: str) -> list[tuple[int, Mapping[str, str]]]:
    table = list(read_table(path, name=name, limits=LIMITS))
    if not table:
        raise InvalidInput(_("The file has column names, but no rows below them."))
    columns = known_columns(table[0][1])
    unknown = [written for written, known in columns.items() if known not in COLUMNS]
    missing = [wanted for wanted in REQUIRED if wanted not in columns.values()]
    if missing:
        raise InvalidInput(
            _(
                "Column missing: %(names)s. The file has: %(found)s.",
                names=", ".join(missing),
                found=", ".join(columns)[:300],
            )
        )
    if unknown:
        raise InvalidInput(
            _(
                "Column not known: %(names)s. Known are: %(known)s.",
                names=", ".join(unknown)[:300],
                known=", ".join(COLUMNS),
            )
        )
    doubled = sorted({known for known in columns.values() if list(columns.values()).count(known) > 1})
    if doubled:
        raise InvalidInput(_("Two columns mean the same: %(names)s.", names=", ".join(doubled)))
    return [(line, {columns[written]: text for written, text in row.items()}) for line, row in table]


def facts(actor: Any) -> Facts:
    """Four statements, however many people and records."""
    people = {
        row.email: (row.name, actor is None or access.may(actor, ASSIGN, row.path))
        for row in session.execute(
            select(Person.email, Person.name, Unit.path).join(Unit, Unit.id == Person.unit_id)
        )
    }
    local = zone()
    known: set[tuple[str, str, date]] = {
        (row.email, row.code, row.passed_at.astimezone(local).date())
        for row in session.execute(
            select(Person.email, Course.code, Assignment.passed_at)
            .join(Person, Person.id == Assignment.person_id)
            .join(Course, Course.id == Assignment.course_id)
            .where(Assignment.passed_at.is_not(None))
        )
    }
    known |= {
        (row.email, row.code, row.from_date)
        for row in session.execute(
            select(Person.email, Competence.code, CompetenceProof.from_date)
            .join(Person, Person.id == CompetenceProof.person_id)
            .join(Competence, Competence.id == CompetenceProof.competence_id)
            .where(CompetenceProof.withdrawn_at.is_(None))
        )
    }
    return Facts(
        people,
        frozenset(session.scalars(select(Course.code))),
        frozenset(session.scalars(select(Competence.code).where(Competence.active.is_(True)))),
        frozenset(known),
        today(),
    )
