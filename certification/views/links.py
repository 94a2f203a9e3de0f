"""Where records of the rooms below are opened."""

from collections.abc import Iterable
from typing import Any

from flask import current_app, g, url_for

from certification.permissions import SEE
from certification.rules.clauses import Clause, Waiting
from certification.rules.steps import Step
from core import access
from improvement.permissions import SEE as SEE_FINDINGS
from improvement.queries import tickets
from standards.models import Framework
from standards.permissions import MAP, SEE_DRAFTS
from standards.permissions import SEE as SEE_STANDARDS


class Links:
    """Addresses of records in other rooms, for a person who may open them; an empty string for one who may not."""

    def __init__(self, framework: Framework | None, clauses: Iterable[Clause] = ()) -> None:
        """`clauses` are those whose tickets the page names: a ticket may lie in another unit than its finding."""
        self.code = framework.code if framework else ""
        self.standards = access.may(g.person, SEE_STANDARDS)
        self.findings = access.may(g.person, SEE_FINDINGS)
        self.map = access.may(g.person, MAP)
        named = {item.ticket_id for clause in clauses for item in clause.open_findings if item.ticket_id}
        self.tickets = tickets.open_to(g.person, named) if self.findings else set()

    def _url(self, endpoint: str, **values: Any) -> str:
        return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""

    def clause(self, number: str) -> str:
        if not (self.standards and self.code):
            return ""
        return self._url("frameworks.clause", code=self.code, number=number)

    def standard(self, standard_id: int, anchor: str = "") -> str:
        if not self.standards:
            return ""
        return self._url("standards.show", standard_id=standard_id, _anchor=anchor or None)

    def version(self, waiting: Waiting) -> str:
        """Of one that is not in force yet."""
        if not access.may(g.person, SEE_DRAFTS, waiting.unit_path):
            return ""
        return self._url("standards.version", version_id=waiting.version_id)

    def proof(self, standard_id: int, code: str) -> str:
        """The page of the figure."""
        if not access.may(g.person, SEE):
            return ""
        return self._url("delivery.requirement", standard_id=standard_id, code=code)

    def finding(self, finding_id: int) -> str:
        return self._url("findings.finding", finding_id=finding_id) if self.findings else ""

    def ticket(self, ticket_id: int) -> str:
        return self._url("tickets.ticket", ticket_id=ticket_id) if ticket_id in self.tickets else ""

    def step(self, step: Step) -> str:
        kind, number = step.target
        clause = step.clauses[0].number
        if kind == "ticket":
            return self.ticket(number)
        if kind == "finding":
            return self.finding(number)
        if kind == "standard":
            return self.proof(number, step.answer.code) if step.answer else self.standard(number)
        if kind == "version":
            return self.version(step.waiting) if step.waiting else ""
        if not self.map:
            return self.clause(clause)
        if step.need == "no_justification":
            return self._url("frameworks.applicability", code=self.code, number=clause)
        if len(step.clauses) > 1 or step.need == "partly":
            return self.clause(clause)
        return self._url("frameworks.map_clause", code=self.code, number=clause)

    def item(self, kind: str, number: int, code: str) -> str:
        """Of the list before building."""
        if kind == "clause":
            return self.clause(code.partition(" ")[0])
        if kind == "standard":
            return self.standard(number)
        return self.finding(number) if kind == "finding" else ""
