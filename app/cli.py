"""The `plumbline` command. Words that work on files alone (`measure`, `explain`) load neither Flask nor a database."""

import os
import sys
from typing import Any

import click

#: word → module and name of the click command; loaded when asked for
COMMANDS = {
    "measure": ("delivery.cli", "measure"),
    "explain": ("delivery.cli", "explain"),
    "analyse": ("satisfaction.cli", "analyse"),
    "init": ("app.commands", "init"),
    "import": ("app.commands", "importing"),
    "serve": ("app.serving", "serve"),
    "worker": ("app.commands", "worker"),
    "doctor": ("app.commands", "doctor"),
    "jobs": ("app.commands", "jobs"),
    "trail": ("app.commands", "trail"),
    "user": ("app.commands", "user"),
    "pack": ("app.packs", "pack"),
    "demo": ("demo.cli", "demo"),
    "db": ("app.commands", "database"),
    "translations": ("app.translations", "translations"),
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        import importlib

        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        found: click.Command = getattr(importlib.import_module(place[0]), place[1])
        return found


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def plumbline() -> None:
    """Plumbline: a promise, its proof, and what was done when the two differ."""


def main(arguments: list[str] | None = None) -> Any:
    """Exit 0 done, 2 wrong input with one line that says what and where, 1 our fault."""
    from core.errors import PlumblineError
    from core.settings import SettingError

    try:
        return plumbline.main(args=arguments, prog_name="plumbline", standalone_mode=False) or 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.UsageError as error:
        error.show(sys.stderr)
        return 2
    except click.Abort:
        return 1
    except (click.ClickException, PlumblineError, SettingError) as error:
        click.echo(str(getattr(error, "message", error)), err=True)
        return getattr(error, "exit_code", 2)


def run() -> None:
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the answer has seen enough (`| head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


if __name__ == "__main__":
    run()
