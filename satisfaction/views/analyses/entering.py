"""Calculators: methods on figures that somebody enters."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from accounts import queries as accounts
from core.access import guard
from core.db import begin_writing
from core.errors import NotFound
from core.forms import record_number
from core.i18n import _
from core.pages import form_page, refusals
from core.web import short_transaction
from satisfaction.analyses.entered import CALCULATORS
from satisfaction.analyses.entered.forms import EnteredForm
from satisfaction.analyses.entered.weighing import AhpForm
from satisfaction.models import Analysis
from satisfaction.operations import analyses as operations
from satisfaction.permissions import ANALYSE
from satisfaction.queries import analyses as queries
from satisfaction.rules.analyses import OF_FIGURES, Method, words_of
from satisfaction.views import blueprint


@blueprint.get("/surveys/calculators")
@guard(ANALYSE)
def calculators() -> Any:
    return render_template(
        "analyses/calculators.html",
        methods=[(method, words_of(method, entered=True)) for method in OF_FIGURES],
    )


@blueprint.route("/surveys/calculators/<calculator>", methods=["GET", "POST"])
@guard(ANALYSE)
@short_transaction
def calculate(calculator: str) -> Any:
    if calculator not in OF_FIGURES:
        raise NotFound
    method = Method(calculator)
    before = _before(method)
    form = _form(method, before)
    if form.validate_on_submit() and not form.form_errors and not form.file.errors:
        if form.is_ready and not request.form.get("more"):
            with refusals(form):
                form.check()
                made = _compute(method, form)
                return redirect(url_for("satisfaction.analysis", analysis_id=made.id))
        elif not form.read:
            with refusals(form):
                form.check()
                if form.lacking:
                    form.form_errors.append(form.lacking)
                return _page(method, form, before)  # the next step of the same form
        else:
            flash(_("Read from %(name)s. Look at it, then compute.", name=form.read), "info")
            return _page(method, form, before)
    return _page(method, form, before)


def _compute(method: Method, form: EnteredForm) -> Analysis:
    """Computed while only reading, so that nobody's writing waits for it; then written."""
    asked, unit_id = form.asked, form.unit_id.data
    outcome = operations.compute_entered(accounts.get_unit(unit_id), method, asked, actor=g.person)
    begin_writing()
    return operations.keep_entered(
        accounts.get_unit(unit_id), method, asked, outcome, title=form.title.data or "", actor=g.person
    )


def _page(method: Method, form: EnteredForm, before: Analysis | None) -> Any:
    text, status = form_page(
        "analyses/enter.html",
        form,
        method=method,
        words=words_of(method, entered=True),
        weakest=_weakest(before),
        ahp=form if isinstance(form, AhpForm) else None,
    )
    return text, status if form.errors or form.form_errors else 200


def _before(method: Method) -> Analysis | None:
    """The analysis that is run again."""
    again = request.args.get("again", type=record_number)
    if not again:
        return None
    found = queries.get_analysis_for(g.person, again)
    return found if found.wave_id is None and found.method == method else None


def _form(method: Method, before: Analysis | None) -> EnteredForm:
    kind = CALCULATORS[method].form
    begun = before is not None and request.method == "GET"
    form = (
        kind(data={"title": before.title, "unit_id": before.unit_id} | before.asked)
        if begun and before
        else kind()
    )
    with refusals(form):
        form.offer(g.person, before.asked if begun and before else None)
    return form


def _weakest(before: Analysis | None) -> dict[str, Any] | None:
    """The judgement that disagrees most with the others, to look at again."""
    if before is None or before.method != Method.ahp or before.result.get("consistent") is not False:
        return None
    found: dict[str, Any] | None = before.result.get("least_consistent")
    return found
