"""Loading catalogs into the database: repeatable, keeps what people hung on clauses."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError

from core import clock, trail
from core.db import expect_version, session
from core.errors import InvalidInput, RuleViolation
from core.i18n import LANGUAGES, _
from standards.models import Clause, ClauseLink, Framework, LicensedText
from standards.rules.catalog import ClauseEntry, FrameworkCatalog, parse
from standards.rules.clauses import OWN_LINK
from standards.rules.crosswalk import Crosswalk, LinkEntry

CATALOGS: Final = Path(__file__).resolve().parent.parent / "catalogs"
LICENSED_LIMIT: Final = 20_000

_FIELDS = (
    "sort_key",
    "level",
    "title_en",
    "title_zh",
    "title_editorial",
    "assessable",
    "looks_for_en",
    "looks_for_zh",
    "evidence",
    "questions",
    "confidence",
    "basis",
    "note",
)


@dataclass
class Loaded:
    """What loading one file did. `kept` are clauses that vanished from the file but carry somebody's work."""

    file: str
    code: str = ""
    added: int = 0
    changed: int = 0
    removed: int = 0
    kept: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def worth_telling(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.kept or self.skipped)

    @property
    def sentence(self) -> str:
        """One line for the command line."""
        parts = [f"{self.added} added, {self.changed} changed, {self.removed} removed"]
        if self.kept:
            parts.append(f"kept because something hangs on them: {', '.join(self.kept)}")
        if self.skipped:
            parts.append("; ".join(self.skipped))
        return f"{self.code or self.file}: {'; '.join(parts)}"


def load_all() -> list[Loaded]:
    """The catalogs that come with the product. A framework that people replaced by a file of their own is left."""
    own = {
        code
        for code, facts in session.execute(select(Framework.code, Framework.facts))
        if facts.get("origin") == "own"
    }
    results = []
    crosswalks: list[Crosswalk] = []
    for path in sorted(CATALOGS.glob("*.yaml")):
        catalog = parse(path.read_bytes(), path.name)
        if isinstance(catalog, Crosswalk):
            crosswalks.append(catalog)
        elif catalog.code in own:
            results.append(
                Loaded(path.name, catalog.code, skipped=["left alone: replaced by a file of your own"])
            )
        else:
            results.append(_load_framework(catalog, path.name, origin="product", actor=None))
    _tie_editions()
    results.extend(
        _load_links(crosswalk, "crosswalk.yaml", tolerate=own, origin="product") for crosswalk in crosswalks
    )
    return results


def load_frameworks(paths: list[Path], *, actor: Any) -> list[Loaded]:
    """Catalog files given by people: frameworks first, then crosswalks between what is there."""
    parsed = []
    for path in paths:
        try:
            with path.open("rb") as handle:
                content = handle.read(4_000_001)
        except OSError as error:
            raise InvalidInput(f"{path}: {error.strerror or error}") from error
        parsed.append((path.name, parse(content, path.name)))
    results = [
        _load_framework(catalog, name, origin="own", actor=actor)
        for name, catalog in parsed
        if isinstance(catalog, FrameworkCatalog)
    ]
    _tie_editions()
    results.extend(
        _load_links(catalog, name, tolerate=set(), origin="own")
        for name, catalog in parsed
        if isinstance(catalog, Crosswalk)
    )
    return results


def _load_framework(catalog: FrameworkCatalog, file: str, *, origin: str, actor: Any) -> Loaded:
    result = Loaded(file, catalog.code)
    framework = session.scalar(select(Framework).where(Framework.code == catalog.code))
    if framework is not None and framework.catalog_sha256 == catalog.sha256:
        return result
    facts = {
        **catalog.facts,
        "origin": origin,
        "supersedes": catalog.supersedes,
        "superseded_by": catalog.superseded_by,
    }
    values = {
        "short_en": catalog.short_en,
        "short_zh": catalog.short_zh,
        "designation": catalog.designation,
        "edition": catalog.edition,
        "nature": catalog.nature,
        "title_en": catalog.title_en,
        "title_zh": catalog.title_zh,
        "current": catalog.current,
        "adopted_as": catalog.adopted_as,
        "facts": facts,
        "catalog_sha256": catalog.sha256,
        "loaded_at": clock.now(),
    }
    if framework is None:
        framework = Framework(code=catalog.code, **values)
        session.add(framework)
        session.flush()
    else:
        trail.changed(framework, values)
    _load_clauses(framework, catalog.clauses, result)
    trail.record(
        framework,
        "framework.loaded",
        actor=actor,
        changes={
            "added": result.added,
            "changed": result.changed,
            "removed": result.removed,
            "kept": result.kept,
            "sha256": catalog.sha256,
        },
        code=catalog.designation,
    )
    return result


def _load_clauses(framework: Framework, entries: list[ClauseEntry], result: Loaded) -> None:
    known = {
        clause.number: clause
        for clause in session.scalars(select(Clause).where(Clause.framework_id == framework.id))
    }
    wanted = {entry.number for entry in entries}
    for level in sorted({entry.level for entry in entries}):
        # a level at a time, so that parents have their keys and children go in together
        for entry in (item for item in entries if item.level == level):
            values: dict[str, Any] = {name: getattr(entry, name) for name in _FIELDS}
            values["parent_id"] = known[entry.parent].id if entry.parent else None
            found = known.get(entry.number)
            if found is None:
                found = known[entry.number] = Clause(framework_id=framework.id, number=entry.number, **values)
                session.add(found)
                result.added += 1
            elif trail.changed(found, values):
                result.changed += 1
        session.flush()
    vanished = [clause for number, clause in known.items() if number not in wanted]
    for clause in sorted(vanished, key=lambda item: item.sort_key, reverse=True):
        number = clause.number
        if _remove_clause(clause):
            result.removed += 1
        else:
            clause.note = {**clause.note, "vanished": True}
            result.kept.append(number)
    result.kept.sort()
    session.flush()


def _remove_clause(clause: Clause) -> bool:
    """Remove a clause with its crosswalk unless something hangs on it; rooms above may refer to it too."""
    try:
        with session.begin_nested():
            session.execute(
                delete(ClauseLink)
                .where(or_(ClauseLink.a_id == clause.id, ClauseLink.b_id == clause.id))
                .execution_options(synchronize_session=False)
            )
            session.execute(
                delete(Clause).where(Clause.id == clause.id).execution_options(synchronize_session=False)
            )
    except IntegrityError:
        return False
    session.expunge(clause)
    return True


def _tie_editions() -> None:
    """Which edition replaces which, in whatever order the files came."""
    frameworks = {item.code: item for item in session.scalars(select(Framework))}
    for framework in frameworks.values():
        before = framework.facts.get("supersedes")
        if before in frameworks:
            framework.supersedes_id = frameworks[before].id
        after = framework.facts.get("superseded_by")
        if after in frameworks:
            frameworks[after].supersedes_id = framework.id
    session.flush()


def _load_links(crosswalk: Crosswalk, file: str, *, tolerate: set[str], origin: str) -> Loaded:
    """Links between clauses; a link that its own file no longer has goes, one from elsewhere stays."""
    result = Loaded(file)
    ids = {
        (code, number): clause_id
        for code, number, clause_id in session.execute(
            select(Framework.code, Clause.number, Clause.id).join(Clause, Clause.framework_id == Framework.id)
        )
    }
    known = {(link.a_id, link.b_id, link.relation): link for link in session.scalars(select(ClauseLink))}
    wanted = set()
    for entry in crosswalk.links:
        ends = _ends(entry, ids, tolerate, result)
        if ends is None:
            continue
        key = (*ends, entry.relation)
        wanted.add(key)
        topic = entry.topic if origin == "product" else f"{OWN_LINK}{entry.topic}"[:80]
        values = {"topic": topic, "note_en": entry.note_en, "note_zh": entry.note_zh}
        found = known.get(key)
        if found is None:
            session.add(ClauseLink(a_id=ends[0], b_id=ends[1], relation=entry.relation, **values))
            result.added += 1
        elif origin == "own" and not found.topic.startswith(OWN_LINK):
            continue  # the product says the same already
        elif trail.changed(found, values):
            result.changed += 1
    if origin == "product":
        for key, link in known.items():
            if key not in wanted and not link.topic.startswith(OWN_LINK):
                session.delete(link)
                result.removed += 1
    session.flush()
    return result


def _ends(
    entry: LinkEntry, ids: dict[tuple[str, str], int], tolerate: set[str], result: Loaded
) -> tuple[int, int] | None:
    found = []
    for code, number in (entry.a, entry.b):
        clause_id = ids.get((code, number))
        if clause_id is None:
            if code in tolerate:
                result.skipped.append(f"{code} has no clause {number}")
                return None
            raise InvalidInput(
                _(
                    "%(place)s: %(code)s has no clause %(number)s",
                    place=entry.place,
                    code=code,
                    number=number,
                )
            )
        found.append(clause_id)
    return found[0], found[1]


def keep_text(
    clause: Clause, language: str, text: str, *, seen: int | None, actor: Any
) -> LicensedText | None:
    """The organisation's own licensed wording of a clause; an empty text takes it away. The trail keeps lengths only."""
    if language not in LANGUAGES:
        raise RuleViolation(_("The language must be en or zh."), field="text")
    if len(text) > LICENSED_LIMIT:
        raise RuleViolation(
            _("Please use at most %(max)s characters.", max=f"{LICENSED_LIMIT:,}"), field="text"
        )
    found = session.scalar(
        select(LicensedText).where(LicensedText.clause_id == clause.id, LicensedText.language == language)
    )
    if found is None:
        if not text:
            return None
        found = LicensedText(clause_id=clause.id, language=language, text=text)
        session.add(found)
        before = 0
    else:
        # a form made before the text existed carries no version: it must not overwrite either
        expect_version(
            found, seen or 0, what=f"{clause.framework.designation} {clause.number}", fields=["text"]
        )
        before = len(found.text)
        if found.text == text:
            return found
        found.text = text
    session.flush()
    trail.record(
        clause,
        "clause.text_kept",
        actor=actor,
        changes={"language": language, "characters": (before, len(text))},
        code=f"{clause.framework.designation} {clause.number}",
    )
    return found
