"""Groups of a wave: every kind of figure in each, or withheld."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import PlumblineError
from satisfaction.methods.answers import Bools
from satisfaction.results import features, grid
from satisfaction.results.figures import mean_figure, score_figures
from satisfaction.results.kinds import SCORED, Cell, Dimension, Group
from satisfaction.results.pairs import PairColumns, pair_columns, pair_figures, rated_dimensions
from satisfaction.results.scoring import means, scores
from satisfaction.results.shares import counted
from satisfaction.rules.items import Kind
from satisfaction.rules.waves import withheld_along
from satisfaction.sheet import Array, Question, Sheet, group_word, lines_of

Ints = np.ndarray[Any, np.dtype[np.int64]]


def by_group(sheet: Sheet, key: str, *, min_cell: int, overall: str = "") -> list[Group]:
    """Every group of one grouping, the largest first, with each item, dimension and place in the grid; `overall`: the
    item that importance is derived from. What is too small is withheld item by item, and so is what could be found by
    taking the shown from the whole."""
    names, marks = np.unique(sheet.groups[key], return_inverse=True)
    parted = _Parted(sheet, [str(name) for name in names], marks.reshape(-1).astype(np.int64), min_cell)
    made = [
        Group(name, group_word(sheet, key, name), None if hidden else int(size))
        for name, size, hidden in zip(parted.names, parted.sizes, parted.few, strict=True)
    ]
    asked = [item for item in sheet.items if item.kind != Kind.text and key != f"item:{item.code}"]
    pairs, scales = pair_columns(sheet), rated_dimensions(sheet)
    hidden = parted.hidden(asked, pairs, scales)
    kept = parted.shown()
    _fill_ratings(made, kept, [item for item in asked if Kind(item.kind) in SCORED], hidden)
    _fill_pairs(made, kept, [item.code for item in asked if item.kind == Kind.servqual], hidden)
    _fill_features(made, kept, [item for item in asked if item.kind == Kind.kano], hidden)
    _fill_choices(made, kept, [item for item in asked if item.kind == Kind.choice], hidden)
    if overall:
        _fill_derived(made, parted, overall, hidden, min_cell)
    else:
        _fill_stated(made, kept, hidden)
    return sorted(made, key=lambda group: (group.n is None, -(group.n or 0), group.label))


@dataclass(frozen=True, slots=True)
class _Kept:
    """The respondents of the groups that are shown at all, and the place of each one's group."""

    sheet: Sheet
    marks: Ints
    size: int

    @property
    def texts(self) -> "np.ndarray[Any, Any]":
        """The same places as a column to group by."""
        return np.array([str(place) for place in range(self.size)], dtype=object)[self.marks]


class _Parted:
    """A sheet parted into groups, and who of them is hidden for what."""

    def __init__(self, sheet: Sheet, names: list[str], marks: Ints, min_cell: int) -> None:
        self.sheet, self.names, self.marks, self.min_cell = sheet, names, marks, min_cell
        self.sizes = np.bincount(marks, minlength=len(names))
        self.lines = [[names[mark] for mark in line] for line in lines_of(sheet, marks.tolist())]
        few = withheld_along([dict(zip(names, self.sizes.tolist(), strict=True))], self.lines, min_cell)
        self.few = [name in few for name in names]

    def counts(self, answered: Bools) -> dict[str, int]:
        """Who answered in each group, and has a weight."""
        if self.sheet.weighted:
            answered = answered & (self.sheet.weights > 0)
        found = np.bincount(self.marks[answered], minlength=len(self.names))
        return dict(zip(self.names, found.tolist(), strict=True))

    def withheld(self, members: Iterable[Bools], also: Iterable[str] = ()) -> frozenset[str]:
        """Names of the groups that are hidden for figures of which each could give the others away: hidden for one is
        hidden for all of them."""
        few = frozenset(name for name, is_few in zip(self.names, self.few, strict=True) if is_few)
        return withheld_along(map(self.counts, members), self.lines, self.min_cell, few.union(also))

    def hidden(
        self, asked: list[Question], pairs: PairColumns, scales: list[tuple[Dimension, Array]]
    ) -> dict[str, frozenset[str]]:
        """Item code or key of a dimension → groups it is withheld for. A dimension and its items go together: from the
        one and the rest of them the missing one could be found."""
        answered = {item.code: self._answered(item) for item in asked}
        families: list[tuple[list[str], list[Bools]]] = []
        dimensions = [
            *((dimension, ~np.isnan(sides["gap"])) for dimension, sides in pairs.dimensions.values()),
            *((dimension, ~np.isnan(values)) for dimension, values in scales),
        ]
        for dimension, given in dimensions:
            codes = [code for code in dimension.codes if code in answered]
            families.append(
                ([dimension.key, *codes], [given, *(one for code in codes for one in answered[code])])
            )
        within = {code for keys, _members in families for code in keys}
        families += [([code], given) for code, given in answered.items() if code not in within]
        return {
            key: found for keys, members in families for found in [self.withheld(members)] for key in keys
        }

    def _answered(self, item: Question) -> list[Bools]:
        """Who stands behind each figure of an item; Better and Worse of a feature rest on A, O, M and I alone."""
        codes = [column.key for column in self.sheet.columns if column.code == item.code]
        given = grid.complete(np.column_stack([self.sheet.values(code) for code in codes]))
        if item.kind != Kind.kano:
            return [given]
        both, places = features.pair_places(self.sheet, item)
        clear = both.copy()
        clear[both] = places < 4
        return [given, clear]

    def shown(self) -> _Kept:
        rows = ~np.array(self.few, dtype=bool)[self.marks] if self.names else np.zeros(0, dtype=bool)
        return _Kept(self.sheet.part(rows), self.marks[rows], len(self.names))


Hidden = Mapping[str, frozenset[str]]


def _fill_ratings(made: list[Group], kept: _Kept, items: list[Question], hidden: Hidden) -> None:
    _all, found, _variant = scores(kept.sheet, items, kept.texts)
    for place, group in enumerate(made):
        listed = found.get(str(place), {})
        for item in items:
            figures = score_figures(item, listed.get(item.code))
            _put(
                group,
                group.items,
                item.code,
                Cell(max((one.n for one in figures.values()), default=0), figures),
                hidden,
            )


def _fill_pairs(made: list[Group], kept: _Kept, codes: list[str], hidden: Hidden) -> None:
    """Pairs with their dimensions, and dimensions of rating scales."""
    pairs, scales = pair_columns(kept.sheet), rated_dimensions(kept.sheet)
    columns = pairs.flat() | {dimension.key: values for dimension, values in scales}
    _all, found = means(kept.sheet, columns, kept.texts)
    for place, group in enumerate(made):
        scored = found.get(str(place), {})
        for where, keys in ((group.items, codes), (group.dimensions, list(pairs.dimensions))):
            for key in keys:
                figures = pair_figures(scored, key)
                _put(group, where, key, Cell(figures["gap"].n if figures else 0, figures), hidden)
        for dimension, _values in scales:
            one = scored.get(dimension.key)
            mean = mean_figure(one) if one and one["value"] is not None else None
            cell = Cell(mean.n, {"mean": mean}) if mean else Cell(0)
            _put(group, group.dimensions, dimension.key, cell, hidden)


def _fill_features(made: list[Group], kept: _Kept, items: list[Question], hidden: Hidden) -> None:
    for item in items:
        cells = features.by_mark(kept.sheet, item, kept.marks, kept.size)
        for group, cell in zip(made, cells, strict=True):
            _put(group, group.items, item.code, cell or Cell(0), hidden)


def _fill_choices(made: list[Group], kept: _Kept, items: list[Question], hidden: Hidden) -> None:
    for place, group in enumerate(made):
        part = kept.sheet.part(kept.marks == place) if items and group.n is not None else None
        for item in items:
            found = counted(part, item) if part is not None else None
            shares = found.shares if found else []
            _put(group, group.items, item.code, Cell(shares[0].n if shares else 0, shares=shares), hidden)


def _put(group: Group, where: dict[str, Cell | None], key: str, cell: Cell, hidden: Hidden) -> None:
    if group.n is None or group.key in hidden[key]:
        where[key] = None
    elif cell.n:
        where[key] = cell


def _fill_stated(made: list[Group], kept: _Kept, hidden: Hidden) -> None:
    """A point is shown where both of its items are; the lines go through the means of the points that are shown."""
    pairs = [
        (importance.code, performance.code)
        for importance, performance in grid.stated_pairs(kept.sheet)
        if importance.code in hidden and performance.code in hidden
    ]
    if not pairs:
        return
    _all, found = means(kept.sheet, grid.stated_columns(kept.sheet), kept.texts)
    for place, group in enumerate(made):
        if group.n is None:
            continue
        scored = found.get(str(place), {})
        codes = [
            performance
            for importance, performance in pairs
            if group.key not in hidden[importance] | hidden[performance]
            and all(scored[f"{side} {performance}"]["n"] for side in "ip")
        ]
        group.grid = grid.grid_of(scored, codes, group.n)


def _fill_derived(made: list[Group], parted: _Parted, overall: str, hidden: Hidden, min_cell: int) -> None:
    codes = [overall, *(item.code for item in grid.derivable(parted.sheet, overall))]
    also = {name for code in codes for name in hidden.get(code, ())}
    away = parted.withheld([grid.complete_rows(parted.sheet, overall)], also)
    for place, group in enumerate(made):
        if group.n is None or group.key in away:
            continue
        try:
            group.grid = grid.derived_grid(parted.sheet.part(parted.marks == place), overall, min_cell)
        except PlumblineError as error:
            group.refused = str(error)
