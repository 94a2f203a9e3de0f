"""From a file to a plan: what an import of a complaint register would do. Writes nothing."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from accounts import queries as accounts
from complaints.models import Complaint
from complaints.permissions import HANDLE
from complaints.rules.imports import (
    COLUMNS,
    REQUIRED,
    ROWS_MOST,
    DayOrder,
    ImportRow,
    day_order,
    known_columns,
    plan,
)
from core import clock
from core.db import session
from core.documents.spreadsheets import Limits, read_table
from core.errors import InvalidInput
from core.i18n import _, language
from standards.queries.standards import unit_zones

LIMITS = Limits(size=20_000_000, rows=ROWS_MOST, columns=60, cell=40_000)
DATES = ("received", "acknowledged", "answered", "closed", "happened")
EXAMPLE = (
    "2026-17", "2026-03-02", "Lamp dark for three weeks", "Reported twice, nobody came.", "Repair it.", "waiting",
    "phone", "NORTH", "Gate of Primary School 3", "2026-02-10", "medium", "2026-03-02", "2026-03-10", "2026-03-16",
    "upheld", "en", "", "", "",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    rows: list[ImportRow]
    columns: dict[str, str]  # as written → ours
    ignored: list[str]
    order: DayOrder

    @property
    def fresh(self) -> list[ImportRow]:
        """Rows that would become complaints."""
        return [row for row in self.rows if not row.faults and not row.known]

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter("wrong" if row.faults else "known" if row.known else "new" for row in self.rows)

    @property
    def fingerprint(self) -> str:
        """Of what would be written: a preview that no longer holds is not carried out."""
        written = repr([(row.line, row.number, sorted(map(str, row.values.items()))) for row in self.fresh])
        return hashlib.sha256(written.encode()).hexdigest()


def read(path: Path, *, name: str, unit_code: str, order: DayOrder, actor: Any) -> Plan:
    """Compare a file with what is there. Raises InvalidInput for a file that can't be used."""
    table = list(read_table(path, name=name, limits=LIMITS))
    if not table:
        raise InvalidInput(_("The file has column names, but no rows below them."))
    columns = known_columns(table[0][1])
    missing = [wanted for wanted in REQUIRED if wanted not in columns.values()]
    if missing:
        raise InvalidInput(
            _(
                "Column missing: %(names)s. The file has: %(found)s.",
                names=", ".join(missing),
                found=", ".join(table[0][1])[:300],
            )
        )
    doubled = sorted({known for known in columns.values() if list(columns.values()).count(known) > 1})
    if doubled:
        raise InvalidInput(_("Two columns mean the same: %(names)s.", names=", ".join(doubled)))
    rows = [
        (line, {columns[key]: text for key, text in row.items() if key in columns}) for line, row in table
    ]
    chosen = order or day_order(row.get(column, "") for _line, row in rows for column in DATES)
    zones = unit_zones()
    return Plan(
        plan(
            rows,
            units={
                unit.code: (unit.id, ZoneInfo(zones.of(unit.path)))
                for unit in accounts.list_units(actor, HANDLE)
            },
            default_unit=unit_code,
            known_numbers=_known([row.get("number", "").strip() for _line, row in rows]),
            order=chosen,
            language=language(),
            now=clock.now(),
        ),
        columns,
        [written for written in table[0][1] if written not in columns],
        chosen,
    )


def _known(numbers: list[str]) -> set[str]:
    wanted = sorted({number for number in numbers if number and len(number) <= 60})
    found: set[str] = set()
    for start in range(0, len(wanted), 500):
        found.update(
            session.scalars(
                select(Complaint.former_number).where(
                    Complaint.former_number.in_(wanted[start : start + 500])
                )
            )
        )
    return found


__all__ = ["COLUMNS", "EXAMPLE", "LIMITS", "REQUIRED", "Plan", "read"]
