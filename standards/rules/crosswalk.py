"""Crosswalks: which clauses of different frameworks cover the same ground, and how editions follow. Pure."""

from dataclasses import dataclass, replace
from typing import Any, Final

from core.lazytext import _l
from standards.rules.catalog_reader import TEXT, Reader, plain
from standards.rules.clauses import CHANGED, SAME, SHIFTED, Relation

MAX_PAIRS: Final = 20_000


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


def read_crosswalk(top: Reader) -> Crosswalk:
    pairs = top.data.get("pairs", [])
    if not isinstance(pairs, list) or len(pairs) > MAX_PAIRS:
        raise top.refusal("pairs", _l("must be a list of at most %(limit)s entries") % {"limit": MAX_PAIRS})
    made: dict[tuple[Any, ...], LinkEntry] = {}
    for position, item in enumerate(pairs, 1):
        place = str(_l("pair %(n)s") % {"n": position})
        reader = Reader(top.file, place, item)
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
    return Crosswalk({name: plain(top.data[name]) for name in ("as_of", "basis") if name in top.data}, links)


def _end(reader: Reader, name: str) -> tuple[str, str]:
    end = Reader(reader.file, f"{reader.where} {name}", reader.data.get(name))
    return end.text("standard", limit=60, required=True), end.text("clause", limit=20, required=True)


def _edition_map(top: Reader) -> list[LinkEntry]:
    head = Reader(top.file, "edition_map", top.data["edition_map"])
    old = head.text("from_standard", limit=60, required=True)
    new = head.text("to_standard", limit=60, required=True)
    pairs = head.data.get("pairs", [])
    if not isinstance(pairs, list) or len(pairs) > MAX_PAIRS:
        raise head.refusal("pairs", _l("must be a list of at most %(limit)s entries") % {"limit": MAX_PAIRS})
    made: dict[tuple[str, str], LinkEntry] = {}
    for position, item in enumerate(pairs, 1):
        place = "edition_map " + _l("pair %(n)s") % {"n": position}
        reader = Reader(top.file, place, item)
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
