"""The columnar engine: one short-lived DuckDB per piece of work, bounded in memory and cut off from the network.

Loaded by who opens it, never at the start.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """memory_limit as DuckDB writes it ("512MB"); it does not cover all of the process: add about 150 MB.

    temp_directory: where work that does not fit in memory is put; None means the system's.
    """

    memory_limit: str = "600MB"
    threads: int = 2
    temp_directory: Path | None = None


DEFAULT_SETTINGS = EngineSettings()


@contextmanager
def opened(settings: EngineSettings = DEFAULT_SETTINGS) -> "Iterator[duckdb.DuckDBPyConnection]":
    import duckdb

    with tempfile.TemporaryDirectory(prefix="plumbline-", dir=settings.temp_directory) as folder:
        connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": settings.memory_limit,
                "threads": settings.threads,
                "temp_directory": folder,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
            },
        )
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET enable_progress_bar = false")
            yield connection
        finally:
            connection.close()


def quoted(name: str) -> str:
    """An identifier that is safe whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text where a bound value is not possible (file names in COPY and views)."""
    return "'" + text.replace("'", "''") + "'"
