"""Stored figures of waves: trends, what a standard's promises felt like, figures of a period."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Date, bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from accounts.models import Unit
from core import access
from core.db import session
from core.figures import Figure, Verdict
from core.figures import Unit as FigureUnit
from satisfaction.models import Questionnaire, QuestionnaireVersion, SurveyFigure, SurveyItem, Wave
from satisfaction.permissions import SEE

UNITS: dict[str, FigureUnit] = {
    "mean": "mean", "ces": "mean", "gap": "mean", "expectation": "mean", "perception": "mean", "top": "share",
    "csat": "share", "nps": "index", "better": "ratio", "worse": "ratio",
}  # fmt: skip


def as_figure(row: SurveyFigure, working: dict[str, Any] | None = None) -> Figure:
    return Figure(
        value=row.value,
        n=row.n,
        low=row.low,
        high=row.high,
        method=row.method,
        as_of=row.computed_at,
        unit=UNITS[row.measure],
        target=row.target,
        verdict=cast("Verdict", row.verdict) if row.verdict else None,
        working=working or {},
    )


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """What one wave kept. `engine_version` is that of the engine that computed it, `detail` what it rests on."""

    wave: Wave
    figure: Figure
    engine_version: str
    detail: dict[str, Any]


def trend(wave: Wave, measure: str, *, code: str = "", dimension: str = "") -> list[TrendPoint]:
    """The same item, or the same dimension, in the waves of its questionnaire and unit, oldest first. One statement."""
    found = session.execute(
        select(SurveyFigure, Wave)
        .join(Wave, Wave.id == SurveyFigure.wave_id)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
        .where(
            QuestionnaireVersion.questionnaire_id == wave.version.questionnaire_id,
            Wave.unit_id == wave.unit_id,
            SurveyFigure.item_code == code,
            SurveyFigure.dimension == dimension,
            SurveyFigure.measure == measure,
            SurveyFigure.value.is_not(None),
        )
        .order_by(Wave.first_day.desc(), Wave.id.desc())
        .limit(60)
    )
    points = [TrendPoint(each, as_figure(row), row.engine_version, row.detail) for row, each in found]
    return points[::-1]


def previous_values(wave: Wave) -> dict[tuple[str, str, str], tuple[float, str]]:
    """(item, dimension, measure) → value and name of the wave before this one, of the same questionnaire and unit; of
    item and dimension one is empty."""
    before = session.scalars(
        select(Wave)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
        .where(
            QuestionnaireVersion.questionnaire_id == wave.version.questionnaire_id,
            Wave.unit_id == wave.unit_id,
            Wave.id != wave.id,
            Wave.state.in_(("closed", "analysed")),
            Wave.first_day < wave.first_day if wave.first_day else Wave.id < wave.id,
        )
        .order_by(func.coalesce(Wave.first_day, date(1900, 1, 1)).desc(), Wave.id.desc())
        .limit(1)
    ).first()
    if before is None:
        return {}
    rows = session.scalars(
        select(SurveyFigure).where(
            SurveyFigure.wave_id == before.id,
            SurveyFigure.value.is_not(None),
        )
    )
    return {
        (row.item_code, row.dimension, row.measure): (row.value, before.name)
        for row in rows
        if row.value is not None
    }


JUDGED_MOST = 300
MAIN = ("mean", "nps", "csat", "ces", "gap")


@dataclass(frozen=True, slots=True)
class Felt:
    """What one item said in its newest computed wave."""

    wave_id: int
    wave: str
    unit: str
    code: str
    text: str
    requirement_code: str
    measure: str
    figure: Figure
    points: int


def felt_of_standard(standard_id: int, person: Any, limit: int = 400) -> list[Felt]:
    """Items about a standard's promises, each in the newest closed wave of its questionnaire; at most one statement."""
    rows = session.execute(
        select(SurveyFigure, Wave, SurveyItem, Unit)
        .join(Wave, Wave.id == SurveyFigure.wave_id)
        .join(Unit, Unit.id == Wave.unit_id)
        .join(
            SurveyItem,
            (SurveyItem.version_id == Wave.version_id) & (SurveyItem.code == SurveyFigure.item_code),
        )
        .where(
            SurveyItem.standard_id == standard_id,
            SurveyItem.requirement_code != "",
            Wave.state.in_(("closed", "analysed")),
            SurveyFigure.measure.in_(MAIN),
            SurveyFigure.value.is_not(None),
            access.scope(person, SEE, Unit.path),
        )
        .order_by(func.coalesce(Wave.last_day, Wave.first_day, date(1900, 1, 1)).desc(), Wave.id.desc())
        .limit(limit)
    )
    found: dict[tuple[str, str, int], Felt] = {}
    for row, wave, item, unit in rows:
        key = (item.requirement_code, item.code, wave.unit_id)
        found.setdefault(
            key,
            Felt(
                wave.id,
                wave.name,
                unit.name,
                item.code,
                item.text,
                item.requirement_code,
                row.measure,
                as_figure(row),
                item.points,
            ),
        )
    return sorted(found.values(), key=lambda each: (each.requirement_code, each.code))


def newest_judged(person: Any, since: date) -> list[Any]:
    """Main figures with a verdict, each in the newest closed wave of its questionnaire and unit since a day: columns,
    from one statement."""
    newest: dict[tuple[int, int], int] = {}
    return [
        row
        for row in session.execute(_judged(access.reach(person, SEE)), {"since": since})
        if newest.setdefault((row.questionnaire_id, row.unit_id), row.wave_id) == row.wave_id
    ]


@lru_cache(maxsize=256)
def _judged(reach: tuple[str, ...]) -> Any:
    """Kept, as every overview asks it."""
    when = func.coalesce(Wave.last_day, Wave.first_day)
    return (
        select(
            SurveyFigure.measure,
            SurveyFigure.value,
            SurveyFigure.n,
            SurveyFigure.low,
            SurveyFigure.high,
            SurveyFigure.verdict,
            Wave.id.label("wave_id"),
            Wave.name_en.label("wave_en"),
            Wave.name_zh.label("wave_zh"),
            Wave.last_day,
            Wave.unit_id,
            SurveyItem.code,
            SurveyItem.text_en,
            SurveyItem.text_zh,
            QuestionnaireVersion.questionnaire_id,
        )
        .join(Wave, Wave.id == SurveyFigure.wave_id)
        .join(Unit, Unit.id == Wave.unit_id)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
        .join(
            SurveyItem,
            (SurveyItem.version_id == Wave.version_id) & (SurveyItem.code == SurveyFigure.item_code),
        )
        .where(
            Wave.state.in_(("closed", "analysed")),
            when >= bindparam("since", type_=Date),
            SurveyFigure.measure.in_(MAIN),
            SurveyFigure.value.is_not(None),
            SurveyFigure.verdict.is_not(None),
            SurveyFigure.verdict != "",
            access.within(reach, Unit.path),
        )
        .order_by(when.desc(), Wave.id.desc(), SurveyItem.position, SurveyItem.id)
        .limit(JUDGED_MOST)
    )


def figures_between(
    path: str, first: date, last: date
) -> list[tuple[SurveyFigure, Wave, SurveyItem, Questionnaire]]:
    """Main figures of waves that ended in a period, of a unit and those below. One statement."""
    return [
        (row[0], row[1], row[2], row[3])
        for row in session.execute(
            select(SurveyFigure, Wave, SurveyItem, Questionnaire)
            .join(Wave, Wave.id == SurveyFigure.wave_id)
            .join(Unit, Unit.id == Wave.unit_id)
            .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
            .join(Questionnaire, Questionnaire.id == QuestionnaireVersion.questionnaire_id)
            .join(
                SurveyItem,
                (SurveyItem.version_id == Wave.version_id) & (SurveyItem.code == SurveyFigure.item_code),
            )
            .where(
                access.under(Unit.path, path),
                Wave.state.in_(("closed", "analysed")),
                SurveyFigure.measure.in_(MAIN),
                SurveyFigure.value.is_not(None),
                or_(
                    Wave.last_day.between(first, last),
                    Wave.last_day.is_(None) & Wave.first_day.between(first, last),
                ),
            )
            .options(joinedload(Wave.unit))
            .order_by(Wave.last_day, Wave.id, SurveyItem.position, SurveyItem.id)
            .limit(2000)
        )
    ]
