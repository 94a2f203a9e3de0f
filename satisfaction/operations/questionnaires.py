from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from accounts.models import Person, Unit
from core import access, clock, trail
from core.db import expect_version, next_code, session
from core.errors import EditConflict, RuleViolation
from core.i18n import _, _l
from satisfaction.models import Questionnaire, QuestionnaireVersion, SurveyItem, Wave
from satisfaction.permissions import SURVEY
from satisfaction.queries import questionnaires as queries
from satisfaction.rules.items import (
    FIXED,
    ITEMS_MOST,
    PARTS,
    WITH_POINTS,
    BulkLine,
    Kind,
    problem_of,
    write_options,
)
from standards.models import Standard

PROBLEMS: dict[str, Any] = {
    "kind": _l("Choose the kind of the item."),
    "code": _l("Give a code that begins with a letter, up to 20 letters, digits and underscores: Q1."),
    "text": _l("Write the question in at least one language."),
    "second": _l("Write the other side of the pair in at least one language."),
    "points": _l("A scale has 5, 7 or 10 points."),
    "options": _l("Give 2 to 24 options, one a line."),
    "fields": _l("The line has more than eight fields."),
    "choice": _l("Add choices one by one: their options need lines of their own."),
    "dimension": _l("A dimension is a short word of letters."),
    "twice": _l("This code stands in the questionnaire already."),
}


def _permit(questionnaire: Questionnaire, actor: Any) -> None:
    access.require(actor, SURVEY, questionnaire.unit.path, what=questionnaire.code)


def write_questionnaire(
    *,
    unit: Unit,
    owner: Person,
    title_en: str = "",
    title_zh: str = "",
    standard: Standard | None = None,
    actor: Any,
) -> Questionnaire:
    access.require(actor, SURVEY, unit.path, what=unit.name)
    if not title_en and not title_zh:
        raise RuleViolation(_("Give a title in at least one language."), field="title_en")
    made = Questionnaire(
        code=next_code("SUR"),
        title_en=title_en,
        title_zh=title_zh,
        unit=unit,
        owner=owner,
        standard=standard,
    )
    session.add(made)
    session.flush()
    session.add(QuestionnaireVersion(questionnaire_id=made.id, number=1))
    session.flush()
    trail.record(made, "questionnaire.written", actor=actor, changes={"title": title_en or title_zh})
    return made


def change_questionnaire(
    questionnaire: Questionnaire, *, seen: int | None = None, actor: Any, **values: Any
) -> None:
    _permit(questionnaire, actor)
    expect_version(
        questionnaire,
        seen,
        what=questionnaire.code,
        fields=["title_en", "title_zh", "unit_id", "owner_id", "standard_id"],
    )
    if not values.get("title_en", questionnaire.title_en) and not values.get(
        "title_zh", questionnaire.title_zh
    ):
        raise RuleViolation(_("Give a title in at least one language."), field="title_en")
    if "unit_id" in values:
        unit = session.get_one(Unit, values["unit_id"])
        access.require(actor, SURVEY, unit.path, what=unit.name)
    changes = trail.changed(questionnaire, values)
    if changes:
        session.flush()
        trail.record(questionnaire, "questionnaire.changed", actor=actor, changes=changes)


def draft_version(questionnaire: Questionnaire, *, actor: Any) -> QuestionnaireVersion:
    """The next version, as a copy of the newest; while that one may still be changed it is given back."""
    _permit(questionnaire, actor)
    newest = queries.get_newest_version(questionnaire.id)
    if newest.frozen_at is None:
        return newest
    made = QuestionnaireVersion(
        questionnaire_id=questionnaire.id,
        number=newest.number + 1,
        intro_en=newest.intro_en,
        intro_zh=newest.intro_zh,
        thanks_en=newest.thanks_en,
        thanks_zh=newest.thanks_zh,
    )
    session.add(made)
    session.flush()
    left = {"id", "version_id"}
    names = [column.key for column in SurveyItem.__table__.columns if column.key not in left]
    for item in queries.list_items(newest.id):
        session.add(SurveyItem(version_id=made.id, **{name: getattr(item, name) for name in names}))
    session.flush()
    trail.record(questionnaire, "questionnaire.drafted", actor=actor, changes={"version": made.number})
    return made


def check_open(version: QuestionnaireVersion, actor: Any) -> None:
    _permit(version.questionnaire, actor)
    if version.frozen_at is not None:
        raise RuleViolation(
            _("Version %(number)s has been asked: draft a new version to change it.", number=version.number)
        )


def _touch(version: QuestionnaireVersion) -> None:
    """Any change of an item is one of its version: whoever opens a wave at the same moment meets it."""
    version.updated_at = clock.now()
    session.flush()


def change_texts(
    version: QuestionnaireVersion, *, seen: int | None = None, actor: Any, **values: str
) -> None:
    check_open(version, actor)
    fields = ["intro_en", "intro_zh", "thanks_en", "thanks_zh"]
    expect_version(version, seen, what=version.questionnaire.code, fields=fields)
    changes = trail.changed(version, {name: values[name] for name in fields if name in values})
    if changes:
        session.flush()
        trail.record(version.questionnaire, "questionnaire.texts_changed", actor=actor, changes=changes)


_FIELDS = (
    "code",
    "kind",
    "text_en",
    "text_zh",
    "second_en",
    "second_zh",
    "points",
    "low_en",
    "low_zh",
    "high_en",
    "high_zh",
    "options",
    "several",
    "required",
    "allow_na",
    "reverse",
    "dimension",
    "standard_id",
    "requirement_code",
    "touchpoint_id",
    "about_code",
    "top",
    "target",
)


def _settle(
    version: QuestionnaireVersion, values: Mapping[str, Any], own: SurveyItem | None
) -> dict[str, Any]:
    """What an item becomes: only what its kind knows, checked."""
    made = {name: values[name] for name in _FIELDS if name in values}
    found = problem_of(
        made["kind"],
        made["code"],
        made.get("text_en", ""),
        made.get("text_zh", ""),
        made.get("second_en", ""),
        made.get("second_zh", ""),
        made.get("points", 5),
        len(made.get("options", ())),
    )
    if found is not None:
        raise RuleViolation(PROBLEMS[found[1]], field=found[0])
    kind = Kind(made["kind"])
    if kind not in WITH_POINTS:
        made["points"] = FIXED[kind][1] if kind in FIXED else 5
    if kind not in PARTS:
        made["second_en"] = made["second_zh"] = ""
    if kind != Kind.choice:
        made["options"], made["several"] = [], False
    if kind != Kind.importance:
        made["about_code"] = ""
    if kind in {Kind.text, Kind.choice, Kind.kano}:
        made["reverse"] = False
    _check_target(kind, made)
    clash = session.scalar(
        select(SurveyItem.id).where(
            SurveyItem.version_id == version.id,
            func.lower(SurveyItem.code) == made["code"].lower(),
            SurveyItem.id != (own.id if own else 0),
        )
    )
    if clash is not None:
        raise RuleViolation(PROBLEMS["twice"], field="code")
    if made.get("requirement_code") and not made.get("standard_id"):
        made["requirement_code"] = ""
    return made


def _check_target(kind: Kind, made: dict[str, Any]) -> None:
    target = made.get("target")
    if target is None:
        return
    limits = {
        Kind.nps: (-100.0, 100.0),
        Kind.csat: (0.0, 100.0),
        Kind.ces: (1.0, 7.0),
        Kind.scale: (1.0, float(made.get("points", 5))),
    }
    if kind not in limits:
        made["target"] = None
        return
    low, high = limits[kind]
    if not low <= target <= high:
        raise RuleViolation(
            _("The target must lie between %(low)s and %(high)s.", low=f"{low:g}", high=f"{high:g}"),
            field="target",
        )


def add_item(version: QuestionnaireVersion, values: Mapping[str, Any], *, actor: Any) -> SurveyItem:
    check_open(version, actor)
    items = queries.list_items(version.id)
    if len(items) >= ITEMS_MOST:
        raise RuleViolation(_("A questionnaire has at most %(num)s items.", num=ITEMS_MOST))
    made = SurveyItem(
        version_id=version.id,
        position=(items[-1].position + 1) if items else 1,
        **_settle(version, values, None),
    )
    session.add(made)
    session.flush()
    _touch(version)
    trail.record(
        version.questionnaire,
        "questionnaire.item_added",
        actor=actor,
        changes={"item": made.code, "text": made.text_en or made.text_zh},
    )
    return made


def change_item(item: SurveyItem, values: Mapping[str, Any], *, seen: int | None = None, actor: Any) -> None:
    """`seen` is the row version of the questionnaire's version: an item is a part of it."""
    version = item.version
    check_open(version, actor)
    if seen is not None and seen != version.row_version:
        raise EditConflict(
            f"{version.questionnaire.code} {item.code}",
            version=version.row_version,
            current={name: getattr(item, name) for name in _FIELDS}
            | {"options": write_options(item.options)},
            saved_at=version.updated_at,
            record=("questionnaire", version.questionnaire_id),
        )
    changes = trail.changed(item, _settle(version, values, item))
    if changes:
        session.flush()
        _touch(version)
        trail.record(
            version.questionnaire,
            "questionnaire.item_changed",
            actor=actor,
            changes={"item": item.code, **changes},
        )


def remove_item(item: SurveyItem, *, actor: Any) -> None:
    version = item.version
    check_open(version, actor)
    trail.record(
        version.questionnaire, "questionnaire.item_removed", actor=actor, changes={"item": item.code}
    )
    session.delete(item)
    session.flush()
    _touch(version)


def move_item(item: SurveyItem, *, by: int, actor: Any) -> None:
    """One place up (-1) or down (1)."""
    version = item.version
    check_open(version, actor)
    items = queries.list_items(version.id)
    at = items.index(item)
    to = min(max(at + by, 0), len(items) - 1)
    if to == at:
        return
    items.insert(to, items.pop(at))
    order_items(version, [each.id for each in items], actor=actor)


def order_items(version: QuestionnaireVersion, ids: Sequence[int], *, actor: Any) -> None:
    """A new order of all items."""
    check_open(version, actor)
    items = {item.id: item for item in queries.list_items(version.id)}
    if sorted(items) != sorted(ids):
        raise RuleViolation(_("The items changed meanwhile. Load the page again."))
    for position, item_id in enumerate(ids, 1):
        items[item_id].position = position
    _touch(version)
    trail.record(
        version.questionnaire,
        "questionnaire.items_ordered",
        actor=actor,
        changes={"items": [items[item_id].code for item_id in ids]},
    )


def add_bulk(version: QuestionnaireVersion, lines: Sequence[BulkLine], *, actor: Any) -> int:
    """All lines or none; a fault names its line."""
    check_open(version, actor)
    items = queries.list_items(version.id)
    known = {item.code.lower() for item in items}
    if len(items) + len(lines) > ITEMS_MOST:
        raise RuleViolation(_("A questionnaire has at most %(num)s items.", num=ITEMS_MOST), field="lines")
    if not lines:
        raise RuleViolation(_("Write at least one line."), field="lines")
    for line in lines:
        fault = line.fault or ("twice" if line.values["code"].lower() in known else "")
        if fault:
            raise RuleViolation(
                _("Line %(line)s: %(why)s", line=line.number, why=PROBLEMS[fault]), field="lines"
            )
        known.add(line.values["code"].lower())
    start = items[-1].position + 1 if items else 1
    for position, line in enumerate(lines, start):
        values = {**line.values, "allow_na": False, "required": False}
        session.add(SurveyItem(version_id=version.id, position=position, **_settle(version, values, None)))
    session.flush()
    _touch(version)
    trail.record(
        version.questionnaire,
        "questionnaire.items_added",
        actor=actor,
        changes={"items": [line.values["code"] for line in lines][:60]},
    )
    return len(lines)


def freeze(version: QuestionnaireVersion, *, actor: Any) -> None:
    """From now on it can be answered, so its wording stays."""
    if version.frozen_at is not None:
        return
    if not queries.list_items(version.id):
        raise RuleViolation(_("The questionnaire has no items yet."))
    version.frozen_at = clock.now()
    session.flush()
    trail.record(
        version.questionnaire, "questionnaire.frozen", actor=actor, changes={"version": version.number}
    )


def discard_version(version: QuestionnaireVersion, *, actor: Any) -> None:
    """A version that nobody was asked may go, except the only one."""
    check_open(version, actor)
    if version.number == 1:
        raise RuleViolation(_("The first version stays."))
    if session.scalar(select(Wave.id).where(Wave.version_id == version.id).limit(1)) is not None:
        raise RuleViolation(_("A wave is planned with this version."))
    trail.record(
        version.questionnaire,
        "questionnaire.version_discarded",
        actor=actor,
        changes={"version": version.number},
    )
    for item in queries.list_items(version.id):
        session.delete(item)
    session.flush()
    session.delete(version)
    session.flush()
