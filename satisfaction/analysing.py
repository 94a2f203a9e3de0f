"""Figures of a wave as they are stored, and the findings of what falls short."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from core import clock, trail
from core.db import session
from core.figures import Figure
from core.i18n import _, force_locale, pick
from improvement.operations.findings import raise_finding
from improvement.rules.findings import Grade, Origin
from satisfaction import results
from satisfaction.models import SurveyFigure, SurveyItem, Wave
from satisfaction.queries.waves import get_wave
from satisfaction.results import Dimension, Results
from satisfaction.rules.addresses import item_path
from satisfaction.rules.waves import WaveState
from satisfaction.showing import number_of
from standards.models import Requirement, Standard, Version


@dataclass(frozen=True, slots=True)
class Computed:
    """What the read transaction of the job found; no object of the session is in it."""

    rows: list[dict[str, Any]]
    inputs_hash: str
    size: int
    short: list[tuple[str, Figure]]


def compute(wave_id: int) -> Computed:
    wave = get_wave(wave_id)
    _sheet, found = results.of_wave(wave)
    rows = [
        _row(wave_id, code, dimension, measure, figure, detail)
        for code, dimension, measure, figure, detail in _figures(found)
    ]
    short = [
        (each.item.code, each.main)
        for each in found.items
        if each.main is not None and each.main.verdict == "short"
    ]
    return Computed(rows, found.inputs_hash, found.size, short)


def _figures(found: Results) -> list[tuple[str, str, str, Figure, dict[str, Any]]]:
    made = []
    for each in found.items:
        for measure, figure in each.figures.items():
            detail = {"category": each.detail["category"]} if "category" in each.detail else {}
            made.append((each.item.code, "", measure, figure, detail))
    for dimension in _widest(found.dimensions):
        detail = {"points": dimension.points, "items": dimension.codes}
        made += [
            ("", dimension.name, measure, figure, detail) for measure, figure in dimension.figures.items()
        ]
    return made


def _widest(dimensions: list[Dimension]) -> list[Dimension]:
    """One of each name and measure is kept: that of the most questions, where scales of two lengths share a name."""
    chosen: dict[tuple[str, str], Dimension] = {}
    for each in sorted(dimensions, key=lambda each: (-len(each.codes), each.points)):
        chosen.setdefault((each.name, each.measure), each)
    return list(chosen.values())


def _row(
    wave_id: int, code: str, dimension: str, measure: str, figure: Figure, detail: dict[str, Any]
) -> dict[str, Any]:
    return {
        "wave_id": wave_id,
        "item_code": code,
        "dimension": dimension,
        "measure": measure,
        "n": figure.n,
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "target": figure.target,
        "verdict": figure.verdict or "",
        "method": figure.method,
        "detail": detail,
        "computed_at": clock.now(),
        "engine_version": results.ENGINE_VERSION,
    }


def store(wave_id: int, computed: Computed, *, actor: Any, findings: bool = True) -> dict[str, Any]:
    """Replaces the wave's figures; a closed wave's shortfalls become findings, or bring theirs up to date. Without
    `findings` the figures alone: an older wave computed again says nothing new."""
    wave = session.scalars(select(Wave).where(Wave.id == wave_id).with_for_update(of=Wave)).one()
    session.execute(delete(SurveyFigure).where(SurveyFigure.wave_id == wave_id))
    rows = {
        (row["item_code"], row["dimension"], row["measure"]): row | {"inputs_hash": computed.inputs_hash}
        for row in computed.rows
    }
    if rows:
        session.execute(insert(SurveyFigure), list(rows.values()))
    raised = 0
    if findings and wave.state in {WaveState.closed, WaveState.analysed}:
        raised = raise_shortfalls(wave, computed.short, computed.inputs_hash)
    trail.record(
        wave,
        "wave.computed",
        actor=actor,
        changes={
            "figures": len(rows), "answers": computed.size, "findings": raised,
            "engine_version": results.ENGINE_VERSION,
        },
    )  # fmt: skip
    return {"figures": len(rows), "findings": raised}


def raise_shortfalls(wave: Wave, short: list[tuple[str, Figure]], inputs_hash: str) -> int:
    """An item whose whole interval lies below its target, once for a questionnaire and unit however many waves say so."""
    items = {
        item.code: item
        for item in session.scalars(select(SurveyItem).where(SurveyItem.version_id == wave.version_id))
    }
    questionnaire = wave.version.questionnaire
    for code, figure in short:
        item = items[code]
        statement_en, statement_zh = _statements(wave, item, figure)
        standard = session.get(Standard, item.standard_id) if item.standard_id else questionnaire.standard
        raise_finding(
            origin=Origin.satisfaction,
            grade=Grade.minor,
            statement_en=statement_en,
            statement_zh=statement_zh,
            figures=[_frozen(wave, item, figure, inputs_hash)],
            unit=wave.unit,
            standard=standard,
            requirement=_requirement(item),
            requirement_code=item.requirement_code,
            origin_label=f"{wave.code} {code}",
            origin_ref=f"survey:{wave.id}:{code}",
            key=f"satisfaction:{questionnaire.id}:{code}:{wave.unit_id}",
            actor=None,
        )
    return len(short)


def _requirement(item: SurveyItem) -> Requirement | None:
    """The promise as it is in force now, else in its newest version."""
    if item.standard_id is None or not item.requirement_code:
        return None
    return session.scalars(
        select(Requirement)
        .join(Version, Version.id == Requirement.version_id)
        .where(Version.standard_id == item.standard_id, Requirement.code == item.requirement_code)
        .order_by((Version.state == "effective").desc(), Version.number.desc())
        .limit(1)
    ).first()


def _statements(wave: Wave, item: SurveyItem, figure: Figure) -> tuple[str, str]:
    made = []
    for language in ("en", "zh"):
        with force_locale(language):
            made.append(
                str(
                    _(
                        "%(question)s %(value)s, target %(target)s (%(unit)s)",
                        question=_closed(item.text),
                        value=number_of(figure, item),
                        target=number_of(figure, item, figure.target),
                        unit=pick(wave.unit.name_en, wave.unit.name_zh),
                    )
                )
            )
    return made[0], made[1]


def _closed(text: str) -> str:
    """A question or statement followed by its figure."""
    kept = text.rstrip(" .。:：")
    return kept if kept.endswith(("?", "？")) else f"{kept}:" if kept.isascii() else f"{kept}："


def _frozen(wave: Wave, item: SurveyItem, figure: Figure, inputs_hash: str) -> Figure:
    name = {
        "label_en": f"{item.code} · {wave.name_en or wave.name_zh}",
        "label_zh": f"{item.code} · {wave.name_zh or wave.name_en}",
        "wave": wave.code,
        "scale": [1, item.points],
        "engine_version": results.ENGINE_VERSION,
        "inputs_hash": inputs_hash,
        "href": item_path(wave.id, item.code),
    }
    return Figure(
        value=figure.value,
        n=figure.n,
        low=figure.low,
        high=figure.high,
        method=figure.method,
        as_of=figure.as_of,
        unit=figure.unit,
        target=figure.target,
        verdict=figure.verdict,
        working=name,
    )
