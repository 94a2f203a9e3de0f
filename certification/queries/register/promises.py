"""Promises month by month over the period of a pack."""

from collections.abc import Iterable
from dataclasses import dataclass

from certification.queries.figures import Measured, Promise
from certification.queries.register.standards import PrintedStandard
from certification.rules.clauses import Both, figure_of
from core.figures import Figure


@dataclass(frozen=True)
class PrintedPromise:
    """A promise over the period of the pack: the months, and all of them together against the newest target."""

    standard_code: str
    standard_title: Both
    code: str
    statement: Both
    months: tuple[Measured, ...]
    whole: Figure


def promises(
    standards: Iterable[PrintedStandard], months: dict[Promise, list[Measured]]
) -> list[PrintedPromise]:
    found = []
    for standard in standards:
        for requirement in standard.requirements:
            measured = months.get((standard.id, requirement.code))
            if not measured:
                continue
            counts = [count for month in measured for count in month.counts]
            moments = [month.as_of for month in measured if month.as_of]
            whole = figure_of(
                counts,
                as_of=max(moments, default=None),
                target=requirement.target if requirement.target is not None else counts[-1].target,
            )
            if whole is not None:
                found.append(
                    PrintedPromise(
                        standard.code,
                        standard.title,
                        requirement.code,
                        requirement.statement,
                        tuple(measured),
                        whole,
                    )
                )
    return found
