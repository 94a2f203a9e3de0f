from typing import Any

from complaints.models import Complaint, Remedy
from complaints.operations import telling
from complaints.operations.common import permit
from complaints.permissions import DECIDE
from complaints.queries import settings
from complaints.rules.grades import RemedyKind, RemedyState
from complaints.rules.states import SETTLED
from core import access, clock, trail
from core.db import session
from core.errors import RuleViolation
from core.i18n import _

COST_MOST = 10**11  # in hundredths: a typing error beyond that
REMEDIES_MOST = 30


def propose(complaint: Complaint, *, kind: RemedyKind | str, words: str, cost: int = 0, actor: Any) -> Remedy:
    """Promise something that makes it good; `cost` in hundredths. Up to the unit's limit, or by who may approve, it is
    approved at once; above it waits."""
    permit(complaint, actor)
    if complaint.state in SETTLED:
        raise RuleViolation(_("%(code)s is closed.", code=complaint.code))
    if not 0 <= cost <= COST_MOST:
        raise RuleViolation(_("Give an amount of 0 or more."), field="cost")
    if len(words) > 500:
        raise RuleViolation(_("Please use at most %(num)s characters.", num=500), field="words")
    if len(_list(complaint)) >= REMEDIES_MOST:
        raise RuleViolation(_("A complaint holds at most %(num)s remedies.", num=REMEDIES_MOST))
    made = Remedy(
        complaint_id=complaint.id,
        kind=RemedyKind(kind).value,
        words=words.strip(),
        cost=cost,
        proposed_by_id=actor.id,
        state=RemedyState.proposed.value,
    )
    session.add(made)
    trail.record(complaint, "remedy.proposed", actor=actor, changes=_said(made))
    if access.may(actor, DECIDE, complaint.unit.path) or cost <= settings.remedy_limit(complaint.unit):
        _approve(complaint, made, actor)
    else:
        telling.tell_deciders(complaint, telling.APPROVE, actor=actor)
    session.flush()
    return made


def _said(remedy: Remedy) -> dict[str, Any]:
    return {"remedy": remedy.kind, "cost": f"{remedy.cost / 100:.2f}"}


def _list(complaint: Complaint) -> list[Remedy]:
    from complaints.queries.complaints import list_remedies

    return list_remedies(complaint.id)


def _approve(complaint: Complaint, remedy: Remedy, actor: Any) -> None:
    remedy.state = RemedyState.authorised.value
    remedy.authorised_by_id, remedy.authorised_at = actor.id, clock.now()
    trail.record(complaint, "remedy.authorised", actor=actor, changes=_said(remedy))


def authorise(complaint: Complaint, remedy: Remedy, *, actor: Any) -> None:
    permit(complaint, actor, DECIDE)
    if remedy.state != RemedyState.proposed:
        raise RuleViolation(_("This remedy is approved already."))
    if remedy.proposed_by_id == actor.id:
        raise RuleViolation(_("Who proposed a remedy does not approve it."))
    _approve(complaint, remedy, actor)


def remove(complaint: Complaint, remedy: Remedy, *, actor: Any) -> None:
    permit(complaint, actor)
    if remedy.state == RemedyState.done:
        raise RuleViolation(_("What is carried out stays."))
    if complaint.state in SETTLED:
        raise RuleViolation(_("%(code)s is closed.", code=complaint.code))
    trail.record(complaint, "remedy.removed", actor=actor, changes=_said(remedy))
    session.delete(remedy)


def finish(complaint: Complaint, remedy: Remedy, *, actor: Any) -> None:
    permit(complaint, actor)
    if remedy.state != RemedyState.authorised:
        raise RuleViolation(_("Only an approved remedy is carried out, once."))
    remedy.state, remedy.done_at = RemedyState.done.value, clock.now()
    trail.record(complaint, "remedy.done", actor=actor, changes=_said(remedy))
