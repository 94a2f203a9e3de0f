"""What customers felt at the touchpoints of a journey: for the map, and beside a touchpoint."""

from collections.abc import Sequence
from typing import Any

from core import access
from core.slots import Panel
from satisfaction.permissions import SEE, SURVEY
from satisfaction.queries import touchpoints as queries
from satisfaction.queries.figures import as_figure
from satisfaction.rules.addresses import item_path
from satisfaction.rules.items import Kind, bounds
from satisfaction.showing import interval_of, number_of
from standards.models import Touchpoint
from standards.touch import Felt


def _verdict(figure: Any, item: Any, measure: str) -> str | None:
    """Against the target where there is one; else by the side of its scale on which the whole interval lies."""
    if figure.verdict:
        return str(figure.verdict)
    if figure.low is None or figure.high is None:
        return None
    if measure in {"nps", "gap"}:
        middle = 0.0
    elif measure == "csat":
        middle = 0.5
    else:
        low, high = bounds(item)
        middle = (low + high) / 2
    if figure.high < middle:
        return "short"
    return "kept" if figure.low > middle else None


def felt(touchpoint_ids: Sequence[int], person: Any) -> dict[int, list[Felt]]:
    """The newest closed wave of each question. One statement."""
    if not access.may(person, SEE):
        return {}
    made: dict[int, list[Felt]] = {}
    for touchpoint_id, rows in queries.figures_by_touchpoint(touchpoint_ids, person).items():
        for row, wave, item in rows:
            figure = as_figure(row)
            made.setdefault(touchpoint_id, []).append(
                Felt(
                    item.code,
                    item.second if item.kind == Kind.servqual else item.text,
                    wave.name,
                    number_of(figure, item),
                    interval_of(figure, row.measure),
                    figure,
                    _verdict(figure, item, row.measure),
                    item_path(wave.id, item.code),
                )
            )
    return made


def beside_touchpoint(touchpoint: Touchpoint, person: Any) -> Panel | None:
    """Which questions are asked about it."""
    if not access.may(person, SEE):
        return None
    return Panel(
        "satisfaction/panel_touchpoint.html",
        {
            "touchpoint": touchpoint,
            "items": queries.items_of_touchpoint(touchpoint.id, person),
            "may_choose": access.may(person, SURVEY, touchpoint.stage.journey.unit.path)
            and touchpoint.withdrawn_at is None,
        },
        order=30,
    )
