"""Are both languages complete? Compares the texts in the source with the catalogs in translations/zh."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
CATALOGS = ROOT / "translations" / "zh"
ROOMS = (
    "core",
    "accounts",
    "standards",
    "improvement",
    "training",
    "delivery",
    "satisfaction",
    "complaints",
    "audits",
    "reviews",
    "certification",
    "demo",
    "app",
)
KEYWORDS: dict[str, Any] = {
    "_": None,
    "_l": None,
    "_n": (1, 2),
    "gettext": None,
    "ngettext": (1, 2),
    "lazy_gettext": None,
    "_p": ((1, "c"), 2),
    "_lp": ((1, "c"), 2),
    "pgettext": ((1, "c"), 2),
}
GLUE = "\x04"  # between a context and its text, as in compiled catalogs
#: templates of the ground, which belong to no room
GROUND = {"layout", "macros", "errors", "print"}

Text = str | tuple[str, ...]


@dataclass
class State:
    """What is used where, and what stands in which catalog."""

    used: dict[Text, list[str]] = field(default_factory=lambda: defaultdict(list))
    translated: dict[Text, list[str]] = field(default_factory=lambda: defaultdict(list))
    empty: list[tuple[Text, str]] = field(default_factory=list)
    wrong: list[tuple[Text, str]] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def missing(self) -> list[Text]:
        return sorted((text for text in self.used if text not in self.translated), key=str)

    @property
    def obsolete(self) -> list[Text]:
        return sorted((text for text in self.translated if text not in self.used), key=str)

    @property
    def doubled(self) -> list[Text]:
        return sorted((text for text, places in self.translated.items() if len(places) > 1), key=str)


def _sources() -> list[Path]:
    python = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    templates = [path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"}]
    return sorted(python + templates)


def room_of(place: str) -> str:
    """Whose catalog a text used there belongs in."""
    parts = Path(place).parts
    if parts[0] == "templates":
        first = parts[1]
        if first in GROUND:
            return "core"
        if first in {"mail", "overview"}:
            return "accounts" if first == "mail" else "app"
        return first if first in ROOMS else _room_of_folder(first)
    return parts[0]


def _room_of_folder(folder: str) -> str:
    """A template folder named after a piece of a room belongs to the room whose views render it."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if f'"{folder}/' in path.read_text():
                return room
    return "app"


def extract(unreadable: list[str]) -> dict[Text, list[str]]:
    """Every text of the source with the places that use it; files that can't be parsed are named in `unreadable`."""
    from babel.messages.extract import extract_from_file
    from jinja2 import TemplateSyntaxError

    found: dict[Text, list[str]] = defaultdict(list)
    for path in _sources():
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        options = (
            {}
            if path.suffix == ".py"
            else {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
        )
        try:
            messages = list(
                extract_from_file(method, str(path), keywords=KEYWORDS, comment_tags=(), options=options)
            )
        except (TemplateSyntaxError, SyntaxError) as error:
            unreadable.append(f"{path.relative_to(ROOT)}: {error}")
            continue
        for line, message, _comments, context in messages:
            text = tuple(message) if isinstance(message, list | tuple) else message
            if context and isinstance(text, str):
                text = f"{context}{GLUE}{text}"
            if text:
                found[text].append(f"{path.relative_to(ROOT)}:{line}")
        if path.suffix == ".py":
            for line, text in _inside_f_strings(path):
                found[text].append(f"{path.relative_to(ROOT)}:{line}")
    return found


def _inside_f_strings(path: Path) -> Iterator[tuple[int, str]]:
    """Texts that stand inside an f-string: before Python 3.12 that is one token, which the extraction passes over."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.JoinedStr):
            continue
        for call in ast.walk(node):
            match call:
                case ast.Call(func=ast.Name(id="_" | "_l"), args=[ast.Constant(value=str(text)), *_]):
                    yield call.lineno, text


def _names(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", text))


def _fits(text: Text, translation: str) -> bool:
    """The same named places as the source; a plural's number may be left out only where the source repeats it."""
    sources = [text] if isinstance(text, str) else list(text)
    wanted = set().union(*map(_names, sources))
    return _names(translation) == wanted or (not isinstance(text, str) and _names(translation) <= wanted)


def _fills_in(text: Text, translation: str, places: list[str]) -> bool:
    """Templates fill in every text, also one without places: a single % would be an error on the page."""
    sources = [text] if isinstance(text, str) else list(text)
    names = set().union(*map(_names, sources))
    if not names and all(place.partition(":")[0].endswith(".py") for place in places):
        return True
    try:
        for each in (*sources, translation):
            each % dict.fromkeys(names, 0)
    except (ValueError, TypeError, KeyError):
        return False
    return True


def examine() -> State:
    from babel.messages.pofile import read_po

    state = State()
    state.used = extract(state.unreadable)
    for path in sorted(CATALOGS.glob("*.po")):
        with path.open("rb") as handle:
            catalog = read_po(handle, locale="zh")
        for message in catalog:
            if not message.id:
                continue
            text = tuple(message.id) if isinstance(message.id, list | tuple) else message.id
            if message.context and isinstance(text, str):
                text = f"{message.context}{GLUE}{text}"
            string = message.string if isinstance(message.string, str) else "".join(message.string or ())
            if not string or message.fuzzy:
                state.empty.append((text, path.name))
                continue
            state.translated[text].append(path.name)
            if not (_fits(text, string) and _fills_in(text, string, state.used.get(text, []))):
                state.wrong.append((text, path.name))
        state.translated.update(_doubled_in_file(path, state))
    return state


def _doubled_in_file(path: Path, state: State) -> dict[Text, list[str]]:
    """A catalog read into memory keeps one of two equal texts; the file itself shows both."""
    blocks = re.findall(
        r'^(?:msgctxt "((?:[^"\\]|\\.)*)"\n)?msgid ((?:"(?:[^"\\]|\\.)*"\n?)+)',
        path.read_text(),
        re.MULTILINE,
    )
    texts = [
        f"{context}{GLUE}{text}" if context else text
        for context, block in blocks
        for text in ["".join(re.findall(r'"((?:[^"\\]|\\.)*)"', block))]
    ]
    return {
        text: [*state.translated[text], path.name]
        for text in {text for text in texts if text and texts.count(text) > 1}
        if text in state.translated
    }


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def stub(text: Text) -> str:
    """An entry of a catalog to fill in."""
    singular = text if isinstance(text, str) else text[0]
    head = "#, python-format\n" if _names(singular if isinstance(text, str) else "".join(text)) else ""
    if isinstance(text, str):
        context, glue, bare = text.rpartition(GLUE)
        said_of = f"msgctxt {_quoted(context)}" if glue else ""
        return head + "\n".join([said_of, f"msgid {_quoted(bare)}", 'msgstr ""', ""]).lstrip("\n")
    return f'{head}msgid {_quoted(text[0])}\nmsgid_plural {_quoted(text[1])}\nmsgstr[0] ""\n'


@click.group()
def translations() -> None:
    """Both languages complete (for development)."""


@translations.command()
def check() -> None:
    """Name what is missing, empty, obsolete, doubled or loses a placeholder; exit 2 when there is any."""
    state = examine()
    for line in state.unreadable:
        click.echo(f"unreadable  {line}")
    for text in state.missing:
        click.echo(f"missing   {text!r}  {state.used[text][0]}")
    for text, place in state.empty:
        click.echo(f"empty     {text!r}  {place}")
    for text in state.obsolete:
        click.echo(f"obsolete  {text!r}  {', '.join(state.translated[text])}")
    for text in state.doubled:
        click.echo(f"doubled   {text!r}  {', '.join(state.translated[text])}")
    for text, place in state.wrong:
        click.echo(
            f"differs   {text!r}  {place}: the placeholders are not the same, or a single % stands in it"
        )
    faults = (
        len(state.missing) + len(state.empty) + len(state.obsolete) + len(state.doubled) + len(state.wrong)
    )
    click.echo(f"{len(state.used)} texts, {faults} faults", err=True)
    if faults:
        raise click.exceptions.Exit(2)


@translations.command()
@click.option("--room", type=click.Choice(ROOMS), help="Only texts that belong into this room's catalog.")
def missing(room: str | None) -> None:
    """Print entries to fill in."""
    state = examine()
    for text in state.missing:
        place = state.used[text][0]
        if room is None or room_of(place) == room:
            click.echo(f"#: {place}\n{stub(text)}")
