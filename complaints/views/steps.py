"""The steps of a complaint: one page for each verb, and the same form inside the page of the complaint."""

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, url_for
from wtforms.fields import SelectChoice

from accounts import queries as accounts
from accounts.models import Person
from complaints import forms
from complaints.models import Complaint
from complaints.operations import steps as operations
from complaints.operations.common import reachable, require_unconcerned
from complaints.permissions import DECIDE, HANDLE
from complaints.queries import complaints as queries
from complaints.queries import settings
from complaints.rules.grades import Severity, severity_of
from complaints.rules.states import STATE_LABELS, VERB_LABELS, State, step
from complaints.views.blueprint import blueprint
from core import access
from core.access import guard
from core.errors import NotFound, RuleViolation
from core.forms import RecordForm, choices
from core.i18n import _, _l, force_locale
from core.pages import form_page, refusals
from standards.queries.lists import find_standards
from standards.queries.standards import find_standard

FORMS: dict[str, type[RecordForm]] = {
    "acknowledge": forms.AcknowledgeForm,
    "assess": forms.AssessForm,
    "reassess": forms.AssessForm,
    "investigate": forms.InvestigateForm,
    "answer": forms.AnswerForm,
    "decide": forms.DecideForm,
    "tell": forms.TellForm,
    "close": forms.CloseForm,
    "refuse": forms.RefuseForm,
    "settle": forms.ReasonForm,
    "escalate": forms.EscalateForm,
    "withdraw": forms.ReasonForm,
    "reopen": forms.ReasonForm,
}
LABELS: dict[str, Any] = {**VERB_LABELS, "tell": _l("Tell the decision")}


def is_possible(found: Complaint, verb: str) -> bool:
    if verb == "tell":
        return found.state == State.decided
    return step(found.state, verb) is not None


def may_take(found: Complaint, verb: str, person: Any) -> bool:
    """Possible in this state, and this person may."""
    row = step(found.state, verb)
    if not is_possible(found, verb):
        return False
    needed = DECIDE if row is not None and row.who == "decider" and verb != "decide" else HANDLE
    return access.may(person, needed, found.unit.path) and found.concerned_id != person.id


def handlers_for(found: Complaint) -> list[Person]:
    return [
        person for person in accounts.people_with(HANDLE, found.unit.path) if person.id != found.concerned_id
    ]


def standard_choices() -> list[SelectChoice]:
    """Standards that the person may see, to say which one a complaint touches."""
    return choices(
        ((item.id, f"{item.code} {item.title}") for item in find_standards(g.person, "", 500)),
        empty=_("none, or not known yet"),
    )


def make_form(found: Complaint, verb: str) -> RecordForm:
    """The form of a verb, filled with what is known unless it was just sent."""
    form = FORMS[verb]()
    if isinstance(form, forms.InvestigateForm):
        form.handler_id.choices = choices((person.id, person.name) for person in handlers_for(found))
    elif isinstance(form, forms.AssessForm):
        form.standard_id.choices = standard_choices()
    if form.is_submitted():
        return form
    form.row_version.data = found.row_version
    with force_locale(found.language):
        if isinstance(form, forms.AcknowledgeForm):
            form.words.data = operations.acknowledgement_words(found)
        elif isinstance(form, forms.CloseForm):
            form.words.data = operations.closing_words(found)
            form.satisfied.data = None
        elif isinstance(form, forms.RefuseForm):
            setting = settings.route_for(found.unit)
            form.route.data = setting.route if setting else ""
    if isinstance(form, forms.AssessForm):
        _fill_assessment(form, found)
    elif isinstance(form, forms.InvestigateForm):
        form.handler_id.data = found.handler_id or g.person.id
    elif isinstance(form, forms.AnswerForm):
        form.investigation.data = found.investigation
    elif isinstance(form, forms.DecideForm):
        form.outcome.data = found.outcome or None
        form.decision.data = found.decision
    return form


def _fill_assessment(form: forms.AssessForm, found: Complaint) -> None:
    form.safety.data = found.safety or (not found.severity and found.topic == "safety")
    form.urgent.data, form.immediate_action.data = found.urgent, found.immediate_action
    form.impact.data, form.complexity.data = found.impact or "one", found.complexity or "normal"
    form.severity.data = found.severity or None
    form.standard_id.data, form.requirement_code.data = found.standard_id, found.requirement_code


@blueprint.route("/complaints/<int:complaint_id>/do/<verb>", methods=["GET", "POST"])
@guard(HANDLE)
def take(complaint_id: int, verb: str) -> Any:
    if verb not in FORMS:
        raise NotFound
    found = queries.get_complaint_for(g.person, complaint_id, HANDLE)
    require_unconcerned(found, g.person)
    if not is_possible(found, verb):
        raise RuleViolation(
            _(
                "%(code)s is in the state “%(state)s”: this is not possible now.",
                code=found.code,
                state=STATE_LABELS[State(found.state)],
            )
        )
    row = step(found.state, verb)
    if row is not None and row.who == "decider" and verb != "decide":
        access.require(g.person, DECIDE, found.unit.path, what=found.code)
    form = make_form(found, verb)
    if form.validate_on_submit():
        with refusals(form):
            said = TAKE[verb](found, form)
            flash(said, "good")
            return redirect(url_for(".complaint", complaint_id=found.id))
    return form_page(
        "complaints/step.html",
        form,
        record=found,
        verb=verb,
        label=LABELS[verb],
        conditions=operations.conditions_of(found, verb, g.person),
        reachable=reachable(found),
        state_label=STATE_LABELS[State(found.state)],
        suggested=suggested(form),
    )


def suggested(form: RecordForm) -> Severity | None:
    """The severity that the entries of an assessment suggest, once it was sent without one."""
    if not isinstance(form, forms.AssessForm) or not form.is_submitted():
        return None
    return severity_of(
        safety=form.safety.data,
        urgent=form.urgent.data,
        impact=form.impact.data or "",
        complexity=form.complexity.data or "",
    )


# --- what each verb does with its form, and the sentence afterwards ----------------------------------------------


def _mailed(*, sent: bool) -> str:
    return str(
        _("A mail went out.")
        if sent
        else _("No mail address is known; it stands on the page of the complaint.")
    )


def _acknowledge(found: Complaint, form: Any) -> str:
    sent = operations.acknowledge(
        found,
        words=form.words.data or "",
        by=form.by.data or "",
        seen=form.seen_version,
        actor=g.person,
    )
    return " ".join((_("%(code)s is acknowledged.", code=found.code), _mailed(sent=sent)))


def _assess(found: Complaint, form: Any) -> str:
    operations.assess(
        found,
        severity=form.severity.data,
        complexity=form.complexity.data,
        impact=form.impact.data,
        safety=form.safety.data,
        urgent=form.urgent.data,
        immediate_action=form.immediate_action.data or "",
        about=(find_standard(form.standard_id.data), form.requirement_code.data or ""),
        seen=form.seen_version,
        actor=g.person,
    )
    return _("%(code)s is assessed.", code=found.code)


def _investigate(found: Complaint, form: Any) -> str:
    handler = accounts.get_person(form.handler_id.data) if form.handler_id.data else None
    operations.investigate(found, handler=handler, seen=form.seen_version, actor=g.person)
    assert found.handler is not None
    return _("%(name)s looks into %(code)s.", name=found.handler.name, code=found.code)


def _answer(found: Complaint, form: Any) -> str:
    sent = operations.answer(
        found,
        investigation=form.investigation.data or "",
        words=form.words.data or "",
        seen=form.seen_version,
        actor=g.person,
    )
    return " ".join((_("%(code)s is answered.", code=found.code), _mailed(sent=sent)))


def _decide(found: Complaint, form: Any) -> str:
    told = bool((form.words.data or "").strip())
    sent = operations.decide(
        found,
        outcome=form.outcome.data,
        decision=form.decision.data or "",
        words=form.words.data or "",
        seen=form.seen_version,
        actor=g.person,
    )
    said = _("%(code)s is decided.", code=found.code)
    return f"{said} {_mailed(sent=sent)}" if told else said


def _tell(found: Complaint, form: Any) -> str:
    sent = operations.tell_decision(found, words=form.words.data or "", by=form.by.data or "", actor=g.person)
    return " ".join((_("The decision is told."), _mailed(sent=sent)))


def _close(found: Complaint, form: Any) -> str:
    sent = operations.close(
        found,
        words=form.words.data or "",
        satisfied=form.satisfied.data,
        satisfaction_note=form.satisfaction_note.data or "",
        seen=form.seen_version,
        actor=g.person,
    )
    return " ".join((_("%(code)s is closed.", code=found.code), _mailed(sent=sent)))


def _refuse(found: Complaint, form: Any) -> str:
    sent = operations.refuse(
        found,
        reason=form.reason.data or "",
        route=form.route.data or "",
        words=form.words.data or "",
        seen=form.seen_version,
        actor=g.person,
    )
    return " ".join((_("%(code)s is refused.", code=found.code), _mailed(sent=sent)))


def _settle(found: Complaint, form: Any) -> str:
    operations.settle(found, reason=form.reason.data or "", seen=form.seen_version, actor=g.person)
    return _("%(code)s is closed.", code=found.code)


def _escalate(found: Complaint, form: Any) -> str:
    operations.escalate(
        found,
        reason=form.reason.data or "",
        route=form.route.data or "",
        seen=form.seen_version,
        actor=g.person,
    )
    return _("%(code)s is escalated.", code=found.code)


def _withdraw(found: Complaint, form: Any) -> str:
    operations.withdraw(found, reason=form.reason.data or "", seen=form.seen_version, actor=g.person)
    return _("%(code)s is withdrawn.", code=found.code)


def _reopen(found: Complaint, form: Any) -> str:
    operations.reopen(found, reason=form.reason.data or "", seen=form.seen_version, actor=g.person)
    return _("%(code)s is open again; answer, decision and closing are due anew.", code=found.code)


TAKE: dict[str, Callable[[Complaint, Any], str]] = {
    "acknowledge": _acknowledge,
    "assess": _assess,
    "reassess": _assess,
    "investigate": _investigate,
    "answer": _answer,
    "decide": _decide,
    "tell": _tell,
    "close": _close,
    "refuse": _refuse,
    "settle": _settle,
    "escalate": _escalate,
    "withdraw": _withdraw,
    "reopen": _reopen,
}
