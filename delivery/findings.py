"""What a measurement finds: a promise whose whole interval lies below its target becomes a finding, once."""

from collections.abc import Sequence
from typing import Any

from core.db import session
from core.figures import Figure
from core.i18n import _, force_locale, format_share, format_target
from delivery.measuring import MeasuredRow
from delivery.queries.plans import Plan, TimingLine, unit_names
from delivery.rules.addresses import how_path
from delivery.rules.attainment import verdict
from improvement.operations.findings import raise_finding
from improvement.rules.findings import Grade, Origin
from standards.models import Requirement, Standard


def raise_shortfalls(plan: Plan, rows: Sequence[MeasuredRow], *, engine_version: str) -> int:
    """For the last 90 days, of the log's unit and of the units directly below it. Gives how many fall short.

    The same shortfall keeps its finding: its figures are brought up to date.
    """
    units = unit_names([scope.unit_id for scope in plan.scopes])
    near = {unit_id for unit_id, unit in units.items() if plan.unit_id in {unit_id, unit.parent_id}}
    short = [
        row
        for row in rows
        if row.kind == "recent" and row.unit_id in near and verdict(row.tally, row.target) == "short"
    ]
    lines = plan.by_requirement()
    for row in short:
        standard = session.get_one(Standard, row.standard_id)
        line = next(
            each for each in lines[row.standard_id, row.code] if each.requirement_id == row.requirement_id
        )
        statement_en, statement_zh = _statements(standard, line, units[row.unit_id], row)
        raise_finding(
            origin=Origin.delivery,
            grade=Grade.minor,
            statement_en=statement_en,
            statement_zh=statement_zh,
            figures=[_figure(plan, line, row, units[row.unit_id], engine_version)],
            unit=units[row.unit_id],
            standard=standard,
            requirement=session.get_one(Requirement, row.requirement_id),
            origin_label=f"{standard.code} {row.code}",
            origin_ref=f"attainment:{standard.id}:{row.code}:{row.unit_id}",
            key=f"delivery:{standard.id}:{row.code}:{row.unit_id}",
            actor=None,
        )
    return len(short)


def _statements(standard: Standard, line: TimingLine, unit: Any, row: MeasuredRow) -> tuple[str, str]:
    made = []
    for language, promise, title, name in (
        (
            "en",
            line.statement_en or line.statement_zh,
            standard.title_en or standard.title_zh,
            unit.name_en or unit.name_zh,
        ),
        (
            "zh",
            line.statement_zh or line.statement_en,
            standard.title_zh or standard.title_en,
            unit.name_zh or unit.name_en,
        ),
    ):
        with force_locale(language):
            made.append(
                str(
                    _(
                        "%(promise)s: %(share)s, target %(target)s (%(unit)s)",
                        unit=name,
                        share=format_share(row.tally.share),
                        target=format_target(row.target),
                        promise=(promise or title).rstrip(".。"),
                    )
                )
            )
    return made[0], made[1]


def _figure(plan: Plan, line: TimingLine, row: MeasuredRow, unit: Any, engine_version: str) -> Figure:
    low, high = row.tally.interval or (None, None)
    return Figure(
        value=row.tally.share,
        n=row.tally.n,
        low=low,
        high=high,
        method="wilson",
        as_of=plan.as_of,
        unit="share",
        target=row.target,
        verdict=verdict(row.tally, row.target),
        working={
            "label_en": f"{row.code} · {unit.name_en or unit.name_zh}",
            "label_zh": f"{row.code} · {unit.name_zh or unit.name_en}",
            "from": row.first.isoformat() if row.first else None,
            "until": row.last.isoformat() if row.last else None,
            "eligible": row.tally.eligible,
            "met": row.tally.met,
            "missed": row.tally.missed,
            "pending": row.tally.pending,
            "limit": line.limit,
            "engine_version": engine_version,
            "inputs_hash": row.inputs_hash,
            "batches": list(plan.batch_hashes),
            "href": how_path(row.standard_id, row.code, row.unit_id),
        },
    )
