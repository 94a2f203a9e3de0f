"""Where the Parquet files and the rejects of imported logs rest, and how much the engine may take to read them."""

from core.batches import Batches
from core.columnar import EngineSettings

LOGS = Batches("logs")


def settings(*, web: bool = False) -> EngineSettings:
    """Bounds of the engine: small in a web process, larger in the worker."""
    if web:
        return EngineSettings(memory_limit="256MB", threads=1, temp_directory=LOGS.workplace)
    return EngineSettings(memory_limit="512MB", threads=2, temp_directory=LOGS.workplace)
