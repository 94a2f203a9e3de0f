"""Decisions of earlier reviews."""

from core import clock
from core.i18n import _l, zone
from reviews.inputs.blocks import Block, bars, cell, coded, day, nothing, plain, table, words
from reviews.inputs.providers.asked import Asked
from reviews.queries import decisions as decision_queries
from reviews.rules.states import DECISION_CSS, DecisionKind


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
                        coded(item.code, item.text_en, item.text_zh),
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
