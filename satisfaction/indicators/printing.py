"""Scores of a wave as a printed document."""

import hashlib
from pathlib import Path
from typing import Final

from flask import render_template

from core.charts.marks import state_words
from core.documents.fonts import replace_atomically
from core.documents.pdf import render_pdf, svg_uri
from core.i18n import _, format_datetime, format_number, pick
from satisfaction.analyses.diagrams import on_paper
from satisfaction.indicators import telling
from satisfaction.indicators.models import IndicatorRollup
from satisfaction.rules.indicators import LEVEL_LABELS, Level, VersionState

#: raise it when the document is set differently, so that it is printed anew
PRINTED: Final = 1


def document_path(rollup: IndicatorRollup, language: str, cache: Path) -> Path:
    """Where the document is kept, under a hash of all that stands in it. It may be thrown away."""
    system, wave, version = rollup.version.system, rollup.wave, rollup.version
    stands = (
        PRINTED, language, rollup.inputs_hash, rollup.computed_at.isoformat(), version.number, version.state,
        system.title_en, system.title_zh, wave.name_en, wave.name_zh, wave.unit.name_en, wave.unit.name_zh,
    )  # fmt: skip
    name = hashlib.sha256("\x00".join(map(str, stands)).encode()).hexdigest()[:20]
    return cache / "indicators" / f"{system.code}-{wave.code}-{name}.pdf"


def print_scores(rollup: IndicatorRollup, *, organisation: str, language: str, cache: Path) -> Path:
    """The document in the language in force, printed unless it is there; put in its place as a whole."""
    path = document_path(rollup, language, cache)
    if not path.is_file():
        made = document(rollup, organisation=organisation, language=language, cache=cache)
        replace_atomically(path, made)
    return path


def document(rollup: IndicatorRollup, *, organisation: str, language: str, cache: Path) -> bytes:
    version, wave = rollup.version, rollup.wave
    system, lines = version.system, telling.lines(rollup)
    html = render_template(
        "indicators/document.html",
        title=system.title,
        organisation=organisation,
        html_lang="zh-CN" if language == "zh" else "en",
        note=f"{system.code} · {wave.code}",
        subtitle=wave.name,
        facts=[
            (_("Unit"), wave.unit.name),
            (_("Version"), f"{version.number} · {VersionState(version.state).label}"),
            (_("Responses"), format_number(rollup.answers)),
            (_("Computed"), format_datetime(rollup.computed_at)),
        ],
        result=rollup.result,
        lines=lines,
        root=lines[0],
        factors=[line for line in lines if line.level == Level.factor],
        image=svg_uri(on_paper(telling.drawing(rollup))),
        notes=telling.notes(rollup),
        how=telling.how(rollup),
        levels=LEVEL_LABELS,
        percent=telling.percent,
        score_words=telling.score_words,
        why_words=telling.why_words,
        state_words=state_words,
        word=lambda each: pick(each["en"], each["zh"]),
    )
    return render_pdf(
        html, title=system.title, language=language, cache_dir=cache, author=organisation, subject=wave.name,
        created=rollup.computed_at,
    )  # fmt: skip
