"""Writing an imported register: in one go, with the clocks that the complaint standard would have set."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import joinedload

from accounts.models import Unit
from complaints.importing import Plan
from complaints.models import ClockRun, Complainant, Complaint
from complaints.permissions import HANDLE
from complaints.queries import settings
from complaints.rules.clocks import STOPS, Outcome, judge
from complaints.rules.imports import ImportRow
from complaints.rules.states import State
from complaints.tracking import new_key
from core import access, trail
from core.db import Counter, next_code, session
from core.errors import RuleViolation
from core.files import StoredFile
from core.i18n import _
from standards.models import Requirement, Version
from standards.queries.calendars import working_calendar
from standards.queries.standards import zone_of
from standards.rules.calendar import WorkingCalendar
from standards.rules.deadline import deadline
from standards.rules.timing import ELAPSED_UNITS, WORKING_TIME_UNITS, parse_limit
from standards.rules.versions import IN_FORCE_ONCE

BATCH = 500


class _Clocks:
    """The clocks of a unit, looked up once: versions of its complaint standard and their requirements."""

    def __init__(self, unit: Unit) -> None:
        setting = settings.find_clocking(unit)
        self.chosen = setting.clocks if setting is not None else {}
        self.zone = str(zone_of(unit))
        self.versions: list[Version] = []
        self.requirements: dict[tuple[int, str], Requirement] = {}
        self.calendars: dict[int | None, WorkingCalendar] = {None: WorkingCalendar()}
        if setting is None:
            return
        self.versions = list(
            session.scalars(
                select(Version).where(
                    Version.standard_id == setting.standard_id,
                    Version.state.in_(IN_FORCE_ONCE),
                    Version.effective_from.is_not(None),
                )
            )
        )
        for item in session.scalars(
            select(Requirement)
            .where(
                Requirement.version_id.in_([version.id for version in self.versions]),
                Requirement.kind == "timing",
                Requirement.limit != "",
            )
            .options(joinedload(Requirement.calendar))
        ):
            self.requirements[item.version_id, item.code] = item
            if item.calendar_id not in self.calendars:
                self.calendars[item.calendar_id] = working_calendar(item.calendar) or WorkingCalendar()

    def runs(self, row: ImportRow) -> list[dict[str, Any]]:
        """Clocks of one row. Days without a time say nothing about limits in hours: those are left out."""
        found = []
        for stops in STOPS:
            chosen = self.chosen.get(stops.value)
            if chosen is None:
                continue
            started: datetime | None = row.values.get(f"{chosen['from']}_at")
            version = self._version_at(started) if started is not None else None
            if version is None or started is None:
                continue
            item = self.requirements.get((version.id, chosen["code"]))
            if item is None:
                continue
            limit = parse_limit(item.limit)
            if limit.unit in ELAPSED_UNITS | WORKING_TIME_UNITS and not row.values["timed"]:
                continue
            due = deadline(started, limit, self.calendars[item.calendar_id], self.zone)
            found.append(
                self._run(row, version, item, chosen["from"], stops, started, due.at, is_open=due.is_open)
            )
        return found

    def _version_at(self, at: datetime) -> Version | None:
        return next(
            (
                version
                for version in self.versions
                if version.effective_from is not None
                and version.effective_from <= at
                and (version.effective_until is None or version.effective_until > at)
            ),
            None,
        )

    def _run(
        self,
        row: ImportRow,
        version: Version,
        item: Requirement,
        starts: str,
        stops: State,
        started: datetime,
        due: datetime | None,
        *,
        is_open: bool,
    ) -> dict[str, Any]:
        stopped: datetime | None = row.values.get(f"{stops.value}_at")
        state = judge(stopped, due, is_open=is_open) if stopped is not None else Outcome.running
        if stopped is None and row.values["state"] == State.closed:
            state = Outcome.void  # the register does not say when it was reached
        return {
            "requirement_id": item.id,
            "standard_id": version.standard_id,
            "version_number": version.number,
            "requirement_code": item.code,
            "starts": starts,
            "stops": stops.value,
            "limit": item.limit,
            "target": item.target,
            "can_pause": bool(item.pauses),
            "started_at": started,
            "due_at": due,
            "due_open": is_open,
            "paused": [],
            "stopped_at": stopped,
            "state": state.value,
        }


def import_register(plan: Plan, *, file: StoredFile, actor: Any) -> int:
    """Write the new rows of a plan; gives how many. Each gets a number of ours, in the year of its receipt."""
    rows = plan.fresh
    if plan.counts["wrong"]:
        raise RuleViolation(_("Correct the file and choose it again. All rows are written or none."))
    if not rows:
        raise RuleViolation(_("Nothing in this file is new."))
    units = {
        unit.id: unit
        for unit in session.scalars(select(Unit).where(Unit.id.in_({row.values["unit_id"] for row in rows})))
    }
    for unit in units.values():
        access.require(actor, HANDLE, unit.path, what=unit.name)
    clocks = {unit.id: _Clocks(unit) for unit in units.values()}
    codes = _codes([row.values["received_at"].year for row in rows])
    made = []
    runs: dict[str, list[dict[str, Any]]] = {}
    for row, code in zip(rows, codes, strict=True):
        runs[code] = clocks[row.values["unit_id"]].runs(row)
        dues = [
            run["due_at"] - timedelta(seconds=1) if run["due_open"] else run["due_at"]
            for run in runs[code]
            if run["state"] == Outcome.running and run["due_at"] is not None
        ]
        made.append(
            {
                **{
                    name: value
                    for name, value in row.values.items()
                    if name not in {"contact", "timed"} and not name.endswith("_at")
                },
                **{
                    f"{name}_at": row.values.get(f"{name}_at")
                    for name in ("received", "acknowledged", "answered", "closed")
                },
                "code": code,
                "registered_by_id": actor.id,
                "link_key": new_key(),
                "next_due": min(dues, default=None),
            }
        )
    for start in range(0, len(made), BATCH):
        session.execute(insert(Complaint), made[start : start + BATCH])
    ids: dict[str, int] = {}
    for start in range(0, len(codes), BATCH):
        found = select(Complaint.code, Complaint.id).where(Complaint.code.in_(codes[start : start + BATCH]))
        ids.update({row.code: row.id for row in session.execute(found)})
    contacts = [
        {"complaint_id": ids[code], "address": "", **row.values["contact"]}
        for row, code in zip(rows, codes, strict=True)
        if any(row.values["contact"].values())
    ]
    clocked = [{"complaint_id": ids[code], **run} for code in codes for run in runs[code]]
    for model, values in ((Complainant, contacts), (ClockRun, clocked)):
        for start in range(0, len(values), BATCH):
            session.execute(insert(model), values[start : start + BATCH])
    trail.record(
        file,
        "complaint.imported",
        actor=actor,
        code=file.name,
        changes={"rows": len(rows), "first": codes[0], "last": codes[-1], "sha256": file.sha256},
    )
    return len(rows)


def _codes(years: list[int]) -> list[str]:
    """Numbers without gaps for all rows, one update of the counter a year."""
    made: dict[int, list[str]] = {}
    for year in sorted(set(years)):
        many = years.count(year)
        first = next_code("CMP", year=year)
        start = int(first.rpartition("-")[2])
        if many > 1:
            session.execute(
                update(Counter)
                .where(Counter.series == "CMP", Counter.year == year)
                .values(last=start + many - 1)
                .execution_options(synchronize_session=False)
            )
        made[year] = [f"CMP-{year}-{number:04d}" for number in range(start, start + many)]
    places = dict.fromkeys(made, 0)
    codes = []
    for year in years:
        codes.append(made[year][places[year]])
        places[year] += 1
    return codes
