"""Figures of delivery for other rooms and printed documents: overview panels, proofs of standards, certification."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from accounts.models import Unit
from core import access
from core.db import session
from core.figures import Figure, Verdict
from core.i18n import pick
from core.slots import Panel
from delivery.permissions import SEE
from delivery.queries import lines as queries
from delivery.queries.lines import Line
from delivery.rules.attainment import Slip, Tally, add_up, verdict
from standards.models import Requirement, Standard, Version
from standards.proof import Proof
from standards.rules.sentences import plain

OVERVIEW_ROWS = 9
SLIPPING_ROWS = 4


def counts(lines: Iterable[Line]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for line in lines:
        found[line.verdict] += 1
    return dict(found)


def slips(lines: Iterable[Line]) -> list[tuple[Line, Slip]]:
    """Promises that still stand (kept or on the line) but fall, the steepest first."""
    found = [
        (line, slip)
        for line in lines
        if line.verdict in {"kept", "on_the_line"} and (slip := line.slip) is not None
    ]
    return sorted(found, key=lambda pair: pair[1].difference)


# --- the overview: both panels from one reading of the lines --------------------------------------------------


def _lines(person: Any) -> list[Line]:
    """Lines of the person of this request: both panels of the overview ask for them, one reading serves both."""
    from flask import request

    kept = request.environ.get("delivery.lines")
    if kept is None:
        kept = request.environ["delivery.lines"] = queries.list_lines(person)
    found: list[Line] = kept
    return found


def promises_panel(_record: Any, person: Any) -> Panel | None:
    if not access.may(person, SEE):
        return None
    lines = _lines(person)
    if not lines:
        return None
    return Panel(
        "delivery/panel_promises.html",
        {"lines": lines[:OVERVIEW_ROWS], "total": len(lines), "counts": counts(lines)},
        order=20,
    )


def slipping_panel(_record: Any, person: Any) -> Panel | None:
    if not access.may(person, SEE):
        return None
    found = slips(_lines(person))
    if not found:
        return None
    return Panel("delivery/panel_slipping.html", {"slips": found[:SLIPPING_ROWS]}, order=30)


# --- proof of a standard's promises ---------------------------------------------------------------------------


def proofs(standard: Standard, _version: Version, person: Any) -> dict[str, Proof]:
    """The figure of the last 90 days of each timing requirement, at the highest unit the person may see."""
    if not access.may(person, SEE):
        return {}
    return {
        line.code: Proof(
            figure=line.figure,
            spark=line.spark,
            cases_url=line.cases_url,
            how_url=line.how_url,
        )
        for line in queries.list_lines(person, standard_ids=[standard.id])
    }


# --- certification --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AttainmentRow:
    """A promise over the whole months of a period."""

    standard_id: int
    standard_code: str
    title: str
    code: str
    statement: str
    figure: Figure
    tally: Tally
    months: int
    title_en: str = ""
    title_zh: str = ""
    statement_en: str = ""
    statement_zh: str = ""

    @property
    def verdict(self) -> Verdict:
        return verdict(self.tally, self.figure.target or 0.0)


def attainment_rows(
    standard_ids: Sequence[int] | None, unit: Unit, first: date, last: date
) -> list[AttainmentRow]:
    """Promises of these standards (None for all) in a unit, over the months that lie wholly in the period. Two statements.

    The target is that of the newest version with cases in the period.
    """
    rows = queries.attainment_between(standard_ids, [unit.path], first, last)
    grouped: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.standard_id, row.requirement_code].append(row)
    newest = {
        key: max(found, key=lambda row: (row.period, row.requirement_id)) for key, found in grouped.items()
    }
    texts = {
        requirement_id: (
            standard_code,
            (pick(title_en, title_zh), title_en, title_zh),
            (plain(pick(en, zh)), plain(en), plain(zh)),
        )
        for requirement_id, en, zh, standard_code, title_en, title_zh in session.execute(
            select(
                Requirement.id,
                Requirement.statement_en,
                Requirement.statement_zh,
                Standard.code,
                Standard.title_en,
                Standard.title_zh,
            )
            .join(Version, Version.id == Requirement.version_id)
            .join(Standard, Standard.id == Version.standard_id)
            .where(Requirement.id.in_({row.requirement_id for row in newest.values()}))
        )
    }
    made = []
    for (standard_id, code), found in sorted(grouped.items()):
        last_row = newest[standard_id, code]
        standard_code, title, statement = texts[last_row.requirement_id]
        tally = add_up(Tally(row.eligible, row.met, row.missed, row.pending) for row in found)
        state = verdict(tally, last_row.target)
        interval = None if state == "too_few" else tally.interval
        made.append(
            AttainmentRow(
                standard_id,
                standard_code,
                title[0],
                code,
                statement[0] or title[0],
                Figure(
                    value=None if state == "too_few" else tally.share,
                    n=tally.n,
                    low=interval[0] if interval else None,
                    high=interval[1] if interval else None,
                    method="wilson",
                    as_of=last_row.measured_until,
                    target=last_row.target,
                    verdict=state,
                    working={
                        "met": tally.met,
                        "missed": tally.missed,
                        "pending": tally.pending,
                        "inputs_hash": last_row.inputs_hash,
                    },
                ),
                tally,
                len({row.period for row in found}),
                *title[1:],
                *statement[1:],
            )
        )
    return made


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A promise month by month over a period, oldest first."""

    title_en: str
    title_zh: str
    statement_en: str
    statement_zh: str
    standard_code: str
    code: str
    months: tuple[tuple[date, Figure], ...]


def month_lines(unit: Unit, first: date, last: date) -> list[MonthLine]:
    """Promises of a unit over the whole months of a period, those that fall short or are on the line first."""
    whole = attainment_rows(None, unit, first, last)
    rank = {"short": 0, "on_the_line": 1, "kept": 2, "too_few": 3}
    whole.sort(key=lambda row: (rank[row.verdict], row.standard_code, row.code))
    grouped: dict[tuple[int, str], dict[date, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in queries.attainment_between(None, [unit.path], first, last):
        grouped[row.standard_id, row.requirement_code][row.period_from].append(row)
    return [
        MonthLine(
            row.title_en,
            row.title_zh,
            row.statement_en or row.title_en,
            row.statement_zh or row.title_zh,
            row.standard_code,
            row.code,
            tuple(
                (start, _month_figure(found))
                for start, found in sorted(grouped[row.standard_id, row.code].items())
            ),
        )
        for row in whole
    ]


def _month_figure(found: Sequence[Any]) -> Figure:
    tally = add_up(Tally(row.eligible, row.met, row.missed, row.pending) for row in found)
    target = max(found, key=lambda row: row.requirement_id).target
    state = verdict(tally, target)
    interval = None if state == "too_few" else tally.interval
    return Figure(
        None if state == "too_few" else tally.share,
        tally.n,
        interval[0] if interval else None,
        interval[1] if interval else None,
        method="wilson",
        target=target,
        verdict=state,
    )
