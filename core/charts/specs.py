"""Vega-Lite specifications, one for the page and for paper.

Plain dicts made by small functions. Colours are tokens (see theme), shares are drawn in per cent, dates are days
without a time and read as UTC everywhere, so no viewer's time zone can move a point. Words come through gettext, so a
specification is made in the language it is read in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from core.charts.marks import verdict_word
from core.charts.numbers import range_text, target_text, value_text
from core.charts.plumb import TONES, Tone, in_points
from core.figures import Figure, Unit, Verdict
from core.i18n import _, format_number, language

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
MAX_POINTS: Final = 2000

Spec = dict[str, Any]


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


@dataclass(frozen=True)
class Week:
    """One point of a before/after chart: a week (or other short period) and its share or mean."""

    start: date
    label: str
    n: int
    value: float | None


@dataclass(frozen=True)
class Phase:
    """Before or after: the days it covers, both ends included, and the figure of the whole of it."""

    first: date
    last: date
    figure: Figure
    tone: Tone


def attainment_over_time(periods: Sequence[Period], unit: Unit = "share", *, height: int = 220) -> Spec:
    """Attainment period by period: line, interval band, target with its value, a mark by verdict.

    Periods with too few data leave a gap in the line and an empty mark at the foot. Raises ValueError for no period
    or for more than MAX_POINTS.
    """
    _bounded(periods)
    rows = [_period_row(period, unit) for period in periods]
    for before, row, behind in zip([None, *rows[:-1]], rows, [*rows[1:], None], strict=True):
        alone = (before is None or before["value"] is None) and (behind is None or behind["value"] is None)
        row["bar"] = alone or behind is None
    drawn = [row[key] for row in rows for key in ("value", "low", "high", "target") if row[key] is not None]
    domain = _domain(drawn, unit)
    x = _x_axis([period.start for period in periods])
    y = {
        "scale": {"domain": domain, "zero": False, "nice": False},
        "axis": _y_axis(domain, unit),
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
                "color": _tone_scale("token:edge"),
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
        layers += _target_layers(rows, x, y)
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
                "stroke": _tone_scale("token:edge"),
                "fill": _tone_scale("token:surface"),
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
                    "align": "right",
                    "dy": -14,
                    "dx": -8,
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
    return _whole(rows, layers, height)


def before_after(
    weeks: Sequence[Week],
    before: Phase,
    after: Phase,
    target: float | None,
    unit: Unit = "share",
    *,
    height: int = 230,
) -> Spec:
    """Did the action work: a dot per week, the mean of each phase with its band, the days between greyed and left out.

    Dots outside both phases are not drawn. `target` is in the unit's own scale. Raises ValueError when the phases
    overlap, have no value, or there are more than MAX_POINTS weeks.
    """
    if before.last >= after.first:
        raise ValueError(f"before ends on {before.last}, after begins on {after.first}: they overlap")
    if before.figure.value is None or after.figure.value is None:
        raise ValueError("before and after both need a value")
    if len(weeks) > MAX_POINTS:
        raise ValueError(f"at most {MAX_POINTS} points can be drawn, got {len(weeks)}")
    dots: list[dict[str, Any]] = [
        {
            "start": week.start.isoformat(),
            "value": in_points(week.value, unit),
            "label": week.label,
            "value_text": value_text(week.value, unit),
            "n": format_number(week.n),
        }
        for week in weeks
        if week.value is not None
        and (before.first <= week.start <= before.last or after.first <= week.start <= after.last)
    ]
    phases = [
        _phase_row(before, _("before"), unit, dots),
        _phase_row(after, _("after"), unit, dots),
    ]
    goal = None if target is None else in_points(target, unit)
    drawn: list[float] = [dot["value"] for dot in dots]
    drawn += [row[key] for row in phases for key in ("low", "high", "value")]
    domain = _domain([*drawn, *([] if goal is None else [goal])], unit, room_below=0.14)
    x_domain = [before.first.isoformat(), (after.last + timedelta(days=1)).isoformat()]
    x = _x_axis([before.first, after.last], domain=x_domain)
    x["axis"]["values"] = [
        before.first.isoformat(),
        before.last.isoformat(),
        after.first.isoformat(),
        after.last.isoformat(),
    ]
    y = {
        "scale": {"domain": domain, "zero": False, "nice": False},
        "axis": _y_axis(domain, unit),
        "title": None,
    }
    tone = _tone_scale("token:edge")
    span = {"x": {**x, "field": "first"}, "x2": {"field": "until"}}
    gap = {
        "first": (before.last + timedelta(days=1)).isoformat(),
        "until": after.first.isoformat(),
        "middle": (before.last + (after.first - before.last) / 2).isoformat(),
    }
    layers: list[Spec] = [
        {
            "data": {"values": [gap]},
            "mark": {"type": "rect", "color": "token:sunken", "opacity": 1},
            "encoding": {**span},
        },
        {
            "data": {"values": [gap]},
            "mark": {
                "type": "text",
                "text": [_("put into practice"), _("not counted")],
                "color": "token:ink-3",
                "lineHeight": 17,
                "baseline": "middle",
            },
            "encoding": {"x": {**x, "field": "middle"}, "y": {"value": height / 2}},
        },
        {
            "data": {"values": phases},
            "mark": {"type": "rect", "opacity": 0.16},
            "encoding": {
                **span,
                "y": {**y, "field": "low", "type": "quantitative"},
                "y2": {"field": "high"},
                "color": tone,
            },
        },
        {
            "data": {"values": phases},
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {**span, "y": {**y, "field": "value", "type": "quantitative"}, "color": tone},
        },
    ]
    if goal is not None and target is not None:
        line = {"first": x_domain[0], "until": x_domain[1], "target": goal}
        layers += [
            {
                "data": {"values": [line]},
                "mark": {"type": "rule", "color": "token:ink", "strokeWidth": 1.5, "strokeDash": [5, 3]},
                "encoding": {**span, "y": {**y, "field": "target", "type": "quantitative"}},
            },
            {
                "data": {"values": [line]},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 4,
                    "dy": -8,
                    "text": _("target %(value)s", value=target_text(target, unit)),
                },
                "encoding": {
                    "x": {**x, "field": "first"},
                    "y": {**y, "field": "target", "type": "quantitative"},
                },
            },
        ]
    layers.append(
        {
            "mark": {
                "type": "point",
                "size": 34,
                "fill": "token:surface",
                "stroke": "token:ink-2",
                "strokeWidth": 1.5,
                "opacity": 1,
            },
            "encoding": {
                "x": x,
                "y": {**y, "field": "value", "type": "quantitative"},
                "tooltip": [
                    {"field": "label", "title": _("Period")},
                    {"field": "value_text", "title": _("Value")},
                    {"field": "n", "title": "n"},
                ],
            },
        }
    )
    for text, weight, size, colour, dy in (
        ("headline", 600, 14, "token:ink", 16),
        ("detail", 400, 12, "token:ink-2", 33),
    ):
        layers.append(
            {
                "data": {"values": phases},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "fontWeight": weight,
                    "fontSize": size,
                    "color": colour,
                    "dy": dy,
                    "dx": 4,
                },
                "encoding": {
                    "x": {**x, "field": "first"},
                    "y": {**y, "field": "foot", "type": "quantitative"},
                    "text": {"field": text},
                },
            }
        )
    return _whole(dots, layers, height)


def coverage_bars(rows: Sequence[tuple[str, dict[str, int]]], *, step: int = 34) -> Spec:
    """How far the clauses of several frameworks are answered: one bar a framework, parts with their counts.

    `rows` is (name, {"full": …, "part": …, "none": …, "na": …}); counts of clauses, all bars from 0.
    """
    if not rows or len(rows) > 60:
        raise ValueError(f"between 1 and 60 frameworks can be drawn, got {len(rows)}")
    words = {
        "full": _("Addressed"),
        "part": _("Partly addressed"),
        "none": _("Not addressed"),
        "na": _("Not applicable"),
    }
    values: list[dict[str, Any]] = []
    for name, counts in rows:
        unknown = sorted(set(counts) - set(words))
        if unknown:
            raise ValueError(f"{name}: coverage has no part called {', '.join(unknown)}")
        start = 0
        for order, (part, word) in enumerate(words.items()):
            count = counts.get(part, 0)
            if count < 0:
                raise ValueError(f"{name}: a count cannot be negative, {part} is {count}")
            if count:
                middle = start + count / 2
                values.append(
                    {
                        "name": name,
                        "part": word,
                        "order": order,
                        "count": count,
                        "from": start,
                        "to": start + count,
                        "at": middle,
                    }
                )
            start += count
    y = {
        "field": "name",
        "type": "nominal",
        "sort": [name for name, _counts in rows],
        "title": None,
        "axis": {
            "domain": False,
            "ticks": False,
            "labelColor": "token:ink",
            "labelLimit": 260,
            "grid": False,
        },
    }
    x = {"type": "quantitative", "title": _("Clauses"), "axis": {"tickMinStep": 1, "grid": True}}
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "height": 18, "stroke": "token:surface", "strokeWidth": 1},
            "encoding": {
                "y": y,
                "x": {**x, "field": "from"},
                "x2": {"field": "to"},
                "color": {
                    "field": "part",
                    "type": "nominal",
                    "sort": list(words.values()),
                    "scale": {
                        "domain": list(words.values()),
                        "range": ["token:good", "token:edge", "token:bad", "token:line-2"],
                    },
                    "legend": {"title": None, "orient": "top", "symbolType": "square"},
                },
                "tooltip": [
                    {"field": "name", "title": _("Framework")},
                    {"field": "part", "title": _("State")},
                    {"field": "count", "title": _("Clauses")},
                ],
            },
        },
        {
            "mark": {"type": "text", "fontSize": 11.5, "baseline": "middle"},
            "encoding": {
                "y": y,
                "x": {**x, "field": "at"},
                "text": {"field": "count"},
                "color": {
                    "condition": {"test": "datum.order === 3", "value": "token:ink"},
                    "value": "token:surface",
                },
            },
        },
    ]
    return _whole(values, layers, {"step": step})


def _whole(rows: list[dict[str, Any]], layers: list[Spec], height: int | dict[str, int]) -> Spec:
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding", "resize": True},
        "padding": {"left": 2, "right": 14, "top": 6, "bottom": 2},
        "data": {"values": rows},
        "layer": layers,
    }


def _bounded(rows: Sequence[object]) -> None:
    if not rows:
        raise ValueError("there is nothing to draw")
    if len(rows) > MAX_POINTS:
        raise ValueError(f"at most {MAX_POINTS} points can be drawn, got {len(rows)}")


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


def _phase_row(phase: Phase, word: str, unit: Unit, dots: list[dict[str, Any]]) -> dict[str, Any]:
    figure = phase.figure
    value = in_points(figure.value or 0.0, unit)
    low = value if figure.low is None else in_points(figure.low, unit)
    high = value if figure.high is None else in_points(figure.high, unit)
    first, until = phase.first.isoformat(), (phase.last + timedelta(days=1)).isoformat()
    own = [dot["value"] for dot in dots if first <= dot["start"] < until]
    interval = (
        _("full count")
        if figure.low is None or figure.high is None
        else range_text(figure.low, figure.high, unit)
    )
    return {
        "first": first,
        "until": until,
        "value": value,
        "low": low,
        "high": high,
        "tone": phase.tone,
        "foot": min([low, *own]),
        "headline": f"{word} {value_text(figure.value or 0.0, unit)}",
        "detail": f"{interval} · n = {format_number(figure.n)}",
    }


def _target_layers(rows: list[dict[str, Any]], x: Spec, y: Spec) -> list[Spec]:
    """The target as an ink line, stepping where a new version changed it, with its value at each beginning."""
    beginnings = [
        row
        for before, row in zip([None, *rows[:-1]], rows, strict=True)
        if row["target"] is not None and (before is None or before["target"] != row["target"])
    ]
    labels = [{**row, "words": _("target %(value)s", value=row["target_text"])} for row in beginnings]
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
        {
            "data": {"values": labels},
            "mark": {"type": "text", "align": "left", "dy": -8, "dx": 2},
            "encoding": {
                "x": x,
                "y": {**y, "field": "target", "type": "quantitative"},
                "text": {"field": "words"},
            },
        },
    ]


def _tooltip() -> list[Spec]:
    return [
        {"field": "label", "title": _("Period")},
        {"field": "value_text", "title": _("Value")},
        {"field": "interval", "title": _("Interval")},
        {"field": "n", "title": "n"},
        {"field": "target_text", "title": _("Target")},
        {"field": "verdict", "title": _("State")},
    ]


def _tone_scale(edge: str) -> Spec:
    """Colour by state. As a fill the state between is hollow, so it differs from "kept" without colour, too."""
    hollow = edge == "token:surface"
    return {
        "field": "tone",
        "type": "nominal",
        "scale": {
            "domain": ["good", "edge", "bad", "few", "plain"],
            "range": [
                "token:good",
                edge,
                "token:bad",
                "token:few",
                "token:surface" if hollow else "token:ink-2",
            ],
        },
        "legend": None,
    }


def _x_axis(days: Sequence[date], domain: list[str] | None = None) -> Spec:
    """A time axis in UTC; whole months get months as labels, anything shorter gets days."""
    months = all(day.day == 1 for day in days)
    if language() == "zh":
        label = "%Y年%-m月" if months else "%-m月%-d日"
    else:
        label = "%b %Y" if months else "%-d %b"
    scale: Spec = {"type": "utc"}
    if domain:
        scale["domain"] = [
            {"expr": f"utc({int(day[:4])}, {int(day[5:7]) - 1}, {int(day[8:])})"} for day in domain
        ]
    axis: Spec = {
        "format": label,
        "labelOverlap": "greedy",
        "labelSeparation": 12,
        "tickSize": 5,
        "title": None,
    }
    if not domain:
        starts = sorted({day.isoformat() for day in days})
        stride = math.ceil(len(starts) / (5 if language() == "zh" else 6))  # Chinese months are wider
        axis["values"] = starts[::-1][::stride][::-1]
    return {"field": "start", "type": "temporal", "scale": scale, "axis": axis, "title": None}


def _y_axis(domain: list[float], unit: Unit) -> Spec:
    axis: Spec = {"tickCount": 6, "format": "~f", "labelPadding": 8}
    if unit == "share":
        step = 5 if domain[1] - domain[0] <= 30 else 10 if domain[1] - domain[0] <= 60 else 20
        first = math.ceil(domain[0] / step) * step
        values = list(range(first, math.floor(domain[1]) + 1, step))
        axis["values"] = values
        # Only the topmost label carries the sign, as on the printed page.
        axis["labelExpr"] = f"datum.value === {values[-1]} ? datum.label + '%' : datum.label"
    return axis


def _domain(values: list[float], unit: Unit, *, room_below: float = 0.0) -> list[float]:
    """The cut axis: everything drawn fits with some air. Shares stay within 0 to 100 and end on fives."""
    if not values:
        return [0, 100] if unit == "share" else [0, 1]
    low, high = min(values), max(values)
    spread = (high - low) or max(abs(high) * 0.1, 1)
    low -= spread * (0.06 + room_below * 1.6)
    high += spread * 0.08
    if unit == "share":
        return [max(0, math.floor(low / 5) * 5), min(100, math.ceil(high / 5) * 5)]
    return [low, high]
