"""A tree of criteria, with or without alternatives under its lowest ones."""

import math
from collections.abc import Mapping
from typing import Any, Final

from core.lazytext import _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.ahp.comparison import LIMIT, compared
from satisfaction.methods.refusal import Refusal, Sentence, Wording

MOST_LEVELS: Final = 8

_OWN: Final = ("items", "judgements", "matrix", "group", "judge_weights", "weights", "weight", "children")


def synthesis(spec: dict[str, Any], notes: list[Sentence]) -> dict[str, Any]:
    """Weights of a tree of criteria, multiplied down it, and with `alternatives` what each is worth under them all.

    Weights have no unit; those of the lowest criteria, and of alternatives, sum to 1. Raises Refusal as analyse, and
    for a tree deeper than 8 levels. Source: Saaty (1980, 2008).
    """
    comparisons: dict[str, Any] = {}
    criteria: dict[str, float] = {}
    leaves: dict[str, float] = {}
    _descend(_root(spec), "criteria", "", 1.0, 1, comparisons, criteria, leaves, notes)
    result: dict[str, Any] = {"criteria_weights": criteria}
    if spec.get("alternatives") is not None:
        options, rated = _alternatives(_rated(spec), leaves, comparisons, notes)
        result["alternatives_by_criterion"] = rated
        result["global_weights"] = {
            name: sum(leaves[leaf] * rated[leaf][name] for leaf in leaves) for name in options
        }
    else:
        result["global_weights"] = leaves
    worst = max((each["cr"] for each in comparisons.values()), default=0.0)
    return {
        "variant": Wording(_l("principal eigenvector"), _l("distributive synthesis"), between=", "),
        "n_used": len(comparisons),
        "n_dropped": parameters.dropped(),
        **result,
        "consistent": worst <= LIMIT,
        "cr_worst": worst,
        "comparisons": comparisons,
        "ri_table": "Saaty 1980",
        "notes": notes,
    }


def _root(spec: dict[str, Any]) -> dict[str, Any]:
    """The comparison at the top: under `criteria`, or written beside it when that is a plain list of names."""
    criteria = spec.get("criteria")
    if criteria is None or not isinstance(criteria, Mapping):
        beside: dict[str, Any] = {
            key: spec[key] for key in ("judgements", "matrix", "group", "judge_weights") if key in spec
        }
        return {"items": spec.get("items") if criteria is None else criteria, **beside}
    return specs.mapping(criteria, "criteria")


def _rated(spec: dict[str, Any]) -> dict[str, Any]:
    """The comparisons of the alternatives; a plain list of them has its comparisons beside it."""
    given = spec["alternatives"]
    if isinstance(given, Mapping):
        return specs.mapping(given, "alternatives")
    beside: dict[str, Any] = {"items": given}
    for key in ("comparisons", "matrices"):
        beside |= specs.mapping(spec.get(key), key)
    return beside


def _descend(
    node: dict[str, Any],
    where: str,
    path: str,
    share: float,
    depth: int,
    comparisons: dict[str, Any],
    criteria: dict[str, float],
    leaves: dict[str, float],
    notes: list[Sentence],
) -> None:
    """Global weights of everything under a node: product of the local weights along the branch."""
    if depth > MOST_LEVELS:
        raise Refusal(_l("“%(field)s” lies deeper than %(most)s levels."), field=where, most=MOST_LEVELS)
    parts = {key: value for key, value in node.items() if key in _OWN}
    rest = {key: value for key, value in node.items() if key not in _OWN}
    children = specs.mapping(parts.get("children"), specs.inside(where, "children")) | rest
    local = _local({**parts, "children": children}, where, comparisons, notes)
    for name, weight in local.items():
        label = f"{path}/{name}" if name in criteria else name
        criteria[label] = share * weight
        below = children.get(name)
        if isinstance(below, Mapping) and (set(below) - {"weight", "title"}):
            _descend(
                specs.mapping(below, specs.inside(where, name)),
                specs.inside(where, name),
                label,
                share * weight,
                depth + 1,
                comparisons,
                criteria,
                leaves,
                notes,
            )
        else:
            leaves[label] = share * weight


def _local(
    node: dict[str, Any], where: str, comparisons: dict[str, Any], notes: list[Sentence]
) -> dict[str, float]:
    """Weights among siblings: compared, or typed (`weights`, or a `weight` on each child) and normalised."""
    if any(node.get(key) is not None for key in ("judgements", "matrix", "group")):
        found = compared(node, where, notes)
        comparisons[where] = found
        weights: dict[str, float] = found["weights"]
        return weights
    typed = node.get("weights")
    if typed is None:
        typed = {
            name: child.get("weight") if isinstance(child, Mapping) else child
            for name, child in node["children"].items()
        }
        if not typed and node.get("items") is not None and len(specs.texts(node["items"], where)) == 1:
            typed = {specs.texts(node["items"], where)[0]: 1}
    given = {
        name: parameters.figure(value, specs.inside(specs.inside(where, name), "weight"), low=0)
        for name, value in specs.mapping(typed, where).items()
    }
    total = sum(given.values())
    if not total > 0:
        raise Refusal(_l("“%(field)s” has neither judgements nor weights above 0."), field=where)
    if not math.isclose(total, 1, abs_tol=1e-9):
        notes.append(
            Sentence(
                _l("“%(where)s” sums to %(total)s and was divided by that sum."), where=where, total=total
            )
        )
    return {name: value / total for name, value in given.items()}


def _alternatives(
    node: dict[str, Any], leaves: dict[str, float], comparisons: dict[str, Any], notes: list[Sentence]
) -> tuple[list[str], dict[str, dict[str, float]]]:
    """The alternatives, and for each lowest criterion their weights under it."""
    items: list[str] = specs.texts(node.get("items") or [], "alternatives.items")
    rated: dict[str, dict[str, float]] = {}
    for leaf in leaves:
        where = f"alternatives.{leaf}"
        own = _under(node, leaf)
        if own is None:
            raise Refusal(_l("The alternatives are not compared under “%(field)s”."), field=leaf)
        if isinstance(own, Mapping) and not set(own) & {"judgements", "matrix", "group", "items", "weights"}:
            typed = own if not any("/" in str(key) for key in own) else None
            own = {"judgements": own} if typed is None else {"weights": own}
        elif not isinstance(own, Mapping):
            own = {"matrix": own}
        comparison = {"items": items, "children": {}, **own} if items else {"children": {}, **own}
        rated[leaf] = _local(comparison, where, comparisons, notes)
        items = items or list(rated[leaf])
        if set(rated[leaf]) != set(items):
            raise Refusal(
                _l("“%(field)s” compares %(found)s; the alternatives are %(items)s."),
                field=where,
                found=", ".join(rated[leaf]),
                items=", ".join(items),
            )
    return items, rated


def _under(node: Mapping[str, Any], leaf: str) -> Any:
    """What is said of the alternatives under one criterion: by its name, or inside `judgements` or `matrix`."""
    if leaf in node:
        return node[leaf]
    for key in ("judgements", "matrix", "matrices", "group", "weights"):
        inner = node.get(key)
        if isinstance(inner, Mapping) and leaf in inner:
            return {key if key != "matrices" else "matrix": inner[leaf]}
    return None
