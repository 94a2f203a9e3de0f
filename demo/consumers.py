"""The log of the Consumer Desk: real complaints of consumers about lenders, moved to the present."""

import csv
import gzip
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from demo import log
from demo.cast import Cast
from demo.timeline import Timeline

DATA = Path(__file__).resolve().parent / "data" / "consumer_complaints_2023.csv.gz"
COLUMNS = ("complaint_id", "received", "passed_on", "product", "issue", "response", "timely", "tags")


def rows(line: Timeline, until: date) -> Iterator[tuple[str, ...]]:
    """As they stood at the end of the day `until`. Moved by whole weeks, so that the last arrived in the week before today."""
    with gzip.open(DATA, "rt", encoding="utf-8", newline="") as file:
        every = list(csv.DictReader(file))
    first, last = (date.fromisoformat(every[place]["received"]) for place in (0, -1))
    shift = Timeline.ending_before(line.last + timedelta(days=1), first, last, line.zone.key).shift
    for row in every:
        received = date.fromisoformat(row["received"]) + shift
        passed_on = date.fromisoformat(row["sent_to_company"]) + shift
        if received > until:
            return
        there = passed_on <= until
        yield (
            row["complaint_id"],
            received.isoformat(),
            passed_on.isoformat() if there else "",
            row["product"],
            row["issue"],
            row["response"] if there else "",
            row["timely"] if there else "",
            row["tags"],
        )


def begin_import(cast: Cast, when: dict[str, Any], until: date) -> None:
    log.bring(
        cast,
        when["consumer_log"],
        [COLUMNS, *rows(cast.timeline, until)],
        {
            **log.reading(
                cast, until, key="complaint_id", milestones={"received": "received", "passed on": "passed_on"}
            ),
            "unit_column": "",
            "unit_values": {},
            "group_columns": ["product", "issue"],
        },
        unit="HALL-CON",
        by=when["importer"],
        name=f"consumers-{until.isoformat()}.csv",
    )
