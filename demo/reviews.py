"""Management reviews: planned, prepared, held, signed; the next one follows from the last."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from core.db import session
from demo.cast import PASSWORD, Cast
from reviews.models import AgendaItem, Decision, Review
from reviews.operations import agenda, decisions, reviews, steps

Step = dict[str, Any]


def _plan(cast: Cast, step: Step, actor: Any) -> None:
    made = reviews.plan_review(
        cast.unit("BCS"),
        frameworks=step["frameworks"],
        first_day=cast.timeline.day(step["first"]),
        last_day=cast.timeline.day(step["last"]),
        meets_on=cast.timeline.day(step["meets"]),
        chair=cast.person(step["chair"]),
        participants=[cast.person(key) for key in step["people"]],
        title_en=step["title"]["en"],
        title_zh=step["title"]["zh"],
        place=step["place"],
        repeat_months=step.get("repeat", 12),
        actor=actor,
    )
    cast.reviews[step["key"]] = made.id


def _prepare(cast: Cast, step: Step, actor: Any) -> None:
    review = _review(cast, step)
    for key, comment in step["comments"].items():
        agenda.record(review, _item(review, key), comment=comment, actor=actor)
    steps.prepare(review, actor=actor)


def _add(cast: Cast, step: Step, actor: Any) -> None:
    """A matter of the review's own."""
    agenda.add_item(
        _review(cast, step), title_en=step["title"]["en"], title_zh=step["title"]["zh"], actor=actor
    )


def _review(cast: Cast, step: Step) -> Review:
    """By its name; one that followed from another's signature gets its name here."""
    if step["review"] not in cast.reviews:
        former = cast.reviews[step["after"]]
        cast.reviews[step["review"]] = session.scalars(
            select(Review.id).where(Review.follows_id == former)
        ).one()
    return cast.review(step["review"])


def _item(review: Review, key: str) -> AgendaItem:
    return session.scalars(
        select(AgendaItem).where(AgendaItem.review_id == review.id, AgendaItem.kind == key)
    ).one()


def _hold(cast: Cast, step: Step, actor: Any) -> None:
    """Everything looked at or left out with a reason; what was decided; the figures frozen; the minutes."""
    review = _review(cast, step)
    items = session.scalars(
        select(AgendaItem).where(AgendaItem.review_id == review.id).order_by(AgendaItem.position)
    )
    for item in items:
        said, left_out = step["said"].get(item.kind), step["left_out"].get(item.kind, "")
        agenda.record(
            review,
            item,
            comment=said or item.comment,
            mark="skipped" if left_out else "discussed",
            reason=left_out,
            actor=actor,
        )
    for given in step["decisions"]:
        owner, due, about = given.get("owner"), given.get("due"), given.get("about")
        decisions.decide(
            review,
            kind=given["kind"],
            result=given["result"],
            text_en=given["en"],
            text_zh=given["zh"],
            owner=cast.person(owner) if owner else None,
            due=cast.timeline.day(due) if due else None,
            item=_item(review, about) if about else None,
            actor=actor,
        )
    steps.hold(review, actor=actor)
    steps.write_minutes(
        review,
        minutes_en=step["minutes"]["en"].strip(),
        minutes_zh=step["minutes"]["zh"].strip(),
        actor=actor,
    )


def _sign(cast: Cast, step: Step, actor: Any) -> None:
    steps.sign(_review(cast, step), password=PASSWORD, actor=actor)


def _finish(cast: Cast, step: Step, actor: Any) -> None:
    decision = session.scalars(
        select(Decision).where(
            Decision.review_id == _review(cast, step).id, Decision.number == step["number"]
        )
    ).one()
    decisions.finish(decision, note=step["note"], actor=actor)


VERBS: dict[str, Callable[[Cast, Step, Any], None]] = {
    "plan": _plan,
    "prepare": _prepare,
    "add": _add,
    "hold": _hold,
    "sign": _sign,
    "finish": _finish,
}


def take(cast: Cast, step: Step) -> None:
    VERBS[step["do"]](cast, step, cast.person(step["by"]))
