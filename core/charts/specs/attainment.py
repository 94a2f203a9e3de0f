"""Attainment over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.charts.marks import verdict_word
from core.charts.numbers import range_text, target_text, value_text
from core.charts.plumb import TONES, in_points
from core.charts.specs.parts import Spec, bounded, tone_scale, whole, x_axis, y_axis, y_domain
from core.figures import Unit, Verdict
from core.i18n import _, format_number

HEIGHT_OF_WORDS = 22  # pixels that the words of a target and a mark beside them need
WIDTH_OF_WORDS = 0.12  # of the width


@dataclass(frozen=True)
class Period:
    """One period of a trend. Values are in the unit's own scale; `value` is None where there are too few data.

    `target` is the one in force in that period. `label` names the period in words ("March 2026", "2026年3月").
    """

    start: date
    label: str
    n: int
    value: float | None
    low: float | None = None
    high: float | None = None
    target: float | None = None
    verdict: Verdict | None = None


def attainment_over_time(periods: Sequence[Period], unit: Unit = "share", *, height: int = 220) -> Spec:
    """Attainment period by period: line, interval band, target with its value, a mark by verdict.

    Periods with too few data leave a gap in the line and an empty mark at the foot. Raises ValueError for no period
    or for more than MAX_POINTS.
    """
    bounded(periods)
    rows = [_period_row(period, unit) for period in periods]
    for before, row, behind in zip([None, *rows[:-1]], rows, [*rows[1:], None], strict=True):
        alone = (before is None or before["value"] is None) and (behind is None or behind["value"] is None)
        row["bar"] = alone or behind is None
    drawn = [row[key] for row in rows for key in ("value", "low", "high", "target") if row[key] is not None]
    domain = y_domain(drawn, unit)
    x = x_axis([period.start for period in periods])
    y = {
        "scale": {"domain": domain, "zero": False, "nice": False},
        "axis": y_axis(domain, unit),
        "title": None,
    }
    layers: list[Spec] = [
        {
            "mark": {
                "type": "area",
                "color": "token:ink-2",
                "opacity": 0.14,
                "invalid": "break-paths-show-path-domains",
            },
            "encoding": {"x": x, "y": {**y, "field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
        },
        # A band needs two neighbours; a period alone, and the last one, show their interval as a bar.
        {
            "transform": [{"filter": "datum.bar && datum.low !== null"}],
            "mark": {"type": "rule", "strokeWidth": 1.5},
            "encoding": {
                "x": x,
                "y": {**y, "field": "low", "type": "quantitative"},
                "y2": {"field": "high"},
                "color": tone_scale("token:edge"),
            },
        },
        {
            "mark": {
                "type": "line",
                "color": "token:ink-2",
                "strokeWidth": 1.5,
                "invalid": "break-paths-show-path-domains",
            },
            "encoding": {"x": x, "y": {**y, "field": "value", "type": "quantitative"}},
        },
    ]
    if any(row["target"] is not None for row in rows):
        layers += _target_layers(rows, x, y, (domain[1] - domain[0]) / height)
    layers.append(
        {
            "transform": [{"filter": "datum.value !== null"}],
            "mark": {"type": "point", "size": 64, "strokeWidth": 1.8, "opacity": 1},
            "encoding": {
                "x": x,
                "y": {**y, "field": "value", "type": "quantitative"},
                "shape": {
                    "field": "tone",
                    "type": "nominal",
                    "scale": {
                        "domain": ["good", "edge", "bad", "plain"],
                        "range": ["circle", "circle", "diamond", "circle"],
                    },
                    "legend": None,
                },
                "stroke": tone_scale("token:edge"),
                "fill": tone_scale("token:surface"),
                "tooltip": _tooltip(),
            },
        }
    )
    last = rows[-1]
    if last["value"] is not None:
        layers.append(
            {
                "data": {"values": [last]},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "baseline": "middle",
                    "dx": 9,
                    "fontWeight": 600,
                    "fontSize": 13,
                    "color": "token:ink",
                },
                "encoding": {
                    "x": x,
                    "y": {**y, "field": "value", "type": "quantitative"},
                    "text": {"field": "value_text"},
                },
            }
        )
    if any(row["value"] is None for row in rows):
        layers.append(
            {
                "transform": [{"filter": "datum.value === null"}],
                "mark": {
                    "type": "point",
                    "size": 60,
                    "stroke": "token:few",
                    "fill": None,
                    "strokeDash": [2, 1.6],
                    "strokeWidth": 1.5,
                    "opacity": 1,
                },
                "encoding": {"x": x, "y": {"value": height - 8}, "tooltip": _tooltip()},
            }
        )
    return {**whole(rows, layers, height), "padding": {"left": 2, "right": 54, "top": 6, "bottom": 2}}


def _period_row(period: Period, unit: Unit) -> dict[str, Any]:
    few = period.value is None or period.verdict == "too_few"

    def points(value: float | None) -> float | None:
        return None if few or value is None else in_points(value, unit)

    interval = _("full count")
    if few:
        interval = "—"
    elif period.low is not None and period.high is not None:
        interval = range_text(period.low, period.high, unit)
    return {
        "start": period.start.isoformat(),
        "label": period.label,
        "value": points(period.value),
        "low": points(period.low),
        "high": points(period.high),
        "target": None if period.target is None else in_points(period.target, unit),
        "tone": "few" if few else TONES[period.verdict] if period.verdict else "plain",
        "value_text": "—" if few or period.value is None else value_text(period.value, unit),
        "interval": interval,
        "n": format_number(period.n),
        "verdict": verdict_word("too_few")
        if few
        else verdict_word(period.verdict)
        if period.verdict
        else "—",
        "target_text": "—" if period.target is None else target_text(period.target, unit),
        "bar": False,
    }


def _target_layers(rows: list[dict[str, Any]], x: Spec, y: Spec, pixel: float) -> list[Spec]:
    """The target as an ink line, stepping where a new version changed it, with its value at each beginning.

    `pixel` is the height of one pixel on the scale of the values.
    """
    near = math.ceil(len(rows) * WIDTH_OF_WORDS)
    labels: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for index, (before, row) in enumerate(zip([None, *rows[:-1]], rows, strict=True)):
        if row["target"] is not None and (before is None or before["target"] != row["target"]):
            beside = [each["value"] for each in rows[index : index + near + 1] if each["value"] is not None]
            words = {**row, "words": _("target %(value)s", value=row["target_text"])}
            labels[_room_above(row["target"], beside, HEIGHT_OF_WORDS * pixel)].append(words)
    return [
        {
            "mark": {
                "type": "line",
                "color": "token:ink",
                "strokeWidth": 1.5,
                "strokeDash": [5, 3],
                "interpolate": "step-after",
                "invalid": "break-paths-show-path-domains",
            },
            "encoding": {"x": x, "y": {**y, "field": "target", "type": "quantitative"}},
        },
        *(
            {
                "data": {"values": some},
                "mark": {"type": "text", "align": "left", "dy": -8 if above else 11, "dx": 2},
                "encoding": {
                    "x": x,
                    "y": {**y, "field": "target", "type": "quantitative"},
                    "text": {"field": "words"},
                },
            }
            for above, some in labels.items()
            if some
        ),
    ]


def _room_above(target: float, beside: Sequence[float], height: float) -> bool:
    """Whether the words of the target stand above its line: there, unless a value is in the way that is not below."""
    above = min((value - target for value in beside if value >= target), default=math.inf)
    below = min((target - value for value in beside if value < target), default=math.inf)
    return above >= height or above >= below


def _tooltip() -> list[Spec]:
    return [
        {"field": "label", "title": _("Period")},
        {"field": "value_text", "title": _("Value")},
        {"field": "interval", "title": _("Interval")},
        {"field": "n", "title": "n"},
        {"field": "target_text", "title": _("Target")},
        {"field": "verdict", "title": _("State")},
    ]
