"""What a ticket's action of kind training stands for: a course, given to people, that all of them pass or are waived."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from flask import url_for

from core import access
from core.db import session
from core.i18n import _
from improvement.backing import Backing
from improvement.models import Action, Cycle
from improvement.rules.tickets import Stage
from training.models import AssignmentSet
from training.permissions import ASSIGN, SEE_RECORDS
from training.queries import assignments as queries
from training.queries import tallies
from training.queries.tallies import Tally

CARRIED_OUT = {Stage.do, Stage.check, Stage.act}


class TrainingBacking:
    """Three statements, however many actions."""

    def backings(self, actions: Sequence[Action], person: Any) -> dict[int, Backing]:
        sets: dict[int, list[AssignmentSet]] = defaultdict(list)
        found = queries.sets_of_actions([action.id for action in actions])
        for item in found:
            if item.action_id is not None:
                sets[item.action_id].append(item)
        counts = tallies.tallies_of_sets([item.id for item in found])
        return {action.id: _backing(action, sets[action.id], counts, person) for action in actions}


def _backing(action: Action, sets: list[AssignmentSet], counts: dict[int, Tally], person: Any) -> Backing:
    cycle = session.get_one(Cycle, action.cycle_id)
    ticket = cycle.ticket
    planned = ticket.stage == Stage.plan and cycle.number == ticket.cycle_number
    carried_out = ticket.stage in CARRIED_OUT and cycle.number == ticket.cycle_number
    name_url = ""
    if carried_out and person is not None and access.may(person, ASSIGN, ticket.unit.path):
        name_url = url_for("training.assign", action=action.id)
    if not sets:
        return Backing(
            named=False,
            real=False,
            label=_("Training assigned and passed: %(action)s", action=action.text[:80]),
            missing=_("When the plan is carried out, a course is assigned to the people it is meant for.")
            if planned
            else _("Assign a course to the people it is meant for."),
            who=action.owner.name,
            name_url=name_url,
            name_label=_("Assign a course"),
        )
    tally = [counts.get(item.id, Tally()) for item in sets]
    total, waiting = sum(one.total for one in tally), sum(one.open for one in tally)
    courses = ", ".join(dict.fromkeys(item.course.title for item in sets))
    url = ""
    if person is not None and access.may(person, SEE_RECORDS, ticket.unit.path):
        url = url_for("training.occasion", set_id=sets[-1].id)
    return Backing(
        named=True,
        real=waiting == 0,
        label=_("Training: %(courses)s", courses=courses),
        detail=_("%(done)s of %(all)s done", done=total - waiting, all=total),
        missing=_(
            "%(num)s of %(all)s have still to pass, or be waived with a reason.", num=waiting, all=total
        ),
        who=action.owner.name,
        url=url,
        name_url=name_url,
        name_label=_("Assign another"),
    )
