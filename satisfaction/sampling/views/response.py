"""Who answered: rates by stratum, answers against the population, weights, estimates."""

from typing import Any

from flask import Response, flash, g, redirect, request, url_for

from core.access import guard
from core.documents.downloads import table_file
from core.errors import RuleViolation
from core.figures import Figure, wilson
from core.i18n import _, format_number
from satisfaction.customers.permissions import SEE
from satisfaction.permissions import SURVEY
from satisfaction.sampling import estimating, queries
from satisfaction.sampling.models import SamplingPlan
from satisfaction.sampling.operations import weights
from satisfaction.sampling.rules import FEW, Stratum, post_weights
from satisfaction.sampling.views import blueprint


def _figure(successes: int, n: int) -> Figure | None:
    """A share with its Wilson interval; None without anybody."""
    if not n:
        return None
    low, high = wilson(successes, n)
    return Figure(value=successes / n, n=n, low=low, high=high, method="wilson")


def response_parts(plan: SamplingPlan, linked: int, *, mailings: int) -> dict[str, Any]:
    """What the page of a drawn plan shows of its answers, and whom the next of its mails would reach."""
    strata = queries.list_strata(plan)
    answered = sum(each.answered for each in strata)
    invited = sum(each.invited for each in strata)
    people = sum(each.population for each in strata)
    wave = plan.wave
    compared = _compared(strata, people, answered) if answered and len(strata) > 1 else []
    made: dict[str, Any] = {
        "response": [(each, _figure(each.answered, each.invited)) for each in strata],
        "whole": Stratum(
            "", people, sum(each.drawn for each in strata), invited,
            sum(each.mailed for each in strata), answered, sum(each.refused for each in strata),
        ),
        "whole_rate": _figure(answered, invited),
        "compared": compared,
        "less": [each[0].name for each in compared if each[4] == "less"],
        "more": [each[0].name for each in compared if each[4] == "more"],
        "waiting": queries.count_waiting(plan.id, 0) if linked else 0,
        "waiting_reminder": queries.count_waiting(plan.id, max(1, mailings)) if linked else 0,
        "handed_out": bool(linked) and queries.has_without_mail(plan.id, g.person),
        "items": [],
        "estimate": None,
        "estimate_refusal": "",
        "weighted": 0,
        "answers_linked": 0,
    }  # fmt: skip
    if wave is not None and answered:
        try:
            estimating.may_estimate(plan)
            _estimate(plan, made)
        except RuleViolation as violation:
            made["estimate_refusal"] = str(violation.message)
    return made


def _estimate(plan: SamplingPlan, made: dict[str, Any]) -> None:
    made["items"] = estimating.items_of(plan)
    answers = queries.list_answers(plan.id)
    made["answers_linked"] = len(answers)
    made["weighted"] = sum(abs(row.case_weight - 1.0) > 1e-12 for row in answers)
    codes = [code for code, _words in made["items"]]
    asked = request.args.get("item", "")[:20]
    if codes:
        made["estimate"] = estimating.estimate(plan, asked if asked in codes else codes[0], answers)


def _compared(strata: list[Stratum], people: int, answered: int) -> list[tuple[Stratum, float, Figure | None, float | None, str]]:  # fmt: skip
    """(stratum, share of the population, share of the answers, weight, what is to be said)."""
    fitted = post_weights(strata) or {}
    made = []
    for each in strata:
        share = each.population / people if people else 0.0
        figure = _figure(each.answered, answered)
        said = ""
        if figure is not None and figure.low is not None and figure.high is not None:
            said = "less" if share > figure.high else "more" if share < figure.low else ""
        if each.answered < FEW:
            said = said or "few"
        made.append((each, share, figure, fitted.get(each.name), said))
    return made


@blueprint.get("/sampling/<int:plan_id>/weights.csv")
@guard(SEE)
def weights_file(plan_id: int) -> Response:
    """Population, answers and weight by stratum, for whoever computes elsewhere."""
    plan = queries.get_plan_for(g.person, plan_id)
    strata = queries.list_strata(plan)
    fitted = post_weights(strata) or {}
    header = [_("Stratum"), _("Population size"), _("Drawn"), _("Invited"), _("Replied"), _("Weight")]
    rows = [
        [each.name, each.population, each.drawn, each.invited, each.answered, fitted.get(each.name)]
        for each in strata
    ]
    return table_file(f"{plan.code}-weights.csv", header, rows)


@blueprint.post("/sampling/<int:plan_id>/<any(weigh, unweigh):weight_verb>")
@guard(SURVEY)
def weigh(plan_id: int, weight_verb: str) -> Any:
    plan = queries.get_plan_for(g.person, plan_id, SURVEY)
    if weight_verb == "weigh":
        count = weights.take_weights(plan, actor=g.person)
        flash(_("%(num)s answers are weighted; the figures are being computed.", num=format_number(count)), "good")  # fmt: skip
    else:
        weights.drop_weights(plan, actor=g.person)
        flash(_("Each answer counts once again; the figures are being computed."), "info")
    return redirect(url_for("sampling.plan", plan_id=plan.id))
