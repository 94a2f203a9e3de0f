"""Columns that lists of surveys share. Their `context` is the maker of record addresses."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from accounts.models import Person, Unit
from core.i18n import _l, format_date, pick
from core.tables import Column, state_mark, two_lines

UNIT = Column("unit", _l("Unit"), lambda row, _url: pick(row.unit_en, row.unit_zh), sort=Unit.path)
OWNER = Column("owner", _l("Owner"), lambda row, _url: row.owner, sort=Person.name)


def named(key: str, label: Any, code: Any) -> Column:
    """A name in both languages as link to the record, its code below. `key`: "name" or "title"."""
    in_both = attrgetter(f"{key}_en", f"{key}_zh")

    def name(row: Any) -> str:
        return pick(*in_both(row))

    return Column(
        key,
        label,
        lambda row, url: two_lines(url(row.id), name(row), row.code),
        sort=code,
        export=lambda row, _url: f"{row.code} {name(row)}",
    )


def changed(sort: Any) -> Column:
    return Column(
        "changed",
        _l("Changed"),
        lambda row, _url: format_date(row.updated_at),
        sort=sort,
        export=lambda row, _url: row.updated_at.date(),
        descending=True,
    )


def state(told: Callable[[Any], tuple[str, Any]], sort: Any = None) -> Column:
    """`told` gives tone and word of a row's state."""
    return Column(
        "state",
        _l("State"),
        lambda row, _url: state_mark(*told(row)),
        sort=sort,
        export=lambda row, _url: str(told(row)[1]),
    )
