"""A finding that rests on the figures of an analysis."""

from typing import Any

from flask import flash, g, redirect, request, url_for
from wtforms import RadioField

from core import clock
from core.access import guard
from core.figures import Figure
from core.forms import RecordForm, choices, text
from core.i18n import _, _l, force_locale, format_number
from core.pages import form_page, refusals
from improvement.permissions import RAISE
from improvement.rules.findings import GRADE_LABELS, Grade
from satisfaction.analyses import telling
from satisfaction.analyses.reporting import title_of, told_of
from satisfaction.analyses.telling import Told
from satisfaction.models import Analysis
from satisfaction.operations import analyses as operations
from satisfaction.queries import analyses as queries
from satisfaction.views import blueprint

FIGURES_MOST = 20
GROUPS_MOST = 240


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
    told = told_of(found)
    if request.method == "GET":
        for code, field in (("en", form.statement_en), ("zh", form.statement_zh)):
            with force_locale(code):
                field.data = next(iter(told_of(found).lead), "")
        chosen = ["0"]
    if form.validate_on_submit():
        with refusals(form):
            made = operations.raise_from(
                found,
                statement_en=form.statement_en.data or "",
                statement_zh=form.statement_zh.data or "",
                detail=form.detail.data or "",
                grade=Grade(form.grade.data),
                figures=_frozen(found, chosen),
                actor=g.person,
            )
            flash(_("Recorded as %(code)s. Quality managers see it in their inbox.", code=made.code), "good")
            return redirect(url_for("findings.finding", finding_id=made.id))
    return form_page(
        "analyses/finding.html",
        form,
        found=found,
        title=title_of(found.method, found.title, entered=found.wave is None),
        figures=[(label, _figure_words(figure)) for label, figure in told.figures[:FIGURES_MOST]],
        of_groups=_of_groups(told),
        chosen=chosen,
    )


def _of_groups(told: Told) -> dict[str, list[tuple[str, str, str]]]:
    """The figures of each group: (how the form calls it, label, words)."""
    made: dict[str, list[tuple[str, str, str]]] = {}
    for place, (group, label, figure) in enumerate(told.of_groups[:GROUPS_MOST]):
        made.setdefault(group, []).append((f"g{place}", label, _figure_words(figure)))
    return made


def _offered(found: Analysis) -> dict[str, tuple[str, Figure]]:
    """What the form calls it → label in the language in force and figure."""
    told = told_of(found)
    made = {str(place): pair for place, pair in enumerate(told.figures[:FIGURES_MOST])}
    for place, (group, label, figure) in enumerate(told.of_groups[:GROUPS_MOST]):
        made[f"g{place}"] = (f"{group}: {label}", figure)
    return made


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
    words: dict[str, dict[str, tuple[str, Figure]]] = {}
    for code in ("en", "zh"):
        with force_locale(code):
            words[code] = _offered(found)
    made = []
    for name, (en, figure) in words["en"].items():
        zh = words["zh"][name][0]
        if name not in chosen:
            continue
        made.append(
            Figure(
                value=figure.value, n=figure.n, low=figure.low, high=figure.high, method=figure.method,
                as_of=found.made_at or clock.now(), unit=figure.unit,
                working={
                    "label_en": en, "label_zh": zh, "wave": found.wave.code if found.wave is not None else "", "analysis": found.code,
                    "engine_version": found.engine_version, "inputs_hash": found.inputs_sha256,
                    "href": operations.address(str(found.id)),
                },
            )
        )  # fmt: skip
    return made
