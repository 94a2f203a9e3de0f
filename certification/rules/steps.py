"""What is missing at the clauses and in which order to mend it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from certification.rules.clauses import Answer, Clause, Remark, Waiting
from standards.rules.coverage import Status


class Need(StrEnum):
    """What is missing. The order of the members is the order in which it is mended; `in_hand` comes after."""

    major_finding = "major_finding"
    promise_short = "promise_short"
    put_in_force = "put_in_force"
    not_addressed = "not_addressed"
    not_assessed = "not_assessed"
    partly = "partly"
    no_justification = "no_justification"


@dataclass(frozen=True)
class Step:
    """One thing to do and the clauses it helps. `target` is (kind of record, its id) for the link."""

    need: Need
    target: tuple[str, int]
    in_hand: bool = False
    binding: bool = False
    finding: Remark | None = None
    answer: Answer | None = None
    waiting: Waiting | None = None
    clauses: tuple[Clause, ...] = field(default=(), compare=False)

    @property
    def rank(self) -> tuple[bool, bool, bool, int, str]:
        """What nobody works on first; what is broken before what is missing; "shall" before "should"."""
        broken = self.need in {Need.major_finding, Need.promise_short}
        return (
            self.in_hand,
            not broken,
            not self.binding,
            list(Need).index(self.need),
            self.clauses[0].sort_key,
        )


def steps_for(clause: Clause) -> list[Step]:
    """What is missing at one clause. Empty for what is ready or rightly not applicable."""
    if clause.status is Status.not_applicable:
        return [_step(clause, Need.no_justification, ("clause", clause.id))] if clause.unjustified else []
    steps = [
        _step(
            clause,
            Need.major_finding,
            ("ticket", item.ticket_id) if item.ticket_id and item.in_hand else ("finding", item.id),
            in_hand=item.in_hand,
            finding=item,
        )
        for item in clause.findings
        if item.is_open_major
    ]
    for answer in clause.short:
        work = _work_on(answer, clause.findings)
        if work is not None and work.is_open_major:
            continue  # that finding is a step of its own already
        if work is None:
            target = ("standard", answer.standard_id)
        elif work.in_hand and work.ticket_id:
            target = ("ticket", work.ticket_id)
        else:
            target = ("finding", work.id)
        steps.append(
            _step(
                clause,
                Need.promise_short,
                target,
                in_hand=work is not None and work.in_hand,
                finding=work,
                answer=answer,
            )
        )
    if clause.status is not Status.addressed:
        if clause.waiting:
            first = clause.waiting[0]
            steps.append(_step(clause, Need.put_in_force, ("version", first.version_id), waiting=first))
        else:
            steps.append(_step(clause, Need(clause.status.value), ("clause", clause.id)))
    return steps


def _step(
    clause: Clause,
    need: Need,
    target: tuple[str, int],
    *,
    in_hand: bool = False,
    finding: Remark | None = None,
    answer: Answer | None = None,
    waiting: Waiting | None = None,
) -> Step:
    return Step(need, target, in_hand, clause.binding, finding, answer, waiting, (clause,))


def _work_on(answer: Answer, findings: Sequence[Remark]) -> Remark | None:
    """The open finding about this promise, one with a ticket first."""
    about = [item for item in findings if item.is_open and item.requirement == answer.name]
    return min(about, key=lambda item: (not item.in_hand, item.code), default=None)


def next_steps(clauses: Iterable[Clause]) -> list[Step]:
    """What to do next, most pressing first; the same thing for several clauses stands once.

    Clauses that nobody has assessed stand together by chapter.
    """
    merged: dict[tuple[Any, ...], Step] = {}
    for clause in clauses:
        for step in steps_for(clause):
            name = step.answer.name if step.answer else ""
            key: tuple[Any, ...] = (step.need, step.target, name)
            if step.need is Need.not_assessed:  # clause by clause they would bury the rest
                key = (step.need, step.binding, clause.group_number)
            known = merged.get(key)
            merged[key] = (
                step
                if known is None
                else Step(
                    step.need,
                    step.target,
                    step.in_hand,
                    known.binding or step.binding,
                    step.finding,
                    step.answer,
                    step.waiting,
                    (*known.clauses, *step.clauses),
                )
            )
    return sorted(merged.values(), key=lambda step: step.rank)
