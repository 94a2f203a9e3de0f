"""The index of a survey over its waves."""

from typing import Any

from flask import g, render_template, request

from core.access import guard
from core.i18n import _, format_number, pick
from satisfaction.analyses import pictures
from satisfaction.analyses.forms import construct_word
from satisfaction.analyses.telling import ends
from satisfaction.permissions import SEE
from satisfaction.queries.analyses import IndexPoint, index_trends
from satisfaction.queries.questionnaires import get_questionnaire_for
from satisfaction.views import blueprint

POINTS_SHOWN = 40


@blueprint.get("/surveys/questionnaires/<int:questionnaire_id>/index")
@guard(SEE)
def index_over_waves(questionnaire_id: int) -> Any:
    found = get_questionnaire_for(g.person, questionnaire_id)
    trends = index_trends(found.id, g.person)
    model = next((points for key, points in trends if key == request.args.get("model")), None)
    points = (model if model is not None else trends[0][1] if trends else [])[-POINTS_SHOWN:]
    constructs = list(dict.fromkeys(name for point in points for name in point.index))
    asked = request.args.get("construct", "")
    chosen = (
        asked
        if asked in constructs
        else next((name for name in ("satisfaction", *constructs) if name in constructs), "")
    )
    return render_template(
        "analyses/trend.html",
        found=found,
        trends=[
            (key, " – ".join(dict.fromkeys((_name(each[0]), _name(each[-1])))), len(each))
            for key, each in trends
        ],
        model=request.args.get("model") or (trends[0][0] if trends else ""),
        constructs=[(name, construct_word(name)) for name in constructs],
        construct=chosen,
        word=construct_word(chosen) if chosen else "",
        points=[point for point in points if chosen in point.index],
        picture=_picture(points, chosen),
        ends=ends,
        name=_name,
        several=len({point.weighted for point in points}) > 1,
    )


def _name(point: IndexPoint) -> str:
    return pick(point.name_en, point.name_zh)


def _picture(points: list[IndexPoint], construct: str) -> Any:
    shown = [point for point in points if construct in point.index]
    if not shown:
        return None
    names = [_name(point) for point in shown]
    if len(set(names)) < len(names):
        names = [f"{name} ({point.analysis_code})" for name, point in zip(names, shown, strict=True)]
    told = [
        f"{format_number(point.index[construct], 1)} {ends(point.intervals.get(construct), 1)}".strip()
        for point in shown
    ]
    return pictures.trend(
        names,
        [point.index[construct] for point in shown],
        [tuple(point.intervals[construct]) if construct in point.intervals else None for point in shown],
        told,
        _("Index of %(what)s, 0 to 100", what=construct_word(construct)),
    )
