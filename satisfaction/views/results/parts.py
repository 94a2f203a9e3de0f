"""What the pages of results share: words, scales, charts with their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.i18n import _, format_interval, format_number, pick
from satisfaction import charts
from satisfaction.models import Wave
from satisfaction.queries import waves as queries
from satisfaction.rules.items import DIMENSIONS, KIND_SHORT, bounds
from satisfaction.showing import CATEGORIES, MEASURES, METHODS, QUADRANTS, interval_of, value_of

if TYPE_CHECKING:  # they bring numerical libraries, which a process loads when somebody asks for results
    from core.figures import Figure
    from satisfaction.results import Grid, GridPoint, ItemResult, Results
    from satisfaction.sheet import Question


def dimension_word(name: str) -> str:
    return str(DIMENSIONS.get(name, name))


def context(wave: Wave, found: Results) -> dict[str, Any]:
    """What every template of results takes."""
    from satisfaction.results import MIN_N

    return {
        "wave": wave,
        "found": found,
        "value_of": value_of,
        "interval_of": interval_of,
        "measures": MEASURES,
        "methods": METHODS,
        "kind_short": KIND_SHORT,
        "dimension_word": dimension_word,
        "bounds": scale_of,
        "option_words": option_words,
        "categories": CATEGORIES,
        "quadrants": QUADRANTS,
        "waiting": queries.count_answered(wave.id) - found.size,
        "min_n": MIN_N,
    }


def scale_of(each: ItemResult, measure: str) -> tuple[float, float]:
    """Ends of the scale on which a measure of an item stands."""
    match measure:
        case "nps":
            return -100.0, 100.0
        case "top" | "csat" | "better":
            return 0.0, 1.0
        case "gap":
            low, high = bounds(each.item)
            return float(low - high), float(high - low)
        case "worse":
            return -1.0, 0.0
    low, high = bounds(each.item)
    return float(low), float(high)


def option_words(item: Question, number: int) -> str:
    option = item.options[number - 1]
    return pick(option.get("en"), option.get("zh"))


# --- importance against performance --------------------------------------------------------------------------


def sides_of(point: GridPoint, grid: Grid) -> list[tuple[str, str, Figure]]:
    """Importance and performance: value and interval in words, and the figure; a derived importance is a share of R²."""
    return [
        (_number(figure, decimals), _range(figure, decimals), figure)
        for figure, decimals in ((point.importance, 3 if grid.overall else 2), (point.performance, 2))
    ]


def _number(figure: Figure, decimals: int) -> str:
    return format_number(figure.value, decimals) if figure.value is not None else "—"


def _range(figure: Figure, decimals: int) -> str:
    if figure.low is None or figure.high is None:
        return "—"
    return format_interval(figure.low, figure.high, scale=1, decimals=decimals)


def grid_numbers(found: Results, grid: Grid) -> dict[str, list[Any]]:
    """The numbers behind the quadrants, what to improve first on top."""
    decimals = 3 if grid.overall else 2
    rows = []
    for code, point in grid.points.items():
        each = found.find(code)
        rows.append(
            [
                f"{code} {each.item.text if each else ''}",
                _number(point.importance, decimals),
                _range(point.importance, decimals),
                format_number(point.importance.n),
                _number(point.performance, 2),
                _range(point.performance, 2),
                format_number(point.performance.n),
                str(QUADRANTS[point.quadrant]),
            ]
        )
    first = str(QUADRANTS["concentrate here"])
    interval = _("95% interval")
    return {
        "header": [_("Item"), _("Importance"), interval, "n", _("Performance"), interval, "n", _("Quadrant")],
        "rows": sorted(rows, key=lambda row: (row[-1] != first, row[-1])),
    }


def grid_spec(found: Results, grid: Grid, *, height: int = 380) -> dict[str, Any]:
    decimals = 3 if grid.overall else 2
    points = []
    for code, point in grid.points.items():
        each = found.find(code)
        points.append(
            charts.Point(
                code,
                f"{code} {each.item.text[:60] if each else ''}",
                point.importance.value or 0.0,
                point.performance.value or 0.0,
                f"{_number(point.importance, decimals)} ({_range(point.importance, decimals)})",
                f"{_number(point.performance, 2)} ({_range(point.performance, 2)})",
                str(QUADRANTS[point.quadrant]),
                _ends(point.importance),
                _ends(point.performance),
            )
        )
    x, y = grid.crosshair
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
        height=height,
    )


def _ends(figure: Figure) -> tuple[float, float] | None:
    return None if figure.low is None or figure.high is None else (figure.low, figure.high)


# --- Kano ----------------------------------------------------------------------------------------------------


def _drawn(found: Results) -> list[ItemResult]:
    return [each for each in found.items if {"better", "worse"} <= set(each.figures)]


def _with_interval(each: ItemResult, measure: str) -> str:
    figure = each.figures[measure]
    return f"{value_of(figure.value, measure)} ({interval_of(figure, measure)})"


def kano_numbers(found: Results) -> dict[str, list[Any]]:
    interval = _("95% interval")
    return {
        "header": [_("Item"), _("Worse"), interval, _("Better"), interval, "n", _("Category")],
        "rows": [
            [
                f"{each.item.code} {each.item.text}",
                value_of(each.figures["worse"].value, "worse"),
                interval_of(each.figures["worse"], "worse"),
                value_of(each.figures["better"].value, "better"),
                interval_of(each.figures["better"], "better"),
                format_number(each.figures["better"].n),
                str(CATEGORIES[each.detail["category"]]),
            ]
            for each in _drawn(found)
        ],
    }


def kano_spec(found: Results) -> dict[str, Any] | None:
    points = [
        charts.Point(
            each.item.code,
            f"{each.item.code} {each.item.text[:60]}",
            -(each.figures["worse"].value or 0.0),
            each.figures["better"].value or 0.0,
            _with_interval(each, "worse"),
            _with_interval(each, "better"),
            str(CATEGORIES[each.detail["category"]]),
        )
        for each in _drawn(found)
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
