"""Results of a wave as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, render_template, request

from core.access import guard, may
from core.errors import PlumblineError
from satisfaction.permissions import READ_TEXT, SEE
from satisfaction.queries import figures as figure_queries
from satisfaction.queries import waves as queries
from satisfaction.rules.items import Kind
from satisfaction.views import blueprint
from satisfaction.views.results.parts import (
    context,
    grid_numbers,
    grid_spec,
    kano_numbers,
    kano_spec,
)

if TYPE_CHECKING:
    from satisfaction.results import Grid, ItemResult, Results
    from satisfaction.sheet import Sheet


@blueprint.get("/surveys/waves/<int:wave_id>/results")
@guard(SEE)
def wave_results(wave_id: int) -> Any:
    from satisfaction import results, sheet

    wave = queries.get_wave_for(g.person, wave_id)
    answers, found = results.of_wave(wave)
    derived, problem = derived_grid(answers, found, request.args.get("overall", ""), wave.min_cell)
    grid = derived or found.ipa
    may_read = may(g.person, READ_TEXT, wave.unit.path)
    return render_template(
        "satisfaction/results.html",
        **context(wave, found),
        rated=rated_items(found),
        pairs=[each for each in found.items if each.item.kind == Kind.servqual],
        kanos=[each for each in found.items if each.item.kind == Kind.kano],
        choices=[each for each in found.items if each.item.kind == Kind.choice and each.n >= wave.min_cell],
        previous=figure_queries.previous_values(wave),
        grid=grid,
        grid_numbers=grid_numbers(found, grid) if grid else {},
        grid_spec=grid_spec(found, grid) if grid else None,
        overall=derived.overall if derived else "",
        overall_options=overall_options(found),
        problem=problem,
        kano_spec=kano_spec(found),
        kano_numbers=kano_numbers(found),
        groupings=sheet.group_names(answers) if not found.too_few else {},
        has_texts=any(each.item.kind == Kind.text for each in found.items),
        may_read=may_read,
    )


def rated_items(found: Results) -> list[ItemResult]:
    """Ratings with a figure of their own; importance that is set against a rating stands in the grid."""
    from satisfaction.results import SCORED

    placed = found.ipa.points if found.ipa else {}
    return [
        each
        for each in found.items
        if Kind(each.item.kind) in SCORED
        and not (each.item.kind == Kind.importance and each.item.about_code in placed)
    ]


def overall_options(found: Results) -> list[ItemResult]:
    """Ratings that importance may be derived from; none unless two others are left to derive it for."""
    from satisfaction.results import SCORED

    offered = [
        each
        for each in found.items
        if each.figures and Kind(each.item.kind) in SCORED and each.item.kind != Kind.importance
    ]
    scales = sum(each.item.kind == Kind.scale for each in offered)
    return offered if scales > 2 or (scales == 2 and len(offered) > 2) else []


def derived_grid(answers: Sheet, found: Results, overall: str, min_cell: int) -> tuple[Grid | None, str]:
    """The grid with importance derived from an item, or why there is none."""
    from satisfaction import results

    if not overall or found.too_few or found.find(overall) is None:
        return None, ""
    try:
        return results.derived_grid(answers, overall, min_cell), ""
    except PlumblineError as error:
        return None, str(error)
