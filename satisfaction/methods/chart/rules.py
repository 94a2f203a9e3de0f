"""Run rules: patterns that chance hardly makes, although every point may lie inside the limits."""

from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods import specs
from satisfaction.methods.answers import Bools, Floats
from satisfaction.methods.chart.limits import Limits
from satisfaction.methods.refusal import Refusal

#: Nelson (1984), J. Quality Technology 16, 237-239: rule → number
NELSON: Final = {
    "beyond_limits": 1,
    "nine_one_side": 2,
    "six_trend": 3,
    "fourteen_alternating": 4,
    "two_of_three_beyond_2_sigma": 5,
    "four_of_five_beyond_1_sigma": 6,
    "fifteen_within_1_sigma": 7,
    "eight_beyond_1_sigma": 8,
}
#: Western Electric (1956), Statistical Quality Control Handbook
WESTERN_ELECTRIC: Final = (
    "beyond_limits",
    "two_of_three_beyond_2_sigma",
    "four_of_five_beyond_1_sigma",
    "eight_one_side",
)
ALL: Final = (*NELSON, "eight_one_side")


def chosen(given: Any) -> list[str]:
    """The rules that a spec asks for: western_electric, nelson, all, names, or Nelson's numbers 1 to 8."""
    if given is None:
        return ["beyond_limits"]
    sets = {"western_electric": list(WESTERN_ELECTRIC), "nelson": list(NELSON), "all": list(ALL), "none": []}
    listed = [given] if isinstance(given, str | int) else specs.listed(given, "rules", 20)
    found: list[str] = []
    for place, each in enumerate(listed):
        where = specs.inside("rules", place)
        if isinstance(each, bool) or not isinstance(each, str | int):
            raise Refusal(_l("“%(field)s” must be a text."), field=where)
        if isinstance(each, int):
            names = [name for name, number in NELSON.items() if number == each]
        else:
            names = sets.get(each, [each])
        found += [specs.choice(name, where, (*ALL, *sets)) for name in names or [str(each)]]
    return list(dict.fromkeys(found))


def signals(limits: Limits, rules: list[str]) -> list[dict[str, Any]]:
    """Each point (from 1) at which a rule is met, by the last point of its pattern; gaps (NaN) break a pattern.

    A value on a limit is no signal; one on the centre line belongs to neither side.
    Sources: Western Electric (1956), Statistical Quality Control Handbook; Nelson (1984), J. Qual. Technol. 16, 237-239.
    """
    values = limits.values
    z = np.divide(values - limits.centre, limits.sigma, out=np.zeros_like(values), where=limits.sigma > 0)
    z[np.abs(z) < 1e-9] = 0.0  # on the centre line, whatever rounding says
    z[np.isnan(values)] = np.nan
    found: list[dict[str, Any]] = []
    for rule in rules:
        if rule == "beyond_limits":
            # of the largest number that the comparison rests on, so that the unit of the values does not matter
            dust = 1e-12 * np.nanmax(np.abs([values, limits.centre, limits.ucl, limits.lcl]), axis=0)
            hit = (values > limits.ucl + dust) | (values < limits.lcl - dust)
        else:
            hit = _pattern(rule, values, z)
        found += [{"point": int(place) + 1, "rule": rule} for place in np.flatnonzero(hit)]
    return sorted(found, key=lambda each: each["point"])


def _pattern(rule: str, values: Floats, z: Floats) -> Bools:
    with np.errstate(invalid="ignore"):
        if rule in {"nine_one_side", "eight_one_side"}:
            length = 9 if rule == "nine_one_side" else 8
            return _run(z > 0, length) | _run(z < 0, length)
        if rule == "six_trend":
            steps = np.diff(values)
            up, down = np.concatenate([[False], steps > 0]), np.concatenate([[False], steps < 0])
            return _run(up, 5) | _run(down, 5)
        if rule == "fourteen_alternating":
            steps = np.sign(np.diff(values))
            turn = np.concatenate([[False, False], steps[1:] * steps[:-1] < 0])[: len(values)]
            return _run(turn, 12)
        if rule == "two_of_three_beyond_2_sigma":
            return _share(z > 2, 2, 3) | _share(z < -2, 2, 3)
        if rule == "four_of_five_beyond_1_sigma":
            return _share(z > 1, 4, 5) | _share(z < -1, 4, 5)
        if rule == "fifteen_within_1_sigma":
            return _run(np.abs(z) < 1, 15)
        return _run(np.abs(z) > 1, 8)


def _run(true: Bools, length: int) -> Bools:
    """Points that end `length` trues in a row."""
    made = np.zeros(len(true), dtype=bool)
    row = 0
    for place, each in enumerate(true):
        row = row + 1 if each else 0
        made[place] = row >= length
    return made


def _share(true: Bools, wanted: int, of: int) -> Bools:
    """Points that are true and complete `wanted` trues among the last `of`."""
    made = np.zeros(len(true), dtype=bool)
    for place in range(len(true)):
        made[place] = bool(true[place]) and int(true[max(0, place - of + 1) : place + 1].sum()) >= wanted
    return made
