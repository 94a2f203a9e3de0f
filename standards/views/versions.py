"""One version: its text, its way through review and approval, and two of them compared."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from accounts import queries as accounts
from core import access, clock, trail
from core.access import guard
from core.errors import NotFound, RuleViolation
from core.i18n import _, format_target, language
from core.pages import form_page, refusals
from core.signing import is_valid, signatures_of
from standards.forms.standards import ApprovalForm, CommentForm, ReasonForm, VersionForm
from standards.models import Requirement, Version
from standards.operations import versions as operations
from standards.permissions import APPROVE, SEE, WRITE
from standards.queries import standards as queries
from standards.rules.compare import compare as compare_rows
from standards.rules.compare import differences
from standards.rules.requirements import Dimension, Kano, Kind
from standards.rules.sentences import limit_words, plain
from standards.rules.versions import GUARD_TEXTS, OPEN, Guard, VersionState, verbs
from standards.views import blueprint
from standards.views.journey_offers import beside_standard
from standards.views.standards import hints_of


@dataclass(frozen=True)
class Button:
    """A step that the table of states allows; `missing` says why not yet."""

    verb: str
    label: Any
    missing: Any = None
    primary: bool = False


LABELS: dict[str, Callable[[], str]] = {
    "submit": lambda: _("Send for review"),
    "delete": lambda: _("Delete the draft"),
    "send_back": lambda: _("Send back"),
    "take_back": lambda: _("Take back"),
    "approve": lambda: _("Approve"),
    "withdraw": lambda: _("Withdraw"),
}
PRIMARY = {"submit", "approve"}


def buttons(version: Version, rows: list[Requirement], person: Any) -> list[Button]:
    """What this person may do now, and what only waits for something, with what it waits for."""
    path = version.standard.unit.path
    made = []
    for row in verbs(version.state):
        needed = operations.WHO.get(row.who)
        if needed is None or not access.may(person, needed, path):
            continue
        missing = None
        if Guard.has_requirements in row.guards and not rows:
            missing = GUARD_TEXTS[Guard.has_requirements]
        elif Guard.complete in row.guards and any(item.kind == "timing" and not item.limit for item in rows):
            missing = GUARD_TEXTS[Guard.complete]
        elif Guard.not_author in row.guards and person.id in queries.writers_of(version):
            missing = GUARD_TEXTS[Guard.not_author]
        elif Guard.never_submitted in row.guards and version.submitted_at is not None:
            continue
        made.append(Button(row.verb, LABELS[row.verb](), missing, row.verb in PRIMARY))
    return sorted(made, key=lambda button: button.primary)


@blueprint.get("/standards/versions/<int:version_id>")
@guard(SEE)
def version(version_id: int) -> str:
    found = queries.get_version_for(g.person, version_id)
    rows = queries.list_requirements(found.id)
    content = operations.content_of(found)
    may_write = access.may(g.person, WRITE, found.standard.unit.path)
    former = next(
        (item for item in queries.list_versions(found.standard_id) if item.number < found.number), None
    )
    return render_template(
        "standards/version.html",
        version=found,
        zone=queries.zone_of(found.standard.unit),
        standard=found.standard,
        rows=rows,
        clauses=queries.clauses_by_requirement([row.id for row in rows]),
        buttons=buttons(found, rows, g.person),
        signatures=[
            (
                item,
                found.state not in {VersionState.draft, VersionState.in_review} and is_valid(item, content),
            )
            for item in signatures_of(found)
        ],
        approvers=_approvers(found) if found.state == VersionState.in_review else None,
        entries=trail.history(found, limit=100),
        hints=hints_of(found, rows) if found.state in OPEN else [],
        touchpoints=beside_standard(found.standard, g.person) if found.state in OPEN else None,
        editable=may_write and found.state == VersionState.draft,
        former=former if former is not None and queries.may_see_version(g.person, former) else None,
    )


def _approvers(found: Version) -> list[str]:
    """Names of who may approve it; a handful is enough to know whom to ask."""
    writers = queries.writers_of(found)
    able = accounts.people_with(APPROVE, found.standard.unit.path, limit=len(writers) + 4)
    return [person.name for person in able if person.id not in writers][:4]


def _draft_of(version_id: int) -> Version:
    return queries.get_version_for(g.person, version_id, WRITE)


@blueprint.route("/standards/versions/<int:version_id>/edit", methods=["GET", "POST"])
@guard(WRITE)
def edit_version(version_id: int) -> Any:
    found = _draft_of(version_id)
    if found.state != VersionState.draft:
        raise RuleViolation(_("Only a draft can be edited. Draft a new version to change what is promised."))
    form = VersionForm(obj=found)
    if form.validate_on_submit():
        values = {name: value or "" for name, value in form.values.items() if name != "review_date"}
        with refusals(form):
            operations.change_version(
                found,
                seen=form.seen_version,
                actor=g.person,
                review_date=form.review_date.data,
                **values,
            )
            flash(_("Saved."), "good")
            return redirect(url_for("standards.version", version_id=found.id))
    return form_page("standards/version_form.html", form, version=found)


@blueprint.post("/standards/versions/<int:version_id>/submit")
@guard(WRITE)
def submit(version_id: int) -> Any:
    found = _draft_of(version_id)
    operations.submit(found, actor=g.person)
    flash(
        _(
            "Version %(number)s is in review. Somebody other than its writers approves it.",
            number=found.number,
        ),
        "good",
    )
    return redirect(url_for("standards.version", version_id=found.id))


@blueprint.post("/standards/versions/<int:version_id>/take_back")
@guard(WRITE)
def take_back(version_id: int) -> Any:
    found = _draft_of(version_id)
    operations.take_back(found, actor=g.person)
    flash(_("Version %(number)s is a draft again.", number=found.number), "good")
    return redirect(url_for("standards.version", version_id=found.id))


@blueprint.post("/standards/versions/<int:version_id>/delete")
@guard(WRITE)
def delete(version_id: int) -> Any:
    found = _draft_of(version_id)
    standard_id = found.standard_id
    gone = operations.delete_draft(found, actor=g.person)
    flash(_("The draft is deleted."), "good")
    return redirect(
        url_for("standards.index") if gone else url_for("standards.show", standard_id=standard_id)
    )


@blueprint.route("/standards/versions/<int:version_id>/send_back", methods=["GET", "POST"])
@guard(APPROVE)
def send_back(version_id: int) -> Any:
    found = queries.get_version_for(g.person, version_id, APPROVE)
    form = CommentForm()
    if form.validate_on_submit():
        with refusals(form):
            operations.send_back(found, actor=g.person, comment=form.comment.data)
            flash(
                _("Version %(number)s is a draft again; its writers see your comments.", number=found.number),
                "good",
            )
            return redirect(url_for("standards.version", version_id=found.id))
    return form_page(
        "standards/reason.html",
        form,
        standard=found.standard,
        heading=_("Send version %(number)s back", number=found.number),
        note=_("It becomes a draft again. A signature given for it does not hold for what is changed."),
        label=_("Send back"),
        back=url_for("standards.version", version_id=found.id),
    )


@blueprint.route("/standards/versions/<int:version_id>/withdraw", methods=["GET", "POST"])
@guard(APPROVE)
def withdraw_version(version_id: int) -> Any:
    found = queries.get_version_for(g.person, version_id, APPROVE)
    form = ReasonForm()
    if form.validate_on_submit():
        with refusals(form):
            operations.withdraw(found, actor=g.person, reason=form.reason.data)
            flash(_("Version %(number)s is withdrawn.", number=found.number), "good")
            return redirect(url_for("standards.version", version_id=found.id))
    return form_page(
        "standards/reason.html",
        form,
        standard=found.standard,
        heading=_("Withdraw version %(number)s", number=found.number),
        note=_("From now on no version is in force until another one is. Cases up to now keep this one.")
        if found.state == VersionState.effective
        else _("It will not come into force."),
        label=_("Withdraw"),
        back=url_for("standards.version", version_id=found.id),
    )


@blueprint.route("/standards/versions/<int:version_id>/approve", methods=["GET", "POST"])
@guard(APPROVE)
def approve(version_id: int) -> Any:
    found = queries.get_version_for(g.person, version_id, APPROVE)
    form = ApprovalForm()
    today = clock.now().astimezone(queries.zone_of(found.standard.unit)).date()
    if request.method == "GET":
        form.effective_on.data, form.row_version.data = today, found.row_version
    if form.validate_on_submit():
        try:
            operations.approve(
                found,
                actor=g.person,
                password=form.password.data,
                effective_on=form.effective_on.data,
                recorded_later=form.recorded_later.data,
                seen=form.seen_version,
            )
        except RuleViolation as violation:
            form.refuse(violation)
            form.row_version.data = found.row_version  # what stands on the page that comes back
        else:
            said = (
                _("Version %(number)s is approved and in force.", number=found.number)
                if found.state == VersionState.effective
                else _("Version %(number)s is approved.", number=found.number)
            )
            flash(said, "good")
            return redirect(url_for("standards.version", version_id=found.id))
    return form_page(
        "standards/approve.html",
        form,
        version=found,
        standard=found.standard,
        rows=queries.list_requirements(found.id),
        former=queries.find_effective_version(found.standard_id),
        missing=GUARD_TEXTS[Guard.not_author] if g.person.id in queries.writers_of(found) else None,
    )


# --- two versions --------------------------------------------------------------------------------------------


def texts_of(row: Requirement) -> dict[str, str]:
    """A requirement as texts by name, in the page's language."""
    kind = Kind(row.kind)
    texts = {
        str(_("Text")): plain(row.statement),
        str(_("Kind")): str(kind.label),
        str(_("Target")): format_target(row.target),
    }
    if row.kind == "timing":
        texts |= {
            str(_("Clock starts at")): row.from_milestone,
            str(_("Clock stops at")): row.to_milestone,
            str(_("Limit")): limit_words(row.limit, language()),
            str(_("Calendar")): row.calendar.name if row.calendar else "",
            str(_("Which cases")): "; ".join(
                f"{name}: {', '.join(values)}" for name, values in row.population.items()
            ),
            str(_("Pauses")): "; ".join(" – ".join(pair) for pair in row.pauses),
        }
    texts |= {
        str(_("SERVQUAL dimension")): str(Dimension(row.dimension).label) if row.dimension else "",
        str(_("Kano category")): str(Kano(row.kano).label) if row.kano else "",
        str(_("How it is checked")): row.verification,
        str(_("Evidence expected")): row.evidence_expected,
    }
    return texts


@blueprint.get("/standards/<int:standard_id>/compare")
@guard(SEE)
def compare(standard_id: int) -> str:
    standard = queries.get_standard_for(g.person, standard_id)
    versions = [
        item for item in queries.list_versions(standard.id) if queries.may_see_version(g.person, item)
    ]
    if not versions:
        raise NotFound
    by_number = {item.number: item for item in versions}
    after = by_number.get(request.args.get("after", type=int) or 0) or versions[0]
    default = next((item for item in versions if item.number < after.number), versions[-1])
    before = by_number.get(request.args.get("before", type=int) or 0) or default
    sides = [
        [(row.code, row, texts_of(row)) for row in queries.list_requirements(item.id)]
        for item in (before, after)
    ]
    return render_template(
        "standards/compare.html",
        standard=standard,
        versions=versions,
        before=before,
        after=after,
        changes=compare_rows(*sides),
        purpose=differences(before.purpose, after.purpose) if before.purpose != after.purpose else [],
        text_name=str(_("Text")),
    )
