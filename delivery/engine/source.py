"""From a file as it comes to one of known make: its kind, its hash, UTF-8 text of bounded size, lines counted."""

import codecs
import csv
import gzip
import hashlib
import io
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from delivery.engine.errors import InputError

CHUNK = 1 << 20
MOST_LINE = 8 << 20
MOST_FIELD = 1 << 20
MOST_COLUMNS = 2_000

Progress = Callable[[str, int, int], None]

# First bytes of files that are often sent in place of a table, with a name people know.
_OTHER_FILES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or protected Office file; save it as .xlsx or CSV"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"(\xb5/\xfd", "a zstd archive"),
    (b"SQLite format 3", "a database"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what a file may make us do.

    bytes: of the text after unpacking; workbook_bytes: of all parts of an XLSX after unpacking.
    """

    bytes: int = 8 << 30
    workbook_bytes: int = 1 << 30
    columns: int = MOST_COLUMNS


@dataclass(frozen=True, slots=True)
class Source:
    """A file at rest in our own folder under a plain name, so that its name cannot mean anything to the reader."""

    path: Path
    name: str
    kind: str  # "text", "gzip", "xlsx" or "parquet"
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Text:
    """UTF-8 text. `plain` says that each record is one line: no line breaks in fields, no blank lines.

    longest: bytes of its longest line.
    """

    path: Path
    lines: int
    plain: bool
    longest: int


def take(path: Path | None, stream: BinaryIO | None, folder: Path, limits: Limits) -> Source:
    """Hash the input and find out what it is. A stream is put on disk first."""
    name = path.name if path else "standard input"
    resting = folder / "input"
    if path is None:
        assert stream is not None
        _spool(stream, resting, limits, name)
    else:
        if not path.is_file():
            raise InputError(
                "file.missing", "no such file." if not path.exists() else "not a file.", where=name
            )
        try:
            resting.symlink_to(path.resolve())
        except OSError:
            # Where links need a right that is not given.
            shutil.copyfile(path, resting)
    digest = hashlib.sha256()
    size = 0
    try:
        with resting.open("rb") as file:
            head = file.read(32)
            file.seek(0)
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise InputError("file.unreadable", f"{error.strerror or error}.", where=name) from None
    if not size:
        raise InputError("file.empty", "the file is empty.", where=name)
    return Source(resting, name, _kind(head, name), size, digest.hexdigest())


def _spool(stream: BinaryIO, resting: Path, limits: Limits, name: str) -> None:
    written = 0
    with resting.open("wb") as file:
        while chunk := stream.read(CHUNK):
            written += len(chunk)
            if written > limits.bytes:
                raise InputError("file.too_large", f"more than {limits.bytes} bytes.", where=name)
            file.write(chunk)


def _kind(head: bytes, name: str) -> str:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK"):
        return "xlsx"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    for start, what in _OTHER_FILES:
        if head.startswith(start):
            raise InputError("file.not_a_table", f"this is {what}, not a table.", where=name, what=what)
    return "text"


def to_text(source: Source, encoding: str, folder: Path, limits: Limits, progress: Progress | None) -> Text:
    """Unpack, decode and look over the text once: encoding, NUL bytes, over-long lines, line breaks in quotes.

    Raises InputError with the number of the line.
    """
    codec = codecs.lookup(encoding).name
    copy = source.kind == "gzip" or codec not in {"utf-8", "utf-8-sig", "ascii"}
    target = folder / "text.csv"
    scan = _Scan(source.name)
    decoder = codecs.getincrementaldecoder("utf-8-sig" if codec == "utf-8" else codec)("strict")
    total = 0
    with source.path.open("rb") as raw, target.open("wb") if copy else io.BytesIO() as out:
        unpacked: BinaryIO = gzip.open(raw) if source.kind == "gzip" else raw  # type: ignore[assignment] # noqa: SIM115
        begun = False
        for chunk in _chunks(unpacked, source.name):
            total += len(chunk)
            if total > limits.bytes:
                message = f"more than {limits.bytes} bytes after unpacking."
                raise InputError("file.too_large", message, where=source.name)
            if not begun:
                _check_byte_order(chunk, codec, source.name)
                begun = True
            text = _decode(decoder, chunk, encoding, scan, final=False)
            if copy:
                data = text.encode("utf-8")
                out.write(data)
                scan.add(data)
            else:
                scan.add(chunk)
            if progress:
                progress("read", raw.tell(), source.size)
        _decode(decoder, b"", encoding, scan, final=True)
    scan.finish()
    if not scan.bytes:
        raise InputError("file.empty", "the file is empty.", where=source.name)
    return Text(target if copy else source.path, scan.lines, scan.plain, scan.longest)


def _chunks(file: BinaryIO, name: str) -> Iterator[bytes]:
    try:
        while chunk := file.read(CHUNK):
            yield chunk
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise InputError("file.broken", "the packed file is damaged or cut off.", where=name) from None
    except OSError as error:
        raise InputError("file.unreadable", f"{error.strerror or error}.", where=name) from None


def _check_byte_order(chunk: bytes, codec: str, name: str) -> None:
    if codec.startswith("utf-8") and chunk[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        message = "the text is UTF-16, not UTF-8: write encoding: utf-16."
        raise InputError("file.encoding", message, where=name, line=1)


def _decode(
    decoder: codecs.IncrementalDecoder, chunk: bytes, encoding: str, scan: "_Scan", *, final: bool
) -> str:
    try:
        return decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        line = scan.lines + bytes(error.object[: error.start]).count(b"\n") + 1
        message = (
            f"line {line} is not {encoding}: the byte 0x{error.object[error.start]:02X} has no meaning there. "
            "Name the encoding of the file (gb18030 and windows-1252 are common)."
        )
        raise InputError("file.encoding", message, where=scan.name, line=line, encoding=encoding) from None


class _Scan:
    """Counts over UTF-8 text that comes in chunks."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.bytes = 0
        self.lines = 0
        self.plain = True
        self.longest = 0
        self._open_line = 0
        self._odd_quotes = False
        self._tail = b""

    def add(self, chunk: bytes) -> None:
        nul = chunk.find(b"\0")
        if nul >= 0:
            line = self.lines + chunk.count(b"\n", 0, nul) + 1
            message = f"line {line} has a NUL byte: this is not a text file, or it is damaged."
            raise InputError("file.nul", message, where=self.name, line=line)
        view = np.frombuffer(chunk, dtype=np.uint8)
        ends = np.flatnonzero(view == 10)
        if not self.bytes and chunk[:3] == codecs.BOM_UTF8:
            self._open_line -= 3
        self._check_length(ends, len(chunk))
        if self.plain:
            self.plain = self._is_plain(chunk, view, ends)
        self.bytes += len(chunk)
        self.lines += len(ends)
        self._tail = chunk[-2:]

    def _check_length(self, ends: "np.ndarray[tuple[int], np.dtype[np.int64]]", size: int) -> None:
        if not len(ends):
            self._open_line += size
            longest, line = self._open_line, self.lines + 1
        else:
            lengths = np.diff(ends, prepend=-1)
            lengths[0] += self._open_line
            widest = int(np.argmax(lengths))
            longest, line = int(lengths[widest]), self.lines + widest + 1
            self._open_line = size - int(ends[-1]) - 1
        self.longest = max(self.longest, longest, self._open_line)
        if self.longest > MOST_LINE:
            message = f"line {line} is longer than {MOST_LINE} bytes."
            raise InputError("file.long_line", message, where=self.name, line=line)

    def _is_plain(
        self,
        chunk: bytes,
        view: "np.ndarray[tuple[int], np.dtype[np.uint8]]",
        ends: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    ) -> bool:
        joined = self._tail + chunk
        if b"\n\n" in joined or b"\n\r\n" in joined or (not self.bytes and chunk[:1] in {b"\n", b"\r"}):
            return False
        returns = joined.count(b"\r") - joined.endswith(b"\r")
        if returns != joined.count(b"\r\n"):
            return False
        if b'"' not in chunk:
            return not (self._odd_quotes and len(ends))
        before = np.searchsorted(np.flatnonzero(view == 34), ends)
        counts = np.diff(before, prepend=0)
        if len(counts):
            counts[0] += self._odd_quotes
            if (counts % 2).any():
                return False
            self._odd_quotes = False
        left = int((view[int(ends[-1]) + 1 if len(ends) else 0 :] == 34).sum())
        self._odd_quotes = bool((left + self._odd_quotes) % 2)
        return True

    def finish(self) -> None:
        if self._odd_quotes:
            self.plain = False
        if self._open_line > 0:
            self.lines += 1


def records(text: Text, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the line each starts on; blank lines are left out. Quoting errors name the line."""
    csv.field_size_limit(MOST_FIELD)
    with text.path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        line = 1
        try:
            for record in reader:
                if record:
                    yield line, record
                line = reader.line_num + 1
        except csv.Error as error:
            problem = str(error)
            if "unexpected end of data" in problem:
                message = f"the quote that opens on line {line} is never closed."
                raise InputError("file.open_quote", message, where=name, line=line) from None
            if "field larger" in problem:
                message = f"line {line} has a field of more than {MOST_FIELD} characters."
                raise InputError("file.long_field", message, where=name, line=line) from None
            message = f"line {reader.line_num}: {problem} (the record starts on line {line})."
            raise InputError("file.quoting", message, where=name, line=line) from None


def choose_delimiter(text: Text, given: str, needed: list[str], name: str) -> tuple[str, list[str]]:
    """The delimiter and the header. Without one given, the first that shows all needed columns."""
    first: tuple[str, list[str]] | None = None
    for delimiter in (given,) if given else (",", ";", "\t", "|"):
        try:
            header = next((record for _, record in records(text, delimiter, name)), None)
        except InputError:
            if given or delimiter == "|":
                raise
            continue
        if header is None:
            raise InputError("file.empty", "the file has no line with text.", where=name)
        names = [each.strip() for each in header]
        if set(needed) <= set(names):
            return delimiter, header
        if first is None or (len(header) > 1 and len(first[1]) == 1):
            first = (delimiter, header)
    if first is None:
        raise InputError("file.quoting", "the first line cannot be read.", where=name, line=1)
    return first


def column_names(header: list[str], needed: list[str], limits: Limits, name: str) -> list[str]:
    """Names of the columns, each once. Needed ones must be there, once; others that repeat get a number."""
    if len(header) > limits.columns:
        message = f"{len(header)} columns; at most {limits.columns} are read."
        raise InputError("file.columns", message, where=name)
    names = [each.strip() for each in header]
    missing = [each for each in needed if each not in names]
    if missing:
        listed = ", ".join(f"“{each}”" for each in missing)
        have = ", ".join(f"“{each[:100]}”" for each in names[:50])
        more = f" and {len(names) - 50} more" if len(names) > 50 else ""
        message = f"line 1 has no column {listed}. The file has {have}{more}."
        raise InputError("file.missing_columns", message, where=name, line=1, missing=missing, columns=names)
    for each in needed:
        if names.count(each) > 1:
            message = f"line 1 names the column “{each}” {names.count(each)} times."
            raise InputError("file.column_twice", message, where=name, line=1, column=each)
    # Needed names keep their spelling; the database does not tell upper from lower case.
    taken = {each.casefold() for each in needed}
    result = []
    for number, each in enumerate(names, start=1):
        if each in needed:
            result.append(each)
            continue
        base = each or f"column {number}"
        candidate, turn = base, 2
        while candidate.casefold() in taken:
            candidate, turn = f"{base} ({turn})", turn + 1
        taken.add(candidate.casefold())
        result.append(candidate)
    return result
