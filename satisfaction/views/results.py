"""Results of a wave: by item, dimension and group, with what lies behind each figure."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import Response, g, render_template, request, send_file

from core.access import guard, may
from core.charts.specs import Period, attainment_over_time
from core.documents import spreadsheets
from core.errors import NotFound, PlumblineError
from core.figures import Figure
from core.i18n import _, format_number, format_share
from satisfaction import charts
from satisfaction.models import Wave
from satisfaction.permissions import READ_TEXT, SEE, SURVEY
from satisfaction.queries import figures as figure_queries
from satisfaction.queries import waves as queries
from satisfaction.rules.items import DIMENSIONS, KANO_ANSWERS, KIND_SHORT, Kind, bounds
from satisfaction.showing import CATEGORIES, MEASURES, METHODS, QUADRANTS, interval_of, signed, value_of
from satisfaction.views import blueprint

if TYPE_CHECKING:  # they bring numerical libraries, which a process loads when somebody asks for results
    from satisfaction.results import Group, ItemResult, Results
    from satisfaction.sheet import Question

PLUMB_SCALE = {"mean": 1.0, "ces": 1.0, "nps": 25.0, "csat": 10.0}


def dimension_word(name: str) -> str:
    return str(DIMENSIONS.get(name, name))


def _context(wave: Wave, found: Results) -> dict[str, Any]:
    from satisfaction.results import MIN_N

    given = queries.count_given(wave.id)
    return {
        "wave": wave,
        "found": found,
        "value_of": value_of,
        "interval_of": interval_of,
        "measures": MEASURES,
        "methods": METHODS,
        "kind_short": KIND_SHORT,
        "dimension_word": dimension_word,
        "plumb_scale": PLUMB_SCALE,
        "bounds": _scale_of,
        "waiting": queries.count_answered(wave.id) - found.size,
        "given": given,
        "min_n": MIN_N,
    }


def _scale_of(each: ItemResult, measure: str) -> tuple[float, float]:
    """Ends of the scale on which a measure of an item stands."""
    match measure:
        case "nps":
            return -100.0, 100.0
        case "top" | "csat":
            return 0.0, 1.0
        case "gap":
            low, high = bounds(each.item)
            return float(low - high), float(high - low)
        case "better":
            return 0.0, 1.0
        case "worse":
            return -1.0, 0.0
    low, high = bounds(each.item)
    return float(low), float(high)


@blueprint.get("/surveys/waves/<int:wave_id>/results")
@guard(SEE)
def wave_results(wave_id: int) -> Any:
    from satisfaction import results, sheet

    wave = queries.get_wave_for(g.person, wave_id)
    answers, found = results.of_wave(wave)
    groupings = sheet.group_names(answers) if not found.too_few else {}
    by = request.args.get("by", "")
    by = by if by in groupings else ""
    groups = results.groups_of(wave, by) if by else []
    overall = request.args.get("overall", "")
    derived, problem = _derived(answers, found, overall)
    grid = derived or found.ipa
    # importance that is set against a rating stands in the grid
    paired = set(found.ipa["items"]) if found.ipa else set()
    rated = [
        each
        for each in found.items
        if Kind(each.item.kind) in results.SCORED
        and not (each.item.kind == Kind.importance and each.item.about_code in paired)
    ]
    return render_template(
        "satisfaction/results.html",
        **_context(wave, found),
        rated=rated,
        pairs=[each for each in found.items if each.item.kind == Kind.servqual],
        kanos=[each for each in found.items if each.item.kind == Kind.kano],
        choices=[each for each in found.items if each.item.kind == Kind.choice and each.n >= wave.min_cell],
        previous=figure_queries.previous_values(wave),
        grid=grid,
        grid_table=_grid_table(found, grid) if grid else [],
        grid_spec=_grid_spec(found, grid) if grid else None,
        derived=derived is not None,
        overall=overall if derived else "",
        overall_options=[each.item for each in rated if each.n and each.item.kind != Kind.importance],
        problem=problem,
        kano_spec=_kano_spec(found),
        kano_table=_kano_table(found),
        categories=CATEGORIES,
        quadrants=QUADRANTS,
        groupings=groupings,
        by=by,
        groups=groups,
        option_words=_option_words,
        texts=queries.count_texts(wave.id) if may(g.person, READ_TEXT, wave.unit.path) else 0,
        has_texts=any(each.item.kind == Kind.text for each in found.items),
        may_read=may(g.person, READ_TEXT, wave.unit.path),
        may_write=may(g.person, SURVEY, wave.unit.path),
    )


def _option_words(item: Question, number: int) -> str:
    from core.i18n import pick

    option = item.options[number - 1]
    return pick(option.get("en"), option.get("zh"))


def _derived(answers: Any, found: Results, overall: str) -> tuple[dict[str, Any] | None, str]:
    from satisfaction.results import derived_ipa

    if not overall or found.too_few or found.find(overall) is None:
        return None, ""
    try:
        return derived_ipa(answers, overall), ""
    except PlumblineError as error:
        return None, str(error)


def _grid_table(found: Results, grid: dict[str, Any]) -> list[list[str]]:
    """The numbers behind the quadrants, what to improve first on top."""
    rows = []
    for code, one in grid["items"].items():
        each = found.find(code)
        rows.append(
            [
                f"{code} {each.item.text if each else ''}",
                format_number(one["importance"], 3 if grid.get("r2") is not None else 2),
                format_number(one["performance"], 2),
                str(QUADRANTS[one["quadrant"]]),
            ]
        )
    first = str(QUADRANTS["concentrate here"])
    return sorted(rows, key=lambda row: (row[3] != first, row[3]))


def _kano_table(found: Results) -> list[list[str]]:
    return [
        [
            f"{each.item.code} {each.item.text}",
            value_of(each.figures["worse"].value, "worse"),
            value_of(each.figures["better"].value, "better"),
            str(CATEGORIES[each.detail["category"]]),
        ]
        for each in found.items
        if "better" in each.figures and "worse" in each.figures
    ]


def _grid_spec(found: Results, grid: dict[str, Any]) -> dict[str, Any]:
    points = []
    for code, one in grid["items"].items():
        each = found.find(code)
        points.append(
            charts.Point(
                code,
                f"{code} {each.item.text[:60] if each else ''}",
                one["importance"],
                one["performance"],
                format_number(one["importance"], 2),
                format_number(one["performance"], 2),
                str(QUADRANTS[one["quadrant"]]),
            )
        )
    x, y = grid["crosshair"]
    return charts.quadrants(
        points,
        x,
        y,
        _("Importance"),
        _("Performance"),
        tuple(
            str(QUADRANTS[name])
            for name in ("possible overkill", "keep up the good work", "low priority", "concentrate here")
        ),  # type: ignore[arg-type]  # four of them
    )


def _kano_spec(found: Results) -> dict[str, Any] | None:
    points = [
        charts.Point(
            each.item.code,
            f"{each.item.code} {each.item.text[:60]}",
            -(each.figures["worse"].value or 0.0),
            each.figures["better"].value or 0.0,
            signed(each.figures["worse"].value or 0.0, 2),
            signed(each.figures["better"].value or 0.0, 2),
            str(CATEGORIES[each.detail["category"]]),
        )
        for each in found.items
        if "better" in each.figures and "worse" in each.figures
    ]
    if not points:
        return None
    return charts.quadrants(
        points,
        0.5,
        0.5,
        _("Worse if it is missing"),
        _("Better if it is there"),
        (str(CATEGORIES["A"]), str(CATEGORIES["O"]), str(CATEGORIES["I"]), str(CATEGORIES["M"])),
        x_domain=(0.0, 1.0),
        y_domain=(0.0, 1.0),
    )


# --- how a figure was computed -------------------------------------------------------------------------------


@blueprint.get("/surveys/waves/<int:wave_id>/results/<item_code>")
@guard(SEE)
def item_result(wave_id: int, item_code: str) -> Any:
    """One item: its answers, how its figure was computed, its trend over the waves."""
    from satisfaction import results

    wave = queries.get_wave_for(g.person, wave_id)
    _answers, found = results.of_wave(wave)
    each = found.find(item_code)
    if each is None or each.item.kind == Kind.text:
        raise NotFound
    trend = figure_queries.trend(wave, each.item.code, each.main_measure)
    return render_template(
        "satisfaction/how.html",
        **_context(wave, found),
        each=each,
        measure=each.main_measure,
        categories=CATEGORIES,
        kano_answers=KANO_ANSWERS,
        share=lambda count: format_share(count / each.n) if each.n else "—",
        option_words=_option_words,
        trend=trend,
        trend_spec=_trend_spec(trend, each.main_measure) if len(trend) > 1 else None,
        trend_table=[
            [
                one.name,
                value_of(figure.value, each.main_measure),
                interval_of(figure, each.main_measure),
                format_number(figure.n),
            ]
            for one, figure in trend
        ],
        engine_version=results.ENGINE_VERSION,
    )


def _trend_spec(trend: list[tuple[Wave, Figure]], measure: str) -> dict[str, Any]:
    periods = [
        Period(
            start=wave.first_day or (wave.closed_at or wave.created_at).date(),
            label=wave.name,
            n=figure.n,
            value=figure.value,
            low=figure.low,
            high=figure.high,
            target=figure.target,
            verdict=figure.verdict,
        )
        for wave, figure in trend
    ]
    seen: set[date] = set()
    unique = []
    for period in periods:  # two waves that begin on one day stand a day apart
        start = period.start
        while start in seen:
            start = date.fromordinal(start.toordinal() + 1)
        seen.add(start)
        unique.append(
            Period(
                start,
                period.label,
                period.n,
                period.value,
                period.low,
                period.high,
                period.target,
                period.verdict,
            )
        )
    return attainment_over_time(
        sorted(unique, key=lambda period: period.start), figure_queries.UNITS[measure]
    )


# --- export --------------------------------------------------------------------------------------------------


@blueprint.get("/surveys/waves/<int:wave_id>/results.xlsx")
@guard(SEE)
def results_file(wave_id: int) -> Response:
    """All figures of the wave, and of one grouping, as a workbook; what is withheld on the page is withheld here."""
    from satisfaction import results, sheet

    wave = queries.get_wave_for(g.person, wave_id)
    answers, found = results.of_wave(wave)
    by = request.args.get("by", "")
    groups: list[Group] = []
    if by and not found.too_few and by in sheet.group_names(answers):
        groups = results.groups_of(wave, by)
    buffer = io.BytesIO()
    spreadsheets.write_xlsx(
        buffer,
        [_("Item"), _("Question asked"), _("Group"), _("Measure"), _("Result"), _("Lower end"), _("Upper end"), "n", _("Target"), _("Method")],
        _export_rows(found, groups),
        widths=[10, 60, 24, 16, 10, 10, 10, 8, 10, 14],
        sheet=wave.code,
        title=wave.name,
    )  # fmt: skip
    buffer.seek(0)
    return send_file(
        buffer,
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_attachment=True,
        download_name=f"{wave.code}-results.xlsx",
    )


def _export_rows(found: Results, groups: list[Group]) -> list[list[Any]]:
    def line(code: str, text: str, group: str, measure: str, figure: Figure | None) -> list[Any]:
        name = str(MEASURES[measure])
        if figure is None:
            return [code, text, group, name, _("withheld"), None, None, None, None, ""]
        return [
            code, text, group, name, figure.value, figure.low, figure.high, figure.n, figure.target, figure.method,
        ]  # fmt: skip

    whole = _("all")
    rows = []
    for each in found.items:
        for measure, figure in each.figures.items():
            rows.append(line(each.item.code, each.item.text, whole, measure, figure))
        if each.item.kind == Kind.kano and each.detail.get("category"):
            rows.append([each.item.code, each.item.text, whole, _("Category"), str(CATEGORIES[each.detail["category"]]), None, None, each.detail["n_pairs"], None, "kano"])  # fmt: skip
    for name, figures, _detail in found.dimensions:
        rows += [
            line("", dimension_word(name), whole, measure, figure) for measure, figure in figures.items()
        ]
    for group in groups:
        for code, shown in group.figures.items():
            owner = found.find(code)
            if owner is not None:
                rows.append(line(code, owner.item.text, group.label, owner.main_measure, shown))
    return rows
