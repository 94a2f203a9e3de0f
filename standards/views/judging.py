"""What people judge: a clause for one standard, and what applies or is adopted where."""

from typing import Any

from flask import flash, g, redirect, request, url_for

from accounts import queries as accounts
from core.access import guard
from core.errors import NotFound
from core.forms import record_number
from core.i18n import _
from core.pages import form_page, refusals
from standards.forms.mapping import ApplicabilityForm, JudgeForm
from standards.models import Clause
from standards.operations import mapping as operations
from standards.permissions import MAP
from standards.queries import frameworks as queries
from standards.queries import mapping as mapping_queries
from standards.reports import coverage as reports
from standards.rules.coverage import Status
from standards.views import frameworks_blueprint as blueprint
from standards.views.coverage import asked_for, place_of, reasons_of
from standards.views.frameworks import clause_url


@blueprint.route("/frameworks/<code>/clauses/<number>/judge", methods=["GET", "POST"])
@guard(MAP)
def judge(code: str, number: str) -> Any:
    standard = mapping_queries.get_standard_for(g.person, request.values.get("standard", "")[:20], MAP)
    found, standard, version = place_of(code, number, standard.code)
    shown = reports.one_cell(found, standard, version)
    own = shown.decision
    given = {}
    if own is not None:
        given = {
            "row_version": own.row_version,
            "status": own.judgement if own.applicable else Status.not_applicable.value,
            "justification": own.justification,
        }
    form = JudgeForm(data=given)
    if form.validate_on_submit():
        with refusals(form):
            operations.judge(
                found,
                standard,
                status=form.status.data or "",
                justification=form.justification.data or "",
                degrees=[item.mapping.degree for item in shown.addressings],
                seen=form.seen_version,
                actor=g.person,
            )
            flash(
                _(
                    "%(clause)s judged for %(standard)s.",
                    clause=operations.clause_code(found),
                    standard=standard.code,
                ),
                "good",
            )
            return redirect(_back(code, found))
    return form_page(
        "frameworks/judge.html",
        form,
        clause=found,
        framework=found.framework,
        cell=shown,
        reasons=reasons_of(found, shown),
        back=_back(code, found),
        asked=asked_for(),
    )


def _back(code: str, found: Clause) -> str:
    """The matrix as it was left, at the row of the clause."""
    return url_for("frameworks.coverage", code=code, **asked_for().arguments(), _anchor=f"c-{found.number}")


@blueprint.route("/frameworks/<code>/clauses/<number>/applicability", methods=["GET", "POST"])
@guard(MAP)
def applicability(code: str, number: str) -> Any:
    found = queries.get_clause(code, number)
    if not found.assessable:
        raise NotFound
    units = accounts.list_units(g.person, MAP)
    unit_id = request.values.get("unit", type=record_number) or (units[0].id if units else 0)
    unit = accounts.get_unit_for(g.person, unit_id, MAP)
    known = mapping_queries.find_applicability(found.id, unit.id, None)
    given = {}
    if known is not None:
        given = {
            "row_version": known.row_version,
            "applicable": "yes" if known.applicable else "no",
            "adopted": known.adopted,
            "justification": known.justification,
        }
    form = ApplicabilityForm(data=given)
    if not found.framework.is_guidance:
        del form.adopted
    if form.validate_on_submit():
        with refusals(form):
            operations.decide_applicability(
                found,
                unit,
                applicable=form.applicable.data != "no",
                adopted=bool(form.adopted.data) if "adopted" in form else False,
                justification=form.justification.data or "",
                seen=form.seen_version,
                actor=g.person,
            )
            flash(_("Decided for %(unit)s and everything under it.", unit=unit.name), "good")
            return redirect(clause_url(found))
    return form_page(
        "frameworks/applicability.html",
        form,
        clause=found,
        framework=found.framework,
        unit=unit,
        unit_choices=accounts.unit_choices(g.person, MAP),
    )
