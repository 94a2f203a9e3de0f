from collections.abc import Sequence
from contextvars import ContextVar
from html import escape
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from markupsafe import Markup

from accounts import queries as accounts
from core import access, files, trail
from core.access import guard
from core.db import expect_version, session
from core.errors import InvalidInput, NotFound, RuleViolation
from core.forms import choices
from core.i18n import _, _l, format_date, format_due, language, pick
from core.tables import Column, Empty, Filter, ListPage, choice_filter, row_urls
from improvement import about as records
from improvement import links
from improvement.forms.findings import DECISIONS, FindingForm, ReasonForm, TriageForm
from improvement.models import Finding
from improvement.operations import findings as operations
from improvement.operations import tickets as ticket_operations
from improvement.permissions import RAISE, SEE, TRIAGE, VERIFY
from improvement.queries import findings as queries
from improvement.queries import tickets as ticket_queries
from improvement.rules.findings import (
    GRADE_LABELS,
    GRADE_SHORT,
    GUIDANCE_LABELS,
    NOTABLE,
    ORIGIN_LABELS,
    STATE_LABELS,
    FindingState,
    Grade,
    step,
)

blueprint = Blueprint("findings", __name__)
UPLOAD_LIMIT = 10_000_000

STATE_CSS = {
    "new": "edge",
    "accepted": "info",
    "verified": "good",
    "closed": "good",
    "dismissed": "few",
    "merged": "few",
}


class Cells:
    """What prints the cells of one page: every word and address is looked up once a page, not once a row."""

    def __init__(self) -> None:
        self.finding = row_urls("findings.finding", "finding_id")
        self.ticket = row_urls("tickets.ticket", "ticket_id")
        self.standard = row_urls("standards.show", "standard_id")
        self.zh = language() == "zh"
        self.grades = {key.value: Markup("{}").format(str(label)) for key, label in GRADE_SHORT.items()}
        self.origins = {key.value: Markup("{}").format(str(label)) for key, label in ORIGIN_LABELS.items()}
        self.states = {
            key.value: Markup('<span class="state bare {}">{}</span>').format(
                STATE_CSS[key.value], str(label)
            )
            for key, label in STATE_LABELS.items()
        }
        self.today = ticket_queries.today()
        self._dues: dict[Any, Markup] = {}
        self._days: dict[Any, str] = {}

    def words(self, row: Any) -> str:
        first, second = (
            (row.statement_zh, row.statement_en) if self.zh else (row.statement_en, row.statement_zh)
        )
        text = first or second or ""
        return text if len(text) <= 160 else f"{text[:159]}…"

    def unit(self, row: Any) -> str:
        first, second = (row.unit_zh, row.unit_en) if self.zh else (row.unit_en, row.unit_zh)
        return first or second or ""

    def due(self, row: Any) -> Any:
        if row.due is None or row.state != "new":
            return ""
        found = self._dues.get(row.due)
        if found is None:
            css = "late" if row.due < self.today else "edge" if row.due == self.today else "quiet"
            found = self._dues[row.due] = Markup('<span class="due {}">{}</span>').format(
                css, format_due(row.due, on=self.today)
            )
        return found

    def day(self, moment: Any) -> str:
        day = moment.date()
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = format_date(moment)
        return found


#: of the page being made; a context variable costs a tenth of what `flask.g` does, and a page asks 400 times
_page_cells: ContextVar[Cells] = ContextVar("finding_cells")
_cells = _page_cells.get


# Cells are put together from escaped parts and constants: fifty rows a page by plain string work.
def _statement_cell(row: Any) -> Markup:
    cells = _cells()
    return Markup(  # noqa: S704 - every part from outside is escaped
        f'<a href="{cells.finding(row.id)}">{escape(cells.words(row))}</a><div class="code">{row.code}</div>'
    )


def _standard_cell(row: Any) -> Any:
    if row.standard_id is None:
        return ""
    return Markup(  # noqa: S704 - every part from outside is escaped
        f'<a href="{_cells().standard(row.standard_id)}">{escape(row.standard_code)}'
        f"{' ' + escape(row.requirement_code) if row.requirement_code else ''}</a>"
    )


def _ticket_cell(row: Any) -> Any:
    if row.ticket_id is None:
        return ""
    return Markup(f'<a href="{_cells().ticket(row.ticket_id)}">{row.ticket_code}</a>')  # noqa: S704 - our own code


def unit_options() -> Sequence[tuple[str, Any]]:
    return [(str(number), name) for number, name in accounts.unit_choices(g.person, SEE)]


def by_unit(value: str) -> Any:
    """Condition for a unit and everything below it; None for a wrong value."""
    from accounts.models import Unit

    unit = session.get(Unit, int(value)) if value.isdigit() else None
    return access.under(Unit.path, unit.path) if unit else None


def _by_standard(value: str) -> Any:
    return Finding.standard_id == int(value) if value.isdigit() else None


LIST = ListPage(
    "findings",
    _l("Findings"),
    columns=(
        Column(
            "statement",
            _l("Finding"),
            _statement_cell,
            sort=Finding.code,
            export=lambda row: pick(row.statement_en, row.statement_zh),
            descending=True,
        ),
        Column(
            "code",
            _l("Code"),
            lambda row: row.code,
            sort=Finding.code,
            export=lambda row: row.code,
            shown=False,
        ),
        Column(
            "grade",
            _l("Grade"),
            lambda row: _cells().grades[row.grade],
            sort=Finding.grade,
            export=lambda row: str(GRADE_LABELS[Grade(row.grade)]),
        ),
        Column(
            "origin",
            _l("Origin"),
            lambda row: _cells().origins[row.origin],
            export=lambda row: str(_cells().origins[row.origin]),
        ),
        Column(
            "standard",
            _l("Standard"),
            _standard_cell,
            export=lambda row: " ".join(part for part in (row.standard_code, row.requirement_code) if part),
            css="nb",
        ),
        Column("unit", _l("Unit"), lambda row: _cells().unit(row), export=lambda row: _cells().unit(row)),
        Column(
            "state",
            _l("State"),
            lambda row: _cells().states[row.state],
            sort=Finding.state,
            export=lambda row: str(STATE_LABELS[FindingState(row.state)]),
            css="nb",
        ),
        Column(
            "raised",
            _l("Recorded"),
            lambda row: _cells().day(row.raised_at),
            sort=Finding.raised_at,
            export=lambda row: row.raised_at.date(),
            css="nb",
            descending=True,
        ),
        Column(
            "due",
            _l("Triage until"),
            lambda row: _cells().due(row),
            sort=Finding.due,
            export=lambda row: row.due,
            css="nb",
        ),
        Column("owner", _l("Owner"), lambda row: row.owner_name or "", shown=False),
        Column(
            "ticket",
            _l("Ticket"),
            _ticket_cell,
            export=lambda row: row.ticket_code or "",
            css="nb",
        ),
    ),
    tie=Finding.id,
    default_sort="-raised",
    filters=(
        choice_filter(
            "state",
            _l("State"),
            Finding.state,
            lambda: [(state.value, label) for state, label in STATE_LABELS.items()],
            default="new",
        ),
        choice_filter(
            "origin",
            _l("Origin"),
            Finding.origin,
            lambda: [(origin.value, label) for origin, label in ORIGIN_LABELS.items()],
        ),
        choice_filter(
            "grade",
            _l("Grade"),
            Finding.grade,
            lambda: [(grade.value, label) for grade, label in GRADE_SHORT.items()],
        ),
        Filter("unit", _l("Unit"), unit_options, by_unit),
        Filter(
            "standard",
            _l("Standard"),
            lambda: [(str(number), code) for number, code in queries.standards_with_findings()],
            _by_standard,
        ),
    ),
    search=(Finding.code, Finding.statement_en, Finding.statement_zh),
    empty=lambda: Empty(
        _("Nothing to triage"),
        _(
            "Findings come from measurements, surveys, complaints and audits, and from anybody who saw something."
        ),
        (url_for("findings.new"), _("Record a finding")),
    ),
)


@blueprint.get("/findings")
@guard(SEE)
def index() -> Any:
    _page_cells.set(Cells())
    statement, values = queries.select_findings(g.person)
    exported = LIST.export(statement, values)
    if exported is not None:
        return exported
    return render_template("findings/index.html", listing=LIST.run(statement, values))


@blueprint.route("/findings/new", methods=["GET", "POST"])
@guard(RAISE)
def new() -> Any:
    reference = request.values.get("about", "")[:160]
    about = records.about(reference, g.person)
    form = FindingForm()
    units = accounts.unit_choices()
    form.unit_id.choices = choices(units)
    guidance = False
    place = about.unit if about and about.unit else g.person.unit
    if about and about.clause_id:
        guidance = queries.is_guidance_only(about.clause_id, place)
    form.grade.choices = choices(_grades(guidance=guidance))
    if request.method == "GET":
        form.unit_id.data = place.id
    if form.validate_on_submit():
        try:
            upload = form.file.data
            received = (
                files.receive(
                    upload.stream, upload.filename, limit=UPLOAD_LIMIT, accept=files.IMAGE | files.DOCUMENT
                )
                if upload
                else None
            )
            made = operations.raise_by_person(
                unit=accounts.get_unit(form.unit_id.data),
                actor=g.person,
                grade=form.grade.data,
                statement_en=form.statement_en.data or "",
                statement_zh=form.statement_zh.data or "",
                detail=form.detail.data or "",
                standard=queries.find_standard(about.standard_id) if about else None,
                requirement_code=about.requirement_code if about else "",
                clause_id=about.clause_id if about else None,
                origin_label=about.label if about else "",
                origin_ref=reference,
                file=received,
            )
        except RuleViolation as violation:
            form.refuse(violation)
        except InvalidInput as refused:
            form.form_errors.append(str(refused))
        else:
            session.flush()
            flash(_("Recorded as %(code)s. Quality managers see it in their inbox.", code=made.code), "good")
            return redirect(url_for(".finding", finding_id=made.id))
    page = render_template(
        "findings/new.html", form=form, about=about, reference=reference, guidance=guidance
    )
    return page, 422 if form.is_submitted() else 200


def _grades(*, guidance: bool) -> Sequence[tuple[Grade, Any]]:
    return list((GUIDANCE_LABELS if guidance else GRADE_LABELS).items())


@blueprint.get("/findings/<int:finding_id>")
@guard(SEE)
def finding(finding_id: int) -> Any:
    found = queries.get_finding_for(g.person, finding_id)
    return _page(found, _triage_form(found) if _may_triage(found) else None)


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
    standard = queries.find_standard(found.standard_id)
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
        took_in=queries.list_merged_into(found),
        may_reopen=step(found.state, "reopen") is not None and access.may(g.person, TRIAGE, found.unit.path),
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
        try:
            target = _decide(found, form)
        except RuleViolation as violation:
            form.refuse(violation)
        else:
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
        try:
            operations.reopen(found, reason=form.reason.data, seen=form.seen_version, actor=g.person)
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("%(code)s waits for triage again.", code=found.code), "good")
            return redirect(url_for(".finding", finding_id=found.id))
    page = render_template("findings/reopen.html", record=found, form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/findings/<int:finding_id>/file")
@guard(SEE)
def file(finding_id: int) -> Any:
    found = queries.get_finding_for(g.person, finding_id)
    if found.file is None:
        raise NotFound
    return files.send(found.file)
