"""Choose a method for a wave, and say what it takes."""

from collections import Counter
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from core.access import guard
from core.errors import NotFound, RuleViolation
from core.forms import record_number
from core.pages import form_page, refusals
from satisfaction.analyses.forms import FORMS, FuzzyForm, KanoForm, MethodForm, PlsForm
from satisfaction.analyses.reporting import title_of
from satisfaction.models import SurveyItem, Wave
from satisfaction.operations import analyses as operations
from satisfaction.permissions import ANALYSE
from satisfaction.queries import analyses as queries
from satisfaction.queries import imports as import_queries
from satisfaction.queries import waves as wave_queries
from satisfaction.queries.questionnaires import list_items
from satisfaction.rules.analyses import GRADED, OF_WAVE, WORDS, Ground, Method, why_not
from satisfaction.rules.items import bounds
from satisfaction.views import blueprint
from satisfaction.views.analyses.listing import STATES


def _ground(wave: Wave, items: list[SurveyItem]) -> Ground:
    others = queries.list_comparable(wave, g.person)
    has_groups = any(item.kind == "choice" and not item.several for item in items) or bool(
        wave_queries.count_answered(wave.id) and import_queries.list_imports(wave.id)
    )
    return Ground(
        kinds={item.code: item.kind for item in items},
        about={item.code: item.about_code for item in items if item.about_code},
        answers=wave_queries.count_answered(wave.id),
        least=wave.min_cell,
        waves=len(others),
        groups=has_groups,
        scales=Counter(bounds(item) for item in items if item.kind in GRADED),
        named_waves=0 if wave.anonymous else sum(not other.anonymous for other in others),
    )


@blueprint.get("/surveys/waves/<int:wave_id>/analyse")
@guard(ANALYSE)
def choose_method(wave_id: int) -> Any:
    wave = wave_queries.get_wave_for(g.person, wave_id, ANALYSE)
    ground = _ground(wave, list_items(wave.version_id))
    reasons = {method: why_not(method, ground) for method in OF_WAVE}
    return render_template(
        "analyses/choose.html",
        wave=wave,
        words=WORDS,
        suited=[method for method in OF_WAVE if reasons[method] is None],
        reasons={method: reason for method, reason in reasons.items() if reason is not None},
        before=queries.list_of_wave(wave.id),
        states=STATES,
        title_of=title_of,
        ground=ground,
    )


@blueprint.route("/surveys/waves/<int:wave_id>/analyse/<analysis_method>", methods=["GET", "POST"])
@guard(ANALYSE)
def start_analysis(wave_id: int, analysis_method: str) -> Any:
    wave = wave_queries.get_wave_for(g.person, wave_id, ANALYSE)
    if analysis_method not in OF_WAVE:
        raise NotFound
    method = Method(analysis_method)
    items = list_items(wave.version_id)
    ground = _ground(wave, items)
    reason = why_not(method, ground)
    if reason is not None:
        if request.method == "POST":
            raise RuleViolation(str(reason))
        flash(str(reason), "info")
        return redirect(url_for("satisfaction.choose_method", wave_id=wave.id))
    form = _form(method, wave, items)
    if form.validate_on_submit():
        with refusals(form):
            form.check()
            made = operations.start(wave, method, form.asked, title=form.title.data or "", actor=g.person)
            return redirect(url_for("satisfaction.analysis", analysis_id=made.id))
    return form_page(
        "analyses/form.html",
        form,
        wave=wave,
        method=method,
        words=WORDS[method],
        by_code={item.code: item for item in items},
    )


def _form(method: Method, wave: Wave, items: list[SurveyItem]) -> MethodForm:
    """The form of the method; run again, it begins with what was asked the last time."""
    again = request.args.get("again", type=record_number) if request.method == "GET" else None
    before = queries.get_analysis_for(g.person, again) if again else None
    if before is not None and before.wave_id == wave.id and before.method == method:
        asked = {"title": before.title} | before.asked
        if method == Method.transition and asked.get("wave"):
            asked["second"] = f"w:{asked['wave']}"
        if method == Method.chart:
            asked["measure"] = "top" if asked.get("measure") == "top" else "main"
        form = FORMS[method](data=asked)
        if isinstance(form, KanoForm):
            form.table_before = asked.get("table")
        if isinstance(form, FuzzyForm):
            form.typed_before = asked.get("typed")
        form.offer(wave, items, g.person)
        if isinstance(form, PlsForm):
            form.placed = {item.code: asked["construct"].get(item.code, "") for item in form.rated}
            form.model.data = asked["model"]
        return form
    form = FORMS[method]()
    form.offer(wave, items, g.person)
    return form
