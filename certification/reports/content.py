"""The content of a pack as plain values: read once, then printed without the database."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from accounts import queries as accounts
from accounts.models import Person, Unit
from certification.models import Pack
from certification.queries.clauses import assess
from certification.queries.evidence.absence import Absence
from certification.queries.evidence.audits import PrintedAudits, audits_of
from certification.queries.evidence.complaints import PrintedComplaints, complaints_of
from certification.queries.evidence.reviews import PrintedReviews, reviews_of
from certification.queries.evidence.satisfaction import PrintedSatisfaction, satisfaction_of
from certification.queries.evidence.training import PrintedTraining, training_of
from certification.queries.figures import monthly_figures
from certification.queries.register.batches import PrintedBatch, batches_of
from certification.queries.register.findings import PrintedFinding, findings_of
from certification.queries.register.promises import PrintedPromise, promises
from certification.queries.register.standards import PrintedStandard, standards_in_force
from certification.queries.register.tickets import PrintedTicket, tickets_of
from certification.rules.clauses import Both, Clause
from certification.rules.packs import FRESH_DAYS, Part, parts_in_order
from certification.rules.steps import Step, next_steps
from core import trail
from core.db import session
from standards.models import Framework
from standards.queries.mapping import paths_above


@dataclass(frozen=True)
class Content:
    code: str
    language: str
    at: datetime  # the date of the pack: when it was ordered
    zone: str
    organisation: Both
    framework_code: str
    designation: str
    framework: Both
    framework_title: Both
    nature: str
    adopted_as: tuple[dict[str, Any], ...]
    catalog_sha256: str
    unit_code: str
    units: tuple[Both, ...]  # from the root down to the unit of the pack
    below: tuple[Both, ...]
    first: date
    last: date
    parts: tuple[Part, ...]
    fresh_days: int
    ordered_by: str
    clauses: tuple[Clause, ...]
    standards: tuple[PrintedStandard, ...]
    promises: tuple[PrintedPromise, ...]
    findings: tuple[PrintedFinding, ...]
    findings_total: int
    tickets: tuple[PrintedTicket, ...]
    batches: tuple[PrintedBatch, ...]
    satisfaction: PrintedSatisfaction
    complaints: PrintedComplaints
    audits: PrintedAudits
    training: PrintedTraining
    reviews: PrintedReviews
    trail_head: tuple[int, str]

    @property
    def unit(self) -> Both:
        return self.units[-1]

    @property
    def steps(self) -> list[Step]:
        return next_steps(self.clauses)

    @property
    def absences(self) -> dict[Part, Absence]:
        """Chosen parts without any record in the period, and what there is outside it."""
        found = {
            Part.satisfaction: self.satisfaction.absence,
            Part.complaints: self.complaints.absence,
            Part.audits: self.audits.absence,
            Part.training: self.training.absence,
            Part.reviews: self.reviews.absence,
        }
        return {
            part: absence for part, absence in found.items() if absence is not None and part in self.parts
        }

    @property
    def data_until(self) -> datetime | None:
        """The newest moment up to which any promise of the pack was measured."""
        return max((item.whole.as_of for item in self.promises if item.whole.as_of), default=None)


def read(pack: Pack) -> Content:
    """The content of a pack from the records as they stand now."""
    return gather(
        pack.framework,
        pack.unit,
        code=pack.code,
        language=pack.language,
        at=pack.created_at,
        first=pack.period_from,
        last=pack.period_until,
        parts=pack.parts,
        fresh_days=int(pack.facts.get("fresh_days", FRESH_DAYS)),
        person_id=pack.built_by_id,
    )


def gather(
    framework: Framework,
    unit: Unit,
    *,
    code: str,
    language: str,
    at: datetime,
    first: date,
    last: date,
    parts: list[str],
    fresh_days: int,
    person_id: int | None,
) -> Content:
    """What a pack with these wishes would hold today; the list before building reads the same."""
    organisation = accounts.organisation()
    zone = organisation.time_zone if organisation else "UTC"
    local, chosen = ZoneInfo(zone), parts_in_order(parts)
    standards = standards_in_force(unit, framework.id)
    months = monthly_figures(unit, [standard.id for standard in standards], first, last)
    kept = promises(standards, months)
    ids = {standard.code: standard.id for standard in standards}
    figures = {(ids[item.standard_code], item.code): item.whole for item in kept}
    clauses = assess(framework, unit, figures).clauses
    begin = datetime.combine(first, time(), local)
    end = datetime.combine(last + timedelta(days=1), time(), local)
    findings, total = findings_of(unit, begin, end, {clause.id: clause for clause in clauses})
    above_unit = list(
        session.scalars(select(Unit).where(Unit.path.in_(paths_above(unit.path))).order_by(Unit.path))
    )
    below = session.scalars(
        select(Unit).where(Unit.parent_id == unit.id, Unit.active.is_(True)).order_by(Unit.code).limit(60)
    )
    person = session.get(Person, person_id) if person_id else None
    return Content(
        code=code,
        language=language,
        at=at,
        zone=zone,
        organisation=Both(organisation.name_en, organisation.name_zh) if organisation else Both(),
        framework_code=framework.code,
        designation=framework.designation or framework.code,
        framework=Both(framework.short_en, framework.short_zh),
        framework_title=Both(framework.title_en, framework.title_zh),
        nature=framework.nature,
        adopted_as=tuple(framework.adopted_as or ()),
        catalog_sha256=framework.catalog_sha256,
        unit_code=unit.code,
        units=tuple(Both(one.name_en, one.name_zh) for one in above_unit),
        below=tuple(Both(one.name_en, one.name_zh) for one in below),
        first=first,
        last=last,
        parts=tuple(chosen),
        fresh_days=fresh_days,
        ordered_by=person.name if person else "",
        clauses=clauses,
        standards=tuple(standards),
        promises=tuple(kept),
        findings=tuple(findings),
        findings_total=total,
        tickets=tuple(tickets_of(findings)),
        batches=tuple(batches_of([standard.id for standard in standards])),
        satisfaction=satisfaction_of(unit, first, last)
        if Part.satisfaction in chosen
        else PrintedSatisfaction(),
        complaints=complaints_of(unit, local, first, last)
        if Part.complaints in chosen
        else PrintedComplaints(),
        audits=audits_of(unit, framework.id, first, last) if Part.audits in chosen else PrintedAudits(),
        training=training_of(unit, local, first, last) if Part.training in chosen else PrintedTraining(),
        reviews=reviews_of(unit, first, last) if Part.reviews in chosen else PrintedReviews(),
        trail_head=trail.head(),
    )
