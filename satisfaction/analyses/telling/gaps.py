"""What an analysis says: servqual."""

from collections.abc import Mapping
from typing import Any

from core.charts.specs.parts import Spec
from core.i18n import _
from satisfaction.analyses import pictures
from satisfaction.analyses.pictures import Bar
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
    whole,
)
from satisfaction.showing import signed


def _gap_tone(one: Mapping[str, Any]) -> str:
    if not one["ci"]:
        return "plain"
    return "bad" if one["ci"][1] < 0 else "good" if one["ci"][0] > 0 else "plain"


def tell_servqual(result: dict[str, Any], context: Context) -> Told:
    told = Told()

    def row(label: str, one: Mapping[str, Any], small: str = "") -> list[Cell]:
        return [
            Cell(label, small=small), number(one["expectation"]), number(one["perception"]),
            Cell(signed(one["gap"], 2), one["gap"], ends(one["ci"]), strong=True), Cell(p_word(one["p"]), one["p"]), whole(one["n"]),
        ]  # fmt: skip

    header = [_("Dimension"), _("Expected"), _("Perceived"), _("Gap, 95%% interval") % (), "p", "n"]
    found = sorted(result["dimensions"].items(), key=lambda pair: pair[1]["gap"])
    items = sorted(result["items"].items(), key=lambda pair: pair[1]["gap"])
    told.tables.append(Table(_("Dimensions"), header, [row(dimension(name), one) for name, one in found]))
    told.tables.append(
        Table(
            _("The questions"),
            [_("Question"), *header[1:]],
            [row(context.item(code), one, dimension(one["dimension"])) for code, one in items],
        )
    )
    several = len(found) > 1
    bars = [
        _bar(label, text, one)
        for label, text, one in (
            [(dimension(name), dimension(name), one) for name, one in found] if several
            else [(code, context.item(code), one) for code, one in items]
        )
    ]  # fmt: skip
    told.picture = Picture(
        _("Gap between what was perceived and what was expected"),
        _("Bars to the left fall short of the expectation, to the right exceed it; with intervals."),
        pictures.bars(bars, _("perceived less expected, in points")),
        foot=_("Whisker: 95%% interval; red: the whole interval lies below zero.") % (),
    )
    worst = next((one for one in found if one[1]["ci"] and one[1]["ci"][1] < 0), None)
    if worst is not None:
        told.lead.append(
            _(
                "%(what)s falls furthest short of what was expected: %(gap)s points (%(interval)s).",
                what=dimension(worst[0]),
                gap=signed(worst[1]["gap"], 2),
                interval=ends(worst[1]["ci"]),
            )
        )
    else:
        told.lead.append(_("No dimension falls clearly short of what was expected."))
    if items[0][1]["ci"] and items[0][1]["ci"][1] < 0:
        told.lead.append(
            _(
                "The largest gap of a single question: %(what)s, %(gap)s.",
                what=context.item(items[0][0]),
                gap=signed(items[0][1]["gap"], 2),
            )
        )
    told.lead.append(
        _(
            "Overall gap, mean of the dimensions: %(value)s points.",
            value=signed(result["overall_unweighted"], 2),
        )
    )
    told.figures = [
        *(
            (dimension(name), context.figure(one["gap"], one["n"], one["ci"], "mean", "paired t"))
            for name, one in found
        ),
        *(
            (context.item(code), context.figure(one["gap"], one["n"], one["ci"], "mean", "paired t"))
            for code, one in items
        ),
    ]
    _tell_groups(told, result, context)
    return told


def _bar(label: str, text: str, one: Mapping[str, Any]) -> Bar:
    low, high = one["ci"] or (None, None)
    return Bar(
        label, one["gap"], low, high, f"{signed(one['gap'], 2)} {ends(one['ci'])}", _gap_tone(one), text
    )


def _tell_groups(told: Told, result: Mapping[str, Any], context: Context) -> None:
    """Gaps of the dimensions, of the questions where there is one dimension alone."""
    key = "dimensions" if len(result["dimensions"]) > 1 else "items"
    word = dimension if key == "dimensions" else context.item
    ordered = sorted(result[key], key=lambda name: result[key][name]["gap"])

    def cell(body: Mapping[str, Any], name: str) -> Cell:
        one = body[key][name]
        return Cell(signed(one["gap"], 2), one["gap"], ends(one["ci"]))

    def reach(body: Mapping[str, Any]) -> list[float]:
        return [each for one in body[key].values() for each in (one["gap"], *(one["ci"] or ()))]

    def small(group: grouped.Group) -> Spec:
        bars = [
            _bar(word(name) if key == "dimensions" else name, word(name), group.body[key][name])
            for name in ordered
        ]
        return pictures.bars(bars, _("perceived less expected, in points"), domain=domain)

    groups = grouped.groups_of(result, context)
    if groups:
        low, high = grouped.ends_of(groups, reach)
        room = 0.06 * (max(high, 0.0) - min(low, 0.0)) or 0.1
        domain = (min(low, 0.0) - room, max(high, 0.0) + room)
    head = _("Dimension") if key == "dimensions" else _("Question")
    found = grouped.add(
        told, result, context, head, [(Cell(word(name)), name) for name in ordered], cell, small=small,
        says=(_("Gaps by groups"), _("The same as above, in each group."), _("Whisker: 95%% interval; red: the whole interval lies below zero.") % ()),
    )  # fmt: skip
    for group in found:
        told.of_groups += [
            (group.word, word(name), context.figure(one["gap"], one["n"], one["ci"], "mean", "paired t"))
            for name, one in group.body[key].items()
        ]
    both = grouped.apart(found, lambda body: body["overall_unweighted"])
    if both is not None:
        told.lead.append(
            _(
                "Of the groups, %(worst)s is furthest from what was expected (overall gap %(low)s), %(best)s the nearest (%(high)s).",
                worst=both[1].word,
                low=signed(both[1].body["overall_unweighted"], 2),
                best=both[0].word,
                high=signed(both[0].body["overall_unweighted"], 2),
            )
        )
