"""Questions that hang on touchpoints of customer journeys, and what they said."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Integer, func, select, type_coerce
from sqlalchemy.orm import aliased, contains_eager

from accounts.models import Unit
from core import access
from core.access import Permission
from core.db import session
from satisfaction.models import Questionnaire, QuestionnaireVersion, SurveyFigure, SurveyItem, Wave
from satisfaction.permissions import SEE
from satisfaction.queries.figures import MAIN
from satisfaction.rules.items import Kind

MOST_ROWS = 4_000
#: kinds that say how something was felt
FELT = (Kind.scale, Kind.nps, Kind.csat, Kind.ces, Kind.servqual)


def _newest(version: Any) -> Any:
    """Is it the newest version of its questionnaire? Where a question hangs is said there, for all its waves."""
    other = aliased(QuestionnaireVersion)
    number = (
        select(func.max(other.number))
        .where(other.questionnaire_id == version.questionnaire_id)
        .correlate(version)
        .scalar_subquery()
    )
    return version.number == number


def figures_by_touchpoint(
    touchpoint_ids: Sequence[int], person: Any
) -> dict[int, list[tuple[SurveyFigure, Wave, SurveyItem]]]:
    """Of each question and unit the newest closed wave, in the order of the questionnaires. One statement."""
    hung, hung_version = aliased(SurveyItem), aliased(QuestionnaireVersion)
    rows = session.execute(
        select(
            SurveyFigure,
            Wave,
            SurveyItem,
            type_coerce(hung.touchpoint_id, Integer).label("hung_on"),
            QuestionnaireVersion.questionnaire_id,
        )
        .join(Wave, Wave.id == SurveyFigure.wave_id)
        .join(Unit, Unit.id == Wave.unit_id)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
        .join(
            SurveyItem,
            (SurveyItem.version_id == Wave.version_id) & (SurveyItem.code == SurveyFigure.item_code),
        )
        .join(hung_version, hung_version.questionnaire_id == QuestionnaireVersion.questionnaire_id)
        .join(hung, (hung.version_id == hung_version.id) & (hung.code == SurveyFigure.item_code))
        .where(
            hung.touchpoint_id.in_(touchpoint_ids),
            _newest(hung_version),
            SurveyItem.kind.in_(FELT),
            Wave.state.in_(("closed", "analysed")),
            SurveyFigure.measure.in_(MAIN),
            SurveyFigure.value.is_not(None),
            access.scope(person, SEE, Unit.path),
        )
        .order_by(func.coalesce(Wave.last_day, Wave.first_day, date(1900, 1, 1)).desc(), Wave.id.desc())
        .limit(MOST_ROWS)
    )
    seen: set[tuple[int, int, str, int]] = set()
    found: dict[int, list[tuple[SurveyFigure, Wave, SurveyItem]]] = defaultdict(list)
    for figure, wave, item, touchpoint_id, questionnaire_id in rows:
        key = (touchpoint_id, questionnaire_id, item.code, wave.unit_id)
        if key not in seen:
            seen.add(key)
            found[touchpoint_id].append((figure, wave, item))
    for each in found.values():
        each.sort(key=lambda row: (-row[1].id, row[2].position, row[2].id))
    return dict(found)


def items_of_touchpoint(touchpoint_id: int, person: Any) -> list[SurveyItem]:
    """Questions of the newest versions that hang there, each with its questionnaire. One statement."""
    return list(session.scalars(_items(person, SEE).where(SurveyItem.touchpoint_id == touchpoint_id)))


def items_to_hang(person: Any, needed: Permission) -> list[SurveyItem]:
    """Questions of the newest versions that say how something was felt, where the person holds the permission."""
    return list(session.scalars(_items(person, needed).where(SurveyItem.kind.in_(FELT)).limit(2000)))


def _items(person: Any, needed: Permission) -> Any:
    return (
        select(SurveyItem)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == SurveyItem.version_id)
        .join(Questionnaire, Questionnaire.id == QuestionnaireVersion.questionnaire_id)
        .join(Unit, Unit.id == Questionnaire.unit_id)
        .where(_newest(QuestionnaireVersion), access.scope(person, needed, Unit.path))
        .options(contains_eager(SurveyItem.version).contains_eager(QuestionnaireVersion.questionnaire))
        .order_by(Questionnaire.code, SurveyItem.position, SurveyItem.id)
    )


def touchpoints_in_use(touchpoint_ids: Sequence[int]) -> set[int]:
    """Touchpoints on which a question of any version hangs."""
    found = session.scalars(
        select(SurveyItem.touchpoint_id).where(SurveyItem.touchpoint_id.in_(touchpoint_ids)).distinct()
    )
    return {number for number in found if number is not None}
