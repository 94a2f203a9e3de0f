"""Groups of a wave: every one with its figures, or withheld."""

from typing import Any

import numpy as np

from core.figures import Figure
from satisfaction.results.kinds import MAIN, SCORED, Group
from satisfaction.results.scoring import counted, score_figures, scores
from satisfaction.results.whole import servqual_of
from satisfaction.rules.items import Kind
from satisfaction.rules.waves import withheld
from satisfaction.sheet import Sheet, group_word


def by_group(sheet: Sheet, key: str, *, min_cell: int) -> list[Group]:
    """Every group of one grouping, the largest first; what is too small is withheld item by item, and so is what could
    be found by taking the shown from the whole."""
    values = sheet.groups[key]
    rated = [item for item in sheet.items if Kind(item.kind) in SCORED]
    names = sorted(set(values.tolist()))
    sizes = {name: int((values == name).sum()) for name in names}
    few = frozenset(withheld(sizes, min_cell))
    # a name of ours instead of the group's own, which may be empty or long
    place = {name: str(number) for number, name in enumerate(names)}
    marks = np.array([place[name] for name in values.tolist()], dtype=object)
    scored, _variant = scores(sheet, rated, marks)
    listed = {str(one["g"]): one["items"] for one in scored.get("groups", [])}
    gaps = {name: _group_gaps(sheet, values == name) for name in names}
    made = {
        name: Group(name, group_word(sheet, key, name), None if name in few else sizes[name], {})
        for name in names
    }
    pairs = [item for item in sheet.items if item.kind == Kind.servqual]
    for item in [*rated, *pairs]:
        figures: dict[str, Figure | None] = {}
        for name in names:
            if item.kind == Kind.servqual:
                figures[name] = gaps[name].get(item.code)
            else:
                one = listed.get(place[name], {}).get(item.code)
                figures[name] = score_figures(item, one).get(MAIN[Kind(item.kind)])
        counted = {name: figure.n if figure else 0 for name, figure in figures.items()}
        hidden = withheld(counted, min_cell, few)
        for name in names:
            made[name].figures[item.code] = None if name in hidden or not counted[name] else figures[name]
    return sorted(made.values(), key=lambda group: (group.n is None, -(group.n or 0), group.label))


def _group_gaps(sheet: Sheet, mask: "np.ndarray[Any, np.dtype[np.bool_]]") -> dict[str, Figure]:
    part = sheet.part(mask)
    found = [counted(part, item) for item in part.items if item.kind == Kind.servqual]
    servqual_of(part, found)
    return {each.item.code: each.figures["gap"] for each in found if "gap" in each.figures}
