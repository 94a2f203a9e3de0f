"""Recurring duties of the room."""

from core.jobs import duty
from training.operations import assigning


@duty("training.daily", "%Y%m%d")
def daily() -> None:
    """Who joined gets what the rules say, records that end lapse and are renewed, what is due or late is reminded of."""
    assigning.lapse()
    assigning.follow_rules()
    assigning.renew()
    assigning.remind()
