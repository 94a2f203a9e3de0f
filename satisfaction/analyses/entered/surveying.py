"""Estimates from samples, and the agreement of raters: rows of single answers."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from flask import request
from wtforms import SelectField

from core.errors import RuleViolation
from core.forms import SHORT, choices, line, text
from core.i18n import _
from core.lazytext import _l
from satisfaction.analyses.entered.forms import EnteredForm, Group
from satisfaction.analyses.entered.planning import CONFIDENCES, above_0
from satisfaction.analyses.entered.sheets import Column, labelled, number
from satisfaction.analyses.inputs.prepared import Prepared
from satisfaction.forms import NumberField
from satisfaction.methods.refusal import Refusal

MOST_WORK: Final = 500_000
#: field → names of columns that it most likely means
ROLES: dict[str, tuple[str, ...]] = {
    "variable": ("value", "answer", "score", "result", "satisfaction", "数值", "得分", "满意度"),
    "weight": ("weight", "weights", "权重"),
    "strata": ("stratum", "strata", "层"),
    "cluster": ("cluster", "psu", "群"),
}


class EstimateForm(EnteredForm):
    variable = SelectField(_l("Column with the answers"), validate_choice=False)
    category = line(_l("Share of those who answered"), limit=SHORT)
    weight = SelectField(_l("Column with the sampling weights"), validate_choice=False)
    strata = SelectField(_l("Column with the strata"), validate_choice=False)
    cluster = SelectField(_l("Column with the clusters"), validate_choice=False)
    population = NumberField(_l("People (or clusters) in the population"))
    post = SelectField(_l("Column whose groups have known sizes"), validate_choice=False)
    totals = text(_l("Known sizes, one group a line"), limit=4000, rows=3)
    confidence = SelectField(_l("Confidence"), choices=CONFIDENCES)
    LAYOUT = (
        Group(sheet=True),
        Group(("variable", "category")),
        Group(("weight", "strata", "cluster")),
        Group(("population", "confidence")),
        Group(("post", "totals")),
    )
    OPTIONAL = frozenset(("category", "population", "totals"))
    FREE = (_l("value"), _l("weight"), _l("stratum"), _l("cluster"))
    ROWS = _l("Answers")
    ROWS_HINT = _l("One person a row; mostly they come from a file. Columns may be called as you like.")
    HINTS: ClassVar[Mapping[str, Any]] = {
        "category": _l("Left empty, the mean of the numbers. With an answer, such as “yes”, the share of those who gave it."),
        "weight": _l("How many people of the population one answer stands for."),
        "strata": _l("Groups that were drawn from separately."),
        "cluster": _l("Branches, rooms or days that were drawn as a whole."),
        "population": _l("Left empty when it is unknown; with weights it follows from them."),
        "totals": _l("Such as “women = 5200”. The answers are weighted so that the groups have these sizes."),
    }  # fmt: skip

    def offer(self, person: Any, before: Mapping[str, Any] | None = None) -> None:
        super().offer(person, before)
        names = [each for each in self.sheet.header if each]
        for name in ("variable", "weight", "strata", "cluster", "post"):
            field = getattr(self, name)
            empty = None if name == "variable" else _("none")
            field.choices = choices([(each, each) for each in names], empty=empty)
            known = {*ROLES.get(name, ())}
            if self.FREE and name in ROLES:
                known.add(str(self.FREE[list(ROLES).index(name)]).casefold())
            if field.data not in names and (self.read or request.method == "GET"):
                filled = [
                    each for place, each in enumerate(names) if not self.read or any(self.sheet.column(place))
                ]
                guess = next((each for each in filled if each.casefold() in known), "")
                field.data = guess if guess or name != "variable" else (names or [""])[0]

    def check(self) -> None:
        super().check()
        names = self.sheet.header
        for name in ("variable", "weight", "strata", "cluster", "post"):
            chosen = getattr(self, name).data
            if (chosen or name == "variable") and chosen not in names:
                raise RuleViolation(_("Choose one of the columns."), field=name)
        for name in set(names):
            if names.count(name) > 1:
                raise RuleViolation(_("Two columns are called “%(name)s”.", name=name), field="file")
        above_0(self.population, needed=False)
        if self.post.data and not self.totals.data:
            raise RuleViolation(_("Say how large the groups are."), field="totals")


def estimate(asked: Mapping[str, Any]) -> Prepared:
    sheet, _words = labelled(asked, ())
    places = {name: place for place, name in enumerate(sheet.header)}

    def filled(name: str) -> bool:
        return bool(name) and any(sheet.column(places[name]))

    roles = {key: asked.get(key) or "" for key in ("variable", "weight", "strata", "cluster", "post")}
    used = {
        key: name for key, name in roles.items() if name and (key in {"variable", "post"} or filled(name))
    }
    columns: dict[str, Any] = {}
    for key, name in used.items():
        cells = sheet.column(places[name])
        numeric = key == "weight" or (key == "variable" and not asked.get("category"))
        columns[name] = (
            [number(cell, row, name) for row, cell in enumerate(cells, 1)] if numeric else [cell or None for cell in cells]
        )  # fmt: skip
    spec: dict[str, Any] = {"variable": used["variable"], "confidence": float(asked["confidence"])}
    spec |= {key: used[key] for key in ("weight", "strata", "cluster") if key in used}
    if asked.get("category"):
        spec["category"] = asked["category"]
    if asked.get("population"):
        spec["fpc"] = int(asked["population"])
    if "post" in used:
        totals: dict[str, float] = {}
        for row, entry in enumerate(str(asked.get("totals") or "").splitlines(), 1):
            name, _equals, size = entry.replace("＝", "=").replace("：", "=").replace(":", "=").partition("=")
            if not entry.strip():
                continue
            value = number(size, row, str(EstimateForm.totals.args[0]))
            if value is None or not name.strip():
                raise Refusal(
                    _l("Line %(row)s of “%(field)s” must be a group and its size, such as “women = 5200”."),
                    field=str(EstimateForm.totals.args[0]), row=row,
                )  # fmt: skip
            totals[name.strip()] = value
        spec["poststratify"] = {"column": used["post"], "totals": totals}
    return Prepared(columns, spec)


class AgreementForm(EnteredForm):
    level = SelectField(
        _l("The ratings are"),
        choices=choices(
            [
                ("ordinal", _l("ranks, such as grades from 1 to 5")),
                ("nominal", _l("kinds without an order, such as yes and no")),
                ("interval", _l("numbers, of which differences count")),
                ("ratio", _l("amounts with a true zero")),
            ]
        ),
    )
    seed = NumberField(_l("Seed"), default=1)
    LAYOUT = (Group(("level",)), Group(sheet=True), Group(("seed",)))
    FIXED = (
        Column("unit", _l("What was rated"), ("unit", "item", "case", "对象", "被评对象"), number=False),
    )
    FREE = (_l("Rater 1"), _l("Rater 2"), _l("Rater 3"))
    ROWS = _l("Ratings")
    ROWS_HINT = _l(
        "One thing a row, one rater a column; a blank was not rated. The raters may have their own names."
    )
    HINTS: ClassVar[Mapping[str, Any]] = {
        "seed": _l("The interval comes from 1,000 resamples of the things rated; the same seed repeats it to the last digit."),
    }  # fmt: skip

    def check(self) -> None:
        super().check()
        if self.seed.data is None or self.seed.data < 0:
            raise RuleViolation(_("Give a whole number from 0 on."), field="seed")


def agreement(asked: Mapping[str, Any]) -> Prepared:
    sheet, _words = labelled(asked, AgreementForm.FIXED)
    raters = sheet.header[1:]
    columns: dict[str, Any] = {}
    for place, rater in enumerate(raters, 1):
        if not any(sheet.column(place)):
            continue
        if not rater or rater in columns:
            raise Refusal(
                _l("Rater %(place)s needs a name of its own (%(field)s)."), field=rater or "-", place=place
            )
        columns[rater] = [cell or None for cell in sheet.column(place)]
    if not columns:
        raise Refusal(_l("Agreement needs two raters at least (%(field)s)."), field="raters")
    _check_size(list(zip(*columns.values(), strict=True)))
    spec = {"level": asked["level"], "raters": list(columns)}
    return Prepared(columns, spec, {"seed": int(asked.get("seed") or 1), "bootstrap": 1000})


def _check_size(rows: Sequence[Sequence[str | None]]) -> None:
    """Each resample adds up a table of values by values for each pattern of ratings, while somebody waits for the page."""
    values = {cell for row in rows for cell in row if cell is not None}
    patterns = {tuple(sorted(cell or "" for cell in row)) for row in rows}
    if len(patterns) * len(values) ** 2 > MOST_WORK:
        raise Refusal(
            _l("%(units)s units with %(values)s different values are too many for one analysis (%(field)s)."),
            field="units",
            units=len(rows),
            values=len(values),
        )
