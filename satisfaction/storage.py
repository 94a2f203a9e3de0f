"""Where the Parquet files of imported answers and the rejects rest: by their SHA-256, outside the web root."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app

from core import clock

if TYPE_CHECKING:
    import duckdb

DAY = 86_400


def folder() -> Path:
    place = Path(current_app.config["DATA_DIR"]) / "answers"
    place.mkdir(parents=True, exist_ok=True)
    return place


def path_of(sha256: str, ending: str) -> Path:
    return folder() / sha256[:2] / f"{sha256}.{ending}"


def parquet(sha256: str) -> Path:
    return path_of(sha256, "parquet")


def rejects(sha256: str) -> Path:
    return path_of(sha256, "csv")


def workplace() -> Path:
    """For files that are being made; on the same disk, so that they are moved into place in one step."""
    place = folder() / "work"
    place.mkdir(exist_ok=True)
    return place


def keep(made: Path, sha256: str, ending: str) -> Path:
    """Put a finished file in its place, on disk for good before anything says that it is there."""
    with made.open("rb") as file:
        os.fsync(file.fileno())
    target = path_of(sha256, ending)
    target.parent.mkdir(exist_ok=True)
    made.replace(target)
    for place in (target.parent, folder()):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return target


@contextmanager
def engine() -> "Iterator[duckdb.DuckDBPyConnection]":
    """One short-lived columnar engine, bounded in memory and cut off from the network."""
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": "400MB",
            "threads": 2,
            "temp_directory": str(workplace()),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        },
    )
    try:
        yield connection
    finally:
        connection.close()


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def sweep(known: set[str]) -> int:
    """Remove files no import knows (a process died between file and row), once they are a day old."""
    horizon = clock.now().timestamp() - DAY
    removed = 0
    for path in sorted(folder().rglob("*"), reverse=True):
        if not path.is_file() or path.stat().st_mtime > horizon or path.stem in known:
            continue
        path.unlink(missing_ok=True)
        removed += 1
    return removed
