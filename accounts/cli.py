"""`plumbline import people FILE` and `plumbline import units FILE`. They run inside the application (app/commands.py)."""

from pathlib import Path
from typing import Any

import click

from core.errors import InvalidInput


def _run(kind: str, file: Path, dry_run: bool, **options: Any) -> None:
    from accounts import importing, operations
    from core.db import session

    plan = importing.plan(kind, file, name=file.name, actor=None)
    counts = plan.counts
    for row in plan.rows:
        for column, why in row.faults:
            click.echo(f"{file.name}, row {row.line}, {column}: {why}", err=True)
    click.echo(
        f"{counts['new']} new, {counts['changed']} changed, {counts['unchanged']} unchanged, {counts['wrong']} wrong",
        err=True,
    )
    if counts["wrong"]:
        raise InvalidInput(f"{counts['wrong']} rows of {file.name} are wrong; nothing was written")
    if dry_run:
        for row in plan.rows:
            for name, (before, after) in row.changes.items():
                click.echo(f"row {row.line} {row.key}: {name}: {before or '—'} → {after}")
        return
    if kind == "people":
        operations.import_people(plan, actor=None, **options)
    else:
        operations.import_units(plan, actor=None)
    session.commit()


FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
DRY = click.option("--dry-run", is_flag=True, help="Say what would change, write nothing.")


@click.command("people")
@FILE
@DRY
@click.option("--invite", is_flag=True, help="Send invitations to those who are new.")
def people(file: Path, dry_run: bool, invite: bool) -> None:
    """Columns: email, name, unit; optional language, time_zone, role, role_unit, active."""
    _run("people", file, dry_run, invite=invite)


@click.command("units")
@FILE
@DRY
def units(file: Path, dry_run: bool) -> None:
    """Columns: code, parent; optional name_en, name_zh, kind, time_zone, active."""
    _run("units", file, dry_run)
