"""Every change to logs, imports and measurements."""

from delivery.operations.importing import (
    accept,
    begin,
    check_new_log,
    discard,
    map_columns,
    queue_import,
    save_draft,
    withdraw,
)
from delivery.operations.logs import add_standard, assign_units, change_log, remove_standard
from delivery.operations.measuring import (
    forget,
    measure_after_version,
    queue_measure,
    queue_measure_of_standard,
    replace,
)

__all__ = [
    "accept",
    "add_standard",
    "assign_units",
    "begin",
    "change_log",
    "check_new_log",
    "discard",
    "forget",
    "map_columns",
    "measure_after_version",
    "queue_import",
    "queue_measure",
    "queue_measure_of_standard",
    "remove_standard",
    "replace",
    "save_draft",
    "withdraw",
]
