"""`plumbline demo`: build the demonstration once, say how to sign in, serve it."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from core import settings
from core.errors import InvalidInput

FOLDER = "var/demo"


def _folder() -> Path:
    """The demonstration has a data folder of its own unless another is set."""
    given = os.environ.setdefault("PLUMBLINE_DATA_DIR", FOLDER)
    os.environ["PLUMBLINE_DEMO"] = "1"
    os.environ.setdefault("PLUMBLINE_TIME_ZONE", "Asia/Shanghai")
    place = Path(given)
    return place if place.is_absolute() else settings.ROOT / place


def _say(line: str) -> None:
    click.echo(line, err=True)


def _application() -> Any:
    """The application as servers get it: this package stands beside the composition root, not above it."""
    from wsgi import application

    return application


def _prepare(folder: Path, *, reset: bool) -> None:
    from demo import marker

    if marker.is_built(folder) and not reset:
        return
    from demo import building

    if marker.is_begun(folder):
        _say("Building the demonstration anew." if reset else "A build was cut off; it begins anew.")
        building.clear(folder)
        building.empty(_application())
    elif marker.holds_something_else(folder):
        raise InvalidInput(
            f"{folder} holds a database that is not the demonstration; set PLUMBLINE_DATA_DIR to another folder."
        )
    else:
        _say("Building the demonstration (once, about a minute).")
    building.build(_application(), _say, helper=True)


@click.group(invoke_without_command=True)
@click.option("--reset", is_flag=True, help="Build it anew; what was changed in it is gone.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; else PLUMBLINE_PORT.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.pass_context
def demo(context: click.Context, *, reset: bool, port: int | None, lang: str) -> None:
    """Build the demonstration organisation once, then serve it."""
    folder = _folder()
    if context.invoked_subcommand is not None:
        return
    if port is not None:
        os.environ["PLUMBLINE_PORT"] = str(port)
    _prepare(folder, reset=reset)
    _show(folder, lang)
    os.chdir(settings.ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "app.cli", "serve", "--with-worker"])  # noqa: S606 - this program itself


def _show(folder: Path, lang: str) -> None:
    """Read from the file, not made anew: a second start waits for nothing that it does not need."""
    from demo import marker

    port = settings.read()["PORT"]
    click.echo(f"http://localhost:{port}/sign-in?lang={lang}")
    for one in json.loads((folder / marker.ACCOUNTS).read_text("utf-8")):
        click.echo(f"  {one['role']:<18}{one['email']:<34}{one['password']}")
    sys.stdout.flush()


@demo.command()
@click.option("--reset", is_flag=True, help="Build it anew; what was changed in it is gone.")
def build(*, reset: bool) -> None:
    """Build the demonstration without serving it."""
    _prepare(_folder(), reset=reset)


@demo.command()
@click.option("--json", "as_json", is_flag=True)
def accounts(*, as_json: bool) -> None:
    """Sign-ins of the demonstration, one for each role."""
    from demo import organisation

    found = organisation.sign_ins()
    keys = ("role", "email", "password", "unit")
    if as_json:
        click.echo(
            json.dumps([{key: one[key] for key in keys} for one in found], ensure_ascii=False, indent=1)
        )
        return
    for one in found:
        click.echo("  ".join(str(one[key]) for key in keys))
