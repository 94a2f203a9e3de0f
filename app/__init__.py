"""Composition root: the only place that knows all rooms."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.factory import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """The factory is loaded when it is asked for: commands that work on files alone start without it."""
    if name == "create_app":
        from app.factory import create_app

        return create_app
    raise AttributeError(name)
