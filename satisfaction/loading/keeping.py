"""A whole file of answers as Parquet, with the rows set aside beside it."""

import csv
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from core.columnar import literal
from core.errors import InvalidInput
from core.i18n import _, format_number
from satisfaction.loading.opening import open_table
from satisfaction.loading.reading import read_rows
from satisfaction.rules.imports import Mapping
from satisfaction.rules.items import Column


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that was read to its end, with its Parquet and its rejects beside it, not in their places yet."""

    sha256: str
    rows: int
    accepted: int
    reasons: dict[str, int]
    parquet: Path
    parquet_sha256: str
    rejects_file: Path
    rejects_sha256: str
    groups: list[str]
    first: date | None
    last: date | None


def file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load(
    path: Path,
    name: str,
    mapping: Mapping,
    columns: Sequence[Column],
    options: dict[str, dict[str, int]],
    *,
    place: Path,
    stem: str,
    connection: Any,
    progress: Callable[[int], None] | None = None,
) -> Loaded:
    """Read a whole file and write its answers as Parquet: one column an answer, `g_` groups, weight, day, line."""
    rejects = place / f"{stem}.csv"
    target = place / f"{stem}.parquet"
    table = open_table(path, name, encoding=mapping.encoding, delimiter=mapping.delimiter)
    with rejects.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(["line", "column", "value", "reason"])
        try:
            found = read_rows(
                table,
                mapping,
                columns,
                options,
                reject=lambda line, column, value, reason: writer.writerow([line, column, value, reason]),
                progress=progress,
            )
        finally:
            table.close()
    if not found.kept:
        raise InvalidInput(
            _(
                "“%(name)s”: none of its %(rows)s rows can be taken. Check the scales and the codes for “does not apply”.",
                name=name,
                rows=format_number(found.rows),
            )
        )
    arrays: dict[str, Any] = {"line": np.array(found.lines, dtype=np.int32)}
    for key, codes in found.codes.items():
        arrays[f"c_{key}"] = codes
    for key, texts in found.texts.items():
        arrays[f"t_{key}"] = np.array(texts, dtype=object)
    for number, held in enumerate(found.groups.values()):
        arrays[f"g_{number}"] = np.array(held, dtype=object)
    if found.weights is not None:
        arrays["weight"] = found.weights
    if mapping.first("date"):
        arrays["day"] = np.array([f"{day}" for day in found.days], dtype=object)
    connection.register("answers", arrays)
    connection.execute(f"COPY answers TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)")
    connection.unregister("answers")
    days = [day for day in found.days if day is not None]
    return Loaded(
        sha256=file_hash(path),
        rows=found.rows,
        accepted=found.kept,
        reasons=found.reasons,
        parquet=target,
        parquet_sha256=file_hash(target),
        rejects_file=rejects,
        rejects_sha256=file_hash(rejects),
        groups=mapping.groups,
        first=min(days, default=None),
        last=max(days, default=None),
    )
