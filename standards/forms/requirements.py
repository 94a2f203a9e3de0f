"""One page for the three kinds of requirements; what belongs to another kind is hidden and ignored."""

from decimal import Decimal
from typing import Any

from wtforms import (
    DecimalField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    SelectField,
    StringField,
    validators,
)

from core.forms import ChecksField, RecordForm, choices, line, stripped, text
from core.i18n import _l
from standards.models import Requirement
from standards.operations.requirements import generated
from standards.queries.calendars import calendar_choices
from standards.rules.requirements import LIMIT_UNIT_LABELS, Count, Dimension, Kano, Kind
from standards.rules.timing import WITHOUT_AMOUNT, LimitUnit, parse_limit

AMOUNT_UNITS = "|".join(unit.value for unit in LimitUnit if unit not in WITHOUT_AMOUNT)
#: the form's list of names that other promises use
KNOWN_MILESTONES = {"list": "milestones"}
WEEKDAYS = (
    (0, _l("Mon")),
    (1, _l("Tue")),
    (2, _l("Wed")),
    (3, _l("Thu")),
    (4, _l("Fri")),
    (5, _l("Sat")),
    (6, _l("Sun")),
)


def _cell(label: Any, limit: int = 200) -> StringField:
    return StringField(label, filters=[stripped], validators=[validators.Length(max=limit)])


class PopulationRow(Form):  # type: ignore[misc]  # WTForms has no types
    column = _cell(_l("Column"), 60)
    values = _cell(_l("is one of (separated by commas)"), 2000)


class PauseRow(Form):  # type: ignore[misc]  # WTForms has no types
    start = _cell(_l("stops at"), 60)
    end = _cell(_l("runs again at"), 60)


class PointRow(Form):  # type: ignore[misc]  # WTForms has no types
    en = _cell(_l("Point (English)"), 500)
    zh = _cell(_l("Point (Chinese)"), 500)
    weight = DecimalField(_l("Weight"), places=None, validators=[validators.Optional()])


class RequirementForm(RecordForm):
    kind = SelectField(
        _l("Kind"), choices=choices((kind.value, kind.label) for kind in Kind), render_kw={"data-decides": ""}
    )
    statement_en = text(_l("Text (English)"), limit=2000, rows=2)
    statement_zh = text(_l("Text (Chinese)"), limit=2000, rows=2)
    target = DecimalField(
        _l("Target, in percent"),
        places=None,
        validators=[
            validators.Optional(),
            validators.NumberRange(
                min=0.0001, max=100, message=_l("A target is above 0 and at most 100 percent.")
            ),
        ],
        render_kw={"inputmode": "decimal"},
    )
    dimension = SelectField(
        _l("SERVQUAL dimension"),
        choices=choices(((item.value, item.label) for item in Dimension), empty=_l("Not chosen")),
    )
    kano = SelectField(
        _l("Kano category"),
        choices=choices(((item.value, item.label) for item in Kano), empty=_l("Not chosen")),
    )
    verification = text(_l("How it is checked"), limit=4000, rows=2)
    evidence_expected = text(_l("Evidence expected"), limit=4000, rows=2)

    from_milestone = line(_l("Clock starts at"), limit=60, render_kw=KNOWN_MILESTONES)
    to_milestone = line(_l("Clock stops at"), limit=60, render_kw=KNOWN_MILESTONES)
    amount = DecimalField(
        _l("Amount"), places=None, validators=[validators.Optional()], render_kw={"inputmode": "decimal"}
    )
    unit = SelectField(
        _l("Unit of time"),
        choices=choices((unit.value, label) for unit, label in LIMIT_UNIT_LABELS.items()),
        default=LimitUnit.WORKING_DAYS.value,
        render_kw={"data-decides": ""},
    )
    due_milestone = line(_l("Milestone that holds the due time"), limit=50, render_kw=KNOWN_MILESTONES)
    calendar_id = SelectField(_l("Calendar"))
    population = FieldList(FormField(PopulationRow), max_entries=10)
    pauses = FieldList(FormField(PauseRow), max_entries=10)

    count = SelectField(
        _l("How it is counted"),
        choices=choices((item.value, item.label) for item in Count),
        render_kw={"data-decides": ""},
    )
    post_en = line(_l("Role or post (English)"))
    post_zh = line(_l("Role or post (Chinese)"))
    least = IntegerField(_l("At least"), validators=[validators.Optional()])
    per = IntegerField(_l("One for every"), validators=[validators.Optional()])
    per_en = line(_l("of what (English)"))
    per_zh = line(_l("of what (Chinese)"))
    weekdays = ChecksField(
        _l("Days"),
        choices=choices(WEEKDAYS),
    )
    hours_from = line(_l("From"), limit=5)
    hours_until = line(_l("Until"), limit=5)
    competence_en = line(_l("Competence (English)"))
    competence_zh = line(_l("Competence (Chinese)"))

    points = FieldList(FormField(PointRow), max_entries=40)

    def offer(self) -> "RequirementForm":
        self.calendar_id.choices = choices(calendar_choices(), empty=_l("None: Monday to Friday"))
        return self

    @property
    def limit(self) -> str:
        """The limit as text; empty when the amount is missing."""
        unit = LimitUnit(self.unit.data)
        if unit is LimitUnit.BY_DUE:
            return f"by {self.due_milestone.data}" if self.due_milestone.data else ""
        if unit in WITHOUT_AMOUNT:
            return unit.value.replace("_", " ")
        if self.amount.data is None:
            return ""
        return f"{self.amount.data.normalize():f} {unit.value.replace('_', ' ')}"

    @property
    def fields(self) -> dict[str, Any]:
        """What the operation takes."""
        return {
            "statement_en": self.statement_en.data or "",
            "statement_zh": self.statement_zh.data or "",
            "dimension": self.dimension.data,
            "kano": self.kano.data,
            "verification": self.verification.data or "",
            "evidence_expected": self.evidence_expected.data or "",
            "target": float(self.target.data) / 100 if self.target.data is not None else None,
            **(self._timing() if self.kind.data == Kind.timing else {}),
            "rule": self._rule(),
        }

    def _timing(self) -> dict[str, Any]:
        population: dict[str, list[str]] = {}
        for row in self.population.data:
            names = (row["values"] or "").replace("，", ",").replace("、", ",").split(",")
            if row["column"] or row["values"]:
                population.setdefault(row["column"] or "", []).extend(name.strip() for name in names)
        return {
            "from_milestone": self.from_milestone.data or "",
            "to_milestone": self.to_milestone.data or "",
            "limit": self.limit,
            "calendar_id": int(self.calendar_id.data) if self.calendar_id.data else None,
            "population": population,
            "pauses": [[row["start"] or "", row["end"] or ""] for row in self.pauses.data],
        }

    def _rule(self) -> dict[str, Any]:
        if self.kind.data == Kind.staffing:
            return {
                "count": self.count.data,
                "post_en": self.post_en.data,
                "post_zh": self.post_zh.data,
                "least": self.least.data,
                "per": self.per.data,
                "per_en": self.per_en.data,
                "per_zh": self.per_zh.data,
                "weekdays": [int(day) for day in self.weekdays.data or []],
                "from": self.hours_from.data,
                "until": self.hours_until.data,
                "competence_en": self.competence_en.data,
                "competence_zh": self.competence_zh.data,
            }
        if self.kind.data == Kind.content:
            return {"points": self.points.data}
        return {}


def values_of(requirement: Requirement) -> dict[str, Any]:
    """What the form shows of a stored requirement; a sentence that made itself is shown as empty."""
    made = generated(requirement)
    values: dict[str, Any] = {
        name: getattr(requirement, name)
        for name in (
            "kind",
            "dimension",
            "kano",
            "verification",
            "evidence_expected",
            "from_milestone",
            "to_milestone",
            "row_version",
        )
    }
    for name, text_made in made.items():
        stored = getattr(requirement, name)
        values[name] = "" if stored == text_made else stored
    values["target"] = None if requirement.target is None else Decimal(f"{requirement.target * 100:.6g}")
    values["calendar_id"] = str(requirement.calendar_id or "")
    if requirement.limit:
        limit = parse_limit(requirement.limit)
        values["unit"] = limit.unit.value
        values["amount"] = Decimal(f"{limit.amount:g}") if limit.amount else None
        values["due_milestone"] = limit.milestone
    values["population"] = [
        {"column": column, "values": ", ".join(names)} for column, names in requirement.population.items()
    ]
    values["pauses"] = [{"start": start, "end": end} for start, end in requirement.pauses]
    rule = requirement.rule
    for name in (
        "count",
        "post_en",
        "post_zh",
        "least",
        "per",
        "per_en",
        "per_zh",
        "competence_en",
        "competence_zh",
    ):
        if name in rule:
            values[name] = rule[name]
    values["weekdays"] = [str(day) for day in rule.get("weekdays", [])]
    values["hours_from"], values["hours_until"] = rule.get("from", ""), rule.get("until", "")
    values["points"] = rule.get("points", [])
    return values


#: fields of refusals that stand under another name on the page
FORM_FIELDS = {"limit": "amount", "from": "hours_from", "until": "hours_until"}
