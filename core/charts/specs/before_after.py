"""Did the action work: before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.charts.numbers import range_text, target_text, value_text
from core.charts.plumb import Tone, in_points
from core.charts.specs.parts import MAX_POINTS, Spec, tone_scale, whole, x_axis, y_axis, y_domain
from core.figures import Figure, Unit
from core.i18n import _, format_number

ROOM_FOR_WORDS = 0.34  # of the height, below everything drawn
LINE = 17  # pixels from one line of words to the next
WIDE_GAP = 0.18  # of the width: a narrower gap stays grey without words


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
        _phase_row(before, _("before"), unit),
        _phase_row(after, _("after"), unit),
    ]
    goal = None if target is None else in_points(target, unit)
    drawn: list[float] = [dot["value"] for dot in dots]
    drawn += [row[key] for row in phases for key in ("low", "high", "value")]
    domain = y_domain([*drawn, *([] if goal is None else [goal])], unit, room_below=ROOM_FOR_WORDS)
    x_domain = [before.first.isoformat(), (after.last + timedelta(days=1)).isoformat()]
    ends = [before.first, before.last, after.first, after.last]
    x = x_axis(ends, labels=ends)
    y = {
        "scale": {"domain": domain, "zero": False, "nice": False},
        "axis": y_axis(domain, unit),
        "title": None,
    }
    tone = tone_scale("token:edge")
    span = {"x": {**x, "field": "first"}, "x2": {"field": "until"}}
    gap = {
        "first": (before.last + timedelta(days=1)).isoformat(),
        "until": after.first.isoformat(),
        "middle": (before.last + (after.first - before.last) / 2).isoformat(),
    }
    wide = (after.first - before.last).days >= WIDE_GAP * (after.last - before.first).days
    layers: list[Spec] = [
        {
            "data": {"values": [gap]},
            "mark": {"type": "rect", "color": "token:sunken", "opacity": 1},
            "encoding": {**span},
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
        # nothing else is drawn in the time between, so the word of the line meets no dot and no band there
        line = {"first": x_domain[0], "until": x_domain[1], "target": goal, "middle": gap["middle"]}
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
                    "align": "center" if wide else "left",
                    "dx": 0 if wide else 4,
                    "dy": -8,
                    "text": _("target %(value)s", value=target_text(target, unit)),
                },
                "encoding": {
                    "x": {**x, "field": "middle" if wide else "first"},
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
    if wide:
        layers.append(
            {
                "data": {"values": [gap]},
                "mark": {
                    "type": "text",
                    "text": [_("put into practice"), _("not counted")],
                    "color": "token:ink-3",
                    "lineHeight": LINE,
                    "baseline": "middle",
                },
                "encoding": {
                    "x": {**x, "field": "middle"},
                    "y": {"value": _height_of_words(goal, domain, height)},
                },
            }
        )
    # before stands at the left end, after at the right end, both below everything drawn: they never meet
    for row, end, align, dx in ((phases[0], "first", "left", 4), (phases[1], "until", "right", -4)):
        for text, weight, size, colour, up in (
            ("headline", 600, 14, "token:ink", 42),
            ("interval", 400, 12, "token:ink-2", 25),
            ("count", 400, 12, "token:ink-2", 9),
        ):
            layers.append(
                {
                    "data": {"values": [row]},
                    "mark": {
                        "type": "text",
                        "align": align,
                        "fontWeight": weight,
                        "fontSize": size,
                        "color": colour,
                        "dx": dx,
                    },
                    "encoding": {
                        "x": {**x, "field": end},
                        "y": {"value": height - up},
                        "text": {"field": text},
                    },
                }
            )
    return whole(dots, layers, height)


def _height_of_words(goal: float | None, domain: Sequence[float], height: int) -> float:
    """Where the first of the two lines in the gap stands: in the upper half, or under the target where that is in the way."""
    usual = height * 0.4
    if goal is None:
        return usual
    target = height * (domain[1] - goal) / (domain[1] - domain[0])
    if not usual - LINE < target < usual + 3 * LINE:
        return usual
    return target + 1.5 * LINE


def _phase_row(phase: Phase, word: str, unit: Unit) -> dict[str, Any]:
    figure = phase.figure
    value = in_points(figure.value or 0.0, unit)
    low = value if figure.low is None else in_points(figure.low, unit)
    high = value if figure.high is None else in_points(figure.high, unit)
    first, until = phase.first.isoformat(), (phase.last + timedelta(days=1)).isoformat()
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
        "headline": f"{word} {value_text(figure.value or 0.0, unit)}",
        "interval": interval,
        "count": f"n = {format_number(figure.n)}",
    }
