"""Texts of rules: looked up when shown. Rules may not import Flask, so this door imports it when it is used."""

from typing import Any


class LazyText:
    """A source text that is translated each time it is printed."""

    __slots__ = ("context", "source")

    def __init__(self, source: str, context: str = "") -> None:
        self.source = source
        self.context = context

    def __str__(self) -> str:
        from core.i18n import _, _p

        return _p(self.context, self.source) if self.context else _(self.source)

    def __html__(self) -> str:
        from markupsafe import escape

        return str(escape(str(self)))

    def __mod__(self, values: Any) -> str:
        made: str = str(self) % values
        return made

    def __repr__(self) -> str:
        return f"LazyText({self.source!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LazyText) and other.source == self.source and other.context == self.context

    def __hash__(self) -> int:
        return hash(self.source)


_l = LazyText


def _lp(context: str, source: str) -> LazyText:
    """As `core.i18n._p`: `context` says of what the words are said."""
    return LazyText(source, context)
