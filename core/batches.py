"""Files of measured data: by their SHA-256, outside the web root, never changed once they are there."""

import os
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from core import clock

DAY = 86_400


@dataclass(frozen=True)
class Batches:
    """The Parquet files and the rejects of one room's imports, in a folder of the data directory."""

    name: str

    @property
    def folder(self) -> Path:
        place = Path(current_app.config["DATA_DIR"]) / self.name
        place.mkdir(parents=True, exist_ok=True)
        return place

    def path_of(self, sha256: str, ending: str) -> Path:
        return self.folder / sha256[:2] / f"{sha256}.{ending}"

    def parquet(self, sha256: str) -> Path:
        return self.path_of(sha256, "parquet")

    def rejects(self, sha256: str) -> Path:
        return self.path_of(sha256, "csv")

    @property
    def workplace(self) -> Path:
        """For files that are being made; on the same disk, so that they are moved into place in one step."""
        place = self.folder / "work"
        place.mkdir(exist_ok=True)
        return place

    def keep(self, made: Path, sha256: str, ending: str) -> Path:
        """Put a finished file in its place, on disk for good before anything says that it is there."""
        with made.open("rb") as file:
            os.fsync(file.fileno())
        target = self.path_of(sha256, ending)
        target.parent.mkdir(exist_ok=True)
        made.replace(target)
        for place in (target.parent, self.folder):
            descriptor = os.open(place, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return target

    def sweep(self, known: set[str]) -> int:
        """Remove files no import knows (a process died between file and row), once they are a day old."""
        horizon = clock.now().timestamp() - DAY
        removed = 0
        for path in sorted(self.folder.rglob("*"), reverse=True):
            if not path.is_file() or path.stat().st_mtime > horizon or path.stem in known:
                continue
            path.unlink(missing_ok=True)
            removed += 1
        for place in self.workplace.iterdir():
            if place.is_dir() and place.stat().st_mtime < horizon and not any(place.iterdir()):
                place.rmdir()
        return removed
