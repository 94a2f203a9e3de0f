"""From a file to a plan: what an import of people or units would do. Shared by the pages and the command line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from accounts import queries
from accounts.permissions import ADMINISTER
from accounts.rules import (
    IMPORT_ROWS,
    PEOPLE_COLUMNS,
    PEOPLE_REQUIRED,
    UNIT_COLUMNS,
    UNIT_REQUIRED,
    ImportPlan,
    known_columns,
    plan_people,
    plan_units,
)
from core.documents.spreadsheets import Limits, read_table
from core.errors import InvalidInput
from core.i18n import _

KINDS = ("people", "units")
COLUMNS = {"people": PEOPLE_COLUMNS, "units": UNIT_COLUMNS}
REQUIRED = {"people": PEOPLE_REQUIRED, "units": UNIT_REQUIRED}
EXAMPLES: dict[str, list[tuple[str, ...]]] = {
    "people": [("wang.fang@example.org", "王芳 Wang Fang", "ORG", "zh", "Asia/Shanghai", "staff", "", "yes")],
    "units": [("NORTH", "North division", "北区", "division", "ORG", "", "yes")],
}
LIMITS = Limits(size=5_000_000, rows=IMPORT_ROWS, columns=30, cell=500)


def plan(kind: str, path: Path, *, name: str, actor: Any) -> ImportPlan:
    """Read a file and compare it with what is there. Writes nothing. Raises InvalidInput for a file that can't be used."""
    rows = _read(kind, path, name)
    if kind == "people":
        return plan_people(
            rows, queries.person_facts(actor, ADMINISTER), queries.unit_facts(actor, ADMINISTER)
        )
    root = queries.find_root()
    return plan_units(rows, queries.unit_facts(actor, ADMINISTER), root.code if root else "")


def _read(kind: str, path: Path, name: str) -> list[tuple[int, Mapping[str, str]]]:
    table = list(read_table(path, name=name, limits=LIMITS))
    if not table:
        raise InvalidInput(_("The file has column names, but no rows below them."))
    columns = known_columns(table[0][1])
    unknown = [written for written, known in columns.items() if known not in COLUMNS[kind]]
    missing = [wanted for wanted in REQUIRED[kind] if wanted not in columns.values()]
    if missing:
        raise InvalidInput(
            _(
                "Column missing: %(names)s. The file has: %(found)s.",
                names=", ".join(missing),
                found=", ".join(columns)[:300],
            )
        )
    if unknown:
        raise InvalidInput(
            _(
                "Column not known: %(names)s. Known are: %(known)s.",
                names=", ".join(unknown)[:300],
                known=", ".join(COLUMNS[kind]),
            )
        )
    doubled = sorted({known for known in columns.values() if list(columns.values()).count(known) > 1})
    if doubled:
        raise InvalidInput(_("Two columns mean the same: %(names)s.", names=", ".join(doubled)))
    return [(line, {columns[written]: text for written, text in row.items()}) for line, row in table]
