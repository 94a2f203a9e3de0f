"""Long jobs of the person: list, progress, stop, repeat."""

from typing import Any

from flask import g, redirect, render_template, request, url_for

import app.jobs  # noqa: F401 - registers handlers and duties
from app.views.base import blueprint
from core import jobs as core_jobs
from core.access import signed_in
from core.errors import NotFound


@blueprint.get("/jobs")
@signed_in
def jobs() -> str:
    return render_template("overview/jobs.html", jobs=core_jobs.list_for(g.person))


def _own_job(job_id: int) -> core_jobs.Job:
    found = core_jobs.find_for(g.person, job_id)
    if found is None:
        raise NotFound
    return found


@blueprint.get("/jobs/<int:job_id>")
@signed_in
def job(job_id: int) -> Any:
    found = _own_job(job_id)
    if not request.headers.get("HX-Request"):
        return render_template("overview/job.html", job=found)
    page = render_template("overview/job_progress.html", job=found)
    # what stands around the progress tells of the result as well, so the whole page is shown anew at the end
    return page if found.is_open else (page, {"HX-Refresh": "true"})


@blueprint.post("/jobs/<int:job_id>/stop")
@signed_in
def stop_job(job_id: int) -> Any:
    core_jobs.ask_to_stop(_own_job(job_id))
    return redirect(url_for("overview.job", job_id=job_id))


@blueprint.post("/jobs/<int:job_id>/repeat")
@signed_in
def repeat_job(job_id: int) -> Any:
    again = core_jobs.repeat(_own_job(job_id), actor=g.person)
    return redirect(url_for("overview.job", job_id=again.id))
