"""Pages that belong to no single room: overview, my tasks, search, jobs, health."""

from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from sqlalchemy import text

from core import jobs as core_jobs
from core import search as core_search
from core import tasks as core_tasks
from core.access import public, signed_in
from core.db import session
from core.errors import NotFound
from core.slots import panels

blueprint = Blueprint("overview", "app.views")


@blueprint.get("/")
@signed_in
def show() -> str:
    return render_template(
        "overview/show.html",
        tasks=core_tasks.tasks_of(g.person),
        main=panels("overview.main", None, g.person),
        side=panels("overview.side", None, g.person),
    )


@blueprint.get("/tasks")
@signed_in
def tasks() -> str:
    return render_template("overview/tasks.html", tasks=core_tasks.tasks_of(g.person))


@blueprint.get("/search")
@signed_in
def search() -> str:
    words = request.args.get("q", "").strip()
    return render_template("overview/search.html", words=words, hits=core_search.find(g.person, words))


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
def job(job_id: int) -> str:
    found = _own_job(job_id)
    template = "overview/job_progress.html" if request.headers.get("HX-Request") else "overview/job.html"
    return render_template(template, job=found)


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


@blueprint.get("/health")
@public
def health() -> Response:
    session.execute(text("SELECT 1"))
    return Response("ok\n", content_type="text/plain")
