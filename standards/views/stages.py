"""Writing the stages of a journey and the touchpoints in them: add, rename, order, remove, bring back."""

from typing import Any

from flask import flash, g, redirect, request, url_for

from core.access import guard
from core.i18n import _
from core.pages import form_page, refusals
from standards.forms.journeys import StageForm
from standards.models import Stage
from standards.operations import journeys as operations
from standards.permissions import WRITE
from standards.queries import journeys as queries
from standards.views import journeys_blueprint as blueprint
from standards.views.journeys import frame, say_removed, texts


@blueprint.route("/journeys/<int:journey_id>/stages", methods=["GET", "POST"])
@guard(WRITE)
def stages(journey_id: int) -> Any:
    """All stages with their touchpoints; the form below them adds a stage."""
    journey = queries.get_journey_for(g.person, journey_id, WRITE)
    form = StageForm()
    if form.validate_on_submit():
        with refusals(form):
            made = operations.add_stage(journey, actor=g.person, **texts(form))
            flash(_("Stage “%(name)s” is added.", name=made.name), "good")
            return back_to(made)
    rows = queries.list_stages(journey.id, live=False)
    touchpoints = queries.list_touchpoints([row.id for row in rows], live=False)
    return form_page(
        "journeys/stages.html",
        form,
        stages=[row for row in rows if row.withdrawn_at is None],
        gone_stages=[row for row in rows if row.withdrawn_at is not None],
        touchpoints={
            key: [row for row in found if row.withdrawn_at is None] for key, found in touchpoints.items()
        },
        gone_touchpoints=[
            touchpoint
            for row in rows
            if row.withdrawn_at is None
            for touchpoint in touchpoints.get(row.id, [])
            if touchpoint.withdrawn_at is not None
        ],
        **frame(journey, "stages"),
    )


def back_to(stage: Stage, anchor: str = "") -> Any:
    return redirect(
        url_for("journeys.stages", journey_id=stage.journey_id, _anchor=anchor or f"stage-{stage.id}")
    )


@blueprint.route("/journeys/stages/<int:stage_id>", methods=["GET", "POST"])
@guard(WRITE)
def rename_stage(stage_id: int) -> Any:
    stage = queries.get_stage_for(g.person, stage_id, WRITE)
    form = StageForm(obj=stage)
    if form.validate_on_submit():
        with refusals(form):
            operations.change_stage(stage, seen=form.seen_version, actor=g.person, **texts(form))
            flash(_("Saved."), "good")
            return back_to(stage)
    return form_page("journeys/stage_form.html", form, stage=stage)


@blueprint.post("/journeys/stages/<int:stage_id>/move")
@guard(WRITE)
def move_stage(stage_id: int) -> Any:
    stage = queries.get_stage_for(g.person, stage_id, WRITE)
    operations.move_stage(stage, actor=g.person, up=request.form.get("to") == "up")
    return back_to(stage)


@blueprint.post("/journeys/stages/<int:stage_id>/remove")
@guard(WRITE)
def remove_stage(stage_id: int) -> Any:
    stage = queries.get_stage_for(g.person, stage_id, WRITE)
    name, journey_id = stage.name, stage.journey_id
    say_removed(name, gone=operations.remove_stage(stage, actor=g.person))
    return redirect(url_for("journeys.stages", journey_id=journey_id))


@blueprint.post("/journeys/stages/<int:stage_id>/restore")
@guard(WRITE)
def restore_stage(stage_id: int) -> Any:
    stage = queries.get_stage_for(g.person, stage_id, WRITE)
    operations.restore_stage(stage, actor=g.person)
    flash(_("%(name)s is back.", name=stage.name), "good")
    return back_to(stage)
