"""What lists of every room share: the filter by unit."""

from collections.abc import Sequence
from typing import Any

from flask import g

from accounts.models import Unit
from accounts.queries import unit_choices
from core import access
from core.access import Permission
from core.db import session
from core.forms import number_or_none
from core.i18n import _l
from core.tables import Filter


def unit_filter(needed: Permission | None = None) -> Filter:
    """A unit and all below it, out of those where the reader holds the permission, or of all."""

    def options() -> Sequence[tuple[str, Any]]:
        return [(str(number), name) for number, name in unit_choices(needed and g.person, needed)]

    return Filter("unit", _l("Unit"), options, _under)


def _under(value: str) -> Any:
    number = number_or_none(value)
    unit = session.get(Unit, number) if number is not None else None
    return access.under(Unit.path, unit.path) if unit is not None else None
