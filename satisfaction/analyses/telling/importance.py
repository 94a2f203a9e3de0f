"""What an analysis says: importance and performance."""

from collections.abc import Mapping
from typing import Any

from core.charts.specs.parts import Spec
from core.i18n import _, format_number, format_share
from satisfaction.analyses.telling import grouped
from satisfaction.analyses.telling.parts import Cell, Context, Picture, Table, Told, number, whole
from satisfaction.charts import Point, quadrants
from satisfaction.showing import QUADRANTS


def tell_ipa(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    derived = result.get("r2") is not None
    order = {"concentrate here": 0, "keep up the good work": 1, "low priority": 2, "possible overkill": 3}
    items = sorted(
        result["items"].items(), key=lambda pair: (order[pair[1]["quadrant"]], -pair[1]["importance"])
    )
    points, rows = [], []
    for place, (code, one) in enumerate(items, 1):
        points.append(_point(place, context.item(code), one, derived=derived))
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
        _plane(points, result["crosshair"], derived=derived),
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
    _tell_groups(
        told, result, context, {code: place for place, (code, _one) in enumerate(items, 1)}, derived=derived
    )
    return told


def _point(place: int, text: str, one: Mapping[str, Any], *, derived: bool) -> Point:
    return Point(
        str(place),
        text,
        one["importance"],
        one["performance"],
        format_number(one["importance"], 3 if derived else 2),
        format_number(one["performance"], 2),
        str(QUADRANTS[one["quadrant"]]),
    )


def _plane(
    points: list[Point],
    crosshair: list[float],
    *,
    derived: bool,
    height: int = 380,
    x_domain: tuple[float, float] | None = None,
    y_domain: tuple[float, float] | None = None,
) -> Spec:
    x, y = crosshair
    return quadrants(
        points, x, y, _("Importance, derived") if derived else _("Importance, as stated"), _("Performance, mean"),
        tuple(str(QUADRANTS[name]) for name in ("possible overkill", "keep up the good work", "low priority", "concentrate here")),  # type: ignore[arg-type]  # four of them
        height=height, x_domain=x_domain, y_domain=y_domain,
    )  # fmt: skip


def _tell_groups(
    told: Told, result: Mapping[str, Any], context: Context, places: Mapping[str, int], *, derived: bool
) -> None:
    """Each group has its own crossing of the lines: what is important there, and good there."""

    def cell(body: Mapping[str, Any], code: str) -> Cell:
        one = body["items"][code]
        figures = f"{format_number(one['importance'], 3 if derived else 2)} / {format_number(one['performance'], 2)}"
        return Cell(
            str(QUADRANTS[one["quadrant"]]), small=figures, strong=one["quadrant"] == "concentrate here"
        )

    def reach(place: int) -> tuple[float, float]:
        key = ("importance", "performance")[place]
        low, high = grouped.ends_of(
            groups, lambda body: [body["crosshair"][place], *(one[key] for one in body["items"].values())]
        )
        room = 0.12 * (high - low) or 0.5
        return low - room, high + room

    def small(group: grouped.Group) -> Spec:
        points = [
            _point(places[code], context.item(code), one, derived=derived)
            for code, one in group.body["items"].items()
        ]
        return _plane(
            points, group.body["crosshair"], derived=derived, height=300, x_domain=reach(0), y_domain=reach(1)
        )

    groups = grouped.groups_of(result, context)
    rows = [(Cell(f"{place} · {context.item(code)}"), code) for code, place in places.items()]
    grouped.add(
        told, result, context, _("Question") + " · " + _("importance / performance"), rows, cell, small=small,
        says=(_("Importance and performance by groups"), _("The same as above, in each group."), _("The numbers are those of the table; in each group the lines cross at its own middle.")),
    )  # fmt: skip
    for group in groups:
        told.of_groups += [
            (group.word, context.item(code), context.figure(one["performance"], one.get("n_performance", group.n), None, "mean", "mean"))
            for code, one in group.body["items"].items()
        ]  # fmt: skip
        first = [
            context.item(code)
            for code, one in group.body["items"].items()
            if one["quadrant"] == "concentrate here"
        ]
        if first and len(told.lead) < 8:
            told.lead.append(
                _("%(group)s, improve first: %(what)s.", group=group.word, what="; ".join(first[:3]))
            )
