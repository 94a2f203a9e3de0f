"""The page of one standard with promise, line and proof; writing, drafting and withdrawing it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, g, redirect, render_template, request, url_for
from markupsafe import Markup, escape

import standards.words  # noqa: F401 - registers how the trail reads
from accounts import queries as accounts
from core import access, clock
from core.access import guard
from core.charts.marks import JINJA_GLOBALS
from core.errors import NotFound
from core.i18n import _, format_date, lang_of, language
from core.pages import form_page, refusals
from core.slots import panels
from core.web import once_token
from standards import proof
from standards.forms.standards import NewStandardForm, ReasonForm, StandardForm
from standards.models import Requirement, Standard, Version
from standards.operations import standards as operations
from standards.operations import versions as version_operations
from standards.permissions import APPROVE, SEE, WRITE
from standards.queries import standards as queries
from standards.queries.mapping import may_map
from standards.rules.linter import Checked, Hint, Property, lint
from standards.rules.requirements import Dimension, Kano, Kind
from standards.rules.sentences import limit_words, parts, plain
from standards.rules.versions import Grouping, VersionState
from standards.views import blueprint
from standards.views.mapping import mapping_panels


@blueprint.record_once
def _marks(state: Any) -> None:
    state.app.jinja_env.globals.update(JINJA_GLOBALS)


def bold(text: str) -> Markup:
    """A statement of a requirement for the page: `**` becomes bold, everything else is text."""
    return Markup("").join(
        Markup("<b>%s</b>") % piece if strong else escape(piece) for strong, piece in parts(text)
    )


def hint_groups(hints: Sequence[Hint]) -> list[tuple[Any, list[Hint]]]:
    """Hints under the four properties, in their order."""
    groups = [(item.label, [hint for hint in hints if hint.property is item]) for item in Property]
    return [(label, found) for label, found in groups if found]


def first_day(version: Version, zone: ZoneInfo) -> str:
    """The first day in force, in the zone of the unit: a start at midnight there is that day for every reader."""
    return format_date(version.effective_from.astimezone(zone).date()) if version.effective_from else ""


def last_day(version: Version, zone: ZoneInfo) -> str:
    """The last day in force; the instant that ends it is the first one after."""
    if version.effective_until is None:
        return ""
    return format_date((version.effective_until - timedelta(microseconds=1)).astimezone(zone).date())


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {
        "bold": bold,
        "plain_statement": plain,
        "limit_words": limit_words,
        "version_state": VersionState,
        "requirement_kind": Kind,
        "dimension_of": Dimension,
        "kano_of": Kano,
        "grouping_of": Grouping,
        "may_write_anywhere": lambda: access.may(g.person, WRITE),
        "once_token": once_token,
        "first_day": first_day,
        "last_day": last_day,
        "hint_groups": hint_groups,
        "proof_links": lambda found: list(dict.fromkeys(link for item in found for link in item.links)),
        "late_day": lambda day: Markup('<span class="late">%s</span>') % day,
    }


def shown_version(standard: Standard, person: Any) -> Version | None:
    """What the page of a standard shows: the version in force, else the one on its way, else the last."""
    effective = queries.find_effective_version(standard.id)
    if effective is not None:
        return effective
    found = queries.find_open_version(standard.id) or queries.find_latest_version(standard.id)
    return found if found is not None and queries.may_see_version(person, found) else None


def hints_of(version: Version, rows: Sequence[Requirement]) -> list[Hint]:
    standard = version.standard
    found = lint(
        [
            Checked(
                code=row.code,
                kind=row.kind,
                statement_en=row.statement_en,
                statement_zh=row.statement_zh,
                target=row.target,
                from_milestone=row.from_milestone,
                to_milestone=row.to_milestone,
                limit=row.limit,
                population=row.population,
                pauses=row.pauses,
                has_calendar=row.calendar_id is not None,
                calendar_has_hours=bool(row.calendar and row.calendar.definition.get("week")),
                dimension=row.dimension,
                kano=row.kano,
                verification=row.verification,
            )
            for row in rows
        ],
        review_date=version.review_date,
        today=clock.now().date(),
        title=(standard.title_en, standard.title_zh),
        purpose=(version.purpose_en, version.purpose_zh),
    )
    return [
        replace(hint, values={**hint.values, "limit": limit_words(hint.values["limit"], language())})
        if "limit" in hint.values
        else hint
        for hint in found
    ]


def _context(standard: Standard, part: str) -> dict[str, Any]:
    version = shown_version(standard, g.person)
    rows = queries.list_requirements(version.id) if version else []
    clauses = queries.clauses_by_requirement([row.id for row in rows])
    versions = [
        item for item in queries.list_versions(standard.id) if queries.may_see_version(g.person, item)
    ]
    open_version = next((item for item in versions if item.state in {"draft", "in_review", "approved"}), None)
    proofs = proof.proofs_of(standard, version, g.person) if version and part == "requirements" else {}
    findings = panels("standards.findings", standard, g.person)
    return {
        "standard": standard,
        "version": version,
        "rows": rows,
        "clauses": clauses,
        "clause_count": len({chip.clause_id for chips in clauses.values() for chip in chips}),
        "evidence_count": sum(1 for row in rows if row.evidence_expected),
        "versions": versions,
        "open_version": open_version,
        "next_number": max((item.number for item in versions), default=0) + 1,
        "proofs": proofs,
        "findings": findings,
        "side": panels("standard.side", standard, g.person),
        "hints": hints_of(version, rows) if version and version.state == "draft" else [],
        "calendars": list(dict.fromkeys(row.calendar.name for row in rows if row.calendar)),
        "may_write": access.may(g.person, WRITE, standard.unit.path),
        "may_approve": access.may(g.person, APPROVE, standard.unit.path),
        "part": part,
        "zone": queries.zone_of(standard.unit),
        "title_lang": lang_of(standard.title_en, standard.title_zh),
        "late": version is not None
        and version.review_date is not None
        and version.review_date <= clock.now().date(),
        **_foot(proofs),
    }


def _foot(proofs: dict[str, list[proof.Proof]]) -> dict[str, Any]:
    """What the foot of the plumb chart says: cases not decided yet, and which span the figures cover."""
    figures = [item.figure for found in proofs.values() for item in found if item.figure is not None]
    pending = sum(
        int(figure.working["pending"])
        for figure in figures
        if str(figure.working.get("pending", "")).isdigit()
    )
    firsts = [str(figure.working["from"]) for figure in figures if figure.working.get("from")]
    lasts = [str(figure.working["until"]) for figure in figures if figure.working.get("until")]
    period = ""
    if firsts and lasts:
        first, last = date.fromisoformat(min(firsts)), date.fromisoformat(max(lasts))
        form = "day" if first.year == last.year == clock.now().year else "table"
        period = _(
            "cases received %(first)s – %(last)s",
            first=format_date(first, form),
            last=format_date(last, form),
        )
    return {"pending": pending, "period": period, "measured": bool(figures)}


@blueprint.get("/standards/<int:standard_id>")
@guard(SEE)
def show(standard_id: int) -> str:
    standard = queries.get_standard_for(g.person, standard_id)
    return render_template("standards/standard.html", **_context(standard, "requirements"))


@blueprint.get("/standards/<int:standard_id>/<any(text, clauses, evidence, findings, versions, trail):part>")
@guard(SEE)
def part(standard_id: int, part: str) -> str:
    standard = queries.get_standard_for(g.person, standard_id)
    context = _context(standard, part)
    if part == "versions":
        context["signatures"] = queries.signatures_by_version(context["versions"])
    if part == "clauses" and context["version"] is not None:
        context["mapped"] = mapping_panels(context["version"], g.person)
        context["may_map"] = may_map(g.person, context["version"])
    if part == "trail":
        context["entries"] = queries.trail_of(standard, context["versions"])
    return render_template("standards/standard.html", **context)


@blueprint.route("/standards/new", methods=["GET", "POST"])
@guard(WRITE)
def write() -> Any:
    form = NewStandardForm().offer(g.person)
    if request.method == "GET":
        form.owner_id.data = g.person.id
        form.grouping.data = Grouping.provision.value
    if form.validate_on_submit():
        values = form.values
        unit = accounts.get_unit(values.pop("unit_id"))
        owner = accounts.get_person(values.pop("owner_id"))
        with refusals(form):
            made = operations.write_standard(unit=unit, owner=owner, actor=g.person, **_texts(values))
            flash(_("%(code)s is written. Now say what is promised.", code=made.code), "good")
            version = queries.find_open_version(made.id)
            assert version is not None
            return redirect(url_for("standards.version", version_id=version.id))
    return form_page("standards/standard_form.html", form, standard=None)


def _texts(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value or "" for key, value in values.items()}


@blueprint.route("/standards/<int:standard_id>/edit", methods=["GET", "POST"])
@guard(WRITE)
def edit(standard_id: int) -> Any:
    standard = queries.get_standard_for(g.person, standard_id, WRITE)
    form = StandardForm(obj=standard).offer(g.person)
    if form.validate_on_submit():
        values = form.values
        values["unit"] = accounts.get_unit(values.pop("unit_id"))
        values["owner"] = accounts.get_person(values.pop("owner_id"))
        for name in operations.TEXTS:
            values[name] = values[name] or ""
        with refusals(form):
            operations.change_standard(standard, seen=form.seen_version, actor=g.person, **values)
            flash(_("Saved."), "good")
            return redirect(url_for("standards.show", standard_id=standard.id))
    return form_page("standards/standard_form.html", form, standard=standard)


@blueprint.post("/standards/<int:standard_id>/draft")
@guard(WRITE)
def draft(standard_id: int) -> Any:
    standard = queries.get_standard_for(g.person, standard_id, WRITE)
    made = version_operations.draft_version(
        standard, actor=g.person, reason=request.form.get("reason", "").strip()[:200]
    )
    flash(
        _("Version %(number)s is drafted from the one before, with its clauses.", number=made.number), "good"
    )
    return redirect(url_for("standards.version", version_id=made.id))


@blueprint.route("/standards/<int:standard_id>/withdraw", methods=["GET", "POST"])
@guard(APPROVE)
def withdraw(standard_id: int) -> Any:
    standard = queries.get_standard_for(g.person, standard_id, APPROVE)
    if standard.withdrawn_at is not None:
        raise NotFound
    form = ReasonForm()
    if form.validate_on_submit():
        with refusals(form):
            operations.withdraw_standard(standard, actor=g.person, reason=form.reason.data)
            flash(_("%(code)s is withdrawn.", code=standard.code), "good")
            return redirect(url_for("standards.show", standard_id=standard.id))
    return form_page(
        "standards/reason.html",
        form,
        standard=standard,
        heading=_("Withdraw the standard"),
        note=_("The version in force ends now. Everything stays readable; no new version can be drafted."),
        label=_("Withdraw"),
        back=url_for("standards.show", standard_id=standard.id),
    )
