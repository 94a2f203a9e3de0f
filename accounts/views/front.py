"""Pages in front of the sign-in, and what the top bar posts."""

import time
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask import session as cookie

from accounts import forms, operations
from accounts.views.base import blueprint
from core import trail
from core.access import public, signed_in
from core.errors import NotFound
from core.i18n import _
from core.pages import refusals
from core.web import local_path, saved, short_transaction

#: how long asking for a link takes; writing a mail takes a small part of it
RESET_SECONDS = 0.2


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
@short_transaction
def sign_in() -> Any:
    form = forms.SignInForm()
    target = local_path(request.values.get("next"))
    if request.method == "GET" and g.person is not None:
        return redirect(target or url_for("overview.show"))
    if form.validate_on_submit():
        found = operations.sign_in(
            form.email.data,
            form.password.data,
            address=request.remote_addr or "",
            browser=request.user_agent.string,
        )
        if found is not None:
            language = cookie.get("lang")
            cookie.clear()  # a new session id at sign-in
            cookie["token"] = found[1]
            cookie.permanent = False
            if language and language != found[0].language:
                cookie["lang"] = language
            return redirect(target or url_for("overview.show"))
        form.form_errors.append(
            _("This e-mail address and password don't go together. After ten tries, wait five minutes.")
        )
        return render_template("accounts/sign_in.html", form=form, target=target, demo=_demo()), 422
    return render_template("accounts/sign_in.html", form=form, target=target, demo=_demo())


def _demo() -> list[dict[str, str]]:
    """The demonstration shows its sign-ins on the page; a real installation never has any."""
    if not current_app.config["DEMO"]:
        return []
    import json
    from pathlib import Path

    place = Path(current_app.config["DATA_DIR"]) / "demo-accounts.json"
    found: list[dict[str, str]] = json.loads(place.read_text()) if place.exists() else []
    return found


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> Any:
    operations.end_session(cookie.get("token", ""))
    trail.record(g.person, "sign_out.done", actor=g.person, code=g.person.name)
    cookie.clear()
    return redirect(url_for("accounts.sign_in"))


@blueprint.route("/forgotten", methods=["GET", "POST"])
@public
@short_transaction
def forgotten() -> Any:
    """The answer takes the same time whether the address is known or not."""
    form = forms.ForgottenForm()
    if form.validate_on_submit():
        started = time.perf_counter()
        operations.ask_reset(form.email.data)
        time.sleep(max(0.0, RESET_SECONDS - (time.perf_counter() - started)))
        flash(_("If the address is registered, a link is on its way. It works for two hours."), "info")
        return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/forgotten.html", form=form)


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> Any:
    if operations.find_reset(token) is None:
        return render_template("accounts/reset_expired.html"), 404
    form = forms.NewPasswordForm()
    if form.validate_on_submit():
        with refusals(form):
            operations.reset_password(token, form.password.data)
            flash(_("The new password holds. Sign in with it."), "good")
            return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/reset.html", form=form)


@blueprint.post("/preferences")
@signed_in
def preferences() -> Any:
    """Theme and density from the top bar; htmx answers with nothing, a plain form with the page it came from."""
    values = {}
    if request.form.get("theme") in {"light", "dark"}:
        values["theme"] = request.form["theme"]
    if request.form.get("density") in {"", "compact"}:
        values["density"] = request.form["density"]
    if not values:
        raise NotFound
    operations.change_preferences(g.person, actor=g.person, **values)
    if request.headers.get("HX-Request"):
        return saved(current_app.response_class(status=204))
    return redirect(local_path(request.form.get("next")) or url_for("overview.show"))
