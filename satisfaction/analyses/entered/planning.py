"""How many to ask: samples and comparisons."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from wtforms import SelectField

from core.errors import RuleViolation
from core.forms import choices
from core.i18n import _, _l
from satisfaction.analyses.entered.forms import EnteredForm, Group
from satisfaction.analyses.entered.sheets import Column, labelled, names_of, needed, number
from satisfaction.analyses.inputs.prepared import Prepared
from satisfaction.forms import AmountField, NumberField

CONFIDENCES: Final = choices([("0.95", "95 %"), ("0.9", "90 %"), ("0.99", "99 %")])


def between(field: Any, low: float, high: float, *, needed: bool = True) -> None:
    """Raises RuleViolation unless low < value < high, or nothing was said where nothing is needed."""
    if field.data is None and not needed:
        return
    if field.data is None or not low < field.data < high:
        raise RuleViolation(
            _("Give a number above %(low)s and below %(high)s.", low=f"{low:g}", high=f"{high:g}"),
            field=field.name,
        )


def above_0(field: Any, *, needed: bool = True) -> None:
    if field.data is None and not needed:
        return
    if field.data is None or field.data <= 0:
        raise RuleViolation(_("Give a number above 0."), field=field.name)


class SampleForm(EnteredForm):
    kind = SelectField(
        _l("What shall be estimated"),
        choices=choices([("proportion", _l("a share, such as of satisfied customers")), ("mean", _l("a mean, such as a score"))]),
        render_kw={"data-decides": ""},
    )  # fmt: skip
    error = AmountField(_l("Error that may remain, ± percentage points"), default=5)
    p = AmountField(_l("Expected share, %"))
    error_mean = AmountField(_l("Error that may remain, ± points of the scale"), default=0.2)
    sd = AmountField(_l("Expected standard deviation"), default=1)
    confidence = SelectField(_l("Confidence"), choices=CONFIDENCES)
    population = NumberField(_l("People in the population"))
    response_rate = AmountField(_l("Expected response rate, %"), default=30)
    icc = AmountField(_l("Likeness within clusters (ICC)"))
    cluster_size = AmountField(_l("People asked in each cluster"))
    allocation = SelectField(
        _l("How it is spread over the groups"),
        choices=choices(
            [
                ("proportional", _l("by their size")),
                ("neyman", _l("by size and spread (Neyman)")),
                ("optimal", _l("by size, spread and cost")),
            ]
        ),
    )
    LAYOUT = (
        Group(("kind",)),
        Group(("error", "p"), "kind=proportion"),
        Group(("error_mean", "sd"), "kind=mean"),
        Group(("confidence", "population", "response_rate")),
        Group(("icc", "cluster_size")),
        Group(sheet=True),
        Group(("allocation",)),
    )
    OPTIONAL = frozenset(("p", "population", "response_rate", "icc", "cluster_size"))
    FIXED = (
        Column("name", _l("Group"), ("stratum", "层", "组"), number=False),
        Column("size", _l("Number of people"), ("people", "population", "人数", "总体")),
        Column("sd", _l("Standard deviation"), ("标准差",), optional=True),
        Column("cost", _l("Cost of one answer"), ("成本",), optional=True),
        Column("rate", _l("Response rate, %"), ("response_rate", "回收率"), optional=True),
    )
    FIRST = 4
    ROWS = _l("Groups (strata)")
    ROWS_HINT = _l("Leave them empty for one sample of all. With groups their people make up the population.")
    HINTS: ClassVar[Mapping[str, Any]] = {
        "p": _l("Left empty, 50 %: the safe side."),
        "sd": _l("From an earlier survey; on a five-point scale it is mostly near 1."),
        "population": _l("Left empty, a population without end."),
        "icc": _l(
            "Only when whole branches, rooms or days are drawn; 0.05 is usual. It makes the sample larger."
        ),
        "allocation": _l("Spread and cost are those of the rows."),
    }

    def check(self) -> None:
        if self.kind.data == "proportion":
            between(self.error, 0, 50)
            between(self.p, 0, 100, needed=False)
        else:
            above_0(self.error_mean)
            above_0(self.sd)
        above_0(self.population, needed=False)
        between(self.response_rate, 0, 100.0001, needed=False)
        between(self.icc, -1e-9, 1, needed=False)
        if self.icc.data is not None:
            above_0(self.cluster_size)


def sample(asked: Mapping[str, Any]) -> Prepared:
    kind = asked["kind"]
    spec: dict[str, Any] = {"kind": kind, "confidence": float(asked["confidence"])}
    if kind == "proportion":
        spec |= {"error": asked["error"] / 100, "p": (asked.get("p") or 50) / 100}
    else:
        spec |= {"error": asked["error_mean"], "sd": asked["sd"]}
    if asked.get("response_rate"):
        spec["response_rate"] = asked["response_rate"] / 100
    if asked.get("icc") is not None:
        spec |= {"icc": asked["icc"], "cluster_size": asked["cluster_size"]}
    sheet, words = labelled(asked, SampleForm.FIXED)
    if not sheet.rows:
        if asked.get("population"):
            spec["population"] = int(asked["population"])
        return Prepared(None, spec)
    names_of(sheet, 0, words["name"])
    strata = []
    for row, (name, size, sd, cost, rate) in enumerate(sheet.rows, 1):
        own: dict[str, Any] = {"name": name, "size": int(needed(size, row, words["size"]))}
        for key, cell in (("sd", sd), ("cost", cost)):
            value = number(cell, row, words[key])
            if value is not None:
                own[key] = value
        share = number(rate, row, words["rate"])
        if share is not None:
            own["response_rate"] = share / 100 if share > 1 else share
        strata.append(own)
    return Prepared(None, spec | {"strata": strata, "allocation": asked.get("allocation") or "proportional"})


class PowerForm(EnteredForm):
    kind = SelectField(
        _l("What is compared"),
        choices=choices([("proportions", _l("two shares")), ("means", _l("two means"))]),
        render_kw={"data-decides": ""},
    )
    p1 = AmountField(_l("Share before, %"))
    p2 = AmountField(_l("Share after, %"))
    difference = AmountField(_l("Change worth seeing, in points of the scale"))
    sd = AmountField(_l("Standard deviation"), default=1)
    alpha = SelectField(
        _l("False alarms"), choices=choices([("0.05", "5 %"), ("0.01", "1 %"), ("0.1", "10 %")])
    )
    wanted = SelectField(
        _l("Chance to see the change (power)"),
        choices=choices([("0.8", "80 %"), ("0.9", "90 %"), ("0.95", "95 %")]),
    )
    n = NumberField(_l("Cases on each side, if they are settled"))
    LAYOUT = (
        Group(("kind",)),
        Group(("p1", "p2"), "kind=proportions"),
        Group(("difference", "sd"), "kind=means"),
        Group(("alpha", "wanted")),
        Group(("n",)),
    )
    OPTIONAL = frozenset(("n",))
    HINTS: ClassVar[Mapping[str, Any]] = {
        "p1": _l("Of the present, as it was measured."),
        "p2": _l("The smallest change that would be worth having."),
        "n": _l("Left empty, the number is computed; with it, the chance to see the change."),
    }

    def check(self) -> None:
        if self.kind.data == "proportions":
            between(self.p1, -1e-9, 100.0001)
            between(self.p2, -1e-9, 100.0001)
            if self.p1.data == self.p2.data:
                raise RuleViolation(_("Both shares are the same: there is no change to see."), field="p2")
        else:
            if not self.difference.data:
                raise RuleViolation(_("Give a number other than 0."), field="difference")
            above_0(self.sd)
        if self.n.data is not None and not 2 <= self.n.data <= 10**9:
            raise RuleViolation(_("Give a whole number from 2 on."), field="n")


def power(asked: Mapping[str, Any]) -> Prepared:
    spec: dict[str, Any] = {
        "kind": asked["kind"],
        "alpha": float(asked["alpha"]),
        "power": float(asked["wanted"]),
    }
    if asked["kind"] == "proportions":
        spec |= {"p1": asked["p1"] / 100, "p2": asked["p2"] / 100}
    else:
        spec |= {"difference": asked["difference"], "sd": asked["sd"]}
    if asked.get("n"):
        spec["n"] = int(asked["n"])
    return Prepared(None, spec)
