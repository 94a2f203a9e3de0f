"""Which rows belong to a unit: its own and those below, and for promises also those of the units above that bind it."""

from typing import Any

from sqlalchemy import ColumnElement, or_

from core import access


def above(path: str) -> list[str]:
    """Paths of a unit and the units over it, the root first."""
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[: count + 1]) + "/" for count in range(len(parts))]


def binding(column: Any, path: str) -> ColumnElement[bool]:
    """Standards that hold at a unit: of the unit itself, of the units below, and of those above."""
    return or_(access.under(column, path), column.in_(above(path)))


def distance(path: str, wanted: str) -> tuple[int, int, str] | None:
    """How well figures of one unit speak for another: its own, then the highest below, then the nearest above."""
    if path == wanted:
        return (0, 0, path)
    if path.startswith(wanted):
        return (1, path.count("/"), path)
    if wanted.startswith(path):
        return (2, -path.count("/"), path)
    return None
