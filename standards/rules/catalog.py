"""Reading a catalog file of a framework, or a crosswalk between frameworks: shape, bounds, clear refusals. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

import yaml

from core.errors import InvalidInput
from core.lazytext import _l
from standards.rules.clauses import (
    CHANGED,
    CODE,
    NUMBER,
    SAME,
    SHIFTED,
    Basis,
    Confidence,
    Nature,
    Relation,
    designation_of,
    sort_key,
)

MAX_BYTES: Final = 4_000_000
MAX_CLAUSES: Final = 2000
MAX_PAIRS: Final = 20_000
MAX_DEPTH: Final = 20
MAX_LINES: Final = 40  # pieces of evidence, questions
TITLE, TEXT = 300, 4000

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class ClauseEntry:
    number: str
    level: int
    parent: str | None
    title_en: str
    title_zh: str
    title_editorial: bool
    assessable: bool
    looks_for_en: str
    looks_for_zh: str
    evidence: list[dict[str, str]]
    questions: list[dict[str, str]]
    confidence: str
    basis: str
    note: dict[str, Any]

    @property
    def sort_key(self) -> str:
        return sort_key(self.number)


@dataclass(frozen=True)
class FrameworkCatalog:
    code: str
    short_en: str
    short_zh: str
    designation: str
    edition: str
    nature: str
    title_en: str
    title_zh: str
    current: bool
    supersedes: str | None
    superseded_by: str | None
    adopted_as: list[dict[str, Any]]
    facts: dict[str, Any]
    sha256: str
    clauses: list[ClauseEntry] = field(default_factory=list)


@dataclass(frozen=True)
class LinkEntry:
    place: str  # where in the file, for a refusal
    a: tuple[str, str]  # framework, clause
    b: tuple[str, str]
    relation: str
    topic: str
    note_en: str
    note_zh: str


@dataclass(frozen=True)
class Crosswalk:
    facts: dict[str, Any]
    links: list[LinkEntry]


class _Reader:
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
        inner = _Reader(self.file, f"{self.where} {name}".strip(), value)
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
            inner = _Reader(self.file, f"{self.where} {name} {position}", item)
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


def parse(content: bytes, file: str) -> FrameworkCatalog | Crosswalk:
    """A catalog file, by its content: a framework, or a crosswalk (`id: crosswalk`)."""
    if len(content) > MAX_BYTES:
        raise InvalidInput(
            f"{file}: " + _l("is larger than %(limit)s MB") % {"limit": MAX_BYTES // 1_000_000}
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file}: " + str(_l("is not UTF-8 text"))) from error
    try:
        _check_events(text, file)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - the safe loader, in C where there is one
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 0
        raise InvalidInput(
            f"{file}: "
            + _l("is not valid YAML (line %(line)s: %(problem)s)")
            % {"line": line, "problem": getattr(error, "problem", None) or type(error).__name__}
        ) from error
    top = _Reader(file, "", data)
    if top.data.get("id") == "crosswalk":
        return _crosswalk(top)
    return _framework(top, hashlib.sha256(content).hexdigest())


def _check_events(text: str, file: str) -> None:
    """Refuse what could cost without end: aliases unfold a small file, deep nesting takes the parser ever longer."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise InvalidInput(f"{file}: " + str(_l("YAML aliases (*name) are not accepted")))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise InvalidInput(f"{file}: " + str(_l("is nested too deeply")))


# --- framework -----------------------------------------------------------------------------------------------


def _framework(top: _Reader, sha256: str) -> FrameworkCatalog:
    code = top.text("id", limit=60, required=True)
    if not CODE.fullmatch(code):
        raise top.refusal("id", _l("must be small letters, digits, dots and hyphens, like iso-10002-2018"))
    title = top.both("title", limit=TITLE, required=True)
    short = top.both("short_title", limit=120)
    short = (short[0] or title[0][:120], short[1] or title[1][:120])
    nature = top.one_of("nature", ("guidance", "requirements", "requirement"))
    status = _Reader(top.file, "status", top.data.get("status") or {})
    entries = top.data.get("clauses")
    if not isinstance(entries, list) or not entries:
        raise top.refusal("clauses", _l("must be a list with at least one clause"))
    if len(entries) > MAX_CLAUSES:
        raise top.refusal("clauses", _l("has more than %(limit)s entries") % {"limit": MAX_CLAUSES})
    clauses = _clauses(top, entries)
    _check_counts(top, clauses)
    kept = ("modal", "certifiable", "complete", "status", "amendments", "adoption_note", "source")
    return FrameworkCatalog(
        code=code,
        short_en=short[0],
        short_zh=short[1],
        designation=top.text("designation", limit=60) or designation_of(short[0] or short[1], code)[:60],
        edition=top.text("edition", limit=20, required=True),
        nature=(Nature.guidance if nature == "guidance" else Nature.requirement).value,
        title_en=title[0],
        title_zh=title[1],
        current=status.flag("current", default=True),
        supersedes=status.text("supersedes", limit=60) or None,
        superseded_by=status.text("superseded_by", limit=60) or None,
        adopted_as=_adoptions(top),
        facts={name: _plain(top.data[name]) for name in kept if name in top.data},
        sha256=sha256,
        clauses=clauses,
    )


def _adoptions(top: _Reader) -> list[dict[str, Any]]:
    value = top.data.get("adopted_as") or []
    if not isinstance(value, list) or len(value) > MAX_LINES:
        raise top.refusal(
            "adopted_as", _l("must be a list of at most %(limit)s entries") % {"limit": MAX_LINES}
        )
    made = []
    for position, item in enumerate(value, 1):
        inner = _Reader(top.file, f"adopted_as {position}", item)
        inner.text("id", limit=60, required=True)
        made.append(_plain(inner.data))
    return made


def _clauses(top: _Reader, entries: list[Any]) -> list[ClauseEntry]:
    made: dict[str, ClauseEntry] = {}
    for position, item in enumerate(entries, 1):
        first = _Reader(top.file, _l("clause number %(n)s of the list") % {"n": position}, item)
        number = first.text("number", limit=20, required=True)
        reader = _Reader(top.file, _l("clause %(number)s") % {"number": number}, item)
        if not NUMBER.fullmatch(number):
            raise reader.refusal("number", _l("must look like 4.2 or A.1"))
        if number in made:
            raise reader.refusal("number", _l("stands twice in the list"))
        parent = reader.text("parent", limit=20) or None
        if parent is not None and parent not in made:
            raise reader.refusal(
                "parent", _l("clause %(number)s must stand before it in the list") % {"number": parent}
            )
        level = item.get("level", made[parent].level + 1 if parent else 1)
        if isinstance(level, bool) or not isinstance(level, int) or not 1 <= level <= 8:
            raise reader.refusal("level", _l("must be a whole number from 1 to 8"))
        title = reader.both("title", limit=TITLE, required=True)
        looks_for = reader.both("looks_for", limit=TEXT)
        assessable = reader.flag("assessable")
        if assessable and not any(looks_for):
            raise reader.refusal("looks_for", _l("is missing: an assessable clause says what it looks for"))
        made[number] = ClauseEntry(
            number=number,
            level=level,
            parent=parent,
            title_en=title[0],
            title_zh=title[1],
            title_editorial=reader.flag("title_editorial", default=False),
            assessable=assessable,
            looks_for_en=looks_for[0],
            looks_for_zh=looks_for[1],
            evidence=reader.lines("evidence"),
            questions=reader.lines("questions"),
            confidence=reader.one_of("confidence", tuple(Confidence), default=Confidence.high),
            basis=reader.one_of("basis", tuple(Basis), default=Basis.seen),
            note={
                name: _plain(item[name]) for name in ("kind", "changed_in_edition", "note") if name in item
            },
        )
    return list(made.values())


def _check_counts(top: _Reader, clauses: list[ClauseEntry]) -> None:
    """A file that states its counts is checked against them: a clause lost in editing is noticed."""
    stated = top.data.get("counts")
    if stated is None:
        return
    reader = _Reader(top.file, "counts", stated)
    for name, found in (
        ("clauses", len(clauses)),
        ("assessable", sum(1 for clause in clauses if clause.assessable)),
    ):
        if name in reader.data and reader.data[name] != found:
            raise reader.refusal(
                name,
                _l("says %(stated)s, the list has %(found)s")
                % {"stated": str(reader.data[name])[:20], "found": found},
            )


def _plain(value: Any, depth: int = 0) -> Any:
    """Values that JSON can hold."""
    if depth > 8:
        return str(value)[:200]
    if isinstance(value, dict):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


# --- crosswalk -----------------------------------------------------------------------------------------------


def _crosswalk(top: _Reader) -> Crosswalk:
    pairs = top.data.get("pairs", [])
    if not isinstance(pairs, list) or len(pairs) > MAX_PAIRS:
        raise top.refusal("pairs", _l("must be a list of at most %(limit)s entries") % {"limit": MAX_PAIRS})
    made: dict[tuple[Any, ...], LinkEntry] = {}
    for position, item in enumerate(pairs, 1):
        place = str(_l("pair %(n)s") % {"n": position})
        reader = _Reader(top.file, place, item)
        note = reader.both("note", limit=TEXT)
        link = LinkEntry(
            place=f"{top.file}, {place}",
            a=_end(reader, "a"),
            b=_end(reader, "b"),
            relation=reader.one_of("relation", (Relation.equal, Relation.partial, Relation.supports)),
            topic=reader.text("topic", limit=80),
            note_en=note[0],
            note_zh=note[1],
        )
        key = (link.a, link.b, link.relation)
        if key in made or link.a == link.b:
            raise reader.refusal("", _l("stands twice in the list, or ties a clause to itself"))
        made[key] = link
    links = list(made.values())
    if top.data.get("edition_map"):
        editions = _edition_map(top)
        links.extend(_carried_over(links, editions))
        links.extend(editions)
    return Crosswalk({name: _plain(top.data[name]) for name in ("as_of", "basis") if name in top.data}, links)


def _end(reader: _Reader, name: str) -> tuple[str, str]:
    end = _Reader(reader.file, f"{reader.where} {name}", reader.data.get(name))
    return end.text("standard", limit=60, required=True), end.text("clause", limit=20, required=True)


def _edition_map(top: _Reader) -> list[LinkEntry]:
    head = _Reader(top.file, "edition_map", top.data["edition_map"])
    old = head.text("from_standard", limit=60, required=True)
    new = head.text("to_standard", limit=60, required=True)
    pairs = head.data.get("pairs", [])
    if not isinstance(pairs, list) or len(pairs) > MAX_PAIRS:
        raise head.refusal("pairs", _l("must be a list of at most %(limit)s entries") % {"limit": MAX_PAIRS})
    made: dict[tuple[str, str], LinkEntry] = {}
    for position, item in enumerate(pairs, 1):
        place = f"edition_map {_l('pair %(n)s') % {'n': position}}"
        reader = _Reader(top.file, place, item)
        relation = reader.one_of("relation", ("equal", "partial", "none"))
        before = reader.text("from_clause", limit=20)
        after = reader.text("to_clause", limit=20)
        if relation == "none" or not before or not after:
            continue  # new in the later edition, or gone from it
        if (before, after) in made:
            raise reader.refusal("", _l("stands twice in the list, or ties a clause to itself"))
        changed = reader.flag("reported_change", default=False)
        made[before, after] = LinkEntry(
            place=f"{top.file}, {place}",
            a=(old, before),
            b=(new, after),
            relation=Relation.successor.value,
            topic=CHANGED if changed else SHIFTED if relation == "partial" else SAME,
            note_en="",
            note_zh="",
        )
    return list(made.values())


def _carried_over(links: list[LinkEntry], editions: list[LinkEntry]) -> list[LinkEntry]:
    """Ties of the old edition hold for the same places of the new one; where the content changed, in part at most."""
    later: dict[tuple[str, str], list[LinkEntry]] = {}
    for entry in editions:
        later.setdefault(entry.a, []).append(entry)
    known = {(link.a, link.b, link.relation) for link in links}
    made: list[LinkEntry] = []
    for link in links:
        steps = [(step, step.b, link.b) for step in later.get(link.a, [])]
        steps += [(step, link.a, step.b) for step in later.get(link.b, [])]
        for step, first, second in steps:
            changed = step.topic != SAME and link.relation == Relation.equal
            relation = Relation.partial.value if changed else link.relation
            if (first, second, relation) in known:
                continue
            known.add((first, second, relation))
            made.append(
                replace(
                    link,
                    a=first,
                    b=second,
                    relation=relation,
                    note_en=f"{link.note_en} Carried over from the edition before.".strip(),
                    note_zh=f"{link.note_zh}由前一版本沿用。",
                )
            )
    return made
