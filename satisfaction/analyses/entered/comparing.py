"""Before and after, and points over time, on entered figures."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from wtforms import SelectField

from core.charts.specs.parts import MAX_POINTS
from core.errors import RuleViolation
from core.forms import SHORT, choices, line
from core.i18n import _
from core.lazytext import _l
from satisfaction.analyses.entered.forms import EnteredForm, Group
from satisfaction.analyses.entered.sheets import Column, labelled, needed, number
from satisfaction.analyses.inputs.prepared import Prepared
from satisfaction.forms import AmountField, NumberField
from satisfaction.methods.refusal import Refusal

#: an exact test takes its time with more
MOST_CASES: Final = 10_000_000
SCORES = "kind=welch|mann_whitney|paired|wilcoxon"


class EffectForm(EnteredForm):
    what = line(_l("What is compared"), limit=SHORT)
    kind = SelectField(
        _l("What is known"),
        choices=choices(
            [
                ("proportions", _l("shares: how many of how many, before and after")),
                ("welch", _l("scores of different people: means (Welch’s t)")),
                ("mann_whitney", _l("scores of different people: ranks (Mann–Whitney)")),
                ("paired", _l("scores of the same people: means (paired t)")),
                ("wilcoxon", _l("scores of the same people: ranks (signed rank)")),
            ]
        ),
        render_kw={"data-decides": ""},
    )
    x1 = NumberField(_l("Before: how many"))
    n1 = NumberField(_l("Before: of how many"))
    x2 = NumberField(_l("After: how many"))
    n2 = NumberField(_l("After: of how many"))
    direction = SelectField(
        _l("Better is"), choices=choices([("up", _l("a higher figure")), ("down", _l("a lower figure"))])
    )
    margin = AmountField(_l("Smallest change worth having"))
    LAYOUT = (
        Group(("what",)),
        Group(("kind",)),
        Group(("x1", "n1", "x2", "n2"), "kind=proportions"),
        Group(sheet=True, when=SCORES),
        Group(("direction", "margin")),
    )
    OPTIONAL = frozenset(("what", "margin"))
    FIXED = (Column("before", _l("Before"), ("前", "改进前")), Column("after", _l("After"), ("后", "改进后")))
    ROWS = _l("Scores")
    ROWS_HINT = _l(
        "Of the same people both scores stand in one row; of different people the columns may be of unequal length."
    )
    HINTS: ClassVar[Mapping[str, Any]] = {
        "what": _l("Such as “repaired within five working days”; it stands in the sentences of the result."),
        "margin": _l("In points of the scale, for shares in percentage points. Said beforehand it keeps small chance changes from counting."),
    }  # fmt: skip

    def check(self) -> None:
        super().check()
        if self.margin.data is not None and self.margin.data < 0:
            raise RuleViolation(_("Give a number of 0 or more."), field="margin")
        if self.kind.data != "proportions":
            return
        for some, whole in ((self.x1, self.n1), (self.x2, self.n2)):
            if whole.data is None or whole.data < 1:
                raise RuleViolation(_("Give a whole number above 0."), field=whole.name)
            if whole.data > MOST_CASES:
                raise RuleViolation(
                    _("Give a whole number from 0 to %(num)s.", num=MOST_CASES), field=whole.name
                )
            if some.data is None or not 0 <= some.data <= whole.data:
                raise RuleViolation(
                    _("Give a whole number from 0 to %(num)s.", num=whole.data), field=some.name
                )


def effect(asked: Mapping[str, Any]) -> Prepared:
    kind = asked["kind"]
    shares = kind == "proportions"
    spec: dict[str, Any] = {"kind": kind, "direction": asked.get("direction") or "up"}
    if asked.get("margin"):
        spec["margin"] = float(asked["margin"]) / (100 if shares else 1)
    if shares:
        return Prepared(None, spec | {"before": {"count": asked["x1"], "n": asked["n1"]}, "after": {"count": asked["x2"], "n": asked["n2"]}})  # fmt: skip
    sheet, words = labelled(asked, EffectForm.FIXED)
    sides = [
        [number(cell, row, words[key]) for row, cell in enumerate(sheet.column(place), 1)]
        for place, key in enumerate(("before", "after"))
    ]
    if kind in {"welch", "mann_whitney"}:
        before, after = ([each for each in side if each is not None] for side in sides)
        for key, side in (("before", before), ("after", after)):
            if len(side) < 2:
                raise Refusal(_l("Column “%(field)s” holds fewer than two numbers."), field=words[key])
        return Prepared(None, spec | {"before": before, "after": after})
    return Prepared({"before": sides[0], "after": sides[1]}, spec | {"before": "before", "after": "after"})


class ChartForm(EnteredForm):
    what = line(_l("What is charted"), limit=SHORT)
    kind = SelectField(
        _l("What the points are"),
        choices=choices(
            [
                ("p", _l("shares: how many of how many (p chart)")),
                ("laney_p", _l("shares of large lots (Laney p′ chart)")),
                ("c", _l("events in equal periods (c chart)")),
                ("u", _l("events for each unit (u chart)")),
                ("xmr", _l("single figures (XmR chart)")),
                ("ewma", _l("single figures, slow changes (EWMA chart)")),
                ("cusum", _l("single figures, small changes (CUSUM chart)")),
            ]
        ),
        render_kw={"data-decides": ""},
    )
    baseline = NumberField(_l("Points that set the limits, from the first"))
    rules = SelectField(
        _l("What counts as a signal"),
        choices=choices([("", _l("a point beyond the limits")), ("western_electric", _l("also runs and trends (Western Electric rules)"))]),
    )  # fmt: skip
    LAYOUT = (Group(("what",)), Group(("kind",)), Group(sheet=True), Group(("baseline", "rules")))
    OPTIONAL = frozenset(("what", "baseline"))
    FIXED = (
        Column("label", _l("Period"), ("date", "week", "month", "时期", "日期", "月份"), number=False),
        Column("value", _l("Figure or number"), ("count", "events", "数值", "件数")),
        Column("size", _l("Of how many"), ("n", "total", "size", "总数", "样本量"), optional=True),
    )
    FIRST = 12
    ROWS = _l("Points in the order of time")
    ROWS_HINT = _l(
        "Shares and events for each unit need the third column; single figures and events in equal periods do not."
    )
    HINTS: ClassVar[Mapping[str, Any]] = {
        "what": _l("Such as “complaints a week”; it stands at the axis."),
        "baseline": _l("Left empty, all of them. Twenty and more make firm limits."),
        "rules": _l("More rules find changes sooner and raise more false alarms."),
    }

    def check(self) -> None:
        super().check()
        if self.baseline.data is not None and not 2 <= self.baseline.data <= len(self.sheet.rows):
            raise RuleViolation(
                _("Give a whole number from 2 to %(num)s.", num=len(self.sheet.rows)), field="baseline"
            )


def chart(asked: Mapping[str, Any]) -> Prepared:
    sheet, words = labelled(asked, ChartForm.FIXED)
    if len(sheet.rows) > MAX_POINTS:
        raise Refusal(
            _l("A chart shows at most %(most)s points; these are %(size)s (%(field)s)."),
            field=words["value"], most=MAX_POINTS, size=len(sheet.rows),
        )  # fmt: skip
    kind = asked["kind"]
    labels = [label or str(row) for row, label in enumerate(sheet.column(0), 1)]
    figures = [needed(cell, row, words["value"]) for row, cell in enumerate(sheet.column(1), 1)]
    spec: dict[str, Any] = {
        "kind": kind,
        "labels": labels,
        "values" if kind in {"xmr", "ewma", "cusum"} else "counts": figures,
    }
    if kind in {"p", "laney_p", "u"}:
        spec["sizes"] = [needed(cell, row, words["size"]) for row, cell in enumerate(sheet.column(2), 1)]
    if asked.get("baseline"):
        spec["baseline"] = int(asked["baseline"])
    if asked.get("rules"):
        spec["rules"] = asked["rules"]
    return Prepared(None, spec)
