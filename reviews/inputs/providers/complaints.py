"""Complaints and their handling."""

from complaints import reports as complaints
from complaints.queries.months import by_topic
from complaints.rules.grades import TOPIC_LABELS, Topic
from core.i18n import _l
from reviews.inputs.blocks import Block, bars, figures, nothing, words
from reviews.inputs.providers.asked import Asked, direction, in_both


def complained(asked: Asked) -> list[Block]:
    now = complaints.figures_between(asked.unit, asked.first, asked.last)
    before = complaints.figures_between(asked.unit, *asked.before)
    topics = by_topic((asked.unit.path,), *complaints.span(asked.unit, asked.first, asked.last))
    if not any(found.n for found in now) and not any(found.n for found in before):
        return [nothing(_l("No complaint was recorded in this period or the one before."))]
    made = [
        figures(_l("Complaints and their handling"), in_both(now, before, "/complaints", direction)),
    ]
    if topics:
        made.append(
            bars(
                _l("What complaints were about"),
                [(words(TOPIC_LABELS[Topic(row.topic)]), row.received, "info") for row in topics],
            )
        )
    return made
