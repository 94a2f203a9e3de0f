"""The first rows of a file as they would be read, and what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from delivery.rules.guessing import read_time

EARLIEST, LATEST = 1900, 2199


@dataclass(frozen=True, slots=True)
class Milestone:
    column: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the columns are to be read; what `log:` of the specification says, as far as rows are concerned."""

    case: str
    milestones: Mapping[str, Milestone]
    duplicates: str = "last"
    blank: tuple[str, ...] = ("",)
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A row as it would be read. `problem` is the code of why it would be set aside, at `field` with `value`."""

    line: int
    case: str
    times: Mapping[str, datetime | None]
    problem: str = ""
    field: str = ""
    value: str = ""


@dataclass(slots=True)
class Problem:
    code: str
    field: str
    count: int
    line: int
    value: str


@dataclass(frozen=True, slots=True)
class Preview:
    """rows: the first ones. problems: by reason and column. turned: rows whose `closed`-like time lies before the first."""

    rows: tuple[Seen, ...]
    problems: tuple[Problem, ...]
    looked_at: int
    cases: int
    aside: int
    superseded: int
    filled: Mapping[str, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None


def preview(
    header: Sequence[str],
    rows: Sequence[tuple[int, Sequence[str]]],
    reading: Reading,
    *,
    show: int = 12,
) -> Preview:
    """Read rows as the import would. rows: (line, cells). All columns of `reading` must be in the header."""
    positions = {name: number for number, name in reversed(list(enumerate(header)))}
    case_at = positions[reading.case]
    problems: dict[tuple[str, str], Problem] = {}
    shown: list[Seen] = []
    seen: set[str] = set()
    filled = dict.fromkeys(reading.milestones, 0)
    good = superseded = aside = 0
    first: datetime | None = None
    last: datetime | None = None
    blanks = frozenset(each.strip() for each in reading.blank) | {""}
    for line, cells in rows:
        found = _row(line, cells, len(header), case_at, positions, reading, blanks)
        if not found.problem and found.case in seen:
            if reading.duplicates == "reject":
                found = Seen(line, found.case, found.times, "duplicate_case", reading.case, found.case)
            else:
                superseded += 1
        if found.problem:
            aside += 1
            known = problems.setdefault(
                (found.problem, found.field), Problem(found.problem, found.field, 0, line, found.value)
            )
            known.count += 1
        else:
            good += 1
            seen.add(found.case)
            for name, moment in found.times.items():
                if moment is None:
                    continue
                filled[name] += 1
                bare = moment.replace(tzinfo=None)
                first = bare if first is None else min(first, bare)
                last = bare if last is None else max(last, bare)
        if len(shown) < show:
            shown.append(found)
    return Preview(
        tuple(shown),
        tuple(sorted(problems.values(), key=lambda each: -each.count)),
        len(rows),
        len(seen),
        aside,
        superseded,
        filled,
        first,
        last,
    )


def _row(
    line: int,
    cells: Sequence[str],
    width: int,
    case_at: int,
    positions: Mapping[str, int],
    reading: Reading,
    blanks: frozenset[str],
) -> Seen:
    if len(cells) > width and not any(cells[width:]):
        cells = cells[:width]
    elif reading.typed and len(cells) < width:
        cells = [*cells, *[""] * (width - len(cells))]
    if len(cells) != width:
        return Seen(line, "", {}, "wrong_number_of_fields", "", f"{len(cells)} ≠ {width}")
    case = cells[case_at].strip()
    if case in blanks:
        return Seen(line, "", {}, "missing_case", reading.case, "")
    times: dict[str, datetime | None] = {}
    for name, milestone in reading.milestones.items():
        text = cells[positions[milestone.column]]
        if text.strip() in blanks:
            times[name] = None
            continue
        moment = read_time(text, milestone.forms, typed=reading.typed)
        if moment is None or not EARLIEST <= moment.year <= LATEST:
            return Seen(line, case, times, "unreadable_time", milestone.column, text.strip()[:80])
        times[name] = moment
    return Seen(line, case, times)
