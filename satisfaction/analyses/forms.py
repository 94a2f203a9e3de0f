"""Forms of the methods. `asked` is what is kept of them and handed to the engine's builders."""

import json
from collections import Counter
from typing import Any

from flask import request
from wtforms import BooleanField, SelectField

from core.errors import RuleViolation
from core.forms import RecordForm, choices, line, number_or_none
from core.i18n import _, _l
from satisfaction.forms import AmountField, ChecksField, NumberField
from satisfaction.models import SurveyItem, Wave
from satisfaction.queries import analyses as queries
from satisfaction.rules.analyses import (
    BOOTSTRAPS,
    ITEMS_MOST,
    MODELS,
    RATED,
    ROLES,
    SEED_MOST,
    Method,
    guess_construct,
)
from satisfaction.rules.items import DIMENSIONS, Kind, bounds
from satisfaction.rules.waves import withheld

NEW_MOST = 40


def item_label(item: SurveyItem) -> str:
    return f"{item.code} · {item.text[:110]}"


def construct_word(name: str) -> str:
    return str(ROLES.get(name) or DIMENSIONS.get(name, name))


class MethodForm(RecordForm):
    title = line(_l("Name of the analysis"), limit=200)
    #: kinds of items that the method takes
    KINDS: frozenset[Kind] = frozenset()

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:
        """Choices and what is preselected, from the questionnaire."""

    @property
    def asked(self) -> dict[str, Any]:
        return {name: value for name, value in self.values.items() if name != "title"}

    def check(self) -> None:
        """What no single field can tell. Raises RuleViolation."""


class ItemsForm(MethodForm):
    items = ChecksField(_l("Questions"))
    LEAST = 1

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:
        super().offer(wave, items, person)
        suited = self.suited(items)
        self.items.choices = choices((item.code, item_label(item)) for item in suited)
        if request.method == "GET" and self.items.data is None:
            self.items.data = [item.code for item in self.preselected(suited)][:ITEMS_MOST]

    def suited(self, items: list[SurveyItem]) -> list[SurveyItem]:
        return [item for item in items if item.kind in self.KINDS]

    def preselected(self, items: list[SurveyItem]) -> list[SurveyItem]:
        return items

    def check(self) -> None:
        chosen = len(self.items.data or ())
        if chosen < self.LEAST:
            raise RuleViolation(_("Choose at least %(num)s questions.", num=self.LEAST), field="items")
        if chosen > ITEMS_MOST:
            raise RuleViolation(_("Choose at most %(num)s questions.", num=ITEMS_MOST), field="items")


class ScoreForm(ItemsForm):
    KINDS = RATED | {Kind.importance}
    by = SelectField(_l("By groups"), validate_choice=True)

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:
        super().offer(wave, items, person)
        self.by.choices = choices(_groupings(wave).items(), empty=_("no groups, all together"))

    def preselected(self, items: list[SurveyItem]) -> list[SurveyItem]:
        return [item for item in items if item.kind != Kind.importance]


class ReliabilityForm(ItemsForm):
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


class ServqualForm(ItemsForm):
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


class KanoForm(ItemsForm):
    KINDS = frozenset({Kind.kano})


class IpaForm(ItemsForm):
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


class PlsForm(MethodForm):
    model = SelectField(_l("Model"), choices=choices(MODELS.items()), default="drivers")
    missing = SelectField(
        _l("Missing answers"),
        choices=choices(
            [("mean", _l("take the mean of the question")), ("listwise", _l("leave the respondent out"))]
        ),
    )
    bootstrap = SelectField(
        _l("Intervals"),
        coerce=int,
        choices=choices(
            zip(
                BOOTSTRAPS,
                (
                    _l("none, coefficients only"),
                    _l("1,000 resamples: to look"),
                    _l("5,000 resamples: for a report"),
                ),
                strict=True,
            )
        ),
        default=1000,
    )
    plsc = BooleanField(_l("Also consistent PLS (PLSc)"))
    seed = NumberField(_l("Seed"), default=1)

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:  # noqa: ARG002 - the signature of every form
        from satisfaction.methods.pls.templates import role_of

        kinds = {*RATED, Kind.servqual}
        self.rated = [item for item in items if item.kind in kinds]
        own = dict.fromkeys(
            item.dimension for item in self.rated if item.dimension and not role_of(item.dimension)
        )
        self.constructs = {name: construct_word(name) for name in [*own, *ROLES]}
        if request.method == "GET":
            self.placed = {
                item.code: guess_construct(item.kind, item.dimension, role_of) for item in self.rated
            }
            if "satisfaction" not in self.placed.values() and self.rated:
                last = next(
                    (item for item in reversed(self.rated) if not self.placed[item.code]), self.rated[-1]
                )
                self.placed[last.code] = "satisfaction"
            roles = set(self.placed.values())
            if {"expectation", "quality", "value"} <= roles and not self.model.raw_data:
                self.model.data = "ecsi" if "image" in roles else "acsi"
        else:
            self.placed = {
                item.code: name
                for item in self.rated
                if (name := request.form.get(f"c-{item.code}", "")) in self.constructs
            }

    @property
    def asked(self) -> dict[str, Any]:
        return super().asked | {"construct": {code: name for code, name in self.placed.items() if name}}

    def check(self) -> None:
        used = set(self.placed.values()) - {""}
        if "satisfaction" not in used:
            raise RuleViolation(_("Place at least one question under “Satisfaction”."), field="model")
        if len(used) < 2:
            raise RuleViolation(_("Place the questions under two constructs at least."), field="model")
        if not 0 <= (self.seed.data if self.seed.data is not None else -1) <= SEED_MOST:
            raise RuleViolation(_("Give a whole number from 0 to %(num)s.", num=SEED_MOST), field="seed")


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
        groups = _groups(wave)
        sides += groups
        self.before.choices = choices(sides)
        self.after.choices = choices(sides)
        if request.method == "GET" and self.before.data is None:
            csat = next((item for item in rated if item.kind == Kind.csat), rated[0])
            self.item.data = csat.code
            if others:
                self.before.data, self.after.data = f"w:{others[0].id}", f"w:{wave.id}"
            elif len(groups) > 1:
                self.before.data, self.after.data = groups[0][0], groups[1][0]

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


FORMS: dict[Method, type[MethodForm]] = {
    Method.score: ScoreForm,
    Method.reliability: ReliabilityForm,
    Method.servqual: ServqualForm,
    Method.kano: KanoForm,
    Method.ipa: IpaForm,
    Method.pls: PlsForm,
    Method.effect: EffectForm,
    Method.chart: ChartForm,
    Method.transition: TransitionForm,
}


def _groupings(wave: Wave) -> dict[str, str]:
    from satisfaction import results
    from satisfaction import sheet as sheets

    return sheets.group_names(results.of_wave(wave)[0])


def _groups(wave: Wave) -> list[tuple[str, str]]:
    """Groups of the wave that are large enough to be shown, at most some forty."""
    from satisfaction import results
    from satisfaction import sheet as sheets

    sheet, _found = results.of_wave(wave)
    made = []
    for key, name in sheets.group_names(sheet).items():
        sizes = Counter(sheet.groups[key].tolist())
        hidden = withheld(sizes, wave.min_cell)
        made += [
            (
                f"g:{json.dumps([key, value], ensure_ascii=False)}",
                f"{name}: {sheets.group_word(sheet, key, value)}",
            )
            for value in sorted(sizes)
            if value not in hidden
        ]
    return made[:NEW_MOST]
