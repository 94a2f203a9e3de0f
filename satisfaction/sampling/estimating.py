"""What the answers of a draw say of the population: design weights, strata and the size of the population counted in.

The engine is imported where it is used: pages must not load NumPy when the application starts.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import RuleViolation
from core.i18n import _
from satisfaction.methods.refusal import Refusal
from satisfaction.queries.questionnaires import list_items
from satisfaction.rules.items import NOT_APPLICABLE, Kind, bounds, columns_of, key_of
from satisfaction.sampling.models import SamplingPlan
from satisfaction.sampling.rules import Design, Draw

RATED: Final = frozenset({Kind.scale, Kind.csat, Kind.ces, Kind.nps, Kind.importance, Kind.servqual})


@dataclass(frozen=True, slots=True)
class Estimated:
    """An item's mean and the share of its top answers; each with its result, or the sentence why there is none."""

    code: str
    text: str
    n: int
    plain_mean: float | None
    mean: dict[str, Any] | None
    share: dict[str, Any] | None
    refusal: Any


def may_estimate(plan: SamplingPlan) -> None:
    """Raises RuleViolation with the sentence why not."""
    if plan.wave is None:
        raise RuleViolation(_("The plan belongs to no wave yet: choose one first."))
    if plan.wave.anonymous:
        raise RuleViolation(
            _(
                "The wave is anonymous: no answer can be led back to a stratum, so there is no estimate by strata. The wave’s own results stand."
            )
        )


def items_of(plan: SamplingPlan) -> list[tuple[str, str]]:
    """Rated items of the wave, to choose from."""
    if plan.wave is None:
        return []
    return [(item.code, f"{item.code} · {item.text[:80]}") for item in list_items(plan.wave.version_id) if Kind(item.kind) in RATED]  # fmt: skip


def estimate(plan: SamplingPlan, code: str, answers: Sequence[Any]) -> Estimated:
    """By satisfaction/methods/estimate, with what the draw knows of its answers (queries.list_answers). Fewer answers than
    the smallest group shown: nothing."""
    may_estimate(plan)
    assert plan.wave is not None
    items = list_items(plan.wave.version_id)
    item = next((each for each in items if each.code == code and Kind(each.kind) in RATED), None)
    if item is None:
        raise RuleViolation(_("Choose one of the rated questions."))
    low, high = bounds(item)
    key = key_of(item.code, "p" if item.kind == Kind.servqual else "")
    at = next(number for number, column in enumerate(columns_of(items)) if column.key == key)
    values: list[float | None] = []
    for row in answers:
        given = json.loads(row.codes)[at]
        known = given is not None and given != NOT_APPLICABLE
        values.append((low + high - given if item.reverse else float(given)) if known else None)
    used = [(row, value) for row, value in zip(answers, values, strict=True) if value is not None]
    least = plan.wave.min_cell
    if len(used) < least:
        too_few = _(
            "%(count)s answers so far; figures appear from %(least)s on.", count=len(used), least=least
        )
        return Estimated(item.code, item.text, len(used), None, None, None, too_few)
    numbers = [value for _row, value in used]
    spec, columns = _spec(plan, [row for row, _value in used])
    columns["value"] = numbers
    top = {"at_least": high - item.top + 1} if item.kind != Kind.nps else {"at_least": 9}
    refusal: Any = None
    found: list[dict[str, Any] | None] = []
    for more in ({}, top):
        try:
            found.append(_run(columns, spec | {"variable": "value"} | more))
        except Refusal as told:
            refusal, found = told.message, [None, None]
            break
    return Estimated(
        item.code, item.text, len(used), sum(numbers) / len(numbers), found[0], found[1], refusal
    )


def _run(columns: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    from satisfaction.methods.answers import Answers
    from satisfaction.methods.door import run

    return run("estimate", Answers.of(columns), spec)


def _spec(plan: SamplingPlan, rows: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """How the draw was made, as the engine takes it: weights, strata or clusters, sizes, fitting to the strata."""
    design = Design.read(plan.design)
    strata: dict[str, int] = plan.result.get("frame_strata") or {}
    columns: dict[str, Any] = {
        "weight": [row.weight for row in rows],
        "stratum": [row.stratum for row in rows],
        "cluster": [row.cluster for row in rows],
    }
    spec: dict[str, Any] = {"weight": "weight"}
    there = {row.stratum for row in rows}
    match design.draw:
        case Draw.stratified:
            spec |= {"strata": "stratum", "fpc": {name: strata[name] for name in there}}
        case Draw.srs | Draw.systematic:
            spec["fpc"] = plan.frame_size
        case Draw.cluster:
            spec |= {"cluster": "cluster", "fpc": plan.result.get("frame_clusters")}
        case Draw.multistage:
            spec["cluster"] = "cluster"
    if design.strata and len(strata) > 1 and there == {name for name, size in strata.items() if size}:
        spec["poststratify"] = {"column": "stratum", "totals": {name: strata[name] for name in sorted(there)}}
    return spec, columns
