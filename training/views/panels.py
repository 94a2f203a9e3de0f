"""What this room puts on pages of others: training of a standard, of a ticket, one's own on the overview; tasks, search."""

from typing import Any

from flask import request, url_for

from accounts.rules import Role
from core import access
from core.i18n import _
from core.search import Hit
from core.slots import Panel
from core.tasks import Task
from improvement.models import Ticket
from standards.models import Standard
from training.models import Assignment
from training.permissions import ASSIGN, SEE, SEE_RECORDS, WRITE
from training.queries import assignments, competences, courses, tallies
from training.rules import State


def beside_standard(standard: Standard, person: Any) -> Panel | None:
    """Who is trained on this: each version's occasions, and which courses the next version sets off."""
    if not access.may(person, SEE):
        return None
    sees = access.may(person, SEE_RECORDS)
    sets = assignments.list_sets_of_standard(standard.id) if sees else []
    rules = courses.list_rules_of_standard(standard.id)
    if not sets and not rules and not access.may(person, WRITE, standard.unit.path):
        return None
    return Panel(
        "training/of_standard.html",
        {
            "standard": standard,
            "sets": sets,
            "open": assignments.open_sets(person, sets),
            "whys": assignments.whys(item.id for item in sets) if sets else {},
            "tallies": tallies.tallies_of_sets([item.id for item in sets]),
            "courses": list({rule.course.id: rule.course for rule in rules}.values()),
            "may_write": access.may(person, WRITE, standard.unit.path),
        },
        order=60,
    )


def beside_ticket(ticket: Ticket, person: Any) -> Panel | None:
    """The trainings that this ticket waits for."""
    sets = assignments.list_sets_of_ticket(ticket.id)
    if not sets:
        return None
    return Panel(
        "training/of_ticket.html",
        {
            "sets": sets,
            "tallies": tallies.tallies_of_sets([item.id for item in sets]),
            "may_open": access.may(person, SEE_RECORDS, ticket.unit.path),
        },
        order=60,
    )


KEPT = "plumbline.training.own"


def _own(person: Any) -> list[Assignment]:
    """A person's open training: asked by tasks, overview and navigation of one page, read once a request."""
    kept: dict[int, list[Assignment]] = request.environ.setdefault(KEPT, {}) if request else {}
    if person.id not in kept:
        kept[person.id] = assignments.list_own(person, open_only=True, limit=50)
    return kept[person.id]


def own_strip(_record: Any, person: Any) -> Panel | None:
    """The overview of who has training to do: what comes first. Of who assigns: how much is late in their units."""
    if not access.may(person, SEE):
        return None
    own = assignments.by_course(_own(person))
    tally = tallies.tally_within(person) if access.may(person, ASSIGN) else None
    works_only = {holding.role for holding in person.holdings} == {Role.staff}
    if not own and (tally is None or not tally.open) and not works_only:
        return None
    return Panel(
        "training/strip.html",
        {"own": own[:4], "tally": tally, "today": assignments.today()},
        order=4 if works_only else 30,
    )


def tasks(person: Any) -> list[Task]:
    """Training to take; failed training of one's units that waits for a decision."""
    if not access.may(person, SEE):
        return []
    found = [
        Task(
            "mortarboard",
            _("Take the training: %(title)s", title=one.item.course.title),
            one.item.code,
            one.due,
            _("Continue") if one.item.state == State.started else _("Begin"),
            url_for("training.assignment", assignment_id=one.item.id),
            "training",
        )
        for one in assignments.by_course(item for item in _own(person) if item.state != State.failed)
    ]
    if access.may(person, ASSIGN):
        found += [
            Task(
                "mortarboard",
                _(
                    "%(name)s did not pass %(title)s: another attempt?",
                    name=item.person.name,
                    title=item.course.title,
                ),
                item.code,
                item.due,
                _("Open"),
                url_for("training.assignment", assignment_id=item.id),
                "training_failed",
            )
            for item in assignments.list_failed(person)
        ]
        found += [
            Task(
                "award",
                _(
                    "%(name)s: proof of %(competence)s ends",
                    name=proof.person.name,
                    competence=proof.competence.name,
                ),
                proof.competence.code,
                proof.until_date,
                _("Renew"),
                url_for("training.new_proof", competence_id=proof.competence_id, person=proof.person_id),
                "competence_ends",
            )
            for proof in competences.list_ending(person, assignments.today())
        ]
    return found


def count_own(person: Any) -> int:
    if not access.may(person, SEE):
        return 0
    if request and person.id in request.environ.get(KEPT, {}):
        return len(assignments.by_course(_own(person)))
    return assignments.count_own_open(person)


def search(person: Any, words: str, limit: int) -> list[Hit]:
    if not access.may(person, SEE):
        return []
    hits = [
        Hit(item.code, item.title, url_for("training.course", course_id=item.id), _("Course"), item.unit.name)
        for item in courses.search_courses(person, words, limit)
    ]
    hits += [
        Hit(item.code, item.name, url_for("training.competence", competence_id=item.id), _("Competence"))
        for item in competences.search_competences(words, limit)
    ]
    hits += [
        Hit(
            row.code,
            row.person,
            url_for("training.assignment", assignment_id=row.id),
            _("Training record"),
            str(State(row.state).label),
        )
        for row in assignments.search_assignments(person, words, limit)
    ]
    return hits
