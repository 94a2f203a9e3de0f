"""The blueprint of training and what all its pages share."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, url_for

from core import access, files
from core.forms import RecordForm
from core.markdown import render
from core.pages import form_page, refusals
from training.permissions import ASSIGN, SEE_RECORDS, WRITE
from training.queries import assignments as queries
from training.rules import REASON_LABELS, STATE_LABELS, Reason, State, VersionState

blueprint = Blueprint("training", __name__, url_prefix="/training")

UPLOAD_LIMIT = 25_000_000


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "State": State,
        "VersionState": VersionState,
        "Reason": Reason,
        "state_labels": STATE_LABELS,
        "reason_labels": REASON_LABELS,
        "may_write": access.may(g.get("person"), WRITE),
        "may_assign": access.may(g.get("person"), ASSIGN),
        "may_see_records": access.may(g.get("person"), SEE_RECORDS),
        "markdown": render,
        "why_links": why_links,
        "this_day": queries.today,
    }


def why_links(why: queries.Why) -> dict[str, str]:
    """Where the occasion of an assignment leads, as far as this person may follow: standard, ticket."""
    from improvement.permissions import SEE as SEE_TICKETS
    from standards.permissions import SEE as SEE_STANDARDS

    found = {}
    if why.version is not None and access.may(g.person, SEE_STANDARDS):
        found["standard"] = url_for("standards.show", standard_id=why.version.standard_id)
    if why.ticket is not None and access.may(g.person, SEE_TICKETS, why.ticket.unit.path):
        found["ticket"] = url_for("tickets.ticket", ticket_id=why.ticket.id)
    return found


def received(upload: Any) -> files.Received | None:
    """A picture or document sent with a form; None when no file was chosen."""
    if not upload or not getattr(upload, "filename", ""):
        return None
    return files.receive(
        upload.stream, upload.filename, limit=UPLOAD_LIMIT, accept=files.IMAGE | files.DOCUMENT
    )


def save_page(
    form: RecordForm,
    save: Callable[[], Any],
    *,
    crumbs: list[tuple[str | None, Any]],
    heading: Any,
    button: Any,
    done: Any,
    back: str,
    note: Any = "",
    hints: dict[str, Any] | None = None,
    once: bool = False,
    template: str = "training/form.html",
    **context: Any,
) -> Any:
    """Show a form, or save it and lead back; `save` may give the address to lead to. `done` may look at its result."""
    if form.validate_on_submit():
        with refusals(form):
            result = save()
            flash(done(result) if callable(done) else done, "good")
            return redirect(result if isinstance(result, str) else back)
    return form_page(
        template,
        form,
        crumbs=crumbs,
        heading=heading,
        button=button,
        back=back,
        note=note,
        hints=hints or {},
        once=once,
        **context,
    )
