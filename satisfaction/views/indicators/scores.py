"""Scores of waves: computing them, reading them, how each was computed, handing them out, findings."""

from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for

from core import access
from core.access import guard
from core.charts.serving import cache_dir
from core.documents.downloads import table_file
from core.errors import NotFound, RuleViolation
from core.forms import record_number
from core.i18n import _, force_locale, format_number, language, pick
from core.pages import form_page, refusals
from improvement.permissions import RAISE
from improvement.rules.findings import Grade
from satisfaction.analyses.diagrams import on_page
from satisfaction.analyses.telling import Picture
from satisfaction.indicators import forms, printing, telling
from satisfaction.indicators.models import IndicatorRollup
from satisfaction.operations.indicators import scores as operations
from satisfaction.permissions import ANALYSE, SEE
from satisfaction.queries import indicator_scores as scores
from satisfaction.queries import indicators as queries
from satisfaction.rules.indicators import LEVEL_LABELS, ORIGINS, Level, VersionState, construct_name
from satisfaction.rules.waves import WaveState
from satisfaction.views import blueprint
from satisfaction.views.files import picture_file, report_file
from satisfaction.views.indicators.systems import back_to


@blueprint.post("/surveys/indicators/versions/<int:indicator_version_id>/score")
@guard(ANALYSE)
def score_wave(indicator_version_id: int) -> Any:
    version = queries.get_version_for(g.person, indicator_version_id)
    wave = scores.get_wave_of(version.system, request.form.get("wave_id", 0, type=record_number), g.person)
    try:
        made = operations.score(version.system, [version], [wave], actor=g.person)
    except RuleViolation as violation:
        flash(str(violation.message), "bad")
        return redirect(back_to(version))
    if made is None:
        flash(_("The computation has been started; the scores follow in a moment."), "info")
        return redirect(back_to(version))
    flash(_("%(code)s is scored.", code=wave.code), "good")
    return redirect(url_for("satisfaction.indicator_scores", indicator_rollup_id=made[0].id))


@blueprint.get("/surveys/indicators/scores/<int:indicator_rollup_id>")
@guard(SEE)
def indicator_scores(indicator_rollup_id: int) -> Any:
    from satisfaction import sheet

    rollup = scores.get_rollup_for(g.person, indicator_rollup_id)
    lines = telling.lines(rollup)
    version, wave = rollup.version, rollup.wave
    return render_template(
        "indicators/scores.html",
        rollup=rollup,
        result=rollup.result,
        version=version,
        system=version.system,
        wave=wave,
        version_state=VersionState(version.state),
        lines=lines,
        root=lines[0],
        drawing=on_page(telling.drawing(rollup)),
        notes=telling.notes(rollup),
        how=telling.how(rollup),
        percent=telling.percent,
        score_words=telling.score_words,
        why_words=telling.why_words,
        levels=LEVEL_LABELS,
        stale=rollup.inputs_hash != sheet.fingerprint(wave),
        open_wave=wave.state == WaveState.open,
        factors=[line for line in lines if line.level == Level.factor],
        may_score=access.may(g.person, ANALYSE, wave.unit.path) and version.system.withdrawn_at is None,
        may_raise=access.may(g.person, RAISE),
        word=lambda each: pick(each["en"], each["zh"]),
    )


@blueprint.get("/surveys/indicators/scores/<int:indicator_rollup_id>/<int:indicator_node_id>")
@guard(SEE)
def indicator_working(indicator_rollup_id: int, indicator_node_id: int) -> Any:
    """How one number was computed: its parts with weight and contribution, its groups, its answers."""
    rollup, key = _place(indicator_rollup_id, indicator_node_id)
    result = rollup.result
    lines = {line.key: line for line in telling.lines(rollup)}
    asked = request.args.get("group", "")[:120]
    group = next((each for each in result["groups"] if each["key"] == asked and each["state"] == "in"), None)
    values = group["nodes"] if group is not None else result["nodes"]
    node = queries.get_node_for(g.person, indicator_node_id)
    return render_template(
        "indicators/working.html",
        rollup=rollup,
        result=result,
        system=rollup.version.system,
        wave=rollup.wave,
        line=lines[key],
        path=_path(result, key, lines),
        node=node,
        group=group,
        own=values[key],
        parts=_parts(result, values, key, lines) if group is not None or not result["groups"] else [],
        plain_parts=[lines[child] for child in result["nodes"][key]["children"]],
        groups=_groups(result, key),
        origins=ORIGINS,
        construct_name=construct_name,
        levels=LEVEL_LABELS,
        percent=telling.percent,
        score_words=telling.score_words,
        why_words=telling.why_words,
        number=format_number,
        word=lambda each: pick(each["en"], each["zh"]),
        may_raise=access.may(g.person, RAISE),
    )


def _place(rollup_id: int, node_id: int) -> tuple[IndicatorRollup, str]:
    rollup = scores.get_rollup_for(g.person, rollup_id)
    if str(node_id) not in rollup.result["nodes"]:
        raise NotFound
    return rollup, str(node_id)


def _path(result: dict[str, Any], key: str, lines: dict[str, Any]) -> list[Any]:
    """What lies above, the index first."""
    found = []
    above = result["nodes"][key]["parent"]
    while above:
        found.append(lines[above])
        above = result["nodes"][above]["parent"]
    return found[::-1]


def _parts(
    result: dict[str, Any], values: dict[str, Any], key: str, lines: dict[str, Any]
) -> list[dict[str, Any]]:
    """Each part with the weight it has once what is not answered has dropped out, and what it contributes."""
    below = result["nodes"][key]["children"]
    counted = {child: result["nodes"][child]["weight"] for child in below if values[child]["raw"] is not None}
    total = sum(counted.values())
    made = []
    for child in below:
        used = counted[child] / total if child in counted and total else None
        raw = values[child]["raw"]
        made.append(
            {
                "line": lines[child], "weight": result["nodes"][child]["weight"], "used": used, "raw": raw,
                "hidden": raw is not None and values[child]["score"] is None, "coverage": values[child]["coverage"],
                "why": values[child].get("item", {}).get("why", ""),
                "adds": used * raw if used is not None and raw is not None else None,
            }
        )  # fmt: skip
    return made


def _groups(result: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Each group with its share once what is left out has dropped out, and what it contributes."""
    there = {
        each["key"]: each["share"] for each in result["groups"] if each["state"] == "in" and each["nodes"][key]["raw"] is not None
    }  # fmt: skip
    total = sum(there.values())
    made = []
    for each in result["groups"]:
        used = there[each["key"]] / total if each["key"] in there and total else None
        own = each["nodes"].get(key)
        raw = own["raw"] if own else None
        made.append(
            {"group": each, "used": used, "own": own, "adds": used * raw if used is not None and raw is not None else None}
        )  # fmt: skip
    return made


# --- files ---------------------------------------------------------------------------------------------------


@blueprint.get("/surveys/indicators/scores/<int:indicator_rollup_id>/scores.<any(csv, xlsx):scores_form>")
@guard(SEE)
def indicator_scores_file(indicator_rollup_id: int, scores_form: str) -> Response:
    rollup = scores.get_rollup_for(g.person, indicator_rollup_id)
    name = f"{rollup.version.system.code}-v{rollup.version.number}-{rollup.wave.code}.{scores_form}"
    return table_file(
        name, telling.header(), telling.table(rollup), widths=[10, 10, 44, *[11] * 8], sheet=rollup.wave.code, title=name
    )  # fmt: skip


@blueprint.get("/surveys/indicators/scores/<int:indicator_rollup_id>/picture.<any(svg, png):tree_form>")
@guard(SEE)
def indicator_picture(indicator_rollup_id: int, tree_form: str) -> Response:
    rollup = scores.get_rollup_for(g.person, indicator_rollup_id)
    picture = Picture(rollup.version.system.title, "", svg=telling.drawing(rollup))
    return picture_file(picture, f"{rollup.version.system.code}-{rollup.wave.code}", tree_form)


@blueprint.post("/surveys/indicators/scores/<int:indicator_rollup_id>/report")
@guard(SEE)
def print_indicator_scores(indicator_rollup_id: int) -> Any:
    """The worker sets the pages; what is printed already is handed out at once."""
    rollup = scores.get_rollup_for(g.person, indicator_rollup_id)
    if printing.document_path(rollup, language(), cache_dir()).is_file():
        return redirect(url_for("satisfaction.indicator_document", indicator_rollup_id=rollup.id))
    job = operations.order_document(rollup, language(), actor=g.person)
    return redirect(url_for("overview.job", job_id=job.id))


@blueprint.get("/surveys/indicators/scores/<int:indicator_rollup_id>/report.pdf")
@guard(SEE)
def indicator_document(indicator_rollup_id: int) -> Any:
    rollup = scores.get_rollup_for(g.person, indicator_rollup_id)
    path = printing.document_path(rollup, language(), cache_dir())
    if not path.is_file():
        flash(_("The report is not printed yet; choose “Report (PDF)” under “Export”."), "info")
        return redirect(url_for("satisfaction.indicator_scores", indicator_rollup_id=rollup.id))
    return report_file(path, f"{rollup.version.system.code}-{rollup.wave.code}")


# --- a finding -----------------------------------------------------------------------------------------------


@blueprint.route(
    "/surveys/indicators/scores/<int:indicator_rollup_id>/<int:indicator_node_id>/finding",
    methods=["GET", "POST"],
)
@guard(RAISE)
def raise_from_score(indicator_rollup_id: int, indicator_node_id: int) -> Any:
    rollup, key = _place(indicator_rollup_id, indicator_node_id)
    figure = operations.figure_of(rollup, key)
    back = url_for("satisfaction.indicator_working", indicator_rollup_id=rollup.id, indicator_node_id=key)
    if not operations.falls_short(figure):
        flash(_("This score does not fall short of its target."), "info")
        return redirect(back)
    form = forms.ShortfallForm()
    if request.method == "GET":
        form.statement_en.data, form.statement_zh.data = _statements(rollup, key)
    if form.validate_on_submit():
        with refusals(form):
            made = operations.raise_shortfall(
                rollup, key, statement_en=form.statement_en.data or "", statement_zh=form.statement_zh.data or "",
                detail=form.detail.data or "", grade=Grade(form.grade.data), actor=g.person,
            )  # fmt: skip
            flash(_("Recorded as %(code)s. Quality managers see it in their inbox.", code=made.code), "good")
            return redirect(url_for("findings.finding", finding_id=made.id))
    line = next(each for each in telling.lines(rollup) if each.key == key)
    return form_page("indicators/finding.html", form, rollup=rollup, system=rollup.version.system, wave=rollup.wave, line=line,
        figure=figure, back=back, score_words=telling.score_words,
    )  # fmt: skip


def _statements(rollup: IndicatorRollup, key: str) -> tuple[str, str]:
    node, wave = rollup.result["nodes"][key], rollup.wave
    made = []
    for code in ("en", "zh"):
        with force_locale(code):
            made.append(
                _(
                    "%(name)s scores %(score)s of 100, target %(target)s (%(unit)s, %(wave)s)",
                    name=pick(node["name_en"], node["name_zh"]), score=telling.score_words(node["score"]),
                    target=telling.score_words(node["target"]), unit=wave.unit.name, wave=wave.name,
                )
            )  # fmt: skip
    return made[0], made[1]
