"""`plumbline analyse METHOD …`: the satisfaction engine on files, without the database.

Exit codes: 0 done, 2 wrong input (one line on standard error names it), 1 our fault.
"""

import json
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from core.errors import PlumblineError


@contextmanager
def _answering() -> Iterator[None]:
    """Turn errors into one line and an exit code."""
    try:
        yield
    except PlumblineError as error:
        said = getattr(error, "english", None) or str(error)
        click.echo(f"plumbline: {' '.join(said.split())}", err=True)
        sys.exit(2)
    except (click.ClickException, click.exceptions.Exit, SystemExit):
        raise
    except MemoryError:
        click.echo("plumbline: the data are too large for the memory of this machine", err=True)
        sys.exit(2)
    except Exception as error:  # noqa: BLE001 - the last place to say what happened
        click.echo(
            f"plumbline: an error of ours, not of the input ({type(error).__name__}: {error})", err=True
        )
        traceback.print_exc(file=sys.stderr)
        sys.exit(1)


class OneLine(click.Command):
    """Wrong arguments too are told in one line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            click.echo(f"plumbline: {' '.join(error.format_message().split())}", err=True)
            ctx.exit(2)


@click.command("analyse", cls=OneLine)
@click.argument("method")
@click.argument("files", nargs=-1, metavar="[DATA] SPEC")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, numbers unrounded.")
@click.option("--bootstrap", type=click.IntRange(0, 1_000_000), help="Number of resamples.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Makes what is drawn by chance repeatable.")
@click.option("--plsc", is_flag=True, help="For pls: consistent PLS beside the ordinary solution.")
@click.option("--threads", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--max-bytes", type=click.IntRange(1), help="Most bytes that a file may unpack to.")
def analyse(
    method: str,
    files: tuple[str, ...],
    as_json: bool,
    bootstrap: int | None,
    seed: int | None,
    plsc: bool,
    threads: int,
    max_bytes: int | None,
) -> None:
    """Run METHOD on the answers in DATA as SPEC says ("-" is standard input).

    Methods: pls, reliability, servqual, kano, ipa, score, hierarchy, ahp, fuzzy, transition, sample, estimate, chart,
    effect, power, agreement. The guide has a page on each: docs/guide/en/methods.
    """
    # Small matrices: more threads of the algebra library only wait for each other. Read when NumPy is first imported.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, str(threads))
    with _answering():
        found = _run(
            method,
            files,
            {"bootstrap": bootstrap, "seed": seed, "plsc": plsc},
            threads,
            max_bytes,
        )
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False, allow_nan=False))
        else:
            from satisfaction.methods.tables import report

            click.echo(report(found))


def _run(
    method: str, files: Sequence[str], options: dict[str, Any], threads: int, max_bytes: int | None
) -> dict[str, Any]:
    from core.lazytext import _l
    from satisfaction.methods import METHODS
    from satisfaction.methods.door import check_method, run
    from satisfaction.methods.refusal import Refusal
    from satisfaction.methods.source import MOST_BYTES, FileSpec
    from satisfaction.methods.specfile import read_spec

    check_method(method)
    wanted = {"data": (2,), "spec": (1,), "either": (1, 2)}[METHODS[method]]
    if len(files) not in wanted or list(files).count("-") > 1:
        usage = {"data": "DATA SPEC", "spec": "SPEC", "either": "[DATA] SPEC"}[METHODS[method]]
        raise Refusal(
            _l("Write “plumbline analyse %(field)s %(usage)s”; one of them may be “-”, standard input."),
            field=method,
            usage=usage,
        )
    asked = read_spec(_path(files[-1]), _stream(files[-1]))
    how, spec = FileSpec.split(asked.values)
    data = None
    if len(files) == 2:
        from satisfaction.methods.reading import read_answers

        data = read_answers(
            _path(files[0]),
            how,
            stream=_stream(files[0]),
            threads=threads,
            most_bytes=max_bytes or MOST_BYTES,
        )
    return run(method, data, spec, options, spec_sha256=asked.sha256)


def _path(name: str) -> Path | None:
    return None if name == "-" else Path(name)


def _stream(name: str) -> Any:
    return sys.stdin.buffer if name == "-" else None


def analyse_command(argv: Sequence[str]) -> int:
    """Run `plumbline analyse` with arguments; gives the exit code."""
    try:
        analyse.main(args=list(argv), prog_name="plumbline analyse", standalone_mode=True)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 1
