"""Weights and scores from judgement: AHP, indicator trees, fuzzy evaluation."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any, ClassVar, Final

from flask import request
from wtforms import SelectField

from core.errors import RuleViolation
from core.forms import choices, text
from core.i18n import _, _n
from core.lazytext import LazyText, _l
from satisfaction.analyses.entered.forms import EnteredForm, Group
from satisfaction.analyses.entered.sheets import Column, labelled, names_of, needed, number, taken
from satisfaction.analyses.inputs.prepared import Prepared
from satisfaction.forms import AmountField
from satisfaction.methods.refusal import Refusal

MOST_NAMES: Final = 15
MOST_JUDGES: Final = 12
#: judgements that a page offers: how many times as important, the first against the second
SCALE: Final = (*map(str, range(9, 1, -1)), "1", *(f"1/{each}" for each in range(2, 10)))
WORDS: Final[dict[str, LazyText]] = {
    "1": _l("equally important"),
    "3": _l("slightly more important"),
    "5": _l("clearly more important"),
    "7": _l("very much more important"),
    "9": _l("extremely more important"),
}


def _lines(value: str | None, most: int) -> list[str]:
    found = [each.strip()[:80] for each in (value or "").splitlines()]
    return list(dict.fromkeys(each for each in found if each))[: most + 1]


class AhpForm(EnteredForm):
    names = text(_l("What is compared, one a line"), limit=2000, rows=5, required=True)
    judges = text(_l("Who judges, one a line"), limit=2000, rows=3)
    LAYOUT = (Group(("names", "judges")),)
    OPTIONAL = frozenset(("judges",))
    HINTS: ClassVar[Mapping[str, Any]] = {
        "names": _l("Two to fifteen; more than nine tire people."),
        "judges": _l("Leave it empty for one common judgement. The judgements of several are joined by their geometric mean."),
        "file": _l("A square matrix of judgements with the names in its first row, such as a colleague kept in a spreadsheet. It fills the comparisons."),
    }  # fmt: skip

    def offer(self, person: Any, before: Mapping[str, Any] | None = None) -> None:
        super().offer(person, before)
        #: judge → "first place/second place" → judgement
        self.given: list[dict[str, str]] = [dict(each) for each in (before or {}).get("given", [])]
        if request.method != "POST":
            return
        upload = request.files.get("file")
        if upload is not None and upload.filename:
            self._from_matrix(upload)
            return
        self.given = []
        for judge in range(self.count):
            own = {}
            for one, other in self.pairs:
                found = request.form.get(f"p{judge}-{one}-{other}", "")
                if found in SCALE or _is_fraction(found):
                    own[f"{one}/{other}"] = found
            self.given.append(own)

    def _from_matrix(self, upload: Any) -> None:
        sheet = taken(upload, (), ())
        size = len(sheet.rows)
        first = len(sheet.header) - size
        names = sheet.header[first:]
        if first not in {0, 1} or not 2 <= size <= MOST_NAMES:
            raise RuleViolation(
                _("The file must hold a square of judgements, as many rows as names in its first row."),
                field="file",
            )
        self.names.data = "\n".join(names)
        self.given = [{}]
        for one, other in combinations(range(size), 2):
            cell = sheet.rows[one][first + other].replace(" ", "")
            if not cell:
                continue
            value = number(cell, one + 1, names[other])
            if value is None or value <= 0:
                raise RuleViolation(_("Judgements must be above 0, such as 3 or 1/3."), field="file")
            near = min(SCALE, key=lambda each: abs((_value(each) - value) / value))
            self.given[0][f"{one}/{other}"] = (
                near if abs(_value(near) - value) < 0.005 * value else f"{value:.6g}"
            )
        self.read = upload.filename[:80]

    @property
    def things(self) -> list[str]:
        return _lines(self.names.data, MOST_NAMES)

    @property
    def judging(self) -> list[str]:
        return _lines(self.judges.data, MOST_JUDGES)

    @property
    def count(self) -> int:
        return max(1, len(self.judging))

    @property
    def pairs(self) -> list[tuple[int, int]]:
        return list(combinations(range(min(len(self.things), MOST_NAMES)), 2))

    @property
    def is_ready(self) -> bool:
        complete = all(f"{one}/{other}" in own for own in self.given for one, other in self.pairs)
        return super().is_ready and len(self.given) == self.count and complete

    @property
    def lacking(self) -> str:
        wanted, found = len(self.pairs) * self.count, sum(map(len, self.given))
        if not found or found >= wanted:
            return ""
        return _n("%(num)d pair is not compared yet.", "%(num)d pairs are not compared yet.", wanted - found)

    def options(self, judge: int, one: int, other: int) -> list[tuple[str, str, bool]]:
        """Value, words and whether it is the given one, for one comparison."""
        given = self.given[judge].get(f"{one}/{other}", "") if judge < len(self.given) else ""
        first, second = self.things[one], self.things[other]
        made = [("", _("choose"), not given)]
        for value in SCALE:
            strength = value.removeprefix("1/")
            word = WORDS.get(strength)
            name = first if "/" not in value else second
            if value == "1":
                label = _("equally important")
            elif word is not None:
                label = _("%(name)s: %(num)s, %(word)s", name=name, num=strength, word=word)
            else:
                label = _("%(name)s: %(num)s", name=name, num=strength)
            made.append((value, label, value == given))
        if given and given not in SCALE:
            made.append((given, given, True))
        return made

    @property
    def asked(self) -> dict[str, Any]:
        return super().asked | {"given": self.given}

    def check(self) -> None:
        if not 2 <= len(self.things) <= MOST_NAMES:
            raise RuleViolation(_("Name two to fifteen things, one a line."), field="names")
        if len(self.judging) > MOST_JUDGES:
            raise RuleViolation(_("At most %(num)s people can judge here.", num=MOST_JUDGES), field="judges")


def _value(judgement: str) -> float:
    above, _stroke, below = judgement.partition("/")
    return float(above) / float(below or 1)


def _is_fraction(found: str) -> bool:
    try:
        return 0 < len(found) <= 12 and 1e-4 <= _value(found) <= 1e4
    except (ValueError, ZeroDivisionError):
        return False


def ahp(asked: Mapping[str, Any]) -> Prepared:
    names = _lines(asked.get("names"), MOST_NAMES)
    judges = [
        {f"{names[int(one)]}/{names[int(other)]}": value for pair, value in own.items() for one, other in [pair.split("/")]}
        for own in asked["given"]
    ]  # fmt: skip
    spec: dict[str, Any] = {"items": names}
    if len(judges) == 1:
        return Prepared(None, spec | {"judgements": judges[0]})
    return Prepared(None, spec | {"group": [{"judgements": own} for own in judges]})


# --- indicator tree ------------------------------------------------------------------------------------------


class HierarchyForm(EnteredForm):
    coverage = AmountField(_l("Weight that must be answered, %"), default=60)
    LAYOUT = (Group(sheet=True), Group(("coverage",)))
    FIXED = (
        Column("indicator", _l("Indicator"), ("name", "指标"), number=False),
        Column("parent", _l("Part of"), ("parent", "上级", "上级指标"), number=False, optional=True),
        Column("weight", _l("Weight"), ("weights", "权重"), optional=True),
        Column("score", _l("Score"), ("value", "得分"), optional=True),
    )
    ROWS = _l("Indicators")
    ROWS_HINT = _l("One a row, with the indicator it is part of; those on top are part of nothing. Only the lowest ones have scores; a blank score was not answered. Weights count among those that are part of the same.")  # fmt: skip
    HINTS: ClassVar[Mapping[str, Any]] = {
        "coverage": _l("An indicator below it shows no score, as too little is known of it."),
    }

    def check(self) -> None:
        super().check()
        if self.coverage.data is None or not 0 < self.coverage.data <= 100:
            raise RuleViolation(_("Give a share above 0 and up to 100."), field="coverage")


def hierarchy(asked: Mapping[str, Any]) -> Prepared:
    sheet, words = labelled(asked, HierarchyForm.FIXED)
    names = names_of(sheet, 0, words["indicator"])
    nodes: dict[str, dict[str, Any]] = {}
    for row, (name, _parent, weight, score) in enumerate(sheet.rows, 1):
        own = {"weight": number(weight, row, words["weight"]), "score": number(score, row, words["score"])}
        nodes[name] = {key: value for key, value in own.items() if value is not None}
    tree: dict[str, Any] = {}
    for row, (name, parent, _weight, _score) in enumerate(sheet.rows, 1):
        if not parent:
            tree[name] = nodes[name]
            continue
        if parent not in nodes:
            raise Refusal(
                _l("Row %(row)s: “%(name)s” is part of “%(field)s”, which is no indicator."), field=parent, row=row, name=name
            )  # fmt: skip
        nodes[parent].setdefault("children", {})[name] = nodes[name]
    from satisfaction.methods.hierarchy import MOST_DEPTH

    above = {name: parent for name, parent, *_rest in sheet.rows}
    for name in names:
        seen, at = {name}, above[name]
        while at:
            if at in seen:
                raise Refusal(_l("“%(field)s” is part of itself, by way of others."), field=name)
            seen.add(at)
            at = above[at]
            if len(seen) > MOST_DEPTH + 1:
                raise Refusal(
                    _l("“%(field)s” lies deeper than %(most)s levels."), field=name, most=MOST_DEPTH
                )
    return Prepared(None, {"tree": tree, "coverage": float(asked.get("coverage") or 60) / 100})


# --- fuzzy evaluation ----------------------------------------------------------------------------------------


OPERATORS: Final = choices(
    [
        ("weighted_average", _l("weighted average: every factor counts (usual)")),
        ("max_min", _l("max–min: the decisive factor alone")),
        ("max_product", _l("max–product: the decisive factor, by its weight")),
        ("bounded_sum_min", _l("bounded sum: between the two")),
    ]
)


class FuzzyForm(EnteredForm):
    kind = SelectField(
        _l("The figures are"),
        choices=choices([("counts", _l("numbers of answers")), ("matrix", _l("shares of the answers"))]),
    )
    grade_values = text(_l("What the grades are worth, best to worst"), limit=300, rows=1)
    operator = SelectField(_l("How weights and shares are joined"), choices=OPERATORS)
    LAYOUT = (Group(("kind",)), Group(sheet=True), Group(("grade_values", "operator")))
    OPTIONAL = frozenset(("grade_values",))
    FIXED = (
        Column("factor", _l("Factor"), ("name", "item", "因素", "指标"), number=False),
        Column("weight", _l("Weight"), ("weights", "权重")),
    )
    FREE = (_l("very satisfied"), _l("satisfied"), _l("so-so"), _l("dissatisfied"), _l("very dissatisfied"))
    FIRST = 5
    ROWS = _l("Factors and how the answers spread over the grades")
    ROWS_HINT = _l(
        "One factor a row; the grades may be called otherwise, and there may be more or fewer of them."
    )
    HINTS: ClassVar[Mapping[str, Any]] = {
        "grade_values": _l("Numbers with commas between them, such as 100, 80, 60, 40, 20. Without them there is a grade but no score."),
        "operator": _l("The result shows all four beside each other."),
    }  # fmt: skip


def fuzzy(asked: Mapping[str, Any]) -> Prepared:
    sheet, words = labelled(asked, FuzzyForm.FIXED)
    grades = sheet.header[2:]
    for place, grade in enumerate(grades, 1):
        if not grade or grades.count(grade) > 1:
            raise Refusal(
                _l("Grade %(place)s needs a name of its own (%(field)s)."), field=grade or "-", place=place
            )
    names = names_of(sheet, 0, words["factor"])
    counted = asked.get("kind") == "counts"
    factors: dict[str, Any] = {}
    for row, (name, weight, *cells) in enumerate(sheet.rows, 1):
        figures = [number(cell, row, grade) or 0.0 for cell, grade in zip(cells, grades, strict=True)]
        if not counted and sum(figures) > 1.5:  # typed in per cent
            figures = [each / 100 for each in figures]
        factors[name] = {
            "weight": needed(weight, row, words["weight"]),
            "counts" if counted else "matrix": figures,
        }
    spec: dict[str, Any] = {"factors": {name: factors[name] for name in names}, "grades": grades}
    worth = [
        each.strip()
        for each in str(asked.get("grade_values") or "").replace("，", ",").replace("、", ",").split(",")
    ]
    if any(worth):
        label = str(FuzzyForm.grade_values.args[0])
        spec["grade_values"] = [needed(each, 1, label) for each in worth]
        if len(worth) != len(grades):
            raise Refusal(
                _l("“%(field)s”: there are %(count)s values for %(size)s grades."), field=label, count=len(worth), size=len(grades)
            )  # fmt: skip
    chosen = asked.get("operator") or "weighted_average"
    others = [
        each for each in ("weighted_average", "max_min", "max_product", "bounded_sum_min") if each != chosen
    ]
    return Prepared(None, spec | {"operator": [chosen, *others]})
