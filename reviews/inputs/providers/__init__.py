"""Inputs of a review, filled from the rooms below over a period. Each provider costs a fixed number of statements."""

from collections.abc import Callable, Iterable

from reviews.inputs.blocks import Block
from reviews.inputs.providers.asked import Asked
from reviews.inputs.providers.audits import audited
from reviews.inputs.providers.complaints import complained
from reviews.inputs.providers.decisions import earlier_decisions
from reviews.inputs.providers.findings import nonconformities, opportunities
from reviews.inputs.providers.promises import attainment
from reviews.inputs.providers.surveys import felt
from reviews.inputs.providers.training import trained
from reviews.models import AgendaItem, Review
from reviews.rules.agenda import BY_KEY
from reviews.rules.states import State

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
