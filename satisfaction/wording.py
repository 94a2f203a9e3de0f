"""Answers in people's own words, of links and of imported files, page by page."""

import json
from dataclasses import dataclass
from typing import Any

from core.columnar import literal, quoted
from satisfaction.models import SurveyItem, Wave
from satisfaction.queries import imports
from satisfaction.queries import waves as queries
from satisfaction.queries.questionnaires import list_items
from satisfaction.rules.items import Kind
from satisfaction.storage import ANSWERS, engine

SEARCH_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Said:
    code: str
    text: str


def page_of_texts(
    wave: Wave, *, q: str, item: str, start: int, limit: int
) -> tuple[list[Said], int, list[SurveyItem]]:
    """Texts (newest first, then those of files), how many there are, and the items they answer.

    One row a text: which texts one respondent wrote together is not shown.
    """
    items = [each for each in list_items(wave.version_id) if each.kind == Kind.text]
    codes = [each.code for each in items if not item or each.code == item]
    given = [
        Said(code, text)
        for response in queries.list_texts(wave.id, start=0, limit=SEARCH_MOST)
        for code, text in json.loads(response.texts).items()
        if code in codes and q.casefold() in text.casefold()
    ]
    listed = given[start : start + limit]
    total = len(given)
    for batch in imports.list_accepted(wave.id):
        found, count = _of_file(batch.parquet_sha256, codes, q, max(0, start - total), limit - len(listed))
        listed += found
        total += count
    return listed, total, items


def _of_file(sha256: str, codes: list[str], q: str, start: int, limit: int) -> tuple[list[Said], int]:
    path = literal(str(ANSWERS.parquet(sha256)))
    with engine() as connection:
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({path})").fetchall()  # noqa: S608 - a path of our own
        there = {row[0] for row in described}
        asked = [code for code in codes if f"t_{code}" in there]
        if not asked:
            return [], 0
        union = " UNION ALL ".join(
            f"SELECT {literal(code)} AS code, line, {quoted(f't_{code}')} AS said FROM read_parquet({path})"  # noqa: S608 - quoted
            for code in asked
        )
        kept = f"SELECT code, line, said FROM ({union}) WHERE said <> ''" + (  # noqa: S608 - built above
            " AND contains(lower(said), lower(?))" if q else ""
        )
        values: list[Any] = [q] if q else []
        count = connection.execute(f"SELECT count(*) FROM ({kept})", values).fetchone()  # noqa: S608 - built above
        rows = (
            connection.execute(
                f"SELECT code, said FROM ({kept}) ORDER BY line, code LIMIT ? OFFSET ?",  # noqa: S608 - built above
                [*values, limit, start],
            ).fetchall()
            if limit > 0
            else []
        )
    return [Said(code, text) for code, text in rows], int(count[0]) if count else 0
