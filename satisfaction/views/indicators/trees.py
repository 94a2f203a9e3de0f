"""The tree of a draft: adding, changing, removing and ordering its parts."""

from typing import Any

from flask import flash, g, redirect, request, url_for

from core.access import guard
from core.errors import NotFound, RuleViolation
from core.i18n import _
from core.pages import form_page, refusals
from satisfaction.indicators import forms
from satisfaction.indicators.models import IndicatorNode
from satisfaction.operations.indicators import trees as operations
from satisfaction.permissions import WEIGH
from satisfaction.queries import indicators as queries
from satisfaction.rules.indicators import Level, VersionState
from satisfaction.views import blueprint
from satisfaction.views.indicators.systems import back_to


def draft_node(node_id: int) -> IndicatorNode:
    """A node that may be changed; there is no page for one that may not."""
    node = queries.get_node_for(g.person, node_id, WEIGH)
    if node.version.state != VersionState.draft or node.version.system.withdrawn_at is not None:
        raise RuleViolation(
            _(
                "Version %(number)s is or was in force: draft a new version to change it.",
                number=node.version.number,
            )
        )
    return node


@blueprint.route("/surveys/indicators/nodes/<int:indicator_node_id>/add", methods=["GET", "POST"])
@guard(WEIGH)
def add_indicator(indicator_node_id: int) -> Any:
    parent = draft_node(indicator_node_id)
    if parent.level == Level.item:
        raise NotFound
    return _add_items(parent) if parent.level == Level.indicator else _add_named(parent)


def _add_named(parent: IndicatorNode) -> Any:
    form = forms.NodeForm()
    if form.validate_on_submit():
        with refusals(form):
            made = operations.add_node(
                parent, name_en=form.name_en.data or "", name_zh=form.name_zh.data or "", target=form.target.data,
                actor=g.person,
            )  # fmt: skip
            flash(_("%(code)s %(name)s is added.", code=made.code, name=made.name), "good")
            if "more" in request.form:
                return redirect(url_for("satisfaction.add_indicator", indicator_node_id=parent.id))
            return redirect(back_to(parent.version) + f"#n{made.id}")
    return form_page("indicators/node_form.html", form, version=parent.version, parent=parent, record=None,
        level=Level(parent.level + 1).label, siblings=queries.list_children(parent.id),
    )  # fmt: skip


def _add_items(parent: IndicatorNode) -> Any:
    form = forms.ItemsForm()
    placed = {node.code: node for node in queries.list_nodes(parent.version_id) if node.level == Level.item}
    offered = [item for item in queries.items_to_place(parent.version.system) if item.code not in placed]
    form.items.choices = [(item.id, f"{item.code} · {item.text}") for item in offered]
    if form.validate_on_submit():
        chosen = set(form.items.data or [])
        with refusals(form):
            made = operations.add_items(
                parent, [item for item in offered if item.id in chosen], actor=g.person
            )
            flash(_("%(num)s items hang under %(node)s now.", num=len(made), node=parent.name), "good")
            return redirect(back_to(parent.version) + f"#n{parent.id}")
    return form_page("indicators/items_form.html", form, version=parent.version, parent=parent, offered=offered,
        placed=len(placed),
    )  # fmt: skip


@blueprint.route("/surveys/indicators/nodes/<int:indicator_node_id>/edit", methods=["GET", "POST"])
@guard(WEIGH)
def edit_indicator(indicator_node_id: int) -> Any:
    node = draft_node(indicator_node_id)
    form = forms.NodeForm(obj=node)
    if form.validate_on_submit():
        with refusals(form):
            operations.change_node(
                node, name_en=form.name_en.data or "", name_zh=form.name_zh.data or "", target=form.target.data,
                actor=g.person,
            )  # fmt: skip
            flash(_("Saved."), "good")
            return redirect(back_to(node.version) + f"#n{node.id}")
    return form_page("indicators/node_form.html", form, version=node.version, parent=None, record=node,
        level=Level(node.level).label, siblings=[],
    )  # fmt: skip


@blueprint.post("/surveys/indicators/nodes/<int:indicator_node_id>/remove")
@guard(WEIGH)
def remove_indicator(indicator_node_id: int) -> Any:
    node = draft_node(indicator_node_id)
    version, said = node.version, f"{node.code} {node.name}"
    operations.remove_node(node, actor=g.person)
    flash(_("%(node)s is removed.", node=said), "info")
    return redirect(back_to(version))


@blueprint.post("/surveys/indicators/nodes/<int:indicator_node_id>/<any(up, down):indicator_way>")
@guard(WEIGH)
def move_indicator(indicator_node_id: int, indicator_way: str) -> Any:
    node = draft_node(indicator_node_id)
    operations.move_node(node, indicator_way, actor=g.person)
    return redirect(back_to(node.version) + f"#n{node.id}")
