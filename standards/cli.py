"""`plumbline import standards FILE`: the same import as on the page. The group above gives the application."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


@click.command("standards")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--unit", "unit_code", required=True, help="Code of the unit that gives the promises.")
@click.option("--owner", "owner_email", required=True, help="E-mail of the owner; acts as the writer.")
@click.option("--calendar", "calendar_code", default="", help="Code of the calendar for working time.")
@click.option("--dry-run", is_flag=True, help="Only say what the file becomes.")
@click.pass_obj
def import_standards(
    create_app: Callable[[], Any],
    file: Path,
    unit_code: str,
    owner_email: str,
    calendar_code: str,
    *,
    dry_run: bool,
) -> None:
    """Draft service standards from a CSV or XLSX table of commitments."""
    from accounts import queries as accounts
    from core.db import session
    from core.errors import InvalidInput
    from standards.operations import importing
    from standards.queries.calendars import find_calendar_by_code

    with create_app().app_context():
        unit = accounts.find_unit_by_code(unit_code)
        if unit is None:
            raise InvalidInput(f"--unit: there is no unit with the code {unit_code}.")
        owner = accounts.find_person_by_email(owner_email)
        if owner is None:
            raise InvalidInput(f"--owner: nobody has the e-mail {owner_email}.")
        calendar = find_calendar_by_code(calendar_code) if calendar_code else None
        if calendar_code and calendar is None:
            raise InvalidInput(f"--calendar: there is no calendar with the code {calendar_code}.")
        plan = importing.read_plan(file, name=file.name)
        if plan.missing:
            raise InvalidInput(f"{file.name}: no column for {', '.join(plan.missing)}.")
        for line in plan.left:
            click.echo(f"row {line.row_code or line.number}: left out. {line.reason}")
        click.echo(
            f"{len(plan.standards)} standards, {len(plan.taken)} requirements, {len(plan.left)} rows left out"
        )
        if dry_run:
            return
        made = importing.import_standards(
            plan,
            unit=unit,
            owner=owner,
            actor=accounts.with_holdings(owner),
            calendar=calendar,
            source=file.name,
        )
        session.commit()
        click.echo(f"written: {made[0].code} to {made[-1].code}")
