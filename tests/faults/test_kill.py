"""kill -9 at random points. `PLUMBLINE_TEST_POINTS=100` for the full number; CI takes fewer."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.browser.conftest import ROOT
from tests.faults.harness import House, Writer

POINTS = int(os.environ.get("PLUMBLINE_TEST_POINTS", "8"))
pytestmark = pytest.mark.timeout(300 + 60 * POINTS)
WRITERS = ("manager", "auditor", "approver", "top")


@pytest.fixture
def house(live_app: Flask, tmp_path: Path) -> Iterator[House]:
    url = live_app.config["SQLALCHEMY_DATABASE_URI"]
    made = House(tmp_path, database_url="" if url.startswith("sqlite") else url)
    made.start()
    yield made
    made.stop()


def writers_of(house: House) -> list[Writer]:
    writers = [Writer(house, number, f"{key}@example.org") for number, key in enumerate(WRITERS)]
    for writer in writers:
        writer.sign_in()
    for writer in writers:
        writer.start()
    return writers


def end(writers: list[Writer]) -> list[str]:
    for writer in writers:
        writer.stop_asked.set()
    for writer in writers:
        writer.join(180)
        assert not writer.failure, writer.failure
        assert writer.acknowledged
    return [words for writer in writers for words in writer.acknowledged]


def check(app: Flask, acknowledged: list[str]) -> None:
    """The word is kept."""
    from core import trail
    from core.db import mode, session
    from improvement.models import Finding

    with app.app_context(), mode("read"):
        stored = list(session.scalars(select(Finding.statement_en)))
        codes = sorted(session.scalars(select(Finding.code)))
        raised = session.scalar(
            select(func.count())
            .select_from(trail.TrailEntry)
            .where(trail.TrailEntry.action == "finding.raised")
        )
        _count, faults = trail.verify()
        session.rollback()
    assert len(stored) == len(set(stored)), "a form sent twice made two records"
    missing = set(acknowledged) - set(stored)
    assert not missing, f"{len(missing)} acknowledged records are gone"
    numbers = [int(code.rsplit("-", 1)[1]) for code in codes]
    assert sorted(numbers) == list(range(1, len(numbers) + 1)), "a gap in the codes"
    assert raised == len(stored), "a record without its trail entry, or the other way round"
    assert faults == []


def test_a_web_worker_is_killed(live_app: Flask, house: House) -> None:
    chance = random.Random(POINTS)
    writers = writers_of(house)
    for _point in range(POINTS):
        time.sleep(chance.uniform(0.05, 0.4))
        house.kill_one(chance)
    time.sleep(1)
    check(live_app, end(writers))


def test_all_processes_are_killed(live_app: Flask, house: House) -> None:
    chance = random.Random(POINTS + 1)
    writers = writers_of(house)
    for _point in range(POINTS):
        time.sleep(chance.uniform(0.05, 0.4))
        house.kill_all()
        house.start()
    time.sleep(1)
    check(live_app, end(writers))


def queue_import(app: Flask, log: Path) -> int:
    """A job that writes files and rows: the import of a case log."""
    from tests.faults.imports import queue

    return queue(app, log)


def test_the_job_worker_is_killed(live_app: Flask, house: House, tmp_path: Path) -> None:
    from tests.faults.imports import check_batches, repeat_all

    house.stop()
    chance = random.Random(POINTS + 2)
    log = tmp_path / "cases.csv"
    rows = ["case,type,opened,closed"]
    rows += [
        f"C{number},{'light' if number % 3 else 'road'},2026-0{1 + number % 9}-{1 + number % 28:02d},2026-10-{1 + number % 28:02d}"
        for number in range(20_000)
    ]
    log.write_text("\n".join(rows) + "\n")
    command = [sys.executable, "-m", "app.cli", "jobs", "run"]
    for point in range(POINTS):
        own = tmp_path / f"cases-{point}.csv"
        shutil.copyfile(log, own)
        with own.open("a") as handle:
            handle.write(f"X{point},light,2026-01-01,2026-01-02\n")
        queue_import(live_app, own)
        process = subprocess.Popen(
            command, cwd=ROOT, env=house.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.6, 2.6))
        process.kill()
        process.wait()
        check_batches(live_app)
    repeat_all(live_app)
    subprocess.run(command, cwd=ROOT, env=house.environment, check=True, capture_output=True)
    assert check_batches(live_app) == POINTS, "every interrupted import could be repeated"
