"""Path models of one wave."""

from collections.abc import Mapping
from typing import Any

from core.lazytext import _l
from satisfaction.analyses.inputs.prepared import Prepared, column, rated_part, weights_of
from satisfaction.methods.refusal import Refusal
from satisfaction.models import Wave
from satisfaction.rules.analyses import model_paths
from satisfaction.rules.items import bounds


def pls(sheet: Any, wave: Wave, asked: Mapping[str, Any], _actor: Any) -> Prepared:
    from satisfaction.methods.pls.templates import TEMPLATES

    placed: dict[str, str] = asked["construct"]
    columns: dict[str, Any] = {}
    scale: dict[str, list[int]] = {}
    blocks: dict[str, list[str]] = {}
    for item in sheet.items:
        construct = placed.get(item.code, "")
        if not construct:
            continue
        columns[item.code] = column(sheet, item, rated_part(item), wave.min_cell)
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
    weights = weights_of(sheet, asked)
    if weights is not None:
        columns["weight"], spec["weight"] = weights, "weight"
    options: dict[str, Any] = {"seed": int(asked.get("seed") or 1)}
    if asked.get("bootstrap"):
        options["bootstrap"] = int(asked["bootstrap"])
    if asked.get("plsc"):
        options["plsc"] = True
    missing = [each for each in order if each not in blocks]
    return Prepared(columns, spec, options, {"absent": missing} if missing else {})
