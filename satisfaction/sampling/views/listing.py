"""The list of sampling plans, the calculator, what the quick search finds, what stands on a wave's page."""

from typing import Any

from flask import g, render_template, request, url_for

from core import access
from core.access import guard
from core.errors import RuleViolation
from core.i18n import _, _l, format_date, format_number, pick
from core.search import Hit
from core.slots import Panel
from core.tables import Column, Empty, ListPage, choice_filter, link, row_urls
from satisfaction import lists
from satisfaction.customers.permissions import SEE
from satisfaction.methods.refusal import Refusal
from satisfaction.models import Wave
from satisfaction.permissions import SURVEY
from satisfaction.sampling import drawing, queries
from satisfaction.sampling.forms import SizeForm
from satisfaction.sampling.models import SamplingPlan
from satisfaction.sampling.rules import DRAWS, Design, Draw, faults
from satisfaction.sampling.views import blueprint

STATES = {"draft": ("few", _l("In preparation")), "drawn": ("good", _l("Drawn"))}


def _wave(row: Any) -> Any:
    if row.wave_id is None:
        return "—"
    return link(url_for("satisfaction.wave", wave_id=row.wave_id), pick(row.wave_en, row.wave_zh))


COLUMNS = (
    lists.named("name", _l("Sampling plan"), SamplingPlan.code),
    Column("wave", _l("Wave"), lambda row, _url: _wave(row), sort=Wave.code),
    lists.UNIT,
    Column("draw", _l("Draw"), lambda row, _url: str(DRAWS[Draw(row.design.get("draw", "srs"))])),
    Column(
        "population",
        _l("Population size"),
        lambda row, _url: format_number(row.frame_size) if row.drawn_at else "—",
        sort=SamplingPlan.frame_size,
        export=lambda row, _url: row.frame_size or None,
        css="r num",
    ),
    Column(
        "drawn",
        _l("Drawn"),
        lambda row, _url: format_number(row.drawn) if row.drawn_at else "—",
        export=lambda row, _url: row.drawn,
        css="r num",
    ),
    Column(
        "answered",
        _l("Replied"),
        lambda row, _url: format_number(row.answered) if row.drawn_at else "—",
        export=lambda row, _url: row.answered,
        css="r num",
    ),
    Column(
        "day",
        _l("Drawn on"),
        lambda row, _url: format_date(row.drawn_at) or "—",
        sort=SamplingPlan.drawn_at,
        export=lambda row, _url: row.drawn_at,
        css="nb",
        descending=True,
    ),
    lists.state(lambda row: STATES[row.state], SamplingPlan.state),
)


def _empty() -> Empty:
    return Empty(
        _("No sampling plans yet"),
        _(
            "A plan says who is meant, how sure the result shall be and how customers are drawn. It gives the number to invite, draws them so that anybody can check it, and shows who answered."
        ),
        (url_for("sampling.write"), _("Write a plan")) if access.may(g.person, SURVEY) else None,
    )


INDEX = ListPage(
    "sampling-plans",
    _l("Sampling plans"),
    columns=COLUMNS,
    tie=SamplingPlan.id,
    default_sort="-name",
    filters=(
        choice_filter(
            "state",
            _l("State"),
            SamplingPlan.state,
            lambda: [(key, word) for key, (_tone, word) in STATES.items()],
        ),
    ),
    search=(SamplingPlan.code, SamplingPlan.name_en, SamplingPlan.name_zh, Wave.code),
    empty=_empty,
    context=lambda: row_urls("sampling.plan", "plan_id"),
)


@blueprint.get("/sampling")
@guard(SEE)
def index() -> Any:
    statement = queries.select_plans(g.person)
    return INDEX.answer("sampling/index.html", statement, may_write=access.may(g.person, SURVEY))


@blueprint.get("/sampling/size")
@guard(SEE)
def calculator() -> Any:
    """How many answers are needed, without a plan. The entries stand in the address."""
    form = SizeForm(formdata=request.args if request.args.get("kind") else None)
    found: dict[str, Any] | None = None
    if request.args.get("kind") and form.validate():
        design = Design(**form.base)
        for name, sentence in faults(design):
            form.refuse(RuleViolation(sentence, name))
        population = form.population.data
        if population is not None and population < 1:
            form.refuse(RuleViolation(_("Give a number from 1 on."), "population"))
        if not any(field.errors for field in form):
            try:
                found = drawing.size_of(design, population, {})
            except Refusal as told:
                form.refuse(RuleViolation(told.message))
    return render_template(
        "sampling/calculator.html",
        form=form,
        found=found,
        share=form.kind.data != "mean",
        may_write=access.may(g.person, SURVEY),
    )


def search(person: Any, words: str, limit: int) -> list[Hit]:
    if not access.may(person, SEE):
        return []
    return [
        Hit(each.code, each.name, url_for("sampling.plan", plan_id=each.id), _("Sampling plan"))
        for each in queries.search(person, words, limit)
    ]


def beside_wave(wave: Wave, person: Any) -> Panel | None:
    """On the page of a wave: the samples it asks."""
    if not access.may(person, SEE, wave.unit.path):
        return None
    plans = queries.list_of_wave(wave.id)
    may_write = access.may(person, SURVEY, wave.unit.path) and wave.state in {"draft", "open"}
    if not plans and not may_write:
        return None
    return Panel("sampling/panel_wave.html", {"plans": plans, "wave": wave, "may_write": may_write})
