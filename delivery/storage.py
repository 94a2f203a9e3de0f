"""Where the Parquet files and the rejects of imports rest: by their SHA-256, outside the web root, never changed."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app

from core import clock

if TYPE_CHECKING:
    from delivery.engine.database import EngineSettings

DAY = 86_400


def folder() -> Path:
    place = Path(current_app.config["DATA_DIR"]) / "logs"
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


def settings(*, web: bool = False) -> "EngineSettings":
    """Bounds of the engine: small in a web process, larger in the worker."""
    from delivery.engine.database import EngineSettings

    if web:
        return EngineSettings(memory_limit="256MB", threads=1, temp_directory=workplace())
    return EngineSettings(memory_limit="512MB", threads=2, temp_directory=workplace())


def sweep(known: set[str]) -> int:
    """Remove files no import knows (a process died between file and row), once they are a day old."""
    horizon = clock.now().timestamp() - DAY
    removed = 0
    for path in sorted(folder().rglob("*"), reverse=True):
        if not path.is_file() or path.stat().st_mtime > horizon or path.stem in known:
            continue
        path.unlink(missing_ok=True)
        removed += 1
    for place in workplace().iterdir():
        if place.is_dir() and place.stat().st_mtime < horizon and not any(place.iterdir()):
            place.rmdir()
    return removed
