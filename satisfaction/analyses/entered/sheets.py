"""Rows of figures as people enter them: typed, pasted from a spreadsheet, or taken from a file."""

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from core.documents.reading import Limits, read_table
from core.errors import RuleViolation
from core.i18n import _
from core.lazytext import _l
from satisfaction.methods.refusal import Refusal

#: what may be typed; a file may hold more, and is kept as it is
MOST_TYPED: Final = 1_500
MOST_CELLS: Final = 20_000
MOST_ROWS: Final = 5_000
MOST_COLUMNS: Final = 30
MOST_LETTERS: Final = 120
SPARE: Final = 3
LIMITS: Final = Limits(
    size=1_500_000, rows=MOST_ROWS, columns=MOST_COLUMNS, cell=MOST_LETTERS, unpacked=20_000_000
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column every sheet of a calculator has. `names`: what files call it besides its label."""

    key: str
    label: Any
    names: tuple[str, ...] = ()
    number: bool = True
    optional: bool = False

    def is_called(self, name: str) -> bool:
        return name.strip().casefold() in {self.key, str(self.label).casefold(), *self.names}


@dataclass(slots=True)
class Sheet:
    """header: names of all columns, the fixed ones first. rows: texts, as wide as the header; blank rows are left out."""

    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    @property
    def is_large(self) -> bool:
        """Too large for boxes to type in."""
        return len(self.header) * len(self.rows) > MOST_TYPED

    @property
    def kept(self) -> dict[str, Any]:
        return {"header": self.header, "rows": self.rows}

    @property
    def as_text(self) -> str:
        return json.dumps(self.kept, ensure_ascii=False)

    @classmethod
    def of(cls, kept: Any) -> "Sheet":
        """What `kept` gave. Raises RuleViolation for anything else, as only a page of our own sends it."""
        try:
            header = [str(each)[:MOST_LETTERS] for each in kept["header"]][:MOST_COLUMNS]
            rows = [[str(each)[:MOST_LETTERS] for each in row] for row in kept["rows"]]
        except (TypeError, KeyError) as error:
            raise RuleViolation(_("Take the file once more."), field="file") from error
        cells = len(header) * len(rows)
        if any(len(row) != len(header) for row in rows) or len(rows) > MOST_ROWS or cells > MOST_CELLS:
            raise RuleViolation(_("Take the file once more."), field="file")
        return cls(header, rows)

    def column(self, place: int) -> list[str]:
        return [row[place] for row in self.rows]


def typed(form: Any, fixed: Sequence[Column], free: Sequence[str]) -> Sheet:
    """From the boxes of the page: cells `c0`, `c1`, … by column, names of free columns in `h`."""
    kept = form.get("kept", "")
    if kept:
        try:
            made = Sheet.of(json.loads(kept))
        except (ValueError, RecursionError) as error:
            raise RuleViolation(_("Take the file once more."), field="file") from error
        if made.header[: len(fixed)] != [each.key for each in fixed]:
            raise RuleViolation(_("Take the file once more."), field="file")
        return made
    names = [each.strip()[:MOST_LETTERS] for each in form.getlist("h")] if free else []
    header = [*(each.key for each in fixed), *names][:MOST_COLUMNS]
    columns = [
        [each.strip()[:MOST_LETTERS] for each in form.getlist(f"c{place}")] for place in range(len(header))
    ]
    high = min(max(map(len, columns), default=0), MOST_ROWS)
    rows = [[column[row] if row < len(column) else "" for column in columns] for row in range(high)]
    made = Sheet(header, [row for row in rows if any(row)])
    blank = [
        place for place in range(len(fixed), len(header)) if not header[place] and not any(made.column(place))
    ]
    wide = [place for place in range(len(header)) if place not in blank]
    return Sheet([header[place] for place in wide], [[row[place] for place in wide] for row in made.rows])


def taken(upload: Any, fixed: Sequence[Column], free: Sequence[str]) -> Sheet:
    """From a CSV or XLSX file with a header: columns by their names, else by their order. Raises InvalidInput."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        upload.save(path)
        found = [row for _line, row in read_table(path, name=upload.filename or "", limits=LIMITS)]
    if not found:
        raise RuleViolation(_("The file has a header but no rows."), field="file")
    names = list(found[0])
    if not fixed:
        return _bounded(Sheet(names, [[row[name] for name in names] for row in found]))
    of: dict[str, str] = {}
    for each in fixed:
        name = next((name for name in names if name not in of.values() and each.is_called(name)), None)
        if name is not None:
            of[each.key] = name
    if not of:  # none is known by name: as they stand
        of = {each.key: name for each, name in zip(fixed, names, strict=False)}
    lacking = [str(each.label) for each in fixed if each.key not in of and not each.optional]
    if lacking:
        raise RuleViolation(
            _(
                "The file has no column “%(lacking)s”; it has: %(names)s.",
                lacking="”, “".join(lacking),
                names=", ".join(names[:12]),
            ),
            field="file",
        )
    others = [name for name in names if name not in of.values()] if free else []
    header = [*(each.key for each in fixed), *others]
    rows = [
        [*(row[of[each.key]] if each.key in of else "" for each in fixed), *(row[name] for name in others)]
        for row in found
    ]
    return _bounded(Sheet(header, rows))


def _bounded(sheet: Sheet) -> Sheet:
    if len(sheet.header) * len(sheet.rows) > MOST_CELLS:
        raise RuleViolation(
            _(
                "The file has more than %(most)s cells. Larger ones are computed on the command line: plumbline analyse.",
                most=MOST_CELLS,
            ),
            field="file",
        )
    return sheet


def number(text: str, row: int, column: str) -> float | None:
    """A cell as a number, None when it is blank; “1,5”, “12 %” and “1/3” are read. Raises Refusal naming row and column."""
    plain = text.replace("\u00a0", "").replace(" ", "").replace("\u2212", "-")
    if not plain:
        return None
    scale = 1.0
    if plain.endswith(("%", "％")):
        plain, scale = plain[:-1], 100.0
    if "," in plain and "." not in plain and plain.count(",") == 1:
        plain = plain.replace(",", ".")
    above, stroke, below = plain.partition("/")
    try:
        found = float(above) / (float(below) if stroke else 1.0) / scale
    except (ValueError, ZeroDivisionError):
        found = math.nan
    if "_" in plain or not math.isfinite(found) or abs(found) > 1e15:
        raise Refusal(
            _l("Row %(row)s, column “%(field)s”: “%(value)s” is not a number."),
            field=column,
            row=row,
            value=text,
        )
    return found


def needed(text: str, row: int, column: str) -> float:
    found = number(text, row, column)
    if found is None:
        raise Refusal(_l("Row %(row)s, column “%(field)s” is empty."), field=column, row=row)
    return found


def labelled(asked: Mapping[str, Any], fixed: Sequence[Column]) -> tuple[Sheet, dict[str, str]]:
    """The sheet that was kept, and what its columns are called on the page."""
    sheet = Sheet(list(asked["sheet"]["header"]), [list(row) for row in asked["sheet"]["rows"]])
    words = {each.key: str(each.label) for each in fixed}
    return sheet, {name: words.get(name, name) for name in sheet.header}


def names_of(sheet: Sheet, place: int, column: str) -> list[str]:
    """A column of names: none empty, none twice."""
    found = sheet.column(place)
    for row, name in enumerate(found, 1):
        if not name:
            raise Refusal(_l("Row %(row)s, column “%(field)s” is empty."), field=column, row=row)
        if name in found[: row - 1]:
            raise Refusal(
                _l("Row %(row)s, column “%(field)s”: “%(value)s” stands there twice."),
                field=column,
                row=row,
                value=name,
            )
    return found
