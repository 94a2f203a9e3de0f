"""What an analysis says: kano."""

from typing import Any

from core.i18n import _
from satisfaction.analyses.telling.parts import Cell, Context, Picture, Table, Told, number, whole
from satisfaction.charts import Point, quadrants
from satisfaction.showing import CATEGORIES, signed


def tell_kano(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    points, rows = [], []
    by_category: dict[str, list[str]] = {}
    for place, (code, one) in enumerate(result["items"].items(), 1):
        category = one["category"]
        if category:
            by_category.setdefault(category, []).append(context.item(code))
        doubt = _("a tie") if one["tie"] else "" if one["fong_distinct"] else _("not clear")
        rows.append(
            [
                Cell(str(place)), Cell(context.item(code)), Cell(str(CATEGORIES[category]) if category else "—", small=doubt, strong=True),
                number(one["better"]), number(one["worse"]), *(whole(one["counts"][key]) for key in CATEGORIES), whole(one["n_pairs"]),
            ]
        )  # fmt: skip
        if one["better"] is not None and one["worse"] is not None:
            points.append(
                Point(
                    str(place),
                    context.item(code),
                    abs(one["worse"]),
                    one["better"],
                    signed(one["worse"], 2),
                    signed(one["better"], 2),
                    str(CATEGORIES[category]) if category else "",
                )
            )
            told.figures.append(
                (
                    f"Better {context.item(code)}",
                    context.figure(one["better"], one["n"], None, "ratio", "share"),
                )
            )
    if points:
        told.picture = Picture(
            _("Better and Worse"),
            _("Each feature by how much satisfaction rises with it and falls without it."),
            quadrants(
                points, 0.5, 0.5, _("Worse if it is missing"), _("Better if it is there"),
                (str(CATEGORIES["A"]), str(CATEGORIES["O"]), str(CATEGORIES["I"]), str(CATEGORIES["M"])),
                x_domain=(0.0, 1.0), y_domain=(0.0, 1.0),
            ),
            foot=_("The numbers are those of the table. Better: share of attractive and one-dimensional; Worse: share of one-dimensional and must-be."),
        )  # fmt: skip
    says = {
        "M": _("Taken for granted, so keep it without fail: %(what)s."),
        "O": _("The more the better, so compete with it: %(what)s."),
        "A": _("Delights where nobody expects it: %(what)s."),
        "I": _("Hardly matters to customers: %(what)s."),
        "R": _("Customers would rather not have it: %(what)s."),
    }
    told.lead = [says[key] % {"what": "; ".join(by_category[key][:4])} for key in says if key in by_category]
    told.tables.append(
        Table(
            _("Features"),
            [_("No."), _("Feature"), _("Category"), _("Better"), _("Worse"), *CATEGORIES, "n"],
            rows,
            "; ".join(f"{key} {label}" for key, label in CATEGORIES.items()),
        )
    )
    return told
