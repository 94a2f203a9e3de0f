"""Sentences of this room that pages and packs share."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from certification.rules.clauses import Both
from certification.rules.packs import CautionKind
from certification.rules.steps import Need, Step
from core.figures import Figure
from core.i18n import MINUS, _, _n, format_date, format_interval, format_share, format_target, language, pick
from improvement.rules.tickets import STAGE_LABELS, Stage

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def organisation_name(name: Both, code: str) -> str:
    return name.in_language(code) or name.en or name.zh or "—"


def calendar_month(day: date | None) -> str:
    if day is None:
        return ""
    if language() == "zh":
        return f"{day.year}年{day.month}月"
    return f"{_MONTHS[day.month - 1]}\u00a0{day.year}"


def period_words(first: date, last: date) -> str:
    return _("%(first)s to %(last)s", first=format_date(first, "text"), last=format_date(last, "text"))


def text_of(text: Both, code: str = "") -> str:
    """In this language, or in the other when it has only that."""
    if code:
        return text.in_language(code) or text.en or text.zh
    return pick(text.en, text.zh)


def figure_words(figure: Figure) -> str:
    """91.8% of 1,431, promised ≥ 95%."""
    return _(
        "%(share)s (%(interval)s, n = %(n)s), promised %(target)s",
        share=format_share(figure.value),
        interval=format_interval(figure.low, figure.high) or "—",
        n=f"{figure.n:,}",
        target=format_target(figure.target),
    )


def step_sentence(step: Step, code: str = "") -> str:
    """What to do, verb first."""
    clause = step.clauses[0]
    finding, answer, waiting = step.finding, step.answer, step.waiting
    if step.need is Need.major_finding and finding is not None:
        if step.in_hand:
            return _(
                "Bring %(ticket)s to its end (stage: %(stage)s): %(finding)s, a major nonconformity, is open",
                ticket=finding.ticket_code,
                stage=STAGE_LABELS[Stage(finding.ticket_stage)],
                finding=finding.code,
            )
        return _("Open a ticket for %(finding)s, a major nonconformity", finding=finding.code)
    if step.need is Need.promise_short and answer is not None and answer.figure is not None:
        figures = figure_words(answer.figure)
        if step.in_hand and finding is not None:
            return _(
                "Follow %(ticket)s (stage: %(stage)s): %(promise)s is short, %(figures)s",
                ticket=finding.ticket_code,
                stage=STAGE_LABELS[Stage(finding.ticket_stage)],
                promise=answer.name,
                figures=figures,
            )
        if finding is not None:
            return _(
                "Triage %(finding)s: %(promise)s is short, %(figures)s",
                finding=finding.code,
                promise=answer.name,
                figures=figures,
            )
        return _("Raise a finding: %(promise)s is short, %(figures)s", promise=answer.name, figures=figures)
    if step.need is Need.put_in_force and waiting is not None:
        return _(
            "Put version %(number)s of %(standard)s into force: %(requirement)s would answer it",
            number=waiting.version_number,
            standard=waiting.standard_code,
            requirement=waiting.code,
        )
    title = text_of(clause.title, code)
    if step.need is Need.partly:
        return _(
            "Complete %(number)s %(title)s: it is answered in part only", number=clause.number, title=title
        )
    if step.need is Need.no_justification:
        return _("Say why %(number)s %(title)s is not applicable", number=clause.number, title=title)
    if step.need is Need.not_addressed:
        return _(
            "Write or map a requirement for %(number)s %(title)s: it is not addressed",
            number=clause.number,
            title=title,
        )
    if len(step.clauses) > 1:
        return _n(
            "Assess %(num)d clause of %(group)s: no requirement in force is mapped to it",
            "Assess %(num)d clauses of %(group)s: no requirement in force is mapped to them",
            len(step.clauses),
            group=f"{clause.group_number} {text_of(clause.group, code)}",
        )
    return _(
        "Assess %(number)s %(title)s: no requirement in force is mapped to it",
        number=clause.number,
        title=title,
    )


def step_here(step: Step) -> str:
    """The same where the clause stands beside it already."""
    return {
        Need.not_assessed: _("Assess it: map a requirement, or judge it"),
        Need.not_addressed: _("Write a requirement for it, or map one"),
        Need.partly: _("Complete it: answered in part only"),
        Need.no_justification: _("Say why it is not applicable"),
    }.get(step.need) or step_sentence(step)


def clause_list(step: Step, most: int = 8) -> str:
    numbers = [clause.number for clause in step.clauses]
    shown = ", ".join(numbers[:most])
    return f"{shown} …" if len(numbers) > most else shown


def gap_words(binding: bool, guidance: bool, gap: bool) -> str:
    """What a gap means here: the difference between "shall" and "should"."""
    if binding and guidance:
        return _("adopted as a criterion: a gap is a nonconformity") if gap else _("adopted as a criterion")
    if binding:
        return _("required (“shall”): a gap is a nonconformity") if gap else ""
    return _("not adopted as a criterion: a gap is no nonconformity") if gap else ""


def caution_sentence(kind: CautionKind, count: int, days: int) -> str:
    return {
        CautionKind.open_major: _n(
            "%(num)d major nonconformity is open", "%(num)d major nonconformities are open", count
        ),
        CautionKind.gaps: _n("%(num)d clause is a gap", "%(num)d clauses are gaps", count),
        CautionKind.unjustified: _n(
            "%(num)d clause is not applicable without a reason",
            "%(num)d clauses are not applicable without a reason",
            count,
        ),
        CautionKind.short: _n("%(num)d promise is short", "%(num)d promises are short", count),
        CautionKind.unsigned: _n(
            "%(num)d standard in force has no signature",
            "%(num)d standards in force have no signature",
            count,
        ),
        CautionKind.review_late: _n(
            "%(num)d standard is past its review date", "%(num)d standards are past their review date", count
        ),
        CautionKind.not_measured: _n(
            "%(num)d promise of time has no figures in the period",
            "%(num)d promises of time have no figures in the period",
            count,
        ),
        CautionKind.empty_parts: _n(
            "%(num)d part has no record in the period and will say so",
            "%(num)d parts have no record in the period and will say so",
            count,
        ),
        CautionKind.old_figures: _(
            "%(count)s measured more than %(days)s days ago",
            count=_n("%(num)d promise was", "%(num)d promises were", count),
            days=days,
        ),
        CautionKind.untranslated: _n(
            "%(num)d text exists in the other language only and will be marked",
            "%(num)d texts exist in the other language only and will be marked",
            count,
        ),
        CautionKind.check_copy: _n(
            "%(num)d clause number or title should be compared with your licensed copy",
            "%(num)d clause numbers or titles should be compared with your licensed copy",
            count,
        ),
    }[kind]


@dataclass(frozen=True)
class Side:
    """Before or after in a verdict: its days, share, interval and n as text."""

    word: str
    days: str
    share: str
    interval: str
    n: str


def outcome_sides(figures: dict[str, Any]) -> list[Side]:
    """Before and after as they stood when the verdict was computed; empty for a check without a measure."""
    made = []
    for key, word in (("before", _("Before the action")), ("after", _("After the action"))):
        data = figures.get(key)
        if not isinstance(data, dict) or not isinstance(data.get("n"), int):
            continue
        met, n = data.get("met"), data["n"]
        made.append(
            Side(
                word,
                _days(data.get("from"), data.get("until")),
                format_share(met / n) if isinstance(met, int) and n else "—",
                format_interval(data.get("low"), data.get("high")) or "—",
                f"{n:,}",
            )
        )
    return made


def _days(first: Any, last: Any) -> str:
    try:
        return f"{format_date(date.fromisoformat(first))} – {format_date(date.fromisoformat(last))}"
    except (TypeError, ValueError):
        return ""


def outcome_difference(figures: dict[str, Any]) -> str:
    """+9.5 points (6.1–12.8), p < 0.001."""
    difference, low, high, p = (figures.get(key) for key in ("difference", "low", "high", "p"))
    if not isinstance(difference, int | float):
        return ""
    amount = f"{difference * 100:+.1f}".replace("-", MINUS)
    parts = [_("Difference %(amount)s points", amount=amount)]
    if isinstance(low, int | float) and isinstance(high, int | float):
        parts.append(_("interval %(interval)s", interval=format_interval(low, high)))
    if isinstance(p, int | float):
        parts.append("p < 0.001" if p < 0.001 else f"p = {p:.3f}")
    return ", ".join(parts)
