"""What an analysis says: control chart."""

from typing import Any

from core.i18n import _, format_number, pick
from satisfaction.analyses import pictures
from satisfaction.analyses.telling.parts import Cell, Context, Picture, Table, Told, whole
from satisfaction.showing import value_of


def tell_chart(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    points = context.names["points"]
    measure = context.asked["measure"]
    scale = 100 if measure in {"top", "csat"} else 1
    labels = [pick(each["en"], each["zh"]) for each in points]
    values = result["values"]
    count = len(values)
    centre = result["centre"] if isinstance(result["centre"], list) else [result["centre"]] * count
    signals = {each["point"] - 1 for each in result["signals"]}

    def said(value: float | None) -> str:
        return value_of(value, measure)

    def scaled(series: list[float | None]) -> list[float | None]:
        return [None if each is None else each * scale for each in series]

    if len(set(labels)) < count:
        labels = [
            f"{label} ({each})"
            for label, each in zip(labels, result["labels"] or range(1, count + 1), strict=True)
        ]
    told.picture = Picture(
        _("Control chart"), _("The figure of each wave with its centre and the limits of ordinary variation."),
        pictures.control(labels, scaled(values), scaled(result["lcl"]), scaled(result["ucl"]), [each * scale for each in centre], [said(each) for each in values], signals, context.item(context.asked["item"])[:60]),
        foot=_("Dashed: limits, three sigma from the centre. A red diamond is a signal; the rest is ordinary variation."),
    )  # fmt: skip
    if signals:
        told.lead.append(
            _(
                "Signals at %(what)s: look for what was different there.",
                what=", ".join(labels[place] for place in sorted(signals)),
            )
        )
    else:
        told.lead.append(
            _(
                "No signal: the waves differ no more than ordinary variation lets them. Single ups and downs need no explanation."
            )
        )
    told.lead.append(
        _("Centre %(value)s over %(num)s waves.", value=said(centre[-1]), num=format_number(count))
    )
    told.tables.append(
        Table(_("Waves"), [_("Wave"), _("Result"), _("Lower limit"), _("Upper limit"), "n", _("Signal")], [
            [Cell(labels[place]), Cell(said(value), value, strong=True), Cell(said(result["lcl"][place]), result["lcl"][place]), Cell(said(result["ucl"][place]), result["ucl"][place]), whole(points[place]["n"]), Cell(_("yes") if place in signals else "")]
            for place, value in enumerate(values)
        ], _("Chart of individual values (XmR)") if result["variant"] == "xmr" else _("Chart of shares (%(kind)s)", kind=result["variant"]))
    )  # fmt: skip
    told.figures.append(
        (
            context.item(context.asked["item"]),
            context.figure(
                values[-1], points[-1]["n"], None, "share" if scale == 100 else "mean", "control chart"
            ),
        )
    )
    return told
