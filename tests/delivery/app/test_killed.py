"""An import killed in the middle: the former state, a job that can be repeated, no file left over."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from core import clock, jobs
from core.batches import DAY
from core.db import session
from core.jobs import Job
from delivery.models import Attainment, Batch, EventLog
from delivery.storage import LOGS
from tests.conftest import configuration
from tests.delivery.app import world
from tests.delivery.app.test_import import rows
from tests.page import Page
from tests.people import People

ROOT = Path(__file__).resolve().parents[3]

WORKER = """
    import json, sys, time
    from app import create_app
    from core.jobs import run_one
    from core.batches import Batches

    application = create_app(json.loads(sys.argv[1]))
    keep = Batches.keep

    def slowly(*arguments):
        kept = keep(*arguments)
        print("on disk", flush=True)
        time.sleep(60)
        return kept

    Batches.keep = slowly
    run_one(application)
"""


def test_a_killed_import_leaves_the_former_state(app: Flask, page: Page, people: People) -> None:
    import json

    page.as_(people.manager)
    world.upload(page, world.log_text(rows(50)), unit=str(people.root.id))
    columns = page.location
    page.post(columns, {**world.MAPPING, "go": "next"})
    batch_id = world.newest_batch().id
    page.post(f"/delivery/imports/{batch_id}/proves", {"go": "next"})
    page.post(f"/delivery/imports/{batch_id}/check", {"go": "import"})
    session.rollback()
    settings = configuration(app.config["SQLALCHEMY_DATABASE_URI"], Path(app.config["DATA_DIR"]))
    worker = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WORKER), json.dumps(settings)],
        cwd=ROOT,
        env={**os.environ, "PLUMBLINE_DATA_DIR": app.config["DATA_DIR"]},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline().strip() == "on disk"
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    assert session.scalar(select(func.count()).select_from(EventLog)) == 0
    assert session.scalar(select(func.count()).select_from(Attainment)) == 0
    assert session.get_one(Batch, batch_id).state == "mapped"
    job = session.scalars(select(Job).where(Job.kind == "delivery.import")).one()
    assert job.state == "running"
    job.heartbeat_at = clock.now() - jobs.DEAD_AFTER * 2
    session.commit()
    assert jobs.bury_dead() == 1
    session.rollback()
    assert "Repeat" in page.get(f"/delivery/imports/{batch_id}")
    left = [path for path in LOGS.folder.rglob("*") if path.is_file()]
    assert left
    job_id = session.scalars(select(Job.id)).one()
    page.post(f"/jobs/{job_id}/repeat")
    world.work(app)
    session.expire_all()
    assert session.get_one(Batch, batch_id).state == "accepted"
    old = time.time() - 3 * DAY
    for path in LOGS.folder.rglob("*"):
        if path.is_file():
            os.utime(path, (old, old))
    stray = LOGS.path_of("0" * 64, "parquet")
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"left by a killed import")
    os.utime(stray, (old, old))
    from delivery.operations.importing import sweep

    sweep()
    batch = session.get_one(Batch, batch_id)
    assert LOGS.parquet(batch.parquet_sha256).is_file()
    assert LOGS.rejects(batch.rejects_sha256).is_file()
    assert not stray.exists()
