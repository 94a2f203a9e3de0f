"""Questionnaires, imported waves, answers by the open link and by personal ones, analyses of a wave."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core import files
from core.db import session
from demo import kiosk
from demo.cast import Cast
from improvement.models import Finding
from improvement.operations import findings
from improvement.operations import tickets as ticket_operations
from satisfaction import tokens
from satisfaction.methods.pls.templates import role_of
from satisfaction.models import SurveyItem, Wave
from satisfaction.operations import analyses, answering, importing, questionnaires, waves
from satisfaction.queries import questionnaires as queries
from satisfaction.queries.waves import find_asked
from satisfaction.rules.analyses import Method, guess_construct
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
    own = kiosk.items() if step["items"] == "kiosk" else (_item(cast, given) for given in step["items"])
    for values in own:
        questionnaires.add_item(version, values, actor=actor)


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
        anonymous=step.get("anonymous", True),
        open_link=step.get("link", False),
        actor=actor,
    )
    cast.waves[step["key"]] = made.id


def _import(cast: Cast, step: Step, actor: Any) -> None:
    """The file and what its columns mean, handed to the worker."""
    data = _rows_of(gzip.decompress((FOLDER / step["file"]).read_bytes()), step.get("days"))
    received = files.receive(io.BytesIO(data), step["named"], limit=MOST_BYTES, accept={"text/csv"})
    batch = importing.begin(received, wave=cast.wave(step["wave"]), actor=actor)
    importing.save_mapping(batch, _mapping(step), usable=True, actor=actor)
    session.flush()
    importing.queue_import(batch, actor=actor)


def _rows_of(data: bytes, days: list[int] | None) -> bytes:
    """Those of the days of a survey, first and last, without the column that says the day."""
    if days is None:
        return data
    header, *rows = csv.reader(io.StringIO(data.decode()))
    place = header.index("day")
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow([name for name in header if name != "day"])
    writer.writerows(row[:place] + row[place + 1 :] for row in rows if days[0] <= int(row[place]) <= days[1])
    return table.getvalue().encode()


def _mapping(step: Step) -> Mapping:
    if step["columns"] == "kiosk":
        return kiosk.mapping()
    uses = {
        name: Use(role=use["role"], key=use.get("key", ""), blank=tuple(use.get("blank", ())))
        for name, use in step["columns"].items()
    }
    return Mapping(uses=uses, channel="paper")


def _open(cast: Cast, step: Step, actor: Any) -> None:
    waves.open_wave(cast.wave(step["wave"]), actor=actor)


def _close(cast: Cast, step: Step, actor: Any) -> None:
    waves.close_wave(cast.wave(step["wave"]), actor=actor)


def _analyse(cast: Cast, step: Step, actor: Any) -> None:
    waves.analyse_wave(cast.wave(step["wave"]), actor=actor)


def _answer(cast: Cast, step: Step, _actor: Any) -> None:
    """By the open link, as visitors do on their telephones."""
    wave = cast.wave(step["wave"])
    assert wave.open_token is not None
    for given in step["answers"]:
        token = tokens.answer_token()
        _submit(wave, wave.open_token, token, given["say"], given["lang"])


def _submit(wave: Wave, link: str, token: str, said: dict[str, Any], language: str) -> None:
    asked = find_asked(link, tokens.hashed(link))
    assert asked is not None
    columns = columns_of(queries.list_items(wave.version_id))
    answers = read_answers(columns, {key: [str(value)] for key, value in said.items()})
    assert not answers.faults, answers.faults
    stored = answering.submit(
        asked,
        answering.key_of(asked, link, token),
        answers,
        language=language,
        channel="web",
        address=token[:12],
    )
    assert stored == answering.Outcome.stored, stored


def _panel(cast: Cast, step: Step, actor: Any) -> None:
    """The same respondents in every wave, each by a personal link. What they say is invented: a mood of each
    respondent, the level of the wave, and some chance, always the same one."""
    wave = cast.wave(step["wave"])
    invited = [
        (f"{step['members']['prefix']}-{number:02}", "") for number in range(1, step["members"]["count"] + 1)
    ]
    links = waves.invite(wave, invited, actor=actor)
    waves.open_wave(wave, actor=actor)
    session.flush()
    for number, (name, _group, link) in enumerate(links, 1):
        if _chance(wave.code, name, "there") < step["members"]["share"]:
            said = {
                code: max(
                    1,
                    min(
                        5,
                        round(
                            level
                            + 1.6 * (_chance(name, code) - 0.5)
                            + 1.5 * (_chance(step["wave"], name, code) - 0.5)
                        ),
                    ),
                )
                for code, level in step["levels"].items()
            }
            _submit(wave, link, "", said, "zh" if number % 4 else "en")


def _chance(*seed: str) -> float:
    """0 ≤ … < 1, always the same for the same words."""
    return int.from_bytes(hashlib.sha256("/".join(seed).encode()).digest()[:6], "big") / 2**48


def _triage(cast: Cast, step: Step, actor: Any) -> None:
    """What became of the shortfalls that a survey found: into a ticket, or dismissed with the reason."""
    questionnaire = cast.questionnaires[step["questionnaire"]]
    for code in step["items"]:
        finding = session.scalars(
            select(Finding).where(
                Finding.dedup_key == f"satisfaction:{questionnaire}:{code}:{cast.units[step['unit']]}",
                Finding.state == "new",
            )
        ).first()
        if finding is None:
            continue  # the data decide whether it was found at all
        if "ticket" in step:
            ticket_operations.add_finding(cast.ticket(step["ticket"]), finding, actor=actor)
        else:
            findings.dismiss(finding, reason=step["reason"], actor=actor)


def _run(cast: Cast, step: Step, actor: Any) -> None:
    """An analysis, with what its form would ask."""
    wave = cast.wave(step["wave"])
    items = queries.list_items(wave.version_id)
    asked = dict(step.get("asked", {}))
    if "kinds" in step:
        asked["items"] = [
            item.code
            for item in items
            if item.kind in step["kinds"] and item.code not in step.get("without", ())
        ]
    if step["method"] == "pls":
        own = step.get("construct", {})
        asked["construct"] = kiosk.constructs() if own == "kiosk" else _constructs(items, own)
    for side in ("before", "after"):
        if isinstance(asked.get(side), str):
            asked[side] = f"w:{cast.waves[asked[side]]}"
        elif side in asked:
            asked[side] = f"g:{json.dumps(asked[side], ensure_ascii=False)}"
    if "wave" in asked:
        asked["wave"] = cast.waves[asked["wave"]]
    analyses.start(wave, Method(step["method"]), asked, title=step["title"], actor=actor)


def _constructs(items: list[SurveyItem], given: dict[str, str]) -> dict[str, str]:
    """Where the form would place the questions, unless said otherwise."""
    return {
        item.code: name
        for item in items
        if (name := given.get(item.code, guess_construct(item.kind, item.dimension, role_of)))
        and item.kind in {"scale", "nps", "csat", "ces"}
    }


VERBS: dict[str, Callable[[Cast, Step, Any], None]] = {
    "write": _write,
    "plan": _plan,
    "import": _import,
    "open": _open,
    "close": _close,
    "analyse": _analyse,
    "answer": _answer,
    "panel": _panel,
    "triage": _triage,
    "run": _run,
}
#: steps that leave work for the worker
WITH_JOBS = frozenset({"import", "close", "analyse", "run"})


def take(cast: Cast, step: Step) -> None:
    by = step.get("by")
    VERBS[step["do"]](cast, step, cast.person(by) if by else None)
