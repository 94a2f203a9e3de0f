"""Two blueprints: findings (the inbox) and tickets."""

from flask import Blueprint

from improvement import words
from improvement.views import checking, planning
from improvement.views.blueprint import blueprint as tickets
from improvement.views.findings import blueprint as findings

assert words  # how the trail of the room reads
assert checking  # they add their pages
assert planning

blueprints: tuple[Blueprint, ...] = (findings, tickets)

__all__ = ["blueprints", "findings", "tickets"]
