"""Uploads: told by content, limited while reading, names without tricks, served as attachments only."""

import io
from pathlib import Path

import pytest
from flask import Flask

from core import files
from core.db import session
from core.errors import InvalidInput, NotFound
from tests.people import People

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)


def take(data: bytes, name: str, **more: object) -> files.Received:
    return files.receive(io.BytesIO(data), name, limit=int(str(more.pop("limit", 1000))), **more)  # type: ignore[arg-type]  # passed on


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\x00b.csv", "ab.csv"),
        ("report\u202efdp.exe", "reportfdp.exe"),
        ("CON.txt", "_CON.txt"),
        ("com1", "_com1"),
        ("", "file"),
        (None, "file"),
        ("...", "file"),
        ("图片\r\nX: y.png", "图片X: y.png"),
        ("x" * 300 + ".csv", "x" * 120 + ".csv"),
    ],
)
def test_names_keep_nothing_that_misleads(given: str | None, kept: str) -> None:
    assert files.safe_name(given) == kept


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b"x" * 1001, "a.csv", "larger than the limit"),
        (b"", "a.csv", "is empty"),
        (PNG, "a.csv", "its content is image/png"),
        (b"a,b\n", "a.png", "its content is text"),
        (b"MZ\x90\x00" + b"\x00" * 60, "a.csv", "content is"),
        (b"%PDF-1.7\n<script>alert(1)</script>", "a.png", "its content is application/pdf"),
        (b"GIF89a/*\x00*/=1;alert(1)", "a.jpg", "its content is image/gif"),
    ],
)
def test_what_is_not_what_it_says_is_refused_and_leaves_nothing(
    app: Flask, data: bytes, name: str, why: str
) -> None:
    before = sorted(files.folder().rglob("*"))
    with pytest.raises(InvalidInput, match=why):
        take(data, name)
    assert sorted(path for path in files.folder().rglob("*") if path.is_file()) == [
        path for path in before if path.is_file()
    ]


def test_the_limit_is_kept_while_reading(app: Flask) -> None:
    class Endless(io.RawIOBase):
        read_bytes = 0

        def read(self, size: int = -1) -> bytes:
            self.read_bytes += size
            return b"x" * size

    stream = Endless()
    with pytest.raises(InvalidInput, match="larger"):
        files.receive(stream, "a.csv", limit=3_000_000)  # type: ignore[arg-type]  # a stream without an end
    assert stream.read_bytes <= 5_000_000


def test_a_kind_that_is_not_accepted_is_refused(app: Flask) -> None:
    with pytest.raises(InvalidInput, match="can't be used here"):
        take(PNG, "a.png", accept={"text/csv"})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("page.html", "page.html.txt"),
        ("drawing.svg", "drawing.svg.txt"),
        ("run.bat", "run.bat.txt"),
        ("log.csv", "log.csv"),
        ("note", "note"),
    ],
)
def test_text_is_kept_under_an_ending_that_nothing_runs(app: Flask, given: str, kept: str) -> None:
    assert take(b"<script>alert(1)</script>", given).name == kept


def test_bytes_are_kept_once_under_their_hash_and_sent_as_attachment(app: Flask, people: People) -> None:
    first, second = take(PNG, "a.png"), take(PNG, "b.png")
    assert first.path == second.path
    assert first.path.read_bytes() == PNG
    stored = files.store(first, actor=people.staff)
    with app.test_request_context():
        answer = files.send(stored)
        answer.direct_passthrough = False
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        answer.close()
    assert files.get_own(stored.id, people.staff).id == stored.id
    with pytest.raises(NotFound):
        files.get_own(stored.id, people.manager)


def test_the_sweep_removes_what_no_row_knows_once_it_is_old(live_app: Flask) -> None:
    import os
    import time

    with live_app.app_context():
        kept = files.store(take(PNG, "a.png"), actor=None)
        session.commit()
        orphan, young = take(b"orphan", "o.txt").path, take(b"young", "y.txt").path
        day = time.time() - 100_000
        for path in (orphan, files.path_of(kept.sha256)):
            os.utime(path, (day, day))
        assert files.sweep() == 1
        assert not orphan.exists()
        assert young.exists()
        assert files.path_of(kept.sha256).exists()
        assert isinstance(young, Path)
