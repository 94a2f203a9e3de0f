from typing import Any

from flask import flash, g, redirect, render_template, url_for

import app.digest  # noqa: F401 - registers the morning
from app.views.base import blueprint
from core import notices
from core.access import signed_in
from core.i18n import _
from core.web import local_path


@blueprint.get("/notices")
@signed_in
def list_notices() -> str:
    return render_template("overview/notices.html", notices=notices.list_for(g.person))


@blueprint.post("/notices/<int:notice_id>/open")
@signed_in
def open_notice(notice_id: int) -> Any:
    """Reading marks as read, which a GET may not."""
    found = notices.get_for(g.person, notice_id)
    notices.read(found)
    return redirect(local_path(found.path) or url_for("overview.list_notices"))


@blueprint.post("/notices/read")
@signed_in
def read_notices() -> Any:
    notices.read_all(g.person)
    flash(_("All notices are marked as read."), "good")
    return redirect(url_for("overview.list_notices"))
