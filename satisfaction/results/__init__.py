"""Results of a wave: items, dimensions, groups, with what lies behind each figure."""

from satisfaction.results.grid import derived_grid
from satisfaction.results.groups import by_group
from satisfaction.results.kept import groups_of, of_wave
from satisfaction.results.kinds import (
    ENGINE_VERSION,
    MAIN,
    MIN_N,
    SCORED,
    Cell,
    Dimension,
    Grid,
    GridPoint,
    Group,
    ItemResult,
    Results,
)
from satisfaction.results.whole import compute

__all__ = [
    "ENGINE_VERSION",
    "MAIN",
    "MIN_N",
    "SCORED",
    "Cell",
    "Dimension",
    "Grid",
    "GridPoint",
    "Group",
    "ItemResult",
    "Results",
    "by_group",
    "compute",
    "derived_grid",
    "groups_of",
    "of_wave",
]
