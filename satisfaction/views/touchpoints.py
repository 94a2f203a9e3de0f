"""Hanging questions on a touchpoint of a customer journey."""

from typing import Any

from flask import flash, g, redirect, url_for

from core.access import guard
from core.i18n import _
from core.pages import form_page, refusals
from satisfaction.models import SurveyItem
from satisfaction.operations import touchpoints as operations
from satisfaction.permissions import SURVEY
from satisfaction.queries import touchpoints as queries
from satisfaction.views import blueprint
from standards.forms.journeys import ChecksForm
from standards.queries.journeys import get_touchpoint_for


@blueprint.route("/surveys/touchpoints/<int:touchpoint_id>", methods=["GET", "POST"])
@guard(SURVEY)
def place_items(touchpoint_id: int) -> Any:
    touchpoint = get_touchpoint_for(g.person, touchpoint_id, SURVEY)
    form = ChecksForm()
    offered = queries.items_to_hang(g.person, SURVEY)
    if form.validate_on_submit():
        chosen = set(form.chosen.data or [])
        with refusals(form):
            operations.place_items(touchpoint, [row for row in offered if row.id in chosen], actor=g.person)
            flash(_("Saved."), "good")
            return redirect(url_for("journeys.touchpoint", touchpoint_id=touchpoint.id))
    groups: dict[str, list[SurveyItem]] = {}
    for row in offered:
        asked = row.version.questionnaire
        groups.setdefault(f"{asked.code} · {asked.title}", []).append(row)
    return form_page("satisfaction/place_items.html", form, touchpoint=touchpoint, groups=groups)
