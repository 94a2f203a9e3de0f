"""Scores of a wave in words and figures: the lines of the table, the notes, what hands out as a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.figures import Figure
from core.i18n import _, format_interval, format_list, format_number, pick
from satisfaction.indicators import diagram
from satisfaction.indicators.models import IndicatorRollup
from satisfaction.operations.indicators.scores import falls_short, figure_of
from satisfaction.rules.indicators import LEVEL_LABELS, Level


@dataclass(frozen=True, slots=True)
class Line:
    """One node of a result. `enough`: a score may be shown; `why`: an item's reason not to count."""

    key: str
    node: Mapping[str, Any]
    figure: Figure
    short: bool
    why: str

    @property
    def name(self) -> str:
        return pick(self.node["name_en"], self.node["name_zh"])

    @property
    def level(self) -> int:
        return int(self.node["level"])

    @property
    def score(self) -> str:
        return score_words(self.figure.value)

    @property
    def interval(self) -> str:
        return interval_words(self.figure)


def score_words(value: float | None) -> str:
    return "—" if value is None else format_number(value, 1)


def interval_words(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return format_interval(figure.low, figure.high, scale=1)


def percent(value: float, decimals: int = 1) -> str:
    return f"{format_number(100 * value, decimals)} %"


def why_words(why: str) -> str:
    return {"not_asked": _("not asked in this wave"), "too_few": _("too few answers")}.get(why, "")


def lines(rollup: IndicatorRollup) -> list[Line]:
    """In the order of the tree."""
    nodes = rollup.result["nodes"]
    made: list[Line] = []

    def walk(key: str) -> None:
        node = nodes[key]
        figure = figure_of(rollup, key)
        made.append(Line(key, node, figure, falls_short(figure), node.get("item", {}).get("why", "")))
        for child in node["children"]:
            walk(child)

    walk(next(key for key, node in nodes.items() if not node["parent"]))
    return made


def drawing(rollup: IndicatorRollup) -> str:
    """The tree with its scores as SVG in the tokens of the page."""
    verdicts = {line.key: line.figure.verdict or "" for line in lines(rollup)}
    return diagram.tree(
        diagram.shapes_of(rollup.result, verdicts, _("not enough data")),
        [str(LEVEL_LABELS[level]) for level in Level],
        _("Indicator tree: the score of each part from 0 to 100 and its weight."),
    )


def how(rollup: IndicatorRollup) -> list[tuple[str, str]]:
    """How the scores were computed, in words."""
    result = rollup.result
    made = [
        (_("Item"), _("100 · (mean − lowest) / (highest − lowest) of the answers")),
        (_("Above it"), _("mean of the parts by their weights; an item that is not answered drops and the others share its weight")),
        (_("Coverage rate"), _("share of the weight below that is answered; under %(least)s there is no score", least=percent(result["coverage_least"], 0))),
        (_("Interval"), _("Student’s t on the linearised mean, weights taken as given (Woodruff 1971)")),
    ]  # fmt: skip
    if result["weighted"]:
        made.append((_("Responses"), _("weighted as their file says")))
    return [
        *made,
        (_("Fewest answers of an item"), format_number(result["min_cell"])),
        (_("Version of the engine"), rollup.engine_version),
        (_("Hash of the inputs"), rollup.inputs_hash),
    ]


def notes(rollup: IndicatorRollup) -> list[str]:
    """What a reader has to bear in mind."""
    result = rollup.result
    found = []
    missing = [node for node in result["nodes"].values() if node.get("item", {}).get("why")]
    for why in ("not_asked", "too_few"):
        named = [node["code"] for node in missing if node["item"]["why"] == why]
        if named:
            found.append(
                _("Counted as not answered: %(items)s (%(why)s). The others beside them share their weight.",
                    items=format_list(named[:12]), why=why_words(why))
            )  # fmt: skip
    if result["grouping"] is not None:
        found += _group_notes(result)
    hidden = [
        pick(node["name_en"], node["name_zh"]) for node in result["nodes"].values()
        if node["level"] != Level.item and node["score"] is None
    ]  # fmt: skip
    if hidden:
        found.append(
            _("Not enough data for a score: %(nodes)s. Less than %(least)s of the weight below is answered.",
                nodes=format_list(hidden[:8]), least=percent(result["coverage_least"], 0))
        )  # fmt: skip
    return found


def _group_notes(result: Mapping[str, Any]) -> list[str]:
    found = []
    if not result["grouping"]["known"]:
        found.append(_("The answers of this wave are not told apart by these customer groups."))
    for state, words in (
        ("withheld", _("too few answers, or one that would give such a group away")),
        ("absent", _("no answers")),
    ):
        named = [each for each in result["groups"] if each["state"] == state]
        if named:
            found.append(
                _("Left out: %(groups)s (%(why)s), together %(share)s of the weight of the groups. The coverage is lower by as much.",
                    groups=format_list(pick(each["en"], each["zh"]) for each in named), why=words,
                    share=percent(sum(each["share"] for each in named)))
            )  # fmt: skip
    if result.get("left_out"):
        found.append(
            _("%(num)s answers belong to none of the weighted groups and do not count.", num=format_number(result["left_out"]))
        )  # fmt: skip
    return found


def header() -> list[str]:
    return [
        _("Level"), _("Code"), _("Component"), _("Weight"), _("Share in the index"), _("Score"), _("Lower end"),
        _("Upper end"), "n", _("Coverage rate"), _("Target"),
    ]  # fmt: skip


def table(rollup: IndicatorRollup) -> list[list[Any]]:
    """The whole result as rows for a file: numbers unrounded, nothing where there is not enough data."""
    return [
        [
            str(LEVEL_LABELS[Level(line.level)]), line.node["code"], line.name, line.node["weight"],
            line.node["global_weight"], line.figure.value, line.figure.low, line.figure.high, line.figure.n,
            line.node["coverage"], line.figure.target,
        ]
        for line in lines(rollup)
    ]  # fmt: skip
