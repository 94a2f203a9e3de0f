"""Vega-Lite specifications, one for the page and for paper.

Plain dicts made by small functions. Colours are tokens (see core.charts.theme), shares are drawn in per cent, dates are
days without a time and read as UTC everywhere, so no viewer's time zone can move a point. Words come through gettext, so
a specification is made in the language it is read in.
"""

from core.charts.specs.attainment import Period, attainment_over_time
from core.charts.specs.before_after import Phase, Week, before_after
from core.charts.specs.coverage import coverage_bars
from core.charts.specs.parts import MAX_POINTS, Spec

__all__ = [
    "MAX_POINTS",
    "Period",
    "Phase",
    "Spec",
    "Week",
    "attainment_over_time",
    "before_after",
    "coverage_bars",
]
