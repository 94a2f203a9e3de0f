"""Time zones are names of the IANA list, checked wherever one is given."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import RuleViolation
from core.i18n import _


def check_zone(name: str) -> None:
    if not name:
        return
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise RuleViolation(
            _("“%(name)s” is not a time zone. Use a name like Asia/Shanghai.", name=name), field="time_zone"
        ) from error
