"""The side navigation as data, in the order of the story; a test knows that every page has its place in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request, url_for

from core import access
from core.access import Permission
from core.i18n import _l


@dataclass(frozen=True)
class Item:
    endpoint: str
    label: Any
    icon: str
    permission: Permission | None = None
    count: str = ""  # key of a counter that app/wiring.py fills
    blueprints: tuple[str, ...] = ()
    also: tuple[str, ...] = ()  # further endpoints that belong to this item
    whole: bool = False  # only for who holds the permission for the whole organisation


@dataclass(frozen=True)
class Section:
    label: Any
    items: tuple[Item, ...]


#: filled by app/wiring.py, in this order
SECTIONS: list[Section] = []
#: pages of a person's own, reached from the menu at the top
UNPLACED = frozenset(
    {
        "accounts.account",
        "accounts.account_password",
        "accounts.end_own_session",
        "accounts.end_other_sessions",
    }
)
COUNTERS: dict[str, Callable[[Any], int]] = {}


@dataclass(frozen=True)
class Link:
    label: Any
    icon: str
    url: str
    current: bool
    count: int


def navigation() -> list[tuple[Any, list[Link]]]:
    """Sections with the items that this person may open."""
    person = getattr(g, "person", None)
    if person is None:
        return []
    blueprint = request.blueprint or ""
    shown: list[tuple[Any, list[Link]]] = []
    for section in SECTIONS:
        links = []
        for item in section.items:
            if item.endpoint not in current_app.view_functions:
                continue
            if item.permission is not None and not access.may(person, item.permission):
                continue
            if item.whole and item.permission and not access.may_everywhere(person, item.permission):
                continue
            current = request.endpoint in {item.endpoint, *item.also} or (
                blueprint in item.blueprints and not _named_elsewhere(request.endpoint)
            )
            counter = COUNTERS.get(item.count)
            links.append(
                Link(
                    item.label, item.icon, url_for(item.endpoint), current, counter(person) if counter else 0
                )
            )
        if links:
            shown.append((section.label, links))
    return shown


def _named_elsewhere(endpoint: str | None) -> bool:
    return endpoint in UNPLACED or any(
        endpoint in {item.endpoint, *item.also} for section in SECTIONS for item in section.items
    )


HOME = Section(
    None,
    (
        Item("overview.show", _l("Overview"), "speedometer2"),
        Item("overview.tasks", _l("My tasks"), "inbox", count="tasks"),
    ),
)
