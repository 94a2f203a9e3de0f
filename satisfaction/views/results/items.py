"""How a figure was computed: one item or dimension with its answers and its trend over the waves."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flask import g, render_template

from core.access import guard
from core.charts.specs import Period, attainment_over_time
from core.errors import NotFound
from core.i18n import _, format_number
from satisfaction.permissions import SEE
from satisfaction.queries import figures as figure_queries
from satisfaction.queries import waves as queries
from satisfaction.queries.figures import TrendPoint
from satisfaction.rules.items import KANO_ANSWERS, Kind
from satisfaction.showing import interval_of, value_of
from satisfaction.views import blueprint
from satisfaction.views.results.parts import context

if TYPE_CHECKING:
    from satisfaction.models import Wave


@blueprint.get("/surveys/waves/<int:wave_id>/results/<item_code>")
@guard(SEE)
def item_result(wave_id: int, item_code: str) -> Any:
    from satisfaction import results

    wave = queries.get_wave_for(g.person, wave_id)
    _answers, found = results.of_wave(wave)
    each = found.find(item_code)
    if each is None or each.item.kind == Kind.text:
        raise NotFound
    about = each.item.about_code if each.item.kind == Kind.importance else each.item.code
    return render_template(
        "satisfaction/how.html",
        **context(wave, found),
        **_trend(figure_queries.trend(wave, each.main_measure, code=each.item.code), each.main_measure),
        each=each,
        measure=each.main_measure,
        point=found.ipa.points.get(about) if found.ipa else None,
        kano_answers=KANO_ANSWERS,
        engine_version=results.ENGINE_VERSION,
    )


@blueprint.get("/surveys/waves/<int:wave_id>/dimensions/<dimension>")
@guard(SEE)
def dimension_result(wave_id: int, dimension: str) -> Any:
    """One dimension: what it consists of, how its figures were computed, its trend over the waves."""
    from satisfaction import results

    wave = queries.get_wave_for(g.person, wave_id)
    _answers, found = results.of_wave(wave)
    asked = [each for each in found.items if each.item.dimension == dimension]
    if not asked:
        raise NotFound
    parts = [each for each in found.dimensions if each.name == dimension]
    trends = [
        _trend(_comparable(wave, dimension, part.measure, part.points), part.measure, part.codes)
        for part in parts
    ]
    return render_template(
        "satisfaction/dimension.html",
        **context(wave, found),
        name=dimension,
        asked=asked,
        parts=list(zip(parts, trends, strict=True)),
        engine_version=results.ENGINE_VERSION,
    )


def _comparable(wave: Wave, dimension: str, measure: str, points: int) -> list[TrendPoint]:
    """The trend of a dimension, of waves that asked it on the same scale. What an older engine kept does not say."""
    return [
        each
        for each in figure_queries.trend(wave, measure, dimension=dimension)
        if each.detail.get("points", points) == points
    ]


def _trend(trend: list[TrendPoint], measure: str, codes: list[str] | None = None) -> dict[str, Any]:
    """Chart and numbers of a trend; `codes` are the questions of a dimension in the wave that is looked at."""
    from satisfaction.results import ENGINE_VERSION

    header = [_("Wave"), _("Result"), _("95% interval"), "n"]
    rows = [
        [
            each.wave.name,
            value_of(each.figure.value, measure),
            interval_of(each.figure, measure) or "—",
            format_number(each.figure.n),
        ]
        for each in trend
    ]
    if codes is not None:
        header.append(_("Questions"))
        for row, each in zip(rows, trend, strict=True):
            row.append(", ".join(each.detail.get("items", ())) or "—")
    return {
        "trend": trend,
        "trend_spec": _trend_spec(trend, measure) if len(trend) > 1 else None,
        "trend_numbers": {"header": header, "rows": rows},
        "outdated": [each.wave.name for each in trend if each.engine_version != ENGINE_VERSION],
        "others": [
            each.wave.name
            for each in trend
            if codes is not None and set(each.detail.get("items", codes)) != set(codes)
        ],
    }


def _trend_spec(trend: list[TrendPoint], measure: str) -> dict[str, Any]:
    placed: dict[date, Period] = {}
    for each in trend:
        start = each.wave.first_day or (each.wave.closed_at or each.wave.created_at).date()
        while start in placed:  # two waves that begin on one day stand a day apart
            start = date.fromordinal(start.toordinal() + 1)
        figure = each.figure
        placed[start] = Period(
            start=start,
            label=each.wave.name,
            n=figure.n,
            value=figure.value,
            low=figure.low,
            high=figure.high,
            target=figure.target,
            verdict=figure.verdict,
        )
    return attainment_over_time([placed[start] for start in sorted(placed)], figure_queries.UNITS[measure])
