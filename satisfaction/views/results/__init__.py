"""Pages of results: the wave as a whole, its items and dimensions, its groups, and their files."""

from satisfaction.views.results import files, groups, items, whole

__all__ = ["files", "groups", "items", "whole"]
