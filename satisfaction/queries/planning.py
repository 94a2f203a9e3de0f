from typing import Any

from sqlalchemy import func, select

from accounts.models import Unit
from core import access
from core.db import session
from core.i18n import pick
from satisfaction.models import Questionnaire, QuestionnaireVersion, SurveyItem
from satisfaction.permissions import SEE


def version_choices(person: Any) -> list[tuple[int, str]]:
    """The newest version of each questionnaire that has items."""
    newest = (
        select(QuestionnaireVersion.questionnaire_id, func.max(QuestionnaireVersion.number).label("number"))
        .group_by(QuestionnaireVersion.questionnaire_id)
        .subquery()
    )
    found = session.execute(
        select(
            QuestionnaireVersion.id,
            QuestionnaireVersion.number,
            Questionnaire.code,
            Questionnaire.title_en,
            Questionnaire.title_zh,
        )
        .join(Questionnaire, Questionnaire.id == QuestionnaireVersion.questionnaire_id)
        .join(
            newest,
            (newest.c.questionnaire_id == QuestionnaireVersion.questionnaire_id)
            & (newest.c.number == QuestionnaireVersion.number),
        )
        .join(Unit, Unit.id == Questionnaire.unit_id)
        .where(
            access.scope(person, SEE, Unit.path),
            select(SurveyItem.id).where(SurveyItem.version_id == QuestionnaireVersion.id).exists(),
        )
        .order_by(Questionnaire.code.desc())
        .limit(500)
    )
    return [(row.id, f"{pick(row.title_en, row.title_zh)} · {row.code} v{row.number}") for row in found]
