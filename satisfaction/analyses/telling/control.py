"""What an analysis says: control chart."""

from typing import Any

from core.i18n import _, _l, format_number, pick
from satisfaction.analyses import pictures
from satisfaction.analyses.entered.sheets import number as read
from satisfaction.analyses.telling.parts import Cell, Context, Picture, Table, Told, whole
from satisfaction.showing import value_of

KINDS: dict[str, Any] = {
    "xmr": _l("Chart of individual values (XmR)"),
    "p": _l("Chart of shares (p)"),
    "laney_p": _l("Chart of shares of large lots (Laney p′)"),
    "np": _l("Chart of counts (np)"),
    "c": _l("Chart of events (c)"),
    "u": _l("Chart of events for each unit (u)"),
    "ewma": _l("Chart of the weighted moving mean (EWMA)"),
    "cusum": _l("Chart of cumulated deviations (CUSUM)"),
}


def tell_chart(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    values = result["values"]
    of_waves = "item" in context.asked
    if of_waves:
        points = context.names["points"]
        measure = context.asked["measure"]
        labels = [pick(each["en"], each["zh"]) for each in points]
        sizes = [each["n"] for each in points]
        what = context.item(context.asked["item"])
    else:
        rows = context.asked["sheet"]["rows"]
        measure = "top" if context.asked["kind"] in {"p", "laney_p"} else "mean"
        labels = [row[0] or str(place) for place, row in enumerate(rows, 1)]
        sizes = [
            read(row[2], 1, "") if context.asked["kind"] in {"p", "laney_p", "u"} else None for row in rows
        ]
        what = str(context.asked.get("what") or _("What is charted"))
    counts = not of_waves and context.asked["kind"] == "c"
    scale = 100 if measure in {"top", "csat"} else 1
    count = len(values)
    centre = result["centre"] if isinstance(result["centre"], list) else [result["centre"]] * count
    signals = {each["point"] - 1 for each in result["signals"]}

    def said(value: float | None) -> str:
        if counts and value is not None and value == int(value):
            return format_number(value)
        return value_of(value, measure)

    def scaled(series: list[float | None]) -> list[float | None]:
        return [None if each is None else each * scale for each in series]

    if len(set(labels)) < count:
        labels = [
            f"{label} ({each})"
            for label, each in zip(labels, result["labels"] or range(1, count + 1), strict=True)
        ]
    told.picture = Picture(
        _("Control chart"), _("Each point in the order of time with its centre and the limits of ordinary variation."),
        pictures.control(labels, scaled(values), scaled(result["lcl"]), scaled(result["ucl"]), [each * scale for each in centre], [said(each) for each in values], signals, what[:60]),
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
            if of_waves
            else _(
                "No signal: the points differ no more than ordinary variation lets them. Single ups and downs need no explanation."
            )
        )
    told.lead.append(
        _("Centre %(value)s over %(num)s waves.", value=said(centre[-1]), num=format_number(count))
        if of_waves
        else _("Centre %(value)s over %(num)s points.", value=said(centre[-1]), num=format_number(count))
    )
    told.tables.append(
        Table(_("Waves") if of_waves else _("Points in the order of time"), [_("Wave") if of_waves else _("Period"), _("Result"), _("Lower limit"), _("Upper limit"), *(["n"] if any(sizes) else []), _("Signal")], [
            [Cell(labels[place]), Cell(said(value), value, strong=True), Cell(said(result["lcl"][place]), result["lcl"][place]), Cell(said(result["ucl"][place]), result["ucl"][place]), *([whole(sizes[place])] if any(sizes) else []), Cell(_("yes") if place in signals else "")]
            for place, value in enumerate(values)
        ], str(KINDS[result["variant"]]))
    )  # fmt: skip
    told.figures.append(
        (
            what,
            context.figure(
                values[-1],
                sizes[-1] or result["n_used"],
                None,
                "share" if scale == 100 else "mean",
                "control chart",
            ),
        )
    )
    return told
