"""Analyses of waves, and what they compare a wave with."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, joinedload

from accounts.models import Person, Unit
from core import access
from core.db import get_record, session
from core.errors import NotFound
from core.lazytext import _l
from core.tables import matching
from satisfaction.methods.refusal import Refusal
from satisfaction.models import (
    Analysis,
    Invitation,
    NamedResponse,
    QuestionnaireVersion,
    Response,
    SurveyFigure,
    Wave,
)
from satisfaction.permissions import SEE
from satisfaction.queries.questionnaires import list_items
from satisfaction.rules.analyses import model_key
from satisfaction.rules.items import bounds, columns_of

PANEL_MOST = 50_000


def get_analysis_for(person: Any, analysis_id: int) -> Analysis:
    found = get_record(
        Analysis,
        analysis_id,
        joinedload(Analysis.made_by),
        joinedload(Analysis.wave).joinedload(Wave.unit),
        joinedload(Analysis.wave).joinedload(Wave.version).joinedload(QuestionnaireVersion.questionnaire),
        joinedload(Analysis.own_unit),
    )
    access.require(person, SEE, found.unit.path, what=found.code)
    return found


def get_analysis(analysis_id: int) -> Analysis:
    return get_record(Analysis, analysis_id)


def find_same(analysis: Analysis, run_sha256: str) -> Analysis | None:
    """The first run in the same place with identical answers, specification, options and engine."""
    place = (
        Analysis.unit_id == analysis.unit_id
        if analysis.wave_id is None
        else Analysis.wave_id == analysis.wave_id
    )
    return session.scalars(
        select(Analysis)
        .where(place, Analysis.run_sha256 == run_sha256, Analysis.same_as_id.is_(None))
        .order_by(Analysis.id)
        .limit(1)
    ).first()


def select_analyses(person: Any) -> Any:
    """The SELECT of the list of analyses."""
    return (
        select(
            Analysis.id,
            Analysis.code,
            Analysis.method,
            Analysis.title,
            Analysis.state,
            Analysis.answers,
            Analysis.made_at,
            Person.name.label("made_by"),
            Wave.code.label("wave_code"),
            Wave.name_en,
            Wave.name_zh,
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
        )
        .outerjoin(Wave, Wave.id == Analysis.wave_id)
        .join(Unit, Unit.id == func.coalesce(Wave.unit_id, Analysis.unit_id))
        .join(Person, Person.id == Analysis.made_by_id)
        .where(access.scope(person, SEE, Unit.path))
    )


def list_of_wave(wave_id: int, limit: int = 8) -> list[Analysis]:
    """The newest analyses of a wave, for its page."""
    return list(
        session.scalars(
            select(Analysis).where(Analysis.wave_id == wave_id).order_by(Analysis.id.desc()).limit(limit)
        )
    )


def search(person: Any, words: str, limit: int) -> list[Analysis]:
    statement = (
        select(Analysis)
        .outerjoin(Wave, Wave.id == Analysis.wave_id)
        .join(Unit, Unit.id == func.coalesce(Wave.unit_id, Analysis.unit_id))
        .options(joinedload(Analysis.wave), joinedload(Analysis.own_unit))
        .where(access.scope(person, SEE, Unit.path), matching(words, Analysis.code, Analysis.title))
    )
    return list(session.scalars(statement.order_by(Analysis.id.desc()).limit(limit)))


# --- what a wave can be compared with ------------------------------------------------------------------------


def list_comparable(wave: Wave, person: Any) -> list[Wave]:
    """Other waves of the questionnaire that have begun and that the person may see, newest first."""
    return list(
        session.scalars(
            select(Wave)
            .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
            .join(Unit, Unit.id == Wave.unit_id)
            .where(
                QuestionnaireVersion.questionnaire_id == wave.version.questionnaire_id,
                Wave.id != wave.id,
                Wave.state != "draft",
                access.scope(person, SEE, Unit.path),
            )
            .order_by(Wave.first_day.desc(), Wave.id.desc())
            .limit(60)
        )
    )


def get_comparable(wave: Wave, other_id: int, person: Any) -> Wave:
    """Another wave of the questionnaire, or the wave itself."""
    if other_id == wave.id:
        return wave
    found = next((each for each in list_comparable(wave, person) if each.id == other_id), None)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class Point:
    code: str
    name_en: str
    name_zh: str
    value: float
    n: int


def series(wave: Wave, code: str, measure: str, person: Any) -> list[Point]:
    """A figure over the waves of the questionnaire in the wave's unit, oldest first; too small ones are left out."""
    found = session.execute(
        select(Wave.code, Wave.name_en, Wave.name_zh, SurveyFigure.value, SurveyFigure.n)
        .join(SurveyFigure, SurveyFigure.wave_id == Wave.id)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
        .join(Unit, Unit.id == Wave.unit_id)
        .where(
            QuestionnaireVersion.questionnaire_id == wave.version.questionnaire_id,
            Wave.unit_id == wave.unit_id,
            SurveyFigure.item_code == code,
            SurveyFigure.measure == measure,
            SurveyFigure.value.is_not(None),
            SurveyFigure.n >= Wave.min_cell,
            access.scope(person, SEE, Unit.path),
        )
        .order_by(Wave.first_day, Wave.id)
        .limit(500)
    )
    return [
        Point(row.code, row.name_en or row.name_zh, row.name_zh or row.name_en, row.value, row.n)
        for row in found
    ]


def matched(
    first: Wave, second: Wave, code: str, person: Any
) -> tuple[list[float | None], list[float | None]]:
    """Answers of the same people to one item in two waves with names. One statement; anonymous waves have no names."""
    for wave in (first, second):
        access.require(person, SEE, wave.unit.path, what=wave.code)
        if wave.anonymous:
            raise Refusal(
                _l("Wave %(field)s is anonymous: nobody can be found again in another wave."), field=wave.code
            )
    places = {wave.id: _place(wave, code) for wave in (first, second)}
    invited, named, given = aliased(Invitation), aliased(NamedResponse), aliased(Response)
    found = session.execute(
        select(given.wave_id, invited.reference, given.codes)
        .join(named, named.response_id == given.id)
        .join(invited, invited.id == named.invitation_id)
        .where(given.wave_id.in_((first.id, second.id)), invited.reference != "")
        .order_by(given.id)
        .limit(2 * PANEL_MOST)
    )
    sides: dict[int, dict[str, float | None]] = {first.id: {}, second.id: {}}
    for wave_id, reference, codes in found:
        value = json.loads(codes)[places[wave_id]]
        sides[wave_id][reference.casefold()] = None if value is None or value < 0 else float(value)
    both = [name for name in sides[first.id] if name in sides[second.id]]
    if not both:
        raise Refusal(
            _l("Nobody answered in both waves under the same address (%(field)s)."), field=first.code
        )
    return [sides[first.id][name] for name in both], [sides[second.id][name] for name in both]


def _place(wave: Wave, code: str) -> int:
    items = list_items(wave.version_id)
    item = next((each for each in items if each.code == code), None)
    if item is None or bounds(item) == (0, 0):
        raise Refusal(_l("Wave %(wave)s did not ask “%(field)s”."), field=code, wave=wave.code)
    keys = [column.code + column.part for column in columns_of(items)]
    return keys.index(code + ("p" if item.kind == "servqual" else ""))


# --- the index over waves --------------------------------------------------------------------------------------

TREND_MOST = 60


@dataclass(frozen=True, slots=True)
class IndexPoint:
    """The indices of one wave by its newest path model of a kind. intervals: construct → [low, high], where resampled."""

    analysis_id: int
    analysis_code: str
    wave_id: int
    name_en: str
    name_zh: str
    n: int
    index: dict[str, float]
    intervals: dict[str, Any]
    weighted: bool


def index_trends(questionnaire_id: int, person: Any) -> list[tuple[str, list[IndexPoint]]]:
    """Model → its waves in the order of time, of kept path models of the questionnaire; the one with most waves first.

    Only the same model is one line: the same questions under the same constructs, in the same unit.
    """
    found = session.execute(
        select(
            Analysis.id, Analysis.code, Analysis.asked, Analysis.result, Wave.id.label("wave_id"), Wave.unit_id,
            Wave.name_en, Wave.name_zh, Wave.first_day,
        )
        .join(Wave, Wave.id == Analysis.wave_id)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
        .join(Unit, Unit.id == Wave.unit_id)
        .where(
            QuestionnaireVersion.questionnaire_id == questionnaire_id,
            Analysis.method == "pls",
            Analysis.state == "done",
            access.scope(person, SEE, Unit.path),
        )
        .order_by(Analysis.id.desc())
        .limit(TREND_MOST)
    )  # fmt: skip
    models: dict[str, dict[int, tuple[Any, IndexPoint]]] = {}
    for row in found:
        index = {name: value for name, value in (row.result.get("index") or {}).items() if value is not None}
        if not index:
            continue
        waves = models.setdefault(f"{row.unit_id} {model_key(row.asked)}", {})
        boot = (row.result.get("bootstrap") or {}).get("index") or {}
        intervals = {name: each["ci"] for name, each in boot.items() if each.get("ci")}
        if row.wave_id in waves and (waves[row.wave_id][1].intervals or not intervals):
            continue  # the newest one, or the newest that has intervals
        point = IndexPoint(
            row.id, row.code, row.wave_id, row.name_en or row.name_zh, row.name_zh or row.name_en,
            int(row.result["n_used"]), index, intervals, "weighted" in str(row.result.get("variant")),
        )  # fmt: skip
        waves[row.wave_id] = ((row.first_day is not None, row.first_day, row.wave_id), point)
    made = [
        (str(place), [point for _key, point in sorted(waves.values(), key=lambda each: each[0])])
        for place, waves in enumerate(models.values())
    ]
    return sorted(made, key=lambda each: -len(each[1]))
