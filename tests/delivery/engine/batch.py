"""Parquet batches as `load_log` writes them, from plain values."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.columnar import literal, opened


def write_batch(
    path: Path,
    milestones: Sequence[str],
    cases: Sequence[tuple[str, Sequence[dt.datetime | None]]],
    texts: dict[str, list[str]] | None = None,
) -> Path:
    columns = ["case_id VARCHAR", "line_no BIGINT", *(f'"at_{name}" TIMESTAMPTZ' for name in milestones)]
    columns += [f'"x_{name}" VARCHAR' for name in texts or {}]
    with opened() as connection:
        connection.execute(f"CREATE TABLE cases ({', '.join(columns)})")
        for number, (case, times) in enumerate(cases):
            values: list[Any] = [case, number + 2, *times]
            values += [each[number] for each in (texts or {}).values()]
            connection.execute(f"INSERT INTO cases VALUES ({', '.join('?' * len(values))})", values)
        connection.execute(f"COPY cases TO {literal(str(path))} (FORMAT parquet)")
    return path
