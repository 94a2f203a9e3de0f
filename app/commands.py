"""Commands that need the database."""

import copy
import functools
import json
import os
from pathlib import Path
from typing import Any

import click

from accounts import cli as accounts_cli
from core.errors import InvalidInput
from delivery.cli_app import log as delivery_log
from satisfaction.cli_app import responses as import_responses
from satisfaction.customers.cli import customers as import_customers
from standards.cli import import_standards
from training.cli import training as import_training


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
    """A command of a room below, which can't make the application itself. The room's own stays as it is."""
    command = copy.copy(command)
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
importing.add_command(_inside_app(import_responses))
importing.add_command(_inside_app(import_customers))
importing.add_command(import_standards)
importing.add_command(_inside_app(import_training))


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
@click.option("--once", is_flag=True, help="Stop when nothing waits.")
def worker(once: bool) -> None:
    """Run jobs, mail and recurring duties."""
    from core import jobs as core_jobs

    if not once:
        # A long report must not make the pages wait: where both want a core, they get nine turns for its one.
        os.nice(10)
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
