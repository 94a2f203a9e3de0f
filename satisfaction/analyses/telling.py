"""What an analysis says: sentences, tables and the picture that belongs to it, from the kept result alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.charts.specs.parts import Spec
from core.figures import Figure, Unit
from core.i18n import _, format_interval, format_number, format_share, pick
from satisfaction.analyses import diagrams, pictures
from satisfaction.analyses.forms import construct_word
from satisfaction.analyses.pictures import Bar, Mark
from satisfaction.charts import Point, quadrants
from satisfaction.models import SurveyItem
from satisfaction.rules.analyses import STATES, Method
from satisfaction.showing import CATEGORIES, QUADRANTS, signed, value_of

SMALL = 36  # letters of a question beside a bar


@dataclass(frozen=True, slots=True)
class Cell:
    """`raw` is the number for a workbook; `small` a second line."""

    text: str
    raw: Any = None
    small: str = ""
    strong: bool = False

    @property
    def value(self) -> Any:
        return self.text if self.raw is None else self.raw


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    header: list[str]
    rows: list[list[Cell]]
    note: str = ""

    @property
    def numeric(self) -> list[bool]:
        """Which columns hold numbers; blanks among them stand to the right as well."""
        return [any(row[place].raw is not None for row in self.rows) for place in range(len(self.header))]


@dataclass(frozen=True, slots=True)
class Picture:
    """Either `spec` (Vega-Lite) or `svg` (a drawing of our own)."""

    title: str
    description: str
    spec: Spec | None = None
    svg: str = ""
    foot: str = ""
    detail: str = ""


@dataclass(slots=True)
class Told:
    """lead: what it says, in sentences. figures: (words in both languages by key, figure) that a finding may freeze."""

    lead: list[str] = field(default_factory=list)
    picture: Picture | None = None
    tables: list[Table] = field(default_factory=list)
    figures: list[tuple[str, Figure]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Context:
    items: dict[str, SurveyItem]
    names: Mapping[str, Any]
    asked: Mapping[str, Any]
    made_at: datetime

    def item(self, code: str) -> str:
        found = self.items.get(code)
        return f"{code} {found.text}" if found is not None else code

    def named(self, key: str, default: str = "") -> str:
        words = self.names.get(key) or {}
        return pick(words.get("en"), words.get("zh")) or default

    def figure(self, value: float | None, n: float, ends: Any, unit: Unit, method: str) -> Figure:
        low, high = (float(ends[0]), float(ends[1])) if ends and ends[0] is not None else (None, None)
        return Figure(value=value, n=int(n), low=low, high=high, method=method, as_of=self.made_at, unit=unit)


def tell(method: Method, result: dict[str, Any], context: Context) -> Told:
    return _TELLERS[method](result, context)


def number(value: float | None, decimals: int = 2) -> Cell:
    return Cell("—") if value is None else Cell(format_number(value, decimals), value)


def share(value: float | None, decimals: int = 0) -> Cell:
    return Cell("—") if value is None else Cell(format_share(value, decimals), value)


def ends(low_high: Any, decimals: int = 2, scale: float = 1) -> str:
    if not low_high or low_high[0] is None:
        return ""
    return format_interval(low_high[0], low_high[1], scale=scale, decimals=decimals)


def whole(value: float | None) -> Cell:
    return Cell("—") if value is None else Cell(format_number(value), int(value))


def p_word(p: float | None) -> str:
    if p is None:
        return "—"
    return "< 0.001" if p < 0.001 else format_number(p, 3)


def dimension(name: str) -> str:
    if name == "other":
        return _("without a dimension")
    return _("all chosen questions") if name == "all" else construct_word(name)


def _short(text: str) -> str:
    return text if len(text) <= SMALL else text[: SMALL - 1] + "…"


# --- scores --------------------------------------------------------------------------------------------------


def _unit(kind: str) -> Unit:
    return {"nps": "index", "csat": "share"}.get(kind, "mean")  # type: ignore[return-value]  # one of the units


def _value(one: Mapping[str, Any], kind: str) -> tuple[str, str]:
    measure = kind if kind in {"nps", "csat"} else "mean"
    value, interval = one.get("value"), one.get("ci")
    if value is None:
        return "—", ""
    if measure == "csat":
        return value_of(value, "csat"), ends(interval, 1, 100)
    return value_of(value, measure), ends(interval, 1 if measure == "nps" else 2)


def _score(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    rows, bars = [], []
    from satisfaction.rules.items import bounds

    for code, one in result["items"].items():
        kind = one["kind"]
        value, interval = _value(one, kind)
        rows.append(
            [
                Cell(context.item(code)),
                Cell(value, one["value"], interval, strong=True),
                share(one.get("top_share")),
                number(one.get("sd")),
                whole(one["n"]),
            ]
        )
        told.figures.append(
            (
                context.item(code),
                context.figure(
                    one["value"],
                    one["n"],
                    one["ci"],
                    _unit(kind),
                    "t" if kind in {"mean", "ces"} else "wilson" if kind == "csat" else "adjusted wald",
                ),
            )
        )
        item = context.items.get(code)
        if item is None or one["value"] is None:
            continue
        low, high = (
            (-100.0, 100.0) if kind == "nps" else (0.0, 1.0) if kind == "csat" else map(float, bounds(item))
        )
        place = [
            100 * (each - low) / (high - low) for each in (one["value"], *(one["ci"] or (one["value"],) * 2))
        ]
        bars.append(Bar(code, place[0], place[1], place[2], f"{value} {interval}", text=context.item(code)))
    told.tables.append(
        Table(
            _("Scores"),
            [_("Question"), _("Result, 95%% interval") % (), _("Best answers"), _("Spread (SD)"), "n"],
            rows,
        )
    )
    if bars:
        order = sorted(bars, key=lambda each: -each.value)
        told.lead.append(
            _(
                "Highest on its scale: %(what)s (%(value)s).",
                what=order[0].text,
                value=order[0].told.split(" ")[0],
            )
        )
        if len(order) > 1:
            told.lead.append(
                _(
                    "Lowest on its scale: %(what)s (%(value)s).",
                    what=order[-1].text,
                    value=order[-1].told.split(" ")[0],
                )
            )
        told.picture = Picture(
            _("Results on their scales"),
            _("Each question from the worst answer (0) to the best (100), with its interval."),
            pictures.bars(order, _("0 = worst answer, 100 = best"), domain=(0, 100)),
            foot=_("Whisker: 95%% interval. Each question stands on its own scale from 0 to 100.") % (),
        )
    if result["groups"]:
        words = context.names.get("groups", {})
        header = [
            _("Question"),
            *(
                pick(words.get(each["group"], {}).get("en"), words.get(each["group"], {}).get("zh"))
                for each in result["groups"]
            ),
        ]
        lines = []
        for code, one in result["items"].items():
            line = [Cell(context.item(code))]
            for each in result["groups"]:
                found = each["items"].get(code, {})
                if found.get("withheld"):
                    line.append(Cell(_("withheld")))
                else:
                    value, interval = _value(found, one["kind"])
                    line.append(
                        Cell(value, found.get("value"), f"{interval} · {format_number(found.get('n'))}")
                    )
            lines.append(line)
        hidden = result.get("groups_withheld", 0)
        note = _("Groups too small to be shown: %(num)s.", num=hidden) if hidden else ""
        told.tables.append(Table(_("By groups: %(what)s", what=context.named("by")), header, lines, note))
    return told


# --- reliability ---------------------------------------------------------------------------------------------


def _alpha_word(alpha: float | None) -> tuple[str, str]:
    if alpha is None:
        return "—", "plain"
    if alpha >= 0.8:
        return _("good"), "good"
    if alpha >= 0.7:
        return _("usable"), "good"
    return (_("doubtful"), "plain") if alpha >= 0.6 else (_("poor"), "bad")


def _reliability(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    scales, questions, bars = [], [], []
    for name, one in result["scales"].items():
        word, tone = _alpha_word(one["alpha"])
        scales.append(
            [
                Cell(dimension(name)),
                Cell(
                    format_number(one["alpha"], 2) if one["alpha"] is not None else "—",
                    one["alpha"],
                    ends(one["ci"]),
                    strong=True,
                ),
                Cell(word),
                number(one["lambda6"]),
                number(one["mean_r"]),
                whole(one["k"]),
                whole(one["n"]),
            ]
        )
        if one["alpha"] is not None:
            low, high = one["ci"] or (None, None)
            bars.append(
                Bar(
                    dimension(name),
                    one["alpha"],
                    low,
                    high,
                    f"{format_number(one['alpha'], 2)} {ends(one['ci'])}",
                    tone,
                )
            )
            told.figures.append(
                (f"α {dimension(name)}", context.figure(one["alpha"], one["n"], one["ci"], "ratio", "feldt"))
            )
            told.lead.append(
                _(
                    "%(what)s: alpha %(value)s, %(word)s.",
                    what=dimension(name),
                    value=format_number(one["alpha"], 2),
                    word=word,
                )
            )
        for code, item in one["items"].items():
            better = (
                item["alpha_if_deleted"] is not None
                and one["alpha"] is not None
                and item["alpha_if_deleted"] > one["alpha"] + 0.02
            )
            questions.append(
                [
                    Cell(context.item(code), small=dimension(name)),
                    number(item["mean"]),
                    Cell(
                        "—" if item["r_rest"] is None else format_number(item["r_rest"], 2),
                        item["r_rest"],
                        _("weak") if item["r_rest"] is not None and item["r_rest"] < 0.3 else "",
                    ),
                    Cell(
                        "—"
                        if item["alpha_if_deleted"] is None
                        else format_number(item["alpha_if_deleted"], 2),
                        item["alpha_if_deleted"],
                        _("better without it") if better else "",
                    ),
                    share(item["floor"]),
                    share(item["ceiling"]),
                ]
            )
    told.lead = told.lead[:4]
    if bars:
        told.picture = Picture(
            _("Cronbach’s alpha"),
            _("How well the questions of each dimension hang together, with the interval."),
            pictures.bars(
                bars,
                _("alpha"),
                domain=(min(0.0, *(each.low or 0.0 for each in bars)), 1.0),
                marks=[Mark(0.7, _("usable from 0.7"))],
            ),
            foot=_("Whisker: 95%% interval (Feldt). From 0.7 a dimension may be reported as one figure.")
            % (),
        )
    told.tables.append(
        Table(
            _("Dimensions"),
            [
                _("Dimension"),
                _("Alpha, 95%% interval") % (),
                _("Reading"),
                "λ6",
                _("Mean correlation"),
                _("The questions"),
                "n",
            ],
            scales,
        )
    )
    told.tables.append(
        Table(_("The questions"), [_("Question"), _("Mean"), _("With the rest"), _("Alpha without it"), _("Lowest answer"), _("Highest answer")], questions,
              _("With the rest: correlation with the other questions of the dimension; under 0.3 a question measures something else."))
    )  # fmt: skip
    kmo, bartlett = result.get("kmo") or {}, result.get("bartlett") or {}
    if kmo.get("overall") is not None:
        rows = [[Cell("KMO"), number(kmo["overall"]), Cell(_("from 0.6 the answers suit a factor analysis"))]]
        if bartlett.get("chi2") is not None:
            rows.append(
                [
                    Cell(_("Bartlett’s test")),
                    Cell(
                        f"χ² = {format_number(bartlett['chi2'], 1)}, df = {bartlett['df']}", bartlett["chi2"]
                    ),
                    Cell(f"p {p_word(bartlett['p'])}"),
                ]
            )
        told.tables.append(
            Table(_("Suitability of all questions together"), [_("Figure"), _("Result"), _("Reading")], rows)
        )
    return told


# --- servqual ------------------------------------------------------------------------------------------------


def _gap_tone(one: Mapping[str, Any]) -> str:
    if not one["ci"]:
        return "plain"
    return "bad" if one["ci"][1] < 0 else "good" if one["ci"][0] > 0 else "plain"


def _servqual(result: dict[str, Any], context: Context) -> Told:
    told = Told()

    def row(label: str, one: Mapping[str, Any], small: str = "") -> list[Cell]:
        return [
            Cell(label, small=small), number(one["expectation"]), number(one["perception"]),
            Cell(signed(one["gap"], 2), one["gap"], ends(one["ci"]), strong=True), Cell(p_word(one["p"]), one["p"]), whole(one["n"]),
        ]  # fmt: skip

    header = [_("Dimension"), _("Expected"), _("Perceived"), _("Gap, 95%% interval") % (), "p", "n"]
    found = sorted(result["dimensions"].items(), key=lambda pair: pair[1]["gap"])
    items = sorted(result["items"].items(), key=lambda pair: pair[1]["gap"])
    told.tables.append(Table(_("Dimensions"), header, [row(dimension(name), one) for name, one in found]))
    told.tables.append(
        Table(
            _("The questions"),
            [_("Question"), *header[1:]],
            [row(context.item(code), one, dimension(one["dimension"])) for code, one in items],
        )
    )
    several = len(found) > 1
    bars = [
        Bar(label, one["gap"], (one["ci"] or (None, None))[0], (one["ci"] or (None, None))[1], f"{signed(one['gap'], 2)} {ends(one['ci'])}", _gap_tone(one), text)
        for label, text, one in (
            [(dimension(name), dimension(name), one) for name, one in found] if several
            else [(code, context.item(code), one) for code, one in items]
        )
    ]  # fmt: skip
    told.picture = Picture(
        _("Gap between what was perceived and what was expected"),
        _("Bars to the left fall short of the expectation, to the right exceed it; with intervals."),
        pictures.bars(bars, _("perceived less expected, in points")),
        foot=_("Whisker: 95%% interval; red: the whole interval lies below zero.") % (),
    )
    worst = next((one for one in found if one[1]["ci"] and one[1]["ci"][1] < 0), None)
    if worst is not None:
        told.lead.append(
            _(
                "%(what)s falls furthest short of what was expected: %(gap)s points (%(interval)s).",
                what=dimension(worst[0]),
                gap=signed(worst[1]["gap"], 2),
                interval=ends(worst[1]["ci"]),
            )
        )
    else:
        told.lead.append(_("No dimension falls clearly short of what was expected."))
    if items[0][1]["ci"] and items[0][1]["ci"][1] < 0:
        told.lead.append(
            _(
                "The largest gap of a single question: %(what)s, %(gap)s.",
                what=context.item(items[0][0]),
                gap=signed(items[0][1]["gap"], 2),
            )
        )
    told.lead.append(
        _(
            "Overall gap, mean of the dimensions: %(value)s points.",
            value=signed(result["overall_unweighted"], 2),
        )
    )
    told.figures = [
        *(
            (dimension(name), context.figure(one["gap"], one["n"], one["ci"], "mean", "paired t"))
            for name, one in found
        ),
        *(
            (context.item(code), context.figure(one["gap"], one["n"], one["ci"], "mean", "paired t"))
            for code, one in items
        ),
    ]
    return told


# --- kano ----------------------------------------------------------------------------------------------------


def _kano(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    points, rows = [], []
    by_category: dict[str, list[str]] = {}
    for place, (code, one) in enumerate(result["items"].items(), 1):
        category = one["category"]
        if category:
            by_category.setdefault(category, []).append(context.item(code))
        doubt = _("a tie") if one["tie"] else "" if one["fong_distinct"] else _("not clear")
        rows.append(
            [
                Cell(str(place)), Cell(context.item(code)), Cell(str(CATEGORIES[category]) if category else "—", small=doubt, strong=True),
                number(one["better"]), number(one["worse"]), *(whole(one["counts"][key]) for key in CATEGORIES), whole(one["n_pairs"]),
            ]
        )  # fmt: skip
        if one["better"] is not None and one["worse"] is not None:
            points.append(
                Point(
                    str(place),
                    context.item(code),
                    abs(one["worse"]),
                    one["better"],
                    signed(one["worse"], 2),
                    signed(one["better"], 2),
                    str(CATEGORIES[category]) if category else "",
                )
            )
            told.figures.append(
                (
                    f"Better {context.item(code)}",
                    context.figure(one["better"], one["n"], None, "ratio", "share"),
                )
            )
    if points:
        told.picture = Picture(
            _("Better and Worse"),
            _("Each feature by how much satisfaction rises with it and falls without it."),
            quadrants(
                points, 0.5, 0.5, _("Worse if it is missing"), _("Better if it is there"),
                (str(CATEGORIES["A"]), str(CATEGORIES["O"]), str(CATEGORIES["I"]), str(CATEGORIES["M"])),
                x_domain=(0.0, 1.0), y_domain=(0.0, 1.0),
            ),
            foot=_("The numbers are those of the table. Better: share of attractive and one-dimensional; Worse: share of one-dimensional and must-be."),
        )  # fmt: skip
    says = {
        "M": _("Taken for granted, so keep it without fail: %(what)s."),
        "O": _("The more the better, so compete with it: %(what)s."),
        "A": _("Delights where nobody expects it: %(what)s."),
        "I": _("Hardly matters to customers: %(what)s."),
        "R": _("Customers would rather not have it: %(what)s."),
    }
    told.lead = [says[key] % {"what": "; ".join(by_category[key][:4])} for key in says if key in by_category]
    told.tables.append(
        Table(
            _("Features"),
            [_("No."), _("Feature"), _("Category"), _("Better"), _("Worse"), *CATEGORIES, "n"],
            rows,
            "; ".join(f"{key} {label}" for key, label in CATEGORIES.items()),
        )
    )
    return told


# --- importance and performance ------------------------------------------------------------------------------


def _ipa(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    x, y = result["crosshair"]
    derived = result.get("r2") is not None
    order = {"concentrate here": 0, "keep up the good work": 1, "low priority": 2, "possible overkill": 3}
    items = sorted(
        result["items"].items(), key=lambda pair: (order[pair[1]["quadrant"]], -pair[1]["importance"])
    )
    points, rows = [], []
    for place, (code, one) in enumerate(items, 1):
        points.append(
            Point(
                str(place),
                context.item(code),
                one["importance"],
                one["performance"],
                format_number(one["importance"], 3 if derived else 2),
                format_number(one["performance"], 2),
                str(QUADRANTS[one["quadrant"]]),
            )
        )
        rows.append(
            [
                Cell(str(place)), Cell(context.item(code)), Cell(str(QUADRANTS[one["quadrant"]]), strong=one["quadrant"] == "concentrate here"),
                number(one["importance"], 3 if derived else 2), number(one["performance"]),
                whole(one.get("n_performance", result["n_used"])),
            ]
        )  # fmt: skip
        told.figures.append(
            (
                context.item(code),
                context.figure(
                    one["performance"], one.get("n_performance", result["n_used"]), None, "mean", "mean"
                ),
            )
        )
    told.picture = Picture(
        _("Importance and performance"),
        _("Questions by importance and performance; lower right: important and not good enough."),
        quadrants(
            points, x, y, _("Importance, derived") if derived else _("Importance, as stated"), _("Performance, mean"),
            tuple(str(QUADRANTS[name]) for name in ("possible overkill", "keep up the good work", "low priority", "concentrate here")),  # type: ignore[arg-type]  # four of them
        ),
        foot=_("The numbers are those of the table, what to improve first on top."),
    )  # fmt: skip
    first = [context.item(code) for code, one in items if one["quadrant"] == "concentrate here"]
    told.lead.append(
        _("Improve first, important and below the others: %(what)s.", what="; ".join(first[:4]))
        if first
        else _("Nothing important lies below the others: no question stands out for improvement.")
    )
    kept = [context.item(code) for code, one in items if one["quadrant"] == "keep up the good work"]
    if kept:
        told.lead.append(_("Keep it up, important and good: %(what)s.", what="; ".join(kept[:4])))
    if derived:
        told.lead.append(
            _(
                "The questions explain %(share)s of the differences in the overall answer.",
                share=format_share(result["r2"], 0),
            )
        )
    told.tables.append(
        Table(
            _("The questions"),
            [_("No."), _("Question"), _("Quadrant"), _("Importance"), _("Performance"), "n"],
            rows,
        )
    )
    return told


# --- path model ----------------------------------------------------------------------------------------------


def _pls(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    index, r2 = result["index"], result["r2"]
    boot = result.get("bootstrap") or {}
    paths, effects = boot.get("paths", {}), boot.get("total_effects", {})
    of_index = boot.get("index", {})
    n = result["n_used"]
    nodes = [
        diagrams.Node(
            name, construct_word(name),
            tuple(part for part in [" · ".join(part for part in (_("index %(value)s", value=format_number(value, 1)) if value is not None else "", f"R² {format_number(r2[name], 2)}" if r2.get(name) is not None else "") if part)] if part),
        )
        for name, value in index.items()
    ]  # fmt: skip

    def sure(name: str) -> bool | None:
        ci = paths.get(name, {}).get("ci")
        return None if not ci or ci[0] is None else ci[0] > 0 or ci[1] < 0

    arrows = [
        diagrams.Arrow(name.partition("->")[0], name.partition("->")[2], value, sure(name))
        for name, value in result["paths"].items()
        if value is not None
    ]
    told.picture = Picture(
        _("Path model"),
        _("Constructs with their index and explained share, arrows with path coefficients."),
        svg=diagrams.path_model(
            nodes, arrows, _("Path model with coefficients; the numbers are in the tables below.")
        ),
        foot=_(
            "Width of an arrow: size of the coefficient; dashed: its interval holds 0. Index from 0 to 100."
        )
        if boot
        else _(
            "Width of an arrow: size of the coefficient. Index from 0 to 100. Without resamples there are no intervals."
        ),
    )
    main = index.get("satisfaction")
    if main is not None:
        interval = ends(of_index.get("satisfaction", {}).get("ci"), 1)
        told.lead.append(
            _(
                "Satisfaction index: %(value)s of 100 (95%% interval %(interval)s).",
                value=format_number(main, 1),
                interval=interval,
            )
            if interval
            else _("Satisfaction index: %(value)s of 100.", value=format_number(main, 1))
        )
    levers = sorted(
        (
            (name.split("->")[0], value)
            for name, value in result["total_effects"].items()
            if name.endswith("->satisfaction") and value is not None
        ),
        key=lambda pair: -pair[1],
    )
    if levers:
        told.lead.append(
            _(
                "Strongest lever on satisfaction: %(what)s (total effect %(value)s).",
                what=construct_word(levers[0][0]),
                value=diagrams.coefficient(levers[0][1]),
            )
        )
    if r2.get("satisfaction") is not None:
        told.lead.append(
            _(
                "The model explains %(share)s of the differences in satisfaction.",
                share=format_share(r2["satisfaction"], 0),
            )
        )

    def with_interval(value: float | None, one: Mapping[str, Any]) -> Cell:
        return Cell(
            "—" if value is None else diagrams.coefficient(value), value, ends(one.get("ci")), strong=True
        )

    told.tables.append(
        Table(
            _("Levers on satisfaction"), [_("Construct"), _("Total effect, 95%% interval") % (), _("Index, 95%% interval") % ()],
            [[Cell(construct_word(name)), with_interval(value, effects.get(f"{name}->satisfaction", {})), Cell("—" if index[name] is None else format_number(index[name], 1), index[name], ends(of_index.get(name, {}).get("ci"), 1))] for name, value in levers],
            _("A large effect with a low index is where improvement pays most."),
        )
    )  # fmt: skip
    told.tables.append(
        Table(
            _("Paths"), [_("Cause"), _("Acts on"), _("Coefficient, 95%% interval") % (), "p", "f²", "VIF"],
            [
                [Cell(construct_word(start)), Cell(construct_word(end)), with_interval(value, paths.get(f"{start}->{end}", {})), Cell(p_word(paths.get(f"{start}->{end}", {}).get("p"))),
                 number(result["f2"].get(f"{start}->{end}")), number(result["vif"].get(end, {}).get(start), 1)]
                for name, value in result["paths"].items() for start, end in [name.split("->")]
            ],
        )
    )  # fmt: skip
    told.tables.append(
        Table(
            _("Constructs"), [_("Construct"), _("Index, 95%% interval") % (), "R²", "α", "ρc", "AVE"],
            [
                [Cell(construct_word(name)), Cell("—" if value is None else format_number(value, 1), value, ends(of_index.get(name, {}).get("ci"), 1), strong=True), number(r2.get(name)),
                 *(number(result["reliability"].get(name, {}).get(key) if len(result["loadings"].get(name) or {}) > 1 else None) for key in ("alpha", "rho_c", "ave"))]
                for name, value in index.items()
            ],
            _("α and ρc from 0.7, AVE from 0.5: the questions of a construct belong together."),
        )
    )  # fmt: skip
    told.tables.append(
        Table(
            _("The questions"), [_("Question"), _("Construct"), _("Loading"), _("Weight in the index")],
            [[Cell(context.item(code)), Cell(construct_word(name)), number(value), number((result["index_weights"].get(name) or {}).get(code))] for name, block in result["loadings"].items() for code, value in block.items()],
        )
    )  # fmt: skip
    pairs = {name: value for name, value in (result.get("htmt") or {}).items() if value is not None}
    if pairs:
        seen: set[frozenset[str]] = set()
        rows = []
        for name, value in sorted(pairs.items(), key=lambda pair: -pair[1]):
            both = frozenset(name.split("|"))
            if both in seen:
                continue
            seen.add(both)
            a, b = name.split("|")
            rows.append(
                [
                    Cell(construct_word(a)),
                    Cell(construct_word(b)),
                    Cell(format_number(value, 2), value, _("hardly told apart") if value > 0.9 else ""),
                ]
            )
        told.tables.append(
            Table(
                _("Are the constructs distinct? (HTMT)"),
                [_("Construct"), _("Construct"), "HTMT"],
                rows[:10],
                _("Above 0.9 customers hardly tell the two apart."),
            )
        )
    plsc = result.get("plsc")
    if plsc and plsc.get("admissible"):
        told.tables.append(
            Table(
                _("Consistent PLS (PLSc)"),
                [_("Cause"), _("Acts on"), _("Coefficient")],
                [
                    [Cell(construct_word(start)), Cell(construct_word(end)), number(value)]
                    for name, value in (plsc.get("paths") or {}).items()
                    for start, end in [name.split("->")]
                ],
            )
        )
    for name, value in index.items():
        told.figures.append(
            (
                _("Index %(what)s", what=construct_word(name)),
                context.figure(
                    value, n, of_index.get(name, {}).get("ci"), "index", "bootstrap" if boot else "pls"
                ),
            )
        )
    return told


# --- effect --------------------------------------------------------------------------------------------------


def _effect(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    top = context.asked.get("measure") == "top"
    first, second = context.named("before", _("before")), context.named("after", _("after"))

    def said(value: float | None, *, sign: bool = False) -> str:
        if value is None:
            return "—"
        if top:
            return _("%(num)s points", num=signed(value * 100, 1)) if sign else format_share(value)
        return signed(value, 2) if sign else format_number(value, 2)

    interval = ends(result["ci"], 1 if top else 2, 100 if top else 1)
    verdicts = {
        "effective": _("%(what)s: a real change for the better, %(change)s (%(interval)s).")
        if result["direction"] == "up"
        else _("%(what)s: a real change in the wanted direction, %(change)s (%(interval)s)."),
        "not_effective": _("%(what)s: no change worth having, %(change)s (%(interval)s)."),
        "not_enough_data": _(
            "%(what)s: %(change)s (%(interval)s); these data cannot tell whether that is more than chance."
        ),
    }
    told.lead.append(
        verdicts[result["verdict"]]
        % {
            "what": context.item(context.asked["item"]).rstrip("?？.。 "),
            "change": said(result["estimate"], sign=True),
            "interval": interval or "—",
        }
    )
    if result.get("needed_n") and result["verdict"] == "not_enough_data":
        told.lead.append(
            _(
                "About %(num)s answers on each side would show a change of %(change)s.",
                num=format_number(result["needed_n"]),
                change=said(result["margin_judged_by"], sign=True),
            )
        )
    if result["estimate"] is not None and result["ci"]:
        scale = 100 if top else 1
        better = result["direction"] == "up"
        low, high = (each * scale for each in result["ci"])
        tone = "plain" if low <= 0 <= high else "good" if (low > 0) == better else "bad"
        marks = (
            [Mark(result["margin"] * scale * (1 if better else -1), _("worth having"))]
            if result["margin"]
            else []
        )
        told.picture = Picture(
            _("Difference with its interval"), _("How far the second side lies above (right) or below (left) the first."),
            pictures.bars([Bar(_("second less first"), result["estimate"] * scale, low, high, f"{said(result['estimate'], sign=True)} {interval}", tone)], _("difference in percentage points") if top else _("difference in points of the scale"), marks=marks),
            foot=_("Whisker: 95%% interval. Holds it 0, chance alone may be behind the difference.") % (),
        )  # fmt: skip
    sides = [(result.get(key) or {}).get("share" if top else "mean") for key in ("before", "after")]
    told.tables.append(
        Table(_("Sides"), [_("Which side"), "n", *([_("Share of the best answers") if top else _("Mean")] if sides[0] is not None else [])], [
            [Cell(name), whole(count), *([Cell(said(value), value)] if sides[0] is not None else [])]
            for name, count, value in ((first, result["n_before"], sides[0]), (second, result["n_after"], sides[1]))
        ])
    )  # fmt: skip
    told.tables.append(
        Table(_("Comparison"), [_("Figure"), _("Result")], [
            [Cell(_("Difference, second less first")), Cell(said(result["estimate"], sign=True), result["estimate"], interval, strong=True)],
            [Cell("p"), Cell(p_word(result["p"]), result["p"])],
            [Cell(_("Size of the effect (%(kind)s)", kind=str(result["effect_size_kind"]).replace("_", " "))), number(result["effect_size"])],
            [Cell(_("Smallest change these data would have shown")), Cell(said(result["detectable"]), result["detectable"])],
            [Cell(_("Answers needed on each side")), whole(result["needed_n"])],
        ])
    )  # fmt: skip
    told.figures.append(
        (
            f"{context.item(context.asked['item'])}: {first} → {second}",
            context.figure(
                result["estimate"],
                result["n_used"],
                result["ci"],
                "difference" if top else "mean",
                result["variant"],
            ),
        )
    )
    return told


# --- control chart -------------------------------------------------------------------------------------------


def _chart(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    points = context.names["points"]
    measure = context.asked["measure"]
    scale = 100 if measure in {"top", "csat"} else 1
    labels = [pick(each["en"], each["zh"]) for each in points]
    values = result["values"]
    count = len(values)
    centre = result["centre"] if isinstance(result["centre"], list) else [result["centre"]] * count
    signals = {each["point"] - 1 for each in result["signals"]}

    def said(value: float | None) -> str:
        return value_of(value, measure)

    def scaled(series: list[float | None]) -> list[float | None]:
        return [None if each is None else each * scale for each in series]

    if len(set(labels)) < count:
        labels = [
            f"{label} ({each})"
            for label, each in zip(labels, result["labels"] or range(1, count + 1), strict=True)
        ]
    told.picture = Picture(
        _("Control chart"), _("The figure of each wave with its centre and the limits of ordinary variation."),
        pictures.control(labels, scaled(values), scaled(result["lcl"]), scaled(result["ucl"]), [each * scale for each in centre], [said(each) for each in values], signals, context.item(context.asked["item"])[:60]),
        foot=_("Dashed: limits, three sigma from the centre. A red diamond is a signal; the rest is ordinary variation."),
    )  # fmt: skip
    if signals:
        told.lead.append(
            _(
                "Signals at %(what)s: look for what was different there.",
                what=", ".join(labels[place] for place in sorted(signals)),
            )
        )
    else:
        told.lead.append(
            _(
                "No signal: the waves differ no more than ordinary variation lets them. Single ups and downs need no explanation."
            )
        )
    told.lead.append(
        _("Centre %(value)s over %(num)s waves.", value=said(centre[-1]), num=format_number(count))
    )
    told.tables.append(
        Table(_("Waves"), [_("Wave"), _("Result"), _("Lower limit"), _("Upper limit"), "n", _("Signal")], [
            [Cell(labels[place]), Cell(said(value), value, strong=True), Cell(said(result["lcl"][place]), result["lcl"][place]), Cell(said(result["ucl"][place]), result["ucl"][place]), whole(points[place]["n"]), Cell(_("yes") if place in signals else "")]
            for place, value in enumerate(values)
        ], _("Chart of individual values (XmR)") if result["variant"] == "xmr" else _("Chart of shares (%(kind)s)", kind=result["variant"]))
    )  # fmt: skip
    told.figures.append(
        (
            context.item(context.asked["item"]),
            context.figure(
                values[-1], points[-1]["n"], None, "share" if scale == 100 else "mean", "control chart"
            ),
        )
    )
    return told


# --- transition ----------------------------------------------------------------------------------------------


def _transition(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    keys = result["states"]
    words = [str(STATES[key]) for key in keys]
    p, totals = result["p_pooled"], result["row_totals"]
    counts = [[(cell or 0.0) * total for cell in row] for row, total in zip(p, totals, strict=True)]
    second = context.asked.get("second") or context.asked["item"]
    expected = second == context.asked["item"] and not context.asked.get("wave")
    left = context.named("from") or (
        _("%(code)s expected", code=second) if expected else context.item(context.asked["item"])
    )
    right = context.named("to") or (
        _("%(code)s perceived", code=second) if expected else context.item(second)
    )
    told.picture = Picture(
        _("Movement of customers"), _("How many of each state at first are in which state later."),
        svg=diagrams.flows([*zip(keys, words, strict=True)], counts, left, right, _("Flows from the first to the second answer; the numbers are in the table below.")),
        foot=_("Height of a band: number of customers. The share in a band is of those who started there."),
    )  # fmt: skip
    improved = sum(counts[a][b] for a in range(len(keys)) for b in range(len(keys)) if b > a)
    worse = sum(counts[a][b] for a in range(len(keys)) for b in range(len(keys)) if b < a)
    total = sum(totals) or 1
    told.lead.append(
        _(
            "%(up)s of the customers moved up, %(down)s moved down.",
            up=format_share(improved / total, 0),
            down=format_share(worse / total, 0),
        )
    )
    best = len(keys) - 1
    if p[best][best] is not None:
        told.lead.append(
            _("Of the satisfied %(share)s stayed satisfied.", share=format_share(p[best][best], 0))
        )
    if p[0][best] is not None and totals[0]:
        told.lead.append(
            _(
                "Of those %(state)s at first %(share)s became satisfied.",
                state=words[0],
                share=format_share(p[0][best], 0),
            )
        )
    told.tables.append(
        Table(_("Shares of movement"), [_("From, to"), *words, "n"], [
            [Cell(words[a]), *(Cell("—" if p[a][b] is None else format_share(p[a][b], 0), p[a][b], ends(result["p_ci"][a][b], 0, 100) if result["p_ci"][a][b] else "") for b in range(len(keys))), whole(totals[a])]
            for a in range(len(keys))
        ], _("Small: 95%% interval (Wilson).") % ())
    )  # fmt: skip
    if result.get("stationary"):
        told.tables.append(
            Table(
                _("If it went on like this"),
                [_("State"), _("Long-run share")],
                [[Cell(word), share(value)] for word, value in zip(words, result["stationary"], strict=True)],
                _("Where the shares would settle if customers kept moving as they did; no forecast."),
            )
        )
    told.figures.append(
        (
            f"{left} → {right}: {words[best]}",
            context.figure(p[best][best], totals[best], result["p_ci"][best][best], "share", "wilson"),
        )
    )
    return told


_TELLERS: dict[Method, Callable[[dict[str, Any], Context], Told]] = {
    Method.score: _score,
    Method.reliability: _reliability,
    Method.servqual: _servqual,
    Method.kano: _kano,
    Method.ipa: _ipa,
    Method.pls: _pls,
    Method.effect: _effect,
    Method.chart: _chart,
    Method.transition: _transition,
}
