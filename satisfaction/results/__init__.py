"""Results of a wave: items, dimensions, groups, with what lies behind each figure."""

from satisfaction.results.groups import by_group
from satisfaction.results.kept import groups_of, of_wave
from satisfaction.results.kinds import ENGINE_VERSION, MAIN, MIN_N, SCORED, Group, ItemResult, Results
from satisfaction.results.whole import compute, derived_ipa

__all__ = [
    "ENGINE_VERSION",
    "MAIN",
    "MIN_N",
    "SCORED",
    "Group",
    "ItemResult",
    "Results",
    "by_group",
    "compute",
    "derived_ipa",
    "groups_of",
    "of_wave",
]
