"""All figures of a wave as a file: XLSX or CSV."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from flask import Response, g, request, send_file

from core.access import guard
from core.documents import spreadsheets
from core.figures import Figure
from core.i18n import _
from satisfaction.permissions import SEE
from satisfaction.queries import waves as queries
from satisfaction.showing import CATEGORIES, MEASURES, METHODS, QUADRANTS
from satisfaction.views import blueprint
from satisfaction.views.results.parts import dimension_word, option_words
from satisfaction.views.results.whole import overall_options

if TYPE_CHECKING:
    from satisfaction.models import Wave
    from satisfaction.results import Grid, Group, ItemResult, Results

Row = list[Any]
WIDTHS = (10, 60, 24, 24, 12, 10, 10, 8, 10, 22)


@blueprint.get("/surveys/waves/<int:wave_id>/results.xlsx")
@guard(SEE)
def results_file(wave_id: int) -> Response:
    """All figures of the wave, and of one grouping, as a workbook; what is withheld on the page is withheld here."""
    wave = queries.get_wave_for(g.person, wave_id)
    buffer = io.BytesIO()
    spreadsheets.write_xlsx(buffer, _header(), _rows(wave), widths=WIDTHS, sheet=wave.code, title=wave.name)
    buffer.seek(0)
    return send_file(
        buffer,
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_attachment=True,
        download_name=f"{wave.code}-results.xlsx",
    )


@blueprint.get("/surveys/waves/<int:wave_id>/results.csv")
@guard(SEE)
def results_table(wave_id: int) -> Response:
    """The same figures as text."""
    wave = queries.get_wave_for(g.person, wave_id)
    return send_file(
        io.BytesIO(b"".join(spreadsheets.csv_lines(_header(), _rows(wave)))),
        mimetype="text/csv",
        as_attachment=True,
        download_name=f"{wave.code}-results.csv",
    )


def _header() -> list[str]:
    return [
        _("Item"), _("Question asked"), _("Group"), _("Measure"), _("Result"), _("Lower end"), _("Upper end"), "n",
        _("Target"), _("Method"),
    ]  # fmt: skip


def _rows(wave: Wave) -> list[Row]:
    from satisfaction import results, sheet

    answers, found = results.of_wave(wave)
    by, overall = request.args.get("by", ""), request.args.get("overall", "")
    overall = overall if overall in {each.item.code for each in overall_options(found)} else ""
    groups: list[Group] = []
    if by and not found.too_few and by in sheet.group_names(answers):
        groups = results.groups_of(wave, by, overall)
    grid = found.ipa
    if overall:
        from satisfaction.views.results.whole import derived_grid

        grid = derived_grid(answers, found, overall, wave.min_cell)[0]
    return [*_of_whole(found, grid), *(row for group in groups for row in _of_group(found, group))]


def _line(code: str, text: str, group: str, measure: str, figure: Figure) -> Row:
    return [
        code, text, group, measure, figure.value, figure.low, figure.high, figure.n, figure.target,
        str(METHODS.get(figure.method, figure.method)),
    ]  # fmt: skip


def _of_whole(found: Results, grid: Grid | None) -> Iterator[Row]:
    everybody = _("all")
    for each in found.items:
        yield from _of_item(each, everybody, each.figures, each.shares, each.detail)
    for dimension in found.dimensions:
        for measure, figure in dimension.figures.items():
            yield _line("", dimension_word(dimension.name), everybody, str(MEASURES[measure]), figure)
    yield from _of_grid(found, everybody, grid)


def _of_item(
    each: ItemResult, group: str, figures: dict[str, Figure], shares: list[Figure], detail: dict[str, Any]
) -> Iterator[Row]:
    code, text = each.item.code, each.item.text
    for measure, figure in figures.items():
        yield _line(code, text, group, str(MEASURES[measure]), figure)
    if detail.get("category"):
        category = str(CATEGORIES[detail["category"]])
        if detail.get("tie"):
            tie = _("a tie")
            category = f"{category} ({tie})"
        n = sum(detail["counts"].values())
        yield [code, text, group, _("Category"), category, None, None, n, None, _("Kano")]
    if each.item.kind == "choice":
        for (number, _count), share in zip(each.counts, shares, strict=False):
            yield _line(code, text, group, option_words(each.item, number), share)


def _of_grid(found: Results, group: str, grid: Grid | None) -> Iterator[Row]:
    for code, point in (grid.points if grid else {}).items():
        each = found.find(code)
        text = each.item.text if each else ""
        for measure, figure in (("importance", point.importance), ("performance", point.performance)):
            yield _line(code, text, group, str(MEASURES[measure]), figure)
        n = min(point.importance.n, point.performance.n)
        yield [code, text, group, _("Quadrant"), str(QUADRANTS[point.quadrant]), None, None, n, None, ""]


def _of_group(found: Results, group: Group) -> Iterator[Row]:
    for code, cell in group.items.items():
        each = found.find(code)
        assert each is not None
        if cell is None:
            yield from _withheld(code, each.item.text, group, list(each.figures) or ["share"])
        else:
            yield from _of_item(each, group.label, cell.figures, cell.shares, cell.detail)
    names = {dimension.key: dimension for dimension in found.dimensions}
    for key, cell in group.dimensions.items():
        if key not in names:
            continue
        name = dimension_word(names[key].name)
        if cell is None:
            yield from _withheld("", name, group, names[key].figures)
            continue
        for measure, figure in cell.figures.items():
            yield _line("", name, group.label, str(MEASURES[measure]), figure)
    yield from _of_grid(found, group.label, group.grid)


def _withheld(code: str, text: str, group: Group, measures: Iterable[str]) -> Iterator[Row]:
    for measure in measures:
        yield [code, text, group.label, str(MEASURES[measure]), _("withheld"), None, None, None, None, ""]
