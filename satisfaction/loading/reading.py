"""A file of answers becomes columns of numbers. No database; the preview and the import read the same way.

Values repeat: each distinct text of a column is understood once, then all its rows by one lookup each, so a hundred
thousand rows of thirty columns take about a second.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

import numpy as np

from core.errors import InvalidInput
from core.i18n import _, format_number
from satisfaction.loading.opening import Row, Table
from satisfaction.rules.imports import GROUP_VALUES_MOST, ROWS_MOST, ColumnSeen, Mapping, Problem, Use
from satisfaction.rules.items import NOT_APPLICABLE, Column, Kind, clean_text

CHUNK: Final = 10_000
#: what people write for nothing, whatever the scale
BLANKS: Final = frozenset(
    {"", "na", "n/a", "nan", "null", "none", "blank", "missing", "-", "--", "不适用", "无", "空", "空白"}
)
DATE_FORMS: Final = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M",
    "%Y%m%d", "%Y年%m月%d日", "%d.%m.%Y", "%m/%d/%Y",
)  # fmt: skip


@dataclass(slots=True)
class Read:
    """What a file says, or its first rows. `codes` by answer key, NaN for no answer; all arrays have `kept` rows."""

    rows: int = 0
    kept: int = 0
    lines: list[int] = field(default_factory=list)
    codes: dict[str, "np.ndarray[Any, np.dtype[np.float32]]"] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    weights: "np.ndarray[Any, np.dtype[np.float64]] | None" = None
    days: list[date | None] = field(default_factory=list)
    seen: dict[str, ColumnSeen] = field(default_factory=dict)
    problems: dict[tuple[str, str], Problem] = field(default_factory=dict)

    @property
    def aside(self) -> int:
        return self.rows - self.kept

    @property
    def reasons(self) -> dict[str, int]:
        counted: Counter[str] = Counter()
        for problem in self.problems.values():
            counted[problem.reason] += problem.count
        return dict(counted)


class _Values:
    """Understands the values of one column; each distinct text once."""

    def __init__(
        self, name: str, use: Use, column: Column, mapping: Mapping, options: dict[str, int]
    ) -> None:
        self.name, self.use, self.column = name, use, column
        self.blank = {word.strip().casefold() for word in (*mapping.blank, *use.blank)}
        self.words = dict(options)
        if column.kind == Kind.kano:
            for number, words in enumerate(mapping.kano, 1):
                self.words |= {_word(word): number for word in words}
        self.reject = mapping.outside != "blank"
        self.low = use.low if use.low is not None else float(column.low)
        self.high = use.high if use.high is not None else float(column.high)
        self.known: dict[str, float] = {}
        self.wrong: set[str] = set()

    def learn(self, texts: set[str]) -> None:
        for text in texts - self.known.keys():
            self.known[text] = self._understand(text)

    def _understand(self, text: str) -> float:
        word = _word(text)
        if word in self.blank:
            return float(NOT_APPLICABLE)
        if word in self.words:
            return self._turned(float(self.words[word]))
        if word in BLANKS:
            return math.nan
        if self.column.several:
            return self._several(text)
        try:
            number = float(word.replace(",", ".") if word.count(",") == 1 and "." not in word else word)
        except ValueError:
            number = math.nan
        if f"{number:g}" in self.blank:
            return float(NOT_APPLICABLE)
        if not self.low <= number <= self.high:
            self.wrong.add(text)
            return math.nan
        column = self.column
        if self.use.low is not None and (self.low, self.high) != (column.low, column.high):
            share = (number - self.low) / (self.high - self.low)
            number = column.low + share * (column.high - column.low)
        return self._turned(number)

    def _several(self, text: str) -> float:
        """Options chosen together, by their words or numbers, parted by semicolons, bars or commas."""
        chosen = 0
        for part in re.split(r"[;|,；，、]", text):
            word = _word(part)
            if not word:
                continue
            most = (int(self.column.high) + 1).bit_length() - 1
            number = int(word) if word.isascii() and word.isdigit() and len(word) < 4 else 0
            bit = self.words.get(word) or (1 << (number - 1) if 1 <= number <= most else 0)
            if not bit:
                self.wrong.add(text)
                return math.nan
            chosen |= bit
        return float(chosen) if chosen else math.nan

    def _turned(self, number: float) -> float:
        return self.column.low + self.column.high - number if self.use.reverse else number


def _word(text: str) -> str:
    return text.strip().rstrip(".。").strip().casefold()


def read_rows(
    table: Table,
    mapping: Mapping,
    columns: Sequence[Column],
    options: dict[str, dict[str, int]],
    *,
    most: int | None = None,
    reject: Callable[[int, str, str, str], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Read:
    """Reads all rows, or the first `most`. `options` gives, by item, the words of its choices as their numbers.

    `reject` is told each row that is set aside: line, column, value, reason. Raises InvalidInput for a file that can't
    be read to its end, so nothing is ever taken half.
    """
    found = Read()
    by_key = {column.key: column for column in columns}
    at = {name: number for number, name in enumerate(table.header)}
    values = [
        _Values(name, use, by_key[use.key], mapping, options.get(by_key[use.key].code, {}))
        for name, use in mapping.uses.items()
        if use.role == "item" and not by_key[use.key].is_text
    ]
    written = [
        (name, use.key)
        for name, use in mapping.uses.items()
        if use.role == "item" and by_key[use.key].is_text
    ]
    parts: dict[str, list[Any]] = {each.use.key: [] for each in values}
    found.texts = {key: [] for _name, key in written}
    found.groups = {name: [] for name in mapping.groups}
    found.seen = {each.name: ColumnSeen() for each in values}
    weights: list[Any] = []
    width = len(table.header)
    chunk_size = CHUNK if most is None else min(CHUNK, most)
    while True:
        chunk = list(islice(table.rows, chunk_size if most is None else min(chunk_size, most - found.rows)))
        if not chunk:
            break
        found.rows += len(chunk)
        if found.rows > ROWS_MOST:
            raise InvalidInput(
                _("The file has more than %(most)s rows. Split it.", most=format_number(ROWS_MOST))
            )
        chunk = _right_width(chunk, width, found, reject)
        if chunk:
            _take(chunk, found, mapping, values, written, parts, weights, at, reject)
        if progress is not None:
            progress(found.rows)
        if most is not None and found.rows >= most:
            break
    found.codes = {
        key: np.concatenate(pieces).astype(np.float32) if pieces else np.empty(0, dtype=np.float32)
        for key, pieces in parts.items()
    }
    if mapping.first("weight"):
        found.weights = np.concatenate(weights) if weights else np.empty(0)
    for each in values:
        _count(found.seen[each.name], found.codes[each.use.key])
    _check_groups(found)
    return found


def _right_width(
    chunk: list[Row], width: int, found: Read, reject: Callable[[int, str, str, str], None] | None
) -> list[Row]:
    kept = []
    for line, cells in chunk:
        missing = width - len(cells)
        if missing > 0:
            cells.extend([""] * missing)
        if len(cells) == width or not any(cell.strip() for cell in cells[width:]):
            if missing > 0 and missing >= width - 1 and width > 2:
                _note(found, "fields", "", line, "", reject)
                continue
            kept.append((line, cells))
        else:
            _note(found, "fields", "", line, cells[width], reject)
    return kept


def _take(
    chunk: list[Row],
    found: Read,
    mapping: Mapping,
    values: list[_Values],
    written: list[tuple[str, str]],
    parts: dict[str, list[Any]],
    weights: list[Any],
    at: dict[str, int],
    reject: Callable[[int, str, str, str], None] | None,
) -> None:
    lines = [line for line, _cells in chunk]
    turned = list(zip(*(cells for _line, cells in chunk), strict=False))
    good = np.ones(len(chunk), dtype=bool)
    answered = np.zeros(len(chunk), dtype=bool)
    made: dict[str, Any] = {}
    for each in values:
        cells = turned[at[each.name]]
        each.learn(set(cells))
        made[each.use.key] = np.fromiter(
            map(each.known.__getitem__, cells), dtype=np.float32, count=len(cells)
        )
        answered |= ~np.isnan(made[each.use.key])
        wrong = each.wrong.intersection(cells)
        if wrong:
            for row in np.flatnonzero(np.fromiter((cell in wrong for cell in cells), bool, len(cells))):
                found.seen[each.name].outside += 1
                if each.reject and good[row]:
                    good[row] = False
                    _note(found, "outside", each.name, lines[row], cells[row], reject)
    for name, _key in written:
        answered |= np.fromiter((bool(cell.strip()) for cell in turned[at[name]]), bool, len(chunk))
    weight = mapping.first("weight")
    amounts = _weights(turned[at[weight]]) if weight else None
    if amounts is not None:
        for row in np.flatnonzero(~(amounts > 0) & good):
            good[row] = False
            _note(found, "weight", weight, lines[row], turned[at[weight]][row], reject)
    day = mapping.first("date")
    days: list[date | None] = [None] * len(chunk)
    if day:
        known = {text: _day(text, mapping.date_format) for text in set(turned[at[day]])}
        days = [known[text] for text in turned[at[day]]]
        for place, moment in enumerate(days):
            if moment is None and good[place]:
                good[place] = False
                _note(found, "date", day, lines[place], turned[at[day]][place], reject)
    for row in np.flatnonzero(good & ~answered):
        good[row] = False
        _note(found, "empty", "", lines[row], "", reject)
    rows = np.flatnonzero(good)
    found.kept += len(rows)
    found.lines += [lines[row] for row in rows]
    for key, array in made.items():
        parts[key].append(array[rows])
    for name, key in written:
        cells = turned[at[name]]
        found.texts[key] += [clean_text(cells[row]) for row in rows]
    for name, held in found.groups.items():
        cells = turned[at[name]]
        held += [clean_text(cells[row])[:120] for row in rows]
    if amounts is not None:
        weights.append(amounts[rows])
    found.days += [days[row] for row in rows]


def _weights(cells: Sequence[str]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    known: dict[str, float] = {}
    for cell in set(cells):
        try:
            number = float(cell.strip())
        except ValueError:
            number = math.nan
        known[cell] = number if math.isfinite(number) and number < 1e9 else math.nan
    return np.fromiter(map(known.__getitem__, cells), dtype=np.float64, count=len(cells))


def _day(text: str, form: str) -> date | None:
    text = text.strip()
    for each in (form,) if form else DATE_FORMS:
        try:
            found = datetime.strptime(text, each)  # noqa: DTZ007 - only the day is kept, as it is written
        except ValueError:
            continue
        return found.date() if 1900 <= found.year <= 2200 else None
    return None


def _note(
    found: Read,
    reason: str,
    column: str,
    line: int,
    value: str,
    reject: Callable[[int, str, str, str], None] | None,
) -> None:
    problem = found.problems.setdefault(
        (reason, column), Problem(reason, column, 0, line, value.strip()[:80])
    )
    problem.count += 1
    if reject is not None:
        reject(line, column, value[:500], reason)


def _count(seen: ColumnSeen, codes: "np.ndarray[Any, np.dtype[np.float32]]") -> None:
    blank = np.isnan(codes)
    away = codes == NOT_APPLICABLE
    said = codes[~blank & ~away]
    seen.blank, seen.not_applicable, seen.answered = int(blank.sum()), int(away.sum()), len(said)
    seen.total = float(said.sum(dtype=np.float64))
    amounts, counts = np.unique(said, return_counts=True)
    seen.values = {f"{amount:g}": int(count) for amount, count in zip(amounts[:40], counts[:40], strict=True)}


def _check_groups(found: Read) -> None:
    for name, held in found.groups.items():
        if len(set(held)) > GROUP_VALUES_MOST:
            raise InvalidInput(
                _(
                    "The column “%(name)s” has more than %(most)s different values: it is no group.",
                    name=name,
                    most=GROUP_VALUES_MOST,
                )
            )
