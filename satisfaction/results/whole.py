"""Results of a wave as a whole: what the methods make of its answers, as figures with n and interval.

The formulas are those of satisfaction.methods; here answers are handed to them and their results become figures.
"""

from satisfaction.results.features import features_of
from satisfaction.results.figures import score_figures
from satisfaction.results.grid import stated_grid
from satisfaction.results.kinds import ItemResult, Results
from satisfaction.results.pairs import pairs_of, scales_of
from satisfaction.results.scoring import plain, scores
from satisfaction.results.shares import counted
from satisfaction.sheet import Sheet


def compute(sheet: Sheet, *, min_cell: int, inputs_hash: str) -> Results:
    """Every figure of the whole wave; none from fewer answers than the smallest group shown."""
    if sheet.size < min_cell:
        items = [ItemResult(item) for item in sheet.items]
        return Results(sheet.size, sheet.weighted, "", items, [], None, None, inputs_hash, too_few=True)
    found = [counted(sheet, item) for item in sheet.items]
    scored, _groups, variant = scores(sheet, sheet.items)
    for each in found:
        if each.n < min_cell:
            each.counts, each.shares = [], []
            continue
        each.figures |= score_figures(each.item, scored.get(each.item.code))
        each.detail |= plain(scored.get(each.item.code))
        each.refused = str(each.detail.get("refused", ""))
    features_of(sheet, found, min_cell)
    dimensions, overall_gap = pairs_of(sheet, found, min_cell)
    return Results(
        sheet.size,
        sheet.weighted,
        variant,
        found,
        dimensions + scales_of(sheet, min_cell),
        overall_gap,
        stated_grid(sheet, min_cell),
        inputs_hash,
    )
