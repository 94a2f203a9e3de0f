"""Takes fields out of a catalog file and says where and why when one can't be used. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from core.errors import InvalidInput
from core.lazytext import _l

MAX_LINES: Final = 40  # pieces of evidence, questions
TEXT: Final = 4000


class Reader:
    """Takes fields out of a mapping and says where and why when one can't be used."""

    def __init__(self, file: str, where: str, data: Any) -> None:
        self.file, self.where = file, where
        if not isinstance(data, dict):
            raise self.refusal("", _l("must be a mapping of fields"))
        self.data: dict[str, Any] = data

    def refusal(self, field_name: str, problem: Any) -> InvalidInput:
        place = ", ".join(part for part in (self.file, self.where, field_name) if part)
        return InvalidInput(f"{place}: {problem}")

    def text(self, name: str, *, limit: int, required: bool = False) -> str:
        value = self.data.get(name)
        if value is None or value == "":
            if required:
                raise self.refusal(name, _l("is missing"))
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.refusal(name, _l("must be a text"))
        if len(str(value)) > limit:
            raise self.refusal(name, _l("is longer than %(limit)s characters") % {"limit": limit})
        return str(value).replace("\x00", "").strip()

    def flag(self, name: str, *, default: bool | None = None) -> bool:
        value = self.data.get(name, default)
        if not isinstance(value, bool):
            raise self.refusal(name, _l("must be true or false"))
        return value

    def both(self, name: str, *, limit: int, required: bool = False) -> tuple[str, str]:
        """A text in both languages; one language at least when required."""
        value = self.data.get(name)
        if value is None and not required:
            return "", ""
        inner = Reader(self.file, f"{self.where} {name}".strip(), value)
        found = inner.text("en", limit=limit), inner.text("zh", limit=limit)
        if required and not any(found):
            raise self.refusal(name, _l("needs a text in English (en) or Chinese (zh)"))
        return found

    def lines(self, name: str) -> list[dict[str, str]]:
        value = self.data.get(name, [])
        if not isinstance(value, list) or len(value) > MAX_LINES:
            raise self.refusal(name, _l("must be a list of at most %(limit)s entries") % {"limit": MAX_LINES})
        made = []
        for position, item in enumerate(value, 1):
            inner = Reader(self.file, f"{self.where} {name} {position}", item)
            english, chinese = inner.text("en", limit=TEXT), inner.text("zh", limit=TEXT)
            if not english and not chinese:
                raise inner.refusal("", _l("needs a text in English (en) or Chinese (zh)"))
            made.append({"en": english, "zh": chinese})
        return made

    def one_of(self, name: str, allowed: Sequence[str], *, default: str | None = None) -> str:
        value = self.data.get(name, default)
        if value not in allowed:
            raise self.refusal(
                name,
                _l("must be one of %(allowed)s, not “%(value)s”")
                % {"allowed": ", ".join(allowed), "value": str(value)[:60]},
            )
        return str(value)


def plain(value: Any, depth: int = 0) -> Any:
    """Values that JSON can hold."""
    if depth > 8:
        return str(value)[:200]
    if isinstance(value, dict):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
