"""The strip of stages: one row a cycle, four cells, done, now or waiting."""

from datetime import date, datetime
from typing import Any

from core.i18n import _, format_date, pick, zone
from improvement.queries.cycles import Turn
from improvement.rules.tickets import TURN, Stage
from improvement.views.stage_page.building import StagePage
from improvement.views.verdicts import change_text

LETTERS = {Stage.plan: "P", Stage.do: "D", Stage.check: "C", Stage.act: "A"}


def span(first: Any, last: Any) -> str:
    """8 – 17 Jul; from one day to another, as short as it can be."""
    if first is None:
        return ""
    if last is None:
        return format_date(first, "day")
    a, b = _day(first), _day(last)
    if a == b:
        return format_date(a, "day")
    if (a.year, a.month) == (b.year, b.month) and pick("en", "zh") == "en":
        return f"{a.day} – {format_date(b, 'day')}"
    return f"{format_date(a, 'day')} – {format_date(b, 'day')}"


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.astimezone(zone()).date()
    found: date = value
    return found


def past_cells(turn: Turn) -> list[dict[str, Any]]:
    """The four cells of a turn that is over."""
    cycle = turn.cycle
    first_action = turn.actions[0].text if turn.actions else ""
    plan_text = format_date(cycle.planned_at or cycle.created_at, "day")
    if first_action:
        plan_text += f" · {cut(first_action, 44)}"
    check = turn.signed or turn.check
    return [
        {"text": plan_text},
        {"text": span(cycle.planned_at, cycle.done_at) if cycle.planned_at else "—"},
        {"verdict": check, "text": change_text(check)} if check else {"text": "—"},
        {
            "back": True,
            "text": _("back to Plan, %(day)s", day=format_date(cycle.ended_at, "day"))
            if cycle.ended_at
            else "",
        },
    ]


def now_cells(page: StagePage) -> list[dict[str, Any]]:
    """The four cells of the present turn: done, now, or waiting."""
    ticket, turn = page.ticket, page.turn
    cycle = turn.cycle
    order = list(TURN)
    place = order.index(page.stage) if page.stage in order else len(order)
    starts: dict[Stage, Any] = {
        Stage.plan: cycle.created_at,
        Stage.do: cycle.planned_at,
        Stage.check: cycle.done_at,
        Stage.act: cycle.checked_at,
    }
    ends: dict[Stage, Any] = {
        Stage.plan: cycle.planned_at,
        Stage.do: cycle.done_at,
        Stage.check: cycle.checked_at,
        Stage.act: ticket.closed_at,
    }
    waits = {
        Stage.do: _("opens when Plan is complete"),
        Stage.check: _("opens when all actions are done"),
        Stage.act: _("opens when Check is signed"),
    }
    cells: list[dict[str, Any]] = []
    for index, stage in enumerate(order):
        if page.stage == Stage.cancelled and starts[stage] is None:
            cells.append({"stage": stage, "letter": LETTERS[stage], "css": "wait", "text": "—"})
        elif index < place and (page.stage != Stage.cancelled or ends[stage] is not None):
            text = span(starts[stage], ends[stage])
            if stage == Stage.plan:
                text += f" · {ticket.owner.name}"
            elif stage == Stage.do:
                text += " · " + _(
                    "%(done)s of %(all)s actions", done=turn.count("done"), all=len(turn.actions)
                )
            elif stage == Stage.check and turn.signed:
                text += " · " + _("signed %(name)s", name=turn.signed.verifier_name)
            cells.append({"stage": stage, "letter": LETTERS[stage], "css": "done", "text": text})
        elif index == place:
            cells.append(
                {
                    "stage": stage,
                    "letter": LETTERS[stage],
                    "css": "now",
                    "text": _("since %(day)s", day=format_date(ticket.stage_since, "day")),
                    "due": ticket.due,
                }
            )
        else:
            cells.append(
                {"stage": stage, "letter": LETTERS[stage], "css": "wait", "text": waits.get(stage, "")}
            )
    return cells


def cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
