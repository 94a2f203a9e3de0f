"""The organisation: its day and its zone."""

from datetime import date

from flask import current_app
from sqlalchemy import select

from accounts.models import Organisation
from core import clock
from core.db import session


def today() -> date:
    """The organisation's day: from it on a role given "from today" is in force."""
    return clock.today(current_app.config["TIME_ZONE"])


def organisation() -> Organisation | None:
    return session.scalar(select(Organisation).limit(1))


def organisation_zone() -> str:
    """Zone of days and times outside of any page, where a person has none of their own."""
    found = organisation()
    return (found.time_zone if found is not None else "") or str(current_app.config["TIME_ZONE"])
