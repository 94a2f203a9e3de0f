"""Comparison in pairs: who is asked, the pages of a judge, what the judges say together."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from accounts import queries as accounts
from core.access import guard
from core.errors import EditConflict, NotFound
from core.i18n import _, format_number
from core.pages import form_page, refusals
from satisfaction.indicators import forms
from satisfaction.indicators.models import IndicatorJudge, IndicatorNode
from satisfaction.operations.indicators import judging as operations
from satisfaction.permissions import JUDGE, SEE, WEIGH
from satisfaction.queries import indicator_judges as judges
from satisfaction.queries import indicators as queries
from satisfaction.rules.indicators import (
    STRENGTHS,
    VersionState,
    is_complete,
    pair_key,
    pairs,
    read_judgement,
    spoken,
)
from satisfaction.views import blueprint
from satisfaction.views.indicators.systems import back_to, node_name
from satisfaction.views.indicators.weights import editable_draft

# --- who is asked --------------------------------------------------------------------------------------------


@blueprint.route("/surveys/indicators/versions/<int:indicator_version_id>/judges", methods=["GET", "POST"])
@guard(WEIGH)
def ask_judges(indicator_version_id: int) -> Any:
    version = editable_draft(indicator_version_id)
    there = judges.list_judges(version.id)
    asked = {judge.person_id for judge in there}
    offered = [person for person in accounts.people_with(JUDGE) if person.id not in asked]
    form = forms.JudgesForm()
    form.people.choices = [(person.id, person.name) for person in offered]
    if form.validate_on_submit():
        chosen = set(form.people.data or [])
        with refusals(form):
            made = operations.ask_judges(
                version,
                [person for person in offered if person.id in chosen],
                due=form.due.data,
                actor=g.person,
            )
            flash(_("%(num)s people are asked; it stands among their tasks.", num=len(made)), "good")
            return redirect(back_to(version))
    return form_page("indicators/judges.html", form, version=version, offered=offered, judges=there)


@blueprint.post("/surveys/indicators/judges/<int:indicator_judge_id>/excuse")
@guard(WEIGH)
def excuse_judge(indicator_judge_id: int) -> Any:
    judge = judges.get_judge_for(g.person, indicator_judge_id, WEIGH)
    operations.excuse(judge, actor=g.person)
    flash(_("%(name)s is asked no longer.", name=judge.person.name), "info")
    return redirect(back_to(judge.version))


# --- what the judges say together ----------------------------------------------------------------------------


@blueprint.route("/surveys/indicators/nodes/<int:indicator_node_id>/comparisons", methods=["GET", "POST"])
@guard(SEE)
def comparisons(indicator_node_id: int) -> Any:
    """Each judge's weights and consistency, and all together; who may set weights takes them from here."""
    from core import access

    node = queries.get_node_for(g.person, indicator_node_id)
    version = node.version
    children = queries.list_children(node.id)
    if len(children) < 2:
        raise NotFound
    editable = (
        access.may(g.person, WEIGH, version.system.unit.path)
        and version.state == VersionState.draft
        and version.system.withdrawn_at is None
    )
    form = forms.TakeForm()
    if form.validate_on_submit():
        queries.get_node_for(g.person, node.id, WEIGH)
        with refusals(form):
            operations.take_judged(node, reason=form.reason.data or "", actor=g.person)
            flash(_("The weights under %(node)s are those of the judges.", node=node.name), "good")
            return redirect(back_to(version) + f"#n{node.id}")
    said, together = _together(node, [child.code for child in children])
    return form_page("indicators/comparisons.html", form, node=node, version=version, children=children, said=said,
        together=together, editable=editable, waiting=len(judges.list_judges(version.id)) - len(said),
        advice=_advice_words(together.advice, children) if together is not None and not together.consistent else "",
    )  # fmt: skip


def _together(node: IndicatorNode, codes: list[str]) -> tuple[list[tuple[Any, Any]], Any]:
    """(judgement, its weights or None while incomplete) of every judge, and what those that count say together."""
    from satisfaction.indicators.weighing import weigh

    found = [each for each in judges.list_judgements(node.version_id) if each.node_id == node.id]
    said = [(each, weigh(codes, [each.given]) if is_complete(codes, each.given) else None) for each in found]
    used = [each.given for each, weighed in said if weighed is not None and not each.left_out]
    return said, weigh(codes, used) if used else None


@blueprint.route(
    "/surveys/indicators/judgements/<int:indicator_judgement_id>/leave-out", methods=["GET", "POST"]
)
@guard(WEIGH)
def leave_out_judgement(indicator_judgement_id: int) -> Any:
    judgement = judges.get_judgement_for(g.person, indicator_judgement_id, WEIGH)
    back = url_for("satisfaction.comparisons", indicator_node_id=judgement.node_id)
    form = forms.ReasonForm()
    if form.validate_on_submit():
        with refusals(form):
            operations.leave_out(judgement, reason=form.reason.data or "", actor=g.person)
            flash(
                _("The comparisons of %(name)s do not count here.", name=judgement.judge.person.name), "info"
            )
            return redirect(back)
    return form_page("indicators/reason.html", form, found=judgement.judge.version.system,
        title=_("Leave out the comparisons of %(name)s", name=judgement.judge.person.name),
        note=_("Under “%(node)s” only. They stay visible with the reason.", node=judgement.node.name),
        button=_("Leave out"), back=back,
    )  # fmt: skip


@blueprint.post("/surveys/indicators/judgements/<int:indicator_judgement_id>/take-in")
@guard(WEIGH)
def take_in_judgement(indicator_judgement_id: int) -> Any:
    judgement = judges.get_judgement_for(g.person, indicator_judgement_id, WEIGH)
    operations.take_in(judgement, actor=g.person)
    return redirect(url_for("satisfaction.comparisons", indicator_node_id=judgement.node_id))


# --- the pages of a judge ------------------------------------------------------------------------------------


@blueprint.get("/surveys/indicators/judging/<int:indicator_judge_id>")
@guard(JUDGE)
def judging(indicator_judge_id: int) -> Any:
    judge = judges.get_own_judge(g.person, indicator_judge_id)
    root = queries.get_tree(judge.version_id)
    said = {
        each.node_id: each for each in judges.list_judgements(judge.version_id) if each.judge_id == judge.id
    }
    parts = []
    for node in root.walk():
        if len(node.children) < 2:
            continue
        given = said.get(node.id)
        wanted = {pair_key(*pair) for pair in pairs([child.code for child in node.children])}
        parts.append((node, len(wanted & set(given.given if given else {})), len(wanted), given))
    return render_template(
        "indicators/judging.html", judge=judge, system=judge.version.system, parts=parts, name=node_name,
        over=judge.version.state != VersionState.draft or judge.version.system.withdrawn_at is not None,
        following=next((node.id for node, done, wanted, _given in parts if done < wanted), None),
    )  # fmt: skip


@blueprint.route(
    "/surveys/indicators/judging/<int:indicator_judge_id>/<int:indicator_node_id>", methods=["GET", "POST"]
)
@guard(JUDGE)
def judge_node(indicator_judge_id: int, indicator_node_id: int) -> Any:
    """The parts of one node, pair by pair. May be saved half done; what it amounts to is shown at once."""
    judge = judges.get_own_judge(g.person, indicator_judge_id)
    branch = next(
        (each for each in queries.get_tree(judge.version_id).walk() if each.id == indicator_node_id), None
    )
    if branch is None or len(branch.children) < 2:
        raise NotFound
    children = branch.children
    codes = [child.code for child in children]
    known = judges.find_judgement(judge.id, branch.id)
    given: dict[str, float] = dict(known.given) if known is not None else {}
    named = {child.code: node_name(child) or child.code for child in children}
    form = forms.pairs_form((named[one], named[other]) for one, other in pairs(codes))(
        row_version=known.row_version
        if known is not None
        else 0  # what is made meanwhile must not be overwritten either
    )
    faults: dict[str, str] = {}
    if form.validate_on_submit():
        given, faults = _read(codes)
        if request.form.get("parts") != " ".join(codes):
            given, faults = dict(known.given) if known is not None else {}, {}
            form.form_errors.append(
                _("The parts to be compared are others now. Look at the comparisons again.")
            )
        elif not faults:
            with refusals(form):
                _compare(judge, branch.id, codes, given, seen=form.seen_version)
                flash(_said(codes, given), "good")
                return redirect(
                    url_for(
                        "satisfaction.judge_node", indicator_judge_id=judge.id, indicator_node_id=branch.id
                    )
                    + "#outcome"
                )
        else:
            form.form_errors.append(
                _("Say how much more important one of the two is: %(pairs)s.", pairs=", ".join(faults))
            )
    complete = is_complete(codes, given)
    weighed = _weighed(codes, given) if complete else None
    return form_page("indicators/judge_node.html", form, judge=judge, system=judge.version.system, node=branch, children=children,
        rows=_rows(children, given, faults), strengths=[(step, words) for step, words in STRENGTHS.items() if step > 1],
        weighed=weighed, done=len(given), advice=weighed.advice if weighed is not None else None,
        advice_words=_advice_words(weighed.advice, children) if weighed is not None else "", name=node_name,
        over=judge.version.state != VersionState.draft or judge.version.system.withdrawn_at is not None,
        following=_following(judge, branch.id),
    )  # fmt: skip


def _compare(
    judge: IndicatorJudge, node_id: int, codes: Sequence[str], given: Mapping[str, float], *, seen: int | None
) -> None:
    """A clash is shown field by field, as the page would have shown what was saved."""
    from core.db import session

    try:
        operations.compare(judge, session.get_one(IndicatorNode, node_id), given, seen=seen, actor=g.person)
    except EditConflict as clash:
        saved = clash.current["given"]
        clash.current = forms.pair_values(saved.get(pair_key(*pair)) for pair in pairs(codes))
        raise


def _weighed(codes: Sequence[str], given: Mapping[str, float]) -> Any:
    from satisfaction.indicators.weighing import weigh

    return weigh(codes, [given])


def _read(codes: Sequence[str]) -> tuple[dict[str, float], dict[str, str]]:
    """Comparisons as sent, and the pairs where a side was chosen without saying how much."""
    given: dict[str, float] = {}
    faults: dict[str, str] = {}
    for number, (one, other) in enumerate(pairs(codes)):
        side, strength = request.form.get(f"s{number}", ""), request.form.get(f"k{number}", "")
        try:
            value = read_judgement(side, strength)
        except ValueError:
            faults[pair_key(one, other)] = side if side in {"a", "b"} else ""
            continue
        if value is not None:
            given[pair_key(one, other)] = value
    return given, faults


def _rows(
    children: Sequence[Any], given: Mapping[str, float], faults: Mapping[str, str]
) -> list[dict[str, Any]]:
    by_code = {child.code: child for child in children}
    made = []
    for number, (one, other) in enumerate(pairs(list(by_code))):
        key = pair_key(one, other)
        side, strength = spoken(given[key]) if key in given else (faults.get(key, ""), 0)
        made.append(
            {"number": number, "key": key, "one": by_code[one], "other": by_code[other], "side": side,
                "strength": strength if strength > 1 else 0, "fault": key in faults}
        )  # fmt: skip
    return made


def _said(codes: Sequence[str], given: Mapping[str, float]) -> str:
    wanted = len(pairs(codes))
    if len(given) < wanted:
        return _("Saved: %(done)s of %(all)s pairs.", done=len(given), all=wanted)
    return _("Saved: all pairs are compared.")


def ratio_words(value: float, one: str, other: str) -> str:
    """A comparison as a sentence."""
    side, step = spoken(value)
    if side == "equal":
        return _("“%(one)s” and “%(other)s” equally important", one=one, other=other)
    if side == "b":
        one, other = other, one
    return _(
        "“%(one)s” %(how)s than “%(other)s” (%(step)s)", one=one, other=other, how=STRENGTHS[step], step=step
    )


def _advice_words(advice: Any, children: Sequence[Any]) -> str:
    if advice is None:
        return ""
    names = {child.code: node_name(child) or child.code for child in children}
    one, other = names[advice.one], names[advice.other]
    if spoken(advice.given) == spoken(advice.suggested):
        return _("The comparisons hang together as well as the scale allows.")
    return _(
        "Most out of line with the others: %(given)s. The others together say: %(suggested)s; the consistency ratio would then be %(cr)s.",
        given=ratio_words(advice.given, one, other), suggested=ratio_words(advice.suggested, one, other),
        cr=format_number(advice.cr, 3),
    )  # fmt: skip


def _following(judge: Any, node_id: int) -> int | None:
    """The next part that is not compared wholly."""
    said = {
        each.node_id: each.given
        for each in judges.list_judgements(judge.version_id)
        if each.judge_id == judge.id
    }
    for node in queries.get_tree(judge.version_id).walk():
        codes = [child.code for child in node.children]
        if node.id != node_id and len(codes) > 1 and not is_complete(codes, said.get(node.id, {})):
            return node.id
    return None
