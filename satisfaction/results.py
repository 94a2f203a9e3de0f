"""Results of a wave: what the methods make of its answers, as figures with n and interval.

The formulas are those of satisfaction.methods; here answers are handed to them and their results become figures.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from core import clock
from core.errors import PlumblineError
from core.figures import Figure, Unit, verdict
from core.i18n import language
from satisfaction import sheet as sheets
from satisfaction.methods import ipa, kano, score, servqual
from satisfaction.methods.answers import Answers, Refusal
from satisfaction.models import Wave
from satisfaction.queries.figures import UNITS
from satisfaction.rules.items import NOT_APPLICABLE, Kind, bounds, key_of
from satisfaction.rules.waves import withheld
from satisfaction.sheet import Question, Sheet

ENGINE_VERSION: Final = "1"
MIN_N: Final = 30  # answers under which a target is not judged
KEPT: Final = 12
SCORED: Final = {
    Kind.scale: "mean",
    Kind.importance: "mean",
    Kind.nps: "nps",
    Kind.csat: "csat",
    Kind.ces: "ces",
}
#: the figure that stands for an item in lists and is compared with its target
MAIN: Final = {
    Kind.scale: "mean",
    Kind.importance: "mean",
    Kind.nps: "nps",
    Kind.csat: "csat",
    Kind.ces: "ces",
    Kind.servqual: "gap",
    Kind.kano: "better",
}


@dataclass(slots=True)
class ItemResult:
    """What one item says. `counts` are (answer, respondents) for each answer of the scale or choice."""

    item: Question
    n: int = 0
    not_applicable: int = 0
    blank: int = 0
    figures: dict[str, Figure] = field(default_factory=dict)
    counts: list[tuple[int, int]] = field(default_factory=list)
    detail: dict[str, Any] = field(default_factory=dict)
    refused: str = ""

    @property
    def main(self) -> Figure | None:
        return self.figures.get(MAIN.get(Kind(self.item.kind), ""))

    @property
    def main_measure(self) -> str:
        return MAIN.get(Kind(self.item.kind), "")


@dataclass(slots=True)
class Results:
    size: int
    weighted: bool
    variant: str
    items: list[ItemResult]
    dimensions: list[tuple[str, dict[str, Figure], dict[str, Any]]]
    servqual: dict[str, Any] | None
    ipa: dict[str, Any] | None
    inputs_hash: str
    too_few: bool = False

    def find(self, code: str) -> ItemResult | None:
        return next((each for each in self.items if each.item.code == code), None)


@dataclass(slots=True)
class Group:
    """One group. `figures` by item code, None where the group is withheld for that item."""

    key: str
    label: str
    n: int | None
    figures: dict[str, Figure | None]


# --- the whole -----------------------------------------------------------------------------------------------


def compute(sheet: Sheet, *, min_cell: int, inputs_hash: str) -> Results:
    """Every figure of the whole wave. Under the smallest group shown there is none."""
    if sheet.size < min_cell:
        items = [ItemResult(item) for item in sheet.items]
        return Results(sheet.size, sheet.weighted, "", items, [], None, None, inputs_hash, too_few=True)
    found = [_counted(sheet, item) for item in sheet.items]
    scored, variant = _scores(sheet, sheet.items)
    for each in found:
        each.figures |= _score_figures(each.item, scored.get(each.item.code))
        each.detail |= _plain(scored.get(each.item.code))
    _kano(sheet, found)
    dimensions, pairs = _servqual(sheet, found)
    dimensions += _rated_dimensions(sheet)
    return Results(
        sheet.size,
        sheet.weighted,
        variant,
        found,
        dimensions,
        pairs,
        _stated_ipa(sheet),
        inputs_hash,
    )


def _counted(sheet: Sheet, item: Question) -> ItemResult:
    made = ItemResult(item)
    kind = Kind(item.kind)
    if kind == Kind.text:
        return made
    keys = [column.key for column in sheet.columns if column.code == item.code]
    raw = np.column_stack([sheet.raw(key) for key in keys])
    away = (raw == NOT_APPLICABLE).any(axis=1)
    blank = np.isnan(raw).any(axis=1) & ~away
    made.not_applicable, made.blank = int(away.sum()), int(blank.sum())
    made.n = sheet.size - made.not_applicable - made.blank
    said = raw[~away & ~blank, -1]
    if kind == Kind.choice and item.several:
        bits = said.astype(np.int64)
        made.counts = [(n, int(((bits >> (n - 1)) & 1).sum())) for n in range(1, len(item.options) + 1)]
    elif kind != Kind.kano:
        low, high = bounds(item)
        rounded = np.rint(said).astype(np.int64)
        tally = np.bincount(np.clip(rounded - low, 0, high - low), minlength=high - low + 1)
        made.counts = [(low + place, int(count)) for place, count in enumerate(tally)]
    return made


def _answers(sheet: Sheet, items: Sequence[Question], more: dict[str, Any] | None = None) -> Answers:
    columns: dict[str, Any] = {item.code: sheet.values(item.code, reverse=item.reverse) for item in items}
    if sheet.weighted:
        columns["w"] = sheet.weights
    return Answers.of({f"x {name}": values for name, values in columns.items()} | (more or {}))


def _spec(item: Question) -> dict[str, Any]:
    kind = Kind(item.kind)
    low, high = bounds(item)
    made: dict[str, Any] = {"column": f"x {item.code}", "kind": SCORED[kind], "valid": [low, high]}
    if kind in {Kind.scale, Kind.csat, Kind.ces, Kind.importance}:
        made["top"] = item.top
    return made


def _scores(
    sheet: Sheet, items: Sequence[Question], by: "np.ndarray[Any, Any] | None" = None
) -> tuple[dict[str, Any], str]:
    """What the method `score` says of every rated item; with `by` the groups stand under "groups"."""
    rated = [item for item in items if Kind(item.kind) in SCORED]
    if not rated:
        return {}, ""
    data = _answers(sheet, rated, {"g": by} if by is not None else None)
    spec: dict[str, Any] = {"items": {item.code: _spec(item) for item in rated}, "min_cell": 1}
    if sheet.weighted:
        spec["weight"] = "x w"
    if by is not None:
        spec["by"] = ["g"]
    try:
        found = score.analyse(data, spec, {})
    except Refusal:
        return _one_by_one(data, spec)
    return {**found["items"], "groups": found["groups"]}, str(found["variant"])


def _one_by_one(data: Answers, spec: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """One item that can't be scored must not take the others with it."""
    made: dict[str, Any] = {"groups": []}
    variant = ""
    for code, one in spec["items"].items():
        try:
            found = score.analyse(data, {**spec, "items": {code: one}}, {})
        except Refusal as refusal:
            made[code] = {"refused": str(refusal)}
        else:
            made[code] = found["items"][code]
            variant = variant or str(found["variant"])
    return made, variant


def _plain(scored: dict[str, Any] | None) -> dict[str, Any]:
    names = ("n_eff", "sd", "se", "promoters", "passives", "detractors", "top", "top_share", "refused")
    return {name: scored[name] for name in names if name in scored} if scored else {}


def _target(item: Question) -> float | None:
    if item.target is None:
        return None
    return item.target / 100 if item.kind == Kind.csat else item.target


def _figure(
    value: float | None,
    n: int,
    ends: Any,
    *,
    unit: Unit,
    method: str,
    target: float | None = None,
    working: dict[str, Any] | None = None,
) -> Figure:
    low, high = (float(ends[0]), float(ends[1])) if ends else (None, None)
    judged = None
    if target is not None and value is not None:
        judged = verdict(
            low if low is not None else value, high if high is not None else value, target, n, MIN_N
        )
    return Figure(
        value=value,
        n=n,
        low=low,
        high=high,
        method=method,
        unit=unit,
        target=target,
        verdict=judged,
        as_of=clock.now(),
        working=working or {},
    )


def _score_figures(item: Question, scored: dict[str, Any] | None) -> dict[str, Figure]:
    if not scored or scored.get("value") is None:
        return {}
    kind = Kind(item.kind)
    n = int(scored["n"])
    target = _target(item)
    made: dict[str, Figure] = {}
    method = {"nps": "adjusted wald", "csat": "wilson"}.get(SCORED[kind], "t")
    main = "mean" if kind in {Kind.scale, Kind.importance} else kind.value
    made[main] = _figure(scored["value"], n, scored["ci"], unit=UNITS[main], method=method, target=target)
    if scored.get("top_share") is not None:
        made["top"] = _figure(scored["top_share"], n, scored["top_ci"], unit="share", method="wilson")
    return made


def _kano(sheet: Sheet, found: list[ItemResult]) -> None:
    for each in found:
        if each.item.kind != Kind.kano:
            continue
        keys = [key_of(each.item.code, part) for part in ("f", "d")]
        data = Answers.of({f"x {key}": sheet.values(key) for key in keys})
        try:
            made = kano.analyse(data, {"items": {"x": [f"x {key}" for key in keys]}}, {})["items"]["x"]
        except Refusal as refusal:
            each.refused = str(refusal)
            continue
        each.detail |= made
        for measure in ("better", "worse"):
            if made[measure] is not None:
                share = abs(made[measure])
                from satisfaction.methods.intervals import wilson

                ends = wilson(share, made["n"])
                if ends is not None and measure == "worse":
                    ends = (-ends[1], -ends[0])
                each.figures[measure] = _figure(made[measure], made["n"], ends, unit="ratio", method="wilson")


def _servqual(
    sheet: Sheet, found: list[ItemResult]
) -> tuple[list[tuple[str, dict[str, Figure], dict[str, Any]]], dict[str, Any] | None]:
    """Gaps of pairs and of dimensions; pairs without a dimension stand in one of their own name, ""."""
    answered = [each for each in found if each.item.kind == Kind.servqual and each.n > 0]
    if not answered:
        return [], None
    by_dimension: dict[str, dict[str, Any]] = {}
    columns: dict[str, Any] = {}
    for each in answered:
        item = each.item
        name = item.dimension or " "
        by_dimension.setdefault(name, {"items": {}})["items"][item.code] = [
            f"{item.code} e",
            f"{item.code} p",
        ]
        columns[f"{item.code} e"] = sheet.values(key_of(item.code, "e"), reverse=item.reverse)
        columns[f"{item.code} p"] = sheet.values(key_of(item.code, "p"), reverse=item.reverse)
    try:
        made = servqual.analyse(Answers.of(columns), {"dimensions": by_dimension}, {})
    except Refusal as refusal:
        for each in answered:
            each.refused = str(refusal)
        return [], None
    for each in answered:
        one = made["items"][each.item.code]
        each.figures |= _gap_figures(one, "paired t")
        each.detail |= {name: one[name] for name in ("sd", "t", "p")}
    dimensions = [
        (
            name.strip(),
            _gap_figures(one, "paired t"),
            {key: one[key] for key in ("sd", "t", "p", "alpha_gap")},
        )
        for name, one in made["dimensions"].items()
        if name.strip()
    ]
    return dimensions, made


def _gap_figures(one: dict[str, Any], method: str) -> dict[str, Figure]:
    n = int(one["n"])
    return {
        "expectation": _figure(one["expectation"], n, None, unit="mean", method="mean"),
        "perception": _figure(one["perception"], n, None, unit="mean", method="mean"),
        "gap": _figure(one["gap"], n, one["ci"], unit="mean", method=method),
    }


def _rated_dimensions(sheet: Sheet) -> list[tuple[str, dict[str, Figure], dict[str, Any]]]:
    """Rating scales of one dimension and one length: the mean of a respondent's answers (at least half of them)."""
    grouped: dict[tuple[str, int], list[Question]] = {}
    for item in sheet.items:
        if item.kind == Kind.scale and item.dimension:
            grouped.setdefault((item.dimension, item.points), []).append(item)
    made = []
    for (name, points), items in grouped.items():
        if len(items) < 2:
            continue
        values = np.column_stack([sheet.values(item.code, reverse=item.reverse) for item in items])
        given = ~np.isnan(values)
        enough = (given.sum(axis=1) * 2 >= len(items)) & given.any(axis=1)
        means = np.full(sheet.size, np.nan)
        means[enough] = servqual.row_means(values[enough], given[enough])
        columns: dict[str, Any] = {"x": means}
        spec: dict[str, Any] = {"items": {"x": {"column": "x", "kind": "mean"}}}
        if sheet.weighted:
            columns["w"], spec["weight"] = sheet.weights, "w"
        one = score.analyse(Answers.of(columns), spec, {})["items"]["x"]
        if one["value"] is not None:
            figure = _figure(one["value"], int(one["n"]), one["ci"], unit="mean", method="t")
            made.append((name, {"mean": figure}, {"items": [item.code for item in items], "points": points}))
    return made


# --- importance against performance --------------------------------------------------------------------------


def _stated_ipa(sheet: Sheet) -> dict[str, Any] | None:
    by_code = {item.code: item for item in sheet.items}
    pairs = [
        (item, by_code[item.about_code])
        for item in sheet.items
        if item.kind == Kind.importance
        and item.about_code in by_code
        and Kind(by_code[item.about_code].kind) in SCORED
    ]
    if len(pairs) < 2:
        return None
    columns: dict[str, Any] = {}
    items: dict[str, list[str]] = {}
    for importance, performance in pairs:
        columns[f"i {performance.code}"] = sheet.values(importance.code, reverse=importance.reverse)
        columns[f"p {performance.code}"] = sheet.values(performance.code, reverse=performance.reverse)
        items[performance.code] = [f"i {performance.code}", f"p {performance.code}"]
    try:
        return ipa.analyse(Answers.of(columns), {"items": items}, {})
    except Refusal:
        return None


def derived_ipa(sheet: Sheet, overall: str) -> dict[str, Any]:
    """Importance derived from how strongly each rating goes with the overall one. Raises PlumblineError with why not."""
    chosen = next((item for item in sheet.items if item.code == overall and Kind(item.kind) in SCORED), None)
    if chosen is None:
        raise PlumblineError("")
    rated = [item for item in sheet.items if item.kind == Kind.scale and item.code != overall][:40]
    columns = {f"x {item.code}": sheet.values(item.code, reverse=item.reverse) for item in [*rated, chosen]}
    try:
        return ipa.analyse(
            Answers.of(columns),
            {"items": {item.code: f"x {item.code}" for item in rated}, "overall": f"x {overall}"},
            {},
        )
    except Refusal as refusal:
        raise PlumblineError(str(refusal)) from refusal


# --- groups --------------------------------------------------------------------------------------------------


def by_group(sheet: Sheet, key: str, *, min_cell: int) -> list[Group]:
    """Every group of one grouping, the largest first; what is too small is withheld item by item, and so is what could
    be found by taking the shown from the whole."""
    values = sheet.groups[key]
    rated = [item for item in sheet.items if Kind(item.kind) in SCORED]
    names = sorted(set(values.tolist()))
    sizes = {name: int((values == name).sum()) for name in names}
    few = frozenset(withheld(sizes, min_cell))
    # a name of ours instead of the group's own, which may be empty or long
    place = {name: str(number) for number, name in enumerate(names)}
    marks = np.array([place[name] for name in values.tolist()], dtype=object)
    scored, _variant = _scores(sheet, rated, marks)
    listed = {str(one["g"]): one["items"] for one in scored.get("groups", [])}
    gaps = {name: _group_gaps(sheet, values == name) for name in names}
    made = {
        name: Group(name, sheets.group_word(sheet, key, name), None if name in few else sizes[name], {})
        for name in names
    }
    pairs = [item for item in sheet.items if item.kind == Kind.servqual]
    for item in [*rated, *pairs]:
        figures: dict[str, Figure | None] = {}
        for name in names:
            if item.kind == Kind.servqual:
                figures[name] = gaps[name].get(item.code)
            else:
                one = listed.get(place[name], {}).get(item.code)
                figures[name] = _score_figures(item, one).get(MAIN[Kind(item.kind)])
        counted = {name: figure.n if figure else 0 for name, figure in figures.items()}
        hidden = withheld(counted, min_cell, few)
        for name in names:
            made[name].figures[item.code] = None if name in hidden or not counted[name] else figures[name]
    return sorted(made.values(), key=lambda group: (group.n is None, -(group.n or 0), group.label))


def _group_gaps(sheet: Sheet, mask: "np.ndarray[Any, np.dtype[np.bool_]]") -> dict[str, Figure]:
    part = sheet.part(mask)
    found = [_counted(part, item) for item in part.items if item.kind == Kind.servqual]
    _servqual(part, found)
    return {each.item.code: each.figures["gap"] for each in found if "gap" in each.figures}


# --- kept in memory ------------------------------------------------------------------------------------------

_groups: "OrderedDict[tuple[str, str, str], list[Group]]" = OrderedDict()
_lock = threading.Lock()
_sheets: "OrderedDict[str, tuple[Sheet, Results]]" = OrderedDict()


def of_wave(wave: Wave) -> tuple[Sheet, Results]:
    """Answers and results of a wave as they stand now; kept while nothing changes, for a few waves a process."""
    key = sheets.fingerprint(wave)
    with _lock:
        found = _sheets.get(key)
        if found is not None:
            _sheets.move_to_end(key)
            return found
    sheet = sheets.load(wave)
    results = compute(sheet, min_cell=wave.min_cell, inputs_hash=key)
    made = (sheet, results)
    with _lock:
        _sheets[key] = made
        while len(_sheets) > 1 and (
            len(_sheets) > KEPT or sum(kept.codes.nbytes for kept, _results in _sheets.values()) > 60_000_000
        ):
            _sheets.popitem(last=False)
    return made


def groups_of(wave: Wave, by: str) -> list[Group]:
    """The groups of a wave as they stand now, kept like its results."""
    sheet, found = of_wave(wave)
    key = (found.inputs_hash, by, language())  # the names of groups are words
    with _lock:
        kept = _groups.get(key)
    if kept is not None:
        return kept
    made = by_group(sheet, by, min_cell=wave.min_cell)
    with _lock:
        _groups[key] = made
        while len(_groups) > KEPT:
            _groups.popitem(last=False)
    return made
