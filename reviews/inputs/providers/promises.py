"""Promises against their targets, and a year of those that most need a look."""

from datetime import timedelta

from core.i18n import _l
from delivery import reports as delivery
from reviews.inputs.blocks import Block, bars, both, figure, figures, nothing, trends, words
from reviews.inputs.providers.asked import Asked
from reviews.rules.schedule import add_months

#: promises whose months are drawn: those that fall short or are on the line come first
TRENDS_MOST = 4
MONTHS_LEAST = 3


def attainment(asked: Asked) -> list[Block]:
    rows = delivery.attainment_rows(None, asked.unit, asked.first, asked.last)
    if not rows:
        return [nothing(_l("No promise was measured over the whole months of this period."))]
    earlier = {
        (row.standard_id, row.code): row.figure
        for row in delivery.attainment_rows(None, asked.unit, *asked.before)
    }
    order = {"short": 0, "on_the_line": 1, "kept": 2, "too_few": 3}
    rows.sort(key=lambda row: (order[row.verdict], row.standard_code, row.code))
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.verdict] = counts.get(row.verdict, 0) + 1
    words_of = {
        "kept": (_l("Kept"), "good"),
        "on_the_line": (_l("On the line"), "edge"),
        "short": (_l("Short"), "bad"),
        "too_few": (_l("Too few data"), "few"),
    }
    return [
        bars(
            _l("Promises by state"),
            [(words(label), counts.get(key, 0), tone) for key, (label, tone) in words_of.items()],
        ),
        figures(
            _l("Promises against their targets"),
            [
                figure(
                    both(row.statement_en or row.title_en, row.statement_zh or row.title_zh),
                    row.figure,
                    earlier.get((row.standard_id, row.code)),
                    below=_coded(row),
                    href=f"/standards/{row.standard_id}",
                    better="up",
                )
                for row in rows
            ],
            plumb=True,
        ),
        *_trends(asked),
    ]


def _coded(row: delivery.AttainmentRow | delivery.MonthLine) -> dict[str, str]:
    """Where a promise stands: standard, requirement, title of the standard."""
    return {
        language: f"{row.standard_code} {row.code} · {title}"
        for language, title in both(row.title_en, row.title_zh).items()
    }


def _trends(asked: Asked) -> list[Block]:
    """A year up to the end of the period, of those that most need a look."""
    lines = delivery.month_lines(asked.unit, add_months(asked.last, -12) + timedelta(days=1), asked.last)
    drawn = [
        line
        for line in lines
        if sum(found.verdict != "too_few" for _start, found in line.months) >= MONTHS_LEAST
    ][:TRENDS_MOST]
    if not drawn:
        return []
    return [
        trends(
            _l("Promises month by month"),
            [(both(line.statement_en, line.statement_zh), _coded(line), line.months) for line in drawn],
        )
    ]
