"""Check and Act through forms: computing, signing, overruling, closing; deferring and cancelling at any stage."""

from typing import Any

from flask import g, request

from core.access import guard
from core.errors import RuleViolation
from core.i18n import _, format_date
from improvement.forms import tickets as forms
from improvement.operations import checks, steps
from improvement.operations import tickets as operations
from improvement.permissions import SEE
from improvement.queries import tickets as queries
from improvement.rules.effect import Verdict
from improvement.rules.tickets import Part, Stage
from improvement.views.blueprint import blueprint
from improvement.views.ticket_forms import form_for, open_for, post, step_page


@blueprint.post("/tickets/<int:ticket_id>/compute")
@guard(SEE)
def compute(ticket_id: int) -> Any:
    return post(
        ticket_id,
        "compute",
        lambda found: checks.compute_check(found, actor=g.person),
        lambda check: _("Computed: %(verdict)s.", verdict=Verdict(check.verdict).label),
    )


@blueprint.route("/tickets/<int:ticket_id>/side-effects", methods=["GET", "POST"])
@guard(SEE)
def side_effects(ticket_id: int) -> Any:
    found = open_for(ticket_id, "look_for_harm")
    cycle = queries.get_cycle(found)
    known = queries.find_measure(cycle.id)
    form = forms.SideEffectsForm(obj=cycle)
    return step_page(
        found,
        form,
        lambda: checks.note_side_effects(
            cycle, text=form.side_effects.data, seen=form.seen_version, actor=g.person
        ),
        heading=_("Side effects"),
        button=_("Save"),
        done=_("Saved."),
        note=_("To be watched: %(watch)s", watch=known.watch) if known and known.watch else "",
    )


@blueprint.route("/tickets/<int:ticket_id>/judge", methods=["GET", "POST"])
@guard(SEE)
def judge(ticket_id: int) -> Any:
    found = open_for(ticket_id, "judge")
    known = queries.find_measure(queries.get_cycle(found).id)
    form = forms.JudgeForm()
    return step_page(
        found,
        form,
        lambda: checks.judge(found, found=form.found.data, note=form.note.data, actor=g.person),
        heading=_("Make the check"),
        button=_("Save"),
        done=_("Saved. The verdict waits for the signature."),
        note=known.described if known else "",
        once=True,
    )


@blueprint.route("/tickets/<int:ticket_id>/sign", methods=["GET", "POST"])
@guard(SEE)
def sign(ticket_id: int) -> Any:
    found = queries.get_ticket_for(g.person, ticket_id)
    cycle = queries.get_cycle(found)
    check = queries.find_last_check(cycle.id)
    steps.permit(found, "sign_effective", g.person)
    if check is None:
        raise RuleViolation(_("There is no verdict to sign yet."))
    missing = [
        item
        for item in steps.conditions_now(found)
        if not item.met and (check.verdict == "effective" or item.key == "harm")
    ]
    form = form_for(found, forms.SignForm)
    return step_page(
        found,
        form,
        lambda: checks.sign_verdict(
            found,
            password=form.password.data,
            statement=form.statement.data or "",
            seen=form.seen_version,
            read=form.check.data,
            actor=g.person,
        ),
        heading=_("Sign the verdict"),
        button=_("Sign"),
        done=lambda: _(
            "Signed. %(code)s is in the stage “%(stage)s”.", code=found.code, stage=Stage(found.stage).label
        ),
        template="tickets/sign.html",
        check=check,
        measure=queries.find_measure(cycle.id),
        missing=missing,
        may_overrule=Part.manager in queries.parts_of(found, g.person),
    )


@blueprint.route("/tickets/<int:ticket_id>/overrule", methods=["GET", "POST"])
@guard(SEE)
def overrule(ticket_id: int) -> Any:
    found = open_for(ticket_id, "overrule")
    form = form_for(found, forms.OverruleForm)
    return step_page(
        found,
        form,
        lambda: checks.overrule(
            found,
            reason=form.reason.data,
            password=form.password.data,
            seen=form.seen_version,
            actor=g.person,
        ),
        heading=_("Overrule the verdict"),
        button=_("Overrule"),
        done=_("Taken as effective. The computed verdict stays in sight."),
        note=_(
            "The registered rule says otherwise: your reason stands beside it for everybody who reads this ticket."
        ),
    )


@blueprint.route("/tickets/<int:ticket_id>/wait-longer", methods=["GET", "POST"])
@guard(SEE)
def wait_longer(ticket_id: int) -> Any:
    found = open_for(ticket_id, "wait_longer")
    form = forms.WaitForm()
    return step_page(
        found,
        form,
        lambda: checks.wait_longer(found, days=form.days.data, reason=form.reason.data, actor=g.person),
        heading=_("Wait longer"),
        button=_("Wait longer"),
        done=_("The window after is longer now."),
        once=True,
    )


@blueprint.route("/tickets/<int:ticket_id>/send-back", methods=["GET", "POST"])
@guard(SEE)
def send_back(ticket_id: int) -> Any:
    found = open_for(ticket_id, "send_back")
    form = form_for(found, forms.ReasonForm)
    return step_page(
        found,
        form,
        lambda: checks.send_back(found, reason=form.reason.data, seen=form.seen_version, actor=g.person),
        heading=_("Send back to Plan"),
        button=_("Send back"),
        done=lambda: _("Cycle %(number)s begins.", number=found.cycle_number),
        note=_("This starts cycle %(number)s and keeps everything above.", number=found.cycle_number + 1),
    )


@blueprint.route("/tickets/<int:ticket_id>/act", methods=["GET", "POST"])
@guard(SEE)
def act(ticket_id: int) -> Any:
    found = open_for(ticket_id, "act")
    known = queries.find_act(queries.get_cycle(found).id)
    form = forms.ActForm(obj=known)
    if request.method == "GET":
        form.rollout.data = "\n".join(
            ": ".join(part for part in (item["unit"], item.get("note", "")) if part)
            for item in (known.rollout if known else [])
        )

    def save() -> None:
        lines = [line.strip() for line in (form.rollout.data or "").splitlines() if line.strip()]
        pairs = [line.replace("：", ":").partition(":") for line in lines]
        checks.write_act(
            found,
            nothing_to_change=form.nothing_to_change.data or "",
            lesson=form.lesson.data or "",
            rollout=[{"unit": unit.strip(), "note": note.strip()} for unit, _colon, note in pairs],
            seen=form.seen_version,
            actor=g.person,
        )

    return step_page(
        found,
        form,
        save,
        heading=_("Lesson and roll-out"),
        button=_("Save"),
        done=_("Saved."),
        hints={
            "nothing_to_change": _("Leave it empty when a new version of the standard is opened."),
            "rollout": _("For example: East division: depot stocked the same way"),
        },
    )


@blueprint.post("/tickets/<int:ticket_id>/draft-version")
@guard(SEE)
def draft_version(ticket_id: int) -> Any:
    return post(
        ticket_id,
        "draft_version",
        lambda found: checks.draft_version(found, actor=g.person),
        lambda version: _("%(version)s is a draft now.", version=queries.version_label(version)),
    )


@blueprint.route("/tickets/<int:ticket_id>/close", methods=["GET", "POST"])
@guard(SEE)
def close(ticket_id: int) -> Any:
    found = open_for(ticket_id, "close")
    form = form_for(found, forms.SignForm)
    return step_page(
        found,
        form,
        lambda: operations.close(
            found,
            password=form.password.data,
            statement=form.statement.data or "",
            seen=form.seen_version,
            actor=g.person,
        ),
        heading=_("Close the ticket"),
        button=_("Sign and close"),
        done=_("Closed, with its findings."),
        template="tickets/sign.html",
        check=None,
        measure=None,
        missing=[item for item in steps.conditions_now(found) if not item.met],
        may_overrule=False,
    )


@blueprint.route("/tickets/<int:ticket_id>/cancel", methods=["GET", "POST"])
@guard(SEE)
def cancel(ticket_id: int) -> Any:
    found = open_for(ticket_id, "cancel")
    form = form_for(found, forms.ReasonForm)
    return step_page(
        found,
        form,
        lambda: operations.cancel(found, reason=form.reason.data, seen=form.seen_version, actor=g.person),
        heading=_("Cancel the ticket"),
        button=_("Cancel the ticket"),
        done=_("Cancelled. Its findings wait for triage again."),
        note=_("Everything stays readable; the findings go back to triage."),
    )


@blueprint.route("/tickets/<int:ticket_id>/defer", methods=["GET", "POST"])
@guard(SEE)
def defer(ticket_id: int) -> Any:
    found = open_for(ticket_id, "defer")
    form = form_for(found, forms.DeferForm)
    return step_page(
        found,
        form,
        lambda: operations.defer(
            found, reason=form.reason.data, until=form.until.data, seen=form.seen_version, actor=g.person
        ),
        heading=_("Defer"),
        button=_("Defer"),
        done=lambda: _("Deferred until %(day)s.", day=format_date(found.deferred_until, "text")),
    )


@blueprint.post("/tickets/<int:ticket_id>/resume")
@guard(SEE)
def resume(ticket_id: int) -> Any:
    return post(
        ticket_id,
        "resume",
        lambda found: operations.resume(found, actor=g.person),
        lambda _result: _("Taken up again."),
    )


@blueprint.route("/tickets/<int:ticket_id>/reopen", methods=["GET", "POST"])
@guard(SEE)
def reopen(ticket_id: int) -> Any:
    found = open_for(ticket_id, "reopen")
    form = forms.ReasonForm()
    return step_page(
        found,
        form,
        lambda: operations.reopen(found, reason=form.reason.data, actor=g.person),
        heading=_("Open again"),
        button=_("Open again"),
        done=lambda: _("Cycle %(number)s begins.", number=found.cycle_number),
        note=_("This starts cycle %(number)s and keeps everything above.", number=found.cycle_number + 1),
        once=True,
    )
