"""Where the Parquet files and the rejects of imported answers rest, and the engine that reads them."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from core.batches import Batches
from core.columnar import EngineSettings, opened

if TYPE_CHECKING:
    import duckdb

ANSWERS = Batches("answers")


def engine() -> "AbstractContextManager[duckdb.DuckDBPyConnection]":
    return opened(EngineSettings(memory_limit="400MB", threads=2, temp_directory=ANSWERS.workplace))
