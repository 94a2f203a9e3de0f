from collections.abc import Collection
from typing import Any

from core import access, trail
from core.db import session
from core.errors import RuleViolation
from core.i18n import _
from satisfaction.models import SurveyItem
from satisfaction.permissions import SURVEY
from satisfaction.queries import touchpoints as queries
from standards.models import Touchpoint


def place_items(touchpoint: Touchpoint, items: Collection[SurveyItem], *, actor: Any) -> None:
    """Exactly these questions hang on a touchpoint; those that the actor may not change stay as they are.

    It is no change of a wording: a version that has been asked is placed as well, and its waves are read by it.
    """
    if touchpoint.withdrawn_at is not None:
        raise RuleViolation(_("This touchpoint is withdrawn."))
    access.require(actor, SURVEY, touchpoint.stage.journey.unit.path, what=touchpoint.name)
    offered = {item.id: item for item in queries.items_to_hang(actor, SURVEY)}
    wanted = {item.id for item in items}
    if not wanted <= set(offered):
        raise RuleViolation(_("Choose one of the list."), field="chosen")
    for item in offered.values():
        there = item.touchpoint_id == touchpoint.id
        if (item.id in wanted) == there:
            continue
        item.touchpoint_id = None if there else touchpoint.id
        session.flush()
        label = f"{touchpoint.code} {touchpoint.name}"
        trail.record(
            item.version.questionnaire,
            "questionnaire.item_placed",
            actor=actor,
            changes={"item": item.code, "touchpoint": (label, None) if there else (None, label)},
        )
