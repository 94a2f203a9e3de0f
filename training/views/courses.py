"""Courses: the list, the page of a course, its rules, retiring it."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from markupsafe import Markup

from accounts import queries as accounts
from accounts.lists import unit_filter
from accounts.models import Person, Unit
from accounts.rules import ROLE_LABELS, Role
from core import access, trail
from core.access import guard
from core.forms import choices, number_or_none
from core.i18n import _, _l, _n, format_date, pick
from core.tables import Column, Empty, Filter, ListPage, row_urls, two_lines
from standards.queries.standards import find_standard
from training import forms
from training.models import Competence, Course
from training.operations import courses as operations
from training.permissions import SEE, SEE_RECORDS, WRITE
from training.queries import assignments, competences, tallies
from training.queries import courses as queries
from training.rules import DUE_DAYS
from training.views.blueprint import blueprint, save_page


def validity(months: int) -> str:
    return _n("%(num)d month", "%(num)d months", months) if months else _("for good")


def _state_cell(row: Any) -> Markup:
    if row.retired_at is not None:
        tone, icon, word = "few", "archive", _("Retired")
    elif row.number is not None:
        tone, icon, word = "good", "check-circle-fill", _("Published")
    else:
        tone, icon, word = "edge", "pencil", _("Draft")
    made = Markup('<span class="state {}"><span class="bi bi-{}" aria-hidden="true"></span>{}</span>').format(
        tone, icon, word
    )
    if row.number is not None:
        made += Markup(' <span class="small quiet nb">{}</span>').format(
            _("version %(number)s", number=row.number)
        )
    return made


def _state_filter(value: str) -> Any:
    return {
        "published": queries.Published.id.is_not(None),
        "draft": queries.Published.id.is_(None) & Course.retired_at.is_(None),
        "retired": Course.retired_at.is_not(None),
    }.get(value)


def _courses_page() -> ListPage:
    url = row_urls("training.course", "course_id")
    columns = [
        Column(
            "title",
            _l("Course"),
            lambda row: two_lines(url(row.id), pick(row.title_en, row.title_zh), row.code),
            sort=Course.code,
            export=lambda row: pick(row.title_en, row.title_zh),
        ),
        Column("code", _l("Code"), lambda row: row.code, sort=Course.code, shown=False),
        Column("state", _l("State"), _state_cell, sort=queries.Published.number),
        Column("unit", _l("Unit"), lambda row: pick(row.unit_en, row.unit_zh), sort=Unit.path),
        Column("owner", _l("Owner"), lambda row: row.owner, sort=Person.name),
        Column("valid", _l("Valid for"), lambda row: validity(row.valid_months), sort=Course.valid_months),
        Column(
            "competence",
            _l("Competence"),
            lambda row: pick(row.competence_en, row.competence_zh) or "—",
            sort=Competence.code,
            shown=False,
        ),
        Column(
            "published",
            _l("Published"),
            lambda row: format_date(row.published_at),
            sort=queries.Published.published_at,
            css="nb",
            descending=True,
            shown=False,
        ),
    ]
    if access.may(g.person, SEE_RECORDS):
        columns += [
            Column("open", _l("Still to take"), lambda row: row.open, css="r"),
            Column("passed", _l("Passed"), lambda row: row.passed, css="r"),
        ]
    return ListPage(
        "courses",
        _l("Courses"),
        columns=columns,
        tie=Course.id,
        default_sort="title",
        filters=[
            unit_filter(),
            Filter(
                "state",
                _l("State"),
                lambda: [
                    ("published", _("Published")),
                    ("draft", _("Draft")),
                    ("retired", _("Retired")),
                ],
                _state_filter,
            ),
        ],
        search=[Course.code, Course.title_en, Course.title_zh],
        empty=lambda: Empty(
            _("No courses yet"),
            _(
                "A course is a few pages to read and a quiz. It is given by role and unit, when a version of a standard comes into force, or by a ticket."
            ),
            (url_for("training.new_course"), _("Write a course")) if access.may(g.person, WRITE) else None,
        ),
    )


@blueprint.get("/courses")
@guard(SEE)
def courses() -> Any:
    page = _courses_page()
    statement = queries.select_courses(g.person)
    return page.answer("training/courses.html", statement)


@blueprint.get("/courses/<int:course_id>")
@guard(SEE)
def course(course_id: int) -> str:
    found = queries.get_course_for(g.person, course_id)
    writes = access.may(g.person, WRITE, found.unit.path)
    sees = access.may(g.person, SEE_RECORDS)
    versions = [item for item in queries.list_versions(found.id) if writes or item.state != "draft"]
    shown = next((item for item in versions if item.state == "published"), None) or (
        versions[0] if versions else None
    )
    sets = tallies.tallies_shown(found.id, g.person) if sees else []
    return render_template(
        "training/course.html",
        course=found,
        versions=versions,
        version=shown,
        draft=next((item for item in versions if item.state == "draft"), None),
        published=next((item for item in versions if item.state == "published"), None),
        steps=queries.list_steps(shown.id) if shown else [],
        questions=len(queries.list_questions(shown.id)) if shown else 0,
        rules=queries.list_rules(found.id),
        rule_words=rule_words,
        sets=sets,
        whys=assignments.whys(item.id for item, _tally in sets),
        tally=tallies.tally_of_course(found.id, g.person) if sees else None,
        writes=writes,
        validity=validity,
        entries=trail.history(found, limit=60) if writes else [],
    )


def rule_words(rule: Any) -> str:
    """A rule as a sentence."""
    who = (
        _("%(role)s in %(unit)s", role=ROLE_LABELS[Role(rule.role)], unit=rule.unit.name)
        if rule.role
        else _("everybody in %(unit)s", unit=rule.unit.name)
    )
    if rule.standard is None:
        return _("%(who)s, also who joins later", who=who)
    if rule.requirement_code:
        return _(
            "%(who)s, when %(code)s of %(standard)s is new or changed",
            who=who,
            code=rule.requirement_code,
            standard=rule.standard.code,
        )
    return _(
        "%(who)s, when a new version of %(standard)s comes into force", who=who, standard=rule.standard.code
    )


# --- writing -------------------------------------------------------------------------------------------------


def course_crumbs(found: Course, last: Any = None) -> list[tuple[str | None, Any]]:
    crumbs: list[tuple[str | None, Any]] = [(url_for("training.courses"), _("Courses"))]
    if last is None:
        return [*crumbs, (None, found.code)]
    return [*crumbs, (url_for("training.course", course_id=found.id), found.code), (None, last)]


def _offer(form: forms.CourseForm) -> forms.CourseForm:
    form.unit_id.choices = choices(accounts.unit_choices(g.person, WRITE))
    form.owner_id.choices = choices((person.id, person.name) for person in accounts.list_people())
    form.competence_id.choices = choices(
        ((item.id, f"{item.code} {item.name}") for item in competences.list_competences()), empty=_l("None")
    )
    return form


def _values(form: forms.CourseForm) -> dict[str, Any]:
    values = form.values
    number = number_or_none(values.pop("competence_id"))
    return {
        **{key: values[key] or "" for key in operations.FIELDS},
        "unit": accounts.get_unit(values["unit_id"]),
        "owner": accounts.get_person(values["owner_id"]),
        "valid_months": values["valid_months"],
        "competence": competences.get_competence(number) if number is not None else None,
    }


def _hints() -> dict[str, Any]:
    return {
        "valid_months": _("0: for good. Otherwise a refresher is given a month before it ends."),
        "competence_id": _("Who passes holds this competence from that day."),
    }


@blueprint.route("/courses/new", methods=["GET", "POST"])
@guard(WRITE)
def new_course() -> Any:
    form = _offer(forms.CourseForm())
    if request.method == "GET":
        form.owner_id.data = g.person.id

    def save() -> str:
        made = operations.write_course(**_values(form), actor=g.person)
        draft = queries.find_draft(made.id)
        assert draft is not None
        return url_for(".version", course_version_id=draft.id)

    return save_page(
        form,
        save,
        crumbs=[(url_for(".courses"), _("Courses")), (None, _("New"))],
        heading=_("Write a course"),
        button=_("Write the course"),
        done=_("The course is begun. Now write what is to be read."),
        back=url_for(".courses"),
        hints=_hints(),
        once=True,
        pairs=True,
    )


@blueprint.route("/courses/<int:course_id>/change", methods=["GET", "POST"])
@guard(WRITE)
def change_course(course_id: int) -> Any:
    found = queries.get_course_for(g.person, course_id, WRITE)
    form = _offer(forms.CourseForm(obj=found))
    if request.method == "GET":
        form.competence_id.data = str(found.competence_id or "")
    return save_page(
        form,
        lambda: operations.change_course(found, **_values(form), seen=form.seen_version, actor=g.person),
        crumbs=course_crumbs(found, _("Change")),
        heading=_("Change %(code)s", code=found.code),
        button=_("Save"),
        done=_("Saved."),
        back=url_for(".course", course_id=found.id),
        hints=_hints(),
        pairs=True,
    )


@blueprint.route("/courses/<int:course_id>/retire", methods=["GET", "POST"])
@guard(WRITE)
def retire_course(course_id: int) -> Any:
    found = queries.get_course_for(g.person, course_id, WRITE)
    form = forms.ReasonForm(obj=found)
    return save_page(
        form,
        lambda: operations.retire_course(
            found, reason=form.reason.data, seen=form.seen_version, actor=g.person
        ),
        crumbs=course_crumbs(found, _("Retire")),
        heading=_("Retire the course"),
        button=_("Retire the course"),
        done=_("Retired."),
        back=url_for(".course", course_id=found.id),
        note=_("Nobody takes it any more, its rules end. Everything that was passed stays on record."),
    )


@blueprint.post("/courses/<int:course_id>/draft")
@guard(WRITE)
def draft(course_id: int) -> Any:
    found = queries.get_course_for(g.person, course_id, WRITE)
    made = operations.draft_version(found, actor=g.person)
    flash(_("Version %(number)s is drafted.", number=made.number), "good")
    return redirect(url_for(".version", course_version_id=made.id))


# --- rules ---------------------------------------------------------------------------------------------------


@blueprint.route("/courses/<int:course_id>/rules/new", methods=["GET", "POST"])
@guard(WRITE)
def new_rule(course_id: int) -> Any:
    found = queries.get_course_for(g.person, course_id, WRITE)
    form = forms.RuleForm()
    form.unit_id.choices = choices(accounts.unit_choices(g.person, WRITE))
    form.role.choices = forms.role_choices(_l("Any role"))
    form.standard_id.choices = choices(
        queries.standard_choices(), empty=_l("No standard: whoever is there, also who joins later")
    )
    if request.method == "GET":
        form.due_days.data = DUE_DAYS
        form.unit_id.data = found.unit_id
        form.standard_id.data = request.args.get("standard", "")

    def save() -> int:
        _rule, given = operations.add_rule(
            found,
            unit=accounts.get_unit_for(g.person, form.unit_id.data, WRITE),
            role=form.role.data,
            standard=find_standard(number_or_none(form.standard_id.data)),
            requirement_code=(form.requirement_code.data or "").upper(),
            due_days=form.due_days.data,
            actor=g.person,
        )
        return given

    return save_page(
        form,
        save,
        crumbs=course_crumbs(found, _("Who takes it")),
        heading=_("Who takes this course"),
        button=_("Add the rule"),
        done=lambda given: (
            _n(
                "Rule added: %(num)d person got the course.",
                "Rule added: %(num)d people got the course.",
                given,
            )
            if given
            else _("Rule added.")
        ),
        back=url_for(".course", course_id=found.id),
        note=_("Who is meant now gets the course at once; who has or knows it already does not."),
        hints={
            "requirement_code": _("For example R1. Empty: any new version sets it off."),
            "unit_id": _("With everything below it."),
        },
        once=True,
    )


@blueprint.post("/rules/<int:course_rule_id>/end")
@guard(WRITE)
def end_rule(course_rule_id: int) -> Any:
    rule = queries.get_rule_for(g.person, course_rule_id, WRITE)
    operations.end_rule(rule, actor=g.person)
    flash(_("The rule has ended. Who has the course keeps it."), "good")
    return redirect(url_for(".course", course_id=rule.course_id))
