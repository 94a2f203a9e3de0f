"""`plumbline import customers`: a file of customers into the register, by the same way as the pages."""

import json
from pathlib import Path
from typing import Any

import click


@click.command("customers")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "email", required=True, help="E-mail of the person who imports.")
@click.option("--unit", "unit_code", help="Code of the unit of rows that name none; else the organisation.")
@click.option("--kind", default="external", show_default=True, help="Group of rows that name none.")
@click.option("--language", default="zh", show_default=True, type=click.Choice(["zh", "en"]))
@click.option(
    "--column", "columns", multiple=True, metavar="COLUMN=FIELD", help="What a column is, when not told by its name."
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def customers(
    file: Path,
    email: str,
    unit_code: str | None,
    kind: str,
    language: str,
    columns: tuple[str, ...],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import FILE (CSV or XLSX) into the customer register: new and changed customers, told apart by their code.

    Fields: code, name, kind, unit, language, email, phone, region, channel, segment, volume, no_contact. A row that
    can't be taken is named with its line, field and reason; an empty cell leaves what is there.
    """
    from core.db import mode, session
    from satisfaction.customers import importing, queries
    from satisfaction.customers.importing import Reading

    found: Any
    import_id, actor = _begin(file, email, unit_code, kind, language, columns)
    if dry_run:
        with mode("read"):
            batch = queries.get_import(import_id)
            found = importing.look(batch, Reading.of(batch.mapping), actor=actor)
            session.rollback()
        importing.discard(queries.get_import(import_id), actor=actor)
    else:
        found = importing.bring_in(import_id, actor.id, lambda *_told: None)
    session.commit()
    _print(found, dry_run=dry_run, as_json=as_json)


def _begin(
    file: Path, email: str, unit_code: str | None, kind: str, language: str, columns: tuple[str, ...]
) -> tuple[int, Any]:
    from accounts import queries as accounts
    from core.db import session
    from core.errors import InvalidInput
    from core.files import receive
    from satisfaction.customers import importing
    from satisfaction.customers.importing import Reading
    from satisfaction.customers.rules import FIELDS, Kind, faults
    from satisfaction.loading.opening import ACCEPTED, open_table

    person = accounts.find_person_by_email(email)
    if person is None:
        raise InvalidInput(f"--as: nobody has the e-mail {email}.")
    actor = accounts.with_holdings(person)
    unit = accounts.find_root() if unit_code is None else accounts.find_unit_by_code(unit_code)
    if unit is None:
        raise InvalidInput(f"--unit: there is no unit with the code {unit_code}.")
    if kind not in set(Kind):
        raise InvalidInput(f"--kind must be one of {', '.join(Kind)}.")
    with file.open("rb") as stream:
        received = receive(stream, file.name, limit=1 << 30, accept=set(ACCEPTED))
    table = open_table(received.path, received.name)
    table.close()
    batch = importing.begin(received, unit=unit, actor=actor)
    uses = dict(batch.mapping["uses"])
    for each in columns:
        name, _equals, key = each.rpartition("=")
        if name not in table.header or key not in FIELDS:
            raise InvalidInput(
                f"--column {each}: the columns are {', '.join(table.header)[:300]}; the fields are {', '.join(FIELDS)}."
            )
        uses = {other: given for other, given in uses.items() if given != key} | {name: key}
    if faults(uses, table.header):
        raise InvalidInput(f"{file.name}: no column is the code; say which with --column COLUMN=code.")
    importing.save_reading(batch, Reading(uses, kind, language), usable=True, actor=actor)
    session.commit()
    return batch.id, actor


def _print(found: Any, *, dry_run: bool, as_json: bool) -> None:
    counts = {
        "rows": found.rows, "new": len(found.new), "changed": len(found.changed), "same": found.same,
        "rejected": len(found.rejects),
    }  # fmt: skip
    if as_json:
        rejects = [
            {"line": each.line, "field": each.field, "reason": each.reason} for each in found.rejects[:2000]
        ]
        click.echo(json.dumps({**counts, "written": not dry_run, "rejects": rejects}, ensure_ascii=False))
        return
    from satisfaction.customers.rules import REASONS

    would = "would be " if dry_run else ""
    click.echo(
        "{rows} rows: {new} {would}new, {changed} {would}changed, {same} the same, {rejected} rejected".format(
            would=would, **counts
        )
    )
    for each in found.rejects[:50]:
        click.echo(f"line {each.line}, {each.field}: {REASONS[each.reason].source}", err=True)
    if len(found.rejects) > 50:
        click.echo(f"and {len(found.rejects) - 50} more", err=True)
