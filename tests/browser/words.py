"""What a page says in the language of the run: the catalogs of the product, read as they are."""

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

CATALOGS = Path(__file__).resolve().parent.parent.parent / "translations" / "zh"


@cache
def _chinese() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(CATALOGS.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh"):
                if isinstance(message.id, str) and isinstance(message.string, str) and message.id:
                    found[message.id] = message.string
                elif isinstance(message.id, tuple) and isinstance(message.string, tuple):
                    found[message.id[-1]] = message.string[0]
    return found


def say(language: str, text: str, **values: object) -> str:
    """The text of the source in `language`, its marks filled in. A text that no catalog has is an error."""
    said = _chinese()[text] if language == "zh" else text
    return said % values if values or "%%" in said else said
