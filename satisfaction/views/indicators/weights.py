"""Weights: typed, from a model, of customer groups."""

from typing import Any

from flask import flash, g, redirect, request

from core.access import guard
from core.errors import NotFound, RuleViolation
from core.forms import RecordForm, record_number
from core.i18n import _, pick
from core.pages import form_page, refusals
from satisfaction.indicators import forms
from satisfaction.indicators.models import IndicatorVersion
from satisfaction.operations.indicators import systems, trees
from satisfaction.permissions import SEE, WEIGH
from satisfaction.queries import indicator_scores as scores
from satisfaction.queries import indicators as queries
from satisfaction.rules.indicators import GROUPS_MOST, Level, VersionState
from satisfaction.views import blueprint
from satisfaction.views.indicators.systems import back_to
from satisfaction.views.indicators.trees import draft_node


def _typed(name: str) -> float | None:
    try:
        return forms.percent_of(request.form.get(name, "")[:20])
    except ValueError as error:
        raise RuleViolation(_("Give a number.")) from error


@blueprint.route("/surveys/indicators/nodes/<int:indicator_node_id>/weights", methods=["GET", "POST"])
@guard(WEIGH)
def indicator_weights(indicator_node_id: int) -> Any:
    parent = draft_node(indicator_node_id)
    children = queries.list_children(parent.id)
    if len(children) < 2:
        raise NotFound
    form = RecordForm()
    typed = {
        child.id: "" if child.weight is None else f"{100 * child.weight:.2f}".rstrip("0").rstrip(".")
        for child in children
    }
    if form.validate_on_submit():
        typed = {child.id: request.form.get(f"w{child.id}", "")[:20] for child in children}
        way = request.form.get("way", "")
        with refusals(form):
            percents = {child.id: _typed(f"w{child.id}") for child in children}
            if way == "alike":
                percents = dict.fromkeys(percents, 100 / len(children))
            trees.set_weights(parent, percents, normalise=way in {"normalise", "alike"}, actor=g.person)
            flash(_("The weights under %(node)s are set.", node=parent.name), "good")
            return redirect(back_to(parent.version) + f"#n{parent.id}")
    return form_page("indicators/weights.html", form, version=parent.version, parent=parent, children=children, typed=typed,
    )  # fmt: skip


# --- from a model --------------------------------------------------------------------------------------------


def editable_draft(version_id: int) -> IndicatorVersion:
    version = queries.get_version_for(g.person, version_id, WEIGH)
    if version.state != VersionState.draft or version.system.withdrawn_at is not None:
        raise RuleViolation(
            _(
                "Version %(number)s is or was in force: draft a new version to change it.",
                number=version.number,
            )
        )
    return version


@blueprint.route("/surveys/indicators/versions/<int:indicator_version_id>/model", methods=["GET", "POST"])
@guard(WEIGH)
def weights_from_model(indicator_version_id: int) -> Any:
    version = editable_draft(indicator_version_id)
    models = scores.list_models(version.system, g.person)
    asked = request.values.get("analysis", type=record_number)
    chosen = next((each for each in models if each.id == asked), models[0] if models else None)
    offered = trees.offered(version, chosen) if chosen is not None else []
    form = forms.ModelForm()
    form.nodes.choices = [(each.node.id, each.node.code) for each in offered]
    if request.method == "GET":
        form.nodes.data = [each.node.id for each in offered if each.refusal is None]
    if form.validate_on_submit():
        with refusals(form):
            if chosen is None:
                raise RuleViolation(_("There is no model to take weights from."))
            taken = trees.take_from_model(version, chosen, form.nodes.data or [], actor=g.person)
            flash(_("Weights of %(num)s places are taken from %(code)s and stay as they are.", num=taken, code=chosen.code), "good")  # fmt: skip
            return redirect(back_to(version))
    return form_page("indicators/model.html", form, version=version, models=models, chosen=chosen, offered=offered,
        levels={level.value: level.label for level in Level}, picked=set(form.nodes.data or []),
    )  # fmt: skip


# --- customer groups -----------------------------------------------------------------------------------------


@blueprint.route("/surveys/indicators/versions/<int:indicator_version_id>/groups", methods=["GET", "POST"])
@guard(WEIGH)
def indicator_groups(indicator_version_id: int) -> Any:
    version = editable_draft(indicator_version_id)
    known = _groupings(version)
    form = RecordForm()
    asked = request.values.get("grouping", "")
    grouping = asked if asked in known else version.grouping if "grouping" not in request.values else ""
    shares = (
        {each["key"]: 100 * each["share"] for each in version.shares} if grouping == version.grouping else {}
    )
    groups = known.get(grouping, ("", []))[1]
    typed = {
        each["key"]: f"{shares[each['key']]:.2f}".rstrip("0").rstrip(".") if each["key"] in shares else ""
        for each in groups
    }
    if form.validate_on_submit():
        typed = {each["key"]: request.form.get(f"g{number}", "")[:20] for number, each in enumerate(groups)}
        with refusals(form):
            given = [{**each, "percent": _typed(f"g{number}")} for number, each in enumerate(groups)]
            systems.set_groups(
                version, grouping, given, normalise=request.form.get("way") == "normalise", actor=g.person
            )
            said = (
                _("The customer groups are weighted.")
                if version.grouping
                else _("Every answer counts alike now.")
            )
            flash(said, "good")
            return redirect(back_to(version))
    return form_page("indicators/groups.html", form, version=version, grouping=grouping, groups=groups, typed=typed,
        options=[(key, name) for key, (name, _values) in known.items()], word=lambda each: pick(each["en"], each["zh"]),
    )  # fmt: skip


def _groupings(version: IndicatorVersion) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """Ways to tell answers apart: what the newest waves have, and what the version uses now."""
    from satisfaction import results
    from satisfaction.indicators.rolling import groupings

    known: dict[str, tuple[str, list[dict[str, Any]]]] = {}
    for wave in scores.list_waves(version.system, g.person, SEE)[:3]:
        sheet, found = results.of_wave(wave)
        if found.too_few:
            continue
        for key, (name, listed) in groupings(sheet, wave.min_cell).items():
            values = known.setdefault(key, (name, []))[1]
            there = {each["key"] for each in values}
            values += [each for each in listed if each["key"] not in there][: GROUPS_MOST - len(values)]
    if version.grouping:
        values = known.setdefault(version.grouping, (version.grouping, []))[1]
        there = {each["key"] for each in values}
        values += [{**each, "n": None} for each in version.shares if each["key"] not in there]
    return known
