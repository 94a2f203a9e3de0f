"""Questionnaires: list, record, editor with add, reorder and preview."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from markupsafe import Markup

from accounts import queries as accounts
from accounts.models import Person, Unit
from core import access, trail
from core.access import guard
from core.db import session
from core.errors import NotFound, RuleViolation
from core.forms import choices
from core.i18n import _, _l, format_date, format_number, pick
from core.tables import Column, Empty, ListPage, row_urls, two_lines
from satisfaction import forms
from satisfaction.models import Questionnaire, QuestionnaireVersion, SurveyItem
from satisfaction.operations import questionnaires as operations
from satisfaction.permissions import SEE, SURVEY
from satisfaction.queries import questionnaires as queries
from satisfaction.queries import waves as wave_queries
from satisfaction.rules.items import (
    BULK_FIELDS,
    DIMENSIONS,
    KIND_SHORT,
    TARGETED,
    Kind,
    read_bulk,
    read_options,
    write_options,
)
from satisfaction.rules.waves import WaveState
from satisfaction.views import blueprint
from satisfaction.views.questions import questions
from standards.models import Standard
from standards.queries.touchpoints import touchpoint_choices

INDEX_COLUMNS = (
    Column(
        "title",
        _l("Questionnaire"),
        lambda row, url: two_lines(url(row.id), pick(row.title_en, row.title_zh), row.code),
        sort=Questionnaire.code,
        export=lambda row, _url: f"{row.code} {pick(row.title_en, row.title_zh)}",
    ),
    Column("unit", _l("Unit"), lambda row, _url: pick(row.unit_en, row.unit_zh), sort=Unit.path),
    Column("owner", _l("Owner"), lambda row, _url: row.owner, sort=Person.name),
    Column("standard", _l("Standard"), lambda row, _url: row.standard_code or "—", sort=Standard.code),
    Column("version", _l("Version"), lambda row, _url: row.newest, css="r"),
    Column("items", _l("Number of questions"), lambda row, _url: row.items, css="r"),
    Column("waves", _l("Waves"), lambda row, _url: row.waves, css="r"),
    Column(
        "changed",
        _l("Changed"),
        lambda row, _url: format_date(row.updated_at),
        sort=Questionnaire.updated_at,
        export=lambda row, _url: row.updated_at.date(),
        descending=True,
    ),
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
    statement = queries.rows(g.person)
    exported = INDEX.export(statement)
    if exported is not None:
        return exported
    return render_template(
        "satisfaction/questionnaires.html",
        listing=INDEX.run(statement),
        may_write=access.may(g.person, SURVEY),
    )


def _offer(form: forms.QuestionnaireForm) -> forms.QuestionnaireForm:
    form.unit_id.choices = choices(accounts.unit_choices(g.person, SURVEY))
    form.owner_id.choices = choices((person.id, person.name) for person in accounts.list_people())
    form.standard_id.choices = choices(queries.standard_choices(g.person), empty=_("none"))
    return form


def _standard(standard_id: int | None) -> Standard | None:
    return session.get(Standard, standard_id) if standard_id else None


@blueprint.route("/surveys/questionnaires/new", methods=["GET", "POST"])
@guard(SURVEY)
def write() -> Any:
    form = _offer(forms.QuestionnaireForm())
    if request.method == "GET":
        form.owner_id.data = g.person.id
    if form.validate_on_submit():
        try:
            made = operations.write_questionnaire(
                unit=accounts.get_unit(form.unit_id.data),
                owner=accounts.get_person(form.owner_id.data),
                title_en=form.title_en.data or "",
                title_zh=form.title_zh.data or "",
                standard=_standard(form.standard_id.data),
                actor=g.person,
            )
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("%(code)s is written. Now add the questions.", code=made.code), "good")
            return redirect(url_for("satisfaction.questionnaire", questionnaire_id=made.id))
    return render_template(
        "satisfaction/questionnaire_form.html", form=form, record=None
    ), 422 if form.is_submitted() else 200


@blueprint.route("/surveys/questionnaires/<int:questionnaire_id>/edit", methods=["GET", "POST"])
@guard(SURVEY)
def edit(questionnaire_id: int) -> Any:
    found = queries.get_questionnaire_for(g.person, questionnaire_id, SURVEY)
    form = _offer(forms.QuestionnaireForm(obj=found))
    if form.validate_on_submit():
        values = {name: value if value is not None else "" for name, value in form.values.items()}
        values["standard_id"] = form.standard_id.data
        try:
            operations.change_questionnaire(found, seen=form.seen_version, actor=g.person, **values)
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for("satisfaction.questionnaire", questionnaire_id=found.id))
    return render_template(
        "satisfaction/questionnaire_form.html", form=form, record=found
    ), 422 if form.is_submitted() else 200


@blueprint.get("/surveys/questionnaires/<int:questionnaire_id>")
@guard(SEE)
def questionnaire(questionnaire_id: int) -> Any:
    found = queries.get_questionnaire_for(g.person, questionnaire_id)
    versions = queries.list_versions(found.id)
    asked = request.args.get("version", type=int)
    version = next((each for each in versions if each.number == asked), versions[0])
    items = queries.list_items(version.id)
    waves = session.execute(wave_queries.rows(g.person, found.id).order_by(None).limit(60)).all()
    return render_template(
        "satisfaction/questionnaire.html",
        found=found,
        version=version,
        versions=versions,
        items=items,
        item_facts=item_facts(items),
        waves=sorted(waves, key=lambda row: (str(row.first_day or ""), row.id), reverse=True),
        wave_states={state.value: state for state in WaveState},
        kind_short=KIND_SHORT,
        may_write=access.may(g.person, SURVEY, found.unit.path),
        newest=version.id == versions[0].id,
        history=trail.history(found),
    )


def item_facts(items: list[SurveyItem]) -> dict[int, list[str]]:
    """What is worth saying beside each item."""
    codes = {
        standard.id: standard.code
        for standard in (_standard(item.standard_id) for item in items if item.standard_id)
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
        try:
            operations.change_texts(
                version,
                seen=form.seen_version,
                actor=g.person,
                **{name: value or "" for name, value in form.values.items()},
            )
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("Saved."), "good")
            return redirect(_back(version))
    return render_template(
        "satisfaction/texts_form.html", form=form, version=version
    ), 422 if form.is_submitted() else 200


def _back(version: QuestionnaireVersion) -> str:
    return url_for("satisfaction.questionnaire", questionnaire_id=version.questionnaire_id)


def _item_form(version: QuestionnaireVersion, item: SurveyItem | None) -> forms.ItemForm:
    form = forms.ItemForm(obj=item)
    standard_id = (item.standard_id if item else None) or version.questionnaire.standard_id
    form.requirement.choices = choices(queries.promise_choices(standard_id), empty=_("none"))
    form.touchpoint_id.choices = choices(
        touchpoint_choices(g.person, keep=item.touchpoint_id if item else None), empty=_("none")
    )
    items = queries.list_items(version.id)
    form.about_code.choices = choices(
        [(each.code, f"{each.code} · {each.text[:80]}") for each in items if each is not item],
        empty=_("none"),
    )
    if request.method == "GET":
        if item is None:
            form.code.data = _next_code(items)
            form.kind.data = request.args.get("kind") if request.args.get("kind") in set(Kind) else "scale"
        else:
            form.options.data = write_options(item.options)
            form.requirement.data = item.requirement_code
            form.row_version.data = version.row_version
    return form


def _next_code(items: list[SurveyItem]) -> str:
    known = {item.code.lower() for item in items}
    return next(f"Q{number}" for number in range(len(items) + 1, 10_000) if f"q{number}" not in known)


def _item_values(form: forms.ItemForm, standard_id: int | None) -> dict[str, Any]:
    values: dict[str, Any] = {name: value if value is not None else "" for name, value in form.values.items()}
    offered = {choice.value for choice in form.requirement.choices}
    about = {choice.value for choice in form.about_code.choices}
    values["requirement_code"] = form.requirement.data if form.requirement.data in offered else ""
    values["standard_id"] = standard_id if values["requirement_code"] else None
    values["about_code"] = form.about_code.data if form.about_code.data in about else ""
    values["options"] = read_options(form.options.data or "")
    values["target"] = form.target.data
    values["touchpoint_id"] = form.touchpoint_id.data
    return values


@blueprint.route("/surveys/versions/<int:questionnaire_version_id>/items/new", methods=["GET", "POST"])
@guard(SURVEY)
def add_item(questionnaire_version_id: int) -> Any:
    version = queries.get_version_for(g.person, questionnaire_version_id, SURVEY)
    form = _item_form(version, None)
    if form.validate_on_submit():
        try:
            made = operations.add_item(
                version, _item_values(form, version.questionnaire.standard_id), actor=g.person
            )
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("%(code)s was added.", code=made.code), "good")
            if request.form.get("go") == "more":
                return redirect(
                    url_for("satisfaction.add_item", questionnaire_version_id=version.id, kind=made.kind)
                )
            return redirect(f"{_back(version)}#{made.code}")
    return render_template(
        "satisfaction/item_form.html", form=form, version=version, item=None, dimensions=DIMENSIONS
    ), 422 if form.is_submitted() else 200


@blueprint.route("/surveys/items/<int:survey_item_id>", methods=["GET", "POST"])
@guard(SURVEY)
def edit_item(survey_item_id: int) -> Any:
    item = queries.get_item_for(g.person, survey_item_id, SURVEY)
    version = item.version
    form = _item_form(version, item)
    if form.validate_on_submit():
        standard_id = item.standard_id or version.questionnaire.standard_id
        try:
            operations.change_item(
                item, _item_values(form, standard_id), seen=form.seen_version, actor=g.person
            )
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("Saved."), "good")
            return redirect(f"{_back(version)}#{item.code}")
    return render_template(
        "satisfaction/item_form.html", form=form, version=version, item=item, dimensions=DIMENSIONS
    ), 422 if form.is_submitted() else 200


@blueprint.post("/surveys/items/<int:survey_item_id>/remove")
@guard(SURVEY)
def remove_item(survey_item_id: int) -> Any:
    item = queries.get_item_for(g.person, survey_item_id, SURVEY)
    version, code = item.version, item.code
    operations.remove_item(item, actor=g.person)
    flash(_("%(code)s was removed.", code=code), "info")
    return redirect(_back(version))


@blueprint.post("/surveys/items/<int:survey_item_id>/move")
@guard(SURVEY)
def move_item(survey_item_id: int) -> Any:
    item = queries.get_item_for(g.person, survey_item_id, SURVEY)
    operations.move_item(item, by=-1 if request.form.get("to") == "up" else 1, actor=g.person)
    return redirect(f"{_back(item.version)}#{item.code}")


@blueprint.route("/surveys/versions/<int:questionnaire_version_id>/items/many", methods=["GET", "POST"])
@guard(SURVEY)
def add_many(questionnaire_version_id: int) -> Any:
    version = queries.get_version_for(g.person, questionnaire_version_id, SURVEY)
    form = forms.BulkForm()
    if form.validate_on_submit():
        try:
            count = operations.add_bulk(version, read_bulk(form.lines.data), actor=g.person)
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("%(num)s items were added.", num=count), "good")
            return redirect(_back(version))
    return render_template(
        "satisfaction/bulk_form.html",
        form=form,
        version=version,
        fields=BULK_FIELDS,
        kinds=[kind.value for kind in Kind if kind != Kind.choice],
    ), 422 if form.is_submitted() else 200


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
