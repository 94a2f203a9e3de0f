"""The list of reviews and the register of decisions."""

from typing import Any

from flask import g, url_for
from markupsafe import Markup

from accounts import queries as accounts
from accounts.lists import unit_filter
from accounts.models import Unit
from core import access, tables
from core.access import guard
from core.i18n import _, _l, format_date
from core.tables import Column, Empty, Filter, ListPage, escaped, row_urls, state_marks
from reviews.models import Decision, Review
from reviews.permissions import CARRY_OUT, PREPARE, SEE
from reviews.queries import decisions as decision_queries
from reviews.queries import reviews as queries
from reviews.rules.states import (
    DECISION_CSS,
    DECISION_LABELS,
    OPEN,
    STATE_CSS,
    STATE_LABELS,
    DecisionKind,
    DecisionState,
    State,
)
from reviews.views.blueprint import blueprint
from reviews.words import period_words


class Cells(tables.Cells):
    def __init__(self) -> None:
        super().__init__()
        self.review = row_urls("reviews.show", "review_id")
        self.decision = row_urls("reviews.decision", "decision_id")
        self.ticket = row_urls("tickets.ticket", "ticket_id")
        self.today = accounts.today()
        self.kinds = {kind.value: str(kind.label) for kind in DecisionKind}
        self.states = state_marks(STATE_LABELS, STATE_CSS)
        self.stands = state_marks(DECISION_LABELS, DECISION_CSS)


def _title_cell(row: Any, cells: Cells) -> Markup:
    return Markup(  # noqa: S704 - every part from outside is escaped
        f'<a href="{cells.review(row.id)}">{escaped(cells.pick(row.title_en, row.title_zh))}</a>'
        f'<div class="code">{row.code}</div>'
    )


def _by_state(value: str) -> Any:
    if value == "open":
        return Review.state.in_([str(state) for state in OPEN])
    return Review.state == value if value in set(State) else None


def _nothing() -> Empty:
    may = access.may(g.person, PREPARE)
    return Empty(
        _("No management reviews yet"),
        _(
            "A review looks at a period: promises, satisfaction, complaints, findings, audits, training. "
            "Its agenda fills itself; its decisions become tickets and tasks."
        ),
        (url_for("reviews.new"), _("Plan a review")) if may else None,
    )


LIST = ListPage(
    "reviews",
    _l("Management reviews"),
    columns=(
        Column(
            "title",
            _l("Review"),
            _title_cell,
            sort=Review.code,
            export=lambda row, cells: cells.pick(row.title_en, row.title_zh),
            descending=True,
            safe=True,
        ),
        Column("code", _l("Code"), lambda row, _cells: row.code, sort=Review.code, shown=False),
        Column("unit", _l("Unit"), lambda row, cells: cells.pick(row.unit_en, row.unit_zh), sort=Unit.code),
        Column(
            "period",
            _l("Period"),
            lambda row, _cells: period_words(row.first_day, row.last_day),
            sort=Review.first_day,
            css="nb",
            descending=True,
        ),
        Column(
            "meets",
            _l("Meeting on"),
            lambda row, _cells: format_date(row.meets_on),
            sort=Review.meets_on,
            export=lambda row, _cells: row.meets_on,
            css="nb",
            descending=True,
        ),
        Column("chair", _l("Chair"), lambda row, _cells: row.chair_name or "—"),
        Column(
            "state",
            _l("State"),
            lambda row, cells: cells.states[row.state],
            sort=Review.state,
            export=lambda row, _cells: str(STATE_LABELS[State(row.state)]),
            css="nb",
        ),
        Column(
            "settled",
            _l("Looked at"),
            lambda row, _cells: f"{row.settled}/{row.items}",
            css="r",
        ),
        Column("decisions", _l("Decisions"), lambda row, _cells: row.decisions or "", css="r"),
    ),
    tie=Review.id,
    default_sort="-meets",
    filters=(
        Filter(
            "state",
            _l("State"),
            lambda: [("open", _("Not over")), *((key.value, label) for key, label in STATE_LABELS.items())],
            _by_state,
            fixed=True,
        ),
        unit_filter(SEE),
    ),
    context=Cells,
    search=(Review.code, Review.title_en, Review.title_zh),
    empty=_nothing,
)


@blueprint.get("/reviews")
@guard(SEE)
def index() -> Any:
    statement, values = queries.select_reviews(g.person)
    return LIST.answer("reviews/index.html", statement, values, may_plan=access.may(g.person, PREPARE))


# --- decisions -----------------------------------------------------------------------------------------------


def _decision_cell(row: Any, cells: Cells) -> Markup:
    return Markup(  # noqa: S704 - every part from outside is escaped
        f'<a href="{cells.decision(row.id)}">{escaped(cells.pick(row.text_en, row.text_zh)[:200])}</a>'
        f'<div class="code">{row.review_code}/{row.number}</div>'
    )


def _due_cell(row: Any, cells: Cells) -> Any:
    if row.due is None:
        return "—"
    words = escaped(format_date(row.due))
    late = row.stands == "open" and row.due < cells.today
    return Markup(f'<span class="bad">{words}</span>' if late else words)  # noqa: S704 - a date


def _becomes_cell(row: Any, cells: Cells) -> Any:
    if row.ticket_id is None:
        return cells.kinds[row.kind]
    return Markup('<a href="{}">{}</a>').format(cells.ticket(row.ticket_id), row.ticket_code)


def _by_stand(value: str) -> Any:
    return value == decision_queries.STANDS if value in set(DecisionState) else None


def _by_owner(value: str) -> Any:
    return Decision.owner_id == g.person.id if value == "me" else None


REGISTER = ListPage(
    "decisions",
    _l("Decisions of reviews"),
    columns=(
        Column(
            "text",
            _l("What was decided"),
            _decision_cell,
            sort=Decision.id,
            export=lambda row, cells: cells.pick(row.text_en, row.text_zh),
            descending=True,
            safe=True,
        ),
        Column("code", _l("Code"), lambda row, _cells: f"{row.review_code}/{row.number}", shown=False),
        Column("unit", _l("Unit"), lambda row, cells: cells.pick(row.unit_en, row.unit_zh), sort=Unit.code),
        Column(
            "kind",
            _l("Becomes"),
            _becomes_cell,
            export=lambda row, cells: row.ticket_code or cells.kinds[row.kind],
            css="nb",
        ),
        Column(
            "owner", _l("Owner"), lambda row, _cells: row.owner_name or "—", sort=decision_queries.Owner.name
        ),
        Column(
            "due",
            _l("Due"),
            _due_cell,
            sort=Decision.due,
            export=lambda row, _cells: row.due,
            css="nb",
        ),
        Column(
            "state",
            _l("State"),
            lambda row, cells: cells.stands[row.stands],
            export=lambda row, _cells: str(DECISION_LABELS[DecisionState(row.stands)]),
            css="nb",
        ),
        Column(
            "met",
            _l("Meeting on"),
            lambda row, _cells: format_date(row.meets_on),
            sort=Review.meets_on,
            export=lambda row, _cells: row.meets_on,
            css="nb",
            shown=False,
            descending=True,
        ),
    ),
    tie=Decision.id,
    default_sort="-text",
    filters=(
        Filter(
            "state",
            _l("State"),
            lambda: [(key.value, label) for key, label in DECISION_LABELS.items()],
            _by_stand,
            fixed=True,
        ),
        Filter("owner", _l("Owner"), lambda: [("me", _("I"))], _by_owner),
        unit_filter(SEE),
    ),
    context=Cells,
    search=(Decision.text_en, Decision.text_zh, Review.code),
    empty=lambda: Empty(
        _("No decisions yet"),
        _("What a review decides appears here: as a ticket, a task or a note, with owner and date."),
        (url_for("reviews.index"), _("Open the reviews")) if access.may(g.person, SEE) else None,
    ),
)


@blueprint.get("/reviews/decisions")
@guard(CARRY_OUT)
def register() -> Any:
    """Decisions of the reviews that the person sees, and those they own."""
    statement, values = decision_queries.select_decisions(g.person)
    return REGISTER.answer("reviews/decisions.html", statement, values)
