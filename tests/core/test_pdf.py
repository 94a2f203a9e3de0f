import gc
import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import StrictUndefined
from pypdf import PdfReader

from core import i18n
from core.charts.marks import JINJA_GLOBALS
from core.documents import pdf
from core.documents.pdf import (
    DocumentTooLarge,
    PdfUnavailable,
    Variant,
    data_uri,
    is_available,
    render_pdf,
    svg_uri,
)

pytestmark = pytest.mark.skipif(
    not is_available(), reason="this machine has no Pango, so it makes no PDF files"
)

BODY = """{% extends "print/base.html" %}{% block body %}
<section class="part" id="one"><h2>{{ first }}</h2>
<table><thead><tr><th>{{ head }}</th><th class="r">n</th><th>{{ _("State") }}</th></tr></thead>
<tbody>{% for number in range(70) %}<tr><td>{{ row }} {{ number }}</td><td class="r">1,431</td><td>{{ state("short", paper=True) }}</td></tr>{% endfor %}</tbody></table></section>
<section class="part" id="two"><h2>{{ second }}</h2>{{ print.figure(chart, "C", "alternative") }}{{ print.signatures([("王芳", "批准", "2026-11-20")]) }}</section>
{% endblock %}"""
WORDS = {
    "zh": {
        "title": "路灯故障报修处置达标报告",
        "organisation": "滨江市城市服务中心",
        "first": "一、承诺与兑现",
        "second": "二、走势",
        "head": "承诺",
        "row": "路灯故障五个工作日内修复",
    },
    "en": {
        "title": "Street-light repair",
        "organisation": "Binjiang City Services",
        "first": "Promises",
        "second": "Trends",
        "head": "Promise",
        "row": "Repaired in five working days",
    },
}
CHART = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 20"><text x="2" y="12" font-size="8">图内文字</text></svg>'


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pdf")


@pytest.fixture(scope="module")
def site() -> Flask:
    app = Flask("pdf", template_folder=str(i18n.ROOT / "templates"))
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(JINJA_GLOBALS)
    i18n.init_app(app)
    return app


def page_of(site: Flask, language: str) -> str:
    words = WORDS[language]
    with site.test_request_context(), i18n.force_locale(language):
        return site.jinja_env.from_string(BODY).render(
            **words,
            html_lang="zh-CN" if language == "zh" else "en",
            note="STD-0007 v3",
            facts=[("code", "STD-0007")],
            contents=[("one", words["first"], 1), ("two", words["second"], 1)],
            chart=svg_uri(CHART),
        )


def read(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


def text_of(data: bytes) -> list[str]:
    return [re.sub(r"[ \u00a0\u2002]+", " ", page.extract_text()) for page in read(data).pages]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_report_has_cover_contents_heads_and_page_numbers(site: Flask, cache: Path, language: str) -> None:
    words = WORDS[language]
    pages = text_of(
        render_pdf(page_of(site, language), title=words["title"], language=language, cache_dir=cache)
    )
    assert len(pages) >= 5
    assert words["title"] in pages[0]
    assert "STD-0007" in pages[0]
    last = len(pages)
    for number, page in enumerate(pages[1:], 2):
        assert words["organisation"] in page
        assert words["title"] in page
        foot = f"第 {number} 页，共 {last} 页" if language == "zh" else f"Page {number} of {last}"
        assert foot in page
    assert ("目录" if language == "zh" else "Contents") in pages[1]
    assert re.search(re.escape(words["first"]) + r"[ .]+3\b", pages[1])
    assert re.search(re.escape(words["second"]) + rf"[ .]+{last}\b", pages[1])
    assert all(words["head"] in page for page in pages[2:-1]), (
        "the head of a table stands on every page of it"
    )
    assert ("未达标" if language == "zh" else "Short") in pages[2]
    assert f"{words['row']} 69" in "".join(pages)
    assert "图内文字" in pages[-1]
    assert "王芳" in pages[-1]


def test_metadata_and_bookmarks(site: Flask, cache: Path) -> None:
    made = read(
        render_pdf(
            page_of(site, "zh"),
            title="标题 & more",
            language="zh",
            cache_dir=cache,
            author="滨江市",
            created=datetime(2026, 11, 20, 1, 14, tzinfo=UTC),
        )
    )
    assert made.metadata
    assert made.metadata.title == "标题 & more"
    assert made.metadata.author == "滨江市"
    assert made.metadata.creation_date == datetime(2026, 11, 20, 1, 14, tzinfo=UTC)
    assert made.trailer["/Root"]["/Lang"] == "zh-CN"
    assert [entry["/Title"] for entry in made.outline] == ["一、承诺与兑现", "二、走势"]
    fonts = {str(name) for page in made.pages for name in page["/Resources"]["/Font"]}
    assert fonts


@pytest.mark.parametrize("variant", [None, "pdf/ua-1", "pdf/a-3b"])
def test_the_same_input_gives_the_same_bytes(site: Flask, cache: Path, variant: Variant | None) -> None:
    html = page_of(site, "zh")

    def make(**change: object) -> bytes:
        options = {"title": "t", "language": "zh", "cache_dir": cache, "variant": variant, **change}
        return render_pdf(html, **options)  # type: ignore[arg-type]  # mixed on purpose

    first = make()
    assert make() == first
    assert make(title="other") != first
    assert make(identifier="a") != first


def test_an_accessible_file_is_tagged(site: Flask, cache: Path) -> None:
    made = read(
        render_pdf(page_of(site, "en"), title="t", language="en", cache_dir=cache, variant="pdf/ua-1")
    )
    root = made.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]


class Listener(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012 - shared by all requests of the test on purpose

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(302)
        self.send_header("Location", "file:///etc/hostname")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is inherited
        pass


@pytest.fixture
def listener() -> Iterator[str]:
    Listener.asked.clear()
    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_nothing_is_fetched(cache: Path, tmp_path: Path, listener: str) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 99 9"><text y="8">SECRET</text></svg>'
    )
    css = tmp_path / "secret.css"
    css.write_text('p::after { content: "STYLED" }')
    html = f"""<html><head><link rel="stylesheet" href="{css.as_uri()}"><link rel="attachment" href="{secret.as_uri()}">
    <style>@import url("{css.as_uri()}"); @font-face {{ font-family: x; src: url({listener}/font) }}
    body {{ background: url({listener}/background); font-family: x }}</style></head><body><p>kept</p>
    <img src="{secret.as_uri()}"><img src="{listener}/image.png"><img src="secret.svg"><img src="{secret}">
    <object data="{secret.as_uri()}"></object><embed src="{listener}/embed">
    <svg viewBox="0 0 9 9"><image href="{secret.as_uri()}"/><use href="{listener}/use#a"/></svg>
    <img src="{data_uri('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 99 9"><text y="8">INSIDE</text></svg>', "image/svg+xml")}">
    </body></html>"""
    made = render_pdf(html, title="t", language="en", cache_dir=cache)
    text = "".join(text_of(made))
    assert "kept" in text
    assert "INSIDE" in text
    assert "SECRET" not in text
    assert "STYLED" not in text
    assert Listener.asked == []
    assert not read(made).attachments


def test_a_naive_date_and_an_endless_document_are_refused(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="time zone"):
        render_pdf("<p>x", title="t", language="en", cache_dir=cache, created=datetime(2026, 1, 1))  # noqa: DTZ001 - the point
    monkeypatch.setattr(pdf, "MAX_HTML", 10)
    with pytest.raises(DocumentTooLarge):
        render_pdf("<p>准绳准绳", title="t", language="en", cache_dir=cache)


def test_without_pango_the_message_names_the_command(cache: Path) -> None:
    """In a process of its own, where loading the library fails as it does on a bare machine."""
    script = """
import ctypes.util, sys
from pathlib import Path
import cffi
cffi.FFI.dlopen = lambda *a, **k: (_ for _ in ()).throw(OSError("cannot load library"))
from core.documents.pdf import PdfUnavailable, is_available, render_pdf
assert not is_available()
try:
    render_pdf("<p>x", title="t", language="en", cache_dir=Path(sys.argv[1]))
except PdfUnavailable as problem:
    print(problem)
"""
    answer = subprocess.run(
        [sys.executable, "-c", script, str(cache)],
        capture_output=True,
        text=True,
        check=True,
        cwd=i18n.ROOT,
        env={**os.environ, "PYTHONPATH": str(i18n.ROOT)},
    )
    assert "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in answer.stdout
    assert answer.stdout.count("\n") == 1, "no banner of the library"
    assert issubclass(PdfUnavailable, Exception)


def test_rubbish_is_looked_for_again_after_a_document_and_after_a_failure(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    render_pdf("<p>x", title="t", language="en", cache_dir=cache)
    assert gc.isenabled()

    def broken(*_parts: object) -> bytes:
        assert not gc.isenabled()
        raise RuntimeError

    monkeypatch.setattr(pdf, "_print", broken)
    with pytest.raises(RuntimeError):
        render_pdf("<p>x", title="t", language="en", cache_dir=cache)
    assert gc.isenabled()
