"""Scores of a million answers: `python bench/satisfaction_score.py [--rows N] [--rounds N]`.

Draws a seeded survey of 1,000,000 answers to 30 questions in 500 groups, loads it from CSV and scores every question
in every group, plain and weighted, on one thread; beside it what reading the same file costs the columnar engine alone.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # read when NumPy is first imported

import duckdb  # noqa: E402
import numpy as np  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from satisfaction.methods.door import run  # noqa: E402
from satisfaction.methods.reading import read_answers  # noqa: E402

SEED = 20_260_101
GROUPS = 500
ITEMS = 30
KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "nps"},
    {"kind": "csat", "valid": [0, 10], "top": 2},
    {"kind": "ces", "valid": [0, 10], "top": 2},
    {"kind": "mean"},
)
AIMS = {"load_s": 10.0, "score_s": 3.0, "score_weighted_s": 3.0, "peak_rss_mb": 2_000.0}


def spec(*, weighted: bool) -> dict[str, Any]:
    items = {f"q{number}": KINDS[number % len(KINDS)] for number in range(ITEMS)}
    made: dict[str, Any] = {"items": items, "by": ["branch"]}
    return made | {"weight": "weight"} if weighted else made


def make_csv(path: Path, rows: int) -> None:
    """Answers of 0 to 10, one in fifty missing, drawn from hashes of the row number: the same on every machine."""

    def drawn(salt: int) -> str:
        return f"(hash(i * 64 + {salt} + {SEED}) % 1000003)"

    answers = ", ".join(
        f"CASE WHEN {drawn(number)} % 50 > 0 THEN ({drawn(number)} // 50) % 11 END AS q{number}"
        for number in range(ITEMS)
    )
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(
            f"COPY (SELECT 'Branch ' || ({drawn(62)} % {GROUPS}) AS branch, "
            f"0.5 + {drawn(63)} / 500000.0 AS weight, {answers} FROM range({rows}) t(i)) "
            f"TO '{path}' (FORMAT csv, HEADER)"
        )


def once(path: str) -> dict[str, float]:
    """One round in this process: seconds on the clock, and its peak of resident memory."""
    import resource

    figures: dict[str, float] = {}
    with duckdb.connect(config={"threads": 1}) as connection:
        begun = time.perf_counter()
        connection.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{path}', all_varchar = true)")
        figures["bare_load_s"] = time.perf_counter() - begun
    begun, used = time.perf_counter(), time.process_time()
    data = read_answers(Path(path), threads=1)
    figures["load_s"] = time.perf_counter() - begun
    figures["load_cpu_s"] = time.process_time() - used  # others on the machine do not change it much
    figures["load_ratio"] = figures["load_s"] / figures["bare_load_s"]
    for name, weighted in (("score_s", False), ("score_weighted_s", True)):
        begun, used = time.perf_counter(), time.process_time()
        found = run("score", data, spec(weighted=weighted))
        figures[name] = time.perf_counter() - begun
        figures[name.replace("_s", "_cpu_s")] = time.process_time() - used
        assert len(found["groups"]) == GROUPS
        assert all(set(each["items"]) == set(found["items"]) for each in found["groups"])
        check(found, data, weighted=weighted)
    figures["cells"] = GROUPS * ITEMS
    figures["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return figures


def check(found: dict[str, Any], data: Any, *, weighted: bool) -> None:
    """The figure of one group and question, worked plainly."""
    group = found["groups"][7]
    mine = data.columns["branch"] == group["branch"]
    answers = data.columns["q3"][mine]
    weights = data.columns["weight"][mine] if weighted else np.ones(mine.sum())
    there = ~np.isnan(answers)
    expected = np.average(answers[there], weights=weights[there])
    assert abs(group["items"]["q3"]["value"] - expected) < 1e-9


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--once", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(once(asked.once)))
        return 0
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as place:
        path = Path(place) / "answers.csv"
        make_csv(path, asked.rows)
        rounds = []
        for _ in range(asked.rounds):
            # A process of its own each time, so that memory is that of one round.
            done = subprocess.run(
                [sys.executable, __file__, "--once", str(path)], check=True, capture_output=True, text=True
            )
            rounds.append(json.loads(done.stdout))
        figures = {name: sorted(each[name] for each in rounds)[len(rounds) // 2] for name in rounds[0]}
        figures["csv_mb"] = path.stat().st_size / 1e6
    if asked.json:
        print(json.dumps(figures))
    else:
        print(
            f"Python {platform.python_version()}, NumPy {np.__version__}, DuckDB {duckdb.__version__}, one thread"
        )
        for name, value in figures.items():
            aim = AIMS.get(name) if asked.rows == 1_000_000 else None
            said = "" if aim is None else f"  aim {aim:g}: {'reached' if value <= aim else 'MISSED'}"
            print(f"{name:22} {value:12.2f}{said}")
    missed = [name for name, aim in AIMS.items() if figures.get(name, 0) > aim]
    return 1 if missed and asked.rows == 1_000_000 else 0


if __name__ == "__main__":
    raise SystemExit(main())
