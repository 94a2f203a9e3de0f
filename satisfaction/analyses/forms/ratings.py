"""Forms of the methods on ratings."""

from typing import Any

from flask import request
from wtforms import SelectField

from core.errors import RuleViolation
from core.forms import choices
from core.i18n import _, _l
from satisfaction.analyses.forms.parts import GroupedForm, ItemsForm, item_label
from satisfaction.models import SurveyItem, Wave
from satisfaction.rules.analyses import KANO_TABLE, RATED
from satisfaction.rules.items import Kind


class ScoreForm(GroupedForm, ItemsForm):
    KINDS = RATED | {Kind.importance}

    def preselected(self, items: list[SurveyItem]) -> list[SurveyItem]:
        return [item for item in items if item.kind != Kind.importance]


class ReliabilityForm(GroupedForm, ItemsForm):
    KINDS = frozenset({Kind.scale, Kind.servqual, Kind.csat, Kind.ces})
    LEAST = 2
    together = SelectField(_l("What belongs together"))

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:
        super().offer(wave, items, person)
        self.together.choices = choices(
            [("", _("The questions of each dimension")), ("1", _("All chosen questions, as one scale"))]
        )
        if request.method == "GET" and self.together.data is None:
            sizes: dict[str, int] = {}
            for item in self.suited(items):
                sizes[item.dimension] = sizes.get(item.dimension, 0) + 1
            self.together.data = "" if any(size > 1 for name, size in sizes.items() if name) else "1"

    def preselected(self, items: list[SurveyItem]) -> list[SurveyItem]:
        kinds = {Kind.scale, Kind.servqual}
        return [item for item in items if item.kind in kinds] or items


class ServqualForm(GroupedForm, ItemsForm):
    KINDS = frozenset({Kind.servqual})
    test = SelectField(
        _l("Test of the gaps"),
        choices=choices(
            [
                ("t", _l("paired t test: the usual one")),
                ("wilcoxon", _l("signed-rank test (Wilcoxon): few answers or very skewed ones")),
            ]
        ),
        default="t",
    )

    def check(self) -> None:
        super().check()
        if self.test.data == "wilcoxon" and "weights" in self and self.weights.data:
            raise RuleViolation(
                _("The signed-rank test has no form for weights: take the t test, or no weights."),
                field="test",
            )


class KanoForm(GroupedForm, ItemsForm):
    KINDS = frozenset({Kind.kano})
    own = SelectField(
        _l("Evaluation table"),
        choices=choices([("", _l("the usual one (Berger et al., 1993)")), ("1", _l("a table of your own"))]),
        render_kw={"data-decides": ""},
    )

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:
        super().offer(wave, items, person)
        self.cells = [list(row) for row in KANO_TABLE]
        before = (self.table_before or KANO_TABLE) if request.method == "GET" else None
        for row in range(5):
            for column in range(5):
                given = before[row][column] if before else request.form.get(f"k{row}{column}", "")
                if given in set("AOMIRQ"):
                    self.cells[row][column] = given
        if request.method == "GET" and self.table_before:
            self.own.data = "1"

    #: the table of the analysis that is run again
    table_before: list[str] | None = None

    @property
    def asked(self) -> dict[str, Any]:
        made = super().asked
        own = bool(made.pop("own", ""))
        return made | ({"table": ["".join(row) for row in self.cells]} if own else {})


class IpaForm(GroupedForm, ItemsForm):
    KINDS = RATED
    LEAST = 2
    how = SelectField(
        _l("Importance"),
        choices=choices(
            [
                ("stated", _l("as customers state it")),
                ("derived", _l("derived: how strongly a question goes with the overall one")),
            ]
        ),
        render_kw={"data-decides": ""},
    )
    overall = SelectField(_l("Overall question"))
    derived = SelectField(
        _l("How it is derived"),
        choices=choices(
            [
                ("lmg", _l("share of the explained variation (LMG): best, up to 12 questions")),
                ("johnson", _l("relative weights (Johnson): for many questions")),
                ("pearson", _l("correlation: simple, counts what overlaps twice")),
            ]
        ),
    )
    crosshair = SelectField(
        _l("Where the lines cross"),
        choices=choices(
            [("mean", _l("at the mean of the questions")), ("median", _l("at the median of the questions"))]
        ),
    )

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:
        self._stated = {item.about_code for item in items if item.kind == Kind.importance and item.about_code}
        super().offer(wave, items, person)
        overall = [item for item in items if item.kind in RATED]
        self.overall.choices = choices((item.code, item_label(item)) for item in overall)
        stated = [item.code for item in self.suited(items) if item.code in self._stated]
        if request.method == "GET" and self.how.data is None:
            self.how.data = "stated" if len(stated) >= 2 else "derived"
            best = next((item for item in overall if item.kind == Kind.csat), None) or overall[-1]
            self.overall.data = best.code
            if self.how.data == "derived":
                self.items.data = [code for code in self.items.data or () if code != best.code]

    def preselected(self, items: list[SurveyItem]) -> list[SurveyItem]:
        stated = [item for item in items if item.code in self._stated]
        return stated if len(stated) >= 2 else [item for item in items if item.kind == Kind.scale]

    def check(self) -> None:
        super().check()
        chosen = set(self.items.data or ())
        if self.how.data == "derived" and len(chosen - {self.overall.data}) < 2:
            raise RuleViolation(_("Choose at least two questions besides the overall one."), field="items")
        if self.how.data == "stated" and chosen - self._stated:
            raise RuleViolation(
                _(
                    "No question on importance belongs to %(codes)s.",
                    codes=", ".join(sorted(chosen - self._stated)[:6]),
                ),
                field="items",
            )
