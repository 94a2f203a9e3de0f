"""Stored files: sniffed, limited, hashed, kept outside the web root under their SHA-256, served as attachments."""

import hashlib
import os
import tempfile
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import filetype
from flask import Response, current_app, send_file
from sqlalchemy import BigInteger, Integer, String, select
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.datastructures import FileStorage

from core import clock
from core.db import Keyed, Model, session
from core.errors import InvalidInput, NotFound
from core.i18n import _

CHUNK = 1 << 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IMAGE = {"image/png", "image/jpeg", "image/webp"}
DOCUMENT = {
    "application/pdf",
    XLSX,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "text/plain",
    "text/csv",
}
#: small tables; a workbook that was packed anew may look like any archive, and is read or refused by its content
TABLE = {XLSX, "application/zip", "text/csv", "text/plain"}
#: file endings that stand for a type; a file whose content is another type is refused by name
BY_ENDING = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
    ".xlsx": XLSX,
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".md": "text/plain",
    ".gz": "application/gzip",
    ".parquet": "application/vnd.apache.parquet",
}

#: endings under which text is kept; under any other (.html, .svg, .bat) somebody's machine might run it
TEXT_ENDINGS = {"", ".txt", ".csv", ".tsv", ".md", ".log", ".dat"}


class StoredFile(Keyed, Model):
    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(String(64), nullable=False, index=True)
    size: Mapped[int] = mapped_column(BigInteger, nullable=False)
    media_type: Mapped[str] = mapped_column(String(120), nullable=False)
    name: Mapped[str] = mapped_column(String(200), nullable=False)
    added_by_id: Mapped[int | None] = mapped_column(Integer)
    added_at: Mapped[datetime] = mapped_column(default=clock.now)


@dataclass(frozen=True)
class Received:
    """An upload that passed: where its bytes are now, what they are."""

    path: Path
    sha256: str
    size: int
    media_type: str
    name: str


def folder() -> Path:
    place = Path(current_app.config["DATA_DIR"]) / "files"
    place.mkdir(parents=True, exist_ok=True)
    return place


def path_of(sha256: str) -> Path:
    return folder() / sha256[:2] / sha256


def safe_name(name: str | None) -> str:
    """The last part of a given file name without anything that could mislead: no paths, controls or overrides."""
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(
        character for character in last if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
    )
    kept = kept.strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if not dot:
        stem, ending = kept, ""
    stem = stem[:120]
    if stem.upper() in {
        "CON",
        "PRN",
        "AUX",
        "NUL",
        *(f"COM{n}" for n in range(10)),
        *(f"LPT{n}" for n in range(10)),
    }:
        stem = f"_{stem}"
    return (f"{stem}.{ending[:16]}" if ending else stem) or "file"


def sniff(head: bytes, name: str) -> str:
    """Media type by content; text by its ending when the bytes are text."""
    if head[:4] == b"PAR1":
        return "application/vnd.apache.parquet"
    guess = filetype.guess(head)
    if guess is not None:
        return str(guess.mime)
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "application/octet-stream"
    return "text/csv" if name.lower().endswith((".csv", ".tsv")) else "text/plain"


def receive_upload(upload: FileStorage, accept: Iterable[str], *, limit: int | None = None) -> Received:
    """The file of a form; without a limit as large as a request may be."""
    most = limit or int(current_app.config["MAX_CONTENT_LENGTH"])
    with upload.stream as stream:
        return receive(stream, upload.filename, limit=most, accept=set(accept))


def receive(
    stream: IO[bytes], name: str | None, *, limit: int, accept: set[str] | None = None, prefix: bytes = b""
) -> Received:
    """Stream an upload into the store. Refuses by limit while reading, by content afterwards; leaves nothing behind."""
    shown = safe_name(name)
    digest, size, head = hashlib.sha256(), 0, b""
    descriptor, temporary = tempfile.mkstemp(dir=folder())
    try:
        with os.fdopen(descriptor, "wb") as out:
            chunk = prefix or stream.read(CHUNK)
            while chunk:
                size += len(chunk)
                if size > limit:
                    raise InvalidInput(
                        _(
                            "“%(name)s” is larger than the limit of %(limit)s MB.",
                            name=shown,
                            limit=f"{limit / 1e6:,.0f}",
                        )
                    )
                if len(head) < 8192:
                    head += chunk[:8192]
                digest.update(chunk)
                out.write(chunk)
                chunk = stream.read(CHUNK)
            out.flush()
            os.fsync(out.fileno())
        if size == 0:
            raise InvalidInput(_("“%(name)s” is empty.", name=shown))
        media_type = sniff(head, shown)
        _check_type(shown, media_type, accept)
        if media_type in {"text/plain", "text/csv"} and Path(shown).suffix.lower() not in TEXT_ENDINGS:
            shown = f"{shown}.txt"
        target = path_of(digest.hexdigest())
        target.parent.mkdir(exist_ok=True)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return Received(target, digest.hexdigest(), size, media_type, shown)


def _check_type(name: str, media_type: str, accept: set[str] | None) -> None:
    ending = Path(name).suffix.lower()
    promised = BY_ENDING.get(ending)
    text_like = {"text/plain", "text/csv"}
    if promised and promised != media_type and not {promised, media_type} <= text_like:
        raise InvalidInput(
            _(
                "“%(name)s” ends in %(ending)s, but its content is %(found)s. Nothing was stored.",
                name=name,
                ending=ending,
                found=media_type,
            )
        )
    if accept is not None and media_type not in accept:
        raise InvalidInput(
            _("“%(name)s” is of a kind that can't be used here (%(found)s).", name=name, found=media_type)
        )


def store(received: Received, *, actor: Any) -> StoredFile:
    """The row of a received file, in the transaction of what it belongs to."""
    made = StoredFile(
        sha256=received.sha256,
        size=received.size,
        media_type=received.media_type,
        name=received.name,
        added_by_id=getattr(actor, "id", None),
    )
    session.add(made)
    session.flush()
    return made


def get_own(file_id: int, person: Any) -> StoredFile:
    """A file for the next step of who brought it (import with preview); to everybody else it does not exist."""
    found = session.get(StoredFile, file_id)
    if found is None or found.added_by_id != person.id or not path_of(found.sha256).exists():
        raise NotFound
    return found


def send(stored: StoredFile) -> Response:
    """Always as an attachment, never sniffed, in a sandbox of its own."""
    response = send_file(
        path_of(stored.sha256),
        mimetype=stored.media_type,
        as_attachment=True,
        download_name=stored.name,
        etag=stored.sha256,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def sweep() -> int:
    """Remove stored bytes that no row knows (a process died between file and row), once they are a day old."""
    known = set(session.scalars(select(StoredFile.sha256)))
    removed = 0
    horizon = clock.now().timestamp() - 86_400
    for path in folder().rglob("*"):
        if path.is_file() and path.name not in known and path.stat().st_mtime < horizon:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
