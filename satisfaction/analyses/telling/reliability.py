"""What an analysis says: reliability."""

from collections.abc import Mapping
from typing import Any, Final

from core.charts.specs.parts import Spec
from core.i18n import _, format_number
from satisfaction.analyses import pictures
from satisfaction.analyses.pictures import Bar, Mark
from satisfaction.analyses.telling import grouped
from satisfaction.analyses.telling.parts import (
    Cell,
    Context,
    Picture,
    Table,
    Told,
    dimension,
    ends,
    number,
    p_word,
    share,
    whole,
)

#: of the axis of groups: intervals of few respondents reach far below
LOWEST: Final = -0.5


def _alpha_word(alpha: float | None) -> tuple[str, str]:
    if alpha is None:
        return "—", "plain"
    if alpha >= 0.8:
        return _("good"), "good"
    if alpha >= 0.7:
        return _("usable"), "good"
    return (_("doubtful"), "plain") if alpha >= 0.6 else (_("poor"), "bad")


def tell_reliability(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    scales, questions, bars = [], [], []
    for name, one in result["scales"].items():
        word, _tone = _alpha_word(one["alpha"])
        scales.append(
            [
                Cell(dimension(name)),
                Cell(
                    format_number(one["alpha"], 2) if one["alpha"] is not None else "—",
                    one["alpha"],
                    ends(one["ci"]),
                    strong=True,
                ),
                Cell(word),
                number(one["lambda6"]),
                number(one["mean_r"]),
                whole(one["k"]),
                whole(one["n"]),
            ]
        )
        if one["alpha"] is not None:
            bars.append(_bar(name, one))
            told.figures.append(
                (f"α {dimension(name)}", context.figure(one["alpha"], one["n"], one["ci"], "ratio", "feldt"))
            )
            told.lead.append(
                _(
                    "%(what)s: alpha %(value)s, %(word)s.",
                    what=dimension(name),
                    value=format_number(one["alpha"], 2),
                    word=word,
                )
            )
        for code, item in one["items"].items():
            better = (
                item["alpha_if_deleted"] is not None
                and one["alpha"] is not None
                and item["alpha_if_deleted"] > one["alpha"] + 0.02
            )
            questions.append(
                [
                    Cell(context.item(code), small=dimension(name)),
                    number(item["mean"]),
                    Cell(
                        "—" if item["r_rest"] is None else format_number(item["r_rest"], 2),
                        item["r_rest"],
                        _("weak") if item["r_rest"] is not None and item["r_rest"] < 0.3 else "",
                    ),
                    Cell(
                        "—"
                        if item["alpha_if_deleted"] is None
                        else format_number(item["alpha_if_deleted"], 2),
                        item["alpha_if_deleted"],
                        _("better without it") if better else "",
                    ),
                    share(item["floor"]),
                    share(item["ceiling"]),
                ]
            )
    told.lead = told.lead[:4]
    if bars:
        told.picture = Picture(
            _("Cronbach’s alpha"),
            _("How well the questions of each dimension hang together, with the interval."),
            pictures.bars(
                bars,
                _("alpha"),
                domain=(min(0.0, *(each.low or 0.0 for each in bars)), 1.0),
                marks=[Mark(0.7, _("usable from 0.7"))],
            ),
            foot=_("Whisker: 95%% interval (Feldt). From 0.7 a dimension may be reported as one figure.")
            % (),
        )
    told.tables.append(
        Table(
            _("Dimensions"),
            [
                _("Dimension"),
                _("Alpha, 95%% interval") % (),
                _("Reading"),
                "λ6",
                _("Mean correlation"),
                _("The questions"),
                "n",
            ],
            scales,
        )
    )
    told.tables.append(
        Table(_("The questions"), [_("Question"), _("Mean"), _("With the rest"), _("Alpha without it"), _("Lowest answer"), _("Highest answer")], questions,
              _("With the rest: correlation with the other questions of the dimension; under 0.3 a question measures something else."))
    )  # fmt: skip
    kmo, bartlett = result.get("kmo") or {}, result.get("bartlett") or {}
    if kmo.get("overall") is not None:
        rows = [[Cell("KMO"), number(kmo["overall"]), Cell(_("from 0.6 the answers suit a factor analysis"))]]
        if bartlett.get("chi2") is not None:
            rows.append(
                [
                    Cell(_("Bartlett’s test")),
                    Cell(
                        f"χ² = {format_number(bartlett['chi2'], 1)}, df = {bartlett['df']}", bartlett["chi2"]
                    ),
                    Cell(f"p {p_word(bartlett['p'])}"),
                ]
            )
        told.tables.append(
            Table(_("Suitability of all questions together"), [_("Figure"), _("Result"), _("Reading")], rows)
        )
    _tell_groups(told, result, context)
    return told


def _bar(name: str, one: Mapping[str, Any]) -> Bar:
    low, high = one["ci"] or (None, None)
    alpha = format_number(one["alpha"], 2)
    return Bar(
        dimension(name), one["alpha"], low, high, f"{alpha} {ends(one['ci'])}", _alpha_word(one["alpha"])[1]
    )


def _tell_groups(told: Told, result: Mapping[str, Any], context: Context) -> None:
    def cell(body: Mapping[str, Any], name: str) -> Cell:
        one = body["scales"][name]
        if one["alpha"] is None:
            return Cell("—")
        return Cell(format_number(one["alpha"], 2), one["alpha"], ends(one["ci"]))

    def small(group: grouped.Group) -> Spec | None:
        bars = [_bar(name, one) for name, one in group.body["scales"].items() if one["alpha"] is not None]
        return (
            pictures.bars(bars, _("alpha"), domain=(lowest, 1.0), marks=[Mark(0.7, "0.7")]) if bars else None
        )

    rows = [(Cell(dimension(name)), name) for name in result["scales"]]
    lows = [
        one["ci"][0] for group in grouped.groups_of(result, context) for one in group.body["scales"].values() if one["ci"]
    ]  # fmt: skip
    lowest = max(LOWEST, min([0.0, *lows]))
    found = grouped.add(
        told, result, context, _("Dimension"), rows, cell, small=small,
        says=(_("Cronbach’s alpha by groups"), _("The same as above, in each group."), _("Whisker: 95%% interval (Feldt).") % ()),
    )  # fmt: skip
    for group in found:
        for name, one in group.body["scales"].items():
            if one["alpha"] is not None:
                figure = context.figure(one["alpha"], one["n"], one["ci"], "ratio", "feldt")
                told.of_groups.append((group.word, f"α {dimension(name)}", figure))
    weak = [
        f"{group.word} ({dimension(name)})"
        for group in found
        for name, one in group.body["scales"].items()
        if one["alpha"] is not None and one["alpha"] < 0.6 <= (result["scales"][name]["alpha"] or 0)
    ]
    if weak:
        told.lead.append(
            _("In some groups the questions hang together poorly: %(what)s.", what="; ".join(weak[:4]))
        )
