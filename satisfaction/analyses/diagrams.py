"""Drawings of our own as SVG: a path model with its coefficients, flows between states.

Colours are the tokens of the page (`var(--pl-…)`), so the drawing follows the theme; `on_paper` puts the values in.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from core.charts.theme import LIGHT
from core.i18n import MINUS, format_share

#: where the constructs of the national indices stand by custom, in shares of width and height
PLACES = {
    "image": (0.36, 0.0),
    "expectation": (0.0, 0.28),
    "quality": (0.14, 1.0),
    "value": (0.34, 0.52),
    "satisfaction": (0.70, 0.40),
    "complaints": (1.0, 1.0),
    "loyalty": (1.0, 0.0),
}
BOX = (150, 58)
MARGIN = 14


@dataclass(frozen=True, slots=True)
class Node:
    """`lines`: words below the name, such as the index and R²."""

    key: str
    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """`sure`: the interval leaves out 0; None when there is no interval."""

    start: str
    end: str
    value: float
    sure: bool | None


def path_model(nodes: Sequence[Node], arrows: Sequence[Arrow], label: str) -> str:
    """Boxes and arrows; an arrow's width follows its coefficient, one that could be 0 is dashed."""
    width, height = 860, 430
    places = _places(nodes, arrows)
    if not all(node.key in PLACES for node in nodes):
        deepest = max(
            [
                1,
                *(
                    sum(1 for other in places.values() if abs(other[0] - x) < 0.01)
                    for x, _y in places.values()
                ),
            ]
        )
        height = max(260, 92 * deepest + 40)
    across, down = width - BOX[0] - 2 * MARGIN, height - BOX[1] - 2 * MARGIN
    centre = {
        key: (MARGIN + BOX[0] / 2 + x * across, MARGIN + BOX[1] / 2 + y * down)
        for key, (x, y) in places.items()
    }
    drawn: list[str] = []
    words: list[str] = []
    taken: list[tuple[float, float]] = []
    for arrow in arrows:
        line, word = _arrow(arrow, centre, taken)
        drawn.append(line)
        words.append(word)
    boxes = [_box(node, centre[node.key]) for node in nodes]
    return (
        f'<svg class="an-drawing" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{escape(label)}" xmlns="http://www.w3.org/2000/svg">'
        '<defs><marker id="an-tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 10 5 0 10Z" fill="var(--pl-ink-2)"/></marker></defs>'
        + "".join([*drawn, *boxes, *words])
        + "</svg>"
    )


def _places(nodes: Sequence[Node], arrows: Sequence[Arrow]) -> dict[str, tuple[float, float]]:
    keys = [node.key for node in nodes]
    if all(key in PLACES for key in keys) and len(keys) > 4:
        return {key: PLACES[key] for key in keys}
    depth = dict.fromkeys(keys, 0)
    for _round in keys:  # longest way from a construct without causes
        for arrow in arrows:
            depth[arrow.end] = max(depth[arrow.end], depth[arrow.start] + 1)
    deepest = max(depth.values()) or 1
    made = {}
    for level in range(deepest + 1):
        own = [key for key in keys if depth[key] == level]
        for place, key in enumerate(own):
            made[key] = (level / deepest, (place + 0.5) / len(own) if len(own) > 1 else 0.5)
    spread = [y for _x, y in made.values()]
    low, high = min(spread), max(spread)
    if high > low:
        made = {key: (x, (y - low) / (high - low)) for key, (x, y) in made.items()}
    return made


def _edge(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Where the line from start to end meets the box around end."""
    dx, dy = start[0] - end[0], start[1] - end[1]
    half_x, half_y = BOX[0] / 2 + 3, BOX[1] / 2 + 3
    scale = min(half_x / abs(dx) if dx else 1e9, half_y / abs(dy) if dy else 1e9)
    return end[0] + dx * scale, end[1] + dy * scale


def _arrow(
    arrow: Arrow, centre: Mapping[str, tuple[float, float]], taken: list[tuple[float, float]]
) -> tuple[str, str]:
    a, b = centre[arrow.start], centre[arrow.end]
    from_x, from_y = _edge(b, a)
    to_x, to_y = _edge(a, b)
    width = 1 + 4.5 * min(1.0, abs(arrow.value))
    colour = "bad" if arrow.value < 0 and arrow.sure else "ink-2"
    faint = ' stroke-dasharray="5 4" opacity="0.75"' if arrow.sure is False else ""
    line = f'<path d="M{from_x:.1f} {from_y:.1f}L{to_x:.1f} {to_y:.1f}" fill="none" stroke="var(--pl-{colour})" stroke-width="{width:.1f}" marker-end="url(#an-tip)"{faint}/>'
    for share in (0.5, 0.4, 0.6, 0.32, 0.68, 0.25, 0.75):
        x, y = from_x + (to_x - from_x) * share, from_y + (to_y - from_y) * share
        if all(abs(x - other[0]) > 46 or abs(y - other[1]) > 20 for other in taken):
            break
    taken.append((x, y))
    weight = "400" if arrow.sure is False else "600"
    word = f'<text x="{x:.1f}" y="{y + 4.5:.1f}" text-anchor="middle" font-size="13" font-weight="{weight}" fill="var(--pl-ink)" stroke="var(--pl-surface)" stroke-width="5" stroke-linejoin="round" paint-order="stroke">{coefficient(arrow.value)}</text>'
    return line, word


def coefficient(value: float) -> str:
    return f"{value:.2f}".replace("-", MINUS)


def _box(node: Node, at: tuple[float, float]) -> str:
    x, y = at[0] - BOX[0] / 2, at[1] - BOX[1] / 2
    main = node.key == "satisfaction"
    edge = f'stroke="var(--pl-{"accent" if main else "line-2"})" stroke-width="{2 if main else 1.2}"'
    name = node.name if wide(node.name) <= 19 else cut(node.name, 18)
    lines = "".join(
        f'<text x="{at[0]:.1f}" y="{y + 42 + 15 * number:.1f}" text-anchor="middle" font-size="12" fill="var(--pl-ink-3)">{escape(line)}</text>'
        for number, line in enumerate(node.lines)
    )
    top = y + 24 if node.lines else at[1] + 5
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{BOX[0]}" height="{BOX[1]}" rx="8" fill="var(--pl-surface)" {edge}><title>{escape(node.name)}</title></rect>'
        f'<text x="{at[0]:.1f}" y="{top:.1f}" text-anchor="middle" font-size="14" font-weight="600" fill="var(--pl-ink)">{escape(name)}</text>{lines}'
    )


def wide(text: str) -> int:
    """Width in Latin letters; a Chinese character takes two."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)


def cut(text: str, most: int) -> str:
    made = ""
    for letter in text:
        if wide(made + letter) > most:
            return made + "…"
        made += letter
    return made


FLOW_TONES = {"dissatisfied": "bad", "not_satisfied": "bad", "between": "edge", "satisfied": "good"}


def flows(
    states: Sequence[tuple[str, str]],
    counts: Sequence[Sequence[float]],
    left: str,
    right: str,
    label: str,
) -> str:
    """How many went from each state on the left to each on the right, as bands whose height is their number.

    counts: rows from, columns to, in the order of the states (key, word); the best state is drawn on top.
    """
    width, top, body, gap, bar = 760, 34, 300, 14, 16
    total = sum(map(sum, counts)) or 1.0
    order = list(range(len(states)))[::-1]
    scale = (body - gap * (len(states) - 1)) / total
    outgoing = [sum(row) for row in counts]
    incoming = [sum(row[place] for row in counts) for place in range(len(states))]
    x_left, x_right = 190, width - 190 - bar
    start_left, start_right = (
        _starts(order, outgoing, scale, top, gap),
        _starts(order, incoming, scale, top, gap),
    )
    at_left, at_right = dict(start_left), dict(start_right)
    bands, words = [], []
    for one in order:
        for other in order:
            count = counts[one][other]
            if not count:
                continue
            high = count * scale
            y1, y2 = at_left[one], at_right[other]
            at_left[one] += high
            at_right[other] += high
            a, b, middle = x_left + bar, x_right, (x_left + bar + x_right) / 2
            tone = FLOW_TONES.get(states[other][0], "ink-3")
            share = format_share(count / outgoing[one], 0)
            bands.append(
                f'<path d="M{a} {y1:.1f}C{middle} {y1:.1f} {middle} {y2:.1f} {b} {y2:.1f}V{y2 + high:.1f}C{middle} {y2 + high:.1f} {middle} {y1 + high:.1f} {a} {y1 + high:.1f}Z" fill="var(--pl-{tone})" opacity="0.26"><title>{escape(states[one][1])} → {escape(states[other][1])}: {share}</title></path>'
            )
            if high > 13:
                words.append(
                    f'<text x="{a + 8}" y="{y1 + high / 2 + 4:.1f}" font-size="12" fill="var(--pl-ink)">{share}</text>'
                )
    for places, starts, sizes, x, anchor, shift in (
        (order, start_left, outgoing, x_left, "end", -8),
        (order, start_right, incoming, x_right, "start", bar + 8),
    ):
        for place in places:
            if not sizes[place]:
                continue
            tone = FLOW_TONES.get(states[place][0], "ink-3")
            high, y = max(1.0, sizes[place] * scale), starts[place]
            words.append(
                f'<rect x="{x}" y="{y:.1f}" width="{bar}" height="{high:.1f}" rx="2" fill="var(--pl-{tone})"/>'
                f'<text x="{x + shift}" y="{y + high / 2 - 1:.1f}" text-anchor="{anchor}" font-size="13" font-weight="600" fill="var(--pl-ink)">{escape(states[place][1])}</text>'
                f'<text x="{x + shift}" y="{y + high / 2 + 15:.1f}" text-anchor="{anchor}" font-size="12" fill="var(--pl-ink-3)">{format_share(sizes[place] / total, 0)} · n = {sizes[place]:.0f}</text>'
            )
    heads = (
        f'<text x="{x_left + bar}" y="18" text-anchor="end" font-size="12" fill="var(--pl-ink-3)">{escape(cut(left, 34))}</text>'
        f'<text x="{x_right}" y="18" font-size="12" fill="var(--pl-ink-3)">{escape(cut(right, 34))}</text>'
    )
    height = top + body + 16
    return (
        f'<svg class="an-drawing" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{escape(label)}" xmlns="http://www.w3.org/2000/svg">'
        + heads
        + "".join([*bands, *words])
        + "</svg>"
    )


def _starts(
    order: Sequence[int], sizes: Sequence[float], scale: float, top: float, gap: float
) -> dict[int, float]:
    made, y = {}, top
    for place in order:
        made[place] = y
        y += sizes[place] * scale + gap
    return made


def on_page(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 - drawn here; words from outside are escaped


_TOKEN = re.compile(r"var\(--pl-([a-z0-9-]+)\)")


def on_paper(svg: str, values: Mapping[str, Any] = LIGHT) -> str:
    """The drawing with colours put in, on the colour of a page, for files."""
    return _TOKEN.sub(lambda found: str(values[found[1]]), svg)
