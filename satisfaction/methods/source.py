"""From a file as it comes to rows of known make: its kind, its hash, UTF-8 text of bounded size, its header."""

import codecs
import csv
import gzip
import hashlib
import io
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from core.lazytext import _l
from satisfaction.methods import specs
from satisfaction.methods.refusal import Refusal

CHUNK = 1 << 20
MOST_BYTES = 2 << 30
MOST_COLUMNS = 2_000
MOST_ROWS = 20_000_000
MOST_CELLS = 200_000_000
MOST_LINE = 8 << 20
MOST_FIELD = 1 << 20
DELIMITERS = (",", ";", "\t", "|")

#: first bytes of files that are often sent in place of a table
_OTHER = (
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"%PDF", "PDF"),
    (b"\xd0\xcf\x11\xe0", "XLS (save it as .xlsx or CSV)"),
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"(\xb5/\xfd", "zstd"),
    (b"SQLite format 3", "SQLite"),
    (b"$FL2", "SPSS (save it as CSV)"),
)


@dataclass(frozen=True)
class FileSpec:
    """How the data file is written. An empty delimiter is found by the header; `blank`: more texts for "no answer"."""

    encoding: str = "utf-8"
    delimiter: str = ""
    sheet: str = ""
    decimal: str = "."
    blank: tuple[str, ...] = ()

    @classmethod
    def split(cls, spec: dict[str, Any]) -> tuple["FileSpec", dict[str, Any]]:
        """The file's part of a specification (at its top or under `data`), and the method's part. Raises Refusal."""
        known = ("encoding", "delimiter", "sheet", "decimal", "blank")
        rest = {key: value for key, value in spec.items() if key not in {*known, "data"}}
        given: dict[str, Any] = {key: (key, spec[key]) for key in known if key in spec}
        under = specs.mapping(spec.get("data"), "data")
        specs.only(under, known, "data")
        given |= {key: (f"data.{key}", value) for key, value in under.items()}
        made: dict[str, Any] = {}
        for key, (where, value) in given.items():
            if value is None:
                continue
            if key == "blank":
                made[key] = tuple(str(each).strip() for each in specs.codes(value, where))
            elif key == "delimiter":
                mark = "\t" if value in {"\\t", "tab"} else value
                if not isinstance(mark, str) or len(mark) != 1 or mark in '"\r\n':
                    raise Refusal(_l("“%(field)s” must be one character."), field=where)
                made[key] = mark
            elif key == "decimal":
                made[key] = specs.choice(value, where, (".", ","))
            else:
                made[key] = specs.text(value, where)
        if "encoding" in made:
            try:
                codecs.lookup(made["encoding"])
                "".encode(made["encoding"])
            except (LookupError, UnicodeError, ValueError):
                raise Refusal(
                    _l("“%(field)s”: no encoding is called “%(value)s” (utf-8 and gb18030 are common)."),
                    field=given["encoding"][0],
                    value=made["encoding"],
                ) from None
        return cls(**made), rest


@dataclass(frozen=True)
class Source:
    """A file at rest in our own folder. kind: text, gzip, xlsx or parquet."""

    path: Path
    name: str
    kind: str
    sha256: str


@dataclass(frozen=True)
class Text:
    """UTF-8 text; ends: its line ends counted, the last line included."""

    path: Path
    ends: int


def take(path: Path | None, stream: BinaryIO | None, folder: Path, most: int = MOST_BYTES) -> Source:
    """Hash the input and find out what it is; a stream is put on disk first. Raises Refusal."""
    name = path.name if path else "-"
    resting = folder / "input"
    try:
        if path is None:
            assert stream is not None
            with resting.open("wb") as out:
                _copy(stream, out, most, name)
        elif not path.is_file():
            reason = _l("there is no such file") if not path.exists() else _l("it is not a file")
            raise Refusal(_l("“%(field)s” cannot be read: %(reason)s."), field=str(path), reason=reason)
        else:
            try:
                resting.symlink_to(path.resolve())
            except OSError:
                shutil.copyfile(path, resting)  # where links need a right that is not given
        digest = hashlib.sha256()
        size = 0
        with resting.open("rb") as file:
            head = file.read(64)
            file.seek(0)
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise Refusal(
            _l("“%(field)s” cannot be read: %(reason)s."), field=name, reason=error.strerror or str(error)
        ) from None
    if not size:
        raise Refusal(_l("The file “%(field)s” is empty."), field=name)
    if size > most:
        raise _too_large(name, most)
    return Source(resting, name, _kind(head, name), digest.hexdigest())


def _copy(stream: BinaryIO, out: BinaryIO, most: int, name: str) -> None:
    written = 0
    while chunk := stream.read(CHUNK):
        written += len(chunk)
        if written > most:
            raise _too_large(name, most)
        out.write(chunk)


def _too_large(name: str, most: int) -> Refusal:
    return Refusal(
        _l("The file “%(field)s” has more than %(most)s bytes, which is too large."), field=name, most=most
    )


def _kind(head: bytes, name: str) -> str:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK"):
        return "xlsx"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    for start, what in _OTHER:
        if head.startswith(start):
            raise Refusal(
                _l("The file “%(field)s” is not a table: by its content it is %(kind)s."),
                field=name,
                kind=what,
            )
    return "text"


def to_text(source: Source, encoding: str, folder: Path, most: int = MOST_BYTES) -> Text:
    """Unpack and decode once; the text comes as UTF-8. Raises Refusal naming the line."""
    codec = codecs.lookup(encoding).name
    copy = source.kind == "gzip" or codec not in {"utf-8", "utf-8-sig", "ascii"}
    target = folder / "text.csv"
    decoder = codecs.getincrementaldecoder("utf-8-sig" if codec == "utf-8" else codec)("strict")
    total = ends = open_line = 0
    last = ""
    with source.path.open("rb") as raw, target.open("wb") if copy else io.BytesIO() as out:
        unpacked: Any = gzip.open(raw) if source.kind == "gzip" else raw  # noqa: SIM115 - `raw` is closed
        for number, chunk in enumerate(_chunks(unpacked, source.name)):
            total += len(chunk)
            if total > most:
                raise _too_large(source.name, most)
            if not number and codec.startswith("utf-8") and chunk[:2] in {b"\xff\xfe", b"\xfe\xff"}:
                raise Refusal(
                    _l("The file “%(field)s” is UTF-16, not UTF-8: write “encoding: utf-16”."),
                    field=source.name,
                )
            text = _decoded(decoder, chunk, encoding, ends, source.name, final=False)
            if "\0" in text:
                raise Refusal(
                    _l("The file “%(field)s”, line %(line)s: a NUL byte; this is not a text file."),
                    field=source.name,
                    line=ends + text.count("\n", 0, text.index("\0")) + 1,
                )
            cut = text.find("\n")
            open_line += len(text) if cut < 0 else cut
            if open_line > MOST_LINE:
                raise Refusal(
                    _l("The file “%(field)s”, line %(line)s is longer than %(most)s characters."),
                    field=source.name,
                    line=ends + 1,
                    most=MOST_LINE,
                )
            ends += text.count("\n")
            if cut >= 0:
                open_line = len(text) - text.rfind("\n") - 1
            last = text[-1:] or last
            if copy:
                out.write(text.encode("utf-8"))
        text = _decoded(decoder, b"", encoding, ends, source.name, final=True)
        if copy:
            out.write(text.encode("utf-8"))
    return Text(target if copy else source.path, ends + (last not in {"", "\n"}))


def _chunks(file: BinaryIO, name: str) -> Iterator[bytes]:
    try:
        while chunk := file.read(CHUNK):
            yield chunk
    except (OSError, EOFError, zlib.error):
        raise Refusal(_l("The packed file “%(field)s” is damaged or cut off."), field=name) from None


def _decoded(decoder: Any, chunk: bytes, encoding: str, ends: int, name: str, *, final: bool) -> str:
    try:
        text: str = decoder.decode(chunk, final)
    except UnicodeError as error:
        # Not every codec says where it stopped.
        before = bytes(error.object[: error.start]) if isinstance(error, UnicodeDecodeError) else b""
        raise Refusal(
            _l(
                "The file “%(field)s”, line %(line)s is not %(encoding)s. Name the encoding of the file, "
                "such as “encoding: gb18030”."
            ),
            field=name,
            line=ends + before.count(b"\n") + 1,
            encoding=encoding,
        ) from None
    return text


def records(path: Path, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the line each starts on, blank lines left out. Raises Refusal naming the line."""
    csv.field_size_limit(MOST_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        line = 1
        try:
            for record in reader:
                if record and (len(record) > 1 or record[0].strip()):
                    yield line, record
                line = reader.line_num + 1
        except csv.Error:
            raise Refusal(
                _l(
                    "The file “%(field)s”, line %(line)s: a quotation mark is not closed or stands in a wrong place."
                ),
                field=name,
                line=line,
            ) from None


def header(text: Text, given: str, name: str) -> tuple[str, list[str], int]:
    """The delimiter, the names as they stand in the first line with text, and the number of that line."""
    found: tuple[str, list[str], int] | None = None
    for delimiter in (given,) if given else DELIMITERS:
        try:
            first = next(records(text.path, delimiter, name), None)
        except Refusal:
            if given or (delimiter == DELIMITERS[-1] and found is None):
                raise
            continue
        if first is None:
            raise Refusal(_l("The file “%(field)s” holds no line with text."), field=name)
        line, record = first
        if found is None or len(record) > len(found[1]):
            found = (delimiter, record, line)
    assert found is not None
    return found


def column_names(given: list[str], name: str) -> tuple[list[str], frozenset[str]]:
    """Names of the columns, each once (repeated ones get a number), and those that the file has twice."""
    if len(given) > MOST_COLUMNS:
        raise Refusal(
            _l("The file “%(field)s” has %(count)s columns; at most %(most)s are read."),
            field=name,
            count=len(given),
            most=MOST_COLUMNS,
        )
    names: list[str] = []
    taken: set[str] = set()
    doubled: set[str] = set()
    for number, each in enumerate(given, 1):
        base = " ".join(each.split())[:200] or f"column {number}"
        candidate, turn = base, 2
        while candidate in taken:
            doubled.add(base)
            candidate, turn = f"{base} ({turn})", turn + 1
        taken.add(candidate)
        names.append(candidate)
    return names, frozenset(doubled)
