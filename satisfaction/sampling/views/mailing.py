"""Personal links of a draw, and the mails that carry them: text, preview, sending."""

from types import SimpleNamespace
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for

from accounts.queries import organisation
from core.access import guard
from core.documents.downloads import table_file
from core.errors import NotFound, RuleViolation
from core.i18n import _, force_locale, format_number
from core.pages import refusals
from core.web import saved
from satisfaction.permissions import SURVEY
from satisfaction.sampling import queries
from satisfaction.sampling.forms import MailForm
from satisfaction.sampling.operations import mailing as operations
from satisfaction.sampling.rules import LINK, NAME, REMINDERS_MOST, filled
from satisfaction.sampling.views import blueprint


@blueprint.post("/sampling/<int:plan_id>/links")
@guard(SURVEY)
def make_links(plan_id: int) -> Any:
    plan = queries.get_plan_for(g.person, plan_id, SURVEY)
    made = operations.make_links(plan, actor=g.person)
    if made:
        flash(_("%(num)s personal links are made.", num=format_number(made)), "good")
    else:
        flash(_("Everybody who may be contacted has a link already."), "info")
    return redirect(url_for("sampling.plan", plan_id=plan.id))


@blueprint.post("/sampling/<int:plan_id>/handed-out")
@guard(SURVEY)
def hand_out(plan_id: int) -> Any:
    """The links of those who get no mail, to be printed or told; that somebody took them is noted."""
    plan = queries.get_plan_for(g.person, plan_id, SURVEY)
    found = operations.list_handed_out(plan, actor=g.person)
    header = [_("Customer code"), _("Name"), _("Telephone"), _("Stratum"), _("Link")]
    return saved(
        table_file(f"{plan.code}-links.xlsx", header, found, widths=[16, 24, 18, 18, 70], sheet=plan.code)
    )


@blueprint.route("/sampling/<int:plan_id>/mails/<int:mail_number>", methods=["GET", "POST"])
@guard(SURVEY)
def compose(plan_id: int, mail_number: int) -> Any:
    """Number 0 invites, 1 to 3 remind. Looking first shows the mail as a customer gets it."""
    if mail_number > REMINDERS_MOST:
        raise NotFound
    plan = queries.get_plan_for(g.person, plan_id, SURVEY)
    form = MailForm()
    if request.method == "GET":
        for name, value in operations.default_texts(plan, mail_number, organisation()).items():
            form[name].data = value
    refusal = ""
    try:
        operations.check_sending(plan, mail_number)
    except RuleViolation as violation:
        refusal = str(violation.message)
    if form.validate_on_submit() and request.form.get("go") == "send":
        with refusals(form):
            operations.send(plan, mail_number, texts=form.texts, actor=g.person)
            flash(_("The mails are being written; they go out one after the other."), "good")
            return redirect(url_for("sampling.plan", plan_id=plan.id))
    texts = SimpleNamespace(
        **{name: form[name].data or "" for name in ("subject_en", "subject_zh", "body_en", "body_zh")}
    )
    looked = request.method == "POST" and request.form.get("go") != "send" and not form.errors
    return render_template(
        "sampling/compose.html",
        found=plan,
        form=form,
        number=mail_number,
        title=operations.name_of(mail_number),
        waiting=queries.count_waiting(plan.id, mail_number),
        refusal=refusal,
        places=[LINK, NAME],
        previews=[_preview(texts, language) for language in ("en", "zh")],
    ), 200 if request.method == "GET" or looked else 422


def _preview(texts: Any, language: str) -> tuple[str, str, str]:
    """(language, subject, body) as a customer reads them, with a link that leads nowhere."""
    subject, body = operations.texts_of(texts, language)
    base = str(current_app.config["BASE_URL"]).rstrip("/")
    name = {"en": "Alex Example", "zh": "王小明"}[language]
    with force_locale(language):
        text = render_template(
            "mail/survey.txt",
            person=SimpleNamespace(name=name),
            words=filled(body, link=f"{base}/s/•••", name=name),
            stop=f"{base}/stop/•••",
        )
    return language, filled(subject, link="", name=name), text
