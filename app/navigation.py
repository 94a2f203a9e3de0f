"""The side navigation as data, in the order of the story; a test knows that every page has its place in it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import current_app, g, request, url_for
from markupsafe import Markup, escape

from core import access
from core.access import Permission
from core.i18n import _l, language


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
        "overview.list_notices",
        "overview.guide",
        "overview.guide_chapter",
    }
)
COUNTERS: dict[str, Callable[[Any], int]] = {}


@lru_cache(maxsize=256)
def _skeleton(
    _app: int, _language: str, roles: frozenset[str]
) -> list[tuple[str, list[tuple[Item, str, str]]]]:
    """Sections with (item, label, address) that holders of these roles may open; the same for all of them."""
    shown = []
    for section in SECTIONS:
        items = [
            (item, str(item.label), url_for(item.endpoint))
            for item in section.items
            if item.endpoint in current_app.view_functions
            and (item.permission is None or roles & item.permission.roles)
        ]
        if items:
            shown.append((str(section.label) if section.label else "", items))
    return shown


def _whole(person: Any, item: Item) -> bool:
    return item.permission is None or access.may_everywhere(person, item.permission)


def navigation() -> Markup:
    """The side navigation of this person, with the counts of what waits for them."""
    person = getattr(g, "person", None)
    if person is None:
        return Markup()
    roles = frozenset(holding.role for holding in person.holdings)
    blueprint, endpoint = request.blueprint or "", request.endpoint
    named = endpoint in UNPLACED or any(
        endpoint == item.endpoint or endpoint in item.also for section in SECTIONS for item in section.items
    )
    parts = []
    for label, known in _skeleton(id(current_app.view_functions), language(), roles):
        items = [entry for entry in known if not entry[0].whole or _whole(person, entry[0])]
        if not items:
            continue
        if label:
            parts.append(f"<h2>{escape(label)}</h2>\n")
        for item, text, url in items:
            current = (
                item.endpoint == endpoint
                or endpoint in item.also
                or (blueprint in item.blueprints and not named)
            )
            counter = COUNTERS.get(item.count)
            count = counter(person) if counter else 0
            mark = ' aria-current="page"' if current else ""
            waiting = f'<span class="count">{count}</span>' if count else ""
            parts.append(
                f'<a class="item" href="{escape(url)}"{mark}><span class="bi bi-{item.icon}" aria-hidden="true"></span>'
                f"{escape(text)}{waiting}</a>\n"
            )
    return Markup("".join(parts))  # noqa: S704 - every part is escaped


HOME = Section(
    None,
    (
        Item("overview.show", _l("Overview"), "speedometer2"),
        Item("overview.tasks", _l("My tasks"), "inbox", count="tasks"),
    ),
)
