"""Packs: list, form, the list before building, the pack with its progress, download."""

from datetime import date, timedelta
from typing import Any

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for
from markupsafe import Markup

from accounts import queries as accounts
from accounts.models import Unit
from certification import forms, operations, queries, reports
from certification.permissions import BUILD, SEE
from certification.queries.packs import packs_statement
from certification.reports.wording import (
    caution_sentence,
    period_words,
)
from certification.rules.clauses import counted
from certification.rules.packs import FRESH_DAYS, Part, parts_in_order
from certification.views import blueprint
from certification.views.links import Links
from certification.views.readiness import template_words
from core import access, clock, files, trail
from core import jobs as core_jobs
from core.access import guard
from core.errors import NotFound, RuleViolation
from core.i18n import _, _l, format_date, language, pick, zone
from core.jobs import JobState
from core.pages import refusals
from core.tables import Column, Empty, ListPage, choice_filter, link
from standards.models import Framework
from standards.queries import frameworks as catalog


def _state_cell(row: Any) -> Any:
    from core.charts.marks import state

    verdict, word = _pack_state(row.state, row.job_state)
    return state(verdict, str(word))  # type: ignore[arg-type]  # one of the four verdicts


def _pack_state(state: str, job_state: str | None) -> tuple[str, Any]:
    if state == "ready":
        return "kept", _l("Ready")
    if state == "failed" or job_state in {JobState.failed, JobState.cancelled, JobState.interrupted}:
        return "short", _l("Not finished")
    return "too_few", _l("Being built")


def _language_name(code: str) -> str:
    return "中文" if code == "zh" else "English"


def _size(size: int | None) -> str:
    return f"{size / 1e6:,.1f}\u00a0MB" if size else "—"


def _pack_columns() -> list[Column]:
    from accounts.models import Unit as UnitTable
    from certification.models import Pack

    return [
        Column(
            "code",
            _l("Number"),
            lambda row: link(url_for("certification.pack", pack_id=row.id), row.code),
            sort=Pack.code,
            export=lambda row: row.code,
            descending=True,
        ),
        Column(
            "framework",
            _l("Framework"),
            lambda row: pick(row.short_en, row.short_zh),
            sort=Framework.code,
        ),
        Column("unit", _l("Unit"), lambda row: pick(row.unit_en, row.unit_zh), sort=UnitTable.code),
        Column(
            "period",
            _l("Period"),
            lambda row: f"{format_date(row.period_from)} – {format_date(row.period_until)}",
            sort=Pack.period_from,
        ),
        Column("language", _l("Language"), lambda row: _language_name(row.language), sort=Pack.language),
        Column("state", _l("State"), _state_cell, sort=Pack.state),
        Column(
            "built",
            _l("Built"),
            lambda row: format_date(row.built_at) if row.built_at else "—",
            sort=Pack.created_at,
            export=lambda row: row.built_at.isoformat() if row.built_at else "",
            descending=True,
        ),
        Column("size", _l("Size"), lambda row: _size(row.size), css="r", shown=False),
        Column("person", _l("Ordered by"), lambda row: row.person or "—", shown=False),
        Column(
            "sha256",
            "SHA-256",
            lambda row: Markup('<span class="code">{}</span>').format(row.sha256 or "—"),
            shown=False,
            export=lambda row: row.sha256 or "",
        ),
    ]


def _pack_list() -> ListPage:
    from certification.models import Pack

    return ListPage(
        "packs",
        _l("Certification packs"),
        columns=_pack_columns(),
        tie=Pack.id,
        default_sort="-code",
        filters=[
            choice_filter(
                "framework",
                _l("Framework"),
                Framework.code,
                lambda: [(one.code, one.designation or one.code) for one in catalog.list_frameworks()],
            ),
            choice_filter(
                "language", _l("Language"), Pack.language, lambda: [("en", "English"), ("zh", "中文")]
            ),
        ],
        search=[Pack.code],
        search_label=_l("Number"),
        empty=_no_packs,
    )


def _no_packs() -> Empty:
    may = access.may(g.person, BUILD)
    return Empty(
        _("No packs yet"),
        _(
            "A pack is one PDF for the certification auditor: every clause with what answers it, the standards in "
            "force, the figures, findings and hashes."
        ),
        (url_for("certification.new_pack"), _("Build a pack")) if may else None,
    )


@blueprint.get("/packs")
@guard(SEE)
def packs() -> Any:
    page = _pack_list()
    statement = packs_statement(g.person)
    return page.answer("certification/packs.html", statement, may_build=access.may(g.person, BUILD))


def _pack_form(source: Any) -> forms.PackForm:
    form = forms.PackForm(
        source, meta={"csrf": request.method == "POST" and current_app.config.get("WTF_CSRF_ENABLED", True)}
    )
    form.offer(
        [(one.code, one.short or one.code) for one in catalog.list_frameworks()],
        accounts.unit_choices(g.person, BUILD),
    )
    return form


def _defaults() -> dict[str, Any]:
    today: date = clock.now().astimezone(zone()).date()
    start = date(today.year - 1, today.month, 1)
    return {
        "framework": "",
        "unit": "",
        "first": start.isoformat(),
        "last": (today.replace(day=1) - timedelta(days=1)).isoformat(),
        "language": language(),
        "parts": [part.value for part in Part],
        "fresh_days": str(FRESH_DAYS),
    }


@blueprint.get("/packs/new")
@guard(BUILD)
def new_pack() -> Any:
    from werkzeug.datastructures import MultiDict

    values: MultiDict[str, Any] = MultiDict(_defaults())
    for key in request.args:
        if key in values:
            values.setlist(key, request.args.getlist(key))
    return render_template("certification/pack_form.html", form=_pack_form(values))


@blueprint.get("/packs/check")
@guard(BUILD)
def check_pack() -> Any:
    """What an auditor would stumble over, before anything is built."""
    form = _pack_form(request.args)
    if not form.validate() or not _period_fits(form):
        return render_template("certification/pack_form.html", form=form), 422
    framework, unit = _wishes(form)
    now = clock.now()
    content = reports.gather(
        framework,
        unit,
        code="",
        language=form.language.data,
        at=now,
        first=form.first.data,
        last=form.last.data,
        parts=form.parts.data,
        fresh_days=form.fresh_days.data,
        person_id=g.person.id,
    )
    return render_template(
        "certification/pack_check.html",
        form=form,
        framework=framework,
        unit=unit,
        content=content,
        counts=counted(content.clauses),
        cautions=reports.cautions_of(content, now),
        caution_sentence=caution_sentence,
        period=period_words(content.first, content.last),
        parts=parts_in_order(form.parts.data),
        language_name=_language_name(content.language),
        back=f"{url_for('certification.new_pack')}?{request.query_string.decode()}",
        links=Links(framework),
        **template_words(),
    )


def _period_fits(form: forms.PackForm) -> bool:
    try:
        operations.check_period(form.first.data, form.last.data)
    except RuleViolation as violation:
        form.refuse(violation)
        return False
    return True


def _wishes(form: forms.PackForm) -> tuple[Framework, Unit]:
    return (
        catalog.get_framework(form.framework.data),
        accounts.get_unit_for(g.person, int(form.unit.data), BUILD),
    )


@blueprint.post("/packs")
@guard(BUILD)
def order_pack() -> Any:
    form = _pack_form(request.form)
    if form.validate():
        framework, unit = _wishes(form)
        with refusals(form):
            pack = operations.order_pack(
                framework,
                unit,
                first=form.first.data,
                last=form.last.data,
                language=form.language.data,
                parts=form.parts.data,
                fresh_days=form.fresh_days.data,
                actor=g.person,
            )
            flash(_("%(code)s is being built. You can leave this page.", code=pack.code), "good")
            return redirect(url_for("certification.pack", pack_id=pack.id))
    return render_template("certification/pack_form.html", form=form), 422


@blueprint.get("/packs/<int:pack_id>")
@guard(SEE)
def pack(pack_id: int) -> Any:
    found = queries.get_pack_for(g.person, pack_id)
    job = core_jobs.find_for(g.person, found.job_id) if found.job_id else None
    verdict, word = _pack_state(found.state, job.state if job else None)
    return render_template(
        "certification/pack.html",
        pack=found,
        job=job if found.state != "ready" else None,
        state_verdict=verdict,
        state_word=word,
        parts=parts_in_order(found.parts),
        part_labels={part.value: part.label for part in Part},
        language_name=_language_name(found.language),
        period=period_words(found.period_from, found.period_until),
        size=_size(found.file.size if found.file else None),
        may_build=access.may(g.person, BUILD, found.unit.path),
        form=forms.OrderForm(),
        entries=trail.history(found),
        **template_words(),
    )


@blueprint.get("/packs/<int:pack_id>/download")
@guard(SEE)
def download(pack_id: int) -> Response:
    found = queries.get_pack_for(g.person, pack_id)
    if found.file is None:
        raise NotFound
    return files.send(found.file)


@blueprint.post("/packs/<int:pack_id>/rebuild")
@guard(BUILD)
def rebuild(pack_id: int) -> Any:
    found = queries.get_pack_for(g.person, pack_id)
    made = operations.rebuild(found, actor=g.person)
    flash(_("%(code)s is being built. You can leave this page.", code=made.code), "good")
    return redirect(url_for("certification.pack", pack_id=made.id))
