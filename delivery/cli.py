"""`plumbline measure` and `plumbline explain`: the engine on files, without the database.

Exit codes: 0 done, 2 wrong input (one line on standard error names it), 1 our fault.
"""

import csv
import json
import sys
import tempfile
import traceback
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from core.columnar import EngineSettings
from delivery.engine.cases import explain_from, turned_cases
from delivery.engine.errors import EngineError, SpecError
from delivery.engine.explain import as_text, duration
from delivery.engine.load import SHOWN_REASONS, LoadResult, append_rejects, load_log
from delivery.engine.measure import (
    ENGINE_VERSION,
    METHOD,
    VARIANT,
    Cell,
    RequirementResult,
    measure_tables,
)
from delivery.engine.source import Limits
from delivery.engine.spec import MeasureSpec, read_spec


@contextmanager
def _answering() -> Iterator[None]:
    """Turn errors into one line and an exit code."""
    try:
        yield
    except EngineError as error:
        click.echo(f"plumbline: {error}", err=True)
        sys.exit(2)
    except (click.ClickException, click.exceptions.Exit, SystemExit):
        raise
    except Exception as error:  # noqa: BLE001 - the last place to say what happened
        click.echo(
            f"plumbline: an error of ours, not of the input ({type(error).__name__}: {error})", err=True
        )
        traceback.print_exc(file=sys.stderr)
        sys.exit(1)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.argument("log"),
        click.argument("spec", type=click.Path(path_type=Path)),
        click.option("--json", "as_json", is_flag=True, help="Print JSON, numbers unrounded."),
        click.option(
            "--rejects",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Where to write rows that could not be taken (a temporary file without it).",
        ),
        click.option("--memory", default="600MB", show_default=True, help="Memory for the columnar engine."),
        click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 64)),
        click.option(
            "--max-bytes",
            default=Limits().bytes,
            type=click.IntRange(1),
            help="Most bytes of text that a file may unpack to.",
        ),
    )[::-1]:
        command = option(command)
    return command


@click.command("measure")
@_options
def measure(
    log: str,
    spec: Path,
    as_json: bool,
    rejects: Path | None,
    memory: str,
    threads: int,
    max_bytes: int,
) -> None:
    """Measure the promises of SPEC over the LOG of service events ("-" is standard input)."""
    with _answering():
        settings = EngineSettings(memory_limit=memory, threads=threads)
        asked = read_spec(spec)
        now = datetime.now(UTC)
        with _loaded(log, asked, rejects, settings, max_bytes) as (batch, loaded, aside):
            results = measure_tables(
                [batch],
                asked.requirements,
                calendar=asked.calendar,
                timezone=asked.log.timezone,
                as_of=asked.as_of or now,
                group_by=asked.group_by,
                period=asked.period,
                min_n=asked.min_n,
                settings=settings,
            )
            turned = turned_cases([batch], asked.requirements, settings=settings)
        append_rejects(aside, "to_before_from", turned)
        if loaded.rows and not loaded.cases:
            click.echo(f"plumbline: {log}: no row could be taken; see {aside}", err=True)
        answer = _answer(asked, loaded, results, len(turned), aside, asked.as_of or now)
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False))
        else:
            click.echo(_report(asked, results, answer))
        if not answer["rejects"]["count"] and rejects is None:
            aside.unlink(missing_ok=True)


@click.command("explain")
@_options
@click.option("--case", "case", required=True, help="The identity of the case.")
@click.option("--requirement", help="Only this requirement.")
def explain(
    log: str,
    spec: Path,
    as_json: bool,
    rejects: Path | None,
    memory: str,
    threads: int,
    max_bytes: int,
    case: str,
    requirement: str | None,
) -> None:
    """Show how the promises of SPEC were reckoned for one case of the LOG."""
    with _answering():
        settings = EngineSettings(memory_limit=memory, threads=threads)
        asked = read_spec(spec)
        chosen = [each for each in asked.requirements if requirement in {None, each.id}]
        if not chosen:
            listed = ", ".join(each.id for each in asked.requirements)
            raise SpecError(
                "spec.unknown_requirement",
                f"no requirement “{requirement}” (there are {listed}).",
                where="--requirement",
            )
        with _loaded(log, asked, rejects, settings, max_bytes) as (batch, loaded, aside):
            try:
                found = explain_from(
                    [batch],
                    case.strip(),
                    chosen,
                    calendar=asked.calendar,
                    timezone=asked.log.timezone,
                    as_of=asked.as_of or datetime.now(UTC),
                    settings=settings,
                )
            except EngineError as error:
                if error.code != "case.unknown":
                    raise
                raise _why_unknown(error, case.strip(), aside) from None
        if rejects is None:
            aside.unlink(missing_ok=True)
        if as_json:
            answer = {
                "case": case,
                "requirements": [each.as_dict() for each in found],
                "method": METHOD,
                "variant": VARIANT,
                "n_used": 1,
                "n_dropped": {"count": 0, "reasons": {}},
                "input_sha256": loaded.sha256,
                "engine_version": ENGINE_VERSION,
            }
            click.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False))
        else:
            click.echo("\n\n".join(as_text(each) for each in found))


def measure_command(argv: Sequence[str]) -> int:
    """Run `plumbline measure` with arguments; gives the exit code."""
    return _run(measure, argv)


def explain_command(argv: Sequence[str]) -> int:
    """Run `plumbline explain` with arguments; gives the exit code."""
    return _run(explain, argv)


def _run(command: click.Command, argv: Sequence[str]) -> int:
    try:
        command.main(args=list(argv), prog_name=f"plumbline {command.name}", standalone_mode=True)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 1


def _why_unknown(error: EngineError, case: str, aside: Path) -> EngineError:
    """A case that is not there because its row was rejected says so."""
    with aside.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["case"] == case:
                field = f" in {row['field']}" if row["field"] else ""
                message = f"line {row['line']} was rejected: {row['reason']} ({row['code']}{field})."
                return EngineError("case.rejected", message, where=f"case “{case}”", line=row["line"])
    return error


@contextmanager
def _loaded(
    log: str, spec: MeasureSpec, rejects: Path | None, settings: EngineSettings, max_bytes: int
) -> Iterator[tuple[Path, LoadResult, Path]]:
    """The log as a Parquet batch for as long as it is needed, and the file of its rejects, which stays."""
    columns = dict.fromkeys(
        [*spec.group_by, *(column for each in spec.requirements for column in each.where)]
    )
    with tempfile.TemporaryDirectory(prefix="plumbline-", dir=settings.temp_directory) as place:
        batch = Path(place) / "batch.parquet"
        aside = rejects or _own_file()
        try:
            loaded = load_log(
                None if log == "-" else Path(log),
                spec.log,
                batch,
                aside,
                stream=sys.stdin.buffer if log == "-" else None,
                columns=list(columns),
                limits=Limits(bytes=max_bytes),
                settings=settings,
            )
            yield batch, loaded, aside
        except BaseException:
            if rejects is None:
                aside.unlink(missing_ok=True)
            raise


def _own_file() -> Path:
    with tempfile.NamedTemporaryFile(prefix="plumbline-rejects-", suffix=".csv", delete=False) as file:
        return Path(file.name)


def _cell(cell: Cell) -> dict[str, Any]:
    data = asdict(cell)
    data["ci"] = list(cell.ci) if cell.ci else None
    return data


def _answer(
    spec: MeasureSpec,
    loaded: LoadResult,
    results: Sequence[RequirementResult],
    turned: int,
    aside: Path,
    as_of: datetime,
) -> dict[str, Any]:
    reasons = dict.fromkeys(SHOWN_REASONS, 0) | loaded.rejects
    reasons["to_before_from"] += turned
    count = sum(reasons.values())
    return {
        "requirements": [
            {
                "id": each.id,
                "target": each.target,
                "overall": _cell(each.overall),
                "groups": [
                    {
                        **group.keys,
                        **({"period": group.period} if spec.period else {}),
                        **_cell(group.cell),
                    }
                    for group in each.groups
                ],
                "n_used": each.overall.eligible,
                "n_dropped": {"count": sum(each.dropped.values()), "reasons": each.dropped},
            }
            for each in results
        ],
        "rows": loaded.rows,
        "cases": loaded.cases,
        "superseded": loaded.superseded,
        "rejects": {"count": count, "reasons": reasons, "file": str(aside) if count else None},
        "as_of": as_of.isoformat(),
        "method": METHOD,
        "variant": VARIANT,
        "n_used": loaded.cases - turned,
        "n_dropped": {"count": count, "reasons": {code: n for code, n in reasons.items() if n}},
        "input_sha256": loaded.sha256,
        "engine_version": ENGINE_VERSION,
    }


def _report(spec: MeasureSpec, results: Sequence[RequirementResult], answer: dict[str, Any]) -> str:
    heads = ["requirement", *spec.group_by, *(["period"] if spec.period else []), *_HEADS]
    rows = []
    for each in results:
        blank = [""] * (len(heads) - 1 - len(_HEADS))
        rows.append([each.id, *blank, *_shown(each.overall, each.target)])
        for group in each.groups if spec.group_by or spec.period else ():
            period = [group.period] if spec.period else []
            rows.append(
                ["", *(group.keys[name] for name in spec.group_by), *period, *_shown(group.cell, None)]
            )
    lines = [_table(heads, rows)]
    rejects = answer["rejects"]
    lines.append(f"{answer['rows']} rows, {answer['cases']} cases, {rejects['count']} rejected")
    if rejects["count"]:
        listed = ", ".join(f"{code} {count}" for code, count in rejects["reasons"].items() if count)
        lines.append(f"rejected rows: {listed}; see {rejects['file']}")
    return "\n".join(lines)


_HEADS = (
    "eligible",
    "met",
    "missed",
    "pending",
    "rate",
    "95 % interval",
    "target",
    "median",
    "p90",
    "verdict",
)


def _shown(cell: Cell, target: float | None) -> list[str]:
    return [
        str(cell.eligible),
        str(cell.met),
        str(cell.missed),
        str(cell.pending),
        "-" if cell.attainment is None else f"{cell.attainment:.1%}",
        "-" if cell.ci is None else f"{cell.ci[0]:.1%} to {cell.ci[1]:.1%}",
        "" if target is None else f"{target:.1%}",
        "-" if cell.median_s is None else duration(cell.median_s),
        "-" if cell.p90_s is None else duration(cell.p90_s),
        (cell.verdict or "").replace("_", " "),
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    clean = [[" ".join(cell.split())[:60] for cell in row] for row in (heads, *rows)]
    widths = [max(_width(row[number]) for row in clean) for number in range(len(heads))]
    left = len(heads) - len(_HEADS)
    lines = []
    for row in clean:
        cells = []
        for number, cell in enumerate(row):
            space = " " * (widths[number] - _width(cell))
            cells.append(cell + space if number < left or number == len(heads) - 1 else space + cell)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
