"""The index over the waves of a questionnaire, with weights held fixed."""

from datetime import timedelta
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from core import access
from core.access import guard
from core.charts.specs import Period, attainment_over_time
from core.forms import record_number
from core.i18n import _
from satisfaction.indicators import telling
from satisfaction.indicators.models import IndicatorRollup, IndicatorSystem, IndicatorVersion
from satisfaction.models import Wave
from satisfaction.operations.indicators import scores as operations
from satisfaction.permissions import ANALYSE, SEE, WEIGH
from satisfaction.queries import indicator_scores as scores
from satisfaction.queries import indicators as queries
from satisfaction.rules.indicators import VersionState
from satisfaction.views import blueprint


def _versions(system: IndicatorSystem) -> tuple[IndicatorVersion | None, IndicatorVersion | None]:
    """Whose weights the trend holds, and the version in force."""
    return (
        queries.find_version(system.id, system.baseline_number),
        queries.find_in_state(system.id, VersionState.in_force),
    )


def _of_unit(waves: list[Wave], system: IndicatorSystem) -> tuple[list[tuple[int, str]], int, list[Wave]]:
    """Units that have waves, the chosen one, and its waves, oldest first: different units make no trend together."""
    units = list({wave.unit_id: wave.unit.name for wave in waves}.items())
    asked = request.values.get("unit", type=record_number)
    known = [key for key, _name in units]
    chosen = (
        asked if asked in known else system.unit_id if system.unit_id in known else known[0] if known else 0
    )
    return units, chosen or 0, [wave for wave in waves if wave.unit_id == chosen][::-1]


@blueprint.get("/surveys/indicators/<int:indicator_system_id>/trend")
@guard(SEE)
def indicator_trend(indicator_system_id: int) -> Any:
    found = queries.get_system_for(g.person, indicator_system_id)
    baseline, current = _versions(found)
    units, chosen, waves = _of_unit(scores.list_waves(found, g.person), found)
    versions = [each for each in (baseline, current) if each is not None]
    kept = {
        (each.version_id, each.wave_id): each
        for each in scores.list_rollups([version.id for version in versions], g.person)
    }
    rows = [
        (
            wave,
            kept.get((baseline.id, wave.id)) if baseline else None,
            kept.get((current.id, wave.id)) if current else None,
        )
        for wave in waves
    ]
    both = baseline is not None and current is not None and baseline.id != current.id
    spec = _spec([(wave, one) for wave, one, _other in rows if one is not None])
    return render_template(
        "indicators/trend.html",
        found=found,
        baseline=baseline,
        current=current,
        both=both,
        rows=[(wave, _line(one), _line(other), one, other) for wave, one, other in rows],
        missing=[wave for wave, one, other in rows if one is None or (both and other is None)],
        spec=spec,
        current_spec=_spec([(wave, other) for wave, _one, other in rows if other is not None])
        if both
        else None,
        units=units,
        chosen=chosen,
        may_score=access.may(g.person, ANALYSE) and found.withdrawn_at is None,
        may_weigh=access.may(g.person, WEIGH, found.unit.path) and found.withdrawn_at is None,
    )


def _line(rollup: IndicatorRollup | None) -> Any:
    return None if rollup is None else telling.lines(rollup)[0]


def _spec(series: list[tuple[Wave, IndicatorRollup]]) -> dict[str, Any] | None:
    """The index wave by wave; one wave is no trend."""
    if len(series) < 2:
        return None
    periods: list[Period] = []
    for wave, rollup in series:
        figure = telling.lines(rollup)[0].figure
        start = wave.first_day or (wave.opened_at or wave.created_at).date()
        while any(
            each.start >= start for each in periods
        ):  # two waves that begin on one day stand a day apart
            start = max(each.start for each in periods) + timedelta(days=1)
        periods.append(
            Period(start, wave.name, figure.n, figure.value, figure.low, figure.high, figure.target, figure.verdict)
        )  # fmt: skip
    return attainment_over_time(periods, "index")


@blueprint.post("/surveys/indicators/<int:indicator_system_id>/trend")
@guard(ANALYSE)
def score_trend(indicator_system_id: int) -> Any:
    """Scores of every wave of the trend, by the fixed weights and by those in force."""
    found = queries.get_system_for(g.person, indicator_system_id)
    versions = list({each.id: each for each in _versions(found) if each is not None}.values())
    _units, chosen, waves = _of_unit(scores.list_waves(found, g.person, ANALYSE), found)
    made = operations.score(found, versions, operations.enough(waves), actor=g.person)
    if made is None:
        flash(_("The computation has been started; the scores follow in a moment."), "info")
    else:
        flash(_("%(num)s waves are scored.", num=len({each.wave_id for each in made})), "good")
    return redirect(url_for("satisfaction.indicator_trend", indicator_system_id=found.id, unit=chosen))
