"""The frame of every page: rendered once for each kind of reader, then filled by plain string work.

It holds what all pages share (head, navigation, search, menus); rendering it anew cost a third of a list page.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import current_app, g, has_request_context, request, url_for
from markupsafe import Markup, escape

from app import guide
from core.i18n import _, _n, language

_MARK = re.compile("\x02([a-z]+)\x03")


def _mark(name: str) -> Markup:
    return Markup(f"\x02{name}\x03")  # noqa: S704 - a word of ours


@lru_cache(maxsize=512)
def _pieces(_app: int, _language: str, theme: str, density: str, name: str, initials: str) -> tuple[str, ...]:
    """Text, mark, text, mark, …, text."""
    template = current_app.jinja_env.get_template("layout/frame.html")
    reader = {"theme": theme, "density": density, "name": name, "initials": initials}
    text = template.render(person=reader, mark=_mark, csrf_token=lambda: _mark("csrf"))
    return tuple(_MARK.split(text))


class Frame:
    """One page's frame, given out up to the places where the page's own parts stand."""

    def __init__(self, fill: dict[str, Callable[[], Any]]) -> None:
        person = g.person
        self._pieces = iter(
            _pieces(
                id(current_app.view_functions),
                language(),
                person.theme,
                person.density,
                person.name,
                person.initials,
            )
        )
        self._fill = fill
        self._filled: dict[str, str] = {}

    def up_to(self, slot: str | None) -> Markup:
        parts = []
        for text in self._pieces:
            parts.append(text)
            mark = next(self._pieces, None)
            if mark == slot:
                break
            if mark is not None:
                parts.append(self._value(mark))
        return Markup("".join(parts))  # noqa: S704 - a template of ours, its marks filled with escaped text

    def rest(self) -> Markup:
        return self.up_to(None)

    def _value(self, mark: str) -> str:
        found = self._filled.get(mark)
        if found is None:
            found = self._filled[mark] = str(escape(self._fill[mark]()))
        return found


def _bell() -> Markup:
    count = g.person.unread
    label = _n("Notices, %(num)d unread", "Notices, %(num)d unread", count) if count else _("Notices")
    number = f'<span class="count">{count if count < 100 else "99+"}</span>' if count else ""
    return Markup(  # noqa: S704 - every part is escaped or ours
        f'<a class="ghost bell" href="{escape(url_for("overview.list_notices"))}" aria-label="{escape(label)}">'
        f'<span class="bi bi-bell" aria-hidden="true"></span>{number}</a>'
    )


def frame(nav: Callable[[], Any], other: Callable[[], Any]) -> Frame | None:
    """For a page of somebody who is signed in."""
    if getattr(g, "person", None) is None or not has_request_context():
        return None
    return Frame(
        {
            "nav": nav,
            "other": other,
            "bell": _bell,
            "help": guide.here,
            "csrf": current_app.extensions["csrf"].token,
            "here": lambda: request.full_path.rstrip("?"),
        }
    )
