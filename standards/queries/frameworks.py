from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from core.db import session
from core.errors import NotFound
from core.tables import matching
from standards.models import Clause, ClauseLink, Framework, LicensedText
from standards.rules.clauses import CHANGED, OWN_LINK, SHIFTED, Relation


def list_frameworks() -> list[Framework]:
    """Current editions first, requirements before guidance, ISO before national standards, by code."""
    return sorted(
        session.scalars(select(Framework)),
        key=lambda item: (not item.current, item.is_guidance, not item.code.startswith("iso"), item.code),
    )


def find_framework(code: str) -> Framework | None:
    return session.scalar(select(Framework).where(Framework.code == code))


def get_framework(code: str) -> Framework:
    found = find_framework(code)
    if found is None:
        raise NotFound
    return found


def list_clauses(framework_id: int) -> list[Clause]:
    clauses = session.scalars(select(Clause).where(Clause.framework_id == framework_id))
    return sorted(clauses, key=lambda clause: clause.sort_key)


def find_clause(code: str, number: str) -> Clause | None:
    return session.scalar(
        select(Clause)
        .join(Framework, Framework.id == Clause.framework_id)
        .where(Framework.code == code, Clause.number == number)
        .options(joinedload(Clause.framework))
    )


def get_clause(code: str, number: str) -> Clause:
    found = find_clause(code, number)
    if found is None:
        raise NotFound
    return found


def find_clause_by_id(clause_id: int) -> Clause | None:
    return session.scalar(select(Clause).where(Clause.id == clause_id).options(joinedload(Clause.framework)))


@dataclass(frozen=True)
class Link:
    """A tie seen from one of its clauses: `forward` when that clause is the first of the pair."""

    link: ClauseLink
    here: int
    other: Clause
    forward: bool

    @property
    def changed(self) -> bool:
        """Between editions: content that is new, moved or only partly the same."""
        return self.link.topic in {CHANGED, SHIFTED}

    @property
    def topic(self) -> str:
        return self.link.topic.removeprefix(OWN_LINK)


def links_of(clause_ids: Iterable[int]) -> list[Link]:
    """All ties of these clauses, each from the side of the clause asked for: one statement."""
    wanted = set(clause_ids)
    if not wanted:
        return []
    rows = session.scalars(
        select(ClauseLink).where(or_(ClauseLink.a_id.in_(wanted), ClauseLink.b_id.in_(wanted)))
    ).all()
    others = {
        clause.id: clause
        for clause in session.scalars(
            select(Clause)
            .where(Clause.id.in_({row.a_id for row in rows} | {row.b_id for row in rows}))
            .options(joinedload(Clause.framework))
        )
    }
    found = []
    for row in rows:
        if row.a_id in wanted:
            found.append(Link(row, row.a_id, others[row.b_id], forward=True))
        if row.b_id in wanted:
            found.append(Link(row, row.b_id, others[row.a_id], forward=False))
    order = [Relation.successor, Relation.equal, Relation.partial, Relation.supports]
    found.sort(
        key=lambda item: (
            order.index(Relation(item.link.relation)),
            item.other.framework.code,
            item.other.sort_key,
        )
    )
    return found


def licensed_texts(clause: Clause) -> dict[str, LicensedText]:
    """The organisation's own wording by language."""
    rows = session.scalars(select(LicensedText).where(LicensedText.clause_id == clause.id))
    return {row.language: row for row in rows}


_SEARCHED = (
    Clause.number,
    Clause.title_en,
    Clause.title_zh,
    Clause.looks_for_en,
    Clause.looks_for_zh,
    Framework.designation,
    Framework.short_en,
    Framework.short_zh,
)


def search_clauses(words: str, *, framework_id: int | None = None, limit: int = 50) -> list[Clause]:
    """Clauses in which every word occurs, in either language; a number typed exactly comes first."""
    parts = " ".join(words.replace("\x00", "").split())[:100].split()[:6]
    if not parts:
        return []
    statement = (
        select(Clause)
        .join(Framework, Framework.id == Clause.framework_id)
        .where(matching(" ".join(parts), *_SEARCHED))
        .options(joinedload(Clause.framework))
        .limit(400)
    )
    if framework_id is not None:
        statement = statement.where(Clause.framework_id == framework_id)
    found = list(session.scalars(statement))
    found.sort(
        key=lambda clause: (
            clause.number not in parts,
            not clause.framework.current,
            not clause.assessable,
            clause.framework.code,
            clause.sort_key,
        )
    )
    return found[:limit]


@dataclass(frozen=True)
class Pair:
    """A line of the side-by-side reading: a clause of each, or of one alone."""

    left: Clause | None
    right: Clause | None
    relation: str = ""  # of the tie, seen from left to right
    forward: bool = True
    changed: bool = False
    topic: str = ""
    note: Any = None


def side_by_side(left: Framework, right: Framework) -> list[Pair]:
    """Two frameworks aligned by crosswalk and edition map, in the order of the left; three statements.

    A clause of the right stands beside every clause it is tied to; those tied to nothing follow after the line
    of the clause before them in their own order, so that both can be read through.
    """
    lefts = {clause.id: clause for clause in list_clauses(left.id)}
    rights = {clause.id: clause for clause in list_clauses(right.id)}
    rows = session.scalars(
        select(ClauseLink).where(
            or_(
                and_(ClauseLink.a_id.in_(lefts), ClauseLink.b_id.in_(rights)),
                and_(ClauseLink.a_id.in_(rights), ClauseLink.b_id.in_(lefts)),
            )
        )
    ).all()
    tied: dict[int, list[Pair]] = {}
    used: set[int] = set()
    for row in rows:
        forward = row.a_id in lefts
        here, there = (row.a_id, row.b_id) if forward else (row.b_id, row.a_id)
        used.add(there)
        tied.setdefault(here, []).append(
            Pair(
                lefts[here],
                rights[there],
                row.relation,
                forward,
                row.topic in {CHANGED, SHIFTED},
                row.topic.removeprefix(OWN_LINK),
                row,
            )
        )
    made: list[Pair] = []
    for clause in lefts.values():
        pairs = sorted(tied.get(clause.id, []), key=lambda pair: pair.right.sort_key if pair.right else "")
        made.extend(pairs or [Pair(clause, None)])
    return _with_alone(made, [clause for clause in rights.values() if clause.id not in used])


def _with_alone(made: list[Pair], alone: list[Clause]) -> list[Pair]:
    """Put the right-hand clauses that are tied to nothing after the last line whose right side comes before them."""
    for clause in alone:
        place = len(made)
        for position in range(len(made) - 1, -1, -1):
            before = made[position].right
            if before is not None and before.sort_key < clause.sort_key:
                place = position + 1
                break
        else:
            place = 0
        made.insert(place, Pair(None, clause))
    return made
