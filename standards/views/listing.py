"""The list of standards, and what this room offers to search and to "My tasks"."""

from datetime import timedelta
from typing import Any

from flask import g, url_for
from markupsafe import Markup

from accounts.lists import unit_filter
from accounts.models import Person, Unit
from accounts.rules import Role
from core import access, clock
from core.access import guard
from core.i18n import _, _l, format_date, pick
from core.search import Hit
from core.slots import Panel
from core.tables import Column, Empty, Filter, ListPage, choice_filter, row_urls, two_lines
from core.tasks import Task, answer_by
from standards.models import Standard
from standards.permissions import APPROVE, SEE, WRITE
from standards.queries import lists
from standards.rules.versions import Grouping, VersionState
from standards.views import blueprint


def _state_cell(row: Any) -> Markup:
    """The version in force, and beside it the one on its way."""
    pieces = []
    if row.withdrawn_at is not None:
        pieces.append(_chip(VersionState.withdrawn))
    elif row.number is not None:
        pieces.append(_chip(VersionState.effective, _("Version %(number)s", number=row.number)))
    if row.coming_number is not None:
        pieces.append(
            Markup('<span class="small quiet nb">· %s</span>')
            % _(
                "%(number)s: %(state)s",
                number=row.coming_number,
                state=str(VersionState(row.coming_state).label).lower(),
            )
            if pieces
            else _chip(VersionState(row.coming_state), _("Version %(number)s", number=row.coming_number))
        )
    return Markup(" ").join(pieces)


def _chip(state: VersionState, detail: str = "") -> Markup:
    icon = Markup('<span class="bi bi-%s" aria-hidden="true"></span>') % state.icon
    made = Markup('<span class="state %s">%s%s</span>') % (state.tone, icon, state.label)
    return made + Markup(' <span class="small quiet nb">%s</span>') % detail if detail else made


def _state_filter(value: str) -> Any:
    if value == "withdrawn":
        return Standard.withdrawn_at.is_not(None)
    if value == "effective":
        return lists.InForce.id.is_not(None)
    if value in set(VersionState):
        return lists.Coming.state == value
    return None


def _standards_page() -> ListPage:
    url = row_urls("standards.show", "standard_id")
    return ListPage(
        "standards",
        _l("Service standards"),
        columns=[
            Column(
                "title",
                _l("Standard"),
                lambda row: two_lines(url(row.id), pick(row.title_en, row.title_zh), row.code),
                sort=Standard.code,
                export=lambda row: pick(row.title_en, row.title_zh),
            ),
            Column("code", _l("Code"), lambda row: row.code, sort=Standard.code, shown=False),
            Column("state", _l("State"), _state_cell, sort=lists.InForce.state),
            Column("unit", _l("Unit"), lambda row: pick(row.unit_en, row.unit_zh), sort=Unit.path),
            Column("owner", _l("Owner"), lambda row: row.owner, sort=Person.name),
            Column(
                "grouping",
                _l("Grouping"),
                lambda row: Grouping(row.grouping).label,
                sort=Standard.grouping,
                export=lambda row: str(Grouping(row.grouping).label),
            ),
            Column(
                "since",
                _l("In force since"),
                lambda row: format_date(row.since),
                sort=lists.InForce.effective_from,
                css="nb",
                descending=True,
            ),
            Column(
                "review",
                _l("Review due"),
                lambda row: (
                    Markup('<span class="late">%s</span>') % format_date(row.review)
                    if row.review and row.review <= clock.now().date()
                    else format_date(row.review)
                ),
                sort=lists.InForce.review_date,
                css="nb",
            ),
        ],
        tie=Standard.id,
        default_sort="title",
        filters=[
            unit_filter(),
            Filter(
                "state",
                _l("State"),
                lambda: [
                    (item.value, item.label) for item in VersionState if item != VersionState.superseded
                ],
                _state_filter,
            ),
            choice_filter("owner", _l("Owner"), Standard.owner_id, lists.owner_choices),
        ],
        search=[
            Standard.code,
            Standard.title_en,
            Standard.title_zh,
            Standard.service_en,
            Standard.service_zh,
        ],
        empty=lambda: Empty(
            _("No service standards yet"),
            _(
                "A standard says what is promised, to whom, within which time. Write one, or import those you have published."
            ),
            (url_for("standards.write"), _("Write a standard")) if access.may(g.person, WRITE) else None,
        ),
    )


@blueprint.get("/standards")
@guard(SEE)
def index() -> Any:
    page = _standards_page()
    statement = lists.standards_statement(g.person)
    return page.answer("standards/index.html", statement)


def search(person: Any, words: str, limit: int) -> list[Hit]:
    return [
        Hit(
            standard.code,
            standard.title,
            url_for("standards.show", standard_id=standard.id),
            _("Service standard"),
            standard.service,
        )
        for standard in lists.find_standards(person, words, limit)
    ]


def tasks(person: Any) -> list[Task]:
    """Reviews for those who approve and did not write; standards of mine whose review is near."""
    found = [
        Task(
            "file-earmark-ruled",
            _("Review version %(number)s of %(title)s", number=version.number, title=version.standard.title),
            version.standard.code,
            answer_by(version.submitted_at),
            _("Review"),
            url_for("standards.version", version_id=version.id),
            "review",
        )
        for version in lists.list_in_review(person, APPROVE)
        if version.author_id != person.id
    ]
    soon = clock.now().date() + timedelta(days=30)
    found += [
        Task(
            "calendar-event",
            _("Standard due for review: %(title)s", title=version.standard.title),
            version.standard.code,
            version.review_date,
            _("Open"),
            url_for("standards.show", standard_id=version.standard_id),
            "standard_review",
        )
        for version in lists.list_review_due(person, soon)
    ]
    found += [
        Task(
            "pencil",
            _(
                "Version %(number)s of %(title)s came back with comments",
                number=version.number,
                title=version.standard.title,
            ),
            version.standard.code,
            None,
            _("Edit"),
            url_for("standards.version", version_id=version.id),
            "standard_comments",
        )
        for version in lists.list_sent_back(person)
    ]
    return found


NEW_DAYS = 30  # a version counts as new for so long


def in_force_panel(_record: Any, person: Any) -> Panel | None:
    """The overview of staff, who work by the standards: what holds in their unit, what is new."""
    if {holding.role for holding in person.holdings} != {Role.staff}:
        return None
    rows = lists.list_in_force_for(person.unit.path)
    if not rows:
        return None
    new = clock.now() - timedelta(days=NEW_DAYS)
    return Panel("standards/in_force.html", {"rows": rows, "new": new}, order=5)
