"""The case log: real cases, moved to the present, imported as the organisation would: what was new since last time."""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core import files, jobs
from core.db import session
from delivery import operations
from delivery.queries import logs
from demo import content
from demo.cast import Cast
from demo.timeline import Timeline

DATA = Path(__file__).resolve().parent / "data" / "constituent_cases_2019_2020.csv.gz"
COLUMNS = ("case", "received", "closed", "complaint_type", "descriptor", "district")
HALL = "Citizens' Hall"
MAIN = "CASES"
MOST_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Case:
    key: str
    opened: date
    closed: date | None
    complaint_type: str
    descriptor: str
    borough: str


@lru_cache(maxsize=1)
def cases() -> tuple[Case, ...]:
    """As published, in the order of the day opened."""
    with gzip.open(DATA, "rt", encoding="utf-8", newline="") as file:
        return tuple(
            Case(
                row["unique_key"],
                date.fromisoformat(row["opendate"]),
                date.fromisoformat(row["closedate"]) if row["closedate"] else None,
                row["complaint_type"],
                row["descriptor"],
                row["borough"],
            )
            for row in csv.DictReader(file)
        )


def timeline(today: date, zone: str) -> Timeline:
    every = cases()
    return Timeline.ending_before(today, every[0].opened, every[-1].opened, zone)


def changed(line: Timeline, since: date | None, until: date) -> Iterator[tuple[str, ...]]:
    """Rows of cases opened or closed after `since`, as they stood at the end of the day `until`."""
    names = {value: _district(code) for value, code in content.people()["districts"].items()}
    for case in cases():
        opened = case.opened + line.shift
        if opened > until:
            return
        closed = case.closed + line.shift if case.closed else None
        if closed is not None and closed > until:
            closed = None
        if since is None or opened > since or (closed is not None and closed > since):
            yield (
                case.key,
                opened.isoformat(),
                closed.isoformat() if closed else "",
                case.complaint_type,
                case.descriptor,
                names.get(case.borough, HALL),
            )


def _district(code: str) -> str:
    return str(next(en for unit, _parent, _kind, en, _zh in content.people()["units"] if unit == code))


def begin_import(cast: Cast, when: dict[str, Any], since: date | None, until: date) -> None:
    """Bring the file, say what its columns mean (remembered after the first time), and queue the import."""
    units = {_district(code): cast.units[code] for code in content.people()["districts"].values()}
    bring(
        cast,
        when["log"],
        [COLUMNS, *changed(cast.timeline, since, until)],
        {
            **reading(cast, until, key="case", milestones={"received": "received", "closed": "closed"}),
            "unit_column": "district",
            "unit_values": {**units, HALL: cast.units["HALL"]},
            "group_columns": ["complaint_type", "descriptor"],
        },
        unit="BCS",
        by=when["importer"],
        name=f"cases-{until.isoformat()}.csv",
    )


def lay_out(cast: Cast, cases: Iterable[tuple[str, str, str]]) -> None:
    """Cases that a district found in a drawer (key, type, descriptor): the file waits, its columns understood."""
    day, actor = cast.timeline.last, cast.person("huang")
    table = io.StringIO()
    csv.writer(table).writerows(
        [COLUMNS, *((key, day.isoformat(), "", kind, more, _district("WES")) for key, kind, more in cases)]
    )
    received = files.receive(
        io.BytesIO(table.getvalue().encode()),
        f"cases-{day.isoformat()}-late.csv",
        limit=MOST_BYTES,
        accept={"text/csv"},
    )
    batch = operations.begin(received, unit=cast.unit("BCS"), log=logs.find_log_by_code(MAIN), actor=actor)
    how = reading(cast, day, key="case", milestones={"received": "received", "closed": "closed"})
    operations.map_columns(batch, {**how, "standards": _proven(cast, MAIN)}, actor=actor)


def bring(
    cast: Cast,
    log: dict[str, Any],
    rows: Iterable[Sequence[str]],
    mapping: dict[str, Any],
    *,
    unit: str,
    by: str,
    name: str,
) -> None:
    actor = cast.person(by)
    known = logs.find_log_by_code(log["code"])
    table = io.StringIO()
    csv.writer(table).writerows(rows)
    received = files.receive(
        io.BytesIO(table.getvalue().encode()), name, limit=MOST_BYTES, accept={"text/csv"}
    )
    batch = operations.begin(
        received,
        unit=cast.unit(unit),
        log=known,
        code="" if known else log["code"],
        name_en=log["name"]["en"],
        name_zh=log["name"]["zh"],
        actor=actor,
    )
    operations.map_columns(batch, {**mapping, "standards": _proven(cast, log["code"])}, actor=actor)
    session.flush()
    operations.queue_import(batch, actor=actor)


def reading(cast: Cast, until: date, *, key: str, milestones: dict[str, str]) -> dict[str, Any]:
    """How a file of days is read; it stands as of the end of the day `until`."""
    return {
        "log": {
            "encoding": "utf-8",
            "delimiter": ",",
            "timezone": cast.timeline.zone.key,
            "case": key,
            "milestones": {
                name: {"column": column, "format": "%Y-%m-%d"} for name, column in milestones.items()
            },
            "duplicates": "last",
            "blank": [""],
        },
        "as_of": datetime.combine(until + timedelta(days=1), time.min).isoformat(),
    }


def _proven(cast: Cast, code: str) -> list[int]:
    """Standards whose promises stand in this log."""
    return [
        cast.standards[item["key"]]
        for item in content.standards(cast.timeline)
        if item["key"] in cast.standards
        and item.get("log", MAIN) == code
        and any("limit" in each for each in item["requirements"] if item.get("log") or "types" in each)
    ]


def run_jobs(app: Any) -> None:
    """What the worker would do now: outside of any open transaction, since only one process writes at a time."""
    session.commit()
    session.remove()
    while jobs.run_one(app, "demo"):
        pass
    check_jobs()


def check_jobs() -> None:
    failed = session.scalar(
        select(jobs.Job).where(jobs.Job.state == jobs.JobState.failed).order_by(jobs.Job.id.desc()).limit(1)
    )
    if failed is not None:
        raise RuntimeError(f"{failed.title}: {failed.message}")
    session.remove()
