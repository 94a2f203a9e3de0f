"""What an analysis says: kano."""

from collections.abc import Mapping
from typing import Any

from core.charts.specs.parts import Spec
from core.i18n import _
from satisfaction.analyses.telling import grouped
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
            points.append(_point(place, context.item(code), one))
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
            _plane(points),
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
    _tell_groups(told, result, context)
    return told


def _point(place: int, text: str, one: Mapping[str, Any]) -> Point:
    category = one["category"]
    return Point(
        str(place),
        text,
        abs(one["worse"]),
        one["better"],
        signed(one["worse"], 2),
        signed(one["better"], 2),
        str(CATEGORIES[category]) if category else "",
    )


def _plane(points: list[Point], height: int = 380) -> Spec:
    return quadrants(
        points, 0.5, 0.5, _("Worse if it is missing"), _("Better if it is there"),
        (str(CATEGORIES["A"]), str(CATEGORIES["O"]), str(CATEGORIES["I"]), str(CATEGORIES["M"])),
        x_domain=(0.0, 1.0), y_domain=(0.0, 1.0), height=height,
    )  # fmt: skip


def _tell_groups(told: Told, result: Mapping[str, Any], context: Context) -> None:
    places = {code: place for place, code in enumerate(result["items"], 1)}

    def cell(body: Mapping[str, Any], code: str) -> Cell:
        one = body["items"][code]
        doubt = "" if one["fong_distinct"] and not one["tie"] else " · " + _("not clear")
        small = f"{signed(one['better'], 2)} / {signed(one['worse'], 2)}" if one["better"] is not None else ""
        return Cell(str(CATEGORIES[one["category"]]) if one["category"] else "—", small=small + doubt)

    def small(group: grouped.Group) -> Spec | None:
        points = [
            _point(places[code], context.item(code), one)
            for code, one in group.body["items"].items()
            if one["better"] is not None and one["worse"] is not None
        ]
        return _plane(points, 300) if points else None

    rows = [(Cell(f"{place} · {context.item(code)}"), code) for code, place in places.items()]
    found = grouped.add(
        told, result, context, _("Feature") + " · " + _("better / worse"), rows, cell, small=small,
        says=(_("Better and Worse by groups"), _("The same as above, in each group."), _("The numbers are those of the table.")),
    )  # fmt: skip
    for group in found:
        told.of_groups += [
            (group.word, f"Better {context.item(code)}", context.figure(one["better"], one["n"], None, "ratio", "share"))
            for code, one in group.body["items"].items() if one["better"] is not None
        ]  # fmt: skip
    unlike = [
        context.item(code)
        for code in places
        if len({group.body["items"][code]["category"] for group in found}) > 1
    ]
    if unlike:
        told.lead.append(_("Groups see it differently: %(what)s.", what="; ".join(unlike[:4])))
