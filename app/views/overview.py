"""Overview, my tasks, search, health."""

from flask import Response, g, render_template, request
from sqlalchemy import text

from app import first_steps
from app.views.base import blueprint
from core import search as core_search
from core import tasks as core_tasks
from core.access import public, signed_in
from core.db import session
from core.slots import panels

#: so many of the small panels stand at the side, those that matter most to the role; further ones below the promises
BESIDE = 4


@blueprint.get("/")
@signed_in
def show() -> str:
    main, side = panels("overview.main", None, g.person), panels("overview.side", None, g.person)
    if not main:
        first = first_steps.panel(g.person)
        main = [first] if first else []
    return render_template(
        "overview/show.html",
        tasks=core_tasks.tasks_of(g.person),
        main=main,
        side=side if len(side) <= BESIDE + 1 else side[:BESIDE],
        below=[] if len(side) <= BESIDE + 1 else side[BESIDE:],
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


@blueprint.get("/health")
@public
def health() -> Response:
    session.execute(text("SELECT 1"))
    return Response("ok\n", content_type="text/plain")
