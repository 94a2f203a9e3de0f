"""What an analysis says: transition."""

from typing import Any

from core.i18n import _, format_share
from satisfaction.analyses import diagrams
from satisfaction.analyses.telling.parts import Cell, Context, Picture, Table, Told, ends, share, whole
from satisfaction.rules.analyses import STATES


def tell_transition(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    keys = result["states"]
    words = [str(STATES[key]) for key in keys]
    p, totals = result["p_pooled"], result["row_totals"]
    counts = [[(cell or 0.0) * total for cell in row] for row, total in zip(p, totals, strict=True)]
    second = context.asked.get("second") or context.asked["item"]
    expected = second == context.asked["item"] and not context.asked.get("wave")
    left = context.named("from") or (
        _("%(code)s expected", code=second) if expected else context.item(context.asked["item"])
    )
    right = context.named("to") or (
        _("%(code)s perceived", code=second) if expected else context.item(second)
    )
    told.picture = Picture(
        _("Movement of customers"), _("How many of each state at first are in which state later."),
        svg=diagrams.flows([*zip(keys, words, strict=True)], counts, left, right, _("Flows from the first to the second answer; the numbers are in the table below.")),
        foot=_("Height of a band: number of customers. The share in a band is of those who started there."),
    )  # fmt: skip
    improved = sum(counts[a][b] for a in range(len(keys)) for b in range(len(keys)) if b > a)
    worse = sum(counts[a][b] for a in range(len(keys)) for b in range(len(keys)) if b < a)
    total = sum(totals) or 1
    told.lead.append(
        _(
            "%(up)s of the customers moved up, %(down)s moved down.",
            up=format_share(improved / total, 0),
            down=format_share(worse / total, 0),
        )
    )
    best = len(keys) - 1
    if p[best][best] is not None:
        told.lead.append(
            _("Of the satisfied %(share)s stayed satisfied.", share=format_share(p[best][best], 0))
        )
    if p[0][best] is not None and totals[0]:
        told.lead.append(
            _(
                "Of those %(state)s at first %(share)s became satisfied.",
                state=words[0],
                share=format_share(p[0][best], 0),
            )
        )
    told.tables.append(
        Table(_("Shares of movement"), [_("From, to"), *words, "n"], [
            [Cell(words[a]), *(Cell("—" if p[a][b] is None else format_share(p[a][b], 0), p[a][b], ends(result["p_ci"][a][b], 0, 100) if result["p_ci"][a][b] else "") for b in range(len(keys))), whole(totals[a])]
            for a in range(len(keys))
        ], _("Small: 95%% interval (Wilson).") % ())
    )  # fmt: skip
    if result.get("stationary"):
        told.tables.append(
            Table(
                _("If it went on like this"),
                [_("State"), _("Long-run share")],
                [[Cell(word), share(value)] for word, value in zip(words, result["stationary"], strict=True)],
                _("Where the shares would settle if customers kept moving as they did; no forecast."),
            )
        )
    told.figures.append(
        (
            f"{left} → {right}: {words[best]}",
            context.figure(p[best][best], totals[best], result["p_ci"][best][best], "share", "wilson"),
        )
    )
    return told
