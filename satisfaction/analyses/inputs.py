"""What an analysis asks of the engine: columns of the wave's answers and the specification, from what the form said.

The engine is imported where it is used: the pages of a wave must not load NumPy when the application starts.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from core.i18n import force_locale
from core.lazytext import _l
from satisfaction.methods import ENGINE_VERSION
from satisfaction.methods.refusal import Refusal
from satisfaction.models import Wave
from satisfaction.queries import analyses as queries
from satisfaction.rules.analyses import LMG_MOST, ROLES, STATES, Method, model_paths, states_of
from satisfaction.rules.items import DIMENSIONS, Kind, bounds, key_of
from satisfaction.rules.waves import withheld

#: words for what a figure may rest on
WORDS_OF: dict[str, Any] = {**STATES, **ROLES, **DIMENSIONS, "n": _l("The whole")}


@dataclass(slots=True)
class Prepared:
    """columns: name → answers. hidden: values of the group column that are withheld as a whole."""

    columns: dict[str, Any] | None
    spec: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)
    answers: int = 0
    hidden: frozenset[str] = frozenset()
    group_sizes: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """`result` as it is kept; what is withheld on pages is not in it. `refusal` instead of it when the data do not suffice."""

    result: dict[str, Any]
    refusal: dict[str, Any]
    spec: dict[str, Any]
    options: dict[str, Any]
    names: dict[str, Any]
    answers: int
    inputs_sha256: str
    run_sha256: str
    seed: int | None


def run(method: Method, wave: Wave, asked: Mapping[str, Any], *, actor: Any) -> Outcome:
    """Run a method on the wave as it stands now. Bad data are told as a refusal, never as an error."""
    from satisfaction import results
    from satisfaction.methods.answers import Answers
    from satisfaction.methods.door import run as run_method

    sheet, _found = results.of_wave(wave)
    prepared = Prepared(None, {}, answers=sheet.size)
    digest = ""
    result: dict[str, Any] = {}
    refusal: dict[str, Any] = {}
    try:
        if sheet.size < wave.min_cell:
            raise Refusal(
                _l("The wave has %(count)s answers; figures appear from %(least)s on (%(field)s)."),
                field=wave.code,
                count=sheet.size,
                least=wave.min_cell,
            )
        prepared = _BUILDERS[method](sheet, wave, asked, actor)
        prepared.answers = sheet.size
        data = Answers.of(prepared.columns) if prepared.columns is not None else None
        digest = data.sha256 if data is not None else _digest(prepared.spec)
        result = run_method(method, data, prepared.spec, prepared.options, spec_sha256=_digest(prepared.spec))
        _keep_back(method, result, prepared, wave.min_cell)
    except Refusal as told:
        result, refusal = {}, told.sentence.as_dict()
    seed = result.get("seed")
    return Outcome(
        result,
        refusal,
        prepared.spec,
        prepared.options,
        prepared.names,
        prepared.answers,
        digest,
        _digest([method, digest, prepared.spec, prepared.options, ENGINE_VERSION]),
        seed if isinstance(seed, int) else None,
    )


def _digest(value: Any) -> str:
    return hashlib.sha256(
        json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()
    ).hexdigest()


def _keep_back(method: Method, result: dict[str, Any], prepared: Prepared, least: int) -> None:
    """Nothing of fewer than `least` respondents is kept."""
    if method == Method.score:
        _withhold_groups(result, prepared, least)
    counts: dict[str, int] = {}
    match method:
        case Method.reliability:
            counts = {name: each["n"] for name, each in result["scales"].items()}
        case Method.servqual:
            counts = {name: each["n"] for name, each in result["dimensions"].items()}
        case Method.effect:
            counts = {"before": result["n_before"], "after": result["n_after"]}
        case Method.transition:
            counts = {
                state: int(total)
                for state, total in zip(result["states"], result["row_totals"], strict=True)
                if total
            }
        case Method.chart:
            return
    counts["n"] = result["n_used"]
    for name, count in counts.items():
        if count < least:
            raise Refusal(
                _l(
                    "“%(what)s” rests on too few respondents (%(count)s); figures appear from %(least)s on. Take wider groups or fewer questions."
                ),
                what=WORDS_OF.get(name, name),
                field=name,
                count=count,
                least=least,
            )


def _withhold_groups(result: dict[str, Any], prepared: Prepared, least: int) -> None:
    kept = []
    groups = [each for each in result["groups"] if str(each["group"]) not in prepared.hidden]
    items = list(result["items"])
    hidden_of: dict[str, set[str]] = {}
    for item in items:
        counted = {
            str(each["group"]): int(each["items"].get(item, {}).get("n") or 0) for each in result["groups"]
        }
        hidden_of[item] = withheld(counted, least, prepared.hidden)
    for each in groups:
        name = str(each["group"])
        for item in items:
            if name in hidden_of[item] or each["items"].get(item, {"withheld": True}).get("withheld"):
                each["items"][item] = {"value": None, "withheld": True}
        kept.append(each)
    result["groups"] = kept
    result["groups_withheld"] = len(prepared.hidden)


# --- one builder a method ------------------------------------------------------------------------------------


def _items(sheet: Any, codes: Any) -> list[Any]:
    wanted = set(codes)
    return [item for item in sheet.items if item.code in wanted]


def _column(sheet: Any, item: Any, part: str, least: int) -> Any:
    """Answers of one item with enough of them, turned round where the question was asked that way."""
    import numpy as np

    kind = Kind(item.kind)
    values = sheet.values(key_of(item.code, part), reverse=item.reverse and kind != Kind.kano)
    count = int((~np.isnan(values)).sum())
    if count < least:
        raise Refusal(
            _l("“%(field)s” has %(count)s answers; figures appear from %(least)s on."),
            field=item.code,
            count=count,
            least=least,
        )
    return values


def _rated_part(item: Any) -> str:
    return "p" if item.kind == Kind.servqual else ""


def _score(sheet: Any, wave: Wave, asked: Mapping[str, Any], _actor: Any) -> Prepared:
    import numpy as np

    from satisfaction import sheet as sheets
    from satisfaction.results import SCORED

    columns: dict[str, Any] = {}
    items: dict[str, Any] = {}
    for item in _items(sheet, asked["items"]):
        kind = Kind(item.kind)
        low, high = bounds(item)
        columns[item.code] = _column(sheet, item, "", wave.min_cell)
        items[item.code] = {"column": item.code, "kind": SCORED[kind], "valid": [low, high]}
        if kind in {Kind.scale, Kind.csat, Kind.ces, Kind.importance}:
            items[item.code]["top"] = item.top
    spec: dict[str, Any] = {"items": items, "min_cell": 1}
    names: dict[str, Any] = {}
    hidden: frozenset[str] = frozenset()
    sizes: dict[str, int] = {}
    if sheet.weighted:
        columns["weight"] = sheet.weights
        spec["weight"] = "weight"
    by = asked.get("by", "")
    if by and by in sheet.groups:
        values = sheet.groups[by]
        known = sorted(set(values.tolist()))
        place = {value: f"g{number}" for number, value in enumerate(known, 1)}
        sizes = {place[value]: int((values == value).sum()) for value in known}
        hidden = frozenset(withheld(sizes, wave.min_cell))
        columns["group"] = np.array([place[value] for value in values.tolist()], dtype=object)
        spec["by"] = ["group"]
        names["groups"] = {
            place[value]: _both(partial(sheets.group_word, sheet, by, value))
            for value in known
            if place[value] not in hidden
        }
        names["by"] = _both(lambda: sheets.group_names(sheet).get(by, by))
    return Prepared(columns, spec, names=names, hidden=hidden, group_sizes=sizes)


def _both(word: Callable[[], str]) -> dict[str, str]:
    made = {}
    for language in ("en", "zh"):
        with force_locale(language):
            made[language] = str(word())[:120]
    return made


def _reliability(sheet: Any, wave: Wave, asked: Mapping[str, Any], _actor: Any) -> Prepared:
    columns: dict[str, Any] = {}
    scales: dict[str, Any] = {}
    for item in _items(sheet, asked["items"]):
        columns[item.code] = _column(sheet, item, _rated_part(item), wave.min_cell)
        name = "all" if asked.get("together") else item.dimension or "other"
        scales.setdefault(name, {"items": []})["items"].append(item.code)
    alone = [name for name, each in scales.items() if len(each["items"]) < 2]
    if len(alone) == len(scales):
        raise Refusal(
            _l("No dimension has two questions; take all questions as one scale (%(field)s)."),
            field="dimension",
        )
    left = {name: each["items"] for name, each in scales.items() if name in alone}
    for name in alone:
        for code in scales.pop(name)["items"]:
            columns.pop(code)
    return Prepared(columns, {"scales": scales}, names={"left_out": left} if left else {})


def _servqual(sheet: Any, wave: Wave, asked: Mapping[str, Any], _actor: Any) -> Prepared:
    columns: dict[str, Any] = {}
    dimensions: dict[str, Any] = {}
    for item in _items(sheet, asked["items"]):
        pair = [key_of(item.code, part) for part in ("e", "p")]
        for key, part in zip(pair, ("e", "p"), strict=True):
            columns[key] = _column(sheet, item, part, wave.min_cell)
        dimensions.setdefault(item.dimension or "other", {"items": {}})["items"][item.code] = pair
    return Prepared(columns, {"dimensions": dimensions, "test": asked.get("test") or "t"})


def _kano(sheet: Any, wave: Wave, asked: Mapping[str, Any], _actor: Any) -> Prepared:
    columns: dict[str, Any] = {}
    items: dict[str, Any] = {}
    for item in _items(sheet, asked["items"]):
        items[item.code] = [key_of(item.code, part) for part in ("f", "d")]
        for key, part in zip(items[item.code], ("f", "d"), strict=True):
            columns[key] = _column(sheet, item, part, wave.min_cell)
    return Prepared(columns, {"items": items})


def _ipa(sheet: Any, wave: Wave, asked: Mapping[str, Any], _actor: Any) -> Prepared:
    by_code = {item.code: item for item in sheet.items}
    chosen = _items(sheet, asked["items"])
    columns: dict[str, Any] = {}
    spec: dict[str, Any] = {"crosshair": asked.get("crosshair") or "mean"}
    for item in chosen:
        columns[item.code] = _column(sheet, item, "", wave.min_cell)
    if asked["how"] == "stated":
        importance = {item.about_code: item for item in sheet.items if item.kind == Kind.importance}
        items: dict[str, list[str]] = {}
        for item in chosen:
            if item.code not in importance:
                raise Refusal(
                    _l(
                        "Nobody was asked how important “%(field)s” is; leave it out or derive the importance."
                    ),
                    field=item.code,
                )
            other = importance[item.code]
            columns[other.code] = _column(sheet, other, "", wave.min_cell)
            items[item.code] = [other.code, item.code]
        return Prepared(columns, spec | {"items": items})
    overall = by_code[asked["overall"]]
    columns[overall.code] = _column(sheet, overall, "", wave.min_cell)
    derived = asked.get("derived") or "lmg"
    if derived == "lmg" and len(chosen) > LMG_MOST:
        derived = "johnson"
    items_of = {item.code: item.code for item in chosen if item.code != overall.code}
    return Prepared(
        {code: values for code, values in columns.items() if code in items_of or code == overall.code},
        spec | {"items": items_of, "overall": overall.code, "derived": derived},
    )


def _pls(sheet: Any, wave: Wave, asked: Mapping[str, Any], _actor: Any) -> Prepared:
    from satisfaction.methods.pls.templates import TEMPLATES

    placed: dict[str, str] = asked["construct"]
    columns: dict[str, Any] = {}
    scale: dict[str, list[int]] = {}
    blocks: dict[str, list[str]] = {}
    for item in sheet.items:
        construct = placed.get(item.code, "")
        if not construct:
            continue
        columns[item.code] = _column(sheet, item, _rated_part(item), wave.min_cell)
        scale[item.code] = list(bounds(item))
        blocks.setdefault(construct, []).append(item.code)
    model = asked["model"]
    order = list(TEMPLATES[model].roles) if model != "drivers" else []
    names = [each for each in order if each in blocks] + [each for each in blocks if each not in order]
    if model == "drivers":
        last: list[str] = [each for each in ("satisfaction", "complaints", "loyalty") if each in blocks]
        names = [each for each in names if each not in last] + last
    paths = model_paths(model, names, TEMPLATES)
    linked = {end for path in paths for end in path}
    spec: dict[str, Any] = {
        "constructs": {name: {"items": blocks[name]} for name in names},
        "scale": scale,
        "missing": asked.get("missing") or "mean",
    }
    complete = model != "drivers" and set(names) == set(order)
    spec |= {"template": model} if complete else {"paths": paths}
    if "satisfaction" not in blocks:
        raise Refusal(_l("No question is placed under “%(field)s”."), field="satisfaction")
    for name in names:
        if name not in linked:
            raise Refusal(
                _l(
                    "“%(field)s” has no place in the chosen model; leave its questions out or take another model."
                ),
                field=name,
            )
    if sheet.weighted:
        columns["weight"], spec["weight"] = sheet.weights, "weight"
    options: dict[str, Any] = {"seed": int(asked.get("seed") or 1)}
    if asked.get("bootstrap"):
        options["bootstrap"] = int(asked["bootstrap"])
    if asked.get("plsc"):
        options["plsc"] = True
    missing = [each for each in order if each not in blocks]
    return Prepared(columns, spec, options, {"absent": missing} if missing else {})


def _side(sheet: Any, wave: Wave, token: str, code: str, actor: Any) -> tuple[Any, dict[str, str]]:
    """Answers of one side of a comparison, and its name: "w:ID" a wave, "g:key:value" a group of this wave."""
    from satisfaction import results
    from satisfaction import sheet as sheets

    kind, _colon, rest = token.partition(":")
    if kind == "w":
        other = queries.get_comparable(wave, int(rest), actor)
        asked = sheet if other.id == wave.id else results.of_wave(other)[0]
        if asked.size < other.min_cell:
            raise Refusal(
                _l("The wave has %(count)s answers; figures appear from %(least)s on (%(field)s)."),
                field=other.code,
                count=asked.size,
                least=other.min_cell,
            )
        item = next((each for each in asked.items if each.code == code), None)
        if item is None:
            raise Refusal(_l("Wave %(wave)s did not ask “%(field)s”."), field=code, wave=other.code)
        words = {
            "en": other.name_en or other.name_zh,
            "zh": other.name_zh or other.name_en,
        }
        return (item, _column(asked, item, _rated_part(item), other.min_cell)), words
    key, value = json.loads(rest)
    item = next(each for each in sheet.items if each.code == code)
    if key not in sheet.groups:
        raise Refusal(_l("The answers are no longer told apart by “%(field)s”."), field=str(key))
    marks = sheet.groups[key]
    sizes = {name: int((marks == name).sum()) for name in set(marks.tolist())}
    if value in withheld(sizes, wave.min_cell) or not sizes.get(value):
        raise Refusal(_l("The group “%(field)s” is too small to be shown."), field=str(value))
    part = sheet.part(marks == value)
    return (item, _column(part, item, _rated_part(item), wave.min_cell)), _both(
        lambda: sheets.group_word(sheet, key, value)
    )


def _effect(sheet: Any, wave: Wave, asked: Mapping[str, Any], actor: Any) -> Prepared:
    import numpy as np

    code = asked["item"]
    (item, before), first = _side(sheet, wave, asked["before"], code, actor)
    (other, after), second = _side(sheet, wave, asked["after"], code, actor)
    if bounds(item) != bounds(other):
        raise Refusal(_l("“%(field)s” was asked on different scales."), field=code)
    share = asked.get("measure") == "top"
    kind = "proportions" if share else "welch"
    spec: dict[str, Any] = {"kind": kind, "direction": asked.get("direction") or "up"}
    if share:
        _low, high = bounds(item)
        least = 9 if item.kind == Kind.nps else high - item.top + 1
        before, after = (
            np.where(np.isnan(values), np.nan, (values >= least).astype(float)) for values in (before, after)
        )
    if asked.get("margin"):
        spec["margin"] = float(asked["margin"]) / (100 if share else 1)
    columns = {
        "side": np.array(["before"] * len(before) + ["after"] * len(after), dtype=object),
        "value": np.concatenate([before, after]),
    }
    spec |= {"group": "side", "values": "value", "before": "before", "after": "after"}
    return Prepared(columns, spec, names={"before": first, "after": second})


def _chart(_sheet: Any, wave: Wave, asked: Mapping[str, Any], actor: Any) -> Prepared:
    points = queries.series(wave, asked["item"], asked["measure"], actor)
    names = {"points": [{"en": each.name_en, "zh": each.name_zh, "n": each.n} for each in points]}
    values = [each.value for each in points]
    labels = [each.code for each in points]
    if not points:
        raise Refusal(_l("No wave has a figure of “%(field)s” yet."), field=asked["item"])
    whole = all(abs(each.value * each.n - round(each.value * each.n)) < 1e-6 for each in points)
    if asked["measure"] in {"top", "csat"} and whole:
        sizes = [each.n for each in points]
        kind = "laney_p" if sum(sizes) / len(sizes) > 1000 else "p"
        counts = [round(each.value * each.n) for each in points]
        spec: dict[str, Any] = {"kind": kind, "counts": counts, "sizes": sizes, "labels": labels}
    else:
        spec = {"kind": "xmr", "values": values, "labels": labels}
    if asked.get("rules"):
        spec["rules"] = "western_electric"
    return Prepared(None, spec, names=names)


def _transition(sheet: Any, wave: Wave, asked: Mapping[str, Any], actor: Any) -> Prepared:
    first = next((item for item in sheet.items if item.code == asked["item"]), None)
    if first is None:
        raise Refusal(_l("The wave did not ask “%(field)s”."), field=asked["item"])
    coarse = bool(asked.get("coarse"))
    names: dict[str, Any] = {}
    if asked.get("wave"):
        other = queries.get_comparable(wave, int(asked["wave"]), actor)
        before, after = queries.matched(other, wave, first.code, actor)
        names = {
            "from": {"en": other.name_en or other.name_zh, "zh": other.name_zh or other.name_en},
            "to": {"en": wave.name_en or wave.name_zh, "zh": wave.name_zh or wave.name_en},
        }
        low, high = bounds(first)
        if first.reverse:
            before, after = (
                [None if each is None else low + high - each for each in side] for side in (before, after)
            )
        columns = {"from": before, "to": after}
    else:
        second = next((item for item in sheet.items if item.code == asked["second"]), None)
        if second is None or bounds(second) != bounds(first):
            raise Refusal(_l("Both questions must have the same scale (%(field)s)."), field=asked["second"])
        columns = {
            "from": _column(sheet, first, _rated_part(first), wave.min_cell),
            "to": _column(sheet, second, _rated_part(second), wave.min_cell),
        }
        if second.code == first.code:  # both sides of a SERVQUAL pair
            columns["from"] = _column(sheet, first, "e", wave.min_cell)
    low, high = bounds(first)
    bands = states_of(low, high, coarse=coarse)
    return Prepared(
        columns, {"from": "from", "to": "to", "states": list(bands), "bands": bands, "steps": 1}, names=names
    )


_BUILDERS: dict[Method, Callable[[Any, Wave, Mapping[str, Any], Any], Prepared]] = {
    Method.score: _score,
    Method.reliability: _reliability,
    Method.servqual: _servqual,
    Method.kano: _kano,
    Method.ipa: _ipa,
    Method.pls: _pls,
    Method.effect: _effect,
    Method.chart: _chart,
    Method.transition: _transition,
}
