"""What may not be shown of few is not kept either."""

from collections.abc import Mapping
from typing import Any

from core.lazytext import _l
from satisfaction.analyses.inputs.prepared import Prepared
from satisfaction.methods.refusal import Refusal
from satisfaction.rules.analyses import GROUPED, ROLES, STATES, Method
from satisfaction.rules.items import DIMENSIONS
from satisfaction.rules.waves import withheld

#: words for what a figure may rest on
WORDS_OF: dict[str, Any] = {**STATES, **ROLES, **DIMENSIONS, "n": _l("The whole")}


def keep_back(method: Method, result: dict[str, Any], prepared: Prepared, least: int) -> None:
    """Nothing of fewer than `least` respondents is kept."""
    if method in GROUPED and result.get("groups"):
        _withhold_groups(method, result, prepared, least)
    counts: dict[str, int] = {}
    if method in GROUPED and method != Method.pls:  # whose columns were counted before
        counts = {
            name.removeprefix("item "): count
            for name, count in _counts(method, result, prepared, None).items()
            if name
        }
    match method:
        case Method.effect:
            counts = {"before": result["n_before"], "after": result["n_after"]}
        case Method.transition:
            counts = {
                state: int(total)
                for state, total in zip(result["states"], result["row_totals"], strict=True)
                if total
            }
        case Method.fuzzy:
            result["n_used"] = prepared.respondents
        case Method.estimate:
            _withhold_strata(result, prepared, least)
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


def _withhold_groups(method: Method, result: dict[str, Any], prepared: Prepared, least: int) -> None:
    """Keeps the groups that may be shown, of scores figure by figure: what the whole less the shown would tell rests on
    nobody or on enough."""
    given = [each for each in result.get("groups", ()) if each["group"] not in prepared.hidden]
    whole = _counts(method, result, prepared, None)
    parts = {
        str(each["group"]): _counts(method, each, prepared, str(each["group"]))
        for each in given
        if not (each.get("withheld") or each.get("refused"))
    }
    if method == Method.score:
        for item, count in whole.items():
            shown = protected({item: count}, {name: {item: own[item]} for name, own in parts.items()}, least)
            for each in given:
                if each["group"] not in shown:
                    each["items"][item] = {"value": None, "withheld": True}
        result["groups"] = given
        result["groups_withheld"] = prepared.withheld
        return
    shown = protected(whole, parts, least)
    refused = [each for each in given if each.get("refused") or (each.get("withheld") and each["n"])]
    result["groups"] = [each for each in given if each["group"] in shown or each in refused]
    result["groups_withheld"] = prepared.withheld + len(given) - len(result["groups"])
    if "group_differences" in result:
        result["group_differences"] = [
            each for each in result["group_differences"] if shown >= set(each["groups"])
        ]
    result["notes"] = [each for each in result["notes"] if not _of_hidden(each, shown)]


def protected(whole: Mapping[str, int], parts: Mapping[str, Mapping[str, int]], least: int) -> set[str]:
    """The groups that may be shown. whole: on how many each figure rests; parts: the same in each group.

    A group needs `least` for each of its figures. While the rest of a figure, the whole less the shown, is of some but
    fewer than `least`, the smallest group that adds to it is withheld as well.
    """
    shown = {name for name, own in parts.items() if all(own.get(key, 0) >= least for key in whole)}
    for key, count in whole.items():
        while shown and 0 < count - sum(parts[name][key] for name in shown) < least:
            shown.remove(min(shown, key=lambda name: (parts[name][key], name)))
    # a group that went for a later figure can only add to the rest of an earlier one
    return shown


def _counts(method: Method, body: Mapping[str, Any], prepared: Prepared, group: str | None) -> dict[str, int]:
    """On how many respondents each figure of the whole, or of a group, rests."""
    match method:
        case Method.score:
            return {name: int(each.get("n") or 0) for name, each in body["items"].items()}
        case Method.reliability:
            return {name: each["n"] for name, each in body["scales"].items()}
        case Method.servqual:
            both = {**body["dimensions"], **{f"item {name}": each for name, each in body["items"].items()}}
            return {name: each["n"] for name, each in both.items()}
        case Method.kano:
            return {name: each["n_pairs"] for name, each in body["items"].items()}
        case Method.ipa:
            used = body["n_used"] if group is None else body["n"]
            return {
                name: min(each.get("n_importance", used), each.get("n_performance", used))
                for name, each in body["items"].items()
            }
    return _answered(prepared, group) | {"": body["n_used"]}


def _answered(prepared: Prepared, group: str | None) -> dict[str, int]:
    """Answers to each question of a path model: those that are missing may be taken as the mean."""
    import numpy as np

    columns = prepared.columns or {}
    counted = np.ones(len(columns["group"]), dtype=bool) if group is None else columns["group"] == group
    if "weight" in columns:
        counted = counted & (np.nan_to_num(columns["weight"]) > 0)
    return {
        name: int((counted & ~np.isnan(values)).sum())
        for name, values in columns.items()
        if name not in {"group", "weight"}
    }


def _of_hidden(note: Mapping[str, Any], shown: set[str]) -> bool:
    name = note["values"].get("group")
    return name is not None and name not in shown


def _withhold_strata(result: dict[str, Any], prepared: Prepared, least: int) -> None:
    strata = result.get("strata") or []
    hidden = withheld({each["name"]: each["n"] for each in strata}, least, prepared.hidden)
    result["strata"] = [each for each in strata if each["name"] not in hidden]
    result["strata_withheld"] = len(hidden)
