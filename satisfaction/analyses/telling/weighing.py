"""What an analysis says: weights, indicator trees, fuzzy evaluation."""

from typing import Any

from core.i18n import _, format_number, format_share, pick
from satisfaction.analyses import drawings, pictures
from satisfaction.analyses.drawings import Twig
from satisfaction.analyses.pictures import Bar
from satisfaction.analyses.telling.parts import (
    Cell,
    Context,
    Picture,
    Table,
    Told,
    entered,
    number,
    share,
    whole,
)


def tell_ahp(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    weights = dict(sorted(result["weights"].items(), key=lambda pair: -pair[1]))
    first = next(iter(weights))
    told.lead.append(
        _(
            "%(what)s counts most, with %(share)s of the weight.",
            what=first,
            share=format_share(weights[first]),
        )
    )
    ratio = format_number(result["cr"], 3)
    if len(weights) < 3:
        told.lead.append(_("With two things there is nothing that could contradict itself."))
    elif result["consistent"]:
        told.lead.append(
            _(
                "The judgements agree with each other: consistency ratio %(cr)s, at most 0.10 is accepted.",
                cr=ratio,
            )
        )
    else:
        told.lead.append(_("The judgements contradict each other: consistency ratio %(cr)s, at most 0.10 is accepted. Mend them before the weights are used.", cr=ratio))  # fmt: skip
    weakest = result.get("least_consistent")
    if weakest and not result["consistent"]:
        told.lead.append(
            _(
                "Look at %(pair)s first: it was judged %(given)s, and about %(suggested)s would agree with the others.",
                pair=weakest["pair"], given=_times(weakest["given"]), suggested=_times(weakest["suggested"]),
            )
        )  # fmt: skip
    told.picture = Picture(
        _("Weights"), _("How much each counts, in per cent of the whole."),
        pictures.bars([Bar(name, 100 * weight, None, None, format_share(weight)) for name, weight in weights.items()], _("weight in per cent")),
        foot=_("Consistency ratio %(cr)s (%(table)s). Judges: %(num)s.", cr=ratio, table=_("random index of Saaty, 1980"), num=result["n_used"]),
    )  # fmt: skip
    told.tables.append(
        Table(_("Weights"), [_("What"), _("Weight"), _("By geometric means")], [
            [Cell(name), Cell(format_share(weight), weight, strong=True), share(result["weights_geometric"][name], 1)]
            for name, weight in weights.items()
        ], _("Two ways to the same end; where they differ much, the judgements contradict each other."))
    )  # fmt: skip
    rows = [
        [Cell(_("Consistency ratio (CR)")), number(result["cr"], 3)],
        [Cell(_("Consistency index (CI)")), number(result["ci"], 4)],
        [Cell(_("Random index (RI)")), number(result["ri"])],
        [Cell(_("Largest eigenvalue")), number(result["lambda_max"], 4)],
        [Cell(_("Geometric consistency index (GCI)")), number(result["gci"], 3)],
    ]
    judges = str(context.asked.get("judges") or "").splitlines()
    rows += [
        [
            Cell(_("Consistency ratio of %(who)s", who=judges[place] if place < len(judges) else place + 1)),
            number(cr, 3),
        ]
        for place, cr in enumerate(result.get("judges_cr") or [])
    ]
    told.tables.append(Table(_("Consistency"), [_("Figure"), _("Result")], rows))
    return told


def _times(value: float) -> str:
    return format_number(value, 1) if value >= 1 else "1/" + format_number(1 / value, 1)


def tell_hierarchy(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    sheet = context.asked["sheet"]
    above = {row[0]: row[1] or None for row in sheet["rows"]}
    nodes = result["nodes"]
    scores = [each["score"] for each in nodes.values() if each["score"] is not None]
    low, high = min([0.0, *scores]), max([100.0 if max(scores, default=0.0) > 10 else 10.0, *scores])
    whole = "\u0000"

    def said(value: float | None) -> str:
        return "—" if value is None else format_number(value, 1 if high > 10 else 2)

    def fill(value: float | None) -> float | None:
        return None if value is None else (value - low) / (high - low)

    if result["total"] is None:
        told.lead.append(
            _(
                "There is no score of the whole: only %(share)s of the weight was answered.",
                share=format_share(result["coverage"], 0),
            )
        )
    else:
        told.lead.append(
            _(
                "The whole comes to %(score)s; %(share)s of the weight was answered.",
                score=said(result["total"]),
                share=format_share(result["coverage"], 0),
            )
        )
    leaves = {
        name: weight for name, weight in result["global_weights"].items() if nodes[name]["score"] is not None
    }
    if len(leaves) > 1 and result["total"] is not None:
        lost = {name: weight * (result["total"] - nodes[name]["score"]) for name, weight in leaves.items()}
        worst = max(lost, key=lambda name: lost[name])
        if lost[worst] > 0:
            told.lead.append(
                _(
                    "%(what)s pulls the whole down most: %(score)s at a weight of %(weight)s.",
                    what=worst,
                    score=said(nodes[worst]["score"]),
                    weight=format_share(leaves[worst]),
                )
            )
    twigs = [Twig(whole, None, _("The whole"), said(result["total"]), None, fill(result["total"]))]
    twigs += [
        Twig(name, above.get(name) or whole, name, said(each["score"]), each["weight"], fill(each["score"]))
        for name, each in nodes.items()
    ]
    told.picture = Picture(
        _("Indicator tree"), _("Scores of all indicators; a line is as thick as the weight it stands for."),
        svg=drawings.tree(twigs, _("Indicator tree")),
        foot=_("Per cent: weight among those that are part of the same. Bars run from %(low)s to %(high)s.", low=format_number(low), high=format_number(high)),
    )  # fmt: skip
    told.tables.append(
        Table(_("Indicators"), [_("Indicator"), _("Score"), _("Weight"), _("Weight in the whole"), _("Answered")], [
            [Cell("\u2003" * (each["level"] - 1) + name), Cell(said(each["score"]), each["score"], strong=True), share(each["weight"], 1), share(each["global_weight"], 1), share(each["coverage"])]
            for name, each in nodes.items()
        ])
    )  # fmt: skip
    if result["total"] is not None:
        told.figures.append(
            (_("The whole"), context.figure(result["total"], result["n_used"], None, "mean", "weighted mean"))
        )
    return told


def tell_fuzzy(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    if context.of_wave:
        grades = [pick(each["en"], each["zh"]) for each in context.names["grades"]]
    else:
        grades = context.asked["sheet"]["header"][2:]
    shares = result["b_normalised"]
    place = result["grade_index"]
    if result["tie"]:
        told.lead.append(_("Two grades share the largest membership, so none stands out."))
    else:
        told.lead.append(
            _(
                "By the largest membership the grade is “%(grade)s” (%(share)s).",
                grade=grades[place],
                share=format_share(shares[place]),
            )
        )
    decimals = 2 if max(context.spec.get("grade_values") or [100]) <= 10 else 1
    if result["score"] is not None:
        told.lead.append(
            _("The score over all grades is %(score)s.", score=format_number(result["score"], decimals))
        )
    clear = result["effectiveness_k"]
    if clear is not None and clear < 0.5:
        told.lead.append(
            _(
                "The largest membership says little by itself (effectiveness %(value)s of 1): the answers are spread out. Read the score or the whole row.",
                value=format_number(clear, 2),
            )
        )
    told.picture = Picture(
        _("Membership of each grade"), _("Which share of the whole belongs to each grade."),
        pictures.bars(
            [Bar(grade, 100 * value, None, None, format_share(value), "good" if at == place and not result["tie"] else "plain") for at, (grade, value) in enumerate(zip(grades, shares, strict=True))],
            _("membership in per cent"),
        ),
        foot=_("Green: the grade of the largest membership. Memberships are brought to a sum of 100 %%.") % (),
    )  # fmt: skip
    operators = {
        "weighted_average": _("weighted average"), "max_min": _("max–min"), "max_product": _("max–product"),
        "bounded_sum_min": _("bounded sum"),
    }  # fmt: skip
    told.tables.append(
        Table(_("Memberships by each way of joining"), [_("Grade"), *(operators[key] for key in operators if key in result)], [
            [Cell(grade), *(share(result[key]["b_normalised"][at], 1) for key in operators if key in result)]
            for at, grade in enumerate(grades)
        ] + [
            [Cell(_("Grade of the largest membership")), *(Cell(grades[result[key]["grade_index"]]) for key in operators if key in result)],
            *([[Cell(_("Score")), *(number(result[key]["score"], decimals) for key in operators if key in result)]] if result["score"] is not None else []),
        ])
    )  # fmt: skip
    told.tables.append(
        Table(
            _("Weights"),
            [_("Factor"), _("Weight")],
            [[Cell(context.item(name)), share(weight, 1)] for name, weight in result["weights"].items()],
        )
    )
    told.tables.append(_spread(context, grades, decimals) if context.of_wave else entered(context))
    if result["score"] is not None:
        told.figures.append(
            (_("Score"), context.figure(result["score"], result["n_used"], None, "mean", "fuzzy"))
        )
    return told


def _spread(context: Context, grades: list[str], decimals: int) -> Table:
    """How the answers to each question of a wave spread over the grades, and what they alone come to."""
    rows = []
    for code, factor in context.spec["factors"].items():
        total = sum(factor["counts"])
        shares = [count / total for count in factor["counts"]]
        worth = sum(part * value for part, value in zip(shares, context.spec["grade_values"], strict=True))
        rows.append(
            [
                Cell(context.item(code)),
                *(share(part, 1) for part in shares),
                number(worth, decimals),
                whole(context.names["answered"][code]),
            ]
        )
    return Table(
        _("Answers to each question by grade"), [_("Question"), *grades, _("Score"), _("Answers given")], rows
    )
