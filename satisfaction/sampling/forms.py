from typing import Any

from wtforms import BooleanField, SelectField, TextAreaField, validators

from core.errors import RuleViolation
from core.forms import ChecksField, RecordForm, choices, line, number_or_none, stripped
from core.i18n import _, _l
from satisfaction.customers.rules import KIND_LABELS
from satisfaction.forms import AmountField, NumberField
from satisfaction.sampling.models import SamplingPlan
from satisfaction.sampling.rules import (
    ALLOCATIONS,
    CONFIDENCES,
    DRAWS,
    GROUPINGS,
    MEASURES,
    Design,
    Population,
    read_numbers,
    split_values,
    write_numbers,
)


def _share(value: float | None) -> float | None:
    return None if value is None else value / 100


def _percent(value: float | None) -> float | None:
    return None if value is None else round(value * 100, 6)


class SizeForm(RecordForm):
    """How many are needed. Shares are typed in percent."""

    kind = SelectField(
        _l("What is to be known"), choices=choices(MEASURES.items()), render_kw={"data-decides": ""}
    )
    error = AmountField(_l("Margin of error (±)"), validators=[validators.Optional()])
    confidence = SelectField(_l("Confidence"), choices=choices(CONFIDENCES.items()), default="0.95")
    p = AmountField(_l("Expected share, %"), validators=[validators.Optional()])
    sd = AmountField(_l("Standard deviation"), validators=[validators.Optional()])
    population = NumberField(_l("Customers in the population"), validators=[validators.Optional()])
    response_rate = AmountField(_l("Expected response rate, %"), validators=[validators.Optional()])
    icc = AmountField(_l("Likeness within clusters (ICC)"), validators=[validators.Optional()])
    cluster_size = AmountField(_l("Answers a cluster"), validators=[validators.Optional()])

    @property
    def base(self) -> dict[str, Any]:
        """The part of a design that this form holds."""
        kind = self.kind.data
        error = self.error.data
        return {
            "kind": kind,
            "error": _share(error) if kind == "proportion" else error,
            "confidence": float(self.confidence.data),
            "p": _share(self.p.data) if kind == "proportion" else None,
            "sd": self.sd.data if kind == "mean" else None,
            "response_rate": _share(self.response_rate.data),
            "icc": self.icc.data,
            "cluster_size": self.cluster_size.data,
        }


class PlanForm(SizeForm):
    name_en = line(_l("Name in English"))
    name_zh = line(_l("Name in Chinese"))
    unit_id = SelectField(_l("Unit"), coerce=int)
    wave_id = SelectField(_l("Wave that asks them"), coerce=number_or_none)
    kinds = ChecksField(
        _l("Groups"),
        choices=choices((kind.value, label) for kind, label in KIND_LABELS.items()),
        validate_choice=False,
    )
    under = SelectField(_l("Unit and those under it"), coerce=number_or_none)
    region = line(_l("Region"), limit=400, render_kw={"list": "values-region"})
    channel = line(_l("Channel"), limit=400, render_kw={"list": "values-channel"})
    segment = line(_l("Segment"), limit=400, render_kw={"list": "values-segment"})
    mail_only = BooleanField(_l("Only customers with a mail address"))
    n = NumberField(_l("Number to invite, instead"), validators=[validators.Optional()])
    draw = SelectField(
        _l("How they are drawn"), choices=choices((draw.value, label) for draw, label in DRAWS.items()),
        render_kw={"data-decides": ""},
    )  # fmt: skip
    strata = SelectField(
        _l("Strata"), choices=choices(GROUPINGS.items(), empty=_l("none")), validate_choice=False
    )
    allocation = SelectField(_l("Spread over the strata"), choices=choices(ALLOCATIONS.items()))
    numbers = TextAreaField(
        _l("What is known of the strata"),
        filters=[stripped],
        validators=[validators.Optional(), validators.Length(max=20_000)],
        render_kw={"rows": 5},
    )
    cluster = SelectField(
        _l("Clusters"), choices=choices(GROUPINGS.items(), empty=_l("none")), validate_choice=False
    )
    clusters = NumberField(_l("Clusters drawn"), validators=[validators.Optional()])
    per_cluster = NumberField(_l("Customers in each"), validators=[validators.Optional()])

    def __init__(self, plan: SamplingPlan | None = None) -> None:
        if plan is None:
            super().__init__()
            return
        population, design = Population.read(plan.population), Design.read(plan.design)
        share = design.kind == "proportion"
        super().__init__(
            obj=plan,
            data={
                **design.as_json(),
                "error": _percent(design.error) if share else design.error,
                "p": _percent(design.p),
                "response_rate": _percent(design.response_rate),
                "confidence": f"{design.confidence:g}",
                "numbers": write_numbers(design.numbers),
                "population": None,
                "kinds": list(population.kinds),
                "under": population.unit_id,
                "region": ", ".join(population.region),
                "channel": ", ".join(population.channel),
                "segment": ", ".join(population.segment),
                "mail_only": population.mail_only,
            },
        )

    @property
    def asked(self) -> Population:
        return Population(
            tuple(self.kinds.data or ()),
            self.under.data,
            split_values(self.region.data or ""),
            split_values(self.channel.data or ""),
            split_values(self.segment.data or ""),
            bool(self.mail_only.data),
        )

    @property
    def design(self) -> Design:
        """Raises RuleViolation for a line of the strata that can't be read."""
        draw = self.draw.data
        try:
            numbers = read_numbers(self.numbers.data or "") if draw == "stratified" else ()
        except ValueError as wrong:
            raise RuleViolation(
                _(
                    "Line %(line)s: write stratum | standard deviation | cost | response rate in %%; costs are above 0.",
                    line=str(wrong),
                ),
                field="numbers",
            ) from None
        clustered = draw in {"cluster", "multistage"}
        return Design(
            **self.base,
            n=self.n.data,
            draw=draw,
            strata=self.strata.data or "",
            allocation=self.allocation.data if draw == "stratified" else "proportional",
            numbers=numbers,
            cluster=(self.cluster.data or "") if clustered else "",
            clusters=self.clusters.data if clustered else None,
            per_cluster=self.per_cluster.data if draw == "multistage" else None,
        )


class DrawForm(RecordForm):
    seed = NumberField(_l("Seed"), validators=[validators.Optional()])


class MailForm(RecordForm):
    subject_en = line(_l("Subject in English"), required=True)
    subject_zh = line(_l("Subject in Chinese"), required=True)
    body_en = TextAreaField(
        _l("Text in English"), filters=[stripped],
        validators=[validators.DataRequired(_l("Please fill this in.")), validators.Length(max=6000)], render_kw={"rows": 9},
    )  # fmt: skip
    body_zh = TextAreaField(
        _l("Text in Chinese"), filters=[stripped],
        validators=[validators.DataRequired(_l("Please fill this in.")), validators.Length(max=6000)], render_kw={"rows": 9},
    )  # fmt: skip

    @property
    def texts(self) -> dict[str, str]:
        return {name: self.values[name] or "" for name in ("subject_en", "subject_zh", "body_en", "body_zh")}
