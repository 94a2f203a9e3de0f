"""The clauses of a framework as an auditor would find them today, and what to do next."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, render_template, request, url_for

from accounts import queries as accounts
from accounts.models import Unit
from certification import queries
from certification.permissions import BUILD, SEE
from certification.reports.wording import (
    clause_list,
    figure_words,
    gap_words,
    step_here,
    step_sentence,
)
from certification.rules.clauses import Clause, Readiness, Remark, counted
from certification.rules.steps import next_steps, steps_for
from certification.views import blueprint
from certification.views.links import Links
from core import access, clock
from core.access import guard
from core.documents.downloads import table_file
from core.errors import NotFound
from core.forms import record_number
from core.i18n import _, pick, zone
from improvement.rules.findings import GRADE_LABELS, GRADE_SHORT, GUIDANCE_LABELS, STATE_LABELS
from improvement.rules.tickets import STAGE_LABELS
from standards.models import Framework
from standards.queries import frameworks as catalog
from standards.rules.clauses import Nature
from standards.rules.coverage import Degree
from standards.rules.sentences import plain

READINESS_VERDICTS = {
    "ready": "kept",
    "attention": "on_the_line",
    "gap": "short",
    "not_applicable": "too_few",
}
TO_DO = 7


def _units() -> list[Unit]:
    found = accounts.list_units(g.person, SEE)
    if not found:
        raise NotFound
    return found


def _chosen_unit(units: list[Unit]) -> Unit:
    asked = request.args.get("unit", type=record_number)
    if asked is None:
        return units[0]
    found = next((unit for unit in units if unit.id == asked), None)
    if found is None:
        raise NotFound
    return found


def _chosen_framework(listed: list[Framework]) -> Framework | None:
    asked = request.args.get("framework", "")
    if asked:
        found = next((one for one in listed if one.code == asked), None)
        if found is None:
            raise NotFound
        return found
    return next((one for one in listed if one.code.startswith("iso-10002")), listed[0] if listed else None)


def _unit_choices(units: list[Unit]) -> list[tuple[int, str]]:
    least = min(unit.depth for unit in units)
    return [(unit.id, "\u2002" * (unit.depth - least) + unit.name) for unit in units]


@blueprint.get("")
@guard(SEE)
def readiness() -> Any:
    listed = catalog.list_frameworks()
    units = _units()
    unit, framework = _chosen_unit(units), _chosen_framework(listed)
    if framework is None:
        return render_template("certification/nothing.html")
    found = queries.assess(framework, unit)
    show = "gaps" if request.args.get("show") == "gaps" else ""
    shown = [
        clause
        for clause in found.clauses
        if not show or clause.readiness in {Readiness.gap, Readiness.attention} or clause.unjustified
    ]
    if request.args.get("export") in {"csv", "xlsx"}:
        return _export(framework, shown, request.args["export"])
    arguments = {"framework": framework.code, "unit": unit.id, **({"show": show} if show else {})}
    return render_template(
        "certification/readiness.html",
        framework=framework,
        frameworks=listed,
        unit=unit,
        unit_choices=_unit_choices(units),
        show=show,
        clauses=shown,
        groups=_grouped(shown),
        total=len(found.clauses),
        counts=counted(found.clauses),
        steps=found.steps,
        to_do=TO_DO,
        export_url=lambda form: f"{request.path}?{urlencode({**arguments, 'export': form})}",
        pack_url=url_for("certification.new_pack", framework=framework.code, unit=unit.id)
        if access.may(g.person, BUILD, unit.path)
        else "",
        nature=Nature(framework.nature),
        links=Links(framework, found.clauses),
        **template_words(),
    )


def template_words() -> dict[str, Any]:
    return {
        "readinesses": list(Readiness),
        "readiness_verdicts": READINESS_VERDICTS,
        "degrees": {str(key): key.word for key in Degree},
        "step_sentence": step_sentence,
        "step_here": step_here,
        "clause_list": clause_list,
        "steps_for": steps_for,
        "gap_words": gap_words,
        "grade_of": _grade_of,
        "finding_states": {str(key): word for key, word in STATE_LABELS.items()},
        "stages": {str(key): word for key, word in STAGE_LABELS.items()},
        "plain": plain,
        "today": clock.now().astimezone(zone()).date(),
    }


def _grade_of(remark: Remark, binding: bool, *, short: bool = False) -> Any:
    """A gap against guidance that is no criterion is no nonconformity, and isn't called one."""
    if not binding and remark.grade in {"major", "minor"}:
        return GUIDANCE_LABELS[remark.grade]  # type: ignore[index]  # the keys are strings
    labels = GRADE_SHORT if short else GRADE_LABELS
    return labels[remark.grade]  # type: ignore[index]  # the keys are strings


def _grouped(clauses: list[Clause]) -> list[tuple[str, Any, list[Clause]]]:
    groups: list[tuple[str, Any, list[Clause]]] = []
    for clause in clauses:
        if not groups or groups[-1][0] != clause.group_number:
            groups.append((clause.group_number, clause.group, []))
        groups[-1][2].append(clause)
    return groups


def _export(framework: Framework, clauses: list[Clause], form: str) -> Response:
    header = [
        str(label)
        for label in (
            _("Clause"),
            _("Title"),
            _("Criterion"),
            _("Status"),
            _("Readiness"),
            _("Answered by"),
            _("Figures"),
            _("Open findings"),
            _("Justification"),
            _("What to do next"),
        )
    ]

    def table() -> Iterator[list[Any]]:
        for clause in clauses:
            yield [
                clause.number,
                pick(clause.title.en, clause.title.zh),
                str(_("yes") if clause.binding else _("no")),
                str(clause.status.heading),
                str(clause.readiness.label),
                "; ".join(
                    f"{answer.name} v{answer.version_number} ({Degree(answer.degree).word})"
                    for answer in clause.answers
                ),
                "; ".join(
                    f"{answer.name}: {figure_words(answer.figure)}"
                    for answer in clause.answers
                    if answer.figure is not None and answer.figure.value is not None
                ),
                "; ".join(
                    f"{item.code} ({_grade_of(item, clause.binding)})" for item in clause.open_findings
                ),
                clause.justification,
                "; ".join(step_sentence(step) for step in next_steps([clause])),
            ]

    return table_file(f"readiness-{framework.code}-{clock.now():%Y%m%d}.{form}", header, table())
