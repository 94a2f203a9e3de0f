"""The measurement engine against the bare columnar engine: `python bench/delivery.py [--big] [--cases N]`.

Makes a seeded log of a million cases as CSV, imports it, measures 40 requirements by month and unit, and sets each
beside what the same file costs DuckDB alone in the same run. `--big` adds ten million cases, made directly as Parquet.
"""

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import duckdb

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.columnar import EngineSettings, literal  # noqa: E402
from delivery.engine.load import load_log  # noqa: E402
from delivery.engine.measure import measure_tables  # noqa: E402
from delivery.engine.spec import MeasureSpec, parse_spec  # noqa: E402

SEED = 20_260_101
AIMS = {
    "import_s": 15.0,
    "measure_s": 3.0,
    "measure_rss_mb": 800.0,
    "big_measure_s": 30.0,
    "big_measure_rss_mb": 2_500.0,
}
SERVICES = 20
UNITS = 25


def spec() -> MeasureSpec:
    """40 requirements: limits of every kind, four calendars' worth of clocks, populations and pauses."""
    hours = ["09:00-12:00", "13:30-18:00"]
    within = [
        "30 minutes", "4 hours", "24 hours", "72 hours", "3 days", "7 days", "2 working hours", "8 working hours",
        "24 working hours", "1 working day", "3 working days", "5 working days", "same day", "same working day",
        "by due",
    ]  # fmt: skip
    requirements: list[dict[str, Any]] = []
    for number in range(40):
        requirement: dict[str, Any] = {
            "id": f"R{number:02d}",
            "from": "received",
            "to": "answered" if number % 3 == 0 else "closed",
            "within": within[number % len(within)],
            "target": 0.9,
        }
        if number >= 20:
            requirement["where"] = {"service": f"Service {number % SERVICES}"}
        if number % 10 == 7:
            requirement["paused"] = [["wait_from", "wait_to"]]
        requirements.append(requirement)
    return parse_spec(
        {
            "log": {
                "timezone": "Europe/London",
                "case": "case",
                "milestones": {
                    name: {"column": name}
                    for name in ("received", "answered", "closed", "due", "wait_from", "wait_to")
                },
            },
            "calendar": {
                "week": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), hours),
                "country": "GB-ENG",
            },
            "requirements": requirements,
            "as_of": "2026-01-01T00:00:00",
            "group_by": ["unit"],
            "period": "month",
        }
    )


def rows_sql(cases: int) -> str:
    """A log drawn by the columnar engine from hashes of the row number: the same on every machine."""

    def share(salt: int) -> str:
        return f"((hash(i * 16 + {salt} + {SEED}) % 1000003) / 1000003.0)"

    def long(salt: int, mean: int) -> str:
        return f"to_seconds((-ln(1 - {share(salt)}) * {mean})::BIGINT)"

    start = "TIMESTAMP '2024-01-01'"
    return f"""
        SELECT 'C' || lpad(i::VARCHAR, 9, '0') AS "case",
               'Unit ' || (hash(i * 16 + 9 + {SEED}) % {UNITS}) AS unit,
               'Service ' || (hash(i * 16 + 8 + {SEED}) % {SERVICES}) AS service,
               received,
               CASE WHEN {share(1)} < 0.97 THEN received + {long(2, 20_000)} END AS answered,
               CASE WHEN {share(3)} < 0.95 THEN received + {long(4, 250_000)} END AS closed,
               received + to_days(3) AS due,
               CASE WHEN {share(5)} < 0.1 THEN received + {long(6, 40_000)} END AS wait_from,
               CASE WHEN {share(5)} < 0.09 THEN received + {long(6, 40_000)} + {long(7, 60_000)} END AS wait_to
        FROM (SELECT i, {start} + to_seconds(({share(0)} * 730 * 86400)::BIGINT) AS received FROM range({cases}) t(i))
    """


def make_csv(path: Path, cases: int) -> None:
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(
            f"COPY ({rows_sql(cases)}) TO {literal(str(path))} (FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S')"
        )


def make_parquet(path: Path, cases: int) -> None:
    """As `load_log` would have written it, without the CSV between."""
    names = ("received", "answered", "closed", "due", "wait_from", "wait_to")
    moments = ", ".join(f'{name}::TIMESTAMPTZ AS "at_{name}"' for name in names)
    with duckdb.connect(config={"threads": 2, "memory_limit": "1500MB"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f'COPY (SELECT "case" AS case_id, row_number() OVER () + 1 AS line_no, {moments}, unit AS x_unit, '
            f"service AS x_service FROM ({rows_sql(cases)})) TO {literal(str(path))} "
            "(FORMAT parquet, COMPRESSION zstd)"
        )


class Memory:
    """Peak resident memory of this process while open, sampled, in MB."""

    def __init__(self) -> None:
        self.peak = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE")
        while not self._done.is_set():
            resident = int(Path("/proc/self/statm").read_text().split()[1]) * page / 1e6
            self.peak = max(self.peak, resident)
            self._done.wait(0.01)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


@contextmanager
def bare(memory: str = "1500MB") -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"threads": 2, "memory_limit": memory})
    try:
        yield connection
    finally:
        connection.close()


def timed(work: Callable[[], Any]) -> tuple[float, float, float, Any]:
    """Seconds on the clock, seconds of processor (which others on the machine do not change much), MB, the answer."""
    with Memory() as memory:
        begun, used = time.perf_counter(), time.process_time()
        answer = work()
        seconds, processor = time.perf_counter() - begun, time.process_time() - used
    return seconds, processor, memory.peak, answer


def import_once(source: str, target: str) -> dict[str, float]:
    with bare() as connection:
        plain, plain_cpu, _, _ = timed(
            lambda: connection.execute(
                f"CREATE TABLE t AS SELECT * FROM read_csv({literal(source)}, all_varchar = true)"
            )
        )
    seconds, cpu, peak, loaded = timed(
        lambda: load_log(Path(source), spec().log, Path(target), Path(target + ".rejects.csv"))
    )
    assert loaded.reject_count == 0, loaded.rejects
    return {
        "import_s": seconds,
        "import_cpu_s": cpu,
        "import_rss_mb": peak,
        "import_bare_s": plain,
        "import_ratio": seconds / plain,
        "import_cpu_ratio": cpu / plain_cpu,
        "import_rows": loaded.rows,
    }


def measure_once(batch: str, memory: str) -> dict[str, float]:
    asked = spec()
    with bare(memory) as connection:
        plain, plain_cpu, _, _ = timed(
            lambda: connection.execute(
                "SELECT count(*), x_unit, date_trunc('month', at_received) AS month "
                f"FROM read_parquet({literal(batch)}) GROUP BY ALL"
            ).fetchall()
        )
    assert asked.as_of is not None
    as_of: dt.datetime = asked.as_of
    seconds, cpu, peak, results = timed(
        lambda: measure_tables(
            [Path(batch)],
            asked.requirements,
            calendar=asked.calendar,
            timezone=asked.log.timezone,
            as_of=as_of,
            group_by=asked.group_by,
            period=asked.period,
            settings=EngineSettings(memory_limit=memory),
        )
    )
    assert len(results) == 40
    assert all(sum(g.cell.eligible for g in each.groups) == each.overall.eligible for each in results)
    return {
        "measure_s": seconds,
        "measure_cpu_s": cpu,
        "measure_rss_mb": peak,
        "measure_bare_s": plain,
        "measure_ratio": seconds / plain,
        "measure_cpu_ratio": cpu / plain_cpu,
        "measure_cells": sum(len(each.groups) for each in results),
    }


def apart(*arguments: str) -> dict[str, float]:
    """Run one step in a process of its own, so that memory is that of the step alone."""
    done = subprocess.run(
        [sys.executable, __file__, "--step", *arguments], check=True, capture_output=True, text=True
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--big", action="store_true", help="also ten million cases")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        step, *rest = asked.step
        print(json.dumps(import_once(*rest) if step == "import" else measure_once(*rest)))
        return 0
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as place:
        log, batch = str(Path(place) / "log.csv"), str(Path(place) / "batch.parquet")
        make_csv(Path(log), asked.cases)
        figures["csv_mb"] = Path(log).stat().st_size / 1e6
        rounds = [apart("import", log, batch) | apart("measure", batch, "600MB") for _ in range(asked.rounds)]
        figures |= median(rounds)
        if asked.big:
            make_parquet(Path(batch), 10_000_000)
            big = apart("measure", batch, "1600MB")
            figures |= {f"big_{name}": value for name, value in big.items()}
    if asked.json:
        print(json.dumps(figures))
    else:
        print(f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, {os.cpu_count()} processors")
        for name, value in figures.items():
            aim = AIMS.get(name) if asked.cases == 1_000_000 or name.startswith("big_") else None
            said = "" if aim is None else f"  aim {aim:g}: {'reached' if value <= aim else 'MISSED'}"
            print(f"{name:22} {value:12.2f}{said}")
    missed = [name for name, aim in AIMS.items() if figures.get(name, 0) > aim]
    return 1 if missed and asked.cases == 1_000_000 else 0


def median(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: sorted(each[name] for each in rounds)[len(rounds) // 2] for name in rounds[0]}


if __name__ == "__main__":
    raise SystemExit(main())
