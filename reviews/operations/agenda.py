"""Items of the agenda: own ones, comments, and whether they were discussed."""

from typing import Any

from sqlalchemy import func, select

from core import trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.i18n import _
from reviews.models import AgendaItem, Decision, Review
from reviews.operations.steps import permit
from reviews.rules.agenda import OWN

OWN_MOST = 30


def add_item(
    review: Review, *, title_en: str, title_zh: str, required: bool = False, actor: Any
) -> AgendaItem:
    """A matter of the review's own, at the end."""
    permit(review, "write_agenda", actor)
    _need_title(title_en, title_zh)
    count, last = session.execute(
        select(func.count().filter(AgendaItem.kind == OWN), func.max(AgendaItem.position)).where(
            AgendaItem.review_id == review.id
        )
    ).one()
    if count >= OWN_MOST:
        raise RuleViolation(_("At most %(num)s items of your own.", num=OWN_MOST))
    made = AgendaItem(
        review_id=review.id,
        position=max(100, (last or 0) + 1),
        kind=OWN,
        title_en=title_en,
        title_zh=title_zh,
        required=required,
    )
    session.add(made)
    session.flush()
    trail.record(
        made,
        "agenda.added",
        actor=actor,
        code=review.code,
        changes={"item": made.title, "required": required},
    )
    return made


def _need_title(title_en: str, title_zh: str) -> None:
    if not title_en and not title_zh:
        raise RuleViolation(_("Say in at least one language what it is about."), field="title_en")


def change_item(
    review: Review,
    item: AgendaItem,
    *,
    title_en: str,
    title_zh: str,
    required: bool,
    seen: int | None,
    actor: Any,
) -> None:
    expect_version(item, seen, what=review.code, fields=["title_en", "title_zh", "required"])
    permit(review, "write_agenda", actor)
    _must_be_own(item)
    _need_title(title_en, title_zh)
    changes = trail.changed(item, {"title_en": title_en, "title_zh": title_zh, "required": required})
    if changes:
        trail.record(item, "agenda.changed", actor=actor, code=review.code, changes=changes)


def _must_be_own(item: AgendaItem) -> None:
    if item.kind != OWN:
        raise RuleViolation(
            _("“%(item)s” is asked for by a framework. Leave it out with a reason instead.", item=item.title)
        )


def remove_item(review: Review, item: AgendaItem, *, actor: Any) -> None:
    permit(review, "write_agenda", actor)
    _must_be_own(item)
    if session.scalar(select(Decision.id).where(Decision.item_id == item.id).limit(1)) is not None:
        raise RuleViolation(_("A decision stands under this item: it stays on the agenda."))
    trail.record(item, "agenda.removed", actor=actor, code=review.code, changes={"item": item.title})
    session.delete(item)


def record(
    review: Review,
    item: AgendaItem,
    *,
    comment: str,
    mark: str | None = None,
    reason: str = "",
    seen: int | None = None,
    actor: Any,
) -> None:
    """Comment and mark of an item. `mark`: "discussed", "skipped" with a reason, "open", or None to leave it."""
    expect_version(
        item, seen, what=f"{review.code} · {item.title}", fields=["comment", "discussed", "skipped_reason"]
    )
    permit(review, "comment", actor)
    changes = trail.changed(item, {"comment": comment})
    if changes:
        trail.record(
            item, "agenda.commented", actor=actor, code=review.code, changes={"item": item.title, **changes}
        )
    now = "discussed" if item.discussed else "skipped" if item.skipped_reason else "open"
    if mark is None or (mark == now and (mark != "skipped" or reason.strip() == item.skipped_reason)):
        return
    permit(review, "discuss", actor)
    if mark == "skipped" and not reason.strip():
        raise RuleViolation(_("Say why it was left out: an auditor will ask."), field="reason")
    item.discussed = mark == "discussed"
    item.skipped_reason = reason.strip() if mark == "skipped" else ""
    action = {"discussed": "agenda.discussed", "skipped": "agenda.skipped"}.get(mark, "agenda.reopened")
    trail.record(
        item, action, actor=actor, code=review.code, reason=item.skipped_reason, changes={"item": item.title}
    )
