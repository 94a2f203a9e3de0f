"""Questionnaires, an imported wave, answers by the open link."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import files
from core.db import session
from demo.cast import Cast
from satisfaction import tokens
from satisfaction.models import Wave
from satisfaction.operations import answering, importing, questionnaires, waves
from satisfaction.queries import questionnaires as queries
from satisfaction.queries.waves import find_asked
from satisfaction.rules.imports import Mapping, Use
from satisfaction.rules.items import columns_of, read_answers

Step = dict[str, Any]
FOLDER = Path(__file__).resolve().parent / "data"
MOST_BYTES = 5_000_000


def _write(cast: Cast, step: Step, actor: Any) -> None:
    standard = step.get("standard")
    made = questionnaires.write_questionnaire(
        unit=cast.unit(step["unit"]),
        owner=cast.person(step["owner"]),
        title_en=step["title"]["en"],
        title_zh=step["title"]["zh"],
        standard=cast.standard(standard) if standard else None,
        actor=actor,
    )
    cast.questionnaires[step["key"]] = made.id
    version = queries.get_newest_version(made.id)
    questionnaires.change_texts(
        version,
        intro_en=step["intro"]["en"],
        intro_zh=step["intro"]["zh"],
        thanks_en=step["thanks"]["en"],
        thanks_zh=step["thanks"]["zh"],
        actor=actor,
    )
    for given in step["items"]:
        questionnaires.add_item(version, _item(cast, given), actor=actor)


def _item(cast: Cast, given: Step) -> dict[str, Any]:
    about = given.get("about")
    ends = given.get("ends", {})
    return {
        "code": given["code"],
        "kind": given["kind"],
        "text_en": given["en"],
        "text_zh": given["zh"],
        "points": given.get("points", 5),
        "low_en": ends.get("low_en", ""),
        "low_zh": ends.get("low_zh", ""),
        "high_en": ends.get("high_en", ""),
        "high_zh": ends.get("high_zh", ""),
        "required": given.get("required", False),
        "allow_na": given.get("na", False),
        "dimension": given.get("dimension", ""),
        "standard_id": cast.standards[about[0]] if about else None,
        "requirement_code": about[1] if about else "",
        "target": given.get("target"),
    }


def _plan(cast: Cast, step: Step, actor: Any) -> None:
    made = waves.plan_wave(
        queries.get_newest_version(cast.questionnaires[step["questionnaire"]]),
        unit=cast.unit(step["unit"]),
        name_en=step["name"]["en"],
        name_zh=step["name"]["zh"],
        purpose=step["purpose"],
        population=step["population"],
        channels=step["channels"],
        first_day=cast.timeline.day(step["first"]),
        last_day=cast.timeline.day(step["last"]),
        anonymous=True,
        open_link=step.get("link", False),
        actor=actor,
    )
    cast.waves[step["key"]] = made.id


def _import(cast: Cast, step: Step, actor: Any) -> None:
    """The file and what its columns mean, handed to the worker."""
    data = gzip.decompress((FOLDER / step["file"]).read_bytes())
    received = files.receive(io.BytesIO(data), step["named"], limit=MOST_BYTES, accept={"text/csv"})
    batch = importing.begin(received, wave=cast.wave(step["wave"]), actor=actor)
    uses = {
        name: Use(role=use["role"], key=use.get("key", ""), blank=tuple(use.get("blank", ())))
        for name, use in step["columns"].items()
    }
    importing.save_mapping(batch, Mapping(uses=uses, channel="paper"), usable=True, actor=actor)
    session.flush()
    importing.queue_import(batch, actor=actor)


def _open(cast: Cast, step: Step, actor: Any) -> None:
    waves.open_wave(cast.wave(step["wave"]), actor=actor)


def _close(cast: Cast, step: Step, actor: Any) -> None:
    waves.close_wave(cast.wave(step["wave"]), actor=actor)


def _analyse(cast: Cast, step: Step, actor: Any) -> None:
    waves.analyse_wave(cast.wave(step["wave"]), actor=actor)


def _answer(cast: Cast, step: Step, _actor: Any) -> None:
    """By the open link, as visitors do on their telephones."""
    wave: Wave = cast.wave(step["wave"])
    assert wave.open_token is not None
    asked = find_asked(wave.open_token, "")
    assert asked is not None
    columns = columns_of(queries.list_items(wave.version_id))
    for given in step["answers"]:
        values = {key: [str(value)] for key, value in given["say"].items()}
        answers = read_answers(columns, values)
        assert not answers.faults, answers.faults
        token = tokens.answer_token()
        answering.submit(
            asked,
            answering.key_of(asked, wave.open_token, token),
            answers,
            language=given["lang"],
            channel="web",
            address=token[:12],
        )


VERBS: dict[str, Callable[[Cast, Step, Any], None]] = {
    "write": _write,
    "plan": _plan,
    "import": _import,
    "open": _open,
    "close": _close,
    "analyse": _analyse,
    "answer": _answer,
}
#: steps that leave work for the worker
WITH_JOBS = frozenset({"import", "close", "analyse"})


def take(cast: Cast, step: Step) -> None:
    by = step.get("by")
    VERBS[step["do"]](cast, step, cast.person(by) if by else None)
