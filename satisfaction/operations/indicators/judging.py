"""Judges: asked, compare in pairs, are joined; who contradicts himself too much may be left out with a reason."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import current_app

from accounts.models import Person
from accounts.queries import with_holdings
from core import access, clock, mail, trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.i18n import _, _l
from satisfaction.indicators.models import (
    IndicatorJudge,
    IndicatorJudgement,
    IndicatorNode,
    IndicatorVersion,
)
from satisfaction.operations.indicators.systems import check_draft
from satisfaction.operations.indicators.trees import consistency, take_weights
from satisfaction.permissions import JUDGE
from satisfaction.queries import indicator_judges as judges
from satisfaction.queries import indicators as queries
from satisfaction.rules.addresses import indicators_path, judging_path
from satisfaction.rules.indicators import JUDGES_MOST, VersionState, is_complete, pairs

JUDGED_TASK = _l("all judges have compared: the weights can be taken")


def ask_judges(
    version: IndicatorVersion, people: Sequence[Person], *, due: date | None = None, actor: Any
) -> list[IndicatorJudge]:
    """Ask people to compare the parts of this draft in pairs; each is told by mail and among their tasks."""
    check_draft(version, actor)
    if not people:
        raise RuleViolation(_("Choose at least one person."), field="people")
    if due is not None and due < clock.now().date():
        raise RuleViolation(_("The day is over already."), field="due")
    if not any(len(node.children) > 1 for node in queries.get_tree(version.id).walk()):
        raise RuleViolation(_("There is nothing to compare yet: no part of the tree has two parts below it."))
    there = judges.list_judges(version.id)
    if len(there) + len(people) > JUDGES_MOST:
        raise RuleViolation(_("At most %(most)s judges can be asked.", most=JUDGES_MOST), field="people")
    made = []
    for person in people:
        if not access.may(with_holdings(person), JUDGE):
            raise RuleViolation(
                _("%(name)s may not open the pages of judges.", name=person.name), field="people"
            )
        known = judges.find_judge(version.id, person.id)
        if known is not None and known.excused_at is None:
            continue
        judge = known or IndicatorJudge(version_id=version.id, person_id=person.id)
        judge.asked_by_id, judge.due, judge.excused_at = actor.id, due, None
        session.add(judge)
        made.append(judge)
    session.flush()
    if not made:
        raise RuleViolation(_("They have been asked already."), field="people")
    trail.record(
        version.system, "indicator_system.judges_asked", actor=actor,
        changes={"judges": ", ".join(judge.person.name for judge in made), "due": due},
    )  # fmt: skip
    for judge in made:
        if judge.person_id != actor.id:
            _tell(judge)
    return made


def _tell(judge: IndicatorJudge) -> None:
    system = judge.version.system
    mail.post(
        to=judge.person,
        template="indicator_judge",
        subject=lambda: _("%(code)s: your comparison is asked for", code=system.code),
        context={
            "system": system,
            "due": judge.due,
            "link": f"{current_app.config['BASE_URL']}{judging_path(judge.id)}",
        },
        kind="indicator_judge",
    )


def excuse(judge: IndicatorJudge, *, actor: Any) -> None:
    """Asked no longer; what was compared counts no more."""
    check_draft(judge.version, actor)
    if judge.excused_at is not None:
        raise RuleViolation(_("%(name)s is not asked any more.", name=judge.person.name))
    judges.hold(judge.version_id)
    waited_for = bool(judges.list_unanswered([judge]))
    judge.excused_at = clock.now()
    session.flush()
    trail.record(
        judge.version.system,
        "indicator_system.judge_excused",
        actor=actor,
        changes={"judges": judge.person.name},
    )
    if waited_for:
        _tell_owner(judge.version, actor)


def _tell_owner(version: IndicatorVersion, actor: Any) -> None:
    """Once nobody is waited for any more."""
    asked = judges.list_judges(version.id)
    if not asked or judges.list_unanswered(asked):
        return
    system = version.system
    mail.tell(
        system.owner, JUDGED_TASK, code=system.code, title=lambda: system.title, path=indicators_path(system.id),
        kind="indicator_judged", actor=actor,
    )  # fmt: skip


def compare(
    judge: IndicatorJudge,
    node: IndicatorNode,
    given: Mapping[str, float],
    *,
    seen: int | None = None,
    actor: Any,
) -> IndicatorJudgement:
    """What a judge says of the parts of a node. It may be incomplete; its consistency is known when it is not.

    `seen` is 0 for a form that was made before there was any comparison.
    """
    if judge.person_id != actor.id or judge.excused_at is not None:
        raise RuleViolation(_("Only who was asked can compare."))
    if judge.version.state != VersionState.draft or judge.version.system.withdrawn_at is not None:
        raise RuleViolation(_("The comparison is over: the version may not be changed any more."))
    if node.version_id != judge.version_id:
        raise RuleViolation(_("This part belongs to another version."))
    codes = [child.code for child in queries.list_children(node.id)]
    known = {f"{one}/{other}" for one, other in pairs(codes)}
    kept = {key: float(value) for key, value in given.items() if key in known}
    if any(not 1 / 9 - 1e-9 <= value <= 9 + 1e-9 for value in kept.values()):
        raise RuleViolation(_("A comparison lies between 1 and 9."))
    judges.hold(judge.version_id)
    waited_for = bool(judges.list_unanswered([judge]))
    made = judges.find_judgement(judge.id, node.id)
    if made is None:
        made = IndicatorJudgement(judge_id=judge.id, node_id=node.id)
        session.add(made)
    else:
        expect_version(
            made, seen, what=f"{judge.version.system.code} · {node.name or node.code}", fields=["given"]
        )
    made.given, made.left_out, made.left_out_reason = kept, False, ""
    consistency(made, codes)
    session.flush()
    trail.record(
        judge.version.system, "indicator_system.compared", actor=actor,
        changes={"node": f"{node.code} {node.name}", "compared": len(kept), "cr": made.cr},
    )  # fmt: skip
    if waited_for:
        _tell_owner(judge.version, actor)
    return made


def leave_out(judgement: IndicatorJudgement, *, reason: str, actor: Any) -> None:
    """These comparisons do not count at this node, and the reason stays beside them."""
    check_draft(judgement.judge.version, actor)
    if not reason.strip():
        raise RuleViolation(_("Give the reason."), field="reason")
    judgement.left_out, judgement.left_out_reason = True, reason.strip()[:2000]
    session.flush()
    _recorded(judgement, "indicator_system.left_out", actor, reason.strip())


def take_in(judgement: IndicatorJudgement, *, actor: Any) -> None:
    check_draft(judgement.judge.version, actor)
    judgement.left_out, judgement.left_out_reason = False, ""
    session.flush()
    _recorded(judgement, "indicator_system.taken_in", actor, "")


def _recorded(judgement: IndicatorJudgement, action: str, actor: Any, reason: str) -> None:
    trail.record(
        judgement.judge.version.system, action, actor=actor, reason=reason,
        changes={"judges": judgement.judge.person.name, "node": f"{judgement.node.code} {judgement.node.name}"},
    )  # fmt: skip


def counting(node: IndicatorNode) -> list[IndicatorJudgement]:
    """Complete comparisons of this node that are not left out."""
    codes = [child.code for child in queries.list_children(node.id)]
    return [
        each
        for each in judges.list_judgements(node.version_id)
        if each.node_id == node.id and not each.left_out and is_complete(codes, each.given)
    ]


def take_judged(node: IndicatorNode, *, reason: str = "", actor: Any) -> None:
    """The children's weights from the comparisons of all judges, joined by their geometric mean. The numbers are frozen."""
    from satisfaction.indicators.weighing import weigh

    check_draft(node.version, actor)
    codes = [child.code for child in queries.list_children(node.id)]
    used = counting(node)
    if not used:
        raise RuleViolation(_("No judge has compared all pairs yet."))
    found = weigh(codes, [each.given for each in used])
    if not found.consistent and not reason.strip():
        raise RuleViolation(
            _("Together the comparisons contradict each other: say why the weights are taken all the same."),
            field="reason",
        )
    left = [
        each for each in judges.list_judgements(node.version_id) if each.node_id == node.id and each.left_out
    ]
    take_weights(
        node, [found.weights[code] for code in codes], "ahp",
        {
            "judges": [{"name": each.judge.person.name, "cr": each.cr, "given": each.given} for each in used],
            "left_out": [{"name": each.judge.person.name, "cr": each.cr, "reason": each.left_out_reason} for each in left],
            "lambda_max": found.lambda_max, "ci": found.ci, "ri": found.ri, "cr": found.cr, "reason": reason.strip(),
        }, actor=actor,
    )  # fmt: skip
