"""What an analysis says: path model, its groups."""

from collections.abc import Mapping
from typing import Any, Final

from core.charts.specs.parts import Spec
from core.i18n import _, format_number
from satisfaction.analyses import diagrams, pictures
from satisfaction.analyses.forms import construct_word
from satisfaction.analyses.pictures import Bar
from satisfaction.analyses.telling import grouped
from satisfaction.analyses.telling.parts import Cell, Context, Table, Told, ends, p_word

DIFFERENCES_MOST: Final = 30


def _interval(body: Mapping[str, Any], kind: str, name: str) -> Any:
    return ((body.get("bootstrap") or {}).get(kind) or {}).get(name, {}).get("ci")


def _index(body: Mapping[str, Any], name: str) -> float | None:
    return (body.get("index") or {}).get(name)


def _arrow(name: str) -> str:
    start, end = name.split("->")
    return f"{construct_word(start)} → {construct_word(end)}"


def tell_groups(told: Told, result: Mapping[str, Any], context: Context) -> None:
    """The index of each construct, the paths, and which paths lie apart."""

    def index(body: Mapping[str, Any], name: str) -> Cell:
        value = _index(body, name)
        interval = ends(_interval(body, "index", name), 1)
        return Cell("—" if value is None else format_number(value, 1), value, interval, strong=True)

    def path(body: Mapping[str, Any], name: str) -> Cell:
        value = body["paths"].get(name)
        interval = ends(_interval(body, "paths", name))
        return Cell("—" if value is None else diagrams.coefficient(value), value, interval)

    def small(group: grouped.Group) -> Spec | None:
        bars = []
        for name in result["index"]:
            value = _index(group.body, name)
            if value is not None:
                low, high = _interval(group.body, "index", name) or (None, None)
                said = f"{format_number(value, 1)} {ends((low, high), 1)}".strip()
                bars.append(Bar(construct_word(name), value, low, high, said))
        return pictures.bars(bars, _("index"), domain=(0, 100)) if bars else None

    found = grouped.add(
        told, result, context, _("Construct"), [(Cell(construct_word(name)), name) for name in result["index"]], index,
        title=_("Index by groups: %(what)s", what=context.named("by")), small=small,
        says=(_("Index by groups"), _("The index of each construct, in each group."), _("Index from 0 to 100, with intervals where there are resamples.")),
    )  # fmt: skip
    if not found:
        return
    grouped.add(
        told, result, context, _("Path"), [(Cell(_arrow(name)), name) for name in result["paths"]], path,
        title=_("Paths by groups: %(what)s", what=context.named("by")),
    )  # fmt: skip
    _differences(told, result, context)
    for group in found:
        for name in result["index"]:
            value, interval = _index(group.body, name), _interval(group.body, "index", name)
            if value is not None:
                figure = context.figure(value, group.n, interval, "index", "bootstrap" if interval else "pls")
                told.of_groups.append((group.word, _("Index %(what)s", what=construct_word(name)), figure))
    main = "satisfaction"
    both = grouped.apart(found, lambda body: _index(body, main))
    if both is not None:
        told.lead.append(
            _(
                "Of the groups, %(best)s has the highest index (%(high)s), %(worst)s the lowest (%(low)s).",
                best=both[0].word,
                high=format_number(_index(both[0].body, main), 1),
                worst=both[1].word,
                low=format_number(_index(both[1].body, main), 1),
            )
        )


def _differences(told: Told, result: Mapping[str, Any], context: Context) -> None:
    """Paths whose difference between two groups leaves 0 outside its interval."""
    pairs = [
        each
        for each in result.get("group_differences") or ()
        if any("ci" in one for one in each["paths"].values())
    ]
    if not pairs:
        return
    rows = []
    for each in pairs:
        first, second = (grouped.word_of(context, name) for name in each["groups"])
        for name, one in each["paths"].items():
            ci = one.get("ci")
            if ci and (ci[0] > 0 or ci[1] < 0):
                difference = Cell(
                    diagrams.coefficient(one["difference"]), one["difference"], ends(ci), strong=True
                )
                rows.append(
                    [
                        Cell(_arrow(name)),
                        Cell(first),
                        Cell(second),
                        difference,
                        Cell(p_word(one["p"]), one["p"]),
                    ]
                )
    rows.sort(key=lambda row: -abs(row[3].raw))
    tried = sum(len(each["paths"]) for each in pairs)
    told.tables.append(
        Table(
            _("Paths that differ between groups"),
            [_("Path"), _("First group"), _("Second group"), _("Difference, 95%% interval") % (), "p"],
            rows[:DIFFERENCES_MOST] or [[Cell(_("No path differs clearly.")), *[Cell("") for _each in range(4)]]],
            _("Differences tried: %(num)s; of as many, one in twenty looks clear by chance.", num=format_number(tried)),
        )
    )  # fmt: skip
