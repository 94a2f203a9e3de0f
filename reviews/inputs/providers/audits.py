"""Audits, what they found, and remedies not verified yet."""

from audits import reports as audits
from audits.rules.states import STATE_CSS as AUDIT_CSS
from audits.rules.states import STATE_LABELS as AUDIT_STATES
from audits.rules.states import State as AuditState
from core.i18n import _l
from improvement.rules.findings import GRADE_LABELS, Grade
from reviews.inputs.blocks import Block, both, cell, coded, figures, nothing, plain, table, words
from reviews.inputs.providers.asked import GRADE_TONE, Asked, direction, in_both


def audited(asked: Asked) -> list[Block]:
    rows = audits.audits_for(asked.unit, asked.first, asked.last)
    now = audits.figures_for(asked.unit, asked.first, asked.last)
    before = audits.figures_for(asked.unit, *asked.before)
    left = audits.open_follow_ups(asked.unit, until=asked.last)
    if not rows and not left:
        return [nothing(_l("No audit took place in this period."))]
    made = [figures(_l("Audits of the period"), in_both(now, before, "/audits", direction))]
    if rows:
        made.append(
            table(
                _l("Audits and what they found"),
                [_l("Audit"), _l("Unit"), _l("State"), _l("Major"), _l("Minor"), _l("Opportunities")],
                [
                    (
                        cell(
                            coded(row.code, row.title_en, row.title_zh),
                            href=f"/audits/{row.id}",
                        ),
                        cell(both(row.unit_en, row.unit_zh)),
                        cell(
                            words(AUDIT_STATES[AuditState(row.state)]), tone=AUDIT_CSS[AuditState(row.state)]
                        ),
                        cell(plain(row.major), tone="bad" if row.major else "", right=True),
                        cell(plain(row.minor), tone="edge" if row.minor else "", right=True),
                        cell(plain(row.ofi), right=True),
                    )
                    for row in rows
                ],
                most=15,
            )
        )
    if left:
        made.append(
            table(
                _l("Remedies not verified yet"),
                [_l("Finding"), _l("Grade"), _l("Audit"), _l("Ticket")],
                [
                    (
                        cell(
                            coded(item.finding_code, item.statement_en, item.statement_zh),
                            href=f"/findings/{item.finding_id}",
                        ),
                        cell(words(GRADE_LABELS[Grade(item.grade)]), tone=GRADE_TONE[item.grade]),
                        cell(plain(item.audit_code), href=f"/audits/{item.audit_id}"),
                        cell(
                            plain(item.ticket_code or "—"),
                            href=f"/tickets/{item.ticket_id}" if item.ticket_id else "",
                        ),
                    )
                    for item in left
                ],
                most=15,
            )
        )
    return made
