"""One's own training: the list, the page of a training, reading and the quiz on a phone, the certificate."""

from typing import Any

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for

from accounts import queries as accounts
from core import access, files, trail
from core.access import guard
from core.db import get_record
from core.errors import NotFound, RuleViolation
from core.i18n import _, force_locale, format_date, format_share
from training.models import Assignment, Attempt, CourseStep, CourseVersion, Question
from training.operations import learning as operations
from training.operations.steps import parts_of
from training.permissions import SEE, WRITE
from training.queries import assignments as queries
from training.queries import competences, courses
from training.rules import OPEN, State, Who, mark
from training.views.blueprint import blueprint


@blueprint.get("")
@guard(SEE)
def mine() -> str:
    found = queries.list_own(g.person)
    return render_template(
        "training/mine.html",
        open_ones=queries.by_course(item for item in found if item.state in OPEN),
        past=[item for item in found if item.state not in OPEN],
        whys=queries.whys(item.set_id for item in found),
        steps=courses.count_steps({item.version_id for item in found if item.state == State.started}),
        proofs=competences.list_own_proofs(g.person),
    )


@blueprint.get("/<int:assignment_id>")
@guard(SEE)
def assignment(assignment_id: int) -> str:
    found = queries.get_assignment_for(g.person, assignment_id)
    version = found.version or courses.find_published(found.course_id)
    steps = courses.list_steps(version.id) if version else []
    questions = courses.list_questions(version.id) if version else []
    attempts = queries.list_attempts(found.id)
    parts = parts_of(found, g.person)
    allowed = version.attempts + found.more_attempts if version else 0
    return render_template(
        "training/assignment.html",
        assignment=found,
        version=version,
        steps=steps,
        unread=next((n for n, step in enumerate(steps, 1) if step.id not in found.read_steps), None),
        questions=questions,
        attempts=attempts,
        attempts_left=max(0, allowed - sum(1 for item in attempts if item.finished_at)),
        open_attempt=next((item for item in attempts if item.finished_at is None), None),
        why=queries.whys([found.set_id])[found.set_id],
        proof=queries.proof_of(found),
        own=Who.learner in parts,
        may_decide=Who.assigner in parts,
        entries=trail.history(found),
    )


@blueprint.post("/<int:assignment_id>/start")
@guard(SEE)
def start(assignment_id: int) -> Any:
    found = queries.get_own_assignment(g.person, assignment_id)
    if found.state == State.assigned:
        operations.start(found, actor=g.person)
    return redirect(_next(found))


def _next(found: Assignment) -> str:
    """Where somebody goes on: the first step not read, else the page of the training."""
    if found.version_id is not None and found.state == State.started:
        for number, step in enumerate(courses.list_steps(found.version_id), 1):
            if step.id not in found.read_steps:
                return url_for(".read", assignment_id=found.id, place=number)
    return url_for(".assignment", assignment_id=found.id)


@blueprint.route("/<int:assignment_id>/read/<int:place>", methods=["GET", "POST"])
@guard(SEE)
def read(assignment_id: int, place: int) -> Any:
    """One step, full screen. Sent, it counts as read and the next one comes."""
    found = queries.get_own_assignment(g.person, assignment_id)
    steps = courses.list_steps(found.version_id) if found.version_id is not None else []
    if not 1 <= place <= len(steps):
        raise NotFound
    if request.method == "POST":
        operations.read_step(found, steps[place - 1], actor=g.person)
        return redirect(
            url_for(".read", assignment_id=found.id, place=place + 1)
            if place < len(steps)
            else url_for(".assignment", assignment_id=found.id)
        )
    return render_template(
        "training/read.html", assignment=found, steps=steps, step=steps[place - 1], place=place
    )


@blueprint.post("/<int:assignment_id>/confirm")
@guard(SEE)
def confirm(assignment_id: int) -> Any:
    found = queries.get_own_assignment(g.person, assignment_id)
    operations.confirm(found, actor=g.person)
    flash(_("Passed. The record is kept."), "good")
    return redirect(url_for(".assignment", assignment_id=found.id))


# --- quiz ----------------------------------------------------------------------------------------------------


@blueprint.post("/<int:assignment_id>/quiz")
@guard(SEE)
def quiz(assignment_id: int) -> Any:
    found = queries.get_own_assignment(g.person, assignment_id)
    attempt = operations.begin_attempt(found, actor=g.person)
    return redirect(_question_url(found, attempt))


def _question_url(found: Assignment, attempt: Attempt) -> str:
    for number, item in enumerate(attempt.asked, 1):
        if str(item["id"]) not in attempt.answers:
            return url_for(".question", assignment_id=found.id, attempt=attempt.number, place=number)
    return url_for(".attempt", assignment_id=found.id, attempt=attempt.number)


def _bank(attempt: Attempt) -> dict[int, Question]:
    return {item.id: item for item in courses.list_questions(attempt.version_id)}


@blueprint.route("/<int:assignment_id>/quiz/<int:attempt>/<int:place>", methods=["GET", "POST"])
@guard(SEE)
def question(assignment_id: int, attempt: int, place: int) -> Any:
    """One question, full screen; the answer is kept at once."""
    found = queries.get_own_assignment(g.person, assignment_id)
    current = queries.get_attempt(found, attempt)
    if not 1 <= place <= len(current.asked):
        raise NotFound
    if current.finished_at is not None:
        return redirect(url_for(".attempt", assignment_id=found.id, attempt=attempt))
    asked = current.asked[place - 1]
    refusal = ""
    if request.method == "POST":
        chosen = [
            int(value) for value in request.form.getlist("choice") if value.isascii() and value.isdigit()
        ]
        try:
            operations.answer(found, current, place=place, chosen=chosen[:20], actor=g.person)
        except RuleViolation as violation:
            refusal = str(violation.message)
        else:
            if place < len(current.asked):
                return redirect(
                    url_for(".question", assignment_id=found.id, attempt=attempt, place=place + 1)
                )
            return redirect(_question_url(found, current))
    shown = _bank(current)[asked["id"]]
    return render_template(
        "training/question.html",
        assignment=found,
        attempt=current,
        place=place,
        question=shown,
        order=asked["order"],
        chosen=current.answers.get(str(asked["id"]), []),
        refusal=refusal,
    ), 422 if refusal else 200


@blueprint.get("/<int:assignment_id>/quiz/<int:attempt>")
@guard(SEE)
def attempt(assignment_id: int, attempt: int) -> str:
    """Before handing in: which questions have an answer. Afterwards: what was right, and why."""
    found = queries.get_assignment_for(g.person, assignment_id)
    current = queries.get_attempt(found, attempt)
    bank = _bank(current)
    lines = [
        {
            "question": bank[item["id"]],
            "order": item["order"],
            "chosen": current.answers.get(str(item["id"]), []),
            "right": mark(bank[item["id"]].right, current.answers.get(str(item["id"]), [])),
        }
        for item in current.asked
    ]
    own = found.person_id == g.person.id
    if current.finished_at is None and not own:
        raise NotFound
    allowed = found.version.attempts + found.more_attempts if found.version else 0
    return render_template(
        "training/attempt.html",
        assignment=found,
        attempt=current,
        lines=lines,
        own=own,
        answered=sum(1 for line in lines if line["chosen"]),
        # who may try again learns what was wrong and why, but not the answers themselves
        show_right=not own or found.state != State.started,
        left=max(0, allowed - current.number),
    )


@blueprint.post("/<int:assignment_id>/quiz/<int:attempt>/hand-in")
@guard(SEE)
def hand_in(assignment_id: int, attempt: int) -> Any:
    found = queries.get_own_assignment(g.person, assignment_id)
    current = queries.get_attempt(found, attempt)
    passed = operations.hand_in(found, current, actor=g.person)
    score = format_share(current.score, 0)
    if passed:
        flash(_("Passed with %(score)s.", score=score), "good")
    elif found.state == State.failed:
        flash(
            _(
                "Not passed: %(score)s. No attempt is left; your unit head decides what comes next.",
                score=score,
            ),
            "bad",
        )
    else:
        flash(_("Not passed: %(score)s. You may try again.", score=score), "edge")
    return redirect(url_for(".attempt", assignment_id=found.id, attempt=attempt))


# --- files and the certificate ---------------------------------------------------------------------------------


@blueprint.get("/steps/<int:course_step_id>/file")
@guard(SEE)
def attached(course_step_id: int) -> Response:
    """The file of a step: of what was published for everybody inside, of drafts for who writes them."""
    step = get_record(CourseStep, course_step_id)
    if step.file is None:
        raise NotFound
    version = courses.get_version(step.version_id)
    if version.state == "draft":
        access.require(g.person, WRITE, version.course.unit.path, what=version.course.title)
    return files.send(step.file)


@blueprint.get("/<int:assignment_id>/certificate.pdf")
@guard(SEE)
def certificate(assignment_id: int) -> Response:
    """One page in both languages, made from the record as it stands."""
    found = queries.get_assignment_for(g.person, assignment_id)
    if found.passed_at is None:
        raise NotFound
    from core.charts.serving import cache_dir
    from core.documents.pdf import render_pdf

    pdf = render_pdf(
        certificate_html(found),
        title=f"{found.code} {found.course.title_en or found.course.title_zh}",
        language="en",
        cache_dir=cache_dir(),
        created=found.passed_at,
    )
    return current_app.response_class(
        pdf,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{found.code}.pdf"'},
    )


def certificate_html(found: Assignment) -> str:
    organisation = accounts.organisation()
    proof = queries.proof_of(found)
    version: CourseVersion | None = found.version
    assert found.passed_at is not None
    sides = []
    for code in ("en", "zh"):
        with force_locale(code):
            facts = [(_("Number"), found.code)]
            if version is not None:
                facts.append((_("Version of the course"), str(version.number)))
            if found.score is not None:
                facts.append((_("Right answers"), format_share(found.score, 0)))
            facts.append((_("Passed on"), format_date(found.passed_at, "text")))
            if found.valid_until is not None:
                facts.append((_("Valid until"), format_date(found.valid_until, "text")))
            if proof is not None:
                facts.append((_("Competence"), proof.competence.name))
            sides.append(
                {
                    "lang": "zh-CN" if code == "zh" else "en",
                    "organisation": organisation.name if organisation else "",
                    "heading": _("Certificate of training"),
                    "sentence": _("has taken this course and passed it"),
                    "course": found.course.title,
                    "aim": found.course.aim,
                    "facts": facts,
                    "issued": _("Issued by Plumbline from the record %(code)s.", code=found.code),
                }
            )
    return render_template("print/certificate.html", person_name=found.person.name, sides=sides)
