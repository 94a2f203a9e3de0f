"""Planning: the plan, its scope, the team with its independence, the checklist."""

from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect, request, url_for

from accounts import queries as accounts
from accounts.models import Unit
from audits import forms
from audits.models import Audit
from audits.operations import audits as operations
from audits.operations import checklist as checklist_operations
from audits.permissions import AUDIT, PLAN, SEE
from audits.queries import audits as queries
from audits.queries import checklist as items
from audits.queries import independence, programmes, sources
from audits.rules.programme import month_days
from audits.rules.states import TeamRole, allows
from audits.views.blueprint import blueprint
from core import access, clock
from core.access import guard
from core.errors import RuleViolation
from core.forms import choices, number_or_none, record_number
from core.i18n import _, _n
from core.pages import form_page, refusals
from standards.models import Clause, Framework
from standards.queries import frameworks as catalog
from standards.queries.lists import list_standards_near

PLAN_VALUES = (
    "title_en",
    "title_zh",
    "kind",
    "objective",
    "criteria",
    "place",
    "starts_on",
    "ends_on",
    "repeat_months",
    "independence_months",
)


def for_step(audit_id: int, verb: str) -> Audit:
    """The audit, where this person may take this step now; else the reason why not."""
    found = queries.get_audit_for(g.person, audit_id)
    parts = queries.parts_of(found, g.person, queries.members_of(found.id))
    if not allows(found.state, verb, parts):
        from audits.operations.steps import permit

        permit(found, verb, g.person)
    return found


def _plan_values(form: forms.AuditForm) -> dict[str, Any]:
    return {name: "" if form[name].data is None else form[name].data for name in PLAN_VALUES}


@blueprint.route("/audits/new", methods=["GET", "POST"])
@guard(PLAN)
def new() -> Any:
    form = forms.AuditForm()
    form.unit_id.choices = choices(accounts.unit_choices(g.person, PLAN))
    chosen = programmes.find_slot(request.values.get("slot", type=record_number))
    if chosen is not None:
        access.require(g.person, PLAN, chosen.programme.unit.path, what=chosen.programme.code)
    if request.method == "GET" and chosen is not None:
        form.title_en.data, form.title_zh.data = chosen.topic_en, chosen.topic_zh
        form.unit_id.data = chosen.unit_id
        form.starts_on.data, form.ends_on.data = month_days(
            chosen.programme.year, chosen.month, after=clock.now().date()
        )
    if form.validate_on_submit():
        with refusals(form):
            made = operations.plan_audit(
                accounts.get_unit_for(g.person, form.unit_id.data, PLAN),
                slot=chosen,
                **_plan_values(form),
                actor=g.person,
            )
            flash(
                _("%(code)s is planned. Now its scope, the team and the checklist.", code=made.code), "good"
            )
            return redirect(url_for(".scope", audit_id=made.id))
    return form_page("audits/plan_form.html", form, audit=None, slot=chosen)


@blueprint.route("/audits/<int:audit_id>/plan", methods=["GET", "POST"])
@guard(PLAN)
def change(audit_id: int) -> Any:
    found = for_step(audit_id, "plan")
    form = forms.AuditForm(obj=found)
    form.unit_id.choices = choices([(found.unit_id, found.unit.name)])
    form.unit_id.data = found.unit_id
    if form.validate_on_submit():
        with refusals(form):
            operations.change(found, seen=form.seen_version, actor=g.person, **_plan_values(form))
            flash(_("Saved."), "good")
            return redirect(url_for(".show", audit_id=found.id))
    return form_page("audits/plan_form.html", form, audit=found, slot=None)


# --- scope ---------------------------------------------------------------------------------------------------


def _units_under(found: Audit) -> list[Unit]:
    return [unit for unit in accounts.list_units() if unit.path.startswith(found.unit.path)]


@blueprint.route("/audits/<int:audit_id>/scope", methods=["GET", "POST"])
@guard(PLAN)
def scope(audit_id: int) -> Any:
    found = for_step(audit_id, "plan")
    now = queries.scope_of(found.id)
    form = forms.ScopeForm()
    units, standards = _units_under(found), list_standards_near(found.unit.path)
    form.units.choices = [(unit.id, "\u2003" * (unit.depth - found.unit.depth) + unit.name) for unit in units]
    form.standards.choices = [(item.id, f"{item.code} {item.title}") for item in standards]
    frameworks = catalog.list_frameworks()
    asked = request.values.getlist("framework", type=number_or_none)
    chosen_ids = {clause.id for clause in now.clauses}
    shown = [
        one
        for one in frameworks
        if one.id in asked or any(clause.framework_id == one.id for clause in now.clauses)
    ]
    clauses = sources.clauses_of_frameworks([one.id for one in shown])
    if request.method == "POST":
        wanted = {number for number in request.form.getlist("clause", type=number_or_none) if number}
        known = {clause.id: clause for clause in clauses}
        chosen_ids = wanted & set(known)
        if form.validate():
            with refusals(form):
                operations.set_scope(
                    found,
                    units=[unit for unit in units if unit.id in form.units.data],
                    clauses=[known[number] for number in sorted(chosen_ids)],
                    standards=[item for item in standards if item.id in form.standards.data],
                    actor=g.person,
                )
                flash(_("Scope saved."), "good")
                return redirect(url_for(".team", audit_id=found.id))
    else:
        form.units.data = [unit.id for unit in now.units]
        form.standards.data = [item.id for item in now.standards]
        for one in frameworks:  # a framework just asked for begins with all of its clauses
            if one.id in asked and not now.clauses_of(one):
                chosen_ids |= {
                    clause.id for clause in clauses if clause.framework_id == one.id and clause.assessable
                }
    return form_page(
        "audits/scope.html",
        form,
        audit=found,
        groups=_groups(shown, clauses),
        more=[one for one in frameworks if one not in shown],
        shown=shown,
        chosen=chosen_ids,
    )


def _groups(
    frameworks: Sequence[Framework], clauses: Sequence[Clause]
) -> list[tuple[Framework, list[tuple[Clause | None, list[Clause]]]]]:
    """Clauses to choose from, under the headings of their chapters."""
    made = []
    for framework in frameworks:
        chapters: list[tuple[Clause | None, list[Clause]]] = []
        for clause in clauses:
            if clause.framework_id != framework.id:
                continue
            if clause.level == 1:
                chapters.append((clause, []))
            if clause.assessable:
                if not chapters:
                    chapters.append((None, []))
                chapters[-1][1].append(clause)
        made.append((framework, [chapter for chapter in chapters if chapter[1]]))
    return made


# --- team ----------------------------------------------------------------------------------------------------


@blueprint.route("/audits/<int:audit_id>/team", methods=["GET", "POST"])
@guard(PLAN)
def team(audit_id: int) -> Any:
    found = for_step(audit_id, "staff")
    members = queries.members_of(found.id)
    looked_at = queries.scope_of(found.id)
    people = accounts.people_with(AUDIT, None, limit=200)
    doubts = independence.doubts_of(
        found,
        looked_at,
        {person.id: person for person in [*people, *(item.person for item in members)]}.values(),
    )
    form = forms.MemberForm()
    offered = independence.candidates(people, doubts)
    readers = [person for person in accounts.people_with(SEE, None, limit=300) if person not in people]
    form.person_id.choices = choices(
        [
            *((person.id, _with_doubts(person.name, reasons)) for person, reasons in offered),
            *((person.id, _("%(name)s (expert or observer)", name=person.name)) for person in readers),
        ]
    )
    if request.method == "GET":
        free = [person.id for person, _reasons in offered if person.id not in {m.person_id for m in members}]
        form.person_id.data = free[0] if free else None
        form.role.data = "auditor" if queries.lead_of(members) else "lead"
    if form.validate_on_submit():
        with refusals(form):
            made = operations.staff(
                found,
                accounts.get_person(form.person_id.data),
                role=form.role.data,
                safeguard=form.safeguard.data or "",
                actor=g.person,
            )
            flash(_("%(name)s: %(role)s.", name=made.person.name, role=TeamRole(made.role).label), "good")
            return redirect(url_for(".team", audit_id=found.id))
    return form_page(
        "audits/team.html",
        form,
        audit=found,
        members=members,
        doubts=doubts,
        offered=offered,
        left=independence.unsettled_members(found, looked_at, members),
        roles=list(TeamRole),
    )


def _with_doubts(name: str, reasons: Sequence[Any]) -> str:
    if not reasons:
        return name
    if any(item.doubt.refuses for item in reasons):
        return str(_("%(name)s (not independent)", name=name))
    return str(_("%(name)s (only with a safeguard)", name=name))


@blueprint.post("/audits/<int:audit_id>/team/leave")
@guard(PLAN)
def leave(audit_id: int) -> Any:
    found = for_step(audit_id, "staff")
    number = number_or_none(request.form.get("person", ""))
    if number is None:
        raise RuleViolation(_("This person is not in the team."))
    operations.unstaff(found, number, actor=g.person)
    return redirect(url_for(".team", audit_id=found.id))


# --- checklist -----------------------------------------------------------------------------------------------


@blueprint.route("/audits/<int:audit_id>/checklist", methods=["GET", "POST"])
@guard(SEE)
def checklist(audit_id: int) -> Any:
    found = for_step(audit_id, "write_checklist")
    looked_at = queries.scope_of(found.id)
    form = _question_form(looked_at.clauses)
    if form.validate_on_submit():
        with refusals(form):
            checklist_operations.add_item(
                found,
                question_en=form.question_en.data or "",
                question_zh=form.question_zh.data or "",
                look_at=forms.look_lines(form.look_en.data or "", form.look_zh.data or ""),
                nature=form.nature.data,
                clause=_clause(looked_at.clauses, form.clause_id.data),
                actor=g.person,
            )
            flash(_("Question added at the end."), "good")
            return redirect(url_for(".checklist", audit_id=found.id, _anchor="own"))
    return form_page(
        "audits/checklist.html",
        form,
        audit=found,
        generate=forms.GenerateForm(formdata=None),
        scope=looked_at,
        tally=items.tally_of(found.id),
        rows=items.item_rows(found.id),
    )


def _question_form(clauses: Sequence[Clause], record: Any = None) -> forms.QuestionForm:
    form = forms.QuestionForm(obj=record)
    form.clause_id.choices = choices(
        [
            (0, _("none")),
            *(
                (
                    clause.id,
                    f"{clause.framework.designation or clause.framework.code} {clause.number} {clause.title}",
                )
                for clause in clauses
            ),
        ]
    )
    return form


def _clause(clauses: Sequence[Clause], number: int) -> Clause | None:
    return next((clause for clause in clauses if clause.id == number), None)


@blueprint.post("/audits/<int:audit_id>/checklist/generate")
@guard(SEE)
def generate(audit_id: int) -> Any:
    found = for_step(audit_id, "write_checklist")
    form = forms.GenerateForm()
    made = checklist_operations.generate(
        found,
        clauses=form.clauses.data,
        requirements=form.requirements.data,
        earlier=form.earlier.data,
        actor=g.person,
    )
    if made:
        flash(_n("%(num)d question added.", "%(num)d questions added.", made), "good")
    else:
        flash(_("Nothing new to ask: the checklist has all questions of the scope already."), "info")
    return redirect(url_for(".checklist", audit_id=found.id))


@blueprint.route("/audits/<int:audit_id>/checklist/<int:audit_item_id>", methods=["GET", "POST"])
@guard(SEE)
def change_item(audit_id: int, audit_item_id: int) -> Any:
    found = for_step(audit_id, "write_checklist")
    item = items.get_item(found, audit_item_id)
    form = _question_form([], item)
    if request.method == "GET":
        form.look_en.data = "\n".join(line.get("en", "") for line in item.look_at)
        form.look_zh.data = "\n".join(line.get("zh", "") for line in item.look_at)
    form.clause_id.data, form.nature.data = 0, item.nature
    if form.validate_on_submit():
        with refusals(form):
            checklist_operations.change_item(
                found,
                item,
                question_en=form.question_en.data or "",
                question_zh=form.question_zh.data or "",
                look_at=forms.look_lines(form.look_en.data or "", form.look_zh.data or ""),
                seen=form.seen_version,
                actor=g.person,
            )
            flash(_("Saved."), "good")
            return redirect(url_for(".checklist", audit_id=found.id))
    return form_page("audits/question_form.html", form, audit=found, item=item)


@blueprint.post("/audits/<int:audit_id>/checklist/<int:audit_item_id>/move")
@guard(SEE)
def move_item(audit_id: int, audit_item_id: int) -> Any:
    found = for_step(audit_id, "write_checklist")
    item = items.get_item(found, audit_item_id)
    checklist_operations.move_item(found, item, up=request.form.get("up") == "1", actor=g.person)
    return redirect(url_for(".checklist", audit_id=found.id, _anchor=f"q-{item.id}"))


@blueprint.post("/audits/<int:audit_id>/checklist/<int:audit_item_id>/remove")
@guard(SEE)
def remove_item(audit_id: int, audit_item_id: int) -> Any:
    found = for_step(audit_id, "write_checklist")
    checklist_operations.remove_item(found, items.get_item(found, audit_item_id), actor=g.person)
    flash(_("Question taken out."), "good")
    return redirect(url_for(".checklist", audit_id=found.id))
