"""What an analysis says: sentences, tables and the picture that belongs to it, from the kept result alone."""

from collections.abc import Callable
from typing import Any

from satisfaction.analyses.telling import (
    comparison,
    control,
    gaps,
    importance,
    kano,
    movement,
    paths,
    planning,
    reliability,
    scores,
    surveying,
    weighing,
)
from satisfaction.analyses.telling.parts import Cell, Context, Picture, Smalls, Table, Told, ends
from satisfaction.rules.analyses import Method

__all__ = ["Cell", "Context", "Picture", "Smalls", "Table", "Told", "ends", "tell"]


def tell(method: Method, result: dict[str, Any], context: Context) -> Told:
    return _TELLERS[method](result, context)


_TELLERS: dict[Method, Callable[[dict[str, Any], Context], Told]] = {
    Method.score: scores.tell_score,
    Method.reliability: reliability.tell_reliability,
    Method.servqual: gaps.tell_servqual,
    Method.kano: kano.tell_kano,
    Method.ipa: importance.tell_ipa,
    Method.pls: paths.tell_pls,
    Method.effect: comparison.tell_effect,
    Method.chart: control.tell_chart,
    Method.transition: movement.tell_transition,
    Method.ahp: weighing.tell_ahp,
    Method.hierarchy: weighing.tell_hierarchy,
    Method.fuzzy: weighing.tell_fuzzy,
    Method.sample: planning.tell_sample,
    Method.power: planning.tell_power,
    Method.estimate: surveying.tell_estimate,
    Method.agreement: surveying.tell_agreement,
}
