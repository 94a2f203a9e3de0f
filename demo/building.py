"""Build the demonstration into its data folder, once; a build that was cut off is noticed and begun anew."""

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event

from core import clock, migrating
from core.db import db, session
from core.errors import InvalidInput
from demo import content, log, marker, organisation, packs, story

Say = Callable[[str], None]


def clear(folder: Path) -> None:
    """Remove what a demonstration made. A folder that holds something else is left alone."""
    for place in ("logs", "files", "cache"):
        shutil.rmtree(folder / place, ignore_errors=True)
    for name in ("plumbline.db", "plumbline.db-wal", "plumbline.db-shm", "plumbline.db.lock"):
        (folder / name).unlink(missing_ok=True)
    (folder / marker.ACCOUNTS).unlink(missing_ok=True)
    (folder / marker.MARKER).unlink(missing_ok=True)


def empty(app: Flask) -> None:
    """Take the tables of a former build out of a database that is no file in the folder."""
    with app.app_context():
        if db.engine.dialect.name != "sqlite" and migrating.current(db.engine) is not None:
            migrating.downgrade(db.engine, "base")


def build(app: Flask, say: Say, *, helper: bool = False) -> None:
    """Tables, then the story, then the packs. Everything goes through the operations that the pages use.

    `helper`: a second process builds packs too; the environment must lead it to the same data.
    """
    folder = Path(app.config["DATA_DIR"])
    with app.app_context():
        if migrating.current(db.engine) is not None:
            raise InvalidInput("The database holds tables already; the demonstration needs an empty one.")
    marker.write(folder, done=False)
    logging.getLogger().setLevel(logging.WARNING)  # progress is told by `say`
    app.config["CHEAP_PASSWORDS"] = True  # the one password stands on the sign-in page: nothing to protect
    began = time.perf_counter()
    with app.app_context():
        engine = db.engine
    with _without_waiting(engine):
        _tell(app, say, helper=helper)
    with app.app_context():
        organisation.write_accounts()
    marker.write(folder, done=True)
    say(f"The demonstration is ready after {time.perf_counter() - began:.0f} s.")


@contextmanager
def _without_waiting(engine: Engine) -> Iterator[None]:
    """Commits do not wait for the disk: a build that was cut off begins anew. In the end all of it is on the disk."""
    if engine.dialect.name != "sqlite":
        yield
        return

    def connected(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    engine.dispose()
    event.listen(engine, "connect", connected)
    try:
        yield
    finally:
        event.remove(engine, "connect", connected)
        engine.dispose()
    whole = engine.raw_connection()
    try:
        whole.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        whole.close()


def _tell(app: Flask, say: Say, *, helper: bool) -> None:
    with app.app_context():
        _timed(say, "tables", lambda: migrating.upgrade(db.engine))
        session.remove()
    _timed(say, "data", log.cases)
    zone = str(content.people()["organisation"]["time_zone"])
    line = log.timeline(clock.today(zone), zone)
    told = story.written(line)
    spent: dict[str, float] = {}

    def progress(chapter: str, seconds: float) -> None:
        spent[chapter] = spent.get(chapter, 0.0) + seconds

    story.play(app, told, progress)
    for chapter, seconds in spent.items():
        say(f"  {chapter:<14}{seconds:5.1f} s")
    _timed(say, "packs", lambda: story.build_packs(app, told, packs.helped() if helper else nullcontext()))


def _timed(say: Say, name: str, act: Callable[[], object]) -> None:
    began = time.perf_counter()
    act()
    say(f"  {name:<14}{time.perf_counter() - began:5.1f} s")
