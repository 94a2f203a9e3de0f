"""A pack on paper: charts, pages, file. Works on the content alone, so no transaction is open meanwhile."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import render_template
from markupsafe import Markup, escape

from certification.reports import rooms
from certification.reports.content import Content
from certification.reports.manifest import manifest_of
from certification.reports.wording import (
    calendar_month,
    clause_list,
    gap_words,
    organisation_name,
    outcome_difference,
    outcome_sides,
    period_words,
    step_here,
    step_sentence,
)
from certification.rules.clauses import LEAST_N, Both, Readiness, counted
from certification.rules.packs import Part
from certification.rules.steps import steps_for
from core.charts.paper import plumb_on_paper
from core.charts.render import to_svg
from core.charts.specs import Period, attainment_over_time
from core.documents.pdf import render_pdf, svg_uri
from core.i18n import _, format_date
from core.meanings import MEANINGS
from delivery.engine import ENGINE_VERSION
from improvement.rules.effect import Verdict
from improvement.rules.findings import GRADE_LABELS, GUIDANCE_LABELS, ORIGIN_LABELS, STATE_LABELS
from improvement.rules.tickets import STAGE_LABELS, TURN
from standards.rules.clauses import Nature
from standards.rules.coverage import Degree
from standards.rules.requirements import Dimension, Kano, Kind
from standards.rules.sentences import parts as sentence_parts
from standards.rules.versions import Grouping

MOST_CHARTS = 60
Charts = dict[tuple[str, str], str]

#: the marks of the four verdicts serve the four states of readiness as well
READINESS_MARKS = {
    Readiness.ready: "kept",
    Readiness.attention: "on_the_line",
    Readiness.gap: "short",
    Readiness.not_applicable: "too_few",
}


def draw(content: Content, cache: Path, tick: Callable[[], None] = lambda: None) -> Charts:
    """A chart of each measured promise over the months, as data: addresses."""
    made: Charts = {}
    for key, spec in rooms.survey_charts(content):
        made[key] = svg_uri(to_svg(spec, content.language, cache, width=640))
        tick()
    if Part.attainment not in content.parts:
        return made
    for promise in content.promises[:MOST_CHARTS]:
        periods = [
            Period(
                start=month.start,
                label=calendar_month(month.start),
                n=month.figure.n,
                value=month.figure.value,
                low=month.figure.low,
                high=month.figure.high,
                target=month.figure.target,
                verdict=month.figure.verdict,
            )
            for month in promise.months
            if month.start is not None and month.figure is not None
        ]
        if sum(period.verdict != "too_few" for period in periods) > 1:
            spec = attainment_over_time(periods, height=90)
            svg = to_svg(spec, content.language, cache, width=640)
            made[promise.standard_code, promise.code] = svg_uri(svg)
        tick()
    return made


def typeset(content: Content, charts: Charts) -> str:
    """The whole document as one HTML page in the language of the pack."""
    numbers = {part: number for number, part in enumerate(content.parts, 1)}
    return render_template(
        "certification/pack/document.html",
        c=content,
        charts=charts,
        title=_("Certification pack: %(framework)s", framework=content.designation),
        organisation=organisation_name(content.organisation, content.language),
        html_lang="zh-CN" if content.language == "zh" else "en",
        note=f"{content.code} · {content.designation} · {format_date(content.at)}",
        number=numbers,
        counts=counted(content.clauses),
        groups=_groups(content),
        period=period_words(content.first, content.last),
        engine_version=ENGINE_VERSION,
        said=lambda text, empty="": said(text, content.language, empty),
        marked=marked,
        told=lambda text: told(text, content.language),
        grade_counts=_grade_counts(content),
        plumb=plumb_on_paper,
        step_sentence=lambda step: step_sentence(step, content.language),
        outcome_sides=outcome_sides,
        outcome_difference=outcome_difference,
        meanings=MEANINGS,
        calendar_month=calendar_month,
        readiness_marks=READINESS_MARKS,
        readinesses=list(Readiness),
        steps_for=steps_for,
        step_here=step_here,
        clause_list=clause_list,
        gap_words=gap_words,
        least_n=LEAST_N,
        degrees={str(key): key.word for key in Degree},
        grades={str(key): word for key, word in GRADE_LABELS.items()},
        guidance_grades={str(key): word for key, word in GUIDANCE_LABELS.items()},
        origins={str(key): word for key, word in ORIGIN_LABELS.items()},
        finding_states={str(key): word for key, word in STATE_LABELS.items()},
        stages={str(key): word for key, word in STAGE_LABELS.items()},
        turn=[str(stage) for stage in TURN],
        verdicts={str(key): key.label for key in Verdict},
        groupings={str(key): key.label for key in Grouping},
        nature=Nature(content.nature),
        kinds={str(key): key.label for key in Kind},
        dimensions={str(key): key.label for key in Dimension},
        kanos={str(key): key.label for key in Kano},
        verdict_counts=_verdict_counts(content),
        manifest=manifest_of(content),
        plumb_shown=lambda figure: figure.value is not None and figure.target is not None,
        **rooms.template_words(content),
    )


def _groups(content: Content) -> list[tuple[str, Both, list[Any]]]:
    groups: list[tuple[str, Both, list[Any]]] = []
    for clause in content.clauses:
        if not groups or groups[-1][0] != clause.group_number:
            groups.append((clause.group_number, clause.group, []))
        groups[-1][2].append(clause)
    return groups


def _verdict_counts(content: Content) -> dict[str, int]:
    counts: dict[str, int] = {}
    for promise in content.promises:
        word = str(promise.whole.verdict)
        counts[word] = counts.get(word, 0) + 1
    return counts


def _grade_counts(content: Content) -> list[tuple[Any, int, int]]:
    """Grade, how many findings, how many of them open."""
    found = []
    for grade, word in GRADE_LABELS.items():
        listed = [item for item in content.findings if item.remark.grade == grade]
        if listed:
            found.append((word, len(listed), sum(item.remark.is_open for item in listed)))
    return found


def to_pdf(content: Content, html: str, cache: Path) -> bytes:
    """The same content gives the same bytes: dates and identifier come from the pack itself."""
    return render_pdf(
        html,
        title=_("Certification pack: %(framework)s", framework=content.designation),
        language=content.language,
        cache_dir=cache,
        author=organisation_name(content.organisation, content.language),
        subject=content.code,
        created=content.at,
        identifier=hashlib.sha256(html.encode()).hexdigest()[:32],
        files=manifest_of(content).files,
    )


def facts(content: Content) -> dict[str, Any]:
    """What the pack's page shows of the build, kept with the row."""
    counts, manifest = counted(content.clauses), manifest_of(content)
    return {
        "trail_head": f"{content.trail_head[0]}:{content.trail_head[1]}",
        "clauses": len(content.clauses),
        "readiness": {str(state): count for state, count in counts.items()},
        "standards": len(content.standards),
        "promises": len(content.promises),
        "findings": content.findings_total,
        "tickets": len(content.tickets),
        "manifest_sha256": manifest.sha256,
        "manifest": [
            {"part": one.part.value, "records": one.records, "sha256": one.sha256} for one in manifest.parts
        ],
        "data_until": content.data_until.isoformat() if content.data_until else "",
    }


# --- words and marks for the templates -----------------------------------------------------------------------


def said(text: Both, language: str, empty: str = "") -> Markup:
    """A text that people wrote; one that exists only in the other language is printed and marked so."""
    own = text.in_language(language)
    if own:
        return marked(own)
    if not text:
        return Markup(escape(empty))  # noqa: S704 - escaped
    other = "zh" if language == "en" else "en"
    tag = "zh-Hans" if other == "zh" else "en"
    mark = _("in Chinese only") if other == "zh" else _("in English only")
    return Markup('<span lang="{}">{}</span> <span class="foreign">{}</span>').format(
        tag, marked(text.in_language(other)), mark
    )


def told(text: str, language: str) -> Markup:
    """A text from a field without a language of its own; what is plainly written in the other one is marked so."""
    chinese = any("\u3400" <= character <= "\u9fff" for character in text)
    latin = sum(character.isascii() and character.isalpha() for character in text)
    if language == "en" and chinese:
        return said(Both(zh=text), language)
    if language == "zh" and not chinese and latin > 3:
        return said(Both(en=text), language)
    return marked(text)


def marked(text: str) -> Markup:
    """Text as it was written: escaped, the amounts of sentences bold, lines kept. Nothing in it is markup."""
    pieces = [
        Markup("<b>{}</b>").format(piece) if bold else escape(piece) for bold, piece in sentence_parts(text)
    ]
    return Markup("").join(pieces).replace("\n", Markup("<br>"))
