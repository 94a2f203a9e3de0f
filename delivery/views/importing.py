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
from core.i18n import _, zone
from core.web import short_transaction
from delivery import forms, operations
from delivery.engine.errors import EngineError, InputError
from delivery.engine.spec import LogSpec, parse_log
from delivery.models import Batch
from delivery.permissions import IMPORT
from delivery.queries import logs as queries
from delivery.rules.guessing import FORMS, guess_columns, guess_form, guess_units
from delivery.rules.imports import OPEN
from delivery.rules.preview import Milestone, Preview, Reading, preview
from delivery.sample import ACCEPTED, Sample, take_sample
from delivery.views import blueprint
from delivery.views.logs import chosen_units
from delivery.words import engine_sentence, moment

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
    return render_template(
        "delivery/import_file.html",
        form=form,
        same=same,
        steps=_steps(0, None),
        limit=current_app.config["MAX_CONTENT_LENGTH"],
    ), 422 if form.is_submitted() else 200


def _begin(form: forms.FileForm) -> tuple[int | None, Batch | None]:
    """Take the file outside of any transaction, look at its beginning, then note it."""
    log_id = forms.number(form.log.data)
    if log_id is None:
        operations.check_new_log(form.code.data or "", form.name_en.data or "", form.name_zh.data or "")
        accounts.get_unit_for(g.person, forms.number(form.unit.data) or 0, IMPORT)
    upload = form.file.data
    session.rollback()
    with upload.stream:
        received = files.receive(
            upload.stream,
            upload.filename,
            limit=int(current_app.config["MAX_CONTENT_LENGTH"]),
            accept=set(ACCEPTED),
        )
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
        sample, problem = _sample(batch, _saved(batch))
        _fill(form, batch, sample)
    else:
        sample, problem = _sample(batch, _from_form(form)["log"])
    _offer(form, sample)
    values = _from_form(form)
    seen = None if sample is None else _look(sample, values["log"])
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
        hints=_hints(sample, form),
        known_forms=[each for each in FORMS if each],
        names_of_columns=_names(sample),
        names=queries.milestone_names(),
        steps=_steps(1, batch),
    ), 422 if form.is_submitted() and not request.headers.get("HX-Request") else 200


def _saved(batch: Batch) -> dict[str, Any]:
    return dict(batch.mapping.get("log") or {})


def _sample(batch: Batch, log: dict[str, Any]) -> tuple[Sample | None, str | None]:
    stored = batch.file
    try:
        return take_sample(
            files.path_of(stored.sha256),
            stored.name,
            stored.media_type,
            encoding=str(log.get("encoding") or ""),
            delimiter=str(log.get("delimiter") or "").replace("\\t", "\t"),
            sheet=str(log.get("sheet") or ""),
        ), None
    except (EngineError, LookupError, UnicodeError) as error:
        said = (
            engine_sentence(error, stored.name)
            if isinstance(error, EngineError)
            else _("The encoding is not known.")
        )
        return None, str(said)


def _fill(form: forms.MappingForm, batch: Batch, sample: Sample | None) -> None:
    """Entries of before, or what the file seems to be."""
    log = _saved(batch)
    mapping = batch.mapping
    form.encoding.data = log.get("encoding") or (sample.encoding if sample else "utf-8")
    form.delimiter.data = (log.get("delimiter") or (sample.delimiter if sample else ",")).replace("\t", "\\t")
    form.sheet.data = log.get("sheet") or (sample.sheet if sample else "")
    form.timezone.data = log.get("timezone") or batch_zone(batch)
    form.duplicates.data = log.get("duplicates", "last")
    form.unit_column.data = mapping.get("unit_column", "")
    form.group_columns.data = mapping.get("group_columns", [])
    form.as_of.data = mapping.get("as_of", "")
    if log.get("case") and log.get("milestones"):
        form.case.data = log["case"]
        form.blank.data = ", ".join(log.get("blank", []))
        milestones = {
            name: (each.get("column", ""), "; ".join(each.get("format", [])))
            for name, each in log["milestones"].items()
        }
    elif sample is not None:
        guess = guess_columns(sample.header, [cells for _line, cells in sample.rows])
        form.case.data = guess.case
        form.blank.data = ", ".join(guess.blanks)
        milestones = guess.milestones
    else:
        milestones = {}
    while form.milestones.entries:
        form.milestones.pop_entry()
    for name, (column, written) in milestones.items():
        form.milestones.append_entry({"name": name, "column": column, "form": written})
    if not form.milestones.entries:
        form.milestones.append_entry()


def batch_zone(batch: Batch) -> str:
    log = batch.event_log
    unit = log.unit if log else accounts.get_unit(batch.unit_id)
    return unit.time_zone or str(zone())


def _offer(form: forms.MappingForm, sample: Sample | None) -> None:
    listed = [(name, name) for name in _names(sample)]
    form.case.choices = choices(listed, empty=_("Choose…"))
    form.unit_column.choices = choices(listed, empty=_("None: all rows belong to the log's unit"))
    form.group_columns.choices = choices(listed)
    form.sheet.choices = choices([(name, name) for name in sample.sheets] if sample else [])


def _names(sample: Sample | None) -> list[str]:
    return list(dict.fromkeys(name for name in sample.header if name)) if sample else []


def _from_form(form: forms.MappingForm) -> dict[str, Any]:
    """What was entered as the mapping that is kept; parse_log judges it."""
    milestones: dict[str, Any] = {}
    for entry in form.milestones.entries:
        name, column = entry.form.name.data or "", entry.form.column.data or ""
        if name or column:
            milestones[name or column.lower()] = {
                "column": column,
                "format": [each.strip() for each in (entry.form.form.data or "").split(";") if each.strip()],
            }
    log: dict[str, Any] = {
        "timezone": form.timezone.data or "",
        "case": form.case.data or "",
        "milestones": milestones,
        "duplicates": form.duplicates.data or "last",
        "blank": [each.strip() for each in (form.blank.data or "").split(",") if each.strip()],
    }
    for name in ("encoding", "delimiter", "sheet"):
        if form[name].data:
            log[name] = form[name].data
    return {
        "log": log,
        "unit_column": form.unit_column.data or "",
        "group_columns": list(form.group_columns.data or [])[:8],
        "as_of": form.as_of.data or "",
    }


def _spec(log: dict[str, Any]) -> LogSpec:
    return parse_log(log)


def _look(sample: Sample, log: dict[str, Any]) -> Preview | str:
    """The preview, or the sentence why there is none."""
    if not log["case"]:
        return _("Choose the column that identifies the case.")
    if not log["milestones"]:
        return _("Name at least one milestone and its column.")
    try:
        spec = _spec(log)
    except EngineError as error:
        return _milestone_sentence(error) or engine_sentence(error)
    asked = [spec.case, *(each.column for each in spec.milestones.values())]
    missing = [name for name in asked if name not in sample.header]
    if missing:
        return engine_sentence(
            InputError("file.missing_columns", "", where="", missing=missing, columns=list(sample.header))
        )
    return preview(
        sample.header,
        sample.rows,
        Reading(
            case=spec.case,
            milestones={name: Milestone(each.column, each.formats) for name, each in spec.milestones.items()},
            duplicates=spec.duplicates,
            blank=spec.blank,
            typed=sample.typed,
        ),
    )


def _milestone_sentence(error: EngineError) -> str | None:
    parts = error.where.split(".")
    if len(parts) < 3 or parts[1] != "milestones":
        return None
    name = ".".join(parts[2:-1]) if len(parts) > 3 else parts[2]
    if error.code == "spec.missing":
        return str(_("Choose the column of the milestone “%(name)s”.", name=name))
    if error.code == "spec.format":
        return str(
            _(
                "The form of the time of “%(name)s” is not understood. Write it like %%Y-%%m-%%d %%H:%%M.",
                name=name,
            )
        )
    return None


def _hints(sample: Sample | None, form: forms.MappingForm) -> list[dict[str, str]]:
    """Beside each milestone: a value as it stands in the file, and a form that would read more."""
    hints = []
    for entry in form.milestones.entries:
        hint = {"value": "", "better": "", "swapped": ""}
        column = entry.form.column.data or ""
        if sample is not None and column in sample.header:
            at = sample.header.index(column)
            values = [cells[at] for _line, cells in sample.rows[:400] if at < len(cells)]
            hint["value"] = next((value.strip()[:40] for value in values if value.strip()), "")
            guess = guess_form(values)
            if guess is not None and guess.form != (entry.form.form.data or "") and not sample.typed:
                hint["better"] = guess.form or "ISO 8601"
            elif guess is not None and guess.other:
                hint["swapped"] = guess.other
        hints.append(hint)
    return hints


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
    sample, _problem = _sample(batch, _saved(batch))
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
    names = {name: each.id for each in below for name in (each.code, each.name_en, each.name_zh)}
    guessed = guess_units([value for value, _n in values], names)
    milestones = set(_saved(batch).get("milestones", {}))
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
        fitting=_fitting([each.id for each in standards], milestones),
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
    sample, wrong = _sample(batch, _saved(batch))
    seen = None if sample is None else _look(sample, _saved(batch))
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
