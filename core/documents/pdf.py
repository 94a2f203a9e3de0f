"""HTML becomes PDF, offline: nothing is fetched, the same input gives the same bytes.

Long reports (about 0.2 s a page) belong in a job, not in a request.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import io
import logging
import mmap
import re
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from core.documents.fonts import prepare
from core.errors import PlumblineError
from core.i18n import _

Variant = Literal["pdf/ua-1", "pdf/a-3b"]

STYLESHEET: Final = Path(__file__).resolve().parents[2] / "static" / "print.css"
APT_LINE: Final = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
MAX_HTML: Final = 60_000_000  # bytes; some 5,000 pages, beyond that memory runs out before patience

MAX_INSIDE: Final = 100_000_000  # bytes of one file inside a PDF file, unpacked
#: the head of a stream that holds a file, and its length
_INSIDE: Final = re.compile(rb"<</Type /EmbeddedFile[^\x00]{0,400}?>>\nstream\n")
_LENGTH: Final = re.compile(rb"/Length (\d{1,10})\b")

log = logging.getLogger(__name__)


class PdfUnavailable(PlumblineError):
    """The machine lacks what PDF files need; the message names the command that brings it."""


class DocumentTooLarge(PlumblineError):
    """More than MAX_HTML bytes of HTML."""


def render_pdf(
    html: str,
    *,
    title: str,
    language: str,
    cache_dir: Path,
    author: str = "",
    subject: str = "",
    created: datetime | None = None,
    identifier: str = "",
    variant: Variant | None = None,
    files: Sequence[tuple[str, bytes]] = (),
) -> bytes:
    """A whole HTML page (see templates/print/base.html) as PDF in the product's print style.

    Images, fonts and styles may only come as data: URIs; anything else is left out and logged. `created` is an aware
    moment and goes into the metadata, none is invented without it. `identifier` replaces the file identifier, which
    otherwise follows from the content. `variant` asks for an accessible (pdf/ua-1) or archival (pdf/a-3b) file. `files` (name, content) travel inside the PDF file.
    Raises PdfUnavailable where Pango is missing, DocumentTooLarge beyond MAX_HTML.
    """
    if len(html) > MAX_HTML or len(html.encode()) > MAX_HTML:
        raise DocumentTooLarge(
            _("The document is too large for one PDF file. Choose a shorter period or fewer parts.")
        )
    if created is not None and created.tzinfo is None:
        raise ValueError("created needs a time zone")
    fonts = prepare(cache_dir)  # before the first import of WeasyPrint reads the font configuration
    make_html, make_css, fetcher = _weasyprint()
    css = STYLESHEET.read_text(encoding="utf-8").replace("Plumbline Sans SC", fonts.family)
    stamp = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if created else None
    options: dict[str, Any] = {
        "stylesheets": [make_css(string=css, url_fetcher=fetcher)],
        "pdf_variant": variant,
        "pdf_identifier": (identifier or _identifier(html, css, title, stamp or "")).encode(),
    }
    if files:
        moment = created.astimezone(UTC) if created else datetime(1970, 1, 1, tzinfo=UTC)
        options["attachments"] = [_attachment(name, data, moment, fetcher) for name, data in files]
    metadata = {
        "title": title,
        "lang": "zh-CN" if language == "zh" else language,
        "authors": [author] if author else [],
        "description": subject or None,
        "generator": "Plumbline",
        "created": stamp,
        "modified": stamp,
    }
    with _no_collection():
        return _print(make_html(string=html, url_fetcher=fetcher), metadata, options)


def _print(source: Any, metadata: dict[str, Any], options: dict[str, Any]) -> bytes:
    """Lay out and write. On return nothing holds the pages any more, so that they can be given back as a whole."""
    document = source.render(**options)
    for name, value in metadata.items():
        setattr(document.metadata, name, value)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ResourceWarning
        )  # for archival files it leaves its colour profile open
        pdf: bytes = document.write_pdf(**options)
    return pdf


def files_inside(pdf: Path) -> Iterator[bytes]:
    """The files that travel inside a PDF file made here, unpacked, in no order that means anything.

    Reads only the plain form in which they are written here; what is broken, longer than MAX_INSIDE or of another
    form is passed over, so a missing file is found by whoever knows what should be there.
    """
    if not pdf.stat().st_size:
        return
    with pdf.open("rb") as source, mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        for found in _INSIDE.finditer(whole):
            length = _LENGTH.search(found[0])
            if length is None:
                continue
            packed = whole[found.end() : found.end() + int(length[1])]
            if b"/FlateDecode" not in found[0]:
                yield packed
                continue
            try:
                unpacker = zlib.decompressobj()
                data = unpacker.decompress(packed, MAX_INSIDE)
            except zlib.error:
                continue
            if unpacker.eof:
                yield data


def is_available() -> bool:
    """Whether this machine can make PDF files; for the check-up page, never raises."""
    try:
        _weasyprint()
    except PdfUnavailable:
        return False
    return True


def data_uri(data: bytes | str, media_type: str) -> str:
    """Content as a data: URI, the only kind of address a printed page may draw on."""
    raw = data.encode() if isinstance(data, str) else data
    return f"data:{media_type};base64,{base64.b64encode(raw).decode('ascii')}"


def svg_uri(svg: str) -> str:
    return data_uri(svg, "image/svg+xml")


@contextmanager
def _no_collection() -> Iterator[None]:
    """Layout makes a million objects that stay until the end: looking through them for rubbish takes a fifth of the time.

    All are still in the youngest generation afterwards, so the first ordinary collection gives them back.
    """
    usual = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if usual:
            gc.enable()


def _attachment(name: str, data: bytes, moment: datetime, fetcher: Any) -> Any:
    from weasyprint import Attachment

    return Attachment(
        file_obj=io.BytesIO(data),
        name=name,
        created=moment,
        modified=moment,
        url_fetcher=fetcher,
        relationship="Data",
    )


def _identifier(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


@lru_cache(maxsize=1)
def _weasyprint() -> tuple[Callable[..., Any], Callable[..., Any], Any]:
    try:
        with redirect_stdout(io.StringIO()):  # without Pango it prints a banner before raising
            import weasyprint

            logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)  # a line a page says nothing
            from weasyprint.urls import URLFetcher
    except (OSError, ImportError) as problem:
        log.warning("PDF files are off: %s", problem)
        raise PdfUnavailable(
            _(
                "PDF files need the Pango library, which this machine does not have. "
                "On Debian or Ubuntu the administrator runs: %(command)s",
                command=APT_LINE,
            )
        ) from problem
    return weasyprint.HTML, weasyprint.CSS, URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
