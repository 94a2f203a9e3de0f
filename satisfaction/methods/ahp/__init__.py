"""Analytic hierarchy process: weights from pairwise judgements, and how far the judgements agree with themselves."""

from typing import Any, Final

from core.lazytext import _l
from satisfaction.methods import parameters, specs
from satisfaction.methods.ahp.comparison import compared
from satisfaction.methods.ahp.tree import synthesis
from satisfaction.methods.answers import Answers
from satisfaction.methods.refusal import Sentence, Wording

_COMPARISON: Final = ("items", "judgements", "matrix", "group", "judge_weights")
_TREE: Final = ("criteria", "alternatives", "matrices", "comparisons")


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001  one signature for all methods
    """Weights of one comparison, or of a tree of criteria with or without alternatives.

    One comparison: `items` with `judgements` ({"A/B": 3}: A is 3 times as important as B), a full `matrix`, or
    `group`: a list of judges, each with judgements or matrix and an optional weight. Tree: `criteria`, a comparison
    whose `children` hold comparisons of their own, and `alternatives` with one comparison for each lowest criterion.
    Weights have no unit and sum to 1 among siblings.

    Raises Refusal for a missing pair, a judgement that is not above 0, a matrix that is not reciprocal, or more than
    15 items. Source: Saaty (1980, 2008).
    """
    specs.only(spec, (*_COMPARISON, *_TREE))
    notes: list[Sentence] = []
    if spec.get("criteria") is not None or spec.get("alternatives") is not None:
        return synthesis(spec, notes)
    result = compared(spec, "", notes)
    judges = result.pop("judges")
    return {
        "variant": Wording(_l("principal eigenvector")),
        "n_used": judges,
        "n_dropped": parameters.dropped(),
        **result,
        "ri_table": "Saaty 1980",
        "notes": notes,
    }
