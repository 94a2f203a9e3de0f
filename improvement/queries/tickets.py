from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased, joinedload

from accounts.models import Person, Unit
from core import access, clock
from core.db import get_record, session
from core.errors import NotFound
from core.gates import Condition
from core.i18n import zone
from core.tables import matching
from improvement.backing import backings_of
from improvement.models import Act, Action, Cause, Check, Cycle, SuccessMeasure, Ticket
from improvement.permissions import MANAGE, SEE
from improvement.rules.gates import (
    ActFacts,
    CheckFacts,
    DoFacts,
    PlanFacts,
    act_gate,
    check_gate,
    do_gate,
    plan_gate,
)
from improvement.rules.tickets import OPEN, ActionKind, Part, Stage
from standards.models import Standard, Version

OwnerPerson = aliased(Person)
OPEN_STAGES = [str(stage) for stage in OPEN]


def today() -> date:
    """The day where the organisation (or the person) is."""
    return clock.now().astimezone(zone()).date()


def involves(person: Any) -> ColumnElement[bool]:
    """Tickets that the person owns, verifies or acts for, wherever they are."""
    own_action = exists().where(
        Action.owner_id == person.id, Action.cycle_id == Cycle.id, Cycle.ticket_id == Ticket.id
    )
    return or_(Ticket.owner_id == person.id, Ticket.verifier_id == person.id, own_action)


def visible_to(person: Any) -> ColumnElement[bool]:
    """Needs `Unit` in the statement."""
    return or_(access.scope(person, SEE, Unit.path), involves(person))


def open_to(person: Any, ids: Collection[int]) -> set[int]:
    """Which of these tickets the person may see."""
    if not ids or access.may_everywhere(person, SEE):
        return set(ids)
    return set(
        session.scalars(
            select(Ticket.id)
            .join(Unit, Unit.id == Ticket.unit_id)
            .where(Ticket.id.in_(ids), visible_to(person))
        )
    )


def select_tickets(person: Any) -> Any:
    return (
        select(
            Ticket.id,
            Ticket.code,
            Ticket.title,
            Ticket.stage,
            Ticket.stage_since,
            Ticket.cycle_number,
            Ticket.priority,
            Ticket.major,
            Ticket.due,
            Ticket.deferred_until,
            Ticket.opened_at,
            Ticket.requirement_code,
            Standard.id.label("standard_id"),
            Standard.code.label("standard_code"),
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
            OwnerPerson.name.label("owner_name"),
        )
        .select_from(Ticket)
        .outerjoin(Unit, Unit.id == Ticket.unit_id)
        .outerjoin(Standard, Standard.id == Ticket.standard_id)
        .outerjoin(OwnerPerson, OwnerPerson.id == Ticket.owner_id)
        .where(visible_to(person))
    )


def get_ticket(ticket_id: int) -> Ticket:
    return get_record(Ticket, ticket_id)


def get_ticket_for(person: Any, ticket_id: int) -> Ticket:
    """The guarded door: seen at the unit, or by who owns, verifies or acts."""
    found = session.scalar(
        select(Ticket)
        .where(Ticket.id == ticket_id)
        .options(joinedload(Ticket.unit), joinedload(Ticket.owner), joinedload(Ticket.verifier))
    )
    if found is None:
        raise NotFound
    if not access.may(person, SEE, found.unit.path) and not _is_involved(person, found):
        access.require(person, SEE, found.unit.path, what=found.code)
    return found


def _is_involved(person: Any, ticket: Ticket) -> bool:
    if person.id in {ticket.owner_id, ticket.verifier_id}:
        return True
    return session.scalar(_actions_of(ticket).where(Action.owner_id == person.id).limit(1)) is not None


def _actions_of(ticket: Ticket) -> Select[Any]:
    return select(Action.id).join(Cycle, Cycle.id == Action.cycle_id).where(Cycle.ticket_id == ticket.id)


def find_ticket_by_code(code: str) -> Ticket | None:
    return session.scalar(select(Ticket).where(Ticket.code == code.strip().upper()))


def list_cycles(ticket: Ticket) -> list[Cycle]:
    return list(session.scalars(select(Cycle).where(Cycle.ticket_id == ticket.id).order_by(Cycle.number)))


def get_cycle(ticket: Ticket) -> Cycle:
    """The present turn."""
    return session.scalars(
        select(Cycle).where(Cycle.ticket_id == ticket.id, Cycle.number == ticket.cycle_number)
    ).one()


def list_causes(cycle_id: int) -> list[Cause]:
    return list(
        session.scalars(select(Cause).where(Cause.cycle_id == cycle_id).order_by(Cause.position, Cause.id))
    )


def list_actions(cycle_id: int) -> list[Action]:
    return list(
        session.scalars(
            select(Action)
            .where(Action.cycle_id == cycle_id)
            .options(joinedload(Action.owner), joinedload(Action.evidence_file))
            .order_by(Action.position, Action.id)
        )
    )


def find_measure(cycle_id: int) -> SuccessMeasure | None:
    return session.scalar(select(SuccessMeasure).where(SuccessMeasure.cycle_id == cycle_id))


def list_checks(cycle_ids: list[int]) -> list[Check]:
    return list(session.scalars(select(Check).where(Check.cycle_id.in_(cycle_ids)).order_by(Check.id)))


def find_last_check(cycle_id: int) -> Check | None:
    return session.scalar(select(Check).where(Check.cycle_id == cycle_id).order_by(Check.id.desc()).limit(1))


def find_act(cycle_id: int) -> Act | None:
    return session.scalar(select(Act).where(Act.cycle_id == cycle_id))


def get_cause(ticket: Ticket, cause_id: int) -> Cause:
    """A why-node of the present cycle of this ticket."""
    found = session.scalar(
        select(Cause)
        .join(Cycle, Cycle.id == Cause.cycle_id)
        .where(Cause.id == cause_id, Cycle.ticket_id == ticket.id, Cycle.number == ticket.cycle_number)
    )
    if found is None:
        raise NotFound
    return found


def get_action(ticket: Ticket, action_id: int, *, any_cycle: bool = False) -> Action:
    statement = (
        select(Action)
        .join(Cycle, Cycle.id == Action.cycle_id)
        .where(Action.id == action_id, Cycle.ticket_id == ticket.id)
    )
    if not any_cycle:
        statement = statement.where(Cycle.number == ticket.cycle_number)
    found = session.scalar(statement)
    if found is None:
        raise NotFound
    return found


def is_doer(person_id: int | None, actions: list[Action]) -> bool:
    """Took part: owned an action that was done, or finished one."""
    return person_id is not None and any(
        action.state == "done" and person_id in {action.owner_id, action.done_by_id} for action in actions
    )


def parts_of(ticket: Ticket, person: Any, actions: list[Action] | None = None) -> set[Part]:
    """What the person is to this ticket now."""
    if actions is None:
        actions = list_actions(get_cycle(ticket).id)
    parts = set()
    if person.id == ticket.owner_id:
        parts.add(Part.owner)
    if person.id == ticket.verifier_id:
        parts.add(Part.verifier)
    if access.may(person, MANAGE, ticket.unit.path):
        parts.add(Part.manager)
    if any(action.owner_id == person.id for action in actions):
        parts.add(Part.action_owner)
    if is_doer(person.id, actions):
        parts.add(Part.doer)
    return parts


# --- windows and gates ---------------------------------------------------------------------------------------


def after_window(cycle: Cycle, measure: SuccessMeasure) -> tuple[date, date] | None:
    """First and last day of the cases that count after the action; None before Do is done."""
    if cycle.done_at is None:
        return None
    first = cycle.done_at.astimezone(zone()).date() + timedelta(days=1 + measure.wait_days)
    return first, first + timedelta(days=measure.window_days + measure.extended_days - 1)


def gate_of(
    ticket: Ticket,
    cycle: Cycle,
    actions: list[Action],
    measure: SuccessMeasure | None,
    check: Check | None,
    act: Act | None,
) -> list[Condition]:
    """What must be met to leave the present stage."""
    verifier = ticket.verifier.name if ticket.verifier else ""
    if ticket.stage == Stage.plan:
        approver = session.get(Person, cycle.plan_approved_by_id) if cycle.plan_approved_by_id else None
        return plan_gate(
            PlanFacts(
                problem=bool(cycle.problem),
                root_causes=sum(1 for cause in list_causes(cycle.id) if cause.root and cause.verified_how),
                cause_obvious=bool(cycle.cause_obvious),
                actions=sum(
                    1
                    for action in actions
                    if action.kind != ActionKind.preventive and action.state != "cannot"
                ),
                measure=measure.kind if measure and measure.registered_at else "",
                major=ticket.major,
                approver=approver.name if approver else "",
                verifier=verifier,
                owner=ticket.owner.name,
            )
        )
    if ticket.stage == Stage.do:
        return do_gate(
            DoFacts(
                open_actions=[(item.text, item.owner.name) for item in actions if item.state == "open"],
                done=sum(1 for item in actions if item.state == "done"),
                cannot=sum(1 for item in actions if item.state == "cannot"),
            )
        )
    if ticket.stage == Stage.check:
        from core.i18n import format_date

        figures = check.figures if check else {}
        return check_gate(
            CheckFacts(
                measured=measure is not None and measure.kind == "share",
                verdict=check.verdict if check else "",
                overruled=bool(check and check.overruled),
                n_after=int(figures.get("after", {}).get("n", 0)),
                least_n=measure.least_n if measure else 0,
                harm_looked_at=f"{cycle.side_effects_by_name}, {format_date(cycle.side_effects_at, 'day')}"
                if cycle.side_effects
                else "",
                verifier=verifier,
                verifier_took_part=is_doer(ticket.verifier_id, actions),
            )
        )
    if ticket.stage == Stage.act:
        version = session.get(Version, act.version_id) if act and act.version_id else None
        return act_gate(
            ActFacts(
                standard_change=any(
                    item.kind == ActionKind.standard_change and item.state == "done" for item in actions
                ),
                version=version_label(version) if version else "",
                version_in_force=version is not None and version.state in {"effective", "superseded"},
                nothing_to_change=bool(act and act.nothing_to_change),
                lesson=bool(act and act.lesson),
                owner=ticket.owner.name,
                blocking=[
                    (number, item.label, item.real, item.detail, item.missing, item.who)
                    for number, item in backings_of(
                        [action for action in actions if action.state != "cannot"]
                    ).items()
                ],
            )
        )
    return []


def version_label(version: Version) -> str:
    from core.i18n import _

    return str(_("%(code)s version %(number)s", code=version.standard.code, number=version.number))


# --- what waits, what is near --------------------------------------------------------------------------------


def list_open_of_standard(standard_id: int, person: Any, *, limit: int = 50) -> list[Ticket]:
    return list(
        session.scalars(
            select(Ticket)
            .join(Unit, Unit.id == Ticket.unit_id)
            .where(Ticket.standard_id == standard_id, Ticket.stage.in_(OPEN_STAGES), visible_to(person))
            .order_by(Ticket.due, Ticket.id)
            .limit(limit)
        )
    )


def search_tickets(person: Any, words: str, limit: int, *, open_only: bool = False) -> list[Any]:
    statement = (
        select(
            Ticket.id,
            Ticket.code,
            Ticket.title,
            Ticket.stage,
            Unit.name_en.label("unit_en"),
            Unit.name_zh.label("unit_zh"),
        )
        .join(Unit, Unit.id == Ticket.unit_id)
        .where(visible_to(person))
        .order_by(Ticket.id.desc())
        .limit(limit)
    )
    if open_only:
        statement = statement.where(Ticket.stage.in_(OPEN_STAGES))
    statement = statement.where(matching(words, Ticket.code, Ticket.title))
    return list(session.execute(statement))


def list_board(person: Any, *, limit: int = 200) -> list[Any]:
    """Open tickets for the board, the most urgent first."""
    return list(
        session.execute(
            select_tickets(person)
            .where(Ticket.stage.in_(OPEN_STAGES))
            .order_by(Ticket.due.is_(None), Ticket.due, Ticket.id)
            .limit(limit)
        )
    )


def board_counts(person: Any) -> dict[str, int]:
    """How many open tickets stand in each stage."""
    rows = session.execute(
        select(Ticket.stage, func.count())
        .join(Unit, Unit.id == Ticket.unit_id)
        .where(visible_to(person), Ticket.stage.in_(OPEN_STAGES))
        .group_by(Ticket.stage)
    )
    return {row[0]: row[1] for row in rows}
