"""Attainment as a measure for improvement tickets: recomputed from the cases, for any days.

Reference: "attainment:STANDARD_ID:CODE:unit=UNIT_ID"; only the prefix means anything outside this file.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from accounts.models import Unit
from core import access
from core.db import session
from core.i18n import _, force_locale
from delivery import storage
from delivery.casebook import bounds
from delivery.measuring import default_calendar, spec_of
from delivery.models import EventLog
from delivery.permissions import SEE
from delivery.queries import lines as line_queries
from delivery.queries import plans
from delivery.queries.lines import Line
from delivery.rules.addresses import cases_path, requirement_path
from improvement.measures import Count, Option, Window
from improvement.models import Ticket

PREFIX = "attainment"
_REF = re.compile(r"attainment:(\d+):([A-Za-z0-9]{1,10}):unit=(\d+)")
MOST_OPTIONS = 60


@dataclass(frozen=True, slots=True)
class _Ref:
    standard_id: int
    code: str
    unit_id: int

    @classmethod
    def read(cls, text: str) -> "_Ref | None":
        found = _REF.fullmatch(text)
        return cls(int(found[1]), found[2], int(found[3])) if found else None

    def __str__(self) -> str:
        return f"{PREFIX}:{self.standard_id}:{self.code}:unit={self.unit_id}"


def origin_address(rest: str) -> str:
    """The page a finding came from, of "STANDARD_ID:CODE:UNIT_ID"."""
    found = re.fullmatch(r"(\d+):([A-Za-z0-9]{1,10}):(\d+)", rest)
    return requirement_path(int(found[1]), found[2], int(found[3])) if found else ""


class AttainmentMeasure:
    """Provider for improvement.measures: the share of cases in time, judged by the limit in force at their start."""

    def options(self, ticket: Ticket, person: Any) -> list[Option]:
        if not access.may(person, SEE, ticket.unit.path):
            return []
        found = line_queries.list_lines(person, unit=ticket.unit)
        first = self._wanted(ticket)
        ordered = sorted(found, key=lambda line: (line.standard_id, line.code) not in first)
        return [
            self._option(line, ticket.unit) for line in ordered[:MOST_OPTIONS] if line.unit_id is not None
        ]

    @staticmethod
    def _wanted(ticket: Ticket) -> set[tuple[int, str]]:
        """What the ticket's findings are about."""
        from sqlalchemy import select

        from improvement.models import Finding

        return {
            (standard_id, code)
            for standard_id, code in session.execute(
                select(Finding.standard_id, Finding.requirement_code).where(Finding.ticket_id == ticket.id)
            )
            if standard_id
        }

    @staticmethod
    def _option(line: Line, unit: Unit) -> Option:
        labels = []
        for language, statement, name in (
            ("en", line.statement_en or line.statement_zh or line.title_en, unit.name_en or unit.name_zh),
            ("zh", line.statement_zh or line.statement_en or line.title_zh, unit.name_zh or unit.name_en),
        ):
            with force_locale(language):
                labels.append(
                    str(
                        _(
                            "Share in time: %(promise)s (%(code)s, %(unit)s)",
                            promise=statement,
                            code=f"{line.standard_code} {line.code}",
                            unit=name,
                        )
                    )
                )
        assert line.unit_id is not None
        return Option(
            ref=str(_Ref(line.standard_id, line.code, line.unit_id)),
            label_en=labels[0],
            label_zh=labels[1],
            target=line.target,
        )

    def describe(self, ref: str) -> Option | None:
        asked = _Ref.read(ref)
        unit = session.get(Unit, asked.unit_id) if asked else None
        if asked is None or unit is None:
            return None
        found = [
            line
            for line in line_queries.lines_at(unit, standard_ids=[asked.standard_id], code=asked.code)
            if line.code == asked.code
        ]
        return self._option(found[0], unit) if found else None

    def measure(self, ref: str, first: date, last: date) -> Window:
        """Cases that started on these days; `met` and `n` by the engine, week by week and in all."""
        from delivery.engine.measure import measure_tables

        plan, lines, scope = self._plan(ref)
        begins, until = bounds(plan, f"{first.isoformat()}..{last.isoformat()}")
        specs = [
            replace(spec, id=f"q{number}")
            for number, line in enumerate(lines)
            if (spec := spec_of(line, scope, plan.unit_column, first=begins, until=until)) is not None
        ]
        met = n = 0
        weeks: dict[date, list[int]] = {}
        if specs:
            results = measure_tables(
                plan.batches,
                specs,
                calendar=default_calendar(),
                timezone=plan.timezone,
                as_of=plan.as_of,
                period="week",
                settings=storage.settings(web=True),
            )
            for result in results:
                met += result.overall.met
                n += result.overall.met + result.overall.missed
                for group in result.groups:
                    monday = _monday(group.period)
                    counted = weeks.setdefault(monday, [0, 0])
                    counted[0] += group.cell.met
                    counted[1] += group.cell.met + group.cell.missed
        return Window(
            Count(met, n), tuple((monday, Count(*counted)) for monday, counted in sorted(weeks.items()))
        )

    @staticmethod
    def _plan(ref: str) -> tuple[plans.Plan, list[plans.TimingLine], plans.Scope]:
        asked = _Ref.read(ref)
        log_id = line_queries.find_log_of(asked.standard_id, asked.code, asked.unit_id) if asked else None
        log = session.get(EventLog, log_id) if log_id is not None else None
        plan = plans.find_plan(log, standard_ids=[asked.standard_id]) if log and asked else None
        scope = plan.scope(asked.unit_id) if plan and asked else None
        if plan is None or scope is None or asked is None:
            raise LookupError(ref)
        lines = [line for line in plan.lines if line.code == asked.code]
        if not lines:
            raise LookupError(ref)
        return plan, lines, scope

    def rows_url(self, ref: str, first: date, last: date) -> str:
        asked = _Ref.read(ref)
        if asked is None:
            return ""
        window = f"{first.isoformat()}..{last.isoformat()}"
        return cases_path(asked.standard_id, asked.code, asked.unit_id, window=window)


def _monday(label: str) -> date:
    year, week = label.split("-W")
    return date.fromisocalendar(int(year), int(week), 1)
