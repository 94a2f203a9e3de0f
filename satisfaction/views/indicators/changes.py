"""What changed between two versions of an indicator system."""

from typing import Any

from flask import g, render_template, request

from core.access import guard
from core.errors import NotFound
from core.forms import record_number
from core.i18n import _, format_number, pick
from satisfaction.indicators.models import IndicatorVersion
from satisfaction.permissions import SEE
from satisfaction.queries import indicators as queries
from satisfaction.rules.indicators import Level, compare
from satisfaction.views import blueprint
from satisfaction.views.indicators.systems import node_name


@blueprint.get("/surveys/indicators/<int:indicator_system_id>/compare")
@guard(SEE)
def compare_indicators(indicator_system_id: int) -> Any:
    """Two versions side by side, in words."""
    found = queries.get_system_for(g.person, indicator_system_id)
    versions = queries.list_versions(found.id)
    if len(versions) < 2:
        raise NotFound
    by_number = {each.number: each for each in versions}
    new = by_number.get(request.args.get("to", type=record_number) or 0, versions[0])
    old = by_number.get(
        request.args.get("from", type=record_number) or 0, by_number.get(new.number - 1, versions[-1])
    )
    changes = compare(queries.get_tree(old.id), queries.get_tree(new.id))
    return render_template(
        "indicators/compare.html",
        found=found,
        versions=versions,
        old=old,
        new=new,
        changes=[(change, *change_words(change)) for change in changes],
        levels={level.value: level.label for level in Level},
        more=_more(old, new),
        name=node_name,
    )


def change_words(change: Any) -> tuple[str, str, str]:
    """What kind of change, before, after."""
    match change.kind:
        case "added":
            return _("added"), "—", _share(change.after)
        case "removed":
            return _("removed"), _share(change.before), "—"
        case "moved":
            return _("moved"), _("under %(node)s", node=change.before), _("under %(node)s", node=change.after)
        case "renamed":
            return _("renamed"), node_name(change.before), node_name(change.after)
        case "weight":
            return _("weight"), _share(change.before), _share(change.after)
    return _("target"), _score(change.before), _score(change.after)


def _share(value: float | None) -> str:
    return "—" if value is None else f"{format_number(100 * value, 1)} %"


def _score(value: float | None) -> str:
    return "—" if value is None else format_number(value, 1)


def _more(old: IndicatorVersion, new: IndicatorVersion) -> list[tuple[str, str, str]]:
    """What is said of the version as a whole."""
    made = []
    if old.coverage != new.coverage:
        made.append((_("Least coverage"), _share(old.coverage), _share(new.coverage)))
    groups = [
        ", ".join(f"{pick(each['en'], each['zh'])} {_share(each['share'])}" for each in version.shares) or "—"
        for version in (old, new)
    ]
    if groups[0] != groups[1]:
        made.append((_("Customer groups"), groups[0], groups[1]))
    return made
