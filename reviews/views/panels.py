"""What this room puts on pages of others: reviews now, the decision behind a ticket; tasks; search."""

from datetime import timedelta
from typing import Any

from flask import url_for

from core import access, clock
from core.i18n import _, _p, pick, zone
from core.search import Hit
from core.slots import Panel
from core.tasks import Task, answer_by
from improvement.models import Ticket
from reviews.permissions import CARRY_OUT, CHAIR, SEE
from reviews.queries import decisions as decision_queries
from reviews.queries import reviews as queries
from reviews.queries import waiting
from reviews.rules.states import STATE_CSS, State

PREPARE_DAYS = 7  # before the meeting people want the agenda


def on_overview(_record: Any, person: Any) -> Panel | None:
    """Reviews that are not over."""
    if not access.may(person, SEE):
        return None
    rows = queries.list_now(person)
    decided, late = decision_queries.count_open(person) if access.may(person, CARRY_OUT) else (0, 0)
    if not rows and not decided:
        return None
    return Panel(
        "reviews/panel_now.html",
        {
            "rows": rows,
            "decided": decided,
            "late": late,
            "today": clock.now().astimezone(zone()).date(),
            "state_css": lambda state: STATE_CSS[State(state)],
            "state_label": lambda state: State(state).label,
        },
        order=12 if access.may(person, CHAIR) else 40,
    )


def beside_ticket(ticket: Ticket, person: Any) -> Panel | None:
    """The decision that this ticket carries out."""
    found = decision_queries.find_of_ticket(ticket.id)
    if found is None:
        return None
    return Panel(
        "reviews/panel_ticket.html",
        {"decision": found, "may_open": access.may(person, SEE, found.review.unit.path)},
        order=55,
    )


def tasks(person: Any) -> list[Task]:
    """Reviews to prepare, hold, minute, sign; decisions to carry out."""
    found = [_step_task(row) for row in waiting.list_steps(person)]
    if access.may(person, CARRY_OUT):
        found += [
            Task(
                "check2-square",
                _("Decision of the review: %(what)s", what=pick(row.text_en, row.text_zh)[:150]),
                f"{row.code}/{row.number}",
                row.due,
                _("Open"),
                url_for("reviews.decision", decision_id=row.id),
                "review",
            )
            for row in decision_queries.list_open_tasks(person)
        ]
    return [task for task in found if task is not None]


def _step_task(row: Any) -> Task | None:
    title = pick(row.title_en, row.title_zh)
    here = url_for("reviews.show", review_id=row.id)
    minuted = bool(row.minutes_en or row.minutes_zh)
    if row.state == "planned":
        words, verb, icon = _("Prepare: %(what)s", what=title), _("Prepare"), "clipboard"
    elif row.state == "prepared":
        words, verb, icon = _("Hold: %(what)s", what=title), _("Open"), "easel"
    elif row.is_chair and minuted:
        words, verb, icon = _("Sign the minutes: %(what)s", what=title), _("Sign"), "pen"
        here = url_for("reviews.sign", review_id=row.id)
    elif minuted:
        return None  # waits for the chair
    else:
        words, verb, icon = _("Write the minutes: %(what)s", what=title), _p("minutes", "Write"), "pencil"
        here = url_for("reviews.write_minutes", review_id=row.id)
    due = answer_by(row.held_at) if row.held_at else row.meets_on
    if row.state == "planned":
        due = row.meets_on - timedelta(days=PREPARE_DAYS)
    return Task(icon, words, row.code, due, verb, here, "review")


def search(person: Any, words: str, limit: int) -> list[Hit]:
    hits = []
    if access.may(person, SEE):
        hits = [
            Hit(
                review.code,
                review.title,
                url_for("reviews.show", review_id=review.id),
                _("Management review"),
                f"{review.unit.name} · {State(review.state).label}",
            )
            for review in queries.search_reviews(person, words, limit)
        ]
    if access.may(person, CARRY_OUT):
        hits += [
            Hit(
                f"{row.review_code}/{row.number}",
                pick(row.text_en, row.text_zh)[:150],
                url_for("reviews.decision", decision_id=row.id),
                _("Decision of a review"),
                row.owner_name or "",
            )
            for row in decision_queries.search_decisions(person, words, limit)
        ]
    return hits
