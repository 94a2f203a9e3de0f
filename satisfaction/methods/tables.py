"""A result as tables for people: `plumbline analyse` without --json."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

MOST_ROWS = 200  # of one table; --json has them all
MOST_CELL = 60
MOST_COLUMNS = 12  # beyond it a table of few rows is turned
MOST_TURNED = 6
_LAST = ("notes", "n_dropped", "input_sha256", "spec_sha256", "engine_version")


def report(result: Mapping[str, Any]) -> str:
    """All parts of the result: single figures first, then a table of each part, notes and origin at the end."""
    blocks: list[str] = []
    singles = {key: value for key, value in result.items() if key not in _LAST and _is_single(value)}
    blocks.append(_pairs(singles))
    parts = {key: each for key, each in result.items() if key not in _LAST and key not in singles}
    states = result.get("states")
    series = _series(parts)
    for key, value in parts.items():
        if key == next(iter(series), None):
            rows = [
                [str(place), *map(_cell, row)]
                for place, row in enumerate(zip(*series.values(), strict=True), 1)
            ]
            blocks.append(_titled("points", ["", *map(_label, series)], rows))
        elif key not in series and _is_square(value, states):
            rows = [[str(name), *map(_cell, row)] for name, row in zip(states or (), value, strict=True)]
            blocks.append(_titled(key, ["", *map(str, states or ())], rows))
        elif key not in series:
            _block(key, value, blocks)
    notes = [f"note: {_cell(each)}" for each in result.get("notes") or ()]
    dropped = result.get("n_dropped")
    if isinstance(dropped, Mapping) and dropped.get("count"):
        why = ", ".join(f"{_label(reason)} {count}" for reason, count in dropped["reasons"].items())
        notes.append(f"left out: {dropped['count']} ({why})")
    elif dropped and not isinstance(dropped, Mapping):
        notes.append(f"left out: {_cell(dropped)}")
    if notes:
        blocks.append("\n".join(notes))
    hashed = result.get("input_sha256")
    blocks.append(f"engine {result.get('engine_version')}" + (f", input sha256 {hashed}" if hashed else ""))
    return "\n\n".join(each for each in blocks if each)


def _series(parts: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Figures of the same points, such as values and limits of a chart: lists of one length, read beside each other."""
    lists = {
        key: each
        for key, each in parts.items()
        if isinstance(each, list) and not any(isinstance(inner, Mapping | list) for inner in each)
    }
    longest = max(map(len, lists.values()), default=0)
    found = {key: each for key, each in lists.items() if len(each) == longest}
    return found if len(found) > 1 else {}


def _is_square(value: Any, states: Any) -> bool:
    """A matrix from state to state."""
    return (
        isinstance(states, list)
        and isinstance(value, list)
        and len(value) == len(states)
        and all(isinstance(row, list) and len(row) == len(states) for row in value)
    )


def _is_single(value: Any) -> bool:
    return not isinstance(value, Mapping | list) or _is_sentence(value) or _is_short(value)


def _is_sentence(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"text", "source", "values"}


def _is_short(value: Any) -> bool:
    """A short list of figures, such as an interval, fits a cell."""
    return (
        isinstance(value, list)
        and len(value) <= 6
        and not any(isinstance(each, Mapping | list) for each in value)
    )


def _block(title: str, value: Any, blocks: list[str]) -> None:
    if not value:
        return
    match value:
        case list() if all(isinstance(each, list) for each in value):
            rows = [[str(place), *map(_cell, row)] for place, row in enumerate(value)]
            width = max(len(row) for row in rows)
            blocks.append(_titled(title, ["", *map(str, range(width - 1))], rows))
        case list() if all(isinstance(each, Mapping) for each in value):
            _records(title, _labelled(value), blocks)
        case list():
            rows = [[str(place), _cell(each)] for place, each in enumerate(value)]
            blocks.append(_titled(title, ["", "value"], rows))
        case Mapping() if all(
            isinstance(each, Mapping) and not _is_sentence(each) for each in value.values()
        ):
            _records(title, value, blocks)
        case Mapping():
            singles = {key: each for key, each in value.items() if _is_single(each)}
            rows = [[key, _cell(each)] for key, each in singles.items()]
            if rows:
                blocks.append(_titled(title, ["", ""], rows))
            for key, each in value.items():
                if key not in singles:
                    _block(f"{title} · {key}", each, blocks)


def _records(title: str, records: Mapping[str, Any], blocks: list[str]) -> None:
    """One row for each record; counts and the like spread into columns, larger parts become tables of their own."""
    flat = {name: _flat(record) for name, record in records.items()}
    columns = list(dict.fromkeys(key for record in flat.values() for key in record))
    filled = sum(len(record) for record in flat.values())
    if columns and 2 * filled <= len(columns) * len(flat):
        # Each record has keys of its own, such as the items of a construct.
        long = [[name, key, _cell(each)] for name, record in flat.items() for key, each in record.items()]
        blocks.append(_titled(title, ["", "", ""], long))
    elif columns:
        rows = [[name, *(_cell(record.get(key)) for key in columns)] for name, record in flat.items()]
        heads = ["", *map(_label, columns)]
        if len(columns) > MOST_COLUMNS and len(rows) <= MOST_TURNED:
            turned = [list(row) for row in zip(heads, *rows, strict=True)]
            heads, rows = ["", *turned[0][1:]], turned[1:]
        blocks.append(_titled(title, heads, rows))
    larger = dict.fromkeys(
        key
        for record in records.values()
        for key, value in record.items()
        if value and not _is_single(value) and not _spreads(value)
    )
    for key in larger:
        parts = {name: record[key] for name, record in records.items() if record.get(key)}
        if all(map(_is_table, parts.values())):
            joined = {f"{name} · {row}": each for name, part in parts.items() for row, each in part.items()}
            _records(f"{title} · {key}", joined, blocks)
        else:
            for name, part in parts.items():
                _block(f"{title} · {name} · {key}", part, blocks)


def _labelled(values: list[Any]) -> dict[str, Any]:
    """Records by their texts, such as the keys of a group; by their number when those do not tell them apart."""
    names = [" / ".join(each for each in record.values() if isinstance(each, str)) for record in values]
    if len(set(names)) < len(names) or not all(names):
        return {str(place): record for place, record in enumerate(values, 1)}
    return {
        name: {key: each for key, each in record.items() if not isinstance(each, str)}
        for name, record in zip(names, values, strict=True)
    }


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(record, Mapping)
        and not _is_sentence(record)
        and all(_is_single(each) or _spreads(each) for each in record.values())
        for record in value.values()
    )


def _spreads(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and 0 < len(value) <= 8
        and all(isinstance(each, int) and not isinstance(each, bool) for each in value.values())
    )


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in record.items():
        if _is_single(value):
            made[key] = value
        elif _spreads(value):
            made |= {f"{key} {part}" if part in record else part: each for part, each in value.items()}
    return made


def _label(key: str) -> str:
    return key.replace("_", " ")


def _cell(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value)
        case float():
            return f"{value:.4f}" if 1e-4 <= abs(value) < 1e6 or value == 0 else f"{value:.5g}"
        case Mapping() if _is_sentence(value):
            return str(value["text"])
        case list():
            return "[" + ", ".join(map(_cell, value)) + "]"
    return str(value)


def _pairs(values: Mapping[str, Any]) -> str:
    width = max((_width(_label(key)) for key in values), default=0)
    return "\n".join(
        f"{_label(key)}{' ' * (width - _width(_label(key)))}  {_cell(value)}" for key, value in values.items()
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _titled(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Figures to the right, words to the left."""
    shown = [[" ".join(cell.split())[:MOST_CELL] for cell in row] for row in rows[:MOST_ROWS]]
    shown = [row + [""] * (len(heads) - len(row)) for row in shown]
    table = [list(heads), *shown] if any(heads) else shown
    widths = [max(_width(row[place]) for row in table) for place in range(len(heads))]
    figures = [
        place > 0 and all(row[place][:1] in "-0123456789" or row[place] == "" for row in shown)
        for place in range(len(heads))
    ]
    lines = [_label(title)]
    for row in table:
        cells = []
        for place, cell in enumerate(row):
            space = " " * (widths[place] - _width(cell))
            cells.append(space + cell if figures[place] else cell + space)
        lines.append("  " + "  ".join(cells).rstrip())
    if len(rows) > MOST_ROWS:
        lines.append(f"  … and {len(rows) - MOST_ROWS} more (--json has all)")
    return "\n".join(lines)
