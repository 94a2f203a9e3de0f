"""A specification from a file: YAML as people mean it, bounded, without surprises.

Keys are texts as written; NO, on and 0123 are texts; 1e-7 is a number; a key twice, an alias or a tag is refused.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import yaml

from core.lazytext import _l
from satisfaction.methods.refusal import Refusal

MOST_BYTES = 64_000_000  # resamples by row number are long
MOST_DEPTH = 40
_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\Z")
_WHOLE = re.compile(r"[-+]?(?:0|[1-9]\d{0,17})\Z")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Specification:
    """What a file said, the hash of its bytes (hex), and its name for messages."""

    values: dict[str, Any]
    sha256: str
    name: str


def read_spec(path: Path | None, stream: BinaryIO | None = None) -> Specification:
    """The specification in a YAML or JSON file, or in `stream`. Raises Refusal naming the file and the line."""
    name = path.name if path else "-"
    try:
        if path is not None:
            with path.open("rb") as file:
                raw = file.read(MOST_BYTES + 1)
        else:
            assert stream is not None
            raw = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refusal(
            _l("The specification “%(field)s” cannot be read: %(reason)s."),
            field=name,
            reason=error.strerror or str(error),
        ) from None
    if len(raw) > MOST_BYTES:
        raise Refusal(
            _l("The specification “%(field)s” is larger than %(most)s bytes."), field=name, most=MOST_BYTES
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal(
            _l("The specification “%(field)s” is not UTF-8 at byte %(place)s. Save it as UTF-8."),
            field=name,
            place=error.start,
        ) from None
    return Specification(parse_spec(text, name), hashlib.sha256(raw).hexdigest(), name)


def parse_spec(text: str, name: str = "SPEC") -> dict[str, Any]:
    """The mapping that a text in YAML or JSON holds. Raises Refusal."""
    try:
        found = _json(text) if text.lstrip()[:1] == "{" else None
        if found is None:
            found = _yaml(text, name)
    except RecursionError:
        raise Refusal(_l("The specification “%(field)s” is nested too deeply."), field=name) from None
    if not isinstance(found, dict) or not found:
        raise Refusal(
            _l("The specification “%(field)s” must hold parameters with values, such as “items: …”."),
            field=name,
        )
    return found


def _json(text: str) -> Any:
    """None when it is no JSON: YAML in braces looks alike."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            raise ValueError("twice")  # the YAML reader names key and line
        return made

    def refused(_constant: str) -> Any:
        raise ValueError("not finite")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=refused)
    except ValueError:
        return None


def _yaml(text: str, name: str) -> Any:
    loader = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader
    depth = 0
    try:
        # Events come one at a time, so that depth and aliases are known before anything is built.
        events = yaml.parse(text, loader)
        stack: list[_Open] = []
        root: list[Any] = []
        for event in events:
            if getattr(event, "tag", None) not in {None, "!"}:
                raise _wrong(name, event, _l("tags (!name) are not taken"))
            match event:
                case yaml.AliasEvent():
                    raise _wrong(name, event, _l("aliases (*name) are not taken"))
                case yaml.DocumentStartEvent():
                    if root:
                        raise _wrong(name, event, _l("a second document begins"))
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    depth = max(depth, len(stack) + 1)
                    if depth > MOST_DEPTH:
                        raise _wrong(name, event, _l("it is nested too deeply"))
                    stack.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else []))
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    _put(stack, root, stack.pop().made, event, name)
                case yaml.ScalarEvent():
                    plain = event.implicit[0]
                    is_key = bool(stack) and isinstance(stack[-1].made, dict) and stack[-1].key is None
                    value = event.value if is_key or not plain else _scalar(event.value)
                    _put(stack, root, value, event, name)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Refusal(
            _l("The specification “%(field)s”, line %(line)s: %(reason)s."),
            field=name,
            line=mark.line + 1 if mark else "?",
            reason=getattr(error, "problem", None) or str(error),
        ) from None
    return root[0] if root else None


class _Open:
    """A mapping or list still being filled."""

    __slots__ = ("key", "made")

    def __init__(self, made: Any) -> None:
        self.made = made
        self.key: str | None = None


def _put(stack: list[_Open], root: list[Any], value: Any, event: Any, name: str) -> None:
    if not stack:
        root.append(value)
        return
    top = stack[-1]
    if isinstance(top.made, list):
        top.made.append(value)
    elif top.key is None:
        if not isinstance(value, str):
            raise _wrong(name, event, _l("a name was expected, not a list"))
        if value in top.made:
            raise Refusal(
                _l("The specification “%(file)s”, line %(line)s: “%(field)s” stands twice."),
                field=value,
                file=name,
                line=event.start_mark.line + 1,
            )
        top.key = value
    else:
        top.made[top.key] = value
        top.key = None


def _wrong(name: str, event: Any, reason: Any) -> Refusal:
    return Refusal(
        _l("The specification “%(field)s”, line %(line)s: %(reason)s."),
        field=name,
        line=event.start_mark.line + 1,
        reason=reason,
    )


def _scalar(text: str) -> Any:
    word = text.lower()
    if word in _WORDS:
        return _WORDS[word]
    if _WHOLE.match(text):
        return int(text)
    if _NUMBER.match(text):
        return float(text)
    return text
