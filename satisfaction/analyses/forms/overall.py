"""Forms of the methods that say one thing about a whole wave."""

from collections import Counter
from typing import Any, Final

from flask import request
from wtforms import SelectField

from core.errors import RuleViolation
from core.forms import choices, line
from core.i18n import _, _l
from satisfaction.analyses.entered.planning import CONFIDENCES
from satisfaction.analyses.entered.weighing import OPERATORS
from satisfaction.analyses.forms.parts import ItemsForm, WeightedForm, groupings, item_label
from satisfaction.analyses.inputs.overall import worth_of
from satisfaction.methods.refusal import Refusal
from satisfaction.models import SurveyItem, Wave
from satisfaction.rules.analyses import GRADED, RATED
from satisfaction.rules.items import Kind, bounds

WEIGHT_MOST: Final = 1e6


class FuzzyForm(ItemsForm):
    KINDS = GRADED
    LEAST = 2
    counting = SelectField(
        _l("Weights of the questions"),
        choices=choices(
            [
                ("alike", _l("all the same")),
                ("stated", _l("by the importance that customers state")),
                ("typed", _l("weights of your own")),
            ]
        ),
        render_kw={"data-decides": ""},
    )
    grade_values = line(_l("What the grades are worth, best to worst"), limit=300)
    operator = SelectField(_l("How weights and shares are joined"), choices=OPERATORS)
    #: the weights of the analysis that is run again
    typed_before: dict[str, float] | None = None

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:
        self._stated = {item.about_code for item in items if item.kind == Kind.importance and item.about_code}
        super().offer(wave, items, person)
        self.rated = self.suited(items)
        self._scales = {item.code: bounds(item) for item in self.rated}
        if request.method == "GET":
            before = self.typed_before or {}
            self.typed = {code: f"{value:g}" for code, value in before.items()}
        else:
            self.typed = {
                item.code: request.form.get(f"w-{item.code}", "").strip()[:20] for item in self.rated
            }

    def preselected(self, items: list[SurveyItem]) -> list[SurveyItem]:
        """Those of the scale that most have; ratings before the overall question."""
        plain = [item for item in items if item.kind == Kind.scale]
        offered = plain if len(plain) > 1 else items
        usual = Counter(bounds(item) for item in offered).most_common(1)[0][0]
        return [item for item in offered if bounds(item) == usual]

    @property
    def asked(self) -> dict[str, Any]:
        made = super().asked
        if self.counting.data == "typed":
            made["typed"] = {code: _amount(self.typed.get(code, "")) or 0.0 for code in self.items.data or ()}
        return made

    def check(self) -> None:
        super().check()
        chosen = self.items.data or []
        scales = Counter(self._scales[code] for code in chosen)
        if len(scales) > 1:
            usual = scales.most_common(1)[0][0]
            raise RuleViolation(
                _(
                    "The chosen questions must have equally many answers to choose from; leave out %(codes)s.",
                    codes=", ".join([code for code in chosen if self._scales[code] != usual][:6]),
                ),
                field="items",
            )
        if self.counting.data == "stated" and (
            without := [code for code in chosen if code not in self._stated]
        ):
            raise RuleViolation(
                _("No question on importance belongs to %(codes)s.", codes=", ".join(without[:6])),
                field="counting",
            )
        if self.counting.data == "typed":
            weights = [_amount(self.typed.get(code, "")) for code in chosen]
            if None in weights or not any(weights):
                raise RuleViolation(
                    _("Give every chosen question a weight of 0 or more, one of them above 0."),
                    field="counting",
                )
        ((low, high),) = scales
        try:
            worth_of(self.grade_values.data or "", high - low + 1)
        except Refusal as told:
            raise RuleViolation(str(told.sentence), field="grade_values") from told


def _amount(text: str) -> float | None:
    """A weight as it was typed, None when it is none."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if 0 <= value <= WEIGHT_MOST else None


class EstimateForm(WeightedForm):
    item = SelectField(_l("Question"))
    measure = SelectField(
        _l("What is estimated"),
        choices=choices(
            [("mean", _l("the mean of the answers")), ("top", _l("the share of the best answers"))]
        ),
    )
    strata = SelectField(_l("Groups that were drawn from separately (strata)"))
    confidence = SelectField(_l("Confidence"), choices=CONFIDENCES)

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:
        super().offer(wave, items, person)
        rated = [item for item in items if item.kind in RATED]
        self.item.choices = choices((item.code, item_label(item)) for item in rated)
        self.strata.choices = choices(groupings(wave).items(), empty=_("no groups, all together"))
        if request.method == "GET" and self.item.data is None:
            csat = next((item for item in rated if item.kind == Kind.csat), rated[0])
            self.item.data = csat.code
