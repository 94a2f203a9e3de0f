"""Groups of a wave as a column for the engine: of one thing that tells respondents apart, or of two at once."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from core.lazytext import _l
from satisfaction.analyses.inputs.prepared import Prepared, both
from satisfaction.methods.refusal import Refusal
from satisfaction.rules.waves import withheld_cells

#: above it a table for each group helps nobody
SHOWN_MOST: Final = 30
#: those too small to be shown, in the column of groups
HIDDEN: Final = "hidden"


def keys_of(asked: Mapping[str, Any]) -> list[str]:
    return [key for key in (asked.get("by"), asked.get("by2")) if key]


def grouped(made: Prepared, sheet: Any, asked: Mapping[str, Any], least: int) -> Prepared:
    """The same with the column “group” that the form asked for: g1, g2 and so on, whose words are in `names`.

    Groups too small to be shown, and those that would give them away, are one group of the engine that is not kept.
    Raises Refusal when the answers are no longer told apart in this way, and for no group or too many to be shown.
    """
    import numpy as np

    from satisfaction import sheet as sheets

    keys = keys_of(asked)
    if not keys or made.columns is None:
        return made
    for key in keys:
        if key not in sheet.groups:
            raise Refusal(_l("The answers are no longer told apart by “%(field)s”."), field=key)
    cells = list(zip(*(sheet.groups[key].tolist() for key in keys), strict=True))
    sizes = Counter(cells)
    hidden = withheld_cells(sizes, least, sheets.lines_of(sheet, cells))
    shown = sorted(set(sizes) - hidden)
    named = both(lambda: " × ".join(sheets.group_names(sheet).get(key, key) for key in keys))
    if not shown:
        raise Refusal(
            _l("No group by “%(field)s” has the %(least)s answers that figures need."),
            field=named["en"],
            least=least,
        )
    if len(shown) > SHOWN_MOST:
        raise Refusal(
            _l("“%(field)s” makes %(count)s groups; at most %(most)s are shown."),
            field=named["en"],
            count=len(shown),
            most=SHOWN_MOST,
        )
    place = {cell: f"g{number}" for number, cell in enumerate(shown, 1)}
    made.columns["group"] = np.array([place.get(cell, HIDDEN) for cell in cells], dtype=object)
    made.spec |= {"by": ["group"], "min_cell": least}
    made.names["by"] = named
    made.names["groups"] = {place[cell]: _words(sheet, keys, cell) for cell in shown}
    made.hidden = frozenset((HIDDEN,)) if hidden else frozenset()
    made.withheld = len(hidden)
    return made


def _words(sheet: Any, keys: list[str], cell: tuple[str, ...]) -> dict[str, str]:
    from satisfaction import sheet as sheets

    return both(
        lambda: " · ".join(
            sheets.group_word(sheet, key, value) for key, value in zip(keys, cell, strict=True)
        )
    )
