"""What may not be shown of few is not kept either."""

from typing import Any

from core.lazytext import _l
from satisfaction.analyses.inputs.prepared import Prepared
from satisfaction.methods.refusal import Refusal
from satisfaction.rules.analyses import ROLES, STATES, Method
from satisfaction.rules.items import DIMENSIONS
from satisfaction.rules.waves import withheld

#: words for what a figure may rest on
WORDS_OF: dict[str, Any] = {**STATES, **ROLES, **DIMENSIONS, "n": _l("The whole")}


def keep_back(method: Method, result: dict[str, Any], prepared: Prepared, least: int) -> None:
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


def _withhold_strata(result: dict[str, Any], prepared: Prepared, least: int) -> None:
    strata = result.get("strata") or []
    hidden = withheld({each["name"]: each["n"] for each in strata}, least, prepared.hidden)
    result["strata"] = [each for each in strata if each["name"] not in hidden]
    result["strata_withheld"] = len(hidden)
