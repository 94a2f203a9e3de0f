"""Analyses of waves: choose a method, say what it takes, read the result, hand it out."""

import io
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, send_file, url_for
from markupsafe import Markup
from wtforms import RadioField

from accounts import queries as accounts
from accounts.models import Person
from core import access, clock, trail
from core.access import guard
from core.charts.serving import cache_dir
from core.db import session
from core.errors import NotFound, RuleViolation
from core.figures import Figure
from core.forms import RecordForm, choices, text
from core.i18n import _, _l, force_locale, format_datetime, format_number, language, pick
from core.tables import Column, Empty, ListPage, choice_filter, row_urls, two_lines
from improvement.permissions import RAISE
from improvement.rules.findings import GRADE_LABELS, Grade
from satisfaction.analyses import files, telling
from satisfaction.analyses.diagrams import on_page
from satisfaction.analyses.forms import FORMS, MethodForm, PlsForm, construct_word
from satisfaction.analyses.telling import Context, Told
from satisfaction.methods.refusal import Sentence
from satisfaction.models import Analysis, SurveyItem, Wave
from satisfaction.operations import analyses as operations
from satisfaction.permissions import ANALYSE, SEE
from satisfaction.queries import analyses as queries
from satisfaction.queries import imports as import_queries
from satisfaction.queries import waves as wave_queries
from satisfaction.queries.questionnaires import list_items
from satisfaction.rules.analyses import WORDS, Ground, Method, why_not
from satisfaction.showing import MEASURES
from satisfaction.views import blueprint

STATES = {
    "waiting": ("info", _l("being computed")),
    "done": ("good", _l("Done")),
    "refused": ("edge", _l("not possible with these data")),
}
FIGURES_MOST = 20


def _state(state: str) -> Markup:
    tone, label = STATES[state]
    return Markup('<span class="state bare {}">{}</span>').format(tone, label)


def _title(method: str, title: str) -> str:
    return title or str(Method(method).label)


COLUMNS = (
    Column(
        "analysis",
        _l("Analysis"),
        lambda row, url: two_lines(url(row.id), _title(row.method, row.title), row.code),
        sort=Analysis.id,
        export=lambda row, _url: f"{row.code} {_title(row.method, row.title)}",
        descending=True,
    ),
    Column("method", _l("Method"), lambda row, _url: str(Method(row.method).label), sort=Analysis.method),
    Column(
        "wave",
        _l("Wave"),
        lambda row, _url: f"{pick(row.name_en, row.name_zh)} · {row.wave_code}",
        sort=Wave.code,
    ),
    Column(
        "answers",
        _l("Responses"),
        lambda row, _url: format_number(row.answers) if row.state != "waiting" else "—",
        export=lambda row, _url: int(row.answers),
        css="r num",
        sort=Analysis.answers,
    ),
    Column("who", _l("Run by"), lambda row, _url: row.made_by, sort=Person.name),
    Column(
        "made",
        _l("When"),
        lambda row, _url: format_datetime(row.made_at),
        sort=Analysis.made_at,
        css="nb",
        descending=True,
    ),
    Column(
        "state",
        _l("State"),
        lambda row, _url: _state(row.state),
        sort=Analysis.state,
        export=lambda row, _url: str(STATES[row.state][1]),
    ),
)


def _empty() -> Empty:
    return Empty(
        _("No analyses yet"),
        _("Open a wave that has answers and choose “Analyse”: which method suits it is said there."),
        (url_for("satisfaction.index"), _("Waves")),
    )


INDEX = ListPage(
    "analyses",
    _l("Analyses"),
    columns=COLUMNS,
    tie=Analysis.id,
    default_sort="-made",
    filters=(
        choice_filter(
            "method", _l("Method"), Analysis.method, lambda: [(each.value, each.label) for each in Method]
        ),
        choice_filter(
            "state",
            _l("State"),
            Analysis.state,
            lambda: [(key, label) for key, (_tone, label) in STATES.items()],
        ),
    ),
    search=(Analysis.code, Analysis.title, Wave.code, Wave.name_en, Wave.name_zh),
    empty=_empty,
    context=lambda: row_urls("satisfaction.analysis", "analysis_id"),
)


@blueprint.get("/surveys/analyses")
@guard(SEE)
def analyses() -> Any:
    statement = queries.rows(g.person)
    exported = INDEX.export(statement)
    if exported is not None:
        return exported
    return render_template("analyses/index.html", listing=INDEX.run(statement))


# --- choose and say ------------------------------------------------------------------------------------------


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
        named_waves=0 if wave.anonymous else sum(not other.anonymous for other in others),
    )


@blueprint.get("/surveys/waves/<int:wave_id>/analyse")
@guard(ANALYSE)
def choose_method(wave_id: int) -> Any:
    wave = wave_queries.get_wave_for(g.person, wave_id, ANALYSE)
    ground = _ground(wave, list_items(wave.version_id))
    reasons = {method: why_not(method, ground) for method in Method}
    return render_template(
        "analyses/choose.html",
        wave=wave,
        words=WORDS,
        suited=[method for method in Method if reasons[method] is None],
        reasons={method: reason for method, reason in reasons.items() if reason is not None},
        before=queries.list_of_wave(wave.id),
        states=STATES,
        title_of=_title,
        ground=ground,
    )


@blueprint.route("/surveys/waves/<int:wave_id>/analyse/<analysis_method>", methods=["GET", "POST"])
@guard(ANALYSE)
def start_analysis(wave_id: int, analysis_method: str) -> Any:
    wave = wave_queries.get_wave_for(g.person, wave_id, ANALYSE)
    if analysis_method not in set(Method):
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
        try:
            form.check()
            made = operations.start(wave, method, form.asked, title=form.title.data or "", actor=g.person)
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            return redirect(url_for("satisfaction.analysis", analysis_id=made.id))
    return render_template(
        "analyses/form.html", form=form, wave=wave, method=method, words=WORDS[method], by_code={item.code: item for item in items},
    ), 422 if form.is_submitted() else 200  # fmt: skip


def _form(method: Method, wave: Wave, items: list[SurveyItem]) -> MethodForm:
    """The form of the method; run again, it begins with what was asked the last time."""
    again = request.args.get("again", type=int) if request.method == "GET" else None
    before = queries.get_analysis_for(g.person, again) if again else None
    if before is not None and before.wave_id == wave.id and before.method == method:
        asked = {"title": before.title} | before.asked
        if method == Method.transition and asked.get("wave"):
            asked["second"] = f"w:{asked['wave']}"
        if method == Method.chart:
            asked["measure"] = "top" if asked.get("measure") == "top" else "main"
        form = FORMS[method](data=asked)
        form.offer(wave, items, g.person)
        if isinstance(form, PlsForm):
            form.placed = {item.code: asked["construct"].get(item.code, "") for item in form.rated}
            form.model.data = asked["model"]
        return form
    form = FORMS[method]()
    form.offer(wave, items, g.person)
    return form


# --- the result ----------------------------------------------------------------------------------------------


def _told(found: Analysis) -> Told:
    items = {item.code: item for item in list_items(found.wave.version_id)}
    return telling.tell(
        Method(found.method), found.result, Context(items, found.names, found.asked, found.made_at)
    )


#: why rows were left out, by the engine's codes
DROPPED: dict[str, Any] = {
    "no_answer": _l("no answer to any of the questions"),
    "missing": _l("no answer"),
    "no_complete_scale": _l("no dimension answered completely"),
    "too_few_pairs": _l("less than half of the pairs answered"),
    "no_complete_pair": _l("no pair answered on both sides"),
    "incomplete": _l("not every question answered"),
    "missing_weight": _l("without a weight"),
    "zero_weight": _l("weight 0"),
    "no_value": _l("no value"),
}
OPTIONS: dict[str, Any] = {
    "items": _l("Questions"),
    "by": _l("By groups"),
    "together": _l("What belongs together"),
    "test": _l("Test of the gaps"),
    "how": _l("Importance"),
    "overall": _l("Overall question"),
    "derived": _l("How it is derived"),
    "crosshair": _l("Where the lines cross"),
    "model": _l("Model"),
    "missing": _l("Missing answers"),
    "bootstrap": _l("Intervals"),
    "plsc": _l("Also consistent PLS (PLSc)"),
    "item": _l("Question"),
    "second": _l("Second answer"),
    "measure": _l("Figure"),
    "before": _l("Before, or first group"),
    "after": _l("After, or second group"),
    "direction": _l("Better is"),
    "margin": _l("Smallest change worth having"),
    "rules": _l("What counts as a signal"),
    "coarse": _l("States"),
}


def _options(found: Analysis) -> list[tuple[str, str]]:
    """What was chosen in the form, in its words."""
    form = FORMS[Method(found.method)]
    names = found.names
    made = []
    for key, label in OPTIONS.items():
        value = found.asked.get(key)
        if value in (None, "", [], False) or (
            key in {"overall", "derived"} and found.asked.get("how") == "stated"
        ):
            continue
        if key in {"before", "after"}:
            words = names.get(key) or {}
            shown = pick(words.get("en"), words.get("zh")) or str(value)
        elif isinstance(value, list):
            shown = ", ".join(map(str, value))
        elif value is True:
            shown = _("yes")
        else:
            field = getattr(form, key, None)
            listed = (field.kwargs.get("choices") or []) if field is not None else []
            shown = next(
                (str(choice.label) for choice in listed if str(choice.value) == str(value)), str(value)
            )
        if key == "measure" and value in MEASURES:
            shown = str(MEASURES[value])
        if key == "by":
            words = names.get("by") or {}
            shown = pick(words.get("en"), words.get("zh")) or shown
        made.append((str(label), shown))
    if names.get("absent"):
        made.append(
            (_("Not asked about, so left out of the model"), ", ".join(map(construct_word, names["absent"])))
        )
    if names.get("left_out"):
        left = [code for codes in names["left_out"].values() for code in codes]
        made.append((_("Alone in their dimension, so left out"), ", ".join(left)))
    return made


def _how(found: Analysis) -> list[tuple[str, str]]:
    """How it was computed, in pairs of words; the same on the page, in the workbook and on paper."""
    result = found.result
    dropped = result.get("n_dropped") or {}
    made = [
        (_("Method"), str(Method(found.method).label)),
        (_("Wave"), f"{found.wave.name} · {found.wave.code}"),
        (_("Run by"), f"{found.made_by.name}, {format_datetime(found.made_at)}"),
        (_("Answers of the wave"), format_number(found.answers)),
    ]
    if "n_used" in result:
        what = _("Waves used") if found.method == Method.chart else _("Respondents used")
        made.append((what, format_number(result["n_used"])))
    for reason, count in (dropped.get("reasons") or {}).items():
        if count:
            made.append((_("Left out: %(why)s", why=DROPPED.get(reason, reason)), format_number(count)))
    made += _options(found)
    if result.get("variant"):
        made.append((_("Variant"), str(result["variant"])))
    made.append((_("Source"), WORDS[Method(found.method)].source))
    if found.seed is not None:
        made.append((_("Seed"), str(found.seed)))
    made += [
        (_("Version of the engine"), found.engine_version),
        (_("Hash of the inputs"), found.inputs_sha256 or "—"),
    ]
    return made


def _notes(found: Analysis) -> list[str]:
    flags = list((found.result.get("index_flags") or {}).values())
    return [str(Sentence.from_dict(each)) for each in [*found.result.get("notes", []), *flags]]


@blueprint.get("/surveys/analyses/<int:analysis_id>")
@guard(SEE)
def analysis(analysis_id: int) -> Any:
    found = queries.get_analysis_for(g.person, analysis_id)
    told = _told(found) if found.state == "done" else Told()
    job = import_queries.find_job(found.job_id) if found.state == "waiting" else None
    return render_template(
        "analyses/analysis.html",
        found=found,
        title=_title(found.method, found.title),
        state=STATES[found.state],
        words=WORDS[Method(found.method)],
        told=told,
        drawing=on_page(told.picture.svg) if told.picture is not None and told.picture.svg else None,
        picture_table=told.tables[0] if told.tables else None,
        refusal=str(Sentence.from_dict(found.refusal)) if found.refusal else "",
        how=_how(found),
        notes=_notes(found),
        job=job,
        own_job=job is not None and job.started_by_id == g.person.id,
        same=session.get(Analysis, found.same_as_id) if found.same_as_id else None,
        may_analyse=access.may(g.person, ANALYSE, found.wave.unit.path),
        may_raise=access.may(g.person, RAISE) and bool(told.figures),
        history=trail.history(found),
    )


def _done(analysis_id: int) -> Analysis:
    found = queries.get_analysis_for(g.person, analysis_id)
    if found.state != "done":
        raise NotFound
    return found


@blueprint.get("/surveys/analyses/<int:analysis_id>/picture.<picture_form>")
@guard(SEE)
def analysis_picture(analysis_id: int, picture_form: str) -> Response:
    found = _done(analysis_id)
    told = _told(found)
    if told.picture is None or picture_form not in {"svg", "png"}:
        raise NotFound
    data = files.draw(told.picture, language(), cache_dir(), png=picture_form == "png")
    response = send_file(
        io.BytesIO(data),
        mimetype="image/png" if picture_form == "png" else "image/svg+xml",
        as_attachment=True,
        download_name=f"{found.code}.{picture_form}",
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.get("/surveys/analyses/<int:analysis_id>/tables.xlsx")
@guard(SEE)
def analysis_workbook(analysis_id: int) -> Response:
    found = _done(analysis_id)
    return send_file(
        files.workbook(found, _told(found), _how(found)),
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_attachment=True,
        download_name=f"{found.code}.xlsx",
    )


@blueprint.get("/surveys/analyses/<int:analysis_id>/report.pdf")
@guard(SEE)
def analysis_document(analysis_id: int) -> Response:
    found = _done(analysis_id)
    root = accounts.find_root()
    data = files.document(
        found, _title(found.method, found.title), _told(found), _how(found), _notes(found),
        organisation=root.name if root is not None else "", language=language(), cache=cache_dir(),
    )  # fmt: skip
    return send_file(
        io.BytesIO(data), mimetype="application/pdf", as_attachment=True, download_name=f"{found.code}.pdf"
    )


# --- a finding -----------------------------------------------------------------------------------------------


class FindingForm(RecordForm):
    statement_en = text(_l("What was found, in English"), limit=1000, rows=2)
    statement_zh = text(_l("What was found, in Chinese"), limit=1000, rows=2)
    grade = RadioField(
        _l("Grade"),
        choices=choices(
            (grade.value, GRADE_LABELS[grade])
            for grade in (Grade.minor, Grade.ofi, Grade.strength, Grade.signal)
        ),
        default=Grade.signal.value,
    )
    detail = text(_l("More about it"), limit=4000, rows=3)


@blueprint.route("/surveys/analyses/<int:analysis_id>/finding", methods=["GET", "POST"])
@guard(RAISE)
def raise_from_analysis(analysis_id: int) -> Any:
    found = queries.get_analysis_for(g.person, analysis_id)
    if found.state != "done":
        flash(_("%(code)s has no result that a finding could rest on.", code=found.code), "info")
        return redirect(url_for("satisfaction.analysis", analysis_id=found.id))
    form = FindingForm()
    chosen = request.form.getlist("figure")[:FIGURES_MOST]
    told = _told(found)
    if request.method == "GET":
        for code, field in (("en", form.statement_en), ("zh", form.statement_zh)):
            with force_locale(code):
                field.data = next(iter(_told(found).lead), "")
        chosen = ["0"]
    if form.validate_on_submit():
        try:
            made = operations.raise_from(
                found,
                statement_en=form.statement_en.data or "",
                statement_zh=form.statement_zh.data or "",
                detail=form.detail.data or "",
                grade=Grade(form.grade.data),
                figures=_frozen(found, chosen),
                actor=g.person,
            )
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("Recorded as %(code)s. Quality managers see it in their inbox.", code=made.code), "good")
            return redirect(url_for("findings.finding", finding_id=made.id))
    return render_template(
        "analyses/finding.html",
        form=form,
        found=found,
        title=_title(found.method, found.title),
        figures=[(label, _figure_words(figure)) for label, figure in told.figures[:FIGURES_MOST]],
        chosen=chosen,
    ), 422 if form.is_submitted() else 200


def _figure_words(figure: Figure) -> str:
    scale = 100 if figure.unit in {"share", "difference"} else 1
    decimals = 1 if scale == 100 or figure.unit == "index" else 2
    if figure.value is None:
        return "—"
    made = format_number(figure.value * scale, decimals) + (" %" if scale == 100 else "")
    if figure.low is not None and figure.high is not None:
        made += f" ({telling.ends((figure.low, figure.high), decimals, scale)})"
    return f"{made}, n = {format_number(figure.n)}"


def _frozen(found: Analysis, chosen: list[str]) -> list[Figure]:
    """The chosen figures with their words in both languages and the way back to the analysis."""
    words: dict[str, list[tuple[str, Figure]]] = {}
    for code in ("en", "zh"):
        with force_locale(code):
            words[code] = _told(found).figures
    made = []
    for place, ((en, figure), (zh, _same)) in enumerate(zip(words["en"], words["zh"], strict=True)):
        if str(place) not in chosen:
            continue
        made.append(
            Figure(
                value=figure.value, n=figure.n, low=figure.low, high=figure.high, method=figure.method,
                as_of=found.made_at or clock.now(), unit=figure.unit,
                working={
                    "label_en": en, "label_zh": zh, "wave": found.wave.code, "analysis": found.code,
                    "engine_version": found.engine_version, "inputs_hash": found.inputs_sha256,
                    "href": operations.address(str(found.id)),
                },
            )
        )  # fmt: skip
    return made
