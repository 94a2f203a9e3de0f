"""The page of one touchpoint, writing it, and hanging standards on it from either side."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from core import access
from core.access import guard
from core.forms import choices
from core.i18n import _
from core.pages import form_page, refusals
from core.slots import panels
from standards.forms.journeys import ChecksForm, TouchpointForm
from standards.models import Touchpoint
from standards.operations import touchpoints as operations
from standards.permissions import SEE, WRITE
from standards.queries import journeys as queries
from standards.queries import standards as standard_queries
from standards.queries import touchpoints as hanging
from standards.reports.journeys import spots_of
from standards.views import journeys_blueprint as blueprint
from standards.views.journeys import say_removed, texts
from standards.views.stages import back_to


@blueprint.get("/journeys/touchpoints/<int:touchpoint_id>")
@guard(SEE)
def touchpoint(touchpoint_id: int) -> str:
    found = queries.get_touchpoint_for(g.person, touchpoint_id)
    journey = found.stage.journey
    return render_template(
        "journeys/touchpoint.html",
        touchpoint=found,
        journey=journey,
        spot=spots_of([found], g.person)[found.id],
        side=panels("touchpoint.side", found, g.person),
        entries=hanging.trail_of_touchpoint(found),
        may_write=access.may(g.person, WRITE, journey.unit.path),
    )


@blueprint.route("/journeys/stages/<int:stage_id>/touchpoints/new", methods=["GET", "POST"])
@guard(WRITE)
def add_touchpoint(stage_id: int) -> Any:
    stage = queries.get_stage_for(g.person, stage_id, WRITE)
    form = TouchpointForm()
    del form.stage_id
    if form.validate_on_submit():
        with refusals(form):
            made = operations.add_touchpoint(
                stage,
                actor=g.person,
                channel=form.channel.data,
                moment_of_truth=form.moment_of_truth.data,
                **texts(form),
            )
            flash(_("%(code)s is added.", code=made.code), "good")
            if request.form.get("go") == "more":
                return redirect(url_for("journeys.add_touchpoint", stage_id=stage.id))
            return back_to(stage, f"touchpoint-{made.id}")
    return form_page("journeys/touchpoint_form.html", form, stage=stage, touchpoint=None)


@blueprint.route("/journeys/touchpoints/<int:touchpoint_id>/edit", methods=["GET", "POST"])
@guard(WRITE)
def edit_touchpoint(touchpoint_id: int) -> Any:
    found = queries.get_touchpoint_for(g.person, touchpoint_id, WRITE)
    form = TouchpointForm(obj=found)
    stages = {row.id: row for row in queries.list_stages(found.stage.journey_id)}
    stages.setdefault(found.stage_id, found.stage)
    form.stage_id.choices = choices((row.id, row.name) for row in stages.values())
    if form.validate_on_submit():
        with refusals(form):
            operations.change_touchpoint(
                found,
                seen=form.seen_version,
                actor=g.person,
                channel=form.channel.data,
                moment_of_truth=form.moment_of_truth.data,
                stage=stages[form.stage_id.data],
                **texts(form),
            )
            flash(_("Saved."), "good")
            return redirect(url_for("journeys.touchpoint", touchpoint_id=found.id))
    return form_page("journeys/touchpoint_form.html", form, stage=found.stage, touchpoint=found)


@blueprint.post("/journeys/touchpoints/<int:touchpoint_id>/move")
@guard(WRITE)
def move_touchpoint(touchpoint_id: int) -> Any:
    found = queries.get_touchpoint_for(g.person, touchpoint_id, WRITE)
    operations.move_touchpoint(found, actor=g.person, up=request.form.get("to") == "up")
    return back_to(found.stage, f"touchpoint-{found.id}")


@blueprint.post("/journeys/touchpoints/<int:touchpoint_id>/remove")
@guard(WRITE)
def remove_touchpoint(touchpoint_id: int) -> Any:
    found = queries.get_touchpoint_for(g.person, touchpoint_id, WRITE)
    name, stage = found.name, found.stage
    say_removed(name, gone=operations.remove_touchpoint(found, actor=g.person))
    return back_to(stage)


@blueprint.post("/journeys/touchpoints/<int:touchpoint_id>/restore")
@guard(WRITE)
def restore_touchpoint(touchpoint_id: int) -> Any:
    found = queries.get_touchpoint_for(g.person, touchpoint_id, WRITE)
    operations.restore_touchpoint(found, actor=g.person)
    flash(_("%(name)s is back.", name=found.name), "good")
    return back_to(found.stage, f"touchpoint-{found.id}")


# --- standards and touchpoints -------------------------------------------------------------------------------


@blueprint.route("/journeys/touchpoints/<int:touchpoint_id>/standards", methods=["GET", "POST"])
@guard(WRITE)
def hang_standards(touchpoint_id: int) -> Any:
    found = queries.get_touchpoint_for(g.person, touchpoint_id, WRITE)
    form = ChecksForm()
    offered = hanging.standards_to_hang(g.person)
    if form.validate_on_submit():
        chosen = set(form.chosen.data or [])
        with refusals(form):
            operations.hang_standards(found, [row for row in offered if row.id in chosen], actor=g.person)
            flash(_("Saved."), "good")
            return redirect(url_for("journeys.touchpoint", touchpoint_id=found.id))
    return form_page(
        "journeys/hang_standards.html",
        form,
        touchpoint=found,
        offered=offered,
        chosen=hanging.linked_standards(found.id),
    )


@blueprint.route("/journeys/of-standard/<int:standard_id>", methods=["GET", "POST"])
@guard(WRITE)
def place_standard(standard_id: int) -> Any:
    standard = standard_queries.get_standard_for(g.person, standard_id, WRITE)
    form = ChecksForm()
    offered = hanging.list_open_touchpoints(g.person)
    if form.validate_on_submit():
        chosen = set(form.chosen.data or [])
        with refusals(form):
            operations.place_standard(standard, [row for row in offered if row.id in chosen], actor=g.person)
            flash(_("Saved."), "good")
            return redirect(url_for("standards.show", standard_id=standard.id))
    groups: dict[str, list[Touchpoint]] = {}
    for row in offered:
        groups.setdefault(f"{row.stage.journey.code} · {row.stage.journey.name}", []).append(row)
    return form_page(
        "journeys/place_standard.html",
        form,
        standard=standard,
        groups=groups,
        chosen=hanging.linked_touchpoints(standard.id),
    )
