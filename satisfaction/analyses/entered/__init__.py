"""Methods on figures that somebody enters: what is asked, and what the engine is handed."""

from collections.abc import Mapping
from typing import Any

from satisfaction.analyses.entered import comparing, planning, surveying, weighing
from satisfaction.analyses.entered.calculator import Calculator
from satisfaction.analyses.inputs import Outcome, computed
from satisfaction.rules.analyses import Method

__all__ = ["CALCULATORS", "Calculator", "run_entered"]

CALCULATORS: dict[Method, Calculator] = {
    Method.ahp: Calculator(weighing.AhpForm, weighing.ahp),
    Method.hierarchy: Calculator(weighing.HierarchyForm, weighing.hierarchy),
    Method.fuzzy: Calculator(weighing.FuzzyForm, weighing.fuzzy),
    Method.sample: Calculator(planning.SampleForm, planning.sample),
    Method.power: Calculator(planning.PowerForm, planning.power),
    Method.estimate: Calculator(surveying.EstimateForm, surveying.estimate),
    Method.agreement: Calculator(surveying.AgreementForm, surveying.agreement),
    Method.effect: Calculator(comparing.EffectForm, comparing.effect),
    Method.chart: Calculator(comparing.ChartForm, comparing.chart),
}


def run_entered(method: Method, asked: Mapping[str, Any]) -> Outcome:
    """Run a method on what was entered. What does not suffice is told as a refusal."""
    return computed(method, lambda: CALCULATORS[method].prepare(asked))
