"""An indicator tree drawn from left to right: boxes with scores, edges as thick as their weight. Like the drawings of analyses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import escape

from core.i18n import format_number, pick
from satisfaction.analyses.diagrams import cut, wide

COLUMNS: Final = (10, 222, 452, 690)
WIDTHS: Final = (176, 186, 194, 268)
WIDTH: Final = 968
LEAF: Final = 30  # height of the row of an item
BOX: Final = 46
ROW: Final = 58  # height of the row of a box
TOP: Final = 30
BOLD: Final = 7.8  # room of a Latin letter at 13 px, semibold; PLAIN: at 12 px
PLAIN: Final = 7.0
FIRST_WIDE: Final = 0x2E80
TONES: Final = {"short": "bad", "kept": "good", "on_the_line": "edge"}


@dataclass(frozen=True, slots=True)
class Shape:
    """A node to draw. `score` in words, `value` for its bar (0 to 100); `tone` is a verdict or nothing."""

    key: str
    parent: str
    level: int
    name: str
    score: str
    value: float | None
    weight: float
    tone: str
    note: str


def tree(shapes: Sequence[Shape], heads: Sequence[str], label: str) -> str:
    """The drawing as SVG in the tokens of the page; an item has a line, what is above stands in the middle of its parts."""
    children: dict[str, list[Shape]] = {}
    for shape in shapes:
        children.setdefault(shape.parent, []).append(shape)
    places: dict[str, float] = {}

    def room(shape: Shape) -> float:
        return max(LEAF if shape.level == 4 else ROW, sum(map(room, children.get(shape.key, []))))

    def put(shape: Shape, top: float) -> None:
        below, whole = children.get(shape.key, []), room(shape)
        places[shape.key] = top + whole / 2
        at = top + (whole - sum(map(room, below))) / 2
        for each in below:
            put(each, at)
            at += room(each)

    root = children[""][0]
    put(root, TOP + max(0.0, (108 - room(root)) / 2))
    height = max(TOP + room(root) + 8, TOP + 116)
    edges = [_edge(shape, places) for shape in shapes if shape.parent]
    boxes = [
        _leaf(shape, places[shape.key]) if shape.level == 4 else _box(shape, places[shape.key])
        for shape in shapes
    ]
    titles = [
        f'<text x="{COLUMNS[place]}" y="16" font-size="12" fill="var(--pl-ink-3)">{escape(head)}</text>'
        for place, head in enumerate(heads)
    ]
    return (
        f'<svg class="an-drawing" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}" role="img" aria-label="{escape(label)}" xmlns="http://www.w3.org/2000/svg">'
        + "".join([*titles, *edges, *boxes])
        + "</svg>"
    )


def _edge(shape: Shape, places: Mapping[str, float]) -> str:
    level = shape.level - 2
    x1, x2 = COLUMNS[level] + WIDTHS[level], COLUMNS[level + 1]
    y1, y2 = places[shape.parent], places[shape.key]
    middle = (x1 + x2) / 2
    faint = ' stroke-dasharray="4 4"' if shape.value is None else ""
    return f'<path d="M{x1} {y1:.1f}C{middle} {y1:.1f} {middle} {y2:.1f} {x2} {y2:.1f}" fill="none" stroke="var(--pl-line-2)" stroke-width="{1 + 7 * shape.weight:.1f}"{faint}/>'


def _bar(x: float, y: float, width: float, shape: Shape) -> str:
    if shape.value is None:
        return ""
    tone = TONES.get(shape.tone, "ink-2")
    return (
        f'<rect x="{x}" y="{y:.1f}" width="{width}" height="4" rx="2" fill="var(--pl-sunken)"/>'
        f'<rect x="{x}" y="{y:.1f}" width="{max(0.0, min(100.0, shape.value)) / 100 * width:.1f}" height="4" rx="2" fill="var(--pl-{tone})"/>'
    )


def _box(shape: Shape, y: float) -> str:
    if not shape.parent:
        return _root(shape, y)
    place = shape.level - 1
    x, width, top = COLUMNS[place], WIDTHS[place], y - BOX / 2
    edge = 'stroke="var(--pl-line-2)" stroke-width="1.2"'
    return (
        f'<rect x="{x}" y="{top:.1f}" width="{width}" height="{BOX}" rx="7" fill="var(--pl-surface)" {edge}><title>{escape(shape.note)}</title></rect>'
        f'<text x="{x + 10}" y="{top + 18:.1f}" font-size="13" font-weight="600" fill="var(--pl-ink)">{escape(_fit(shape.name, (width - 58) / BOLD))}</text>'
        f'<text x="{x + width - 10}" y="{top + 18:.1f}" text-anchor="end" font-size="13" font-weight="600" fill="var(--pl-ink)">{escape(shape.score)}</text>'
        f'<text x="{x + 10}" y="{top + 33:.1f}" font-size="11" fill="var(--pl-ink-3)">{format_number(100 * shape.weight, 1)} %</text>'
        + _bar(x + 10, top + BOX - 9, width - 20, shape)
    )


def _root(shape: Shape, y: float) -> str:
    """The index: its name on up to three lines, its score below."""
    x, width, height = COLUMNS[0], WIDTHS[0], 104
    top = y - height / 2
    names = "".join(
        f'<text x="{x + 10}" y="{top + 19 + 16 * number:.1f}" font-size="13" font-weight="600" fill="var(--pl-ink)">{escape(line)}</text>'
        for number, line in enumerate(_lines(shape.name, (width - 20) / BOLD, 3))
    )
    return (
        f'<rect x="{x}" y="{top:.1f}" width="{width}" height="{height}" rx="7" fill="var(--pl-surface)" stroke="var(--pl-accent)" stroke-width="2"><title>{escape(shape.note)}</title></rect>{names}'
        f'<text x="{x + 10}" y="{top + 84:.1f}" font-size="20" font-weight="600" fill="var(--pl-ink)">{escape(shape.score)}</text>'
        + _bar(x + 10, top + height - 11, width - 20, shape)
    )


def _lines(name: str, most: float, count: int) -> list[str]:
    """The name in lines of at most `most` Latin letters, cut after `count` lines; Chinese breaks anywhere."""
    made = [""]
    for word in _words(name):
        if wide(made[-1] + word.rstrip()) > most and made[-1]:
            made.append("")
        made[-1] += word if made[-1] else word.lstrip()
    rest = made[:count]
    if len(made) > count:
        rest[-1] = cut(rest[-1].rstrip() + " " * int(most), int(most) - 1)
    return [line.rstrip() if wide(line.rstrip()) <= most + 1 else cut(line, int(most) - 1) for line in rest]


def _words(name: str) -> list[str]:
    """Latin words with the space after them, Chinese characters one by one."""
    made: list[str] = []
    for letter in name:
        if not made or made[-1].endswith(" ") or ord(letter) > FIRST_WIDE or ord(made[-1][-1]) > FIRST_WIDE:
            made.append(letter)
        else:
            made[-1] += letter
    return made


def _leaf(shape: Shape, y: float) -> str:
    x, width = COLUMNS[3], WIDTHS[3]
    return (
        f'<g><title>{escape(shape.note)}</title><rect x="{x}" y="{y - 12:.1f}" width="{width}" height="24" rx="5" fill="var(--pl-surface)" stroke="var(--pl-line)"/>'
        f'<text x="{x + 8}" y="{y + 2:.1f}" font-size="12" fill="var(--pl-ink)">{escape(_fit(shape.name, (width - 104) / PLAIN))}</text>'
        f'<text x="{x + width - 46}" y="{y + 2:.1f}" text-anchor="end" font-size="11" fill="var(--pl-ink-3)">{format_number(100 * shape.weight, 1)} %</text>'
        f'<text x="{x + width - 8}" y="{y + 2:.1f}" text-anchor="end" font-size="12" font-weight="600" fill="var(--pl-ink)">{escape(shape.score)}</text></g>'
        + _bar(x + 8, y + 6, width - 16, shape)
    )


def _fit(name: str, letters: float) -> str:
    most = int(letters)
    return name if wide(name) <= most else cut(name, most - 1)


def shapes_of(result: Mapping[str, Any], verdicts: Mapping[str, str], nothing: str) -> list[Shape]:
    """What a kept result draws; `nothing` stands where there is no score."""
    made = []
    for key, node in result["nodes"].items():
        name = pick(node["name_en"], node["name_zh"])
        score = nothing if node["score"] is None else format_number(node["score"], 1)
        full = f"{node['code']} {name}" if node["level"] == 4 else name
        made.append(
            Shape(
                key, node["parent"], node["level"], full, "—" if node["score"] is None else score, node["score"],
                node["weight"], verdicts.get(key, ""), f"{full}: {score}",
            )
        )  # fmt: skip
    return made
