"""Methods on the ratings of one wave."""

from collections.abc import Mapping
from typing import Any

from core.lazytext import _l
from satisfaction.analyses.inputs.prepared import Prepared, column, items_of, rated_part, weights_of
from satisfaction.methods.refusal import Refusal
from satisfaction.models import Wave
from satisfaction.rules.analyses import LMG_MOST
from satisfaction.rules.items import Kind, bounds, key_of


def _weighted(sheet: Any, asked: Mapping[str, Any], columns: dict[str, Any], spec: dict[str, Any]) -> None:
    weights = weights_of(sheet, asked)
    if weights is not None:
        columns["weight"], spec["weight"] = weights, "weight"


def score(sheet: Any, wave: Wave, asked: Mapping[str, Any], _actor: Any) -> Prepared:
    from satisfaction.results import SCORED

    columns: dict[str, Any] = {}
    items: dict[str, Any] = {}
    for item in items_of(sheet, asked["items"]):
        kind = Kind(item.kind)
        low, high = bounds(item)
        columns[item.code] = column(sheet, item, "", wave.min_cell)
        items[item.code] = {"column": item.code, "kind": SCORED[kind], "valid": [low, high]}
        if kind in {Kind.scale, Kind.csat, Kind.ces, Kind.importance}:
            items[item.code]["top"] = item.top
    spec: dict[str, Any] = {"items": items}
    _weighted(sheet, asked, columns, spec)
    return Prepared(columns, spec)


def reliability(sheet: Any, wave: Wave, asked: Mapping[str, Any], _actor: Any) -> Prepared:
    columns: dict[str, Any] = {}
    scales: dict[str, Any] = {}
    for item in items_of(sheet, asked["items"]):
        columns[item.code] = column(sheet, item, rated_part(item), wave.min_cell)
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
    spec: dict[str, Any] = {"scales": scales}
    _weighted(sheet, asked, columns, spec)
    return Prepared(columns, spec, names={"left_out": left} if left else {})


def servqual(sheet: Any, wave: Wave, asked: Mapping[str, Any], _actor: Any) -> Prepared:
    columns: dict[str, Any] = {}
    dimensions: dict[str, Any] = {}
    for item in items_of(sheet, asked["items"]):
        pair = [key_of(item.code, part) for part in ("e", "p")]
        for key, part in zip(pair, ("e", "p"), strict=True):
            columns[key] = column(sheet, item, part, wave.min_cell)
        dimensions.setdefault(item.dimension or "other", {"items": {}})["items"][item.code] = pair
    spec: dict[str, Any] = {"dimensions": dimensions, "test": asked.get("test") or "t"}
    _weighted(sheet, asked, columns, spec)
    return Prepared(columns, spec)


def kano(sheet: Any, wave: Wave, asked: Mapping[str, Any], _actor: Any) -> Prepared:
    columns: dict[str, Any] = {}
    items: dict[str, Any] = {}
    for item in items_of(sheet, asked["items"]):
        items[item.code] = [key_of(item.code, part) for part in ("f", "d")]
        for key, part in zip(items[item.code], ("f", "d"), strict=True):
            columns[key] = column(sheet, item, part, wave.min_cell)
    spec: dict[str, Any] = {"items": items}
    if asked.get("table"):
        spec["table"] = asked["table"]
    _weighted(sheet, asked, columns, spec)
    return Prepared(columns, spec)


def ipa(sheet: Any, wave: Wave, asked: Mapping[str, Any], _actor: Any) -> Prepared:
    by_code = {item.code: item for item in sheet.items}
    chosen = items_of(sheet, asked["items"])
    columns: dict[str, Any] = {}
    spec: dict[str, Any] = {"crosshair": asked.get("crosshair") or "mean"}
    for item in chosen:
        columns[item.code] = column(sheet, item, "", wave.min_cell)
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
            columns[other.code] = column(sheet, other, "", wave.min_cell)
            items[item.code] = [other.code, item.code]
        _weighted(sheet, asked, columns, spec)
        return Prepared(columns, spec | {"items": items})
    overall = by_code[asked["overall"]]
    columns[overall.code] = column(sheet, overall, "", wave.min_cell)
    derived = asked.get("derived") or "lmg"
    if derived == "lmg" and len(chosen) > LMG_MOST:
        derived = "johnson"
    performance = {item.code: item.code for item in chosen if item.code != overall.code}
    columns = {
        code: values for code, values in columns.items() if code in performance or code == overall.code
    }
    _weighted(sheet, asked, columns, spec)
    return Prepared(
        columns,
        spec | {"items": performance, "overall": overall.code, "derived": derived},
    )
