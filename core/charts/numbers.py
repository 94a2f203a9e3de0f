"""Numbers of a figure as they are written on marks and charts, whatever its unit. The same digits in both languages."""

from __future__ import annotations

from typing import Final

from core.charts.plumb import FRACTIONS, in_points
from core.figures import Unit
from core.i18n import MINUS, format_interval, format_number, format_share

#: decimals where one is too few or too many: a mean of answers moves by hundredths
DECIMALS: Final[dict[Unit, int]] = {"count": 0, "mean": 2, "ratio": 2}


def value_text(value: float, unit: Unit) -> str:
    """91.8%, 81.4, 4.06, 15,204, +9.5."""
    if unit == "share":
        return format_share(value)
    if unit == "difference":
        return difference_text(in_points(value, unit))
    return format_number(value, DECIMALS.get(unit, 1))


def target_text(value: float, unit: Unit) -> str:
    """A target as people wrote it: 95%, 99.5%, 80; no decimals that say nothing."""
    text = f"{in_points(value, unit):,.2f}".rstrip("0").rstrip(".").replace("-", MINUS)
    return f"{text}%" if unit == "share" else text


def difference_text(points: float) -> str:
    """With its sign: +0.6, −3.2, and ±0.0 for no difference at this precision."""
    text = f"{points:+,.1f}"
    if not float(text.replace(",", "")):
        return "±" + text[1:]
    return text.replace("-", MINUS)


def range_text(low: float, high: float, unit: Unit) -> str:
    """90.3–93.1 without a per cent sign, as beside a value."""
    decimals = max(1, DECIMALS.get(unit, 1))
    return format_interval(low, high, scale=100 if unit in FRACTIONS else 1, decimals=decimals)
