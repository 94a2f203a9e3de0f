"""Everything that must be green: `./plumb test`. Each step prints its name and time; the first failure is kept, all
steps run. `--quick` leaves the browser and PostgreSQL out (while working; CI runs all)."""

import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

STATIC: list[tuple[str, list[str]]] = [
    ("lint", [str(BIN / "ruff"), "check", "."]),
    ("format", [str(BIN / "ruff"), "format", "--check", "."]),
    ("import contracts", [str(BIN / "lint-imports"), "--no-cache"]),
    ("types", [str(BIN / "mypy")]),
]


#: what knows no database is not asked twice
FILES_ONLY = [
    "tests/core/test_charts.py",
    "tests/core/test_fonts.py",
    "tests/core/test_icalendar.py",
    "tests/core/test_pdf.py",
    "tests/core/test_plumb.py",
    "tests/core/test_qr.py",
    "tests/core/test_spreadsheets.py",
    "tests/core/test_turns.py",
    "tests/delivery/engine",
    "tests/delivery/test_cli.py",
    "tests/satisfaction/methods",
]


def suite(engine: str, *arguments: str) -> tuple[str, list[str], dict[str, str]]:
    return (
        f"tests on {engine}",
        [
            *(str(BIN / "pytest"), "-q", "-n", "2", "--dist", "loadgroup", "-m", "not browser", *arguments),
            *(f"--ignore={path}" for path in (FILES_ONLY if engine != "sqlite" else [])),
        ],
        {"PLUMBLINE_TEST_DATABASE": engine},
    )


def main(arguments: list[str]) -> int:
    quick = "--quick" in arguments
    given = [argument for argument in arguments if argument != "--quick"]
    steps: list[tuple[str, list[str], dict[str, str]]] = [(name, command, {}) for name, command in STATIC]
    steps.append(suite("sqlite", *given))
    if not quick:
        steps.append(suite("postgresql", *given))
        steps.append(
            (
                "browser",
                [str(BIN / "pytest"), "-q", "-n", "2", "--dist", "loadgroup", "-m", "browser", *given],
                {},
            )
        )
    failed = []
    for name, command, extra in steps:
        print(f"\n=== {name}", flush=True)
        started = time.monotonic()
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PLUMBLINE_")},
            "PYTHONWARNINGS": "default",
            **extra,
        }
        code = subprocess.run(command, cwd=HERE, env=environment, check=False).returncode
        print(
            f"=== {name}: {'ok' if code == 0 else f'FAILED ({code})'} in {time.monotonic() - started:.0f} s",
            flush=True,
        )
        if code:
            failed.append(name)
    if failed:
        print("\nFailed: " + ", ".join(failed), flush=True)
        return 1
    print("\nAll green.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
