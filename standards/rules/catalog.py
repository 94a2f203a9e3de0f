"""Reading a catalog file of a framework, or a crosswalk between frameworks: shape, bounds, clear refusals. Pure."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from core.errors import InvalidInput
from core.lazytext import _l
from standards.rules.catalog_reader import MAX_LINES, TEXT, Reader, plain
from standards.rules.clauses import CODE, NUMBER, Basis, Confidence, Nature, designation_of, sort_key
from standards.rules.crosswalk import Crosswalk, read_crosswalk

MAX_BYTES: Final = 4_000_000
MAX_CLAUSES: Final = 2000
MAX_DEPTH: Final = 20
TITLE: Final = 300

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
    top = Reader(file, "", data)
    if top.data.get("id") == "crosswalk":
        return read_crosswalk(top)
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


def _framework(top: Reader, sha256: str) -> FrameworkCatalog:
    code = top.text("id", limit=60, required=True)
    if not CODE.fullmatch(code):
        raise top.refusal("id", _l("must be small letters, digits, dots and hyphens, like iso-10002-2018"))
    title = top.both("title", limit=TITLE, required=True)
    short = top.both("short_title", limit=120)
    short = (short[0] or title[0][:120], short[1] or title[1][:120])
    nature = top.one_of("nature", ("guidance", "requirements", "requirement"))
    status = Reader(top.file, "status", top.data.get("status") or {})
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
        facts={name: plain(top.data[name]) for name in kept if name in top.data},
        sha256=sha256,
        clauses=clauses,
    )


def _adoptions(top: Reader) -> list[dict[str, Any]]:
    value = top.data.get("adopted_as") or []
    if not isinstance(value, list) or len(value) > MAX_LINES:
        raise top.refusal(
            "adopted_as", _l("must be a list of at most %(limit)s entries") % {"limit": MAX_LINES}
        )
    made = []
    for position, item in enumerate(value, 1):
        inner = Reader(top.file, f"adopted_as {position}", item)
        inner.text("id", limit=60, required=True)
        made.append(plain(inner.data))
    return made


def _clauses(top: Reader, entries: list[Any]) -> list[ClauseEntry]:
    made: dict[str, ClauseEntry] = {}
    for position, item in enumerate(entries, 1):
        first = Reader(top.file, _l("clause number %(n)s of the list") % {"n": position}, item)
        number = first.text("number", limit=20, required=True)
        reader = Reader(top.file, _l("clause %(number)s") % {"number": number}, item)
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
            note={name: plain(item[name]) for name in ("kind", "changed_in_edition", "note") if name in item},
        )
    return list(made.values())


def _check_counts(top: Reader, clauses: list[ClauseEntry]) -> None:
    """A file that states its counts is checked against them: a clause lost in editing is noticed."""
    stated = top.data.get("counts")
    if stated is None:
        return
    reader = Reader(top.file, "counts", stated)
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
