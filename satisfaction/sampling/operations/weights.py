"""Weights for who did not answer, as case weights of a named wave."""

from typing import Any

from sqlalchemy import bindparam, update

from core import trail
from core.db import session, table_of
from core.errors import RuleViolation
from core.i18n import _
from satisfaction.models import Response, Wave
from satisfaction.operations.waves import queue_analysis
from satisfaction.rules.waves import WaveState
from satisfaction.sampling import queries
from satisfaction.sampling.models import SamplingPlan
from satisfaction.sampling.operations.plans import permit

_response = table_of(Response)


def case_weights(plan: SamplingPlan) -> dict[int, float]:
    """Response → design weight fitted to the population of its stratum, with mean 1. Raises RuleViolation that names why not.

    w = d N_g / sum of d over the answers of stratum g: the design weight times the inverse of the (weighted) response
    rate. Source: Holt and Smith (1979), J. R. Stat. Soc. A 142, 33-46.
    """
    if plan.wave is None or plan.wave.anonymous:
        raise RuleViolation(
            _(
                "The wave is anonymous: no answer can be led back to a stratum, so it can’t be weighted by one."
            )
        )
    answers = queries.list_answers(plan.id)
    if not answers:
        raise RuleViolation(_("Nobody drawn has answered yet."))
    sizes: dict[str, int] = plan.result.get("frame_strata") or {}
    held: dict[str, float] = {}
    for row in answers:
        held[row.stratum] = held.get(row.stratum, 0.0) + row.weight
    empty = [name for name, size in sizes.items() if size and name not in held]
    if empty:
        raise RuleViolation(
            _(
                "Nobody answered from %(strata)s: weights can’t stand in for them. Wait for answers or remind.",
                strata=", ".join(empty[:5]),
            )
        )
    made = {row.id: row.weight * sizes[row.stratum] / held[row.stratum] for row in answers}
    mean = sum(made.values()) / len(made)
    return {key: value / mean for key, value in made.items()}


def _closed_wave(plan: SamplingPlan) -> Wave:
    wave = plan.wave
    if wave is None or wave.state != WaveState.closed:
        raise RuleViolation(_("Weights are taken when the wave is closed and not yet analysed."))
    return wave


def take_weights(plan: SamplingPlan, *, actor: Any) -> int:
    """The weights become the case weights of the wave's results."""
    permit(plan, actor)
    wave = _closed_wave(plan)
    found = case_weights(plan)
    _write(found)
    trail.record(plan, "sampling_plan.weighted", actor=actor, changes={"answers": len(found)})
    trail.record(wave, "wave.weighted", actor=actor, changes={"answers": len(found), "plan": plan.code})
    queue_analysis(wave, actor=actor)
    return len(found)


def drop_weights(plan: SamplingPlan, *, actor: Any) -> int:
    """Each answer counts once again."""
    permit(plan, actor)
    wave = _closed_wave(plan)
    found = {row.id: 1.0 for row in queries.list_answers(plan.id)}
    _write(found)
    trail.record(plan, "sampling_plan.unweighted", actor=actor, changes={"answers": len(found)})
    trail.record(wave, "wave.unweighted", actor=actor, changes={"answers": len(found), "plan": plan.code})
    queue_analysis(wave, actor=actor)
    return len(found)


def _write(weights: dict[int, float]) -> None:
    statement = (
        update(_response).where(_response.c.id == bindparam("of_id")).values(weight=bindparam("to_weight"))
    )
    rows = [{"of_id": key, "to_weight": value} for key, value in weights.items()]
    for start in range(0, len(rows), 2_000):
        session.connection().execute(statement, rows[start : start + 2_000])
