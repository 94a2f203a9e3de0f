"""What must be true before a ticket passes a stage: each condition says what is missing and who can supply it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.gates import Condition
from core.lazytext import _l
from improvement.rules.effect import Verdict


@dataclass(frozen=True)
class PlanFacts:
    problem: bool
    root_causes: int
    cause_obvious: bool
    actions: int  # corrective, with owner and date
    measure: str  # "" | share | described
    major: bool
    approver: str  # name of who approved, or empty
    verifier: str
    owner: str


def plan_gate(facts: PlanFacts) -> list[Condition]:
    conditions = [
        Condition(
            "problem",
            _l("The problem is described"),
            facts.problem,
            missing=_l("Write what falls short, with the figures."),
            who=facts.owner,
        ),
        Condition(
            "cause",
            _l("A root cause is verified, or obvious with a reason"),
            facts.root_causes > 0 or facts.cause_obvious,
            detail=_l("root causes: %(num)s") % {"num": facts.root_causes}
            if facts.root_causes
            else _l("obvious"),
            missing=_l("Ask why until a cause can be verified, and note how it was."),
            who=facts.owner,
        ),
        Condition(
            "action",
            _l("At least one corrective action with owner and date"),
            facts.actions > 0,
            detail=facts.actions,
            missing=_l("Add what will remove the cause."),
            who=facts.owner,
        ),
        Condition(
            "measure",
            _l("How success will be told is registered"),
            bool(facts.measure),
            detail=_l("a described check") if facts.measure == "described" else _l("a measure"),
            missing=_l("Register the measure, its window and the smallest change worth having."),
            who=facts.owner,
        ),
        Condition(
            "verifier",
            _l("A verifier is named"),
            bool(facts.verifier),
            detail=facts.verifier,
            missing=_l("A quality manager names who will verify, someone who takes no part in the actions."),
            who=_l("Quality manager"),
        ),
    ]
    if facts.major:
        conditions.append(
            Condition(
                "approval",
                _l("The plan is approved (major nonconformity)"),
                bool(facts.approver),
                detail=facts.approver,
                missing=_l("A quality manager other than the owner approves the plan."),
                who=_l("Quality manager"),
            )
        )
    return conditions


@dataclass(frozen=True)
class DoFacts:
    open_actions: Sequence[tuple[str, str]]  # text, owner's name
    done: int
    cannot: int


def do_gate(facts: DoFacts) -> list[Condition]:
    total = facts.done + facts.cannot + len(facts.open_actions)
    return [
        Condition(
            "actions",
            _l("Every action is done, or noted why it can't be"),
            not facts.open_actions,
            detail=_l("%(done)s of %(all)s") % {"done": facts.done + facts.cannot, "all": total},
            missing=_l("Still open: %(names)s")
            % {"names": "; ".join(f"{text[:80]} ({owner})" for text, owner in facts.open_actions[:5])},
            who=", ".join(dict.fromkeys(owner for _text, owner in facts.open_actions)),
        ),
        Condition(
            "one_done",
            _l("At least one action is done"),
            facts.done > 0,
            detail=facts.done,
            missing=_l("If nothing could be done, a quality manager sends the ticket back or cancels it."),
            who=_l("Quality manager"),
        ),
    ]


@dataclass(frozen=True)
class CheckFacts:
    measured: bool  # False: a described check
    verdict: str  # of the last check, or empty
    overruled: bool
    n_after: int
    least_n: int
    harm_looked_at: str  # by whom and when, or empty
    verifier: str
    verifier_took_part: bool


def check_gate(facts: CheckFacts) -> list[Condition]:
    """All but the signature itself: signing passes the stage when these are met."""
    verdict = Verdict(facts.verdict) if facts.verdict else None
    conditions = [
        Condition(
            "verdict",
            _l("The registered measure has a verdict")
            if facts.measured
            else _l("The described check was made"),
            verdict is not None,
            detail=verdict.label if verdict else "",
            missing=_l("The verdict is computed when the window is over.")
            if facts.measured
            else _l("The verifier makes the check and notes what was seen."),
            who=facts.verifier,
        )
    ]
    if facts.measured:
        conditions.append(
            Condition(
                "cases",
                _l("Enough cases after the action"),
                facts.n_after >= facts.least_n,
                detail=f"{facts.n_after:,} ≥ {facts.least_n:,}",
                missing=_l("%(num)s of %(least)s cases so far: wait longer.")
                % {"num": f"{facts.n_after:,}", "least": f"{facts.least_n:,}"},
            )
        )
    conditions += [
        Condition(
            "harm",
            _l("Side effects looked at"),
            bool(facts.harm_looked_at),
            detail=facts.harm_looked_at,
            missing=_l("Note whether something else became worse."),
            who=facts.verifier,
        ),
        Condition(
            "independent",
            _l("Verifier took no part in the action"),
            bool(facts.verifier) and not facts.verifier_took_part,
            detail=facts.verifier,
            missing=_l("A quality manager names somebody else as verifier."),
            who=_l("Quality manager"),
        ),
    ]
    if verdict in {Verdict.not_effective, Verdict.not_enough_data} or facts.overruled:
        conditions.append(
            Condition(
                "effective",
                _l("The verdict is “effective”, or overruled with a reason"),
                verdict == Verdict.effective or facts.overruled,
                detail=_l("overruled") if facts.overruled else _l("Effective"),
                missing=_l(
                    "“Not effective” opens the next cycle; a quality manager may overrule with a reason."
                ),
                who=_l("Quality manager"),
            )
        )
    return conditions


def signature(who: Any, *, yours: bool, met: bool = False) -> Condition:
    """The last line of Check and Act, shown with its button; signing itself passes the stage."""
    return Condition(
        "signature",
        _l("The signature of somebody who took no part"),
        met,
        missing=_l("Missing: yours. You will be asked for your password again.")
        if yours
        else _l("Signed when everything else is met."),
        who=who,
    )


@dataclass(frozen=True)
class ActFacts:
    standard_change: bool  # an action of this kind was done
    version: str  # "STD-0007 version 4", or empty
    version_in_force: bool
    nothing_to_change: bool
    lesson: bool
    owner: str
    blocking: Sequence[tuple[int, Any, bool, Any, Any, Any]] = ()  # action, label, real, detail, missing, who


def act_gate(facts: ActFacts) -> list[Condition]:
    if facts.version:
        standard = Condition(
            "standard",
            _l("The new version is in force"),
            facts.version_in_force,
            detail=facts.version,
            missing=_l("%(version)s is not in force yet: it must be approved and its day must come.")
            % {"version": facts.version},
            who=_l("Approver of the standard"),
        )
    else:
        standard = Condition(
            "standard",
            _l("The standard is changed, or noted why nothing has to change"),
            facts.nothing_to_change and not facts.standard_change,
            detail=_l("nothing to change"),
            missing=_l("The plan changes the standard: open its new version from here.")
            if facts.standard_change
            else _l("Open a new version of the standard, or write why it can stay as it is."),
            who=facts.owner,
        )
    return [
        standard,
        *(
            Condition(f"action-{number}", label, real, detail=detail, missing=missing, who=who or facts.owner)
            for number, label, real, detail, missing, who in facts.blocking
        ),
        Condition(
            "lesson",
            _l("The lesson is written down"),
            facts.lesson,
            missing=_l("One or two sentences for those who meet the same problem."),
            who=facts.owner,
        ),
    ]
