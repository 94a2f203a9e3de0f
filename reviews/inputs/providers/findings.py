"""Findings and tickets: nonconformities, and opportunities for improvement."""

from collections.abc import Iterable
from typing import Any

from core import clock
from core.i18n import _l, zone
from improvement import reports as improvement
from improvement.models import Finding
from improvement.rules.findings import GRADE_LABELS, ORIGIN_LABELS, STATE_LABELS, FindingState, Grade, Origin
from improvement.rules.tickets import STAGE_LABELS, Stage
from reviews.inputs.blocks import (
    Block,
    bars,
    both,
    cell,
    coded,
    day,
    figure,
    figures,
    nothing,
    plain,
    table,
    words,
)
from reviews.inputs.providers.asked import GRADE_TONE, Asked, labelled, pairs


def nonconformities(asked: Asked) -> list[Block]:
    found = [
        item
        for item in improvement.findings_for(None, asked.unit, asked.first, asked.last)
        if item.state not in {"dismissed", "merged"}
    ]
    tickets = improvement.tickets_for(None, asked.unit, asked.first, asked.last)
    now = improvement.figures_for(asked.unit, asked.first, asked.last)
    before = improvement.figures_for(asked.unit, *asked.before)
    grave = [item for item in found if item.grade in {"major", "minor"}]
    made = [
        figures(
            _l("Findings and tickets of the period"),
            [
                figure(
                    both(label_en, label_zh),
                    one,
                    earlier,
                    href=str(one.working["href"]),
                    better=str(one.working["better"]),
                )
                for (label_en, label_zh), one, earlier in pairs(labelled(now), labelled(before))
            ],
        ),
        bars(
            _l("Findings raised or still open, by grade"),
            [
                (words(label), sum(1 for item in found if item.grade == grade), GRADE_TONE[grade.value])
                for grade, label in GRADE_LABELS.items()
            ],
        ),
    ]
    if grave:
        grave.sort(key=lambda item: (item.grade != Grade.major, item.raised_at))
        made.append(_finding_table(_l("Nonconformities raised in the period or still open"), grave))
    if tickets:
        today = clock.now().astimezone(zone()).date()
        made.append(
            table(
                _l("Tickets open in the period"),
                [_l("Ticket"), _l("Owner"), _l("Stage"), _l("Due")],
                [
                    (
                        cell(plain(f"{item.code}  {item.title}"), href=f"/tickets/{item.id}"),
                        cell(plain(item.owner.name if item.owner else "—")),
                        cell(
                            words(STAGE_LABELS[Stage(item.stage)]),
                            tone={"closed": "good", "cancelled": "few"}.get(item.stage, "info"),
                        ),
                        cell(
                            day(item.due) if item.stage not in {"closed", "cancelled"} else plain(""),
                            tone="bad"
                            if item.due and item.due < today and item.stage not in {"closed", "cancelled"}
                            else "",
                        ),
                    )
                    for item in tickets
                ],
                most=15,
            )
        )
    return made


def _finding_table(title: Any, found: Iterable[Finding]) -> Block:
    return table(
        title,
        [_l("Finding"), _l("Grade"), _l("Origin"), _l("State")],
        [
            (
                cell(
                    coded(item.code, item.statement_en, item.statement_zh),
                    href=f"/findings/{item.id}",
                ),
                cell(words(GRADE_LABELS[Grade(item.grade)]), tone=GRADE_TONE[item.grade]),
                cell(words(ORIGIN_LABELS[Origin(item.origin)])),
                cell(
                    words(STATE_LABELS[FindingState(item.state)]),
                    tone="good" if item.state == "closed" else "info",
                ),
            )
            for item in found
        ],
        most=15,
    )


def opportunities(asked: Asked) -> list[Block]:
    found = [
        item
        for item in improvement.findings_for(None, asked.unit, asked.first, asked.last)
        if item.grade in {"ofi", "strength"} and item.state not in {"dismissed", "merged"}
    ]
    if not found:
        return [nothing(_l("No opportunity for improvement was recorded in this period."))]
    return [_finding_table(_l("Opportunities and good practices"), found)]
