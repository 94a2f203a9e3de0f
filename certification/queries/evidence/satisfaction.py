"""Surveys that ended in the period of a pack, as it prints them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from accounts.models import Unit
from certification.queries.evidence.absence import Absence, absence_of
from certification.queries.evidence.counted import settled
from certification.rules.clauses import Both
from core import access
from core.db import session
from core.figures import Figure
from satisfaction.models import QuestionnaireVersion, Response, SurveyFigure, Wave
from satisfaction.queries.figures import MAIN, as_figure, figures_between
from satisfaction.rules.items import bounds as bounds_of
from standards.models import Standard


@dataclass(frozen=True)
class SurveyPoint:
    """What an item said in one wave."""

    day: date
    wave: Both
    figure: Figure


@dataclass(frozen=True)
class PrintedItem:
    """`measure` is mean, nps, csat, ces or gap; `low` and `high` are the ends of its scale."""

    code: str
    text: Both
    dimension: str
    requirement: str  # "SVC-0007 R2"
    measure: str
    low: float
    high: float
    figure: Figure
    trend: tuple[SurveyPoint, ...]


@dataclass(frozen=True)
class PrintedWave:
    id: int
    code: str
    name: Both
    questionnaire_code: str
    questionnaire: Both
    unit: Both
    first_day: date | None
    last_day: date | None
    purpose: str
    population: str
    responses: int
    items: tuple[PrintedItem, ...]


@dataclass(frozen=True)
class PrintedSatisfaction:
    waves: tuple[PrintedWave, ...] = ()
    absence: Absence | None = None


def satisfaction_of(unit: Unit, first: date, last: date) -> PrintedSatisfaction:
    """Waves of the unit and below with figures that ended in the period. Four statements, or three without any."""
    rows = figures_between(unit.path, first, last)
    if not rows:
        return PrintedSatisfaction(absence=_absence(unit, first, last))
    waves = {wave.id: (wave, questionnaire) for _row, wave, _item, questionnaire in rows}
    trends = _trends({questionnaire.id for _wave, questionnaire in waves.values()}, last)
    sizes: dict[int, int] = dict(
        session.execute(
            select(Response.wave_id, func.count())
            .where(Response.wave_id.in_(sorted(waves)))
            .group_by(Response.wave_id)
        ).all()
    )
    standards: dict[int, str] = dict(
        session.execute(
            select(Standard.id, Standard.code).where(
                Standard.id.in_(sorted({item.standard_id for _r, _w, item, _q in rows if item.standard_id}))
            )
        ).all()
    )
    items: dict[int, list[PrintedItem]] = defaultdict(list)
    for row, wave, item, questionnaire in rows:
        low, high = (-100.0, 100.0) if row.measure == "nps" else (0.0, 1.0)
        if row.measure == "gap":
            low, high = -float(item.points - 1), float(item.points - 1)
        elif row.measure in {"mean", "ces"}:
            low, high = (float(end) for end in bounds_of(item))
        about = f"{standards.get(item.standard_id or 0, '')} {item.requirement_code}".strip()
        items[wave.id].append(
            PrintedItem(
                item.code,
                Both(item.text_en, item.text_zh),
                item.dimension,
                about if item.standard_id else "",
                row.measure,
                low,
                high,
                settled(as_figure(row)),
                tuple(
                    point
                    for moment, point in trends[questionnaire.id, wave.unit_id, item.code, row.measure]
                    if moment <= _day(wave)
                ),
            )
        )
    return PrintedSatisfaction(
        tuple(
            PrintedWave(
                wave.id,
                wave.code,
                Both(wave.name_en, wave.name_zh),
                questionnaire.code,
                Both(questionnaire.title_en, questionnaire.title_zh),
                Both(wave.unit.name_en, wave.unit.name_zh),
                wave.first_day,
                wave.last_day,
                wave.purpose,
                wave.population,
                sizes.get(wave.id, 0),
                tuple(items[wave.id]),
            )
            for wave, questionnaire in waves.values()
        )
    )


def _day(wave: Wave) -> date:
    return wave.last_day or wave.first_day or date.min


def _trends(
    questionnaires: set[int], last: date
) -> dict[tuple[int, int, str, str], list[tuple[date, SurveyPoint]]]:
    """Main figures of the closed waves of these questionnaires up to a day, oldest first."""
    found: dict[tuple[int, int, str, str], list[tuple[date, SurveyPoint]]] = defaultdict(list)
    day = func.coalesce(Wave.last_day, Wave.first_day)
    for row, wave, questionnaire_id in session.execute(
        select(SurveyFigure, Wave, QuestionnaireVersion.questionnaire_id)
        .join(Wave, Wave.id == SurveyFigure.wave_id)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
        .where(
            QuestionnaireVersion.questionnaire_id.in_(sorted(questionnaires)),
            Wave.state.in_(("closed", "analysed")),
            SurveyFigure.item_code != "",
            SurveyFigure.measure.in_(MAIN),
            SurveyFigure.value.is_not(None),
            day <= last,
        )
        .options(joinedload(Wave.unit))
        .order_by(day.desc(), Wave.id.desc())
        .limit(5000)
    ):
        point = SurveyPoint(_day(wave), Both(wave.name_en, wave.name_zh), settled(as_figure(row)))
        found[questionnaire_id, wave.unit_id, row.item_code, row.measure].insert(0, (point.day, point))
    return found


def _absence(unit: Unit, first: date, last: date) -> Absence:
    day = func.coalesce(Wave.last_day, Wave.first_day)
    statement = (
        select(day, Wave.code)
        .join(Unit, Unit.id == Wave.unit_id)
        .where(access.under(Unit.path, unit.path), Wave.state.in_(("closed", "analysed")), day.is_not(None))
    )
    return absence_of(statement, day, first, last + timedelta(days=1))
