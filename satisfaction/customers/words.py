"""How the trail of the register and of samples reads."""

from typing import Any

from core.history import say
from core.i18n import _l, format_number
from satisfaction.customers.rules import FIELDS, Kind


def _population(value: Any) -> str:
    """Of a plan its filter, of a draw how many there were."""
    from satisfaction.sampling.rules import Population
    from satisfaction.sampling.views.plans import population_words

    if not isinstance(value, dict):
        return format_number(value, 0)
    return _listed(population_words(Population.read(value)))


def _design(value: Any) -> str:
    from satisfaction.sampling.rules import Design
    from satisfaction.sampling.views.plans import design_words

    return _listed(design_words(Design.read(value)))


def _listed(pairs: list[tuple[str, str]]) -> str:
    return "; ".join(f"{label}: {text}" for label, text in pairs)


say(
    {
        "customer.registered": _l("Registered"),
        "customer.changed": _l("Changed"),
        "customer.contact_refused": _l("Does not want to be contacted"),
        "customer.contact_allowed": _l("May be contacted again"),
        "customer.withdrawn": _l("Withdrawn from the register"),
        "customer.taken_back": _l("Taken back into the register"),
        "customer.erased": _l("Personal data erased on request"),
        "customer_import.received": _l("File of customers received"),
        "customer_import.accepted": _l("File of customers imported"),
        "customer.exported": _l("Customer register taken as a file"),
        "customer_import.discarded": _l("Import of customers discarded"),
        "sampling_plan.written": _l("Sampling plan written"),
        "sampling_plan.changed": _l("Sampling plan changed"),
        "sampling_plan.discarded": _l("Sampling plan discarded"),
        "sampling_plan.drawn": _l("Sample drawn"),
        "sampling_plan.linked": _l("Personal links made"),
        "sampling_plan.links_taken": _l("Links of customers without a mail address taken as a file"),
        "sampling_plan.invited": _l("Invitations by mail started"),
        "sampling_plan.reminded": _l("Reminder by mail started"),
        "sampling_plan.weighted": _l("Weights taken into the results"),
        "sampling_plan.unweighted": _l("Weights taken out of the results"),
        "wave.weighted": _l("Answers weighted by a sampling plan"),
        "wave.unweighted": _l("Weights of a sampling plan taken out"),
    },
    {
        **FIELDS,
        "personal": _l("Personal data changed"),
        "erased": _l("Fields erased"),
        "added": _l("New"),
        "changed": _l("Changed"),
        "same": _l("The same"),
        "rejected": _l("Rejected"),
        "rows": _l("Rows"),
        "seed": _l("Seed"),
        "frame": _l("Hash of the population"),
        "population": _l("Population size"),
        "design": _l("Draw"),
        "drawn": _l("Drawn"),
        "links": _l("Links"),
        "mails": _l("Mails"),
        "answers": _l("Answers counted"),
        "plan": _l("Sampling plan"),
        "wave": _l("Wave"),
        "columns": _l("Columns"),
    },
    values={"population": _population, "design": _design},
    codes={
        "columns": (FIELDS, {"reach": _l("Reached by")}),
        "personal": (FIELDS,),
        "erased": (FIELDS,),
        "kind": (Kind,),
    },
)
