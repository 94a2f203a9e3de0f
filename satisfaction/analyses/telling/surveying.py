"""What an analysis says: estimates from samples, agreement of raters."""

from collections import Counter
from itertools import permutations
from typing import Any

from core.i18n import _, format_number, format_share, pick
from satisfaction.analyses import drawings, pictures
from satisfaction.analyses.pictures import Bar
from satisfaction.analyses.telling.parts import Cell, Context, Picture, Table, Told, ends, number, whole

MOST_SHOWN = 12


def tell_estimate(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    of_wave = context.of_wave
    of_share = bool(context.asked.get("category")) or context.asked.get("measure") == "top"
    scale, decimals = (100, 1) if of_share else (1, 2)

    def said(value: float | None) -> str:
        if value is None:
            return "—"
        return format_share(value) if of_share else format_number(value, 2)

    interval = ends(result["ci"], decimals, scale)
    what = result["variable"]
    if of_wave:
        what = context.item(context.asked["item"])
        what = _("%(question)s (share of the best answers)", question=what) if of_share else what
    if result["ci"] is None:
        told.lead.append(
            _(
                "%(what)s: %(value)s. No interval can be given; see what is to be borne in mind.",
                what=what,
                value=said(result["mean"]),
            )
        )
    else:
        told.lead.append(
            _(
                "%(what)s: %(value)s in the population, with %(level)s confidence from %(interval)s.",
                what=what,
                value=said(result["mean"]),
                level=format_share(result["confidence"], 0),
                interval=interval,
            )
        )
    if result["total"] is not None and not of_wave:  # a sum of ratings says nothing
        total = _whole_ends(result["ci_total"])
        told.lead.append(
            _(
                "Summed over the population: %(value)s (%(interval)s).",
                value=format_number(result["total"]),
                interval=total or "—",
            )
        )
    if result["deff"] is not None and result["deff"] > 1.5:
        told.lead.append(
            _(
                "The design costs precision: %(n)s answers are worth %(worth)s drawn one by one.",
                n=format_number(result["n"]),
                worth=format_number(result["n"] / result["deff"]),
            )
        )
    low, high = result["ci"] or (None, None)
    bars = [
        Bar(_("All"), scale * result["mean"], None if low is None else scale * low, None if high is None else scale * high, f"{said(result['mean'])} {interval}", "plain", what)
    ]  # fmt: skip
    words = context.names.get("groups") or {}
    strata = [
        each | {"name": pick(words[each["name"]]["en"], words[each["name"]]["zh"])} if of_wave else each
        for each in result.get("strata") or []
    ]
    bars += [Bar(each["name"], scale * each["mean"], None, None, said(each["mean"])) for each in strata[:20]]
    told.picture = Picture(
        _("Estimate with its interval"), _("The estimate for the whole population, and the means of the strata where there are some."),
        pictures.bars(bars, _("per cent") if of_share else _("mean of the answers") if of_wave else what),
        foot=_("Whisker: the interval for the whole population; the strata are shown without one."),
    )  # fmt: skip
    told.tables.append(
        Table(_("Estimate"), [_("Figure"), _("Result")], [
            [Cell(_("Share") if of_share else _("Mean")), Cell(said(result["mean"]), result["mean"], interval, strong=True)],
            [Cell(_("Standard error")), Cell("—" if result["se"] is None else format_number(scale * result["se"], 3), result["se"])],
            *([] if of_wave else [[Cell(_("Total in the population")), Cell("—" if result["total"] is None else format_number(result["total"]), result["total"], _whole_ends(result["ci_total"]))]]),
            [Cell(_("Design effect")), number(result["deff"])],
            [Cell(_("Answers given")), whole(result["n"])],
            [Cell(_("Answers they are worth by their weights")), number(result["n_eff"], 1)],
            [Cell(_("Units drawn")), whole(result["units"])],
            [Cell(_("Degrees of freedom")), whole(result["df"])],
        ])
    )  # fmt: skip
    if strata:
        note = (
            _("Groups that are too small to be shown are withheld.") if result.get("strata_withheld") else ""
        )
        told.tables.append(
            Table(_("Strata"), [_("Stratum"), _("Answers given"), *([] if of_wave else [_("People it stands for")]), _("Share") if of_share else _("Mean")], [
                [Cell(each["name"]), whole(each["n"]), *([] if of_wave else [whole(each["population"])]), Cell(said(each["mean"]), each["mean"])] for each in strata
            ], note)
        )  # fmt: skip
    told.figures.append(
        (
            what,
            context.figure(
                result["mean"], result["n"], result["ci"], "share" if of_share else "mean", "linearisation"
            ),
        )
    )
    return told


def _whole_ends(low_high: Any) -> str:
    return f"{format_number(low_high[0])}–{format_number(low_high[1])}" if low_high else ""


def tell_agreement(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    alpha, interval = result["krippendorff_alpha"], ends(result["ci"])
    if alpha is None:
        told.lead.append(_("All ratings are the same, so nothing can be said about agreement beyond chance."))
    else:
        word = (
            _("reliable") if alpha >= 0.8 else _("good enough for tentative conclusions") if alpha >= 0.667 else _("too low to build on")
        )  # fmt: skip
        told.lead.append(
            _(
                "Krippendorff’s alpha is %(value)s (%(interval)s): %(word)s.",
                value=format_number(alpha, 2),
                interval=interval or "—",
                word=word,
            )
        )
    sheet = context.asked["sheet"]
    rows = [[cell for cell in row[1:] if cell] for row in sheet["rows"]]
    pairs: Counter[tuple[str, str]] = Counter()
    for row in rows:
        pairs.update(permutations(row, 2))
    agreed = sum(count for (one, other), count in pairs.items() if one == other)
    together = sum(pairs.values())
    if together:
        told.lead.append(
            _(
                "Of all pairs of ratings of the same thing %(share)s are equal.",
                share=format_share(agreed / together),
            )
        )
    values = sorted({value for pair in pairs for value in pair}, key=_in_order)
    if 1 < len(values) <= MOST_SHOWN:
        told.picture = Picture(
            _("Where raters agree and where not"), _("How often one rater gave the value of the row and another that of the column."),
            svg=drawings.grid(values, {pair: count / 2 if pair[0] == pair[1] else count for pair, count in pairs.items()}, _("Agreement"), _("another rater gave")),
            foot=_("Pairs of ratings of the same thing; green on the diagonal they are equal."),
        )  # fmt: skip
    told.tables.append(
        Table(_("Agreement"), [_("Figure"), _("Result")], [
            [Cell(_("Krippendorff’s alpha")), Cell("—" if alpha is None else format_number(alpha, 3), alpha, interval, strong=True)],
            [Cell(_("Raters")), whole(result["raters"])],
            [Cell(_("Things rated by two or more")), whole(result["n_used"])],
            [Cell(_("Ratings")), whole(result["ratings"])],
        ], _("From 0.80 ratings are reliable, from 0.667 good for tentative conclusions (Krippendorff)."))
    )  # fmt: skip
    apart = [
        (row[0] or str(place), len(set(given)), given)
        for place, (row, given) in enumerate(zip(sheet["rows"], rows, strict=True), 1)
        if len(set(given)) > 1
    ]
    if apart:
        apart.sort(key=lambda each: -each[1])
        told.tables.append(
            Table(_("Rated most differently"), [_("What was rated"), _("Ratings")], [[Cell(name), Cell(", ".join(given))] for name, _count, given in apart[:10]], _("Talk about these first: what did each rater see?"))
        )  # fmt: skip
    if alpha is not None:
        told.figures.append(
            (
                _("Krippendorff’s alpha"),
                context.figure(alpha, result["n_used"], result["ci"], "ratio", "krippendorff"),
            )
        )
    return told


def _in_order(value: str) -> tuple[int, float, str]:
    try:
        return 0, float(value), value
    except ValueError:
        return 1, 0.0, value
