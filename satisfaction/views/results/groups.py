"""Results by groups: a small picture and table for each question, the groups of a wave below each other."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import g, redirect, render_template, request, url_for

from core.access import guard
from core.i18n import _l
from satisfaction.permissions import SEE
from satisfaction.queries import waves as queries
from satisfaction.rules.items import Kind
from satisfaction.views import blueprint
from satisfaction.views.results.parts import (
    context,
    grid_numbers,
    grid_spec,
    option_words,
    scale_of,
    sides_of,
)
from satisfaction.views.results.whole import derived_grid, overall_options, rated_items

if TYPE_CHECKING:
    from core.figures import Figure
    from satisfaction.results import Cell, Dimension, Group, ItemResult, Results

#: groups on one page, and charts of groups
PAGE, CHARTS = 12, 4
VIEWS: dict[str, Any] = {
    "ratings": _l("Ratings"),
    "dimensions": _l("Dimensions"),
    "gaps": _l("Expected and perceived"),
    "importance": _l("Importance and performance"),
    "kano": _l("Kano"),
    "choices": _l("Choices"),
}
#: by how much the ends of a scale are rounded outward
STEPS = {"mean": 0.5, "ces": 0.5, "nps": 20.0, "csat": 0.1, "gap": 0.5, "share": 0.1}


@dataclass(slots=True)
class Card:
    """One question or dimension: what it says of the whole wave, and of each group of the page (None: withheld)."""

    owner: ItemResult | None
    dimension: Dimension | None
    measure: str
    whole: dict[str, Figure]
    rows: list[tuple[Group, Cell | None]]
    title: str = ""
    low: float = 0.0
    high: float = 1.0

    @property
    def n(self) -> int:
        """Respondents behind the whole; of a feature all who answered both sides."""
        if self.owner is not None and "n_pairs" in self.owner.detail:
            return int(self.owner.detail["n_pairs"])
        return next(iter(self.whole.values())).n


@blueprint.get("/surveys/waves/<int:wave_id>/groups")
@guard(SEE)
def wave_groups(wave_id: int) -> Any:
    from satisfaction import results, sheet

    wave = queries.get_wave_for(g.person, wave_id)
    answers, found = results.of_wave(wave)
    groupings = sheet.group_names(answers) if not found.too_few else {}
    if not groupings:
        return redirect(url_for(".wave_results", wave_id=wave.id))  # nothing to tell apart, or too few
    by = request.args.get("by", "")
    by = by if by in groupings else next(iter(groupings))
    options = overall_options(found)
    views = _views(found, by, derivable=bool(options))
    show = request.args.get("show", "")
    show = show if show in views else next(iter(views), "ratings")
    overall = request.args.get("overall", "")
    if show != "importance" or overall not in {each.item.code for each in options}:
        overall = ""
    whole = derived_grid(answers, found, overall, wave.min_cell)[0] if overall else found.ipa
    listed = results.groups_of(wave, by, overall)
    shown = [group for group in listed if group.n is not None]
    pages = max(1, math.ceil(len(shown) / PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    here = shown[(page - 1) * PAGE : page * PAGE]
    base = url_for(".wave_groups", wave_id=wave.id, by=by, show=show, overall=overall or None)
    return render_template(
        "satisfaction/groups.html",
        **context(wave, found),
        groupings=groupings,
        by=by,
        show=show,
        views=[
            (url_for(".wave_groups", wave_id=wave.id, by=by, show=name), VIEWS[name], None, name == show)
            for name in views
        ],
        view_name=VIEWS[show],
        cards=_cards(found, here, show, by),
        groups=here,
        shown=len(shown),
        first=(page - 1) * PAGE + 1,
        page=page,
        pages=pages,
        base=base,
        withheld=[group.label for group in listed if group.n is None],
        overall=overall,
        overall_options=options,
        stated=found.ipa is not None,
        whole=whole,
        charts=[
            (group, grid_spec(found, group.grid, height=300), grid_numbers(found, group.grid))
            for group in here
            if show == "importance" and group.grid is not None
        ][:CHARTS],
        sides_of=sides_of,
    )


def _views(found: Results, by: str, *, derivable: bool) -> list[str]:
    """Kinds of figures that the wave has."""
    kinds = {Kind(each.item.kind) for each in found.items if by != f"item:{each.item.code}"}
    there = {
        "ratings": bool(rated_items(found)),
        "dimensions": bool(found.dimensions),
        "gaps": Kind.servqual in kinds,
        "importance": found.ipa is not None or derivable,
        "kano": Kind.kano in kinds,
        "choices": Kind.choice in kinds,
    }
    return [name for name, is_there in there.items() if is_there]


def _cards(found: Results, groups: list[Group], show: str, by: str) -> list[Card]:
    def of(*kinds: Kind) -> list[ItemResult]:
        return [
            each for each in found.items if Kind(each.item.kind) in kinds and by != f"item:{each.item.code}"
        ]

    match show:
        case "dimensions":
            cards = [
                Card(None, each, each.measure, each.figures, [(one, one.dimensions.get(each.key)) for one in _having(groups, each.key, "dimensions")])
                for each in found.dimensions
            ]  # fmt: skip
        case "gaps":
            cards = [_item_card(each, groups) for each in of(Kind.servqual)]
        case "kano":
            cards = [_item_card(each, groups) for each in of(Kind.kano)]
        case "choices":
            return [card for each in of(Kind.choice) for card in _option_cards(each, groups)]
        case "importance":
            points = {code for group in groups if group.grid for code in group.grid.points}
            return [
                Card(each, None, "importance", {}, [(group, None) for group in groups])
                for each in found.items
                if each.item.code in points
            ]
        case _:
            cards = [_item_card(each, groups) for each in rated_items(found)]
    _share_scales(cards)
    return cards


def _having(groups: list[Group], key: str, where: str) -> list[Group]:
    """Groups in which somebody answered, or which are withheld for it."""
    return [group for group in groups if key in getattr(group, where)]


def _item_card(each: ItemResult, groups: list[Group]) -> Card:
    code = each.item.code
    return Card(
        each, None, each.main_measure, each.figures,
        [(group, group.items.get(code)) for group in _having(groups, code, "items")],
    )  # fmt: skip


def _option_cards(each: ItemResult, groups: list[Group]) -> list[Card]:
    """One for each option of a choice: the share of it in every group."""
    from satisfaction.results import Cell

    having = _having(groups, each.item.code, "items")
    made = []
    for place, (number, _count) in enumerate(each.counts):
        rows: list[tuple[Group, Cell | None]] = []
        for group in having:
            cell = group.items[each.item.code]
            rows.append((group, cell and Cell(cell.n, {"share": cell.shares[place]})))
        whole = {"share": each.shares[place]} if each.shares else {}
        made.append(Card(each, None, "share", whole, rows, title=option_words(each.item, number)))
    return made


def _share_scales(cards: Iterable[Card]) -> None:
    """Cards of one measure and length of scale are drawn on one scale, cut to what stands there."""
    alike: dict[tuple[str, float, float], list[Card]] = {}
    for card in cards:
        if card.measure in STEPS:
            alike.setdefault((card.measure, *_ends_of(card)), []).append(card)
    for (measure, low, high), listed in alike.items():
        drawn = [
            end
            for card in listed
            for figures in [card.whole, *(cell.figures for _group, cell in card.rows if cell)]
            for figure in _on_strip(measure, figures)
            for end in (figure.value, figure.low, figure.high)
            if end is not None
        ]
        step = STEPS[measure]
        for card in listed:
            card.low = max(low, math.floor(min(drawn) / step) * step) if drawn else low
            card.high = min(high, math.ceil(max(drawn) / step) * step) if drawn else high
            if card.high - card.low < step:
                card.low, card.high = low, high


def _on_strip(measure: str, figures: dict[str, Figure]) -> list[Figure]:
    names = ("expectation", "perception") if measure == "gap" else (measure,)
    return [figures[name] for name in names if name in figures]


def _ends_of(card: Card) -> tuple[float, float]:
    """Ends of the scale; a pair is drawn on that of its answers."""
    if card.dimension is not None:
        return 1.0, float(card.dimension.points)
    assert card.owner is not None
    return scale_of(card.owner, "expectation" if card.measure == "gap" else card.measure)
