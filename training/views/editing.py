"""Writing a version of a course: steps, questions, settings, publishing."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from core.access import guard
from core.forms import number_or_none
from core.i18n import _
from training import forms
from training.models import CourseVersion
from training.operations import courses as operations
from training.permissions import WRITE
from training.queries import courses as queries
from training.views.blueprint import blueprint, received, save_page

EMPTY_ROWS = 4


def _crumbs(version: CourseVersion, last: Any = None) -> list[tuple[str | None, Any]]:
    crumbs: list[tuple[str | None, Any]] = [
        (url_for("training.courses"), _("Courses")),
        (url_for("training.course", course_id=version.course_id), version.course.code),
    ]
    name = _("Version %(number)s", number=version.number)
    if last is None:
        return [*crumbs, (None, name)]
    return [*crumbs, (_address(version), name), (None, last)]


def _address(version: CourseVersion) -> str:
    return url_for("training.version", course_version_id=version.id)


@blueprint.get("/versions/<int:course_version_id>")
@guard(WRITE)
def version(course_version_id: int) -> str:
    """A version with its quiz and the right answers, for those who write."""
    found = queries.get_version_for(g.person, course_version_id)
    steps, questions = queries.list_steps(found.id), queries.list_questions(found.id)
    return render_template(
        "training/version.html",
        version=found,
        course=found.course,
        crumbs=_crumbs(found),
        steps=steps,
        questions=questions,
        editable=found.state == "draft",
        missing=operations.missing_to_publish(found, len(steps), len(questions)),
        published=queries.find_published(found.course_id),
    )


@blueprint.route("/versions/<int:course_version_id>/settings", methods=["GET", "POST"])
@guard(WRITE)
def settings(course_version_id: int) -> Any:
    found = queries.get_version_for(g.person, course_version_id)
    form = forms.SettingsForm(obj=found)
    if request.method == "GET":
        form.pass_percent.data = round(found.pass_mark * 100, 1)
        if form.pass_percent.data == int(form.pass_percent.data):
            form.pass_percent.data = int(form.pass_percent.data)

    def save() -> None:
        operations.change_settings(
            found,
            draw=form.draw.data,
            pass_mark=float(form.pass_percent.data) / 100,
            attempts=form.attempts.data,
            change_en=form.change_en.data or "",
            change_zh=form.change_zh.data or "",
            seen=form.seen_version,
            actor=g.person,
        )

    return save_page(
        form,
        save,
        crumbs=_crumbs(found, _("Quiz settings")),
        heading=_("Quiz settings"),
        button=_("Save"),
        done=_("Saved."),
        back=_address(found),
        hints={
            "draw": _("Drawn anew from the bank for each attempt; 0 asks all of them."),
            "pass_percent": _(
                "Of the questions asked; a question is right when all its right answers are marked and no other."
            ),
            "attempts": _(
                "After the last one somebody who assigns training decides whether there is another."
            ),
        },
        pairs=True,
    )


# --- steps ---------------------------------------------------------------------------------------------------


def _step_page(found: CourseVersion, form: forms.StepForm, save: Any, **more: Any) -> Any:
    return save_page(
        form,
        save,
        back=_address(found),
        hints={
            "body_en": _("Markdown: # heading, - list, **bold**, [link](https://…), | table |."),
            "file": _(
                "A picture is shown below the text; other files are offered for download. Up to 25 MB."
            ),
        },
        upload=True,
        pairs=True,
        **more,
    )


def _texts(form: forms.StepForm) -> dict[str, str]:
    return {name: form[name].data or "" for name in operations.STEP_FIELDS}


@blueprint.route("/versions/<int:course_version_id>/steps/new", methods=["GET", "POST"])
@guard(WRITE)
def new_step(course_version_id: int) -> Any:
    found = queries.get_version_for(g.person, course_version_id)
    form = forms.StepForm()
    del form.drop_file

    def save() -> None:
        operations.add_step(found, file=received(form.file.data), actor=g.person, **_texts(form))

    return _step_page(
        found,
        form,
        save,
        crumbs=_crumbs(found, _("New step")),
        heading=_("Add a step"),
        button=_("Add the step"),
        done=_("Step added."),
        once=True,
    )


@blueprint.route("/versions/<int:course_version_id>/steps/<int:course_step_id>", methods=["GET", "POST"])
@guard(WRITE)
def step(course_version_id: int, course_step_id: int) -> Any:
    found = queries.get_version_for(g.person, course_version_id)
    known = queries.get_step(found, course_step_id)
    form = forms.StepForm(
        data={name: getattr(known, name) for name in (*operations.STEP_FIELDS, "row_version")}
    )
    if known.file is None:
        del form.drop_file

    def save() -> None:
        operations.change_step(
            found,
            known,
            file=received(form.file.data),
            drop_file=bool(form.drop_file.data) if "drop_file" in form else False,
            seen=form.seen_version,
            actor=g.person,
            **_texts(form),
        )

    return _step_page(
        found,
        form,
        save,
        crumbs=_crumbs(found, known.title),
        heading=_("Change the step"),
        button=_("Save"),
        done=_("Saved."),
        note=_("Attached now: %(name)s", name=known.file.name) if known.file else "",
        remove=url_for(".remove_step", course_version_id=found.id, course_step_id=known.id),
        remove_ask=_("The step is removed from this draft. Published versions keep theirs."),
    )


@blueprint.post("/versions/<int:course_version_id>/steps/<int:course_step_id>/move")
@guard(WRITE)
def move_step(course_version_id: int, course_step_id: int) -> Any:
    found = queries.get_version_for(g.person, course_version_id)
    operations.move_step(
        found, queries.get_step(found, course_step_id), up=request.form.get("up") == "1", actor=g.person
    )
    return redirect(_address(found))


@blueprint.post("/versions/<int:course_version_id>/steps/<int:course_step_id>/remove")
@guard(WRITE)
def remove_step(course_version_id: int, course_step_id: int) -> Any:
    found = queries.get_version_for(g.person, course_version_id)
    operations.remove_step(found, queries.get_step(found, course_step_id), actor=g.person)
    flash(_("Step removed."), "good")
    return redirect(_address(found))


# --- questions -----------------------------------------------------------------------------------------------


def _question_page(found: CourseVersion, form: forms.QuestionForm, save: Any, **more: Any) -> Any:
    while len(form["choices"].entries) < EMPTY_ROWS and request.method == "GET":
        form["choices"].append_entry()
    return save_page(form, save, back=_address(found), template="training/question_form.html", **more)


def _question_values(form: forms.QuestionForm) -> dict[str, Any]:
    return {
        **{name: form[name].data or "" for name in operations.QUESTION_FIELDS if name != "choices"},
        "choices": form.filled,
    }


@blueprint.route("/versions/<int:course_version_id>/questions/new", methods=["GET", "POST"])
@guard(WRITE)
def new_question(course_version_id: int) -> Any:
    found = queries.get_version_for(g.person, course_version_id)
    form = forms.QuestionForm()
    return _question_page(
        found,
        form,
        lambda: str(
            operations.add_question(found, actor=g.person, **_question_values(form)) and _next(found)
        ),
        crumbs=_crumbs(found, _("New question")),
        heading=_("Add a question"),
        button=_("Add the question"),
        done=_("Question added."),
        once=True,
    )


def _next(found: CourseVersion) -> str:
    """After a question the next one, when the person asked for it."""
    if request.form.get("more") == "1":
        return url_for(".new_question", course_version_id=found.id)
    return _address(found)


@blueprint.route(
    "/versions/<int:course_version_id>/questions/<int:course_question_id>", methods=["GET", "POST"]
)
@guard(WRITE)
def change_question(course_version_id: int, course_question_id: int) -> Any:
    found = queries.get_version_for(g.person, course_version_id)
    known = queries.get_question(found, course_question_id)
    form = forms.QuestionForm(
        data={name: getattr(known, name) for name in (*operations.QUESTION_FIELDS, "row_version")}
    )
    return _question_page(
        found,
        form,
        lambda: operations.change_question(
            found, known, seen=form.seen_version, actor=g.person, **_question_values(form)
        ),
        crumbs=_crumbs(found, _("Question")),
        heading=_("Change the question"),
        button=_("Save"),
        done=_("Saved."),
        remove=url_for(".remove_question", course_version_id=found.id, course_question_id=known.id),
        remove_ask=_("The question is removed from this draft. Published versions keep theirs."),
    )


@blueprint.post("/versions/<int:course_version_id>/questions/<int:course_question_id>/remove")
@guard(WRITE)
def remove_question(course_version_id: int, course_question_id: int) -> Any:
    found = queries.get_version_for(g.person, course_version_id)
    operations.remove_question(found, queries.get_question(found, course_question_id), actor=g.person)
    flash(_("Question removed."), "good")
    return redirect(_address(found))


# --- states --------------------------------------------------------------------------------------------------


@blueprint.post("/versions/<int:course_version_id>/publish")
@guard(WRITE)
def publish(course_version_id: int) -> Any:
    found = queries.get_version_for(g.person, course_version_id)
    operations.publish(found, seen=number_or_none(request.form.get("row_version")), actor=g.person)
    flash(_("Version %(number)s is published.", number=found.number), "good")
    return redirect(url_for(".course", course_id=found.course_id))


@blueprint.post("/versions/<int:course_version_id>/delete")
@guard(WRITE)
def delete_draft(course_version_id: int) -> Any:
    found = queries.get_version_for(g.person, course_version_id)
    course_id = found.course_id
    gone = operations.delete_draft(found, actor=g.person)
    flash(_("The draft is deleted."), "good")
    return redirect(url_for(".courses") if gone else url_for(".course", course_id=course_id))
