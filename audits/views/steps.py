"""Steps of an audit: prepared, performed, reported, accepted, closed; and its printed report."""

from collections.abc import Callable
from typing import Any

from flask import Response, flash, g, redirect, request, url_for

from audits import forms
from audits.models import Audit
from audits.operations import steps as operations
from audits.permissions import ACCEPT, PLAN, PRINT, SEE
from audits.queries import audits as queries
from audits.queries import checklist
from audits.views.blueprint import blueprint
from audits.views.planning import for_step
from core import files, jobs
from core.access import guard
from core.i18n import LANGUAGES, _, _l, language
from core.pages import form_page, refusals


@blueprint.post("/audits/<int:audit_id>/prepare")
@guard(SEE)
def prepare(audit_id: int) -> Any:
    found = for_step(audit_id, "prepare")
    operations.prepare(found, actor=g.person)
    flash(_("Prepared. The team can record now."), "good")
    return redirect(url_for(".show", audit_id=found.id))


@blueprint.post("/audits/<int:audit_id>/finish")
@guard(SEE)
def finish(audit_id: int) -> Any:
    found = for_step(audit_id, "finish")
    operations.finish(found, actor=g.person)
    flash(_("Recording is finished. Write the conclusion and sign the report."), "good")
    return redirect(url_for(".conclude", audit_id=found.id))


@blueprint.route("/audits/<int:audit_id>/conclusion", methods=["GET", "POST"])
@guard(SEE)
def conclude(audit_id: int) -> Any:
    found = for_step(audit_id, "conclude")
    form = forms.ConclusionForm(obj=found)
    if form.validate_on_submit():
        with refusals(form):
            operations.conclude(
                found,
                conclusion_en=form.conclusion_en.data or "",
                conclusion_zh=form.conclusion_zh.data or "",
                seen=form.seen_version,
                actor=g.person,
            )
            flash(_("Saved. Now sign the report."), "good")
            return redirect(url_for(".show", audit_id=found.id))
    return form_page(
        "audits/conclusion.html",
        form,
        audit=found,
        tally=checklist.tally_of(found.id),
        follow_ups=checklist.follow_ups(found.id),
    )


def _sign(
    audit_id: int, verb: str, act: Callable[..., None], heading: Any, words: Any, button: Any, done: Any
) -> Any:
    found = for_step(audit_id, verb)
    form = forms.SignForm(obj=found)
    if form.validate_on_submit():
        with refusals(form):
            act(found, password=form.password.data, seen=form.seen_version, actor=g.person)
            flash(str(done), "good")
            return redirect(url_for(".show", audit_id=found.id))
    return form_page(
        "audits/sign.html",
        form,
        audit=found,
        heading=str(heading),
        words=str(words),
        button=str(button),
        missing=[item for item in operations.conditions_now(found) if not item.met]
        if verb == "report"
        else [],
        tally=checklist.tally_of(found.id),
        follow_ups=checklist.follow_ups(found.id),
    )


@blueprint.route("/audits/<int:audit_id>/report", methods=["GET", "POST"])
@guard(SEE)
def report(audit_id: int) -> Any:
    return _sign(
        audit_id,
        "report",
        operations.report,
        _l("Sign the report"),
        _l("With your signature the report goes to the unit, and the answers can't be changed any more."),
        _l("Sign the report"),
        _l("Signed. The unit was asked to accept the report."),
    )


@blueprint.route("/audits/<int:audit_id>/accept", methods=["GET", "POST"])
@guard(ACCEPT)
def accept(audit_id: int) -> Any:
    return _sign(
        audit_id,
        "accept",
        operations.accept,
        _l("Accept the report"),
        _l(
            "With your signature the unit accepts what was found and follows up its findings by their tickets."
        ),
        _l("Accept the report"),
        _l("Accepted. The follow-up begins."),
    )


def _with_reason(
    audit_id: int, verb: str, act: Callable[..., None], heading: Any, words: Any, done: Any
) -> Any:
    found: Audit = for_step(audit_id, verb)
    form = forms.ReasonForm()
    if form.validate_on_submit():
        with refusals(form):
            act(found, reason=form.reason.data, actor=g.person)
            flash(str(done), "info")
            return redirect(url_for(".show", audit_id=found.id))
    return form_page("audits/reason.html", form, audit=found, heading=str(heading), words=str(words))


@blueprint.route("/audits/<int:audit_id>/send-back", methods=["GET", "POST"])
@guard(ACCEPT)
def send_back(audit_id: int) -> Any:
    return _with_reason(
        audit_id,
        "send_back",
        operations.send_back,
        _l("Send back to the auditors"),
        _l("Say what is not right. The lead auditor looks again and signs anew."),
        _l("Sent back. The lead auditor was told."),
    )


@blueprint.route("/audits/<int:audit_id>/resume", methods=["GET", "POST"])
@guard(SEE)
def resume(audit_id: int) -> Any:
    return _with_reason(
        audit_id,
        "resume",
        operations.resume,
        _l("Record again"),
        _l("Answers can be changed and added again; the history keeps both."),
        _l("Recording is open again."),
    )


@blueprint.route("/audits/<int:audit_id>/cancel", methods=["GET", "POST"])
@guard(PLAN)
def cancel(audit_id: int) -> Any:
    return _with_reason(
        audit_id,
        "cancel",
        operations.cancel,
        _l("Cancel the audit"),
        _l("What was recorded stays readable. A series goes on with its next audit."),
        _l("Cancelled."),
    )


@blueprint.post("/audits/<int:audit_id>/close")
@guard(SEE)
def close(audit_id: int) -> Any:
    found = for_step(audit_id, "close")
    operations.close(found, actor=g.person)
    flash(_("Closed: every remedy is verified."), "good")
    return redirect(url_for(".show", audit_id=found.id))


@blueprint.post("/audits/<int:audit_id>/print")
@guard(PRINT)
def print_report(audit_id: int) -> Any:
    """Have the report made as PDF, in the language asked for."""
    from audits.jobs import KIND

    found = queries.get_audit_for(g.person, audit_id)
    asked = request.form.get("language", language())
    code = asked if asked in LANGUAGES else language()
    job = jobs.queue(
        KIND,
        _("Audit report %(code)s", code=found.code),
        {"audit": found.id, "language": code},
        actor=g.person,
    )
    return redirect(url_for("overview.job", job_id=job.id))


@blueprint.get("/audits/<int:audit_id>/reports/<int:audit_report_id>")
@guard(SEE)
def download(audit_id: int, audit_report_id: int) -> Response:
    found = queries.get_audit_for(g.person, audit_id)
    return files.send(queries.get_report(found, audit_report_id).file)
