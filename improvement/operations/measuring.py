"""How success will be told: the measure and its rule, registered before Do and frozen from then on."""

from datetime import date
from typing import Any

from core import clock, trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.i18n import _
from improvement import measures
from improvement.models import SuccessMeasure, Ticket
from improvement.operations.steps import (
    needed,
    permit,
    plan_changed,
)
from improvement.queries import tickets as queries

LONGEST_WINDOW = 1100  # days


def register_measure(
    ticket: Ticket,
    *,
    metric_ref: str,
    direction: str = "up",
    margin: float,
    baseline_from: date,
    baseline_until: date,
    wait_days: int = 0,
    window_days: int = 90,
    least_n: int = 30,
    alpha: float = 0.05,
    watch: str = "",
    seen: int | None = None,
    actor: Any,
) -> SuccessMeasure:
    """How success will be told: registered before Do, its baseline computed at once by the measure's provider.

    `margin` is the smallest change worth having as a difference of shares (0.05 is 5 points). It can be registered
    anew while the ticket is in Plan; from Do on it stays as it is.
    """
    permit(ticket, "plan", actor)
    provider = measures.provider_for(metric_ref)
    option = provider.describe(metric_ref) if provider else None
    if provider is None or option is None:
        raise RuleViolation(_("Choose a measure from the list."), field="metric_ref")
    _check_rule(direction, margin, baseline_from, baseline_until, wait_days, window_days, least_n, alpha)
    try:
        window = provider.measure(metric_ref, baseline_from, baseline_until)
    except LookupError as error:
        raise RuleViolation(_("The measure can't be computed for these days."), field="metric_ref") from error
    if window.total.n == 0:
        raise RuleViolation(
            _("There is no case between these days, so there is nothing to compare with."),
            field="baseline_from",
        )
    return _register(
        ticket,
        {
            "kind": "share",
            "metric_ref": metric_ref,
            "metric_label_en": option.label_en[:300],
            "metric_label_zh": option.label_zh[:300],
            "target": option.target,
            "described": "",
            "described_on": None,
            "direction": direction,
            "margin": margin,
            "baseline_from": baseline_from,
            "baseline_until": baseline_until,
            "wait_days": wait_days,
            "window_days": window_days,
            "least_n": least_n,
            "alpha": alpha,
            "watch": watch.strip(),
            "baseline": stored_window(window),
        },
        seen=seen,
        actor=actor,
    )


def stored_window(window: measures.Window) -> dict[str, Any]:
    return {
        "met": window.total.met,
        "n": window.total.n,
        "weeks": [[week.isoformat(), count.met, count.n] for week, count in window.weeks],
    }


def register_described(
    ticket: Ticket,
    *,
    described: str,
    described_on: date,
    watch: str = "",
    seen: int | None = None,
    actor: Any,
) -> SuccessMeasure:
    """For what has no measure: a check in words, with the day when it will be made."""
    permit(ticket, "plan", actor)
    if described_on <= queries.today():
        raise RuleViolation(_("Choose a day after today."), field="described_on")
    return _register(
        ticket,
        {
            "kind": "described",
            "metric_ref": "",
            "metric_label_en": "",
            "metric_label_zh": "",
            "target": None,
            "described": needed(described, "described"),
            "described_on": described_on,
            "watch": watch.strip(),
            "baseline": {},
            "baseline_from": None,
            "baseline_until": None,
        },
        seen=seen,
        actor=actor,
    )


def _register(ticket: Ticket, values: dict[str, Any], *, seen: int | None, actor: Any) -> SuccessMeasure:
    cycle = queries.get_cycle(ticket)
    known = queries.find_measure(cycle.id)
    if known is None:
        known = SuccessMeasure(cycle_id=cycle.id)
        session.add(known)
        session.flush()
    else:
        expect_version(known, seen, what=ticket.code, fields=list(values))
    changes = trail.changed(known, values)
    known.registered_at, known.registered_by_id = clock.now(), actor.id
    changes.pop("baseline", None)
    changes["cases_before"] = (None, values["baseline"].get("n"))
    plan_changed(cycle)
    trail.record(ticket, "measure.registered", actor=actor, changes=changes)
    session.flush()
    return known


def _check_rule(
    direction: str,
    margin: float,
    first: date,
    last: date,
    wait_days: int,
    window_days: int,
    least_n: int,
    alpha: float,
) -> None:
    if direction not in {"up", "down"}:
        raise RuleViolation(_("Choose up or down."), field="direction")
    if not 0 < margin <= 1:
        raise RuleViolation(_("Give the smallest change in points, above 0 and at most 100."), field="margin")
    if first > last:
        raise RuleViolation(_("The last day lies before the first."), field="baseline_until")
    if last > queries.today():
        raise RuleViolation(_("The time before can't reach into the future."), field="baseline_until")
    if (last - first).days >= LONGEST_WINDOW:
        raise RuleViolation(_("At most three years."), field="baseline_from")
    if not 0 <= wait_days <= 365:
        raise RuleViolation(_("Wait between 0 and 365 days."), field="wait_days")
    if not 1 <= window_days <= 730:
        raise RuleViolation(_("The window after is 1 to 730 days long."), field="window_days")
    if not 1 <= least_n <= 1_000_000:
        raise RuleViolation(_("Give a number above 0, for example 30."), field="least_n")
    if not 0.001 <= alpha <= 0.2:
        raise RuleViolation(_("The error rate lies between 0.001 and 0.2; 0.05 is usual."), field="alpha")
