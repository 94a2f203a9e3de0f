"""Between the form of the second step, the mapping that is kept, and the beginning of the file."""

from typing import Any

from accounts import queries as accounts
from core import files
from core.forms import choices
from core.i18n import _, zone
from delivery import forms
from delivery.engine.errors import EngineError, InputError
from delivery.engine.spec import parse_log
from delivery.models import Batch
from delivery.rules.guessing import guess_columns, guess_form
from delivery.rules.preview import Milestone, Preview, Reading, preview
from delivery.sample import Sample, take_sample
from delivery.words import engine_sentence


def saved(batch: Batch) -> dict[str, Any]:
    return dict(batch.mapping.get("log") or {})


def sample_of(batch: Batch, log: dict[str, Any]) -> tuple[Sample | None, str | None]:
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


def fill(form: forms.MappingForm, batch: Batch, sample: Sample | None) -> None:
    """Entries of before, or what the file seems to be."""
    log = saved(batch)
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


def offer(form: forms.MappingForm, sample: Sample | None) -> None:
    listed = [(name, name) for name in column_names(sample)]
    form.case.choices = choices(listed, empty=_("Choose…"))
    form.unit_column.choices = choices(listed, empty=_("None: all rows belong to the log's unit"))
    form.group_columns.choices = choices(listed)
    form.sheet.choices = choices([(name, name) for name in sample.sheets] if sample else [])


def column_names(sample: Sample | None) -> list[str]:
    return list(dict.fromkeys(name for name in sample.header if name)) if sample else []


def from_form(form: forms.MappingForm) -> dict[str, Any]:
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


def look(sample: Sample, log: dict[str, Any]) -> Preview | str:
    """The preview, or the sentence why there is none."""
    if not log["case"]:
        return _("Choose the column that identifies the case.")
    if not log["milestones"]:
        return _("Name at least one milestone and its column.")
    try:
        spec = parse_log(log)
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


def hints_of(sample: Sample | None, form: forms.MappingForm) -> list[dict[str, str]]:
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
