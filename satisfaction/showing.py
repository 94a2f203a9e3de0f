"""How figures of surveys are written: on pages, in files, in findings."""

from typing import Any

from core.figures import Figure
from core.i18n import MINUS, _, _l, format_interval, format_number, format_share
from satisfaction.rules.items import Kind

MEASURES: dict[str, Any] = {
    "mean": _l("Mean"),
    "top": _l("Top box"),
    "nps": _l("NPS"),
    "csat": _l("CSAT"),
    "ces": _l("CES"),
    "gap": _l("Gap"),
    "expectation": _l("Expected"),
    "perception": _l("Perceived"),
    "better": _l("Better"),
    "worse": _l("Worse"),
    "share": _l("Share"),
    "importance": _l("Importance"),
    "performance": _l("Performance"),
}
METHODS: dict[str, Any] = {
    "t": _l("Student’s t"),
    "wilson": _l("Wilson"),
    "adjusted wald": _l("adjusted Wald"),
    "paired t": _l("paired t"),
    "linearised t": _l("Student’s t, linearised"),
}
CATEGORIES: dict[str, Any] = {
    "M": _l("Must-be"),
    "O": _l("One-dimensional"),
    "A": _l("Attractive"),
    "I": _l("Indifferent"),
    "R": _l("Reverse"),
    "Q": _l("Questionable"),
}
QUADRANTS: dict[str, Any] = {
    "concentrate here": _l("Concentrate here"),
    "keep up the good work": _l("Keep up the good work"),
    "low priority": _l("Low priority"),
    "possible overkill": _l("Possible overkill"),
}


def signed(value: float, decimals: int) -> str:
    text = f"{value:+.{decimals}f}"
    return text.replace("-", MINUS) if float(text) else f"±{abs(value):.{decimals}f}"


def value_of(value: float | None, measure: str) -> str:
    """A value in the way of its measure."""
    if value is None:
        return "—"
    match measure:
        case "top" | "csat" | "share":
            return format_share(value)
        case "nps":
            return signed(value, 1)
        case "gap" | "better" | "worse":
            return signed(value, 2)
        case _:
            return format_number(value, 2)


def interval_of(figure: Figure, measure: str) -> str:
    if figure.low is None or figure.high is None:
        return ""
    match measure:
        case "top" | "csat" | "share":
            return format_interval(figure.low, figure.high)
        case "nps":
            return format_interval(figure.low, figure.high, scale=1)
        case _:
            return format_interval(figure.low, figure.high, scale=1, decimals=2)


def measure_of(item: Any) -> str:
    return {
        Kind.nps: "nps",
        Kind.csat: "csat",
        Kind.ces: "ces",
        Kind.servqual: "gap",
        Kind.kano: "better",
    }.get(Kind(item.kind), "mean")


def number_of(figure: Figure, item: Any, value: float | None = None) -> str:
    """The figure's value, or another of its unit, with the scale it stands on."""
    measure = measure_of(item)
    written = value_of(figure.value if value is None else value, measure)
    if measure == "mean" and value is None:
        return str(_("%(value)s of %(points)s", value=written, points=item.points))
    return written
