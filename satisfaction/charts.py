"""Charts of surveys: two measures of items in four quadrants, and small bars in tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from core.charts.specs.parts import SCHEMA, Spec, bounded
from core.charts.theme import CONFIG
from core.figures import Figure
from core.i18n import _


@dataclass(frozen=True, slots=True)
class Point:
    """`code` is written at the point; `x_text` and `y_text` are the values in words, with their intervals if any.
    `x_ends` and `y_ends` are the intervals, drawn as thin lines through the point."""

    code: str
    label: str
    x: float
    y: float
    x_text: str
    y_text: str
    place: str
    x_ends: tuple[float, float] | None = None
    y_ends: tuple[float, float] | None = None


def quadrants(
    points: Sequence[Point],
    x: float,
    y: float,
    x_title: str,
    y_title: str,
    corners: tuple[str, str, str, str],
    *,
    x_domain: tuple[float, float] | None = None,
    y_domain: tuple[float, float] | None = None,
    height: int = 380,
) -> Spec:
    """A scatter of items with two crossing lines. `corners` name upper left, upper right, lower left, lower right.

    Raises ValueError for no point or too many.
    """
    bounded(points)
    across = x_domain or _room([end for point in points for end in (point.x, *(point.x_ends or ()))], x)
    along = y_domain or _room([end for point in points for end in (point.y, *(point.y_ends or ()))], y)
    x_scale: Spec = {"domain": list(across), "nice": False, "zero": False}
    y_scale: Spec = {"domain": list(along), "nice": False, "zero": False}
    rows = [
        {
            "code": point.code, "label": point.label, "x": point.x, "y": point.y, "xt": point.x_text,
            "yt": point.y_text, "place": point.place,
        } | _ends(point)
        for point in points
    ]  # fmt: skip
    x_axis = {
        "field": "x",
        "type": "quantitative",
        "scale": x_scale,
        "title": x_title,
        "axis": {"grid": False, "tickCount": 6},
    }
    y_axis = {
        "field": "y",
        "type": "quantitative",
        "scale": y_scale,
        "title": y_title,
        "axis": {"tickCount": 6, "titlePadding": 10},
    }
    words = [
        {"x": across[0], "y": along[1], "words": corners[0], "align": "left", "down": 12},
        {"x": across[1], "y": along[1], "words": corners[1], "align": "right", "down": 12},
        {"x": across[0], "y": along[0], "words": corners[2], "align": "left", "down": -10},
        {"x": across[1], "y": along[0], "words": corners[3], "align": "right", "down": -10},
    ]
    layers: list[Spec] = [
        {"data": {"values": [{"x": x}]}, "mark": {"type": "rule", "color": "token:ink", "strokeWidth": 1.2}, "encoding": {"x": {"field": "x", "type": "quantitative", "scale": x_scale}}},
        {"data": {"values": [{"y": y}]}, "mark": {"type": "rule", "color": "token:ink", "strokeWidth": 1.2}, "encoding": {"y": {"field": "y", "type": "quantitative", "scale": y_scale}}},
        *(
            {
                "data": {"values": [each]},
                "mark": {"type": "text", "align": each["align"], "dy": each["down"], "dx": 4 if each["align"] == "left" else -4, "color": "token:ink-3"},
                "encoding": {"x": {"field": "x", "type": "quantitative", "scale": x_scale}, "y": {"field": "y", "type": "quantitative", "scale": y_scale}, "text": {"field": "words"}},
            }
            for each in words
            if each["words"]
        ),
        *(
            {
                "transform": [{"filter": f"isValid(datum.{axis}l)"}],
                "mark": {"type": "rule", "color": "token:ink-2", "strokeWidth": 1, "opacity": 0.45},
                "encoding": {"x": x_axis, "y": y_axis} | {axis: {**own, "field": f"{axis}l"}, f"{axis}2": {"field": f"{axis}h"}},
            }
            for axis, own in (("x", x_axis), ("y", y_axis))
            if any(f"{axis}l" in row for row in rows)
        ),
        {
            "mark": {"type": "point", "size": 56, "filled": True, "fill": "token:ink-2", "stroke": "token:surface", "opacity": 1},
            "encoding": {
                "x": x_axis, "y": y_axis,
                "tooltip": [
                    {"field": "label", "title": _("Item")}, {"field": "xt", "title": x_title},
                    {"field": "yt", "title": y_title}, {"field": "place", "title": _("Quadrant")},
                ],
            },
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 8, "dy": -6, "color": "token:ink", "fontWeight": 500},
            "encoding": {"x": x_axis, "y": y_axis, "text": {"field": "code"}},
        },
    ]  # fmt: skip
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding", "resize": True},
        "padding": {"left": 4, "right": 40, "top": 8, "bottom": 4},
        "config": CONFIG,
        "data": {"values": rows},
        "layer": layers,
    }


def _ends(point: Point) -> Spec:
    made: Spec = {}
    for axis, ends in (("x", point.x_ends), ("y", point.y_ends)):
        if ends is not None:
            made |= {f"{axis}l": ends[0], f"{axis}h": ends[1]}
    return made


def _room(values: list[float], line: float) -> tuple[float, float]:
    low, high = min([*values, line]), max([*values, line])
    room = (high - low) * 0.12 or 0.5
    return low - room, high + room


def range_bar(figure: Figure, low: float, high: float) -> Markup:
    """Where a value lies on its scale, with its interval: an inline drawing of fixed width, told in words as well."""
    if figure.value is None or high <= low:
        return Markup("")

    def place(value: float) -> float:
        return 4 + 112 * min(1.0, max(0.0, (value - low) / (high - low)))

    at = place(figure.value)
    drawn = '<line class="sv-axis" x1="4" x2="116" y1="9" y2="9"/><line class="sv-axis" x1="4" x2="4" y1="6" y2="12"/><line class="sv-axis" x1="116" x2="116" y1="6" y2="12"/>'
    if low < 0 < high:
        drawn += f'<line class="sv-axis" x1="{place(0):.1f}" x2="{place(0):.1f}" y1="6" y2="12"/>'
    if figure.low is not None and figure.high is not None:
        first, last = place(figure.low), place(figure.high)
        drawn += f'<rect class="sv-ci" x="{first:.1f}" width="{max(1.0, last - first):.1f}" y="5" height="8" rx="2"/>'
    drawn += f'<circle class="sv-dot" cx="{at:.1f}" cy="9" r="3.2"/>'
    if figure.target is not None:
        drawn += f'<line class="sv-target" x1="{place(figure.target):.1f}" x2="{place(figure.target):.1f}" y1="2" y2="16"/>'
    label = escape(_("On a scale from %(low)s to %(high)s", low=f"{low:g}", high=f"{high:g}"))
    return Markup(  # noqa: S704 - numbers, and the label is escaped
        f'<svg class="sv-range" width="120" height="18" viewBox="0 0 120 18" role="img" aria-label="{label}">{drawn}</svg>'
    )


def share_bar(share: float) -> Markup:
    """A share as a bar that begins at nothing; its number stands beside it."""
    width = 120 * min(1.0, max(0.0, share))
    return Markup(  # noqa: S704 - a number
        f'<svg class="sv-share" width="120" height="10" viewBox="0 0 120 10" aria-hidden="true"><rect class="sv-track" width="120" height="10" rx="2"/><rect class="sv-fill" width="{width:.1f}" height="10" rx="2"/></svg>'
    )


WIDE, HIGH = 132, 30


def _at(value: float, low: float, high: float) -> float:
    return 5 + (WIDE - 10) * min(1.0, max(0.0, (value - low) / (high - low)))


def _strip(label: str, *drawn: str) -> Markup:
    return Markup(  # noqa: S704 - numbers, and the label is escaped
        f'<svg class="sv-strip" width="{WIDE}" height="{HIGH}" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(label)}">'
        f'<line class="sv-axis" x1="5" x2="{WIDE - 5}" y1="15" y2="15"/>{"".join(drawn)}</svg>'
    )


def _upright(css: str, value: float | None, low: float, high: float) -> str:
    if value is None or not low <= value <= high:
        return ""
    x = f"{_at(value, low, high):.1f}"
    return f'<line class="{css}" x1="{x}" x2="{x}" y1="0" y2="{HIGH}"/>'


def _spot(figure: Figure | None, low: float, high: float, *, hollow: bool = False) -> str:
    if figure is None or figure.value is None:
        return ""
    drawn = ""
    if figure.low is not None and figure.high is not None:
        first, last = _at(figure.low, low, high), _at(figure.high, low, high)
        drawn = f'<rect class="sv-ci" x="{first:.1f}" width="{max(1.0, last - first):.1f}" y="11" height="8" rx="2"/>'
    css = "sv-ring" if hollow else "sv-dot"
    return drawn + f'<circle class="{css}" cx="{_at(figure.value, low, high):.1f}" cy="15" r="3.4"/>'


def spot_strip(figure: Figure, low: float, high: float, whole: Figure | None = None) -> Markup:
    """A group's figure with its interval from `low` to `high`; dotted the figure of the whole wave, upright its target."""
    return _strip(
        _("From %(low)s to %(high)s", low=f"{low:g}", high=f"{high:g}"),
        _upright("sv-whole", whole.value if whole else None, low, high),
        _upright("sv-target", whole.target if whole else None, low, high),
        _spot(figure, low, high),
    )


def pair_strip(expected: Figure, perceived: Figure, low: float, high: float) -> Markup:
    """Expected as a ring, perceived as a dot, each with its interval; the line between them is the gap."""
    ends = [_at(each.value or 0.0, low, high) for each in (expected, perceived)]
    return _strip(
        _(
            "Expected as a ring, perceived as a dot, from %(low)s to %(high)s",
            low=f"{low:g}",
            high=f"{high:g}",
        ),
        f'<line class="sv-between" x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="15" y2="15"/>',
        _spot(expected, low, high, hollow=True),
        _spot(perceived, low, high),
    )


def kano_strip(better: Figure | None, worse: Figure | None) -> Markup:
    """Worse left and Better right of nothing, each with its interval."""
    return _strip(
        _("Worse to the left, Better to the right, from −1 to +1"),
        _upright("sv-axis", 0.0, -1.0, 1.0),
        _spot(worse, -1.0, 1.0, hollow=True),
        _spot(better, -1.0, 1.0),
    )


GLOBALS: dict[str, Any] = {
    "survey_range": range_bar,
    "survey_share": share_bar,
    "survey_spot": spot_strip,
    "survey_pair": pair_strip,
    "survey_kano": kano_strip,
}
