"""`plumbline import responses`: a file of answers into a wave from the command line, by the same way as the pages."""

import json
from pathlib import Path
from typing import Any

import click


@click.command("responses")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--wave", "code", required=True, help="Code of the wave that the answers belong to.")
@click.option(
    "--mapping",
    "mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the columns mean, as YAML; without it as the last time, else by the names of the columns.",
)
@click.option("--as", "email", required=True, help="E-mail of the person who imports.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def responses(file: Path, code: str, mapping: Path | None, email: str, *, as_json: bool) -> None:
    """Import FILE of survey answers into a wave and compute its figures.

    --mapping holds `uses: {column: {role: item|group|weight|date, key: Q1}}`, `blank: [codes]`, `outside:
    reject|blank`, `kano: [[words], …]`, `date_format`, `encoding`, `delimiter`.
    """
    actor, wave_id = _places(email, code)
    import_id = _begin(file, wave_id, actor)
    _map(import_id, mapping, actor)
    result = _run(import_id, actor)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    else:
        click.echo("{rows} rows, {accepted} taken, {rejected} set aside".format_map(result))


def _places(email: str, code: str) -> tuple[Any, int]:
    from sqlalchemy import select

    from accounts import queries as accounts
    from core.db import session
    from core.errors import InvalidInput
    from satisfaction.models import Wave

    person = accounts.find_person_by_email(email)
    if person is None:
        raise InvalidInput(f"--as: nobody has the e-mail {email}.")
    wave_id = session.scalar(select(Wave.id).where(Wave.code == code))
    if wave_id is None:
        raise InvalidInput(f"--wave: there is no wave with the code {code}.")
    return accounts.with_holdings(person), wave_id


def _begin(file: Path, wave_id: int, actor: Any) -> int:
    from core.db import session
    from core.errors import InvalidInput
    from core.files import receive
    from satisfaction.loading.opening import ACCEPTED, open_table
    from satisfaction.operations import importing
    from satisfaction.queries import imports, waves

    with file.open("rb") as stream:
        received = receive(stream, file.name, limit=1 << 30, accept=set(ACCEPTED))
    open_table(received.path, received.name).close()
    same = imports.find_same_file(received.sha256, wave_id)
    if same is not None:
        raise InvalidInput(
            f"{file.name}: this very file was imported on {same.accepted_at:%Y-%m-%d} already."
        )
    batch = importing.begin(received, wave=waves.get_wave(wave_id), actor=actor)
    session.commit()
    return batch.id


def _map(import_id: int, given: Path | None, actor: Any) -> None:
    from core.db import session
    from core.errors import InvalidInput
    from core.files import path_of
    from satisfaction.loading.opening import open_table
    from satisfaction.operations import importing
    from satisfaction.queries import imports
    from satisfaction.queries.questionnaires import list_items
    from satisfaction.rules.imports import Mapping, faults_of, guess_uses
    from satisfaction.rules.items import columns_of

    batch = imports.get_import(import_id)
    items = list_items(batch.wave.version_id)
    columns = columns_of(items)
    try:
        mapping = (
            _read(given) if given is not None else Mapping.read(batch.wave.version.questionnaire.mapping)
        )
        table = open_table(
            path_of(batch.file_sha256),
            batch.file.name,
            encoding=mapping.encoding,
            delimiter=mapping.delimiter,
        )
        table.close()
        if given is None:
            texts = {
                item.code: tuple(text for text in (item.text_en, item.text_zh) if text) for item in items
            }
            uses = guess_uses(table.header, columns, texts, mapping.uses)
            mapping = Mapping(uses, mapping.blank, mapping.outside, mapping.kano, mapping.date_format)
        faults = faults_of(mapping, columns, table.header)
        if faults:
            name, what = faults[0]
            raise InvalidInput(f"--mapping: {_SAID[name].format(what=what)}")
    except InvalidInput:
        importing.discard(batch, actor=actor)
        session.commit()
        raise
    importing.save_mapping(batch, mapping, usable=True, actor=actor)
    session.commit()


_SAID = {
    "gone": "the file has no column “{what}”.",
    "unknown": "the questionnaire has no answer “{what}”.",
    "twice": "two columns are said to hold the answer “{what}”.",
    "scale": "“{what}” needs both ends of the scale of the file, the lower first.",
    "none": "no column holds an answer of the questionnaire.",
    "groups": "at most twelve columns can be groups.",
    "two_weights": "only one column can be the weight.",
    "two_dates": "only one column can be the date.",
    "kano": "the same words stand for two Kano answers.",
}


def _read(path: Path) -> Any:
    import yaml

    from core.errors import InvalidInput
    from satisfaction.rules.imports import Mapping

    try:
        data = yaml.safe_load(path.read_text("utf-8-sig"))
        if not isinstance(data, dict) or not isinstance(data.get("uses"), dict):
            raise InvalidInput(f"{path.name}: `uses` must say what the columns are.")
        return Mapping.read(data)
    except (yaml.YAMLError, UnicodeDecodeError, OSError, TypeError, AttributeError) as error:
        raise InvalidInput(f"{path.name}: {' '.join(str(error).split())[:300]}") from error


def _run(import_id: int, actor: Any) -> dict[str, Any]:
    """By the queue, like the pages: this process works until the import and its figures are done."""
    from flask import current_app

    from core import jobs
    from core.db import session
    from core.errors import InvalidInput
    from satisfaction.operations import importing
    from satisfaction.queries import imports

    importing.queue_import(imports.get_import(import_id), actor=actor)
    session.commit()
    application = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the worker takes the application itself
    while jobs.run_one(application):
        pass
    session.rollback()
    session.expire_all()
    batch = imports.get_import(import_id)
    job = jobs.find(batch.job_id)
    if batch.state != "accepted":
        raise InvalidInput(job.message if job and job.message else "the import did not finish.")
    return {
        "wave": batch.wave.code,
        "rows": batch.rows,
        "accepted": batch.accepted,
        "rejected": batch.rejected,
        "reasons": batch.reasons,
        "sha256": batch.file_sha256,
    }
