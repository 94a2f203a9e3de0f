"""Mapping requirements to clauses, from either side, and through the crosswalk."""

from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from wtforms.fields import SelectChoice

from core.access import guard
from core.errors import RuleViolation
from core.forms import record_number
from core.i18n import _, _n
from core.pages import form_page, refusals
from core.web import local_path
from standards.forms.mapping import MapClauseForm, MappingForm, MapRequirementForm, RemoveMappingForm
from standards.models import Clause, Requirement, Version
from standards.operations import mapping as operations
from standards.permissions import SEE
from standards.queries import frameworks as queries
from standards.queries import mapping as mapping_queries
from standards.rules.sentences import plain
from standards.views import frameworks_blueprint as blueprint
from standards.views.frameworks import clause_url


def mapping_panels(version: Version, actor: Any) -> dict[int, dict[str, Any]]:
    """What `standards/mapping_panel.html` needs, by requirement id, for all requirements of a version; 3 statements.

    On the page: `{% with panel=panels[requirement.id] %}{% include "standards/mapping_panel.html" %}{% endwith %}`;
    a requirement that has no mappings yet has the panel of `empty_panel`.
    """
    found = mapping_queries.addressings(version_ids=[version.id], states=(version.state,))
    suggested = mapping_queries.suggestions_from(found)
    may = mapping_queries.may_map(actor, version)
    made: dict[int, dict[str, Any]] = {}
    for item in found:
        made.setdefault(item.requirement.id, empty_panel(item.requirement, may_map=may))["mappings"].append(
            item.mapping
        )
    for requirement_id, suggestions in suggested.items():
        made[requirement_id]["suggestions"] = suggestions if may else []
    return made


def empty_panel(requirement: Requirement, *, may_map: bool) -> dict[str, Any]:
    return {"requirement": requirement, "mappings": [], "suggestions": [], "may_map": may_map}


def panel_of(requirement: Requirement, actor: Any) -> dict[str, Any]:
    """The panel of one requirement."""
    version = requirement.version
    found = mapping_queries.addressings(requirement_id=requirement.id, states=(version.state,))
    may = mapping_queries.may_map(actor, version)
    return {
        **empty_panel(requirement, may_map=may),
        "mappings": [item.mapping for item in found],
        "suggestions": mapping_queries.suggestions_from(found).get(requirement.id, []) if may else [],
    }


@blueprint.app_template_global()
def requirement_url(requirement: Requirement) -> str:
    """Where a requirement is read: the standard's page when in force, else the page of its version."""
    version = requirement.version
    if version.state == "effective":
        return url_for("standards.show", standard_id=version.standard_id, _anchor=requirement.code)
    return url_for("standards.version", version_id=version.id, _anchor=requirement.code)


@blueprint.app_template_global()
def mapping_url(requirement: Requirement, version: Version) -> str:
    """Where this person maps the requirement to clauses; empty for those who may not."""
    if not mapping_queries.may_map(g.person, version):
        return ""
    return url_for("frameworks.map_requirement", requirement_id=requirement.id)


def _target(otherwise: str) -> str:
    return local_path(request.values.get("next")) or otherwise


def _requirement_choices(found: list[Requirement]) -> list[SelectChoice]:
    """Grouped by version of a standard."""
    made = [SelectChoice("", _("Choose a requirement"))]
    for requirement in found:
        version = requirement.version
        group = _(
            "%(code)s %(title)s, version %(number)s",
            code=version.standard.code,
            title=version.standard.title,
            number=version.number,
        )
        words = f"{requirement.code} {plain(requirement.statement)}"[:160]
        made.append(SelectChoice(str(requirement.id), words, optgroup=group))
    return made


def _clause_choices() -> list[SelectChoice]:
    """Grouped by framework."""
    made = [SelectChoice("", _("Choose a clause"))]
    for framework in queries.list_frameworks():
        made.extend(
            SelectChoice(str(clause.id), f"{clause.number} {clause.title}", optgroup=framework.short)
            for clause in queries.list_clauses(framework.id)
            if clause.assessable and not clause.note.get("vanished")
        )
    return made


@blueprint.route("/frameworks/<code>/clauses/<number>/map", methods=["GET", "POST"])
@guard(SEE)
def map_clause(code: str, number: str) -> Any:
    """Map an existing requirement to this clause."""
    clause = queries.get_clause(code, number)
    if not clause.assessable:
        abort(404)
    standard_code = request.values.get("standard", "")[:20]
    standard = mapping_queries.get_standard_for(g.person, standard_code) if standard_code else None
    mappable = mapping_queries.list_mappable(g.person, standard_id=standard.id if standard else None)
    form = MapClauseForm(data={"requirement": request.args.get("requirement", ""), "degree": "full"})
    form.requirement.choices = _requirement_choices(mappable)
    if standard is not None:
        back = url_for(
            "frameworks.coverage",
            code=code,
            unit=request.args.get("unit", type=record_number),
            _anchor=f"c-{clause.number}",
        )
    else:
        back = clause_url(clause)
    if form.validate_on_submit():
        requirement = mapping_queries.get_requirement_for(g.person, int(form.requirement.data))
        if _save_new(form, requirement, clause):
            return redirect(_target(back))
    return form_page(
        "frameworks/map_clause.html",
        form,
        clause=clause,
        framework=clause.framework,
        standard=standard,
        mappable=mappable,
        suggestions=mapping_queries.suggestions_for_clause(clause, g.person),
        back=back,
    )


@blueprint.route("/requirements/<int:requirement_id>/map", methods=["GET", "POST"])
@guard(SEE)
def map_requirement(requirement_id: int) -> Any:
    """Map this requirement to a clause, or to several through the crosswalk."""
    requirement = mapping_queries.get_requirement_for(g.person, requirement_id)
    form = MapRequirementForm(data={"clause": request.args.get("clause", ""), "degree": "full"})
    form.clause.choices = _clause_choices()
    if form.validate_on_submit():
        clause = queries.find_clause_by_id(int(form.clause.data))
        if clause is None:
            abort(404)
        if _save_new(form, requirement, clause):
            return redirect(_target(url_for("frameworks.map_requirement", requirement_id=requirement.id)))
    return form_page(
        "frameworks/map_requirement.html",
        form,
        requirement=requirement,
        panel=panel_of(requirement, g.person),
        back=requirement_url(requirement),
    )


def _save_new(form: MappingForm, requirement: Requirement, clause: Clause) -> bool:
    try:
        operations.map_requirement(
            requirement,
            clause,
            degree=form.degree.data,
            rationale_en=form.rationale_en.data or "",
            rationale_zh=form.rationale_zh.data or "",
            actor=g.person,
        )
    except RuleViolation as violation:
        form.refuse(violation)
        return False
    flash(
        _(
            "%(requirement)s mapped to %(clause)s.",
            requirement=requirement.code,
            clause=operations.clause_code(clause),
        ),
        "good",
    )
    return True


@blueprint.post("/requirements/<int:requirement_id>/suggestions")
@guard(SEE)
def take_suggestions(requirement_id: int) -> Any:
    """Map once, answer many: take the ticked suggestions of the crosswalk."""
    requirement = mapping_queries.get_requirement_for(g.person, requirement_id)
    wanted = set(request.form.getlist("clause", type=record_number)[:200])
    taken = 0
    for suggestion in mapping_queries.suggestions_for_requirement(requirement):
        if suggestion.clause.id in wanted:
            operations.take_suggestion(suggestion, actor=g.person)
            taken += 1
    if taken:
        flash(
            _n(
                "%(num)d clause mapped through the crosswalk.",
                "%(num)d clauses mapped through the crosswalk.",
                taken,
            ),
            "good",
        )
    else:
        flash(_("Tick the clauses that the requirement answers too."), "info")
    return redirect(_target(url_for("frameworks.map_requirement", requirement_id=requirement.id)))


@blueprint.route("/mappings/<int:mapping_id>", methods=["GET", "POST"])
@guard(SEE)
def edit_mapping(mapping_id: int) -> Any:
    mapping = mapping_queries.get_mapping_for(g.person, mapping_id)
    form = MappingForm(obj=mapping)
    back = _target(clause_url(mapping.clause))
    if form.validate_on_submit():
        with refusals(form):
            operations.change_mapping(
                mapping,
                seen=form.seen_version,
                degree=form.degree.data,
                rationale_en=form.rationale_en.data or "",
                rationale_zh=form.rationale_zh.data or "",
                actor=g.person,
            )
            flash(_("Mapping changed."), "good")
            return redirect(back)
    return form_page(
        "frameworks/edit_mapping.html",
        form,
        remove_form=RemoveMappingForm(formdata=None),
        mapping=mapping,
        requirement=mapping.requirement,
        clause=mapping.clause,
        framework=mapping.clause.framework,
        back=back,
    )


@blueprint.post("/mappings/<int:mapping_id>/remove")
@guard(SEE)
def remove_mapping(mapping_id: int) -> Any:
    mapping = mapping_queries.get_mapping_for(g.person, mapping_id)
    clause, back = mapping.clause, _target(clause_url(mapping.clause))
    code = mapping.requirement.code
    operations.unmap(mapping, actor=g.person, reason=request.form.get("reason", "")[:2000])
    flash(
        _(
            "%(requirement)s is no longer mapped to %(clause)s.",
            requirement=code,
            clause=operations.clause_code(clause),
        ),
        "good",
    )
    return redirect(back)
