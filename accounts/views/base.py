"""The blueprint, and who acts in this request."""

from functools import lru_cache
from zoneinfo import available_timezones

from flask import Blueprint, current_app, g, request
from flask import session as cookie

from accounts import queries

blueprint = Blueprint("accounts", "accounts.views")


def load_person() -> None:
    """Before every request: who is this, with which roles as of now."""
    zone = current_app.config["TIME_ZONE"]
    token = None if request.path.startswith("/assets/") else cookie.get("token")
    person = queries.load_actor(token) if token else None
    g.person = person
    g.organisation_zone = person.organisation_zone or zone if person is not None else zone


@lru_cache(maxsize=1)
def zones() -> list[str]:
    """Names for the datalist of time zones: places, without the old short names."""
    places = (name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [*sorted(places), "UTC"]
