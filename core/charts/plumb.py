"""Geometry of the hand-made marks: the plumb chart and the sparkline. Pure: numbers in, places out.

The plumb chart hangs the targets of many promises on one vertical line. A cell is `scale` points wide to each side;
places are per cent of its width, so the cell can be any width. The sparkline is a fixed box in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from core.figures import Unit, Verdict

Tone = Literal["good", "edge", "bad", "few"]

TONES: Final[dict[Verdict, Tone]] = {
    "kept": "good",
    "on_the_line": "edge",
    "short": "bad",
    "too_few": "few",
}

# Units whose figures are fractions and are shown in per cent and points.
FRACTIONS: Final[frozenset[Unit]] = frozenset({"share", "difference"})

FEW_PLACE: Final = 20.0  # where "too few data" stands: off the line, so it is never read as "on target"
EDGE_PLACE: Final = 3.0  # where the arrow stands when the value is beyond the cell


@dataclass(frozen=True)
class PlumbPlace:
    """One cell. `difference` is value minus target in points; None where there are too few data.

    `beyond` is -1 or 1 when the value lies outside the cell and an arrow takes the place of mark and bar.
    """

    tone: Tone
    x: float
    difference: float | None = None
    bar_x: float | None = None
    bar_width: float | None = None
    beyond: Literal[-1, 0, 1] = 0


@dataclass(frozen=True)
class SparkPlace:
    """A sparkline in a box: unbroken runs of points, the target's height, the last point and its interval."""

    runs: tuple[tuple[tuple[float, float], ...], ...]
    target_y: float | None
    last: tuple[float, float]
    interval: tuple[float, float] | None


def in_points(value: float, unit: Unit) -> float:
    """Fractions become per cent; everything else stays."""
    return value * 100 if unit in FRACTIONS else value


def place(
    value: float | None,
    low: float | None,
    high: float | None,
    target: float | None,
    verdict: Verdict,
    *,
    scale: float = 10,
    unit: Unit = "share",
) -> PlumbPlace:
    """Where a figure stands against its target.

    `value`, `low`, `high` and `target` are in the unit's own scale; `scale` is half the width of the cell in points.
    Without a value, or with the verdict "too_few", only the empty mark is placed.
    """
    if scale <= 0:
        raise ValueError(f"scale must be above 0, got {scale}")
    if value is None or target is None or verdict == "too_few":
        return PlumbPlace("few", FEW_PLACE)
    tone = TONES[verdict]
    goal = in_points(target, unit)
    difference = in_points(value, unit) - goal
    # A whole point of slack in the tenth decimal, so a value exactly at the edge of the cell stays inside.
    if abs(difference) > scale + 1e-9:
        left = difference < 0
        return PlumbPlace(
            tone, EDGE_PLACE if left else 100 - EDGE_PLACE, difference, beyond=-1 if left else 1
        )

    def x_of(points: float) -> float:
        return min(100.0, max(0.0, 50 + points / scale * 50))

    if low is None or high is None:
        return PlumbPlace(tone, x_of(difference), difference)
    start, end = x_of(in_points(low, unit) - goal), x_of(in_points(high, unit) - goal)
    return PlumbPlace(tone, x_of(difference), difference, start, end - start)


def trace(
    points: Sequence[float | None],
    target: float | None,
    low: float | None = None,
    high: float | None = None,
    *,
    width: float = 88,
    height: float = 32,
) -> SparkPlace | None:
    """A trend in a box of its own scale, or None when the last period or fewer than two periods have a value.

    A None among the points is a period with too few data: the line breaks there. `low` and `high` are the interval of
    the last point. The scale holds everything that is drawn: points, target and interval.
    """
    known = [point for point in points if point is not None]
    if len(known) < 2 or points[-1] is None:
        return None
    drawn = known + [extra for extra in (target, low, high) if extra is not None]
    top, bottom = max(drawn), min(drawn)
    margin = 3.1
    left, right = 2.0, width - 8
    step = (right - left) / (len(points) - 1)

    def y_of(value: float) -> float:
        if top == bottom:
            return height / 2
        return margin + (top - value) / (top - bottom) * (height - 2 * margin)

    runs: list[tuple[tuple[float, float], ...]] = []
    run: list[tuple[float, float]] = []
    for index, point in enumerate(points):
        if point is None:
            runs.append(tuple(run))
            run = []
        else:
            run.append((left + index * step, y_of(point)))
    runs.append(tuple(run))
    return SparkPlace(
        runs=tuple(run for run in runs if run),
        target_y=None if target is None else y_of(target),
        last=run[-1],
        interval=None if low is None or high is None else (y_of(high), y_of(low)),
    )
