"""Records of the demonstration by the short names that its content uses. Kept as ids: each step is a transaction."""

from dataclasses import dataclass, field

from sqlalchemy import select

from accounts.models import Person, Unit
from accounts.queries import get_person, get_unit, with_holdings
from audits.models import Audit, Slot
from complaints.models import Complaint
from core.db import session
from demo.timeline import Timeline
from improvement.models import Finding, Ticket
from reviews.models import Review
from satisfaction.models import Wave
from standards.models import Calendar, Clause, Framework, Requirement, Standard, Version
from standards.queries import standards as standard_queries
from training.models import Competence, Course

#: for everybody of the demonstration, shown on its sign-in page: nothing here is secret
PASSWORD = "plumb line demo"  # noqa: S105 - shown openly, see above


@dataclass
class Cast:
    timeline: Timeline
    units: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    calendars: dict[str, int] = field(default_factory=dict)
    standards: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
    tickets: dict[str, int] = field(default_factory=dict)
    competences: dict[str, int] = field(default_factory=dict)
    courses: dict[str, int] = field(default_factory=dict)
    slots: dict[str, int] = field(default_factory=dict)
    audits: dict[str, int] = field(default_factory=dict)
    complaints: dict[str, int] = field(default_factory=dict)
    questionnaires: dict[str, int] = field(default_factory=dict)
    waves: dict[str, int] = field(default_factory=dict)
    reviews: dict[str, int] = field(default_factory=dict)

    def unit(self, code: str) -> Unit:
        return get_unit(self.units[code])

    def person(self, key: str) -> Person:
        return with_holdings(get_person(self.people[key]))

    def calendar(self, code: str) -> Calendar:
        return session.get_one(Calendar, self.calendars[code])

    def standard(self, key: str) -> Standard:
        return standard_queries.get_standard(self.standards[key])

    def open_version(self, key: str) -> Version:
        found = standard_queries.find_open_version(self.standards[key])
        if found is None:
            raise LookupError(f"no version of {key} is on its way")
        return found

    def requirement(self, key: str, code: str) -> Requirement:
        """Of the version in force, or else of the newest."""
        version = standard_queries.find_effective_version(
            self.standards[key]
        ) or standard_queries.find_latest_version(self.standards[key])
        return session.scalars(
            select(Requirement).where(
                Requirement.version_id == (version.id if version else 0), Requirement.code == code
            )
        ).one()

    def clause(self, framework: str, number: str) -> Clause:
        return session.scalars(
            select(Clause)
            .join(Framework, Framework.id == Clause.framework_id)
            .where(Framework.code == framework, Clause.number == number)
        ).one()

    def finding(self, key: str) -> Finding:
        return session.get_one(Finding, self.findings[key])

    def ticket(self, key: str) -> Ticket:
        return session.get_one(Ticket, self.tickets[key])

    def competence(self, key: str) -> Competence:
        return session.get_one(Competence, self.competences[key])

    def course(self, key: str) -> Course:
        return session.get_one(Course, self.courses[key])

    def slot(self, key: str) -> Slot:
        return session.get_one(Slot, self.slots[key])

    def audit(self, key: str) -> Audit:
        return session.get_one(Audit, self.audits[key])

    def complaint(self, key: str) -> Complaint:
        return session.get_one(Complaint, self.complaints[key])

    def wave(self, key: str) -> Wave:
        return session.get_one(Wave, self.waves[key])

    def review(self, key: str) -> Review:
        return session.get_one(Review, self.reviews[key])

    def shortfalls(self, standard: str, code: str, unit: str) -> list[Finding]:
        """What the measurement found and nobody has triaged; `*` stands for any."""
        statement = select(Finding).where(Finding.origin == "delivery", Finding.state == "new")
        if standard != "*":
            statement = statement.where(Finding.standard_id == self.standards[standard])
        if code != "*":
            statement = statement.where(Finding.requirement_code == code)
        if unit != "*":
            statement = statement.where(Finding.unit_id == self.units[unit])
        return list(session.scalars(statement.order_by(Finding.id)))
