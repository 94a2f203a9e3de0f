"""Between the page of columns, the mapping that is kept, and the beginning of the file."""

from itertools import islice
from typing import TYPE_CHECKING

from flask import request

from core import files
from core.errors import InvalidInput
from core.i18n import _l
from satisfaction import forms
from satisfaction.loading.opening import Table, open_table
from satisfaction.models import ResponseImport, SurveyItem
from satisfaction.rules.imports import Mapping, Use, faults_of, guess_uses, words_of_options
from satisfaction.rules.items import PART_LABELS, Column

if TYPE_CHECKING:  # brings numpy, which a process loads when somebody imports
    from satisfaction.loading.reading import Read

SAMPLE_ROWS = 2_000
ROLES = {
    "": _l("leave out"),
    "item": _l("answer"),
    "group": _l("group"),
    "weight": _l("weight"),
    "date": _l("date"),
}
FAULTS = {
    "gone": _l("The file has no column “%(what)s”."),
    "unknown": _l("The questionnaire has no answer “%(what)s”."),
    "twice": _l("Two columns are said to hold the answer “%(what)s”."),
    "scale": _l("“%(what)s”: give both ends of the scale of the file, the lower first."),
    "none": _l("Say of at least one column which answer it holds."),
    "groups": _l("At most twelve columns can be groups."),
    "two_weights": _l("Only one column can be the weight."),
    "two_dates": _l("Only one column can be the date."),
    "kano": _l("The same words stand for two Kano answers."),
}


def _table(batch: ResponseImport, mapping: Mapping) -> Table:
    return open_table(
        files.path_of(batch.file_sha256),
        batch.file.name,
        encoding=mapping.encoding,
        delimiter=mapping.delimiter,
    )


def texts_of(items: list[SurveyItem]) -> dict[str, tuple[str, ...]]:
    return {item.code: tuple(text for text in (item.text_en, item.text_zh) if text) for item in items}


def look(
    batch: ResponseImport, mapping: Mapping, columns: list[Column], items: list[SurveyItem]
) -> tuple[list[str], list[list[str]], "Read | None", str]:
    """Header, first rows as they stand, what they mean, and what is wrong with the file."""
    from satisfaction.loading.reading import read_rows

    try:
        table = _table(batch, mapping)
        try:
            first = [cells for _line, cells in islice(table.rows, 3)]
        finally:
            table.close()
        if faults_of(mapping, columns, table.header):
            return table.header, first, None, ""
        table = _table(batch, mapping)
        try:
            found = read_rows(table, mapping, columns, words_of_options(items), most=SAMPLE_ROWS)
        finally:
            table.close()
    except InvalidInput as problem:
        return [], [], None, str(problem)
    return table.header, first, found, ""


def _number(text: str) -> float | None:
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if -1e6 < value < 1e6 else None


def _split(text: str, mark: str = ",") -> tuple[str, ...]:
    return tuple(part.strip()[:60] for part in text.split(mark) if part.strip())[:20]


def from_page(form: forms.ReadingForm, header: list[str]) -> Mapping:
    """What the page's table says of each column."""
    uses: dict[str, Use] = {}
    for number, name in enumerate(header):
        role = request.form.get(f"role-{number}", "")
        key = request.form.get(f"key-{number}", "").strip()[:40].partition(" ")[0]
        role = role or ("item" if key else "")  # who names an answer means it
        if role in ROLES and role:
            uses[name] = Use(
                role,
                key if role == "item" else "",
                _number(request.form.get(f"low-{number}", "")),
                _number(request.form.get(f"high-{number}", "")),
                request.form.get(f"rev-{number}") == "1",
                _split(request.form.get(f"na-{number}", "")),
            )
    kano = tuple(_split(request.form.get(f"kano-{number}", "")[:400], ";") for number in range(1, 6))
    return Mapping(
        uses=uses,
        blank=_split(form.blank.data or ""),
        outside="blank" if form.outside.data == "blank" else "reject",
        kano=kano if any(kano) else (),
        date_format=form.date_format.data or "",
        encoding=form.encoding.data or "",
        delimiter=(form.delimiter.data or "").replace("\\t", "\t"),
        channel=form.channel.data or "file",
    )


def kept(batch: ResponseImport, columns: list[Column], items: list[SurveyItem]) -> Mapping:
    """Entries of before, else as the last file of this questionnaire was read, else what the file seems to be."""
    if batch.mapping:
        return Mapping.read(batch.mapping)
    last = Mapping.read(batch.wave.version.questionnaire.mapping or {})
    try:
        table = _table(batch, Mapping({}))
        table.close()
    except InvalidInput:
        return Mapping({})
    uses = guess_uses(table.header, columns, texts_of(items), last.uses)
    if not set(table.header) & set(last.uses):
        last = Mapping({})
    return Mapping(
        uses=uses,
        blank=last.blank,
        outside=last.outside,
        kano=last.kano,
        date_format=last.date_format,
        channel=last.channel,
    )


def fill(form: forms.ReadingForm, mapping: Mapping) -> None:
    form.encoding.data = mapping.encoding
    form.delimiter.data = mapping.delimiter.replace("\t", "\\t")
    form.blank.data = ", ".join(mapping.blank)
    form.outside.data = mapping.outside
    form.date_format.data = mapping.date_format
    form.channel.data = mapping.channel


def column_words(columns: list[Column], items: list[SurveyItem]) -> dict[str, str]:
    """Answer key → what it asks, for the list to choose from."""
    by_code = {item.code: item for item in items}
    found = {}
    for column in columns:
        item = by_code[column.code]
        side = f" · {PART_LABELS[column.part]}" if column.part else ""
        text = item.second if column.part in {"p", "d"} and item.second else item.text
        found[column.key] = f"{text[:90]}{side}"
    return found
