"""Who has to take what: the list, assigning by hand or for a ticket, one occasion, waiving and other dates."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import g, render_template, request, url_for
from markupsafe import Markup

from accounts import queries as accounts
from accounts.lists import unit_filter
from accounts.models import Person, Unit
from core import access
from core.access import guard
from core.db import get_record
from core.errors import RuleViolation
from core.forms import choices, record_number
from core.i18n import _, _l, _n, format_date, format_due, format_share, pick
from core.tables import Column, Empty, Filter, ListPage, choice_filter, link, row_urls, two_lines
from improvement.models import Action
from training import forms
from training.models import Assignment, AssignmentSet, Course
from training.operations import assigning as operations
from training.operations.steps import parts_of, permit
from training.permissions import ASSIGN, SEE, SEE_RECORDS
from training.queries import assignments as queries
from training.queries import courses, people, tallies
from training.rules import DUE_DAYS, OPEN, REASON_LABELS, STATE_LABELS, State, Who
from training.rules import step as step_of
from training.views.blueprint import blueprint, save_page


class Cells:
    """Words and addresses of one page, looked up once."""

    def __init__(self) -> None:
        self.assignment = row_urls("training.assignment", "assignment_id")
        self.course = row_urls("training.course", "course_id")
        self.today = queries.today()
        self.reasons = {key.value: str(label) for key, label in REASON_LABELS.items()}
        self.states = {state.value: state_mark(state) for state in State}

    def due(self, row: Any) -> Any:
        if row.state not in OPEN:
            return format_date(row.due)
        css = "late" if row.due and row.due < self.today else ""
        text = format_due(row.due, on=self.today) if row.due else "—"
        return Markup('<span class="due {} nb">{}</span>').format(css, text)

    def why(self, row: Any) -> Markup:
        what = row.ticket_code or (
            f"{row.standard_code} v{row.standard_version}" if row.standard_code else ""
        )
        below = Markup(' <div class="code">{}</div>').format(what) if what else ""
        return Markup("{}{}").format(self.reasons[row.reason], below)


def state_mark(state: State) -> Markup:
    return Markup('<span class="state {}"><span class="bi bi-{}" aria-hidden="true"></span>{}</span>').format(
        state.tone, state.icon, str(state.label)
    )


def _state_filter(value: str) -> Any:
    if value == "open":
        return Assignment.state.in_(courses.OPEN_STATES)
    if value == "late":
        return queries.late(queries.today())
    return Assignment.state == value if value in set(State) else None


LIST = ListPage(
    "training",
    _l("Training records"),
    columns=[
        Column(
            "person",
            _l("Person"),
            lambda row, cells: two_lines(cells.assignment(row.id), row.person, row.code),
            sort=Person.name,
            export=lambda row, _cells: row.person,
        ),
        Column("code", _l("Number"), lambda row, _cells: row.code, sort=Assignment.code, shown=False),
        Column(
            "unit", _l("Unit"), lambda row, _cells: pick(row.unit_en, row.unit_zh), sort=Unit.path, css="tr-u"
        ),
        Column(
            "course",
            _l("Course"),
            lambda row, cells: link(cells.course(row.course_id), pick(row.title_en, row.title_zh)),
            sort=Course.code,
            export=lambda row, _cells: f"{row.course_code} {pick(row.title_en, row.title_zh)}",
            css="tr-c",
        ),
        Column(
            "version",
            _l("Version"),
            lambda row, _cells: row.version or "—",
            sort=queries.Taken.number,
            css="r",
            shown=False,
        ),
        Column("why", _l("Why"), lambda row, cells: cells.why(row), sort=AssignmentSet.reason),
        Column(
            "state",
            _l("State"),
            lambda row, cells: cells.states[row.state],
            sort=Assignment.state,
            export=lambda row, _cells: str(State(row.state).label),
        ),
        Column(
            "due",
            _l("Due"),
            lambda row, cells: cells.due(row),
            sort=Assignment.due,
            export=lambda row, _cells: row.due,
        ),
        Column(
            "score",
            _l("Right answers"),
            lambda row, _cells: format_share(row.score, 0) if row.score is not None else "—",
            sort=Assignment.score,
            export=lambda row, _cells: row.score,
            css="r",
        ),
        Column(
            "passed",
            _l("Passed on"),
            lambda row, _cells: format_date(row.passed_at),
            sort=Assignment.passed_at,
            css="nb",
            descending=True,
        ),
        Column(
            "valid",
            _l("Valid until"),
            lambda row, _cells: format_date(row.valid_until),
            sort=Assignment.valid_until,
            css="nb",
            export=lambda row, _cells: row.valid_until,
            shown=False,
        ),
    ],
    tie=Assignment.id,
    default_sort="due",
    filters=[
        unit_filter(),
        Filter(
            "state",
            _l("State"),
            lambda: [
                ("open", _("To be taken")),
                ("late", _("Late")),
                *((state.value, label) for state, label in STATE_LABELS.items()),
            ],
            _state_filter,
            default="open",
        ),
        choice_filter("course", _l("Course"), Assignment.course_id, courses.list_choices),
        choice_filter(
            "reason",
            _l("Why"),
            AssignmentSet.reason,
            lambda: [(reason.value, label) for reason, label in REASON_LABELS.items()],
        ),
    ],
    search=[Person.name, Assignment.code],
    context=Cells,
    empty=lambda: Empty(
        _("Nothing to be taken"),
        _("Who has to take which course appears here. What was passed is behind the filter “State”."),
        (url_for("training.assign"), _("Assign training")) if access.may(g.person, ASSIGN) else None,
    ),
)


@blueprint.get("/assignments")
@guard(SEE_RECORDS)
def assignments() -> Any:
    statement = queries.select_assignments(g.person)
    return LIST.answer("training/assignments.html", statement)


@blueprint.get("/occasions/<int:set_id>")
@guard(SEE_RECORDS)
def occasion(set_id: int) -> str:
    """All who were given a course on one occasion."""
    found = queries.get_set_for(g.person, set_id)
    items = queries.list_of_set(found.id, g.person)
    tally = tallies.tallies(
        Assignment.set_id, Assignment.set_id == found.id, access.scope(g.person, SEE_RECORDS, Unit.path)
    ).get(found.id, tallies.Tally())
    return render_template(
        "training/occasion.html",
        occasion=found,
        course=found.course,
        items=items,
        tally=tally,
        why=queries.whys([found.id])[found.id],
    )


# --- assigning -----------------------------------------------------------------------------------------------


def _asked_action() -> Action | None:
    number = request.args.get("action", type=record_number)
    if number is None:
        return None
    return get_record(Action, number)


@blueprint.route("/assign", methods=["GET", "POST"])
@guard(ASSIGN)
def assign() -> Any:
    action = _asked_action()
    ticket = operations.check_action(action, g.person) if action is not None else None
    form = forms.AssignForm()
    form.course_id.choices = choices(courses.course_choices(g.person))
    form.unit_id.choices = choices(accounts.unit_choices(g.person, ASSIGN))
    form.role.choices = forms.role_choices(_l("Any role"))
    form.people.choices = choices((person.id, person.name) for person in people.list_assignable(g.person))
    if request.method == "GET":
        form.due.data = action.due if action is not None else queries.today() + timedelta(days=DUE_DAYS)
        form.due.data = max(form.due.data, queries.today())
        form.course_id.data = request.args.get("course", type=record_number)
        if action is not None:
            form.note.data = action.text[:1000]
        if (person := request.args.get("person", type=record_number)) is not None:
            form.who.data, form.people.data = "people", [person]

    def save() -> str:
        if form.who.data == "unit":
            unit = accounts.get_unit_for(g.person, form.unit_id.data, ASSIGN)
            chosen = people.list_meant(unit.path, form.role.data)
            if not chosen:
                raise RuleViolation(_("Nobody there has this role."), field="role")
        else:
            chosen = people.list_by_ids(form.people.data)
        made, given, busy = operations.assign(
            courses.get_course_for(g.person, form.course_id.data),
            chosen,
            due=form.due.data,
            note=form.note.data or "",
            action=action,
            actor=g.person,
        )
        g.given, g.busy = len(given), busy
        return url_for(".occasion", set_id=made.id)

    def done(_result: Any) -> str:
        text = _n("Assigned to %(num)d person.", "Assigned to %(num)d people.", g.given)
        if g.busy:
            text += " " + _n("%(num)d has it open already.", "%(num)d have it open already.", g.busy)
        return text

    back = url_for("tickets.ticket", ticket_id=ticket.id) if ticket is not None else url_for(".assignments")
    return save_page(
        form,
        save,
        crumbs=[(url_for(".assignments"), _("Training records")), (None, _("Assign training"))],
        heading=_("Assign training"),
        button=_("Assign training"),
        done=done,
        back=back,
        note=_(
            "For %(ticket)s: the ticket is closed only when everybody has passed, or was waived with a reason.",
            ticket=ticket.code,
        )
        if ticket is not None
        else "",
        once=True,
        template="training/assign.html",
    )


# --- one assignment ------------------------------------------------------------------------------------------


def _deciding(assignment_id: int, verb: str) -> Assignment:
    """An assignment about which this person may decide now."""
    found = queries.get_assignment_for(g.person, assignment_id)
    if Who.assigner not in parts_of(found, g.person) or step_of(found.state, verb) is None:
        permit(found, verb, g.person)
    return found


def _decision(
    found: Assignment, form: Any, save: Callable[[], Any], *, heading: Any, done: Any, note: Any
) -> Any:
    back = url_for(".assignment", assignment_id=found.id)
    return save_page(
        form,
        save,
        crumbs=[
            (url_for(".assignments"), _("Training records")),
            (back, found.code),
            (None, heading),
        ],
        heading=heading,
        button=heading,
        done=done,
        back=back,
        note=note,
    )


def _about(found: Assignment) -> str:
    return f"{found.person.name}: {found.course.title}"


@blueprint.route("/<int:assignment_id>/waive", methods=["GET", "POST"])
@guard(SEE)
def waive(assignment_id: int) -> Any:
    found = _deciding(assignment_id, "waive")
    form = forms.ReasonForm()
    return _decision(
        found,
        form,
        lambda: operations.waive(found, reason=form.reason.data, actor=g.person),
        heading=_("Waive"),
        done=_("Waived."),
        note=_("%(about)s. The reason stays on record.", about=_about(found)),
    )


@blueprint.route("/<int:assignment_id>/postpone", methods=["GET", "POST"])
@guard(SEE)
def postpone(assignment_id: int) -> Any:
    found = _deciding(assignment_id, "postpone")
    form = forms.PostponeForm()
    if request.method == "GET":
        form.due.data = found.due
    return _decision(
        found,
        form,
        lambda: operations.postpone(found, due=form.due.data, reason=form.reason.data, actor=g.person),
        heading=_("Another date"),
        done=_("Saved."),
        note=_("%(about)s. Reminders begin anew.", about=_about(found)),
    )


@blueprint.route("/<int:assignment_id>/allow-again", methods=["GET", "POST"])
@guard(SEE)
def allow_again(assignment_id: int) -> Any:
    found = _deciding(assignment_id, "allow_again")
    form = forms.ReasonForm()
    return _decision(
        found,
        form,
        lambda: operations.allow_again(found, reason=form.reason.data, actor=g.person),
        heading=_("Allow another attempt"),
        done=_("One more attempt is allowed."),
        note=_("%(about)s. What was different this time, or what will help?", about=_about(found)),
    )
