"""Indicator systems: list, record, versions and what changed between them, withdrawal."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from accounts import queries as accounts
from core import access, trail
from core.access import guard
from core.errors import RuleViolation
from core.forms import RecordForm, choices, record_number
from core.i18n import _, _l, format_date, pick
from core.pages import form_page, refusals
from core.tables import Column, Empty, Filter, ListPage, row_urls
from satisfaction import lists
from satisfaction.indicators import forms
from satisfaction.indicators.models import IndicatorSystem, IndicatorVersion
from satisfaction.models import Questionnaire
from satisfaction.operations.indicators import systems as operations
from satisfaction.permissions import ANALYSE, SEE, WEIGH
from satisfaction.queries import indicator_judges as judges
from satisfaction.queries import indicator_scores as scores
from satisfaction.queries import indicators as queries
from satisfaction.queries.questionnaires import get_questionnaire_for
from satisfaction.rules.indicators import (
    ORIGINS,
    Branch,
    Level,
    VersionState,
    gaps,
    is_complete,
    overall,
    shares_of,
)
from satisfaction.views import blueprint


def _state(row: Any) -> tuple[str, Any]:
    if row.withdrawn_at is not None:
        return "few", _l("Withdrawn")
    state = VersionState.in_force if row.in_force else VersionState.draft
    return state.tone, state.label


COLUMNS = (
    lists.named("title", _l("Indicator system"), IndicatorSystem.code),
    Column(
        "questionnaire",
        _l("Questionnaire"),
        lambda row, _url: row.questionnaire_code,
        sort=Questionnaire.code,
    ),
    lists.UNIT,
    lists.OWNER,
    Column("in_force", _l("Version in force"), lambda row, _url: row.in_force or "—", css="r"),
    Column("draft", _l("Draft"), lambda row, _url: row.draft or "—", css="r"),
    Column("waves", _l("Waves scored"), lambda row, _url: row.waves, css="r"),
    lists.state(_state),
    lists.changed(IndicatorSystem.updated_at),
)


def _empty() -> Empty:
    return Empty(
        _("No indicator systems yet"),
        _(
            "An indicator system turns the answers of a questionnaire into one index: the index rests on factors, these on indicators, these on questions, each with its weight."
        ),
        (url_for("satisfaction.write_indicators"), _("Begin an indicator system"))
        if access.may(g.person, WEIGH)
        else None,
    )


def _kept(value: str) -> Any:
    if value == "use":
        return IndicatorSystem.withdrawn_at.is_(None)
    return IndicatorSystem.withdrawn_at.is_not(None) if value == "withdrawn" else None


INDEX = ListPage(
    "indicators",
    _l("Indicator systems"),
    columns=COLUMNS,
    tie=IndicatorSystem.id,
    default_sort="-changed",
    filters=(
        Filter("kept", _l("State"), lambda: [("use", _l("In use")), ("withdrawn", _l("Withdrawn"))], _kept),
    ),
    search=(IndicatorSystem.code, IndicatorSystem.title_en, IndicatorSystem.title_zh),
    empty=_empty,
    context=lambda: row_urls("satisfaction.indicator_system", "indicator_system_id"),
)


@blueprint.get("/surveys/indicators")
@guard(SEE)
def indicators() -> Any:
    return INDEX.answer(
        "indicators/index.html", queries.select_systems(g.person), may_write=access.may(g.person, WEIGH)
    )


def _offer(form: forms.SystemForm, system: IndicatorSystem | None) -> forms.SystemForm:
    form.unit_id.choices = choices(accounts.unit_choices(g.person, WEIGH))
    form.owner_id.choices = choices((person.id, person.name) for person in accounts.list_people())
    form.questionnaire_id.choices = choices(
        [(system.questionnaire_id, f"{system.questionnaire.code} · {system.questionnaire.title}")]
        if system is not None
        else queries.questionnaire_choices(g.person)
    )
    return form


@blueprint.route("/surveys/indicators/new", methods=["GET", "POST"])
@guard(WEIGH)
def write_indicators() -> Any:
    form = _offer(forms.SystemForm(), None)
    if request.method == "GET":
        form.owner_id.data = g.person.id
        form.questionnaire_id.data = request.args.get("questionnaire", type=record_number)
    if form.validate_on_submit():
        with refusals(form):
            made = operations.write_system(
                unit=accounts.get_unit(form.unit_id.data),
                owner=accounts.get_person(form.owner_id.data),
                questionnaire=get_questionnaire_for(g.person, form.questionnaire_id.data),
                title_en=form.title_en.data or "",
                title_zh=form.title_zh.data or "",
                purpose=form.purpose.data or "",
                actor=g.person,
            )
            flash(_("%(code)s is begun. Now add its factors.", code=made.code), "good")
            return redirect(url_for("satisfaction.indicator_system", indicator_system_id=made.id))
    return form_page("indicators/form.html", form, record=None, nothing=not form.questionnaire_id.choices)


@blueprint.route("/surveys/indicators/<int:indicator_system_id>/edit", methods=["GET", "POST"])
@guard(WEIGH)
def edit_indicators(indicator_system_id: int) -> Any:
    found = queries.get_system_for(g.person, indicator_system_id, WEIGH)
    form = _offer(forms.SystemForm(obj=found), found)
    if form.validate_on_submit():
        values = {
            name: value if value is not None else ""
            for name, value in form.values.items()
            if name != "questionnaire_id"
        }
        with refusals(form):
            operations.change_system(found, seen=form.seen_version, actor=g.person, **values)
            flash(_("Saved."), "good")
            return redirect(url_for("satisfaction.indicator_system", indicator_system_id=found.id))
    return form_page("indicators/form.html", form, record=found, nothing=False)


# --- the record ----------------------------------------------------------------------------------------------


def node_name(node: Any) -> str:
    return pick(node.name_en, node.name_zh)


@blueprint.get("/surveys/indicators/<int:indicator_system_id>")
@guard(SEE)
def indicator_system(indicator_system_id: int) -> Any:
    found = queries.get_system_for(g.person, indicator_system_id)
    versions = queries.list_versions(found.id)
    asked = request.args.get("version", type=record_number)
    version = next((each for each in versions if each.number == asked), versions[0])
    nodes = queries.list_nodes(version.id)
    root = queries.tree_of(nodes)
    may_weigh = access.may(g.person, WEIGH, found.unit.path) and found.withdrawn_at is None
    draft = version.state == VersionState.draft
    lacking = gaps(root, version.shares) if draft else []
    rollups = scores.list_rollups([version.id], g.person)
    return render_template(
        "indicators/system.html",
        found=found,
        version=version,
        versions=versions,
        version_state=VersionState(version.state),
        states={str(each): each for each in VersionState},
        root=root,
        lines=_lines(root),
        nodes={node.id: node for node in nodes},
        levels={level.value: level.label for level in Level},
        origins=ORIGINS,
        lacking=[(operations.gap_words(gap), gap) for gap in lacking],
        shown_gaps=8,
        editable=may_weigh and draft,
        may_weigh=may_weigh,
        judges=_judges(version, root),
        rollups=rollups,
        waves=[] if draft or found.withdrawn_at else scores.list_waves(found, g.person, ANALYSE),
        may_score=access.may(g.person, ANALYSE) and not draft and found.withdrawn_at is None,
        scored_by={each.wave_id for each in rollups},
        history=trail.history(found),
        form=RecordForm(obj=version),
    )


def _lines(root: Branch) -> list[tuple[Branch, float, float]]:
    """The tree line by line: node, weight among its siblings, share in the index."""
    share = overall(root)
    weights = {root.id: 1.0}
    for node in root.walk():
        weights |= shares_of(node)
    return [(node, weights[node.id], share[node.id]) for node in root.walk()]


def _judges(version: IndicatorVersion, root: Branch) -> list[tuple[Any, int, int]]:
    """Each judge with how many of the parts to compare are done, and how many there are."""
    asked = judges.list_judges(version.id)
    if not asked:
        return []
    parts = {
        node.id: [child.code for child in node.children] for node in root.walk() if len(node.children) > 1
    }
    done: dict[int, int] = {}
    for each in judges.list_judgements(version.id):
        if each.node_id in parts and is_complete(parts[each.node_id], each.given):
            done[each.judge_id] = done.get(each.judge_id, 0) + 1
    return [(judge, done.get(judge.id, 0), len(parts)) for judge in asked]


@blueprint.post("/surveys/indicators/<int:indicator_system_id>/draft")
@guard(WEIGH)
def draft_indicators(indicator_system_id: int) -> Any:
    found = queries.get_system_for(g.person, indicator_system_id, WEIGH)
    made = operations.draft_version(found, actor=g.person)
    flash(
        _(
            "Version %(number)s may be changed; the one in force counts until this one is.",
            number=made.number,
        ),
        "good",
    )
    return redirect(url_for("satisfaction.indicator_system", indicator_system_id=found.id))


@blueprint.route("/surveys/indicators/versions/<int:indicator_version_id>/edit", methods=["GET", "POST"])
@guard(WEIGH)
def edit_indicator_version(indicator_version_id: int) -> Any:
    version = queries.get_version_for(g.person, indicator_version_id, WEIGH)
    form = forms.VersionForm(obj=version)
    if request.method == "GET":
        form.percent.data = round(100 * version.coverage, 1)
    if form.validate_on_submit():
        with refusals(form):
            operations.change_version(
                version, coverage=(form.percent.data or 0) / 100, reason=form.reason.data or "",
                seen=form.seen_version, actor=g.person,
            )  # fmt: skip
            flash(_("Saved."), "good")
            return redirect(back_to(version))
    return form_page("indicators/version_form.html", form, version=version)


def back_to(version: IndicatorVersion) -> str:
    return url_for(
        "satisfaction.indicator_system", indicator_system_id=version.system_id, version=version.number
    )


@blueprint.post("/surveys/indicators/versions/<int:indicator_version_id>/enforce")
@guard(WEIGH)
def enforce_indicators(indicator_version_id: int) -> Any:
    version = queries.get_version_for(g.person, indicator_version_id, WEIGH)
    try:
        operations.enforce(version, seen=RecordForm().seen_version, actor=g.person)
    except RuleViolation as violation:
        flash(str(violation.message), "bad")
        if violation.field == "reason":
            return redirect(url_for("satisfaction.edit_indicator_version", indicator_version_id=version.id))
    else:
        flash(_("Version %(number)s is in force. Score the waves with it.", number=version.number), "good")
    return redirect(back_to(version))


@blueprint.post("/surveys/indicators/versions/<int:indicator_version_id>/discard")
@guard(WEIGH)
def discard_indicators(indicator_version_id: int) -> Any:
    version = queries.get_version_for(g.person, indicator_version_id, WEIGH)
    system_id = version.system_id
    operations.discard_version(version, actor=g.person)
    flash(_("The version was discarded."), "info")
    return redirect(url_for("satisfaction.indicator_system", indicator_system_id=system_id))


@blueprint.route("/surveys/indicators/<int:indicator_system_id>/withdraw", methods=["GET", "POST"])
@guard(WEIGH)
def withdraw_indicators(indicator_system_id: int) -> Any:
    found = queries.get_system_for(g.person, indicator_system_id, WEIGH)
    form = forms.ReasonForm(obj=found)
    if form.validate_on_submit():
        with refusals(form):
            operations.withdraw(found, reason=form.reason.data or "", seen=form.seen_version, actor=g.person)
            flash(_("%(code)s is withdrawn. What was scored stays.", code=found.code), "info")
            return redirect(url_for("satisfaction.indicator_system", indicator_system_id=found.id))
    return form_page("indicators/reason.html", form, found=found, title=_("Withdraw the indicator system"),
        note=_("No wave is scored with it from now on. Its versions, scores and history stay."), button=_("Withdraw"),
        back=url_for("satisfaction.indicator_system", indicator_system_id=found.id),
    )  # fmt: skip


@blueprint.route("/surveys/indicators/<int:indicator_system_id>/baseline", methods=["GET", "POST"])
@guard(WEIGH)
def choose_baseline(indicator_system_id: int) -> Any:
    found = queries.get_system_for(g.person, indicator_system_id, WEIGH)
    form = forms.BaselineForm(obj=found)
    form.number.choices = choices(
        (each.number, _("Version %(number)s, in force since %(day)s", number=each.number, day=format_date(each.in_force_at)))
        for each in queries.list_versions(found.id)
        if each.state != VersionState.draft
    )  # fmt: skip
    back = url_for("satisfaction.indicator_trend", indicator_system_id=found.id)
    if not form.number.choices:
        flash(_("No version has been in force yet."), "info")
        return redirect(url_for("satisfaction.indicator_system", indicator_system_id=found.id))
    if request.method == "GET":
        form.number.data = found.baseline_number
    if form.validate_on_submit():
        with refusals(form):
            operations.set_baseline(
                found, form.number.data, reason=form.reason.data or "", seen=form.seen_version, actor=g.person
            )
            flash(
                _("The trend now holds the weights of version %(number)s.", number=found.baseline_number),
                "good",
            )
            return redirect(back)
    return form_page("indicators/reason.html", form, found=found, title=_("Fix the weights of the trend"),
        note=_("A trend compares waves, so it holds the weights of one version fixed: the index then moves because answers moved, not because weights did."),
        button=_("Fix the weights"), back=back,
    )  # fmt: skip
