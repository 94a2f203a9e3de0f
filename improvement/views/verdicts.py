"""The verdict in words and as a chart: what moved, by how much, by which rule, and what stays open."""

from datetime import date
from typing import Any

from core.charts.specs.before_after import Phase, Week, before_after
from core.figures import Figure
from core.figures import verdict as figure_verdict
from core.i18n import (
    _,
    format_date,
    format_interval,
    format_number,
    format_points,
    format_share,
    format_target,
    pick,
)
from improvement.models import Check, SuccessMeasure
from improvement.rules.effect import Verdict, needed_n


def signed_points(value: float) -> str:
    return ("+" if value > 0 else "") + format_points(value)


def change_text(check: Check | None) -> str:
    """+0.8 points (−2.1 to 3.7)."""
    if check is None or "difference" not in check.figures:
        return ""
    figures = check.figures
    return f"{signed_points(figures['difference'])} ({format_interval(figures['low'], figures['high'])})"


def verdict_sentence(check: Check, measure: SuccessMeasure) -> str:
    """Up 9.5 points (95% interval 6.9 to 12.1)."""
    figures = check.figures
    if "difference" not in figures:
        return str(_("No case decided yet in the window after."))
    size = format_points(abs(figures["difference"]))
    interval = format_interval(figures["low"], figures["high"])
    confidence = format_share(1 - measure.alpha, 0)
    text = (
        _(
            "Up %(size)s (%(confidence)s interval %(interval)s).",
            size=size,
            confidence=confidence,
            interval=interval,
        )
        if figures["difference"] >= 0
        else _(
            "Down %(size)s (%(confidence)s interval %(interval)s).",
            size=size,
            confidence=confidence,
            interval=interval,
        )
    )
    return f"{text} {rule_sentence(measure)}"


def rule_sentence(measure: SuccessMeasure) -> str:
    """Registered: at least 5 points up, lower limit above 0."""
    size = format_points(measure.margin, 0 if abs(measure.margin * 100 % 1) < 1e-9 else 1)
    if measure.direction == "up":
        return str(_("Registered: at least %(size)s up, lower limit above 0.", size=size))
    return str(_("Registered: at least %(size)s down, upper limit below 0.", size=size))


def remainder(check: Check, measure: SuccessMeasure) -> str:
    """The honest rest: what is still open although there is a verdict."""
    figures = check.figures
    after = figures.get("after", {})
    if check.verdict == Verdict.not_enough_data:
        if not figures.get("window_over", True):
            return str(
                _("The window runs until %(day)s; nobody judges before.", day=_iso_text(after.get("until")))
            )
        return str(
            _(
                "%(n)s of at least %(least)s cases.",
                n=format_number(after.get("n", 0)),
                least=format_number(measure.least_n),
            )
        )
    if check.verdict == Verdict.not_effective and figures.get("still_possible"):
        before = figures["before"]["met"] / figures["before"]["n"]
        goal = min(1.0, max(0.0, before + measure.margin * (1 if measure.direction == "up" else -1)))
        if goal != before:
            return str(
                _(
                    "Not shown, though it could still be there: about %(n)s cases on each side would show a change of %(size)s.",
                    n=format_number(needed_n(before, goal, measure.alpha)),
                    size=format_points(measure.margin),
                )
            )
    if measure.target is None or "low" not in after:
        return ""
    return _against_target(after["met"] / after["n"], after["low"], after["high"], measure.target)


def _against_target(value: float, low: float, high: float, target: float) -> str:
    goal = format_target(target).removeprefix("≥\u00a0")
    if low >= target:
        return str(_("Target %(goal)s reached.", goal=goal))
    if high < target:
        return str(_("Target %(goal)s is still missed.", goal=goal))
    if value >= target:
        return str(_("Target %(goal)s reached, not yet certain: the interval crosses the line.", goal=goal))
    return str(_("Target %(goal)s not reached, still possible: the interval crosses the line.", goal=goal))


def _iso_text(value: str | None) -> str:
    return format_date(date.fromisoformat(value), "text") if value else ""


def chart_of(check: Check | None, measure: SuccessMeasure | None) -> dict[str, Any] | None:
    """Specification, title, alternative and table of the before/after chart; None where there is nothing to compare."""
    if check is None or measure is None or "difference" not in check.figures:
        return None
    before, after = check.figures["before"], check.figures["after"]
    phases = [_phase(before, measure), _phase(after, measure)]
    weeks = [
        Week(date.fromisoformat(day), format_date(date.fromisoformat(day)), n, met / n if n else None)
        for day, met, n in [*before["weeks"], *after["weeks"]]
    ][:2000]
    label = pick(measure.metric_label_en, measure.metric_label_zh)
    table = {
        "header": [_("Week of"), _("Cases"), _("Met"), _("Share")],
        "rows": [
            [
                format_date(date.fromisoformat(day)),
                format_number(n),
                format_number(met),
                format_share(met / n) if n else "—",
            ]
            for day, met, n in [*before["weeks"], *after["weeks"]]
        ],
    }
    description = _(
        "Before %(before)s, n %(n_before)s; after %(after)s, n %(n_after)s.",
        before=format_share(phases[0].figure.value),
        n_before=format_number(before["n"]),
        after=format_share(phases[1].figure.value),
        n_after=format_number(after["n"]),
    )
    return {
        "spec": before_after(weeks, phases[0], phases[1], measure.target),
        "title": label,
        "description": f"{label}. {description}",
        "table": table,
    }


def _phase(side: dict[str, Any], measure: SuccessMeasure) -> Phase:
    value = side["met"] / side["n"]
    tone: Any = "few"
    if measure.target is not None:
        found = figure_verdict(
            side["low"], side["high"], measure.target, side["n"], 1, at_most=measure.direction == "down"
        )
        tone = {"kept": "good", "short": "bad"}.get(found, "edge")
    return Phase(
        date.fromisoformat(side["from"]),
        date.fromisoformat(side["until"]),
        Figure(value, side["n"], side["low"], side["high"], method="wilson", target=measure.target),
        tone,
    )
