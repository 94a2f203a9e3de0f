from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from accounts import queries as accounts
from core import access, files, trail
from core.access import guard
from core.db import expect_version
from core.errors import NotFound, RuleViolation
from core.forms import choices
from core.i18n import _
from core.pages import form_page, refusals
from improvement import about as records
from improvement import links
from improvement.forms.findings import DECISIONS, CorrectionForm, FindingForm, ReasonForm, TriageForm
from improvement.models import Finding
from improvement.operations import findings as operations
from improvement.operations import tickets as ticket_operations
from improvement.permissions import RAISE, SEE, TRIAGE, VERIFY
from improvement.queries import findings as queries
from improvement.queries import tickets as ticket_queries
from improvement.rules.findings import (
    GRADE_LABELS,
    GUIDANCE_LABELS,
    NOTABLE,
    ORIGIN_LABELS,
    STATE_LABELS,
    FindingState,
    Grade,
    step,
)
from improvement.views.inbox import LIST, STATE_CSS
from standards.queries.standards import find_standard

blueprint = Blueprint("findings", __name__)
UPLOAD_LIMIT = 10_000_000


@blueprint.get("/findings")
@guard(SEE)
def index() -> Any:
    statement, values = queries.select_findings(g.person)
    return LIST.answer("findings/index.html", statement, values)


@blueprint.route("/findings/new", methods=["GET", "POST"])
@guard(RAISE)
def new() -> Any:
    reference = request.values.get("about", "")[:160]
    about = records.about(reference, g.person)
    form = FindingForm()
    units = accounts.unit_choices()
    form.unit_id.choices = choices(units)
    guidance = False
    if about and about.clause_id:
        guidance = queries.is_guidance_only(about.clause_id, about.unit or g.person.unit)
    form.grade.choices = choices(_grades(guidance=guidance))
    if request.method == "GET":
        form.unit_id.data = about.unit.id if about and about.unit else g.person.unit_id
    if form.validate_on_submit():
        with refusals(form):
            upload = form.file.data
            received = (
                files.receive(
                    upload.stream, upload.filename, limit=UPLOAD_LIMIT, accept=files.IMAGE | files.DOCUMENT
                )
                if upload
                else None
            )
            made = operations.raise_by_person(
                unit=accounts.get_place(form.unit_id.data),
                actor=g.person,
                grade=form.grade.data,
                statement_en=form.statement_en.data or "",
                statement_zh=form.statement_zh.data or "",
                detail=form.detail.data or "",
                standard=find_standard(about.standard_id) if about else None,
                requirement_code=about.requirement_code if about else "",
                clause_id=about.clause_id if about else None,
                origin_label=about.label if about else "",
                origin_ref=reference,
                file=received,
            )
            flash(_("Recorded as %(code)s. Quality managers see it in their inbox.", code=made.code), "good")
            return redirect(url_for(".finding", finding_id=made.id))
    return form_page("findings/new.html", form, about=about, reference=reference, guidance=guidance)


def _grades(*, guidance: bool) -> Sequence[tuple[Grade, Any]]:
    return list((GUIDANCE_LABELS if guidance else GRADE_LABELS).items())


@blueprint.get("/findings/<int:finding_id>")
@guard(SEE)
def finding(finding_id: int) -> Any:
    found = queries.get_finding_for(g.person, finding_id)
    return _page(found, _triage_form(found) if _may_triage(found) else None)


@blueprint.route("/findings/<int:finding_id>/edit", methods=["GET", "POST"])
@guard(SEE)
def correct(finding_id: int) -> Any:
    found = queries.get_finding_to_correct(g.person, finding_id)
    form = CorrectionForm(obj=found)
    form.unit_id.choices = choices(accounts.unit_choices())
    if form.validate_on_submit():
        with refusals(form):
            operations.correct(
                found,
                unit=accounts.get_place(form.unit_id.data),
                seen=form.seen_version,
                actor=g.person,
                statement_en=form.statement_en.data or "",
                statement_zh=form.statement_zh.data or "",
                detail=form.detail.data or "",
            )
            flash(_("%(code)s is corrected.", code=found.code), "good")
            return redirect(url_for(".finding", finding_id=found.id))
    return form_page("findings/edit.html", form, record=found)


def _may_triage(found: Finding) -> bool:
    return step(found.state, "accept") is not None and access.may(g.person, TRIAGE, found.unit.path)


def _triage_form(found: Finding) -> TriageForm:
    form = TriageForm(obj=None)
    guidance = queries.is_guidance_only(found.clause_id, found.unit)
    form.grade.choices = choices(_grades(guidance=guidance))
    people = [(person.id, person.name) for person in accounts.list_people(limit=1000)]
    form.owner_id.choices = choices(people)
    form.verifier_id.choices = choices(
        [(0, _("not yet named"))]
        + [(person.id, person.name) for person in accounts.people_with(VERIFY, found.unit.path)]
    )
    form.decision.choices = choices(
        (key, label) for key, label in DECISIONS if key != "note" or found.grade in NOTABLE
    )
    if request.method == "GET":
        form.row_version.data = found.row_version
        form.grade.data = found.grade
        form.owner_id.data = found.owner_id or g.person.id
        form.verifier_id.data = 0
        statement = found.statement
        form.title.data = statement if len(statement) <= 200 else f"{statement[:199]}…"
    return form


def _page(found: Finding, form: TriageForm | None, status: int = 200) -> Any:
    clause = queries.find_clause(found.clause_id)
    guidance = queries.is_guidance_only(found.clause_id, found.unit)
    standard = find_standard(found.standard_id)
    page = render_template(
        "findings/show.html",
        record=found,
        form=form,
        figures=queries.figures_of(found.figures),
        standard=standard,
        standard_link=links.standard_url(found.standard_id),
        requirement=queries.find_requirement(found.standard_id, found.requirement_code),
        clause=clause,
        clause_link=links.clause_url(clause),
        origin_link=links.origin_url(found.origin_ref),
        origin_label=ORIGIN_LABELS[records_origin(found)],
        grade_label=dict(_grades(guidance=guidance))[Grade(found.grade)],
        guidance=guidance,
        state_label=STATE_LABELS[FindingState(found.state)],
        state_css=STATE_CSS[found.state],
        merged_into=queries.get_finding(found.merged_into_id) if found.merged_into_id else None,
        may_open=lambda other: queries.may_see(g.person, other),
        may_open_ticket=bool(found.ticket_id and ticket_queries.open_to(g.person, [found.ticket_id])),
        took_in=queries.list_merged_into(found),
        may_reopen=step(found.state, "reopen") is not None and access.may(g.person, TRIAGE, found.unit.path),
        may_correct=operations.may_correct(found)
        and (found.raised_by_id == g.person.id or access.may(g.person, TRIAGE, found.unit.path)),
        history=trail.history(found),
    )
    return (page, status) if status != 200 else page


def records_origin(found: Finding) -> Any:
    from improvement.rules.findings import Origin

    return Origin(found.origin)


@blueprint.post("/findings/<int:finding_id>/triage")
@guard(TRIAGE)
def triage(finding_id: int) -> Any:
    found = queries.get_finding_for(g.person, finding_id)
    access.require(g.person, TRIAGE, found.unit.path, what=found.code)
    form = _triage_form(found)
    if form.validate_on_submit():
        with refusals(form):
            target = _decide(found, form)
            return redirect(target)
    return _page(found, form, 422)


def _decide(found: Finding, form: TriageForm) -> str:
    seen, person = form.seen_version, g.person
    if form.grade.data != found.grade and form.decision.data != "dismiss":
        operations.regrade(found, form.grade.data, seen=seen, actor=person)
        seen = None
    decision = form.decision.data
    if decision == "new":
        if seen is not None:
            expect_version(found, seen, what=found.code, fields=["state"])
        ticket = ticket_operations.open_ticket(
            title=form.title.data or "",
            owner=accounts.get_person(form.owner_id.data),
            verifier=accounts.get_person(form.verifier_id.data) if form.verifier_id.data else None,
            findings=[found],
            priority=form.priority.data,
            due=form.due.data,
            actor=person,
        )
        flash(_("%(code)s is open; %(name)s was told.", code=ticket.code, name=ticket.owner.name), "good")
        return url_for("tickets.ticket", ticket_id=ticket.id)
    if decision == "existing":
        known = ticket_queries.find_ticket_by_code((form.ticket.data or "").split(" ")[0])
        if known is None:
            raise RuleViolation(_("Give the code of an open ticket, like CAR-2026-0001."), field="ticket")
        ticket_operations.add_finding(known, found, actor=person)
        flash(_("%(code)s belongs to %(ticket)s now.", code=found.code, ticket=known.code), "good")
        return url_for("tickets.ticket", ticket_id=known.id)
    if decision == "merge":
        other = queries.find_by_code((form.into.data or "").strip().upper().split(" ")[0])
        if other is None:
            raise RuleViolation(_("Give the code of an open finding, like FND-2026-0001."), field="into")
        operations.merge(found, other, seen=seen, actor=person)
        flash(_("Merged into %(code)s.", code=other.code), "good")
        return url_for(".finding", finding_id=other.id)
    if decision == "dismiss":
        operations.dismiss(found, reason=form.reason.data or "", seen=seen, actor=person)
        flash(_("%(code)s is dismissed.", code=found.code), "good")
    else:
        operations.note(found, seen=seen, actor=person)
        flash(_("%(code)s is noted.", code=found.code), "good")
    return url_for(".index")


@blueprint.get("/findings/suggestions")
@guard(TRIAGE)
def suggestions() -> str:
    """Options of a datalist while somebody types: open tickets, or open findings."""
    words = (request.args.get("ticket") or request.args.get("into") or "").strip()[:100]
    search = ticket_queries.search_tickets if "ticket" in request.args else queries.search_findings
    rows = search(g.person, words, 12, open_only=True) if words else []
    return render_template("findings/suggestions.html", rows=rows, tickets="ticket" in request.args)


@blueprint.route("/findings/<int:finding_id>/reopen", methods=["GET", "POST"])
@guard(TRIAGE)
def reopen(finding_id: int) -> Any:
    found = queries.get_finding_for(g.person, finding_id)
    access.require(g.person, TRIAGE, found.unit.path, what=found.code)
    form = ReasonForm(obj=found)
    if form.validate_on_submit():
        with refusals(form):
            operations.reopen(found, reason=form.reason.data, seen=form.seen_version, actor=g.person)
            flash(_("%(code)s waits for triage again.", code=found.code), "good")
            return redirect(url_for(".finding", finding_id=found.id))
    return form_page("findings/reopen.html", form, record=found)


@blueprint.get("/findings/<int:finding_id>/file")
@guard(SEE)
def file(finding_id: int) -> Any:
    found = queries.get_finding_for(g.person, finding_id)
    if found.file is None:
        raise NotFound
    return files.send(found.file)
