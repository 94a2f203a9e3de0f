"""Methods on figures that somebody enters: what is asked, and what the engine is handed."""

from collections.abc import Mapping
from typing import Any

from satisfaction.analyses.entered.calculator import Calculator
from satisfaction.analyses.inputs import Outcome, computed
from satisfaction.rules.analyses import Method

__all__ = ["CALCULATORS", "Calculator", "run_entered"]

CALCULATORS: dict[Method, Calculator] = {}


def run_entered(method: Method, asked: Mapping[str, Any]) -> Outcome:
    """Run a method on what was entered. What does not suffice is told as a refusal."""
    return computed(method, lambda: CALCULATORS[method].prepare(asked))
