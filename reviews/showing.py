"""How the blocks of an agenda item are written and drawn, on pages and on paper alike."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from core.charts import paper
from core.charts.marks import plumb_cell, state
from core.charts.numbers import range_text, value_text
from core.charts.specs import Period, Spec, attainment_over_time
from core.charts.theme import LIGHT
from core.figures import Figure
from core.i18n import MINUS, _, format_number, format_points, language, pick
from core.tables import escaped
from reviews.inputs.blocks import Block
from satisfaction.showing import interval_of, value_of


def text(found: dict[str, str]) -> str:
    """The words in the language of the page."""
    return pick(found.get("en"), found.get("zh"))


def value(block: Block, which: str = "now") -> str:
    """A figure as it is written; an em dash where there are too few data."""
    found = block[which]
    if found is None:
        return "—"
    number = found["value"]
    if number is None or found["verdict"] == "too_few":
        return "—"
    if block["measure"]:
        return value_of(number, block["measure"])
    if found["unit"] == "count" and number != round(number):
        return format_number(number, 2)
    return value_text(number, found["unit"])


def interval(block: Block) -> str:
    found = Figure.from_json(block["now"])
    if found.low is None or found.high is None or found.value is None or found.verdict == "too_few":
        return ""
    if block["measure"]:
        return interval_of(found, block["measure"])
    return range_text(found.low, found.high, found.unit)


def change(block: Block) -> tuple[str, str, str]:
    """Difference from the period before: words, arrow and tone.

    The tone speaks only where it can be known: the direction has a meaning and the two intervals do not meet.
    """
    now, before = block["now"], block["before"]
    if before is None or value(block) == "—" or value(block, "before") == "—":
        return "", "", ""
    difference = now["value"] - before["value"]
    if now["unit"] == "share":
        words = format_points(difference)
    else:
        decimals = 0 if now["unit"] == "count" and difference == round(difference) else 2
        words = format_number(difference, decimals)
    flat = not any(letter in "123456789" for letter in words)
    arrow = "dash" if flat else "arrow-up-right" if difference > 0 else "arrow-down-right"
    if not flat and difference > 0:
        words = f"+{words}"
    return words if not flat else words.replace(MINUS, ""), arrow, _tone(block, difference)


def _tone(block: Block, difference: float) -> str:
    now, before = block["now"], block["before"]
    if (
        not block["better"]
        or None in (now["low"], now["high"], before["low"], before["high"])
        or not difference
    ):
        return ""
    apart = now["low"] > before["high"] or now["high"] < before["low"]
    if not apart:
        return ""
    return "good" if (difference > 0) == (block["better"] == "up") else "bad"


def verdict(block: Block, *, paper: bool = False) -> Markup:
    found = block["now"]["verdict"]
    return state(found, paper=paper) if found else Markup()


def plumb(block: Block) -> Markup:
    found = Figure.from_json(block["now"])
    return plumb_cell(
        found.value, found.low, found.high, found.target, found.verdict or "too_few", unit=found.unit
    )


def trend(row: Block, height: int) -> Spec:
    """The chart of one promise month by month, in the language of the page."""
    return attainment_over_time([_period(month) for month in row["months"]], height=height)


def _period(month: Block) -> Period:
    start, found = date.fromisoformat(month["start"]), Figure.from_json(month["figure"])
    return Period(
        start=start,
        label=month_words(start),
        n=found.n,
        value=found.value,
        low=found.low,
        high=found.high,
        target=found.target,
        verdict=found.verdict,
    )


def month_words(start: date) -> str:
    return f"{start.year}年{start.month}月" if language() == "zh" else f"{start:%b %Y}"


def trend_table(row: Block) -> dict[str, Any]:
    """The numbers of the chart, for the table below it."""
    rows = []
    for month in row["months"]:
        block = {"now": month["figure"], "measure": ""}
        rows.append(
            [
                month_words(date.fromisoformat(month["start"])),
                value(block),
                interval(block) or "—",
                format_number(month["figure"]["n"]),
            ]
        )
    return {"header": [_("Month"), _("Share kept"), _("Interval"), "n"], "rows": rows}


def bar(number: int, most: int, tone: str, *, paper: bool = False) -> Markup:
    """A count as a bar that begins at nothing; its number stands beside it."""
    width = 200 * number / most if most else 0
    if paper:
        return Markup(  # noqa: S704 - numbers and constants
            f'<svg viewBox="0 0 200 10" width="200" height="10"><rect width="{width:.1f}" height="10" fill="{LIGHT[tone]}"/></svg>'
        )
    return Markup(  # noqa: S704 - numbers and constants
        f'<svg class="rv-bar" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{width:.1f}" height="10" class="rv-{tone}"/></svg>'
    )


def most_of(block: Block) -> int:
    return max((row["value"] for row in block["rows"]), default=0)


def headline(blocks: Sequence[Block]) -> list[Markup]:
    """At most three facts of an item for the agenda's lines, in words and numbers."""
    for block in blocks:
        if block["type"] == "nothing":
            return [Markup('<span class="quiet">{}</span>').format(text(block["title"]))]
        if block["type"] == "bars":
            return [
                Markup(  # noqa: S704 - a tone is a constant, the rest is escaped
                    f'<span class="nb"><b class="num {row["tone"]}">{row["value"]}</b> {escaped(text(row["label"]))}</span>'
                )
                for row in block["rows"]
                if row["value"]
            ][:4]
        if block["type"] in {"figures", "plumb"}:
            return [
                Markup('<span class="nb"><b class="num">{}</b> {}</span>').format(
                    value(row), _short(text(row["label"]))
                )
                for row in block["rows"]
                if value(row) != "—"
            ][:3]
        if block["type"] == "table":
            number = len(block["rows"]) + block["more"]
            return [
                Markup('<span class="nb"><b class="num">{}</b> {}</span>').format(
                    number, text(block["title"])
                )
            ]
    return []


def _short(words: str) -> str:
    return words if len(words) <= 60 else f"{words[:59]}…"


def plumb_on_paper(block: Block) -> Markup:
    return paper.plumb_on_paper(Figure.from_json(block["now"]))


GLOBALS: dict[str, Any] = {
    "rv_trend": trend,
    "rv_trend_table": trend_table,
    "rv_text": text,
    "rv_value": value,
    "rv_interval": interval,
    "rv_change": change,
    "rv_verdict": verdict,
    "rv_plumb": plumb,
    "rv_plumb_paper": plumb_on_paper,
    "rv_bar": bar,
    "rv_most": most_of,
    "rv_headline": headline,
}
