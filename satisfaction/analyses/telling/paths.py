"""What an analysis says: path model."""

from collections.abc import Mapping
from typing import Any

from core.i18n import _, format_number, format_share
from satisfaction.analyses import diagrams
from satisfaction.analyses.forms import construct_word
from satisfaction.analyses.telling.parts import (
    Cell,
    Context,
    Picture,
    Table,
    Told,
    ends,
    number,
    p_word,
)
from satisfaction.analyses.telling.path_groups import tell_groups


def tell_pls(result: dict[str, Any], context: Context) -> Told:
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
    tell_groups(told, result, context)
    return told
