"""Addresses of records of other rooms: downwards by their endpoints, upwards by what app/wiring.py registered."""

from collections.abc import Callable

from flask import url_for

from standards.models import Clause

_origins: dict[str, Callable[[str], str]] = {}


def register_origin(kind: str, address: Callable[[str], str]) -> None:
    """Rooms above say where "kind:id" of `Finding.origin_ref` leads: `address(id)` gives the page, or an empty text."""
    _origins[kind] = address


def origin_url(reference: str) -> str:
    kind, _colon, rest = reference.partition(":")
    address = _origins.get(kind)
    return address(rest) if address and rest else ""


def standard_url(standard_id: int | None) -> str:
    return url_for("standards.show", standard_id=standard_id) if standard_id else ""


def clause_url(clause: Clause | None) -> str:
    if clause is None:
        return ""
    return url_for("frameworks.clause", code=clause.framework.code, number=clause.number)
