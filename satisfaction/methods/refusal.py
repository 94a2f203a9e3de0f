"""Sentences of the engine: looked up in the reader's language when shown, in English on the command line."""

from typing import Any, Self

from core.errors import InvalidInput
from core.lazytext import LazyText

_MOST = 120  # characters of a value from outside that a sentence repeats


def _short(value: Any) -> Any:
    if isinstance(value, str):
        line = " ".join(value.split())
        return line if len(line) <= _MOST else line[: _MOST - 1] + "…"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


class Sentence:
    """A sentence with its values, translated each time it is printed.

    Write it as `Sentence(_l("Column “%(column)s” has %(count)s gaps."), column="Q1", count=3)`: `_l` of
    core.lazytext marks the text for the catalogs. A value may itself be a LazyText or a Sentence.
    """

    __slots__ = ("source", "values")

    def __init__(self, source: LazyText, **values: Any) -> None:
        self.source = source.source
        self.values = {name: _short(value) for name, value in values.items()}

    @property
    def english(self) -> str:
        values = {
            name: value.english
            if isinstance(value, Sentence)
            else value.source
            if isinstance(value, LazyText)
            else value
            for name, value in self.values.items()
        }
        return self.source % values if values else self.source

    def as_dict(self) -> dict[str, Any]:
        """For JSON: the English text, and what is needed to say it in another language."""
        values = {
            name: value.as_dict()
            if isinstance(value, Sentence)
            else {"source": value.source, "values": {}}
            if isinstance(value, LazyText)
            else value
            for name, value in self.values.items()
        }
        return {"text": self.english, "source": self.source, "values": values}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Sentence":
        """What `as_dict` gave, read back from a stored result."""
        values = {
            name: cls.from_dict(value) if isinstance(value, dict) and "source" in value else value
            for name, value in data["values"].items()
        }
        return cls(LazyText(data["source"]), **values)

    def __str__(self) -> str:
        from core.i18n import _

        found = str(_(self.source))
        return found % self.values if self.values else found

    def __html__(self) -> str:
        from markupsafe import escape

        return str(escape(str(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sentence) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Sentence({self.english!r})"


class Refusal(InvalidInput):
    """The method cannot be run on this input; the sentence says why.

    `field` names the column, group or parameter that the person must look at (`scheme`, `scales.Value`, `IMAG1`)
    and is open to the sentence as `%(field)s`: `raise Refusal(_l("Column “%(field)s” never varies."), field="IMAG1")`.
    """

    def __init__(self, source: LazyText, *, field: str, **values: Any) -> None:
        self.field = field
        self.sentence = Sentence(source, field=field, **values)
        super().__init__(self.english)

    @property
    def message(self) -> Sentence:
        return self.sentence

    @property
    def english(self) -> str:
        """One line that always names the field."""
        line = " ".join(self.sentence.english.split())
        return line if str(_short(self.field)) in line else f"{self.field}: {line}"

    def __str__(self) -> str:
        return str(self.sentence)


class Wording(str):
    """How something was done: English text, as results say it, with the sentences that pages say it by.

    Without a text of its own it is its parts, one after the other. A code such as "xmr" keeps its name in results and
    has its meaning as a part.
    """

    __slots__ = ("between", "parts")
    parts: tuple[Sentence, ...]
    between: str

    def __new__(cls, *parts: Sentence | LazyText, text: str | None = None, between: str = "; ") -> Self:
        told = tuple(each if isinstance(each, Sentence) else Sentence(each) for each in parts)
        made = super().__new__(cls, between.join(each.english for each in told) if text is None else text)
        made.parts, made.between = told, between
        return made
