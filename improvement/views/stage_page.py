"""What the stage page of a ticket shows, put together from a fixed number of statements."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import g

from accounts.models import Person
from core import access, history
from core.db import session
from core.figures import Verdict as FigureVerdict
from core.i18n import (
    _,
    format_date,
    pick,
    zone,
)
from core.trail import TrailEntry
from improvement import links, measures
from improvement.models import Check, Finding, SuccessMeasure, Ticket
from improvement.permissions import SEE
from improvement.queries import cycles, findings
from improvement.queries import tickets as queries
from improvement.queries.cycles import Turn
from improvement.rules.effect import Verdict
from improvement.rules.gates import Condition, passed, signature
from improvement.rules.tickets import TURN, Part, Stage, allows, step
from improvement.views.verdicts import change_text, chart_of, remainder, rule_sentence, verdict_sentence

VERDICT_CSS = {"effective": "good", "not_effective": "bad", "not_enough_data": "few"}
FIGURE_VERDICT: dict[str, FigureVerdict] = {
    "effective": "kept",
    "not_effective": "short",
    "not_enough_data": "too_few",
}
LETTERS = {Stage.plan: "P", Stage.do: "D", Stage.check: "C", Stage.act: "A"}


@dataclass(frozen=True)
class StagePage:
    ticket: Ticket
    turns: list[Turn]
    parts: set[Part]
    conditions: list[Condition]
    found_in: list[Finding]
    milestones: list[TrailEntry]
    approver: Person | None
    chart: dict[str, Any] | None = None
    standard: Any = None
    new_version: Any = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def turn(self) -> Turn:
        return self.turns[-1]

    @property
    def past(self) -> list[Turn]:
        return self.turns[:-1]

    @property
    def stage(self) -> Stage:
        return Stage(self.ticket.stage)

    def can(self, verb: str) -> bool:
        return allows(self.ticket.stage, verb, self.parts)

    @property
    def asks_approval(self) -> bool:
        """Everything of a major plan is there but the approval, which somebody else has to give."""
        missing = {item.key for item in self.conditions if not item.met}
        return (
            self.ticket.stage == Stage.plan
            and "approval" in missing
            and missing <= {"approval", "verifier"}
            and self.can("pass_to_do")
            and not self.can("approve")
        )

    def waits_for_other(self, verb: str) -> bool:
        """The person could do it, but for the four eyes."""
        found = step(self.ticket.stage, verb)
        return found is not None and bool(found.who & self.parts) and bool(found.never & self.parts)

    @property
    def met(self) -> int:
        return sum(1 for item in self.conditions if item.met)

    @property
    def ready(self) -> bool:
        return passed(self.conditions)

    @property
    def after(self) -> tuple[date, date] | None:
        return queries.after_window(self.turn.cycle, self.turn.measure) if self.turn.measure else None


def build(ticket: Ticket) -> StagePage:
    turns = cycles.turns_of(ticket)
    turn = turns[-1]
    cycle = turn.cycle
    parts = queries.parts_of(ticket, g.person, list(turn.actions))
    new_version = None
    if turn.act and turn.act.version_id:
        from standards.models import Version

        new_version = session.get(Version, turn.act.version_id)
    return StagePage(
        ticket=ticket,
        turns=turns,
        parts=parts,
        conditions=_conditions(ticket, turn, parts),
        found_in=findings.list_of_ticket(ticket.id),
        milestones=[entry for entry in cycles.key_history(ticket) if not _says_cycle_begins(entry)],
        approver=session.get(Person, cycle.plan_approved_by_id) if cycle.plan_approved_by_id else None,
        chart=chart_of(turn.check, turn.measure) if turn.check else None,
        standard=findings.find_standard(ticket.standard_id),
        new_version=new_version,
    )


def _says_cycle_begins(entry: TrailEntry) -> bool:
    """Going back to Plan is told by the cycle that begins at the same moment."""
    return entry.action == "ticket.passed" and entry.differences.get("stage", ["", ""])[1] == Stage.plan


def _conditions(ticket: Ticket, turn: Turn, parts: set[Part]) -> list[Condition]:
    found = cycles.conditions_of(ticket, turn)
    if ticket.stage == Stage.check:
        who = ticket.verifier.name if ticket.verifier else _("Quality manager")
        found.append(signature(who, yours=allows(ticket.stage, "sign_effective", parts)))
    return found


# --- the header: one row a cycle -----------------------------------------------------------------------------


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
        plan_text += f" · {_cut(first_action, 44)}"
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


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


# --- sentences -----------------------------------------------------------------------------------------------


def plan_sentence(turn: Turn) -> str:
    cycle = turn.cycle
    roots = turn.roots
    if roots:
        text = _("Cause: %(cause)s.", cause=_cut(roots[0].text.rstrip(".。"), 140))
        if len(roots) > 1:
            text += " " + _("%(num)s root causes.", num=len(roots))
    elif cycle.cause_obvious:
        text = _("Obvious cause: %(cause)s.", cause=_cut(cycle.cause_obvious.rstrip(".。"), 140))
    else:
        text = _("No cause verified yet.")
    return f"{text} " + _(
        "Whys: %(whys)s, actions: %(actions)s.", whys=len(turn.flat_causes), actions=len(turn.actions)
    )


def do_sentence(turn: Turn) -> str:
    if not turn.actions:
        return str(_("No action yet."))
    done = [action.text.rstrip(".。") for action in turn.actions if action.state == "done"]
    text = _cut(", ".join(done), 160) if done else ""
    last = max((action.done_at for action in turn.actions if action.done_at), default=None)
    if turn.cycle.done_at and last:
        return str(_("%(what)s. Done %(day)s.", what=text, day=format_date(last, "day")))
    return f"{text} " + _("%(done)s of %(all)s actions done.", done=len(done), all=len(turn.actions))


def check_sentence(turn: Turn) -> str:
    check = turn.signed or turn.check
    if check is None:
        measure = turn.measure
        if measure is None:
            return str(_("No measure registered yet."))
        if measure.kind == "described":
            return str(_("A described check on %(day)s.", day=format_date(measure.described_on)))
        return rule_sentence(measure)
    text = f"{Verdict(check.verdict).label}"
    if check.overruled:
        text = _("Taken as effective against the rule: %(reason)s", reason=_cut(check.note, 120))
    change = change_text(check)
    signed = " " + _("Signed %(name)s.", name=check.verifier_name) if check.signed_at else ""
    return f"{text}{', ' + change if change else ''}.{signed}"


def act_sentence(page: StagePage) -> str:
    act = page.turn.act
    parts = []
    if page.new_version is not None:
        parts.append(queries.version_label(page.new_version))
    elif act and act.nothing_to_change:
        parts.append(_("Standard stays: %(why)s", why=_cut(act.nothing_to_change, 100)))
    if act and act.lesson:
        parts.append(_("Lesson: %(lesson)s", lesson=_cut(act.lesson, 100)))
    if act and act.rollout:
        parts.append(
            _("carried over to %(places)s", places=", ".join(item["unit"] for item in act.rollout[:4]))
        )
    if parts:
        return "; ".join(parts) + "."
    if page.stage == Stage.closed:
        return ""
    return str(_("To close: the standard changed or a reason why not, and the lesson."))


def milestone(entry: TrailEntry) -> tuple[str, str]:
    """Sentence and mark of a line in the short history."""
    values = {key: pair[1] for key, pair in entry.differences.items()}
    if entry.action == "ticket.passed":
        stage = Stage(values.get("stage", "plan"))
        if stage in TURN:
            return str(_("Passed to %(stage)s", stage=stage.label)), ""
        return str(stage.label), ""
    if entry.action == "check.computed":
        return str(_("Verdict computed: %(verdict)s", verdict=Verdict(values["verdict"]).label)), ""
    if entry.action == "cycle.begun":
        return str(_("Cycle %(number)s begins", number=values.get("cycle"))), "x"
    if entry.action == "check.signed":
        return str(_("%(name)s signed the verdict", name=entry.actor_name)), ""
    if entry.action == "check.harm_looked_at":
        return str(_("%(name)s looked at side effects", name=entry.actor_name)), ""
    return history.sentence(entry), ""


def now_sentence(page: StagePage) -> tuple[str, bool]:
    """Whom the ticket waits for, and whether that is who looks."""
    ticket = page.ticket
    if page.stage == Stage.check:
        person, what = ticket.verifier, _("to check whether it worked")
        if page.turn.check and page.turn.check.verdict != Verdict.not_enough_data:
            what = _("to sign the verdict")
        elif page.after and page.after[1] >= queries.today():
            return (
                str(
                    _(
                        "Cases are counted from %(first)s to %(last)s.",
                        first=format_date(page.after[0], "text"),
                        last=format_date(page.after[1], "text"),
                    )
                ),
                False,
            )
    else:
        person = ticket.owner
        what = {
            Stage.plan: _("to complete the plan"),
            Stage.do: _("to see the actions done"),
            Stage.act: _("to make it the standard and close"),
        }.get(page.stage, "")
    if page.stage not in TURN:
        return "", False
    if person is None:
        return str(_("Waits for a verifier to be named.")), Part.manager in page.parts
    if page.stage == Stage.do:
        mine = [item for item in page.turn.actions if item.state == "open" and item.owner_id == g.person.id]
        if mine:
            return str(_("Waits for you: %(action)s", action=_cut(mine[0].text, 90))), True
    if person.id == g.person.id:
        return str(_("Waits for you %(what)s.", what=what)), True
    return str(_("Waits for %(name)s %(what)s.", name=person.name, what=what)), False


def rows_url(check: Check) -> str:
    return str(check.figures.get("rows_url", ""))


def provider_label(measure: SuccessMeasure) -> str:
    option = None
    provider = measures.provider_for(measure.metric_ref)
    if provider is not None:
        option = provider.describe(measure.metric_ref)
    return option.label if option else pick(measure.metric_label_en, measure.metric_label_zh)


def template_words() -> dict[str, Any]:
    return {
        "past_cells": past_cells,
        "now_cells": now_cells,
        "verdict_sentence": verdict_sentence,
        "rule_sentence": rule_sentence,
        "remainder": remainder,
        "change_text": change_text,
        "plan_sentence": plan_sentence,
        "do_sentence": do_sentence,
        "check_sentence": check_sentence,
        "act_sentence": act_sentence,
        "milestone": milestone,
        "now_sentence": now_sentence,
        "measure_label": provider_label,
        "verdict_label": lambda value: Verdict(value).label,
        "verdict_css": lambda value: VERDICT_CSS[value],
        "figure_verdict": lambda value: FIGURE_VERDICT[value],
        "span": span,
        "iso_date": lambda value: format_date(date.fromisoformat(value)),
        "standard_url": links.standard_url,
        "sees": lambda unit: access.may(
            g.person, SEE, unit.path
        ),  # who only acts in a ticket sees no other page
        "may_read": lambda one: one.raised_by_id == g.person.id or access.may(g.person, SEE, one.unit.path),
    }
