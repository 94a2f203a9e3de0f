"""What a ticket says in sentences: plan, do, check, act, whom it waits for, its short history."""

from flask import g

from core import history
from core.i18n import _, format_date
from core.trail import TrailEntry
from improvement.queries import tickets as queries
from improvement.queries.cycles import Turn
from improvement.rules.effect import Verdict
from improvement.rules.tickets import TURN, Part, Stage
from improvement.views.stage_page.building import StagePage
from improvement.views.stage_page.strip import cut
from improvement.views.verdicts import change_text, rule_sentence


def plan_sentence(turn: Turn) -> str:
    cycle = turn.cycle
    roots = turn.roots
    if roots:
        text = _("Cause: %(cause)s.", cause=cut(roots[0].text.rstrip(".。"), 140))
        if len(roots) > 1:
            text += " " + _("%(num)s root causes.", num=len(roots))
    elif cycle.cause_obvious:
        text = _("Obvious cause: %(cause)s.", cause=cut(cycle.cause_obvious.rstrip(".。"), 140))
    else:
        text = _("No cause verified yet.")
    return f"{text} " + _(
        "Whys: %(whys)s, actions: %(actions)s.", whys=len(turn.flat_causes), actions=len(turn.actions)
    )


def do_sentence(turn: Turn) -> str:
    if not turn.actions:
        return str(_("No action yet."))
    done = [action.text.rstrip(".。") for action in turn.actions if action.state == "done"]
    text = cut(", ".join(done), 160) if done else ""
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
        text = _("Taken as effective against the rule: %(reason)s", reason=cut(check.note, 120))
    change = change_text(check)
    signed = " " + _("Signed %(name)s.", name=check.verifier_name) if check.signed_at else ""
    return f"{text}{', ' + change if change else ''}.{signed}"


def act_sentence(page: StagePage) -> str:
    act = page.turn.act
    parts = []
    if page.new_version is not None:
        parts.append(queries.version_label(page.new_version))
    elif act and act.nothing_to_change:
        parts.append(_("Standard stays: %(why)s", why=cut(act.nothing_to_change, 100)))
    if act and act.lesson:
        parts.append(_("Lesson: %(lesson)s", lesson=cut(act.lesson, 100)))
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
            return str(_("Waits for you: %(action)s", action=cut(mine[0].text, 90))), True
    if person.id == g.person.id:
        return str(_("Waits for you %(what)s.", what=what)), True
    return str(_("Waits for %(name)s %(what)s.", name=person.name, what=what)), False
