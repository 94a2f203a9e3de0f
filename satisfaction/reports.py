"""Figures of surveys for other rooms: standards, reviews, certification packs."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import url_for

from accounts.models import Unit
from core import access, clock
from core.figures import Figure
from core.slots import Panel
from satisfaction.permissions import SEE
from satisfaction.queries import figures as queries
from satisfaction.queries.figures import Felt, as_figure
from satisfaction.queries.indicator_scores import newest_indexes
from satisfaction.showing import interval_of, value_of
from standards.models import Standard, Version
from standards.proof import Proof


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """One item of a wave that ended in a period. `measure` is mean, nps, csat, ces or gap."""

    questionnaire_code: str
    questionnaire_title: str
    wave_code: str
    wave_name: str
    unit: str
    first_day: date | None
    last_day: date | None
    item_code: str
    text: str
    dimension: str
    standard_id: int | None
    requirement_code: str
    measure: str
    figure: Figure
    wave_id: int
    text_en: str
    text_zh: str

    @property
    def value(self) -> str:
        return value_of(self.figure.value, self.measure)

    @property
    def interval(self) -> str:
        return interval_of(self.figure, self.measure)


def survey_rows(unit: Unit, first: date, last: date) -> list[SurveyRow]:
    """Main figures of the closed waves of a unit and the units below, that ended in a period. One statement."""
    return [
        SurveyRow(
            questionnaire.code,
            questionnaire.title,
            wave.code,
            wave.name,
            wave.unit.name,
            wave.first_day,
            wave.last_day,
            item.code,
            item.text,
            item.dimension,
            item.standard_id,
            item.requirement_code,
            row.measure,
            as_figure(row),
            wave.id,
            item.text_en,
            item.text_zh,
        )
        for row, wave, item, questionnaire in queries.figures_between(unit.path, first, last)
    ]


def felt_panel(standard: Standard, person: Any) -> Panel | None:
    """Beside a standard: what customers felt of its promises."""
    if not access.may(person, SEE):
        return None
    found = queries.felt_of_standard(standard.id, person)
    if not found:
        return None
    return Panel(
        "satisfaction/panel_felt.html",
        {"felt": found[:8], "more": max(0, len(found) - 8), "value_of": value_of, "interval_of": interval_of},
        order=20,
    )


LOOK_BACK = timedelta(days=400)
ROWS = 4
ORDER = ("short", "on_the_line", "kept", "too_few")


def on_overview(_record: Any, person: Any) -> Panel | None:
    """Beside the overview: the satisfaction index, how many of the newest answers fall short, and the worst of them."""
    if not access.may(person, SEE):
        return None
    found = queries.newest_judged(person, (clock.now() - LOOK_BACK).date())
    indexes = [(row, next(iter(row.result["nodes"].values()))) for row in newest_indexes(person)]
    if not found and not indexes:
        return None
    found.sort(key=lambda row: ORDER.index(row.verdict) if row.verdict in ORDER else len(ORDER))
    return Panel(
        "satisfaction/panel_now.html",
        {
            "indexes": indexes,
            "rows": found[:ROWS],
            "counts": Counter(row.verdict for row in found),
            "value_of": value_of,
            "interval_of": interval_of,
        },
        order=22,
    )


def proofs(standard: Standard, _version: Version, person: Any) -> dict[str, Proof]:
    """Beside each promise: its felt quality as a link with the value."""
    if not access.may(person, SEE):
        return {}
    links: dict[str, list[tuple[str, str, str]]] = {}
    for each in queries.felt_of_standard(standard.id, person):
        links.setdefault(each.requirement_code, []).append(_link(each))
    return {code: Proof(None, (), "", "", tuple(found[:3])) for code, found in links.items()}


def _link(each: Felt) -> tuple[str, str, str]:
    address = url_for("satisfaction.item_result", wave_id=each.wave_id, item_code=each.code)
    return "chat-square-heart", f"{each.code} {value_of(each.figure.value, each.measure)}", address
