"""What an analysis says: size and allocation of samples, size of comparisons."""

from typing import Any

from core.i18n import _, format_number, format_share
from satisfaction.analyses import pictures
from satisfaction.analyses.pictures import Bar
from satisfaction.analyses.telling.parts import Cell, Context, Picture, Table, Told, number, share, whole


def tell_sample(result: dict[str, Any], context: Context) -> Told:
    told = Told()
    asked = context.asked
    proportion = asked["kind"] == "proportion"
    error = (
        _("%(num)s percentage points", num=format_number(asked["error"], 1))
        if proportion
        else _("%(num)s points of the scale", num=format_number(asked["error_mean"], 2))
    )
    answers = result["n_adjusted"]
    told.lead.append(
        _(
            "%(num)s answers are needed for an error of at most ± %(error)s with %(level)s confidence.",
            num=format_number(answers),
            error=error,
            level=format_share(result["confidence"], 0),
        )
    )
    if result["invitations"] != answers:
        told.lead.append(_("To get them, ask %(num)s people.", num=format_number(result["invitations"])))
    if result["deff"] != 1:
        told.lead.append(
            _(
                "People of a cluster are alike, which makes the sample %(deff)s times as large.",
                deff=format_number(result["deff"], 2),
            )
        )
    allocation = result.get("allocation")
    invited = result.get("invitations_by_stratum") or {}
    if allocation:
        told.picture = Picture(
            _("How the answers are spread"), _("Answers wanted of each group."),
            pictures.bars([Bar(name, count, None, None, format_number(count)) for name, count in allocation.items()], _("answers")),
            foot=_("The table says how many people to ask for them."),
        )  # fmt: skip
        sizes = {row[0]: row[1] for row in asked["sheet"]["rows"]}
        told.tables.append(
            Table(_("Groups"), [_("Group"), _("Number of people"), _("Answers wanted"), _("People to ask")], [
                [Cell(name), Cell(sizes.get(name, "—")), Cell(format_number(count), count, strong=True), whole(invited.get(name, count))]
                for name, count in allocation.items()
            ])
        )  # fmt: skip
    else:
        steps = [
            (_("for an endless population"), result["n0"]), (_("for this population"), result["n"]),
            (_("with clusters"), answers), (_("people to ask"), result["invitations"]),
        ]  # fmt: skip
        told.picture = Picture(
            _("From answers to people to ask"), _("How the number grows and shrinks step by step."),
            pictures.bars([Bar(name, float(value), None, None, format_number(value)) for name, value in steps], _("people")),
        )  # fmt: skip
    told.tables.append(
        Table(_("Sample size"), [_("Figure"), _("Result")], [
            [Cell(_("Answers, for an endless population")), number(result["n0"], 1)],
            [Cell(_("Answers, for this population")), whole(result["n"])],
            [Cell(_("Design effect")), number(result["deff"])],
            [Cell(_("Answers needed")), whole(answers)],
            [Cell(_("People to ask")), whole(result["invitations"])],
            *([[Cell(_("Clusters")), whole(result["clusters"])]] if "clusters" in result else []),
        ], _("Numbers of people are always rounded up."))
    )  # fmt: skip
    return told


def tell_power(result: dict[str, Any], context: Context) -> Told:
    from satisfaction.methods.power import power_of_means, power_of_proportions

    told = Told()
    n, reached = result["n"], result["power"]
    shares = result["kind"] == "proportions"
    change = (
        _(
            "a change from %(first)s to %(second)s",
            first=format_share(result["p1"]),
            second=format_share(result["p2"]),
        )
        if shares
        else _("a change of %(num)s points", num=format_number(abs(result["difference"] or 0), 2))
    )
    if result["power_wanted"] is None:
        told.lead.append(
            _(
                "%(n)s cases on each side see %(change)s with a chance of %(power)s.",
                n=format_number(n),
                change=change,
                power=format_share(reached),
            )
        )
    else:
        told.lead.append(
            _(
                "It takes %(n)s cases on each side to see %(change)s with a chance of %(power)s.",
                n=format_number(n),
                change=change,
                power=format_share(reached),
            )
        )
    if reached < 0.8:
        told.lead.append(
            _(
                "A real change of that size would likely go unseen: take more cases, or settle for a larger change."
            )
        )

    def at(size: int) -> float:
        if shares:
            return power_of_proportions(result["p1"], result["p2"], size, result["alpha"])
        return power_of_means(result["effect_size"], size, result["alpha"])

    last = max(20, round(n * 1.8))
    sizes = sorted({2, n, *(max(2, round(last * step / 40)) for step in range(1, 41))})
    told.picture = Picture(
        _("Chance to see the change"), _("How the chance to see the change grows with the cases on each side."),
        pictures.curve([(float(size), at(size)) for size in sizes], (float(n), reached), _("cases on each side"), _("chance to see it (power)"), f"n = {format_number(n)}: {format_share(reached)}"),
        foot=_("At a risk of %(alpha)s to see a change where there is none.", alpha=format_share(result["alpha"], 0)),
    )  # fmt: skip
    told.tables.append(
        Table(_("Size of the comparison"), [_("Figure"), _("Result")], [
            [Cell(_("Cases on each side")), Cell(format_number(n), n, strong=True)],
            [Cell(_("Cases together")), whole(result["n_total"])],
            [Cell(_("Chance to see the change (power)")), share(reached, 1)],
            [Cell(_("Risk of a false alarm (alpha)")), share(result["alpha"], 0)],
            [Cell(_("Size of the effect (Cohen’s h)") if shares else _("Size of the effect (Cohen’s d)")), number(result["effect_size"])],
        ])
    )  # fmt: skip
    told.tables.append(
        Table(_("With other numbers"), [_("Cases on each side"), _("Chance to see the change (power)")], [
            [whole(size), share(at(size), 1)] for size in sorted({max(2, round(n * step)) for step in (0.25, 0.5, 0.75, 1, 1.25, 1.5, 2)})
        ])
    )  # fmt: skip
    assert context.made_at
    return told
