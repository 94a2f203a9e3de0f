"""My account: a person's own settings, password and sessions."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask import session as cookie

from accounts import forms, operations, passwords, queries
from accounts.views.base import blueprint, zones
from core.access import signed_in
from core.errors import NotFound
from core.i18n import _
from core.pages import refusals


def _page(settings: forms.AccountForm, password: forms.ChangePasswordForm, status: int = 200) -> Any:
    token = passwords.token_hash(cookie.get("token", ""))
    return render_template(
        "accounts/account.html",
        form=settings,
        password_form=password,
        sessions=queries.list_sessions(g.person),
        own=token,
        grants=[held for held in queries.list_grants(g.person) if held.revoked_at is None],
        sign_ins=queries.list_sign_ins(g.person),
        zones=zones(),
    ), status


@blueprint.route("/account", methods=["GET", "POST"])
@signed_in
def account() -> Any:
    form = forms.AccountForm(obj=g.person)
    if form.validate_on_submit():
        with refusals(form):
            operations.change_preferences(g.person, actor=g.person, **form.values)
            cookie.pop("lang", None)  # the choice made here holds from now on
            flash(_("Your settings are saved."), "good")
            return redirect(url_for("accounts.account"))
    return _page(form, forms.ChangePasswordForm(formdata=None), 422 if form.errors else 200)


@blueprint.post("/account/password")
@signed_in
def account_password() -> Any:
    form = forms.ChangePasswordForm()
    if form.validate_on_submit():
        with refusals(form):
            operations.change_password(
                g.person, old=form.old.data, new=form.password.data, token=cookie.get("token")
            )
            flash(_("The new password holds. You were signed out everywhere else."), "good")
            return redirect(url_for("accounts.account"))
    return _page(forms.AccountForm(obj=g.person, formdata=None), form, 422)


@blueprint.post("/account/sessions/<int:session_id>/end")
@signed_in
def end_own_session(session_id: int) -> Any:
    if session_id not in {item.id for item in queries.list_sessions(g.person)}:
        raise NotFound
    operations.end_one_session(g.person, session_id, actor=g.person)
    flash(_("That session is ended."), "good")
    return redirect(url_for("accounts.account"))


@blueprint.post("/account/sessions/end-others")
@signed_in
def end_other_sessions() -> Any:
    operations.end_other_sessions(g.person, but=cookie.get("token", ""), actor=g.person)
    flash(_("All other sessions are ended."), "good")
    return redirect(url_for("accounts.account"))
