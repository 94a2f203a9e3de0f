from typing import Any

from accounts.models import Unit
from complaints.models import ComplaintSetting
from complaints.operations.remedies import COST_MOST
from complaints.permissions import CONFIGURE
from complaints.queries import settings as queries
from complaints.rules.clocks import STOPS
from complaints.rules.states import WAY, State
from core import access, trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.i18n import _
from standards.models import Standard
from standards.rules.timing import LimitUnit, parse_limit

FIELDS = ["standard_id", "handler_limit", "offered", "intro_en", "intro_zh", "route_en", "route_zh"]


def set_up(
    unit: Unit,
    *,
    standard: Standard | None = None,
    clocks: dict[str, dict[str, str]] | None = None,
    handler_limit: int = 0,
    offered: bool = False,
    intro_en: str = "",
    intro_zh: str = "",
    route_en: str = "",
    route_zh: str = "",
    seen: int | None = None,
    actor: Any,
) -> ComplaintSetting:
    """How complaints are taken at a unit and below. `clocks`: milestone → {"code": "R1", "from": "received"}; complaints
    that are registered from now on are clocked by it."""
    access.require(actor, CONFIGURE, unit.path, what=unit.name)
    if not 0 <= handler_limit <= COST_MOST:
        raise RuleViolation(_("Give an amount of 0 or more."), field="handler_limit")
    chosen = _checked(standard, clocks or {})
    found = queries.find_own(unit)
    if found is None:
        found = ComplaintSetting(unit_id=unit.id, clocks={}, handler_limit=0, offered=False)
        for name in ("intro_en", "intro_zh", "route_en", "route_zh"):
            setattr(found, name, "")
        session.add(found)
        session.flush()
    else:
        expect_version(found, seen, what=unit.name, fields=FIELDS)
    changes = trail.changed(
        found,
        {
            "standard_id": standard.id if standard else None,
            "clocks": chosen,
            "handler_limit": handler_limit,
            "offered": offered,
            "intro_en": intro_en.strip(),
            "intro_zh": intro_zh.strip(),
            "route_en": route_en.strip(),
            "route_zh": route_zh.strip(),
        },
    )
    if changes:
        trail.record(found, "complaint_setting.changed", actor=actor, changes=changes, code=unit.code)
    return found


def _checked(standard: Standard | None, clocks: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    if standard is None:
        return {}
    known = {item.code: item for item in queries.list_timing(standard.id)}
    chosen: dict[str, dict[str, str]] = {}
    for stops in STOPS:
        given = clocks.get(stops.value)
        if not given or not given.get("code"):
            continue
        field = f"code_{stops.value}"
        requirement = known.get(given["code"])
        if requirement is None:
            raise RuleViolation(_("Choose a requirement of this standard."), field=field)
        if parse_limit(requirement.limit).unit is LimitUnit.BY_DUE:
            raise RuleViolation(
                _("A limit “by the due time” needs a due time that complaints do not have."), field
            )
        starts = given.get("from") or State.received.value
        if starts not in WAY or WAY.index(State(starts)) >= WAY.index(stops):
            raise RuleViolation(_("The clock must start before it stops."), field=f"from_{stops.value}")
        chosen[stops.value] = {"code": requirement.code, "from": starts}
    unknown = sorted(set(clocks) - {stops.value for stops in STOPS})
    if unknown:
        raise TypeError(f"no clock stops at {', '.join(unknown)}")
    return chosen
