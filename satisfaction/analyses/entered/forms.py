"""What the forms of all calculators share: a unit, a name, fields in groups, and rows that can be typed or taken from a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import request
from flask_wtf.file import FileField
from wtforms import SelectField

from core.errors import RuleViolation
from core.forms import RecordForm, choices, line
from core.i18n import _, _l
from satisfaction.analyses.entered import sheets
from satisfaction.analyses.entered.sheets import Column, Sheet
from satisfaction.permissions import ANALYSE


@dataclass(frozen=True, slots=True)
class Group:
    """Fields beside each other. when: "field=value|value", shown (and told) only then. sheet: the rows stand here."""

    fields: tuple[str, ...] = ()
    when: str = ""
    sheet: bool = False

    def holds(self, asked: Mapping[str, Any]) -> bool:
        if not self.when:
            return True
        name, _equals, values = self.when.partition("=")
        return str(asked.get(name) or "") in values.split("|")


class EnteredForm(RecordForm):
    title = line(_l("Name of the analysis"), limit=200)
    unit_id = SelectField(_l("Unit"), coerce=int)
    file = FileField(_l("Take the rows from a file (CSV, XLSX)"))

    LAYOUT: ClassVar[tuple[Group, ...]] = ()
    HINTS: ClassVar[Mapping[str, Any]] = {}
    FIXED: ClassVar[tuple[Column, ...]] = ()
    #: names that free columns begin with; empty when there are none
    FREE: ClassVar[tuple[Any, ...]] = ()
    #: fields that may stay empty
    OPTIONAL: ClassVar[frozenset[str]] = frozenset()
    #: what the rows are, above them and below
    ROWS: ClassVar[Any] = ""
    ROWS_HINT: ClassVar[Any] = ""
    #: rows that stand there in the beginning
    FIRST: ClassVar[int] = 6
    sheet: Sheet
    #: what was just read from a file
    read: str = ""

    def offer(self, person: Any, before: Mapping[str, Any] | None = None) -> None:
        """Choices, and the rows as they were sent or as they were the last time (`before`)."""
        from accounts import queries as accounts

        self.unit_id.choices = choices(accounts.unit_choices(person, ANALYSE))
        self.sheet = Sheet([*(each.key for each in self.FIXED), *map(str, self.FREE)], [])
        if not self.has_sheet:
            return
        if request.method == "POST":
            self._receive()
        elif before and before.get("sheet"):
            self.sheet = Sheet.of(before["sheet"])

    @property
    def has_sheet(self) -> bool:
        return any(group.sheet for group in self.LAYOUT)

    def _receive(self) -> None:
        upload = request.files.get("file")
        free = [str(each) for each in self.FREE]
        if upload is not None and upload.filename:
            self.sheet = sheets.taken(upload, self.FIXED, free)
            self.read = upload.filename[:80]
        else:
            self.sheet = sheets.typed(request.form, self.FIXED, free)

    @property
    def heads(self) -> list[tuple[str, bool, bool]]:
        """Of each column: what it is called, whether its name may be changed, and whether it holds numbers."""
        made = [(str(each.label), False, each.number) for each in self.FIXED]
        return made + [(name, True, True) for name in self.sheet.header[len(self.FIXED) :]]

    @property
    def boxes(self) -> list[list[str]]:
        """Rows to type in: those that are there and a few more."""
        width = max(len(self.sheet.header), 1)
        spare = max(self.FIRST - len(self.sheet.rows), sheets.SPARE)
        return [*self.sheet.rows, *([""] * width for _row in range(spare))]

    @property
    def asked(self) -> dict[str, Any]:
        made = {
            name: value for name, value in self.values.items() if name not in {"title", "unit_id", "file"}
        }
        hidden = {name for group in self.LAYOUT if not group.holds(made) for name in group.fields}
        shown = {name for group in self.LAYOUT if group.holds(made) for name in group.fields}
        made = {name: value for name, value in made.items() if name not in hidden - shown}
        with_rows = any(group.sheet and group.holds(made) for group in self.LAYOUT)
        return made | ({"sheet": self.sheet.kept} if with_rows else {})

    def check(self) -> None:
        """What no single field can tell. Raises RuleViolation."""
        if any(group.sheet and group.holds(self.data) for group in self.LAYOUT) and not self.sheet.rows:
            raise RuleViolation(_("Enter some rows, or take them from a file."), field="file")

    @property
    def lacking(self) -> str:
        """What is still to be said, when somebody began to say it."""
        return ""

    @property
    def is_ready(self) -> bool:
        """Nothing is left to be asked before it can be computed; a file that was just read is looked at first."""
        return not self.read


def said(form: type[EnteredForm], asked: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was entered beside the rows, in the words of the form."""
    made = []
    for group in form.LAYOUT:
        if not group.holds(asked):
            continue
        for name in group.fields:
            value = asked.get(name)
            if name == "seed":  # told with the result
                continue
            if value in (None, "", [], False):
                continue
            unbound = getattr(form, name)
            listed = unbound.kwargs.get("choices") or []
            shown = next((str(each.label) for each in listed if str(each.value) == str(value)), None)
            if shown is None:
                shown = (
                    _("yes") if value is True else f"{value:g}" if isinstance(value, float) else str(value)
                )
            made.append((str(unbound.args[0]), shown))
    return made
