"""Reads of accounts, for all rooms: `from accounts import queries as accounts`."""

from accounts.queries.acting import holdings_of, load_actor, with_holdings
from accounts.queries.facts import person_facts, unit_facts
from accounts.queries.grants import get_grant, in_force, list_grants, list_holders, people_with
from accounts.queries.organisations import organisation, organisation_zone, today
from accounts.queries.people import (
    LAST_SIGN_IN,
    count_people_by_unit,
    find_person_by_email,
    get_person,
    get_person_by_email,
    get_person_for,
    list_people,
    list_people_of,
    people_rows,
    search_people,
)
from accounts.queries.signing_in import has_failed_too_often, is_throttled, list_sessions, list_sign_ins
from accounts.queries.units import (
    Place,
    find_root,
    find_unit_by_code,
    get_place,
    get_unit,
    get_unit_for,
    list_units,
    places,
    unit_choices,
)

__all__ = [
    "LAST_SIGN_IN",
    "Place",
    "count_people_by_unit",
    "find_person_by_email",
    "find_root",
    "find_unit_by_code",
    "get_grant",
    "get_person",
    "get_person_by_email",
    "get_person_for",
    "get_place",
    "get_unit",
    "get_unit_for",
    "has_failed_too_often",
    "holdings_of",
    "in_force",
    "is_throttled",
    "list_grants",
    "list_holders",
    "list_people",
    "list_people_of",
    "list_sessions",
    "list_sign_ins",
    "list_units",
    "load_actor",
    "organisation",
    "organisation_zone",
    "people_rows",
    "people_with",
    "person_facts",
    "places",
    "search_people",
    "today",
    "unit_choices",
    "unit_facts",
    "with_holdings",
]
