"""The marks of a verdict and the plumb chart as ready markup.

Built as strings, not by nested template macros: a list page prints a hundred of them. The classes and shapes are those
of plumbline.css. What comes from outside is numbers only, and every text is escaped.
`paper=True` gives the marks as characters: a pack prints hundreds of them, and there each drawing costs as much as a row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from markupsafe import Markup, escape

from core.charts.numbers import difference_text, range_text, value_text
from core.charts.plumb import FRACTIONS, TONES, PlumbPlace, Tone, place, trace
from core.figures import Figure, Unit, Verdict
from core.i18n import _

_MARKS: Final[dict[Tone, str]] = {
    "good": '<circle cx="5.5" cy="5.5" r="4.5" class="s-good"/>',
    "edge": '<circle cx="5.5" cy="5.5" r="4" class="s-edge s-hollow" stroke-width="2"/>'
    '<path d="M5.5 1.5v8a4 4 0 0 0 0-8z" class="s-edge" stroke="none"/>',
    "bad": '<path d="M5.5 .2 10.8 5.5 5.5 10.8 .2 5.5z" class="s-bad" stroke="none"/>',
    "few": '<circle cx="5.5" cy="5.5" r="4" class="s-few s-nofill" stroke-width="1.5" stroke-dasharray="2 1.6"/>',
}
_PLUMB_MARKS: Final[dict[Tone, str]] = {
    "good": '<circle r="4.5" class="s-good"/>',
    "edge": '<circle r="4.2" class="s-edge s-hollow" stroke-width="2"/>'
    '<path d="M0-4.2v8.4a4.2 4.2 0 0 0 0-8.4z" class="s-edge" stroke="none"/>',
    "bad": '<path d="M0-5.6 5.6 0 0 5.6-5.6 0z" class="s-bad" stroke="none"/>',
    "few": '<circle r="4.2" class="s-few s-nofill" stroke-width="1.5" stroke-dasharray="2 1.6"/>',
}
_SPARK_MARKS: Final[dict[Tone, str]] = {
    "good": '<circle r="3.2" class="s-good"/>',
    "edge": '<circle r="3" class="s-edge s-hollow" stroke-width="1.6"/>',
    "bad": '<path d="M0-4 4 0 0 4-4 0z" class="s-bad" stroke="none"/>',
    "few": '<circle r="3" class="s-few s-nofill" stroke-width="1.5" stroke-dasharray="2 1.6"/>',
}
_LINES: Final = (
    '<line class="pb-grid" x1="25.0%" x2="25.0%" y1="0" y2="100%"/>'
    '<line class="pb-grid" x1="75.0%" x2="75.0%" y1="0" y2="100%"/>'
    '<line class="pb-line" x1="50.0%" x2="50.0%" y1="0" y2="100%"/>'
)
_PAPER_MARKS: Final[dict[Tone, str]] = {"good": "●", "edge": "◑", "bad": "◆", "few": "◌"}


def verdict_word(verdict: Verdict) -> str:
    match verdict:
        case "kept":
            return str(_("Kept"))
        case "on_the_line":
            return str(_("On the line"))
        case "short":
            return str(_("Short"))
        case "too_few":
            return str(_("Too few data"))


def verdict_tone(verdict: Verdict) -> Tone:
    """The class of its colour: good, edge, bad, few."""
    return TONES[verdict]


def state_mark(verdict: Verdict) -> Markup:
    """The mark alone; a word always stands beside it."""
    return Markup(f'<svg class="mk" viewBox="0 0 11 11" aria-hidden="true">{_MARKS[TONES[verdict]]}</svg>')  # noqa: S704 - constants only


def state(verdict: Verdict, word: str | None = None, *, bare: bool = True, paper: bool = False) -> Markup:
    """Mark and word. `word` replaces the usual one, for example "Not effective" beside the mark of "short"."""
    look, tone = "state bare" if bare else "state", TONES[verdict]
    text = escape(verdict_word(verdict) if word is None else word)
    mark = f"{_PAPER_MARKS[tone]} " if paper else state_mark(verdict)
    return Markup(f'<span class="{look} {tone}">{mark}{text}</span>')  # noqa: S704 - escaped above


def state_words(verdict: Verdict) -> Markup:
    """Mark and word for paper without an element of their own, for a cell that carries the classes itself."""
    return Markup(f"{_PAPER_MARKS[TONES[verdict]]} {escape(verdict_word(verdict))}")  # noqa: S704 - escaped


def plumb_head() -> Markup:
    """Inside the head cell of the plumb column: the words and the small bar the line hangs from."""
    return Markup(  # noqa: S704 - escaped words in constants
        f'<span class="visually-hidden">{escape(_("Distance from target"))}</span><svg aria-hidden="true">'
        f'<text x="50.0%" y="100%" dy="-12" text-anchor="middle" class="pb-h">{escape(_("target"))}</text>'
        f'<text x="3%" y="100%" dy="-12" class="pb-txt">◂ {escape(_("short"))}</text>'
        f'<text x="97%" y="100%" dy="-12" text-anchor="end" class="pb-txt">{escape(_("above"))} ▸</text>'
        '<svg x="50.0%" y="100%" overflow="visible"><path class="pb-line" d="M-7-6.5H7M0-6.5V1"/></svg></svg>'
    )


def plumb_foot() -> Markup:
    """Inside the foot cell of the plumb column: the end of the line and the bob."""
    return Markup(
        '<svg role="presentation"><line class="pb-line" x1="50.0%" x2="50.0%" y1="0" y2="10"/>'
        '<svg x="50.0%" y="9" overflow="visible"><path d="M-5 0h10l1.4 4.6L0 15-6.4 4.6z" fill="var(--pl-ink)"/></svg></svg>'
    )


def plumb_cell(
    value: float | None,
    low: float | None,
    high: float | None,
    target: float | None,
    verdict: Verdict,
    scale: float = 10,
    unit: Unit = "share",
) -> Markup:
    """Inside a cell of the plumb column: distance from the target with its interval, in a cell ±`scale` points wide.

    Values are in the unit's own scale (a share is 0 to 1). The text alternative says what the drawing shows.
    """
    spot = place(value, low, high, target, verdict, scale=scale, unit=unit)
    label = escape(_plumb_label(spot, low, high, unit))
    if spot.beyond and spot.difference is not None:
        turn = -spot.beyond  # the arrow's body lies inwards
        anchor = ' text-anchor="end"' if turn < 0 else ""
        drawing = (
            f'<svg x="{spot.x:g}%" y="50%" overflow="visible">'
            f'<path d="M{10 * turn}-6 0 0l{10 * turn} 6z" class="s-{spot.tone}" stroke="none"/>'
            f'<text x="{15 * turn}" y="4" class="pb-txt"{anchor}>{difference_text(spot.difference)}</text></svg>'
        )
    else:
        drawing = ""
        if spot.bar_x is not None and spot.bar_width is not None:
            drawing = (
                f'<rect class="pb-ci s-{spot.tone}" x="{spot.bar_x:.1f}%" width="{spot.bar_width:.1f}%" y="50%" '
                'height="10" rx="2" transform="translate(0,-5)"/>'
            )
        drawing += f'<svg x="{spot.x:.1f}%" y="50%" overflow="visible">{_PLUMB_MARKS[spot.tone]}</svg>'
    return Markup(f'<svg role="img" aria-label="{label}">{_LINES}{drawing}</svg>')  # noqa: S704 - numbers, and the label is escaped


def plumb_figure(figure: Figure, scale: float = 10) -> Markup:
    return plumb_cell(
        figure.value,
        figure.low,
        figure.high,
        figure.target,
        figure.verdict or "too_few",
        scale,
        figure.unit,
    )


def _plumb_label(spot: PlumbPlace, low: float | None, high: float | None, unit: Unit) -> str:
    if spot.difference is None:
        return str(_("Too few data"))
    difference = difference_text(spot.difference)
    if low is None or high is None:
        if unit in FRACTIONS:
            return str(_("%(difference)s points from target", difference=difference))
        return str(_("%(difference)s from target", difference=difference))
    interval = range_text(low, high, unit)
    if unit in FRACTIONS:
        text = _(
            "%(difference)s points from target, interval %(interval)s",
            difference=difference,
            interval=interval,
        )
    else:
        text = _(
            "%(difference)s from target, interval %(interval)s", difference=difference, interval=interval
        )
    return str(text)


def spark(
    points: Sequence[float | None],
    target: float | None,
    verdict: Verdict,
    low: float | None = None,
    high: float | None = None,
    unit: Unit = "share",
    width: int = 88,
    height: int = 32,
) -> Markup:
    """A trend of usually 12 periods, oldest first, in a scale of its own; the last point carries its interval.

    Where there are too few data nothing is drawn and the page says so.
    """
    path = None if verdict == "too_few" else trace(points, target, low, high, width=width, height=height)
    if path is None:
        return Markup(f'<span class="micro quiet">{escape(_("not drawn"))}</span>')  # noqa: S704 - escaped
    tone = TONES[verdict]
    known = [point for point in points if point is not None]
    label = escape(
        _(
            "Trend over %(n)s periods, from %(first)s to %(last)s",
            n=len(points),
            first=value_text(known[0], unit),
            last=value_text(known[-1], unit),
        )
    )
    drawing = ""
    if path.target_y is not None:
        drawing += (
            f'<line class="sp-target" x1="0" x2="{width}" y1="{path.target_y:.1f}" y2="{path.target_y:.1f}"/>'
        )
    for run in path.runs:
        if len(run) == 1:
            drawing += f'<circle class="sp-line" cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r=".8"/>'
        else:
            places = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
            drawing += f'<polyline class="sp-line" points="{places}"/>'
    x, y = path.last
    if path.interval:
        top, bottom = path.interval
        drawing += (
            f'<line class="sp-ci s-{tone}" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'
        )
    drawing += f'<g transform="translate({x:.1f},{y:.1f})">{_SPARK_MARKS[tone]}</g>'
    return Markup(  # noqa: S704 - numbers, and the label is escaped
        f'<svg class="spark" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{label}">{drawing}</svg>'
    )


JINJA_GLOBALS: Final[dict[str, Callable[..., Any]]] = {
    "state": state,
    "state_mark": state_mark,
    "state_words": state_words,
    "verdict_word": verdict_word,
    "verdict_tone": verdict_tone,
    "plumb_head": plumb_head,
    "plumb_foot": plumb_foot,
    "plumb_cell": plumb_cell,
    "plumb_figure": plumb_figure,
    "spark": spark,
}
