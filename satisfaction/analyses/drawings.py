"""Drawings of entered figures as SVG: a tree of indicators of any depth, a grid of how raters agree. Tokens as in diagrams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import escape

from core.i18n import format_number
from satisfaction.analyses.diagrams import cut, wide

BOX: Final = (168, 44)
STEP: Final = (232, 54)
MARGIN: Final = 8


@dataclass(frozen=True, slots=True)
class Twig:
    """A node of a tree. share: of its siblings' weight, 0 to 1, None at the root. fill: 0 to 1, how far its bar goes."""

    key: str
    parent: str | None
    name: str
    value: str
    share: float | None = None
    fill: float | None = None


def tree(twigs: Sequence[Twig], label: str) -> str:
    """From the root on the left to the leaves on the right; a line is as thick as the weight it stands for."""
    children: dict[str | None, list[Twig]] = {}
    for twig in twigs:
        children.setdefault(twig.parent, []).append(twig)
    place: dict[str, tuple[int, float]] = {}
    leaves = 0

    def put(twig: Twig, depth: int) -> float:
        nonlocal leaves
        below = children.get(twig.key, [])
        if not below:
            y = float(leaves)
            leaves += 1
        else:
            heights = [put(each, depth + 1) for each in below]
            y = (heights[0] + heights[-1]) / 2
        place[twig.key] = (depth, y)
        return y

    for root in children.get(None, []):
        put(root, 0)
    deepest = max((depth for depth, _y in place.values()), default=0)
    width = 2 * MARGIN + deepest * STEP[0] + BOX[0]
    height = 2 * MARGIN + max(leaves, 1) * STEP[1] - (STEP[1] - BOX[1])

    def corner(key: str) -> tuple[float, float]:
        depth, y = place[key]
        return MARGIN + depth * STEP[0], MARGIN + y * STEP[1]

    lines = [_line(twig, corner(twig.parent), corner(twig.key)) for twig in twigs if twig.parent is not None]
    boxes = [_box(twig, *corner(twig.key)) for twig in twigs]
    return _svg(width, height, label, [*lines, *boxes])


def _line(twig: Twig, start: tuple[float, float], end: tuple[float, float]) -> str:
    x1, y1 = start[0] + BOX[0], start[1] + BOX[1] / 2
    x2, y2 = end[0], end[1] + BOX[1] / 2
    middle = (x1 + x2) / 2
    share = twig.share or 0.0
    drawn = f'<path d="M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}" fill="none" stroke="var(--pl-line-2)" stroke-width="{1 + 6 * share:.1f}"/>'
    if twig.share is None:
        return drawn
    word = format_number(100 * twig.share, 0 if twig.share >= 0.1 else 1) + " %"
    return (
        drawn
        + f'<text x="{x2 - 6:.1f}" y="{y2 - 5:.1f}" text-anchor="end" font-size="12" fill="var(--pl-ink-3)" stroke="var(--pl-surface)" stroke-width="4" stroke-linejoin="round" paint-order="stroke">{word}</text>'
    )


def _box(twig: Twig, x: float, y: float) -> str:
    edge = "accent" if twig.parent is None else "line-2"
    name = twig.name if wide(twig.name) <= 17 else cut(twig.name, 16)
    bar = ""
    if twig.fill is not None:
        reach = max(0.0, min(1.0, twig.fill)) * (BOX[0] - 20)
        bar = (
            f'<rect x="{x + 10:.1f}" y="{y + BOX[1] - 11:.1f}" width="{BOX[0] - 20}" height="4" rx="2" fill="var(--pl-sunken)"/>'
            f'<rect x="{x + 10:.1f}" y="{y + BOX[1] - 11:.1f}" width="{reach:.1f}" height="4" rx="2" fill="var(--pl-accent)"/>'
        )
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{BOX[0]}" height="{BOX[1]}" rx="7" fill="var(--pl-surface)" stroke="var(--pl-{edge})" stroke-width="1.3"><title>{escape(twig.name)}: {escape(twig.value)}</title></rect>'
        f'<text x="{x + 10:.1f}" y="{y + 20:.1f}" font-size="13" fill="var(--pl-ink)">{escape(name)}</text>'
        f'<text x="{x + BOX[0] - 10:.1f}" y="{y + 20:.1f}" text-anchor="end" font-size="13" font-weight="600" fill="var(--pl-ink)">{escape(twig.value)}</text>{bar}'
    )


CELL: Final = 44


def grid(values: Sequence[str], counts: Mapping[tuple[str, str], float], label: str, axis: str) -> str:
    """How often one rater gave the row's value and another the column's; the diagonal is agreement.

    counts: (row, column) → pairs of ratings; axis: words above the columns.
    """
    most = max(counts.values(), default=1.0) or 1.0
    left = min(180, 24 + 8 * max((wide(each) for each in values), default=1))
    top = 46
    words: list[str] = [
        f'<text x="{left}" y="16" font-size="12" fill="var(--pl-ink-3)">{escape(axis)}</text>'
    ]
    for place, value in enumerate(values):
        middle = place * CELL + CELL / 2
        short = escape(cut(value, 7) if wide(value) > 7 else value)
        words.append(
            f'<text x="{left + middle:.1f}" y="{top - 8}" text-anchor="middle" font-size="12" fill="var(--pl-ink)">{short}</text>'
            f'<text x="{left - 10}" y="{top + middle + 4:.1f}" text-anchor="end" font-size="12" fill="var(--pl-ink)">{escape(cut(value, 20) if wide(value) > 20 else value)}</text>'
        )
    cells = []
    for row, one in enumerate(values):
        for column, other in enumerate(values):
            count = counts.get((one, other), 0.0)
            x, y = left + column * CELL, top + row * CELL
            tone = "good" if row == column else "bad"
            depth = 0.1 + 0.55 * count / most if count else 0.0
            cells.append(
                f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" rx="4" fill="var(--pl-sunken)"/>'
                + (
                    f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" rx="4" fill="var(--pl-{tone})" opacity="{depth:.2f}"><title>{escape(one)} – {escape(other)}: {count:g}</title></rect>'
                    f'<text x="{x + CELL / 2 - 1:.1f}" y="{y + CELL / 2 + 4:.1f}" text-anchor="middle" font-size="12" font-weight="{600 if row == column else 400}" fill="var(--pl-ink)">{count:g}</text>'
                    if count
                    else ""
                )
            )
    size = len(values) * CELL
    return _svg(max(left + size + 8, 220), top + size + 6, label, [*words, *cells], small=True)


def _svg(width: float, height: float, label: str, parts: Sequence[str], *, small: bool = False) -> str:
    css = "an-drawing small" if small else "an-drawing"
    return (
        f'<svg class="{css}" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{escape(label)}" xmlns="http://www.w3.org/2000/svg">'
        + "".join(parts)
        + "</svg>"
    )
