"""Errors of derived importance: against the derivative of the importance itself, and against a bootstrap."""

import numpy as np
import pytest

from satisfaction.methods import deriving, importance, weighting
from satisfaction.methods.answers import Floats


def sample(rows: int, predictors: int) -> tuple[Floats, Floats, Floats]:
    chance = np.random.default_rng(11)
    x = chance.normal(size=(rows, predictors))
    x[:, 1] += x[:, 0]
    y = x @ chance.uniform(0.2, 1.0, predictors) + chance.normal(size=rows) * 2
    return x, y, chance.uniform(0.5, 2.0, rows)


@pytest.mark.parametrize(("predictors", "kind"), [(3, "lmg"), (5, "lmg"), (14, "johnson")])
@pytest.mark.parametrize("weighted", [True, False])
def test_the_influence_of_a_row_is_the_derivative_by_its_weight(
    predictors: int, kind: str, *, weighted: bool
) -> None:
    x, y, w = sample(80, predictors)
    assert deriving.usual_kind(predictors) == kind
    found = deriving.influences(x, y, w if weighted else None)
    shares = w / w.sum() if weighted else np.full(80, 1 / 80)
    names = [str(each) for each in range(predictors)]

    def moved(row: int, step: float) -> Floats:
        mixed = shares * (1 - step)
        mixed[row] += step
        return importance.derived(x, y, names, "y", kind, mixed)[0]

    for row in (0, 7, 41):
        slope = (moved(row, 1e-5) - moved(row, -1e-5)) / 2e-5
        assert found[row] == pytest.approx(slope, abs=1e-6)
    assert shares @ found == pytest.approx(np.zeros(predictors), abs=1e-12)


def test_errors_agree_with_a_bootstrap() -> None:
    x, y, _w = sample(400, 3)
    errors, df = deriving.importance_errors(x, y)
    assert df == 399
    chance = np.random.default_rng(3)
    again = [
        importance.derived(x[rows], y[rows], ["a", "b", "c"], "y", "lmg")[0]
        for rows in chance.integers(0, 400, size=(600, 400))
    ]
    assert errors == pytest.approx(np.std(again, axis=0, ddof=1), rel=0.12)


def test_equal_weights_are_none_and_a_weight_of_two_is_not_two_people() -> None:
    x, y, _w = sample(60, 3)
    plain, df = deriving.importance_errors(x, y)
    same, same_df = deriving.importance_errors(x, y, np.full(60, 2.5))
    assert same == pytest.approx(plain)
    assert same_df == pytest.approx(df)
    w = np.where(np.arange(60) % 2, 1.0, 3.0)
    _errors, fewer = deriving.importance_errors(x, y, w)
    assert fewer == pytest.approx(weighting.n_eff(w, 60) - 1)
    assert fewer == pytest.approx(120**2 / (30 + 30 * 9) - 1)
