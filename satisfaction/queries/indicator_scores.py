"""Waves that an indicator system is scored on, and the scores."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from accounts.models import Unit
from core import access
from core.access import Permission
from core.db import get_record, session
from core.errors import NotFound
from satisfaction.indicators.models import (
    IndicatorRollup,
    IndicatorSystem,
    IndicatorVersion,
)
from satisfaction.models import Analysis, QuestionnaireVersion, Wave
from satisfaction.permissions import ANALYSE, SEE
from satisfaction.rules.indicators import TRENDED_MOST, VersionState

INDEXES_MOST = 4


def get_rollup(rollup_id: int) -> IndicatorRollup:
    return get_record(
        IndicatorRollup,
        rollup_id,
        joinedload(IndicatorRollup.version).joinedload(IndicatorVersion.system),
        joinedload(IndicatorRollup.wave).joinedload(Wave.unit),
    )


def get_rollup_for(person: Any, rollup_id: int) -> IndicatorRollup:
    found = get_rollup(rollup_id)
    access.require(person, SEE, found.wave.unit.path, what=found.wave.code)
    return found


def list_waves(system: IndicatorSystem, person: Any, needed: Permission = SEE) -> list[Wave]:
    """Waves of the questionnaire that have begun and that the person may see, newest first."""
    return list(
        session.scalars(
            select(Wave)
            .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
            .join(Unit, Unit.id == Wave.unit_id)
            .options(joinedload(Wave.unit))
            .where(
                QuestionnaireVersion.questionnaire_id == system.questionnaire_id,
                Wave.state != "draft",
                access.scope(person, needed, Unit.path),
            )
            .order_by(Wave.first_day.desc(), Wave.id.desc())
            .limit(TRENDED_MOST)
        )
    )


def get_wave_of(system: IndicatorSystem, wave_id: int, person: Any) -> Wave:
    """The guarded door of a wave that is to be scored."""
    found = next((each for each in list_waves(system, person, ANALYSE) if each.id == wave_id), None)
    if found is None:
        raise NotFound
    return found


def list_rollups(version_ids: Sequence[int], person: Any) -> list[IndicatorRollup]:
    """Scores of these versions on waves that the person may see. One statement."""
    return list(
        session.scalars(
            select(IndicatorRollup)
            .join(Wave, Wave.id == IndicatorRollup.wave_id)
            .join(Unit, Unit.id == Wave.unit_id)
            .options(joinedload(IndicatorRollup.wave).joinedload(Wave.unit))
            .where(IndicatorRollup.version_id.in_(version_ids), access.scope(person, SEE, Unit.path))
            .order_by(Wave.first_day.desc(), Wave.id.desc())
            .limit(500)
        )
    )


def list_rollups_of_wave(wave_id: int) -> list[IndicatorRollup]:
    """Scores of a wave by versions in force, for its page."""
    return list(
        session.scalars(
            select(IndicatorRollup)
            .join(IndicatorVersion, IndicatorVersion.id == IndicatorRollup.version_id)
            .options(joinedload(IndicatorRollup.version).joinedload(IndicatorVersion.system))
            .where(IndicatorRollup.wave_id == wave_id, IndicatorVersion.state == VersionState.in_force)
            .order_by(IndicatorVersion.system_id)
            .limit(20)
        )
    )


def newest_indexes(person: Any) -> list[Any]:
    """Of each system and unit the newest score by the version in force, for the overview: columns, from one statement."""
    return list(session.execute(_indexes(access.reach(person, SEE))))


@lru_cache(maxsize=256)
def _indexes(reach: tuple[str, ...]) -> Any:
    """Kept, as every overview asks it; few, as a result holds the scores of the whole tree."""
    when = func.coalesce(Wave.last_day, Wave.first_day)
    ranked = (
        select(
            IndicatorRollup.id,
            func.row_number()
            .over(
                partition_by=(IndicatorVersion.system_id, Wave.unit_id),
                order_by=(when.desc(), Wave.id.desc()),
            )
            .label("place"),
        )
        .join(IndicatorVersion, IndicatorVersion.id == IndicatorRollup.version_id)
        .join(IndicatorSystem, IndicatorSystem.id == IndicatorVersion.system_id)
        .join(Wave, Wave.id == IndicatorRollup.wave_id)
        .join(Unit, Unit.id == Wave.unit_id)
        .where(
            IndicatorVersion.state == VersionState.in_force,
            IndicatorSystem.withdrawn_at.is_(None),
            access.within(reach, Unit.path),
        )
        .subquery()
    )
    return (
        select(
            IndicatorRollup.id,
            IndicatorRollup.result,
            IndicatorSystem.title_en,
            IndicatorSystem.title_zh,
            Wave.name_en.label("wave_en"),
            Wave.name_zh.label("wave_zh"),
            Wave.last_day,
        )
        .join(ranked, (ranked.c.id == IndicatorRollup.id) & (ranked.c.place == 1))
        .join(IndicatorVersion, IndicatorVersion.id == IndicatorRollup.version_id)
        .join(IndicatorSystem, IndicatorSystem.id == IndicatorVersion.system_id)
        .join(Wave, Wave.id == IndicatorRollup.wave_id)
        .order_by(when.desc(), IndicatorRollup.id.desc())
        .limit(INDEXES_MOST)
    )


def find_rollup(version_id: int, wave_id: int) -> IndicatorRollup | None:
    return session.scalars(
        select(IndicatorRollup).where(
            IndicatorRollup.version_id == version_id, IndicatorRollup.wave_id == wave_id
        )
    ).first()


def list_due(questionnaire_id: int) -> list[IndicatorVersion]:
    """Versions that are kept up to date on every wave: those in force and those whose weights a trend holds."""
    return list(
        session.scalars(
            select(IndicatorVersion)
            .join(IndicatorSystem, IndicatorSystem.id == IndicatorVersion.system_id)
            .where(
                IndicatorSystem.questionnaire_id == questionnaire_id,
                IndicatorSystem.withdrawn_at.is_(None),
                or_(
                    IndicatorVersion.state == VersionState.in_force,
                    (IndicatorVersion.number == IndicatorSystem.baseline_number)
                    & (IndicatorVersion.state != VersionState.draft),
                ),
            )
            .order_by(IndicatorVersion.id)
            .limit(50)
        )
    )


def list_models(system: IndicatorSystem, person: Any) -> list[Analysis]:
    """Path models kept of waves of the questionnaire, newest first."""
    return list(
        session.scalars(
            select(Analysis)
            .join(Wave, Wave.id == Analysis.wave_id)
            .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
            .join(Unit, Unit.id == Wave.unit_id)
            .options(joinedload(Analysis.wave))
            .where(
                QuestionnaireVersion.questionnaire_id == system.questionnaire_id,
                Analysis.method == "pls",
                Analysis.state == "done",
                access.scope(person, SEE, Unit.path),
            )
            .order_by(Analysis.id.desc())
            .limit(50)
        )
    )
