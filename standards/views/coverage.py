"""Who covers which clause: the matrix, its cells, what people judge and what applies where."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, g, render_template, request, url_for

from accounts import queries as accounts
from accounts.models import Unit
from core import access, clock
from core.access import guard
from core.documents.downloads import table_file
from core.errors import NotFound
from core.forms import record_number
from core.i18n import _, _n, format_share, format_target
from standards import proof
from standards.models import Clause, Standard, Version
from standards.operations import mapping as operations
from standards.permissions import MAP, SEE, WRITE
from standards.queries import frameworks as queries
from standards.queries import mapping as mapping_queries
from standards.queries.standards import find_effective_version, find_open_version
from standards.reports import coverage as reports
from standards.reports.coverage import Cell, Matrix, Row
from standards.rules.coverage import Degree, Status
from standards.views import frameworks_blueprint as blueprint
from standards.views.frameworks import root

SHOW = ("", "gaps", "open", "todo")


@dataclass(frozen=True)
class Asked:
    """The filters of the matrix as the address gives them."""

    unit: Unit | None
    show: str
    adopted: bool

    def arguments(self) -> dict[str, Any]:
        """For addresses that lead back to the same matrix."""
        return {
            "unit": self.unit.id if self.unit else None,
            "show": self.show or None,
            "adopted": 1 if self.adopted else None,
        }


def asked_for() -> Asked:
    unit_id = request.values.get("unit", type=record_number)
    unit = None
    if unit_id is not None:
        unit = next((item for item in _units() if item.id == unit_id), None)
        if unit is None:
            raise NotFound
    show = request.values.get("show", "")
    return Asked(unit, show if show in SHOW else "", request.values.get("adopted") == "1")


def _units() -> list[Unit]:
    return accounts.list_units(g.person, SEE)


@blueprint.get("/frameworks/<code>/coverage")
@guard(SEE)
def coverage(code: str) -> Any:
    framework = queries.get_framework(code)
    asked = asked_for()
    full = reports.matrix(framework, unit=asked.unit, root_path=root().path, actor=g.person)
    rows = _shown(full, asked)
    if request.args.get("export") in {"csv", "xlsx"}:
        return _export(full, rows, request.args["export"])
    units = _units()
    least = min((unit.depth for unit in units), default=0)
    gap = full.next_gap
    return render_template(
        "frameworks/coverage.html",
        framework=framework,
        frameworks=queries.list_frameworks(),
        unit_choices=[(unit.id, "\u2002" * (unit.depth - least) + unit.name) for unit in units],
        asked=asked,
        matrix=full,
        rows=rows,
        shown_clauses=[row for row in rows if not row.is_group],
        gaps=sum(cell.status.is_gap for row in rows for cell in row.cells),
        next_gap=gap if gap and access.may(g.person, MAP, gap[1].standard.unit.path) else None,
        cell_url=url_for("frameworks.cell", code=code, unit=asked.unit.id if asked.unit else None),
        clause_link=_links(url_for("frameworks.clause", code=code, number="987654321")),
        standard_link=_links(url_for("standards.show", standard_id=987654321)),
        cell_label=_cell_label,
    )


def _links(pattern: str) -> Callable[[object], str]:
    """A maker of addresses: `url_for` once a page, not once a row."""
    before, _sep, after = pattern.partition("987654321")
    return lambda key: f"{before}{key}{after}"


def _cell_label(found: Clause, shown: Cell) -> str:
    """What a cell says to those who don't see it."""
    place = f"{found.number}, {shown.standard.code}: {shown.status.word}"
    if not shown.count:
        return place
    return f"{place}, " + _n("%(num)d requirement", "%(num)d requirements", shown.count)


def _wanted(row: Row, asked: Asked) -> bool:
    if asked.adopted and not row.adopted:
        return False
    statuses = {cell.status for cell in row.cells}
    if asked.show == "gaps":
        return Status.not_addressed in statuses
    if asked.show == "open":
        return bool(statuses & {Status.not_addressed, Status.partly, Status.not_assessed})
    if asked.show == "todo":
        return Status.not_assessed in statuses
    return True


def _shown(full: Matrix, asked: Asked) -> list[Row]:
    """Clauses that the filters leave, with the headings above them that still have something under them."""
    parents = {row.clause.id: row.clause.parent_id for row in full.rows}
    kept = {row.clause.id for row in full.clauses if _wanted(row, asked)}
    headings: set[int] = set()
    for clause_id in kept:
        current = parents[clause_id]
        while current is not None and current not in headings:
            headings.add(current)
            current = parents[current]
    return [row for row in full.rows if row.clause.id in kept or (row.is_group and row.clause.id in headings)]


def _export(full: Matrix, rows: list[Row], form: str) -> Response:
    header = [
        str(_("Clause")),
        str(_("Title")),
        str(_("Adopted as criterion")),
        *(f"{held.standard.code} {held.standard.title}" for held in full.standards),
        str(_("Addressed")),
        str(_("Applicable and assessed")),
    ]

    def table() -> Iterator[list[Any]]:
        for row in rows:
            if row.is_group:
                continue
            yield [
                row.clause.number,
                row.clause.title,
                str(_("yes")) if row.adopted else "",
                *(f"{cell.status.word}{f' ({cell.count})' if cell.count else ''}" for cell in row.cells),
                row.bar.addressed,
                row.bar.total,
            ]

    name = f"coverage-{full.framework.code}-{clock.now():%Y%m%d}.{form}"
    return table_file(name, header, table(), sheet=full.framework.designation, title=name)


# --- one cell ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reason:
    """One line of the pop-over: icon, its colour, what it says, where it leads."""

    icon: str
    tone: str
    text: str
    url: str = ""


def place_of(code: str, clause_number: str, standard_code: str) -> tuple[Clause, Standard, Version]:
    found = queries.get_clause(code, clause_number)
    if not found.assessable:
        raise NotFound
    standard = mapping_queries.get_standard_for(g.person, standard_code)
    version = find_effective_version(standard.id)
    if version is None:
        raise NotFound
    return found, standard, version


@blueprint.get("/frameworks/<code>/cell")
@guard(SEE)
def cell(code: str) -> str:
    """Reasons and next actions of a cell: a pop-over over the matrix, or a page of its own."""
    number, _tilde, standard_code = request.args.get("cell", "").partition("~")
    found, standard, version = place_of(code, number[:20], standard_code[:20])
    shown = reports.one_cell(found, standard, version)
    path = standard.unit.path
    return render_template(
        "frameworks/coverage_pop.html"
        if request.headers.get("HX-Request")
        else "frameworks/coverage_cell.html",
        framework=found.framework,
        clause=found,
        cell=shown,
        asked=asked_for(),
        reasons=reasons_of(found, shown),
        assessed=_assessed(shown),
        add_url=_add_url(standard) if access.may(g.person, WRITE, path) else "",
        map_url=url_for(
            "frameworks.map_clause",
            code=code,
            number=found.number,
            standard=standard.code,
            **asked_for().arguments(),
        )
        if access.may(g.person, MAP, path) or access.may(g.person, WRITE, path)
        else "",
        judge_url=url_for(
            "frameworks.judge",
            code=code,
            number=found.number,
            standard=standard.code,
            **asked_for().arguments(),
        )
        if access.may(g.person, MAP, path)
        else "",
    )


def _add_url(standard: Standard) -> str:
    """Where a requirement is added: on the draft; without one the standard's page offers to begin it."""
    draft = find_open_version(standard.id)
    if draft is not None and draft.state == "draft":
        return url_for("standards.add_requirement", version_id=draft.id)
    return url_for("standards.show", standard_id=standard.id)


def reasons_of(found: Clause, shown: Cell) -> list[Reason]:
    reasons: list[Reason] = []
    of_unit, own = shown.unit_decision, shown.decision
    if of_unit is not None and not of_unit.applicable:
        reasons.append(
            Reason(
                "dash-lg", "quiet", _("Not applicable to this unit: %(reason)s", reason=of_unit.justification)
            )
        )
    if own is not None and own.justification and (own.judgement or not own.applicable):
        tone = "quiet" if not own.applicable else Status(own.judgement).tone
        icon = {"good": "check-lg", "edge": "circle-half", "bad": "x-lg"}.get(tone, "dash-lg")
        reasons.append(Reason(icon, tone, own.justification))
    if shown.overridden:
        reasons.append(
            Reason(
                "exclamation-triangle",
                "edge",
                _("Judged by a person; the mappings alone say: %(status)s.", status=shown.computed.word),
            )
        )
    proofs = proof.proofs_of(shown.standard, shown.version, g.person) if shown.addressings else {}
    reasons.extend(_mapping_reason(item, proofs.get(item.requirement.code, [])) for item in shown.addressings)
    if not shown.addressings:
        reasons.append(Reason("x-lg", "bad", _("No requirement of this standard is mapped to the clause.")))
    reasons.extend(
        Reason(
            "arrow-left-right",
            "acc",
            _(
                "%(requirement)s addresses %(clause)s, which covers the same ground (%(relation)s).",
                requirement=suggestion.requirement.code,
                clause=operations.clause_code(suggestion.via),
                relation=_relation_word(suggestion.relation),
            ),
            url_for(
                "frameworks.map_clause",
                code=found.framework.code,
                number=found.number,
                standard=shown.standard.code,
                requirement=suggestion.requirement.id,
            ),
        )
        for suggestion in mapping_queries.suggestions_for_clause(found, g.person)[:20]
        if suggestion.requirement.version_id == shown.version.id
    )
    return reasons


def _relation_word(relation: str) -> str:
    from standards.rules.clauses import Relation

    return str(Relation(relation).word)


def _mapping_reason(item: mapping_queries.Addressing, proofs: list[proof.Proof]) -> Reason:
    degree = Degree(item.mapping.degree)
    values = {
        "code": item.requirement.code,
        "degree": degree.sentence,
        "rationale": item.mapping.rationale,
    }
    short = next(
        (entry.figure for entry in proofs if entry.figure is not None and entry.figure.verdict == "short"),
        None,
    )
    if short is not None and short.value is not None:
        return Reason(
            "x-lg",
            "bad",
            _(
                "%(code)s %(degree)s, and is short: %(value)s, target %(target)s. %(rationale)s",
                **values,
                value=format_share(short.value),
                target=format_target(short.target),
            ),
            next(entry.cases_url for entry in proofs if entry.figure is short),
        )
    icon, tone = ("check-lg", "good") if degree is Degree.full else ("circle-half", "edge")
    return Reason(icon, tone, _("%(code)s %(degree)s: %(rationale)s", **values))


def _assessed(shown: Cell) -> tuple[str, Any] | None:
    """Who assessed the cell last, and when."""
    said: list[tuple[Any, str]] = [
        (item.mapping.updated_at, item.mapping.mapped_by_name) for item in shown.addressings
    ]
    if shown.decision is not None:
        said.append((shown.decision.updated_at, shown.decision.decided_by_name))
    if not said:
        return None
    at, name = max(said)
    return name, at
