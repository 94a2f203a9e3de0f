"""Questions of a questionnaire: add, change, reorder, remove, many at once."""

from typing import Any

from flask import flash, g, redirect, request, url_for

from core.access import guard
from core.forms import choices
from core.i18n import _
from core.pages import form_page, refusals
from satisfaction import forms
from satisfaction.models import QuestionnaireVersion, SurveyItem
from satisfaction.operations import questionnaires as operations
from satisfaction.permissions import SURVEY
from satisfaction.queries import questionnaires as queries
from satisfaction.rules.items import BULK_FIELDS, DIMENSIONS, Kind, read_bulk, read_options, write_options
from satisfaction.views import blueprint
from standards.queries.touchpoints import touchpoint_choices


def back_to(version: QuestionnaireVersion) -> str:
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
        with refusals(form):
            made = operations.add_item(
                version, _item_values(form, version.questionnaire.standard_id), actor=g.person
            )
            flash(_("%(code)s was added.", code=made.code), "good")
            if request.form.get("go") == "more":
                return redirect(
                    url_for("satisfaction.add_item", questionnaire_version_id=version.id, kind=made.kind)
                )
            return redirect(f"{back_to(version)}#{made.code}")
    return form_page("satisfaction/item_form.html", form, version=version, item=None, dimensions=DIMENSIONS)


@blueprint.route("/surveys/items/<int:survey_item_id>", methods=["GET", "POST"])
@guard(SURVEY)
def edit_item(survey_item_id: int) -> Any:
    item = queries.get_item_for(g.person, survey_item_id, SURVEY)
    version = item.version
    form = _item_form(version, item)
    if form.validate_on_submit():
        standard_id = item.standard_id or version.questionnaire.standard_id
        with refusals(form):
            operations.change_item(
                item, _item_values(form, standard_id), seen=form.seen_version, actor=g.person
            )
            flash(_("Saved."), "good")
            return redirect(f"{back_to(version)}#{item.code}")
    return form_page("satisfaction/item_form.html", form, version=version, item=item, dimensions=DIMENSIONS)


@blueprint.post("/surveys/items/<int:survey_item_id>/remove")
@guard(SURVEY)
def remove_item(survey_item_id: int) -> Any:
    item = queries.get_item_for(g.person, survey_item_id, SURVEY)
    version, code = item.version, item.code
    operations.remove_item(item, actor=g.person)
    flash(_("%(code)s was removed.", code=code), "info")
    return redirect(back_to(version))


@blueprint.post("/surveys/items/<int:survey_item_id>/move")
@guard(SURVEY)
def move_item(survey_item_id: int) -> Any:
    item = queries.get_item_for(g.person, survey_item_id, SURVEY)
    operations.move_item(item, by=-1 if request.form.get("to") == "up" else 1, actor=g.person)
    return redirect(f"{back_to(item.version)}#{item.code}")


@blueprint.route("/surveys/versions/<int:questionnaire_version_id>/items/many", methods=["GET", "POST"])
@guard(SURVEY)
def add_many(questionnaire_version_id: int) -> Any:
    version = queries.get_version_for(g.person, questionnaire_version_id, SURVEY)
    form = forms.BulkForm()
    if form.validate_on_submit():
        with refusals(form):
            count = operations.add_bulk(version, read_bulk(form.lines.data), actor=g.person)
            flash(_("%(num)s items were added.", num=count), "good")
            return redirect(back_to(version))
    return form_page(
        "satisfaction/bulk_form.html",
        form,
        version=version,
        fields=BULK_FIELDS,
        kinds=[kind.value for kind in Kind if kind != Kind.choice],
    )
