"""Figures that other rooms counted, as a pack keeps them."""

from collections.abc import Iterable
from dataclasses import replace

from certification.rules.clauses import Both
from core.figures import Figure


def settled(figure: Figure) -> Figure:
    """Without the moment of counting and the link: the same records give the same pack."""
    working = {key: value for key, value in figure.working.items() if key != "href"}
    return replace(figure, as_of=None, working=working)


def labelled(figures: Iterable[Figure]) -> tuple[tuple[Both, Figure], ...]:
    """Each with its name in both languages."""
    return tuple(
        (
            Both(str(figure.working.get("label_en", "")), str(figure.working.get("label_zh", ""))),
            settled(figure),
        )
        for figure in figures
    )
