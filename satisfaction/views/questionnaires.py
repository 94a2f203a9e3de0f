"""Questionnaires: list, record, versions, preview."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from markupsafe import Markup

from accounts import queries as accounts
from core import access, trail
from core.access import guard
from core.errors import NotFound
from core.forms import choices
from core.i18n import _, _l, format_number
from core.pages import form_page, refusals
from core.tables import Column, Empty, ListPage, row_urls
from satisfaction import forms, lists
from satisfaction.models import Questionnaire, SurveyItem
from satisfaction.operations import questionnaires as operations
from satisfaction.permissions import SEE, SURVEY, WEIGH
from satisfaction.queries import indicators
from satisfaction.queries import questionnaires as queries
from satisfaction.queries import waves as wave_queries
from satisfaction.queries.analyses import index_trends
from satisfaction.rules.items import (
    DIMENSIONS,
    KIND_SHORT,
    TARGETED,
    Kind,
)
from satisfaction.rules.waves import WaveState
from satisfaction.views import blueprint
from satisfaction.views.items import back_to
from satisfaction.views.questions import questions
from standards.models import Standard
from standards.queries.standards import find_standard

INDEX_COLUMNS = (
    lists.named("title", _l("Questionnaire"), Questionnaire.code),
    lists.UNIT,
    lists.OWNER,
    Column("standard", _l("Standard"), lambda row, _url: row.standard_code or "—", sort=Standard.code),
    Column("version", _l("Version"), lambda row, _url: row.newest, css="r"),
    Column("items", _l("Number of questions"), lambda row, _url: row.items, css="r"),
    Column("waves", _l("Waves"), lambda row, _url: row.waves, css="r"),
    lists.changed(Questionnaire.updated_at),
)


def _empty() -> Empty:
    return Empty(
        _("No questionnaires yet"),
        _(
            "A questionnaire holds the questions that customers are asked: ratings, recommendation, what was expected and what was got. Each may hang on a promise of a standard."
        ),
        (url_for("satisfaction.write"), _("Write a questionnaire")) if access.may(g.person, SURVEY) else None,
    )


INDEX = ListPage(
    "questionnaires",
    _l("Questionnaires"),
    columns=INDEX_COLUMNS,
    tie=Questionnaire.id,
    default_sort="-changed",
    search=(Questionnaire.code, Questionnaire.title_en, Questionnaire.title_zh),
    empty=_empty,
    context=lambda: row_urls("satisfaction.questionnaire", "questionnaire_id"),
)


@blueprint.get("/surveys/questionnaires")
@guard(SEE)
def questionnaires() -> Any:
    return INDEX.answer(
        "satisfaction/questionnaires.html",
        queries.select_questionnaires(g.person),
        may_write=access.may(g.person, SURVEY),
    )


def _offer(form: forms.QuestionnaireForm) -> forms.QuestionnaireForm:
    form.unit_id.choices = choices(accounts.unit_choices(g.person, SURVEY))
    form.owner_id.choices = choices((person.id, person.name) for person in accounts.list_people())
    form.standard_id.choices = choices(queries.standard_choices(g.person), empty=_("none"))
    return form


@blueprint.route("/surveys/questionnaires/new", methods=["GET", "POST"])
@guard(SURVEY)
def write() -> Any:
    form = _offer(forms.QuestionnaireForm())
    if request.method == "GET":
        form.owner_id.data = g.person.id
    if form.validate_on_submit():
        with refusals(form):
            made = operations.write_questionnaire(
                unit=accounts.get_unit(form.unit_id.data),
                owner=accounts.get_person(form.owner_id.data),
                title_en=form.title_en.data or "",
                title_zh=form.title_zh.data or "",
                standard=find_standard(form.standard_id.data),
                actor=g.person,
            )
            flash(_("%(code)s is written. Now add the questions.", code=made.code), "good")
            return redirect(url_for("satisfaction.questionnaire", questionnaire_id=made.id))
    return form_page("satisfaction/questionnaire_form.html", form, record=None)


@blueprint.route("/surveys/questionnaires/<int:questionnaire_id>/edit", methods=["GET", "POST"])
@guard(SURVEY)
def edit(questionnaire_id: int) -> Any:
    found = queries.get_questionnaire_for(g.person, questionnaire_id, SURVEY)
    form = _offer(forms.QuestionnaireForm(obj=found))
    if form.validate_on_submit():
        values = {name: value if value is not None else "" for name, value in form.values.items()}
        values["standard_id"] = form.standard_id.data
        with refusals(form):
            operations.change_questionnaire(found, seen=form.seen_version, actor=g.person, **values)
            flash(_("Saved."), "good")
            return redirect(url_for("satisfaction.questionnaire", questionnaire_id=found.id))
    return form_page("satisfaction/questionnaire_form.html", form, record=found)


@blueprint.get("/surveys/questionnaires/<int:questionnaire_id>")
@guard(SEE)
def questionnaire(questionnaire_id: int) -> Any:
    found = queries.get_questionnaire_for(g.person, questionnaire_id)
    versions = queries.list_versions(found.id)
    asked = request.args.get("version", type=int)
    version = next((each for each in versions if each.number == asked), versions[0])
    items = queries.list_items(version.id)
    return render_template(
        "satisfaction/questionnaire.html",
        found=found,
        version=version,
        versions=versions,
        items=items,
        item_facts=item_facts(items),
        waves=wave_queries.list_of_questionnaire(found.id, g.person),
        wave_states={state.value: state for state in WaveState},
        kind_short=KIND_SHORT,
        may_write=access.may(g.person, SURVEY, found.unit.path),
        newest=version.id == versions[0].id,
        indicator_systems=indicators.list_of_questionnaire(found.id, g.person),
        may_weigh=access.may(g.person, WEIGH, found.unit.path),
        trends=index_trends(found.id, g.person),
        history=trail.history(found),
    )


def item_facts(items: list[SurveyItem]) -> dict[int, list[str]]:
    """What is worth saying beside each item."""
    codes = {
        standard.id: standard.code
        for standard in (find_standard(item.standard_id) for item in items if item.standard_id)
        if standard is not None
    }
    found: dict[int, list[str]] = {}
    for item in items:
        facts = []
        kind = Kind(item.kind)
        if kind in {Kind.scale, Kind.servqual, Kind.importance}:
            facts.append(_("1–%(points)s", points=item.points))
        if kind == Kind.choice:
            facts.append(_("%(num)s options", num=len(item.options)))
        if item.dimension:
            facts.append(str(DIMENSIONS.get(item.dimension, item.dimension)))
        if item.requirement_code:
            facts.append(f"{codes.get(item.standard_id or 0, '')} {item.requirement_code}".strip())
        if item.about_code:
            facts.append(_("of %(code)s", code=item.about_code))
        if item.target is not None and kind in TARGETED:
            facts.append(
                _(
                    "target %(value)s",
                    value=format_number(item.target, 0 if item.target == int(item.target) else 1),
                )
            )
        if item.required:
            facts.append(_("must be answered"))
        if item.reverse:
            facts.append(_("turned round"))
        found[item.id] = facts
    return found


@blueprint.post("/surveys/questionnaires/<int:questionnaire_id>/draft")
@guard(SURVEY)
def draft(questionnaire_id: int) -> Any:
    found = queries.get_questionnaire_for(g.person, questionnaire_id, SURVEY)
    made = operations.draft_version(found, actor=g.person)
    flash(_("Version %(number)s may be changed until it is asked.", number=made.number), "good")
    return redirect(url_for("satisfaction.questionnaire", questionnaire_id=found.id))


@blueprint.post("/surveys/versions/<int:questionnaire_version_id>/discard")
@guard(SURVEY)
def discard_version(questionnaire_version_id: int) -> Any:
    version = queries.get_version_for(g.person, questionnaire_version_id, SURVEY)
    questionnaire_id = version.questionnaire_id
    operations.discard_version(version, actor=g.person)
    flash(_("The version was discarded."), "info")
    return redirect(url_for("satisfaction.questionnaire", questionnaire_id=questionnaire_id))


@blueprint.route("/surveys/versions/<int:questionnaire_version_id>/texts", methods=["GET", "POST"])
@guard(SURVEY)
def texts(questionnaire_version_id: int) -> Any:
    version = queries.get_version_for(g.person, questionnaire_version_id, SURVEY)
    form = forms.TextsForm(obj=version)
    if form.validate_on_submit():
        with refusals(form):
            operations.change_texts(
                version,
                seen=form.seen_version,
                actor=g.person,
                **{name: value or "" for name, value in form.values.items()},
            )
            flash(_("Saved."), "good")
            return redirect(back_to(version))
    return form_page("satisfaction/texts_form.html", form, version=version)


@blueprint.get("/surveys/versions/<int:questionnaire_version_id>/preview")
@guard(SEE)
def preview(questionnaire_version_id: int) -> Any:
    """What respondents will see; nothing can be sent from here."""
    version = queries.get_version_for(g.person, questionnaire_version_id)
    items = queries.list_items(version.id)
    if not items:
        raise NotFound
    return render_template(
        "satisfaction/preview.html",
        version=version,
        asked=version.questionnaire,
        organisation=accounts.find_root(),
        body=Markup("".join(questions(items, {}, {}))),  # noqa: S704 - every text is escaped
        count=len(items),
    )
