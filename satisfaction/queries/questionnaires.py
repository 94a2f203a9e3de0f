from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from accounts.models import Person, Unit
from core import access
from core.access import Permission
from core.db import get_record, session
from core.i18n import pick
from core.tables import matching
from satisfaction.models import Questionnaire, QuestionnaireVersion, SurveyItem, Wave
from satisfaction.permissions import SEE
from standards.models import Requirement, Standard, Version


def get_questionnaire_for(person: Any, questionnaire_id: int, needed: Permission = SEE) -> Questionnaire:
    found = get_record(Questionnaire, questionnaire_id)
    access.require(person, needed, found.unit.path, what=found.code)
    return found


def get_version_for(person: Any, version_id: int, needed: Permission = SEE) -> QuestionnaireVersion:
    found = get_record(
        QuestionnaireVersion,
        version_id,
        joinedload(QuestionnaireVersion.questionnaire).joinedload(Questionnaire.unit),
    )
    access.require(person, needed, found.questionnaire.unit.path, what=found.questionnaire.code)
    return found


def get_item_for(person: Any, item_id: int, needed: Permission = SEE) -> SurveyItem:
    found = get_record(SurveyItem, item_id)
    get_version_for(person, found.version_id, needed)
    return found


def list_versions(questionnaire_id: int) -> list[QuestionnaireVersion]:
    """Newest first."""
    return list(
        session.scalars(
            select(QuestionnaireVersion)
            .where(QuestionnaireVersion.questionnaire_id == questionnaire_id)
            .order_by(QuestionnaireVersion.number.desc())
        )
    )


def get_newest_version(questionnaire_id: int) -> QuestionnaireVersion:
    return list_versions(questionnaire_id)[0]


def list_items(version_id: int) -> list[SurveyItem]:
    """In the order of the page; the order in which answers are kept."""
    return list(
        session.scalars(
            select(SurveyItem)
            .where(SurveyItem.version_id == version_id)
            .order_by(SurveyItem.position, SurveyItem.id)
        )
    )


def select_questionnaires(person: Any) -> Any:
    """The SELECT of the list of questionnaires."""
    newest = (
        select(func.max(QuestionnaireVersion.number))
        .where(QuestionnaireVersion.questionnaire_id == Questionnaire.id)
        .correlate(Questionnaire)
        .scalar_subquery()
    )
    waves = (
        select(func.count(Wave.id))
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
        .where(QuestionnaireVersion.questionnaire_id == Questionnaire.id)
        .correlate(Questionnaire)
        .scalar_subquery()
    )
    items = (
        select(func.count(SurveyItem.id))
        .join(QuestionnaireVersion, QuestionnaireVersion.id == SurveyItem.version_id)
        .where(
            QuestionnaireVersion.questionnaire_id == Questionnaire.id,
            QuestionnaireVersion.number == newest,
        )
        .correlate(Questionnaire)
        .scalar_subquery()
    )
    return (
        select(
            Questionnaire.id,
            Questionnaire.code,
            Questionnaire.title_en,
            Questionnaire.title_zh,
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
            Person.name.label("owner"),
            Standard.code.label("standard_code"),
            newest.label("newest"),
            waves.label("waves"),
            items.label("items"),
            Questionnaire.updated_at,
        )
        .join(Unit, Unit.id == Questionnaire.unit_id)
        .join(Person, Person.id == Questionnaire.owner_id)
        .outerjoin(Standard, Standard.id == Questionnaire.standard_id)
        .where(access.scope(person, SEE, Unit.path))
    )


def search(person: Any, words: str, limit: int) -> list[Questionnaire]:
    statement = (
        select(Questionnaire)
        .join(Unit, Unit.id == Questionnaire.unit_id)
        .where(
            access.scope(person, SEE, Unit.path),
            matching(words, Questionnaire.code, Questionnaire.title_en, Questionnaire.title_zh),
        )
    )
    return list(session.scalars(statement.order_by(Questionnaire.code).limit(limit)))


def standard_choices(person: Any) -> list[tuple[int, str]]:
    """Standards in force near the person, for the select of a questionnaire."""
    found = session.execute(
        select(Standard.id, Standard.code, Standard.title_en, Standard.title_zh)
        .join(Unit, Unit.id == Standard.unit_id)
        .where(access.scope(person, SEE, Unit.path), Standard.withdrawn_at.is_(None))
        .order_by(Standard.code)
        .limit(1000)
    )
    return [(row.id, f"{row.code} · {pick(row.title_en, row.title_zh)}") for row in found]


def promise_choices(standard_id: int | None) -> list[tuple[str, str]]:
    """Requirements of the newest version of a standard as (code, words)."""
    if standard_id is None:
        return []
    newest = select(func.max(Version.number)).where(Version.standard_id == standard_id).scalar_subquery()
    found = session.scalars(
        select(Requirement)
        .join(Version, Version.id == Requirement.version_id)
        .where(Version.standard_id == standard_id, Version.number == newest)
        .order_by(Requirement.position, Requirement.id)
    )
    return [(row.code, f"{row.code} · {row.statement.replace('**', '')[:120]}") for row in found]
