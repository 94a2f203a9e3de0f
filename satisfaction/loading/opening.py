"""Opening a file of answers: CSV of any usual encoding, packed or not, or a workbook. Bounded in every direction."""

import codecs
import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from core.errors import InvalidInput
from core.files import XLSX
from core.i18n import _, format_number
from satisfaction.rules.imports import COLUMNS_MOST, LINE_MOST

UNPACKED_MOST: Final = 500_000_000
LINES_MOST: Final = 5_000_000  # a row may have several
BLANK_MOST: Final = 100_000  # lines with nothing on them
WORKBOOK_MOST: Final = 200_000_000  # unpacked; the texts of a workbook are held in memory
ENCODINGS: Final = ("utf-8", "gb18030", "utf-16", "big5", "shift_jis", "euc-kr", "windows-1252")
DELIMITERS: Final = (",", "\t", ";", "|")
ACCEPTED: Final = frozenset({XLSX, "application/gzip", "text/csv", "text/plain"})
Row = tuple[int, list[str]]


@dataclass(slots=True)
class Table:
    """An opened file: header, and rows with their line as they are read."""

    header: list[str]
    rows: Iterator[Row]
    encoding: str
    delimiter: str
    close: Callable[[], None]


def open_table(path: Path, name: str, *, encoding: str = "", delimiter: str = "") -> Table:
    """Raises InvalidInput that names the file, the line and the reason."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"PK\x03\x04"):
        return _workbook(path, name)
    packed = head.startswith(b"\x1f\x8b")
    used = encoding if encoding in ENCODINGS else _guess_encoding(path, name, packed=packed)
    with _text(path, used, packed=packed) as stream:
        first = _checked(lambda: stream.readline(LINE_MOST), name, 1, used)
    chosen = delimiter if delimiter in DELIMITERS else _guess_delimiter(first)
    stream = _text(path, used, packed=packed)
    records = _records(stream, chosen, name, used)
    try:
        found = next(records, None)
        if found is None:
            raise InvalidInput(_("“%(name)s” is empty.", name=name))
        header = _header(found[1], name)
    except BaseException:
        stream.close()
        raise
    return Table(header, records, used, chosen, stream.close)


def _bytes(path: Path, *, packed: bool) -> io.BufferedReader:
    return io.BufferedReader(_Bounded(gzip.open(path) if packed else path.open("rb")), 1 << 18)


def _text(path: Path, encoding: str, *, packed: bool) -> io.TextIOWrapper:
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    return io.TextIOWrapper(_bytes(path, packed=packed), encoding=codec, newline="")


class _Bounded(io.RawIOBase):
    """Stops a packed file that would unpack without end."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.left = UNPACKED_MOST

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self.inner.read(min(len(buffer), 1 << 20))
        except (OSError, EOFError, zlib.error):
            raise InvalidInput(_("The packed file is damaged or cut off.")) from None
        self.left -= len(data)
        if self.left < 0:
            raise InvalidInput(
                _("Unpacked, the file is larger than %(size)s MB. Split it.", size=UNPACKED_MOST // 1_000_000)
            )
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.inner.close()
        super().close()


@lru_cache(maxsize=32)
def _guess_encoding(path: Path, name: str, *, packed: bool) -> str:
    """By its mark, else the first of UTF-8, GB 18030 and EUC-KR that the whole file is; stored files never change."""
    candidates = {
        code: codecs.getincrementaldecoder("utf-8-sig" if code == "utf-8" else code)("strict")
        for code in ("utf-8", "gb18030", "euc-kr")
    }
    stream = _bytes(path, packed=packed)
    first, bare, lines = True, 0, 0
    try:
        while chunk := stream.read(1 << 20):
            lines += max(chunk.count(b"\n"), chunk.count(b"\r"))
            if lines > LINES_MOST:
                raise _too_many_lines(name)
            if first and chunk[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
                return "utf-16"
            if b"\x00" in chunk:
                raise InvalidInput(
                    _("“%(name)s” is not a table: it holds binary data. Give a CSV or .xlsx file.", name=name)
                )
            first = False
            bare = 0 if b"\n" in chunk or b"\r" in chunk else bare + 1
            if bare > 2:
                raise InvalidInput(_("“%(name)s”: a line is longer than what is read.", name=name))
            plain = chunk.isascii()
            for code, decoder in list(candidates.items()):
                if plain and not decoder.getstate()[0]:  # the same in all of them
                    continue
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    del candidates[code]
            if not candidates:
                return "windows-1252"
    finally:
        stream.close()
    if first:
        raise InvalidInput(_("“%(name)s” is empty.", name=name))
    return next(iter(candidates))


def _too_many_lines(name: str) -> InvalidInput:
    return InvalidInput(
        _(
            "“%(name)s” has more than %(most)s lines. Split it, or remove empty lines.",
            name=name,
            most=format_number(LINES_MOST),
        )
    )


def _guess_delimiter(line: str) -> str:
    plain = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=plain.count)


def _checked(read: Callable[[], Any], name: str, line: int, encoding: str) -> Any:
    try:
        return read()
    except UnicodeError:
        raise InvalidInput(
            _(
                "“%(name)s”, near line %(line)s: the text is not %(encoding)s. Choose the encoding of the file.",
                name=name,
                line=line,
                encoding=encoding.upper(),
            )
        ) from None


def _records(stream: io.TextIOWrapper, delimiter: str, name: str, encoding: str) -> Iterator[Row]:
    csv.field_size_limit(LINE_MOST)
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    line, blank = 1, 0
    while True:
        try:
            record = _checked(lambda: next(reader), name, line, encoding)
        except StopIteration:
            return
        except csv.Error as error:
            raise InvalidInput(
                _(
                    "“%(name)s”, line %(line)s: a quotation mark is not closed or stands in a wrong place, or a field is too long.",
                    name=name,
                    line=format_number(line),
                )
            ) from error
        if record:
            yield line, record
        else:
            blank += 1
            if blank > BLANK_MOST:
                raise InvalidInput(
                    _(
                        "“%(name)s” has more than %(most)s empty lines. Remove them.",
                        name=name,
                        most=format_number(BLANK_MOST),
                    )
                )
        line = reader.line_num + 1
        if line > LINES_MOST:
            raise _too_many_lines(name)


def _header(cells: Sequence[str], name: str) -> list[str]:
    """Names of the columns, each once: what repeats or is empty gets a number."""
    names = [" ".join(cell.replace("\x00", "").split())[:200] for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > COLUMNS_MOST:
        raise InvalidInput(
            _(
                "“%(name)s” has %(found)s columns; at most %(most)s are read.",
                name=name,
                found=format_number(len(names)),
                most=COLUMNS_MOST,
            )
        )
    if not names:
        raise InvalidInput(_("“%(name)s”: the first line holds no names of columns.", name=name))
    made: list[str] = []
    for number, each in enumerate(names, 1):
        base = each or f"column {number}"
        candidate, turn = base, 2
        while candidate in made:
            candidate, turn = f"{base} ({turn})", turn + 1
        made.append(candidate)
    return made


def _workbook(path: Path, name: str) -> Table:
    damaged = _(
        "“%(name)s”: the workbook can’t be read; it may be damaged. Save it once more as .xlsx.", name=name
    )
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            names = {part.filename for part in parts}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise InvalidInput(damaged) from None
    if "xl/workbook.xml" not in names:
        raise InvalidInput(_("“%(name)s” is packed like a workbook, but it is none.", name=name))
    bomb = any(
        part.file_size > 1_000_000 and part.file_size > 250 * max(part.compress_size, 1) for part in parts
    )
    if bomb or len(parts) > 5000 or sum(part.file_size for part in parts) > WORKBOOK_MOST:
        raise InvalidInput(
            _("Unpacked, the file is larger than %(size)s MB. Split it.", size=WORKBOOK_MOST // 1_000_000)
        )
    import openpyxl

    if not openpyxl.DEFUSEDXML:
        raise RuntimeError("defusedxml must be installed to read workbooks")
    file = path.open("rb")
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = next(
            each for each in book.worksheets if each.sheet_state == "visible" and hasattr(each, "iter_rows")
        )
        sheet.reset_dimensions()
    except Exception as error:
        file.close()
        raise InvalidInput(damaged) from error

    def rows() -> Iterator[Row]:
        line = 0
        try:
            for cells in sheet.iter_rows(values_only=True, max_col=COLUMNS_MOST + 1, max_row=1_048_576):
                line += 1
                if cells.count(None) == len(cells):
                    continue
                texts = [_cell(value) for value in cells]
                if any(texts):
                    yield line, texts
        except InvalidInput:
            raise
        except Exception as error:
            raise InvalidInput(damaged) from error

    made = rows()
    first = next(made, None)
    if first is None:
        file.close()
        raise InvalidInput(_("“%(name)s” is empty.", name=name))

    def close() -> None:
        book.close()
        file.close()

    return Table(_header(first[1], name), made, "", "", close)


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime():
            moment = value.replace(microsecond=0)
            return moment.date().isoformat() if moment.time().isoformat() == "00:00:00" else str(moment)
    return str(value)
