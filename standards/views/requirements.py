"""Requirements of a draft: add, change, reorder, remove."""

from typing import Any

from flask import flash, g, redirect, request, url_for

from core.access import guard
from core.errors import RuleViolation
from core.i18n import _
from core.pages import form_page
from standards.forms.requirements import AMOUNT_UNITS, FORM_FIELDS, RequirementForm, values_of
from standards.models import Requirement, Version
from standards.operations import requirements as operations
from standards.permissions import WRITE
from standards.queries import standards as queries
from standards.rules.requirements import Kind
from standards.rules.versions import VersionState
from standards.views import blueprint


def _page(form: RequirementForm, version: Version, requirement: Requirement | None) -> tuple[str, int]:
    return form_page(
        "standards/requirement_form.html",
        form,
        version=version,
        standard=version.standard,
        requirement=requirement,
        made=operations.generated(requirement) if requirement is not None else None,
        amount_units=AMOUNT_UNITS,
        milestones=queries.milestone_names(),
    )


def _refuse(form: RequirementForm, violation: RuleViolation) -> None:
    field = FORM_FIELDS.get(violation.field or "", violation.field)
    if field in {"population", "pauses", "points"}:  # rows: the sentence stands above the form
        field = None
    form.refuse(RuleViolation(violation.message, field))


def _require_draft(version: Version) -> None:
    if version.state != VersionState.draft:
        raise RuleViolation(_("Only a draft can be edited. Draft a new version to change what is promised."))


@blueprint.route("/standards/versions/<int:version_id>/requirements/new", methods=["GET", "POST"])
@guard(WRITE)
def add_requirement(version_id: int) -> Any:
    version = queries.get_version_for(g.person, version_id, WRITE)
    _require_draft(version)
    form = RequirementForm().offer()
    if request.method == "GET":
        wanted = request.args.get("kind", "")
        form.kind.data = wanted if wanted in set(Kind) else Kind.timing.value
    if form.validate_on_submit():
        try:
            made = operations.add_requirement(version, actor=g.person, kind=form.kind.data, **form.fields)
        except RuleViolation as violation:
            _refuse(form, violation)
        else:
            flash(_("%(code)s added.", code=made.code), "good")
            if request.form.get("again"):
                return redirect(url_for("standards.add_requirement", version_id=version.id, kind=made.kind))
            return redirect(url_for("standards.version", version_id=version.id, _anchor=made.code))
    return _page(form, version, None)


@blueprint.route("/standards/requirements/<int:requirement_id>/edit", methods=["GET", "POST"])
@guard(WRITE)
def edit_requirement(requirement_id: int) -> Any:
    requirement = queries.get_requirement_for(g.person, requirement_id, WRITE)
    version = queries.get_version(requirement.version_id)
    _require_draft(version)
    form = RequirementForm(data=values_of(requirement)).offer()
    if form.validate_on_submit():
        try:
            operations.change_requirement(
                requirement, actor=g.person, seen=form.seen_version, kind=form.kind.data, **form.fields
            )
        except RuleViolation as violation:
            _refuse(form, violation)
        else:
            flash(_("%(code)s saved.", code=requirement.code), "good")
            return redirect(url_for("standards.version", version_id=version.id, _anchor=requirement.code))
    return _page(form, version, requirement)


@blueprint.post("/standards/requirements/<int:requirement_id>/remove")
@guard(WRITE)
def remove_requirement(requirement_id: int) -> Any:
    requirement = queries.get_requirement_for(g.person, requirement_id, WRITE)
    version_id, code = requirement.version_id, requirement.code
    operations.remove_requirement(requirement, actor=g.person)
    flash(_("%(code)s removed. Its code is not given again.", code=code), "good")
    return redirect(url_for("standards.version", version_id=version_id))


@blueprint.post("/standards/requirements/<int:requirement_id>/move")
@guard(WRITE)
def move_requirement(requirement_id: int) -> Any:
    requirement = queries.get_requirement_for(g.person, requirement_id, WRITE)
    operations.move_requirement(requirement, actor=g.person, up=request.form.get("to") == "up")
    return redirect(url_for("standards.version", version_id=requirement.version_id, _anchor=requirement.code))
