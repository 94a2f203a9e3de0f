"""The import assistant: file, columns, units and standards, check. Going back keeps every entry."""

from collections import Counter
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for

from accounts import queries as accounts
from core import access, files
from core.access import guard
from core.db import mode, session
from core.errors import InvalidInput, RuleViolation
from core.forms import choices
from core.i18n import _
from core.pages import form_page
from core.web import short_transaction
from delivery import forms, operations
from delivery.engine.errors import EngineError
from delivery.models import Batch
from delivery.permissions import IMPORT
from delivery.queries import logs as queries
from delivery.rules.guessing import FORMS, guess_units
from delivery.rules.imports import OPEN
from delivery.rules.preview import Preview
from delivery.sample import ACCEPTED, Sample, take_sample
from delivery.views import blueprint
from delivery.views.logs import chosen_units
from delivery.views.mapping import column_names, fill, from_form, hints_of, look, offer, sample_of, saved
from delivery.words import engine_sentence, moment
from standards.queries.standards import milestone_names

MOST_VALUES = 200


def _steps(current: int, batch: Batch | None) -> list[tuple[str, str, bool, bool]]:
    """(address or "", words, done, current) of each step."""
    if batch is None:
        urls = [url_for("delivery.start"), "", "", ""]
    else:
        urls = [
            url_for(f"delivery.{name}", batch_id=batch.id) for name in ("file", "columns", "proves", "check")
        ]
    labels = [_("File"), _("Columns"), _("Units and standards"), _("Check and import")]
    mapped = batch is not None and batch.state == "mapped"
    return [
        (
            url if number != current and (number < current or mapped) else "",
            label,
            number < current,
            number == current,
        )
        for number, (url, label) in enumerate(zip(urls, labels, strict=True))
    ]


# --- step 1 --------------------------------------------------------------------------------------------------


@blueprint.route("/imports/new", methods=["GET", "POST"])
@guard(IMPORT)
@short_transaction
def start() -> Any:
    form = forms.FileForm()
    logs = queries.list_logs_for(g.person, IMPORT)
    known = [*((str(log.id), f"{log.code} · {log.name}") for log in logs), (forms.NEW, _("A new log"))]
    form.log.choices = choices(known)
    form.unit.choices = choices(accounts.unit_choices(g.person, IMPORT))
    if request.method == "GET":
        asked = request.args.get("log", "")
        form.log.data = asked if asked in {key for key, _name in known} else known[0][0]
    same = None
    if form.validate_on_submit():
        try:
            batch_id, same = _begin(form)
        except (RuleViolation, InvalidInput) as problem:
            form.refuse(
                problem if isinstance(problem, RuleViolation) else RuleViolation(str(problem), "file")
            )
        else:
            if batch_id is not None:
                return redirect(url_for("delivery.columns", batch_id=batch_id))
    return form_page(
        "delivery/import_file.html",
        form,
        same=same,
        steps=_steps(0, None),
        limit=current_app.config["MAX_CONTENT_LENGTH"],
    )


def _begin(form: forms.FileForm) -> tuple[int | None, Batch | None]:
    """Take the file outside of any transaction, look at its beginning, then note it."""
    log_id = forms.number(form.log.data)
    if log_id is None:
        operations.check_new_log(form.code.data or "", form.name_en.data or "", form.name_zh.data or "")
        accounts.get_unit_for(g.person, forms.number(form.unit.data) or 0, IMPORT)
    session.rollback()
    received = files.receive_upload(form.file.data, ACCEPTED)
    try:
        take_sample(received.path, received.name, received.media_type)
    except EngineError as error:
        raise InvalidInput(engine_sentence(error, received.name)) from error
    with mode("write"):
        log = queries.get_log_for(g.person, log_id, IMPORT) if log_id is not None else None
        same = queries.find_same_file(received.sha256, log_id) if log_id is not None else None
        if same is not None:
            session.rollback()
            return None, same
        unit = log.unit if log else accounts.get_unit_for(g.person, forms.number(form.unit.data) or 0, IMPORT)
        batch = operations.begin(
            received,
            log=log,
            unit=unit,
            code=form.code.data or "",
            name_en=form.name_en.data or "",
            name_zh=form.name_zh.data or "",
            actor=g.person,
        )
        session.commit()
        return batch.id, None


def _open_batch(batch_id: int) -> Batch:
    return queries.get_batch_for(g.person, batch_id, IMPORT)


def _leave(batch: Batch) -> Any:
    """An import that runs or has ended is no longer in the assistant."""
    if batch.state in OPEN:
        job = queries.find_job(batch.id)
        if job is None or not job.is_open:
            return None
    return redirect(url_for("delivery.batch", batch_id=batch.id))


@blueprint.get("/imports/<int:batch_id>/file")
@guard(IMPORT)
def file(batch_id: int) -> Any:
    batch = _open_batch(batch_id)
    gone = _leave(batch)
    return gone or render_template("delivery/import_kept.html", batch=batch, steps=_steps(0, batch))


@blueprint.post("/imports/<int:batch_id>/discard")
@guard(IMPORT)
def discard(batch_id: int) -> Any:
    batch = _open_batch(batch_id)
    log_id = batch.event_log_id
    operations.discard(batch, actor=g.person)
    flash(_("The import was discarded; nothing of it counts."), "info")
    return redirect(url_for("delivery.start", log=log_id or forms.NEW))


# --- step 2 --------------------------------------------------------------------------------------------------


@blueprint.route("/imports/<int:batch_id>/columns", methods=["GET", "POST"])
@guard(IMPORT)
def columns(batch_id: int) -> Any:
    batch = _open_batch(batch_id)
    gone = _leave(batch)
    if gone:
        return gone
    form = forms.MappingForm()
    if request.method == "GET":
        sample, problem = sample_of(batch, saved(batch))
        fill(form, batch, sample)
    else:
        sample, problem = sample_of(batch, from_form(form)["log"])
    offer(form, sample)
    values = from_form(form)
    seen = None if sample is None else look(sample, values["log"])
    wrong = problem or (seen if isinstance(seen, str) else None)
    go = request.form.get("go", "")
    if request.method == "POST" and not request.headers.get("HX-Request"):
        if go == "back":
            operations.save_draft(batch, values, actor=g.person)
            return redirect(url_for("delivery.file", batch_id=batch.id))
        if form.validate_on_submit() and wrong is None:
            try:
                moment(values["as_of"], values["log"]["timezone"])
                operations.map_columns(batch, values, actor=g.person)
            except ValueError:
                form.as_of.errors = [_("Give a time like 2026-11-20 16:00, or leave it empty.")]
            except RuleViolation as violation:
                form.refuse(violation)
            else:
                return redirect(url_for("delivery.proves", batch_id=batch.id))
        elif wrong is not None:
            form.form_errors.append(wrong)
    return render_template(
        "delivery/import_columns.html",
        batch=batch,
        form=form,
        sample=sample,
        seen=seen if isinstance(seen, Preview) else None,
        wrong=wrong,
        hints=hints_of(sample, form),
        known_forms=[each for each in FORMS if each],
        names_of_columns=column_names(sample),
        names=milestone_names(),
        steps=_steps(1, batch),
    ), 422 if form.is_submitted() and not request.headers.get("HX-Request") else 200


# --- step 3 --------------------------------------------------------------------------------------------------


@blueprint.route("/imports/<int:batch_id>/proves", methods=["GET", "POST"])
@guard(IMPORT)
def proves(batch_id: int) -> Any:
    batch = _open_batch(batch_id)
    gone = _leave(batch)
    if gone:
        return gone
    if batch.state != "mapped":
        return redirect(url_for("delivery.columns", batch_id=batch.id))
    unit = accounts.get_unit(batch.unit_id)
    below = queries.units_below(unit)
    sample, _problem = sample_of(batch, saved(batch))
    values = _values(sample, batch.mapping.get("unit_column", ""))
    form = forms.ProvesForm()
    standards = queries.standards_near(unit)
    form.standards.choices = choices([(each.id, each.code) for each in standards])
    if request.method == "POST" and form.validate_on_submit():
        known = {each.id for each in standards}
        chosen = {**batch.mapping.get("unit_values", {})}
        for value, unit_id in chosen_units([value for value, _n in values]).items():
            if unit_id is None:
                chosen.pop(value, None)
            elif unit_id in {each.id for each in below}:
                chosen[value] = unit_id
        entries = {
            "unit_values": chosen,
            "standards": [each for each in form.standards.data or [] if each in known],
        }
        operations.save_draft(batch, entries, actor=g.person)
        back = request.form.get("go") == "back"
        return redirect(url_for("delivery.columns" if back else "delivery.check", batch_id=batch.id))
    if "standards" in batch.mapping:
        form.standards.data = batch.mapping["standards"]
    elif batch.event_log_id is not None:
        form.standards.data = [each.id for each in queries.standards_of(batch.event_log_id)]
    milestones = set(saved(batch).get("milestones", {}))
    fitting = _fitting([each.id for each in standards], milestones)
    if "standards" not in batch.mapping and batch.event_log_id is None:
        form.standards.data = _likely(fitting)
    names = {name: each.id for each in below for name in (each.code, each.name_en, each.name_zh)}
    guessed = guess_units([value for value, _n in values], names)
    return render_template(
        "delivery/import_proves.html",
        batch=batch,
        form=form,
        values=values,
        chosen={**guessed, **batch.mapping.get("unit_values", {})},
        units=below,
        unit=unit,
        unit_column=batch.mapping.get("unit_column", ""),
        whole=sample.whole if sample else True,
        offered=standards,
        fitting=fitting,
        steps=_steps(2, batch),
    )


def _values(sample: Sample | None, column: str) -> list[tuple[str, int]]:
    if sample is None or column not in sample.header:
        return []
    at = sample.header.index(column)
    counts = Counter(cells[at].strip() for _line, cells in sample.rows if at < len(cells))
    return counts.most_common(MOST_VALUES)


def _fitting(standard_ids: list[int], milestones: set[str]) -> dict[int, tuple[int, int]]:
    """Standard → (requirements these milestones can prove, timing requirements in force)."""
    from delivery.queries.plans import timing_lines

    found: dict[int, tuple[int, int]] = {}
    for line in timing_lines(standard_ids):
        if line.valid_until is None:
            can, all_ = found.get(line.standard_id, (0, 0))
            fits = line.hindered(list(milestones), None) is None
            found[line.standard_id] = (can + fits, all_ + 1)
    return found


def _likely(fitting: dict[int, tuple[int, int]]) -> list[int]:
    """What a new log is offered to prove: standards whose every time limit it can measure and no other log measures."""
    fits = [standard_id for standard_id, (can, total) in fitting.items() if can == total]
    proved = queries.proved_among(fits)
    return [standard_id for standard_id in fits if standard_id not in proved]


# --- step 4 --------------------------------------------------------------------------------------------------


@blueprint.route("/imports/<int:batch_id>/check", methods=["GET", "POST"])
@guard(IMPORT)
def check(batch_id: int) -> Any:
    batch = _open_batch(batch_id)
    gone = _leave(batch)
    if gone:
        return gone
    if batch.state != "mapped":
        return redirect(url_for("delivery.columns", batch_id=batch.id))
    problem = None
    if request.method == "POST":
        if request.form.get("go") == "back":
            return redirect(url_for("delivery.proves", batch_id=batch.id))
        try:
            operations.queue_import(batch, actor=g.person)
        except RuleViolation as violation:
            problem = str(violation)
        else:
            return redirect(url_for("delivery.batch", batch_id=batch.id))
    sample, wrong = sample_of(batch, saved(batch))
    seen = None if sample is None else look(sample, saved(batch))
    standards = {each.id: each for each in queries.standards_near(accounts.get_unit(batch.unit_id))}
    return render_template(
        "delivery/import_check.html",
        batch=batch,
        unit=accounts.get_unit(batch.unit_id),
        sample=sample,
        seen=seen if isinstance(seen, Preview) else None,
        wrong=wrong or (seen if isinstance(seen, str) else None),
        problem=problem,
        same=queries.find_same_file(batch.file.sha256, batch.event_log_id),
        standards=[standards[each] for each in batch.mapping.get("standards", []) if each in standards],
        form=forms.UnitsForm(),
        steps=_steps(3, batch),
        may_see=access.may(g.person, IMPORT),
    ), 422 if problem else 200
