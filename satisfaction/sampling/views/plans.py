"""Writing a plan, and its page: how many, who, what became of them."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from accounts import queries as accounts
from core import access, jobs, trail
from core.access import guard
from core.errors import RuleViolation
from core.forms import choices, record_number
from core.i18n import _, _l, format_list, pick
from core.pages import form_page, refusals
from satisfaction.customers.permissions import SEE
from satisfaction.customers.queries import list_attribute_values
from satisfaction.customers.rules import ATTRIBUTES, KIND_LABELS, LANGUAGES, Kind
from satisfaction.methods.refusal import Refusal, Sentence
from satisfaction.models import Wave
from satisfaction.permissions import SURVEY
from satisfaction.queries.waves import get_wave_for
from satisfaction.sampling import drawing, frames, queries
from satisfaction.sampling.forms import DrawForm, PlanForm
from satisfaction.sampling.models import SamplingPlan
from satisfaction.sampling.operations import mailing, plans
from satisfaction.sampling.rules import (
    ALLOCATIONS,
    DRAWS,
    GROUPINGS,
    MEASURES,
    NOT_GIVEN,
    STRATA_MOST,
    Design,
    Draw,
    Population,
)
from satisfaction.sampling.views import blueprint
from satisfaction.sampling.views.listing import STATES
from satisfaction.sampling.views.response import response_parts


def _offer(form: PlanForm, plan: SamplingPlan | None) -> PlanForm:
    units = accounts.unit_choices(g.person, SURVEY)
    form.unit_id.choices = choices(units)
    form.wave_id.choices = choices(queries.wave_choices(g.person, plan), empty=_l("none yet"))
    form.under.choices = choices(accounts.unit_choices(g.person, SEE), empty=_l("all"))
    return form


def _wave(form: PlanForm) -> Wave | None:
    return get_wave_for(g.person, form.wave_id.data, SURVEY) if form.wave_id.data else None


def _page(form: PlanForm, record: SamplingPlan | None) -> Any:
    return form_page(
        "sampling/form.html",
        form,
        record=record,
        values={key: list_attribute_values(g.person, key) for key in ATTRIBUTES},
    )


@blueprint.route("/sampling/new", methods=["GET", "POST"])
@guard(SURVEY)
def write() -> Any:
    form = _offer(PlanForm(), None)
    if request.method == "GET":
        asked = request.args.get("wave", type=record_number)
        if asked in {number for number, _name in queries.wave_choices(g.person)}:
            form.wave_id.data = asked
    if form.validate_on_submit():
        with refusals(form):
            made = plans.write_plan(
                unit=accounts.get_unit(form.unit_id.data),
                name_en=form.name_en.data or "",
                name_zh=form.name_zh.data or "",
                wave=_wave(form),
                population=form.asked,
                design=form.design,
                actor=g.person,
            )
            flash(_("%(code)s is written. Look at the numbers, then draw.", code=made.code), "good")
            return redirect(url_for("sampling.plan", plan_id=made.id))
    return _page(form, None)


@blueprint.route("/sampling/<int:plan_id>/edit", methods=["GET", "POST"])
@guard(SURVEY)
def edit(plan_id: int) -> Any:
    found = queries.get_plan_for(g.person, plan_id, SURVEY)
    form = _offer(PlanForm(found), found)
    if request.method == "GET" and not form.numbers.data:
        form.numbers.data = _strata_to_fill(found)
    if form.validate_on_submit():
        drawn = found.state == "drawn"
        with refusals(form):
            plans.change_plan(
                found,
                unit=accounts.get_unit(form.unit_id.data),
                name_en=form.name_en.data or "",
                name_zh=form.name_zh.data or "",
                wave=_wave(form),
                population=Population.read(found.population) if drawn else form.asked,
                design=Design.read(found.design) if drawn else form.design,
                seen=form.seen_version,
                actor=g.person,
            )
            flash(_("Saved."), "good")
            return redirect(url_for("sampling.plan", plan_id=found.id))
    return _page(form, found)


def _strata_to_fill(found: SamplingPlan) -> str:
    """The strata there are, one a line, to write behind what is known."""
    design = Design.read(found.design)
    if design.draw != Draw.stratified or found.state != "draft":
        return ""
    names = frames.sizes(Population.read(found.population), design.strata, g.person)
    return "\n".join(f"{name} | " for name in names) if len(names) <= STRATA_MOST else ""


@blueprint.post("/sampling/<int:plan_id>/copy")
@guard(SURVEY)
def copy(plan_id: int) -> Any:
    made = plans.copy_plan(queries.get_plan_for(g.person, plan_id, SURVEY), actor=g.person)
    flash(_("%(code)s is a copy; nothing is drawn yet.", code=made.code), "good")
    return redirect(url_for("sampling.edit", plan_id=made.id))


@blueprint.post("/sampling/<int:plan_id>/discard")
@guard(SURVEY)
def discard(plan_id: int) -> Any:
    plans.discard_plan(queries.get_plan_for(g.person, plan_id, SURVEY), actor=g.person)
    flash(_("The plan was discarded."), "info")
    return redirect(url_for("sampling.index"))


@blueprint.get("/sampling/<int:plan_id>")
@guard(SEE)
def plan(plan_id: int) -> Any:
    found = queries.get_plan_for(g.person, plan_id)
    population, design = Population.read(found.population), Design.read(found.design)
    may_write = access.may(g.person, SURVEY, found.unit.path)
    tone, word = STATES[found.state]
    parts: dict[str, Any] = {}
    if found.state == "drawn":
        numbers, refusal, counted = found.result, None, None
        drawn, linked = queries.count_links(found.id)
        mailings = queries.list_mailings(found.id)
        parts = response_parts(found, linked, mailings=len(mailings)) | {"drawn": drawn, "linked": linked}
        parts["mailings"] = [
            (mailing.name_of(each.number), each, count, jobs.find(each.job_id)) for each, count in mailings
        ]
    else:
        counted = frames.count(population, g.person)
        numbers, refusal = _numbers(population, design, counted.people - counted.barred)
    spread = numbers.get("invitations_by_stratum") or {}
    if spread:  # rounded up in each stratum
        numbers = {**numbers, "invitations": sum(spread.values())}
    return render_template(
        "sampling/plan.html",
        found=found,
        state=word,
        tone=tone,
        counted=counted,
        numbers=numbers,
        notes=[Sentence.from_dict(each) for each in numbers.get("notes", ())],
        refusal=refusal,
        strata=[(stratum_word(design.strata, each["name"]), each) for each in numbers.get("strata", ())],
        invitations=spread,
        population=population_words(population),
        design=design_words(design),
        mail_only=Population.read(found.population).mail_only,
        may_write=may_write,
        form=DrawForm(obj=found),
        history=trail.history(found),
        word_of=lambda name: stratum_word(design.strata, name),
        words_of=lambda names: format_list(stratum_word(design.strata, name) for name in names),
        **parts,
    )


def _numbers(population: Population, design: Design, people: int) -> tuple[dict[str, Any], Any]:
    """What the plan would need, or the sentence why it can't be said."""
    if not people:
        return {}, _("Nobody in the register belongs to this population and may be contacted.")
    sizes = frames.sizes(population, design.strata, g.person) if design.draw == Draw.stratified else {}
    clusters = len(frames.sizes(population, design.cluster, g.person)) if design.cluster else 0
    try:
        return drawing.size_of(design, people, sizes, clusters), None
    except Refusal as told:
        return {}, told.message
    except RuleViolation as violation:
        return {}, violation.message


def stratum_word(key: str, name: str) -> str:
    """The name of a stratum in words."""
    if name in {"", NOT_GIVEN}:
        return _("not told") if name else _("All")
    if key == "kind" and name in set(Kind):
        return str(KIND_LABELS[Kind(name)])
    if key == "language" and name in LANGUAGES:
        return str(LANGUAGES[name])
    if key == "unit":
        return next((place.name for place in accounts.places().values() if place.code == name), name)
    return name


def population_words(population: Population) -> list[tuple[str, str]]:
    made = [(_("Groups"), format_list(KIND_LABELS[Kind(each)] for each in population.kinds) or _("all"))]
    place = accounts.places().get(population.unit_id or 0)
    made.append((_("Units"), pick(place.name_en, place.name_zh) if place is not None else _("all")))
    made += [
        (str(label), format_list(getattr(population, key)))
        for key, label in ATTRIBUTES.items()
        if getattr(population, key)
    ]
    if population.mail_only:
        made.append((_("Reached by"), _("E-mail")))
    return made


def design_words(design: Design) -> list[tuple[str, str]]:
    made: list[tuple[str, str]] = []
    if design.n is None and design.error is not None:
        share = design.kind == "proportion"
        error = f"{design.error * 100:g}" if share else f"{design.error:g}"
        made.append((_("What is to be known"), str(MEASURES[design.kind])))
        made.append((_("Margin of error (±)"), _("%(error)s points", error=error) if share else error))
        made.append((_("Confidence"), f"{design.confidence * 100:g} %"))
        if design.p is not None:
            made.append((_("Expected share"), f"{design.p * 100:g} %"))
        if design.sd is not None:
            made.append((_("Standard deviation"), f"{design.sd:g}"))
        if design.response_rate is not None:
            made.append((_("Expected response rate"), f"{design.response_rate * 100:g} %"))
        if design.icc is not None:
            made.append((_("Likeness within clusters (ICC)"), f"{design.icc:g}"))
    made.append((_("Draw"), str(DRAWS[Draw(design.draw)])))
    if design.strata:
        made.append((_("Strata"), str(GROUPINGS.get(design.strata, design.strata))))
    if design.draw == Draw.stratified:
        made.append((_("Spread over the strata"), str(ALLOCATIONS[design.allocation])))
    if design.cluster:
        made.append((_("Clusters"), str(GROUPINGS.get(design.cluster, design.cluster))))
    return made
