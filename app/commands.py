"""Commands that need the database."""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from accounts import cli as accounts_cli
from core.errors import InvalidInput
from delivery.cli_app import log as delivery_log
from standards.cli import import_standards


def _app() -> Any:
    from app import create_app

    return create_app()


def _echo_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))


@click.command()
def init() -> None:
    """Make the database, or bring it to the newest tables."""
    from core import migrating
    from core.charts.render import bundle_made_apart
    from core.charts.serving import cache_dir
    from core.db import db, session
    from standards.operations.frameworks import load_all

    application = _app()
    with application.app_context():
        migrating.upgrade(db.engine)
        loaded = load_all()
        session.commit()
        bundle_made_apart(cache_dir())
    for result in loaded:
        if result.worth_telling:
            click.echo(result.sentence, err=True)
    click.echo("The database is ready.", err=True)


@click.group("import")
@click.pass_context
def importing(context: click.Context) -> None:
    """Bring data in from files."""
    context.obj = _app


def _inside_app(command: click.Command) -> click.Command:
    """A command of a room below, which can't make the application itself."""
    inner = command.callback
    assert inner is not None

    @functools.wraps(inner)
    def run(*arguments: Any, **options: Any) -> Any:
        with _app().app_context():
            return inner(*arguments, **options)

    command.callback = run
    return command


importing.add_command(_inside_app(accounts_cli.people))
importing.add_command(_inside_app(accounts_cli.units))
importing.add_command(_inside_app(delivery_log))
importing.add_command(import_standards)


@importing.command("framework")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--json", "as_json", is_flag=True)
def import_framework(files: tuple[Path, ...], as_json: bool) -> None:
    """Load catalog files: frameworks with their clauses, crosswalks between them. Mappings are never lost."""
    from core.db import session
    from standards.operations.frameworks import load_frameworks

    application = _app()
    with application.app_context():
        results = load_frameworks(list(files), actor=None)
        session.commit()
    if as_json:
        _echo_json([vars(result) for result in results])
    for result in results if not as_json else ():
        click.echo(result.sentence)


@click.command()
@click.option("--port", type=int, help="Port; else PLUMBLINE_PORT.")
@click.option("--with-worker", is_flag=True, help="Start the job worker beside the server.")
def serve(port: int | None, with_worker: bool) -> None:
    """Serve the site until stopped."""
    from core import settings

    values = settings.read()
    environment = dict(os.environ)
    command = [
        str(Path(sys.executable).with_name("granian")),
        "--interface", "wsgi",
        "--host", str(values["HOST"]),
        "--port", str(port or values["PORT"]),
        "--workers", str(values["WORKERS"]),
        "--blocking-threads", "1",
        "--backlog", "1024",
        "--respawn-failed-workers",
        "--respawn-interval", "0.2",
        "--no-ws",
        "--log-level", "warning",
        "wsgi:application",
    ]  # fmt: skip
    supervise(
        command,
        [sys.executable, "-m", "app.cli", "worker"] if with_worker else None,
        settings.ROOT,
        environment,
    )


def supervise(server: list[str], worker: list[str] | None, cwd: Path, environment: dict[str, str]) -> None:
    """Run the server until it is told to stop; a server or job worker that dies is started again."""
    import signal
    import time

    stopping = False

    def start(command: list[str]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(command, cwd=cwd, env=environment)

    def stop(*_: Any) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    main, since, early = start(server), time.monotonic(), 0
    helper = start(worker) if worker else None
    while not stopping:
        time.sleep(0.2)
        if main.poll() is not None:
            # one that can't even start (its port is taken) is given up; one that was killed is started again
            early = early + 1 if time.monotonic() - since < 2 else 0
            if early >= 3:
                break
            main, since = start(server), time.monotonic()
        if helper is not None and helper.poll() is not None and worker is not None:
            time.sleep(1)
            helper = start(worker)
    for child in (main, helper):
        if child is not None and child.poll() is None:
            child.terminate()
    for child in (main, helper):
        if child is not None:
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
    if not stopping and main.returncode:
        raise click.exceptions.Exit(1)


@click.command()
@click.option("--once", is_flag=True, help="Stop when nothing waits.")
def worker(once: bool) -> None:
    """Run jobs, mail and recurring duties."""
    from core import jobs as core_jobs

    core_jobs.work(_app(), once=once)


@click.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(as_json: bool) -> None:
    """Say what is missing and the one line that mends it."""
    from app.doctor import examine

    found = examine()
    if as_json:
        _echo_json([{"what": item.what, "ok": item.ok, "mend": item.mend} for item in found])
    else:
        for item in found:
            click.echo(
                f"{'ok     ' if item.ok else 'MISSING'}  {item.what}"
                + ("" if item.ok else f"\n         {item.mend}")
            )
    if not all(item.ok for item in found):
        raise click.exceptions.Exit(1)


@click.group()
def jobs() -> None:
    """Jobs by hand."""


@jobs.command("run")
def jobs_run() -> None:
    """Run what waits, then stop."""
    from core import jobs as core_jobs

    core_jobs.work(_app(), once=True)


@click.group()
def trail() -> None:
    """The append-only history."""


@trail.command()
@click.option(
    "--head", "known", help="A number and hash noted earlier, as NUMBER:HASH: shows a cut-off tail."
)
@click.option("--json", "as_json", is_flag=True)
def verify(known: str | None, as_json: bool) -> None:
    """Walk the whole trail; name any altered, removed or reordered entry."""
    from core import trail as core_trail

    expected = None
    if known:
        number, _sep, digest = known.partition(":")
        if not number.isdigit() or len(digest) != 64:
            raise InvalidInput("--head takes NUMBER:HASH, the hash with 64 digits")
        expected = (int(number), digest)
    application = _app()
    with application.app_context():
        count, faults = core_trail.verify(expected_head=expected)
        head = core_trail.head()
    if as_json:
        _echo_json(
            {
                "entries": count,
                "head": f"{head[0]}:{head[1]}",
                "faults": [
                    {"seq": fault.seq, "kind": fault.kind, "sentence": fault.sentence} for fault in faults
                ],
            }
        )
    else:
        for fault in faults:
            click.echo(fault.sentence)
        click.echo(
            f"{count} entries, {'whole' if not faults else f'{len(faults)} faults'}; head {head[0]}:{head[1]}"
        )
    if faults:
        raise click.exceptions.Exit(2)


@click.group()
def user() -> None:
    """People, from the command line."""


@user.command("add")
@click.argument("email")
@click.argument("name")
@click.option("--role", default="staff", show_default=True)
@click.option("--unit", "unit_code", help="Code of the unit; else the whole organisation.")
@click.option("--language", default="en", type=click.Choice(["en", "zh"]))
@click.option("--password", help="Else an invitation is put into the outbox.")
@click.option("--organisation", help="Name of the organisation, when it is not there yet.")
def user_add(
    email: str,
    name: str,
    role: str,
    unit_code: str | None,
    language: str,
    password: str | None,
    organisation: str | None,
) -> None:
    """Add a person with a role; the first one of an installation too."""
    from accounts import operations, queries
    from accounts.rules import Role
    from core.db import session

    if role not in set(Role):
        raise InvalidInput(f"--role must be one of {', '.join(Role)}")
    application = _app()
    with application.app_context():
        root = queries.find_root()
        if root is None:
            if not organisation:
                raise InvalidInput("there is no organisation yet: give its name with --organisation")
            root = operations.open_organisation(
                name_en=organisation, name_zh="", time_zone=application.config["TIME_ZONE"]
            )
        unit = root if unit_code is None else queries.find_unit_by_code(unit_code)
        if unit is None:
            raise InvalidInput(f"there is no unit with the code {unit_code}")
        person = operations.add_person(
            email=email,
            name=name,
            unit=unit,
            language=language,
            password=password,
            actor=None,
            invite=password is None,
        )
        operations.grant(person, Role(role), unit, actor=None)
        session.commit()
    click.echo(f"{email} added as {role}.", err=True)


@click.group()
def database() -> None:
    """Tables (for development)."""


@database.command("revision")
@click.argument("number")
@click.argument("message")
def database_revision(number: str, message: str) -> None:
    """Write the next numbered migration from the models."""
    from core import migrating
    from core.db import db

    application = _app()
    with application.app_context():
        migrating.make(db.engine, message, number)
