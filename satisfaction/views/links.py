"""Links of a wave: the open one with its QR code, personal ones with their list."""

from typing import Any

from flask import Response, current_app, flash, g, redirect, url_for

from core import qr
from core.access import guard
from core.documents.downloads import table_file
from core.errors import InvalidInput, NotFound, RuleViolation
from core.i18n import _, format_number
from core.pages import form_page, refusals
from core.web import saved
from satisfaction import forms
from satisfaction.models import Wave
from satisfaction.operations import waves as operations
from satisfaction.permissions import SURVEY
from satisfaction.queries import waves as queries
from satisfaction.rules.waves import INVITATIONS_MOST
from satisfaction.views import blueprint
from satisfaction.views.inviting import people_of


def public_address(token: str) -> str:
    return str(current_app.config["BASE_URL"]).rstrip("/") + url_for("satisfaction.answer", token=token)


@blueprint.get("/surveys/waves/<int:wave_id>/qr.svg")
@guard(SURVEY)
def qr_code(wave_id: int) -> Response:
    """The code as a file to print."""
    found = queries.get_wave_for(g.person, wave_id, SURVEY)
    if not found.open_token:
        raise NotFound
    response = Response(qr.to_svg(public_address(found.open_token)), mimetype="image/svg+xml")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.code}.svg"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.route("/surveys/waves/<int:wave_id>/links", methods=["GET", "POST"])
@guard(SURVEY)
def invite(wave_id: int) -> Any:
    """The answer is the list itself: it is the only time that the links are known."""
    found = queries.get_wave_for(g.person, wave_id, SURVEY)
    form = forms.InviteForm()
    if form.validate_on_submit():
        try:
            people = people_of(form)
            made = operations.invite(found, people, actor=g.person)
        except RuleViolation as violation:
            form.refuse(violation)
        except InvalidInput as problem:
            form.refuse(RuleViolation(str(problem), "file"))
        else:
            return _links_file(found, made)
    made_before, used = queries.count_invitations(found.id)
    return form_page(
        "satisfaction/invite.html",
        form,
        found=found,
        made=made_before,
        used=used,
        most=INVITATIONS_MOST,
        takes=found.state in {"draft", "open"},
    )


def _links_file(found: Wave, made: list[tuple[str, str, str]]) -> Response:
    header = [_("Number"), _("Address or number"), _("Group"), _("Link")]
    rows = (
        [number, reference, grouping, public_address(token)]
        for number, (reference, grouping, token) in enumerate(made, 1)
    )
    name = f"{found.code}-{len(made)}.xlsx"
    return saved(table_file(name, header, rows, widths=[8, 32, 20, 70], sheet=found.code))


@blueprint.route("/surveys/waves/<int:wave_id>/links/withdraw", methods=["GET", "POST"])
@guard(SURVEY)
def withdraw_links(wave_id: int) -> Any:
    found = queries.get_wave_for(g.person, wave_id, SURVEY)
    form = forms.ReasonForm()
    if form.validate_on_submit():
        with refusals(form):
            count = operations.withdraw_links(found, reason=form.reason.data, actor=g.person)
            flash(_("%(num)s links lead nowhere from now on.", num=format_number(count)), "info")
            return redirect(url_for("satisfaction.wave", wave_id=found.id))
    return form_page("satisfaction/wave_reason.html", form, found=found, verb="withdraw")
