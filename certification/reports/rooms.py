"""How the other rooms' records stand in a pack: words, small drawings, charts, and why a part is empty."""

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from audits.rules.states import SETTLED_LABELS, Settled
from audits.rules.states import STATE_LABELS as AUDIT_STATES
from certification.queries.evidence.absence import Absence
from certification.queries.evidence.satisfaction import PrintedItem
from certification.reports.content import Content
from certification.reports.wording import period_words, text_of
from certification.rules.packs import Part
from complaints.rules.grades import OUTCOME_LABELS, SEVERITY_SHORT, TOPIC_LABELS
from complaints.rules.states import STATE_LABELS as COMPLAINT_STATES
from core.charts.specs import Period, attainment_over_time
from core.charts.specs.parts import Spec
from core.figures import Figure
from core.i18n import _, format_date, format_interval, format_number, format_share, language
from reviews.rules.states import DecisionKind, DecisionState, Result
from reviews.rules.states import State as ReviewState
from satisfaction.showing import MEASURES, interval_of, value_of

MOST_SURVEY_CHARTS = 24


def survey_charts(content: Content) -> Iterator[tuple[tuple[str, str], Spec]]:
    """A trend for each item that was asked in several waves, those about a promise first; by wave and item code."""
    series: dict[tuple[str, Any, str], tuple[str, PrintedItem]] = {}
    for wave in content.satisfaction.waves:  # oldest first, so the newest wave with the longest line stays
        for item in wave.items:
            if len(item.trend) > 1:
                series[wave.questionnaire_code, wave.unit, item.code] = (wave.code, item)
    drawn = sorted(series.values(), key=lambda pair: not pair[1].requirement)
    for code, item in drawn[:MOST_SURVEY_CHARTS]:
        periods = [
            Period(
                start=point.day,
                label=text_of(point.wave, content.language),
                n=point.figure.n,
                value=point.figure.value,
                low=point.figure.low,
                high=point.figure.high,
                target=point.figure.target,
                verdict=point.figure.verdict,
            )
            for point in item.trend
        ]
        yield (code, item.code), attainment_over_time(periods, item.figure.unit, height=90)


def template_words(content: Content) -> dict[str, Any]:
    return {
        "why_empty": lambda part: why_empty(content, Part(part)),
        "measures": {key: str(word) for key, word in MEASURES.items()},
        "value_of": value_of,
        "interval_of": interval_of,
        "scale_bar": scale_bar,
        "count_words": count_words,
        "audit_states": {str(key): word for key, word in AUDIT_STATES.items()},
        "settled_words": {str(key): word for key, word in SETTLED_LABELS.items() if key != Settled.none},
        "topics": {str(key): word for key, word in TOPIC_LABELS.items()},
        "severities": {str(key): word for key, word in SEVERITY_SHORT.items()},
        "complaint_states": {str(key): word for key, word in COMPLAINT_STATES.items()},
        "outcomes": {str(key): word for key, word in OUTCOME_LABELS.items()},
        "review_states": {str(key): key.label for key in ReviewState},
        "decision_kinds": {str(key): key.label for key in DecisionKind},
        "decision_results": {str(key): key.label for key in Result},
        "decision_states": {str(key): key.label for key in DecisionState},
    }


def why_empty(content: Content, part: Part) -> str:
    """One sentence: nothing in the period, and what there is before or behind it."""
    absence = content.absences.get(part)
    if absence is None:
        return ""
    period = period_words(content.first, content.last)
    nothing = {
        Part.satisfaction: _(
            "No survey of this unit or those below it ended with results in the period %(period)s",
            period=period,
        ),
        Part.complaints: _(
            "No complaint about this unit or those below it was received in the period %(period)s",
            period=period,
        ),
        Part.audits: _(
            "No audit of this unit or those below it took place in the period %(period)s", period=period
        ),
        Part.training: _(
            "Nobody of this unit or those below it was assigned, passed or owed a training in the period %(period)s",
            period=period,
        ),
        Part.reviews: _(
            "No management review that covers this unit was held in the period %(period)s", period=period
        ),
    }[part]
    return f"{nothing}{_reason(absence)}{'。' if language() == 'zh' else '.'}"


def _reason(absence: Absence) -> str:
    if absence.before is not None:
        day, code = absence.before
        return _("; the last before it is %(code)s of %(day)s", code=code, day=format_date(day, "text"))
    if absence.after is not None:
        day, code = absence.after
        return _("; the first on record, %(code)s, is of %(day)s", code=code, day=format_date(day, "text"))
    return _("; none has been recorded so far")


def count_words(figure: Figure) -> str:
    """The value of a figure that was counted in full, or a share with its interval."""
    if figure.value is None:
        return "—"
    if figure.unit != "share":
        return format_number(figure.value)
    interval = format_interval(figure.low, figure.high)
    return f"{format_share(figure.value)} ({interval})" if interval else format_share(figure.value)


_TONES = {"kept": "#0b6a52", "on_the_line": "#7a5200", "short": "#a5301a"}


def scale_bar(item: PrintedItem) -> Markup:
    """Where a value lies on its own scale, with its interval and target: drawn on paper, told beside it in words."""
    figure = item.figure
    if figure.value is None or item.high <= item.low:
        return Markup("")

    def at(value: float) -> float:
        return 4 + 192 * min(1.0, max(0.0, (value - item.low) / (item.high - item.low)))

    ink = _TONES.get(str(figure.verdict), "#435459")
    drawn = '<path d="M4 12H196M4 8v8M196 8v8" stroke="#b4c1c1" stroke-width="1" fill="none"/>'
    if item.low < 0 < item.high:
        drawn += f'<path d="M{at(0):.1f} 5v14" stroke="#b4c1c1" stroke-width="1"/>'
    if figure.low is not None and figure.high is not None:
        first, last = at(figure.low), at(figure.high)
        drawn += (
            f'<rect x="{first:.1f}" y="8.5" width="{max(1.5, last - first):.1f}" height="7" fill="#cfd9d9"/>'
        )
    if figure.target is not None:
        drawn += f'<path d="M{at(figure.target):.1f} 2v20" stroke="#12242a" stroke-width="1.6"/>'
    drawn += f'<circle cx="{at(figure.value):.1f}" cy="12" r="4" fill="{ink}"/>'
    return Markup(f'<svg class="pl" viewBox="0 0 200 24" width="200" height="24">{drawn}</svg>')  # noqa: S704 - numbers and constants
