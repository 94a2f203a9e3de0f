"""What an analysis says: importance and performance."""

from typing import Any

from core.i18n import _, format_number, format_share
from satisfaction.analyses.telling.parts import Cell, Context, Picture, Table, Told, number, whole
from satisfaction.charts import Point, quadrants
from satisfaction.showing import QUADRANTS


def tell_ipa(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    x, y = result["crosshair"]
    derived = result.get("r2") is not None
    order = {"concentrate here": 0, "keep up the good work": 1, "low priority": 2, "possible overkill": 3}
    items = sorted(
        result["items"].items(), key=lambda pair: (order[pair[1]["quadrant"]], -pair[1]["importance"])
    )
    points, rows = [], []
    for place, (code, one) in enumerate(items, 1):
        points.append(
            Point(
                str(place),
                context.item(code),
                one["importance"],
                one["performance"],
                format_number(one["importance"], 3 if derived else 2),
                format_number(one["performance"], 2),
                str(QUADRANTS[one["quadrant"]]),
            )
        )
        rows.append(
            [
                Cell(str(place)), Cell(context.item(code)), Cell(str(QUADRANTS[one["quadrant"]]), strong=one["quadrant"] == "concentrate here"),
                number(one["importance"], 3 if derived else 2), number(one["performance"]),
                whole(one.get("n_performance", result["n_used"])),
            ]
        )  # fmt: skip
        told.figures.append(
            (
                context.item(code),
                context.figure(
                    one["performance"], one.get("n_performance", result["n_used"]), None, "mean", "mean"
                ),
            )
        )
    told.picture = Picture(
        _("Importance and performance"),
        _("Questions by importance and performance; lower right: important and not good enough."),
        quadrants(
            points, x, y, _("Importance, derived") if derived else _("Importance, as stated"), _("Performance, mean"),
            tuple(str(QUADRANTS[name]) for name in ("possible overkill", "keep up the good work", "low priority", "concentrate here")),  # type: ignore[arg-type]  # four of them
        ),
        foot=_("The numbers are those of the table, what to improve first on top."),
    )  # fmt: skip
    first = [context.item(code) for code, one in items if one["quadrant"] == "concentrate here"]
    told.lead.append(
        _("Improve first, important and below the others: %(what)s.", what="; ".join(first[:4]))
        if first
        else _("Nothing important lies below the others: no question stands out for improvement.")
    )
    kept = [context.item(code) for code, one in items if one["quadrant"] == "keep up the good work"]
    if kept:
        told.lead.append(_("Keep it up, important and good: %(what)s.", what="; ".join(kept[:4])))
    if derived:
        told.lead.append(
            _(
                "The questions explain %(share)s of the differences in the overall answer.",
                share=format_share(result["r2"], 0),
            )
        )
    told.tables.append(
        Table(
            _("The questions"),
            [_("No."), _("Question"), _("Quadrant"), _("Importance"), _("Performance"), "n"],
            rows,
        )
    )
    return told
