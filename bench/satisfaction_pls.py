"""PLS path models against their limits and their peers: `python bench/satisfaction_pls.py [--rounds 3] [--no-peers]`.

The ECSI model of mobile phone customers (../shared/methods/mobi.csv where it is, else drawn answers of that shape),
one thread. The peers, PyPI `plspm` (with pandas 2) and PyPI `seminr`, are installed into an environment of their own in
a temporary folder; one that cannot be installed is named and left out. Each round runs product and peers one after
the other, in turning order; reported is the median of the rounds' ratios, of CPU time for one resample, with lowest and
highest. A peer counts only when its path coefficients are ours. `seminr` also gives HTMT and total effects in each
resample, as we do (with index, weights and loadings beside them); `plspm` gives no HTMT.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402 - the number of threads is read when it is imported

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from satisfaction.methods.answers import Answers  # noqa: E402
from satisfaction.methods.pls import analyse  # noqa: E402

LIMITS = {
    "one estimate": 0.005,
    "5,000 resamples": 1.0,
    "100,000 people": 0.1,
    "100,000 people, 1,000 resamples": 20.0,
}
AIMS = {"plspm": 1_000, "seminr": 100}
INSTALLS = {"plspm": ["plspm==0.5.7", "pandas<3"], "seminr": ["seminr==0.2.1"]}
BLOCKS = {
    "Image": [f"IMAG{k}" for k in range(1, 6)],
    "Expectation": [f"CUEX{k}" for k in range(1, 4)],
    "Quality": [f"PERQ{k}" for k in range(1, 8)],
    "Value": ["PERV1", "PERV2"],
    "Satisfaction": [f"CUSA{k}" for k in range(1, 4)],
    "Complaints": ["CUSCO"],
    "Loyalty": [f"CUSL{k}" for k in range(1, 4)],
}
MODEL: dict[str, Any] = {"constructs": BLOCKS, "template": "ecsi", "scale": [1, 10]}
PATHS = list(
    {
        "Image": ("Expectation", "Satisfaction", "Loyalty"),
        "Expectation": ("Quality", "Value", "Satisfaction"),
        "Quality": ("Value", "Satisfaction"),
        "Value": ("Satisfaction",),
        "Satisfaction": ("Complaints", "Loyalty"),
        "Complaints": ("Loyalty",),
    }.items()
)

#: run in the peers' environment: arguments data file (JSON), number of resamples; prints JSON
PEERS = {
    "plspm": """
import json, resource, sys, time
import pandas as pd
from plspm.config import Config, MV, Structure
from plspm.mode import Mode
from plspm.plspm import Plspm
from plspm.scale import Scale
from plspm.scheme import Scheme

def used():  # its resamples run in a process of their own
    each = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in each)

if __name__ == "__main__":
    given = json.load(open(sys.argv[1]))
    many = int(sys.argv[2])
    data = pd.DataFrame(given["columns"])
    structure = Structure()
    for start, ends in given["paths"]:
        structure.add_path([start], list(ends))
    config = Config(structure.path(), default_scale=Scale.NUM)
    for name, items in given["blocks"].items():
        config.add_lv(name, Mode.A, *[MV(item) for item in items])
    wall, cpu = time.perf_counter(), used()
    found = Plspm(data, config, Scheme.PATH)
    one_wall, one = time.perf_counter() - wall, used() - cpu
    paths = found.inner_model()
    told = {f"{row['from']}->{row['to']}": row["estimate"] for _, row in paths.iterrows()}
    wall, cpu = time.perf_counter(), used()
    found = Plspm(data, config, Scheme.PATH, bootstrap=True, bootstrap_iterations=many, processes=1)
    found.bootstrap().paths()
    wall, cpu = time.perf_counter() - wall - one_wall, used() - cpu - one
    print(json.dumps({"paths": told, "cpu": cpu / many, "wall": wall / many}))
""",
    "seminr": """
import json, sys, time
import numpy as np
from seminr import bootstrap_model, composite, constructs, estimate_pls, paths, relationships
given = json.load(open(sys.argv[1]))
many = int(sys.argv[2])
names = list(given["columns"])
data = (names, np.array([given["columns"][name] for name in names], dtype=float).T)
measurement = constructs(*[composite(name, items) for name, items in given["blocks"].items()])
structure = relationships(*[paths(start, list(ends)) for start, ends in given["paths"]])
found = estimate_pls(data, measurement, structure)
told = {f"{start}->{end}": found.path_coef.get(start, end) for start, ends in given["paths"] for end in ends}
wall, cpu = time.perf_counter(), time.process_time()
bootstrap_model(found, nboot=many, seed=1)
print(json.dumps({"paths": told, "cpu": (time.process_time() - cpu) / many,
                  "wall": (time.perf_counter() - wall) / many}))
""",
}


def drawn(rows: int, seed: int = 7) -> dict[str, np.ndarray]:
    """Answers of the shape of mobi: seven things that hang together, 24 items from 1 to 10."""
    random = np.random.default_rng(seed)
    mood = random.normal(size=rows)
    made = {}
    for items in BLOCKS.values():
        own = 0.75 * mood + 0.66 * random.normal(size=rows)
        for item in items:
            made[item] = np.clip(np.round(7.3 + 1.9 * (0.75 * own + 0.66 * random.normal(size=rows))), 1, 10)
    return made


def customers() -> tuple[dict[str, np.ndarray], str]:
    path = ROOT.parent / "shared" / "methods" / "mobi.csv"
    if not path.exists():
        return drawn(250), "drawn answers, 250 x 24"
    lines = [line.split(",") for line in path.read_text("utf-8").replace('"', "").splitlines()]
    table = np.array(lines[1:], dtype=float)
    return {name: table[:, place] for place, name in enumerate(lines[0]) if name}, "mobi, 250 x 24"


def timed(work: Callable[[], Any], times: int) -> tuple[float, float]:
    """Median seconds of wall and of CPU time."""
    walls, cpus = [], []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus)


def environment(folder: Path) -> tuple[str, list[str]]:
    """A Python with the peers that can be installed, and their names."""
    place = folder / "peers"
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    python = str(place / ("Scripts" if os.name == "nt" else "bin") / "python")
    ready = []
    for name, wanted in INSTALLS.items():
        done = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            ready.append(name)
        else:
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            print(f"skipped: {name} cannot be installed here ({last})")
    return python, ready


def peer(
    python: str, name: str, folder: Path, many: int, expected: dict[str, float]
) -> dict[str, float] | None:
    script = folder / f"run_{name}.py"
    script.write_text(PEERS[name], "utf-8")
    done = subprocess.run(
        [python, str(script), str(folder / "given.json"), str(many)],
        capture_output=True,
        text=True,
        check=False,
        timeout=1_800,
    )
    if done.returncode:
        print(f"skipped: {name} fails here ({(done.stderr.strip().splitlines() or ['?'])[-1]})")
        return None
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    apart = max(abs(told["paths"][path] - value) for path, value in expected.items())
    assert apart < 1e-5, f"{name} finds other path coefficients, by {apart}"
    return told


def limits(data: Answers) -> bool:
    kept = True

    def show(name: str, seconds: float) -> None:
        nonlocal kept
        good = seconds < LIMITS[name]
        kept &= good
        shown = f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"
        print(f"{name:35} {shown:>10}   limit {LIMITS[name]:g} s   {'kept' if good else 'MISSED'}")

    show("one estimate", timed(lambda: analyse(data, MODEL, {}), 50)[0])
    show("5,000 resamples", timed(lambda: analyse(data, MODEL, {"bootstrap": 5_000}), 5)[0])
    many = Answers.of(drawn(100_000))
    show("100,000 people", timed(lambda: analyse(many, MODEL, {}), 7)[0])
    show("100,000 people, 1,000 resamples", timed(lambda: analyse(many, MODEL, {"bootstrap": 1_000}), 1)[0])
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    return kept


def against(data: Answers, columns: dict[str, np.ndarray], rounds: int, resamples: dict[str, int]) -> bool:
    expected = analyse(data, MODEL | {"tol": 1e-9}, {})["paths"]
    reached = True
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        plain = {name: column.tolist() for name, column in columns.items()}
        (folder / "given.json").write_text(json.dumps({"columns": plain, "blocks": BLOCKS, "paths": PATHS}))
        python, ready = environment(folder)
        ratios: dict[str, list[float]] = {name: [] for name in ready}
        figures: dict[str, list[tuple[float, float]]] = {name: [] for name in ["plumbline", *ready]}
        for turn in range(rounds):
            names = ["plumbline", *ready]
            names = names[turn % len(names) :] + names[: turn % len(names)]
            cpu: dict[str, float] = {}
            for name in names:
                if name == "plumbline":
                    wall, used = timed(lambda: analyse(data, MODEL, {"bootstrap": 5_000}), 3)
                    cpu[name] = used / 5_000
                    figures[name].append((cpu[name], wall / 5_000))
                else:
                    told = peer(python, name, folder, resamples[name], expected)
                    if told is not None:
                        cpu[name] = told["cpu"]
                        figures[name].append((told["cpu"], told["wall"]))
            for name in ready:
                if name in cpu:
                    ratios[name].append(cpu[name] / cpu["plumbline"])
    for name, found in figures.items():
        if found:
            used, wall = (statistics.median(each) for each in zip(*found, strict=True))
            print(f"{name:10} one resample {used * 1e3:9.3f} ms CPU, {wall * 1e3:9.3f} ms wall")
    for name, each in ratios.items():
        if each:
            middle = statistics.median(each)
            reached &= middle >= AIMS[name]
            print(
                f"{name:10} takes {middle:,.0f} times our CPU time ({min(each):,.0f} to {max(each):,.0f} in {len(each)} "
                f"rounds); aim {AIMS[name]:,}"
            )
    return reached


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-peers", action="store_true", help="our own limits only; nothing is installed")
    parser.add_argument(
        "--plspm", type=int, default=40, metavar="N", help="resamples that plspm runs in a round"
    )
    parser.add_argument(
        "--seminr", type=int, default=300, metavar="N", help="resamples that seminr runs in a round"
    )
    asked = parser.parse_args()
    columns, what = customers()
    data = Answers.of(columns)
    print(
        f"{what}; Python {platform.python_version()}, NumPy {np.__version__}, one thread, {platform.machine()}"
    )
    good = limits(data)
    if not asked.no_peers:
        good &= against(data, columns, asked.rounds, {"plspm": asked.plspm, "seminr": asked.seminr})
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
