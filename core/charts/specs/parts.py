"""What every specification is made of: axes, scales of state, the whole around the layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from core.charts.theme import CONFIG
from core.figures import Unit
from core.i18n import language

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
MAX_POINTS: Final = 2000

Spec = dict[str, Any]


def whole(rows: list[dict[str, Any]], layers: list[Spec], height: int) -> Spec:
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding", "resize": True},
        "padding": {"left": 2, "right": 14, "top": 6, "bottom": 2},
        "config": CONFIG,
        "data": {"values": rows},
        "layer": layers,
    }


def bounded(rows: Sequence[object]) -> None:
    if not rows:
        raise ValueError("there is nothing to draw")
    if len(rows) > MAX_POINTS:
        raise ValueError(f"at most {MAX_POINTS} points can be drawn, got {len(rows)}")


def tone_scale(edge: str) -> Spec:
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


def x_axis(days: Sequence[date], labels: Sequence[date] | None = None) -> Spec:
    """A time axis in UTC; whole months get months as labels, anything shorter gets days."""
    months = all(day.day == 1 for day in days)
    if language() == "zh":
        label = "%Y年%-m月" if months else "%-m月%-d日"
    else:
        label = "%b %Y" if months else "%-d %b"
    scale: Spec = {"type": "utc"}
    axis: Spec = {
        "format": label,
        "labelOverlap": "greedy",
        "labelSeparation": 12,
        "tickSize": 5,
        "title": None,
    }
    if labels is not None:
        axis["values"] = [day.isoformat() for day in labels]
    else:
        starts = sorted({day.isoformat() for day in days})
        stride = math.ceil(len(starts) / (5 if language() == "zh" else 6))  # Chinese months are wider
        axis["values"] = starts[::-1][::stride][::-1]
    return {"field": "start", "type": "temporal", "scale": scale, "axis": axis, "title": None}


def y_axis(domain: list[float], unit: Unit) -> Spec:
    axis: Spec = {"tickCount": 6, "format": "~f", "labelPadding": 8}
    if unit == "share":
        step = 5 if domain[1] - domain[0] <= 30 else 10 if domain[1] - domain[0] <= 60 else 20
        first = math.ceil(domain[0] / step) * step
        values = list(range(first, math.floor(domain[1]) + 1, step))
        axis["values"] = values
        # Only the topmost label carries the sign, as on the printed page.
        axis["labelExpr"] = f"datum.value === {values[-1]} ? datum.label + '%' : datum.label"
    return axis


def y_domain(values: list[float], unit: Unit, *, room_below: float = 0.0) -> list[float]:
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
