"""Indicator systems: the tree and its versions, weights, judges, scores of waves."""

from satisfaction.indicators import words
from satisfaction.views.indicators import changes, judging, panels, scores, systems, trees, trends, weights

assert words.__doc__  # registers how the trail of indicator systems reads

__all__ = ["changes", "judging", "panels", "scores", "systems", "trees", "trends", "weights"]
