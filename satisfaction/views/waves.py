"""Waves: list, record, links and QR code, steps from preparation to analysis."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from markupsafe import Markup

from accounts import queries as accounts
from accounts.lists import unit_filter
from core import access, clock, jobs, qr, trail
from core.access import guard
from core.forms import choices
from core.i18n import _, _l, format_date, format_number, pick
from core.pages import form_page, refusals
from core.slots import panels
from core.tables import Column, Empty, ListPage, choice_filter, row_urls
from satisfaction import forms, lists
from satisfaction.models import Questionnaire, Wave
from satisfaction.operations import waves as operations
from satisfaction.permissions import ANALYSE, IMPORT, READ_TEXT, SEE, SURVEY
from satisfaction.queries import imports as import_queries
from satisfaction.queries import questionnaires as questionnaire_queries
from satisfaction.queries import waves as queries
from satisfaction.queries.analyses import list_of_wave
from satisfaction.queries.planning import version_choices
from satisfaction.rules.analyses import Method
from satisfaction.rules.imports import ImportState
from satisfaction.rules.waves import CHANNELS, WaveState, step
from satisfaction.views import blueprint
from satisfaction.views.links import public_address
from satisfaction.wording import page_of_texts


def _state(row: Any) -> tuple[str, Any]:
    known = WaveState(row.state)
    return known.tone, known.label


def _days(row: Any) -> str:
    first, last = format_date(row.first_day), format_date(row.last_day)
    return f"{first} – {last}" if first or last else "—"


COLUMNS = (
    lists.named("name", _l("Wave"), Wave.code),
    Column(
        "questionnaire",
        _l("Questionnaire"),
        lambda row, _url: f"{pick(row.title_en, row.title_zh)} · {row.questionnaire_code} v{row.number}",
        sort=Questionnaire.code,
    ),
    lists.UNIT,
    Column(
        "days",
        _l("Survey days"),
        lambda row, _url: _days(row),
        sort=Wave.first_day,
        css="nb",
        descending=True,
    ),
    Column(
        "answered",
        _l("Responses"),
        lambda row, _url: format_number(row.answered),
        export=lambda row, _url: int(row.answered),
        css="r num",
    ),
    lists.state(_state, Wave.state),
)


def _empty() -> Empty:
    return Empty(
        _("No waves yet"),
        _(
            "A wave asks a questionnaire once: by a link, a QR code, personal links, or answers from a file. Its results are shown with their number of answers and interval."
        ),
        (url_for("satisfaction.plan"), _("Plan a wave")) if access.may(g.person, SURVEY) else None,
    )


INDEX = ListPage(
    "waves",
    _l("Surveys"),
    columns=COLUMNS,
    tie=Wave.id,
    default_sort="-days",
    filters=(
        choice_filter(
            "state", _l("State"), Wave.state, lambda: [(state.value, state.label) for state in WaveState]
        ),
        unit_filter(SEE),
    ),
    search=(Wave.code, Wave.name_en, Wave.name_zh, Questionnaire.title_en, Questionnaire.title_zh),
    empty=_empty,
    context=lambda: row_urls("satisfaction.wave", "wave_id"),
)


@blueprint.get("/surveys")
@guard(SEE)
def index() -> Any:
    statement = queries.select_waves(g.person)
    return INDEX.answer("satisfaction/waves.html", statement, may_write=access.may(g.person, SURVEY))


def _offer(form: forms.WaveForm, wave: Wave | None) -> forms.WaveForm:
    if wave is not None:
        form.version_id.choices = choices([(wave.version_id, wave.version.questionnaire.title)])
        form.unit_id.choices = choices([(wave.unit_id, wave.unit.name)])
        return form
    form.version_id.choices = choices(version_choices(g.person))
    form.unit_id.choices = choices(accounts.unit_choices(g.person, SURVEY))
    return form


@blueprint.route("/surveys/waves/new", methods=["GET", "POST"])
@guard(SURVEY)
def plan() -> Any:
    form = _offer(forms.WaveForm(), None)
    if request.method == "GET":
        asked = request.args.get("version", type=int)
        if asked in {int(choice.value) for choice in form.version_id.choices}:
            form.version_id.data = asked
    if form.validate_on_submit():
        version = questionnaire_queries.get_version_for(g.person, form.version_id.data)
        with refusals(form):
            made = operations.plan_wave(
                version, unit=accounts.get_unit(form.unit_id.data), actor=g.person, **form.entries
            )
            flash(_("%(code)s is planned. Look at the links, then open it.", code=made.code), "good")
            return redirect(url_for("satisfaction.wave", wave_id=made.id))
    return form_page("satisfaction/wave_form.html", form, record=None, nothing=not form.version_id.choices)


@blueprint.route("/surveys/waves/<int:wave_id>/edit", methods=["GET", "POST"])
@guard(SURVEY)
def edit_wave(wave_id: int) -> Any:
    found = queries.get_wave_for(g.person, wave_id, SURVEY)
    form = _offer(forms.WaveForm(obj=found), found)
    if request.method == "GET":
        form.anonymous.data = "1" if found.anonymous else "0"
        form.open_link.data = found.open_token is not None
    if form.validate_on_submit():
        with refusals(form):
            operations.change_wave(found, seen=form.seen_version, actor=g.person, **form.entries)
            flash(_("Saved."), "good")
            return redirect(url_for("satisfaction.wave", wave_id=found.id))
    return form_page("satisfaction/wave_form.html", form, record=found, nothing=False)


@blueprint.get("/surveys/waves/<int:wave_id>")
@guard(SEE)
def wave(wave_id: int) -> Any:
    found = queries.get_wave_for(g.person, wave_id)
    may_write = access.may(g.person, SURVEY, found.unit.path)
    link = public_address(found.open_token) if found.open_token else ""
    answered = queries.count_answered(found.id)
    given = queries.count_given(found.id)
    made, used = queries.count_invitations(found.id)
    job = jobs.find(found.job_id)
    return render_template(
        "satisfaction/wave.html",
        found=found,
        state=WaveState(found.state),
        link=link if may_write else "",
        code=Markup(qr.to_svg(link, _("QR code of the link"))) if link and may_write else "",  # noqa: S704 - drawn by ourselves
        answered=answered,
        given=given,
        links=made,
        links_used=used,
        imports=import_queries.list_imports(found.id),
        import_states={state.value: state for state in ImportState},
        channels=[str(CHANNELS[name]) for name in found.channels if name in CHANNELS],
        texts=queries.count_texts(found.id) if access.may(g.person, READ_TEXT, found.unit.path) else 0,
        may_write=may_write,
        may_import=access.may(g.person, IMPORT, found.unit.path) and operations.takes_files(found),
        steps=[verb for verb in ("open", "close", "analyse", "reopen", "revise") if step(found.state, verb)],
        job=job,
        form=forms.PlainForm(obj=found),
        overdue=found.state == "open" and found.last_day is not None and found.last_day < clock.now().date(),
        history=trail.history(found),
        analyses=[(each, each.title or str(Method(each.method).label)) for each in list_of_wave(found.id)],
        may_analyse=access.may(g.person, ANALYSE, found.unit.path),
        side=panels("wave.side", found, g.person),
    )


@blueprint.post("/surveys/waves/<int:wave_id>/<any(open, close, analyse):wave_step>")
@guard(SURVEY)
def move(wave_id: int, wave_step: str) -> Any:
    found = queries.get_wave_for(g.person, wave_id, SURVEY)
    form = forms.PlainForm()
    operations.VERBS[wave_step](found, seen=form.seen_version, actor=g.person)
    said = {
        "open": _("%(code)s is open: its links answer from now on.", code=found.code),
        "close": _("%(code)s is closed; its figures are being computed.", code=found.code),
        "analyse": _("%(code)s is analysed; what falls short becomes findings.", code=found.code),
    }
    flash(said[wave_step], "good")
    return redirect(url_for("satisfaction.wave", wave_id=found.id))


@blueprint.route("/surveys/waves/<int:wave_id>/<any(reopen, revise):wave_return>", methods=["GET", "POST"])
@guard(SURVEY)
def take_back(wave_id: int, wave_return: str) -> Any:
    found = queries.get_wave_for(g.person, wave_id, SURVEY)
    form = forms.ReopenForm(obj=found) if wave_return == "reopen" else forms.ReasonForm(obj=found)
    if request.method == "GET" and isinstance(form, forms.ReopenForm):
        form.last_day.data = None
    if form.validate_on_submit():
        with refusals(form):
            if isinstance(form, forms.ReopenForm):
                operations.reopen_wave(
                    found,
                    last_day=form.last_day.data,
                    reason=form.reason.data,
                    seen=form.seen_version,
                    actor=g.person,
                )
            else:
                operations.revise_wave(found, reason=form.reason.data, seen=form.seen_version, actor=g.person)
            flash(_("%(code)s: %(state)s.", code=found.code, state=WaveState(found.state).label), "good")
            return redirect(url_for("satisfaction.wave", wave_id=found.id))
    return form_page("satisfaction/wave_reason.html", form, found=found, verb=wave_return)


@blueprint.post("/surveys/waves/<int:wave_id>/discard")
@guard(SURVEY)
def discard_wave(wave_id: int) -> Any:
    found = queries.get_wave_for(g.person, wave_id, SURVEY)
    operations.discard_wave(found, actor=g.person)
    flash(_("The plan was discarded."), "info")
    return redirect(url_for("satisfaction.index"))


@blueprint.post("/surveys/waves/<int:wave_id>/compute")
@guard(SURVEY)
def compute(wave_id: int) -> Any:
    found = queries.get_wave_for(g.person, wave_id, SURVEY)
    operations.queue_analysis(found, actor=g.person)
    flash(_("The computation has been started; the figures follow in a moment."), "good")
    return redirect(url_for("satisfaction.wave", wave_id=found.id))


# --- what people wrote ---------------------------------------------------------------------------------------

TEXTS_A_PAGE = 50


@blueprint.get("/surveys/waves/<int:wave_id>/texts")
@guard(READ_TEXT)
def answers_in_words(wave_id: int) -> Any:
    """Answers in people's own words, of links and of files."""
    found = queries.get_wave_for(g.person, wave_id, READ_TEXT)
    page = min(max(1, request.args.get("page", 1, type=int) or 1), 2000)
    q = " ".join(request.args.get("q", "").replace("\x00", "").split())[:100]
    item = request.args.get("item", "")[:20]
    listed, total, items = page_of_texts(
        found, q=q, item=item, start=(page - 1) * TEXTS_A_PAGE, limit=TEXTS_A_PAGE
    )
    return render_template(
        "satisfaction/texts.html",
        found=found,
        listed=listed,
        total=total,
        items=items,
        item=item,
        q=q,
        page=page,
        pages=max(1, -(-total // TEXTS_A_PAGE)),
    )
