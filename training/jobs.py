"""Recurring duties of the room."""

from core.jobs import duty
from training.operations import daily as duties


@duty("training.daily", "%Y%m%d")
def daily() -> None:
    """Who joined gets what the rules say, records that end lapse and are renewed, what is due or late is reminded of."""
    duties.lapse()
    duties.follow_rules()
    duties.renew()
    duties.remind()
