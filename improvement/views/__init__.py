"""Two blueprints: findings (the inbox) and tickets."""

from flask import Blueprint

from improvement import words
from improvement.views.findings import blueprint as findings
from improvement.views.tickets import blueprint as tickets

assert words  # how the trail of the room reads

blueprints: tuple[Blueprint, ...] = (findings, tickets)

__all__ = ["blueprints", "findings", "tickets"]
