"""The clocks of a complaint begin, stand still, stop: by the requirements that the unit's setting names."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select

from complaints.models import ClockRun, Complaint
from complaints.queries import settings
from complaints.rules.clocks import STOPS, Outcome, judge, pauses_of
from complaints.rules.states import WAY, State
from core import clock
from core.db import session
from standards.models import Requirement, Version
from standards.queries.calendars import working_calendar
from standards.queries.standards import find_version_at, zone_of
from standards.rules.calendar import WorkingCalendar
from standards.rules.deadline import deadline
from standards.rules.timing import parse_limit

#: a midnight that is itself too late belongs to the day before
SECOND = timedelta(seconds=1)


def list_running(complaint: Complaint) -> list[ClockRun]:
    return list(
        session.scalars(
            select(ClockRun)
            .where(ClockRun.complaint_id == complaint.id, ClockRun.state == Outcome.running)
            .order_by(ClockRun.id)
        )
    )


def begin(
    complaint: Complaint, milestone: State, at: datetime, *, only: Collection[State] | None = None
) -> None:
    """Begin the clocks that start at this milestone, by the version in force at that moment."""
    setting = settings.find_clocking(complaint.unit)
    if setting is not None and setting.standard_id is not None:
        version = find_version_at(setting.standard_id, at)
        for stops in STOPS if version is not None else ():
            chosen = setting.clocks.get(stops.value)
            if not chosen or chosen["from"] != milestone or (only is not None and stops not in only):
                continue
            assert version is not None
            requirement = _requirement(version, chosen["code"])
            if requirement is not None:
                _add(complaint, version, requirement, milestone, stops, at)
    set_next_due(complaint)


def _requirement(version: Version, code: str) -> Requirement | None:
    return session.scalar(
        select(Requirement).where(
            Requirement.version_id == version.id,
            Requirement.code == code,
            Requirement.kind == "timing",
            Requirement.limit != "",
        )
    )


def _add(
    complaint: Complaint,
    version: Version,
    requirement: Requirement,
    starts: State,
    stops: State,
    at: datetime,
) -> None:
    run = ClockRun(
        complaint_id=complaint.id,
        requirement_id=requirement.id,
        standard_id=version.standard_id,
        version_number=version.number,
        requirement_code=requirement.code,
        starts=starts.value,
        stops=stops.value,
        limit=requirement.limit,
        target=requirement.target,
        can_pause=bool(requirement.pauses),
        started_at=at,
        paused=[],
        state=Outcome.running.value,
    )
    _set_due(run, complaint, requirement)
    session.add(run)
    session.flush()


def _set_due(run: ClockRun, complaint: Complaint, requirement: Requirement) -> None:
    found = deadline(
        run.started_at,
        parse_limit(run.limit),
        working_calendar(requirement.calendar) or WorkingCalendar(),
        str(zone_of(complaint.unit)),
        pauses_of(run.paused, clock.now()),
    )
    run.due_at, run.due_open = found.at, found.is_open


def stop(complaint: Complaint, milestone: State, at: datetime) -> None:
    """Stop every clock that ends at this milestone or at one that was passed over."""
    reached = {state.value for state in WAY[: WAY.index(milestone) + 1]}
    for run in list_running(complaint):
        if run.stops in reached:
            _end_pause(run, complaint, at)
            run.stopped_at = at
            run.state = judge(at, run.due_at, is_open=run.due_open).value
    set_next_due(complaint)


def void(complaint: Complaint, at: datetime) -> None:
    """The complaint ends otherwise: running clocks are not judged."""
    for run in list_running(complaint):
        _end_pause(run, complaint, at)
        run.stopped_at, run.state = at, Outcome.void.value
    set_next_due(complaint)


def pause(complaint: Complaint, at: datetime) -> int:
    """Let the clocks stand still whose requirement says so; gives how many."""
    stood = 0
    for run in list_running(complaint):
        if run.can_pause and not (run.paused and run.paused[-1][1] is None):
            run.paused = [*run.paused, [at.isoformat(), None]]
            stood += 1
    set_next_due(complaint)
    return stood


def resume(complaint: Complaint, at: datetime) -> None:
    for run in list_running(complaint):
        _end_pause(run, complaint, at)
    set_next_due(complaint)


def _end_pause(run: ClockRun, complaint: Complaint, at: datetime) -> None:
    if run.paused and run.paused[-1][1] is None:
        run.paused = [*run.paused[:-1], [run.paused[-1][0], at.isoformat()]]
        requirement = session.get_one(Requirement, run.requirement_id)
        _set_due(run, complaint, requirement)


def set_next_due(complaint: Complaint) -> None:
    """The last moment in time of the clock that is due first; a clock that stands still is left out."""
    dues = [
        run.due_at - SECOND if run.due_open else run.due_at
        for run in list_running(complaint)
        if run.due_at is not None and not (run.paused and run.paused[-1][1] is None)
    ]
    complaint.next_due = min(dues, default=None)
