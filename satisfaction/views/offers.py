"""What this room puts on pages of others: tasks and search."""

from typing import Any

from flask import url_for

from core import access
from core.i18n import _
from core.search import Hit
from core.tasks import Task, answer_by
from satisfaction.permissions import JUDGE, SEE, SURVEY, WEIGH
from satisfaction.queries import analyses, indicator_judges, indicators, questionnaires, waves
from satisfaction.rules.analyses import Method
from satisfaction.rules.waves import WaveState


def tasks(person: Any) -> list[Task]:
    """Comparisons that are asked for, and those that all judges have made; waves whose days are over, and those closed
    and not concluded."""
    found = _comparisons(person) + _judged(person)
    if not access.may(person, SURVEY):
        return found
    for wave in waves.list_waiting(person, SURVEY):
        if wave.state == WaveState.open:
            title, verb = _("Close the wave: %(what)s", what=wave.name), _("Close the wave")
        else:
            title, verb = _("Conclude the analysis: %(what)s", what=wave.name), _("Look")
        found.append(
            Task(
                "clipboard-data",
                title,
                wave.code,
                wave.last_day,
                verb,
                url_for("satisfaction.wave", wave_id=wave.id),
                "wave",
            )
        )
    return found


def _comparisons(person: Any) -> list[Task]:
    """Indicator systems whose parts this person was asked to compare and has not compared wholly."""
    if not access.may(person, JUDGE):
        return []
    return [
        Task(
            "diagram-3",
            _("Compare in pairs: %(what)s", what=judge.version.system.title),
            judge.version.system.code,
            judge.due,
            _("Compare"),
            url_for("satisfaction.judging", indicator_judge_id=judge.id),
            "comparison",
        )
        for judge in indicator_judges.list_open(person)
    ]


def _judged(person: Any) -> list[Task]:
    """Own indicator systems where nobody is waited for and the weights are not yet those of the judges."""
    return [
        Task(
            "diagram-3",
            _("All judges have compared: %(what)s", what=version.system.title),
            version.system.code,
            answer_by(at),
            _("Take the weights") if access.may(person, WEIGH, version.system.unit.path) else _("Look"),
            url_for(
                "satisfaction.indicator_system",
                indicator_system_id=version.system_id,
                version=version.number,
            ),
            "judged",
        )
        for version, at in indicator_judges.list_judged(person)
        if access.may(person, SEE, version.system.unit.path)
    ]


def search(person: Any, words: str, limit: int) -> list[Hit]:
    if not access.may(person, SEE):
        return []
    hits = [
        Hit(each.code, each.name, url_for("satisfaction.wave", wave_id=each.id), _("Wave"), str(WaveState(each.state).label))
        for each in waves.search(person, words, limit)
    ]  # fmt: skip
    hits += [
        Hit(each.code, each.title or str(Method(each.method).label), url_for("satisfaction.analysis", analysis_id=each.id), _("Analysis"))
        for each in analyses.search(person, words, limit)
    ]  # fmt: skip
    hits += [
        Hit(each.code, each.title, url_for("satisfaction.indicator_system", indicator_system_id=each.id), _("Indicator system"))
        for each in indicators.search(person, words, limit)
    ]  # fmt: skip
    return hits + [
        Hit(each.code, each.title, url_for("satisfaction.questionnaire", questionnaire_id=each.id), _("Questionnaire"))
        for each in questionnaires.search(person, words, limit)
    ]  # fmt: skip
