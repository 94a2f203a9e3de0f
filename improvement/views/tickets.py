from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from markupsafe import Markup, escape

from accounts import queries as accounts
from accounts.lists import unit_filter
from core import access, files, signing, tables, trail
from core.access import guard
from core.errors import NotFound
from core.forms import choices, number_or_none
from core.gates import Condition
from core.i18n import _, _l, _lp, format_date
from core.pages import form_page, refusals
from core.slots import panels
from core.tables import Column, Empty, Filter, ListPage, choice_filter, due_mark, row_urls, state_marks
from improvement.backing import backings_of
from improvement.forms import tickets as forms
from improvement.models import Ticket
from improvement.operations import tickets as operations
from improvement.permissions import SEE, TRIAGE
from improvement.queries import cycles
from improvement.queries import findings as finding_queries
from improvement.queries import tickets as queries
from improvement.rules.effect import needed_n
from improvement.rules.findings import GRADE_SHORT, ORIGIN_LABELS, Grade, Origin
from improvement.rules.tickets import KIND_LABELS, STAGE_LABELS, TURN, ActionKind, Priority, Stage
from improvement.views import stage_page
from improvement.views.blueprint import blueprint
from improvement.views.ticket_forms import people, verifiers

STAGE_CSS = {**dict.fromkeys(Stage, "info"), Stage.closed: "good", Stage.cancelled: "few"}


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return stage_page.template_words()


# --- list and board ------------------------------------------------------------------------------------------


class Cells(tables.Cells):
    def __init__(self) -> None:
        super().__init__()
        self.ticket = row_urls("tickets.ticket", "ticket_id")
        self.standard = row_urls("standards.show", "standard_id")
        self.today = queries.today()
        self.stages = state_marks(STAGE_LABELS, STAGE_CSS)

    def due(self, row: Any) -> Any:
        if row.deferred_until is not None and row.deferred_until > self.today:
            return Markup('<span class="quiet">{}</span>').format(
                _("deferred until %(day)s", day=format_date(row.deferred_until, "day"))
            )
        if row.due is None or row.stage not in queries.OPEN_STAGES:
            return ""
        return due_mark(row.due, self.today)


def _title_cell(row: Any, cells: Cells) -> Markup:
    major = f' <span class="chip">{escape(str(GRADE_SHORT[Grade.major]))}</span>' if row.major else ""
    return Markup(  # noqa: S704 - every part from outside is escaped
        f'<a href="{cells.ticket(row.id)}">{escape(row.title)}</a>{major}<div class="code">{row.code}</div>'
    )


def _standard_cell(row: Any, cells: Cells) -> Any:
    if row.standard_id is None:
        return ""
    words = f"{row.standard_code} {row.requirement_code}".strip()
    return Markup('<a href="{}">{}</a>').format(cells.standard(row.standard_id), words)


def _by_standard(value: str) -> Any:
    number = number_or_none(value)
    return Ticket.standard_id == number if number is not None else None


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
            export=lambda row, _cells: row.title,
            descending=True,
        ),
        Column(
            "code",
            _l("Code"),
            lambda row, _cells: row.code,
            sort=Ticket.code,
            export=lambda row, _cells: row.code,
            shown=False,
        ),
        Column(
            "stage",
            _l("Stage"),
            lambda row, cells: cells.stages[row.stage],
            sort=Ticket.stage,
            export=lambda row, _cells: str(STAGE_LABELS[Stage(row.stage)]),
            css="nb",
        ),
        Column(
            "cycle",
            _l("Cycle"),
            lambda row, _cells: row.cycle_number,
            sort=Ticket.cycle_number,
            export=lambda row, _cells: row.cycle_number,
            css="r",
            descending=True,
        ),
        Column(
            "standard",
            _l("Standard"),
            _standard_cell,
            export=lambda row, _cells: f"{row.standard_code or ''} {row.requirement_code}".strip(),
            css="nb",
        ),
        Column(
            "unit",
            _l("Unit"),
            lambda row, cells: cells.pick(row.unit_en, row.unit_zh),
        ),
        Column("owner", _l("Owner"), lambda row, _cells: row.owner_name),
        Column(
            "due",
            _l("Due"),
            lambda row, cells: cells.due(row),
            sort=Ticket.due,
            export=lambda row, _cells: row.due,
            css="nb",
        ),
        Column(
            "opened",
            _l("Opened"),
            lambda row, _cells: format_date(row.opened_at),
            sort=Ticket.opened_at,
            export=lambda row, _cells: row.opened_at.date(),
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
        unit_filter(SEE),
        Filter(
            "standard",
            _l("Standard"),
            lambda: [(str(number), code) for number, code in finding_queries.standards_with_findings()],
            _by_standard,
        ),
        Filter(
            "mine",
            _lp("mine", "Part"),
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
    context=Cells,
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
    statement = queries.select_tickets(g.person)
    return LIST.answer("tickets/list.html", statement, may_open=access.may(g.person, TRIAGE))


# --- the stage page ------------------------------------------------------------------------------------------


@blueprint.get("/tickets/<int:ticket_id>")
@guard(SEE)
def ticket(ticket_id: int) -> str:
    return stage_view(queries.get_ticket_for(g.person, ticket_id))


def stage_view(found: Ticket, *, refusal: list[Condition] | None = None) -> str:
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
        backings=backings_of(
            [action for turn in (page.turn, *page.past) for action in turn.actions], g.person
        ),
        side=panels("ticket.side", found, g.person),
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


@blueprint.route("/tickets/new", methods=["GET", "POST"])
@guard(TRIAGE)
def new() -> Any:
    form = forms.NewTicketForm()
    form.unit_id.choices = choices(accounts.unit_choices(g.person, TRIAGE))
    form.owner_id.choices = choices(people())
    root = accounts.find_root()
    form.verifier_id.choices = choices(verifiers(root.path if root else "/"))
    if request.method == "GET":
        form.owner_id.data, form.priority.data = g.person.id, Priority.normal.value
    if form.validate_on_submit():
        with refusals(form):
            made = operations.open_ticket(
                title=form.title.data,
                owner=accounts.get_person(form.owner_id.data),
                verifier=accounts.get_person(form.verifier_id.data) if form.verifier_id.data else None,
                unit=accounts.get_unit(form.unit_id.data),
                priority=form.priority.data,
                due=form.due.data,
                actor=g.person,
            )
            flash(_("%(code)s is open; %(name)s was told.", code=made.code, name=made.owner.name), "good")
            return redirect(url_for(".ticket", ticket_id=made.id))
    return form_page("tickets/new.html", form)
