"""Forms that compare a wave with something."""

import json
from typing import Any

from flask import request
from wtforms import SelectField

from core.errors import RuleViolation
from core.forms import choices, number_or_none
from core.i18n import _, _l
from satisfaction.analyses.forms.parts import MethodForm, groups, item_label
from satisfaction.forms import AmountField
from satisfaction.models import SurveyItem, Wave
from satisfaction.queries import analyses as queries
from satisfaction.rules.analyses import RATED
from satisfaction.rules.items import Kind, bounds


class EffectForm(MethodForm):
    item = SelectField(_l("Question"))
    measure = SelectField(
        _l("What is compared"),
        choices=choices(
            [("mean", _l("the mean of the answers")), ("top", _l("the share of the best answers"))]
        ),
        render_kw={"data-decides": ""},
    )
    before = SelectField(_l("Before, or first group"))
    after = SelectField(_l("After, or second group"))
    direction = SelectField(
        _l("Better is"), choices=choices([("up", _l("a higher figure")), ("down", _l("a lower figure"))])
    )
    margin = AmountField(_l("Smallest change worth having"))

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:
        rated = [item for item in items if item.kind in RATED]
        self.item.choices = choices((item.code, item_label(item)) for item in rated)
        others = queries.list_comparable(wave, person)
        sides = [(f"w:{wave.id}", _("this wave: %(name)s", name=wave.name))]
        sides += [(f"w:{other.id}", _("wave: %(name)s", name=other.name)) for other in others]
        own = groups(wave)
        sides += own
        self.before.choices = choices(sides)
        self.after.choices = choices(sides)
        if request.method == "GET" and self.before.data is None:
            csat = next((item for item in rated if item.kind == Kind.csat), rated[0])
            self.item.data = csat.code
            if others:
                self.before.data, self.after.data = f"w:{others[0].id}", f"w:{wave.id}"
            elif len(own) > 1:
                self.before.data, self.after.data = own[0][0], own[1][0]

    def check(self) -> None:
        if self.before.data == self.after.data:
            raise RuleViolation(_("Choose two different sides."), field="after")
        kinds = {str(self.before.data)[0], str(self.after.data)[0]}
        if len(kinds) == 2:
            raise RuleViolation(
                _("A group of this wave can be compared with another group of it, not with a whole wave."),
                field="after",
            )
        if kinds == {"g"}:
            keys = {json.loads(str(side)[2:])[0] for side in (self.before.data, self.after.data)}
            if len(keys) > 1:
                raise RuleViolation(
                    _("Both groups must be told apart by the same thing, or somebody could be in both."),
                    field="after",
                )
        if self.margin.data is not None and self.margin.data < 0:
            raise RuleViolation(_("Give a number of 0 or more."), field="margin")


class ChartForm(MethodForm):
    item = SelectField(_l("Question"))
    measure = SelectField(
        _l("Figure"),
        choices=choices([("main", _l("its main figure")), ("top", _l("the share of the best answers"))]),
    )
    rules = SelectField(
        _l("What counts as a signal"),
        choices=choices(
            [
                ("", _l("a wave beyond the limits")),
                ("1", _l("also runs and trends (Western Electric rules)")),
            ]
        ),
    )

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:  # noqa: ARG002 - the signature of every form
        self._kinds = {item.code: item.kind for item in items}
        self.item.choices = choices((item.code, item_label(item)) for item in items if item.kind in RATED)

    @property
    def asked(self) -> dict[str, Any]:
        made = super().asked
        kind = self._kinds.get(str(self.item.data), "")
        if made["measure"] == "main":
            made["measure"] = {Kind.nps: "nps", Kind.csat: "csat", Kind.ces: "ces"}.get(Kind(kind), "mean")
        elif kind in {Kind.csat, Kind.nps}:
            made["measure"] = "csat" if kind == Kind.csat else "nps"
        return made


class TransitionForm(MethodForm):
    item = SelectField(_l("First answer"))
    second = SelectField(_l("Second answer"))
    coarse = SelectField(
        _l("States"),
        choices=choices(
            [("", _l("dissatisfied, in between, satisfied")), ("1", _l("not satisfied, satisfied"))]
        ),
    )

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:
        kinds = {Kind.scale, Kind.csat, Kind.ces, Kind.servqual}
        rated = [item for item in items if item.kind in kinds]
        self._scales = {item.code: bounds(item) for item in rated}
        self._pairs = {item.code for item in rated if item.kind == Kind.servqual}
        self.item.choices = choices((item.code, item_label(item)) for item in rated)
        named = (
            []
            if wave.anonymous
            else [each for each in queries.list_comparable(wave, person) if not each.anonymous]
        )
        self.second.choices = choices(
            [
                *(
                    (
                        f"w:{each.id}",
                        _("the same question; first answer from the wave %(name)s", name=each.name),
                    )
                    for each in named
                ),
                *((item.code, item_label(item)) for item in rated),
            ]
        )
        if request.method == "GET" and self.item.data is None:
            first = next((item for item in rated if item.kind == Kind.servqual), rated[0])
            alike = [
                item.code
                for item in rated
                if item.code != first.code and self._scales[item.code] == bounds(first)
            ]
            self.item.data = first.code
            if named:
                self.second.data = f"w:{named[0].id}"
            else:
                self.second.data = first.code if first.code in self._pairs else (alike or [first.code])[0]

    @property
    def asked(self) -> dict[str, Any]:
        made = super().asked
        second = str(made["second"])
        if second.startswith("w:"):
            made |= {"second": "", "wave": number_or_none(second[2:])}
        return made

    def check(self) -> None:
        second = str(self.second.data)
        if second.startswith("w:"):
            return
        if second == self.item.data and second not in self._pairs:
            raise RuleViolation(_("Choose two different questions."), field="second")
        if self._scales.get(second) != self._scales.get(str(self.item.data)):
            raise RuleViolation(_("Both questions must have the same scale."), field="second")
