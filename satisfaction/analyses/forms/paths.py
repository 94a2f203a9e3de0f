"""The form of path models."""

from typing import Any

from flask import request
from wtforms import BooleanField, SelectField

from core.errors import RuleViolation
from core.forms import choices
from core.i18n import _, _l
from satisfaction.analyses.forms.parts import GroupedForm, WeightedForm, construct_word
from satisfaction.forms import NumberField
from satisfaction.models import SurveyItem, Wave
from satisfaction.rules.analyses import BOOTSTRAPS, MODELS, RATED, ROLES, SEED_MOST, guess_construct
from satisfaction.rules.items import Kind


class PlsForm(GroupedForm, WeightedForm):
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

    def offer(self, wave: Wave, items: list[SurveyItem], person: Any) -> None:
        from satisfaction.methods.pls.templates import role_of

        super().offer(wave, items, person)
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
        super().check()
        used = set(self.placed.values()) - {""}
        if "satisfaction" not in used:
            raise RuleViolation(_("Place at least one question under “Satisfaction”."), field="model")
        if len(used) < 2:
            raise RuleViolation(_("Place the questions under two constructs at least."), field="model")
        if not 0 <= (self.seed.data if self.seed.data is not None else -1) <= SEED_MOST:
            raise RuleViolation(_("Give a whole number from 0 to %(num)s.", num=SEED_MOST), field="seed")
