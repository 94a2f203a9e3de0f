from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from flask import Blueprint, flash, g, has_request_context, redirect, render_template, request, url_for
from markupsafe import Markup, escape

from accounts import queries as accounts
from core import access, files, signing, trail
from core.access import guard
from core.errors import InvalidInput, NotFound, RuleViolation
from core.forms import RecordForm, choices
from core.i18n import _, _l, format_date, format_due, language
from core.tables import Column, Empty, Filter, ListPage, choice_filter, row_urls
from improvement import measures
from improvement.forms import tickets as forms
from improvement.models import Ticket
from improvement.operations import checks, plans, steps
from improvement.operations import tickets as operations
from improvement.permissions import SEE, TRIAGE, VERIFY
from improvement.queries import cycles
from improvement.queries import findings as finding_queries
from improvement.queries import tickets as queries
from improvement.rules.effect import Verdict, needed_n
from improvement.rules.findings import GRADE_SHORT, ORIGIN_LABELS, Grade, Origin
from improvement.rules.gates import Condition
from improvement.rules.tickets import KIND_LABELS, STAGE_LABELS, TURN, ActionKind, Part, Priority, Stage
from improvement.views import stage_page
from improvement.views.findings import by_unit, unit_options

blueprint = Blueprint("tickets", __name__)
UPLOAD_LIMIT = 25_000_000
STAGE_CSS = {"closed": "good", "cancelled": "few"}


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    """Mails and documents are printed by jobs, outside of any request."""
    if not has_request_context() or request.blueprint not in {"tickets", "findings"}:
        return {}
    return stage_page.template_words()


# --- list and board ------------------------------------------------------------------------------------------


class Cells:
    """Words and addresses of one page, looked up once."""

    def __init__(self) -> None:
        self.ticket = row_urls("tickets.ticket", "ticket_id")
        self.standard = row_urls("standards.show", "standard_id")
        self.zh = language() == "zh"
        self.today = queries.today()
        self.stages = {
            key.value: Markup('<span class="state bare {}">{}</span>').format(
                STAGE_CSS.get(key.value, "info"), str(label)
            )
            for key, label in STAGE_LABELS.items()
        }

    def due(self, row: Any) -> Any:
        if row.deferred_until is not None and row.deferred_until > self.today:
            return Markup('<span class="quiet">{}</span>').format(
                _("deferred until %(day)s", day=format_date(row.deferred_until, "day"))
            )
        if row.due is None or row.stage not in queries.OPEN_STAGES:
            return ""
        css = "late" if row.due < self.today else "edge" if row.due == self.today else "quiet"
        return Markup('<span class="due {}">{}</span>').format(css, format_due(row.due, on=self.today))


_page_cells: ContextVar[Cells] = ContextVar("ticket_cells")
_cells = _page_cells.get


def _title_cell(row: Any) -> Markup:
    major = f' <span class="chip">{escape(str(GRADE_SHORT[Grade.major]))}</span>' if row.major else ""
    return Markup(  # noqa: S704 - every part from outside is escaped
        f'<a href="{_cells().ticket(row.id)}">{escape(row.title)}</a>{major}<div class="code">{row.code}</div>'
    )


def _standard_cell(row: Any) -> Any:
    if row.standard_id is None:
        return ""
    words = f"{row.standard_code} {row.requirement_code}".strip()
    return Markup('<a href="{}">{}</a>').format(_cells().standard(row.standard_id), words)


def _by_part(value: str) -> Any:
    parts = {"owner": Ticket.owner_id, "verifier": Ticket.verifier_id}
    return parts[value] == g.person.id if value in parts else None


LIST = ListPage(
    "tickets",
    _l("Tickets"),
    columns=(
        Column(
            "title",
            _l("Ticket"),
            _title_cell,
            sort=Ticket.code,
            export=lambda row: row.title,
            descending=True,
        ),
        Column(
            "code",
            _l("Code"),
            lambda row: row.code,
            sort=Ticket.code,
            export=lambda row: row.code,
            shown=False,
        ),
        Column(
            "stage",
            _l("Stage"),
            lambda row: _cells().stages[row.stage],
            sort=Ticket.stage,
            export=lambda row: str(STAGE_LABELS[Stage(row.stage)]),
            css="nb",
        ),
        Column(
            "cycle",
            _l("Cycle"),
            lambda row: row.cycle_number,
            sort=Ticket.cycle_number,
            export=lambda row: row.cycle_number,
            css="r",
            descending=True,
        ),
        Column(
            "standard",
            _l("Standard"),
            _standard_cell,
            export=lambda row: f"{row.standard_code or ''} {row.requirement_code}".strip(),
            css="nb",
        ),
        Column(
            "unit",
            _l("Unit"),
            lambda row: (row.unit_zh or row.unit_en) if _cells().zh else (row.unit_en or row.unit_zh),
        ),
        Column("owner", _l("Owner"), lambda row: row.owner_name),
        Column(
            "due",
            _l("Due"),
            lambda row: _cells().due(row),
            sort=Ticket.due,
            export=lambda row: row.due,
            css="nb",
        ),
        Column(
            "opened",
            _l("Opened"),
            lambda row: format_date(row.opened_at),
            sort=Ticket.opened_at,
            export=lambda row: row.opened_at.date(),
            css="nb",
            descending=True,
        ),
    ),
    tie=Ticket.id,
    default_sort="-title",
    filters=(
        Filter(
            "stage",
            _l("Stage"),
            lambda: [("open", _("Open")), *((stage.value, label) for stage, label in STAGE_LABELS.items())],
            lambda value: (
                Ticket.stage.in_(queries.OPEN_STAGES)
                if value == "open"
                else Ticket.stage == value
                if value in set(Stage)
                else None
            ),
            default="open",
        ),
        Filter("unit", _l("Unit"), unit_options, by_unit),
        Filter(
            "standard",
            _l("Standard"),
            lambda: [(str(number), code) for number, code in finding_queries.standards_with_findings()],
            lambda value: Ticket.standard_id == int(value) if value.isdigit() else None,
        ),
        Filter(
            "mine",
            _l("Part"),
            lambda: [("owner", _("I own it")), ("verifier", _("I verify it"))],
            _by_part,
        ),
        choice_filter(
            "priority",
            _l("Priority"),
            Ticket.priority,
            lambda: [(item.value, item.label) for item in Priority],
        ),
    ),
    search=(Ticket.code, Ticket.title),
    empty=lambda: Empty(
        _("No ticket yet"),
        _(
            "A ticket begins with a finding: it finds the cause, plans and does what removes it, and checks that it worked."
        ),
        (url_for("findings.index"), _("Findings")),
    ),
)


@blueprint.get("/tickets")
@guard(SEE)
def index() -> Any:
    """The board: four columns, one a stage."""
    rows = queries.list_board(g.person)
    by_stage: dict[str, list[Any]] = {stage.value: [] for stage in TURN}
    for row in rows:
        by_stage[row.stage].append(row)
    return render_template(
        "tickets/board.html",
        columns=[(stage, by_stage[stage.value]) for stage in TURN],
        counts=queries.board_counts(g.person),
        total=len(rows),
        address=row_urls("tickets.ticket", "ticket_id"),
        cells=Cells(),
        letters=stage_page.LETTERS,
        may_open=access.may(g.person, TRIAGE),
    )


@blueprint.get("/tickets/list")
@guard(SEE)
def listing() -> Any:
    _page_cells.set(Cells())
    statement = queries.select_tickets(g.person)
    exported = LIST.export(statement)
    if exported is not None:
        return exported
    return render_template(
        "tickets/list.html", listing=LIST.run(statement), may_open=access.may(g.person, TRIAGE)
    )


# --- the stage page ------------------------------------------------------------------------------------------


@blueprint.get("/tickets/<int:ticket_id>")
@guard(SEE)
def ticket(ticket_id: int) -> str:
    return _stage_page(queries.get_ticket_for(g.person, ticket_id))


def _stage_page(found: Ticket, *, refusal: list[Condition] | None = None) -> str:
    """The stage page; `refusal` lists what is missing after the primary button was pressed too early."""
    page = stage_page.build(found)
    return render_template(
        "tickets/show.html",
        page=page,
        refusal=refusal or [],
        ticket=found,
        turn=page.turn,
        kinds=KIND_LABELS,
        stages=STAGE_LABELS,
        grades=GRADE_SHORT,
        origins=ORIGIN_LABELS,
        Grade=Grade,
        Origin=Origin,
        ActionKind=ActionKind,
        Stage=Stage,
        figures=finding_queries.figures_of(page.turn.cycle.figures),
        need=_needed(page.turn.measure) if page.turn.measure else None,
        deferred=found.deferred_until is not None and found.deferred_until > queries.today(),
    )


def _needed(measure: Any) -> int | None:
    """Cases on each side that would show the margin with 80 % power."""
    if measure.kind != "share" or not measure.baseline.get("n"):
        return None
    before = measure.baseline["met"] / measure.baseline["n"]
    goal = min(1.0, max(0.0, before + measure.margin * (1 if measure.direction == "up" else -1)))
    return None if abs(goal - before) < 1e-9 else needed_n(before, goal, measure.alpha)


@blueprint.get("/tickets/<int:ticket_id>/history")
@guard(SEE)
def history(ticket_id: int) -> str:
    found = queries.get_ticket_for(g.person, ticket_id)
    return render_template(
        "tickets/history.html",
        ticket=found,
        entries=trail.history(found, limit=500),
        signatures=signing.signatures_of(found),
    )


@blueprint.get("/tickets/<int:ticket_id>/computed/<int:check_id>")
@guard(SEE)
def computed(ticket_id: int, check_id: int) -> str:
    """How the verdict was computed: counts, interval, test, rule."""
    found = queries.get_ticket_for(g.person, ticket_id)
    for turn in cycles.turns_of(found):
        for check in turn.checks:
            if check.id == check_id and turn.measure is not None:
                return render_template(
                    "tickets/computed.html",
                    ticket=found,
                    turn=turn,
                    check=check,
                    measure=turn.measure,
                    figures=check.figures,
                )
    raise NotFound


@blueprint.get("/tickets/<int:ticket_id>/actions/<int:action_id>/evidence")
@guard(SEE)
def evidence(ticket_id: int, action_id: int) -> Any:
    found = queries.get_ticket_for(g.person, ticket_id)
    action = queries.get_action(found, action_id, any_cycle=True)
    if action.evidence_file is None:
        raise NotFound
    return files.send(action.evidence_file)


# --- forms ---------------------------------------------------------------------------------------------------


def _form_page(
    found: Ticket,
    form: RecordForm,
    save: Callable[[], Any],
    *,
    heading: Any,
    button: Any,
    done: Any,
    note: Any = "",
    hints: dict[str, Any] | None = None,
    once: bool = False,
    template: str = "tickets/form.html",
    **context: Any,
) -> Any:
    if form.validate_on_submit():
        try:
            save()
        except RuleViolation as violation:
            form.refuse(violation)
        except InvalidInput as refused:
            form.form_errors.append(str(refused))
        else:
            flash(done() if callable(done) else done, "good")
            return redirect(url_for(".ticket", ticket_id=found.id))
    page = render_template(
        template,
        ticket=found,
        form=form,
        heading=heading,
        button=button,
        note=note,
        hints=hints or {},
        once=once,
        **context,
    )
    return page, 422 if form.is_submitted() else 200


def _open(ticket_id: int, verb: str) -> Ticket:
    """The ticket, if this person may take this step now; both are asked before a form is shown and when it is sent."""
    found = queries.get_ticket_for(g.person, ticket_id)
    steps.permit(found, verb, g.person)
    return found


def _post(ticket_id: int, verb: str, do: Callable[[Ticket], Any], done: Callable[[Any], Any]) -> Any:
    """A single button. A refusal says on the page what is missing."""
    found = queries.get_ticket_for(g.person, ticket_id)
    steps.permit(found, verb, g.person)
    result = do(found)
    flash(done(result), "good")
    return redirect(url_for(".ticket", ticket_id=found.id))


def _seen() -> int | None:
    value = request.form.get("row_version", "")
    return int(value) if value.isdigit() else None


def _people() -> list[tuple[int, str]]:
    return [(person.id, person.name) for person in accounts.list_people(limit=1000)]


def _verifiers(path: str) -> list[tuple[int, str]]:
    people = [(person.id, person.name) for person in accounts.people_with(VERIFY, path)]
    return [(0, _("not yet named")), *people]


@blueprint.route("/tickets/new", methods=["GET", "POST"])
@guard(TRIAGE)
def new() -> Any:
    form = forms.NewTicketForm()
    form.unit_id.choices = choices(accounts.unit_choices(g.person, TRIAGE))
    form.owner_id.choices = choices(_people())
    root = accounts.find_root()
    form.verifier_id.choices = choices(_verifiers(root.path if root else "/"))
    if request.method == "GET":
        form.owner_id.data, form.priority.data = g.person.id, Priority.normal.value
    if form.validate_on_submit():
        try:
            made = operations.open_ticket(
                title=form.title.data,
                owner=accounts.get_person(form.owner_id.data),
                verifier=accounts.get_person(form.verifier_id.data) if form.verifier_id.data else None,
                unit=accounts.get_unit(form.unit_id.data),
                priority=form.priority.data,
                due=form.due.data,
                actor=g.person,
            )
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("%(code)s is open; %(name)s was told.", code=made.code, name=made.owner.name), "good")
            return redirect(url_for(".ticket", ticket_id=made.id))
    page = render_template("tickets/new.html", form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/tickets/<int:ticket_id>/change", methods=["GET", "POST"])
@guard(SEE)
def change(ticket_id: int) -> Any:
    found = _open(ticket_id, "assign")
    form = forms.TicketForm(obj=found)
    form.owner_id.choices = choices(_people())
    form.verifier_id.choices = choices(_verifiers(found.unit.path))
    if request.method == "GET":
        form.verifier_id.data = found.verifier_id or 0
    return _form_page(
        found,
        form,
        lambda: operations.change_ticket(
            found,
            title=form.title.data,
            owner=accounts.get_person(form.owner_id.data),
            verifier=accounts.get_person(form.verifier_id.data) if form.verifier_id.data else None,
            priority=form.priority.data,
            due=form.due.data,
            seen=form.seen_version,
            actor=g.person,
        ),
        heading=_("Change people, title and dates"),
        button=_("Save"),
        done=_("Saved."),
        hints={"verifier_id": _("Takes no part in the actions.")},
    )


@blueprint.route("/tickets/<int:ticket_id>/problem", methods=["GET", "POST"])
@guard(SEE)
def problem(ticket_id: int) -> Any:
    found = _open(ticket_id, "plan")
    cycle = queries.get_cycle(found)
    form = forms.ProblemForm(obj=cycle)
    return _form_page(
        found,
        form,
        lambda: plans.describe_problem(cycle, seen=form.seen_version, actor=g.person, **form.values),
        heading=_("Problem and correction at once"),
        button=_("Save"),
        done=_("Saved."),
        hints={
            "problem": _("The figures of the findings stand beside it by themselves."),
            "correction": _("What was done for those affected, before any cause was known."),
            "cause_obvious": _(
                "Only where asking why brings nothing; otherwise leave it empty and build the tree."
            ),
        },
    )


@blueprint.route("/tickets/<int:ticket_id>/causes/new", methods=["GET", "POST"])
@guard(SEE)
def new_cause(ticket_id: int) -> Any:
    found = _open(ticket_id, "plan")
    under = request.args.get("under", type=int)
    parent = queries.get_cause(found, under) if under else None
    cycle = queries.get_cycle(found)
    form = forms.CauseForm()
    return _form_page(
        found,
        form,
        lambda: plans.add_cause(cycle, text=form["text"].data, parent=parent, actor=g.person),
        heading=_("Why?"),
        button=_("Add"),
        done=_("Cause added."),
        note=_("Why: %(cause)s", cause=parent.text) if parent else _("Why does it fall short?"),
        once=True,
    )


@blueprint.route("/tickets/<int:ticket_id>/causes/<int:cause_id>", methods=["GET", "POST"])
@guard(SEE)
def change_cause(ticket_id: int, cause_id: int) -> Any:
    found = _open(ticket_id, "plan")
    cause = queries.get_cause(found, cause_id)
    form = forms.ChangeCauseForm(obj=cause)
    return _form_page(
        found,
        form,
        lambda: plans.change_cause(
            found,
            cause,
            text=form["text"].data,
            root=form.root.data,
            verified_how=form.verified_how.data or "",
            seen=form.seen_version,
            actor=g.person,
        ),
        heading=_("Cause"),
        button=_("Save"),
        done=_("Saved."),
        hints={
            "verified_how": _("Looked at which cases, tried what, asked whom: so that others can follow.")
        },
        remove=url_for(".remove_cause", ticket_id=found.id, cause_id=cause.id),
        remove_ask=_("The cause and everything below it is removed. The history keeps the words."),
    )


@blueprint.post("/tickets/<int:ticket_id>/causes/<int:cause_id>/remove")
@guard(SEE)
def remove_cause(ticket_id: int, cause_id: int) -> Any:
    return _post(
        ticket_id,
        "plan",
        lambda found: plans.remove_cause(found, queries.get_cause(found, cause_id), actor=g.person),
        lambda _result: _("Cause removed."),
    )


@blueprint.route("/tickets/<int:ticket_id>/actions/new", methods=["GET", "POST"])
@guard(SEE)
def new_action(ticket_id: int) -> Any:
    found = _open(ticket_id, "plan")
    cycle = queries.get_cycle(found)
    form = forms.ActionForm()
    form.owner_id.choices = choices(_people())
    if request.method == "GET":
        form.owner_id.data = found.owner_id
    return _form_page(
        found,
        form,
        lambda: plans.add_action(cycle, **_action_values(form), actor=g.person),
        heading=_("Add an action"),
        button=_("Add"),
        done=_("Action added."),
        hints=_action_hints(),
        once=True,
    )


def _action_values(form: forms.ActionForm) -> dict[str, Any]:
    return {
        "kind": form.kind.data,
        "text": form["text"].data,
        "owner": accounts.get_person(form.owner_id.data),
        "due": form.due.data,
    }


def _action_hints() -> dict[str, Any]:
    return {
        "text": _("What removes the cause, so that the problem does not come back."),
        "kind": _("A change of the standard keeps the ticket open until the new version is in force."),
    }


@blueprint.route("/tickets/<int:ticket_id>/actions/<int:action_id>", methods=["GET", "POST"])
@guard(SEE)
def change_action(ticket_id: int, action_id: int) -> Any:
    found = _open(ticket_id, "plan")
    action = queries.get_action(found, action_id)
    form = forms.ActionForm(obj=action)
    form.owner_id.choices = choices(_people())
    return _form_page(
        found,
        form,
        lambda: plans.change_action(
            found, action, **_action_values(form), seen=form.seen_version, actor=g.person
        ),
        heading=_("Action"),
        button=_("Save"),
        done=_("Saved."),
        hints=_action_hints(),
        remove=url_for(".remove_action", ticket_id=found.id, action_id=action.id),
        remove_ask=_("The action is removed. The history keeps its words."),
    )


@blueprint.post("/tickets/<int:ticket_id>/actions/<int:action_id>/remove")
@guard(SEE)
def remove_action(ticket_id: int, action_id: int) -> Any:
    return _post(
        ticket_id,
        "plan",
        lambda found: plans.remove_action(found, queries.get_action(found, action_id), actor=g.person),
        lambda _result: _("Action removed."),
    )


@blueprint.route("/tickets/<int:ticket_id>/actions/<int:action_id>/finish", methods=["GET", "POST"])
@guard(SEE)
def finish_action(ticket_id: int, action_id: int) -> Any:
    found = _open(ticket_id, "finish_action")
    action = queries.get_action(found, action_id)
    form = forms.FinishForm(obj=action)
    if request.method == "GET":
        form.state.data = "done" if action.state == "open" else action.state
        form.link.data = action.evidence_link

    def save() -> None:
        upload = form.file.data
        received = (
            files.receive(
                upload.stream, upload.filename, limit=UPLOAD_LIMIT, accept=files.IMAGE | files.DOCUMENT
            )
            if upload and upload.filename
            else None
        )
        plans.finish_action(
            found,
            action,
            state=form.state.data,
            outcome=form.outcome.data or "",
            link=form.link.data or "",
            file=received,
            seen=form.seen_version,
            actor=g.person,
        )

    return _form_page(
        found,
        form,
        save,
        heading=_("Done, or why not"),
        button=_("Save"),
        done=_("Saved."),
        note=action.text,
        hints={
            "link": _("To a page or record that shows it."),
            "file": _("A picture, PDF, Word, Excel or text file up to 25 MB."),
        },
        upload=True,
    )


@blueprint.route("/tickets/<int:ticket_id>/measure", methods=["GET", "POST"])
@guard(SEE)
def measure(ticket_id: int) -> Any:
    found = _open(ticket_id, "plan")
    known = queries.find_measure(queries.get_cycle(found).id)
    form = forms.MeasureForm(obj=known)
    options = measures.options_for(found, g.person)
    form.metric_ref.choices = choices((option.ref, option.label) for option in options)
    if not options:
        return redirect(url_for(".described", ticket_id=found.id))
    if request.method == "GET":
        _prefill(form, known)

    def save() -> None:
        values = form.values
        values["margin"] = float(values["margin"]) / 100
        values["alpha"] = float(values["alpha"])
        plans.register_measure(found, seen=form.seen_version, actor=g.person, **values)

    return _form_page(
        found,
        form,
        save,
        heading=_("Register the measure"),
        button=_("Register"),
        done=_("Registered. It stays as it is from Do on."),
        template="tickets/measure.html",
        need=None,
    )


def _prefill(form: forms.MeasureForm, known: Any) -> None:
    from datetime import timedelta

    today = queries.today()
    if known is not None and known.kind == "share":
        form.margin.data = round(known.margin * 100, 3)
        return
    form.row_version.data = known.row_version if known is not None else None
    form.baseline_until.data = today - timedelta(days=1)
    form.baseline_from.data = today - timedelta(days=90)
    form.margin.data, form.window_days.data, form.least_n.data, form.alpha.data = 5, 90, 30, 0.05
    form.wait_days.data = 0


@blueprint.get("/tickets/<int:ticket_id>/measure/preview")
@guard(SEE)
def measure_preview(ticket_id: int) -> str:
    """The baseline of what is entered so far, and how many cases the margin needs: shown while the form is filled."""
    found = _open(ticket_id, "plan")
    form = forms.MeasureForm(request.args, meta={"csrf": False})
    options = measures.options_for(found, g.person)
    form.metric_ref.choices = choices((option.ref, option.label) for option in options)
    form.validate()
    ref, first, last = form.metric_ref.data, form.baseline_from.data, form.baseline_until.data
    provider = measures.provider_for(ref or "")
    allowed = {option.ref for option in options}
    if provider is None or ref not in allowed or not first or not last or first > last:
        return render_template("tickets/measure_preview.html", window=None, need=None, share=None)
    try:
        window = provider.measure(ref, first, last)
    except LookupError:
        return render_template("tickets/measure_preview.html", window=None, need=None, share=None)
    need, share = None, None
    if window.total.n and form.margin.data and form.alpha.data and 0 < form.alpha.data < 1:
        share = window.total.met / window.total.n
        margin = float(form.margin.data) / 100
        goal = min(1.0, max(0.0, share + margin * (1 if form.direction.data == "up" else -1)))
        if abs(goal - share) > 1e-9:
            need = needed_n(share, goal, float(form.alpha.data))
    return render_template("tickets/measure_preview.html", window=window, need=need, share=share)


@blueprint.route("/tickets/<int:ticket_id>/described", methods=["GET", "POST"])
@guard(SEE)
def described(ticket_id: int) -> Any:
    found = _open(ticket_id, "plan")
    known = queries.find_measure(queries.get_cycle(found).id)
    form = forms.DescribedForm(obj=known)
    return _form_page(
        found,
        form,
        lambda: plans.register_described(found, seen=form.seen_version, actor=g.person, **form.values),
        heading=_("Register a described check"),
        button=_("Register"),
        done=_("Registered. It stays as it is from Do on."),
        note=_("For what no measure can tell. Where there is a measure, register that: it convinces more."),
    )


@blueprint.post("/tickets/<int:ticket_id>/approve")
@guard(SEE)
def approve(ticket_id: int) -> Any:
    return _post(
        ticket_id,
        "approve",
        lambda found: plans.approve_plan(found, seen=_seen(), actor=g.person),
        lambda _result: _("The plan is approved."),
    )


@blueprint.post("/tickets/<int:ticket_id>/pass/<to>")
@guard(SEE)
def pass_to(ticket_id: int, to: str) -> Any:
    if to not in {"do", "check"}:
        raise NotFound
    found = queries.get_ticket_for(g.person, ticket_id)
    verb = f"pass_to_{to}"
    steps.permit(found, verb, g.person)
    missing = [item for item in steps.conditions_now(found) if not item.met]
    if missing:
        return _stage_page(found, refusal=missing), 422
    operation = plans.pass_to_do if to == "do" else plans.pass_to_check
    operation(found, seen=_seen(), actor=g.person)
    flash(_("Passed to %(stage)s.", stage=STAGE_LABELS[Stage(to)]), "good")
    return redirect(url_for(".ticket", ticket_id=found.id))


@blueprint.post("/tickets/<int:ticket_id>/compute")
@guard(SEE)
def compute(ticket_id: int) -> Any:
    return _post(
        ticket_id,
        "compute",
        lambda found: checks.compute_check(found, actor=g.person),
        lambda check: _("Computed: %(verdict)s.", verdict=Verdict(check.verdict).label),
    )


@blueprint.route("/tickets/<int:ticket_id>/side-effects", methods=["GET", "POST"])
@guard(SEE)
def side_effects(ticket_id: int) -> Any:
    found = _open(ticket_id, "look_for_harm")
    cycle = queries.get_cycle(found)
    known = queries.find_measure(cycle.id)
    form = forms.SideEffectsForm(obj=cycle)
    return _form_page(
        found,
        form,
        lambda: checks.note_side_effects(
            cycle, text=form.side_effects.data, seen=form.seen_version, actor=g.person
        ),
        heading=_("Side effects"),
        button=_("Save"),
        done=_("Saved."),
        note=_("To be watched: %(watch)s", watch=known.watch) if known and known.watch else "",
    )


@blueprint.route("/tickets/<int:ticket_id>/judge", methods=["GET", "POST"])
@guard(SEE)
def judge(ticket_id: int) -> Any:
    found = _open(ticket_id, "judge")
    known = queries.find_measure(queries.get_cycle(found).id)
    form = forms.JudgeForm()
    return _form_page(
        found,
        form,
        lambda: checks.judge(found, found=form.found.data, note=form.note.data, actor=g.person),
        heading=_("Make the check"),
        button=_("Save"),
        done=_("Saved. The verdict waits for the signature."),
        note=known.described if known else "",
        once=True,
    )


@blueprint.route("/tickets/<int:ticket_id>/sign", methods=["GET", "POST"])
@guard(SEE)
def sign(ticket_id: int) -> Any:
    found = queries.get_ticket_for(g.person, ticket_id)
    cycle = queries.get_cycle(found)
    check = queries.find_last_check(cycle.id)
    steps.permit(found, "sign_effective", g.person)
    if check is None:
        raise RuleViolation(_("There is no verdict to sign yet."))
    missing = [
        item
        for item in steps.conditions_now(found)
        if not item.met and (check.verdict == "effective" or item.key == "harm")
    ]
    form = forms.SignForm(obj=None)
    if request.method == "GET":
        form.row_version.data = found.row_version
    return _form_page(
        found,
        form,
        lambda: checks.sign_verdict(
            found,
            password=form.password.data,
            statement=form.statement.data or "",
            seen=form.seen_version,
            actor=g.person,
        ),
        heading=_("Sign the verdict"),
        button=_("Sign"),
        done=lambda: _(
            "Signed. %(code)s is in the stage “%(stage)s”.", code=found.code, stage=Stage(found.stage).label
        ),
        template="tickets/sign.html",
        check=check,
        measure=queries.find_measure(cycle.id),
        missing=missing,
        may_overrule=Part.manager in queries.parts_of(found, g.person),
    )


@blueprint.route("/tickets/<int:ticket_id>/overrule", methods=["GET", "POST"])
@guard(SEE)
def overrule(ticket_id: int) -> Any:
    found = _open(ticket_id, "overrule")
    form = forms.OverruleForm()
    if request.method == "GET":
        form.row_version.data = found.row_version
    return _form_page(
        found,
        form,
        lambda: checks.overrule(
            found,
            reason=form.reason.data,
            password=form.password.data,
            seen=form.seen_version,
            actor=g.person,
        ),
        heading=_("Overrule the verdict"),
        button=_("Overrule"),
        done=_("Taken as effective. The computed verdict stays in sight."),
        note=_(
            "The registered rule says otherwise: your reason stands beside it for everybody who reads this ticket."
        ),
    )


@blueprint.route("/tickets/<int:ticket_id>/wait-longer", methods=["GET", "POST"])
@guard(SEE)
def wait_longer(ticket_id: int) -> Any:
    found = _open(ticket_id, "wait_longer")
    form = forms.WaitForm()
    return _form_page(
        found,
        form,
        lambda: checks.wait_longer(found, days=form.days.data, reason=form.reason.data, actor=g.person),
        heading=_("Wait longer"),
        button=_("Wait longer"),
        done=_("The window after is longer now."),
        once=True,
    )


@blueprint.route("/tickets/<int:ticket_id>/send-back", methods=["GET", "POST"])
@guard(SEE)
def send_back(ticket_id: int) -> Any:
    found = _open(ticket_id, "send_back")
    form = forms.ReasonForm()
    if request.method == "GET":
        form.row_version.data = found.row_version
    return _form_page(
        found,
        form,
        lambda: checks.send_back(found, reason=form.reason.data, seen=form.seen_version, actor=g.person),
        heading=_("Send back to Plan"),
        button=_("Send back"),
        done=lambda: _("Cycle %(number)s begins.", number=found.cycle_number),
        note=_("This starts cycle %(number)s and keeps everything above.", number=found.cycle_number + 1),
    )


@blueprint.route("/tickets/<int:ticket_id>/act", methods=["GET", "POST"])
@guard(SEE)
def act(ticket_id: int) -> Any:
    found = _open(ticket_id, "act")
    known = queries.find_act(queries.get_cycle(found).id)
    form = forms.ActForm(obj=known)
    if request.method == "GET":
        form.rollout.data = "\n".join(
            ": ".join(part for part in (item["unit"], item.get("note", "")) if part)
            for item in (known.rollout if known else [])
        )

    def save() -> None:
        lines = [line.strip() for line in (form.rollout.data or "").splitlines() if line.strip()]
        pairs = [line.replace("：", ":").partition(":") for line in lines]
        checks.write_act(
            found,
            nothing_to_change=form.nothing_to_change.data or "",
            lesson=form.lesson.data or "",
            rollout=[{"unit": unit.strip(), "note": note.strip()} for unit, _colon, note in pairs],
            seen=form.seen_version,
            actor=g.person,
        )

    return _form_page(
        found,
        form,
        save,
        heading=_("Lesson and roll-out"),
        button=_("Save"),
        done=_("Saved."),
        hints={
            "nothing_to_change": _("Leave it empty when a new version of the standard is opened."),
            "rollout": _("For example: East division: depot stocked the same way"),
        },
    )


@blueprint.post("/tickets/<int:ticket_id>/draft-version")
@guard(SEE)
def draft_version(ticket_id: int) -> Any:
    return _post(
        ticket_id,
        "draft_version",
        lambda found: checks.draft_version(found, actor=g.person),
        lambda version: _("%(version)s is a draft now.", version=queries.version_label(version)),
    )


@blueprint.route("/tickets/<int:ticket_id>/close", methods=["GET", "POST"])
@guard(SEE)
def close(ticket_id: int) -> Any:
    found = _open(ticket_id, "close")
    form = forms.SignForm()
    if request.method == "GET":
        form.row_version.data = found.row_version
    return _form_page(
        found,
        form,
        lambda: operations.close(
            found,
            password=form.password.data,
            statement=form.statement.data or "",
            seen=form.seen_version,
            actor=g.person,
        ),
        heading=_("Close the ticket"),
        button=_("Sign and close"),
        done=_("Closed, with its findings."),
        template="tickets/sign.html",
        check=None,
        measure=None,
        missing=[item for item in steps.conditions_now(found) if not item.met],
        may_overrule=False,
    )


@blueprint.route("/tickets/<int:ticket_id>/cancel", methods=["GET", "POST"])
@guard(SEE)
def cancel(ticket_id: int) -> Any:
    found = _open(ticket_id, "cancel")
    form = forms.ReasonForm()
    if request.method == "GET":
        form.row_version.data = found.row_version
    return _form_page(
        found,
        form,
        lambda: operations.cancel(found, reason=form.reason.data, seen=form.seen_version, actor=g.person),
        heading=_("Cancel the ticket"),
        button=_("Cancel the ticket"),
        done=_("Cancelled. Its findings wait for triage again."),
        note=_("Everything stays readable; the findings go back to triage."),
    )


@blueprint.route("/tickets/<int:ticket_id>/defer", methods=["GET", "POST"])
@guard(SEE)
def defer(ticket_id: int) -> Any:
    found = _open(ticket_id, "defer")
    form = forms.DeferForm()
    if request.method == "GET":
        form.row_version.data = found.row_version
    return _form_page(
        found,
        form,
        lambda: operations.defer(
            found, reason=form.reason.data, until=form.until.data, seen=form.seen_version, actor=g.person
        ),
        heading=_("Defer"),
        button=_("Defer"),
        done=lambda: _("Deferred until %(day)s.", day=format_date(found.deferred_until, "text")),
    )


@blueprint.post("/tickets/<int:ticket_id>/resume")
@guard(SEE)
def resume(ticket_id: int) -> Any:
    return _post(
        ticket_id,
        "resume",
        lambda found: operations.resume(found, actor=g.person),
        lambda _result: _("Taken up again."),
    )


@blueprint.route("/tickets/<int:ticket_id>/reopen", methods=["GET", "POST"])
@guard(SEE)
def reopen(ticket_id: int) -> Any:
    found = _open(ticket_id, "reopen")
    form = forms.ReasonForm()
    return _form_page(
        found,
        form,
        lambda: operations.reopen(found, reason=form.reason.data, actor=g.person),
        heading=_("Open again"),
        button=_("Open again"),
        done=lambda: _("Cycle %(number)s begins.", number=found.cycle_number),
        note=_("This starts cycle %(number)s and keeps everything above.", number=found.cycle_number + 1),
        once=True,
    )
