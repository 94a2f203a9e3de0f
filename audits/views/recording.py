"""Recording on site: one question a page, saved at once, several auditors side by side."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, flash, g, jsonify, redirect, render_template, request, url_for
from markupsafe import Markup

from accounts.models import Unit
from audits import forms, photos
from audits.models import Audit, Item
from audits.operations import follow_up
from audits.operations import recording as operations
from audits.operations.recording import PHOTOS_MOST, Desk
from audits.permissions import SEE
from audits.queries import audits as queries
from audits.queries import checklist
from audits.rules.results import CHOICES, GRADE_OF, HINTS, NEEDS_FINDING, Nature, Result, label_of
from audits.rules.states import ANSWERING, State
from audits.views.audit_page import mark, who_words
from audits.views.blueprint import blueprint
from core import access, clock, files
from core.access import guard
from core.errors import EditConflict, InvalidInput, RuleViolation
from core.forms import choices, number_or_none, stripped
from core.i18n import _, format_time
from core.pages import refusals
from core.web import saved
from improvement.permissions import SEE as FINDINGS_SEE
from improvement.queries import findings as finding_queries

NOTE_MOST = 8000
POLL_BACK = timedelta(seconds=2)

DRAWN = {
    "conform": '<path d="M3 9.5l4 4 8-9" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/>',
    "strength": '<path d="M9 1.5l2.3 4.9 5.2.7-3.8 3.7 1 5.3L9 13.5l-4.7 2.6 1-5.3L1.5 7.1l5.2-.7z" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round"/>',
    "ofi": '<path d="M9 15V4M4 8.5 9 3.5l5 5" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/>',
    "minor": '<path d="M9 2 17 16H1z" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linejoin="round"/>',
    "major": '<path d="M9 0l9 9-9 9-9-9z" fill="currentColor"/>',
    "na": '<path d="M3 9h12" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/>',
    "not_sampled": '<circle cx="9" cy="9" r="7" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 2.4"/>',
}
DRAWN["partly"], DRAWN["not_met"] = DRAWN["ofi"], DRAWN["minor"]


def drawing(result: str) -> Markup:
    """The mark of a grade, the same shapes as on every page."""
    return Markup(DRAWN[result])  # noqa: S704 - constants


def _choices(item: Item) -> list[tuple[Result, Any, Any]]:
    return [
        (result, label_of(result, item.nature), HINTS.get(result, ""))
        for result in CHOICES[Nature(item.nature)]
    ]


@blueprint.get("/audits/<int:audit_id>/record")
@guard(SEE)
def record(audit_id: int) -> Any:
    """To the first question without an answer."""
    found = queries.get_audit_for(g.person, audit_id)
    rows = checklist.item_rows(found.id)
    if not rows:
        raise RuleViolation(_("The checklist has no question yet."))
    first = next((row.id for row in rows if not row.result), rows[0].id)
    return redirect(url_for(".item", audit_id=found.id, audit_item_id=first))


def _show(found: Audit, item: Item, form: forms.AnswerForm | None = None, raising: Any = None) -> Any:
    at = operations.desk(found.id, item.id, g.person)
    may = at.role in ANSWERING and found.state == State.prepared
    before, after, number, total = checklist.neighbours(item)
    if form is None:
        form = forms.AnswerForm(obj=item)
        form.offer(item.nature)
    scope = queries.scope_of(found.id) if may or item.clause_id or item.standard_id else None
    follow = (
        next((one for one in checklist.follow_ups(found.id) if one.item_id == item.id), None)
        if item.finding_id
        else None
    )
    if raising is None and may and item.result and Result(item.result) in GRADE_OF:
        raising = _raise_form(found, item, scope)
    status = 422 if form.errors or form.form_errors or (raising is not None and raising.errors) else 200
    return render_template(
        "audits/item.html",
        audit=found,
        item=item,
        form=form,
        raising=raising,
        may=may,
        choices=_choices(item),
        before=before,
        after=after,
        number=number,
        total=total,
        answered=checklist.count_answered(found.id),
        pictures=checklist.photos_of(item.id),
        more_photos=PHOTOS_MOST,
        follow=follow,
        clause=_clause(scope, item),
        guidance=item.is_guidance,
        finding=item.finding,
        needs_finding=bool(item.result) and Result(item.result) in NEEDS_FINDING,
        raises=bool(item.result) and Result(item.result) in GRADE_OF,
        may_read_finding=item.finding is not None
        and (item.finding.raised_by_id == g.person.id or access.may(g.person, FINDINGS_SEE, found.unit.path)),
        may_verify=_may_verify(found, follow),
        verifying=forms.VerifyForm(formdata=None),
        entries=checklist.history_of(item),
        drawing=drawing,
        since=clock.now().isoformat(),
    ), status


def _may_verify(found: Audit, follow: Any) -> bool:
    if follow is None or follow.settled not in {"ready", "refused"} or follow.ticket_owner_id == g.person.id:
        return False
    from audits.rules.states import allows

    return allows(found.state, "verify", queries.parts_of(found, g.person, queries.members_of(found.id)))


def _clause(scope: Any, item: Item) -> Any:
    if scope is None or item.clause_id is None:
        return finding_queries.find_clause(item.clause_id)
    known = next((clause for clause in scope.clauses if clause.id == item.clause_id), None)
    return known or finding_queries.find_clause(item.clause_id)


def _raise_form(found: Audit, item: Item, scope: Any) -> forms.RaiseForm | None:
    if item.finding_id is not None:
        return None
    form = forms.RaiseForm()
    units: list[Unit] = list(scope.units) if scope and scope.units else [found.unit]
    form.unit_id.choices = choices((unit.id, unit.name) for unit in units)
    if request.method == "GET" or "statement_en" not in request.form:
        form.unit_id.data = item.unit_id or units[0].id
    return form


@blueprint.get("/audits/<int:audit_id>/items/<int:audit_item_id>")
@guard(SEE)
def item(audit_id: int, audit_item_id: int) -> Any:
    found = queries.get_audit_for(g.person, audit_id)
    return _show(found, checklist.get_item(found, audit_item_id))


@blueprint.post("/audits/<int:audit_id>/items/<int:audit_item_id>")
@guard(SEE)
def save(audit_id: int, audit_item_id: int) -> Any:
    """Keep an answer. A page with JavaScript asks for JSON and stays; without it, the next question follows."""
    at = operations.desk(audit_id, audit_item_id, g.person)
    if request.accept_mimetypes.best == "application/json":
        return _save_quietly(at)
    form = forms.AnswerForm()
    form.offer(at.item.nature)
    if form.validate_on_submit():
        with refusals(form):
            operations.answer(
                at,
                result=form.result.data or "",
                note=form.note.data or "",
                seen=form.seen_version,
                actor=g.person,
            )
            return redirect(_next(at))
    return _show(queries.get_audit_for(g.person, audit_id), at.item, form)


def _next(at: Desk) -> str:
    if request.form.get("go") == "stay":
        return url_for(".item", audit_id=at.audit.id, audit_item_id=at.item.id)
    after = checklist.neighbours(at.item)[1]
    if after is None:
        return url_for(".show", audit_id=at.audit.id)
    return url_for(".item", audit_id=at.audit.id, audit_item_id=after)


def _save_quietly(at: Desk) -> Any:
    note = stripped(request.form.get("note", ""))
    if len(note) > NOTE_MOST:
        return jsonify(error=_("Please use at most %(max)d characters.", max=NOTE_MOST)), 422
    try:
        operations.answer(
            at,
            result=request.form.get("result", "")[:20],
            note=note,
            seen=number_or_none(request.form.get("row_version", "")),
            actor=g.person,
        )
    except RuleViolation as violation:
        return jsonify(error=str(violation.message)), 422
    except EditConflict:
        return jsonify(_theirs(at.item)), 409
    at_time = at.item.answered_at or clock.now()
    return saved(
        jsonify(
            version=at.item.row_version,
            result=at.item.result,
            saved=_("Saved %(time)s", time=format_time(at_time)),
        )
    )


def _theirs(item: Item) -> dict[str, Any]:
    """What somebody else saved meanwhile."""
    return {
        "version": item.row_version,
        "result": item.result,
        "label": str(label_of(Result(item.result), item.nature)) if item.result else str(_("Not answered")),
        "note": item.note,
        "by": item.answered_by_name,
        "at": format_time(item.answered_at),
    }


@blueprint.get("/audits/<int:audit_id>/progress")
@guard(SEE)
def progress(audit_id: int) -> Response:
    """What others answered since a moment, for pages that are open."""
    found = queries.get_audit_for(g.person, audit_id)
    now = clock.now()
    since = _moment(request.args.get("since", ""), now)
    rows = checklist.changed_since(found.id, since - POLL_BACK)
    return jsonify(
        now=now.isoformat(),
        answered=checklist.count_answered(found.id),
        state=found.state,
        items=[
            {
                "id": row.id,
                "version": row.row_version,
                "mine": row.answered_by_id == g.person.id,
                "mark": str(mark(row.result, row.nature)),
                "who": who_words(row.answered_by_name, row.answered_at),
            }
            for row in rows
        ],
    )


def _moment(text: str, now: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(text[:40])
    except ValueError:
        return now
    if found.tzinfo is None:
        return now
    return max(min(found.astimezone(UTC), now), now - timedelta(hours=12))


# --- photos --------------------------------------------------------------------------------------------------


@blueprint.post("/audits/<int:audit_id>/items/<int:audit_item_id>/photos")
@guard(SEE)
def add_photo(audit_id: int, audit_item_id: int) -> Any:
    if request.accept_mimetypes.best == "application/json":
        return _add_photo_quietly(audit_id, audit_item_id)
    at = operations.desk(audit_id, audit_item_id, g.person)
    operations.check_open(at)
    upload = request.files.get("photo")
    if upload is None or not upload.filename:
        flash(_("Choose a photo first."), "edge")
        return redirect(url_for(".item", audit_id=audit_id, audit_item_id=audit_item_id))
    try:
        received, width, height = photos.receive(upload.stream, upload.filename)
        operations.add_photo(at, received, width=width, height=height, actor=g.person)
    except (InvalidInput, RuleViolation) as refused:
        found = queries.get_audit_for(g.person, audit_id)
        form = forms.AnswerForm(formdata=None, obj=at.item)
        form.offer(at.item.nature)
        form.form_errors.append(str(refused))
        return _show(found, at.item, form)
    return redirect(url_for(".item", audit_id=audit_id, audit_item_id=audit_item_id, _anchor="photos"))


def _add_photo_quietly(audit_id: int, audit_item_id: int) -> Any:
    """A photo that waited in the browser. Its receipt leads to the question, so that sent twice it is there once."""
    upload = request.files.get("photo")
    try:
        at = operations.desk(audit_id, audit_item_id, g.person)
        operations.check_open(at)
        if upload is None or not upload.filename:
            raise InvalidInput(_("Choose a photo first."))
        received, width, height = photos.receive(upload.stream, upload.filename)
        made = operations.add_photo(at, received, width=width, height=height, actor=g.person)
    except (InvalidInput, RuleViolation) as refused:
        return jsonify(error=str(refused)), 422
    answer = jsonify(photo=made.id)
    answer.status_code = 201
    answer.location = url_for(".item", audit_id=audit_id, audit_item_id=audit_item_id)
    return saved(answer)


@blueprint.get("/audits/<int:audit_id>/photos/<int:audit_photo_id>")
@guard(SEE)
def photo(audit_id: int, audit_photo_id: int) -> Response:
    found = queries.get_audit_for(g.person, audit_id)
    return files.send(checklist.get_photo(found, audit_photo_id).file)


@blueprint.post("/audits/<int:audit_id>/items/<int:audit_item_id>/photos/<int:audit_photo_id>/remove")
@guard(SEE)
def remove_photo(audit_id: int, audit_item_id: int, audit_photo_id: int) -> Any:
    at = operations.desk(audit_id, audit_item_id, g.person)
    operations.remove_photo(at, audit_photo_id, actor=g.person)
    return redirect(url_for(".item", audit_id=audit_id, audit_item_id=audit_item_id, _anchor="photos"))


# --- findings ------------------------------------------------------------------------------------------------


@blueprint.post("/audits/<int:audit_id>/items/<int:audit_item_id>/finding")
@guard(SEE)
def raise_here(audit_id: int, audit_item_id: int) -> Any:
    at = operations.desk(audit_id, audit_item_id, g.person)
    operations.check_open(at)
    found = queries.get_audit_for(g.person, audit_id)
    scope = queries.scope_of(audit_id)
    form = _raise_form(found, at.item, scope)
    if form is None:
        raise RuleViolation(_("The finding of this item is recorded already."))
    if form.validate_on_submit():
        unit = next((one for one in scope.units if one.id == form.unit_id.data), None)
        with refusals(form):
            made = operations.raise_here(
                at,
                statement_en=form.statement_en.data or "",
                statement_zh=form.statement_zh.data or "",
                unit=unit,
                actor=g.person,
            )
            flash(_("Recorded as %(code)s. Quality managers see it in their inbox.", code=made.code), "good")
            return redirect(
                url_for(".item", audit_id=audit_id, audit_item_id=audit_item_id, _anchor="finding")
            )
    return _show(found, checklist.get_item(found, audit_item_id), raising=form)


@blueprint.post("/audits/<int:audit_id>/items/<int:audit_item_id>/verify")
@guard(SEE)
def verify(audit_id: int, audit_item_id: int) -> Any:
    """The auditor looked on site: the remedy holds, or it does not."""
    found = queries.get_audit_for(g.person, audit_id)
    one = checklist.get_item(found, audit_item_id)
    note = stripped(request.form.get("note", ""))[:4000]
    if request.form.get("outcome") == "refused":
        follow_up.refuse(found, one, note=note, actor=g.person)
        flash(_("Noted. Quality managers were asked to open the ticket again."), "info")
    else:
        follow_up.verify(found, one, note=note, actor=g.person)
        flash(_("Remedy verified."), "good")
    return redirect(url_for(".show", audit_id=audit_id, _anchor="follow"))
