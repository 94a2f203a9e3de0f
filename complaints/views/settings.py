"""How complaints are taken: per unit, which standard sets the clocks, what the public page offers."""

from decimal import Decimal
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from accounts import queries as accounts
from complaints import forms
from complaints.models import ComplaintSetting
from complaints.operations import settings as operations
from complaints.permissions import CONFIGURE
from complaints.queries import settings as queries
from complaints.rules.clocks import STOPS, suggest
from complaints.rules.states import STATE_LABELS, WAY, State
from complaints.views import wording as words
from complaints.views.blueprint import blueprint
from core.access import guard
from core.forms import choices, record_number
from core.i18n import _, language, pick
from core.pages import form_page, refusals
from standards.models import Requirement, Standard
from standards.queries.standards import find_standard
from standards.rules.sentences import limit_words, plain


@blueprint.get("/complaints/settings")
@guard(CONFIGURE)
def settings() -> Any:
    """Units of the person's, with what holds at each: its own setting or the one above."""
    units = accounts.list_units(g.person, CONFIGURE)
    own = {item.unit_id: item for item in queries.list_settings()}
    rows = []
    for unit in units:
        above = [int(part) for part in unit.path.strip("/").split("/") if part][::-1]
        clocking = next((own[key] for key in above if key in own and own[key].standard_id), None)
        rows.append((unit, own.get(unit.id), clocking))
    return render_template(
        "complaints/settings.html",
        rows=rows,
        least=min((unit.depth for unit in units), default=0),
        offered=any(item.offered for item in own.values()),
        public_url=url_for(".complain", _external=True),
        money=words.money,
    )


def _requirement_words(item: Requirement) -> str:
    said = plain(pick(item.statement_en, item.statement_zh)) or item.code
    return f"{item.code} · {limit_words(item.limit, language())} · {said}"[:160]


@blueprint.route("/complaints/settings/<int:unit_id>", methods=["GET", "POST"])
@guard(CONFIGURE)
def setting(unit_id: int) -> Any:
    unit = accounts.get_unit_for(g.person, unit_id, CONFIGURE)
    found = queries.find_own(unit)
    form = forms.SettingForm(obj=found)
    form.standard_id.choices = choices(
        ((item.id, f"{item.code} {item.title}") for item in queries.list_standards()),
        empty=_("none here; the unit above decides"),
    )
    if request.method == "GET":
        chosen = request.args.get("standard", type=record_number)
        form.standard_id.data = chosen or (found.standard_id if found else None)
        form.handler_limit.data = Decimal(found.handler_limit if found else 0) / 100
    standard = find_standard(form.standard_id.data)
    timing = queries.list_timing(standard.id) if standard else []
    if request.method == "GET":
        _fill(form, found, standard, timing)
    for stops in STOPS:
        form[f"code_{stops.value}"].choices = choices(
            ((item.code, _requirement_words(item)) for item in timing), empty=_("no clock")
        )
    if form.validate_on_submit():
        with refusals(form):
            operations.set_up(
                unit,
                standard=standard,
                clocks=_chosen(form) if standard else {},
                handler_limit=form.handler_limit.hundredths,
                offered=form.offered.data,
                intro_en=form.intro_en.data or "",
                intro_zh=form.intro_zh.data or "",
                route_en=form.route_en.data or "",
                route_zh=form.route_zh.data or "",
                seen=form.seen_version,
                actor=g.person,
            )
            flash(_("How complaints are taken at %(name)s is set.", name=unit.name), "good")
            return redirect(url_for(".settings"))
    return form_page(
        "complaints/setting.html",
        form,
        unit=unit,
        standard=standard,
        timing=timing,
        stops=list(STOPS),
        state_labels=STATE_LABELS,
        version=queries.find_version(standard.id) if standard else None,
        above=queries.find_clocking(unit) if standard is None else None,
        pausing=[item.code for item in timing if item.pauses],
    )


def _fill(
    form: forms.SettingForm,
    found: ComplaintSetting | None,
    standard: Standard | None,
    timing: list[Requirement],
) -> None:
    """The clocks as they are kept, or for a standard just chosen what its milestones suggest."""
    if found is not None and standard is not None and found.standard_id == standard.id:
        clocks = dict(found.clocks)
    else:
        clocks = {}
        for item in timing:
            starts, stops = suggest(item.from_milestone), suggest(item.to_milestone)
            if stops in STOPS and stops.value not in clocks:
                before = starts if starts in WAY and WAY.index(starts) < WAY.index(stops) else State.received
                clocks[stops.value] = {"code": item.code, "from": before.value}
    for stops in STOPS:
        chosen = clocks.get(stops.value, {})
        form[f"code_{stops.value}"].data = chosen.get("code", "")
        form[f"from_{stops.value}"].data = chosen.get("from", State.received.value)


def _chosen(form: forms.SettingForm) -> dict[str, dict[str, str]]:
    return {
        stops.value: {
            "code": str(form[f"code_{stops.value}"].data or ""),
            "from": str(form[f"from_{stops.value}"].data),
        }
        for stops in STOPS
        if form[f"code_{stops.value}"].data
    }
