"""Import of answers: file, what its columns mean with a preview, check; then the record of the import."""

import csv
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Response, current_app, flash, g, redirect, render_template, request, send_file, url_for

from core import access, files, jobs, trail
from core.access import guard
from core.db import mode, session
from core.documents.spreadsheets import csv_lines
from core.errors import InvalidInput, NotFound, RuleViolation
from core.i18n import _
from core.pages import form_page, refusals
from core.web import short_transaction
from satisfaction import forms
from satisfaction.loading.pages import receive_table, steps
from satisfaction.models import ResponseImport
from satisfaction.operations import importing as operations
from satisfaction.operations.waves import takes_files
from satisfaction.permissions import IMPORT, READ_TEXT, SEE, SURVEY
from satisfaction.queries import imports as queries
from satisfaction.queries import waves as wave_queries
from satisfaction.queries.questionnaires import list_items
from satisfaction.rules.imports import (
    OPEN,
    ImportState,
    Mapping,
    faults_of,
)
from satisfaction.rules.items import Kind, columns_of
from satisfaction.storage import ANSWERS
from satisfaction.views import blueprint
from satisfaction.views.mapping import FAULTS, ROLES, SAMPLE_ROWS, column_words, fill, from_page, kept, look
from satisfaction.words import reason_label

REJECTS_SHOWN = 200


@blueprint.route("/surveys/waves/<int:wave_id>/imports/new", methods=["GET", "POST"])
@guard(IMPORT)
@short_transaction
def start_import(wave_id: int) -> Any:
    form = forms.FileForm()
    wave = wave_queries.get_wave_for(g.person, wave_id, IMPORT)
    same = None
    if form.validate_on_submit():
        session.rollback()
        try:
            received = receive_table(form)
            with mode("write"):
                wave = wave_queries.get_wave_for(g.person, wave_id, IMPORT)
                same = queries.find_same_file(received.sha256, wave.id)
                if same is None:
                    batch = operations.begin(received, wave=wave, actor=g.person)
                    session.commit()
                    return redirect(url_for("satisfaction.import_columns", import_id=batch.id))
                session.rollback()
        except (RuleViolation, InvalidInput) as problem:
            form.refuse(RuleViolation(str(problem), "file"))
        wave = wave_queries.get_wave_for(g.person, wave_id, IMPORT)
    return form_page(
        "satisfaction/import_file.html",
        form,
        wave=wave,
        same=same,
        steps=steps(),
        takes=takes_files(wave),
        limit=current_app.config["MAX_CONTENT_LENGTH"],
    )


def _open_import(import_id: int) -> ResponseImport | None:
    """An import that runs or has ended is no longer in the assistant."""
    batch = queries.get_import_for(g.person, import_id, IMPORT)
    job = jobs.find(batch.job_id)
    return batch if batch.state in OPEN and (job is None or not job.is_open) else None


@blueprint.route("/surveys/imports/<int:import_id>/columns", methods=["GET", "POST"])
@guard(IMPORT)
def import_columns(import_id: int) -> Any:
    batch = _open_import(import_id)
    if batch is None:
        return redirect(url_for("satisfaction.response_import", import_id=import_id))
    items = list_items(batch.wave.version_id)
    columns = columns_of(items)
    form = forms.ReadingForm()
    if request.method == "GET":
        mapping = kept(batch, columns, items)
        fill(form, mapping)
    else:
        header, _first, _found, _wrong = look(batch, from_page(form, []), columns, items)
        mapping = from_page(form, header)
    header, first, found, wrong = look(batch, mapping, columns, items)
    faults = (
        [(FAULTS[name] % {"what": what[:80]}) for name, what in faults_of(mapping, columns, header)]
        if header
        else []
    )
    if request.method == "POST":
        usable = found is not None and not wrong and form.validate()
        operations.save_mapping(batch, mapping, usable=usable, actor=g.person)
        if usable and request.form.get("go") == "next":
            return redirect(url_for("satisfaction.check_import", import_id=batch.id))
        if request.form.get("go") != "next":
            return redirect(url_for("satisfaction.import_columns", import_id=batch.id))
        form.form_errors += [wrong] if wrong else faults
    return form_page(
        "satisfaction/import_columns.html",
        form,
        batch=batch,
        wave=batch.wave,
        mapping=mapping,
        header=header,
        first=first,
        found=found,
        wrong=wrong,
        faults=faults,
        roles=ROLES,
        answers=column_words(columns, items),
        unasked=[
            key
            for key in column_words(columns, items)
            if key not in {use.key for use in mapping.uses.values()}
        ],
        has_kano=any(column.kind == Kind.kano for column in columns),
        steps=steps(url_for("satisfaction.start_import", wave_id=batch.wave_id)),
        reason_label=reason_label,
    )


@blueprint.route("/surveys/imports/<int:import_id>/check", methods=["GET", "POST"])
@guard(IMPORT)
def check_import(import_id: int) -> Any:
    batch = _open_import(import_id)
    if batch is None:
        return redirect(url_for("satisfaction.response_import", import_id=import_id))
    if batch.state != ImportState.mapped:
        return redirect(url_for("satisfaction.import_columns", import_id=import_id))
    problem = None
    if request.method == "POST":
        try:
            operations.queue_import(batch, actor=g.person)
        except RuleViolation as violation:
            problem = str(violation)
        else:
            return redirect(url_for("satisfaction.response_import", import_id=import_id))
    items = list_items(batch.wave.version_id)
    columns = columns_of(items)
    mapping = Mapping.read(batch.mapping)
    _header, _first, found, wrong = look(batch, mapping, columns, items)
    return render_template(
        "satisfaction/import_check.html",
        batch=batch,
        wave=batch.wave,
        mapping=mapping,
        found=found,
        wrong=wrong,
        problem=problem,
        asked=len(columns),
        taken=sum(use.role == "item" for use in mapping.uses.values()),
        steps=steps(
            url_for("satisfaction.start_import", wave_id=batch.wave_id),
            url_for("satisfaction.import_columns", import_id=batch.id),
        ),
        form=forms.PlainForm(),
        reason_label=reason_label,
        sample=SAMPLE_ROWS,
    ), 422 if problem else 200


@blueprint.get("/surveys/imports/<int:import_id>")
@guard(SEE)
def response_import(import_id: int) -> Any:
    batch = queries.get_import_for(g.person, import_id)
    job = jobs.find(batch.job_id)
    mine = job is not None and job.started_by_id == g.person.id
    return render_template(
        "satisfaction/import.html",
        batch=batch,
        wave=batch.wave,
        job=job if mine else None,
        running=job is not None and job.is_open,
        standing=ImportState(batch.state),
        reasons=[(reason_label(reason), count) for reason, count in batch.reasons.items()],
        may_import=access.may(g.person, IMPORT, batch.wave.unit.path),
        may_withdraw=access.may(g.person, SURVEY, batch.wave.unit.path)
        and batch.state == ImportState.accepted
        and takes_files(batch.wave),
        may_read=access.may(g.person, READ_TEXT, batch.wave.unit.path),
        history=trail.history(batch),
    )


@blueprint.post("/surveys/imports/<int:import_id>/discard")
@guard(IMPORT)
def discard_import(import_id: int) -> Any:
    batch = queries.get_import_for(g.person, import_id, IMPORT)
    wave_id = batch.wave_id
    operations.discard(batch, actor=g.person)
    flash(_("The import was discarded; nothing of it counts."), "info")
    return redirect(url_for("satisfaction.wave", wave_id=wave_id))


@blueprint.route("/surveys/imports/<int:import_id>/withdraw", methods=["GET", "POST"])
@guard(SURVEY)
def withdraw_import(import_id: int) -> Any:
    batch = queries.get_import_for(g.person, import_id, SURVEY)
    form = forms.ReasonForm(obj=batch)
    if form.validate_on_submit():
        with refusals(form):
            operations.withdraw(batch, reason=form.reason.data, seen=form.seen_version, actor=g.person)
            flash(_("The import is withdrawn; its answers count no more."), "info")
            return redirect(url_for("satisfaction.response_import", import_id=batch.id))
    return form_page("satisfaction/import_withdraw.html", form, batch=batch)


@blueprint.get("/surveys/imports/<int:import_id>/rejects")
@guard(IMPORT)
def import_rejects(import_id: int) -> Any:
    """Rows set aside with the reason; `?file=1` gives them all."""
    batch = queries.get_import_for(g.person, import_id, IMPORT)
    path = ANSWERS.rejects(batch.rejects_sha256)
    if not batch.rejects_sha256 or not path.exists():
        raise NotFound
    if request.args.get("file") == "1":
        return _rejects_file(path, f"{batch.wave.code}-set-aside.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(islice(csv.DictReader(file), REJECTS_SHOWN))
    return render_template(
        "satisfaction/import_rejects.html",
        batch=batch,
        rows=[{**row, "words": reason_label(row["reason"])} for row in rows],
        shown=REJECTS_SHOWN,
    )


def _rejects_file(path: Path, name: str) -> Response:
    """Sent line by line when the request is over: no record is at hand then."""

    def lines() -> Any:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = next(reader)
            yield from csv_lines(header, reader)

    return Response(
        lines(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@blueprint.get("/surveys/imports/<int:import_id>/original")
@guard(IMPORT)
def original_file(import_id: int) -> Any:
    """The file as it was received; it may hold what people wrote, so only for who may read that."""
    batch = queries.get_import_for(g.person, import_id, READ_TEXT)
    response = send_file(
        files.path_of(batch.file_sha256),
        mimetype=batch.file.media_type,
        as_attachment=True,
        download_name=batch.file.name,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
