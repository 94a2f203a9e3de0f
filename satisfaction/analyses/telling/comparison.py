"""What an analysis says: effect."""

from typing import Any

from core.i18n import _, format_number, format_share
from satisfaction.analyses import pictures
from satisfaction.analyses.pictures import Bar, Mark
from satisfaction.analyses.telling.parts import (
    Cell,
    Context,
    Picture,
    Table,
    Told,
    ends,
    number,
    p_word,
    whole,
)
from satisfaction.showing import signed


def tell_effect(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    top = context.asked.get("measure") == "top" or context.asked.get("kind") == "proportions"
    first, second = context.named("before", _("before")), context.named("after", _("after"))
    item = context.asked.get("item")
    what = context.item(item) if item else str(context.asked.get("what") or _("What is compared"))

    def said(value: float | None, *, sign: bool = False) -> str:
        if value is None:
            return "—"
        if top:
            return _("%(num)s points", num=signed(value * 100, 1)) if sign else format_share(value)
        return signed(value, 2) if sign else format_number(value, 2)

    interval = ends(result["ci"], 1 if top else 2, 100 if top else 1)
    verdicts = {
        "effective": _("%(what)s: a real change for the better, %(change)s (%(interval)s).")
        if result["direction"] == "up"
        else _("%(what)s: a real change in the wanted direction, %(change)s (%(interval)s)."),
        "not_effective": _("%(what)s: no change worth having, %(change)s (%(interval)s)."),
        "not_enough_data": _(
            "%(what)s: %(change)s (%(interval)s); these data cannot tell whether that is more than chance."
        ),
    }
    told.lead.append(
        verdicts[result["verdict"]]
        % {
            "what": what.rstrip("?？.。 "),
            "change": said(result["estimate"], sign=True),
            "interval": interval or "—",
        }
    )
    if result.get("needed_n") and result["verdict"] == "not_enough_data":
        told.lead.append(
            _(
                "About %(num)s answers on each side would show a change of %(change)s.",
                num=format_number(result["needed_n"]),
                change=said(result["margin_judged_by"], sign=True),
            )
        )
    if result["estimate"] is not None and result["ci"]:
        scale = 100 if top else 1
        better = result["direction"] == "up"
        low, high = (each * scale for each in result["ci"])
        tone = "plain" if low <= 0 <= high else "good" if (low > 0) == better else "bad"
        marks = (
            [Mark(result["margin"] * scale * (1 if better else -1), _("worth having"))]
            if result["margin"]
            else []
        )
        told.picture = Picture(
            _("Difference with its interval"), _("How far the second side lies above (right) or below (left) the first."),
            pictures.bars([Bar(_("second less first"), result["estimate"] * scale, low, high, f"{said(result['estimate'], sign=True)} {interval}", tone)], _("difference in percentage points") if top else _("difference in points of the scale"), marks=marks),
            foot=_("Whisker: 95%% interval. Holds it 0, chance alone may be behind the difference.") % (),
        )  # fmt: skip
    sides = [(result.get(key) or {}).get("share" if top else "mean") for key in ("before", "after")]
    told.tables.append(
        Table(_("Sides"), [_("Which side"), "n", *([(_("Share of the best answers") if item else _("Share")) if top else _("Mean")] if sides[0] is not None else [])], [
            [Cell(name), whole(count), *([Cell(said(value), value)] if sides[0] is not None else [])]
            for name, count, value in ((first, result["n_before"], sides[0]), (second, result["n_after"], sides[1]))
        ])
    )  # fmt: skip
    told.tables.append(
        Table(_("Comparison"), [_("Figure"), _("Result")], [
            [Cell(_("Difference, second less first")), Cell(said(result["estimate"], sign=True), result["estimate"], interval, strong=True)],
            [Cell("p"), Cell(p_word(result["p"]), result["p"])],
            [Cell(_("Size of the effect (%(kind)s)", kind=str(result["effect_size_kind"]).replace("_", " "))), number(result["effect_size"])],
            [Cell(_("Smallest change these data would have shown")), Cell(said(result["detectable"]), result["detectable"])],
            [Cell(_("Answers needed on each side")), whole(result["needed_n"])],
        ])
    )  # fmt: skip
    told.figures.append(
        (
            f"{what}: {first} → {second}",
            context.figure(
                result["estimate"],
                result["n_used"],
                result["ci"],
                "difference" if top else "mean",
                result["variant"],
            ),
        )
    )
    return told
