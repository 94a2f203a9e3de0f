"""Inputs of a review, filled from the rooms below over a period. Each provider costs a fixed number of statements."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from accounts.models import Unit
from audits import reports as audits
from audits.rules.states import STATE_CSS as AUDIT_CSS
from audits.rules.states import STATE_LABELS as AUDIT_STATES
from audits.rules.states import State as AuditState
from complaints import reports as complaints
from complaints.queries.months import by_topic
from complaints.rules.grades import TOPIC_LABELS, Topic
from core import clock
from core.figures import Figure
from core.i18n import _l, zone
from delivery import reports as delivery
from improvement import reports as improvement
from improvement.models import Finding
from improvement.rules.findings import (
    GRADE_LABELS,
    ORIGIN_LABELS,
    STATE_LABELS,
    FindingState,
    Grade,
    Origin,
)
from improvement.rules.tickets import STAGE_LABELS, Stage
from reviews.inputs.blocks import (
    Block,
    bars,
    both,
    cell,
    day,
    figure,
    figures,
    nothing,
    plain,
    table,
    trends,
    words,
)
from reviews.models import AgendaItem, Review
from reviews.queries import decisions as decision_queries
from reviews.rules.agenda import BY_KEY
from reviews.rules.schedule import add_months, period_before
from reviews.rules.states import DECISION_CSS, DecisionKind, State
from satisfaction import reports as satisfaction
from satisfaction.showing import MEASURES
from training import reports as training

#: promises whose months are drawn: those that fall short or are on the line come first
TRENDS_MOST = 4
MONTHS_LEAST = 3
GRADE_TONE = {"major": "bad", "minor": "edge", "ofi": "info", "strength": "good", "signal": "few"}


@dataclass(frozen=True)
class Asked:
    """Which review asks: the unit, the period, and the one before it, as long."""

    review_id: int
    unit: Unit
    first: date
    last: date
    meets_on: date

    @property
    def before(self) -> tuple[date, date]:
        return period_before(self.first, self.last)


def _pairs(
    now: Iterable[tuple[Any, Figure]], before: Iterable[tuple[Any, Figure]]
) -> list[tuple[Any, Figure, Figure | None]]:
    earlier = dict(before)
    return [(key, found, earlier.get(key)) for key, found in now]


def _labelled(found: Iterable[Figure]) -> list[tuple[tuple[str, str], Figure]]:
    return [((str(one.working["label_en"]), str(one.working["label_zh"])), one) for one in found]


def _in_both(
    now: Iterable[Figure],
    before: Iterable[Figure],
    href: str = "",
    better: Callable[[str], str] = lambda _label: "",
) -> list[Block]:
    return [
        figure(
            both(*label),
            found,
            earlier,
            href=str(found.working.get("href") or href),
            better=better(label[0]),
        )
        for label, found, earlier in _pairs(_labelled(now), _labelled(before))
    ]


# --- the rooms -----------------------------------------------------------------------------------------------


def attainment(asked: Asked) -> list[Block]:
    rows = delivery.attainment_rows(None, asked.unit, asked.first, asked.last)
    if not rows:
        return [nothing(_l("No promise was measured over the whole months of this period."))]
    earlier = {
        (row.standard_id, row.code): row.figure
        for row in delivery.attainment_rows(None, asked.unit, *asked.before)
    }
    order = {"short": 0, "on_the_line": 1, "kept": 2, "too_few": 3}
    rows.sort(key=lambda row: (order[row.verdict], row.standard_code, row.code))
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.verdict] = counts.get(row.verdict, 0) + 1
    words_of = {
        "kept": (_l("Kept"), "good"),
        "on_the_line": (_l("On the line"), "edge"),
        "short": (_l("Short"), "bad"),
        "too_few": (_l("Too few data"), "few"),
    }
    return [
        bars(
            _l("Promises by state"),
            [(words(label), counts.get(key, 0), tone) for key, (label, tone) in words_of.items()],
        ),
        figures(
            _l("Promises against their targets"),
            [
                figure(
                    both(row.statement_en or row.title_en, row.statement_zh or row.title_zh),
                    row.figure,
                    earlier.get((row.standard_id, row.code)),
                    below=_coded(row),
                    href=f"/standards/{row.standard_id}",
                    better="up",
                )
                for row in rows
            ],
            plumb=True,
        ),
        *_trends(asked),
    ]


def _coded(row: delivery.AttainmentRow | delivery.MonthLine) -> dict[str, str]:
    """Where a promise stands: standard, requirement, title of the standard."""
    return {
        language: f"{row.standard_code} {row.code} · {title}"
        for language, title in both(row.title_en, row.title_zh).items()
    }


def _trends(asked: Asked) -> list[Block]:
    """A year up to the end of the period, of those that most need a look."""
    lines = delivery.month_lines(asked.unit, add_months(asked.last, -12) + timedelta(days=1), asked.last)
    drawn = [
        line
        for line in lines
        if sum(found.verdict != "too_few" for _start, found in line.months) >= MONTHS_LEAST
    ][:TRENDS_MOST]
    if not drawn:
        return []
    return [
        trends(
            _l("Promises month by month"),
            [(both(line.statement_en, line.statement_zh), _coded(line), line.months) for line in drawn],
        )
    ]


def felt(asked: Asked) -> list[Block]:
    rows = satisfaction.survey_rows(asked.unit, asked.first, asked.last)
    if not rows:
        return [nothing(_l("No survey ended in this period."))]
    earlier = {
        (row.questionnaire_code, row.item_code, row.measure): row.figure
        for row in satisfaction.survey_rows(asked.unit, *asked.before)
    }
    made: list[Block] = []
    waves = dict.fromkeys(
        (row.wave_id, row.wave_code, row.questionnaire_title, row.wave_name, row.unit) for row in rows
    )
    for wave_id, code, title, name, unit in waves:
        block = figures(
            plain_label(" · ".join(part for part in (title, name, unit) if part)),
            [
                figure(
                    both(row.text_en, row.text_zh),
                    row.figure,
                    earlier.get((row.questionnaire_code, row.item_code, row.measure)),
                    below={
                        language: f"{row.item_code} · {text}"
                        for language, text in words(MEASURES[row.measure]).items()
                    },
                    href=f"/satisfaction/waves/{wave_id}/items/{row.item_code}",
                    measure=row.measure,
                    better="up",
                )
                for row in rows
                if row.wave_code == code
            ],
        )
        made.append(block)
    return made


def plain_label(text: str) -> str:
    """A title that people wrote: said as it is in both languages."""
    return text


_FEWER_IS_BETTER = ("open at the end", "Reopened", "Justified", "Major", "Minor", "not verified", "Overdue")


def _direction(label: str) -> str:
    """Which way a labelled figure is better, where that can be said at all."""
    if any(part in label for part in _FEWER_IS_BETTER):
        return "down"
    return "up" if any(part in label for part in ("in time", "Satisfied", " STD-")) else ""


def complained(asked: Asked) -> list[Block]:
    now = complaints.figures_between(asked.unit, asked.first, asked.last)
    before = complaints.figures_between(asked.unit, *asked.before)
    topics = by_topic((asked.unit.path,), *complaints.span(asked.unit, asked.first, asked.last))
    if not any(found.n for found in now) and not any(found.n for found in before):
        return [nothing(_l("No complaint was recorded in this period or the one before."))]
    made = [
        figures(_l("Complaints and their handling"), _in_both(now, before, "/complaints", _direction)),
    ]
    if topics:
        made.append(
            bars(
                _l("What complaints were about"),
                [(words(TOPIC_LABELS[Topic(row.topic)]), row.received, "info") for row in topics],
            )
        )
    return made


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
                for (label_en, label_zh), one, earlier in _pairs(_labelled(now), _labelled(before))
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
                    {
                        language: f"{item.code}  {text}"
                        for language, text in both(item.statement_en, item.statement_zh).items()
                    },
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


def audited(asked: Asked) -> list[Block]:
    rows = audits.audits_for(asked.unit, asked.first, asked.last)
    now = audits.figures_for(asked.unit, asked.first, asked.last)
    before = audits.figures_for(asked.unit, *asked.before)
    left = audits.open_follow_ups(asked.unit, until=asked.last)
    if not rows and not left:
        return [nothing(_l("No audit took place in this period."))]
    made = [figures(_l("Audits of the period"), _in_both(now, before, "/audits", _direction))]
    if rows:
        made.append(
            table(
                _l("Audits and what they found"),
                [_l("Audit"), _l("Unit"), _l("State"), _l("Major"), _l("Minor"), _l("Opportunities")],
                [
                    (
                        cell(
                            {
                                language: f"{row.code}  {text}"
                                for language, text in both(row.title_en, row.title_zh).items()
                            },
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
                            {
                                language: f"{item.finding_code}  {text}"
                                for language, text in both(item.statement_en, item.statement_zh).items()
                            },
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


def trained(asked: Asked) -> list[Block]:
    now = training.figures(asked.unit.path, asked.first, asked.last)
    before = training.figures(asked.unit.path, *asked.before)
    if not any(found.n for found in now.values()):
        return [nothing(_l("No training was assigned, due or open in this period."))]
    made = [figures(_l("Training of the period"), _in_both(now.values(), before.values(), better=_direction))]
    lines = training.by_unit(asked.unit.path, asked.first, asked.last)
    if len(lines) > 1:
        made.append(
            table(
                _l("Training by unit"),
                [_l("Unit"), _l("Assigned"), _l("Passed"), _l("Overdue")],
                [
                    (
                        cell(both(line.name_en, line.name_zh)),
                        cell(plain(_whole(line.figures["assigned"])), right=True),
                        cell(plain(_whole(line.figures["passed"])), right=True),
                        cell(
                            plain(_whole(line.figures["overdue"])),
                            tone="bad" if line.figures["overdue"].value else "",
                            right=True,
                        ),
                    )
                    for line in lines
                ],
                most=15,
            )
        )
    return made


def _whole(found: Figure) -> int:
    return round(found.value or 0)


def opportunities(asked: Asked) -> list[Block]:
    found = [
        item
        for item in improvement.findings_for(None, asked.unit, asked.first, asked.last)
        if item.grade in {"ofi", "strength"} and item.state not in {"dismissed", "merged"}
    ]
    if not found:
        return [nothing(_l("No opportunity for improvement was recorded in this period."))]
    return [_finding_table(_l("Opportunities and good practices"), found)]


def earlier_decisions(asked: Asked) -> list[Block]:
    found = decision_queries.list_earlier(asked.unit, before=asked.meets_on, but=asked.review_id)
    if not found:
        return [nothing(_l("No earlier review has left a decision."))]
    carried = [item for item in found if item.kind != DecisionKind.note]
    made = []
    if carried:
        states = [item.stands for item in carried]
        made.append(
            bars(
                _l("Decisions by state"),
                [
                    (words(state.label), states.count(state), DECISION_CSS[state])
                    for state in dict.fromkeys(sorted(states, key=lambda one: list(DECISION_CSS).index(one)))
                ],
            )
        )
    today = clock.now().astimezone(zone()).date()
    made.append(
        table(
            _l("Earlier decisions"),
            [_l("What was decided"), _l("Owner"), _l("Due"), _l("State")],
            [
                (
                    cell(
                        {
                            language: f"{item.code}  {text}"
                            for language, text in both(item.text_en, item.text_zh).items()
                        },
                        href=f"/tickets/{item.ticket_id}"
                        if item.ticket_id
                        else f"/reviews/decisions/{item.id}",
                    ),
                    cell(plain(item.owner.name if item.owner else "—")),
                    cell(
                        day(item.due),
                        tone="bad" if item.due and item.due < today and item.stands == "open" else "",
                    ),
                    cell(words(item.stands.label), tone=DECISION_CSS[item.stands]),
                )
                for item in found
            ],
        )
    )
    return made


PROVIDERS: dict[str, Callable[[Asked], list[Block]]] = {
    "attainment": attainment,
    "satisfaction": felt,
    "complaints": complained,
    "nonconformities": nonconformities,
    "audits": audited,
    "training": trained,
    "opportunities": opportunities,
    "decisions": earlier_decisions,
}


def content_of(kind: str, asked: Asked) -> list[Block]:
    """Blocks of one item from the records as they stand now; empty for what only people can tell."""
    found = BY_KEY.get(kind)
    provider = PROVIDERS.get(found.provider) if found else None
    return provider(asked) if provider else []


def contents(review: Review, kinds: Iterable[str]) -> dict[str, list[Block]]:
    """Blocks of these kinds of items, live."""
    asked = Asked(review.id, review.unit, review.first_day, review.last_day, review.meets_on)
    return {kind: content_of(kind, asked) for kind in kinds}


def blocks_of(review: Review, items: Iterable[AgendaItem]) -> dict[int, list[Block]]:
    """Frozen where the meeting was held, else from the records as they stand now."""
    if review.is_frozen:
        return {item.id: item.content or [] for item in items}
    if review.state == State.cancelled:
        return {item.id: [] for item in items}
    live = contents(review, {item.kind for item in items})
    return {item.id: live[item.kind] for item in items}
