"""Charts of analyses: bars with intervals, a control chart. Quadrants are those of satisfaction.charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.charts.specs.parts import SCHEMA, Spec, bounded
from core.charts.theme import CONFIG
from core.i18n import _


@dataclass(frozen=True, slots=True)
class Bar:
    """`tone` is good, bad or plain; `told` the value with its interval in words."""

    label: str
    value: float
    low: float | None
    high: float | None
    told: str
    tone: str = "plain"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the bars with a word, such as a usual threshold."""

    at: float
    word: str


TONES: Spec = {
    "field": "tone",
    "type": "nominal",
    "scale": {"domain": ["good", "bad", "plain"], "range": ["token:good", "token:bad", "token:accent"]},
    "legend": None,
}


def bars(
    rows: Sequence[Bar],
    title: str,
    *,
    zero: float = 0.0,
    domain: tuple[float, float] | None = None,
    marks: Sequence[Mark] = (),
    form: str = "~f",
) -> Spec:
    """Lying bars from `zero` with whiskers. Raises ValueError for no bar or too many."""
    bounded(rows)
    values: list[dict[str, Any]] = [
        {
            "no": number, "label": each.label, "value": each.value, "low": each.low if each.low is not None else each.value,
            "high": each.high if each.high is not None else each.value, "told": each.told, "tone": each.tone,
            "zero": zero, "text": each.text or each.label,
        }
        for number, each in enumerate(rows)
    ]  # fmt: skip
    x: Spec = {
        "field": "value",
        "type": "quantitative",
        "title": title,
        "scale": {"nice": True, "zero": False},
        "axis": {"grid": True, "format": form, "tickCount": 6},
    }
    if domain is not None:
        x["scale"] = {"domain": list(domain), "nice": False, "clamp": True}
    else:
        ends = [zero, *(each["low"] for each in values), *(each["high"] for each in values)]
        room = (max(ends) - min(ends)) * 0.06 or 0.1
        low, high = min(ends), max(ends)
        x["scale"] = {
            "domain": [low - room if low < zero else low, high + room if high > zero else high],
            "nice": True,
        }
    y: Spec = {
        "field": "label", "type": "nominal", "sort": {"field": "no"}, "title": None,
        "axis": {"labelLimit": 150, "labelColor": "token:ink", "grid": False, "labelPadding": 8},
    }  # fmt: skip
    tip = [{"field": "text", "title": _("What")}, {"field": "told", "title": title}]
    layers: list[Spec] = [
        {"mark": {"type": "bar", "height": 14, "cornerRadius": 2, "opacity": 0.28}, "encoding": {"x": x, "x2": {"field": "zero"}, "y": y, "color": TONES, "tooltip": tip}},
        {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": {"x": x | {"field": "low"}, "x2": {"field": "high"}, "y": y, "color": TONES}},
        {"mark": {"type": "point", "filled": True, "size": 52, "stroke": "token:surface", "opacity": 1}, "encoding": {"x": x, "y": y, "color": TONES, "tooltip": tip}},
        {"data": {"values": [{"value": zero}]}, "mark": {"type": "rule", "strokeWidth": 1.2, "color": "token:ink"}, "encoding": {"x": {"field": "value", "type": "quantitative"}}},
        *(
            {"data": {"values": [{"value": each.at, "word": each.word}]}, "layer": [
                {"mark": {"type": "rule", "strokeDash": [4, 3], "color": "token:ink-3"}, "encoding": {"x": {"field": "value", "type": "quantitative"}}},
                {"mark": {"type": "text", "align": "left", "baseline": "bottom", "dx": 3, "dy": -2, "y": 0, "color": "token:ink-3", "fontSize": 11}, "encoding": {"x": {"field": "value", "type": "quantitative"}, "text": {"field": "word"}}},
            ]}
            for each in marks
        ),
    ]  # fmt: skip
    return _whole(values, layers, max(90, 30 * len(rows) + 20), top=20 if marks else 8)


def control(
    labels: Sequence[str],
    values: Sequence[float | None],
    lower: Sequence[float | None],
    upper: Sequence[float | None],
    centre: Sequence[float],
    told: Sequence[str],
    signals: set[int],
    title: str,
    *,
    form: str = "~f",
) -> Spec:
    """Points in order of time with centre and limits; `signals` are places from 0."""
    bounded(labels)
    rows: list[dict[str, Any]] = [
        {
            "no": place + 1, "label": label, "value": values[place], "low": lower[place], "high": upper[place],
            "centre": centre[place], "told": told[place], "tone": "bad" if place in signals else "plain",
            "shape": "signal" if place in signals else "point",
        }
        for place, label in enumerate(labels)
    ]  # fmt: skip
    ends = [
        each for row in rows for key in ("value", "low", "high", "centre") if (each := row[key]) is not None
    ]
    room = (max(ends) - min(ends)) * 0.08 or 0.1
    y: Spec = {
        "field": "value",
        "type": "quantitative",
        "title": title,
        "scale": {"domain": [min(ends) - room, max(ends) + room], "nice": True, "zero": False},
        "axis": {"format": form, "tickCount": 6},
    }
    x: Spec = {
        "field": "label",
        "type": "nominal",
        "sort": {"field": "no"},
        "title": None,
        "axis": {"labelAngle": 0, "labelOverlap": "greedy", "labelLimit": 150},
    }
    tip = [{"field": "label", "title": _("Wave")}, {"field": "told", "title": title}]
    limit = {
        "type": "line",
        "interpolate": "step",
        "color": "token:ink-3",
        "strokeDash": [5, 4],
        "strokeWidth": 1.2,
    }
    shape: Spec = {
        "field": "shape",
        "type": "nominal",
        "scale": {"domain": ["point", "signal"], "range": ["circle", "diamond"]},
        "legend": None,
    }
    size: Spec = {
        "field": "shape",
        "type": "nominal",
        "scale": {"domain": ["point", "signal"], "range": [58, 150]},
        "legend": None,
    }
    colour: Spec = {
        "field": "tone",
        "type": "nominal",
        "scale": {"domain": ["plain", "bad"], "range": ["token:ink-2", "token:bad"]},
        "legend": None,
    }
    first = rows[0]
    words = [
        {"label": first["label"], "y": first[key], "word": word}
        for key, word in (("high", _("upper limit")), ("centre", _("centre")), ("low", _("lower limit")))
        if first[key] is not None
    ]
    layers: list[Spec] = [
        {"mark": limit, "encoding": {"x": x, "y": y | {"field": "high"}}},
        {"mark": limit, "encoding": {"x": x, "y": y | {"field": "low"}}},
        {"mark": {"type": "line", "interpolate": "step", "color": "token:ink", "strokeWidth": 1.2}, "encoding": {"x": x, "y": y | {"field": "centre"}}},
        {"mark": {"type": "line", "color": "token:ink-2", "strokeWidth": 1.5}, "encoding": {"x": x, "y": y}},
        {"mark": {"type": "point", "filled": True, "stroke": "token:surface", "opacity": 1}, "encoding": {"x": x, "y": y, "shape": shape, "size": size, "color": colour, "tooltip": tip}},
        {"data": {"values": words}, "mark": {"type": "text", "align": "left", "baseline": "bottom", "dy": -3, "dx": 9, "color": "token:ink-3", "fontSize": 11}, "encoding": {"x": x | {"sort": None}, "y": {"field": "y", "type": "quantitative"}, "text": {"field": "word"}}},
    ]  # fmt: skip
    return _whole(rows, layers, 300)


def trend(
    labels: Sequence[str],
    values: Sequence[float],
    ends: Sequence[tuple[float, float] | None],
    told: Sequence[str],
    title: str,
) -> Spec:
    """Points in order of time with a line through them, each with its interval where it has one."""
    bounded(labels)
    rows: list[dict[str, Any]] = [
        {
            "no": place, "label": label, "value": values[place], "told": told[place],
            "low": (ends[place] or (values[place],) * 2)[0], "high": (ends[place] or (values[place],) * 2)[1],
        }
        for place, label in enumerate(labels)
    ]  # fmt: skip
    reach = [each for row in rows for each in (row["low"], row["high"])]
    room = max(2.0, (max(reach) - min(reach)) * 0.15)
    y: Spec = {
        "field": "value", "type": "quantitative", "title": title, "axis": {"tickCount": 6},
        "scale": {"domain": [max(0.0, min(reach) - room), min(100.0, max(reach) + room)], "nice": True, "zero": False},
    }  # fmt: skip
    x: Spec = {
        "field": "label", "type": "nominal", "sort": {"field": "no"}, "title": None,
        "axis": {"labelAngle": 0, "labelOverlap": "greedy", "labelLimit": 150},
    }  # fmt: skip
    tip = [{"field": "label", "title": _("Wave")}, {"field": "told", "title": title}]
    layers: list[Spec] = [
        {"mark": {"type": "line", "color": "token:ink-3", "strokeWidth": 1.5}, "encoding": {"x": x, "y": y}},
        {"mark": {"type": "rule", "color": "token:accent", "strokeWidth": 2}, "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}}},
        {"mark": {"type": "point", "filled": True, "size": 80, "color": "token:accent", "stroke": "token:surface", "opacity": 1}, "encoding": {"x": x, "y": y, "tooltip": tip}},
        {"mark": {"type": "text", "dx": 10, "align": "left", "color": "token:ink", "fontSize": 12}, "encoding": {"x": x, "y": y, "text": {"field": "value", "type": "quantitative", "format": ".1f"}}},
    ]  # fmt: skip
    return _whole(rows, layers, 280)


def _whole(rows: list[dict[str, Any]], layers: list[Spec], height: int, *, top: int = 8) -> Spec:
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding", "resize": True},
        "padding": {"left": 2, "right": 16, "top": top, "bottom": 4},
        "config": CONFIG,
        "data": {"values": rows},
        "layer": layers,
    }


def curve(
    points: Sequence[tuple[float, float]], at: tuple[float, float], x_title: str, y_title: str, told: str
) -> Spec:
    """A line through the points with one of them marked: its values, and lines to both axes. y runs from 0 to 1."""
    bounded(points)
    rows: list[dict[str, Any]] = [{"x": x, "y": y} for x, y in points]
    mark = [{"x": at[0], "y": at[1], "word": told}]
    x: Spec = {
        "field": "x",
        "type": "quantitative",
        "title": x_title,
        "scale": {"zero": True, "nice": True},
        "axis": {"tickCount": 8, "format": "~s"},
    }
    y: Spec = {
        "field": "y",
        "type": "quantitative",
        "title": y_title,
        "scale": {"domain": [0, 1]},
        "axis": {"format": ".0%", "tickCount": 6},
    }
    left = at[0] > 0.6 * points[-1][0]
    dash = {"type": "rule", "strokeDash": [4, 3], "color": "token:ink-3"}
    layers: list[Spec] = [
        {"mark": {"type": "line", "color": "token:accent", "strokeWidth": 2.2}, "encoding": {"x": x, "y": y}},
        {"data": {"values": mark}, "mark": dash, "encoding": {"x": x, "y": y, "y2": {"datum": 0}}},
        {"data": {"values": mark}, "mark": dash, "encoding": {"x": x, "y": y, "x2": {"datum": 0}}},
        {"data": {"values": mark}, "mark": {"type": "point", "filled": True, "size": 90, "color": "token:accent", "stroke": "token:surface", "opacity": 1}, "encoding": {"x": x, "y": y}},
        {"data": {"values": mark}, "mark": {"type": "text", "align": "right" if left else "left", "dx": -10 if left else 10, "dy": 16, "color": "token:ink", "fontSize": 12, "fontWeight": 600}, "encoding": {"x": x, "y": y, "text": {"field": "word"}}},
    ]  # fmt: skip
    return _whole(rows, layers, 280)
