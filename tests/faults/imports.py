"""Imports that are cut off: queued through the operations, checked in the database and on the disk."""

from pathlib import Path

from flask import Flask
from sqlalchemy import select, update

from accounts import queries as accounts
from core import files, jobs, trail
from core.db import mode, session
from delivery.models import Batch, EventLog
from delivery.operations import importing
from tests.people import People

MAPPING = {
    "log": {
        "case": "case",
        "timezone": "UTC",
        "milestones": {
            "received": {"column": "opened", "format": "%Y-%m-%d"},
            "closed": {"column": "closed", "format": "%Y-%m-%d"},
        },
    },
    "unit_column": "",
    "unit_values": {},
    "group_columns": ["type"],
}


def queue(app: Flask, path: Path) -> int:
    """An import of this file, ready for the worker. The first one makes the log."""
    with app.app_context(), mode("write"):
        manager = People.load().manager
        root = accounts.find_root()
        assert root is not None
        log = session.scalar(select(EventLog))
        with path.open("rb") as stream:
            received = files.receive(stream, path.name, limit=10**8)
        batch = importing.begin(
            received,
            unit=root,
            log=log,
            code="" if log else path.stem.upper(),
            name_en="" if log else "Cases",
            actor=manager,
        )
        importing.map_columns(batch, MAPPING, actor=manager)
        job = importing.queue_import(batch, actor=manager)
        session.commit()
        return job.id


def check_batches(app: Flask) -> int:
    """Each batch counts as a whole or not at all. Gives how many count."""
    with app.app_context(), mode("read"):
        batches = list(session.scalars(select(Batch)))
        for batch in batches:
            if batch.state == "accepted":
                assert batch.rows == 20_001
                assert batch.event_log_id is not None
                found = [
                    path for path in files.folder().parent.rglob("*") if batch.parquet_sha256 in path.name
                ]
                assert found, f"batch {batch.id} counts, but its cases are not on the disk"
            else:
                assert batch.parquet_sha256 == ""
                assert batch.rows == 0
        _count, faults = trail.verify()
        assert faults == []
        count = sum(batch.state == "accepted" for batch in batches)
        session.rollback()
    return count


def repeat_all(app: Flask) -> None:
    """What the next worker and the person do: the dead jobs are marked, then repeated."""
    from core import clock

    with app.app_context():
        session.execute(
            update(jobs.Job)
            .where(jobs.Job.state == "running")
            .values(heartbeat_at=clock.now() - 2 * jobs.DEAD_AFTER)
        )
        session.commit()
        jobs.bury_dead()
        manager = People.load().manager
        for job in session.scalars(select(jobs.Job).where(jobs.Job.state == "interrupted")):
            jobs.repeat(job, actor=manager)
        session.commit()
