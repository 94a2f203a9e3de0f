"""One import through the engine: a stored file → a Parquet file of cases, rejects, and facts about both. No database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from delivery.engine.errors import InputError

if TYPE_CHECKING:
    from core.columnar import EngineSettings
    from delivery.engine.spec import LogSpec

MOST_VALUES = 1_000
#: milestones that lie in the future by their nature say nothing about how far the log reaches
AHEAD = ("due", "deadline", "target", "plan", "promis", "截止", "到期", "期限", "计划", "承诺")


@dataclass(frozen=True, slots=True)
class Loaded:
    """unit_values: value of the unit column → cases, the most frequent first (at most 1,000)."""

    rows: int
    cases: int
    superseded: int
    rejects: dict[str, int]
    columns: tuple[str, ...]
    milestones: dict[str, int]
    sha256: str
    parquet: Path
    parquet_sha256: str
    rejects_file: Path
    rejects_sha256: str
    as_of: datetime
    unit_values: dict[str, int]


def load(
    path: Path,
    log: "LogSpec",
    *,
    columns: Sequence[str],
    unit_column: str,
    as_of: datetime | None,
    now: datetime,
    place: Path,
    name: str,
    settings: "EngineSettings",
    most_bytes: int,
    progress: Callable[[str, int, int], None] | None = None,
) -> Loaded:
    """Read the whole file; the results lie in `place` under `name`. Raises InputError when nothing can be taken."""
    from core.columnar import literal, opened, quoted
    from delivery.engine.load import file_sha256, load_log, milestone_column, text_column
    from delivery.engine.source import Limits

    parquet, rejects = place / f"{name}.parquet", place / f"{name}.csv"
    result = load_log(
        path,
        log,
        parquet,
        rejects,
        progress,
        columns=[each for each in columns if each],
        limits=Limits(bytes=most_bytes),
        settings=settings,
    )
    if not result.cases:
        raise InputError(
            "file.no_case", f"none of the {result.rows} rows can be taken.", where=path.name, rows=result.rows
        )
    past = [each for each in result.milestones if not is_ahead(each)] or list(result.milestones)
    with opened(settings) as connection:
        table = f"read_parquet({literal(str(parquet))})"
        latest = ", ".join(f"max({quoted(milestone_column(each))})" for each in past)
        found = connection.execute(f"SELECT {latest} FROM {table}").fetchone() or ()  # noqa: S608 - quoted names
        newest = max((value for value in found if value is not None), default=None)
        values: dict[str, int] = {}
        if unit_column and unit_column in result.columns:
            column = quoted(text_column(unit_column))
            values = dict(
                connection.execute(
                    f"SELECT {column}, count(*) FROM {table} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES}"  # noqa: S608 - quoted names
                ).fetchall()
            )
    reached = as_of or newest
    if reached is None:
        raise InputError("file.no_time", "none of the rows holds a time.", where=path.name)
    return Loaded(
        rows=result.rows,
        cases=result.cases,
        superseded=result.superseded,
        rejects=dict(result.rejects),
        columns=result.columns,
        milestones=dict(result.milestones),
        sha256=result.sha256,
        parquet=parquet,
        parquet_sha256=result.parquet_sha256,
        rejects_file=rejects,
        rejects_sha256=file_sha256(rejects),
        as_of=min(reached, now),
        unit_values=values,
    )


def is_ahead(milestone: str) -> bool:
    return any(word in milestone.lower() for word in AHEAD)
