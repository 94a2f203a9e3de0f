"""The page of one analysis: what it says, and how it was computed."""

from typing import Any

from flask import g, render_template

from core import access, jobs, trail
from core.access import guard
from core.db import session
from improvement.permissions import RAISE
from satisfaction.analyses.diagrams import on_page
from satisfaction.analyses.reporting import how_of, notes_of, title_of, told_of
from satisfaction.analyses.telling import Told
from satisfaction.methods.refusal import Sentence
from satisfaction.models import Analysis
from satisfaction.permissions import ANALYSE, SEE
from satisfaction.queries import analyses as queries
from satisfaction.rules.analyses import Method, words_of
from satisfaction.views import blueprint
from satisfaction.views.analyses.listing import STATES


@blueprint.get("/surveys/analyses/<int:analysis_id>")
@guard(SEE)
def analysis(analysis_id: int) -> Any:
    found = queries.get_analysis_for(g.person, analysis_id)
    told = told_of(found) if found.state == "done" else Told()
    job = jobs.find(found.job_id) if found.state == "waiting" else None
    return render_template(
        "analyses/analysis.html",
        found=found,
        title=title_of(found.method, found.title, entered=found.wave is None),
        state=STATES[found.state],
        words=words_of(Method(found.method), entered=found.wave is None),
        told=told,
        drawing=on_page(told.picture.svg) if told.picture is not None and told.picture.svg else None,
        picture_table=told.tables[0] if told.tables else None,
        refusal=str(Sentence.from_dict(found.refusal)) if found.refusal else "",
        how=how_of(found),
        notes=notes_of(found),
        job=job,
        own_job=job is not None and job.started_by_id == g.person.id,
        same=session.get(Analysis, found.same_as_id) if found.same_as_id else None,
        may_analyse=access.may(g.person, ANALYSE, found.unit.path),
        may_raise=access.may(g.person, RAISE) and bool(told.figures),
        history=trail.history(found),
    )
