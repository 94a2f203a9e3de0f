"""Who may do what: permissions by role, roles held at a unit and below. Deny by default.

Every endpoint states its guard (`@guard(PERMISSION)`, `@signed_in` or `@public`); the factory refuses to start
with an endpoint that has none. Records are guarded a second time in the getters of each room.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, and_, false, or_, true

from core.errors import NotPermitted

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Holding:
    """A role that a person holds at a unit and everything under it."""

    role: str
    unit_id: int
    path: str


class Actor(Protocol):
    """Who acts: a person with their holdings, as loaded for this request."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def holdings(self) -> Sequence[Holding]: ...


@dataclass(frozen=True)
class Permission:
    name: str
    roles: frozenset[str]
    label: Any

    def __str__(self) -> str:
        return self.name


_registry: dict[str, Permission] = {}


def permission(name: str, label: Any, roles: Iterable[str]) -> Permission:
    """Declare a permission (`room.verb`) and the roles that carry it."""
    made = Permission(name, frozenset(roles), label)
    _registry[name] = made
    return made


def permissions() -> dict[str, Permission]:
    return dict(_registry)


def may(actor: Actor | None, needed: Permission, path: str | None = None) -> bool:
    """Does the actor hold the permission, at the unit with this path, or anywhere when no path is given?"""
    if actor is None:
        return False
    return any(
        holding.role in needed.roles and (path is None or path.startswith(holding.path))
        for holding in actor.holdings
    )


def may_everywhere(actor: Actor | None, needed: Permission) -> bool:
    """Does the actor hold the permission for the whole organisation, at its root?"""
    return actor is not None and any(
        holding.role in needed.roles and holding.path.count("/") == 2 for holding in actor.holdings
    )


def require(actor: Actor | None, needed: Permission, path: str | None = None, *, what: Any = "") -> None:
    if not may(actor, needed, path):
        raise NotPermitted(what or needed.label, who=sorted(needed.roles))


def under(column: Any, path: str) -> ColumnElement[bool]:
    """At or under a unit: one range comparison on the materialised path ('0' follows '/' in ASCII)."""
    return and_(column >= path, column < path[:-1] + "0")


def reach(actor: Actor, needed: Permission) -> tuple[str, ...]:
    """Paths under which the actor holds the permission; the key by which statements are kept."""
    paths = {holding.path for holding in actor.holdings if holding.role in needed.roles}
    if any(path.count("/") == 2 for path in paths):  # the root unit: the whole organisation
        return ("/",)
    return tuple(sorted(paths))


def within(paths: tuple[str, ...], column: Any) -> ColumnElement[bool]:
    """Rows whose unit path lies under one of the paths that `reach` gave."""
    if not paths:
        return false()
    if paths == ("/",):
        return true()
    return or_(*(under(column, path) for path in paths))


def scope(actor: Actor, needed: Permission, column: Any) -> ColumnElement[bool]:
    """Rows whose unit path lies where the actor holds the permission."""
    return within(reach(actor, needed), column)


def guard(needed: Permission) -> Callable[[View], View]:
    """The endpoint is open to those who hold the permission somewhere; its getter decides about the record."""

    def mark(view: View) -> View:
        view.guard = needed  # type: ignore[attr-defined]  # read back by core/web.py
        return view

    return mark


def signed_in(view: View) -> View:
    """The endpoint is open to everybody who is signed in (own account, own tasks)."""
    view.guard = "signed_in"  # type: ignore[attr-defined]  # read back by core/web.py
    return view


def public(view: View) -> View:
    """The endpoint needs no sign-in. tests/conventions keeps the complete list of these."""
    view.guard = "public"  # type: ignore[attr-defined]  # read back by core/web.py
    return view
