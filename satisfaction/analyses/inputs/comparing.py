"""What a wave is compared with: other waves, groups of its own, another question of the same people."""

import json
from collections.abc import Mapping
from typing import Any

from core.lazytext import _l
from satisfaction.analyses.inputs.prepared import Prepared, both, column, rated_part
from satisfaction.methods.refusal import Refusal
from satisfaction.models import Wave
from satisfaction.queries import analyses as queries
from satisfaction.rules.analyses import states_of
from satisfaction.rules.items import Kind, bounds


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
        return (item, column(asked, item, rated_part(item), other.min_cell)), words
    key, value = json.loads(rest)
    item = next(each for each in sheet.items if each.code == code)
    if key not in sheet.groups:
        raise Refusal(_l("The answers are no longer told apart by “%(field)s”."), field=str(key))
    group = next((each for each in results.groups_of(wave, key) if each.key == value), None)
    if group is None or group.n is None or group.items.get(code) is None:  # also what would give others away
        raise Refusal(_l("The group “%(field)s” is too small to be shown."), field=str(value))
    part = sheet.part(sheet.groups[key] == value)
    return (item, column(part, item, rated_part(item), wave.min_cell)), both(
        lambda: sheets.group_word(sheet, key, value)
    )


def effect(sheet: Any, wave: Wave, asked: Mapping[str, Any], actor: Any) -> Prepared:
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


def chart(_sheet: Any, wave: Wave, asked: Mapping[str, Any], actor: Any) -> Prepared:
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


def transition(sheet: Any, wave: Wave, asked: Mapping[str, Any], actor: Any) -> Prepared:
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
            "from": column(sheet, first, rated_part(first), wave.min_cell),
            "to": column(sheet, second, rated_part(second), wave.min_cell),
        }
        if second.code == first.code:  # both sides of a SERVQUAL pair
            columns["from"] = column(sheet, first, "e", wave.min_cell)
    low, high = bounds(first)
    bands = states_of(low, high, coarse=coarse)
    return Prepared(
        columns, {"from": "from", "to": "to", "states": list(bands), "bands": bands, "steps": 1}, names=names
    )
