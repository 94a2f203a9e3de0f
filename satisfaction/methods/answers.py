"""Answers as the methods take them: columns of numbers or texts, and a refusal that names what is wrong.

Missing is NaN in columns of numbers and None in columns of texts.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.lazytext import _l
from satisfaction.methods.refusal import Refusal, Sentence

__all__ = ["Answers", "Bools", "Floats", "Objects", "Refusal", "Sentence"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Objects = NDArray[np.object_]

#: larger numbers would overflow when squared; smaller ones than 1 / MOST are taken for 0
MOST = 1e100
#: texts that mean "no answer" where numbers are expected
BLANK = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "."})


@dataclass(frozen=True)
class Answers:
    """A table of answers.

    columns: name → array of shape (rows,): float64 with NaN for missing where the column is numeric, else object of
    str and None. sha256: of the file or of the rows it was made from. lines: the row of the file each answer stands
    in, counted from 1 with the header, as a spreadsheet shows it; without it the first answer stands in row 2.
    doubled: names that the file has more than once, which nobody may mean.
    """

    columns: dict[str, NDArray[Any]]
    rows: int
    sha256: str
    lines: NDArray[np.int64] | None = None
    doubled: frozenset[str] = frozenset()

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[Any] | NDArray[Any]], sha256: str = "") -> "Answers":
        """From plain lists or arrays; None and NaN are missing. Without a hash given it is that of the values."""
        made: dict[str, NDArray[Any]] = {}
        digest = hashlib.sha256()
        for name, values in columns.items():
            array = _column(values)
            made[str(name)] = array
            digest.update(repr(name).encode())
            digest.update(array.tobytes() if array.dtype != object else repr(array.tolist()).encode())
        sizes = {len(each) for each in made.values()}
        if len(sizes) > 1:
            raise ValueError(f"columns of different length: {sorted(sizes)}")
        return cls(made, sizes.pop() if sizes else 0, sha256 or digest.hexdigest())

    def line(self, row: int) -> int:
        """The row of the file in which answer number `row` (from 0) stands."""
        return int(self.lines[row]) if self.lines is not None else int(row) + 2

    def column(self, name: str) -> NDArray[Any]:
        """The column as it is. Raises Refusal when there is none of that name."""
        if name in self.doubled:
            raise Refusal(
                _l("More than one column is called “%(field)s”; give each its own name."), field=str(name)
            )
        if name in self.columns:
            return self.columns[name]
        raise Refusal(
            _l("There is no column “%(field)s”; the data have: %(columns)s."),
            field=str(name),
            columns=", ".join(self.columns),
        )

    def numbers(
        self,
        name: str,
        *,
        missing: Sequence[Any] = (),
        valid: tuple[float, float] | None = None,
        whole: bool = False,
    ) -> Floats:
        """The column as float64 of shape (rows,), NaN where no answer was given; a copy when anything changed.

        missing: codes (numbers or texts) that mean "no answer". valid: lowest and highest answer, in the column's
        unit. whole: only whole numbers. Raises Refusal naming column, row and value.
        """
        values = self.column(name)
        as_texts = values.dtype == object
        values = self._parsed(name, values, missing) if as_texts else recoded(values, missing)
        size = np.abs(values)
        with np.errstate(invalid="ignore"):
            infinite, tiny = size > MOST, (size > 0) & (size < 1 / MOST)
        if infinite.any():
            row = int(np.argmax(infinite))
            why = _l("is not a finite number") if np.isinf(values[row]) else _l("is too large a number")
            self._refuse_value(name, row, why)
        if tiny.any():
            values = np.where(tiny, 0.0, values)
        if valid is not None:
            with np.errstate(invalid="ignore"):
                wrong = (values < valid[0]) | (values > valid[1])
            if wrong.any():
                outside = Sentence(
                    _l("lies outside %(low)s to %(high)s"), low=float(valid[0]), high=float(valid[1])
                )
                self._refuse_value(name, int(np.argmax(wrong)), outside)
        if whole:
            with np.errstate(invalid="ignore"):
                broken = (values != np.floor(values)) & ~np.isnan(values)
            if broken.any():
                self._refuse_value(name, int(np.argmax(broken)), _l("is not a whole number"))
        return values

    def matrix(
        self,
        names: Sequence[str],
        *,
        missing: Sequence[Any] = (),
        valid: tuple[float, float] | None = None,
    ) -> Floats:
        """Columns beside each other: float64 of shape (rows, len(names)), a fresh array. Raises as `numbers`."""
        made = np.empty((self.rows, len(names)), dtype=np.float64, order="F")
        for place, name in enumerate(names):
            made[:, place] = self.numbers(name, missing=missing, valid=valid)
        return made

    def texts(self, name: str, *, missing: Sequence[Any] = ()) -> Objects:
        """The column as texts of shape (rows,), None where empty; whole numbers are written without a point."""
        values = self.column(name)
        codes = {_as_text(each) for each in missing}
        if values.dtype != object:
            known, where = np.unique(values, return_inverse=True)
            written = np.array([None if math.isnan(each) else _as_text(each) for each in known], dtype=object)
            written[[each in codes for each in written]] = None
            found: Objects = written[where.reshape(-1)] if len(known) else np.empty(0, dtype=object)
            return found
        known_texts: dict[Any, str | None] = {}
        for each in set(values.tolist()):
            text = None if each is None else _as_text(each)
            known_texts[each] = None if not text or text in codes else text
        made = np.empty(len(values), dtype=object)
        made[:] = [*map(known_texts.__getitem__, values.tolist())]
        return made

    def weights(self, name: str | None, *, missing: Sequence[Any] = ()) -> Floats:
        """Case weights of shape (rows,), non-negative; ones without a name; NaN stays where none is given.

        Raises Refusal for a negative weight or when all are zero.
        """
        if name is None:
            return np.ones(self.rows)
        values = self.numbers(name, missing=missing)
        with np.errstate(invalid="ignore"):
            negative = values < 0
        if negative.any():
            self._refuse_value(name, int(np.argmax(negative)), _l("is negative, which a weight may not be"))
        if self.rows and not np.nansum(values) > 0:
            raise Refusal(
                _l("Every weight in column “%(field)s” is zero or missing: nobody would count."), field=name
            )
        return values

    def take(self, rows: NDArray[Any]) -> "Answers":
        """These rows only (row numbers or a mask), under the same hash."""
        lines = self.lines if self.lines is not None else np.arange(2, self.rows + 2, dtype=np.int64)
        kept = lines[rows]
        return Answers(
            {name: each[rows] for name, each in self.columns.items()}, len(kept), self.sha256, kept
        )

    def refuse(self, name: str, row: int, why: Any) -> Refusal:
        """A refusal of one cell: `why` is a LazyText or Sentence that continues “… holds X, which …”."""
        value = self.columns[name][row]
        return Refusal(
            _l("Column “%(field)s”, row %(row)s: “%(value)s” %(why)s."),
            field=name,
            row=self.line(row),
            value=_as_text(value),
            why=why,
        )

    def _refuse_value(self, name: str, row: int, why: Any) -> None:
        raise self.refuse(name, row, why)

    def _parsed(self, name: str, values: Objects, missing: Sequence[Any]) -> Floats:
        codes = {_as_text(each) for each in missing}
        known: dict[Any, float] = {}
        for each in set(values.tolist()):
            text = "" if each is None else _as_text(each).strip()
            known[each] = math.nan
            if text in codes or text.casefold() in BLANK:
                continue
            try:
                known[each] = float(text) if "_" not in text else float("x")
            except ValueError:
                self._refuse_value(name, values.tolist().index(each), _l("is not a number"))
        return recoded(np.array([*map(known.__getitem__, values.tolist())], dtype=np.float64), missing)


def recoded(values: Floats, missing: Sequence[Any]) -> Floats:
    """Numbers with missing codes turned to NaN; the array itself when none occurs. Texts among the codes are left."""
    codes = [float(each) for each in missing if _is_number(each)]
    if not codes:
        return values
    hit = np.isin(values, codes)
    if not hit.any():
        return values
    made = values.copy()
    made[hit] = np.nan
    return made


def _is_number(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and math.isfinite(float(value))
    except (TypeError, ValueError):
        return False


def _as_text(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _column(values: Sequence[Any] | NDArray[Any]) -> NDArray[Any]:
    """Float64 when every value is a number or missing, else objects."""
    array = np.asarray(values)
    if array.dtype.kind in "iuf":
        return array.astype(np.float64)
    made = np.empty(len(values), dtype=object)
    numeric = True
    for place, each in enumerate(values):
        made[place] = None if each is None or (isinstance(each, float) and math.isnan(each)) else each
        numeric = numeric and (
            made[place] is None or (isinstance(each, int | float | np.number) and not isinstance(each, bool))
        )
    if numeric and len(made):
        return np.array([math.nan if each is None else float(each) for each in made])
    return np.array([None if each is None else _as_text(each) for each in made], dtype=object)
