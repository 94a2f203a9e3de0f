"""What an analysis says: scores."""

from collections.abc import Mapping
from typing import Any

from core.figures import Unit
from core.i18n import _, format_number
from satisfaction.analyses import pictures
from satisfaction.analyses.pictures import Bar
from satisfaction.analyses.telling import grouped
from satisfaction.analyses.telling.parts import (
    Cell,
    Context,
    Picture,
    Table,
    Told,
    ends,
    number,
    share,
    whole,
)
from satisfaction.showing import value_of

#: how the interval of each kind is made
_HOW = {"mean": "t", "ces": "t", "csat": "wilson", "nps": "adjusted wald"}


def _unit(kind: str) -> Unit:
    return {"nps": "index", "csat": "share"}.get(kind, "mean")  # type: ignore[return-value]  # one of the units


def _value(one: Mapping[str, Any], kind: str) -> tuple[str, str]:
    measure = kind if kind in {"nps", "csat"} else "mean"
    value, interval = one.get("value"), one.get("ci")
    if value is None:
        return "—", ""
    if measure == "csat":
        return value_of(value, "csat"), ends(interval, 1, 100)
    return value_of(value, measure), ends(interval, 1 if measure == "nps" else 2)


def tell_score(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    rows, bars = [], []
    from satisfaction.rules.items import bounds

    for code, one in result["items"].items():
        kind = one["kind"]
        value, interval = _value(one, kind)
        rows.append(
            [
                Cell(context.item(code)),
                Cell(value, one["value"], interval, strong=True),
                share(one.get("top_share")),
                number(one.get("sd")),
                whole(one["n"]),
            ]
        )
        told.figures.append(
            (
                context.item(code),
                context.figure(
                    one["value"],
                    one["n"],
                    one["ci"],
                    _unit(kind),
                    _HOW[kind],
                ),
            )
        )
        item = context.items.get(code)
        if item is None or one["value"] is None:
            continue
        low, high = (
            (-100.0, 100.0) if kind == "nps" else (0.0, 1.0) if kind == "csat" else map(float, bounds(item))
        )
        place = [
            100 * (each - low) / (high - low) for each in (one["value"], *(one["ci"] or (one["value"],) * 2))
        ]
        bars.append(Bar(code, place[0], place[1], place[2], f"{value} {interval}", text=context.item(code)))
    told.tables.append(
        Table(
            _("Scores"),
            [_("Question"), _("Result, 95%% interval") % (), _("Best answers"), _("Spread (SD)"), "n"],
            rows,
        )
    )
    if bars:
        order = sorted(bars, key=lambda each: -each.value)
        told.lead.append(
            _(
                "Highest on its scale: %(what)s (%(value)s).",
                what=order[0].text,
                value=order[0].told.split(" ")[0],
            )
        )
        if len(order) > 1:
            told.lead.append(
                _(
                    "Lowest on its scale: %(what)s (%(value)s).",
                    what=order[-1].text,
                    value=order[-1].told.split(" ")[0],
                )
            )
        told.picture = Picture(
            _("Results on their scales"),
            _("Each question from the worst answer (0) to the best (100), with its interval."),
            pictures.bars(order, _("0 = worst answer, 100 = best"), domain=(0, 100)),
            foot=_("Whisker: 95%% interval. Each question stands on its own scale from 0 to 100.") % (),
        )
    _tell_groups(told, result, context)
    return told


def _tell_groups(told: Told, result: Mapping[str, Any], context: Context) -> None:
    kinds = {code: one["kind"] for code, one in result["items"].items()}

    def cell(body: Mapping[str, Any], code: str) -> Cell:
        found = body["items"].get(code, {})
        if found.get("withheld"):
            return Cell(_("withheld"))
        value, interval = _value(found, kinds[code])
        return Cell(value, found.get("value"), f"{interval} · {format_number(found.get('n'))}")

    rows = [(Cell(context.item(code)), code) for code in kinds]
    for group in grouped.add(told, result, context, _("Question"), rows, cell):
        told.of_groups += [
            (group.word, context.item(code), context.figure(one["value"], one["n"], one["ci"], _unit(kinds[code]), _HOW[kinds[code]]))
            for code, one in group.body["items"].items() if one.get("value") is not None
        ]  # fmt: skip
