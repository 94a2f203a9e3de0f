from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from accounts.models import Person, Unit
from core import access
from core.db import get_record, session
from core.errors import NotFound
from core.tables import matching
from training.models import Competence, CompetenceProof, Course
from training.permissions import ASSIGN, SEE_RECORDS
from training.queries.assignments import today
from training.rules.days import RENEW_DAYS


def get_competence(competence_id: int) -> Competence:
    return get_record(Competence, competence_id)


def list_competences(*, active_only: bool = True) -> list[Competence]:
    statement = select(Competence).order_by(Competence.code).limit(500)
    if active_only:
        statement = statement.where(Competence.active.is_(True))
    return list(session.scalars(statement))


def select_competences(person: Any) -> Any:
    """The list, with how many people hold each now (counted where the person may see records)."""
    day = today()
    holders = (
        select(func.count(func.distinct(CompetenceProof.person_id)))
        .join(Person, Person.id == CompetenceProof.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(
            CompetenceProof.competence_id == Competence.id,
            CompetenceProof.withdrawn_at.is_(None),
            or_(CompetenceProof.until_date.is_(None), CompetenceProof.until_date >= day),
            Person.active.is_(True),
            access.scope(person, SEE_RECORDS, Unit.path),
        )
        .correlate(Competence)
        .scalar_subquery()
    )
    taught = (
        select(func.count())
        .select_from(Course)
        .where(Course.competence_id == Competence.id, Course.retired_at.is_(None))
        .correlate(Competence)
        .scalar_subquery()
    )
    return select(
        Competence.id,
        Competence.code,
        Competence.name_en,
        Competence.name_zh,
        Competence.valid_months,
        Competence.active,
        holders.label("holders"),
        taught.label("courses"),
    )


def list_courses_of(competence_id: int) -> list[Course]:
    return list(
        session.scalars(
            select(Course)
            .where(Course.competence_id == competence_id, Course.retired_at.is_(None))
            .order_by(Course.code)
            .limit(50)
        )
    )


def list_proofs(competence_id: int, person: Any, limit: int = 500) -> list[CompetenceProof]:
    """Proofs of people whom the person may see; those that end first on top, what ended or was withdrawn last."""
    day = today()
    over = or_(CompetenceProof.withdrawn_at.is_not(None), CompetenceProof.until_date < day)
    return list(
        session.scalars(
            select(CompetenceProof)
            .join(CompetenceProof.person)
            .join(Unit, Unit.id == Person.unit_id)
            .where(
                CompetenceProof.competence_id == competence_id, access.scope(person, SEE_RECORDS, Unit.path)
            )
            .options(
                contains_eager(CompetenceProof.person).joinedload(Person.unit),
                joinedload(CompetenceProof.file),
                joinedload(CompetenceProof.assignment),
            )
            .order_by(over, CompetenceProof.until_date.is_(None), CompetenceProof.until_date, Person.name)
            .limit(limit)
        )
    )


def list_ending(person: Any, day: date, limit: int = 20) -> list[CompetenceProof]:
    """Proofs by a document that end within a month or ended within the last, of active people of one's units who hold
    none that lasts longer. Courses renew themselves."""
    other = aliased(CompetenceProof)
    longer = (
        select(other.id)
        .where(
            other.person_id == CompetenceProof.person_id,
            other.competence_id == CompetenceProof.competence_id,
            other.withdrawn_at.is_(None),
            or_(other.until_date.is_(None), other.until_date > CompetenceProof.until_date),
        )
        .exists()
    )
    month = timedelta(days=RENEW_DAYS)
    return list(
        session.scalars(
            select(CompetenceProof)
            .join(CompetenceProof.person)
            .join(Unit, Unit.id == Person.unit_id)
            .join(CompetenceProof.competence)
            .where(
                Person.active.is_(True),
                Competence.active.is_(True),
                CompetenceProof.person_id != person.id,
                CompetenceProof.source != "course",
                CompetenceProof.withdrawn_at.is_(None),
                CompetenceProof.until_date >= day - month,
                CompetenceProof.until_date < day + month,
                access.scope(person, ASSIGN, Unit.path),
                ~longer,
            )
            .options(contains_eager(CompetenceProof.person), contains_eager(CompetenceProof.competence))
            .order_by(CompetenceProof.until_date, CompetenceProof.id)
            .limit(limit)
        )
    )


def list_own_proofs(person: Any) -> list[CompetenceProof]:
    return list(
        session.scalars(
            select(CompetenceProof)
            .where(CompetenceProof.person_id == person.id, CompetenceProof.withdrawn_at.is_(None))
            .options(joinedload(CompetenceProof.competence))
            .order_by(CompetenceProof.until_date.is_(None), CompetenceProof.until_date.desc())
            .limit(100)
        )
    )


def get_proof_for(person: Any, proof_id: int) -> CompetenceProof:
    """The guarded door: one's own, or of people in units where one may see records."""
    found = session.scalar(
        select(CompetenceProof)
        .where(CompetenceProof.id == proof_id)
        .options(
            joinedload(CompetenceProof.person).joinedload(Person.unit),
            joinedload(CompetenceProof.competence),
            joinedload(CompetenceProof.file),
        )
    )
    if found is None:
        raise NotFound
    if found.person_id != person.id:
        access.require(person, SEE_RECORDS, found.person.unit.path, what=found.person.name)
    return found


def search_competences(words: str, limit: int) -> list[Competence]:
    statement = select(Competence).where(
        Competence.active.is_(True), matching(words, Competence.code, Competence.name_en, Competence.name_zh)
    )
    return list(session.scalars(statement.order_by(Competence.code).limit(limit)))
