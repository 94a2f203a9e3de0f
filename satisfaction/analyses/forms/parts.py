"""What the forms of all methods share. `asked` is what is kept of them and handed to the engine's builders."""

import json
from collections import Counter
from typing import Any

from flask import request
from wtforms import SelectField

from core.errors import RuleViolation
from core.forms import ChecksField, RecordForm, choices, line
from core.i18n import _, _l
from satisfaction.models import SurveyItem, Wave
from satisfaction.rules.analyses import ITEMS_MOST, ROLES
from satisfaction.rules.items import DIMENSIONS, Kind
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


class WeightedForm(MethodForm):
    weights = SelectField(_l("Weights"))

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:
        super().offer(wave, items, person)
        from satisfaction import results
        from satisfaction import sheet as sheets

        sheet, _found = results.of_wave(wave)
        found = sheets.weightings(sheet)
        if not found:
            del self.weights
            return
        words = {"wave": _("the weights that came with the answers")}
        self.weights.choices = choices(
            [
                *((key, words.get(key) or key.partition(":")[2]) for key in found),
                ("", _("none, everybody counts the same")),
            ]
        )
        if request.method == "GET" and self.weights.data is None:
            self.weights.data = "wave" if "wave" in found else ""


class GroupedForm(MethodForm):
    """A method that is also run in each group: of one thing that tells respondents apart, or of two at once."""

    by = SelectField(_l("By groups"), default="")
    by2 = SelectField(_l("And within them by"), default="")

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:
        super().offer(wave, items, person)
        found = groupings(wave)
        if not found:
            del self.by
        if len(found) < 2:
            del self.by2
        if found:
            self.by.choices = choices(found.items(), empty=_("no groups, all together"))
        if len(found) > 1:
            self.by2.choices = choices(found.items(), empty=_("nothing more"))

    def check(self) -> None:
        super().check()
        if "by2" not in self or not self.by2.data:
            return
        if not self.by.data:
            raise RuleViolation(_("Choose first what the groups are told apart by."), field="by")
        if self.by2.data == self.by.data:
            raise RuleViolation(_("Choose two different things."), field="by2")


class ItemsForm(WeightedForm):
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


def groupings(wave: Wave) -> dict[str, str]:
    from satisfaction import results
    from satisfaction import sheet as sheets

    return sheets.group_names(results.of_wave(wave)[0])


def groups(wave: Wave) -> list[tuple[str, str]]:
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
