"""The yearly programme and the audits: planned, on site, reported, accepted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from audits import photos
from audits.models import Audit, Item
from audits.operations import audits, checklist, programmes, recording, steps
from core.db import session
from demo.cast import PASSWORD, Cast
from standards.queries.frameworks import get_framework

Step = dict[str, Any]
PICTURES = Path(__file__).resolve().parent / "data"


def _programme(cast: Cast, step: Step, actor: Any) -> None:
    """The slots lie in weeks; each year that they touch gets its programme."""
    opened = {}
    for given in step["slots"]:
        day = cast.timeline.day(given["in"])
        if day.year not in opened:
            opened[day.year] = programmes.open_programme(
                cast.unit("BCS"),
                day.year,
                framework_ids=[get_framework(code).id for code in step["frameworks"]],
                objectives_en=step["objectives"]["en"],
                objectives_zh=step["objectives"]["zh"],
                risks=step["risks"],
                actor=actor,
            )
        framework = given.get("framework")
        made = programmes.add_slot(
            opened[day.year],
            unit=cast.unit(given["unit"]),
            month=day.month,
            topic_en=given["en"],
            topic_zh=given["zh"],
            framework=get_framework(framework) if framework else None,
            lead=cast.person(given["lead"]),
            actor=actor,
        )
        cast.slots[given["key"]] = made.id


def _plan(cast: Cast, step: Step, actor: Any) -> None:
    made = audits.plan_audit(
        cast.unit(step["unit"]),
        starts_on=cast.timeline.day(step["starts"]),
        ends_on=cast.timeline.day(step["ends"]),
        title_en=step["title"]["en"],
        title_zh=step["title"]["zh"],
        kind=step["kind"],
        objective=step["objective"],
        criteria=step["criteria"],
        place=step["place"],
        repeat_months=step.get("repeat", 0),
        slot=cast.slot(step["slot"]),
        actor=actor,
    )
    cast.audits[step["key"]] = made.id
    audits.set_scope(
        made,
        units=[],
        clauses=[
            cast.clause(framework, number)
            for framework, numbers in step.get("clauses", {}).items()
            for number in numbers
        ],
        standards=[cast.standard(key) for key in step.get("standards", [])],
        actor=actor,
    )
    for key, role in step["team"].items():
        audits.staff(
            made, cast.person(key), role=role, safeguard=step.get("safeguards", {}).get(key, ""), actor=actor
        )


def _prepare(cast: Cast, step: Step, actor: Any) -> None:
    """Questions from the scope, then the door to answers is open."""
    audit = cast.audit(step["audit"])
    checklist.generate(audit, earlier=False, actor=actor)
    for own in step.get("questions", []):
        checklist.add_item(audit, question_en=own["en"], question_zh=own["zh"], actor=actor)
    steps.prepare(audit, actor=actor)


def _item(cast: Cast, audit: Audit, place: list[Any]) -> Item:
    """[framework, clause, which] or [standard, requirement]; [own, which] are the questions added by hand."""
    statement = select(Item).where(Item.audit_id == audit.id).order_by(Item.position)
    which = 1
    if place[0] == "own":
        statement, which = statement.where(Item.source == "own"), place[1]
    elif place[0] in cast.standards:
        statement = statement.where(
            Item.standard_id == cast.standards[place[0]], Item.requirement_code == place[1]
        )
    else:
        statement = statement.where(Item.clause_id == cast.clause(place[0], place[1]).id)
        which = place[2] if len(place) > 2 else 1
    return list(session.scalars(statement))[which - 1]


def _record(cast: Cast, step: Step, actor: Any) -> None:
    """Answers on site, with photos and findings."""
    audit = cast.audit(step["audit"])
    for given in step["answers"]:
        at = recording.desk(audit.id, _item(cast, audit, given["item"]).id, actor)
        recording.answer(at, result=given["result"], note=given.get("note", ""), seen=None, actor=actor)
        if "photo" in given:
            with (PICTURES / given["photo"]).open("rb") as stream:
                received, width, height = photos.receive(stream, given["photo"])
            recording.add_photo(at, received, width=width, height=height, actor=actor)
        if "finding" in given:
            found = given["finding"]
            made = recording.raise_here(at, statement_en=found["en"], statement_zh=found["zh"], actor=actor)
            cast.findings[found["key"]] = made.id


def _conclude(cast: Cast, step: Step, actor: Any) -> None:
    audit = cast.audit(step["audit"])
    steps.finish(audit, actor=actor)
    steps.conclude(audit, conclusion_en=step["en"].strip(), conclusion_zh=step["zh"].strip(), actor=actor)


def _report(cast: Cast, step: Step, actor: Any) -> None:
    steps.report(cast.audit(step["audit"]), password=PASSWORD, actor=actor)


def _accept(cast: Cast, step: Step, actor: Any) -> None:
    steps.accept(cast.audit(step["audit"]), password=PASSWORD, actor=actor)


VERBS: dict[str, Callable[[Cast, Step, Any], None]] = {
    "programme": _programme,
    "plan": _plan,
    "prepare": _prepare,
    "record": _record,
    "conclude": _conclude,
    "report": _report,
    "accept": _accept,
}


def take(cast: Cast, step: Step) -> None:
    VERBS[step["do"]](cast, step, cast.person(step["by"]))
