"""Plan and Do through forms: people, problem, causes, actions, the measure."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from accounts import queries as accounts
from core import files
from core.access import guard
from core.errors import NotFound
from core.forms import choices, record_number
from core.i18n import _
from improvement import measures
from improvement.forms import tickets as forms
from improvement.operations import measuring, plans, steps
from improvement.operations import tickets as operations
from improvement.permissions import SEE
from improvement.queries import tickets as queries
from improvement.rules.effect import needed_n
from improvement.rules.tickets import STAGE_LABELS, Stage
from improvement.views.blueprint import blueprint
from improvement.views.ticket_forms import (
    UPLOAD_LIMIT,
    open_for,
    people,
    post,
    seen_version,
    step_page,
    verifiers,
)
from improvement.views.tickets import stage_view


@blueprint.route("/tickets/<int:ticket_id>/change", methods=["GET", "POST"])
@guard(SEE)
def change(ticket_id: int) -> Any:
    found = open_for(ticket_id, "assign")
    form = forms.TicketForm(obj=found)
    form.owner_id.choices = choices(people())
    form.verifier_id.choices = choices(verifiers(found.unit.path))
    if request.method == "GET":
        form.verifier_id.data = found.verifier_id or 0
    return step_page(
        found,
        form,
        lambda: operations.change_ticket(
            found,
            title=form.title.data,
            owner=accounts.get_person(form.owner_id.data),
            verifier=accounts.get_person(form.verifier_id.data) if form.verifier_id.data else None,
            priority=form.priority.data,
            due=form.due.data,
            seen=form.seen_version,
            actor=g.person,
        ),
        heading=_("Change people, title and dates"),
        button=_("Save"),
        done=_("Saved."),
        hints={"verifier_id": _("Takes no part in the actions.")},
    )


@blueprint.route("/tickets/<int:ticket_id>/problem", methods=["GET", "POST"])
@guard(SEE)
def problem(ticket_id: int) -> Any:
    found = open_for(ticket_id, "plan")
    cycle = queries.get_cycle(found)
    form = forms.ProblemForm(obj=cycle)
    return step_page(
        found,
        form,
        lambda: plans.describe_problem(cycle, seen=form.seen_version, actor=g.person, **form.values),
        heading=_("Problem and correction at once"),
        button=_("Save"),
        done=_("Saved."),
        hints={
            "problem": _("The figures of the findings stand beside it by themselves."),
            "correction": _("What was done for those affected, before any cause was known."),
            "cause_obvious": _(
                "Only where asking why brings nothing; otherwise leave it empty and build the tree."
            ),
        },
    )


@blueprint.route("/tickets/<int:ticket_id>/causes/new", methods=["GET", "POST"])
@guard(SEE)
def new_cause(ticket_id: int) -> Any:
    found = open_for(ticket_id, "plan")
    under = request.args.get("under", type=record_number)
    parent = queries.get_cause(found, under) if under else None
    cycle = queries.get_cycle(found)
    form = forms.CauseForm()
    return step_page(
        found,
        form,
        lambda: plans.add_cause(cycle, text=form["text"].data, parent=parent, actor=g.person),
        heading=_("Why?"),
        button=_("Add"),
        done=_("Cause added."),
        note=_("Why: %(cause)s", cause=parent.text) if parent else _("Why does it fall short?"),
        once=True,
    )


@blueprint.route("/tickets/<int:ticket_id>/causes/<int:cause_id>", methods=["GET", "POST"])
@guard(SEE)
def change_cause(ticket_id: int, cause_id: int) -> Any:
    found = open_for(ticket_id, "plan")
    cause = queries.get_cause(found, cause_id)
    form = forms.ChangeCauseForm(obj=cause)
    return step_page(
        found,
        form,
        lambda: plans.change_cause(
            found,
            cause,
            text=form["text"].data,
            root=form.root.data,
            verified_how=form.verified_how.data or "",
            seen=form.seen_version,
            actor=g.person,
        ),
        heading=_("Cause"),
        button=_("Save"),
        done=_("Saved."),
        hints={
            "verified_how": _("Looked at which cases, tried what, asked whom: so that others can follow.")
        },
        remove=url_for(".remove_cause", ticket_id=found.id, cause_id=cause.id),
        remove_ask=_("The cause and everything below it is removed. The history keeps the words."),
    )


@blueprint.post("/tickets/<int:ticket_id>/causes/<int:cause_id>/remove")
@guard(SEE)
def remove_cause(ticket_id: int, cause_id: int) -> Any:
    return post(
        ticket_id,
        "plan",
        lambda found: plans.remove_cause(found, queries.get_cause(found, cause_id), actor=g.person),
        lambda _result: _("Cause removed."),
    )


@blueprint.route("/tickets/<int:ticket_id>/actions/new", methods=["GET", "POST"])
@guard(SEE)
def new_action(ticket_id: int) -> Any:
    found = open_for(ticket_id, "plan")
    cycle = queries.get_cycle(found)
    form = forms.ActionForm()
    form.owner_id.choices = choices(people())
    if request.method == "GET":
        form.owner_id.data = found.owner_id
    return step_page(
        found,
        form,
        lambda: plans.add_action(cycle, **_action_values(form), actor=g.person),
        heading=_("Add an action"),
        button=_("Add"),
        done=_("Action added."),
        hints=_action_hints(),
        once=True,
    )


def _action_values(form: forms.ActionForm) -> dict[str, Any]:
    return {
        "kind": form.kind.data,
        "text": form["text"].data,
        "owner": accounts.get_person(form.owner_id.data),
        "due": form.due.data,
    }


def _action_hints() -> dict[str, Any]:
    return {
        "text": _("What removes the cause, so that the problem does not come back."),
        "kind": _(
            "A change of the standard keeps the ticket open until the new version is in force, "
            "a training until everybody it was assigned to has passed."
        ),
    }


@blueprint.route("/tickets/<int:ticket_id>/actions/<int:action_id>", methods=["GET", "POST"])
@guard(SEE)
def change_action(ticket_id: int, action_id: int) -> Any:
    found = open_for(ticket_id, "plan")
    action = queries.get_action(found, action_id)
    form = forms.ActionForm(obj=action)
    form.owner_id.choices = choices(people())
    return step_page(
        found,
        form,
        lambda: plans.change_action(
            found, action, **_action_values(form), seen=form.seen_version, actor=g.person
        ),
        heading=_("Action"),
        button=_("Save"),
        done=_("Saved."),
        hints=_action_hints(),
        remove=url_for(".remove_action", ticket_id=found.id, action_id=action.id),
        remove_ask=_("The action is removed. The history keeps its words."),
    )


@blueprint.post("/tickets/<int:ticket_id>/actions/<int:action_id>/remove")
@guard(SEE)
def remove_action(ticket_id: int, action_id: int) -> Any:
    return post(
        ticket_id,
        "plan",
        lambda found: plans.remove_action(found, queries.get_action(found, action_id), actor=g.person),
        lambda _result: _("Action removed."),
    )


@blueprint.route("/tickets/<int:ticket_id>/actions/<int:action_id>/finish", methods=["GET", "POST"])
@guard(SEE)
def finish_action(ticket_id: int, action_id: int) -> Any:
    found = open_for(ticket_id, "finish_action")
    action = queries.get_action(found, action_id)
    form = forms.FinishForm(obj=action)
    if request.method == "GET":
        form.state.data = "done" if action.state == "open" else action.state
        form.link.data = action.evidence_link

    def save() -> None:
        upload = form.file.data
        received = (
            files.receive(
                upload.stream, upload.filename, limit=UPLOAD_LIMIT, accept=files.IMAGE | files.DOCUMENT
            )
            if upload and upload.filename
            else None
        )
        plans.finish_action(
            found,
            action,
            state=form.state.data,
            outcome=form.outcome.data or "",
            link=form.link.data or "",
            file=received,
            seen=form.seen_version,
            actor=g.person,
        )

    return step_page(
        found,
        form,
        save,
        heading=_("Done, or why not"),
        button=_("Save"),
        done=_("Saved."),
        note=action.text,
        hints={
            "link": _("To a page or record that shows it."),
            "file": _("A picture, PDF, Word, Excel or text file up to 25 MB."),
        },
        upload=True,
    )


@blueprint.route("/tickets/<int:ticket_id>/measure", methods=["GET", "POST"])
@guard(SEE)
def measure(ticket_id: int) -> Any:
    found = open_for(ticket_id, "plan")
    known = queries.find_measure(queries.get_cycle(found).id)
    form = forms.MeasureForm(obj=known)
    options = measures.options_for(found, g.person)
    form.metric_ref.choices = choices((option.ref, option.label) for option in options)
    if not options:
        return redirect(url_for(".described", ticket_id=found.id))
    if request.method == "GET":
        _prefill(form, known)

    def save() -> None:
        values = form.values
        values["margin"] = float(values["margin"]) / 100
        values["alpha"] = float(values["alpha"])
        measuring.register_measure(found, seen=form.seen_version, actor=g.person, **values)

    return step_page(
        found,
        form,
        save,
        heading=_("Register the measure"),
        button=_("Register"),
        done=_("Registered. It stays as it is from Do on."),
        template="tickets/measure.html",
        need=None,
    )


def _prefill(form: forms.MeasureForm, known: Any) -> None:
    from datetime import timedelta

    today = queries.today()
    if known is not None and known.kind == "share":
        form.margin.data = round(known.margin * 100, 3)
        return
    form.row_version.data = known.row_version if known is not None else None
    form.baseline_until.data = today - timedelta(days=1)
    form.baseline_from.data = today - timedelta(days=90)
    form.margin.data, form.window_days.data, form.least_n.data, form.alpha.data = 5, 90, 30, 0.05
    form.wait_days.data = 0


@blueprint.get("/tickets/<int:ticket_id>/measure/preview")
@guard(SEE)
def measure_preview(ticket_id: int) -> str:
    """The baseline of what is entered so far, and how many cases the margin needs: shown while the form is filled."""
    found = open_for(ticket_id, "plan")
    form = forms.MeasureForm(request.args, meta={"csrf": False})
    options = measures.options_for(found, g.person)
    form.metric_ref.choices = choices((option.ref, option.label) for option in options)
    form.validate()
    ref, first, last = form.metric_ref.data, form.baseline_from.data, form.baseline_until.data
    provider = measures.provider_for(ref or "")
    allowed = {option.ref for option in options}
    if provider is None or ref not in allowed or not first or not last or first > last:
        return render_template("tickets/measure_preview.html", window=None, need=None, share=None)
    try:
        window = provider.measure(ref, first, last)
    except LookupError:
        return render_template("tickets/measure_preview.html", window=None, need=None, share=None)
    need, share = None, None
    if window.total.n and form.margin.data and form.alpha.data and 0 < form.alpha.data < 1:
        share = window.total.met / window.total.n
        margin = float(form.margin.data) / 100
        goal = min(1.0, max(0.0, share + margin * (1 if form.direction.data == "up" else -1)))
        if abs(goal - share) > 1e-9:
            need = needed_n(share, goal, float(form.alpha.data))
    return render_template("tickets/measure_preview.html", window=window, need=need, share=share)


@blueprint.route("/tickets/<int:ticket_id>/described", methods=["GET", "POST"])
@guard(SEE)
def described(ticket_id: int) -> Any:
    found = open_for(ticket_id, "plan")
    known = queries.find_measure(queries.get_cycle(found).id)
    form = forms.DescribedForm(obj=known)
    return step_page(
        found,
        form,
        lambda: measuring.register_described(found, seen=form.seen_version, actor=g.person, **form.values),
        heading=_("Register a described check"),
        button=_("Register"),
        done=_("Registered. It stays as it is from Do on."),
        note=_("For what no measure can tell. Where there is a measure, register that: it convinces more."),
    )


@blueprint.post("/tickets/<int:ticket_id>/approve")
@guard(SEE)
def approve(ticket_id: int) -> Any:
    return post(
        ticket_id,
        "approve",
        lambda found: plans.approve_plan(found, seen=seen_version(), actor=g.person),
        lambda _result: _("The plan is approved."),
    )


@blueprint.post("/tickets/<int:ticket_id>/ask-approval")
@guard(SEE)
def ask_approval(ticket_id: int) -> Any:
    return post(
        ticket_id,
        "pass_to_do",
        lambda found: plans.ask_approval(found, actor=g.person),
        lambda _result: _("The quality managers were told."),
    )


@blueprint.post("/tickets/<int:ticket_id>/pass/<to>")
@guard(SEE)
def pass_to(ticket_id: int, to: str) -> Any:
    if to not in {"do", "check"}:
        raise NotFound
    found = queries.get_ticket_for(g.person, ticket_id)
    verb = f"pass_to_{to}"
    steps.permit(found, verb, g.person)
    missing = [item for item in steps.conditions_now(found) if not item.met]
    if missing:
        return stage_view(found, refusal=missing), 422
    operation = plans.pass_to_do if to == "do" else plans.pass_to_check
    operation(found, seen=seen_version(), actor=g.person)
    flash(_("Passed to %(stage)s.", stage=STAGE_LABELS[Stage(to)]), "good")
    return redirect(url_for(".ticket", ticket_id=found.id))
