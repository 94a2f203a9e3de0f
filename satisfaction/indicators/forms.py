from collections.abc import Iterable
from typing import Any

from wtforms import RadioField, SelectField, SelectMultipleField, validators

from core.forms import ChecksField, DateField, RecordForm, choices, line, text
from core.i18n import _, _l
from improvement.rules.findings import GRADE_LABELS, Grade
from satisfaction.forms import AmountField
from satisfaction.rules.indicators import STRENGTHS, spoken


class SystemForm(RecordForm):
    title_en = line(_l("Title in English"))
    title_zh = line(_l("Title in Chinese"))
    questionnaire_id = SelectField(_l("Questionnaire"), coerce=int)
    unit_id = SelectField(_l("Unit"), coerce=int)
    owner_id = SelectField(_l("Owner"), coerce=int)
    purpose = text(_l("Purpose, and the decision it serves"), limit=4000, rows=3)


class VersionForm(RecordForm):
    percent = AmountField(_l("Least coverage, in per cent"), validators=[validators.InputRequired()])
    reason = text(_l("What changes, and why"), limit=4000, rows=3)


class NodeForm(RecordForm):
    name_en = line(_l("Name in English"), limit=300)
    name_zh = line(_l("Name in Chinese"), limit=300)
    target = AmountField(_l("Target"), validators=[validators.Optional()])


class ItemsForm(RecordForm):
    items = ChecksField(_l("Survey questions"), coerce=int, validate_choice=False)


class JudgesForm(RecordForm):
    people = SelectMultipleField(_l("People"), coerce=int, validate_choice=False)
    due = DateField(_l("Asked until"), validators=[validators.Optional()])


class ReasonForm(RecordForm):
    reason = text(_l("Reason"), required=True, limit=2000, rows=3)


class BaselineForm(ReasonForm):
    number = SelectField(_l("Weights of"), coerce=int)


def pairs_form(names: Iterable[tuple[str, str]]) -> type[RecordForm]:
    """The form of comparisons: for each pair which of the two matters more, and how much. The page draws it by itself;
    where two comparisons clash, the fields are shown side by side."""
    fields: dict[str, Any] = {}
    for number, (one, other) in enumerate(names):
        pair = _("“%(one)s” or “%(other)s”", one=one, other=other)
        fields[f"s{number}"] = SelectField(
            pair,
            choices=choices((("a", one), ("equal", _("both alike")), ("b", other)), empty=_("not compared")),
            validate_choice=False,
        )
        fields[f"k{number}"] = SelectField(
            _("How much more: %(pair)s", pair=pair),
            choices=choices(((step, words) for step, words in STRENGTHS.items() if step > 1), empty="—"),
            validate_choice=False,
        )
    return type("PairsForm", (RecordForm,), fields)


def pair_values(ratios: Iterable[float | None]) -> dict[str, str]:
    """What the fields of such a form hold, pair by pair."""
    made: dict[str, str] = {}
    for number, ratio in enumerate(ratios):
        side, step = spoken(ratio) if ratio is not None else ("", 0)
        made |= {f"s{number}": side, f"k{number}": str(step) if side in {"a", "b"} else ""}
    return made


class TakeForm(RecordForm):
    reason = text(_l("Why they are taken all the same"), limit=2000, rows=2)


class ModelForm(RecordForm):
    """Which analysis is chosen by the address; the places to take weights for are read from the page's table."""

    nodes = SelectMultipleField(_l("Places"), coerce=int, validate_choice=False)


class ShortfallForm(RecordForm):
    statement_en = text(_l("What was found, in English"), limit=1000, rows=2)
    statement_zh = text(_l("What was found, in Chinese"), limit=1000, rows=2)
    grade = RadioField(
        _l("Grade"),
        choices=choices(
            (grade.value, GRADE_LABELS[grade]) for grade in (Grade.minor, Grade.ofi, Grade.signal)
        ),
        default=Grade.minor.value,
    )
    detail = text(_l("More about it"), limit=4000, rows=3)


def percent_of(raw: Any) -> float | None:
    """A weight as somebody types it: "12,5" and "12.5 %" mean the same. Raises ValueError for anything else."""
    typed = str(raw or "").strip().rstrip("%").strip().replace(",", ".")
    if not typed:
        return None
    value = float(typed)
    if not -1e6 < value < 1e6:  # nor is it "nan" then
        raise ValueError(typed)
    return value
