"""The page behind the link in each mail: no more mails, without an account. Opening it changes nothing, a click does."""

from typing import Any

from flask import make_response, redirect, render_template, url_for

from accounts.queries import find_root
from core.access import public
from core.web import largest_body
from satisfaction.customers.operations import refuse_contact
from satisfaction.sampling.links import customer_of
from satisfaction.sampling.views import blueprint

BODY_MOST = 10_000


@blueprint.get("/stop/<token>")
@public
def stop(token: str) -> Any:
    customer = customer_of(token)
    response = make_response(
        render_template("sampling/stop.html", token=token, done=customer.no_contact, organisation=find_root())
    )
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.post("/stop/<token>")
@public
@largest_body(BODY_MOST)
def stop_now(token: str) -> Any:
    refuse_contact(customer_of(token), actor=None, reason="")
    return redirect(url_for("sampling.stop", token=token))
