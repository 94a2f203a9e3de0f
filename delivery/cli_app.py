"""`plumbline import log`: a file into a log from the command line, by the same way as the pages."""

import json
from pathlib import Path
from typing import Any

import click


@click.command("log")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--log", "code", required=True, help="Code of the log; a new one is opened with --unit.")
@click.option(
    "--mapping",
    "mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Specification with the part `log:`; without it the columns mean what they meant the last time.",
)
@click.option("--unit", "unit_code", help="Code of the unit of a new log.")
@click.option("--name", default="", help="Name of a new log in English.")
@click.option("--name-zh", default="", help="Name of a new log in Chinese.")
@click.option("--unit-column", default="", help="Column whose values are codes or names of units.")
@click.option(
    "--standard", "standards", multiple=True, help="Code of a standard that the log proves; repeatable."
)
@click.option("--as-of", default="", help="Moment at which open cases are judged, local to the log.")
@click.option("--as", "email", required=True, help="E-mail of the person who imports.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def log(
    file: Path,
    code: str,
    mapping: Path | None,
    unit_code: str | None,
    name: str,
    name_zh: str,
    unit_column: str,
    standards: tuple[str, ...],
    as_of: str,
    email: str,
    *,
    as_json: bool,
) -> None:
    """Import FILE into a log of service events and measure it.

    --mapping holds the part `log:` of a measurement's specification (timezone, case, milestones …).
    """
    actor, unit, known = _places(email, code, unit_code)
    batch_id = _begin(file, known, unit, {"code": code, "name_en": name, "name_zh": name_zh}, actor)
    _map(batch_id, mapping, unit_column, standards, as_of, actor)
    result = _run(batch_id, actor)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    else:
        click.echo("{rows} rows, {cases} cases, {rejected} set aside, reaches to {as_of}".format_map(result))


def _places(email: str, code: str, unit_code: str | None) -> tuple[Any, Any, Any]:
    from accounts import queries as accounts
    from core.errors import InvalidInput
    from delivery.queries import logs

    person = accounts.find_person_by_email(email)
    if person is None:
        raise InvalidInput(f"--as: nobody has the e-mail {email}.")
    known = logs.find_log_by_code(code)
    unit = (
        known.unit if known else accounts.find_unit_by_code(unit_code) if unit_code else accounts.find_root()
    )
    if unit is None:
        raise InvalidInput(f"--unit: there is no unit with the code {unit_code}.")
    return accounts.with_holdings(person), unit, known


def _begin(file: Path, known: Any, unit: Any, new: dict[str, str], actor: Any) -> int:
    from core.db import session
    from core.errors import InvalidInput
    from core.files import receive
    from delivery import operations, words
    from delivery.engine.errors import EngineError
    from delivery.queries import logs
    from delivery.sample import ACCEPTED, take_sample

    with file.open("rb") as stream:
        received = receive(stream, file.name, limit=8 << 30, accept=set(ACCEPTED))
    try:
        take_sample(received.path, received.name, received.media_type)
    except EngineError as error:
        raise InvalidInput(words.engine_sentence(error, file.name)) from error
    same = logs.find_same_file(received.sha256, known.id) if known else None
    if same is not None:
        raise InvalidInput(
            f"{file.name}: this very file was imported on {same.accepted_at:%Y-%m-%d} already."
        )
    if not new["name_en"] and not new["name_zh"]:
        new = {**new, "name_en": new["code"]}
    batch = operations.begin(received, log=known, unit=unit, **new, actor=actor)
    session.commit()
    return batch.id


def _map(
    batch_id: int, mapping: Path | None, unit_column: str, standards: tuple[str, ...], as_of: str, actor: Any
) -> None:
    from core.db import session
    from core.errors import InvalidInput
    from delivery import operations
    from delivery.engine import fields
    from delivery.engine.errors import EngineError
    from delivery.engine.spec import parse_log
    from delivery.queries import logs
    from delivery.rules.guessing import guess_units

    batch = logs.get_batch(batch_id)
    values: dict[str, Any] = {"as_of": as_of}
    if mapping is not None:
        try:
            data = fields.parse_yaml(mapping.read_text("utf-8-sig"), mapping.name)
            given = fields.mapping(fields.need(data, "log", ""), "log")
            spec = parse_log(given)
        except (EngineError, UnicodeDecodeError, OSError) as error:
            operations.discard(batch, actor=actor)
            session.commit()
            raise InvalidInput(f"{mapping.name}: {error}") from error
        values["log"] = {
            "timezone": spec.timezone,
            "encoding": spec.encoding,
            "case": spec.case,
            "duplicates": spec.duplicates,
            "blank": list(spec.blank),
            "milestones": {
                name: {"column": each.column, "format": list(each.formats)}
                for name, each in spec.milestones.items()
            },
            **({"delimiter": spec.delimiter} if spec.delimiter else {}),
            **({"sheet": spec.sheet} if spec.sheet else {}),
        }
    elif not batch.mapping.get("log"):
        operations.discard(batch, actor=actor)
        session.commit()
        raise InvalidInput("--mapping: a new log needs to know what its columns mean.")
    if unit_column:
        values["unit_column"] = unit_column
        below = logs.units_below(batch.event_log.unit if batch.event_log else _unit(batch.unit_id))
        names = {name: each.id for each in below for name in (each.code, each.name_en, each.name_zh)}
        values["unit_values"] = {**batch.mapping.get("unit_values", {}), **guess_units(list(names), names)}
    near = {each.code: each.id for each in logs.standards_near(_unit(batch.unit_id))}
    for code in standards:
        if code not in near:
            operations.discard(batch, actor=actor)
            session.commit()
            raise InvalidInput(f"--standard: no standard {code} in force near this unit.")
    values["standards"] = [near[code] for code in standards]
    operations.map_columns(batch, values, actor=actor)
    session.commit()


def _unit(unit_id: int) -> Any:
    from accounts import queries as accounts

    return accounts.get_unit(unit_id)


def _run(batch_id: int, actor: Any) -> dict[str, Any]:
    """By the queue, like the pages: this process works until the import and its measurement are done."""
    from flask import current_app

    from core import jobs
    from core.db import session
    from core.errors import InvalidInput
    from delivery import operations
    from delivery.queries import logs

    operations.queue_import(logs.get_batch(batch_id), actor=actor)
    session.commit()
    application = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the worker takes the application itself
    while jobs.run_one(application):
        pass
    session.expire_all()
    batch = logs.get_batch(batch_id)
    job = logs.find_job(batch_id)
    if batch.state != "accepted" or batch.event_log is None:
        raise InvalidInput(job.message if job and job.message else "the import did not finish")
    return {
        "log": batch.event_log.code,
        "rows": batch.rows,
        "cases": batch.cases,
        "rejected": batch.rejected,
        "reasons": batch.reasons,
        "as_of": batch.as_of.isoformat() if batch.as_of else None,
        "input_sha256": batch.file.sha256,
        "parquet_sha256": batch.parquet_sha256,
    }
