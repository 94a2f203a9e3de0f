"""An analysis as files: its picture, a workbook, a document. The renderer of charts runs in a process of its own."""

import base64
import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from flask import render_template

from core.charts.render import ROOT
from core.charts.specs.parts import SCHEMA
from core.documents import spreadsheets
from core.documents.fonts import replace_atomically
from core.documents.pdf import render_pdf, svg_uri
from core.errors import PlumblineError
from core.i18n import _
from satisfaction.analyses import diagrams
from satisfaction.analyses.reporting import how_of, notes_of, title_of, told_of
from satisfaction.analyses.telling import Picture, Smalls, Told
from satisfaction.models import Analysis

#: reads {spec or svg, png, language, cache, width} on standard input, writes {"data": base64}
_SCRIPT: Final = """
import base64, json, sys
from pathlib import Path
import vl_convert
from core.charts.render import to_svg
from core.documents.fonts import prepare
asked = json.load(sys.stdin)
cache = Path(asked["cache"])
svg = asked["svg"] or to_svg(asked["spec"], asked["language"], cache, width=asked["width"])
if asked["png"]:
    fonts = prepare(cache)
    if fonts.directory is not None:
        vl_convert.register_font_directory(str(fonts.directory))
    if asked["svg"]:
        svg = svg.replace("<svg ", '<svg font-family="%s" ' % fonts.family, 1)
    head, body = svg.split(">", 1)
    data = vl_convert.svg_to_png(head + '><rect width="100%" height="100%" fill="#ffffff"/>' + body, scale=2)
else:
    data = svg.encode()
print(json.dumps({"data": base64.b64encode(data).decode()}))
"""
WIDTH: Final = 760
GAP: Final = 24
#: of a small picture, what its words at the left take
ROOM: Final = 110
#: pictures of groups in one image of a report
ON_PAPER: Final = 4
_OF_WHOLE: Final = frozenset(("$schema", "config", "autosize", "padding", "width"))
#: raise it when reports are set differently, so that they are printed anew
PRINTED: Final = 2
SECONDS: Final = 60


def draw(picture: Picture, language: str, cache: Path, *, png: bool = False) -> bytes:
    """The picture in the colours of paper, as SVG or PNG (twice the size). Raises PlumblineError when it can't be drawn."""
    svg = diagrams.on_paper(picture.svg) if picture.svg else ""
    if svg and not png:
        return svg.encode()
    asked = {
        "spec": picture.spec, "svg": svg, "png": png, "language": language, "cache": str(cache.resolve()), "width": WIDTH,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], input=json.dumps(asked), capture_output=True, text=True, check=False,
        timeout=SECONDS, cwd=ROOT,
    )  # fmt: skip
    if done.returncode:
        raise PlumblineError(_("The picture could not be drawn."))
    return base64.b64decode(json.loads(done.stdout)["data"])


def beside(smalls: Smalls) -> Picture:
    """The pictures of the groups as one, two beside each other."""
    one = (WIDTH - GAP) // 2
    parts = [
        {key: value for key, value in each.spec.items() if key not in _OF_WHOLE}
        | {"width": one - ROOM, "title": {"text": each.name, "anchor": "start"}}
        for each in smalls.each
    ]
    spec = {
        "$schema": SCHEMA, "config": smalls.each[0].spec["config"], "columns": 2, "concat": parts,
        "spacing": GAP, "resolve": {"scale": {"color": "shared"}}, "padding": 4,
    }  # fmt: skip
    return Picture(smalls.title, smalls.description, spec)


def _pages(smalls: Smalls | None) -> list[Picture]:
    """The pictures of the groups as so many that a page of paper holds each."""
    if smalls is None:
        return []
    parts = [smalls.each[start : start + ON_PAPER] for start in range(0, len(smalls.each), ON_PAPER)]
    return [beside(replace(smalls, each=part)) for part in parts]


def workbook(analysis: Analysis, told: Told, how: list[tuple[str, str]]) -> io.BytesIO:
    """All tables below each other on one sheet, each under its title, and how it was computed at the end."""
    width = max([2, *(len(table.header) for table in told.tables)])
    rows: list[list[Any]] = []

    def line(*cells: Any) -> None:
        rows.append([*cells, *[None] * (width - len(cells))])

    for sentence in told.lead:
        line(sentence)
    for table in told.tables:
        line()
        line(table.title)
        line(*table.header)
        for row in table.rows:
            line(*(cell.value for cell in row))
            smalls = [cell.small for cell in row]
            if any(smalls):
                line(*smalls)
        if table.note:
            line(table.note)
    line()
    line(_("How was this computed?"))
    for name, value in how:
        line(name, value)
    buffer = io.BytesIO()
    head = [f"{analysis.code} {analysis.title}".strip(), *[""] * (width - 1)]
    spreadsheets.write_xlsx(
        buffer, head, rows, widths=[46, *[18] * (width - 1)], sheet=analysis.code, title=analysis.code
    )
    buffer.seek(0)
    return buffer


def report_path(analysis: Analysis, language: str, cache: Path) -> Path:
    """Where the printed report is kept: an analysis never changes, so neither does its report. It may be thrown away."""
    run = f"{analysis.run_sha256[:16]}-{int(analysis.made_at.timestamp() * 1000)}"
    return cache / "analyses" / f"{analysis.code}-{language}-{run}-{PRINTED}.pdf"


def print_report(analysis: Analysis, *, organisation: str, language: str, cache: Path) -> Path:
    """The report in the language in force, printed unless it is there; put in its place as a whole."""
    path = report_path(analysis, language, cache)
    if not path.is_file():
        made = document(analysis, organisation=organisation, language=language, cache=cache)
        replace_atomically(path, made)
    return path


def document(analysis: Analysis, *, organisation: str, language: str, cache: Path) -> bytes:
    """The result on paper."""
    title = title_of(analysis.method, analysis.title, entered=analysis.wave is None)
    told, how, notes = told_of(analysis), how_of(analysis), notes_of(analysis)
    place = analysis.wave.name if analysis.wave is not None else analysis.unit.name
    picture = told.picture
    image = svg_uri(draw(picture, language, cache).decode()) if picture is not None else ""
    html = render_template(
        "analyses/document.html",
        title=title,
        organisation=organisation,
        html_lang="zh-CN" if language == "zh" else "en",
        note=f"{analysis.code} · {analysis.wave.code}" if analysis.wave is not None else analysis.code,
        subtitle=place,
        facts=how[:4],
        analysis=analysis,
        told=told,
        how=how,
        notes=[*notes, *told.notes_of_groups],
        image=image,
        smalls=[svg_uri(draw(each, language, cache).decode()) for each in _pages(told.smalls)],
    )
    return render_pdf(
        html, title=title, language=language, cache_dir=cache, author=organisation,
        subject=place, created=analysis.made_at,
    )  # fmt: skip
