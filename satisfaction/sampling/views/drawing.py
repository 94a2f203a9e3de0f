"""The draw: made once, proved as often as somebody asks, taken as a file."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for

from core.access import guard
from core.db import mode, session
from core.documents.downloads import table_file
from core.errors import NotFound, RuleViolation
from core.i18n import _, format_number
from core.web import short_transaction
from satisfaction.customers.permissions import SEE
from satisfaction.methods.refusal import Refusal
from satisfaction.permissions import SURVEY
from satisfaction.sampling import drawing, frames, queries
from satisfaction.sampling.forms import DrawForm
from satisfaction.sampling.operations import plans
from satisfaction.sampling.rules import Design, Population
from satisfaction.sampling.views import blueprint


@blueprint.post("/sampling/<int:plan_id>/draw")
@guard(SURVEY)
@short_transaction
def draw(plan_id: int) -> Any:
    """Drawn outside of any transaction, since a large register takes a moment; kept in a short one."""
    form = DrawForm()
    valid = form.validate()
    seed = form.seed.data if form.seed.data is not None else plans.new_seed()
    if not valid or seed < 0:
        raise RuleViolation(_("Give a seed from 0 on, or leave it empty."))
    plan = queries.get_plan_for(g.person, plan_id, SURVEY)
    if plan.state != "draft":
        raise RuleViolation(_("%(code)s is drawn already.", code=plan.code))
    seen = plan.row_version
    try:
        frame, sample = plans.sample(plan, seed, actor=g.person)
    except Refusal as told:
        raise RuleViolation(told.message) from told
    session.rollback()
    with mode("write"):
        plan = queries.get_plan_for(g.person, plan_id, SURVEY)
        plans.keep_draw(plan, frame, sample, seed, seen=seen, actor=g.person)
        session.commit()
    flash(_("%(num)s customers are drawn.", num=format_number(len(sample.taken))), "good")
    return redirect(url_for("sampling.plan", plan_id=plan_id))


@blueprint.get("/sampling/<int:plan_id>/check")
@guard(SEE)
def check(plan_id: int) -> Any:
    """Draws again from the kept population with the kept seed, and compares with what was drawn."""
    plan = queries.get_plan_for(g.person, plan_id)
    if plan.state != "drawn":
        raise NotFound
    design = Design.read(plan.design)
    frame, digest = frames.unpacked(queries.get_frame(plan.id))
    again = drawing.draw(design, frame, plan.seed or 0)
    kept = queries.list_drawn(plan.id)
    first = [(row.code, row.probability) for row in kept]
    second = [(each.member.code, each.probability) for each in again.taken]
    then = {member.id: (member.stratum, member.cluster) for member in frame}
    now = {
        member.id: (member.stratum, member.cluster)
        for member in frames.members(
            Population.read(plan.population), design.strata, design.cluster, g.person
        )
    }
    return render_template(
        "sampling/check.html",
        found=plan,
        frame_same=digest == plan.frame_sha256,
        digest=digest,
        draw_same=first == second and plans.draw_hash(first) == plan.result.get("draw_sha256"),
        again=len(second),
        digest_draw=plans.draw_hash(second),
        people=len(frame),
        engine=again.engine_version,
        gone=len(then.keys() - now.keys()),
        fresh=len(now.keys() - then.keys()),
        moved=sum(then[key] != now[key] for key in then.keys() & now.keys()),
    )


@blueprint.get("/sampling/<int:plan_id>/draw.<any(csv, xlsx):draw_form>")
@guard(SEE)
def draw_file(plan_id: int, draw_form: str) -> Any:
    """The drawn customers by code, with chance and weight; nothing personal."""
    plan = queries.get_plan_for(g.person, plan_id)
    if plan.state != "drawn":
        raise NotFound
    header = [_("Customer code"), _("Stratum"), _("Cluster"), _("Chance of being drawn"), _("Design weight")]
    rows = (
        [row.code, row.stratum, row.cluster, row.probability, row.weight]
        for row in queries.list_drawn(plan.id)
    )
    return table_file(f"{plan.code}.{draw_form}", header, rows, sheet=plan.code)
