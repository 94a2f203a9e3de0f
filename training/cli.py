"""`plumbline import training FILE`. It runs inside the application (app/commands.py)."""

from pathlib import Path

import click

from core.errors import InvalidInput


@click.command("training")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be written, write nothing.")
def training(file: Path, dry_run: bool) -> None:
    """Columns: email, passed_on, course or competence (by code); optional valid_until, score (per cent), note."""
    from core.db import session
    from training import importing
    from training.operations.importing import import_training

    plan = importing.plan(file, name=file.name, actor=None)
    counts = plan.counts
    for row in plan.rows:
        for column, why in row.faults:
            click.echo(f"{file.name}, row {row.line}, {column}: {why}", err=True)
    click.echo(f"{counts['new']} new, {counts['unchanged']} known, {counts['wrong']} wrong", err=True)
    if counts["wrong"]:
        raise InvalidInput(f"{counts['wrong']} rows of {file.name} are wrong; nothing was written")
    if dry_run or not plan.ready:
        return
    import_training(plan, name=file.name, actor=None)
    session.commit()
