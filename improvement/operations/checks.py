"""Check and Act: the measure recomputed, judged by the registered rule, signed by somebody who took no part."""

from datetime import timedelta
from typing import Any

from accounts.operations import check_password
from core import clock, signing, trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.figures import wilson
from core.i18n import _, format_date
from improvement import measures
from improvement.models import Act, Check, Cycle, SuccessMeasure, Ticket
from improvement.operations import findings as finding_operations
from improvement.operations.measuring import stored_window
from improvement.operations.plans import check_due
from improvement.operations.steps import SIGN_TASK, conditions_now, move, must_pass, next_cycle, permit, tell
from improvement.queries import tickets as queries
from improvement.rules.effect import Comparison, Verdict, still_possible, verdict
from improvement.rules.tickets import Stage

LONGEST_EXTENSION = 730


def note_side_effects(cycle: Cycle, *, text: str, seen: int | None = None, actor: Any) -> None:
    """What else became better or worse, looked at before the verdict is signed."""
    expect_version(cycle, seen, what=cycle.ticket.code, fields=["side_effects"])
    permit(cycle.ticket, "look_for_harm", actor)
    if not text.strip():
        raise RuleViolation(_("Say what was looked at, and what was found."), field="side_effects")
    changes = trail.changed(cycle, {"side_effects": text.strip()})
    cycle.side_effects_by_name, cycle.side_effects_at = actor.name, clock.now()
    trail.record(cycle.ticket, "check.harm_looked_at", actor=actor, changes=changes)


def compute_check(ticket: Ticket, *, actor: Any) -> Check:
    """Recompute the measure on the cases after the action and judge it by the registered rule.

    Before the window is over the figures are shown, but the verdict stays “not enough data yet”.
    """
    permit(ticket, "compute", actor)
    cycle = queries.get_cycle(ticket)
    measure = queries.find_measure(cycle.id)
    if measure is None or measure.kind != "share":
        raise RuleViolation(_("This ticket is checked by looking, not by a measure."))
    window = queries.after_window(cycle, measure)
    if window is None or measure.baseline_from is None or measure.baseline_until is None:
        raise RuleViolation(_("The actions are not done yet."))
    first, last = window
    today = queries.today()
    if first > today:
        raise RuleViolation(
            _(
                "The wait after the action lasts until %(day)s.",
                day=format_date(first - timedelta(days=1), "text"),
            )
        )
    provider = measures.provider_for(measure.metric_ref)
    if provider is None:
        raise RuleViolation(_("The measure is not available any more. Ask an administrator."))
    try:
        after = provider.measure(measure.metric_ref, first, min(last, today))
    except LookupError as error:
        raise RuleViolation(_("The measure can't be computed for these days.")) from error
    before = measure.baseline
    over = last < today
    found, compared = verdict(
        (before["met"], before["n"]),
        (after.total.met, after.total.n),
        direction=measure.direction,
        margin=measure.margin,
        least_n=measure.least_n,
        alpha=measure.alpha,
        window_over=over,
    )
    figures: dict[str, Any] = {
        "before": {
            **before,
            "from": measure.baseline_from.isoformat(),
            "until": measure.baseline_until.isoformat(),
        },
        "after": {**stored_window(after), "from": first.isoformat(), "until": last.isoformat()},
        "window_over": over,
        "rows_url": provider.rows_url(measure.metric_ref, first, last),
        **_compared(compared, measure, found),
    }
    for side in ("before", "after"):
        if figures[side]["n"]:
            low, high = wilson(figures[side]["met"], figures[side]["n"], 1 - measure.alpha)
            figures[side].update({"low": low, "high": high})
    made = Check(cycle_id=cycle.id, verdict=str(found), figures=figures)
    session.add(made)
    session.flush()
    trail.record(
        ticket,
        "check.computed",
        actor=actor,
        changes={"verdict": str(found), "n": after.total.n, "met": after.total.met},
    )
    if found != Verdict.not_enough_data:
        tell(ticket.verifier, ticket, SIGN_TASK, actor=actor, due=ticket.due)
    return made


def _compared(compared: Comparison | None, measure: SuccessMeasure, found: Verdict) -> dict[str, Any]:
    if compared is None:
        return {}
    return {
        "difference": compared.difference,
        "low": compared.low,
        "high": compared.high,
        "p": compared.p,
        "test": compared.test,
        "z": compared.z,
        "h": compared.h,
        "still_possible": found == Verdict.not_effective
        and still_possible(compared, direction=measure.direction, margin=measure.margin),
    }


def judge(ticket: Ticket, *, found: Verdict | str, note: str, actor: Any) -> Check:
    """The described check, made by somebody who took no part; the signature follows as for a measured one."""
    permit(ticket, "judge", actor)
    cycle = queries.get_cycle(ticket)
    measure = queries.find_measure(cycle.id)
    if measure is None or measure.kind != "described":
        raise RuleViolation(_("This ticket is judged by its registered measure."))
    if measure.described_on is not None and measure.described_on > queries.today():
        raise RuleViolation(
            _("The check is planned for %(day)s.", day=format_date(measure.described_on, "text"))
        )
    if not note.strip():
        raise RuleViolation(_("Write what was looked at and what was seen."), field="note")
    made = Check(cycle_id=cycle.id, verdict=str(Verdict(found)), figures={}, note=note.strip())
    session.add(made)
    session.flush()
    trail.record(ticket, "check.judged", actor=actor, reason=note, changes={"verdict": made.verdict})
    return made


def signed_content(ticket: Ticket, check: Check) -> dict[str, Any]:
    """What the signature under a verdict stands for."""
    return {
        "ticket": ticket.code,
        "check": check.id,
        "verdict": check.verdict,
        "overruled": check.overruled,
        "figures": check.figures,
        "note": check.note,
    }


def sign_verdict(
    ticket: Ticket,
    *,
    password: str,
    statement: str = "",
    seen: int | None = None,
    read: int | None = None,
    actor: Any,
) -> None:
    """Effective: on to Act. Not effective: this cycle ends and the next begins at Plan.

    `read` is the check that stood on the signer's page: a verdict that was computed since then is not signed unread.
    """
    expect_version(ticket, seen, what=ticket.code, fields=["stage"])
    check = _last_check(ticket)
    if read is not None and read != check.id:
        raise RuleViolation(
            _("There is a newer verdict than the one you read. Nothing was signed; read this one first.")
        )
    if check.verdict == Verdict.effective:
        permit(ticket, "sign_effective", actor)
        must_pass(conditions_now(ticket))
        _sign(ticket, check, password=password, statement=statement, actor=actor)
        _to_act(ticket, actor=actor)
        return
    permit(ticket, "sign_not_effective", actor)
    if check.verdict != Verdict.not_effective:
        raise RuleViolation(_("There are not enough data yet: wait longer, then compute the verdict again."))
    must_pass([item for item in conditions_now(ticket) if item.key == "harm"])
    _sign(ticket, check, password=password, statement=statement, actor=actor)
    next_cycle(ticket, actor=actor)


def _last_check(ticket: Ticket) -> Check:
    check = queries.find_last_check(queries.get_cycle(ticket).id)
    if check is None:
        raise RuleViolation(_("There is no verdict to sign yet."))
    return check


def _sign(ticket: Ticket, check: Check, *, password: str, statement: str, actor: Any) -> None:
    signing.sign(
        ticket,
        signed_content(ticket, check),
        meaning="verdict",
        actor=actor,
        password=password,
        check=check_password,
        statement=statement,
    )
    check.verifier_id, check.verifier_name, check.signed_at = actor.id, actor.name, clock.now()
    queries.get_cycle(ticket).checked_at = clock.now()
    trail.record(ticket, "check.signed", actor=actor, changes={"verdict": check.verdict})


def _to_act(ticket: Ticket, *, actor: Any) -> None:
    move(ticket, Stage.act, actor=actor)
    finding_operations.follow_ticket(ticket, "verify", actor=actor)


def overrule(ticket: Ticket, *, reason: str, password: str, seen: int | None = None, actor: Any) -> None:
    """A quality manager takes it as effective against the rule: the computed verdict stays in sight, the reason beside it."""
    expect_version(ticket, seen, what=ticket.code, fields=["stage"])
    permit(ticket, "overrule", actor)
    last = _last_check(ticket)
    if last.verdict == Verdict.effective:
        raise RuleViolation(_("The verdict is “effective” already: sign it."))
    if not reason.strip():
        raise RuleViolation(_("Give the reason: it is what an auditor will ask for."), field="reason")
    must_pass([item for item in conditions_now(ticket) if item.key in {"harm", "independent"}])
    made = Check(
        cycle_id=last.cycle_id,
        verdict=str(Verdict.effective),
        overruled=True,
        figures=dict(last.figures),
        note=reason.strip(),
    )
    session.add(made)
    session.flush()
    trail.record(
        ticket,
        "check.overruled",
        actor=actor,
        reason=reason,
        changes={"verdict": (last.verdict, made.verdict)},
    )
    _sign(ticket, made, password=password, statement=reason.strip(), actor=actor)
    _to_act(ticket, actor=actor)


def wait_longer(ticket: Ticket, *, days: int, reason: str, actor: Any) -> None:
    """More days for the window after, only when it brought too few cases."""
    permit(ticket, "wait_longer", actor)
    cycle = queries.get_cycle(ticket)
    measure = queries.find_measure(cycle.id)
    last = queries.find_last_check(cycle.id)
    if last is None or last.verdict != Verdict.not_enough_data or measure is None:
        raise RuleViolation(_("Only when the verdict is “not enough data yet” can the window be longer."))
    if not reason.strip():
        raise RuleViolation(_("Give the reason."), field="reason")
    if not 1 <= days <= LONGEST_EXTENSION - measure.extended_days:
        raise RuleViolation(_("Give a number of days, for example 30."), field="days")
    before = measure.extended_days
    if measure.kind == "described":
        measure.described_on = queries.today() + timedelta(days=days)
    else:
        measure.extended_days += days
    ticket.due = check_due(cycle)
    trail.record(
        ticket,
        "check.prolonged",
        actor=actor,
        reason=reason,
        changes={"extended_days": (before, before + days)},
    )


def send_back(ticket: Ticket, *, reason: str, seen: int | None = None, actor: Any) -> None:
    """Not convinced, at Check or Act: this cycle ends as it is and the next begins."""
    expect_version(ticket, seen, what=ticket.code, fields=["stage"])
    permit(ticket, "send_back", actor)
    if not reason.strip():
        raise RuleViolation(_("Give the reason."), field="reason")
    next_cycle(ticket, actor=actor, reason=reason)
    finding_operations.follow_ticket(ticket, "doubt", actor=actor)


# --- Act -----------------------------------------------------------------------------------------------------


def _act_of(cycle: Cycle) -> Act:
    act = queries.find_act(cycle.id)
    if act is None:
        act = Act(cycle_id=cycle.id)
        session.add(act)
        session.flush()
    return act


def write_act(
    ticket: Ticket,
    *,
    nothing_to_change: str,
    lesson: str,
    rollout: list[dict[str, Any]] | None = None,
    seen: int | None = None,
    actor: Any,
) -> Act:
    """What becomes the standard now: why nothing has to change (if so), the lesson, where else it is carried over.

    `rollout` lists {"unit": name, "note": text}.
    """
    permit(ticket, "act", actor)
    cycle = queries.get_cycle(ticket)
    known = queries.find_act(cycle.id)
    if known is not None:
        expect_version(known, seen, what=ticket.code, fields=["nothing_to_change", "lesson"])
    act = known or _act_of(cycle)
    values: dict[str, Any] = {"nothing_to_change": nothing_to_change.strip(), "lesson": lesson.strip()}
    if rollout is not None:
        values["rollout"] = rollout[:50]
    changes = trail.changed(act, values)
    if changes:
        trail.record(ticket, "act.written", actor=actor, changes=changes)
    return act


def draft_version(ticket: Ticket, *, actor: Any) -> Any:
    """Open the next version of the ticket's standard from here; Act waits until it is in force."""
    from standards.models import Standard
    from standards.operations import versions

    permit(ticket, "draft_version", actor)
    standard = session.get(Standard, ticket.standard_id) if ticket.standard_id else None
    if standard is None:
        raise RuleViolation(_("This ticket names no standard."))
    act = _act_of(queries.get_cycle(ticket))
    if act.version_id is not None:
        raise RuleViolation(_("The new version is open already."))
    version = versions.draft_version(standard, actor=actor, reason=ticket.code)
    session.flush()
    act.version_id = version.id
    trail.record(
        ticket, "act.version_opened", actor=actor, changes={"version": queries.version_label(version)}
    )
    return version
